//! Tokens of service accounts: made and read back; signed with the world's own seed, for nobody else needs to believe them.

use super::request::User;
use crate::json::{Value, json};
use crate::world::{Moment, World};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Whose token it is.
pub(crate) struct Claim<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
    pub(crate) uid: &'a str,
    pub(crate) audiences: Value,
    pub(crate) until: Moment,
    /// The object it is bound to: kind in small letters, name, uid.
    pub(crate) bound: Option<(&'a str, String, String)>,
}

const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";

/// A token as a JWT.
pub(crate) fn make(world: &mut World, claim: &Claim<'_>) -> String {
    let (now, id) = (world.now().0 / 1_000_000, world.chance().uid());
    let mut about = json!({"namespace": claim.namespace, "serviceaccount": {"name": claim.name, "uid": claim.uid}});
    if let Some((kind, name, uid)) = &claim.bound {
        about[*kind] = json!({"name": name, "uid": uid});
    }
    let claims = json!({
        "aud": claim.audiences, "exp": claim.until.0 / 1_000_000, "iat": now, "nbf": now, "iss": ISSUER, "jti": id,
        "kubernetes.io": about, "sub": format!("system:serviceaccount:{}:{}", claim.namespace, claim.name),
    });
    let head = URL_SAFE_NO_PAD.encode(json!({"alg": "RS256", "kid": "twin"}).to_string());
    let body = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let signature = signature(world.secret(), &body);
    format!("{body}.{signature}")
}

fn signature(secret: u64, body: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(secret.to_be_bytes());
    hash.update(body.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

/// The service account of a token; none when it is not one of ours, is past its time, or its account is gone.
#[must_use]
pub fn user_of_token(world: &World, token: &str) -> Option<User> {
    let (body, given) = token.rsplit_once('.')?;
    if signature(world.secret(), body) != given {
        return None;
    }
    let claims = URL_SAFE_NO_PAD.decode(body.split_once('.')?.1).ok()?;
    let claims: Value = crate::json::from_slice(&claims).ok()?;
    if claims["exp"].as_i64()? < world.now().0 / 1_000_000 {
        return None;
    }
    let about = &claims["kubernetes.io"];
    let (namespace, name) = (about["namespace"].as_str()?, about["serviceaccount"]["name"].as_str()?);
    let uid = about["serviceaccount"]["uid"].as_str()?;
    let account = world.get("serviceaccounts", namespace, name)?;
    if account.uid() != uid {
        return None;
    }
    let bound = [("pods", namespace, "pod"), ("secrets", namespace, "secret"), ("nodes", "", "node")];
    for (kind, within, field) in bound {
        let Some(name) = about[field]["name"].as_str() else { continue };
        if kind != "nodes" && world.get(kind, within, name).is_none_or(|it| it.uid() != about[field]["uid"]) {
            return None;
        }
    }
    let mut extra = vec![(
        "authentication.kubernetes.io/credential-id".to_owned(),
        vec![format!("JTI={}", claims["jti"].as_str()?)],
    )];
    for (field, said) in [("pod", "pod"), ("node", "node")] {
        if let (Some(name), Some(uid)) = (about[field]["name"].as_str(), about[field]["uid"].as_str()) {
            extra.push((format!("authentication.kubernetes.io/{said}-name"), vec![name.to_owned()]));
            extra.push((format!("authentication.kubernetes.io/{said}-uid"), vec![uid.to_owned()]));
        }
    }
    let groups = [
        "system:serviceaccounts".to_owned(),
        format!("system:serviceaccounts:{namespace}"),
        "system:authenticated".to_owned(),
    ];
    let name = format!("system:serviceaccount:{namespace}:{name}");
    Some(User { name, uid: uid.to_owned(), groups: groups.to_vec(), extra })
}
