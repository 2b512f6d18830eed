//! The keys of the doors: an authority of its own, the server's certificate, the clients', and the kubeconfig with them.

use crate::api::User;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// Everything made when a twin starts.
pub(super) struct Keys {
    pub(super) server: ServerConfig,
    pub(super) users: Users,
    pub(super) kubeconfig: String,
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
        let authority_key = KeyPair::generate()?;
        let mut authority = named("kubernetes", None);
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages =
            vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
        let authority_certificate = authority.self_signed(&authority_key)?;
        let issuer = Issuer::new(authority, authority_key);

        let server_key = KeyPair::generate()?;
        let mut server = named("kube-apiserver", None);
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        server.subject_alt_names = vec![SanType::IpAddress(address.ip())];
        for name in [
            "localhost",
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
        ] {
            server.subject_alt_names.push(SanType::DnsName(name.try_into()?));
        }
        let server_certificate = server.signed_by(&server_key, &issuer)?;

        let client_key = KeyPair::generate()?;
        let mut client = named("kubernetes-admin", Some("system:masters"));
        client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let client_certificate = client.signed_by(&client_key, &issuer)?;

        let mut roots = rustls::RootCertStore::empty();
        roots.add(authority_certificate.der().clone())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
            .allow_unauthenticated()
            .build()?;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(verifier)
            .with_single_cert(
                vec![CertificateDer::from(server_certificate.der().to_vec())],
                PrivateKeyDer::try_from(server_key.serialize_der())?,
            )?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];

        let mut users = Users::default();
        users
            .certificates
            .insert(client_certificate.der().to_vec(), User::known("kubernetes-admin", &["system:masters"]));
        let kubeconfig =
            kubeconfig(address, &authority_certificate.pem(), &client_certificate.pem(), &client_key.serialize_pem());
        let token =
            client_key.serialize_der().iter().rev().take(24).map(|byte| format!("{byte:02x}")).collect::<String>();
        users.tokens.insert(token.clone(), User::known("kubernetes-admin", &["system:masters"]));
        Ok(Self { server: config, users, kubeconfig, authority: authority_certificate.pem(), token })
    }
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

fn kubeconfig(address: SocketAddr, authority: &str, certificate: &str, key: &str) -> String {
    let data = |text: &str| STANDARD.encode(text);
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: twin\nclusters:\n- name: twin\n  cluster:\n    \
         server: https://{address}\n    certificate-authority-data: {}\nusers:\n- name: admin\n  user:\n    \
         client-certificate-data: {}\n    client-key-data: {}\ncontexts:\n- name: twin\n  context:\n    cluster: twin\n    \
         user: admin\n",
        data(authority),
        data(certificate),
        data(key)
    )
}
