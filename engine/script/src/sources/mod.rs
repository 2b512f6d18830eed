//! The texts of a runbook: the main file, what it imports, the templates it renders. They are gathered once, and the
//! run carries them: a resume runs what was begun.

mod confine;
mod gather;
mod resolve;

use std::collections::BTreeMap;
use std::path::Path;

use runbook_model::failure::Frame;
use runbook_model::{Failure, Place};

use crate::tokens::{Kind, Tokens};

/// The texts of a runbook, by the names under which it uses them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    main: String,
    files: BTreeMap<String, String>,
}

impl Sources {
    /// Gathers the runbook at `path` and all it imports and renders.
    pub fn gather(path: &Path) -> Result<Self, Failure> {
        Self::gather_as(path, &path.display().to_string())
    }

    /// The same, the main file going by `name`: a run keeps the name it was begun under.
    pub fn gather_as(path: &Path, name: &str) -> Result<Self, Failure> {
        gather::gather(path, name)
    }

    /// The texts that a run carries.
    pub fn from_records(main: &str, files: BTreeMap<String, String>) -> Self {
        Self { main: main.to_owned(), files }
    }

    /// The name of the main file.
    pub fn main(&self) -> &str {
        &self.main
    }

    /// Every text, by name.
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }

    /// The text called `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.files.get(name).map(String::as_str)
    }

    /// The name of the file that an import of `path` in `importer` means.
    pub fn resolve(&self, importer: &str, path: &str) -> Result<String, Failure> {
        resolve::resolve(importer, path, &self.main)
    }

    /// The texts in the language, by name: the main file, and what is imported from there. The others are templates.
    pub fn scripts(&self) -> impl Iterator<Item = (&str, &str)> {
        let mut found = Vec::new();
        let mut open = vec![self.main.clone()];
        while let Some(name) = open.pop() {
            let Some((name, text)) = self.files.get_key_value(&name) else { continue };
            if found.iter().any(|(found, _)| found == name) {
                continue;
            }
            found.push((name.as_str(), text.as_str()));
            let tokens = Tokens::of(text);
            let imported = tokens.imports().filter_map(|import| self.resolve(name, import.path?).ok());
            open.extend(imported);
        }
        found.into_iter()
    }

    /// The place `line:col` of `file` as a link in a chain of calls, with that line of its text.
    pub fn frame(&self, file: &str, at: (u32, u32), function: &str) -> Frame {
        let line = usize::try_from(at.0).unwrap_or(0);
        let text = self.get(file).and_then(|text| text.lines().nth(line.checked_sub(1)?)).unwrap_or_default();
        let (col, width) = underlined(text, at.1);
        Frame {
            place: Place { file: file.into(), line: at.0, col },
            function: function.to_owned(),
            text: shortened(text, col),
            width,
        }
    }
}

/// Lines beyond this are cut: a minified file must not fill the screen.
const LINE_CHARS_MAX: usize = 400;

/// The line as it is kept; nothing where what it is kept for lies beyond the cut.
fn shortened(text: &str, col: u32) -> String {
    let text = text.trim_end();
    match text.char_indices().nth(LINE_CHARS_MAX) {
        None => text.to_owned(),
        Some(_) if usize::try_from(col).is_ok_and(|col| col > LINE_CHARS_MAX) => String::new(),
        Some((cut, _)) => format!("{}…", &text[..cut]),
    }
}

/// Where the token at column `col` begins, and how many characters it has: a name with its namespaces, `local::run`; a
/// dot with the names around it; the parameters of a closure; a text with what is computed within it.
fn underlined(text: &str, col: u32) -> (u32, u32) {
    let Some(skip) = usize::try_from(col).ok().and_then(|col| col.checked_sub(1)) else { return (col, 0) };
    let head: String = text.chars().take(skip).collect();
    let at_col = text.get(head.len()..).unwrap_or_default();
    let is_dot = at_col.starts_with("?.") || at_col.starts_with('.') && !at_col.starts_with("..");
    let before = if is_dot { name_before(&head) } else { spaces_before(&head) };
    let rest: String = text.chars().skip(skip - before).take(LINE_CHARS_MAX).collect();
    let col = col - u32::try_from(before).unwrap_or(0);
    let tokens = Tokens::of(rest.trim_end());
    let Some(first) = tokens.get(0).filter(|first| first.col == 1) else { return (col, 1) };
    let mut last = if first.kind == Kind::TextOpens { tokens.closing(0) } else { 0 };
    if tokens.text(0) == "|" && head.trim_end().ends_with(['(', ',', ':', '=']) {
        last = (1..tokens.len()).find(|at| tokens.text(*at) == "|").unwrap_or(0);
    }
    let joins = |sign: &str| sign == "::" || is_dot && matches!(sign, "." | "?.");
    while joins(tokens.text(last + 1)) && tokens.get(last + 2).is_some_and(|token| token.kind == Kind::Word) {
        last += 2;
    }
    let end = tokens.get(last).map_or(1, |last| last.col as usize - 1 + tokens.text_of(last).chars().count());
    (col, u32::try_from(end).unwrap_or(1).max(1))
}

/// How many characters at the end of `text` are a name.
fn name_before(text: &str) -> usize {
    text.chars().rev().take_while(|c| c.is_alphanumeric() || *c == '_').count()
}

/// How many characters at the end of `text` are namespaces, `local::`.
fn spaces_before(text: &str) -> usize {
    let mut rest = text;
    while let Some(before) = rest.strip_suffix("::").filter(|before| name_before(before) > 0) {
        rest = before.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
    }
    text.chars().count() - rest.chars().count()
}

#[cfg(test)]
mod tests;
