//! What `tc` puts on a link.

/// What holds back what a link sends, or what it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Qdisc {
    pub(crate) kind: &'static str,
    /// The first half of its number; the second is nothing.
    pub(crate) major: u16,
    /// Whether it holds what is sent.
    pub(crate) root: bool,
    /// Its settings, each as it is shown.
    pub(crate) settings: String,
}
