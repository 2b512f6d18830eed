//! `say`, `warn`: a line for whoever watches the run.

use rhai::{Dynamic, FuncRegistration, Module, NativeCallContext};
use runbook_model::{Failure, Repeat, code};

use super::steer::refused;
use crate::bench::Answer;
use crate::frame::{Frame, fail};
use crate::word::{Form, Touches, Word};

/// The longest line a runbook may say, in bytes.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// The word `say`.
pub(super) const WORD: Word = Word {
    name: "say",
    touches: Touches::Steers,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["text: any value"], gives: "nothing" }],
    options: &[],
    doc: r#"
        Says a line to whoever watches the run. It is recorded, and a resume does not say it again.

        ```rhai
        say("three nodes to go");
        say(`two and two is ${2 + 2}`);
        ```"#,
    register: |module| register(module, "say", false),
};

/// The word `warn`.
pub(super) const WARN: Word = Word {
    name: "warn",
    touches: Touches::Steers,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["text: any value"], gives: "nothing" }],
    options: &[],
    doc: r#"
        Says a line as a warning. It is recorded, and a resume does not say it again.

        ```rhai
        warn("the backup is older than a day");
        ```"#,
    register: |module| register(module, "warn", true),
};

fn register(module: &mut Module, name: &'static str, warning: bool) {
    FuncRegistration::new(name)
        .with_volatility(true)
        .set_into_module(module, move |ctx: NativeCallContext, what: Dynamic| say(&ctx, &what.to_string(), warning));
}

/// Says `text` on behalf of the runbook.
pub(crate) fn say(ctx: &NativeCallContext, text: &str, warning: bool) -> Answer {
    let frame = Frame::of(ctx)?;
    if text.len() > LINE_BYTES_MAX {
        let what = format!(
            "`{}` was given {} KiB of text, and takes {}",
            ctx.fn_name(),
            text.len() >> 10,
            LINE_BYTES_MAX >> 10
        );
        let failure =
            Failure::new(code::SCRIPT_LOUD, what).hint("write it to a file with `file::write` and say its path");
        return Err(fail(ctx, &failure));
    }
    let text = frame.bench().mask.text(text).into_owned();
    frame.bench().run.say(frame.key(), text, warning).map_err(|refusal| refused(ctx, refusal))?;
    Ok(Dynamic::UNIT)
}
