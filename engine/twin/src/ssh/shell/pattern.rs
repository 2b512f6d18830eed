//! Patterns of the shell, for names, for `case` and for cutting parameters; pure.

/// Whether `pattern` matches all of `text`. A backslash makes the next character ordinary.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    matches_chars(&pattern, &text)
}

fn matches_chars(pattern: &[char], text: &[char]) -> bool {
    let (mut p, mut t) = (0, 0);
    // Where to go back to: behind the last star, and one character further than it took.
    let mut star: Option<(usize, usize)> = None;
    loop {
        let went = match pattern.get(p) {
            Some('*') => {
                p += 1;
                star = Some((p, t));
                continue;
            }
            None if t == text.len() => return true,
            None => None,
            Some(_) => text.get(t).and_then(|c| one(pattern, p, *c)),
        };
        match (went, star) {
            (Some(next), _) => {
                p = next;
                t += 1;
            }
            (None, Some((back, taken))) if taken < text.len() => {
                p = back;
                t = taken + 1;
                star = Some((back, t));
            }
            (None, _) => return false,
        }
    }
}

/// Whether the piece of a pattern at `p` takes `c`; gives where the next piece begins.
fn one(pattern: &[char], p: usize, c: char) -> Option<usize> {
    match pattern[p] {
        '?' => Some(p + 1),
        '\\' if p + 1 < pattern.len() => (pattern[p + 1] == c).then_some(p + 2),
        '[' => match bracket(pattern, p, c) {
            Some((taken, next)) => taken.then_some(next),
            None => (c == '[').then_some(p + 1),
        },
        plain => (plain == c).then_some(p + 1),
    }
}

/// Reads `[…]` at `p`; nothing where it has no end.
fn bracket(pattern: &[char], p: usize, c: char) -> Option<(bool, usize)> {
    let mut at = p + 1;
    let not = matches!(pattern.get(at), Some('!' | '^'));
    at += usize::from(not);
    let first = at;
    let mut taken = false;
    loop {
        let mut low = *pattern.get(at)?;
        if low == ']' && at > first {
            return Some((taken != not, at + 1));
        }
        if low == '[' && pattern.get(at + 1) == Some(&':') {
            let end = (at + 2..pattern.len()).find(|end| pattern[*end] == ':' && pattern.get(end + 1) == Some(&']'));
            if let Some(end) = end {
                let name: String = pattern[at + 2..end].iter().collect();
                taken |= in_class(&name, c);
                at = end + 2;
                continue;
            }
        }
        if low == '\\' {
            at += 1;
            low = *pattern.get(at)?;
        }
        at += 1;
        let mut high = low;
        if pattern.get(at) == Some(&'-') && pattern.get(at + 1).is_some_and(|c| *c != ']') {
            at += 1;
            high = pattern[at];
            if high == '\\' {
                at += 1;
                high = *pattern.get(at)?;
            }
            at += 1;
        }
        taken |= (low..=high).contains(&c);
    }
}

fn in_class(name: &str, c: char) -> bool {
    match name {
        "alnum" => c.is_ascii_alphanumeric(),
        "alpha" => c.is_ascii_alphabetic(),
        "blank" => c == ' ' || c == '\t',
        "cntrl" => c.is_ascii_control(),
        "digit" => c.is_ascii_digit(),
        "graph" => c.is_ascii_graphic(),
        "lower" => c.is_ascii_lowercase(),
        "print" => c.is_ascii_graphic() || c == ' ',
        "punct" => c.is_ascii_punctuation(),
        "space" => c.is_ascii_whitespace() || c == '\u{b}',
        "upper" => c.is_ascii_uppercase(),
        "xdigit" => c.is_ascii_hexdigit(),
        _ => false,
    }
}

/// Cuts the shortest, or with `most` the longest, piece that matches off the beginning or the end.
pub(crate) fn cut<'a>(text: &'a str, pattern: &str, end: bool, most: bool) -> &'a str {
    let pattern: Vec<char> = pattern.chars().collect();
    let chars: Vec<char> = text.chars().collect();
    // Where each character begins, and where the last one ends.
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let cut_at = |nth: usize| {
        let piece = if end { &chars[nth..] } else { &chars[..nth] };
        let rest = if end { &text[..places[nth]] } else { &text[places[nth]..] };
        matches_chars(&pattern, piece).then_some(rest)
    };
    // From the shortest piece to the longest, or the other way.
    let found = if end == most { (0..places.len()).find_map(cut_at) } else { (0..places.len()).rev().find_map(cut_at) };
    found.unwrap_or(text)
}

/// The same text as a pattern that matches only it.
pub(crate) fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if "*?[]\\!-^".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// The text of a pattern without its backslashes.
pub(crate) fn unescaped(pattern: &str) -> String {
    let mut text = String::with_capacity(pattern.len());
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        text.push(if c == '\\' { chars.next().unwrap_or('\\') } else { c });
    }
    text
}

/// Whether there is anything in a pattern that is not ordinary.
pub(crate) fn is_special(pattern: &str) -> bool {
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '*' | '?' | '[' => return true,
            '\\' => {
                chars.next();
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_takes_what_a_shell_takes() {
        for (pattern, text) in [
            ("*", ""),
            ("a*c", "abbc"),
            ("?[!a-c]x", "bdx"),
            ("[]x]", "]"),
            ("\\*", "*"),
            ("[[:digit:]]*", "1a"),
            ("*.*.*", "a.b.c"),
            ("[a", "[a"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a", "ab"), ("[!a]", "a"), ("\\*", "x"), ("*a", "b"), ("?", "")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_piece_is_cut_off_where_it_matches() {
        assert_eq!(cut("a/b/c", "*/", false, false), "b/c");
        assert_eq!(cut("a/b/c", "*/", false, true), "c");
        assert_eq!(cut("a.b.c", ".*", true, false), "a.b");
        assert_eq!(cut("a.b.c", ".*", true, true), "a");
        assert_eq!(cut("abc", "x*", true, true), "abc");
    }

    #[test]
    fn a_hostile_pattern_takes_no_time_to_speak_of() {
        assert!(!matches(&"*a".repeat(60), &"a".repeat(50)));
    }
}
