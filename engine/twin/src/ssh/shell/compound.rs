//! Reads compound commands: `if`, loops, `case`.

use std::sync::Arc;

use super::ast::{List, Node, Redirect};
use super::parse::{Read, Reader, is_name};

impl Reader<'_> {
    pub(super) fn do_body(&mut self) -> Read<List> {
        self.expect("do")?;
        let body = self.list_until(&["done"])?;
        self.expect("done")?;
        Ok(body)
    }

    pub(super) fn if_command(&mut self) -> Read<Node> {
        let mut arms = Vec::new();
        let mut other = None;
        self.at += 2;
        loop {
            let cond = self.list_until(&["then"])?;
            self.expect("then")?;
            let body = self.list_until(&["fi", "else", "elif"])?;
            arms.push((cond, body));
            if self.is_word("elif") {
                self.at += 4;
                continue;
            }
            if self.is_word("else") {
                self.at += 4;
                other = Some(self.list_until(&["fi"])?);
            }
            self.expect("fi")?;
            return Ok(Node::If { arms, other });
        }
    }

    pub(super) fn for_command(&mut self) -> Read<Node> {
        self.at += 3;
        self.blanks();
        let name = self.plain_word().map(str::to_owned);
        let Some(name) = name.filter(|name| is_name(name)) else {
            return if self.peek().is_none() {
                self.more("word")
            } else {
                self.wrong("Syntax error: Bad for loop variable")
            };
        };
        self.at += name.len();
        self.space()?;
        let mut words = None;
        if self.is_word("in") {
            self.at += 2;
            let mut all = Vec::new();
            loop {
                self.blanks();
                match self.peek() {
                    None => return self.more("\"do\""),
                    Some(b';' | b'\n') => break,
                    Some(b'&' | b'|' | b'(' | b')' | b'<' | b'>') => return Err(self.unexpected()),
                    Some(_) => all.push(self.word()?),
                }
            }
            words = Some(all);
        }
        self.blanks();
        if self.peek() == Some(b';') {
            self.at += 1;
        }
        Ok(Node::For { name, words, body: self.do_body()? })
    }

    pub(super) fn case_command(&mut self) -> Read<Node> {
        self.at += 4;
        self.blanks();
        let word = self.word()?;
        self.expect("in")?;
        let mut arms = Vec::new();
        loop {
            self.space()?;
            if self.is_word("esac") {
                self.at += 4;
                return Ok(Node::Case { word, arms });
            }
            if self.peek() == Some(b'(') {
                self.at += 1;
            }
            let mut patterns = Vec::new();
            loop {
                self.blanks();
                patterns.push(self.word()?);
                self.blanks();
                match self.peek() {
                    Some(b'|') => self.at += 1,
                    Some(b')') => break,
                    None => return self.more("\")\""),
                    Some(_) => return Err(self.unexpected()),
                }
            }
            self.at += 1;
            let body = self.list_until(&[";;", "esac"])?;
            arms.push((patterns, body));
            if self.text[self.at..].starts_with(";;") {
                self.at += 2;
            }
        }
    }

    /// A function whose name was just read.
    pub(super) fn function(&mut self, name: String) -> Read<Arc<Node>> {
        self.at += 1;
        self.blanks();
        match self.peek() {
            Some(b')') => self.at += 1,
            None => return self.more("\")\""),
            Some(_) => return Err(self.unexpected()),
        }
        if !is_name(&name.replace(['-', '.'], "_")) {
            return self.wrong("Syntax error: Bad function name");
        }
        self.space()?;
        let body = self.command()?;
        Ok(Arc::new(Node::Function { name, body }))
    }

    /// The redirections that stand here.
    pub(super) fn redirects(&mut self) -> Read<Vec<Redirect>> {
        let mut all = Vec::new();
        loop {
            self.blanks();
            match self.redirect()? {
                Some(redirect) => all.push(redirect),
                None => return Ok(all),
            }
        }
    }

    /// Commands up to the parenthesis that ends them.
    pub(super) fn list_in_parens(&mut self) -> Read<List> {
        self.space()?;
        let list = if self.peek() == Some(b')') { Arc::default() } else { self.list_until(&[")"])? };
        self.at += 1;
        Ok(list)
    }
}
