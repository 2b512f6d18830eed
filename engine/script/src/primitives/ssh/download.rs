//! `ssh::download`: brings a file of a machine here.

use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_drivers::file;
use runbook_model::{Repeat, Value};

use super::{Called, told};
use crate::bench::{Answer, Change, Ready, change_prepared};
use crate::primitives::file::{Leave, place, put_back};
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "ssh::download",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: Some(put_back),
    look: None,
    needs: Some("ssh"),
    forms: &[Form { params: &["machine: text or map", "from: text", "to: text"], gives: "map" }],
    options: &[],
    doc: r#"
        Makes a file here one with the content of a file of a machine, and gives `#{path, size, sha256, changed}`.

        Nothing is fetched where the digests agree. A file that changes while it is fetched is refused. It changes a file
        here, and so stands in a step. A relative path here lies in the folder of the run's own files. It needs leave on
        both sides, `ssh = ["read PATH"]` and, for an absolute path here, `file = ["write PATH"]`.

        ```rhai
        let got = step("keep a copy", || ssh::download("m0", "/etc/hostname", "hostname"));
        if file::read("hostname").len() != got.size { throw "torn"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("download").with_volatility(true).set_into_module(module, download);
}

fn download(ctx: NativeCallContext, machine: Dynamic, from: &str, to: &str) -> Answer {
    let called = Called::new(&ctx, &WORD, &machine, &[from.into(), to.into()], Map::new())?;
    let from = called.path(from, "read")?;
    let to = place(&ctx, &WORD, to, Leave::Write)?;
    let brief = called.brief(&format!("{from} to {}", to.display()));
    let hear = told(&ctx, called.brief(&from), None)?;
    let Called { remote, args, .. } = called;
    let prepare = async {
        file::before_write(&to).map(|(real, before)| Ready { before: Some(before.to_value(&real)), proof: None })
    };
    change_prepared(&ctx, Change { word: &WORD, brief, args, repeat: None }, prepare, |_| async {
        let done = remote.download(&from, &to, hear).await?;
        let mut value = done.to_value();
        if let Value::Map(map) = &mut value {
            map.insert("path".to_owned(), Value::Text(to.display().to_string()));
        }
        Ok(value)
    })
}
