//! `undo` and `point_of_no_return`: a compensation of its own, and where undo needs a word from a person.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use rhai::{Dynamic, FnPtr, FuncRegistration, GlobalRuntimeState, Module, NativeCallContext, Position};
use runbook_model::record::Kind;
use runbook_model::{Key, Repeat, Value};
use runbook_run::run::Entered;
use runbook_run::{Halt, Mode};

use super::steer::{enter_of, key_of, refused};
use crate::bench::{Answer, end};
use crate::frame::Frame;
use crate::privacy;
use crate::pulse::End;
use crate::word::{Form, Touches, Word};

/// The word `undo`.
pub(super) const WORD: Word = Word {
    name: "undo",
    touches: Touches::Steers,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["name: text", "body: closure"], gives: "nothing" }],
    options: &[],
    doc: r#"
        Puts up a compensation of its own: when the run is undone, its turn comes where it stands.

        ```rhai
        undo("tell the others", || local::run("echo the move was undone"));
        ```"#,
    register,
};

/// The word `point_of_no_return`.
pub(super) const POINT: Word = Word {
    name: "point_of_no_return",
    touches: Touches::Steers,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["why: text"], gives: "nothing" }],
    options: &[],
    doc: r#"
        Marks a point behind which undo goes only with an explicit word from a person.

        ```rhai
        point_of_no_return("the old network is gone");
        ```"#,
    register: register_point,
};

fn register(module: &mut Module) {
    FuncRegistration::new("undo")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, name: &str, body: FnPtr| undo(&ctx, name, &body));
}

fn register_point(module: &mut Module) {
    FuncRegistration::new("point_of_no_return")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, why: &str| point(&ctx, why));
}

fn undo(ctx: &NativeCallContext, name: &str, body: &FnPtr) -> Answer {
    let frame = Frame::of(ctx)?;
    let key = key_of(ctx, &frame, name, None)?;
    if frame.bench().run.options.mode == Mode::Rebuild {
        frame.bench().undoings.put_up(ctx, &key, body);
    }
    mark(ctx, &frame, Kind::Undo, key, None)
}

fn point(ctx: &NativeCallContext, why: &str) -> Answer {
    /// As much of the reason as a key should hold.
    const CHARS: usize = 60;
    let frame = Frame::of(ctx)?;
    let short: String = why.chars().take(CHARS).collect();
    let key = key_of(ctx, &frame, "point of no return", Some(&short))?;
    mark(ctx, &frame, Kind::Point, key, Some(why.to_owned()))
}

/// Writes down that the run came here.
fn mark(ctx: &NativeCallContext, frame: &Frame, kind: Kind, key: Key, why: Option<String>) -> Answer {
    let mut enter = enter_of(ctx, frame, kind, key);
    enter.why = why;
    match frame.bench().run.enter(enter).map_err(|refusal| refused(ctx, refusal))? {
        Entered::Known(_) => {}
        Entered::Open(open) => open.done(Value::Unit).map_err(|halt| end(ctx, End::Halt(halt)))?,
        Entered::Failed(_) | Entered::Doubt(_) | Entered::Container(_) => {
            return Err(end(ctx, End::Halt(Halt::Bug("a mark entered as something else".into()))));
        }
    }
    Ok(Dynamic::UNIT)
}

/// The undo closures that a replay has put up.
#[derive(Default)]
pub struct Undoings(Mutex<HashMap<Key, Undoing>>);

/// A closure and what it needs to be called later.
#[derive(Clone)]
pub struct Undoing {
    /// The closure, with private copies of what it captured.
    pub body: FnPtr,
    /// The imports and functions it may use.
    pub state: GlobalRuntimeState,
    /// The file it stands in.
    pub source: Option<String>,
    /// Where its step was called.
    pub at: Position,
}

impl Undoings {
    /// Puts up the undo of `key`.
    pub(crate) fn put_up(&self, ctx: &NativeCallContext, key: &Key, body: &FnPtr) {
        let mut private = body.clone();
        private.set_curry(body.iter_curry().map(|value| privacy::copy(value, 0).into_shared()).collect::<Vec<_>>());
        let undoing = Undoing {
            body: private,
            state: ctx.global_runtime_state().clone(),
            source: ctx.call_source().map(str::to_owned),
            at: ctx.call_position(),
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), undoing);
    }

    /// The undo of `key`.
    pub fn of(&self, key: &Key) -> Option<Undoing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }
}
