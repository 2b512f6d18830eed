//! Reads the front matter of a runbook.

use std::collections::BTreeMap;
use std::path::Path;

use runbook_model::failure::Frame;
use runbook_model::{Failure, code};
use semver::{Version, VersionReq};
use toml::de::DeTable;

use super::entries::Entries;
use super::input::{self, Input};
use super::needs::Needs;
use super::sheet::Sheet;
use super::wrong::shown;
use super::{leader, summary, toml_value};

/// The longest name a runbook may have.
const NAME_CHARS_MAX: usize = 80;
/// The longest name a lock may have: it becomes the name of an object in the cluster.
const LOCK_CHARS_MAX: usize = 50;

const KEYS: [&str; 7] = ["name", "version", "engine", "lock", "scene", "inputs", "needs"];
/// Keys that people bring from elsewhere, and ours.
const OTHER_KEYS: [(&str, &str); 5] =
    [("input", "inputs"), ("need", "needs"), ("permissions", "needs"), ("requires", "engine"), ("params", "inputs")];

/// What a runbook says of itself.
#[derive(Clone, Debug)]
pub struct Header {
    /// Its name; that of its file where it gives none.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Which engines can run it.
    pub engine: Option<EngineReq>,
    /// The lock that two runs never hold at once against one cluster.
    pub lock: Option<String>,
    /// The scene it is rehearsed on where none is named: one that is part of the program, or a file beside it.
    pub scene: Option<String>,
    /// Its Markdown, without the TOML block.
    pub doc: String,
    /// What it does, in one line: the first heading or paragraph of the Markdown.
    pub summary: String,
    /// Its inputs in the order in which they are declared.
    pub inputs: Vec<Input>,
    /// What it may touch.
    pub needs: Needs,
}

/// Which engines can run a runbook, and where it says so.
#[derive(Clone, Debug)]
pub struct EngineReq {
    /// As it is written, `>=0.1`.
    pub text: String,
    wants: VersionReq,
    frame: Option<Frame>,
}

/// Reads the front matter of the runbook `text` in `file`.
///
/// A text without any is legal. Failures are `front.bad` and point at the token in the file.
pub fn parse(file: &str, text: &str) -> Result<Header, Failure> {
    let leader = leader::read(file, text)?;
    let mut header = Header {
        name: stem(file),
        version: None,
        engine: None,
        lock: None,
        scene: None,
        summary: summary::summary(&leader.doc),
        doc: leader.doc,
        inputs: Vec::new(),
        needs: Needs::default(),
    };
    if let Some(sheet) = &leader.sheet {
        fill(&mut header, sheet)?;
    }
    Ok(header)
}

/// Refuses a runbook that asks for another engine than the one of this version.
pub fn engine_ok(header: &Header, version: &str) -> Result<(), Failure> {
    let (Some(req), Ok(version)) = (&header.engine, Version::parse(version)) else { return Ok(()) };
    // A build on the way to 0.2.0 has what 0.2.0 has.
    let released = Version::new(version.major, version.minor, version.patch);
    if req.wants.matches(&version) || req.wants.matches(&released) {
        return Ok(());
    }
    let what = format!("`{}` asks for an engine `{}`, and this one is {version}", header.name, req.text);
    let mut failure = Failure::new(code::FRONT_BAD, what).hint("install another version of `runbook`");
    failure.frames.extend(req.frame.clone());
    Err(failure)
}

fn stem(file: &str) -> String {
    let stem = Path::new(file).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    stem.filter(|stem| !stem.is_empty()).unwrap_or_else(|| "runbook".to_owned())
}

fn fill(header: &mut Header, sheet: &Sheet<'_>) -> Result<(), Failure> {
    let document = DeTable::parse(sheet.text()).map_err(|trouble| {
        let what = format!("the front matter is not TOML: {}", toml_value::why(&trouble));
        let failure = sheet.bad(trouble.span().unwrap_or_default(), what);
        match trouble.message().contains("must be quoted") {
            true => failure.hint("put the text in double quotes: `key = \"text\"`"),
            false => failure,
        }
    })?;
    let top = Entries::new(sheet, "the front matter", document.get_ref());
    top.only(&KEYS, &OTHER_KEYS)?;
    if let Some(name) = name(&top)? {
        header.name = name;
    }
    header.version = version(&top)?;
    header.engine = engine(&top)?;
    header.lock = lock(&top)?;
    header.scene = top.text("scene")?.map(|(scene, _)| scene.to_owned());
    header.inputs = inputs(&top)?;
    if let Some(needs) = top.table("needs")? {
        header.needs = Needs::read(&needs)?;
    }
    Ok(())
}

fn name(top: &Entries<'_>) -> Result<Option<String>, Failure> {
    let Some((name, span)) = top.text("name")? else { return Ok(None) };
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if begins && name.chars().all(known) && name.len() <= NAME_CHARS_MAX {
        return Ok(Some(name.to_owned()));
    }
    let what = format!("`{}` cannot be the name of a runbook", shown(name));
    let hint =
        format!("use letters, digits, `-`, `_` and `.`, at most {NAME_CHARS_MAX}, and begin with a letter or a digit");
    Err(top.sheet.bad(span, what).hint(hint))
}

fn version(top: &Entries<'_>) -> Result<Option<String>, Failure> {
    let Some((version, span)) = top.text("version")? else { return Ok(None) };
    match Version::parse(version) {
        Ok(_) => Ok(Some(version.to_owned())),
        Err(why) => Err(top
            .sheet
            .bad(span, format!("`{}` is not a version", shown(version)))
            .because(why)
            .hint("write three numbers, like `1.2.0`")),
    }
}

fn engine(top: &Entries<'_>) -> Result<Option<EngineReq>, Failure> {
    let Some((text, span)) = top.text("engine")? else { return Ok(None) };
    match VersionReq::parse(text) {
        Ok(wants) => {
            let frame = top.sheet.bad(span, "").frames.pop();
            Ok(Some(EngineReq { text: text.to_owned(), wants, frame }))
        }
        Err(why) => Err(top
            .sheet
            .bad(span, format!("`{}` does not say which engines will do", shown(text)))
            .because(why)
            .hint("write a version with a comparison, like `>=0.1`")),
    }
}

fn lock(top: &Entries<'_>) -> Result<Option<String>, Failure> {
    let Some((lock, span)) = top.text("lock")? else { return Ok(None) };
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let known = |c: char| edge(c) || c == '-';
    if lock.starts_with(edge) && lock.ends_with(edge) && lock.chars().all(known) && lock.len() <= LOCK_CHARS_MAX {
        return Ok(Some(lock.to_owned()));
    }
    let what = format!("`{}` cannot be the name of a lock", shown(lock));
    let hint = format!("use lower-case letters, digits and `-` between them, at most {LOCK_CHARS_MAX}");
    Err(top.sheet.bad(span, what).hint(hint))
}

fn inputs(top: &Entries<'_>) -> Result<Vec<Input>, Failure> {
    let Some(table) = top.table("inputs")? else { return Ok(Vec::new()) };
    let mut inputs = Vec::new();
    let mut variables = BTreeMap::new();
    for (key, under) in table.in_order() {
        let input = input::read(&table, key, under)?;
        if let Some(other) = variables.insert(input.variable(), input.name.clone()) {
            let variable = input.variable();
            let what = format!("inputs `{other}` and `{}` would both be taken from `{variable}`", input.name);
            return Err(table.sheet.bad(key.span(), what).hint("rename one of them"));
        }
        inputs.push(input);
    }
    Ok(inputs)
}
