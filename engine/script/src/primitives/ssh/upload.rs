//! `ssh::upload`: brings a file of this machine to another.

use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::Repeat;

use super::{Called, OWNER, put_back, told, written};
use crate::bench::Answer;
use crate::primitives::file::{Leave, MODE, place};
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "ssh::upload",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: Some(put_back),
    look: None,
    needs: Some("ssh"),
    forms: &[
        Form { params: &["machine: text or map", "from: text", "to: text"], gives: "map" },
        Form { params: &["machine: text or map", "from: text", "to: text", "options: map"], gives: "map" },
    ],
    options: &[MODE, OWNER],
    doc: r#"
        Makes a file of a machine one with the content of a file here, and gives `#{path, size, sha256, changed}`.

        Nothing is sent where the digests agree. Whoever reads the file there meets the old content or the new; what did
        not arrive whole changes nothing. What was there before, up to 1 MiB, is recorded for an undo.
        A relative path here lies in the folder of the run's own files. It needs leave on both sides,
        `ssh = ["write PATH"]` and, for an absolute path here, `file = ["read PATH"]`.

        ```rhai
        step("prepare", || file::write("motd", "be careful\n"));
        let sent = step("send", || ssh::upload("m0", "motd", "/tmp/runbook-example.motd", #{ mode: "0644" }));
        if sent.size != 11 { throw `sent ${sent.size} bytes`; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("upload")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, machine: Dynamic, from: &str, to: &str| {
            upload(&ctx, &machine, from, to, Map::new())
        });
    FuncRegistration::new("upload").with_volatility(true).set_into_module(
        module,
        |ctx: NativeCallContext, machine: Dynamic, from: &str, to: &str, map: Map| {
            upload(&ctx, &machine, from, to, map)
        },
    );
}

fn upload(ctx: &NativeCallContext, machine: &Dynamic, from: &str, to: &str, map: Map) -> Answer {
    let called = Called::new(ctx, &WORD, machine, &[from.into(), to.into()], map)?;
    let attributes = called.attributes()?;
    let from = place(ctx, &WORD, from, Leave::Read)?;
    let path = called.path(to, "write")?;
    let size = std::fs::metadata(&from).map_or(0, |meta| meta.len());
    let hear = told(ctx, called.brief(&path), Some(size))?;
    let (found, what) = (path.clone(), format!("{} as {path}", from.display()));
    called.change(
        &what,
        |remote| async move { remote.before_write(&found).await },
        |remote| async move {
            let done = remote.upload(&from, &path, &attributes, hear).await?;
            Ok(written(&path, &done))
        },
    )
}
