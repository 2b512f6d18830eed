//! Charts the twin's own helm has: models of what the real ones make of their values, as far as the laws act on it.
//!
//! A chart is a function from values to objects. Promises: values the real chart refuses are refused here in its words; a
//! value it does not have changes nothing. Must never act: that is for helm.

mod cilium;

use crate::json::{Map, Value};

/// A chart.
pub struct Chart {
    /// Its name.
    pub name: &'static str,
    /// The repository people know it by, before the `/` of its name.
    pub repository: &'static str,
    /// The versions there are, the newest first.
    pub versions: &'static [&'static str],
    values: &'static str,
    check: fn(&Release<'_>) -> Result<(), String>,
    render: fn(&Release<'_>) -> Vec<Value>,
}

/// A release of a chart that is to be made.
pub struct Release<'a> {
    /// The namespace it is made in.
    pub namespace: &'a str,
    /// The version of the chart.
    pub version: &'a str,
    /// All values: the chart's own, and those that were given over them.
    pub values: Value,
}

/// All charts.
pub const CHARTS: &[Chart] = &[cilium::CHART];

/// The chart that is meant by a name, `cilium/cilium` or `oci://quay.io/cilium/charts/cilium`.
#[must_use]
pub fn named(typed: &str) -> Option<&'static Chart> {
    let name = typed.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let known = CHARTS.iter().find(|chart| chart.name == name)?;
    let of_repository = typed == format!("{}/{name}", known.repository);
    let by_address = typed.starts_with("oci://") || typed == name;
    (of_repository || by_address).then_some(known)
}

impl Chart {
    /// The version that is meant; the newest where none is said. A beginning like `1.18` means its newest.
    ///
    /// # Errors
    /// In helm's words, when there is no such version.
    pub fn version(&self, asked: &str) -> Result<&'static str, String> {
        let asked = asked.trim().trim_start_matches(['v', '^', '~']);
        let fits =
            |version: &&&str| asked.is_empty() || **version == asked || version.starts_with(&format!("{asked}."));
        self.versions.iter().find(fits).copied().ok_or_else(|| {
            let name = self.name;
            format!("chart \"{name}\" version \"{asked}\" not found in {} repository", self.repository)
        })
    }

    /// The values it has by itself.
    #[must_use]
    pub fn own_values(&self) -> Value {
        serde_saphyr::from_str(self.values).unwrap_or_else(|_| Value::Object(Map::new()))
    }

    /// What `Chart.yaml` says of it.
    #[must_use]
    pub fn about(&self, version: &str) -> Value {
        crate::json::json!({"apiVersion": "v2", "name": self.name, "version": version, "appVersion": version})
    }

    /// Its objects.
    ///
    /// # Errors
    /// In the chart's words, when it refuses the values.
    pub fn render(&self, namespace: &str, version: &str, given: &Value) -> Result<Vec<Value>, String> {
        let release = Release { namespace, version, values: over(self.own_values(), given) };
        (self.check)(&release).map_err(|why| {
            let name = self.name;
            format!("execution error at ({name}/templates/validate.yaml): {why}")
        })?;
        Ok((self.render)(&release))
    }
}

/// Values with others over them, key by key; `null` takes a key away.
#[must_use]
pub fn over(mut own: Value, given: &Value) -> Value {
    let (Value::Object(into), Value::Object(given)) = (&mut own, given) else { return given.clone() };
    for (key, value) in given {
        match into.get_mut(key) {
            _ if value.is_null() => drop(into.remove(key)),
            Some(had) if had.is_object() && value.is_object() => *had = over(had.take(), value),
            _ => drop(into.insert(key.clone(), value.clone())),
        }
    }
    own
}

impl Release<'_> {
    /// The value at a path like `cni.exclusive`; nothing where there is none.
    fn at(&self, path: &str) -> &Value {
        path.split('.').fold(&self.values, |at, step| &at[step])
    }

    fn is(&self, path: &str) -> bool {
        self.at(path) == true || self.at(path) == "true"
    }

    /// A value as text, as a template prints it.
    fn text(&self, path: &str) -> String {
        match self.at(path) {
            Value::Null => String::new(),
            Value::String(text) => text.to_string(),
            Value::Array(items) => {
                let items = items.iter().filter_map(Value::as_str);
                items.collect::<Vec<_>>().join(" ")
            }
            other => other.to_string(),
        }
    }

    /// Whether the version is at least this one.
    fn since(&self, major: u64, minor: u64) -> bool {
        let mut parts = self.version.split('.').map_while(|part| part.parse::<u64>().ok());
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (major, minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::json;

    #[test]
    fn a_chart_is_known_by_its_repository_or_its_address() {
        for name in ["cilium/cilium", "cilium", "oci://quay.io/cilium/charts/cilium"] {
            assert!(named(name).is_some(), "{name}");
        }
        for name in ["", "./cilium", "other/cilium", "cilium/tetragon"] {
            assert!(named(name).is_none(), "{name}");
        }
    }

    #[test]
    fn the_newest_version_is_meant_where_none_is_said() {
        let chart = named("cilium/cilium").unwrap();
        assert_eq!(chart.version("").unwrap(), chart.versions[0]);
        assert_eq!(chart.version("1.18").unwrap(), "1.18.5");
        assert!(chart.version("1.2.3").unwrap_err().contains("not found in cilium repository"));
    }

    #[test]
    fn values_lie_over_values_key_by_key() {
        let own = json!({"a": {"b": 1, "c": 2}, "d": [1]});
        assert_eq!(over(own, &json!({"a": {"b": 3}, "d": [2], "a2": null})), json!({"a": {"b": 3, "c": 2}, "d": [2]}));
    }
}
