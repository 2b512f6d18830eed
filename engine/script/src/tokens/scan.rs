//! The scanner behind the tokens.

use super::{Kind, Token};

/// Signs of more than one character, the longer ones first.
const SIGNS: [&str; 33] = [
    "===", "!==", "..=", "**=", "<<=", ">>=", "::", "=>", "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "..", "+=",
    "-=", "*=", "/=", "%=", "&=", "|=", "^=", "**", "<<", ">>", "++", "--", "->", "<-", ":=",
];

/// What is open where the scanner stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    /// A parenthesis or a square bracket.
    Bracket,
    /// A brace.
    Brace,
    /// The `${` of a text.
    InText,
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    col: u32,
    open: Vec<Open>,
    list: Vec<Token>,
}

pub(super) fn scan(text: &str) -> Vec<Token> {
    let mut scanner = Scanner { text, at: 0, line: 1, col: 1, open: Vec::new(), list: Vec::new() };
    while let Some(c) = scanner.peek(0) {
        scanner.one(c);
    }
    scanner.list
}

impl Scanner<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.rest().chars().nth(ahead)
    }

    fn step(&mut self) -> Option<char> {
        let c = self.peek(0)?;
        self.at += c.len_utf8();
        if c == '\n' {
            (self.line, self.col) = (self.line.saturating_add(1), 1);
        } else {
            self.col = self.col.saturating_add(1);
        }
        Some(c)
    }

    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.step();
        }
    }

    /// Takes a token: all that `eat` steps over, of the kind it says; no token where it says none.
    fn take(&mut self, eat: impl FnOnce(&mut Self) -> Option<Kind>) {
        let (start, line, col) = (self.at, self.line, self.col);
        let kind = eat(self);
        let (Some(kind), Ok(start), Ok(end)) = (kind, u32::try_from(start), u32::try_from(self.at)) else { return };
        self.list.push(Token { kind, line, col, start, end });
    }

    fn one(&mut self, c: char) {
        match (c, self.peek(1)) {
            (c, _) if c.is_whitespace() => drop(self.step()),
            ('/', Some('/')) => {
                while self.peek(0).is_some_and(|c| c != '\n') {
                    self.step();
                }
            }
            ('/', Some('*')) => self.take(Self::comment),
            ('"' | '\'', _) => self.take(|scanner| Some(scanner.quoted(c))),
            ('`', _) => self.take(|scanner| {
                scanner.step();
                Some(scanner.template(Kind::Text, Kind::TextOpens))
            }),
            ('#', Some('"' | '#')) => self.take(|scanner| Some(scanner.raw())),
            ('#', Some('{')) => self.opens(Open::Brace, 2),
            ('{', _) => self.opens(Open::Brace, 1),
            ('(' | '[', _) => self.opens(Open::Bracket, 1),
            ('}', _) => self.closes_brace(),
            (')' | ']', _) => {
                if self.open.last() == Some(&Open::Bracket) {
                    self.open.pop();
                }
                self.take(|scanner| scanner.step().map(|_| Kind::Closes));
            }
            (c, _) if is_word(c) => self.take(|scanner| Some(scanner.word(c.is_ascii_digit()))),
            _ => self.take(|scanner| {
                let long = SIGNS.iter().find(|sign| scanner.rest().starts_with(**sign));
                scanner.skip(long.map_or(1, |sign| sign.len()));
                Some(Kind::Sign)
            }),
        }
    }

    fn opens(&mut self, what: Open, signs: usize) {
        self.open.push(what);
        self.take(|scanner| {
            scanner.skip(signs);
            Some(Kind::Opens)
        });
    }

    /// A brace closes a block, or what is computed within a text: then the text goes on.
    fn closes_brace(&mut self) {
        let innermost = self.open.iter().rposition(|open| *open != Open::Bracket);
        let was = innermost.map(|at| self.open[at]);
        if let Some(at) = innermost {
            self.open.truncate(at);
        }
        self.take(|scanner| {
            scanner.step();
            Some(match was {
                Some(Open::InText) => scanner.template(Kind::TextCloses, Kind::TextGoesOn),
                _ => Kind::Closes,
            })
        });
    }

    fn word(&mut self, is_number: bool) -> Kind {
        while self.peek(0).is_some_and(is_word) {
            self.step();
        }
        // `1.5` is one number, `1..5` a range, `1.abs()` a call.
        if is_number && self.peek(0) == Some('.') && self.peek(1).is_some_and(|c| c.is_ascii_digit()) {
            self.step();
            while self.peek(0).is_some_and(is_word) {
                self.step();
            }
        }
        Kind::Word
    }

    /// Comments nest; one that is closed gives no token.
    fn comment(&mut self) -> Option<Kind> {
        let mut depth = 0_usize;
        loop {
            match (self.peek(0), self.peek(1)) {
                (None, _) => return Some(Kind::CommentBroken),
                (Some('/'), Some('*')) => (depth, _) = (depth + 1, self.skip(2)),
                (Some('*'), Some('/')) => {
                    self.skip(2);
                    depth -= 1;
                    if depth == 0 {
                        return None;
                    }
                }
                _ => drop(self.step()),
            }
        }
    }

    /// A text that ends with its line, unless a backslash carries it over.
    fn quoted(&mut self, quote: char) -> Kind {
        self.step();
        loop {
            match self.peek(0) {
                None | Some('\n') => return Kind::TextBroken,
                Some('\\') => {
                    self.step();
                    if self.rest().starts_with("\r\n") {
                        self.step();
                    }
                    self.step();
                }
                Some(c) if c == quote && self.peek(1) == Some(quote) => self.skip(2),
                Some(c) if c == quote => {
                    self.step();
                    return Kind::Text;
                }
                Some(_) => drop(self.step()),
            }
        }
    }

    /// A text between backticks, up to its end or to the next `${`.
    fn template(&mut self, ends: Kind, goes_on: Kind) -> Kind {
        loop {
            let rest = self.rest();
            if rest.is_empty() {
                return Kind::TextBroken;
            } else if rest.starts_with("\\${") {
                self.skip(3);
            } else if rest.starts_with("``") {
                self.skip(2);
            } else if rest.starts_with('`') {
                self.step();
                return ends;
            } else if rest.starts_with("${") {
                self.skip(2);
                self.open.push(Open::InText);
                return goes_on;
            } else {
                self.step();
            }
        }
    }

    /// `#"…"#`, with as many `#` at its end as at its beginning.
    fn raw(&mut self) -> Kind {
        let hashes = self.rest().chars().take_while(|c| *c == '#').count();
        self.skip(hashes);
        if self.peek(0) != Some('"') {
            return Kind::TextBroken;
        }
        self.step();
        let end = format!("\"{}", "#".repeat(hashes));
        match self.rest().find(&end) {
            Some(at) => {
                let count = self.rest()[..at].chars().count() + end.len();
                self.skip(count);
                Kind::Text
            }
            None => {
                while self.step().is_some() {}
                Kind::TextBroken
            }
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
