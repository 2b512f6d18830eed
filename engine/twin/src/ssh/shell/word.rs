//! Reads words: quotes, parameters, substitutions, here-documents.

use std::sync::{Arc, OnceLock};

use super::ast::{Op, Param, Part, Word};
use super::parse::{Here, Read, Reader, Trouble, is_name, read_all};

/// Where a word stands, which says what ends it and what a backslash does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    /// Among other words.
    Line,
    /// Between double quotes.
    Double,
    /// In the braces of a parameter, outside of quotes.
    Brace,
    /// In the braces of a parameter within double quotes.
    DoubleBrace,
    /// A here-document.
    Here,
    /// `$((…))`.
    Arith,
}

impl Within {
    fn quoted(self) -> bool {
        !matches!(self, Self::Line | Self::Brace)
    }
}

impl Reader<'_> {
    /// The word that stands here.
    pub(super) fn word(&mut self) -> Read<Word> {
        let word = self.parts(Within::Line)?;
        if word.is_empty() { Err(self.unexpected()) } else { Ok(word) }
    }

    /// The value of an assignment, which may be nothing.
    pub(super) fn value(&mut self) -> Read<Word> {
        self.parts(Within::Line)
    }

    fn parts(&mut self, within: Within) -> Read<Word> {
        self.depth += 1;
        if self.depth > 100 {
            return self.wrong("Syntax error: words stand too deep in each other");
        }
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut open = 0_usize;
        while let Some(c) = self.peek() {
            match (within, c) {
                (Within::Line, b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>') => break,
                (Within::Double, b'"') | (Within::Brace | Within::DoubleBrace, b'}') => break,
                (Within::Arith, b')') if open == 0 => break,
                (Within::Arith, b'(') => open += 1,
                (Within::Arith, b')') => open -= 1,
                _ => {}
            }
            match c {
                b'$' => {
                    let part = self.dollar(within)?;
                    flush(&mut text, &mut parts);
                    parts.push(part);
                }
                b'`' => {
                    let part = self.backquotes(within)?;
                    flush(&mut text, &mut parts);
                    parts.push(part);
                }
                b'\\' => self.backslash(within, &mut text, &mut parts),
                b'\'' if !within.quoted() => {
                    flush(&mut text, &mut parts);
                    parts.push(self.single()?);
                }
                b'"' if matches!(within, Within::Line | Within::Brace | Within::DoubleBrace) => {
                    self.at += 1;
                    flush(&mut text, &mut parts);
                    let inner = self.parts(Within::Double)?;
                    if self.peek() != Some(b'"') {
                        return self.more("quote");
                    }
                    self.at += 1;
                    parts.push(Part::Double(inner));
                }
                _ => self.take(&mut text),
            }
        }
        flush(&mut text, &mut parts);
        self.depth -= 1;
        Ok(parts)
    }

    /// Takes one character as it stands.
    fn take(&mut self, text: &mut String) {
        if let Some(c) = self.text[self.at..].chars().next() {
            self.line += usize::from(c == '\n');
            self.at += c.len_utf8();
            text.push(c);
        }
    }

    fn single(&mut self) -> Read<Part> {
        let rest = &self.text[self.at + 1..];
        let Some(end) = rest.find('\'') else { return self.more("quote") };
        self.line += rest[..end].matches('\n').count();
        self.at += end + 2;
        Ok(Part::Quoted(rest[..end].to_owned()))
    }

    fn backslash(&mut self, within: Within, text: &mut String, parts: &mut Word) {
        let next = self.peek_at(1);
        if next == Some(b'\n') {
            self.at += 2;
            self.line += 1;
            return;
        }
        let special = match within {
            Within::Line | Within::Brace => next.is_some(),
            Within::Double => matches!(next, Some(b'$' | b'`' | b'"' | b'\\')),
            Within::DoubleBrace => matches!(next, Some(b'$' | b'`' | b'"' | b'\\' | b'}')),
            Within::Here | Within::Arith => matches!(next, Some(b'$' | b'`' | b'\\')),
        };
        self.at += 1;
        if special {
            let mut one = String::new();
            self.take(&mut one);
            flush(text, parts);
            parts.push(Part::Quoted(one));
        } else {
            text.push('\\');
        }
    }

    fn dollar(&mut self, within: Within) -> Read<Part> {
        let rest = &self.text[self.at + 1..];
        if rest.starts_with("((")
            && let Some(part) = self.arith()?
        {
            return Ok(part);
        }
        if rest.starts_with('(') {
            return self.command_part();
        }
        if rest.starts_with('{') {
            self.at += 2;
            return self.braces(within);
        }
        let mut name = String::new();
        match rest.bytes().next() {
            Some(c) if c.is_ascii_alphabetic() || c == b'_' => {
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
                name.push_str(&rest[..end]);
            }
            Some(c) if c.is_ascii_digit() || b"@*#?-$!".contains(&c) => name.push(char::from(c)),
            _ => {
                self.at += 1;
                return Ok(if within.quoted() { Part::Quoted("$".into()) } else { Part::Text("$".into()) });
            }
        }
        self.at += 1 + name.len();
        Ok(Part::Param(Param { name, op: Op::Plain }))
    }

    /// `$((…))`, where it is that and not a subshell within a substitution.
    fn arith(&mut self) -> Read<Option<Part>> {
        let before = (self.at, self.line);
        self.at += 3;
        let inner = self.parts(Within::Arith)?;
        if self.text[self.at..].starts_with("))") {
            self.at += 2;
            return Ok(Some(Part::Arith(inner)));
        }
        if self.at + 1 >= self.text.len() {
            return self.more("\"))\"");
        }
        (self.at, self.line) = before;
        Ok(None)
    }

    fn command_part(&mut self) -> Read<Part> {
        self.at += 2;
        let heres = std::mem::take(&mut self.heres);
        let list = self.list_in_parens()?;
        self.heres.splice(0..0, heres);
        Ok(Part::Command(list))
    }

    fn backquotes(&mut self, within: Within) -> Read<Part> {
        self.at += 1;
        let line = self.line;
        let mut inner = String::new();
        loop {
            match self.peek() {
                None => return self.more("backquote"),
                Some(b'`') => break,
                Some(b'\\') => {
                    let next = self.peek_at(1);
                    let goes =
                        matches!(next, Some(b'`' | b'\\' | b'$')) || (within == Within::Double && next == Some(b'"'));
                    self.at += 1;
                    if goes {
                        self.take(&mut inner);
                    } else {
                        inner.push('\\');
                    }
                }
                Some(_) => self.take(&mut inner),
            }
        }
        self.at += 1;
        match read_all(&inner, line) {
            Ok(list) => Ok(Part::Command(list)),
            Err(Trouble::More(what)) => self.wrong(&format!("Syntax error: end of file unexpected (expecting {what})")),
            Err(wrong) => Err(wrong),
        }
    }

    /// What stands between `${` and `}`.
    fn braces(&mut self, within: Within) -> Read<Part> {
        let rest = &self.text[self.at..];
        if rest.is_empty() {
            return self.more("\"}\"");
        }
        let length =
            rest.starts_with('#') && !rest.starts_with("#}") && !rest[1..].starts_with([':', '%', '-', '=', '+', '?']);
        if length {
            self.at += 1;
        }
        let name = self.parameter_name();
        let inside = if within.quoted() { Within::DoubleBrace } else { Within::Brace };
        let op =
            if length { if self.peek() == Some(b'}') { Op::Length } else { Op::Bad } } else { self.operation(inside)? };
        let op = if name.is_empty() { Op::Bad } else { op };
        if matches!(op, Op::Bad) {
            self.parts(inside)?;
        }
        if self.peek() != Some(b'}') {
            return self.more("\"}\"");
        }
        self.at += 1;
        Ok(Part::Param(Param { name, op }))
    }

    fn parameter_name(&mut self) -> String {
        let rest = &self.text[self.at..];
        let first = rest.chars().next().unwrap_or(' ');
        let end = if first.is_ascii_digit() {
            rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())
        } else if is_name(&first.to_string()) {
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len())
        } else {
            usize::from("@*#?-$!".contains(first))
        };
        self.at += end;
        rest[..end].to_owned()
    }

    fn operation(&mut self, inside: Within) -> Read<Op> {
        let empty = self.peek() == Some(b':');
        let sign = self.peek_at(usize::from(empty));
        match sign {
            None => self.more("\"}\""),
            Some(b'}') if !empty => Ok(Op::Plain),
            Some(c @ (b'-' | b'=' | b'?' | b'+')) => {
                self.at += 1 + usize::from(empty);
                Ok(Op::Instead { sign: char::from(c), empty, word: self.parts(inside)? })
            }
            Some(c @ (b'#' | b'%')) if !empty => {
                let most = self.peek_at(1) == Some(c);
                self.at += 1 + usize::from(most);
                // A pattern is unquoted even within quotes.
                Ok(Op::Cut { end: c == b'%', most, pattern: self.parts(Within::Brace)? })
            }
            Some(_) => Ok(Op::Bad),
        }
    }

    /// The word behind `<<`, and a place for what it announces.
    pub(super) fn here_word(&mut self, tabs: bool) -> Read<Word> {
        let (mut end, mut quoted) = (String::new(), false);
        loop {
            match self.peek() {
                None if end.is_empty() => return self.more("word"),
                None | Some(b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>') => break,
                Some(c @ (b'\'' | b'"')) => {
                    quoted = true;
                    let rest = &self.text[self.at + 1..];
                    let Some(length) = rest.find(char::from(c)) else { return self.more("quote") };
                    end.push_str(&rest[..length]);
                    self.at += length + 2;
                }
                Some(b'\\') => {
                    quoted = true;
                    self.at += 1;
                    self.take(&mut end);
                }
                Some(_) => self.take(&mut end),
            }
        }
        let place = Arc::new(OnceLock::new());
        self.heres.push(Here { place: place.clone(), end, tabs, quoted });
        Ok(vec![Part::Here(place)])
    }

    /// The text of a here-document, which begins here.
    pub(super) fn here_body(&mut self, here: &Here) -> Read<Word> {
        let mut body = String::new();
        let begun = self.line;
        loop {
            let rest = &self.text[self.at..];
            if rest.is_empty() {
                if self.whole {
                    break;
                }
                return self.more("here-document");
            }
            let line = rest.split_inclusive('\n').next().unwrap_or_default();
            if !line.ends_with('\n') && !self.whole {
                return self.more("here-document");
            }
            self.at += line.len();
            self.line += 1;
            let shown = if here.tabs { line.trim_start_matches('\t') } else { line };
            if shown.strip_suffix('\n').unwrap_or(shown) == here.end {
                break;
            }
            body.push_str(shown);
        }
        if here.quoted {
            return Ok(vec![Part::Quoted(body)]);
        }
        let mut inner = Reader { text: &body, at: 0, line: begun, heres: Vec::new(), depth: self.depth, whole: true };
        inner.parts(Within::Here)
    }
}

fn flush(text: &mut String, parts: &mut Word) {
    if !text.is_empty() {
        parts.push(Part::Text(std::mem::take(text)));
    }
}
