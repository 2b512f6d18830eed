//! Reading a text: its syntax, told for people, and that it redefines none of the engine's words.

mod brackets;
pub(crate) mod habits;
mod names;
mod wording;

use rhai::{AST, Engine, ParseErrorType, Position};
use runbook_model::{Failure, code};

use crate::primitives::WORDS;
use crate::sources::Sources;
use crate::tokens::{Kind, Tokens};

/// An engine that only reads: it knows no words, and so cannot say that one is missing.
pub fn reader() -> Engine {
    let mut engine = Engine::new_raw();
    engine.set_optimization_level(rhai::OptimizationLevel::None);
    engine.set_max_expr_depths(128, 128);
    engine
}

/// Reads the main text for a run, and every text it imports.
pub fn parse(engine: &Engine, sources: &Sources) -> Result<AST, Failure> {
    for (file, _) in sources.scripts().filter(|(file, _)| *file != sources.main()) {
        compile(engine, sources, file)?;
    }
    compile(engine, sources, sources.main())
}

/// Reads one text.
pub fn compile(engine: &Engine, sources: &Sources, file: &str) -> Result<AST, Failure> {
    let text = sources.get(file).unwrap_or_default();
    let mut ast = engine.compile(text).map_err(|error| explain(sources, file, &error.0, error.1))?;
    ast.set_source(file);
    let tokens = Tokens::of(text);
    let trouble = swallowed(&tokens).or_else(|| redefined(&tokens));
    trouble.map_or(Ok(ast), |(failure, at)| Err(placed(sources, file, &tokens, failure, at)))
}

/// A comment that is never closed: the language takes the rest of the text for it, and says nothing.
fn swallowed(tokens: &Tokens) -> Option<(Failure, usize)> {
    let at = (0..tokens.len()).find(|at| tokens.get(*at).is_some_and(|token| token.kind == Kind::CommentBroken))?;
    let failure = Failure::new(code::SCRIPT_SYNTAX, "this comment is never closed, and takes in all that follows");
    Some((failure.hint("close it with `*/`; comments nest"), at))
}

/// A function or an import that would stand in for a word of the engine.
fn redefined(tokens: &Tokens) -> Option<(Failure, usize)> {
    let is_word = |name: &str| WORDS.iter().any(|word| word.parts() == (None, name));
    if let Some((name, at, _)) = tokens.functions().find(|(name, ..)| is_word(name)) {
        let what = format!("`{name}` is a word of the engine, and cannot be redefined");
        let failure = Failure::new(code::SCRIPT_REDEFINES, what);
        return Some((failure.hint(format!("give the function another name, such as `my_{name}`")), at));
    }
    let is_space = |name: &str| WORDS.iter().any(|word| word.parts().0 == Some(name));
    let import = tokens.imports().find(|import| import.alias.is_some_and(is_space))?;
    let alias = import.alias.unwrap_or_default();
    let what = format!("the words `{alias}::…` are the engine's, and an import cannot take their place");
    let failure = Failure::new(code::SCRIPT_REDEFINES, what);
    Some((failure.hint(format!("import it under another name, such as `my_{alias}`")), import.at + 3))
}

fn placed(sources: &Sources, file: &str, tokens: &Tokens, mut failure: Failure, at: usize) -> Failure {
    let place = tokens.get(at).map_or((1, 1), |token| (token.line, token.col));
    failure.frames.push(sources.frame(file, place, ""));
    failure
}

/// A mistake in the text of `file`, in words for people.
pub fn explain(sources: &Sources, file: &str, error: &ParseErrorType, at: Position) -> Failure {
    let text = sources.get(file).unwrap_or_default();
    let tokens = Tokens::of(text);
    let read = wording::Read { tokens: &tokens, at: wording::index(&tokens, at) };
    let said = brackets::trouble(&tokens, error).unwrap_or_else(|| read.say(error, at));
    let mut failure = Failure::new(code::SCRIPT_SYNTAX, said.what);
    failure.causes.extend(said.cause);
    failure.hints.extend(said.hint);
    failure.frames.push(sources.frame(file, said.at.unwrap_or_else(|| read.place(at)), ""));
    failure
}

/// The forms of a word, one or the other.
pub fn forms(name: &str) -> Option<String> {
    let word = crate::primitives::word(name)?;
    let forms = word.forms.iter().map(|form| format!("`{}({})`", word.name, form.params.join(", ")));
    Some(forms.collect::<Vec<_>>().join(" or "))
}

#[cfg(test)]
mod tests;
