//! Asks the server which kinds it knows: two requests where it can answer for all groups at once, else one a group.

use std::sync::Arc;

use futures_util::future::try_join_all;
use kube::client::{APIGroupDiscoveryList, APIResourceDiscovery};
use runbook_model::{Failure, Value, code};

use super::call::Call;
use super::kinds::{Kind, Kinds};
use super::names::Target;
use super::{Cluster, Ref, Result, error, plain};

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
    application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

impl Cluster {
    /// The kind a word means. The server is asked once; and once more where the word means nothing, because a kind may
    /// have come since.
    pub async fn kind(&self, word: &str) -> Result<Kind> {
        self.find_kind(word, |kinds| kinds.find(word).cloned()).await
    }

    /// The kind of an object by its own `apiVersion` and `kind`.
    pub(super) async fn kind_of(&self, api: &str, name: &str) -> Result<Kind> {
        self.find_kind(&format!("{api}/{name}"), |kinds| kinds.exact(api, name).cloned()).await
    }

    async fn find_kind(&self, word: &str, find: impl Fn(&Kinds) -> Option<Kind>) -> Result<Kind> {
        let mut known = self.known_kinds().lock().await;
        if let Some(kinds) = known.as_ref()
            && let Some(kind) = find(kinds)
        {
            return Ok(kind);
        }
        let kinds = Arc::new(self.discover().await?);
        *known = Some(kinds.clone());
        find(&kinds).ok_or_else(|| kinds.unknown(word))
    }

    /// All kinds, as the server says now.
    pub(super) async fn all_kinds(&self) -> Result<Arc<Kinds>> {
        let kinds = Arc::new(self.discover().await?);
        *self.known_kinds().lock().await = Some(kinds.clone());
        Ok(kinds)
    }

    /// An object with its kind looked up and its namespace filled in.
    pub(super) async fn target(&self, object: &Ref) -> Result<Target> {
        let kind = self.kind(&object.kind).await?;
        Ok(self.target_of(kind, object.namespace.as_deref(), &object.name))
    }

    pub(super) fn target_of(&self, kind: Kind, namespace: Option<&str>, name: &str) -> Target {
        let namespace = namespace.filter(|given| !given.is_empty()).unwrap_or(self.namespace());
        let namespace = kind.namespaced.then(|| namespace.to_owned());
        Target { kind, namespace, name: name.to_owned() }
    }

    async fn discover(&self) -> Result<Kinds> {
        let core = Call::get("/api").accept(AGGREGATED).on("the list of kinds");
        let rest = Call::get("/apis").accept(AGGREGATED).on("the list of kinds");
        let (core_text, rest_text) = tokio::try_join!(self.text(&core), self.text(&rest))?;
        let (Some(first), Some(second)) = (aggregated(&core_text), aggregated(&rest_text)) else {
            return self.discover_singly(&core_text, &rest_text).await;
        };
        Ok(Kinds(first.items.into_iter().chain(second.items).flat_map(of_group).collect()))
    }

    /// As servers before 1.26 have it, and those behind a proxy that takes the choice of formats away.
    async fn discover_singly(&self, core: &str, rest: &str) -> Result<Kinds> {
        let broken = |trouble: serde_json::Error| error::garbled(&Call::get("/apis"), &trouble);
        let (core, rest) = (plain::read(core).map_err(broken)?, plain::read(rest).map_err(broken)?);
        let mut paths: Vec<(String, String)> =
            texts(core.get("versions")).map(|version| (format!("/api/{version}"), version.to_owned())).collect();
        for group in items(rest.get("groups")) {
            let preferred = group.get("preferredVersion").and_then(|version| version.get("groupVersion"));
            let all = items(group.get("versions")).filter_map(|version| version.get("groupVersion"));
            let mut versions: Vec<&str> = all.filter_map(Value::as_text).collect();
            versions.sort_by_key(|version| Some(*version) != preferred.and_then(Value::as_text));
            paths.extend(versions.into_iter().map(|version| (format!("/apis/{version}"), version.to_owned())));
        }
        let lists = paths.iter().map(|(path, api)| async move {
            match self.value(&Call::get(path.as_str()).on("the list of kinds")).await {
                Ok(list) => Ok(of_list(api, &list)),
                // A group whose own server is away must not hide all others.
                Err(failure) if failure.code != code::KUBE_UNREACHABLE => Ok(Vec::new()),
                Err(failure) => Err(failure),
            }
        });
        Ok(Kinds(try_join_all(lists).await?.into_iter().flatten().collect()))
    }
}

fn aggregated(text: &str) -> Option<APIGroupDiscoveryList> {
    let read: serde_json::Value = serde_json::from_str(text).ok()?;
    if read.get("kind")? != "APIGroupDiscoveryList" {
        return None;
    }
    serde_json::from_value(read).ok()
}

fn of_group(group: kube::client::APIGroupDiscovery) -> impl Iterator<Item = Kind> {
    let name = group.metadata.and_then(|meta| meta.name).unwrap_or_default();
    group.versions.into_iter().flat_map(move |version| {
        let (group, of) = (name.clone(), version.version.unwrap_or_default());
        version.resources.into_iter().map(move |resource| of_resource(&group, &of, resource))
    })
}

fn of_resource(group: &str, version: &str, resource: APIResourceDiscovery) -> Kind {
    // The kind of the answers may be of another group; the path is that of the group it was found in.
    let name = resource.response_kind.and_then(|kind| kind.kind).unwrap_or_default();
    Kind {
        group: group.to_owned(),
        version: version.to_owned(),
        name,
        plural: resource.resource.unwrap_or_default(),
        single: resource.singular_resource.unwrap_or_default(),
        short: resource.short_names,
        categories: resource.categories,
        namespaced: resource.scope.as_deref() == Some("Namespaced"),
        verbs: resource.verbs,
        under: resource.subresources.into_iter().filter_map(|under| under.subresource).collect(),
    }
}

fn of_list(api: &str, list: &Value) -> Vec<Kind> {
    let (group, version) = api.split_once('/').unwrap_or(("", api));
    let text = |resource: &Value, key: &str| resource.get(key).and_then(Value::as_text).unwrap_or_default().to_owned();
    let all = |resource: &Value, key: &str| texts(resource.get(key)).map(str::to_owned).collect();
    let whole = items(list.get("resources")).filter(|resource| !text(resource, "name").contains('/'));
    let under = |plural: &str| {
        let names = items(list.get("resources")).map(|resource| text(resource, "name"));
        names.filter_map(|name| name.strip_prefix(&format!("{plural}/")).map(str::to_owned)).collect()
    };
    whole
        .map(|resource| Kind {
            group: group.to_owned(),
            version: version.to_owned(),
            name: text(resource, "kind"),
            plural: text(resource, "name"),
            single: text(resource, "singularName"),
            short: all(resource, "shortNames"),
            categories: all(resource, "categories"),
            namespaced: resource.get("namespaced") == Some(&Value::Bool(true)),
            verbs: all(resource, "verbs"),
            under: under(&text(resource, "name")),
        })
        .collect()
}

/// The entries of a list; none where it is no list.
pub(super) fn items(list: Option<&Value>) -> impl Iterator<Item = &Value> {
    let items = if let Some(Value::List(items)) = list { items.as_slice() } else { &[] };
    items.iter()
}

fn texts(list: Option<&Value>) -> impl Iterator<Item = &str> {
    items(list).filter_map(Value::as_text)
}

/// The kinds of a server as a script sees them.
pub(super) fn as_values(kinds: &Kinds) -> Vec<Value> {
    let list = |texts: &[String]| Value::List(texts.iter().map(|text| Value::from(text.as_str())).collect());
    let one = |kind: &Kind| {
        Value::from([
            ("api", Value::Text(kind.api())),
            ("kind", Value::from(kind.name.as_str())),
            ("name", Value::from(kind.plural.as_str())),
            ("short", list(&kind.short)),
            ("namespaced", Value::Bool(kind.namespaced)),
            ("verbs", list(&kind.verbs)),
        ])
    };
    kinds.0.iter().map(one).collect()
}

/// A word that must not be empty.
pub(super) fn wanted<'a>(word: &'a str, what: &str) -> Result<&'a str> {
    if word.trim().is_empty() {
        return Err(Failure::new(code::VALUE_BAD, format!("{what} is empty")));
    }
    Ok(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_one_group_is_read_as_older_servers_give_it() {
        let json = r#"{"groupVersion":"apps/v1","resources":[
            {"name":"deployments","singularName":"deployment","kind":"Deployment","namespaced":true,"verbs":["get"],"shortNames":["deploy"]},
            {"name":"deployments/scale","kind":"Scale","group":"autoscaling","version":"v1","namespaced":true,"verbs":["get"]}]}"#;
        let kinds = of_list("apps/v1", &plain::read(json).unwrap());
        assert_eq!(kinds.len(), 1);
        assert_eq!(
            (kinds[0].to_string().as_str(), kinds[0].under.as_slice()),
            ("apps/v1/Deployment", &["scale".to_owned()][..])
        );
        assert!(kinds[0].namespaced);
        assert!(aggregated(json).is_none());
    }
}
