//! A client so plain that it can be rude: TLS, and bytes written by hand.

use runbook_twin::serve::Running;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

/// One connection to a twin.
pub(crate) struct Client {
    stream: StreamOwned<ClientConnection, TcpStream>,
    token: String,
}

impl Client {
    pub(crate) fn to(twin: &Running) -> Self {
        Self::with(twin, &twin.token)
    }

    pub(crate) fn with(twin: &Running, token: &str) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(twin.authority.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let stream = TcpStream::connect(twin.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        Self { stream: StreamOwned::new(connection, stream), token: token.to_owned() }
    }

    /// Sends bytes and cares for nothing else.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
        self.stream.flush().unwrap();
    }

    /// Sends bytes and reads whatever comes until the end.
    pub(crate) fn raw(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut all = Vec::new();
        // The door may hang up on it, which is an answer too.
        drop(self.stream.write_all(bytes));
        drop(self.stream.read_to_end(&mut all));
        all
    }

    /// Some bytes of what comes; nothing at the end.
    pub(crate) fn read_some(&mut self) -> Vec<u8> {
        let mut bytes = vec![0; 65536];
        // However it ends, it ends.
        let length = self.stream.read(&mut bytes).unwrap_or(0);
        bytes.truncate(length);
        bytes
    }

    pub(crate) fn get(&mut self, path: &str) -> (u16, Vec<u8>) {
        self.ask("GET", path, "")
    }

    pub(crate) fn delete(&mut self, path: &str) -> (u16, Vec<u8>) {
        self.ask("DELETE", path, "")
    }

    pub(crate) fn post(&mut self, path: &str, body: &str) -> (u16, Vec<u8>) {
        self.ask("POST", path, body)
    }

    pub(crate) fn put(&mut self, path: &str, body: &str) -> (u16, Vec<u8>) {
        self.ask("PUT", path, body)
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> (u16, Vec<u8>) {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: twin\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        self.send(head.as_bytes());
        let mut read = Vec::new();
        let end = loop {
            if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            let piece = self.read_some();
            assert!(!piece.is_empty(), "no answer to {method} {path}");
            read.extend(piece);
        };
        let head = String::from_utf8_lossy(&read[..end]).to_lowercase();
        let code = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        let length: usize = length.trim().parse().unwrap();
        while read.len() < end + length {
            let piece = self.read_some();
            assert!(!piece.is_empty(), "the answer to {method} {path} is cut short");
            read.extend(piece);
        }
        (code, read[end..end + length].to_vec())
    }
}
