//! A client that costs as little as one can: bytes written by hand over one TLS connection that stays open.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use runbook_twin::json::Value;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::Trouble;

/// Where a server is, and what it wants to be shown.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    /// Its address.
    pub address: SocketAddr,
    /// The certificate of its authority, as text.
    pub authority: String,
    /// The token of its administrator.
    pub token: String,
}

/// One connection.
pub(crate) struct Client {
    stream: StreamOwned<ClientConnection, TcpStream>,
    token: String,
    read: Vec<u8>,
}

impl Server {
    /// Connects.
    pub(crate) fn connect(&self) -> Result<Client, Trouble> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.authority.as_bytes())?)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let config = config.with_root_certificates(roots).with_no_client_auth();
        let name = ServerName::IpAddress(self.address.ip().into());
        let connection = ClientConnection::new(Arc::new(config), name)?;
        let stream = TcpStream::connect(self.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(120)))?;
        Ok(Client { stream: StreamOwned::new(connection, stream), token: self.token.clone(), read: Vec::new() })
    }
}

impl Client {
    /// Asks, and gives the status and how many bytes the body had.
    pub(crate) fn ask(&mut self, method: &str, path: &str, kind: &str, body: &str) -> Result<(u16, Vec<u8>), Trouble> {
        self.begin(method, path, kind, body)?;
        let end = loop {
            if let Some(at) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            self.more()?;
        };
        let head = String::from_utf8_lossy(&self.read[..end]).to_lowercase();
        let code = head.split(' ').nth(1).ok_or("no status")?.parse()?;
        self.read.drain(..end);
        if let Some(length) = head.lines().find_map(|line| line.strip_prefix("content-length: ")) {
            let length: usize = length.trim().parse()?;
            while self.read.len() < length {
                self.more()?;
            }
            let rest = self.read.split_off(length);
            return Ok((code, std::mem::replace(&mut self.read, rest)));
        }
        let mut body = Vec::new();
        loop {
            let piece = self.chunk()?;
            if piece.is_empty() {
                return Ok((code, body));
            }
            body.extend(piece);
        }
    }

    /// Asks, and takes nothing but a good answer.
    pub(crate) fn good(&mut self, method: &str, path: &str, kind: &str, body: &str) -> Result<Value, Trouble> {
        let (code, body) = self.ask(method, path, kind, body)?;
        if (200..300).contains(&code) {
            return Ok(runbook_twin::json::from_slice(&body)?);
        }
        Err(format!("{method} {path}: {code} {}", String::from_utf8_lossy(&body)).into())
    }

    /// Sends a request and reads the head of its answer: what follows comes by [`Client::chunk`].
    pub(crate) fn watch(&mut self, path: &str) -> Result<(), Trouble> {
        self.begin("GET", path, "application/json", "")?;
        loop {
            if let Some(at) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                self.read.drain(..at + 4);
                return Ok(());
            }
            self.more()?;
        }
    }

    /// The next piece of a body in pieces; empty at its end.
    pub(crate) fn chunk(&mut self) -> Result<Vec<u8>, Trouble> {
        let at = loop {
            if let Some(at) = self.read.windows(2).position(|two| two == b"\r\n") {
                break at;
            }
            self.more()?;
        };
        let length = usize::from_str_radix(std::str::from_utf8(&self.read[..at])?.trim(), 16)?;
        while self.read.len() < at + 2 + length + 2 {
            self.more()?;
        }
        let piece = self.read[at + 2..at + 2 + length].to_vec();
        self.read.drain(..at + 2 + length + 2);
        Ok(piece)
    }

    fn begin(&mut self, method: &str, path: &str, kind: &str, body: &str) -> Result<(), Trouble> {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: twin\r\nauthorization: Bearer {}\r\ncontent-type: {kind}\r\n\
             accept: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        self.stream.write_all(head.as_bytes())?;
        Ok(self.stream.flush()?)
    }

    fn more(&mut self) -> Result<(), Trouble> {
        let mut bytes = [0; 16384];
        let length = self.stream.read(&mut bytes)?;
        if length == 0 {
            return Err("the server hung up".into());
        }
        self.read.extend_from_slice(&bytes[..length]);
        Ok(())
    }
}
