//! The tokens of `awk`; pure.

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
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
    "**=", "&&", "||", "==", "!=", "<=", ">=", ">>", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "**", "{", "}",
    "(", ")", "[", "]", ";", ",", "<", ">", "+", "-", "*", "/", "%", "^", "!", "~", "?", ":", "$", "=", "|", "!~", "&",
    "@", "`",
];

/// The tokens of a program.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
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
            let sign =
                SIGNS.iter().find(|sign| rest.starts_with(**sign)).ok_or_else(|| format!("odd character `{c}`"))?;
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
        Some(
            Token::Number(_)
                | Token::Text(_)
                | Token::Name(_)
                | Token::Regex(_)
                | Token::Sign(")" | "]" | "$" | "++" | "--")
        )
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
