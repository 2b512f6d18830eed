//! From the text of a rule to its terms.

use crate::json::{Number, Value};

use super::Term;

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Name(String),
    Is(Value),
    Sign(&'static str),
}

/// The rule's terms, or nothing if it cannot be read.
pub(super) fn read(rule: &str) -> Option<Term> {
    let tokens = tokens(rule)?;
    let mut reader = Reader { tokens, at: 0, deep: 0 };
    let term = reader.choice()?;
    (reader.at == reader.tokens.len()).then_some(term)
}

const SIGNS: [&str; 25] = [
    "&&", "||", "==", "!=", "<=", ">=", "[?", ".?", "<", ">", "!", "+", "-", "*", "/", "%", "(", ")", "[", "]", "{",
    "}", ",", ".", ":",
];

fn tokens(rule: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = rule.trim_start();
    while let Some(first) = rest.chars().next() {
        let raw = rest.strip_prefix(['r', 'R']).filter(|rest| rest.starts_with(['\'', '"']));
        if first.is_alphabetic() && raw.is_none() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            found.push(match &rest[..end] {
                "true" => Token::Is(Value::Bool(true)),
                "false" => Token::Is(Value::Bool(false)),
                "null" => Token::Is(Value::Null),
                "in" => Token::Sign("in"),
                name => Token::Name(name.to_owned()),
            });
            rest = &rest[end..];
        } else if first.is_ascii_digit() {
            let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
            let number: Number = crate::json::from_str(&rest[..end]).ok()?;
            found.push(Token::Is(Value::Number(number)));
            rest = rest[end..].strip_prefix('u').unwrap_or(&rest[end..]);
        } else if first == '\'' || first == '"' || raw.is_some() {
            let (text, end) = quoted(raw.unwrap_or(rest), raw.is_some())?;
            found.push(Token::Is(text.into()));
            rest = &raw.unwrap_or(rest)[end..];
        } else if let Some(after) = rest.strip_prefix('?') {
            found.push(Token::Sign("?"));
            rest = after;
        } else {
            let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign))?;
            found.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
        }
        rest = rest.trim_start();
    }
    Some(found)
}

/// The text between quotes, and where what follows begins.
fn quoted(rest: &str, raw: bool) -> Option<(String, usize)> {
    let quote = rest.chars().next()?;
    let mut text = String::new();
    let mut letters = rest.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            _ if letter == quote => return Some((text, at + quote.len_utf8())),
            '\\' if !raw => match letters.next()?.1 {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                'r' => text.push('\r'),
                other => text.push(other),
            },
            _ => text.push(letter),
        }
    }
    None
}

/// How deep a rule may be nested.
const DEEPEST: u32 = 60;

struct Reader {
    tokens: Vec<Token>,
    at: usize,
    deep: u32,
}

const LEVELS: [&[&str]; 5] =
    [&["||"], &["&&"], &["==", "!=", "<=", ">=", "<", ">", "in"], &["+", "-"], &["*", "/", "%"]];

impl Reader {
    fn take(&mut self, sign: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Sign(other)) if *other == sign);
        self.at += usize::from(found);
        found
    }

    fn deeper(&mut self) -> Option<()> {
        self.deep += 1;
        (self.deep < DEEPEST).then_some(())
    }

    fn choice(&mut self) -> Option<Term> {
        self.deeper()?;
        let first = self.level(0)?;
        let term = if self.take("?") {
            let yes = self.choice()?;
            self.take(":").then_some(())?;
            let no = self.choice()?;
            Term::If(Box::new(first), Box::new(yes), Box::new(no))
        } else {
            first
        };
        self.deep -= 1;
        Some(term)
    }

    fn level(&mut self, level: usize) -> Option<Term> {
        let Some(signs) = LEVELS.get(level) else { return self.single() };
        let mut left = self.level(level + 1)?;
        while let Some(sign) = signs.iter().find(|sign| self.take(sign)) {
            let right = self.level(level + 1)?;
            left = Term::Two(sign, Box::new(left), Box::new(right));
        }
        Some(left)
    }

    fn single(&mut self) -> Option<Term> {
        for (sign, letter) in [("!", '!'), ("-", '-')] {
            if self.take(sign) {
                self.deeper()?;
                let inner = self.single()?;
                self.deep -= 1;
                return Some(Term::One(letter, Box::new(inner)));
            }
        }
        let mut term = self.primary()?;
        loop {
            term = if self.take(".") || self.tokens.get(self.at) == Some(&Token::Sign(".?")) {
                let maybe = self.take(".?");
                let name = self.name()?;
                if self.take("(") {
                    Term::Call(Some(Box::new(term)), name, self.several(")")?)
                } else {
                    Term::Field(Box::new(term), plain(&name), maybe)
                }
            } else if self.take("[") {
                self.at(term, false)?
            } else if self.take("[?") {
                self.at(term, true)?
            } else {
                return Some(term);
            };
        }
    }

    fn at(&mut self, term: Term, maybe: bool) -> Option<Term> {
        let key = self.choice()?;
        self.take("]").then_some(Term::At(Box::new(term), Box::new(key), maybe))
    }

    fn name(&mut self) -> Option<String> {
        let Some(Token::Name(name)) = self.tokens.get(self.at).cloned() else { return None };
        self.at += 1;
        Some(name)
    }

    fn several(&mut self, end: &str) -> Option<Vec<Term>> {
        let mut all = Vec::new();
        while !self.take(end) {
            if !all.is_empty() {
                self.take(",").then_some(())?;
            }
            all.push(self.choice()?);
        }
        Some(all)
    }

    fn primary(&mut self) -> Option<Term> {
        if self.take("(") {
            let inner = self.choice()?;
            return self.take(")").then_some(inner);
        }
        if self.take("[") {
            return self.several("]").map(Term::List);
        }
        if self.take("{") {
            let mut all = Vec::new();
            while !self.take("}") {
                if !all.is_empty() {
                    self.take(",").then_some(())?;
                }
                let key = self.choice()?;
                self.take(":").then_some(())?;
                all.push((key, self.choice()?));
            }
            return Some(Term::Map(all));
        }
        if let Some(Token::Is(value)) = self.tokens.get(self.at).cloned() {
            self.at += 1;
            return Some(Term::Is(value));
        }
        let name = self.name()?;
        if self.take("(") {
            return Some(Term::Call(None, name, self.several(")")?));
        }
        Some(Term::Name(name))
    }
}

/// The field that an escaped name means.
fn plain(name: &str) -> String {
    const WORDS: [&str; 18] = [
        "true",
        "false",
        "null",
        "in",
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
    ];
    let inner = name.strip_prefix("__").and_then(|rest| rest.strip_suffix("__"));
    if let Some(word) = inner.filter(|word| WORDS.contains(word)) {
        return word.to_owned();
    }
    name.replace("__dash__", "-").replace("__dot__", ".").replace("__slash__", "/").replace("__underscores__", "__")
}
