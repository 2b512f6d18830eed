//! The texts of a runbook: the main file, what it imports, the templates it renders. They are gathered once, and the
//! run carries them: a resume runs what was begun.

mod confine;
mod gather;

use std::collections::BTreeMap;
use std::path::Path;

use runbook_model::failure::Frame;
use runbook_model::{Failure, Place};

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

    /// The place `line:col` of `file` as a link in a chain of calls, with that line of its text.
    pub fn frame(&self, file: &str, at: (u32, u32), function: &str) -> Frame {
        let line = usize::try_from(at.0).unwrap_or(0);
        let text = self.get(file).and_then(|text| text.lines().nth(line.checked_sub(1)?)).unwrap_or_default();
        Frame {
            place: Place { file: file.to_owned(), line: at.0, col: at.1 },
            function: function.to_owned(),
            text: shortened(text, at.1),
            width: width_at(text, at.1),
        }
    }
}

/// Lines beyond this are cut: a minified file must not fill the screen.
const LINE_CHARS_MAX: usize = 400;

fn shortened(text: &str, col: u32) -> String {
    let text = text.trim_end();
    if text.chars().count() <= LINE_CHARS_MAX || usize::try_from(col).is_ok_and(|col| col > LINE_CHARS_MAX) {
        return text.chars().take(LINE_CHARS_MAX).collect();
    }
    text.chars().take(LINE_CHARS_MAX).chain("…".chars()).collect()
}

/// How many characters the token at column `col` has.
fn width_at(text: &str, col: u32) -> u32 {
    let Some(skip) = usize::try_from(col).ok().and_then(|col| col.checked_sub(1)) else { return 0 };
    let rest: Vec<char> = text.chars().skip(skip).collect();
    let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
    let width = match rest.first() {
        None => 1,
        Some(quote @ ('"' | '\'' | '`')) => {
            rest.iter().skip(1).position(|c| c == quote).map_or(rest.len(), |end| end + 2)
        }
        Some(first) if is_word(first) => rest.iter().take_while(|c| is_word(c)).count(),
        Some(_) => rest
            .iter()
            .take_while(|c| !c.is_whitespace() && !is_word(c) && !matches!(c, '"' | '`' | '(' | '{'))
            .count()
            .max(1),
    };
    u32::try_from(width).unwrap_or(1)
}
