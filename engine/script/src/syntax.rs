//! Reading a text: its syntax, told for people, and that it redefines none of the engine's words.

use std::sync::OnceLock;

use rhai::{AST, Engine, ParseErrorType, Position};
use runbook_model::{Failure, code};

use crate::options::{nearest, ticked};
use crate::primitives::WORDS;
use crate::sources::Sources;

/// An engine that only reads: it knows no words, and so cannot say that one is missing.
pub fn reader() -> Engine {
    let mut engine = Engine::new_raw();
    engine.set_optimization_level(rhai::OptimizationLevel::None);
    engine.set_max_expr_depths(128, 128);
    engine
}

/// Reads the main text for a run.
pub fn parse(engine: &Engine, sources: &Sources) -> Result<AST, Failure> {
    for file in sources.files().keys().filter(|file| *file != sources.main() && !is_template(file)) {
        compile(engine, sources, file)?;
    }
    compile(engine, sources, sources.main())
}

fn is_template(file: &str) -> bool {
    file.contains('.')
}

/// Reads one text.
pub fn compile(engine: &Engine, sources: &Sources, file: &str) -> Result<AST, Failure> {
    let text = sources.get(file).unwrap_or_default();
    let mut ast = engine.compile(text).map_err(|error| explain(sources, file, &error.0, error.1))?;
    ast.set_source(file);
    if let Some(redefined) = ast.iter_functions().find(|function| host_names().contains(&function.name)) {
        let name = redefined.name;
        let at = find(text, &format!("fn {name}"));
        let mut failure =
            Failure::new(code::SCRIPT_REDEFINES, format!("`{name}` is a word of the engine, and cannot be redefined"))
                .hint(format!("give the function another name, such as `my_{name}`"));
        failure.frames.push(sources.frame(file, (at.0, at.1 + 3), ""));
        return Err(failure);
    }
    Ok(ast)
}

fn host_names() -> &'static Vec<&'static str> {
    static NAMES: OnceLock<Vec<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| WORDS.iter().filter(|word| word.parts().0.is_none()).map(|word| word.name).collect())
}

fn find(text: &str, what: &str) -> (u32, u32) {
    let found = text
        .lines()
        .enumerate()
        .find_map(|(nth, line)| line.find(what).map(|at| (nth + 1, line[..at].chars().count() + 1)));
    found.map_or((1, 1), |(line, col)| (u32::try_from(line).unwrap_or(1), u32::try_from(col).unwrap_or(1)))
}

/// A mistake in the text of `file`, in words for people.
pub fn explain(sources: &Sources, file: &str, error: &ParseErrorType, at: Position) -> Failure {
    let text = sources.get(file).unwrap_or_default();
    let (what, hint) = words(text, error);
    let mut failure = Failure::new(code::SCRIPT_SYNTAX, what);
    failure.hints.extend(hint);
    let ends = matches!(error, ParseErrorType::UnexpectedEOF | ParseErrorType::MissingToken(..));
    match unclosed(text).filter(|_| ends) {
        // Where something was opened tells more than where the text came to its end.
        Some((opened, at)) => {
            failure.what = format!("this `{opened}` is never closed");
            failure.frames.push(sources.frame(file, at, ""));
        }
        None => failure.frames.push(sources.frame(file, place(text, at), "")),
    }
    failure
}

/// The innermost bracket that is opened and not closed.
fn unclosed(text: &str) -> Option<(String, (u32, u32))> {
    let mut open: Vec<(String, (u32, u32))> = Vec::new();
    for (piece, at) in crate::fingerprint::brackets(text) {
        match piece.as_str() {
            "(" | "[" | "{" | "#{" => open.push((piece, at)),
            _ => drop(open.pop()),
        }
    }
    open.pop()
}

/// Where a mistake is; the end of the text where the parser only says that it ended.
fn place(text: &str, at: Position) -> (u32, u32) {
    let number = |n: Option<usize>| n.and_then(|n| u32::try_from(n).ok());
    match (number(at.line()), number(at.position())) {
        (Some(line), col) => (line, col.unwrap_or(1)),
        (None, _) => (u32::try_from(text.lines().count()).unwrap_or(1), 1),
    }
}

fn words(text: &str, error: &ParseErrorType) -> (String, Option<String>) {
    use ParseErrorType as E;
    match error {
        E::UnexpectedEOF => (
            "the text ends in the middle of something".into(),
            Some("look for a brace or a bracket that is not closed".into()),
        ),
        E::VariableUndefined(name) => {
            let hint = nearest(name, declared(text)).map(|near| format!("did you mean `{near}`?"));
            (
                format!("there is no variable `{name}` here"),
                hint.or_else(|| Some(format!("declare it first: `let {name} = …;`"))),
            )
        }
        E::ModuleUndefined(name) => {
            let spaces: Vec<&str> = WORDS.iter().filter_map(|word| word.parts().0).collect();
            let hint = nearest(name, spaces.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            (
                format!("there is no module `{name}` here"),
                hint.or_else(|| Some(format!("import it first: `import \"…/{name}\" as {name};`"))),
            )
        }
        E::MissingToken(token, why) => (format!("`{token}` is missing {why}"), None),
        E::MissingSymbol(why) => (format!("something is missing {why}"), None),
        E::Reserved(word) | E::BadInput(rhai::LexError::ImproperSymbol(word, _)) => match word.as_str() {
            "print" | "debug" => (format!("`{word}` cannot be used"), Some("say it with `say(…)`".into())),
            "eval" => ("`eval` cannot be used: what it would run could not be reviewed".into(), None),
            word => (format!("`{word}` is a reserved word"), Some("choose another name".into())),
        },
        E::BadInput(rhai::LexError::UnterminatedString) => {
            ("a text is not closed".into(), Some("close it with the same quote it began with".into()))
        }
        E::BadInput(error) => (lower(&error.to_string()), None),
        E::AssignmentToConstant(name) => (format!("`{name}` is a constant and cannot be assigned to"), None),
        E::DuplicatedProperty(name) => (format!("`{name}` stands twice in one map"), None),
        E::FnDuplicatedDefinition(name, params) => {
            (format!("`{name}` with {params} parameters is defined twice"), None)
        }
        E::VariableExists(name) => (format!("`{name}` is declared already"), None),
        E::LoopBreak => ("`break` and `continue` stand only in loops".into(), None),
        E::ExprTooDeep => ("the expression is nested too deep".into(), Some("take it apart".into())),
        E::PropertyExpected => {
            ("the name of a property is missing".into(), Some("in a map, write `key: value`".into()))
        }
        E::ExprExpected(kind) => (format!("{kind} is expected here"), None),
        other => (lower(&other.to_string()), None),
    }
}

fn lower(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_lowercase().chain(chars).collect())
}

/// The names that a text declares.
fn declared(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    for keyword in ["let ", "const ", "for "] {
        for rest in text.split(keyword).skip(1) {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            names.push(&rest[..end]);
        }
    }
    names
}

/// The forms of a word, one after the other.
pub fn forms(name: &str) -> Option<String> {
    let word = crate::primitives::word(name)?;
    let forms: Vec<String> =
        word.forms.iter().map(|form| format!("{}({})", word.name, form.params.join(", "))).collect();
    Some(ticked(&forms.iter().map(String::as_str).collect::<Vec<_>>()))
}
