//! Words for files of this machine.
//!
//! One rule for paths: a relative one lies in the folder of the run's own files and needs no leave; an absolute one
//! needs leave. No path may climb with `..`.

pub(super) mod copy;
pub(super) mod exists;
pub(super) mod list;
pub(super) mod mkdir;
pub(super) mod read;
pub(super) mod read_bytes;
pub(super) mod remove;
pub(super) mod stat;
pub(super) mod write;

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use rhai::{Dynamic, EvalAltResult, NativeCallContext};
use runbook_drivers::file;
use runbook_model::{Failure, Value, code};

use crate::bench::{Bench, Ready, allow, artifacts};
use crate::options::Options;
use crate::thrown::throw;
use crate::value::type_in_words;
use crate::word::{Doing, Opt, Word};

pub(super) const MODE: Opt = Opt {
    name: "mode",
    takes: "text of octal digits",
    doc: "its permissions, `\"0640\"`; by default what it had, else `\"0644\"`, and `\"0755\"` for a folder",
};

/// What a word does at a path, as `needs` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    Read,
    Write,
}

/// The folder of the run's own files, which is there.
pub(super) fn own_folder(ctx: &NativeCallContext) -> Result<PathBuf, Box<EvalAltResult>> {
    let folder = artifacts(ctx)?;
    file::mkdir(&folder, None).map_err(|failure| throw(&failure, ctx.call_position()))?;
    Ok(folder)
}

/// Where `path` really is, once leave was asked for it.
pub(super) fn place(
    ctx: &NativeCallContext,
    word: &Word,
    path: &str,
    leave: Leave,
) -> Result<PathBuf, Box<EvalAltResult>> {
    let path = tidy(word, path).map_err(|failure| throw(&failure, ctx.call_position()))?;
    if path.is_relative() {
        return Ok(own_folder(ctx)?.join(path));
    }
    let action = match leave {
        Leave::Read => "read",
        Leave::Write => "write",
    };
    allow(ctx, "file", action, &path.display().to_string())?;
    Ok(path)
}

/// `path` in its shortest form, so that leave is asked for what is meant; refuses what could mean another place.
fn tidy(word: &Word, path: &str) -> Result<PathBuf, Failure> {
    let wrong = |what: String| Failure::new(code::WORD_ARGUMENT, what);
    if path.trim().is_empty() {
        return Err(wrong(format!("`{}` was given an empty path", word.name)));
    }
    if path == "~" || path.starts_with("~/") {
        return Err(
            wrong(format!("`{path}` begins with `~`, which only a shell understands")).hint("write the path in full")
        );
    }
    let path = Path::new(path);
    if path.components().any(|part| part == Component::ParentDir) {
        let what = format!("`{}` climbs with `..`", path.display());
        return Err(Failure::new(code::FILE_OUTSIDE, what).hint("write the path without `..`"));
    }
    Ok(path.components().filter(|part| *part != Component::CurDir).collect())
}

/// The permissions that were asked for.
pub(super) fn mode(word: &Word, options: &Options<'_>) -> Result<Option<u32>, Failure> {
    let Some(given) = options.raw("mode") else { return Ok(None) };
    let text = given.as_immutable_string_ref().ok().map(|text| text.to_string());
    let digits = text.filter(|text| (3..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()));
    let mode = digits.and_then(|text| u32::from_str_radix(&text, 8).ok()).filter(|mode| *mode <= 0o7777);
    mode.map(Some).ok_or_else(|| {
        let was = if given.is_string() { format!("`{given}`") } else { type_in_words(&given) };
        let what = format!("option `mode` of `{}` takes text of octal digits, not {was}", word.name);
        Failure::new(code::WORD_OPTION, what).hint("write it like `mode: \"0640\"`")
    })
}

/// The bytes of what a script wants written.
pub(super) fn content(word: &Word, given: &Dynamic) -> Result<Vec<u8>, Failure> {
    if let Ok(text) = given.as_immutable_string_ref() {
        return Ok(text.as_bytes().to_vec());
    }
    given.as_blob_ref().map(|bytes| bytes.clone()).map_err(|_| {
        let what = format!("`{}` takes text or bytes to write, not {}", word.name, type_in_words(given));
        Failure::new(code::WORD_ARGUMENT, what).hint("turn it into text first")
    })
}

/// What is written down before the content at `path` becomes another one.
fn found(path: &Path) -> Result<Ready, Failure> {
    file::before_write(path).map(|(real, before)| Ready { before: Some(before.to_value(&real)), proof: None })
}

/// What is written down before the entry at `path` itself comes or goes.
fn found_itself(path: &Path) -> Result<Ready, Failure> {
    file::before_remove(path).map(|before| Ready { before: Some(before.to_value(path)), proof: None })
}

/// Puts back what a call found.
pub(super) fn put_back(_bench: Arc<Bench>, before: Value, written: Option<Value>) -> Doing<Result<(), Failure>> {
    Box::pin(async move { file::put_back(&before, written.as_ref()) })
}

/// What a script gets of a file that was written.
fn written(path: &Path, written: file::Written) -> Value {
    Value::from([
        ("path", Value::Text(path.display().to_string())),
        ("size", Value::Int(i64::try_from(written.size).unwrap_or(i64::MAX))),
        ("sha256", Value::Text(written.sha256)),
    ])
}

#[cfg(test)]
mod tests {
    use rhai::Map;

    use super::*;

    #[test]
    fn a_path_is_made_short_and_may_not_climb() {
        let short = |path: &str| tidy(&write::WORD, path).map(|path| path.display().to_string());
        assert_eq!(short("/etc//./hosts/").unwrap(), "/etc/hosts");
        assert_eq!(short("./a/b").unwrap(), "a/b");
        assert_eq!(short(".").unwrap(), "");
        assert_eq!(short("a/../../b").unwrap_err().code, code::FILE_OUTSIDE);
        assert_eq!(short("/srv/..").unwrap_err().code, code::FILE_OUTSIDE);
        for wrong in ["", " ", "~/a"] {
            assert_eq!(short(wrong).unwrap_err().code, code::WORD_ARGUMENT);
        }
        assert_eq!(short("..a/b..").unwrap(), "..a/b..");
    }

    #[test]
    fn a_mode_is_octal_text_and_never_a_number() {
        let given = |value: Dynamic| {
            let map: Map = [("mode".into(), value)].into();
            mode(&write::WORD, &Options::new(&write::WORD, map).unwrap())
        };
        assert_eq!(given("0640".into()), Ok(Some(0o640)));
        assert_eq!(given("755".into()), Ok(Some(0o755)));
        assert_eq!(given("04755".into()), Ok(Some(0o4755)));
        for wrong in ["0888", "", "7", "+640", "99999"] {
            assert_eq!(given(wrong.into()).unwrap_err().code, code::WORD_OPTION, "{wrong}");
        }
        let failure = given(644_i64.into()).unwrap_err();
        assert_eq!(failure.what, "option `mode` of `file::write` takes text of octal digits, not a whole number");
    }

    #[test]
    fn text_and_bytes_can_be_written_and_nothing_else() {
        assert_eq!(content(&write::WORD, &"ä".into()).unwrap(), "ä".as_bytes());
        assert_eq!(content(&write::WORD, &Dynamic::from_blob(vec![0, 255])).unwrap(), [0, 255]);
        assert_eq!(content(&write::WORD, &7_i64.into()).unwrap_err().code, code::WORD_ARGUMENT);
    }
}
