//! A program of `awk` once it is read; plain data.

use std::collections::BTreeMap;

/// A whole program.
#[derive(Debug, Default)]
pub(super) struct Program {
    pub(super) begin: Vec<Do>,
    pub(super) rules: Vec<(Pattern, Option<Do>)>,
    pub(super) end: Vec<Do>,
    pub(super) functions: BTreeMap<String, (Vec<String>, Do)>,
}

#[derive(Debug)]
pub(super) enum Pattern {
    Always,
    When(Expr),
    Range(Expr, Expr),
}

#[derive(Debug)]
pub(super) enum Do {
    Block(Vec<Do>),
    Print(Vec<Expr>, Option<(bool, Expr)>),
    Printf(Vec<Expr>, Option<(bool, Expr)>),
    Expr(Expr),
    If(Expr, Box<Do>, Option<Box<Do>>),
    While(Expr, Box<Do>, bool),
    For(Option<Box<Do>>, Option<Expr>, Option<Box<Do>>, Box<Do>),
    ForIn(String, String, Box<Do>),
    Break,
    Continue,
    Next,
    Exit(Option<Expr>),
    Return(Option<Expr>),
    Delete(String, Option<Vec<Expr>>),
}

#[derive(Clone, Debug)]
pub(super) enum Expr {
    Number(f64),
    Text(String),
    Regex(String),
    Var(String),
    Field(Box<Expr>),
    Index(String, Vec<Expr>),
    In(Vec<Expr>, String),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    Unary(char, Box<Expr>),
    Match(bool, Box<Expr>, Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Choice(Box<Expr>, Box<Expr>, Box<Expr>),
    Assign(&'static str, Box<Expr>, Box<Expr>),
    /// `++` and `--`: by how much, and whether before.
    Step(f64, bool, Box<Expr>),
    Concat(Box<Expr>, Box<Expr>),
    Call(String, Vec<Expr>),
}
