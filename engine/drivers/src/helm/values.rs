//! Values of a chart: laid over each other, and looked through for keys that the chart does not have. Pure.

use serde_json::{Map, Value as Json};

/// `given` over `defaults`, as helm does it: maps are merged, anything else replaces, and nothing takes a key away.
pub(super) fn over(defaults: &Json, given: &Json) -> Json {
    let (Json::Object(below), Json::Object(above)) = (defaults, given) else { return given.clone() };
    let mut merged = below.clone();
    for (key, value) in above {
        match (value, below.get(key)) {
            (Json::Null, _) => drop(merged.remove(key)),
            (Json::Object(_), Some(under @ Json::Object(_))) => drop(merged.insert(key.clone(), over(under, value))),
            _ => drop(merged.insert(key.clone(), value.clone())),
        }
    }
    Json::Object(merged)
}

/// A value that was given under a key which the chart does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Where it stands, `tunnel.prot`.
    pub path: String,
    /// The key that was probably meant, `tunnel.port`.
    pub near: Option<String>,
}

/// The keys of `given` that are not among the chart's own values.
///
/// A key whose own value is an empty map, a list or nothing is open: what stands under it cannot be known. So is
/// `global`, `tags`, and the name of each chart within the chart (`charts`), whose own values are not shown with these.
pub(super) fn unknown(given: &Json, own: &Json, charts: &[String]) -> Vec<Unknown> {
    let mut found = Vec::new();
    if let (Json::Object(given), Json::Object(own)) = (given, own) {
        walk(
            given,
            own,
            "",
            &mut |key| matches!(key, "global" | "tags") || charts.iter().any(|chart| chart == key),
            &mut found,
        );
    }
    found
}

fn walk(
    given: &Map<String, Json>,
    own: &Map<String, Json>,
    under: &str,
    open: &mut dyn FnMut(&str) -> bool,
    found: &mut Vec<Unknown>,
) {
    let path = |key: &str| if under.is_empty() { key.to_owned() } else { format!("{under}.{key}") };
    for (key, value) in given {
        if open(key) {
            continue;
        }
        match own.get(key) {
            None => {
                let near = nearest(key, own.keys().map(String::as_str)).map(path);
                found.push(Unknown { path: path(key), near });
            }
            Some(Json::Object(inner)) if !inner.is_empty() => {
                if let Json::Object(value) = value {
                    walk(value, inner, &path(key), &mut |_| false, found);
                }
            }
            Some(_) => {}
        }
    }
}

fn nearest<'n>(typed: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let far = |name: &str| strsim::damerau_levenshtein(&typed.to_lowercase(), &name.to_lowercase());
    let best = names.min_by_key(|name| far(name))?;
    (far(best) <= typed.chars().count().max(3) / 3).then_some(best)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn maps_are_merged_and_nothing_takes_a_key_away() {
        let own = json!({"a": {"b": 1, "c": [1, 2]}, "d": "x", "e": 1});
        let given = json!({"a": {"c": [3]}, "d": null, "f": {"g": 1}});
        assert_eq!(over(&own, &given), json!({"a": {"b": 1, "c": [3]}, "e": 1, "f": {"g": 1}}));
    }

    #[test]
    fn a_key_the_chart_does_not_have_is_found_at_any_depth_with_what_was_meant() {
        let own = json!({"tunnel": {"port": 8472, "mode": "vxlan"}, "MTU": 0});
        let given = json!({"tunnel": {"prot": 1}, "mtu": 1500, "hubble": {"relay": true}});
        let found = unknown(&given, &own, &[]);
        let paths: Vec<_> = found.iter().map(|one| (one.path.as_str(), one.near.as_deref())).collect();
        assert_eq!(paths, [("hubble", None), ("mtu", Some("MTU")), ("tunnel.prot", Some("tunnel.port"))]);
    }

    #[test]
    fn what_is_open_may_have_any_key() {
        let own = json!({"labels": {}, "nodePort": null, "list": [{"a": 1}], "sub": null});
        let given =
            json!({"labels": {"x": 1}, "nodePort": {"y": 1}, "list": [{"z": 1}], "global": {"q": 1}, "db": {"w": 1}});
        assert_eq!(unknown(&given, &own, &["db".into()]), []);
    }
}
