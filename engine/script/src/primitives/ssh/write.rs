//! `ssh::write`: makes a text or bytes the content of a file of a machine.

use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::Repeat;

use super::{Called, OWNER, put_back, written};
use crate::bench::Answer;
use crate::primitives::file::{MODE, content};
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "ssh::write",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: Some(put_back),
    look: None,
    needs: Some("ssh"),
    forms: &[
        Form { params: &["machine: text or map", "path: text", "content: text or bytes"], gives: "map" },
        Form {
            params: &["machine: text or map", "path: text", "content: text or bytes", "options: map"],
            gives: "map",
        },
    ],
    options: &[MODE, OWNER],
    doc: r#"
        Makes a text or bytes the content of a file of a machine, and gives `#{path, size, sha256, changed}`.

        Whoever reads the file meets the old content or the new, and the new is on the disk when this comes back. Its
        owner and its mode stay unless they are given. A link at the path is followed and stays. The folder must be
        there: make it with `ssh::mkdir`. What was there before, up to 1 MiB, is recorded for an undo, which refuses
        where someone else has changed it since. It needs leave, `ssh = ["write PATH"]`.

        ```rhai
        let made = step("configure", || ssh::write("m0", "/tmp/runbook-example.conf", "level = 1\n", #{ mode: "0600" }));
        if made.size != 10 { throw `wrote ${made.size} bytes`; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("write").with_volatility(true).set_into_module(
        module,
        |ctx: NativeCallContext, machine: Dynamic, path: &str, content: Dynamic| {
            write(&ctx, &machine, path, &content, Map::new())
        },
    );
    FuncRegistration::new("write").with_volatility(true).set_into_module(
        module,
        |ctx: NativeCallContext, machine: Dynamic, path: &str, content: Dynamic, map: Map| {
            write(&ctx, &machine, path, &content, map)
        },
    );
}

fn write(ctx: &NativeCallContext, machine: &Dynamic, path: &str, given: &Dynamic, map: Map) -> Answer {
    let called = Called::new(ctx, &WORD, machine, &[path.into(), given.clone()], map)?;
    let bytes = content(&WORD, given).map_err(|failure| called.thrown(&failure))?;
    let attributes = called.attributes()?;
    let path = called.path(path, "write")?;
    let (found, what) = (path.clone(), path.clone());
    called.change(
        &what,
        |remote| async move { remote.before_write(&found).await },
        |remote| async move { remote.write(&path, &bytes, &attributes).await.map(|done| written(&path, &done)) },
    )
}
