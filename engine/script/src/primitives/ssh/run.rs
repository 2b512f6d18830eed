//! `ssh::run`: a command of a machine that changes something, run once whatever happens.

use std::sync::Arc;

use rhai::{Dynamic, EvalAltResult, Map, Module, NativeCallContext};
use runbook_drivers::ssh::run::{Command, Finished, Look};
use runbook_model::call::Verdict;
use runbook_model::{Failure, Repeat, Value, code};
use runbook_run::step::PastCall;

use super::{Called, doubt, marked, no_secret};
use crate::bench::{Answer, Bench, Change, Ready, allow, change_prepared};
use crate::frame::Frame;
use crate::hands::AWAY;
use crate::options::Options;
use crate::primitives::local::{self, ENV, OK, STDIN};
use crate::primitives::{digest, local::program};
use crate::register::of_values;
use crate::word::{Doing, Form, Opt, Sight, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "ssh::run",
    touches: Touches::Changes,
    repeat: Repeat::Probed,
    undone_by: None,
    put_back: None,
    look: Some(look),
    needs: Some("ssh"),
    forms: &[
        Form { params: &["machine: text or map", "command: text or list of texts"], gives: "map" },
        Form { params: &["machine: text or map", "command: text or list of texts", "options: map"], gives: "map" },
    ],
    options: &[
        Opt { name: "cwd", takes: "a folder", doc: "where it runs; `\"/\"` where it is left out" },
        ENV,
        OK,
        Opt {
            name: "patience",
            takes: "a length of time",
            doc: "how long a lost connection is made again; two minutes where it is left out",
        },
        Opt {
            name: "repeat",
            takes: "`\"safe\"`",
            doc: "vouches that running it twice is as running it once: then nobody is asked when it was cut off",
        },
        STDIN,
        Opt {
            name: "timeout",
            takes: "a length of time",
            doc: "after this the machine itself ends it, with all it started, connected or not",
        },
        Opt {
            name: "user",
            takes: "text",
            doc: "whom it runs as, where the machine is reached as root or with `sudo`",
        },
    ],
    doc: r#"
        Runs a command on a machine exactly once, and gives `#{status, stdout, stderr}`.

        The command is detached from every connection: one that is lost is made again, and its output goes on where it was
        heard. A run that is killed finds the command again when it is resumed, still running or ended, and never starts
        it twice. One that was cut off, as by a reboot of the machine, is told from one that never began, and a person
        decides.

        A text is for the machine's `sh`. A list is a program and its arguments, which no shell looks at: use it for
        anything that comes from an input. What it prints is shown as it comes, up to 16 MiB are kept of each channel. An
        exit status that is not in `ok` fails with `ssh.exit`. A secret goes by `env` or `stdin`: a command that holds one
        is refused. What only looks is for `ssh::query`. It needs leave, `ssh = ["run COMMAND"]`.

        ```rhai
        let done = step("greet", || ssh::run("m0", ["printf", "%s", "hello"], #{ timeout: "30s" }));
        if done.stdout != "hello" { throw `it said ${done.stdout}`; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_values(module, "run", run);
}

fn run(ctx: &NativeCallContext, machine: &Dynamic, given: &Dynamic, map: Map) -> Answer {
    let called = Called::new(ctx, &WORD, machine, std::slice::from_ref(given), map)?;
    let read = command(given, &called.options).and_then(|command| {
        let patience = called.options.duration("patience")?.unwrap_or(AWAY);
        Ok((command, patience, repeat(&called.options)?))
    });
    let (mut command, patience, repeat) = read.map_err(|failure| called.thrown(&failure))?;
    no_secret(ctx, &WORD, &command.program)?;
    allow(ctx, "ssh", "run", &command.program.to_string())?;
    // What the step may no longer wait for, the machine ends.
    let left = Frame::of(ctx)?.left();
    command.timeout = [command.timeout, left].into_iter().flatten().min();
    let brief = called.brief(&command.brief());
    let ok = command.ok.iter().map(|status| Value::Int((*status).into())).collect();
    let proof = Value::from([("token", Value::Text(token(ctx)?)), ("ok", Value::List(ok))]);
    let proof = marked(proof, called.found.mark());
    let Called { remote, args, .. } = called;
    let prepare = async { Ok(Ready { before: None, proof: Some(proof) }) };
    change_prepared(ctx, Change { word: &WORD, brief, args, repeat }, prepare, |sent| async move {
        let token = sent.proof.as_ref().and_then(token_of).map(str::to_owned);
        let token = token.ok_or_else(|| Failure::new(code::RUN_BUG, "a command of a machine has no token"))?;
        let hear = |line: &str, error: bool| sent.outlet.line(line, error);
        remote.start_or_attach(&token, &command, patience, hear).await.map(|done| answer(&done))
    })
}

/// What the script vouches for, where it does.
fn repeat(options: &Options<'_>) -> Result<Option<Repeat>, Failure> {
    match options.text("repeat")?.as_deref() {
        None => Ok(None),
        Some("safe") => Ok(Some(Repeat::Safe)),
        Some(other) => {
            let what = format!("option `repeat` of `ssh::run` takes `\"safe\"`, not `{}`", other.escape_debug());
            Err(Failure::new(code::WORD_OPTION, what))
        }
    }
}

fn command(given: &Dynamic, options: &Options<'_>) -> Result<Command, Failure> {
    let mut command = Command::new(program(&WORD, given)?);
    command.cwd = options.text("cwd")?;
    command.env = options.table("env")?.unwrap_or_default();
    command.stdin = options.text("stdin")?.map(String::into_bytes);
    command.timeout = options.duration("timeout")?;
    command.user = options.text("user")?;
    command.ok = local::ok(&WORD, options)?;
    Ok(command)
}

/// The name of this very call on its machine. It is written down before it goes out, and a resume uses that one.
pub(in crate::primitives) fn token(ctx: &NativeCallContext) -> Result<String, Box<EvalAltResult>> {
    let frame = Frame::of(ctx)?;
    let run = &frame.bench().run;
    let nth = frame.calls().map_or(0, |calls| calls.next_nth());
    // A step has a call of one number again in its next attempt; the records go on between the two.
    let seq = run.ledger.look(|history| history.seq);
    Ok(format!("{}.{}.{nth}.{seq}", run.name, digest(frame.key().as_str().as_bytes())))
}

/// The token that is written down in a proof.
pub(crate) fn token_of(proof: &Value) -> Option<&str> {
    proof.get("token").and_then(Value::as_text)
}

fn answer(done: &Finished) -> Value {
    Value::from([
        ("status", Value::Int(done.status.into())),
        ("stdout", Value::from(done.stdout.as_str())),
        ("stderr", Value::from(done.stderr.as_str())),
    ])
}

fn look(bench: Arc<Bench>, call: PastCall) -> Doing<Sight> {
    doubt::seen(async move {
        let proof = call.proof.unwrap_or_default();
        let token = token_of(&proof).ok_or_else(|| Failure::new(code::RUN_BUG, "the call has no token"))?;
        let remote = bench.hands.remote_of(proof.get("machine"))?;
        let seen = remote.look(token).await?;
        Ok(judge(&remote.machine().name, &seen, proof.get("ok")))
    })
}

/// What the machine's word on a command amounts to.
fn judge(machine: &str, seen: &Look, ok: Option<&Value>) -> Sight {
    let accepts = |status: i32| match ok {
        Some(Value::List(ok)) if !ok.is_empty() => ok.contains(&Value::Int(status.into())),
        _ => status == 0,
    };
    let (verdict, evidence) = match seen {
        Look::Never => (Verdict::NotDone, format!("`{machine}` has never begun it")),
        Look::Running => (Verdict::Partly, format!("it still runs on `{machine}`, and is taken up again")),
        Look::Done(done) if accepts(done.status) => {
            let evidence = format!("it ended with status {} on `{machine}`", done.status);
            (Verdict::Done { value: answer(done) }, evidence)
        }
        Look::Done(done) => (Verdict::Partly, format!("it ended with status {} on `{machine}`", done.status)),
        Look::CutOff { evidence, .. } => (Verdict::Unknown, format!("it was cut off on `{machine}`: {evidence}")),
    };
    Sight { verdict, evidence }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_machine_knows_of_a_command_is_the_verdict() {
        let done = |status| Look::Done(Finished { status, ..Finished::default() });
        let verdict = |look: &Look, ok: &[i64]| {
            judge("n1", look, Some(&Value::List(ok.iter().map(|n| Value::Int(*n)).collect()))).verdict
        };
        assert_eq!(verdict(&Look::Never, &[]), Verdict::NotDone);
        assert_eq!(verdict(&Look::Running, &[]), Verdict::Partly);
        assert!(matches!(verdict(&done(0), &[]), Verdict::Done { .. }));
        assert!(matches!(verdict(&done(3), &[0, 3]), Verdict::Done { .. }));
        assert_eq!(verdict(&done(1), &[0, 3]), Verdict::Partly);
    }
}
