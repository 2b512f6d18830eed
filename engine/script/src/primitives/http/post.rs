//! `http::post`: gives a web server something to take in.

use rhai::Module;
use runbook_drivers::http::Method;
use runbook_model::Repeat;

use super::{FORMS, POST_OPTIONS, act};
use crate::register::of_text;
use crate::word::{Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "http::post",
    touches: Touches::Changes,
    repeat: Repeat::Ask,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("http"),
    forms: FORMS,
    options: POST_OPTIONS,
    doc: r#"
        Gives a web server something to take in, and gives `#{status, headers, body}`, and `json` where the answer is
        JSON.

        Where a run was cut off in the middle of one, or the answer was lost, nobody can tell whether the server took
        it in: a person decides. With `idempotency_key`, for servers that know it, the call is repeated instead.
        Make that key from what the call is about, not from the time: it must be the same when the run is resumed.
        It fails and needs leave as `http::get` does, `http = ["post https://host/path*"]`.

        ```rhai
        let told = attempt(|| step("open a ticket", || {
            let ticket = #{ title: "move of n1", urgent: false };
            http::post("http://127.0.0.1:9/tickets", #{ json: ticket, idempotency_key: "move-n1", timeout: "2s" })
        }));
        if !told.ok { say(`no ticket: ${told.error.what}`); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "post", |ctx, url, map| act(ctx, &WORD, Method::Post, url, map));
}
