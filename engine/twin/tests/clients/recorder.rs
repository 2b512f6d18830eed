//! Stands between a client and an API and writes down what is asked: plain HTTP on its side, TLS on the other.
//!
//! Each connection carries one request, so that what follows the head can be copied without being understood: bodies,
//! watches, and what an upgrade makes of the connection.

use crate::place::Place;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;

/// One request as it was seen.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) code: u16,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// What is between; it ends when dropped.
pub(crate) struct Recorder {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Asked>>>,
    _runtime: tokio::runtime::Runtime,
}

struct Beyond {
    address: String,
    token: String,
    tls: TlsConnector,
}

impl Recorder {
    pub(crate) fn before(place: &Place) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(place.authority.as_bytes()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let beyond = Arc::new(Beyond {
            address: place.address.clone(),
            token: place.token.clone(),
            tls: TlsConnector::from(Arc::new(config)),
        });
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let all = seen.clone();
        runtime.spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (beyond, seen) = (beyond.clone(), all.clone());
                tokio::spawn(async move { pass(client, &beyond, &seen).await });
            }
        });
        Self { address, seen, _runtime: runtime }
    }

    /// What was asked since the last time.
    pub(crate) fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

/// One connection: its one request, and whatever comes of it. However it ends, the client sees the end.
async fn pass(mut client: TcpStream, beyond: &Beyond, seen: &Mutex<Vec<Asked>>) -> Option<()> {
    let (head, rest) = head(&mut client).await?;
    let mut asked = read(&head)?;
    asked.body = rest;
    let length: usize = asked.header("content-length").parse().unwrap_or(0);
    while asked.body.len() < length {
        client.read_buf(&mut asked.body).await.ok().filter(|count| *count > 0)?;
    }
    let body = asked.body.clone();
    let upgrade = !asked.header("upgrade").is_empty();
    let mut sent = format!("{} {} HTTP/1.1\r\n", asked.method, asked.path);
    for (name, value) in &asked.headers {
        if name != "authorization" && (upgrade || name != "connection") {
            sent.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    sent.push_str(&format!("authorization: Bearer {}\r\n", beyond.token));
    sent.push_str(if upgrade { "\r\n" } else { "connection: close\r\n\r\n" });
    let place = {
        let mut seen = seen.lock().unwrap();
        seen.push(asked);
        seen.len() - 1
    };
    let server = TcpStream::connect(&beyond.address).await.ok()?;
    server.set_nodelay(true).ok()?;
    let mut server = beyond.tls.connect(ServerName::try_from("127.0.0.1").unwrap(), server).await.ok()?;
    server.write_all(sent.as_bytes()).await.ok()?;
    server.write_all(&body).await.ok()?;
    let mut first = Vec::new();
    while !first.windows(2).any(|two| two == b"\r\n") {
        server.read_buf(&mut first).await.ok().filter(|count| *count > 0)?;
    }
    let code = String::from_utf8_lossy(&first).split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    if let Some(asked) = seen.lock().unwrap().get_mut(place) {
        asked.code = code;
    }
    client.write_all(&first).await.ok()?;
    // Whoever hangs up first, it is over.
    drop(tokio::io::copy_bidirectional(&mut client, &mut server).await);
    Some(())
}

/// The head of a request, and what came with it of the body.
async fn head(client: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut read = Vec::new();
    loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = read.split_off(end + 4);
            return Some((String::from_utf8_lossy(&read).into_owned(), rest));
        }
        client.read_buf(&mut read).await.ok().filter(|count| *count > 0)?;
    }
}

fn read(head: &str) -> Option<Asked> {
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    Some(Asked { method, path, headers, body: Vec::new(), code: 0 })
}
