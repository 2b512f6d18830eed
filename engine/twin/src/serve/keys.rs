//! The keys of the doors: an authority of its own, the server's certificate, the clients', and their kubeconfigs.

use super::verifier::Anyone;
use crate::api::User;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// Everything made when a twin starts.
pub(super) struct Keys {
    pub(super) server: ServerConfig,
    pub(super) users: Users,
    /// Kubeconfigs by the names of their files, one for each way to come in.
    pub(super) kubeconfigs: Vec<(&'static str, String)>,
    /// The authority's certificate as text.
    pub(super) authority: String,
    /// A token of the administrator, for clients that prefer one.
    pub(super) token: String,
}

/// Who is known at the doors.
#[derive(Default)]
pub(super) struct Users {
    certificates: BTreeMap<Vec<u8>, User>,
    tokens: BTreeMap<String, User>,
}

impl Users {
    pub(super) fn of_certificate(&self, bytes: &[u8]) -> Option<User> {
        self.certificates.get(bytes).cloned()
    }

    pub(super) fn of_token(&self, token: &str) -> Option<User> {
        self.tokens.get(token).cloned()
    }
}

impl Keys {
    pub(super) fn new(address: SocketAddr) -> Result<Self, Trouble> {
        let key = KeyPair::generate()?;
        let mut params = named("kubernetes", None);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages =
            vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
        let authority = params.self_signed(&key)?.pem();
        let issuer = Issuer::new(params, key);
        let server = server(address, &issuer)?;
        let (good, good_key) = client(&issuer, false)?;
        let (old, old_key) = client(&issuer, true)?;
        let mut users = Users::default();
        let admin = User::known("kubernetes-admin", &["system:masters"]);
        users.certificates.insert(good.der().to_vec(), admin.clone());
        let (token, limited) = (token(&good_key, "admin"), token(&good_key, "limited"));
        users.tokens.insert(token.clone(), admin);
        users.tokens.insert(limited.clone(), User::known("limited", &[]));
        let with = |user: &str| kubeconfig(address, &authority, user);
        let certificate = |certificate: &Certificate, key: &KeyPair| {
            let data = |text: &str| STANDARD.encode(text);
            let pem = data(&certificate.pem());
            format!("{{client-certificate-data: {pem}, client-key-data: {}}}", data(&key.serialize_pem()))
        };
        let kubeconfigs = vec![
            ("kubeconfig", with(&certificate(&good, &good_key))),
            ("limited.kubeconfig", with(&format!("{{token: {limited}}}"))),
            ("token.kubeconfig", with(&format!("{{token: {token}}}"))),
            ("expired.kubeconfig", with(&certificate(&old, &old_key))),
            ("stranger.kubeconfig", with("{token: nobody-gave-this}")),
            ("ca.crt", authority.clone()),
        ];
        Ok(Self { server, users, kubeconfigs, authority, token })
    }
}

/// A token that nobody can guess, for it is made of a private key.
fn token(key: &KeyPair, of: &str) -> String {
    let digest = Sha256::new().chain_update(key.serialize_der()).chain_update(of).finalize();
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn server(address: SocketAddr, issuer: &Issuer<'_, KeyPair>) -> Result<ServerConfig, Trouble> {
    let key = KeyPair::generate()?;
    let mut params = named("kube-apiserver", None);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.subject_alt_names = vec![SanType::IpAddress(address.ip())];
    let service =
        ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"];
    for name in service.into_iter().chain(["localhost"]) {
        params.subject_alt_names.push(SanType::DnsName(name.try_into()?));
    }
    let certificate = params.signed_by(&key, issuer)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(Arc::new(Anyone::new(provider)))
        .with_single_cert(
            vec![CertificateDer::from(certificate.der().to_vec())],
            PrivateKeyDer::try_from(key.serialize_der())?,
        )?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// A certificate of the administrator; one that was good long ago when it is `old`.
fn client(issuer: &Issuer<'_, KeyPair>, old: bool) -> Result<(Certificate, KeyPair), Trouble> {
    let key = KeyPair::generate()?;
    let mut params = named("kubernetes-admin", Some("system:masters"));
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    if old {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    }
    Ok((params.signed_by(&key, issuer)?, key))
}

fn named(name: &str, group: Option<&str>) -> CertificateParams {
    let mut params = CertificateParams::default();
    let mut who = DistinguishedName::new();
    if let Some(group) = group {
        who.push(DnType::OrganizationName, group);
    }
    who.push(DnType::CommonName, name);
    params.distinguished_name = who;
    params
}

/// One thing on each line, as people and their tools expect it.
fn kubeconfig(address: SocketAddr, authority: &str, user: &str) -> String {
    let authority = STANDARD.encode(authority);
    let lines = [
        "apiVersion: v1",
        "kind: Config",
        "current-context: twin",
        "clusters:",
        "- name: twin",
        "  cluster:",
        &format!("    certificate-authority-data: {authority}"),
        &format!("    server: https://{address}"),
        "users:",
        "- name: user",
        &format!("  user: {user}"),
        "contexts:",
        "- name: twin",
        "  context:",
        "    cluster: twin",
        "    user: user",
        "",
    ];
    lines.join("\n")
}
