//! The types an input can have.

/// The type of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    String,
    /// A whole number.
    Int,
    /// `true` or `false`.
    Bool,
    /// A number.
    Float,
    /// A length of time with its unit.
    Duration,
    /// A semantic version; a `v` before it is kept.
    Version,
    /// A block of addresses.
    Cidr,
    /// An address, IPv4 or IPv6.
    Ip,
    /// An absolute URL.
    Url,
    /// A path on this machine; `~/` is the home directory.
    Path,
    /// One of the texts in `options`.
    Enum,
    /// A list.
    List,
    /// A map.
    Map,
    /// A reference to a secret, never the secret itself.
    Secret,
}

/// All types in the order in which they are told.
const ALL: [Kind; 14] = [
    Kind::String,
    Kind::Int,
    Kind::Bool,
    Kind::Float,
    Kind::Duration,
    Kind::Version,
    Kind::Cidr,
    Kind::Ip,
    Kind::Url,
    Kind::Path,
    Kind::Enum,
    Kind::List,
    Kind::Map,
    Kind::Secret,
];

impl Kind {
    /// The names of all types.
    pub fn names() -> Vec<&'static str> {
        ALL.iter().map(|kind| kind.name()).collect()
    }

    /// The type called `name`.
    pub fn of(name: &str) -> Option<Self> {
        ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Its name in a front matter.
    pub fn name(self) -> &'static str {
        self.words().0
    }

    /// What it takes, for people.
    pub fn takes(self) -> &'static str {
        self.words().1
    }

    /// An example of a right value, as it is typed.
    pub fn example(self) -> &'static str {
        self.words().2
    }

    /// Its name, what it takes, an example.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::String => ("string", "text", "blue"),
            Self::Int => ("int", "a whole number", "3"),
            Self::Bool => ("bool", "`true` or `false`", "true"),
            Self::Float => ("float", "a number", "0.5"),
            Self::Duration => ("duration", "a length of time with its unit", "10m"),
            Self::Version => ("version", "a version", "1.18.4"),
            Self::Cidr => ("cidr", "a block of addresses", "10.0.0.0/16"),
            Self::Ip => ("ip", "an IP address", "10.0.0.7"),
            Self::Url => ("url", "a URL", "https://example.com/"),
            Self::Path => ("path", "a path", "~/backup"),
            Self::Enum => ("enum", "one of its options", ""),
            Self::List => ("list", "a list", "a,b"),
            Self::Map => ("map", "a map", "a=1,b=2"),
            Self::Secret => ("secret", "a reference to a secret", "env:NAME"),
        }
    }

    /// Whether a value of this type is written as one text.
    pub(super) fn is_textual(self) -> bool {
        !matches!(self, Self::Int | Self::Bool | Self::Float | Self::List | Self::Map)
    }

    /// Whether it can be the type of the items of a list or a map.
    pub(super) fn can_be_item(self) -> bool {
        !matches!(self, Self::List | Self::Map | Self::Secret)
    }
}
