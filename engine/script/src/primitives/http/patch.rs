//! `http::patch`: changes a part of something on a web server.

use rhai::Module;
use runbook_drivers::http::Method;
use runbook_model::Repeat;

use super::{CHANGE_OPTIONS, FORMS, act};
use crate::register::of_text;
use crate::word::{Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "http::patch",
    touches: Touches::Changes,
    repeat: Repeat::Ask,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("http"),
    forms: FORMS,
    options: CHANGE_OPTIONS,
    doc: r#"
        Changes a part of something on a web server, and gives `#{status, headers, body}`, and `json` where the answer
        is JSON.

        What a patch means is for the server to say, so where a run was cut off in the middle of one, a person decides.
        It fails and needs leave as `http::get` does, `http = ["patch https://host/path*"]`.

        ```rhai
        let changed = attempt(|| step("rename", || {
            let headers = #{ "content-type": "application/merge-patch+json" };
            http::patch("http://127.0.0.1:9/notes/1", #{ body: `{"text":"done"}`, headers: headers, timeout: "2s" })
        }));
        if !changed.ok { say(`nothing was changed: ${changed.error.code}`); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "patch", |ctx, url, map| act(ctx, &WORD, Method::Patch, url, map));
}
