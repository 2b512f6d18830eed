//! A script of `sed` once it is read; plain data.

use regex::bytes::Regex;

/// Which lines a command is for.
#[derive(Clone, Debug)]
pub(super) enum Address {
    Line(usize),
    Last,
    Match(Option<Regex>),
    /// Every so many lines from one on.
    Step(usize, usize),
    /// So many lines behind the first.
    Plus(usize),
}

/// A command with its lines.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) from: Option<Address>,
    pub(super) to: Option<Address>,
    pub(super) not: bool,
    pub(super) what: What,
}

/// What a command does.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// Goes on behind the step of this number where its lines are not these.
    Begin(usize),
    End,
    Substitute {
        pattern: Option<Regex>,
        with: Vec<Piece>,
        every: bool,
        count: usize,
        print: bool,
        file: Option<String>,
    },
    Translate(Vec<(char, char)>),
    Delete,
    DeleteFirst,
    Print,
    PrintFirst,
    Next,
    Append,
    AppendText(String),
    InsertText(String),
    ChangeText(String),
    Number,
    List,
    Quit(i32, bool),
    Hold,
    HoldAppend,
    Get,
    GetAppend,
    Swap,
    Label(String),
    Branch(String),
    BranchIf(String),
    BranchUnless(String),
    Write(String),
}

/// A piece of a replacement.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Text(Vec<u8>),
    Group(usize),
    /// `\U`, `\L`, `\u`, `\l`, `\E`.
    Case(char),
}

/// Reads the pieces of a replacement.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut chars = text.chars();
    let push = |plain: &mut String, pieces: &mut Vec<Piece>| {
        if !plain.is_empty() {
            pieces.push(Piece::Text(crate::machines::text::to_bytes(&std::mem::take(plain))));
        }
    };
    while let Some(c) = chars.next() {
        let piece = match c {
            '&' => Piece::Group(0),
            '\\' => match chars.next() {
                Some(c) if c.is_ascii_digit() => Piece::Group(c.to_digit(10).unwrap_or(0) as usize),
                Some(c @ ('U' | 'L' | 'u' | 'l' | 'E')) => Piece::Case(c),
                Some('n') => {
                    plain.push('\n');
                    continue;
                }
                Some('t') => {
                    plain.push('\t');
                    continue;
                }
                Some(c) => {
                    plain.push(c);
                    continue;
                }
                None => continue,
            },
            c => {
                plain.push(c);
                continue;
            }
        };
        push(&mut plain, &mut pieces);
        pieces.push(piece);
    }
    push(&mut plain, &mut pieces);
    pieces
}
