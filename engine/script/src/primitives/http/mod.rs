//! Words that speak with a web server. Certificates are always checked: there is no option to turn that off.

pub(super) mod delete;
pub(super) mod get;
pub(super) mod head;
pub(super) mod patch;
pub(super) mod post;
pub(super) mod put;

use std::path::PathBuf;

use rhai::{Dynamic, EvalAltResult, Map, NativeCallContext};
use runbook_drivers::http::{Answer as Heard, Body, Method, Request, address, send};
use runbook_model::{Failure, Repeat, Value, code};

use super::file::own_folder;
use crate::bench::{self, Answer, Change, allow, change};
use crate::options::Options;
use crate::thrown::{from_thrown, throw};
use crate::value::{to_value, type_in_words};
use crate::word::{Form, Opt, Word};

const BODY: Opt = Opt { name: "body", takes: "text or bytes", doc: "what is sent as it is" };
pub(super) const CA: Opt = Opt {
    name: "ca",
    takes: "a file in PEM format",
    doc: "the certificates to trust instead of those of this machine",
};
pub(super) const FOLLOW: Opt = Opt {
    name: "follow",
    takes: "a boolean",
    doc: "whether to go where the server sends the call on to, five times at most; the default is `true`",
};
pub(super) const HEADERS: Opt =
    Opt { name: "headers", takes: "a map of texts", doc: "headers to send; none of them goes to another server" };
const IDEMPOTENCY_KEY: Opt = Opt {
    name: "idempotency_key",
    takes: "text",
    doc: "sent as `Idempotency-Key`; with it the server does the work once, and the call is repeated when in doubt",
};
const JSON: Opt = Opt { name: "json", takes: "any value", doc: "what is sent as JSON" };
pub(super) const OK: Opt =
    Opt { name: "ok", takes: "a list of numbers", doc: "the statuses that count as done; the default is every 2xx" };
pub(super) const TIMEOUT: Opt =
    Opt { name: "timeout", takes: "a length of time", doc: "how long all of it may take; the default is `\"30s\"`" };

const FORMS: &[Form] =
    &[Form { params: &["url: text"], gives: "map" }, Form { params: &["url: text", "options: map"], gives: "map" }];
const READ_OPTIONS: &[Opt] = &[CA, FOLLOW, HEADERS, OK, TIMEOUT];
const CHANGE_OPTIONS: &[Opt] = &[BODY, CA, FOLLOW, HEADERS, JSON, OK, TIMEOUT];
const POST_OPTIONS: &[Opt] = &[BODY, CA, FOLLOW, HEADERS, IDEMPOTENCY_KEY, JSON, OK, TIMEOUT];

/// A call that only looks.
fn read(ctx: &NativeCallContext, word: &'static Word, method: Method, url: &str, map: Map) -> Answer {
    let (request, _) = prepare(ctx, word, method, url, map)?;
    let brief = brief(word, &request);
    bench::read(ctx, word, &brief, async { send(&request, |method, url| leave(ctx, method, url)).await.map(answer) })
}

/// A call that changes something.
fn act(ctx: &NativeCallContext, word: &'static Word, method: Method, url: &str, map: Map) -> Answer {
    let args = vec![url.into(), to_value(&map.clone().into()).map_err(|failure| throw(&failure, ctx.call_position()))?];
    let (request, repeat) = prepare(ctx, word, method, url, map)?;
    let brief = brief(word, &request);
    change(ctx, Change { word, brief, args, repeat }, |_| async move {
        send(&request, |method, url| leave(ctx, method, url)).await.map(answer)
    })
}

fn answer(heard: Heard) -> Value {
    heard.into_value()
}

fn brief(word: &Word, request: &Request) -> String {
    // The address was understood when leave was asked for it.
    format!("{} {}", word.name, address(&request.url).unwrap_or_default())
}

/// The request of a call, for which leave was asked, and what the call says of its repetition.
fn prepare(
    ctx: &NativeCallContext,
    word: &'static Word,
    method: Method,
    url: &str,
    map: Map,
) -> Result<(Request, Option<Repeat>), Box<EvalAltResult>> {
    let thrown = |failure: Failure| throw(&failure, ctx.call_position());
    let options = Options::new(word, map).map_err(thrown)?;
    let (mut request, repeat) = request(word, method, url, &options).map_err(thrown)?;
    let plain = address(url).map_err(thrown)?;
    allow(ctx, "http", action(method), &plain)?;
    if let Some(file) = request.ca.take() {
        request.ca = Some(if file.is_relative() { own_folder(ctx)?.join(file) } else { file });
    }
    Ok((request, repeat))
}

/// What `needs` calls a method.
fn action(method: Method) -> &'static str {
    match method {
        Method::Get => "get",
        Method::Head => "head",
        Method::Post => "post",
        Method::Put => "put",
        Method::Patch => "patch",
        Method::Delete => "delete",
    }
}

/// Asks leave to go where a server sends the call on to.
fn leave(ctx: &NativeCallContext, method: Method, url: &str) -> Result<(), Failure> {
    allow(ctx, "http", action(method), url).map_err(|refused| match *refused {
        EvalAltResult::ErrorRuntime(thrown, _) => from_thrown(&thrown),
        other => Failure::new(code::NEEDS_REFUSED, other.to_string()),
    })
}

/// The request of a call.
pub(super) fn request(
    word: &Word,
    method: Method,
    url: &str,
    options: &Options<'_>,
) -> Result<(Request, Option<Repeat>), Failure> {
    let knows = |name: &str| word.options.iter().any(|opt| opt.name == name);
    let mut request = Request::new(method, url);
    request.headers = options.table("headers")?.unwrap_or_default();
    request.timeout = options.duration("timeout")?.unwrap_or(request.timeout);
    request.follow = options.truth("follow")?.unwrap_or(true);
    request.ca = options.text("ca")?.map(PathBuf::from);
    for status in options.numbers("ok")?.unwrap_or_default() {
        let status = u16::try_from(status).ok().filter(|status| (100..600).contains(status));
        let what = format!("option `ok` of `{}` takes statuses from 100 to 599", word.name);
        request.ok.push(status.ok_or_else(|| Failure::new(code::WORD_OPTION, what))?);
    }
    if knows("body") {
        request.body = body(word, options)?;
    }
    if !knows("idempotency_key") {
        return Ok((request, None));
    }
    let key = options.text("idempotency_key")?;
    let repeat = key.as_ref().map(|_| Repeat::Safe);
    request.headers.extend(key.map(|key| ("Idempotency-Key".to_owned(), key)));
    Ok((request, repeat))
}

fn body(word: &Word, options: &Options<'_>) -> Result<Body, Failure> {
    let wrong = |what: String| Failure::new(code::WORD_OPTION, what);
    match (options.raw("body"), options.raw("json")) {
        (Some(_), Some(_)) => Err(wrong(format!("`{}` was given both `body` and `json`", word.name))),
        (None, None) => Ok(Body::Nothing),
        (None, Some(json)) => Ok(Body::Json(to_value(&json)?)),
        (Some(body), None) => bytes(&body).map(Body::Bytes).ok_or_else(|| {
            let was = type_in_words(&body);
            wrong(format!("option `body` of `{}` takes text or bytes, not {was}", word.name))
                .hint("give any other value as `json`")
        }),
    }
}

fn bytes(given: &Dynamic) -> Option<Vec<u8>> {
    if let Ok(text) = given.as_immutable_string_ref() {
        return Some(text.as_bytes().to_vec());
    }
    given.as_blob_ref().ok().map(|bytes| bytes.clone())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn asked(word: &'static Word, options: &[(&str, Dynamic)]) -> Result<(Request, Option<Repeat>), Failure> {
        let map: Map = options.iter().map(|(name, value)| ((*name).into(), value.clone())).collect();
        request(word, Method::Post, "http://a.test/", &Options::new(word, map)?)
    }

    #[test]
    fn options_are_read_into_the_request() {
        let headers: Map = [("X-Trace".into(), 7_i64.into())].into();
        let options = [
            ("headers", Dynamic::from_map(headers)),
            ("timeout", "5s".into()),
            ("follow", false.into()),
            ("ok", 409_i64.into()),
            ("body", "data".into()),
        ];
        let (request, repeat) = asked(&put::WORD, &options).unwrap();
        assert_eq!(request.headers, [("X-Trace".into(), "7".into())]);
        assert_eq!((request.timeout, request.follow), (Duration::from_secs(5), false));
        assert_eq!((request.ok, request.body), (vec![409], Body::Bytes(b"data".to_vec())));
        assert_eq!(repeat, None);
    }

    #[test]
    fn a_post_with_an_idempotency_key_may_be_repeated() {
        let (request, repeat) = asked(&post::WORD, &[("idempotency_key", "k1".into())]).unwrap();
        assert_eq!(request.headers, [("Idempotency-Key".into(), "k1".into())]);
        assert_eq!(repeat, Some(Repeat::Safe));
        assert_eq!(asked(&post::WORD, &[]).unwrap().1, None);
    }

    #[test]
    fn a_call_carries_a_body_or_json_and_a_look_carries_neither() {
        let both = [("body", "a".into()), ("json", "b".into())];
        assert_eq!(asked(&post::WORD, &both).unwrap_err().code, code::WORD_OPTION);
        assert_eq!(
            asked(&post::WORD, &[("body", 7_i64.into())]).unwrap_err().hints,
            ["give any other value as `json`"]
        );
        let failure = asked(&get::WORD, &[("body", "a".into())]).unwrap_err();
        assert_eq!(failure.what, "`http::get` has no option `body`");
        assert_eq!(asked(&get::WORD, &[("ok", 99_i64.into())]).unwrap_err().code, code::WORD_OPTION);
    }
}
