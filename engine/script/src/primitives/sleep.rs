//! `sleep`: a pause that a resume ends when it was to end.

use std::time::Duration;

use rhai::{Dynamic, FuncRegistration, Module, NativeCallContext};
use runbook_model::record::Kind;
use runbook_model::{Failure, Progress, Repeat, Value, code};
use runbook_run::Halt;
use runbook_run::clock::millis;
use runbook_run::run::Entered;

use super::steer::{enter_of, refused};
use crate::bench::{Answer, end, pause};
use crate::frame::{Frame, fail};
use crate::options::duration_of;
use crate::pulse::End;
use crate::word::{Form, Touches, Word};

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// The word.
pub(super) const WORD: Word = Word {
    name: "sleep",
    touches: Touches::Steers,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["how long: \"30s\" or seconds"], gives: "nothing" }],
    options: &[],
    doc: r#"
        Pauses. A resume pauses only for what was left; to wait for something, use `wait`.

        ```rhai
        sleep("10ms");
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("sleep")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, length: Dynamic| sleep(&ctx, &length));
}

fn sleep(ctx: &NativeCallContext, length: &Dynamic) -> Answer {
    let frame = Frame::of(ctx)?;
    let Some(length) = duration_of(length).filter(|length| *length <= LONGEST) else {
        let what = format!("`sleep` takes a length of time like `\"30s\"`, not `{length}`");
        return Err(fail(ctx, &Failure::new(code::WORD_ARGUMENT, what)));
    };
    let run = &frame.bench().run;
    let key = run.counted(frame.key(), frame.scope(), "sleep");
    let began = run.past(&key).and_then(|past| past.until);
    let until = began.unwrap_or_else(|| run.clock().now() + millis(length));
    let mut enter = enter_of(ctx, &frame, Kind::Sleep, key.clone());
    enter.until = Some(until);
    match run.enter(enter).map_err(|refusal| refused(ctx, refusal))? {
        Entered::Known(_) => Ok(Dynamic::UNIT),
        Entered::Open(open) => {
            run.ledger.progress(Progress::Waiting { key, why: "asleep".into(), until: Some(until) });
            let mut wake = run.clock().moment() + run.clock().until(until, length);
            if let Some(deadline) = frame.deadline() {
                wake = wake.min(deadline);
            }
            pause(ctx, wake)?;
            if frame.is_late() {
                return Err(end(ctx, End::Deadline));
            }
            open.done(Value::Unit).map_err(|halt| end(ctx, End::Halt(halt)))?;
            Ok(Dynamic::UNIT)
        }
        Entered::Failed(_) | Entered::Doubt(_) | Entered::Container(_) => {
            Err(end(ctx, End::Halt(Halt::Bug("`sleep` entered as something else".into()))))
        }
    }
}
