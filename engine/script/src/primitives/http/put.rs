//! `http::put`: puts something in its place on a web server.

use rhai::Module;
use runbook_drivers::http::Method;
use runbook_model::Repeat;

use super::{CHANGE_OPTIONS, FORMS, act};
use crate::register::of_text;
use crate::word::{Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "http::put",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("http"),
    forms: FORMS,
    options: CHANGE_OPTIONS,
    doc: r#"
        Puts something in its place on a web server, and gives `#{status, headers, body}`, and `json` where the answer
        is JSON.

        To put the same twice is as to put it once, so when in doubt the call is repeated.
        It fails and needs leave as `http::get` does, `http = ["put https://host/path*"]`.

        ```rhai
        let put = attempt(|| step("announce", || {
            http::put("http://127.0.0.1:9/notes/1", #{ json: #{ text: "the move begins" }, timeout: "2s" })
        }));
        if !put.ok { say(`nobody was told: ${put.error.what}`); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "put", |ctx, url, map| act(ctx, &WORD, Method::Put, url, map));
}
