//! `gate`: waits for a person. The process may end meanwhile; resume is not consent.

use std::collections::BTreeSet;
use std::time::Duration;

use rhai::{EvalAltResult, Map, Module, NativeCallContext};
use runbook_model::record::{GateAnswered, GateOpened, Kind};
use runbook_model::{Body, Failure, Progress, Repeat, Value, code};
use runbook_run::clock::millis;
use runbook_run::run::Entered;
use runbook_run::{Halt, OpenStep, Retry};

use super::steer::{enter_of, key_of, refused};
use crate::bench::{Answer, Question, end};
use crate::frame::{Frame, fail};
use crate::options::Options;
use crate::pulse::End;
use crate::register::of_texts;
use crate::value::to_dynamic;
use crate::word::{Form, Opt, Touches, Word};

/// The word.
pub(super) const WORD: Word = Word {
    name: "gate",
    touches: Touches::Steers,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[
        Form { params: &["name: text", "text: text"], gives: "`#{by, at}`" },
        Form { params: &["name: text", "text: text", "options: map"], gives: "`#{by, at}`" },
    ],
    options: &[
        Opt { name: "ask", takes: "text", doc: "the question, where \"go on?\" does not say it" },
        Opt { name: "approvers", takes: "a list of user names", doc: "who may answer; anyone where it is left out" },
        Opt { name: "two_person", takes: "a boolean", doc: "two different people must approve" },
        Opt { name: "expires", takes: "a length of time", doc: "how long the gate stays open" },
        Opt { name: "key", takes: "text", doc: "tells gates of one name apart, as in a loop" },
    ],
    doc: r#"
        Waits for a person to say yes.

        At a terminal it asks; elsewhere the process ends with exit code 4, and `runbook approve RUN GATE` answers
        later, from anywhere. Resume is not consent: an unanswered gate is asked again.
        A runbook cannot approve itself.

        ```rhai
        gate("go on", "Everything so far can be undone. What follows cannot.");
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_texts(module, "gate", gate);
}

fn gate(ctx: &NativeCallContext, name: &str, text: &str, options: Map) -> Answer {
    let frame = Frame::of(ctx)?;
    let thrown = |failure: Failure| fail(ctx, &failure);
    let options = Options::new(&WORD, options).map_err(thrown)?;
    let item = options.raw("key").map(|key| key.to_string());
    let key = key_of(ctx, &frame, name, item.as_deref())?;
    let run = &frame.bench().run;
    let expires: Option<Duration> = options.duration("expires").map_err(thrown)?;
    let opened = GateOpened {
        key: key.clone(),
        text: frame.bench().mask.text(text).into_owned(),
        ask: options.text("ask").map_err(thrown)?,
        approvers: options.texts("approvers").map_err(thrown)?.unwrap_or_default(),
        people: if options.truth("two_person").map_err(thrown)?.unwrap_or(false) { 2 } else { 1 },
        expires: expires.map(|length| run.clock().now() + millis(length)),
    };
    let enter = enter_of(ctx, &frame, Kind::Gate, key.clone());
    match run.enter(enter).map_err(|refusal| refused(ctx, refusal))? {
        Entered::Known(value) => Ok(to_dynamic(&value)),
        Entered::Failed(failure) => Err(fail(ctx, &failure)),
        Entered::Open(open) => {
            let opened = match run.past(&key).and_then(|past| past.gate).map(|gate| *gate) {
                Some(before) => before,
                None => {
                    run.ledger.write(Body::GateOpened(opened.clone())).map_err(|failure| store(ctx, failure))?;
                    opened
                }
            };
            stand(ctx, &frame, open, &opened)
        }
        Entered::Doubt(_) | Entered::Container(_) => {
            Err(end(ctx, End::Halt(Halt::Bug("a gate entered as something else".into()))))
        }
    }
}

/// Stands at the gate until it is answered, or the process may end.
fn stand(ctx: &NativeCallContext, frame: &Frame, open: OpenStep, gate: &GateOpened) -> Answer {
    let bench = frame.bench();
    let run = &bench.run;
    loop {
        match answer(frame, gate) {
            Some(Ok(value)) => {
                let given = to_dynamic(&value);
                open.done(value).map_err(|halt| end(ctx, End::Halt(halt)))?;
                return Ok(given);
            }
            Some(Err(failure)) => {
                open.failed(run, failure.clone(), &Retry::default()).map_err(|halt| end(ctx, End::Halt(halt)))?;
                return Err(fail(ctx, &failure));
            }
            None => {}
        }
        let said = match &bench.yes {
            Some(note) if may_answer(gate, &bench.who) && !has_answered(frame, gate, &bench.who) => {
                Some((true, note.clone()))
            }
            _ => ask(frame, gate),
        };
        let Some((yes, note)) = said else {
            if answer(frame, gate).is_some() {
                continue;
            }
            let halt = run.stop.halted().unwrap_or_else(|| Halt::Gate(gate.key.clone()));
            return Err(end(ctx, End::Halt(halt)));
        };
        let answered = GateAnswered { key: gate.key.clone(), who: bench.who.clone(), yes, note };
        run.ledger.write(Body::GateAnswered(answered)).map_err(|failure| store(ctx, failure))?;
    }
}

/// Asks whoever sits at the terminal; nothing where nobody does, where they may not answer, or where an answer came
/// from elsewhere meanwhile.
fn ask(frame: &Frame, gate: &GateOpened) -> Option<(bool, String)> {
    let bench = frame.bench();
    let ask = bench.ask.as_ref()?;
    let run = &bench.run;
    let may = may_answer(gate, &bench.who) && !has_answered(frame, gate, &bench.who);
    run.ledger.progress(Progress::Waiting { key: gate.key.clone(), why: "a person".into(), until: gate.expires });
    let over = || run.stop.halted().is_some() || answer(frame, gate).is_some();
    let question = Question { key: &gate.key, ask: gate.ask.as_deref(), may_answer: may };
    ask(&question, &over).map(|yes| (yes, String::new()))
}

/// What the answers so far amount to.
fn answer(frame: &Frame, gate: &GateOpened) -> Option<Result<Value, Failure>> {
    let run = &frame.bench().run;
    let past = run.past(&gate.key)?;
    if let Some(no) = past.answers.iter().find(|answer| !answer.yes) {
        let mut failure = Failure::new(code::GATE_DENIED, format!("{} said no at gate `{}`", no.who, gate.key));
        if !no.note.is_empty() {
            failure = failure.because(&no.note);
        }
        failure.step = Some(gate.key.clone());
        return Some(Err(failure));
    }
    let by: BTreeSet<&str> = past.answers.iter().map(|answer| answer.who.as_str()).collect();
    if by.len() >= gate.people as usize {
        let by = by.into_iter().map(Value::from).collect();
        return Some(Ok(Value::from([("by", Value::List(by)), ("at", Value::Int(run.clock().now() / 1000))])));
    }
    if gate.expires.is_some_and(|expires| run.clock().now() >= expires) {
        let mut failure = Failure::new(code::GATE_EXPIRED, format!("nobody answered at gate `{}` in time", gate.key));
        failure.step = Some(gate.key.clone());
        return Some(Err(failure));
    }
    None
}

fn has_answered(frame: &Frame, gate: &GateOpened, who: &str) -> bool {
    frame.bench().run.past(&gate.key).is_some_and(|past| past.answers.iter().any(|answer| answer.who == who))
}

/// Whether `who`, `user@host`, may answer `gate`.
pub fn may_answer(gate: &GateOpened, who: &str) -> bool {
    let user = who.split('@').next().unwrap_or(who);
    gate.approvers.is_empty() || gate.approvers.iter().any(|one| one == user || one == who)
}

fn store(ctx: &NativeCallContext, failure: Failure) -> Box<EvalAltResult> {
    end(ctx, End::Halt(Halt::Store(Box::new(failure))))
}
