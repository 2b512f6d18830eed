//! `local::run`: a command of this machine that changes something.

use rhai::{Dynamic, EvalAltResult, Map, Module, NativeCallContext};
use runbook_drivers::local;
use runbook_model::{Failure, Repeat, code};

use super::{CWD, ENV, OK, STDIN, TIMEOUT, answer, parse};
use crate::bench::{Answer, Change, allow, change};
use crate::options::Options;
use crate::register::of_value;
use crate::thrown::throw;
use crate::value::to_value;
use crate::word::{Form, Opt, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "local::run",
    touches: Touches::Changes,
    repeat: Repeat::Ask,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("local"),
    forms: &[
        Form { params: &["command: text or list of texts"], gives: "map" },
        Form { params: &["command: text or list of texts", "options: map"], gives: "map" },
    ],
    options: &[
        CWD,
        ENV,
        OK,
        Opt {
            name: "repeat",
            takes: "`\"safe\"` or `\"ask\"`",
            doc: "`\"safe\"` vouches that running it twice is as running it once: then nobody is asked when in doubt",
        },
        STDIN,
        TIMEOUT,
    ],
    doc: r#"
        Runs a command on this machine and gives `#{status, stdout, stderr}`.

        A text is run by `sh -c`. A list is a program and its arguments, which no shell looks at: use it for anything
        that comes from an input. What the command prints is shown as it comes, up to 16 MiB are kept of each channel.

        An exit status that is not in `ok` fails with `local.exit`, whose `status`, `stdout` and `stderr` a script that
        catches it can look at. The command gets no terminal: what it would ask must be given by arguments or `stdin`.

        The engine cannot see what a command did. Where a run was cut off in the middle of one, a person decides,
        unless `repeat: "safe"` says that it may run again. For commands that only look, use `local::read`.

        ```rhai
        step("greet", || {
            let done = local::run(["printf", "%s", "hello"]);
            if done.stdout != "hello" { throw `it said ${done.stdout}`; }
        });
        step("keep a copy", || local::run("date > began.txt", #{ timeout: "10s", repeat: "safe" }));
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_value(module, "run", run);
}

fn run(ctx: &NativeCallContext, given: &Dynamic, map: Map) -> Answer {
    let thrown = |failure: Failure| -> Box<EvalAltResult> { throw(&failure, ctx.call_position()) };
    let args = vec![to_value(given).map_err(thrown)?, to_value(&map.clone().into()).map_err(thrown)?];
    let (command, options) = parse(ctx, &WORD, given, map)?;
    let repeat = repeat(&options).map_err(thrown)?;
    allow(ctx, "local", "run", &command.program.to_string())?;
    let brief = format!("local::run {}", command.brief());
    change(ctx, Change { word: &WORD, brief, args, repeat }, |sent| async move {
        local::run(&command, |line, error| sent.outlet.line(line, error)).await.map(answer)
    })
}

/// What the script vouches for, where it does.
fn repeat(options: &Options<'_>) -> Result<Option<Repeat>, Failure> {
    match options.text("repeat")?.as_deref() {
        None => Ok(None),
        Some("ask") => Ok(Some(Repeat::Ask)),
        Some("safe") => Ok(Some(Repeat::Safe)),
        Some(other) => {
            let what = format!("option `repeat` of `local::run` takes `\"safe\"` or `\"ask\"`, not `{other}`");
            Err(Failure::new(code::WORD_OPTION, what))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_script_can_vouch_that_a_command_may_run_twice() {
        let given = |text: &str| {
            let map: Map = [("repeat".into(), text.into())].into();
            Options::new(&WORD, map).and_then(|options| repeat(&options))
        };
        assert_eq!(repeat(&Options::none(&WORD)), Ok(None));
        assert_eq!(given("safe"), Ok(Some(Repeat::Safe)));
        assert_eq!(given("often").unwrap_err().code, code::WORD_OPTION);
    }
}
