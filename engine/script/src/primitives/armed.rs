//! `armed`: changes of a machine that it takes back by itself unless the run confirms them.

use std::sync::Arc;
use std::time::Duration;

use rhai::{Dynamic, EvalAltResult, FnPtr, FuncRegistration, Map, Module, NativeCallContext};
use runbook_drivers::ssh::Remote;
use runbook_drivers::ssh::armed::{Plan, State};
use runbook_model::call::Verdict;
use runbook_model::record::Kind;
use runbook_model::{Failure, Progress, Repeat, Value, code};
use runbook_run::Mode;
use runbook_run::step::PastCall;

use super::phase::contain;
use super::ssh::doubt;
use super::ssh::run::token;
use super::steer::{Ended, ended, enter_of, key_of};
use super::step;
use crate::bench::{Answer, Bench, Change, Ready, ahead, allow, change_prepared};
use crate::frame::{Frame, call, fail, within};
use crate::options::{Options, TIME};
use crate::site::{Found, Wanted};
use crate::word::{Doing, Form, Opt, Sight, Touches, Word};

/// How long a machine waits where nothing is said.
const WITHIN: Duration = Duration::from_secs(180);
/// How long a machine may take to put back.
const FIRING_MAX: Duration = Duration::from_secs(300);
/// How long is waited between two tries to confirm.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The word.
pub(crate) const WORD: Word = Word {
    name: "armed",
    touches: Touches::Steers,
    repeat: Repeat::Probed,
    undone_by: None,
    put_back: Some(put_back),
    look: Some(look),
    needs: Some("ssh"),
    forms: &[Form { params: &["machine: text or map", "options: map", "body: closure"], gives: "what the body gives" }],
    options: &[
        Opt {
            name: "files",
            takes: "a list of texts",
            doc: "what the machine keeps and puts back: paths from `/`, with `*` within a name and `**` across them",
        },
        Opt { name: "key", takes: "text", doc: "tells two for one machine apart: the key becomes `armed[key]`" },
        Opt {
            name: "units",
            takes: "a list of texts",
            doc: "the units that it restarts then, where they ran when it was armed: `\"k3s*\"`",
        },
        Opt { name: "within", takes: TIME, doc: "how long the machine waits; three minutes where it is left out" },
    ],
    doc: r#"
        Changes of a machine that it takes back by itself unless the run confirms them: for what may cut you off.

        The machine keeps the files and starts a clock, by its systemd or a shell of its own. Then the body is run. When
        it is done, the run confirms through a new connection, which proves that the machine can still be reached. Where
        that does not come in time, the machine puts the files back, removes what has come since under the same patterns,
        and restarts the units.

        A run that is killed or fails in the body leaves the clock running. A resume first asks the machine: where it
        still waits, the body goes on; where it has fired, the run fails with `ssh.armed`, which says what was put back.
        Then run it again from its beginning with `--redo`, or undo the run; an undo has a machine that still waits put
        back at once. Put into the body only what the files and units stand for: nothing else is taken back. It needs
        leave for both, `ssh = ["write FILES", "service UNITS"]`.

        ```rhai
        step("make room", || { ssh::mkdir("m0", "/tmp/runbook-example.d"); });
        armed("m0", #{ files: ["/tmp/runbook-example.d/**"], within: "2m" }, || {
            step("switch", || ssh::write("m0", "/tmp/runbook-example.d/net.conf", "new = 1\n"));
            check("it is there", || ssh::exists("m0", "/tmp/runbook-example.d/net.conf"));
        });
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("armed")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, machine: Dynamic, options: Map, body: FnPtr| {
            armed(&ctx, &machine, options, &body)
        });
}

type Thrown = Box<EvalAltResult>;

fn armed(ctx: &NativeCallContext, machine: &Dynamic, options: Map, body: &FnPtr) -> Answer {
    let frame = Frame::of(ctx)?;
    let hands = &frame.bench().hands;
    let thrown = |failure: Failure| fail(ctx, &failure);
    let found = Wanted::read(&WORD, machine).and_then(|wanted| hands.machine(&wanted)).map_err(thrown)?;
    let options = Options::new(&WORD, options).map_err(thrown)?;
    let arm = told(&options).map_err(thrown)?;
    for files in &arm.files {
        allow(ctx, "ssh", "write", files)?;
    }
    for unit in &arm.units {
        allow(ctx, "ssh", "service", unit.strip_suffix(".service").unwrap_or(unit))?;
    }
    let name = options.raw("key").map_or_else(|| found.machine.name.clone(), |key| key.to_string());
    let key = key_of(ctx, &frame, "armed", Some(&name))?;
    let enter = enter_of(ctx, &frame, Kind::Phase, key);
    let inside = |inner: Frame| {
        let (token, known) = begin(ctx, &inner, &found, &arm)?;
        if known {
            still(ctx, &inner, &found, &token)?;
        }
        let given = call(ctx, inner.clone(), body, Vec::new(), false).map_err(|error| {
            let failure = match ended(&inner, &error) {
                Ended::Failure(failure) => failure,
                Ended::End(_) => return error,
            };
            let machine = &found.machine.name;
            let told = format!("`{machine}` puts back what it kept unless the run goes on and confirms in time");
            fail(ctx, &failure.because(told))
        })?;
        confirm(ctx, &inner, &found, &token, arm.within)?;
        Ok(given)
    };
    contain(ctx, &frame, enter, inside, |given| {
        super::steer::kept(&frame, given).map_err(|failure| fail(ctx, &failure))
    })
}

fn told(options: &Options<'_>) -> Result<Plan, Failure> {
    let arm = Plan {
        files: options.texts("files")?.unwrap_or_default(),
        units: options.texts("units")?.unwrap_or_default(),
        within: options.duration("within")?.unwrap_or(WITHIN),
    };
    if arm.files.is_empty() {
        let failure = Failure::new(code::WORD_OPTION, "`armed` is not told which files the machine is to put back");
        return Err(failure.hint("name them, like `files: [\"/etc/cni/net.d/**\"]`"));
    }
    Ok(arm)
}

/// What is written down of a call, by which it is looked at and put back.
fn proof(what: &str, token: &str, found: &Found) -> Value {
    Value::from([("what", Value::from(what)), ("token", Value::from(token)), ("machine", found.mark())])
}

/// The step that arms the machine; gives its token, and whether it was armed before this evaluation.
fn begin(ctx: &NativeCallContext, frame: &Frame, found: &Found, arm: &Plan) -> Result<(String, bool), Thrown> {
    let bench = frame.bench();
    let key = frame.key().child("arm", None);
    let past = bench.run.past(&key);
    let known = past.as_ref().is_some_and(|past| past.status.is_settled() && past.failure.is_none());
    // One that is armed anew must not have an older clock running.
    let old: Vec<String> =
        past.iter().flat_map(|past| &past.calls).filter_map(|call| token_in(call.proof.as_ref()).ok()).collect();
    let remote = bench.hands.remote(&found.machine);
    let line = format!("arm {} for {}s: {}", found.machine.name, arm.within.as_secs(), arm.files.join(" "));
    let given = step::own(ctx, frame, enter_of(ctx, frame, Kind::Step, key), &|open| {
        within(ctx, open, |ctx| {
            let token = token(ctx)?;
            let texts = |texts: &[String]| Value::List(texts.iter().map(|text| Value::from(text.as_str())).collect());
            let within = Value::Int(i64::try_from(arm.within.as_secs()).unwrap_or(i64::MAX));
            let args = vec![Value::from("arm"), texts(&arm.files), texts(&arm.units), within];
            let proof = proof("arm", &token, found);
            let ready = Ready { before: Some(proof.clone()), proof: Some(proof) };
            let change = Change { word: &WORD, brief: line.clone(), args, repeat: None };
            change_prepared(ctx, change, async { Ok(ready) }, |sent| {
                let (remote, arm, old, frame) = (remote.clone(), arm.clone(), old.clone(), frame.clone());
                async move {
                    let token = token_in(sent.proof.as_ref())?;
                    for old in old.iter().filter(|old| **old != token) {
                        if matches!(remote.look_armed(old).await?, State::Armed { .. } | State::Unguarded { .. }) {
                            remote.fire(old, FIRING_MAX).await?;
                        }
                    }
                    match remote.arm(&token, &arm).await? {
                        State::Armed { .. } => Ok(Value::Text(token)),
                        // A slow machine may be past its time when it has told how it stands.
                        late @ (State::Firing { .. } | State::Fired(_)) => {
                            Err(over(&late, &remote.machine().name, &frame))
                        }
                        other => Err(Failure::new(code::SSH_ARMED, brief(&other, &remote.machine().name))),
                    }
                }
            })
        })
    })?;
    Ok((given.to_string(), known))
}

/// Asks a machine that was armed earlier whether it still waits.
fn still(ctx: &NativeCallContext, frame: &Frame, found: &Found, token: &str) -> Result<(), Thrown> {
    let bench = frame.bench();
    if bench.run.options.mode != Mode::Live {
        return Ok(());
    }
    let machine = &found.machine.name;
    let remote = bench.hands.remote(&found.machine);
    let state = ahead(ctx, settled(&remote, token))?;
    let brief = brief(&state, machine);
    bench.run.ledger.progress(Progress::Reading { key: frame.key().clone(), brief });
    match state {
        State::Armed { .. } | State::Confirmed { .. } => Ok(()),
        State::Nothing | State::Unguarded { .. } | State::Firing { .. } | State::Fired(_) => {
            Err(fail(ctx, &over(&state, machine, frame)))
        }
    }
}

/// How it stands; one that is putting back is waited for.
async fn settled(remote: &Remote, token: &str) -> Result<State, Failure> {
    match remote.look_armed(token).await? {
        State::Firing { .. } => remote.fire(token, FIRING_MAX).await,
        state => Ok(state),
    }
}

/// How it stands, in one line for people.
fn brief(state: &State, machine: &str) -> String {
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    match state {
        State::Nothing => format!("nothing is armed on `{machine}` under this name"),
        State::Armed { left, .. } => format!("`{machine}` is armed, and waits {}s more", (*left).max(0)),
        State::Unguarded { why, begun: false } => format!("`{machine}` puts nothing back by itself any more: {why}"),
        State::Unguarded { why, begun: true } => format!("`{machine}` was cut off while it put back: {why}"),
        State::Confirmed { .. } => format!("`{machine}` was confirmed"),
        State::Firing { .. } => format!("`{machine}` is putting back what it kept"),
        State::Fired(note) => {
            let back = count(note.restored.len() + note.removed.len(), "file");
            format!("`{machine}` has put back {back} and restarted {}", count(note.restarted.len(), "unit"))
        }
    }
}

/// The failure of a body that cannot be gone on with.
fn over(state: &State, machine: &str, frame: &Frame) -> Failure {
    let key = frame.key();
    let mut failure = Failure::new(code::SSH_ARMED, format!("`{machine}` was not confirmed in time"));
    failure = failure.because(brief(state, machine));
    if let State::Fired(note) = state {
        failure = note.trouble.iter().fold(failure, Failure::because);
    }
    failure.data = Some(state.to_value());
    failure
        .hint(format!(
            "run it again from its beginning: add `--redo '{key}'` to the resume, with more time in `within`"
        ))
        .hint(format!("or take the run back with `runbook undo {}`", frame.bench().run.name))
}

/// The step that confirms, through a connection of its own.
fn confirm(
    ctx: &NativeCallContext,
    frame: &Frame,
    found: &Found,
    token: &str,
    patience: Duration,
) -> Result<(), Thrown> {
    let key = frame.key().child("confirm", None);
    let remote = frame.bench().hands.remote(&found.machine);
    let line = format!("confirm {}", found.machine.name);
    let _nothing = step::own(ctx, frame, enter_of(ctx, frame, Kind::Step, key), &|open| {
        within(ctx, open, |ctx| {
            let args = vec![Value::from("confirm"), Value::from(token)];
            let proof = proof("confirm", token, found);
            let ready = Ready { before: Some(proof.clone()), proof: Some(proof) };
            let change = Change { word: &WORD, brief: line.clone(), args, repeat: None };
            let (remote, token, frame) = (remote.clone(), token.to_owned(), frame.clone());
            change_prepared(ctx, change, async { Ok(ready) }, |_| async move {
                match confirmed(&remote, &token, patience).await {
                    Err(failure) if failure.code == code::SSH_ARMED => {
                        Err(over(&settled(&remote, &token).await?, &remote.machine().name, &frame))
                    }
                    ended => ended.map(|()| Value::Unit),
                }
            })
        })
    })?;
    Ok(())
}

/// Confirms; a machine that is hard to reach just now is tried again for as long as it may wait.
async fn confirmed(remote: &Remote, token: &str, patience: Duration) -> Result<(), Failure> {
    let clock = remote.clock();
    let until = clock.now() + patience;
    loop {
        match remote.confirm(token).await {
            Err(failure) if failure.retryable && clock.now() + AGAIN_AFTER < until => {
                clock.sleep(AGAIN_AFTER).await;
            }
            ended => return ended,
        }
    }
}

fn token_in(proof: Option<&Value>) -> Result<String, Failure> {
    let token = proof.and_then(|proof| proof.get("token")).and_then(Value::as_text);
    token.map(str::to_owned).ok_or_else(|| Failure::new(code::RUN_BUG, "an armed machine has no token"))
}

async fn state(bench: &Bench, proof: &Value) -> Result<(Remote, String, State), Failure> {
    let remote = bench.hands.remote_of(proof.get("machine"))?;
    let token = token_in(Some(proof))?;
    let state = settled(&remote, &token).await?;
    Ok((remote, token, state))
}

/// Whether the machine was armed, or confirmed.
fn look(bench: Arc<Bench>, call: PastCall) -> Doing<Sight> {
    doubt::seen(async move {
        let proof = call.proof.unwrap_or_default();
        let (remote, token, state) = state(&bench, &proof).await?;
        let arming = proof.get("what").and_then(Value::as_text) == Some("arm");
        let verdict = match (&state, arming) {
            (State::Nothing, _) => Verdict::NotDone,
            (State::Confirmed { .. }, false) => Verdict::Done { value: Value::Unit },
            (_, false) => Verdict::NotDone,
            (_, true) => Verdict::Done { value: Value::Text(token) },
        };
        Ok(Sight { verdict, evidence: brief(&state, &remote.machine().name) })
    })
}

/// Has a machine that still waits put back at once what it kept.
fn put_back(bench: Arc<Bench>, before: Value, _written: Option<Value>) -> Doing<Result<(), Failure>> {
    Box::pin(async move {
        if before.get("what").and_then(Value::as_text) != Some("arm") {
            return Ok(());
        }
        let (remote, token, state) = state(&bench, &before).await?;
        match state {
            State::Armed { .. } | State::Unguarded { .. } | State::Firing { .. } => {
                remote.fire(&token, FIRING_MAX).await.map(|_| ())
            }
            State::Nothing | State::Confirmed { .. } | State::Fired(_) => Ok(()),
        }
    })
}
