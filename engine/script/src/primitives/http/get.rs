//! `http::get`: asks a web server for what it has.

use rhai::Module;
use runbook_drivers::http::Method;
use runbook_model::Repeat;

use super::{FORMS, READ_OPTIONS, read};
use crate::register::of_text;
use crate::word::{Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "http::get",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("http"),
    forms: FORMS,
    options: READ_OPTIONS,
    doc: r#"
        Asks a web server for what it has, and gives `#{status, headers, body}`, and `json` where the answer is JSON.

        The names of headers are in lower case. The body is text, or bytes where it is not UTF-8; at most 16 MiB.
        Fails with `http.connect` where the server cannot be reached or is not trusted, with `http.status` where it
        answers with a status that is not in `ok`; such a failure has `status` and the end of the `body`.
        Needs leave, `http = ["get https://host/path*"]`, also for where the server sends the call on to.

        ```rhai
        // Nobody listens at port 9 of this machine.
        let asked = attempt(|| http::get("http://127.0.0.1:9/", #{ timeout: "2s" }));
        if asked.ok { say(`it answered ${asked.value.status}`); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "get", |ctx, url, map| read(ctx, &WORD, Method::Get, url, map));
}
