//! Regular expressions as POSIX tools have them, said in the words of the `regex` crate; pure.

use regex::bytes::{Regex, RegexBuilder};

/// Makes a regular expression of a basic or extended one.
pub(crate) fn regex(pattern: &str, extended: bool, fold: bool) -> Result<Regex, String> {
    let text = if extended { translate_extended(pattern)? } else { translate_basic(pattern)? };
    build(&text, fold)
}

/// Makes one that matches this text.
pub(crate) fn fixed(text: &str, fold: bool) -> Result<Regex, String> {
    build(&regex::escape(text), fold)
}

pub(crate) fn build(text: &str, fold: bool) -> Result<Regex, String> {
    let mut builder = RegexBuilder::new(text);
    // A pattern of a hostile size is refused by the crate.
    builder.case_insensitive(fold).unicode(false).multi_line(false).dot_matches_new_line(true).size_limit(1 << 22);
    builder.build().map_err(|_| "Invalid regular expression".to_owned())
}

/// Characters beyond ASCII, byte by byte.
fn literal(c: char, out: &mut String) {
    if c.is_ascii() {
        if "\\.+*?()|[]{}^$#&-~".contains(c) {
            out.push('\\');
        }
        out.push(c);
        return;
    }
    let bytes = crate::machines::text::to_bytes(&c.to_string());
    out.push_str("(?:");
    bytes.iter().for_each(|byte| out.push_str(&format!("\\x{byte:02x}")));
    out.push(')');
}

fn translate_basic(pattern: &str) -> Result<String, String> {
    let chars: Vec<char> = pattern.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    // Whether a star here is ordinary, since nothing stands before it.
    let mut start = true;
    while at < chars.len() {
        let c = chars[at];
        let was_start = std::mem::replace(&mut start, false);
        match c {
            '\\' => {
                at += 1;
                let Some(next) = chars.get(at) else { return Err("Trailing backslash".into()) };
                match next {
                    '(' => {
                        out.push('(');
                        start = true;
                    }
                    ')' => out.push(')'),
                    '{' => {
                        at = interval(&chars, at, true, &mut out)?;
                        continue;
                    }
                    '|' => {
                        out.push('|');
                        start = true;
                    }
                    '+' | '?' if !was_start => out.push(*next),
                    other => escape(*other, &mut out)?,
                }
            }
            '*' if was_start => out.push_str("\\*"),
            '*' => {
                if !out.ends_with('*') {
                    out.push('*');
                }
            }
            '.' => out.push_str("[^\\x00]"),
            '[' => {
                at = bracket(&chars, at, &mut out)?;
                continue;
            }
            '^' if was_start || out.ends_with('(') && !out.ends_with("\\(") => {
                out.push('^');
                start = true;
            }
            '$' if at + 1 == chars.len()
                || chars[at + 1..].starts_with(&['\\', ')'])
                || chars[at + 1..].starts_with(&['\\', '|']) =>
            {
                out.push('$');
            }
            other => literal(other, &mut out),
        }
        at += 1;
    }
    Ok(out)
}

fn translate_extended(pattern: &str) -> Result<String, String> {
    let chars: Vec<char> = pattern.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    let mut start = true;
    while at < chars.len() {
        let c = chars[at];
        let was_start = std::mem::replace(&mut start, false);
        match c {
            '\\' => {
                at += 1;
                let Some(next) = chars.get(at) else { return Err("Trailing backslash".into()) };
                escape(*next, &mut out)?;
            }
            '(' | '|' => {
                out.push(c);
                start = true;
            }
            ')' | '+' | '?' | '*' => {
                if was_start && c != ')' {
                    literal(c, &mut out);
                } else {
                    out.push(c);
                }
            }
            '{' if !was_start && chars.get(at + 1).is_some_and(|c| c.is_ascii_digit() || *c == ',') => {
                at = interval(&chars, at, false, &mut out)?;
                continue;
            }
            '.' => out.push_str("[^\\x00]"),
            '[' => {
                at = bracket(&chars, at, &mut out)?;
                continue;
            }
            '^' => {
                out.push('^');
                start = true;
            }
            '$' => out.push('$'),
            other => literal(other, &mut out),
        }
        at += 1;
    }
    Ok(out)
}

fn escape(c: char, out: &mut String) -> Result<(), String> {
    match c {
        'w' => out.push_str("[0-9A-Za-z_]"),
        'W' => out.push_str("[^0-9A-Za-z_]"),
        's' => out.push_str("[ \\t\\n\\r\\f\\v]"),
        'S' => out.push_str("[^ \\t\\n\\r\\f\\v]"),
        'b' => out.push_str("\\b"),
        'B' => out.push_str("\\B"),
        '<' => out.push_str("\\b{start}"),
        '>' => out.push_str("\\b{end}"),
        'n' => out.push_str("\\n"),
        't' => out.push_str("\\t"),
        '1'..='9' => return Err("back-references in patterns are not known to the twin".into()),
        other => literal(other, out),
    }
    Ok(())
}

fn interval(chars: &[char], at: usize, basic: bool, out: &mut String) -> Result<usize, String> {
    let rest = &chars[at + 1..];
    let end = rest.iter().position(|c| *c == if basic { '\\' } else { '}' }).ok_or("Unmatched { or \\{")?;
    let inner: String = rest[..end].iter().collect();
    let fine =
        inner.split(',').count() <= 2 && inner.chars().all(|c| c.is_ascii_digit() || c == ',') && !inner.is_empty();
    if !fine {
        return Err("Invalid content of \\{\\}".into());
    }
    let inner = if inner.starts_with(',') { format!("0{inner}") } else { inner };
    out.push_str(&format!("{{{inner}}}"));
    Ok(at + 1 + end + if basic { 2 } else { 1 })
}

fn bracket(chars: &[char], at: usize, out: &mut String) -> Result<usize, String> {
    let unmatched = "Unmatched [, [^, [:, [., or [=";
    let mut at = at + 1;
    out.push('[');
    if chars.get(at) == Some(&'^') {
        out.push('^');
        at += 1;
    }
    let first = at;
    loop {
        let c = *chars.get(at).ok_or(unmatched)?;
        if c == ']' && at > first {
            out.push(']');
            return Ok(at + 1);
        }
        if c == '[' && chars.get(at + 1) == Some(&':') {
            let end = (at + 2..chars.len()).find(|end| chars[*end] == ':' && chars.get(end + 1) == Some(&']'));
            let end = end.ok_or(unmatched)?;
            let name: String = chars[at + 2..end].iter().collect();
            out.push_str(&format!("[:{name}:]"));
            at = end + 2;
            continue;
        }
        if c == '-' && at > first && chars.get(at + 1).is_some_and(|c| *c != ']') {
            out.push('-');
        } else if c.is_ascii() {
            if "\\[]^-&~".contains(c) {
                out.push('\\');
            }
            out.push(c);
        } else {
            // Beyond ASCII a set is one of bytes; near enough for a pattern of a runbook.
            for byte in crate::machines::text::to_bytes(&c.to_string()) {
                out.push_str(&format!("\\x{byte:02x}"));
            }
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_and_extended_patterns_match_what_they_match() {
        for (pattern, extended, text, holds) in [
            ("a\\{2\\}", false, "caab", true),
            ("a{2}", false, "a{2}", true),
            ("^*x", false, "*x", true),
            ("a\\|b", false, "b", true),
            ("a|b", true, "b", true),
            ("a+", true, "aa", true),
            ("a+", false, "a+", true),
            ("[[:digit:]]\\+", false, "x12", true),
            ("[^]x]", true, "]", false),
            ("\\(ab\\)*c$", false, "ababc", true),
            ("^(a|b)?$", true, "c", false),
            ("\\.", true, "x", false),
            ("[.]", true, "x", false),
        ] {
            assert_eq!(regex(pattern, extended, false).unwrap().is_match(text.as_bytes()), holds, "{pattern} {text}");
        }
        assert!(regex("\\(a\\)\\1", false, false).is_err());
        assert!(regex("[a", true, false).is_err());
    }
}
