//! What is wrong with an object, gathered and worded.

use crate::json::{Text, Value};

use crate::rules::Cause;

/// Everything that is wrong so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) causes: Vec<Cause>,
}

impl Report {
    fn add(&mut self, reason: &'static str, field: &str, message: String) {
        self.causes.push(Cause { reason, message, field: field.to_owned() });
    }

    /// The value is wrong.
    pub(super) fn invalid(&mut self, field: &str, value: &Value, why: &str) {
        let more = if why.is_empty() { String::new() } else { format!(": {why}") };
        self.add("FieldValueInvalid", field, format!("Invalid value: {value}{more}"));
    }

    /// The value, already worded, is wrong.
    pub(super) fn raw(&mut self, field: &str, shown: &str, why: &str) {
        self.add("FieldValueInvalid", field, format!("Invalid value: {shown}: {why}"));
    }

    /// It is wrong as a whole, and is not shown.
    pub(super) fn whole(&mut self, field: &str, why: &str) {
        self.add("FieldValueInvalid", field, format!("Invalid value: {why}"));
    }

    /// The text is wrong.
    pub(super) fn wrong(&mut self, field: &str, text: &str, why: &str) {
        self.invalid(field, &Value::from(text), why);
    }

    /// Nothing is there.
    pub(super) fn required(&mut self, field: &str, why: &str) {
        let more = if why.is_empty() { String::new() } else { format!(": {why}") };
        self.add("FieldValueRequired", field, format!("Required value{more}"));
    }

    /// It may not be there, or not be changed.
    pub(super) fn forbidden(&mut self, field: &str, why: &str) {
        self.add("FieldValueForbidden", field, format!("Forbidden: {why}"));
    }

    /// The value is none of those there are.
    pub(super) fn unsupported(&mut self, field: &str, value: &Value, supported: &[&str]) {
        let all: Vec<String> = supported.iter().map(|one| format!("{one:?}")).collect();
        let message = format!("Unsupported value: {value}: supported values: {}", all.join(", "));
        self.add("FieldValueNotSupported", field, message);
    }

    /// It is there already.
    pub(super) fn duplicate(&mut self, field: &str, value: &Value) {
        self.add("FieldValueDuplicate", field, format!("Duplicate value: {value}"));
    }

    /// It, already worded, is there already.
    pub(super) fn repeated(&mut self, field: &str, shown: &str) {
        self.add("FieldValueDuplicate", field, format!("Duplicate value: {shown}"));
    }

    /// What it names is not there.
    pub(super) fn missing(&mut self, field: &str, name: &str) {
        self.add("FieldValueNotFound", field, format!("Not found: {name:?}"));
    }

    /// It is too long.
    pub(super) fn long(&mut self, field: &str, most: u64) {
        self.add("FieldValueTooLong", field, format!("Too long: may not be more than {most} bytes"));
    }

    /// There are too many.
    pub(super) fn many(&mut self, field: &str, found: usize, most: u64) {
        self.add("FieldValueTooMany", field, format!("Too many: {found}: must have at most {most} items"));
    }

    /// It is of the wrong type.
    pub(super) fn typed(&mut self, field: &str, value: &Value, why: &str) {
        self.add("FieldValueTypeInvalid", field, format!("Invalid value: {value}: {why}"));
    }

    /// The value is one of these, if it is there at all.
    pub(super) fn one_of(&mut self, field: &str, value: &Value, supported: &[&str]) {
        if !value.is_null() && !supported.iter().any(|one| value == *one) {
            self.unsupported(field, value, supported);
        }
    }

    /// The number is not below zero, if it is there at all.
    pub(super) fn counts(&mut self, field: &str, value: &Value) {
        if value.as_i64().is_some_and(|number| number < 0) {
            self.invalid(field, value, "must be greater than or equal to 0");
        }
    }

    /// The number is within bounds, if it is there at all.
    pub(super) fn between(&mut self, field: &str, value: &Value, least: i64, most: i64) {
        if value.as_i64().is_some_and(|number| number < least || number > most) {
            self.invalid(field, value, &format!("must be between {least} and {most}, inclusive"));
        }
    }

    /// All that a check finds wrong with a text.
    pub(super) fn all(&mut self, field: &str, text: &str, wrong: Vec<String>) {
        for why in wrong {
            self.wrong(field, text, &why);
        }
    }
}

/// The text of a field, empty where there is none.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// The items of a field with their paths.
pub(super) fn items<'a>(value: &'a Value, key: &str, path: &str) -> impl Iterator<Item = (String, &'a Value)> {
    let path = format!("{path}.{key}");
    value[key].as_array().into_iter().flatten().enumerate().map(move |(index, item)| (format!("{path}[{index}]"), item))
}

/// The keys and values of a field.
pub(super) fn pairs<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = (&'a Text, &'a Value)> {
    value[key].as_object().into_iter().flatten()
}

/// Whether a field says something.
pub(super) fn said(value: &Value, key: &str) -> bool {
    match &value[key] {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => true,
    }
}
