//! Reads the tables of a front matter: every key known, every value of its type, or a failure at the very token.

use runbook_model::Failure;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::sheet::Sheet;
use crate::options::{nearest, ticked};

/// A key and what stands under it.
pub(super) type Entry<'s> = (&'s Spanned<DeString<'s>>, &'s Spanned<DeValue<'s>>);

/// One table.
pub(super) struct Entries<'s> {
    /// The block it stands in.
    pub(super) sheet: &'s Sheet<'s>,
    /// What the table is for, `the front matter` or `` input `chart` ``.
    pub(super) owner: String,
    table: &'s DeTable<'s>,
}

impl<'s> Entries<'s> {
    /// The entries of `table`.
    pub(super) fn new(sheet: &'s Sheet<'s>, owner: impl Into<String>, table: &'s DeTable<'s>) -> Self {
        Self { sheet, owner: owner.into(), table }
    }

    /// All entries in the order in which they were written.
    pub(super) fn in_order(&self) -> Vec<Entry<'s>> {
        let mut entries: Vec<_> = self.table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries
    }

    /// Refuses a key that is not `known`; `other` names the known key for one that people bring from elsewhere.
    pub(super) fn only(&self, known: &[&str], other: &[(&str, &str)]) -> Result<(), Failure> {
        for (key, _) in self.in_order() {
            let name = key.get_ref().as_ref();
            if known.contains(&name) {
                continue;
            }
            let elsewhere = other.iter().find(|(theirs, _)| *theirs == name).map(|(_, ours)| *ours);
            let hint = match elsewhere.or_else(|| nearest(name, known.iter().copied())) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("its keys are {}", ticked(known)),
            };
            let what = format!("{} has no key `{}`", self.owner, name.escape_debug());
            return Err(self.sheet.bad(key.span(), what).hint(hint));
        }
        Ok(())
    }

    /// What stands under `key`.
    pub(super) fn get(&self, key: &str) -> Option<&'s Spanned<DeValue<'s>>> {
        self.table.get(key)
    }

    /// The text under `key`.
    pub(super) fn text(&self, key: &str) -> Result<Option<(&'s str, std::ops::Range<usize>)>, Failure> {
        self.typed(key, "text", |value| value.as_str())
    }

    /// The boolean under `key`.
    pub(super) fn truth(&self, key: &str) -> Result<Option<bool>, Failure> {
        Ok(self.typed(key, "`true` or `false`", |value| value.as_bool())?.map(|(truth, _)| truth))
    }

    /// The whole number under `key`, which has to be within `from` and `to`.
    pub(super) fn number(&self, key: &str, from: i64, to: i64) -> Result<Option<i64>, Failure> {
        let number = |value: &DeValue<'_>| match super::toml_value::value(value) {
            runbook_model::Value::Int(n) => Some(n),
            _ => None,
        };
        match self.typed(key, "a whole number", number)? {
            Some((n, span)) if n < from || n > to => {
                Err(self.sheet.bad(span, format!("`{key}` takes a number from {from} to {to}, not {n}")))
            }
            found => Ok(found.map(|(n, _)| n)),
        }
    }

    /// The table under `key`.
    pub(super) fn table(&self, key: &str) -> Result<Option<Entries<'s>>, Failure> {
        let table = self.typed(key, "a table", |value| value.as_table())?;
        Ok(table.map(|(table, _)| Self::new(self.sheet, format!("`{key}`"), table)))
    }

    /// The texts of the list under `key`, each with where it stands.
    pub(super) fn texts(&self, key: &str) -> Result<Option<Vec<(&'s str, std::ops::Range<usize>)>>, Failure> {
        let Some((items, _)) = self.typed(key, "a list of texts", |value| value.as_array())? else { return Ok(None) };
        let texts = items.iter().map(|item| match item.get_ref().as_str() {
            Some(text) => Ok((text, item.span())),
            None => {
                let was = in_words(item.get_ref());
                Err(self.sheet.bad(item.span(), format!("`{key}` takes a list of texts, not one with {was} in it")))
            }
        });
        texts.collect::<Result<_, _>>().map(Some)
    }

    fn typed<T>(
        &self,
        key: &str,
        takes: &str,
        cast: impl Fn(&'s DeValue<'s>) -> Option<T>,
    ) -> Result<Option<(T, std::ops::Range<usize>)>, Failure> {
        let Some(value) = self.get(key) else { return Ok(None) };
        match cast(value.get_ref()) {
            Some(cast) => Ok(Some((cast, value.span()))),
            None => {
                let was = in_words(value.get_ref());
                Err(self.sheet.bad(value.span(), format!("`{key}` takes {takes}, not {was}")))
            }
        }
    }
}

/// What a TOML value is, for people.
pub(super) fn in_words(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
