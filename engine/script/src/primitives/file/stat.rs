//! `file::stat`: what is known of a file.

use rhai::{Map, Module, NativeCallContext};
use runbook_drivers::file::{self, Stat};
use runbook_model::{Repeat, Value};

use super::{Leave, place};
use crate::bench::{Answer, read as look};
use crate::options::Options;
use crate::register::of_text;
use crate::thrown::throw;
use crate::word::{Form, Opt, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "file::stat",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("file"),
    forms: &[
        Form { params: &["path: text"], gives: "map" },
        Form { params: &["path: text", "options: map"], gives: "map" },
    ],
    options: &[Opt { name: "sha256", takes: "a boolean", doc: "whether to give the digest of its content" }],
    doc: r#"
        What is known of a file: `#{kind, size, mode, modified}`, and `sha256` where it is asked for.

        `kind` is `"file"`, `"folder"` or `"other"`, `mode` is text like `"0644"`, `modified` is in milliseconds since
        1970. Links are followed. A file of any size can be asked for its digest.
        A relative path lies in the folder of the run's own files; an absolute one needs leave, `file = ["read PATH"]`.

        ```rhai
        step("note", || file::write("note.txt", "abc", #{ mode: "0600" }));
        let known = file::stat("note.txt", #{ sha256: true });
        if known.mode != "0600" || known.sha256 != sha256::hex("abc") { throw `it is ${known}`; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "stat", stat);
}

fn stat(ctx: &NativeCallContext, path: &str, map: Map) -> Answer {
    let digest = Options::new(&WORD, map).and_then(|options| options.truth("sha256"));
    let digest = digest.map_err(|failure| throw(&failure, ctx.call_position()))?.unwrap_or(false);
    let path = place(ctx, &WORD, path, Leave::Read)?;
    let brief = format!("file::stat {}", path.display());
    look(ctx, &WORD, &brief, async { file::stat(&path, digest).await.map(answer) })
}

fn answer(stat: Stat) -> Value {
    let mut entries = vec![
        ("kind", Value::from(stat.kind.word())),
        ("size", Value::Int(i64::try_from(stat.size).unwrap_or(i64::MAX))),
        ("mode", Value::Text(format!("{:04o}", stat.mode))),
        ("modified", Value::Int(stat.modified)),
    ];
    entries.extend(stat.sha256.map(|digest| ("sha256", Value::Text(digest))));
    Value::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}
