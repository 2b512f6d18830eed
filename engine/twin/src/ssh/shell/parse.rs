//! Reads a script, one whole command line at a time.
//!
//! Promises: it never goes beyond the end of a line that is complete, since what comes behind may be for somebody else;
//! says apart that more is needed from that it is wrong.

use std::sync::{Arc, OnceLock};

use super::ast::{How, Item, List, Node, Redirect, Simple, Word};

/// Why nothing was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The text ends in the middle; what was still to come.
    More(String),
    /// It is wrong, at this line.
    Wrong(usize, String),
}

pub(super) type Read<T> = Result<T, Trouble>;

/// How deep commands may stand in each other.
const DEPTH_MAX: usize = 100;

/// A place in a text.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) line: usize,
    pub(super) heres: Vec<Here>,
    pub(super) depth: usize,
    /// Whether nothing comes behind the text.
    pub(super) whole: bool,
}

/// A here-document whose text is still to come.
#[derive(Clone, Debug)]
pub(super) struct Here {
    pub(super) place: Arc<OnceLock<Word>>,
    pub(super) end: String,
    pub(super) tabs: bool,
    pub(super) quoted: bool,
}

/// Reads the next complete line of commands; gives it with the place and the line behind it. Nothing where there is no
/// command any more.
pub(crate) fn read_line(text: &str, at: usize, line: usize, whole: bool) -> Read<Option<(List, usize, usize)>> {
    let mut reader = Reader { text, at, line, heres: Vec::new(), depth: 0, whole };
    loop {
        reader.blanks();
        match reader.peek() {
            None => return Ok(None),
            Some(b'\n') => {
                reader.newline()?;
            }
            Some(_) => break,
        }
    }
    let mut items = Vec::new();
    loop {
        let node = reader.and_or()?;
        reader.blanks();
        let background = reader.peek() == Some(b'&');
        items.push(Item { node, background });
        match reader.peek() {
            Some(b';') if reader.peek_at(1) != Some(b';') => reader.at += 1,
            Some(b'&') => reader.at += 1,
            Some(b'\n') | None => {}
            Some(_) => return Err(reader.unexpected()),
        }
        reader.blanks();
        match reader.peek() {
            None if whole || reader.heres.is_empty() => {
                reader.here_bodies()?;
                break;
            }
            None => return Err(Trouble::More("newline".into())),
            Some(b'\n') => {
                reader.newline()?;
                break;
            }
            Some(_) => {}
        }
    }
    Ok(Some((Arc::new(items), reader.at, reader.line)))
}

/// Reads all of a text as one list, as for a command substitution in backquotes.
pub(super) fn read_all(text: &str, line: usize) -> Read<List> {
    let mut all = Vec::new();
    let (mut at, mut line) = (0, line);
    while let Some((list, next, next_line)) = read_line(text, at, line, true)? {
        (at, line) = (next, next_line);
        all.push(Item { node: Arc::new(Node::Group(list)), background: false });
    }
    Ok(Arc::new(all))
}

const RESERVED: [&str; 15] =
    ["!", "{", "}", "case", "do", "done", "elif", "else", "esac", "fi", "for", "if", "then", "until", "while"];

impl Reader<'_> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    pub(super) fn wrong<T>(&self, what: &str) -> Read<T> {
        Err(Trouble::Wrong(self.line, what.to_owned()))
    }

    pub(super) fn more<T>(&self, what: &str) -> Read<T> {
        Err(Trouble::More(what.to_owned()))
    }

    /// Skips blanks, comments and joined lines.
    pub(super) fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => self.at += 1,
                Some(b'\\') if self.peek_at(1) == Some(b'\n') => {
                    self.at += 2;
                    self.line += 1;
                }
                Some(b'#') => {
                    while self.peek().is_some_and(|c| c != b'\n') {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    /// Goes over an end of line, and over the here-documents behind it.
    pub(super) fn newline(&mut self) -> Read<()> {
        self.at += 1;
        self.line += 1;
        self.here_bodies()
    }

    fn here_bodies(&mut self) -> Read<()> {
        for here in std::mem::take(&mut self.heres) {
            let body = self.here_body(&here)?;
            let _ = here.place.set(body);
        }
        Ok(())
    }

    /// Skips blanks and ends of lines.
    pub(super) fn space(&mut self) -> Read<()> {
        loop {
            self.blanks();
            if self.peek() != Some(b'\n') {
                return Ok(());
            }
            self.newline()?;
        }
    }

    /// The error for what stands here.
    pub(super) fn unexpected(&self) -> Trouble {
        let shown = match self.peek() {
            None => return Trouble::More("command".into()),
            Some(b'\n') => "newline".to_owned(),
            Some(b'<' | b'>') => "redirection".to_owned(),
            Some(c) if b"&|;()".contains(&c) => {
                let twice = self.peek_at(1) == Some(c) && c != b'(' && c != b')';
                format!("\"{}\"", String::from(char::from(c)).repeat(if twice { 2 } else { 1 }))
            }
            Some(_) => match self.plain_word() {
                Some(word) if RESERVED.contains(&word) => format!("\"{word}\""),
                _ => "word".to_owned(),
            },
        };
        Trouble::Wrong(self.line, format!("Syntax error: {shown} unexpected"))
    }

    /// The unquoted word that stands here, where it is one.
    pub(super) fn plain_word(&self) -> Option<&str> {
        let rest = &self.text[self.at..];
        let end = rest.find([' ', '\t', '\n', ';', '&', '|', '(', ')', '<', '>']).unwrap_or(rest.len());
        let word = &rest[..end];
        (!word.is_empty() && !word.contains(['\'', '"', '\\', '$', '`'])).then_some(word)
    }

    pub(super) fn is_word(&self, wanted: &str) -> bool {
        self.plain_word() == Some(wanted)
    }

    pub(super) fn expect(&mut self, wanted: &str) -> Read<()> {
        self.space()?;
        if self.is_word(wanted) {
            self.at += wanted.len();
            return Ok(());
        }
        match self.unexpected() {
            Trouble::More(_) => self.more(&format!("\"{wanted}\"")),
            Trouble::Wrong(line, what) => Err(Trouble::Wrong(line, format!("{what} (expecting \"{wanted}\")"))),
        }
    }

    /// Commands up to one of these words, which stays.
    pub(super) fn list_until(&mut self, ends: &[&str]) -> Read<List> {
        let mut items = Vec::new();
        loop {
            self.space()?;
            if self.peek().is_none() {
                return self.more(&format!("\"{}\"", ends.first().unwrap_or(&"command")));
            }
            let at_end = ends.iter().any(|end| match *end {
                ")" | ";;" => self.text[self.at..].starts_with(end),
                word => self.is_word(word),
            });
            if at_end && !(items.is_empty() && ends != [";;", "esac"]) {
                return Ok(Arc::new(items));
            }
            let node = self.and_or()?;
            self.blanks();
            let background = self.peek() == Some(b'&');
            items.push(Item { node, background });
            match self.peek() {
                Some(b';') if self.peek_at(1) == Some(b';') => {}
                Some(b';' | b'&') => self.at += 1,
                Some(b'\n' | b')') | None => {}
                // Behind a compound command a word of the language needs nothing before it.
                Some(_) if ends.iter().any(|end| self.is_word(end)) => {}
                Some(_) => return Err(self.unexpected()),
            }
        }
    }

    fn and_or(&mut self) -> Read<Arc<Node>> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return self.wrong("Syntax error: commands stand too deep in each other");
        }
        let first = self.pipeline()?;
        let mut rest = Vec::new();
        loop {
            self.blanks();
            let and = self.text[self.at..].starts_with("&&");
            if !and && !self.text[self.at..].starts_with("||") {
                break;
            }
            self.at += 2;
            self.space()?;
            rest.push((and, self.pipeline()?));
        }
        self.depth -= 1;
        Ok(if rest.is_empty() { first } else { Arc::new(Node::AndOr(first, rest)) })
    }

    fn pipeline(&mut self) -> Read<Arc<Node>> {
        self.space_if_needed()?;
        if self.is_word("!") {
            self.at += 1;
            self.blanks();
            return Ok(Arc::new(Node::Not(self.pipeline()?)));
        }
        let mut items = vec![self.command()?];
        loop {
            self.blanks();
            if self.peek() != Some(b'|') || self.peek_at(1) == Some(b'|') {
                break;
            }
            self.at += 1;
            self.space()?;
            items.push(self.command()?);
        }
        Ok(if items.len() == 1 { items.remove(0) } else { Arc::new(Node::Pipe(items)) })
    }

    fn space_if_needed(&mut self) -> Read<()> {
        self.blanks();
        if self.peek().is_none() { self.more("command") } else { Ok(()) }
    }

    pub(super) fn command(&mut self) -> Read<Arc<Node>> {
        self.space_if_needed()?;
        let node = match (self.peek(), self.plain_word()) {
            (Some(b'('), _) => {
                self.at += 1;
                let body = self.list_until(&[")"])?;
                self.at += 1;
                Node::Subshell(body)
            }
            (_, Some("{")) => {
                self.at += 1;
                let body = self.list_until(&["}"])?;
                self.at += 1;
                Node::Group(body)
            }
            (_, Some("if")) => self.if_command()?,
            (_, Some(word @ ("while" | "until"))) => {
                let until = word == "until";
                self.at += 5;
                let cond = self.list_until(&["do"])?;
                Node::Loop { until, cond, body: self.do_body()? }
            }
            (_, Some("for")) => self.for_command()?,
            (_, Some("case")) => self.case_command()?,
            (_, Some(word)) if RESERVED.contains(&word) => return Err(self.unexpected()),
            _ => return self.simple(),
        };
        let redirects = self.redirects()?;
        let node = Arc::new(node);
        Ok(if redirects.is_empty() { node } else { Arc::new(Node::Redirected(node, redirects)) })
    }

    fn simple(&mut self) -> Read<Arc<Node>> {
        let mut simple = Simple { assigns: Vec::new(), words: Vec::new(), redirects: Vec::new(), line: self.line };
        loop {
            self.blanks();
            if let Some(redirect) = self.redirect()? {
                simple.redirects.push(redirect);
                continue;
            }
            match self.peek() {
                None | Some(b'\n' | b';' | b'&' | b'|' | b')') => break,
                Some(b'(') => {
                    if simple.words.len() == 1
                        && simple.assigns.is_empty()
                        && let [super::ast::Part::Text(name)] = simple.words[0].as_slice()
                    {
                        let name = name.clone();
                        return self.function(name);
                    }
                    return Err(self.unexpected());
                }
                Some(_) => {}
            }
            if simple.words.is_empty()
                && let Some((name, length)) = self.assignment()
            {
                self.at += length;
                let value = self.value()?;
                simple.assigns.push((name, value));
                continue;
            }
            simple.words.push(self.word()?);
        }
        if simple.assigns.is_empty() && simple.words.is_empty() && simple.redirects.is_empty() {
            return Err(self.unexpected());
        }
        Ok(Arc::new(Node::Simple(simple)))
    }

    /// `name=` where that stands here, with its length.
    fn assignment(&self) -> Option<(String, usize)> {
        let rest = &self.text[self.at..];
        let end = rest.find('=')?;
        is_name(&rest[..end]).then(|| (rest[..end].to_owned(), end + 1))
    }

    pub(super) fn redirect(&mut self) -> Read<Option<Redirect>> {
        let rest = &self.text[self.at..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let sign = &rest[digits..];
        if !sign.starts_with(['<', '>']) || digits > 4 {
            return Ok(None);
        }
        let forms = [
            ("<<-", How::Here, 0),
            ("<<", How::Here, 0),
            ("<&", How::Dup, 0),
            ("<>", How::Both, 0),
            ("<", How::Read, 0),
            (">>", How::Append, 1),
            (">&", How::Dup, 1),
            (">|", How::Clobber, 1),
            (">", How::Write, 1),
        ];
        let Some((text, how, fd)) = forms.iter().find(|(text, ..)| sign.starts_with(text)) else { return Ok(None) };
        let fd = rest[..digits].parse().unwrap_or(*fd);
        self.at += digits + text.len();
        self.blanks();
        if *how == How::Here && !matches!(self.peek(), Some(b'<' | b'>')) {
            let word = self.here_word(*text == "<<-")?;
            return Ok(Some(Redirect { fd, how: *how, word }));
        }
        match self.peek() {
            None => return self.more("word"),
            Some(b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>') => return Err(self.unexpected()),
            Some(_) => {}
        }
        Ok(Some(Redirect { fd, how: *how, word: self.word()? }))
    }
}

/// Whether a variable may be called so.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
