//! What a script says, once it is read; plain data.

use std::sync::{Arc, OnceLock};

/// Commands one after the other.
pub(crate) type List = Arc<Vec<Item>>;

/// A command of a list.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) node: Arc<Node>,
    pub(crate) background: bool,
}

/// A command.
#[derive(Debug)]
pub(crate) enum Node {
    Simple(Simple),
    Pipe(Vec<Arc<Node>>),
    Not(Arc<Node>),
    /// `true` stands for `&&`.
    AndOr(Arc<Node>, Vec<(bool, Arc<Node>)>),
    Group(List),
    Subshell(List),
    If {
        arms: Vec<(List, List)>,
        other: Option<List>,
    },
    Loop {
        until: bool,
        cond: List,
        body: List,
    },
    For {
        name: String,
        words: Option<Vec<Word>>,
        body: List,
    },
    Case {
        word: Word,
        arms: Vec<(Vec<Word>, List)>,
    },
    Function {
        name: String,
        body: Arc<Node>,
    },
    /// A compound command with redirections of its own.
    Redirected(Arc<Node>, Vec<Redirect>),
}

/// A simple command.
#[derive(Debug)]
pub(crate) struct Simple {
    pub(crate) assigns: Vec<(String, Word)>,
    pub(crate) words: Vec<Word>,
    pub(crate) redirects: Vec<Redirect>,
    pub(crate) line: usize,
}

/// A redirection.
#[derive(Debug)]
pub(crate) struct Redirect {
    pub(crate) fd: i32,
    pub(crate) how: How,
    pub(crate) word: Word,
}

/// What a redirection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Read,
    Write,
    /// Over what is there, whatever `set -C` says.
    Clobber,
    Append,
    Both,
    Dup,
    Here,
}

/// A word before expansion.
pub(crate) type Word = Vec<Part>;

/// A piece of a word.
#[derive(Debug)]
pub(crate) enum Part {
    /// As it stands.
    Text(String),
    /// As it stands, in quotes.
    Quoted(String),
    /// Within double quotes.
    Double(Word),
    Param(Param),
    Command(List),
    Arith(Word),
    /// The text of a here-document, which stands behind its line.
    Here(Arc<OnceLock<Word>>),
}

/// `$x` and its like.
#[derive(Debug)]
pub(crate) struct Param {
    pub(crate) name: String,
    pub(crate) op: Op,
}

/// What is done with a parameter.
#[derive(Debug)]
pub(crate) enum Op {
    Plain,
    Length,
    /// `-`, `=`, `?` or `+`, and whether an empty one counts as not there.
    Instead {
        sign: char,
        empty: bool,
        word: Word,
    },
    /// `#` or `%`, and whether as much as can be is cut off.
    Cut {
        end: bool,
        most: bool,
        pattern: Word,
    },
    /// What no shell understands; said when it is reached.
    Bad,
}
