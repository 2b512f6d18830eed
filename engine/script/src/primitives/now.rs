//! `now`: the time, the same on every resume.

use rhai::{Dynamic, FuncRegistration, Module, NativeCallContext};
use runbook_model::record::Kind;
use runbook_model::{Repeat, Value};
use runbook_run::Halt;
use runbook_run::run::Entered;

use super::steer::{enter_of, refused};
use crate::bench::{Answer, end};
use crate::frame::Frame;
use crate::pulse::End;
use crate::value::to_dynamic;
use crate::word::{Form, Touches, Word};

/// The word.
pub(super) const WORD: Word = Word {
    name: "now",
    touches: Touches::Steers,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &[], gives: "a whole number: seconds since 1970" }],
    options: &[],
    doc: r#"
        The time in seconds since 1970. It is recorded: a resume sees the time the first process saw.

        ```rhai
        let began = now();
        if now() < began { throw "the clock went back"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("now").with_volatility(true).set_into_module(module, |ctx: NativeCallContext| now(&ctx));
}

fn now(ctx: &NativeCallContext) -> Answer {
    let frame = Frame::of(ctx)?;
    let run = &frame.bench().run;
    let key = run.counted(frame.key(), frame.scope(), "now");
    match run.enter(enter_of(ctx, &frame, Kind::Now, key)).map_err(|refusal| refused(ctx, refusal))? {
        Entered::Known(value) => Ok(to_dynamic(&value)),
        Entered::Open(open) => {
            let seconds = run.clock().now() / 1000;
            open.done(Value::Int(seconds)).map_err(|halt| end(ctx, End::Halt(halt)))?;
            Ok(Dynamic::from_int(seconds))
        }
        Entered::Failed(_) | Entered::Doubt(_) | Entered::Container(_) => {
            Err(end(ctx, End::Halt(Halt::Bug("`now` entered as something else".into()))))
        }
    }
}
