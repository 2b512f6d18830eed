//! `http::head`: asks a web server what it would answer.

use rhai::Module;
use runbook_drivers::http::Method;
use runbook_model::Repeat;

use super::{FORMS, READ_OPTIONS, read};
use crate::register::of_text;
use crate::word::{Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "http::head",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: Some("http"),
    forms: FORMS,
    options: READ_OPTIONS,
    doc: r#"
        Asks a web server what it would answer, without the body, and gives `#{status, headers, body}`.

        It fails and needs leave as `http::get` does, `http = ["head https://host/path*"]`.

        ```rhai
        let asked = attempt(|| http::head("http://127.0.0.1:9/", #{ timeout: "2s" }));
        if asked.ok { say(`last changed ${asked.value.headers["last-modified"]}`); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "head", |ctx, url, map| read(ctx, &WORD, Method::Head, url, map));
}
