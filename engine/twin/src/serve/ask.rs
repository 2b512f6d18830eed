//! Asking a webhook outside of the world: one POST over TLS, and what came of it in the words of the real server.
//!
//! Promises: it goes to loopback alone, whatever address an object names, and never takes longer than it may.

use super::trust::Bundle;
use crate::api::Heard;
use crate::world::Ask;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// The most that is read of an answer.
const LARGEST: usize = 3 * 1024 * 1024;

/// Asks, and waits no longer than the webhook may take.
pub(super) async fn ask(ask: &Ask) -> Heard {
    match tokio::time::timeout(Duration::from_secs(ask.seconds), post(ask)).await {
        Ok(Ok(heard)) => heard,
        Ok(Err(why)) => Heard::Failed(why),
        Err(_) => Heard::Failed("context deadline exceeded".to_owned()),
    }
}

async fn post(ask: &Ask) -> Result<Heard, String> {
    let uri: hyper::Uri = ask.url.parse().map_err(|_| "invalid URL".to_owned())?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let address = format!("{host}:{}", uri.port_u16().unwrap_or(443));
    let near = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    if !near {
        return Err(format!("dial tcp: lookup {host}: no such host"));
    }
    let stream = TcpStream::connect(&address).await.map_err(|error| dialled(&address, &error))?;
    let name = ServerName::try_from(host.clone()).map_err(|_| "invalid URL".to_owned())?;
    let stream = connector(ask)?.connect(name, stream).await.map_err(|error| shaken(&error, &host))?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    let carrying = tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let request = hyper::Request::post(path)
        .header("host", address)
        .header("content-type", "application/json")
        .header("accept", "application/json, */*")
        .header("user-agent", "kube-apiserver-admission")
        .body(Full::new(Bytes::from(ask.body.clone())))
        .map_err(|error| error.to_string())?;
    let answer = sender.send_request(request).await.map_err(|_| "EOF".to_owned())?;
    let code = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), LARGEST).collect().await.map_err(|_| "unexpected EOF".to_owned())?;
    carrying.abort();
    Ok(Heard::Said { code, body: String::from_utf8_lossy(&body.to_bytes()).into_owned() })
}

fn connector(ask: &Ask) -> Result<TlsConnector, String> {
    let text = STANDARD.decode(&ask.authority).map_err(|error| error.to_string())?;
    let known: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&text).flatten().collect();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Bundle::new(known, provider)))
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn dialled(address: &str, error: &io::Error) -> String {
    let why = match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::TimedOut => "connection timed out".to_owned(),
        _ => error.to_string(),
    };
    format!("dial tcp {address}: connect: {why}")
}

fn shaken(error: &io::Error, host: &str) -> String {
    let why = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let said = match why {
        Some(rustls::Error::InvalidCertificate(wrong)) => match wrong {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "certificate has expired or is not yet valid".to_owned()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                format!("certificate is not valid for any names, but wanted to match {host}")
            }
            _ => "certificate signed by unknown authority".to_owned(),
        },
        _ => return "EOF".to_owned(),
    };
    format!("tls: failed to verify certificate: x509: {said}")
}
