//! The descriptor of a word: what the rest of the house may know of it without calling it.
//!
//! Resume, `check`, `doc`, the book, completion and the sweeps all read these; a word has no other register.

use std::pin::Pin;
use std::sync::Arc;

use runbook_model::call::Verdict;
use runbook_model::{Failure, Repeat, Value};
use runbook_run::step::PastCall;

use crate::bench::Bench;

/// What a word does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touches {
    /// It steers the run: `step`, `gate`, `parallel`.
    Steers,
    /// It computes: the same arguments give the same value.
    Nothing,
    /// It looks at the world. Allowed anywhere.
    Reads,
    /// It changes the world. Allowed only inside a step.
    Changes,
}

/// What is done for a word apart from calling it.
pub type Doing<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// How a word puts back what it found.
///
/// It gets the pre-image, and what the call answered where that is known.
pub type PutBack = fn(Arc<Bench>, Value, Option<Value>) -> Doing<Result<(), Failure>>;

/// How a word finds out whether a call of it took place. It changes nothing.
pub type Look = fn(Arc<Bench>, PastCall) -> Doing<Sight>;

/// What a look saw.
#[derive(Clone, Debug, PartialEq)]
pub struct Sight {
    /// Whether the call took place.
    pub verdict: Verdict,
    /// What the verdict rests on, in one line for people.
    pub evidence: String,
}

/// One word a runbook may say.
#[derive(Debug)]
pub struct Word {
    /// Its name as it is written, `step` or `local::run`.
    pub name: &'static str,
    /// What it does to the world.
    pub touches: Touches,
    /// What resume may do with it in doubt.
    pub repeat: Repeat,
    /// The word that puts back what this one did, where there is one; `NOTHING` where nothing is left behind.
    pub undone_by: Option<&'static str>,
    /// The family of `[needs]` that must allow it, where it needs leave.
    pub needs: Option<&'static str>,
    /// The shapes in which it can be called.
    pub forms: &'static [Form],
    /// The options its map takes.
    pub options: &'static [Opt],
    /// What it does, with a runnable example in a `rhai` block. Markdown; the first line is its summary.
    pub doc: &'static str,
    /// Puts back what a call of it found, from the pre-image that was recorded; refuses where someone else has changed
    /// it since.
    pub put_back: Option<PutBack>,
    /// Says of a call of it that was cut off whether it took place; for words whose `repeat` is `Probed`.
    pub look: Option<Look>,
    /// Puts it into the module of its namespace, or into the global one.
    pub register: fn(&mut rhai::Module),
}

/// In place of a word that undoes: what it did leaves nothing that could be put back.
pub const NOTHING: &str = "nothing";

/// One shape in which a word can be called.
#[derive(Debug)]
pub struct Form {
    /// Its parameters in order, each `name: type`.
    pub params: &'static [&'static str],
    /// The type it gives.
    pub gives: &'static str,
}

/// One option of a word.
#[derive(Debug)]
pub struct Opt {
    /// Its name.
    pub name: &'static str,
    /// What it takes, for people.
    pub takes: &'static str,
    /// What it is for, one line.
    pub doc: &'static str,
}

impl Word {
    /// The namespace and the name within it; no namespace for a global word.
    pub fn parts(&self) -> (Option<&'static str>, &'static str) {
        match self.name.split_once("::") {
            Some((space, name)) => (Some(space), name),
            None => (None, self.name),
        }
    }

    /// The first line of its doc.
    pub fn summary(&self) -> &'static str {
        self.doc.trim_start().lines().next().unwrap_or_default().trim()
    }

    /// The text of its `rhai` examples.
    pub fn examples(&self) -> Vec<String> {
        let mut examples = Vec::new();
        let mut open: Option<String> = None;
        for line in self.doc.lines() {
            let line = line.strip_prefix("        ").unwrap_or(line);
            match (&mut open, line.trim()) {
                (None, "```rhai") => open = Some(String::new()),
                (Some(_), "```") => examples.extend(open.take()),
                (Some(text), _) => {
                    text.push_str(line);
                    text.push('\n');
                }
                (None, _) => {}
            }
        }
        examples
    }
}
