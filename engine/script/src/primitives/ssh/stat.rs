//! `ssh::stat`: what is known of a file of a machine.

use rhai::{Dynamic, Map, Module, NativeCallContext};
use runbook_drivers::ssh::files::Stat;
use runbook_model::{Repeat, Value};

use super::Called;
use crate::bench::Answer;
use crate::register::of_value_and_text;
use crate::word::{Form, Opt, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "ssh::stat",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("ssh"),
    forms: &[
        Form { params: &["machine: text or map", "path: text"], gives: "map" },
        Form { params: &["machine: text or map", "path: text", "options: map"], gives: "map" },
    ],
    options: &[SHA256],
    doc: r#"
        What is known of a file of a machine: `#{kind, size, mode, owner, group, modified}`.

        `sha256` is there too where it is asked for.
        `kind` is `"file"`, `"folder"` or `"other"`, `mode` is text like `"0644"`, `modified` is in milliseconds since
        1970. Links are followed.

        ```rhai
        let known = ssh::stat("m0", "/etc/passwd", #{ sha256: true });
        if known.kind != "file" || known.sha256.len() != 64 { throw `it is ${known}`; }
        ```"#,
    register,
};

pub(super) const SHA256: Opt =
    Opt { name: "sha256", takes: "a boolean", doc: "whether to give the digest of its content" };

fn register(module: &mut Module) {
    of_value_and_text(module, "stat", stat);
}

fn stat(ctx: &NativeCallContext, machine: &Dynamic, path: &str, map: Map) -> Answer {
    let called = Called::new(ctx, &WORD, machine, &[path.into()], map)?;
    let digest = called.options.truth("sha256").map_err(|failure| called.thrown(&failure))?.unwrap_or(false);
    let path = called.path(path, "read")?;
    called.read(&path.clone(), |remote| async move { remote.stat(&path, digest).await.map(|stat| answer(stat, None)) })
}

/// What a script gets of it.
pub(super) fn answer(stat: Stat, name: Option<String>) -> Value {
    let mut entries = vec![
        ("kind", Value::from(stat.kind.word())),
        ("size", Value::Int(i64::try_from(stat.size).unwrap_or(i64::MAX))),
        ("mode", Value::Text(format!("{:04o}", stat.mode))),
        ("owner", Value::Text(stat.owner)),
        ("group", Value::Text(stat.group)),
        ("modified", Value::Int(stat.modified)),
    ];
    entries.extend(stat.sha256.map(|digest| ("sha256", Value::Text(digest))));
    entries.extend(name.map(|name| ("name", Value::Text(name))));
    Value::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}
