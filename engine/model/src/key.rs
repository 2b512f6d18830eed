//! The key of a step: a path of names, `move nodes[n3]/drain`. Never a position or a counter.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest name a step may have, in bytes.
pub const NAME_BYTES_MAX: usize = 200;

const UNWINDING: &str = "~undo";

/// A path of names that identifies a step within its run.
///
/// In text, `/` joins the names, `[item]` follows the name of a fan-out, and a backslash escapes the three where a
/// name itself contains them. The root, the run itself, is the empty path.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(Arc<str>);

/// Why a name cannot be part of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameTrouble {
    /// Nothing, or only spaces.
    Empty,
    /// More than [`NAME_BYTES_MAX`] bytes.
    TooLong,
    /// A line break or another control character.
    Control,
}

impl fmt::Display for NameTrouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "the name is empty"),
            Self::TooLong => write!(f, "the name is longer than {NAME_BYTES_MAX} bytes"),
            Self::Control => write!(f, "the name holds a line break or another control character"),
        }
    }
}

/// Says whether `name` can be part of a key.
pub fn name_trouble(name: &str) -> Option<NameTrouble> {
    if name.trim().is_empty() {
        Some(NameTrouble::Empty)
    } else if name.len() > NAME_BYTES_MAX {
        Some(NameTrouble::TooLong)
    } else if name.chars().any(char::is_control) {
        Some(NameTrouble::Control)
    } else {
        None
    }
}

impl Key {
    /// The run itself.
    pub fn root() -> Self {
        Self(Arc::from(""))
    }

    /// A key from its text, as a person types it or a record holds it.
    pub fn from_text(text: &str) -> Self {
        Self(Arc::from(text))
    }

    /// The key of `name` below this one; with `item`, of that branch of a fan-out.
    #[must_use]
    pub fn child(&self, name: &str, item: Option<&str>) -> Self {
        let mut text = String::with_capacity(self.0.len() + name.len() + 1 + item.map_or(0, |i| i.len() + 2));
        text.push_str(&self.0);
        if !self.0.is_empty() {
            text.push('/');
        }
        push_escaped(&mut text, name);
        if let Some(item) = item {
            text.push('[');
            push_escaped(&mut text, item);
            text.push(']');
        }
        Self(Arc::from(text))
    }

    /// The key this one stands under; the root has none.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        Some(self.last_slash().map_or_else(Self::root, |at| Self(Arc::from(&self.0[..at]))))
    }

    /// The last name of the path, with its item, as it is written in the key.
    pub fn last(&self) -> &str {
        self.last_slash().map_or(&self.0, |at| &self.0[at + 1..])
    }

    /// How many names the path has.
    pub fn depth(&self) -> usize {
        if self.is_root() { 0 } else { 1 + slashes(&self.0).count() }
    }

    /// Whether this is the run itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this key stands under `other`, at any depth.
    pub fn is_under(&self, other: &Self) -> bool {
        other.is_root() && !self.is_root()
            || self.0.len() > other.0.len() && self.0.starts_with(&*other.0) && self.0.as_bytes()[other.0.len()] == b'/'
    }

    /// The key under which this step is unwound.
    #[must_use]
    pub fn unwinding(&self) -> Self {
        Self(Arc::from(format!("{}{UNWINDING}", self.0)))
    }

    /// The step that this unwinding unwinds.
    pub fn unwound(&self) -> Option<Self> {
        self.0.strip_suffix(UNWINDING).map(Self::from_text)
    }

    /// The text of the path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn last_slash(&self) -> Option<usize> {
        slashes(&self.0).last()
    }
}

/// Where the unescaped slashes of `text` are.
fn slashes(text: &str) -> impl Iterator<Item = usize> + '_ {
    let mut escaped = false;
    text.bytes().enumerate().filter_map(move |(at, byte)| {
        let was_escaped = std::mem::take(&mut escaped);
        escaped = byte == b'\\' && !was_escaped;
        (byte == b'/' && !was_escaped).then_some(at)
    })
}

fn push_escaped(text: &mut String, name: &str) {
    for c in name.chars() {
        if matches!(c, '/' | '[' | ']' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Key;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the key of a step")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Key, E> {
                Ok(Key::from_text(text))
            }
        }
        from.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_its_parents_path_a_slash_and_its_name() {
        let fan = Key::root().child("move nodes", Some("n3"));
        let step = fan.child("drain", None);
        assert_eq!(step.as_str(), "move nodes[n3]/drain");
        assert_eq!(step.parent(), Some(fan.clone()));
        assert_eq!(step.last(), "drain");
        assert_eq!(step.depth(), 2);
        assert!(step.is_under(&fan) && !fan.is_under(&step) && fan.is_under(&Key::root()));
    }

    #[test]
    fn a_slash_in_a_name_does_not_make_a_level() {
        let step = Key::root().child("write /etc/hosts", Some("a/b[0]"));
        assert_eq!(step.as_str(), r"write \/etc\/hosts[a\/b\[0\]]");
        assert_eq!(step.depth(), 1);
        assert_eq!(step.parent(), Some(Key::root()));
        assert_eq!(step.child("x", None).parent(), Some(step));
    }

    #[test]
    fn a_longer_name_is_not_under_a_shorter_one() {
        let a = Key::root().child("a", None);
        assert!(!Key::root().child("ab", None).is_under(&a));
    }

    #[test]
    fn names_that_would_break_a_line_or_say_nothing_are_refused() {
        assert_eq!(name_trouble(" "), Some(NameTrouble::Empty));
        assert_eq!(name_trouble("a\nb"), Some(NameTrouble::Control));
        assert_eq!(name_trouble(&"x".repeat(201)), Some(NameTrouble::TooLong));
        assert_eq!(name_trouble("move nodes"), None);
    }
}
