//! Reads a program of `awk`; pure.

use super::program::{Do, Expr, Pattern, Program};
use super::token::{Token, tokens};

/// A place in the tokens of a program.
pub(super) struct Reader {
    pub(super) tokens: Vec<Token>,
    pub(super) at: usize,
    pub(super) depth: u32,
    /// Within the words of `print`, where `>` is no comparison.
    pub(super) print: bool,
    /// Within the head of a `for`, where `in` may not be taken.
    pub(super) no_in: bool,
}

pub(super) type Read<T> = Result<T, String>;

/// Reads a program.
pub(super) fn program(text: &str) -> Read<Program> {
    let mut reader = Reader { tokens: tokens(text)?, at: 0, depth: 0, print: false, no_in: false };
    let mut program = Program::default();
    loop {
        reader.ends();
        match reader.peek().clone() {
            Token::End => return Ok(program),
            Token::Name(name) if name == "BEGIN" || name == "END" => {
                reader.at += 1;
                let body = reader.block()?;
                if name == "BEGIN" { program.begin.push(body) } else { program.end.push(body) }
            }
            Token::Name(name) if name == "function" || name == "func" => {
                reader.at += 1;
                let name = match reader.next() {
                    Token::Func(name) | Token::Name(name) => name,
                    other => return Err(format!("{other:?} is no name of a function")),
                };
                reader.expect("(")?;
                let mut parameters = Vec::new();
                while let Token::Name(name) = reader.peek().clone() {
                    reader.at += 1;
                    parameters.push(name);
                    reader.take(",");
                }
                reader.expect(")")?;
                reader.lines();
                let body = reader.block()?;
                program.functions.insert(name, (parameters, body));
            }
            _ => {
                let pattern = if reader.is("{") {
                    Pattern::Always
                } else {
                    let first = reader.expr()?;
                    if reader.take(",") {
                        reader.lines();
                        Pattern::Range(first, reader.expr()?)
                    } else {
                        Pattern::When(first)
                    }
                };
                let body = if reader.is("{") { Some(reader.block()?) } else { None };
                program.rules.push((pattern, body));
            }
        }
    }
}

impl Reader {
    pub(super) fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&Token::End)
    }

    pub(super) fn next(&mut self) -> Token {
        self.at += 1;
        self.tokens.get(self.at - 1).cloned().unwrap_or(Token::End)
    }

    pub(super) fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(known) if *known == sign)
    }

    pub(super) fn take(&mut self, sign: &str) -> bool {
        let is = self.is(sign);
        self.at += usize::from(is);
        is
    }

    pub(super) fn expect(&mut self, sign: &str) -> Read<()> {
        if self.take(sign) { Ok(()) } else { Err(format!("`{sign}` expected, {:?} found", self.peek())) }
    }

    pub(super) fn lines(&mut self) {
        while *self.peek() == Token::Line {
            self.at += 1;
        }
    }

    fn ends(&mut self) {
        while *self.peek() == Token::Line || self.is(";") {
            self.at += 1;
        }
    }

    pub(super) fn is_name(&self, wanted: &str) -> bool {
        matches!(self.peek(), Token::Name(name) | Token::Func(name) if name == wanted)
    }

    fn block(&mut self) -> Read<Do> {
        self.expect("{")?;
        let mut all = Vec::new();
        loop {
            self.ends();
            if self.take("}") {
                return Ok(Do::Block(all));
            }
            if *self.peek() == Token::End {
                return Err("`}` expected at the end".into());
            }
            all.push(self.statement()?);
        }
    }

    fn statement(&mut self) -> Read<Do> {
        self.depth += 1;
        if self.depth > 100 {
            return Err("too deep".into());
        }
        let done = self.one();
        self.depth -= 1;
        done
    }

    fn one(&mut self) -> Read<Do> {
        if self.is("{") {
            return self.block();
        }
        let name = match self.peek() {
            Token::Name(name) | Token::Func(name) => name.clone(),
            _ => String::new(),
        };
        match name.as_str() {
            "if" => {
                let cond = self.in_parens()?;
                self.lines();
                let yes = self.body()?;
                let before = self.at;
                self.ends();
                if self.is_name("else") {
                    self.at += 1;
                    self.lines();
                    return Ok(Do::If(cond, Box::new(yes), Some(Box::new(self.body()?))));
                }
                self.at = before;
                Ok(Do::If(cond, Box::new(yes), None))
            }
            "while" => {
                let cond = self.in_parens()?;
                self.lines();
                Ok(Do::While(cond, Box::new(self.body()?), false))
            }
            "do" => {
                self.at += 1;
                self.lines();
                let body = self.body()?;
                self.ends();
                if !self.is_name("while") {
                    return Err("`while` expected".into());
                }
                Ok(Do::While(self.in_parens()?, Box::new(body), true))
            }
            "for" => self.for_loop(),
            "getline" | "system" | "close" | "fflush" if name != "fflush" && name != "close" => {
                Err(format!("`{name}` of awk is not known to the twin"))
            }
            _ => self.plain(),
        }
    }

    /// The body of a loop or a condition, which may be nothing.
    fn body(&mut self) -> Read<Do> {
        if self.take(";") { Ok(Do::Block(Vec::new())) } else { self.statement() }
    }

    fn in_parens(&mut self) -> Read<Expr> {
        self.at += 1;
        self.expect("(")?;
        let inner = self.expr()?;
        self.expect(")")?;
        Ok(inner)
    }

    fn for_loop(&mut self) -> Read<Do> {
        self.at += 1;
        self.expect("(")?;
        if let (Token::Name(key), Some(Token::Name(word)), Some(Token::Name(array))) =
            (self.peek().clone(), self.tokens.get(self.at + 1).cloned(), self.tokens.get(self.at + 2).cloned())
            && word == "in"
            && self.tokens.get(self.at + 3) == Some(&Token::Sign(")"))
        {
            self.at += 4;
            self.lines();
            return Ok(Do::ForIn(key, array, Box::new(self.body()?)));
        }
        let first = if self.is(";") { None } else { Some(Box::new(self.plain()?)) };
        self.expect(";")?;
        self.lines();
        let cond = if self.is(";") { None } else { Some(self.expr()?) };
        self.expect(";")?;
        self.lines();
        let step = if self.is(")") { None } else { Some(Box::new(self.plain()?)) };
        self.expect(")")?;
        self.lines();
        Ok(Do::For(first, cond, step, Box::new(self.body()?)))
    }

    fn is_end(&self) -> bool {
        matches!(self.peek(), Token::Line | Token::End) || self.is(";") || self.is("}")
    }

    fn plain(&mut self) -> Read<Do> {
        let name = match self.peek() {
            Token::Name(name) | Token::Func(name) => name.clone(),
            _ => String::new(),
        };
        let optional = |reader: &mut Self| if reader.is_end() { Ok(None) } else { reader.expr().map(Some) };
        Ok(match name.as_str() {
            "print" | "printf" => {
                self.at += 1;
                let (words, to) = self.print_words()?;
                if name == "print" { Do::Print(words, to) } else { Do::Printf(words, to) }
            }
            "break" | "continue" | "next" => {
                self.at += 1;
                match name.as_str() {
                    "break" => Do::Break,
                    "continue" => Do::Continue,
                    _ => Do::Next,
                }
            }
            "exit" | "return" => {
                self.at += 1;
                let value = optional(self)?;
                if name == "exit" { Do::Exit(value) } else { Do::Return(value) }
            }
            "delete" => {
                self.at += 1;
                let Token::Name(array) = self.next() else { return Err("an array expected".into()) };
                let keys = if self.take("[") { Some(self.list("]")?) } else { None };
                Do::Delete(array, keys)
            }
            _ => Do::Expr(self.expr()?),
        })
    }

    fn print_words(&mut self) -> Read<(Vec<Expr>, Option<(bool, Expr)>)> {
        let before = std::mem::replace(&mut self.print, true);
        let mut words = Vec::new();
        if self.is("(") && self.closes_before_end() {
            self.at += 1;
            self.print = false;
            words = self.list(")")?;
            self.print = true;
        } else {
            while !self.is_end() && !self.is(">") && !self.is(">>") && !self.is("|") {
                words.push(self.expr()?);
                if !self.take(",") {
                    break;
                }
                self.lines();
            }
        }
        let to = if self.is(">") || self.is(">>") {
            let append = self.is(">>");
            self.at += 1;
            Some((append, self.concat()?))
        } else if self.is("|") {
            return Err("a pipe of awk is not known to the twin".into());
        } else {
            None
        };
        self.print = before;
        Ok((words, to))
    }

    /// Whether the parenthesis that opens here is closed at the end of the words of `print`.
    fn closes_before_end(&self) -> bool {
        let mut open = 0;
        for (at, token) in self.tokens.iter().enumerate().skip(self.at) {
            match token {
                Token::Sign("(") => open += 1,
                Token::Sign(")") => {
                    open -= 1;
                    if open == 0 {
                        let behind = self.tokens.get(at + 1);
                        return matches!(
                            behind,
                            None | Some(Token::Line | Token::End | Token::Sign(";" | "}" | ">" | ">>" | "|"))
                        );
                    }
                }
                _ => {}
            }
        }
        false
    }

    pub(super) fn list(&mut self, end: &str) -> Read<Vec<Expr>> {
        let mut all = Vec::new();
        let before = (std::mem::replace(&mut self.print, false), std::mem::replace(&mut self.no_in, false));
        self.lines();
        while !self.take(end) {
            all.push(self.expr()?);
            self.lines();
            if !self.take(",") && !self.is(end) {
                return Err(format!("`{end}` expected"));
            }
            self.lines();
        }
        (self.print, self.no_in) = before;
        Ok(all)
    }
}
