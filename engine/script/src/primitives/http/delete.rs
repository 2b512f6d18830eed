//! `http::delete`: takes something away from a web server.

use rhai::{Dynamic, Module};
use runbook_drivers::http::Method;
use runbook_model::Repeat;

use super::{CHANGE_OPTIONS, FORMS, act};
use crate::register::of_text;
use crate::word::{Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "http::delete",
    touches: Touches::Changes,
    repeat: Repeat::Safe,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("http"),
    forms: FORMS,
    options: CHANGE_OPTIONS,
    doc: r#"
        Takes something away from a web server, and gives `#{status, headers, body}`, and `json` where the answer is
        JSON.

        That it is gone already is fine: unless `ok` says otherwise, 404 and 410 count as done beside every 2xx. So
        when in doubt the call is repeated.
        It fails and needs leave as `http::get` does, `http = ["delete https://host/path*"]`.

        ```rhai
        let gone = attempt(|| step("withdraw", || http::delete("http://127.0.0.1:9/notes/1", #{ timeout: "2s" })));
        if !gone.ok { say(`it is still there: ${gone.error.what}`); }
        ```"#,
    register,
};

/// What counts as done where the call does not say: all that leaves nothing behind.
fn gone() -> Dynamic {
    Dynamic::from_array((200..300_i64).chain([404, 410]).map(Dynamic::from).collect())
}

fn register(module: &mut Module) {
    of_text(module, "delete", |ctx, url, mut map| {
        map.entry("ok".into()).or_insert_with(gone);
        act(ctx, &WORD, Method::Delete, url, map)
    });
}
