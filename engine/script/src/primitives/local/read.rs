//! `local::read`: a command of this machine of which the author vouches that it only looks.

use rhai::{Dynamic, Map, Module, NativeCallContext};
use runbook_drivers::local;
use runbook_model::Repeat;

use super::{CWD, ENV, OK, STDIN, TIMEOUT, answer, parse};
use crate::bench::{Answer, allow, read as look};
use crate::register::of_value;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "local::read",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("local"),
    forms: &[
        Form { params: &["command: text or list of texts"], gives: "map" },
        Form { params: &["command: text or list of texts", "options: map"], gives: "map" },
    ],
    options: &[CWD, ENV, OK, STDIN, TIMEOUT],
    doc: r#"
        Runs a command that only looks, and gives `#{status, stdout, stderr}`.

        By this word the author vouches that the command changes nothing: it may be used outside a step, it is run
        again on every resume, and it is never in doubt. Otherwise it is like `local::run`.

        ```rhai
        let kernel = local::read(["uname", "-r"]).stdout.trim();
        let found = local::read("grep -q root /etc/passwd", #{ ok: [0, 1] });
        if found.status == 1 { say("this machine has no root"); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_value(module, "read", read);
}

fn read(ctx: &NativeCallContext, given: &Dynamic, map: Map) -> Answer {
    let (command, _) = parse(ctx, &WORD, given, map)?;
    allow(ctx, "local", "read", &command.program.to_string())?;
    let brief = format!("local::read {}", command.brief());
    look(ctx, &WORD, &brief, async { local::run(&command, |_, _| {}).await.map(answer) })
}
