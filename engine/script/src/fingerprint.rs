//! The hash of a step's own text and of the functions it calls: the same however it is laid out or moved, another when
//! what it does is edited.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use crate::primitives::digest;
use crate::sources::Sources;

/// The hashes of a runbook's steps.
pub struct Fingerprints {
    /// Each file's text without comments and blanks, with where each piece of it stood.
    files: HashMap<String, Vec<Piece>>,
    /// Each file's functions: the pieces from their name to the end of their body.
    functions: HashMap<(String, String), (usize, usize)>,
    /// Each file's imports, by the name they go under.
    imports: HashMap<(String, String), String>,
    known: Mutex<HashMap<(String, u32, u32), String>>,
}

/// One token.
struct Piece {
    text: String,
    line: u32,
    col: u32,
}

impl Fingerprints {
    /// The hashes of the texts of a runbook.
    pub fn new(sources: &Sources) -> Self {
        let mut made =
            Self { files: HashMap::new(), functions: HashMap::new(), imports: HashMap::new(), known: Mutex::default() };
        for (name, text) in sources.files() {
            let pieces = pieces(text);
            for at in 0..pieces.len() {
                let is = |offset: usize, text: &str| pieces.get(at + offset).is_some_and(|piece| piece.text == text);
                if is(0, "fn")
                    && let Some(function) = pieces.get(at + 1)
                {
                    let body = (at + 1..pieces.len()).find(|at| pieces[*at].text == "{").unwrap_or(at);
                    made.functions.insert((name.clone(), function.text.clone()), (at, closing(&pieces, body)));
                }
                if is(0, "import")
                    && is(2, "as")
                    && let (Some(path), Some(alias)) = (pieces.get(at + 1), pieces.get(at + 3))
                {
                    made.imports.insert((name.clone(), alias.text.clone()), path.text.trim_matches('"').to_owned());
                }
            }
            made.files.insert(name.clone(), pieces);
        }
        made
    }

    /// The hash of the call that stands at `line:col` of `file`.
    pub fn of(&self, file: &str, line: u32, col: u32) -> String {
        let at = (file.to_owned(), line, col);
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&at) {
            return known.clone();
        }
        let made = self.make(file, line, col);
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(at, made.clone());
        made
    }

    fn make(&self, file: &str, line: u32, col: u32) -> String {
        let Some(pieces) = self.files.get(file) else { return String::new() };
        let Some(begin) = pieces.iter().position(|piece| piece.line == line && piece.col == col) else {
            return String::new();
        };
        let open = (begin..pieces.len()).find(|at| pieces[*at].text == "(").unwrap_or(begin);
        let mut text = String::new();
        let mut seen = BTreeSet::new();
        self.gather(file, (begin, closing(pieces, open)), &mut seen, &mut text);
        digest(text.as_bytes())
    }

    /// The text of a span and of every function it calls.
    fn gather(&self, file: &str, span: (usize, usize), seen: &mut BTreeSet<(String, usize)>, text: &mut String) {
        if !seen.insert((file.to_owned(), span.0)) {
            return;
        }
        let Some(pieces) = self.files.get(file) else { return };
        let span = span.0..=span.1.min(pieces.len().saturating_sub(1));
        for piece in &pieces[span.clone()] {
            text.push_str(&piece.text);
            text.push(' ');
        }
        for at in span {
            if pieces.get(at + 1).is_none_or(|next| next.text != "(") {
                continue;
            }
            let name = &pieces[at].text;
            let through = at.checked_sub(2).filter(|_| pieces[at - 1].text == "::").map(|space| &pieces[space].text);
            let file = match through {
                None => Some(file.to_owned()),
                Some(alias) => self.imports.get(&(file.to_owned(), alias.clone())).cloned(),
            };
            if let Some(file) = file
                && let Some(span) = self.functions.get(&(file.clone(), name.clone()))
            {
                self.gather(&file, *span, seen, text);
            }
        }
    }
}

/// The piece that closes what the piece at `open` opens.
fn closing(pieces: &[Piece], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, piece) in pieces.iter().enumerate().skip(open) {
        match piece.text.as_str() {
            "(" | "[" | "{" | "#{" => depth += 1,
            ")" | "]" | "}" => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
    }
    pieces.len().saturating_sub(1)
}

/// The brackets of a text, with where each stands; those in comments and quotes do not count.
pub(crate) fn brackets(text: &str) -> impl Iterator<Item = (String, (u32, u32))> {
    let is_bracket = |piece: &Piece| matches!(piece.text.as_str(), "(" | "[" | "{" | "#{" | ")" | "]" | "}");
    pieces(text).into_iter().filter(is_bracket).map(|piece| (piece.text, (piece.line, piece.col)))
}

/// The text in tokens, without comments and blanks; a text in quotes is one token.
fn pieces(text: &str) -> Vec<Piece> {
    let chars: Vec<char> = text.chars().collect();
    let mut pieces = Vec::new();
    let (mut at, mut line, mut col) = (0, 1_u32, 1_u32);
    while at < chars.len() {
        let end = token_end(&chars, at);
        let token: String = chars[at..end].iter().collect();
        let is_comment = token.starts_with("//") || token.starts_with("/*");
        if !token.trim().is_empty() && !is_comment {
            pieces.push(Piece { text: token.clone(), line, col });
        }
        for c in token.chars() {
            if c == '\n' {
                (line, col) = (line + 1, 1);
            } else {
                col += 1;
            }
        }
        at = end;
    }
    pieces
}

/// Where the token that begins at `at` ends.
fn token_end(chars: &[char], at: usize) -> usize {
    let until =
        |from: usize, stop: &dyn Fn(usize) -> bool| (from..chars.len()).find(|at| stop(*at)).unwrap_or(chars.len());
    let next = chars.get(at + 1);
    match chars[at] {
        '/' if next == Some(&'/') => until(at, &|at| chars[at] == '\n'),
        '/' if next == Some(&'*') => {
            until(at + 2, &|at| chars[at] == '*' && chars.get(at + 1) == Some(&'/')).saturating_add(2).min(chars.len())
        }
        quote @ ('"' | '\'' | '`') => {
            let mut end = at + 1;
            while end < chars.len() && chars[end] != quote {
                end += if chars[end] == '\\' && quote != '`' { 2 } else { 1 };
            }
            (end + 1).min(chars.len())
        }
        '#' if next == Some(&'{') => at + 2,
        ':' if next == Some(&':') => at + 2,
        c if c.is_alphanumeric() || c == '_' => until(at, &|at| !(chars[at].is_alphanumeric() || chars[at] == '_')),
        _ => at + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, line: u32, col: u32) -> String {
        let sources = Sources::from_records("a.rhai", [("a.rhai".to_owned(), text.to_owned())].into());
        Fingerprints::new(&sources).of("a.rhai", line, col)
    }

    #[test]
    fn layout_comments_and_place_do_not_matter() {
        let one = of("step(\"a\", || go(1));", 1, 1);
        assert_eq!(one, of("\n\n  step( \"a\",\n || go(1) // why\n );", 3, 3));
        assert_ne!(one, of("step(\"a\", || go(2));", 1, 1));
        assert!(!one.is_empty());
    }

    #[test]
    fn a_function_that_is_called_counts_with_what_it_calls() {
        let with =
            |body: &str| of(&format!("fn deep() {{ {body} }}\nfn go() {{ deep() }}\nstep(\"a\", || go());"), 3, 1);
        assert_eq!(with("1"), with(" 1 "));
        assert_ne!(with("1"), with("2"));
    }
}
