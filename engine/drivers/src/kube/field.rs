//! A path into an object, as people write it: `status.phase`, `{.spec.ports[0].port}`, `conditions[type=Ready].status`.

use std::fmt;

use runbook_model::{Failure, Value, code};

use super::Result;

/// A path that was understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    text: String,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Key(String),
    Place(usize),
    /// The entry of a list whose key is this.
    Where(String, String),
}

impl Field {
    /// Reads a path. A key with dots stands in brackets and quotes, `labels['a.b/c']`.
    pub fn parse(text: &str) -> Result<Self> {
        let bad = || {
            let failure = Failure::new(code::VALUE_BAD, format!("`{text}` is no path into an object"));
            failure.hint("write it like `status.phase` or `status.conditions[type=Ready].status`")
        };
        let mut rest = text.trim().trim_start_matches('{').trim_end_matches('}').trim_start_matches('$');
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix('[') {
                let end = closing(inner).ok_or_else(bad)?;
                steps.push(within(&inner[..end]).ok_or_else(bad)?);
                rest = &inner[end + 1..];
            } else {
                let name = rest.strip_prefix('.').unwrap_or(rest);
                let end = name.find(['.', '[']).unwrap_or(name.len());
                if end == 0 {
                    return Err(bad());
                }
                steps.push(Step::Key(name[..end].to_owned()));
                rest = &name[end..];
            }
        }
        if steps.is_empty() { Err(bad()) } else { Ok(Self { text: text.to_owned(), steps }) }
    }

    /// What is there.
    pub fn find<'a>(&self, object: &'a Value) -> Option<&'a Value> {
        self.steps.iter().try_fold(object, |within, step| match (step, within) {
            (Step::Key(key), within) => within.get(key),
            (Step::Place(place), Value::List(items)) => items.get(*place),
            (Step::Where(key, wanted), Value::List(items)) => {
                items.iter().find(|item| item.get(key).is_some_and(|found| found.to_string() == *wanted))
            }
            _ => None,
        })
    }
}

/// Where the bracket ends, quotes respected.
fn closing(inner: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in inner.char_indices() {
        match (quote, c) {
            (None, ']') => return Some(at),
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    None
}

fn within(inner: &str) -> Option<Step> {
    let inner = inner.trim();
    // As in a JSON path: `?(@.type=="Ready")`.
    let inner = inner.strip_prefix("?(@.").and_then(|rest| rest.strip_suffix(')')).unwrap_or(inner);
    let bare = |text: &str| text.trim().trim_matches(['\'', '"']).to_owned();
    if let Ok(place) = inner.parse() {
        return Some(Step::Place(place));
    }
    if inner.starts_with(['\'', '"']) {
        return Some(Step::Key(bare(inner)));
    }
    let (key, wanted) = inner.split_once("==").or_else(|| inner.split_once('='))?;
    (!key.trim().is_empty()).then(|| Step::Where(bare(key), bare(wanted)))
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_through_maps_and_lists() {
        let json = r#"{"a":{"b.c":[{"type":"x","v":1},{"type":"y","v":2}]},"l":[[5]]}"#;
        let object = super::super::plain::read(json).unwrap();
        for (path, found) in [
            ("a['b.c'][0].v", Some(1)),
            ("{.a[\"b.c\"][type=y].v}", Some(2)),
            ("$.a['b.c'][?(@.type==\"y\")].v", Some(2)),
            ("l[0][0]", Some(5)),
            ("l[3]", None),
            ("a.nothing", None),
        ] {
            let value = Field::parse(path).unwrap().find(&object).cloned();
            assert_eq!(value, found.map(Value::Int), "{path}");
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for bad in ["", ".", "a..b", "a[", "a[]", "a[x]", "{}"] {
            assert!(Field::parse(bad).is_err(), "{bad}");
        }
    }
}
