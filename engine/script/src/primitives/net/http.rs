//! `net::http`: whether a web server answers.

use rhai::{EvalAltResult, Map, Module, NativeCallContext};
use runbook_drivers::http::{Method, Request, address};
use runbook_drivers::net::{self, Found};
use runbook_model::{Failure, Repeat};

use super::super::file::own_folder;
use super::super::http::{CA, FOLLOW, HEADERS, OK, request};
use super::{PROBE_TIMEOUT, TIMEOUT};
use crate::bench::{Answer, read};
use crate::options::Options;
use crate::register::of_text;
use crate::thrown::throw;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "net::http",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[
        Form { params: &["url: text"], gives: "map" },
        Form { params: &["url: text", "options: map"], gives: "map" },
    ],
    options: &[CA, FOLLOW, HEADERS, OK, TIMEOUT],
    doc: r#"
        Whether a web server answers: `#{ok, ms, error, status}`.

        It is asked with GET, and what it says is forgotten: to read it, use `http::get`. A server that cannot be
        reached, is not trusted, or answers with a status that is not in `ok` is an answer, not a failure: `ok` is
        `false` and `error` says why. `status` is `()` where there was no answer.

        ```rhai
        let found = net::http("http://127.0.0.1:9/healthz", #{ timeout: "1s" });
        if !found.ok { say(`not healthy: ${found.error}`); }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    of_text(module, "http", http);
}

fn http(ctx: &NativeCallContext, url: &str, map: Map) -> Answer {
    let thrown = |failure: Failure| -> Box<EvalAltResult> { throw(&failure, ctx.call_position()) };
    let (mut probe, plain) = parse(url, map).map_err(thrown)?;
    if let Some(file) = probe.ca.take() {
        probe.ca = Some(if file.is_relative() { own_folder(ctx)?.join(file) } else { file });
    }
    let brief = format!("net::http {plain}");
    read(ctx, &WORD, &brief, async { net::http(&probe).await.map(Found::into_value) })
}

fn parse(url: &str, map: Map) -> Result<(Request, String), Failure> {
    let options = Options::new(&WORD, map)?;
    let (mut probe, _) = request(&WORD, Method::Get, url, &options)?;
    if !options.has("timeout") {
        probe.timeout = PROBE_TIMEOUT;
    }
    Ok((probe, address(url)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_waits_less_than_a_call() {
        assert_eq!(parse("http://a.test/", Map::new()).unwrap().0.timeout, PROBE_TIMEOUT);
        assert!(parse("a.test", Map::new()).is_err());
    }
}
