//! What the parser says, in words for people.

use rhai::{LexError, ParseErrorType, Position};

use super::{habits, names};
use crate::options::nearest;
use crate::primitives::WORDS;
use crate::tokens::{Kind, Tokens};

/// What is said of a mistake.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) what: String,
    pub(super) cause: Option<String>,
    pub(super) hint: Option<String>,
    /// Where, if not where the parser says.
    pub(super) at: Option<(u32, u32)>,
}

impl Said {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), ..Self::default() }
    }

    pub(super) fn because(self, cause: impl Into<String>) -> Self {
        Self { cause: Some(cause.into()), ..self }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// A text that could not be read, and the token at which the parser gave up; none at its end.
pub(super) struct Read<'t> {
    pub(super) tokens: &'t Tokens,
    pub(super) at: Option<usize>,
}

/// The token at a position of the parser.
pub(super) fn index(tokens: &Tokens, at: Position) -> Option<usize> {
    let (line, col) = numbers(at)?;
    tokens.at(line, col)
}

fn numbers(at: Position) -> Option<(u32, u32)> {
    let number = |n: Option<usize>| n.and_then(|n| u32::try_from(n).ok());
    Some((number(at.line())?, number(at.position()).unwrap_or(1)))
}

impl Read<'_> {
    /// Where the mistake is; after the last token where the parser came to the end.
    pub(super) fn place(&self, at: Position) -> (u32, u32) {
        match (self.at, numbers(at)) {
            (None, Some((line, _))) if self.tokens.iter().last().is_some_and(|last| last.line < line) => {
                self.after(self.tokens.len())
            }
            (_, Some(place)) => place,
            (_, None) => self.after(self.tokens.len()),
        }
    }

    /// The place right after the token before `at`.
    fn after(&self, at: usize) -> (u32, u32) {
        let Some(token) = at.checked_sub(1).and_then(|at| self.tokens.get(at)) else { return (1, 1) };
        let text = self.tokens.text_of(token);
        let chars = |text: &str| u32::try_from(text.chars().count()).unwrap_or(0);
        match text.rsplit_once('\n') {
            Some((above, last)) => (token.line + chars(&above.replace(|c| c != '\n', "")) + 1, chars(last) + 1),
            None => (token.line, token.col + chars(text)),
        }
    }

    fn here(&self) -> &str {
        self.at.map_or("", |at| self.tokens.text(at))
    }

    /// The token `back` tokens before the one at which the parser gave up.
    fn before(&self, back: usize) -> &str {
        let at = self.at.unwrap_or(self.tokens.len());
        at.checked_sub(back).map_or("", |at| self.tokens.text(at))
    }

    pub(super) fn say(&self, error: &ParseErrorType, at: Position) -> Said {
        use ParseErrorType as E;
        match error {
            E::UnexpectedEOF => Said::new("the text ends in the middle of something"),
            E::VariableUndefined(name) => names::undefined(self.tokens, name, self.at),
            E::ModuleUndefined(name) => no_module(name),
            E::MissingToken(token, why) => self.missing(token, why),
            E::Reserved(word) if self.before(1) == "." => Said::new(format!("`{word}` is a reserved word"))
                .hint(format!("write `[\"{word}\"]` instead of `.{word}`")),
            E::Reserved(word) => reserved(word),
            E::BadInput(error) => self.bad_input(error),
            E::UnknownOperator(sign) => habit(Said::new(format!("`{sign}` is no operator")), sign),
            E::AssignmentToConstant(name) if name.is_empty() => Said::new("a constant cannot be assigned to"),
            E::AssignmentToConstant(name) => Said::new(format!("`{name}` is a constant and cannot be assigned to"))
                .hint(format!("declare it with `let {name} = …;`")),
            E::AssignmentToInvalidLHS(_) => Said::new("this cannot be assigned to").hint("compare with `==`"),
            E::DuplicatedProperty(name) => Said::new(format!("`{name}` stands twice in one map")),
            E::FnDuplicatedDefinition(name, params) => {
                let with = if *params == 1 { "1 parameter".to_owned() } else { format!("{params} parameters") };
                Said::new(format!("the function `{name}` with {with} is defined twice"))
            }
            E::FnDuplicatedParam(_, name) => Said::new(format!("the parameter `{name}` stands twice")),
            E::FnMissingBody(name) if name.is_empty() => Said::new("the body of the closure is missing"),
            E::FnMissingBody(name) => {
                Said::new(format!("the body of the function `{name}` is missing")).hint("put it in braces: `{ … }`")
            }
            E::FnMissingName => Said::new("the name of the function is missing").hint("write `fn name(a, b) { … }`"),
            E::FnMissingParams(name) => Said::new(format!("the parameters of the function `{name}` are missing"))
                .hint(format!("write `fn {name}() {{ … }}`")),
            E::WrongFnDefinition => Said::new("a function stands at the top of the file, not within something")
                .hint("write a closure as `|a, b| …`"),
            E::VariableExpected => self.no_name(),
            E::PropertyExpected if self.before(1) == "." => {
                Said::new("the name of a property is missing after the dot")
            }
            E::PropertyExpected => Said::new("the name of a property is missing").hint("in a map, write `key: value`"),
            E::ExprExpected(_) if self.here() == "case" => habit(Said::new("`case` means nothing here"), "case"),
            E::ExprExpected(kind) => Said::new(format!("{} is expected here", article(kind))),
            E::MismatchedType(wanted, given) => self.mismatch(wanted, given),
            E::LoopBreak => Said::new(format!("`{}` stands outside a loop", self.here_or("break"))),
            E::ExprTooDeep => Said::new("this is nested too deep")
                .hint("take it apart: name the parts with `let`, or put them into functions"),
            E::TooManyFunctions => Said::new("the file has too many functions"),
            E::LiteralTooLarge(kind, most) => Said::new(format!("{} beyond {most}", lower(kind))),
            E::WrongDocComment => Said::new("a `///` comment stands before no function").hint("write `//`"),
            E::WrongExport => Said::new("`export` stands at the top of the file, not within something"),
            E::WrongSwitchDefaultCase => Said::new("the case `_` comes last"),
            E::WrongSwitchCaseCondition => Said::new("this case of the `switch` cannot have a condition"),
            E::MalformedIndexExpr(_) => Said::new("this cannot be an index"),
            other => Said { at: Some(self.place(at)), ..Said::new(lower(&other.to_string())) },
        }
    }

    fn here_or(&self, word: &'static str) -> &str {
        if self.here().is_empty() { word } else { self.here() }
    }

    fn missing(&self, token: &str, why: &str) -> Said {
        let (here, before) = (self.here(), self.before(1));
        let declares = matches!(self.before(2), "let" | "const");
        let met = if here.is_empty() { " at the end".to_owned() } else { format!(" before `{here}`") };
        let said = Said::new(format!("`{token}` is missing{met}"));
        let said = match (token, before, here) {
            (";", _, ":") if declares => {
                return Said::new("a variable has no type").hint(format!("write `let {before} = …;`"));
            }
            (";", _, "==" | ":=") if declares => said.hint(format!("write `let {before} = …;`")),
            (";", _, ",") if declares => said.hint("declare each by itself: `let a = 1; let b = 2;`"),
            (";", _, "-") if declares => said.hint("a name holds only letters, digits and `_`"),
            (";", "++" | "--", _) => habit(said, before),
            (";", _, _) if self.before(2) == "import" => said.hint(format!("write `import {before} as {here};`")),
            (":", key, "=") => said.hint(format!("in a map, write `{key}: value`")),
            ("{", "catch", _) => said.hint(format!("name what is caught in parentheses: `catch ({here}) {{ … }}`")),
            (",", _, "in") if self.before(2) == "(" => said.hint("write `for item in list { … }`, without parentheses"),
            ("catch", ..) => {
                return Said { hint: habits::instead(here).map(Into::into), ..Said::new("this `try` has no `catch`") };
            }
            (",", ")", "{") if self.named_before_brackets().is_some_and(is_function) => {
                said.hint("write a closure as `|a, b| …`")
            }
            ("in", _, _) => said.hint("write `for item in list { … }`"),
            ("|", _, "_") => return Said::new("a parameter cannot be called `_`").hint("give it a name, `|was| …`"),
            ("=>", _, ":") => said.hint("write `switch value { 1 => …, _ => … }`"),
            _ => habit(said, here),
        };
        match token {
            // The line that lacks it is the one above, not the one where the parser noticed.
            ";" => {
                let at = self.after(self.at.unwrap_or(self.tokens.len()));
                let is_below = self.at.and_then(|at| self.tokens.get(at)).is_none_or(|token| token.line > at.0);
                let hint = said.hint.clone().unwrap_or_else(|| match is_below {
                    true => format!("end line {} with `;`", at.0),
                    false => format!("put a `;` before `{here}`"),
                });
                Said { at: Some(at), ..said.hint(hint) }
            }
            "," if said.hint.is_none() && !here.is_empty() => said.hint(format!("put a `,` before `{here}`")),
            _ if said.hint.is_none() && !why.is_empty() => {
                said.because(format!("it is needed {why}").replace('\'', "`"))
            }
            _ => said,
        }
    }

    fn is_text(&self, at: Option<usize>) -> bool {
        let kind = at.and_then(|at| self.tokens.get(at)).map(|token| token.kind);
        matches!(kind, Some(Kind::Text | Kind::TextOpens))
    }

    /// The name before the brackets that were closed just before the parser gave up.
    fn named_before_brackets(&self) -> Option<&str> {
        let closer = self.at?.checked_sub(1)?;
        let opener = (0..closer).rev().find(|at| self.tokens.text(*at) == "(" && self.tokens.closing(*at) == closer)?;
        Some(self.tokens.text(opener.checked_sub(1)?))
    }

    fn no_name(&self) -> Said {
        let said = Said::new("the name of a variable is missing");
        match self.here() {
            _ if self.before(2) == "for" => {
                Said::new("a loop goes through a list or a range").hint("write `for i in 0..3 { … }`")
            }
            "(" | "[" => said.hint("declare each by itself: `let a = list[0]; let b = list[1];`"),
            here if here.starts_with(|c: char| c.is_ascii_digit()) => said.hint("a name begins with a letter or `_`"),
            _ => said,
        }
    }

    fn mismatch(&self, wanted: &str, given: &str) -> Said {
        let plain =
            |kind: &str| kind.replace("a boolean expression", "`true` or `false`").replace("a string", "a text");
        let said = Said::new(format!("{} is wanted here, and this is {}", plain(wanted), plain(given)));
        if wanted == "an iterable value" {
            let what = format!("`for` goes through a list, a range or a text, and this is {}", plain(given));
            return Said::new(what).hint("write `for i in 0..3 { … }`");
        }
        // `step("name" || …)`: the parser takes the closure for an `or`.
        let next = self.at.map(|at| at + 1).filter(|at| self.tokens.text(*at) == "||");
        match next.and_then(|at| self.tokens.get(at)) {
            Some(token) if self.is_text(self.at) => Said {
                at: Some((token.line, token.col)),
                ..Said::new("`,` is missing before `||`").hint("put it before the closure: `\"name\", || …`")
            },
            _ => said,
        }
    }

    fn bad_input(&self, error: &LexError) -> Said {
        match error {
            LexError::UnexpectedInput(sign) => habit(Said::new(format!("`{sign}` cannot stand here")), sign),
            LexError::UnterminatedString => Said::new("this text is never closed"),
            LexError::StringTooLong(most) => Said::new(format!("this text is longer than {most} bytes")),
            LexError::MalformedChar(text) => Said::new(format!("`'{text}'` is not one character"))
                .hint(format!("put a text in double quotes: `\"{text}\"`")),
            LexError::MalformedEscapeSequence(escape) => Said::new(format!("`{escape}` means nothing in a text"))
                .hint("write `\\\\` for a backslash, or put the text between backticks"),
            LexError::MalformedNumber(_) => Said::new(format!("`{}` is not a number", self.here_or("this"))),
            LexError::ImproperSymbol(sign, _) if sign == "=" => {
                Said::new("`=` assigns, and something is asked here").hint("compare with `==`")
            }
            LexError::ImproperSymbol(sign, why) if sign == "this" => Said::new(lower(&why.replace('\'', "`"))),
            LexError::ImproperSymbol(sign, _) => reserved(sign),
            other => Said::new(lower(&other.to_string())),
        }
    }
}

/// `f"{a}"`, as Python writes it.
pub(super) fn f_string() -> Said {
    Said::new("a text has no letter before it").hint("put the text between backticks, where `${…}` is computed")
}

fn is_function(word: &str) -> bool {
    matches!(word, "function" | "func" | "fn" | "def" | "lambda" | "proc" | "sub")
}

fn habit(said: Said, word: &str) -> Said {
    match habits::instead(word) {
        Some(instead) => said.hint(instead),
        None => said,
    }
}

fn reserved(word: &str) -> Said {
    if word == "eval" {
        return Said::new("`eval` cannot be used").because("what it would run could not be reviewed");
    }
    let is_name = word.chars().all(|c| c.is_alphanumeric() || c == '_');
    match (habits::instead(word), is_name) {
        (Some(instead), _) => Said::new(format!("`{word}` cannot be used")).hint(instead),
        (None, true) => Said::new(format!("`{word}` is a reserved word")).hint("choose another name"),
        (None, false) => Said::new(format!("`{word}` means nothing here")),
    }
}

fn no_module(name: &str) -> Said {
    let said = Said::new(format!("there is no module `{name}` here"));
    let spaces = WORDS.iter().filter_map(|word| word.parts().0);
    match nearest(name, spaces) {
        Some(near) => said.hint(format!("did you mean `{near}`?")),
        None => said.hint(format!("import it first: `import \"lib/{name}\" as {name};`")),
    }
}

fn article(kind: &str) -> String {
    match kind.chars().next() {
        Some('a' | 'e' | 'i' | 'o' | 'u') => format!("an {kind}"),
        _ => format!("a {kind}"),
    }
}

fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_lowercase().chain(chars).collect())
}
