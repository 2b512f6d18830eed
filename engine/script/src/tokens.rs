//! The tokens of a text, without its blanks and comments: enough of the language to find where a call ends, which
//! bracket is never closed, what a file imports, and what a caret should underline.
//!
//! Promises: any text gives tokens, in the order of the text; nothing is refused and nothing nests on the stack. It
//! must never decide what is valid: that is the parser's to say.

mod scan;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name, a keyword or a number.
    Word,
    /// A text in quotes.
    Text,
    /// The beginning of a text, up to its first `${`.
    TextOpens,
    /// What stands between two `${…}` of a text.
    TextGoesOn,
    /// The end of a text, from its last `}`.
    TextCloses,
    /// A text whose quote is missing; it ends with its line, or with the file.
    TextBroken,
    /// A comment that is never closed.
    CommentBroken,
    /// `(`, `[`, `{` or `#{`.
    Opens,
    /// `)`, `]` or `}`.
    Closes,
    /// An operator, or any other sign.
    Sign,
}

/// One token: where it stands in bytes, and for people.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) line: u32,
    pub(crate) col: u32,
    start: u32,
    end: u32,
}

/// A text and its tokens.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    text: String,
    list: Vec<Token>,
}

impl Tokens {
    /// The tokens of `text`.
    pub(crate) fn of(text: &str) -> Self {
        Self { text: text.to_owned(), list: scan::scan(text) }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// The token at `at`.
    pub(crate) fn get(&self, at: usize) -> Option<&Token> {
        self.list.get(at)
    }

    /// All of them, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Token> {
        self.list.iter()
    }

    /// The text of the token at `at`; nothing beyond the end.
    pub(crate) fn text(&self, at: usize) -> &str {
        self.list.get(at).map_or("", |token| self.text_of(token))
    }

    /// The text of `token`.
    pub(crate) fn text_of(&self, token: &Token) -> &str {
        self.text.get(token.start as usize..token.end as usize).unwrap_or_default()
    }

    /// What the text in quotes at `at` says, where it says it without escapes or parts that are computed.
    pub(crate) fn literal(&self, at: usize) -> Option<&str> {
        let token = self.get(at).filter(|token| token.kind == Kind::Text)?;
        let text = self.text_of(token);
        let quote = text.chars().next().filter(|quote| matches!(quote, '"' | '`'))?;
        let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
        (!inner.contains(['\\', quote])).then_some(inner)
    }

    /// The token that stands at `line:col`.
    pub(crate) fn at(&self, line: u32, col: u32) -> Option<usize> {
        self.list.binary_search_by_key(&(line, col), |token| (token.line, token.col)).ok()
    }

    /// The token that closes what the token at `open` opens; the last one where nothing does.
    pub(crate) fn closing(&self, open: usize) -> usize {
        let mut depth = 0_usize;
        for (at, token) in self.list.iter().enumerate().skip(open) {
            match token.kind {
                Kind::Opens | Kind::TextOpens => depth += 1,
                Kind::Closes | Kind::TextCloses => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return at;
                    }
                }
                Kind::Word | Kind::Text | Kind::TextGoesOn | Kind::TextBroken | Kind::CommentBroken | Kind::Sign => {}
            }
        }
        self.list.len().saturating_sub(1)
    }

    /// The imports of the text: the token of each path, and the name it goes under.
    pub(crate) fn imports(&self) -> impl Iterator<Item = Import<'_>> {
        let begins = |at: &usize| self.text(*at) == "import" && (*at == 0 || self.text(at - 1) != ".");
        (0..self.len()).filter(begins).map(|at| {
            let ends = self.text(at + 2);
            let path = self.literal(at + 1).filter(|_| matches!(ends, "as" | ";" | ""));
            let alias = (ends == "as").then(|| self.text(at + 3));
            Import { at, path, alias }
        })
    }

    /// The functions that the text defines: the name, its token, and the token that ends the body.
    pub(crate) fn functions(&self) -> impl Iterator<Item = (&str, usize, usize)> {
        (0..self.len()).filter(|at| self.text(*at) == "fn").filter_map(|at| {
            // The name stands before the parameters: `fn name(`, and `fn "type".name(` alike.
            let params = (at + 1..self.len().min(at + 5)).find(|at| self.text(*at) == "(")?;
            let body = self.closing(params) + 1;
            (self.text(body) == "{").then(|| (self.text(params - 1), params - 1, self.closing(body)))
        })
    }
}

/// One `import` of a text.
pub(crate) struct Import<'t> {
    /// The token `import`.
    pub(crate) at: usize,
    /// The path, where it is plain text.
    pub(crate) path: Option<&'t str>,
    /// The name it goes under.
    pub(crate) alias: Option<&'t str>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(text: &str) -> Vec<String> {
        let tokens = Tokens::of(text);
        tokens.iter().map(|token| tokens.text_of(token).to_owned()).collect()
    }

    #[test]
    fn blanks_and_comments_are_left_out_even_nested_ones() {
        assert_eq!(texts("a /* b /* c */ d */ + // e\n  f"), ["a", "+", "f"]);
        assert_eq!(Tokens::of("a /* b").get(1).map(|t| t.kind), Some(Kind::CommentBroken));
    }

    #[test]
    fn what_is_computed_within_a_text_is_taken_apart() {
        assert_eq!(texts("`a ${ f( \"}\" ) } b ${x} c`"), ["`a ${", "f", "(", "\"}\"", ")", "} b ${", "x", "} c`"]);
        assert_eq!(texts("`a ${ `b ${ #{} }` }`"), ["`a ${", "`b ${", "#{", "}", "}`", "}`"]);
    }

    #[test]
    fn quotes_are_closed_by_their_own_kind_and_escapes_are_seen() {
        assert_eq!(texts(r#""a\"b" "say ""hi""" 'c' '\''"#), [r#""a\"b""#, r#""say ""hi""""#, "'c'", r"'\''"]);
        assert_eq!(texts("#\"a \"b\" c\"# ##\"x\"# y\"##"), ["#\"a \"b\" c\"#", "##\"x\"# y\"##"]);
        assert_eq!(texts("`a``b` `\\${c}`"), ["`a``b`", "`\\${c}`"]);
        assert_eq!(Tokens::of("\"a\nb").iter().map(|t| t.kind).collect::<Vec<_>>(), [Kind::TextBroken, Kind::Word]);
    }

    #[test]
    fn places_count_characters_and_lines_from_one() {
        let tokens = Tokens::of("é = \"ü\";\n  `a\nb` c");
        let places: Vec<(u32, u32)> = tokens.iter().map(|token| (token.line, token.col)).collect();
        assert_eq!(places, [(1, 1), (1, 3), (1, 5), (1, 8), (2, 3), (3, 4)]);
        assert_eq!(tokens.at(3, 4), Some(5));
    }

    #[test]
    fn imports_and_functions_are_found() {
        let tokens = Tokens::of("import \"lib/a\" as a;\nprivate fn f(x) { if x { 1 } }\nimport `b${1}` as b;");
        let imports: Vec<(Option<&str>, Option<&str>)> = tokens.imports().map(|i| (i.path, i.alias)).collect();
        assert_eq!(imports, [(Some("lib/a"), Some("a")), (None, None)]);
        let functions: Vec<(&str, &str)> = tokens.functions().map(|(name, _, end)| (name, tokens.text(end))).collect();
        assert_eq!(functions, [("f", "}")]);
    }

    #[test]
    fn deep_nesting_needs_no_stack() {
        for piece in ["`${", "(", "#{", "/*", "#", "\"", "'", "}", "fn f(", "import "] {
            let tokens = Tokens::of(&piece.repeat(100_000));
            let _ = (tokens.closing(0), tokens.imports().count());
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_tokens_whose_texts_stand_in_it(text in r#"[ \n"'`#${}()\[\]/*\\a-z0-9é]{0,80}"#) {
            let tokens = Tokens::of(&text);
            let mut rest = text.as_str();
            for token in tokens.iter() {
                let found = rest.find(tokens.text_of(token));
                prop_assert!(found.is_some());
                rest = &rest[found.unwrap() + tokens.text_of(token).len()..];
            }
        }
    }
}
