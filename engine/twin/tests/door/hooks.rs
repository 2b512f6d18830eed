//! Webhooks asked over real TLS.

use super::client::Client;
use super::{MAPS, map, twin};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, SanType};
use runbook_twin::json::{Value, json};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

/// A webhook that refuses maps with the text `no`; where it is, and who vouches for it.
fn hook() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.subject_alt_names = vec![SanType::IpAddress(Ipv4Addr::LOCALHOST.into())];
    let certificate = params.self_signed(&key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(certificate.der().to_vec())],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let config = Arc::new(config);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream);
            // Who does not trust us hangs up.
            let Some(review) = read(&mut stream) else { continue };
            let allowed = review["request"]["object"]["data"]["text"] != "no";
            let response =
                json!({"uid": review["request"]["uid"], "allowed": allowed, "status": {"message": "it says no"}});
            let body = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response});
            let body = body.to_string();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            drop(stream.write_all(head.as_bytes()));
            drop(stream.flush());
        }
    });
    (format!("https://{address}/judge"), STANDARD.encode(certificate.pem()))
}

fn read(stream: &mut impl Read) -> Option<Value> {
    let (mut all, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let length = stream.read(&mut piece).ok().filter(|length| *length > 0)?;
        all.extend_from_slice(&piece[..length]);
        let text = String::from_utf8_lossy(&all).into_owned();
        if let Some((_, body)) = text.split_once("\r\n\r\n")
            && let Ok(review) = runbook_twin::json::from_str(body)
        {
            return Some(review);
        }
    }
}

fn configured(client: &mut Client, name: &str, place: &str, key: &str, policy: &str) {
    let rules =
        json!([{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}]);
    let hook = json!({
        "name": format!("{name}.hooks.test"), "clientConfig": {"url": place, "caBundle": key}, "rules": rules,
        "sideEffects": "None", "admissionReviewVersions": ["v1"], "failurePolicy": policy, "timeoutSeconds": 5,
    });
    let body = json!({
        "apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": name}, "webhooks": [hook],
    });
    let path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
    let (code, said) = client.post(path, &body.to_string());
    assert_eq!(code, 201, "{}", String::from_utf8_lossy(&said));
}

#[test]
fn a_webhook_is_asked_over_tls_and_one_that_cannot_be_trusted_or_reached_is_down() {
    let (twin, _folder) = twin();
    let mut client = Client::to(&twin);
    let (place, key) = hook();
    configured(&mut client, "judge", &place, &key, "Fail");
    assert_eq!(client.post(MAPS, &map("yes", "yes")).0, 201);
    let (code, said) = client.post(MAPS, &map("no", "no"));
    assert_eq!(code, 400);
    assert!(String::from_utf8_lossy(&said).contains("denied the request: it says no"));

    let (_, other) = hook();
    let path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
    assert_eq!(client.delete(&format!("{path}/judge")).0, 200);
    configured(&mut client, "stranger", &place, &other, "Fail");
    let (code, said) = client.post(MAPS, &map("unheard", "yes"));
    let said = String::from_utf8_lossy(&said).into_owned();
    assert_eq!(code, 500, "{said}");
    assert!(said.contains("failed calling webhook \\\"stranger.hooks.test\\\"") && said.contains("x509"), "{said}");
    assert_eq!(client.delete(&format!("{path}/stranger")).0, 200);
    configured(&mut client, "outside", "https://192.0.2.1/x", &key, "Ignore");
    assert_eq!(client.post(MAPS, &map("ignored", "yes")).0, 201, "nobody outside of this machine is asked");
}
