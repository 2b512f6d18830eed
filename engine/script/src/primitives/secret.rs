//! `secret`: reads a secret; from then on its value is masked wherever it would leave in clear.

use rhai::{Dynamic, FuncRegistration, Module, NativeCallContext};
use runbook_model::Repeat;

use crate::bench::Answer;
use crate::frame::{Frame, fail};
use crate::front::read_secret;
use crate::word::{Form, Touches, Word};

/// The word.
pub(super) const WORD: Word = Word {
    name: "secret",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["reference: \"env:NAME\", \"file:PATH\", \"cmd:COMMAND\" and others"], gives: "text" }],
    options: &[],
    doc: r#"
        Reads a secret from the environment, a file, a command or the cluster.

        A reference is `env:NAME`, `file:PATH`, `cmd:COMMAND`, `kube:NAMESPACE/NAME/KEY` (a Secret of the cluster, which
        needs `read secrets NAMESPACE/NAME`), `sops:FILE#PATH` (a file `sops` keeps encrypted, and what stands at a path
        in it) or `age:FILE`.

        From then on its value is masked in everything the run shows or records.
        A step that would give it back is refused: read it again where it is needed.

        ```rhai
        let path = secret("env:PATH");
        if path.is_empty() { throw "no PATH"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("secret")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, reference: &str| secret(&ctx, reference));
}

fn secret(ctx: &NativeCallContext, reference: &str) -> Answer {
    let frame = Frame::of(ctx)?;
    let clear = match super::kube::secrets::read(ctx, reference)? {
        Some(clear) => clear,
        None => read_secret(reference).map_err(|failure| fail(ctx, &failure))?,
    };
    let inputs = &frame.bench().inputs;
    let secrets = &frame.bench().secrets;
    let named = secrets.iter().find(|name| inputs.get(*name).and_then(|value| value.as_text()) == Some(reference));
    frame.bench().mask.learn(named.map_or(reference, String::as_str), &clear);
    Ok(Dynamic::from(clear))
}
