//! What Rhai says went wrong, as a failure of ours: in words for people, with the chain of calls that led there.

use rhai::{EvalAltResult, Position};
use runbook_model::failure::Frame;
use runbook_model::{Failure, code};

use crate::options::nearest;
use crate::primitives::WORDS;
use crate::sources::Sources;
use crate::syntax;
use crate::thrown::from_thrown;

/// How many links of a chain of calls are kept.
const FRAMES_MAX: usize = 12;

/// The failure that `error` means.
pub fn failure_of(error: &EvalAltResult, sources: &Sources) -> Failure {
    let mut frames = Vec::new();
    let mut at = error;
    let mut file = sources.main().to_owned();
    let mut function = String::new();
    loop {
        match at {
            EvalAltResult::ErrorInFunctionCall(name, source, inner, place) => {
                frames.push(link(sources, &file, *place, &function));
                if !source.is_empty() {
                    file.clone_from(source);
                }
                function = if name.starts_with("anon$") { "<closure>".to_owned() } else { name.clone() };
                at = inner;
            }
            EvalAltResult::ErrorInModule(name, inner, place) => {
                frames.push(link(sources, &file, *place, &function));
                file.clone_from(name);
                function = String::new();
                at = inner;
            }
            innermost => {
                frames.push(link(sources, &file, innermost.position(), &function));
                frames.reverse();
                return with_frames(meaning(innermost, sources, &file), frames);
            }
        }
    }
}

fn with_frames(mut failure: Failure, mut frames: Vec<Frame>) -> Failure {
    frames.retain(|frame| frame.place.line > 0);
    frames.dedup_by(|a, b| a.place == b.place);
    frames.truncate(FRAMES_MAX);
    if failure.frames.is_empty() {
        failure.frames = frames;
    }
    failure
}

fn link(sources: &Sources, file: &str, at: Position, function: &str) -> Frame {
    let number = |n: Option<usize>| n.and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    sources.frame(file, (number(at.line()), number(at.position())), function)
}

fn meaning(error: &EvalAltResult, sources: &Sources, file: &str) -> Failure {
    use EvalAltResult as E;
    let mistake = |what: String| Failure::new(code::SCRIPT_ERROR, what);
    match error {
        E::ErrorRuntime(thrown, _) => from_thrown(thrown),
        E::ErrorParsing(kind, at) => syntax::explain(sources, file, kind, *at),
        E::ErrorFunctionNotFound(called, _) => not_found(called),
        E::ErrorVariableNotFound(name, _) => mistake(format!("there is no variable `{name}` here")),
        E::ErrorPropertyNotFound(name, _) => mistake(format!("there is no `{name}` in this map")),
        E::ErrorIndexNotFound(index, _) => mistake(format!("there is nothing at `{index}`")),
        E::ErrorModuleNotFound(name, _) => Failure::new(code::IMPORT_BAD, format!("there is no module `{name}`")),
        E::ErrorArrayBounds(length, index, _) => mistake(format!("there is no item {index} in a list of {length}")),
        E::ErrorStringBounds(length, index, _) => {
            mistake(format!("there is no character {index} in a text of {length}"))
        }
        E::ErrorMismatchDataType(wanted, given, _) | E::ErrorMismatchOutputType(wanted, given, _) => {
            mistake(format!("{} is wanted here, and this is {}", plain(wanted), plain(given)))
        }
        E::ErrorIndexingType(kind, _) => mistake(format!("{} cannot be indexed", plain(kind))),
        E::ErrorFor(_) => mistake("`for` needs something to go through: a list, a range or a text".into()),
        E::ErrorDataRace(name, _) => mistake(format!("`{name}` is used by two branches at once"))
            .hint("give each branch its own: pass it in, and give results back"),
        E::ErrorAssignmentToConstant(name, _) => mistake(format!("`{name}` is a constant and cannot be assigned to")),
        E::ErrorArithmetic(what, _) => mistake(format!("this cannot be computed: {}", what.to_lowercase())),
        E::ErrorStackOverflow(_) => Failure::new(code::SCRIPT_LIMIT, "functions call each other too deep")
            .hint("look for a function that calls itself"),
        E::ErrorDataTooLarge(what, _) => {
            Failure::new(code::SCRIPT_LIMIT, format!("this grows too large: {}", what.to_lowercase()))
                .hint("keep less in memory; write large data to a file with `file::write`")
        }
        E::ErrorTooManyOperations(_) | E::ErrorTooManyVariables(_) | E::ErrorTooManyModules(_) => {
            Failure::new(code::SCRIPT_LIMIT, error.to_string().to_lowercase())
        }
        other => mistake(other.to_string()),
    }
}

/// A call that fits no function: a word that is misspelt, or one that is called with the wrong things.
fn not_found(called: &str) -> Failure {
    let name = called.split(" (").next().unwrap_or(called).trim();
    let given = called.split_once('(').map_or("", |(_, given)| given.trim_end_matches(')'));
    let given: Vec<String> = given.split(',').map(str::trim).filter(|kind| !kind.is_empty()).map(plain).collect();
    let with = if given.is_empty() { "without arguments".to_owned() } else { format!("with {}", given.join(", ")) };
    let name = name.replace(" :: ", "::");
    if let Some(forms) = syntax::forms(&name) {
        let failure = Failure::new(code::WORD_ARGUMENT, format!("`{name}` cannot be called {with}"));
        return failure.hint(format!("call it as {forms}"));
    }
    let failure = Failure::new(code::SCRIPT_ERROR, format!("there is no function `{name}` that can be called {with}"));
    match nearest(&name, WORDS.iter().map(|word| word.name)) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint("list the words with `runbook doc`"),
    }
}

/// The name of a type of Rhai, for people.
fn plain(kind: &str) -> String {
    let kind = kind.trim().trim_start_matches("&mut ").trim_start_matches('&');
    match kind {
        "()" => "nothing".into(),
        "bool" => "a boolean".into(),
        "i64" => "a whole number".into(),
        "f64" => "a number".into(),
        "char" => "a character".into(),
        "string" | "ImmutableString" | "&str | ImmutableString | String" => "text".into(),
        "array" => "a list".into(),
        "map" => "a map".into(),
        "blob" => "bytes".into(),
        "Fn" | "FnPtr" => "a closure".into(),
        other => format!("`{other}`"),
    }
}
