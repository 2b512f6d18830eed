//! HTTP over TLS: connections in, requests as values to the world, answers out.

use super::ask;
use super::body::Pieces;
use super::door::Door;
use super::{exec, forward};
use crate::api::{Answer, Body, Broken, Follow, Polled, Query, Request, Speaks, Watch};
use crate::world::Refusal;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// How long a client may take to say who it is, and to send a request.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most of a body that is read off the wire.
const LARGEST: usize = 4 * 1024 * 1024;
/// How often a watch that wants bookmarks gets one.
const MARK: Duration = Duration::from_secs(60);

/// Takes connections for as long as the twin runs; while the API is away on purpose, nobody is there to take them.
pub(super) async fn listen(listener: TcpListener, tls: TlsAcceptor, door: Arc<Door>) {
    let address = listener.local_addr();
    let mut open = Some(listener);
    loop {
        match (&open, &address) {
            (Some(listener), _) => tokio::select! {
                () = take(listener, &tls, &door) => {}
                () = door.away() => {
                    open = None;
                    door.cut();
                    door.back().await;
                }
            },
            (None, Ok(address)) => match TcpListener::bind(address).await {
                Ok(listener) => open = Some(listener),
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            (None, Err(_)) => return,
        }
    }
}

async fn take(listener: &TcpListener, tls: &TlsAcceptor, door: &Arc<Door>) {
    match listener.accept().await {
        // Nobody listens where the control plane is away.
        Ok((stream, _)) if !door.is_served() => drop(stream),
        Ok((stream, _)) => {
            tokio::spawn(connection(stream, tls.clone(), door.clone()));
        }
        // Out of file handles or the like: others may end, so wait and go on.
        Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
    }
}

/// One connection, until its end, until all are cut, or until a fault cuts it.
async fn connection(stream: TcpStream, tls: TlsAcceptor, door: Arc<Door>) {
    let mut cuts = door.cuts();
    let cut = Arc::new(Notify::new());
    tokio::select! {
        () = served(stream, tls, door, cut.clone()) => {}
        _ = cuts.changed() => {}
        () = cut.notified() => {}
    }
}

async fn served(stream: TcpStream, tls: TlsAcceptor, door: Arc<Door>, cut: Arc<Notify>) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let Ok(Ok(stream)) = timeout(PATIENCE, tls.accept(stream)).await else {
        return;
    };
    let certificate = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first()).map(|one| one.to_vec());
    let certificate: Option<Arc<[u8]>> = certificate.map(Into::into);
    let service = service_fn(move |request| {
        let (door, certificate, cut) = (door.clone(), certificate.clone(), cut.clone());
        async move { Ok::<_, Infallible>(answer(door, certificate, request, cut).await) }
    });
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    server.http2().timer(TokioTimer::new()).max_concurrent_streams(1000).keep_alive_interval(Some(PATIENCE));
    // A connection that ends badly is the client's affair; the world is whole.
    drop(server.serve_connection_with_upgrades(TokioIo::new(stream), service).await);
}

async fn answer(
    door: Arc<Door>,
    certificate: Option<Arc<[u8]>>,
    request: hyper::Request<Incoming>,
    cut: Arc<Notify>,
) -> hyper::Response<Pieces> {
    let mut request = request;
    let upgrade = request.headers().contains_key("upgrade").then(|| hyper::upgrade::on(&mut request));
    let mut asked = match read(&door, certificate, request).await {
        Ok(asked) => asked,
        Err(refusal) => return sent(refusal.into()),
    };
    let under_way = door.begin();
    let mut answer = door.answer(&asked);
    while let Body::Ask(question) = &answer.body {
        let question = question.clone();
        asked.luck = Some(question.luck);
        asked.heard.push(ask::ask(&question).await);
        answer = door.answer(&asked);
    }
    drop(under_way);
    match std::mem::replace(&mut answer.body, Body::Bytes(Vec::new())) {
        Body::Broken(how) => {
            if how == Broken::Cut {
                cut.notify_one();
            }
            std::future::pending().await
        }
        Body::Watch(watch) => {
            let (send, pieces) = mpsc::channel(2);
            tokio::spawn(watched(door.clone(), *watch, send, cut));
            with_body(answer, Pieces::Flowing(pieces))
        }
        Body::Follow(first, follow) => {
            let (send, pieces) = mpsc::channel(2);
            tokio::spawn(followed(door.clone(), first, *follow, send));
            with_body(answer, Pieces::Flowing(pieces))
        }
        Body::Exec(exec, speaks) => match agreed(&mut answer, &asked, upgrade, speaks) {
            Some(upgrade) => {
                tokio::spawn(exec::talk(door.clone(), *exec, speaks, upgrade));
                with_body(answer, Pieces::Whole(None))
            }
            None => sent(Refusal::bad_request("Upgrade request required").into()),
        },
        Body::Forward(forward, speaks) => match agreed(&mut answer, &asked, upgrade, speaks) {
            Some(upgrade) => {
                tokio::spawn(forward::talk(door.clone(), *forward, speaks, upgrade));
                with_body(answer, Pieces::Whole(None))
            }
            None => sent(Refusal::bad_request("Upgrade request required").into()),
        },
        body => {
            let bytes = if asked.method == "HEAD" { Vec::new() } else { packed(body.bytes(), &asked, &mut answer) };
            with_body(answer, Pieces::Whole(Some(bytes.into())))
        }
    }
}

/// A request as a value: who asks, and what.
///
/// # Failures
/// 401 for who is not known, 408 and 413 for bodies that do not come or never end.
async fn read(
    door: &Door,
    certificate: Option<Arc<[u8]>>,
    request: hyper::Request<Incoming>,
) -> Result<Request, Refusal> {
    let (parts, body) = request.into_parts();
    let headers: Vec<(String, String)> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let mut asked = Request {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: Query::read(parts.uri.query().unwrap_or_default()),
        headers,
        ..Request::default()
    };
    if asked.header("host").is_empty()
        && let Some(host) = parts.uri.authority()
    {
        asked.headers.push(("host".to_owned(), host.to_string()));
    }
    let token = asked.header("authorization").strip_prefix("Bearer ").map(|token| token.trim().to_owned());
    let user = door.user(certificate.as_deref(), token.as_deref());
    asked.user = user.ok_or_else(|| Refusal::new(401, "Unauthorized", "Unauthorized"))?;
    match timeout(PATIENCE * 2, Limited::new(body, LARGEST).collect()).await {
        Ok(Ok(body)) => asked.body = body.to_bytes().to_vec(),
        Ok(Err(_)) => {
            let said = format!("Request entity too large: limit is {}", 3 * 1024 * 1024);
            return Err(Refusal::new(413, "RequestEntityTooLarge", said));
        }
        Err(_) => return Err(Refusal::new(408, "Timeout", "Timeout: the request's body did not come")),
    }
    Ok(asked)
}

/// From how many bytes on an answer is packed for those who can unpack it.
const PACKED: usize = 128 * 1024;

/// The bytes of an answer as they go over the wire: packed where they are many and the client can unpack them.
fn packed(bytes: Vec<u8>, asked: &Request, answer: &mut Answer) -> Vec<u8> {
    let takes = asked.header("accept-encoding").split(',').any(|one| one.trim().split(';').next() == Some("gzip"));
    if bytes.len() < PACKED || !takes || asked.method != "GET" {
        return bytes;
    }
    let mut packer = flate2::write::GzEncoder::new(Vec::with_capacity(bytes.len() / 8), flate2::Compression::fast());
    match std::io::Write::write_all(&mut packer, &bytes).and_then(|()| packer.finish()) {
        Ok(packed) => {
            answer.headers.push(("content-encoding", "gzip".to_owned()));
            answer.headers.push(("vary", "Accept-Encoding".to_owned()));
            packed
        }
        Err(_) => bytes,
    }
}

/// The headers that accept an upgrade, where the client asked for it in the right way.
fn agreed(answer: &mut Answer, asked: &Request, upgrade: Option<OnUpgrade>, speaks: Speaks) -> Option<OnUpgrade> {
    let upgrade = upgrade?;
    answer.headers.push(("connection", "Upgrade".to_owned()));
    if speaks.is_socket() {
        let key = asked.header("sec-websocket-key");
        if key.is_empty() {
            return None;
        }
        answer.headers.push(("upgrade", "websocket".to_owned()));
        answer.headers.push(("sec-websocket-accept", derive_accept_key(key.as_bytes())));
    } else {
        answer.headers.push(("upgrade", "SPDY/3.1".to_owned()));
    }
    Some(upgrade)
}

/// Feeds a watch: only as fast as it is read, until it ends or nobody reads any more.
async fn watched(door: Arc<Door>, mut watch: Watch, send: mpsc::Sender<Bytes>, cut: Arc<Notify>) {
    let _waits = door.waits();
    let mut changes = door.changes();
    let begun = Instant::now();
    let end = begun + watch.timeout.unwrap_or(Duration::from_secs(45 * 60));
    let mut mark = begun + MARK;
    loop {
        changes.mark_unchanged();
        let found = door.with(|world| watch.look(world));
        let (bytes, last) = match watch.write(&found) {
            Polled::More(bytes) => {
                door.stir();
                (bytes, false)
            }
            Polled::Last(bytes) => (bytes, true),
            Polled::Quiet => {
                tokio::select! {
                    changed = changes.changed() => if changed.is_err() { return },
                    () = sleep_until(end) => {
                        // Nobody may be there to hear it, which is as good.
                        drop(send.send(door.with(|world| watch.mark(world)).into()).await);
                        return;
                    }
                    () = sleep_until(mark) => {
                        mark = Instant::now() + MARK;
                        if send.send(door.with(|world| watch.mark(world)).into()).await.is_err() {
                            return;
                        }
                    }
                    () = send.closed() => return,
                }
                continue;
            }
        };
        tokio::select! {
            sent = send.send(bytes.into()) => if sent.is_err() || last { break },
            () = sleep_until(end) => return,
        }
    }
    if watch.is_torn() {
        // What was told goes out first.
        tokio::time::sleep(Duration::from_millis(20)).await;
        cut.notify_one();
    }
}

/// Feeds the lines a container writes, until it ends or nobody reads any more.
async fn followed(door: Arc<Door>, first: Vec<u8>, mut follow: Follow, send: mpsc::Sender<Bytes>) {
    let _waits = door.waits();
    let (mut bytes, mut more) = (first, true);
    loop {
        if !bytes.is_empty() && send.send(bytes.into()).await.is_err() {
            return;
        }
        if !more {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(100)) => {}
            () = send.closed() => return,
        }
        (bytes, more) = door.with(|world| follow.poll(world));
    }
}

fn sent(mut answer: Answer) -> hyper::Response<Pieces> {
    let body = std::mem::replace(&mut answer.body, Body::Bytes(Vec::new())).bytes();
    with_body(answer, Pieces::Whole(Some(body.into())))
}

fn with_body(answer: Answer, body: Pieces) -> hyper::Response<Pieces> {
    let mut response = hyper::Response::new(body);
    *response.status_mut() =
        hyper::StatusCode::from_u16(answer.code).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        if let Ok(value) = hyper::header::HeaderValue::from_bytes(value.as_bytes()) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
