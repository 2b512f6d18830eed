//! The hash of a step's own text and of what it calls: the same however it is laid out or moved, another when what it
//! does is edited.
//!
//! A step's own text is the whole call, from its name to its closing parenthesis. What it calls are the functions and
//! constants of the runbook it names, there or in what the file imports, and what those name in turn.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use crate::primitives::digest;
use crate::sources::Sources;
use crate::tokens::{Kind, Tokens};

/// The hashes of a runbook's steps.
pub struct Fingerprints {
    files: HashMap<String, File>,
    /// By file, then by place: a place that is known is looked up without making anything.
    known: Mutex<HashMap<String, HashMap<(u32, u32), String>>>,
}

/// What is known of one file.
struct File {
    tokens: Tokens,
    /// What can be called or named: the tokens of each definition, by its name.
    defined: HashMap<String, Vec<Span>>,
    /// The files it imports, by the name they go under.
    imports: HashMap<String, String>,
}

/// The first and the last token of a stretch of text.
type Span = (usize, usize);

impl Fingerprints {
    /// The hashes of the texts of a runbook.
    pub fn new(sources: &Sources) -> Self {
        let files = sources.scripts().map(|(name, text)| (name.to_owned(), File::read(sources, name, text)));
        Self { files: files.collect(), known: Mutex::default() }
    }

    /// The hash of the call that stands at `line:col` of `file`.
    pub fn of(&self, file: &str, line: u32, col: u32) -> String {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(hash) = known.get(file).and_then(|places| places.get(&(line, col))) {
            return hash.clone();
        }
        let hash = self.make(file, line, col);
        known.entry(file.to_owned()).or_default().insert((line, col), hash.clone());
        hash
    }

    fn make(&self, name: &str, line: u32, col: u32) -> String {
        let Some(file) = self.files.get(name) else { return String::new() };
        let Some(begin) = file.tokens.at(line, col) else { return String::new() };
        let end = if file.tokens.text(begin + 1) == "(" { file.tokens.closing(begin + 1) } else { begin };
        let mut text = String::new();
        let mut seen = BTreeSet::new();
        let mut open = vec![(name, (begin, end))];
        while let Some((name, span)) = open.pop() {
            let Some(file) = self.files.get(name) else { continue };
            if seen.insert((name, span.0)) {
                file.push_text(span, &mut text);
                open.extend(self.named_in(name, file, span));
            }
        }
        digest(text.as_bytes())
    }

    /// The definitions that the tokens of `span` name, each with its file.
    fn named_in<'f>(&'f self, name: &'f str, file: &'f File, span: Span) -> Vec<(&'f str, Span)> {
        let mut named = Vec::new();
        for at in span.0..=span.1 {
            let before = |back: usize| at.checked_sub(back).map_or("", |at| file.tokens.text(at));
            let word = file.tokens.text(at);
            let (home, of) = match before(1) {
                "::" if before(2) == "global" => (name, Some(file)),
                "::" => match file.imports.get_key_value(before(2)) {
                    Some((_, home)) => (home.as_str(), self.files.get(home)),
                    None => continue,
                },
                _ => (name, Some(file)),
            };
            let spans = of.and_then(|of| of.defined.get(word));
            named.extend(spans.into_iter().flatten().map(|span| (home, *span)));
        }
        named
    }
}

impl File {
    fn read(sources: &Sources, name: &str, text: &str) -> Self {
        let tokens = Tokens::of(text);
        let mut defined: HashMap<String, Vec<Span>> = HashMap::new();
        for (function, at, end) in tokens.functions() {
            defined.entry(function.to_owned()).or_default().push((at, end));
        }
        let mut depth = 0_usize;
        for at in 0..tokens.len() {
            match tokens.get(at).map(|token| token.kind) {
                Some(Kind::Opens | Kind::TextOpens) => depth += 1,
                Some(Kind::Closes | Kind::TextCloses) => depth = depth.saturating_sub(1),
                // Only a constant of the file itself can be seen from a function.
                Some(Kind::Word) if depth == 0 && tokens.text(at) == "const" => {
                    let end = statement_end(&tokens, at);
                    defined.entry(tokens.text(at + 1).to_owned()).or_default().push((at + 1, end));
                }
                _ => {}
            }
        }
        let imports = tokens.imports().filter_map(|import| {
            let home = sources.resolve(name, import.path?).ok()?;
            Some((import.alias?.to_owned(), home))
        });
        let imports = imports.collect();
        Self { tokens, defined, imports }
    }

    fn push_text(&self, span: Span, text: &mut String) {
        for at in span.0..=span.1 {
            text.push_str(self.tokens.text(at));
            text.push('\u{1f}');
        }
        text.push('\u{1e}');
    }
}

/// The last token of the statement that begins at `at`.
fn statement_end(tokens: &Tokens, at: usize) -> usize {
    let mut end = at;
    while end + 1 < tokens.len() && tokens.text(end) != ";" {
        let opens = tokens.get(end).is_some_and(|token| matches!(token.kind, Kind::Opens | Kind::TextOpens));
        end = if opens { tokens.closing(end).max(end) + 1 } else { end + 1 };
    }
    end.min(tokens.len().saturating_sub(1))
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
        assert_eq!(one, of("let x = step(\"a\", /* (( */ || go(1));\r\n", 1, 9));
        assert_ne!(one, of("step(\"a\", || go(2));", 1, 1));
        assert_ne!(one, of("step(\"a \", || go(1));", 1, 1), "what is in quotes counts");
        assert_eq!(one.len(), 16);
    }

    #[test]
    fn the_whole_call_counts_options_included_and_nothing_after_it() {
        let with = |text: &str| of(text, 1, 1);
        let one = with("step(\"a\", #{ retry: 3 }, || `${ f(\")\") }`);");
        assert_eq!(one, with("step(\"a\", #{retry:3}, || `${f(\")\")}`); other();"));
        assert_ne!(one, with("step(\"a\", #{ retry: 4 }, || `${f(\")\")}`);"));
        assert_ne!(one, with("step(\"a\", #{ retry: 3 }, || `${f(\"]\")}`);"));
    }

    #[test]
    fn a_function_that_is_called_counts_with_what_it_calls() {
        let with =
            |body: &str| of(&format!("fn deep() {{ {body} }}\nfn go() {{ deep() }}\nstep(\"a\", || go());"), 3, 1);
        assert_eq!(with("1"), with(" 1 "));
        assert_ne!(with("1"), with("2"));
    }

    #[test]
    fn a_function_that_is_not_called_does_not_count() {
        let with = |body: &str| of(&format!("fn other() {{ {body} }}\nstep(\"a\", || go());"), 2, 1);
        assert_eq!(with("1"), with("2"));
    }

    #[test]
    fn functions_that_call_each_other_come_to_an_end() {
        let both = "fn a() { b() }\nfn b() { a() }\nstep(\"a\", || a());";
        assert_eq!(of(both, 3, 1).len(), 16);
    }

    #[test]
    fn what_a_module_does_counts_and_so_do_its_constants() {
        let with = |module: &str| {
            let main = "import \"lib/k8s\" as k8s;\nconst POOL = [\"a\"];\nstep(\"a\", || k8s::drain(global::POOL));";
            let files = [("a.rhai", main), ("lib/k8s", module)].map(|(name, text)| (name.to_owned(), text.to_owned()));
            Fingerprints::new(&Sources::from_records("a.rhai", files.into())).of("a.rhai", 3, 1)
        };
        let one = with("const WAIT = 1;\nfn drain(n) { wait(global::WAIT) }");
        assert_eq!(one, with("fn other() {}\nconst WAIT = 1; fn drain(n) { wait(global::WAIT) }"));
        assert_ne!(one, with("const WAIT = 2;\nfn drain(n) { wait(global::WAIT) }"));
        assert_ne!(one, with("const WAIT = 1;\nfn drain(n) { wait(1) }"));
    }

    #[test]
    fn a_constant_of_the_runbook_counts() {
        let with = |pool: &str| of(&format!("const POOL = [\"{pool}\"];\nstep(\"a\", || f(POOL));"), 2, 1);
        assert_eq!(with("a"), with("a"));
        assert_ne!(with("a"), with("b"));
    }

    #[test]
    fn a_place_where_nothing_stands_has_no_hash() {
        assert_eq!(of("step(\"a\");", 9, 9), "");
        assert_eq!(Fingerprints::new(&Sources::default()).of("none", 1, 1), "");
    }
}
