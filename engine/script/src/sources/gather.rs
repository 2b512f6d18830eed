//! Gathering: the main file, then every file an `import` or a `template` in it names, and so on.

use std::collections::BTreeMap;
use std::path::Path;

use runbook_model::{Failure, code};

use super::{Sources, confine, resolve};
use crate::stdlib;
use crate::tokens::{Kind, Tokens};

/// How many files a runbook may take in.
const FILES_MAX: usize = 200;

pub(super) fn gather(path: &Path, name: &str) -> Result<Sources, Failure> {
    let mut sources = Sources { main: name.to_owned(), files: BTreeMap::new() };
    sources.files.insert(name.to_owned(), confine::main(path)?);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut within = Vec::new();
    Gathering { sources: &mut sources, folder }.follow(name, &mut within)?;
    Ok(sources)
}

struct Gathering<'s> {
    sources: &'s mut Sources,
    folder: &'s Path,
}

impl Gathering<'_> {
    /// Takes in what `file` names; `within` is the chain of files that led here.
    fn follow(&mut self, file: &str, within: &mut Vec<String>) -> Result<(), Failure> {
        let tokens = Tokens::of(self.sources.get(file).unwrap_or_default());
        within.push(file.to_owned());
        for import in tokens.imports() {
            let taken = match import.path {
                None => Err(computed()),
                Some(path) => self.import(file, path, within),
            };
            taken.map_err(|failure| self.here(failure, file, &tokens, import.at + 1))?;
        }
        for at in templates(&tokens) {
            if let Some(name) = tokens.literal(at) {
                self.template(name).map_err(|failure| self.here(failure, file, &tokens, at))?;
            }
        }
        within.pop();
        Ok(())
    }

    /// The failure at a token of `file`, unless it already says where it is.
    fn here(&self, mut failure: Failure, file: &str, tokens: &Tokens, at: usize) -> Failure {
        if failure.frames.is_empty()
            && let Some(token) = tokens.get(at.min(tokens.len().saturating_sub(1)))
        {
            failure.frames.push(self.sources.frame(file, (token.line, token.col), ""));
        }
        failure
    }

    fn import(&mut self, file: &str, path: &str, within: &mut Vec<String>) -> Result<(), Failure> {
        let name = resolve::resolve(file, path, self.sources.main())?;
        // The main file goes by the name it was typed, and can be imported only by its plain one.
        let is_main = name == resolve::stem(&self.sources.main) || name == self.sources.main;
        if is_main || within.contains(&name) {
            return Err(circle(if is_main { &self.sources.main } else { &name }, within));
        }
        if self.sources.files.contains_key(&name) {
            return Ok(());
        }
        let text = match name.strip_prefix("std/") {
            Some(noun) => stdlib::text(noun).map(str::to_owned).ok_or_else(|| no_noun(noun))?,
            None => confine::module(self.folder, &name, path)?,
        };
        self.add(&name, text)?;
        self.follow(&name, within)
    }

    fn add(&mut self, name: &str, text: String) -> Result<(), Failure> {
        if self.sources.files.len() >= FILES_MAX {
            return Err(Failure::new(code::IMPORT_BAD, format!("the runbook takes in more than {FILES_MAX} files")));
        }
        self.sources.files.insert(name.to_owned(), text);
        Ok(())
    }

    /// A template and the templates it includes.
    fn template(&mut self, name: &str) -> Result<(), Failure> {
        if self.sources.files.contains_key(name) {
            return Ok(());
        }
        let text = confine::template(self.folder, name)?;
        let included = includes(&text);
        self.add(name, text)?;
        included.iter().try_for_each(|name| self.template(name))
    }
}

fn computed() -> Failure {
    Failure::new(code::IMPORT_BAD, "the path of an import must be plain text")
        .because("a run carries its sources, so they must be known before it begins")
        .hint("write it as `import \"lib/name\" as name;`")
}

fn circle(name: &str, within: &[String]) -> Failure {
    let begin = within.iter().position(|file| file == name).unwrap_or(0);
    let names: Vec<String> =
        within[begin..].iter().map(String::as_str).chain([name]).map(|name| format!("`{name}`")).collect();
    let failure = Failure::new(code::IMPORT_BAD, format!("`{name}` imports itself"));
    let failure = match names.as_slice() {
        [_, _] => failure,
        circle => failure.because(format!("the circle is {}", circle.join(" → "))),
    };
    failure.hint("move what both need into a third file")
}

fn no_noun(noun: &str) -> Failure {
    let failure = Failure::new(code::IMPORT_BAD, format!("the standard library has no `std/{noun}`"));
    match crate::options::nearest(noun, stdlib::nouns()) {
        Some(near) => failure.hint(format!("did you mean `std/{near}`?")),
        None => {
            let nouns: Vec<String> = stdlib::nouns().map(|noun| format!("std/{noun}")).collect();
            let nouns: Vec<&str> = nouns.iter().map(String::as_str).collect();
            failure.hint(format!("it has {}", crate::options::ticked(&nouns)))
        }
    }
}

/// The paths of the templates that a text renders: their tokens.
fn templates(tokens: &Tokens) -> impl Iterator<Item = usize> {
    let is_call = |at: &usize| {
        let before = at.checked_sub(1).map_or("", |at| tokens.text(at));
        tokens.text(*at) == "template" && tokens.text(at + 1) == "(" && !matches!(before, "." | "::" | "fn")
    };
    let is_text = |at: &usize| tokens.get(*at).is_some_and(|token| token.kind == Kind::Text);
    (0..tokens.len()).filter(is_call).map(|at| at + 2).filter(is_text)
}

/// The templates that a template takes in by a literal name.
fn includes(text: &str) -> Vec<String> {
    let named = |tag: &str| {
        let rest = tag.strip_prefix("include").or_else(|| tag.strip_prefix("extends"))?.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
        rest[1..].split(quote).next().map(str::to_owned)
    };
    text.split("{%").skip(1).filter_map(|tag| named(tag.trim_start_matches('-').trim_start())).collect()
}
