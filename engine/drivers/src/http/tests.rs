//! Real exchanges with a real server on loopback.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use runbook_model::{Failure, Value, code};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::server::{Reply, Server};
use super::*;

fn get(url: impl Into<String>) -> Request {
    Request::new(Method::Get, url)
}

fn post(url: impl Into<String>) -> Request {
    Request::new(Method::Post, url)
}

async fn call(request: &Request) -> std::result::Result<Answer, Failure> {
    send(request, |_, _| Ok(())).await
}

async fn fixed(status: &'static str, headers: &'static str, body: &'static str) -> Server {
    Server::start(move |_| Reply::new(status, headers, body)).await
}

/// An address of this machine where nobody listens.
async fn nobody() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    format!("http://{}/", listener.local_addr().unwrap())
}

#[tokio::test]
async fn an_answer_has_its_status_headers_and_body() {
    let server = fixed("200 OK", "X-One: 1\r\nx-one: 2\r\n", "hello").await;
    let value = call(&get(server.url("/a?b=c"))).await.unwrap().into_value();
    assert_eq!(value.get("status"), Some(&Value::Int(200)));
    assert_eq!(value.get("body"), Some(&"hello".into()));
    assert_eq!(value.get("headers").and_then(|all| all.get("x-one")), Some(&"1, 2".into()));
    assert_eq!(value.get("json"), None);
    assert!(server.heard()[0].starts_with("GET /a?b=c HTTP/1.1\r\n"));
    assert!(server.heard()[0].contains("user-agent: runbook/"));
}

#[tokio::test]
async fn json_is_read_where_the_answer_says_that_it_is_json() {
    let server =
        fixed("200 OK", "content-type: application/problem+json; charset=utf-8\r\n", r#"{"a":[1,null]}"#).await;
    let value = call(&get(server.url("/"))).await.unwrap().into_value();
    let list = Value::List(vec![Value::Int(1), Value::Unit]);
    assert_eq!(value.get("json"), Some(&Value::from([("a", list)])));
    let lying = fixed("200 OK", "content-type: application/json\r\n", "<html>").await;
    assert_eq!(call(&get(lying.url("/"))).await.unwrap().json(), None);
}

#[tokio::test]
async fn a_body_that_is_no_text_is_given_as_bytes() {
    let server = Server::start(|_| Reply::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n\xff\x00".to_vec())).await;
    let value = call(&get(server.url("/"))).await.unwrap().into_value();
    assert_eq!(value.get("body"), Some(&Value::Blob(vec![0xff, 0])));
}

#[tokio::test]
async fn what_is_sent_arrives() {
    let server = fixed("201 Created", "", "").await;
    let mut request = post(server.url("/items"));
    request.headers = vec![("X-Token".into(), "t".into())];
    request.body = Body::Json(Value::from([("name", "a".into())]));
    assert_eq!(call(&request).await.unwrap().status, 201);
    let heard = &server.heard()[0];
    assert!(heard.starts_with("POST /items "));
    assert!(heard.contains("x-token: t\r\n") && heard.contains("content-type: application/json\r\n"));
    assert!(heard.ends_with("\r\n\r\n{\"name\":\"a\"}"));
    for method in [Method::Put, Method::Patch, Method::Delete, Method::Head] {
        call(&Request::new(method, server.url("/"))).await.unwrap();
        assert!(server.heard().last().unwrap().starts_with(method.name()));
    }
}

#[tokio::test]
async fn a_refusal_is_a_failure_that_carries_what_the_server_said() {
    let server = fixed("404 Not Found", "", "\nno such item\nat all").await;
    let failure = call(&post(server.url("/items/1"))).await.unwrap_err();
    assert_eq!(failure.code, code::HTTP_STATUS);
    assert_eq!(failure.what, format!("`POST {}` answered 404 Not Found", server.url("/items/1")));
    assert_eq!(failure.causes, ["no such item"]);
    assert!(!failure.retryable && !failure.may_have_acted);
    let data = failure.data.unwrap();
    assert_eq!(data.get("status"), Some(&Value::Int(404)));
    assert_eq!(data.get("body"), Some(&"\nno such item\nat all".into()));
}

#[tokio::test]
async fn a_server_that_fails_may_have_acted_where_it_was_to_change_something() {
    let server = fixed("503 Service Unavailable", "", "").await;
    let failure = call(&post(server.url("/"))).await.unwrap_err();
    assert!(failure.retryable && failure.may_have_acted);
    let failure = call(&get(server.url("/"))).await.unwrap_err();
    assert!(failure.retryable && !failure.may_have_acted);
    assert_eq!(server.heard().len(), 2, "a driver never tries again");
}

#[tokio::test]
async fn the_accepted_statuses_are_those_given_and_a_probe_takes_any() {
    let server = fixed("404 Not Found", "", "").await;
    let mut request = get(server.url("/"));
    assert_eq!(ask(&request, |_, _| Ok(())).await.unwrap().status, 404);
    request.ok = vec![200, 404];
    assert_eq!(call(&request).await.unwrap().status, 404);
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_done() {
    let failure = call(&post(nobody().await)).await.unwrap_err();
    assert_eq!(failure.code, code::HTTP_CONNECT);
    assert_eq!(failure.causes, ["Connection refused (os error 111)"]);
    assert!(failure.retryable && !failure.may_have_acted);
}

#[tokio::test]
async fn an_answer_that_does_not_come_leaves_open_whether_it_acted() {
    let server = Server::start(|_| Reply::Nothing).await;
    let mut request = post(server.url("/"));
    request.timeout = Duration::from_millis(200);
    let failure = call(&request).await.unwrap_err();
    assert_eq!(failure.code, code::HTTP_TIMEOUT);
    assert!(failure.may_have_acted && failure.what.ends_with("took longer than 200ms"));
    request.method = Method::Get;
    assert!(!call(&request).await.unwrap_err().may_have_acted);
}

#[tokio::test]
async fn a_connection_lost_on_the_way_leaves_open_whether_it_acted() {
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc".to_vec();
    let half = Server::start(move |_| Reply::Send(cut.clone())).await;
    let mute = Server::start(|_| Reply::Close).await;
    let garbage = Server::start(|_| Reply::Send(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec())).await;
    for server in [half, mute, garbage] {
        let failure = call(&post(server.url("/"))).await.unwrap_err();
        assert_eq!(failure.code, code::HTTP_LOST, "{failure}");
        assert!(failure.may_have_acted && failure.retryable);
    }
}

#[tokio::test]
async fn a_body_larger_than_can_be_kept_is_refused() {
    let mut bytes = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
    bytes.resize(BODY_BYTES_MAX + 1000, b'x');
    let server = Server::start(move |_| Reply::Send(bytes.clone())).await;
    let failure = call(&get(server.url("/"))).await.unwrap_err();
    assert_eq!((failure.code.as_str(), failure.may_have_acted), (code::VALUE_LARGE, false));
    assert!(call(&post(server.url("/"))).await.unwrap_err().may_have_acted);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused() {
    for url in ["", "example.com/a", "ftp://example.com", "http://", "file:///etc/passwd", "/a"] {
        let failure = call(&get(url)).await.unwrap_err();
        assert_eq!(failure.code, code::VALUE_BAD, "{url}");
    }
    for header in [("a b", "c"), ("a", "b\r\nc: d"), ("", "x")] {
        let mut request = get("http://127.0.0.1:9/");
        request.headers = vec![(header.0.into(), header.1.into())];
        assert_eq!(call(&request).await.unwrap_err().code, code::VALUE_BAD);
    }
}

#[test]
fn leave_is_asked_for_the_server_an_address_really_leads_to() {
    assert_eq!(address("HTTP://good.example:80@Other.example:80/a/../b").unwrap(), "http://other.example/b");
    assert_eq!(address("other.example").unwrap_err().code, code::VALUE_BAD);
}

#[tokio::test]
async fn a_user_and_a_password_in_the_address_are_sent_and_not_shown() {
    let server = fixed("403 Forbidden", "", "").await;
    let url = server.url("/").replace("http://", "http://me:hidden@");
    let failure = call(&get(url)).await.unwrap_err();
    assert!(server.heard()[0].contains("authorization: Basic "));
    assert!(!format!("{failure:?}").contains("hidden"));
}

#[tokio::test]
async fn a_redirect_is_followed_and_the_body_goes_along_where_the_method_stays() {
    let server = Server::start(|request| match request.split(' ').nth(1).unwrap() {
        "/303" => Reply::new("303 See Other", "location: /end\r\n", ""),
        "/307" => Reply::new("307 Temporary Redirect", "location: end\r\n", ""),
        _ => Reply::new("200 OK", "", "end"),
    });
    let server = server.await;
    let mut request = post(server.url("/307"));
    request.headers = vec![("authorization".into(), "Bearer x".into())];
    request.body = Body::Bytes(b"data".to_vec());
    assert_eq!(call(&request).await.unwrap().body, b"end");
    request.url = server.url("/303");
    call(&request).await.unwrap();
    let heard = server.heard();
    assert!(heard[1].starts_with("POST /end") && heard[1].ends_with("data") && heard[1].contains("Bearer x"));
    assert!(heard[3].starts_with("GET /end") && !heard[3].contains("data"));
    request.follow = false;
    assert_eq!(call(&request).await.unwrap_err().code, code::HTTP_STATUS);
    request.ok = vec![303];
    assert_eq!(call(&request).await.unwrap().status, 303);
}

#[tokio::test]
async fn no_header_goes_to_another_server() {
    let end = Server::start(|_| Reply::new("200 OK", "", "")).await;
    let location = format!("location: {}\r\n", end.url("/"));
    let first = Server::start(move |_| Reply::new("302 Found", &location, "")).await;
    let mut request = get(first.url("/"));
    let headers =
        [("authorization", "Bearer secret"), ("x-api-key", "secret"), ("cookie", "secret"), ("accept", "a/b")];
    request.headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    call(&request).await.unwrap();
    assert_eq!(first.heard()[0].matches("secret").count(), 3);
    assert!(!end.heard()[0].contains("secret") && end.heard()[0].contains("accept: a/b"));
}

#[tokio::test]
async fn a_redirect_without_leave_or_without_end_is_not_followed() {
    let server = Server::start(|_| Reply::new("307 Temporary Redirect", "location: /again\r\n", "")).await;
    let failure = call(&post(server.url("/"))).await.unwrap_err();
    assert!(failure.what.ends_with("was sent on more than 5 times"), "{failure}");
    assert_eq!(server.heard().len(), 6);
    let refuse = |method: Method, url: &str| Err(Failure::new(code::NEEDS_REFUSED, format!("{method} {url}")));
    let failure = send(&post(server.url("/")), refuse).await.unwrap_err();
    assert_eq!(failure.what, format!("POST {}", server.url("/again")));
    assert!(failure.may_have_acted);
    let elsewhere = fixed("302 Found", "location: file:///etc/passwd\r\n", "").await;
    assert_eq!(call(&get(elsewhere.url("/"))).await.unwrap_err().code, code::HTTP_STATUS);
}

/// What lets a server be `name`, with a certificate of its own making, and the file that makes it trusted.
fn identity(name: &str, speaks: &str, folder: &Path) -> (TlsAcceptor, std::path::PathBuf) {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    let file = folder.join("ca.pem");
    std::fs::write(&file, made.cert.pem()).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    config.alpn_protocols = vec![speaks.into()];
    (TlsAcceptor::from(Arc::new(config)), file)
}

async fn secure(name: &str, folder: &Path) -> (Server, std::path::PathBuf) {
    let (identity, file) = identity(name, "http/1.1", folder);
    let answer = |request: &str| match request.split(' ').nth(1) {
        Some("/down") => Reply::new("302 Found", "location: http://127.0.0.1:9/\r\n", ""),
        _ => Reply::new("200 OK", "", "secret place"),
    };
    (Server::serve(Some(identity), answer).await, file)
}

#[tokio::test]
async fn a_server_that_speaks_http_2_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    let (identity, ca) = identity("localhost", "h2", folder.path());
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let mut request = post(format!("https://localhost:{}/", listener.local_addr().unwrap().port()));
    request.ca = Some(ca);
    let serve = async {
        let (socket, _) = listener.accept().await.unwrap();
        let mut connection = h2::server::handshake(identity.accept(socket).await.unwrap()).await.unwrap();
        while let Some(Ok((_, mut respond))) = connection.accept().await {
            let mut body = respond.send_response(http::Response::new(()), false).unwrap();
            body.send_data("second".into(), true).unwrap();
        }
    };
    let (answer, ()) = tokio::join!(call(&request), serve);
    assert_eq!(answer.unwrap().body, b"second");
}

#[tokio::test]
async fn a_certificate_is_checked_against_the_file_that_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let (server, ca) = secure("localhost", folder.path()).await;
    let mut request = post(format!("https://localhost:{}/", server.port));
    let distrusted = call(&request).await.unwrap_err();
    assert_eq!(distrusted.code, code::HTTP_CONNECT);
    assert!(!distrusted.may_have_acted && !distrusted.retryable, "{distrusted:?}");
    assert!(server.heard().is_empty());
    request.ca = Some(ca);
    assert_eq!(call(&request).await.unwrap().body, b"secret place");
    request.url = format!("https://127.0.0.1:{}/", server.port);
    let misnamed = call(&request).await.unwrap_err();
    assert_eq!(misnamed.code, code::HTTP_CONNECT);
    assert!(misnamed.causes[0].contains("certificate not valid for name"), "{misnamed:?}");
}

#[tokio::test]
async fn nothing_leads_from_a_secure_server_to_an_open_one() {
    let folder = tempfile::tempdir().unwrap();
    let (server, ca) = secure("localhost", folder.path()).await;
    let mut request = get(format!("https://localhost:{}/down", server.port));
    request.ca = Some(ca);
    assert!(call(&request).await.unwrap_err().what.ends_with("was sent on from `https` to `http`"));
}

#[tokio::test]
async fn a_file_without_certificates_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, "nothing of the kind").unwrap();
    let mut request = get("https://localhost:9/");
    request.ca = Some(file);
    assert_eq!(call(&request).await.unwrap_err().causes, ["it holds no certificate"]);
    request.ca = Some("/no/such/file".into());
    assert_eq!(call(&request).await.unwrap_err().code, code::VALUE_BAD);
}
