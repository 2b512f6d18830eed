//! The API as helm speaks to it: one connection over TLS, requests one after another.

use crate::json::Value;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Method;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_rustls::TlsConnector;

/// The most that is read of an answer.
const LARGEST: usize = 64 * 1024 * 1024;

/// The API of a cluster.
pub(super) struct Api {
    host: String,
    port: u16,
    token: Option<String>,
    tls: TlsConnector,
    open: tokio::sync::Mutex<Option<SendRequest<Full<Bytes>>>>,
    known: Mutex<BTreeMap<String, Value>>,
}

/// What came of a request.
pub(super) struct Answer {
    pub(super) code: u16,
    pub(super) body: Value,
}

/// Where the objects of a kind are.
pub(super) struct Place {
    pub(super) path: String,
    pub(super) name: String,
}

impl Place {
    /// The path of the object itself.
    pub(super) fn own(&self) -> String {
        format!("{}/{}", self.path, self.name)
    }
}

impl Answer {
    /// What the server says against it.
    pub(super) fn why(&self) -> String {
        self.body["message"].as_str().map_or_else(|| format!("the server answered {}", self.code), str::to_owned)
    }

    /// The body, where it went well.
    pub(super) fn ok(self) -> Result<Value, String> {
        if self.code < 300 { Ok(self.body) } else { Err(self.why()) }
    }
}

fn bytes(config: &Value, name: &str) -> Result<Option<Vec<u8>>, String> {
    use base64::Engine as _;
    let data = config[format!("{name}-data")].as_str();
    if let Some(text) = data {
        return base64::engine::general_purpose::STANDARD.decode(text).map(Some).map_err(|error| error.to_string());
    }
    config[name].as_str().map(|path| std::fs::read(path).map_err(|error| format!("open {path}: {error}"))).transpose()
}

impl Api {
    /// The API that a kubeconfig names.
    pub(super) fn of(kubeconfig: &Path) -> Result<Self, String> {
        let unreachable = |why: String| format!("Kubernetes cluster unreachable: {why}");
        let text = std::fs::read_to_string(kubeconfig).map_err(|error| unreachable(error.to_string()))?;
        let config: Value =
            serde_saphyr::from_str(&text).map_err(|_| unreachable("the kubeconfig is no YAML".to_owned()))?;
        let find = |list: &str, name: &Value| {
            config[list]
                .as_array()
                .into_iter()
                .flatten()
                .find(|one| one["name"] == *name)
                .cloned()
                .unwrap_or(Value::Null)
        };
        let context = find("contexts", &config["current-context"])["context"].clone();
        let cluster = find("clusters", &context["cluster"])["cluster"].clone();
        let user = find("users", &context["user"])["user"].clone();
        let server = cluster["server"].as_str().unwrap_or_default();
        let uri: hyper::Uri = server.parse().map_err(|_| unreachable(format!("`{server}` is no address")))?;
        let mut roots = RootCertStore::empty();
        let authority = bytes(&cluster, "certificate-authority")?.unwrap_or_default();
        roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&authority).flatten());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.map_err(|error| error.to_string())?.with_root_certificates(roots);
        let (certificate, key) = (bytes(&user, "client-certificate")?, bytes(&user, "client-key")?);
        let tls = match (certificate, key) {
            (Some(certificate), Some(key)) => {
                let chain: Vec<CertificateDer<'static>> =
                    CertificateDer::pem_slice_iter(&certificate).flatten().collect();
                let key = PrivateKeyDer::from_pem_slice(&key).map_err(|error| error.to_string())?;
                builder.with_client_auth_cert(chain, key).map_err(|error| error.to_string())?
            }
            _ => builder.with_no_client_auth(),
        };
        Ok(Self {
            host: uri.host().unwrap_or_default().to_owned(),
            port: uri.port_u16().unwrap_or(443),
            token: user["token"].as_str().map(str::to_owned),
            tls: TlsConnector::from(Arc::new(tls)),
            open: tokio::sync::Mutex::new(None),
            known: Mutex::new(BTreeMap::new()),
        })
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, String> {
        let unreachable = |why: String| format!("Kubernetes cluster unreachable: {why}");
        let stream = tokio::net::TcpStream::connect((self.host.as_str(), self.port)).await;
        let stream = stream.map_err(|error| unreachable(error.to_string()))?;
        let name = ServerName::try_from(self.host.clone()).map_err(|error| unreachable(error.to_string()))?;
        let stream = self.tls.connect(name, stream).await.map_err(|error| unreachable(error.to_string()))?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| unreachable(error.to_string()))?;
        tokio::spawn(connection);
        Ok(sender)
    }

    /// Asks; what was sent and not answered is not sent again.
    pub(super) async fn ask(&self, method: &Method, path: &str, body: Option<&Value>) -> Result<Answer, String> {
        let mut open = self.open.lock().await;
        let mut kept = open.take();
        let lives = match &mut kept {
            Some(sender) => sender.ready().await.is_ok(),
            None => false,
        };
        let mut sender = match kept {
            Some(sender) if lives => sender,
            _ => self.connect().await?,
        };
        let kind = if *method == Method::PATCH { "application/merge-patch+json" } else { "application/json" };
        let mut request = hyper::Request::builder()
            .method(method)
            .uri(path)
            .header("host", format!("{}:{}", self.host, self.port))
            .header("accept", "application/json")
            .header("user-agent", "Helm/3 (twin)")
            .header("content-type", kind);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = request.body(Full::new(Bytes::from(body))).map_err(|error| error.to_string())?;
        let lost =
            |why: &dyn std::fmt::Display| format!("{method} \"https://{}:{}{path}\": {why}: EOF", self.host, self.port);
        let answer = sender.send_request(request).await.map_err(|error| lost(&error))?;
        let code = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), LARGEST).collect().await.map_err(|error| lost(&error))?.to_bytes();
        *open = Some(sender);
        Ok(Answer { code, body: crate::json::from_slice(&body).unwrap_or(Value::Null) })
    }

    /// An object; none where it is not there.
    pub(super) async fn get(&self, path: &str) -> Result<Option<Value>, String> {
        let answer = self.ask(&Method::GET, path, None).await?;
        if answer.code == 404 { Ok(None) } else { answer.ok().map(Some) }
    }

    /// Where an object is, by its kind; as the server says.
    pub(super) async fn place(&self, object: &Value, namespace: &str) -> Result<Place, String> {
        let (version, kind) = (text(&object["apiVersion"]), text(&object["kind"]));
        let root = if version.contains('/') { format!("/apis/{version}") } else { format!("/api/{version}") };
        let missing = || format!("resource mapping not found: no matches for kind \"{kind}\" in version \"{version}\"");
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&root).cloned();
        let list = match known {
            Some(list) => list,
            None => {
                let list = self.get(&root).await?.ok_or_else(missing)?;
                self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(root.clone(), list.clone());
                list
            }
        };
        let is = |one: &&Value| one["kind"] == object["kind"] && !text(&one["name"]).contains('/');
        let found = list["resources"].as_array().into_iter().flatten().find(is).ok_or_else(missing)?;
        let own = object["metadata"]["namespace"].as_str().unwrap_or(namespace);
        let within = if found["namespaced"] == true { format!("/namespaces/{own}") } else { String::new() };
        let path = format!("{root}{within}/{}", text(&found["name"]));
        Ok(Place { path, name: text(&object["metadata"]["name"]).to_owned() })
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
