//! Whom a connection trusts: the certificates of this machine, or those of one given file.
//!
//! Those of the machine, and not a list built into the program: a company adds its own there, and an administrator
//! who takes one away means it. The library for it is the one the HTTP client itself brings along.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use reqwest::Url;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

use super::{Error, Result};

/// The configuration for a connection to `url`; nothing is read from the disk for one that needs no certificates.
pub(super) fn config(url: &Url, ca: Option<&Path>) -> Result<ClientConfig> {
    match ca {
        _ if url.scheme() != "https" => only(RootCertStore::empty()),
        Some(file) => only(roots(file)?),
        None => system(),
    }
}

/// Trusts what this machine trusts. Read once: it takes longer than a call.
fn system() -> Result<ClientConfig> {
    static SYSTEM: OnceLock<ClientConfig> = OnceLock::new();
    if let Some(known) = SYSTEM.get() {
        return Ok(known.clone());
    }
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    let config = builder.and_then(BuilderVerifierExt::with_platform_verifier).map_err(Error::Roots)?;
    Ok(SYSTEM.get_or_init(|| speak(config.with_no_client_auth())).clone())
}

/// Trusts `roots` and nobody else.
fn only(roots: RootCertStore) -> Result<ClientConfig> {
    let builder = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
    Ok(speak(builder.map_err(Error::Roots)?.with_root_certificates(roots).with_no_client_auth()))
}

/// Given to each configuration: the default of the process belongs to whoever sets it first.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn speak(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

fn roots(file: &Path) -> Result<RootCertStore> {
    let bad = |why: String| Error::Ca { path: file.display().to_string(), why };
    let text = std::fs::read(file).map_err(|trouble| bad(trouble.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|trouble| bad(trouble.to_string()))?;
        roots.add(certificate).map_err(|trouble| bad(trouble.to_string()))?;
    }
    if roots.is_empty() { Err(bad("it holds no certificate".into())) } else { Ok(roots) }
}
