//! Reads a program of `awk`; pure.

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

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(f64),
    Text(String),
    Regex(String),
    Name(String),
    /// A name with a parenthesis right behind it.
    Func(String),
    Sign(&'static str),
    Line,
    End,
}

const SIGNS: [&str; 44] = [
    "**=", "&&", "||", "==", "!=", "<=", ">=", ">>", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "**", "{", "}", "(",
    ")", "[", "]", ";", ",", "<", ">", "+", "-", "*", "/", "%", "^", "!", "~", "?", ":", "$", "=", "|", "!~", "&", "@", "`",
];

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut all: Vec<Token> = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '\n' {
            all.push(Token::Line);
            rest = &rest[1..];
        } else if rest.starts_with("\\\n") {
            rest = &rest[2..];
        } else if c.is_ascii_whitespace() {
            rest = &rest[1..];
        } else if c == '#' {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if c == '"' {
            let (value, used) = string(rest)?;
            all.push(Token::Text(value));
            rest = &rest[used..];
        } else if c == '/' && regex_may_stand(all.last()) {
            let (value, used) = regex(rest)?;
            all.push(Token::Regex(value));
            rest = &rest[used..];
        } else if c.is_ascii_digit() || c == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
            let mut end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
            let power = &rest[end..];
            if power.starts_with(['e', 'E']) {
                let sign = usize::from(power[1..].starts_with(['+', '-']));
                let digits = power[1 + sign..].bytes().take_while(u8::is_ascii_digit).count();
                end += if digits > 0 { 1 + sign + digits } else { 0 };
            }
            all.push(Token::Number(rest[..end].parse().unwrap_or(0.0)));
            rest = &rest[end..];
        } else if c.is_ascii_alphabetic() || c == '_' {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            let name = rest[..end].to_owned();
            rest = &rest[end..];
            all.push(if rest.starts_with('(') { Token::Func(name) } else { Token::Name(name) });
        } else if rest.starts_with("!~") {
            all.push(Token::Sign("!~"));
            rest = &rest[2..];
        } else {
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign)).ok_or_else(|| format!("odd character `{c}`"))?;
            all.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        }
    }
    all.push(Token::End);
    Ok(all)
}

/// Whether a slash begins a regular expression here, and does not divide.
fn regex_may_stand(before: Option<&Token>) -> bool {
    !matches!(
        before,
        Some(Token::Number(_) | Token::Text(_) | Token::Name(_) | Token::Regex(_) | Token::Sign(")" | "]" | "$" | "++" | "--"))
    )
}

fn string(rest: &str) -> Result<(String, usize), String> {
    let mut value = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((value, at + 1)),
            '\\' => match chars.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                Some((_, 'r')) => value.push('\r'),
                Some((_, c @ ('"' | '\\' | '/'))) => value.push(c),
                Some((at, c)) if c.is_digit(8) => {
                    let digits = rest[at..].bytes().take(3).take_while(|c| (b'0'..b'8').contains(c)).count();
                    let code = u32::from_str_radix(&rest[at..at + digits], 8).unwrap_or(0);
                    value.push_str(&crate::machines::text::from_bytes(&[code as u8]));
                    (1..digits).for_each(|_| {
                        chars.next();
                    });
                }
                Some((_, c)) => value.extend(['\\', c]),
                None => break,
            },
            '\n' => break,
            c => value.push(c),
        }
    }
    Err("non-terminated string".into())
}

fn regex(rest: &str) -> Result<(String, usize), String> {
    let mut value = String::new();
    let mut bracket = false;
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '/' if !bracket => return Ok((value, at + 1)),
            '\\' => match chars.next() {
                Some((_, '/')) => value.push('/'),
                Some((_, c)) => value.extend(['\\', c]),
                None => break,
            },
            '\n' => break,
            c => {
                bracket = c == '[' || bracket && c != ']';
                value.push(c);
            }
        }
    }
    Err("non-terminated regular expression".into())
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
    /// Within the words of `print`, where `>` is no comparison.
    print: bool,
    /// Within the head of a `for`, where `in` may not be taken.
    no_in: bool,
}

type Read<T> = Result<T, String>;

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
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&Token::End)
    }

    fn next(&mut self) -> Token {
        self.at += 1;
        self.tokens.get(self.at - 1).cloned().unwrap_or(Token::End)
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Token::Sign(known) if *known == sign)
    }

    fn take(&mut self, sign: &str) -> bool {
        let is = self.is(sign);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, sign: &str) -> Read<()> {
        if self.take(sign) { Ok(()) } else { Err(format!("`{sign}` expected, {:?} found", self.peek())) }
    }

    fn lines(&mut self) {
        while *self.peek() == Token::Line {
            self.at += 1;
        }
    }

    fn ends(&mut self) {
        while *self.peek() == Token::Line || self.is(";") {
            self.at += 1;
        }
    }

    fn is_name(&self, wanted: &str) -> bool {
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
                        return matches!(behind, None | Some(Token::Line | Token::End | Token::Sign(";" | "}" | ">" | ">>" | "|")));
                    }
                }
                _ => {}
            }
        }
        false
    }

    fn list(&mut self, end: &str) -> Read<Vec<Expr>> {
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

    fn expr(&mut self) -> Read<Expr> {
        self.depth += 1;
        if self.depth > 100 {
            return Err("too deep".into());
        }
        let left = self.choice()?;
        let signs = ["=", "+=", "-=", "*=", "/=", "%=", "^=", "**="];
        let found = signs.iter().find(|sign| self.is(sign)).copied();
        let value = match found {
            Some(sign) => {
                if !matches!(left, Expr::Var(_) | Expr::Field(_) | Expr::Index(..)) {
                    return Err("this cannot be assigned to".into());
                }
                self.at += 1;
                self.lines();
                Expr::Assign(sign, Box::new(left), Box::new(self.expr()?))
            }
            None => left,
        };
        self.depth -= 1;
        Ok(value)
    }

    fn choice(&mut self) -> Read<Expr> {
        let cond = self.or()?;
        if !self.take("?") {
            return Ok(cond);
        }
        self.lines();
        let yes = self.expr()?;
        self.lines();
        self.expect(":")?;
        self.lines();
        Ok(Expr::Choice(Box::new(cond), Box::new(yes), Box::new(self.expr()?)))
    }

    fn or(&mut self) -> Read<Expr> {
        let mut left = self.and()?;
        while self.take("||") {
            self.lines();
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Read<Expr> {
        let mut left = self.member()?;
        while self.take("&&") {
            self.lines();
            left = Expr::And(Box::new(left), Box::new(self.member()?));
        }
        Ok(left)
    }

    fn member(&mut self) -> Read<Expr> {
        let mut left = self.matching()?;
        while self.is_name("in") && !self.no_in {
            self.at += 1;
            let Token::Name(array) = self.next() else { return Err("an array expected".into()) };
            left = Expr::In(vec![left], array);
        }
        Ok(left)
    }

    fn matching(&mut self) -> Read<Expr> {
        let mut left = self.comparison()?;
        while self.is("~") || self.is("!~") {
            let not = self.is("!~");
            self.at += 1;
            left = Expr::Match(not, Box::new(left), Box::new(self.comparison()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Read<Expr> {
        let left = self.concat()?;
        for sign in ["<", "<=", "==", "!=", ">", ">="] {
            if self.is(sign) && !(self.print && sign == ">") {
                self.at += 1;
                return Ok(Expr::Binary(sign, Box::new(left), Box::new(self.concat()?)));
            }
        }
        Ok(left)
    }

    fn concat(&mut self) -> Read<Expr> {
        let mut left = self.sum()?;
        loop {
            let goes = match self.peek() {
                Token::Number(_) | Token::Text(_) | Token::Func(_) => true,
                Token::Name(name) => name != "in" && name != "getline",
                Token::Sign(sign) => ["$", "!", "(", "-", "+", "++", "--"].contains(sign),
                _ => false,
            };
            if !goes {
                return Ok(left);
            }
            left = Expr::Concat(Box::new(left), Box::new(self.sum()?));
        }
    }

    fn sum(&mut self) -> Read<Expr> {
        let mut left = self.product()?;
        loop {
            let sign = if self.is("+") { "+" } else if self.is("-") { "-" } else { return Ok(left) };
            self.at += 1;
            left = Expr::Binary(sign, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Read<Expr> {
        let mut left = self.unary()?;
        loop {
            let Some(sign) = ["*", "/", "%"].into_iter().find(|sign| self.is(sign)) else { return Ok(left) };
            self.at += 1;
            left = Expr::Binary(sign, Box::new(left), Box::new(self.unary()?));
        }
    }

    fn unary(&mut self) -> Read<Expr> {
        for (sign, letter) in [("!", '!'), ("-", '-'), ("+", '+')] {
            if self.take(sign) {
                self.depth += 1;
                if self.depth > 100 {
                    return Err("too deep".into());
                }
                let inner = self.unary()?;
                self.depth -= 1;
                return Ok(Expr::Unary(letter, Box::new(inner)));
            }
        }
        self.power()
    }

    fn power(&mut self) -> Read<Expr> {
        let left = self.step()?;
        if self.take("^") || self.take("**") {
            return Ok(Expr::Binary("^", Box::new(left), Box::new(self.unary()?)));
        }
        Ok(left)
    }

    fn step(&mut self) -> Read<Expr> {
        for (sign, by) in [("++", 1.0), ("--", -1.0)] {
            if self.take(sign) {
                return Ok(Expr::Step(by, true, Box::new(self.step()?)));
            }
        }
        let inner = self.primary()?;
        if matches!(inner, Expr::Var(_) | Expr::Field(_) | Expr::Index(..)) {
            for (sign, by) in [("++", 1.0), ("--", -1.0)] {
                if self.take(sign) {
                    return Ok(Expr::Step(by, false, Box::new(inner)));
                }
            }
        }
        Ok(inner)
    }

    fn primary(&mut self) -> Read<Expr> {
        match self.next() {
            Token::Number(number) => Ok(Expr::Number(number)),
            Token::Text(text) => Ok(Expr::Text(text)),
            Token::Regex(text) => Ok(Expr::Regex(text)),
            Token::Sign("$") => {
                let by_step = self.is("++") || self.is("--");
                let inner = if by_step { self.step()? } else if self.is("-") { self.unary()? } else { self.primary()? };
                Ok(Expr::Field(Box::new(inner)))
            }
            Token::Sign("(") => {
                let mut all = self.list(")")?;
                if self.is_name("in") {
                    self.at += 1;
                    let Token::Name(array) = self.next() else { return Err("an array expected".into()) };
                    return Ok(Expr::In(all, array));
                }
                if all.len() == 1 { Ok(grouped(all.remove(0))) } else { Err("one value expected in parentheses".into()) }
            }
            Token::Func(name) => {
                if ["system", "getline", "strftime", "gensub", "strtonum"].contains(&name.as_str()) {
                    return Err(format!("`{name}` of awk is not known to the twin"));
                }
                self.expect("(")?;
                Ok(Expr::Call(name, self.list(")")?))
            }
            Token::Name(name) if name == "getline" => Err("`getline` of awk is not known to the twin".into()),
            Token::Name(name) if name == "length" => Ok(Expr::Call(name, Vec::new())),
            Token::Name(name) => {
                if self.take("[") {
                    return Ok(Expr::Index(name, self.list("]")?));
                }
                Ok(Expr::Var(name))
            }
            other => Err(format!("{other:?} was not expected")),
        }
    }
}

/// What stood in parentheses is no longer something to assign to by accident.
fn grouped(inner: Expr) -> Expr {
    inner
}
