//! Label selectors, as objects carry them and as requests write them.

use super::Object;
use crate::json::Value;

/// One requirement on one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Requirement {
    pub(crate) key: String,
    pub(crate) must: Must,
}

/// What a requirement asks of its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Must {
    Exist,
    NotExist,
    In(Vec<String>),
    NotIn(Vec<String>),
    Above(i64),
    Below(i64),
}

/// Which labels an object must have. The empty selector takes everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    nothing: bool,
    pub(crate) requirements: Vec<Requirement>,
}

impl Selector {
    /// The selector that takes nothing.
    #[must_use]
    pub fn nothing() -> Self {
        Self { nothing: true, requirements: Vec::new() }
    }

    /// Equal labels: a Service's `selector` and the like.
    #[must_use]
    pub fn labels(labels: &Value) -> Self {
        let requirements = labels.as_object().into_iter().flatten().map(|(key, value)| Requirement {
            key: key.to_string(),
            must: Must::In(vec![value.as_str().unwrap_or_default().to_owned()]),
        });
        Self { nothing: false, requirements: requirements.collect() }
    }

    /// A `LabelSelector` with `matchLabels` and `matchExpressions`; null takes nothing, empty everything.
    #[must_use]
    pub fn of(selector: &Value) -> Self {
        if selector.is_null() {
            return Self::nothing();
        }
        let mut made = Self::labels(&selector["matchLabels"]);
        for expression in selector["matchExpressions"].as_array().into_iter().flatten() {
            let values = || super::object::strings(&expression["values"]).map(str::to_owned).collect();
            let number = || expression["values"][0].as_str().and_then(|text| text.parse().ok());
            let must = match expression["operator"].as_str() {
                Some("In") => Must::In(values()),
                Some("NotIn") => Must::NotIn(values()),
                Some("DoesNotExist") => Must::NotExist,
                Some("Gt") => number().map_or(Must::In(Vec::new()), Must::Above),
                Some("Lt") => number().map_or(Must::In(Vec::new()), Must::Below),
                _ => Must::Exist,
            };
            let key = expression["key"].as_str().unwrap_or_default().to_owned();
            made.requirements.push(Requirement { key, must });
        }
        made
    }

    /// Whether it takes everything.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        !self.nothing && self.requirements.is_empty()
    }

    /// Whether it takes this object.
    #[must_use]
    pub fn takes(&self, object: &Object) -> bool {
        self.takes_labels(&object["metadata"]["labels"])
    }

    /// Whether it takes an object with these labels.
    #[must_use]
    pub fn takes_labels(&self, labels: &Value) -> bool {
        !self.nothing && self.requirements.iter().all(|requirement| requirement.holds(labels))
    }
}

impl Requirement {
    fn holds(&self, labels: &Value) -> bool {
        let value = labels.get(&self.key).and_then(Value::as_str);
        match &self.must {
            Must::Exist => value.is_some(),
            Must::NotExist => value.is_none(),
            Must::In(values) => value.is_some_and(|value| values.iter().any(|one| one == value)),
            Must::NotIn(values) => value.is_none_or(|value| values.iter().all(|one| one != value)),
            Must::Above(than) => value.and_then(|value| value.parse::<i64>().ok()).is_some_and(|value| value > *than),
            Must::Below(than) => value.and_then(|value| value.parse::<i64>().ok()).is_some_and(|value| value < *than),
        }
    }
}
