//! A place of a state: a machine, or a namespace of a machine.

/// `n1`, or `n1/pod`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) machine: String,
    pub(crate) namespace: String,
}

impl Place {
    pub(crate) fn machine(name: &str) -> Place {
        Place { machine: name.to_owned(), namespace: String::new() }
    }

    pub(crate) fn read(text: &str) -> Place {
        let (machine, namespace) = text.split_once('/').unwrap_or((text, ""));
        Place { machine: machine.to_owned(), namespace: namespace.to_owned() }
    }
}
