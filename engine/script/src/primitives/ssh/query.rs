//! `ssh::query`: a command of a machine that only looks.

use std::time::Duration;

use rhai::{Dynamic, Map, Module, NativeCallContext};
use runbook_drivers::local::Program;
use runbook_model::{Failure, Repeat, Value, code};

use super::{Called, no_secret};
use crate::bench::{Answer, allow};
use crate::primitives::local::{ok, program};
use crate::primitives::text::quote::line_of;
use crate::register::of_values;
use crate::word::{Form, Opt, Touches, Word};

/// How long it may take where nothing is said.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The word.
pub(crate) const WORD: Word = Word {
    name: "ssh::query",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("ssh"),
    forms: &[
        Form { params: &["machine: text or map", "command: text or list of texts"], gives: "map" },
        Form { params: &["machine: text or map", "command: text or list of texts", "options: map"], gives: "map" },
    ],
    options: &[
        crate::primitives::local::OK,
        Opt {
            name: "timeout",
            takes: "a length of time",
            doc: "after this it is given up; one minute where it is left out",
        },
    ],
    doc: r#"
        Runs a command on a machine that only looks, and gives `#{status, stdout, stderr}`.

        It may stand anywhere, also in a `check` or a `wait`, costs one round trip, and is run again on every resume. That
        it changes nothing is for the author to see to: what changes something is for `ssh::run`.
        A text is for the machine's `sh`; a list is a program and its arguments. It needs leave, `ssh = ["run COMMAND"]`.

        ```rhai
        let kernel = ssh::query("m0", "uname -r").stdout.trim();
        check("the kernel has a number", || kernel.contains("."));
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_values(module, "query", query);
}

fn query(ctx: &NativeCallContext, machine: &Dynamic, given: &Dynamic, map: Map) -> Answer {
    let called = Called::new(ctx, &WORD, machine, std::slice::from_ref(given), map)?;
    let read = program(&WORD, given).and_then(|program| {
        let limit = called.options.duration("timeout")?.unwrap_or(TIMEOUT);
        Ok((program, limit, ok(&WORD, &called.options)?))
    });
    let (program, limit, ok) = read.map_err(|failure| called.thrown(&failure))?;
    no_secret(ctx, &WORD, &program)?;
    allow(ctx, "ssh", "run", &program.to_string())?;
    let script = match &program {
        Program::Shell(text) => Ok(text.clone()),
        Program::Words(words) => line_of(words),
    };
    let script = script.map_err(|failure| called.thrown(&failure))?;
    let name = called.found.machine.name.clone();
    let brief = runbook_drivers::local::Command::new(program).brief();
    called.read(&brief.clone(), |remote| async move {
        let answer = remote.ask(&script, false, limit).await?;
        let stderr = String::from_utf8_lossy(&answer.stderr).into_owned();
        let accepted = if ok.is_empty() { answer.status == 0 } else { ok.contains(&answer.status) };
        if accepted {
            return Ok(value(answer.status, &answer.text(), &stderr));
        }
        let what = format!("`{brief}` ended with status {} on `{name}`", answer.status);
        let mut failure = Failure::new(code::SSH_EXIT, what).retryable();
        if let Some(last) = stderr.lines().rev().find(|line| !line.trim().is_empty()) {
            failure = failure.because(last.trim());
        }
        failure.data = Some(value(answer.status, &answer.text(), &stderr));
        Err(failure)
    })
}

fn value(status: i32, stdout: &str, stderr: &str) -> Value {
    Value::from([
        ("status", Value::Int(status.into())),
        ("stdout", Value::from(stdout)),
        ("stderr", Value::from(stderr)),
    ])
}
