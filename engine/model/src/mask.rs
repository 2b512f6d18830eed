//! Secrets are known by value and never leave in clear.

use std::borrow::Cow;
use std::sync::RwLock;

use crate::{Failure, Value};

/// Shorter secrets are not masked inside other text: `a` would blank half of every message.
const MASKED_BYTES_MIN: usize = 4;

/// The secrets a run has met, by value. Whatever is recorded, shown or sent elsewhere passes through it.
#[derive(Debug, Default)]
pub struct Mask {
    known: RwLock<Vec<(String, String)>>,
}

impl Mask {
    /// Remembers that `clear` is the secret called `name`.
    pub fn learn(&self, name: &str, clear: &str) {
        self.learn_all([(name.to_owned(), clear.to_owned())]);
    }

    /// Remembers many secrets, each as its name and the secret itself.
    pub fn learn_all(&self, secrets: impl IntoIterator<Item = (String, String)>) {
        let mut known = self.known.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        for (name, clear) in secrets {
            let clear = clear.trim_end_matches(['\n', '\r']);
            if clear.len() >= MASKED_BYTES_MIN {
                known.push((clear.to_owned(), name));
            }
        }
        // The longest first, so that a secret which contains another is replaced whole; of two names the first stays.
        known.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        known.dedup_by(|(later, _), (first, _)| later == first);
    }

    /// The name of a secret that stands in `text` in clear, if one does.
    pub fn finds(&self, text: &str) -> Option<String> {
        let known = self.known.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        known.iter().find(|(clear, _)| text.contains(clear.as_str())).map(|(_, name)| name.clone())
    }

    /// `text` with every secret replaced by `«name»`.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let known = self.known.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut masked = Cow::Borrowed(text);
        for (clear, name) in known.iter() {
            if masked.contains(clear.as_str()) {
                masked = Cow::Owned(masked.replace(clear.as_str(), &format!("«{name}»")));
            }
        }
        masked
    }

    /// The path and the name of the first secret inside `value`.
    pub fn finds_in(&self, value: &Value) -> Option<(String, String)> {
        if self.known.read().unwrap_or_else(std::sync::PoisonError::into_inner).is_empty() {
            return None;
        }
        value.find_text(&mut |text| self.finds(text))
    }

    /// `failure` with every secret replaced.
    #[must_use]
    pub fn failure(&self, mut failure: Failure) -> Failure {
        let clean = |text: &mut String| {
            if let Cow::Owned(masked) = self.text(text) {
                *text = masked;
            }
        };
        clean(&mut failure.what);
        failure.causes.iter_mut().for_each(clean);
        failure.hints.iter_mut().for_each(clean);
        failure.frames.iter_mut().for_each(|frame| clean(&mut frame.text));
        failure.data = failure.data.map(|data| self.value(data));
        failure
    }

    /// `value` with every secret replaced.
    #[must_use]
    pub fn value(&self, value: Value) -> Value {
        if self.known.read().unwrap_or_else(std::sync::PoisonError::into_inner).is_empty() {
            return value;
        }
        value.map_text(&mut |text| self.text(text).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_replaced_by_its_name_wherever_it_stands() {
        let mask = Mask::default();
        mask.learn("token", "hunter22\n");
        mask.learn("longer", "hunter22-and-more");
        assert_eq!(mask.text("Bearer hunter22!"), "Bearer «token»!");
        assert_eq!(mask.text("hunter22-and-more"), "«longer»");
        let value = Value::Map([("a".into(), Value::List(vec![Value::Text("x hunter22".into())]))].into());
        assert_eq!(mask.finds_in(&value), Some((".a[0]".into(), "token".into())));
        assert_eq!(mask.finds_in(&mask.value(value)), None);
    }
}
