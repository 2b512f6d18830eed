//! `fail`: ends the step, and with it the run unless something catches it.

use rhai::{Dynamic, Map, Module, NativeCallContext};
use runbook_model::{Failure, Repeat, code};

use crate::bench::Answer;
use crate::frame;
use crate::options::Options;
use crate::register::of_text;
use crate::word::{Form, Opt, Touches, Word};

/// The word.
pub(super) const WORD: Word = Word {
    name: "fail",
    touches: Touches::Steers,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[
        Form { params: &["what: text"], gives: "never" },
        Form { params: &["what: text", "options: map"], gives: "never" },
    ],
    options: &[
        Opt { name: "code", takes: "text", doc: "a stable name of your own, by which a `catch` can tell it" },
        Opt { name: "hint", takes: "text or a list of texts", doc: "what to do next" },
        Opt {
            name: "retryable",
            takes: "a boolean",
            doc: "whether the step's `retry` applies; `false` where it is left out",
        },
    ],
    doc: r#"
        Fails, with a reason people can act on. It is not tried again unless you say `retryable: true`.

        ```rhai
        let tried = attempt(|| fail("the disk is full", #{ code: "disk.full", hint: "remove old archives" }));
        if tried.error.code != "disk.full" { throw tried; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "fail", fail);
}

fn fail(ctx: &NativeCallContext, what: &str, options: Map) -> Answer {
    let failure = failure(what, options).unwrap_or_else(|mistake| mistake);
    Err::<Dynamic, _>(frame::fail(ctx, &failure))
}

fn failure(what: &str, options: Map) -> Result<Failure, Failure> {
    let options = Options::new(&WORD, options)?;
    let mut failure = Failure::new(options.text("code")?.unwrap_or_else(|| code::SCRIPT_THROWN.to_owned()), what);
    failure.hints = options.texts("hint")?.unwrap_or_default();
    failure.retryable = options.truth("retryable")?.unwrap_or(false);
    Ok(failure)
}
