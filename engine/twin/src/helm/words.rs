//! The words of a call of helm: the plain ones, and the options with what they are given.

/// Options that are given something in the next word where they carry nothing themselves.
const TAKES: [&str; 17] = [
    "n",
    "namespace",
    "f",
    "values",
    "set",
    "version",
    "repo",
    "timeout",
    "description",
    "labels",
    "kubeconfig",
    "kube-context",
    "output",
    "o",
    "template",
    "history-max",
    "keyring",
];

/// The words of a call.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    /// The verb and what it is about.
    pub(super) plain: Vec<String>,
    options: Vec<(String, String)>,
}

impl Words {
    /// Reads them.
    pub(super) fn read(typed: &[String]) -> Self {
        let mut words = Self::default();
        let mut typed = typed.iter();
        while let Some(word) = typed.next() {
            let Some(option) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')).filter(|it| !it.is_empty())
            else {
                words.plain.push(word.clone());
                continue;
            };
            let (name, value) = match option.split_once('=') {
                Some((name, value)) => (name, value.to_owned()),
                None if TAKES.contains(&option) => (option, typed.next().cloned().unwrap_or_default()),
                None => (option, String::new()),
            };
            let name = match name {
                "n" => "namespace",
                "o" => "output",
                "i" => "install",
                name => name,
            };
            words.options.push((name.to_owned(), value));
        }
        words
    }

    /// The verb.
    pub(super) fn verb(&self) -> &str {
        self.plain.first().map_or("", String::as_str)
    }

    /// Whether an option is given, and not as `=false`.
    pub(super) fn has(&self, name: &str) -> bool {
        self.one(name).is_some_and(|value| value != "false")
    }

    /// What an option is given, the last time.
    pub(super) fn one(&self, name: &str) -> Option<&str> {
        self.options.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All that an option is given.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.options.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Words {
        Words::read(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn options_carry_their_value_or_take_the_next_word() {
        let words = words("upgrade cilium cilium/cilium --install -n kube-system --values=- --timeout=900000ms --wait");
        assert_eq!(words.plain, ["upgrade", "cilium", "cilium/cilium"]);
        assert_eq!((words.one("namespace"), words.one("timeout")), (Some("kube-system"), Some("900000ms")));
        assert!(words.has("wait") && words.has("install") && !words.has("hooks"));
    }
}
