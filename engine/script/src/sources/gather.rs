//! Gathering: the main file, then every file an `import` or a `template` in it names, and so on.

use std::collections::BTreeMap;
use std::path::Path;

use rhai::{AST, ASTNode, Engine, Expr, Position, Stmt};
use runbook_model::{Failure, code};

use super::{Sources, confine};
use crate::{stdlib, syntax};

/// How many files a runbook may take in.
const FILES_MAX: usize = 200;

/// What one file takes in.
#[derive(Debug)]
enum Takes {
    Module(String),
    Template(String),
    Computed,
}

pub(super) fn gather(path: &Path, name: &str) -> Result<Sources, Failure> {
    let mut sources = Sources { main: name.to_owned(), files: BTreeMap::new() };
    sources.files.insert(name.to_owned(), confine::main(path)?);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let engine = syntax::reader();
    let mut within = vec![name.to_owned()];
    follow(&engine, &mut sources, folder, name, &mut within)?;
    Ok(sources)
}

/// Takes in what `file` names; `within` is the chain of imports that led here.
fn follow(
    engine: &Engine,
    sources: &mut Sources,
    folder: &Path,
    file: &str,
    within: &mut Vec<String>,
) -> Result<(), Failure> {
    let ast = syntax::compile(engine, sources, file)?;
    for (takes, at) in taken(&ast) {
        let place = (line(at), column(at));
        let here =
            |failure: Failure, sources: &Sources| Failure { frames: vec![sources.frame(file, place, "")], ..failure };
        match takes {
            Takes::Computed => {
                let failure = Failure::new(code::IMPORT_BAD, "the path of an import must be plain text")
                    .because("a run carries its sources, so they must be known before it begins")
                    .hint("write it as `import \"lib/name\" as name;`");
                return Err(here(failure, sources));
            }
            Takes::Module(name) if within.contains(&name) || (name == stem(&sources.main)) => {
                let circle: Vec<String> = within.iter().chain([&name]).map(|name| format!("`{name}`")).collect();
                let failure = Failure::new(code::IMPORT_BAD, format!("`{name}` imports itself"));
                let failure = failure.because(format!("the circle is {}", circle.join(" → ")));
                return Err(here(failure, sources));
            }
            Takes::Module(name) if sources.files.contains_key(&name) => {}
            Takes::Module(name) => {
                let text = module(folder, &name).map_err(|failure| here(failure, sources))?;
                add(sources, &name, text).map_err(|failure| here(failure, sources))?;
                within.push(name.clone());
                follow(engine, sources, folder, &name, within)?;
                within.pop();
            }
            Takes::Template(name) => template(sources, folder, &name).map_err(|failure| here(failure, sources))?,
        }
    }
    Ok(())
}

fn add(sources: &mut Sources, name: &str, text: String) -> Result<(), Failure> {
    if sources.files.len() >= FILES_MAX {
        return Err(Failure::new(code::IMPORT_BAD, format!("the runbook takes in more than {FILES_MAX} files")));
    }
    sources.files.insert(name.to_owned(), text);
    Ok(())
}

/// A template and the templates it includes.
fn template(sources: &mut Sources, folder: &Path, name: &str) -> Result<(), Failure> {
    if sources.files.contains_key(name) {
        return Ok(());
    }
    let text = confine::under(folder, name)?;
    let included = includes(&text);
    add(sources, name, text)?;
    included.iter().try_for_each(|name| template(sources, folder, name))
}

fn includes(text: &str) -> Vec<String> {
    let named = |rest: &str| {
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest[1..].split(quote).next().map(str::to_owned)
    };
    text.split("{%")
        .skip(1)
        .filter_map(|tag| named(tag.trim_start_matches('-').trim_start().strip_prefix("include")?))
        .collect()
}

fn module(folder: &Path, name: &str) -> Result<String, Failure> {
    if let Some(noun) = name.strip_prefix("std/") {
        return stdlib::text(noun).map(str::to_owned).ok_or_else(|| {
            let failure = Failure::new(code::IMPORT_BAD, format!("the standard library has no `{name}`"));
            let near = crate::options::nearest(noun, stdlib::nouns());
            near.into_iter().fold(failure, |failure, near| failure.hint(format!("did you mean `std/{near}`?")))
        });
    }
    confine::under(folder, &format!("{name}.rhai"))
}

fn stem(main: &str) -> &str {
    let file = main.rsplit('/').next().unwrap_or(main);
    file.strip_suffix(".rhai").unwrap_or(file)
}

fn taken(ast: &AST) -> Vec<(Takes, Position)> {
    let mut taken = Vec::new();
    ast.walk(&mut |path: &[ASTNode]| {
        match path.last() {
            Some(ASTNode::Stmt(Stmt::Import(import, at))) => taken.push(match &import.0 {
                Expr::StringConstant(name, at) => (Takes::Module(name.to_string()), *at),
                _ => (Takes::Computed, *at),
            }),
            Some(ASTNode::Expr(Expr::FnCall(call, _)) | ASTNode::Stmt(Stmt::FnCall(call, _)))
                if call.name == "template" && call.namespace.is_empty() =>
            {
                if let Some(Expr::StringConstant(name, at)) = call.args.first() {
                    taken.push((Takes::Template(name.to_string()), *at));
                }
            }
            _ => {}
        }
        true
    });
    taken
}

fn line(at: Position) -> u32 {
    at.line().and_then(|line| u32::try_from(line).ok()).unwrap_or(0)
}

fn column(at: Position) -> u32 {
    at.position().and_then(|column| u32::try_from(column).ok()).unwrap_or(0)
}
