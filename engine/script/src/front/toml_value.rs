//! From TOML to the values a run can keep.

use runbook_model::Value;
use toml::de::DeValue;

/// Why a text is not TOML, in one line that does not show the text.
pub(super) fn why(trouble: &toml::de::Error) -> String {
    // What the parser would have taken instead says nothing to somebody who forgot the quotes.
    trouble.message().trim().trim_end_matches(", expected literal string").to_owned()
}

/// The value that `from` means; a date becomes its text, a whole number beyond 64 bits a number.
pub(super) fn value(from: &DeValue<'_>) -> Value {
    match from {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(n) => match i64::from_str_radix(n.as_str(), n.radix()) {
            Ok(n) => Value::Int(n),
            Err(_) => Value::Float(n.as_str().parse().unwrap_or(f64::NAN)),
        },
        DeValue::Float(x) => Value::Float(x.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(truth) => Value::Bool(*truth),
        DeValue::Datetime(date) => Value::Text(date.to_string()),
        DeValue::Array(items) => Value::List(items.iter().map(|item| value(item.get_ref())).collect()),
        DeValue::Table(table) => {
            Value::Map(table.iter().map(|(key, item)| (key.get_ref().to_string(), value(item.get_ref()))).collect())
        }
    }
}
