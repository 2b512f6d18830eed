//! Kinds that somebody's definitions have added to the cluster of a scene, in a line each.

use super::reader::{Read, Reader, mistake};
use crate::json::{Value, json};

/// The definition of one: `{name: volumes.longhorn.io, kind: Volume, version: v1beta2}`. It takes any fields.
pub(super) fn definition(mut map: Reader) -> Read<Value> {
    let (name, kind, version) = (map.must("name")?, map.must("kind")?, map.must("version")?);
    let (short, cluster, status) = (map.texts("short")?, map.flag("cluster")?, map.flag("status")?);
    let mut columns: Vec<Value> = Vec::new();
    for column in map.texts("columns")? {
        let Some((name, path)) = column.split_once('=') else {
            return mistake(
                &map.at("columns"),
                format!("`{column}` is no column like `Age=.metadata.creationTimestamp`"),
            );
        };
        let kind = if path == ".metadata.creationTimestamp" { "date" } else { "string" };
        columns.push(json!({"name": name, "type": kind, "jsonPath": path}));
    }
    map.end()?;
    let (plural, group) = name.split_once('.').unwrap_or((&name, ""));
    let mut one = json!({"name": version, "served": true, "storage": true, "schema": {
        "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
    }});
    if status {
        one["subresources"] = json!({"status": {}});
    }
    if !columns.is_empty() {
        one["additionalPrinterColumns"] = columns.into();
    }
    let mut names =
        json!({"plural": plural, "singular": kind.to_lowercase(), "kind": kind, "listKind": format!("{kind}List")});
    if !short.is_empty() {
        names["shortNames"] = json!(short);
    }
    Ok(json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": name},
        "spec": {"group": group, "scope": if cluster { "Cluster" } else { "Namespaced" }, "names": names,
            "conversion": {"strategy": "None"}, "versions": [one]},
    }))
}
