//! Discovery: which groups, versions and kinds there are, in the old form and in the aggregated one.

use super::answer::Answer;
use super::kinds::Served;
use super::request::Request;
use super::route::address;
use crate::json::{Value, json};
use crate::shapes::document;
use crate::world::{Refusal, World};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The answer of a discovery path; none for other paths.
pub(crate) fn answer(world: &World, request: &Request) -> Option<Result<Answer, Refusal>> {
    let pieces: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    match pieces.as_slice() {
        ["api"] | ["apis"] if request.method == "GET" => Some(root(world, request, pieces[0] == "api")),
        ["api", "v1"] => Some(Ok(Answer::json(200, &document::resources()["v1"]))),
        ["api", _] => Some(Err(super::route::nothing())),
        ["apis", group] => group_of(world, group).map(|group| Ok(Answer::json(200, &group))),
        ["apis", group, version] => match resources(world, group, version) {
            Some(list) => Some(Ok(Answer::json(200, &list))),
            None if is_unreachable(world, group, version) => Some(Ok(unavailable())),
            None => has_group(world, group).then(|| Err(super::route::nothing())),
        },
        _ => None,
    }
}

fn aggregated(request: &Request) -> Option<&'static str> {
    request.header("accept").split(',').find_map(|clause| {
        let has = |piece: &str| clause.split(';').any(|one| one.trim() == piece);
        if !has("as=APIGroupDiscoveryList") || !has("g=apidiscovery.k8s.io") || !has("application/json") {
            return None;
        }
        has("v=v2").then_some("v2")
    })
}

fn root(world: &World, request: &Request, core: bool) -> Result<Answer, Refusal> {
    let Some(version) = aggregated(request) else {
        super::accept::wanted(request)?;
        let mut value = if core { document::core().clone() } else { groups(world) };
        if core {
            value["serverAddressByClientCIDRs"] =
                json!([{"clientCIDR": "0.0.0.0/0", "serverAddress": address(request)}]);
        }
        return Ok(Answer::json(200, &value).with("vary", "Accept"));
    };
    let mut list = if core { document::aggregated_core().clone() } else { aggregated_groups(world) };
    list["apiVersion"] = format!("apidiscovery.k8s.io/{version}").into();
    let bytes = crate::json::to_vec(&list).unwrap_or_default();
    let tag = tag(&bytes);
    let kind = format!("application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList");
    if request.header("if-none-match").contains(&tag) {
        return Ok(Answer {
            code: 304,
            headers: vec![("etag", format!("\"{tag}\""))],
            body: super::Body::Bytes(Vec::new()),
        });
    }
    Ok(Answer::bytes(200, &kind, bytes)
        .with("vary", "Accept")
        .with("etag", format!("\"{tag}\""))
        .with("cache-control", "public"))
}

/// The name of a document by what is in it.
pub(crate) fn tag(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha512};
    Sha512::digest(bytes).iter().map(|byte| format!("{byte:02X}")).collect()
}

/// The groups that definitions add, each with its versions, the preferred first.
fn added(world: &World) -> BTreeMap<String, Vec<String>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for served in world.shapes().all().filter(|served| served.is_custom()) {
        let versions = groups.entry(served.group.clone()).or_default();
        if !versions.contains(&served.version) {
            versions.push(served.version.clone());
        }
    }
    for versions in groups.values_mut() {
        versions.sort_by_key(|version| std::cmp::Reverse(rank(version)));
    }
    groups
}

/// How versions are preferred: `v2` before `v1` before `v1beta2` before `v1alpha1` before anything else.
pub(crate) fn rank(version: &str) -> (u8, u64, u64, std::cmp::Reverse<String>) {
    let other = (0, 0, 0, std::cmp::Reverse(version.to_owned()));
    let Some(rest) = version.strip_prefix('v') else { return other };
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let Ok(major) = rest[..digits].parse::<u64>() else { return other };
    let (stage, minor) = match &rest[digits..] {
        "" => (3, "0"),
        tail if tail.starts_with("beta") => (2, &tail[4..]),
        tail if tail.starts_with("alpha") => (1, &tail[5..]),
        _ => return other,
    };
    match minor.parse() {
        Ok(minor) => (stage, major, minor, std::cmp::Reverse(String::new())),
        Err(_) => other,
    }
}

/// The groups and versions behind services that cannot be reached.
pub(crate) fn unreachable(world: &World) -> BTreeMap<String, Vec<String>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for service in world.list("apiservices.apiregistration.k8s.io", "") {
        if service["spec"]["service"].is_object() && service.condition("Available") != Some("True") {
            let text = |field: &str| service["spec"][field].as_str().unwrap_or_default().to_owned();
            groups.entry(text("group")).or_default().push(text("version"));
        }
    }
    groups
}

fn group_entry(name: &str, versions: &[String]) -> Value {
    let entry = |version: &String| json!({"groupVersion": format!("{name}/{version}"), "version": version});
    let all: Vec<Value> = versions.iter().map(entry).collect();
    json!({"name": name, "versions": all, "preferredVersion": all.first()})
}

fn groups(world: &World) -> Value {
    let mut list = document::groups().clone();
    if let Some(groups) = list["groups"].as_array_mut() {
        groups.extend(added(world).iter().map(|(name, versions)| group_entry(name, versions)));
        groups.extend(unreachable(world).iter().map(|(name, versions)| group_entry(name, versions)));
    }
    list
}

fn group_of(world: &World, name: &str) -> Option<Value> {
    let list = groups(world);
    let mut found = list["groups"].as_array()?.iter().find(|group| group["name"] == name)?.clone();
    found["kind"] = "APIGroup".into();
    found["apiVersion"] = "v1".into();
    Some(found)
}

fn custom(world: &World, group: &str, version: &str) -> Vec<Arc<Served>> {
    let of = |served: &&Arc<Served>| served.is_custom() && served.group == group && served.version == version;
    let mut found: Vec<Arc<Served>> = world.shapes().all().filter(of).cloned().collect();
    found.sort_by(|a, b| a.plural.cmp(&b.plural));
    found
}

/// Whether this group and version lie behind a service that cannot be reached.
pub(crate) fn is_unreachable(world: &World, group: &str, version: &str) -> bool {
    unreachable(world).get(group).is_some_and(|versions| versions.iter().any(|one| one == version))
}

/// What is said in the name of such a service.
pub(crate) fn unavailable() -> Answer {
    Answer::text(503, "service unavailable\n")
}

/// Whether a group is one of the server's own.
pub(crate) fn has_group(world: &World, group: &str) -> bool {
    world.shapes().all().any(|served| served.group == group && !served.is_custom())
}

fn resources(world: &World, group: &str, version: &str) -> Option<Value> {
    if let Some(list) = document::resources().get(&format!("{group}/{version}")) {
        return Some(list.clone());
    }
    let found = custom(world, group, version);
    let mut list = Vec::new();
    for served in &found {
        let mut entry = json!({
            "name": served.plural, "singularName": served.singular, "namespaced": served.namespaced, "kind": served.kind,
            "verbs": served.verbs,
        });
        for (field, words) in [("shortNames", &served.short), ("categories", &served.categories)] {
            if !words.is_empty() {
                entry[field] = json!(words);
            }
        }
        entry["storageVersionHash"] = stored_hash(world, served).into();
        list.push(entry);
        for sub in &served.subresources {
            let mut entry = json!({
                "name": format!("{}/{}", served.plural, sub.name), "singularName": "", "namespaced": served.namespaced,
                "kind": sub.kind, "verbs": sub.verbs,
            });
            if sub.kind == "Scale" {
                entry["group"] = sub.group.as_str().into();
                entry["version"] = sub.version.as_str().into();
            }
            list.push(entry);
        }
    }
    let known = !found.is_empty();
    known.then(|| json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": format!("{group}/{version}"), "resources": list}))
}

/// The hash of the version a kind is stored in.
fn stored_hash(world: &World, served: &Served) -> String {
    use base64::Engine as _;
    use sha2::{Digest, Sha256};
    let definition =
        world.get("customresourcedefinitions.apiextensions.k8s.io", "", &format!("{}.{}", served.plural, served.group));
    let versions = definition.and_then(|one| one["spec"]["versions"].as_array());
    let stored =
        versions.and_then(|all| all.iter().find(|one| one["storage"] == true)).and_then(|one| one["name"].as_str());
    let said = format!("{}/{}/{}", served.group, stored.unwrap_or(&served.version), served.kind);
    base64::engine::general_purpose::STANDARD.encode(&Sha256::digest(said.as_bytes())[..8])
}

fn aggregated_groups(world: &World) -> Value {
    let mut list = document::aggregated_groups().clone();
    for (name, versions) in added(world) {
        let versions: Vec<Value> = versions
            .iter()
            .map(|version| {
                let resources: Vec<Value> = custom(world, &name, version).iter().map(|served| entry(served)).collect();
                json!({"version": version, "resources": resources, "freshness": "Current"})
            })
            .collect();
        if let Some(items) = list["items"].as_array_mut() {
            items.push(json!({"metadata": {"name": name}, "versions": versions}));
        }
    }
    if let Some(items) = list["items"].as_array_mut() {
        items.extend(stale(world));
    }
    list
}

/// What is said of groups that cannot be reached: that they are, and nothing of what is in them.
fn stale(world: &World) -> Vec<Value> {
    let one = |(name, versions): (String, Vec<String>)| {
        let versions: Vec<Value> =
            versions.iter().map(|version| json!({"version": version, "freshness": "Stale"})).collect();
        json!({"metadata": {"name": name, "creationTimestamp": null}, "versions": versions})
    };
    unreachable(world).into_iter().map(one).collect()
}

fn entry(served: &Served) -> Value {
    let kind = |group: &str, version: &str, kind: &str| json!({"group": group, "version": version, "kind": kind});
    let mut entry = json!({
        "resource": served.plural, "responseKind": kind(&served.group, &served.version, &served.kind),
        "scope": if served.namespaced { "Namespaced" } else { "Cluster" }, "singularResource": served.singular, "verbs": served.verbs,
    });
    for (field, words) in [("shortNames", &served.short), ("categories", &served.categories)] {
        if !words.is_empty() {
            entry[field] = json!(words);
        }
    }
    if !served.subresources.is_empty() {
        let subs = served.subresources.iter().map(|sub| {
            json!({"subresource": sub.name, "responseKind": kind(&sub.group, &sub.version, &sub.kind), "verbs": sub.verbs})
        });
        entry["subresources"] = subs.collect();
    }
    entry
}
