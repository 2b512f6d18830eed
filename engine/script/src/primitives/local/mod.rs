//! Words for commands of this machine. They run in the folder of the run's own files unless `cwd` says otherwise.

pub(super) mod read;
pub(super) mod run;

use std::path::PathBuf;

use rhai::{Dynamic, EvalAltResult, NativeCallContext};
use runbook_drivers::local::{Command, Finished, Program};
use runbook_model::{Failure, Value, code};

use super::file::own_folder;
use crate::frame::Frame;
use crate::options::Options;
use crate::thrown::throw;
use crate::value::type_in_words;
use crate::word::{Opt, Word};

const CWD: Opt = Opt {
    name: "cwd",
    takes: "a folder",
    doc: "where it runs; a relative one lies in the folder of the run's own files, which is also the default",
};
pub(super) const ENV: Opt =
    Opt { name: "env", takes: "a map of texts", doc: "what its environment has beside that of the engine" };
pub(super) const OK: Opt =
    Opt { name: "ok", takes: "a list of numbers", doc: "the exit statuses that count as done; the default is `[0]`" };
pub(super) const STDIN: Opt = Opt { name: "stdin", takes: "text", doc: "what it is given to read; nothing by default" };
const TIMEOUT: Opt =
    Opt { name: "timeout", takes: "a length of time", doc: "after this it is ended, with all it started" };

/// The command of a call, not yet in its folder.
fn command(word: &Word, given: &Dynamic, options: &Options<'_>) -> Result<Command, Failure> {
    let mut command = Command::new(program(word, given)?);
    command.cwd = options.text("cwd")?.map(PathBuf::from);
    command.env = options.table("env")?.unwrap_or_default();
    command.stdin = options.text("stdin")?;
    command.timeout = options.duration("timeout")?;
    command.ok = ok(word, options)?;
    Ok(command)
}

/// The exit statuses that count as done, where they are named.
pub(super) fn ok(word: &Word, options: &Options<'_>) -> Result<Vec<i32>, Failure> {
    let one = |status: i64| {
        let status = i32::try_from(status).ok().filter(|status| (0..=255).contains(status));
        let what = format!("option `ok` of `{}` takes exit statuses from 0 to 255", word.name);
        status.ok_or_else(|| Failure::new(code::WORD_OPTION, what))
    };
    options.numbers("ok")?.unwrap_or_default().into_iter().map(one).collect()
}

/// The command that a script gave.
pub(super) fn program(word: &Word, given: &Dynamic) -> Result<Program, Failure> {
    if let Ok(text) = given.as_immutable_string_ref() {
        return Ok(Program::Shell(text.to_string()));
    }
    let words = given.clone().into_typed_array::<String>().map_err(|_| {
        let was = if given.is_array() { "a list of other things".into() } else { type_in_words(given) };
        Failure::new(code::WORD_ARGUMENT, format!("`{}` takes text or a list of texts, not {was}", word.name))
            .hint("turn each part into text, like `[\"kill\", pid.to_string()]`")
    })?;
    Ok(Program::Words(words))
}

/// Puts the command into its folder: a run that is resumed from elsewhere must find it in the same one.
fn settle(ctx: &NativeCallContext, command: &mut Command) -> Result<(), Box<EvalAltResult>> {
    if command.cwd.as_ref().is_none_or(|folder| folder.is_relative()) {
        let own = own_folder(ctx)?;
        command.cwd = Some(command.cwd.as_ref().map_or_else(|| own.clone(), |folder| own.join(folder)));
    }
    Ok(())
}

/// Both of what a call is made of, or what is wrong with it, thrown where the call stands.
fn parse(
    ctx: &NativeCallContext,
    word: &'static Word,
    given: &Dynamic,
    map: rhai::Map,
) -> Result<(Command, Options<'static>), Box<EvalAltResult>> {
    let parsed = Options::new(word, map).and_then(|options| Ok((command(word, given, &options)?, options)));
    let (mut command, options) = parsed.map_err(|failure| throw(&failure, ctx.call_position()))?;
    // A command can tell which run it belongs to, and so can a gate that it tries to answer.
    command.env.push(("RUNBOOK_RUN".to_owned(), Frame::of(ctx)?.bench().run.name.clone()));
    settle(ctx, &mut command)?;
    Ok((command, options))
}

/// What a script gets of a command that ended well.
fn answer(done: Finished) -> Value {
    Value::from([
        ("status", Value::Int(i64::from(done.status))),
        ("stdout", Value::Text(done.stdout)),
        ("stderr", Value::Text(done.stderr)),
    ])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rhai::{Array, Map};

    use super::*;

    fn parsed(given: impl Into<Dynamic>, options: &[(&str, Dynamic)]) -> Result<Command, Failure> {
        let map: Map = options.iter().map(|(name, value)| ((*name).into(), value.clone())).collect();
        command(&run::WORD, &given.into(), &Options::new(&run::WORD, map)?)
    }

    #[test]
    fn text_goes_to_the_shell_and_a_list_does_not() {
        assert_eq!(parsed("ls | wc", &[]).unwrap().program, Program::Shell("ls | wc".into()));
        let words: Array = vec!["ls".into(), "a b".into()];
        assert_eq!(parsed(words, &[]).unwrap().program, Program::Words(vec!["ls".into(), "a b".into()]));
        let mixed: Array = vec!["kill".into(), 7_i64.into()];
        let failure = parsed(mixed, &[]).unwrap_err();
        assert_eq!(failure.what, "`local::run` takes text or a list of texts, not a list of other things");
    }

    #[test]
    fn options_are_read_into_the_command() {
        let env: Map = [("A".into(), "1".into()), ("B".into(), 2_i64.into())].into();
        let options = [
            ("env", Dynamic::from_map(env)),
            ("timeout", "2m".into()),
            ("ok", Dynamic::from_array(vec![0_i64.into(), 3_i64.into()])),
            ("stdin", "in".into()),
        ];
        let command = parsed("true", &options).unwrap();
        assert_eq!(command.env, [("A".into(), "1".into()), ("B".into(), "2".into())]);
        assert_eq!(command.timeout, Some(Duration::from_secs(120)));
        assert_eq!((command.ok, command.stdin.as_deref()), (vec![0, 3], Some("in")));
    }

    #[test]
    fn an_option_that_is_wrong_says_what_it_takes() {
        let failure = parsed("true", &[("timeot", "1s".into())]).unwrap_err();
        assert_eq!(failure.hints, ["did you mean `timeout`?"]);
        let failure = parsed("true", &[("ok", Dynamic::from_array(vec![256_i64.into()]))]).unwrap_err();
        assert_eq!(failure.what, "option `ok` of `local::run` takes exit statuses from 0 to 255");
        assert!(parsed("true", &[("env", "A=1".into())]).is_err());
    }
}
