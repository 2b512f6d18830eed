//! `ssh::list`: what is in a folder of a machine.

use rhai::{Dynamic, Map, Module, NativeCallContext};
use runbook_model::{Repeat, Value};

use super::Called;
use super::stat::{SHA256, answer};
use crate::bench::Answer;
use crate::register::of_value_and_text;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "ssh::list",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("ssh"),
    forms: &[
        Form { params: &["machine: text or map", "path: text"], gives: "list of maps" },
        Form { params: &["machine: text or map", "path: text", "options: map"], gives: "list of maps" },
    ],
    options: &[SHA256],
    doc: r#"
        What is in a folder of a machine: a list of `#{name, kind, size, mode, owner, group, modified}`, sorted by name.

        `kind` is `"file"`, `"folder"`, `"link"` or `"other"`. With `sha256: true` each file has its digest too.
        Folders in it are not looked into.

        ```rhai
        let names = ssh::list("m0", "/etc").map(|entry| entry.name);
        if !names.contains("passwd") { throw `found ${names}`; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_value_and_text(module, "list", list);
}

fn list(ctx: &NativeCallContext, machine: &Dynamic, path: &str, map: Map) -> Answer {
    let called = Called::new(ctx, &WORD, machine, &[path.into()], map)?;
    let digest = called.options.truth("sha256").map_err(|failure| called.thrown(&failure))?.unwrap_or(false);
    let path = called.path(path, "read")?;
    called.read(&path.clone(), |remote| async move {
        let entries = remote.list(&path, digest).await?;
        Ok(Value::List(entries.into_iter().map(|entry| answer(entry.stat, Some(entry.name))).collect()))
    })
}
