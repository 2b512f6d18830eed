//! What a shell is in the middle of: the frames of its stack; plain data.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Var;
use super::ast::{List, Node, Redirect, Simple, Word};
use super::expand::Answer;
use super::source::Source;
use crate::machines::process::Pid;

/// One thing that is not finished.
#[derive(Clone, Debug)]
pub(super) enum Frame {
    /// The shell itself, before it has looked at its words.
    Begin(Vec<String>),
    /// Commands that are still to be read.
    Source(Box<Source>),
    /// The rest of a list, from this item on.
    List(List, usize),
    /// A command that is to be run.
    Node(Arc<Node>),
    /// The rest of `a && b || c`, from this one on.
    AndOr(Arc<Node>, usize),
    /// `!`: turns the status round.
    Not,
    /// The condition of this arm of an `if` has run.
    If(Arc<Node>, usize),
    /// The condition of a loop has run; the status of its last round.
    LoopCond(Arc<Node>, i32),
    /// The body of a loop has run.
    LoopBody(Arc<Node>),
    /// The words of a `for` that are still to come.
    For(Arc<Node>, Arc<Vec<String>>, usize),
    /// Words that are being expanded, with the answers so far and the variables from before.
    Expand(Task, Vec<Answer>, Arc<BTreeMap<String, Var>>),
    /// What a substitution prints is read.
    Capture { pid: Pid, fd: i32, bytes: Vec<u8> },
    /// Children are waited for; the last one's status counts.
    Wait(Vec<Pid>),
    /// A builtin that waits for a child left in the background; nothing for all of them.
    WaitJob(Option<Pid>),
    /// Text that is to be written, and the status then.
    Flush { fd: i32, bytes: Vec<u8>, at: usize, status: i32 },
    /// A builtin that reads a line.
    ReadLine { names: Vec<String>, raw: bool, bytes: Vec<u8> },
    /// What redirections put aside.
    Undo(Vec<(i32, Option<i32>)>),
    /// The end of a function: the arguments and local variables from before.
    Call { args: Arc<Vec<String>>, locals: Vec<(String, Option<Var>)> },
    /// The end of a file that was read by `.`, or of `eval`.
    Dot,
    /// Variables that a command had for itself are put back.
    Restore(Vec<(String, Option<Var>)>),
    /// A trap has run: the status from before.
    Trapped(i32),
    /// A simple command is over: is its failure the end?
    Check,
    /// The shell ends.
    Exit(i32),
}

/// What is done with words once they are expanded.
#[derive(Clone, Debug)]
pub(super) enum Task {
    Simple(Arc<Node>),
    For(Arc<Node>),
    Case(Arc<Node>),
    Redirect(Arc<Node>),
}

impl Task {
    pub(super) fn node(&self) -> &Arc<Node> {
        let (Self::Simple(node) | Self::For(node) | Self::Case(node) | Self::Redirect(node)) = self;
        node
    }
}

/// The simple command a node is.
pub(super) fn simple_of(node: &Node) -> Option<&Simple> {
    match node {
        Node::Simple(simple) => Some(simple),
        _ => None,
    }
}

/// The redirections of a node.
pub(super) fn redirects_of(node: &Node) -> &[Redirect] {
    match node {
        Node::Simple(simple) => &simple.redirects,
        Node::Redirected(_, redirects) => redirects,
        _ => &[],
    }
}

/// The words of a `for`, where it names some.
pub(super) fn for_words(node: &Node) -> Option<&[Word]> {
    match node {
        Node::For { words, .. } => words.as_deref(),
        _ => None,
    }
}
