//! What Rhai says went wrong, as a failure of ours: in words for people, with the chain of calls that led there.

mod meaning;
mod not_found;

use rhai::{EvalAltResult, Position};
use runbook_model::failure::Frame;
use runbook_model::{Failure, code};

use crate::check;
use crate::sources::Sources;
use crate::tokens::Tokens;

/// How many links of a chain of calls are kept.
const FRAMES_MAX: usize = 12;

/// What a word throws that `check` can see.
const SEEN: [&str; 6] =
    [code::STEP_LEAK, code::STEP_NAME, code::STEP_OUTSIDE, code::STEP_REPEATED, code::WORD_ARGUMENT, code::WORD_OPTION];

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
                if name.starts_with("anon$") {
                    function = "<closure>".to_owned();
                } else if defines(sources, source, name) {
                    function.clone_from(name);
                }
                // A function of the language stands in no file: what it calls back stands where it was called.
                if !source.is_empty() {
                    file.clone_from(source);
                }
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
                let failure = with_frames(meaning::of(innermost, sources, &file), frames);
                return as_checked(innermost, failure, sources);
            }
        }
    }
}

/// What could be seen to be wrong without running it: told as `check` tells it, of the same place.
fn as_checked(error: &EvalAltResult, failure: Failure, sources: &Sources) -> Failure {
    use EvalAltResult as E;
    let is_seen = match error {
        E::ErrorFunctionNotFound(..) | E::ErrorModuleNotFound(..) => true,
        E::ErrorRuntime(..) => SEEN.contains(&failure.code.as_str()),
        _ => false,
    };
    let Some(here) = failure.frames.first().filter(|_| is_seen) else { return failure };
    let Some(checked) = check::met(sources, &here.place, &failure.code) else { return failure };
    let inner = checked.frames.into_iter().take(1).map(|inner| Frame { function: here.function.clone(), ..inner });
    let frames = inner.chain(failure.frames.iter().skip(1).cloned()).collect();
    Failure { code: checked.code, what: checked.what, causes: checked.causes, hints: checked.hints, frames, ..failure }
}

fn defines(sources: &Sources, file: &str, name: &str) -> bool {
    let text = sources.get(if file.is_empty() { sources.main() } else { file });
    text.is_some_and(|text| Tokens::of(text).functions().any(|(defined, ..)| defined == name))
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

#[cfg(test)]
mod tests;
