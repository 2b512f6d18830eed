//! `file::read_bytes`: the bytes in a file.

use rhai::{FuncRegistration, Module, NativeCallContext};
use runbook_drivers::file;
use runbook_model::{Repeat, Value};

use super::{Leave, place};
use crate::bench::{Answer, read as look};
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "file::read_bytes",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("file"),
    forms: &[Form { params: &["path: text"], gives: "bytes" }],
    options: &[],
    doc: r#"
        The bytes in a file.

        A relative path lies in the folder of the run's own files; an absolute one needs leave, `file = ["read PATH"]`.
        Fails where the file is not there or is larger than 16 MiB.

        ```rhai
        step("keep", || file::write("three.bin", blob(3, 7)));
        if file::read_bytes("three.bin").len() != 3 { throw "a byte is gone"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("read_bytes").with_volatility(true).set_into_module(module, read_bytes);
}

fn read_bytes(ctx: NativeCallContext, path: &str) -> Answer {
    let path = place(&ctx, &WORD, path, Leave::Read)?;
    let brief = format!("file::read_bytes {}", path.display());
    look(&ctx, &WORD, &brief, async { file::read_bytes(&path).map(Value::Blob) })
}
