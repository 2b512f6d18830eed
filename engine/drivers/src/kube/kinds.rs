//! The kinds a server knows, and which of them a word means.

use std::fmt;

use runbook_model::{Failure, code};

use super::Result;

/// One kind of object at one version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kind {
    /// Its group; empty for the first one.
    pub group: String,
    /// Its version.
    pub version: String,
    /// Its name in objects, `Deployment`.
    pub name: String,
    /// Its name in paths, `deployments`.
    pub plural: String,
    /// Its name for one object, `deployment`; may be empty.
    pub single: String,
    /// Its short names.
    pub short: Vec<String>,
    /// The sets it belongs to, `all` for one.
    pub categories: Vec<String>,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
    /// What can be done with it.
    pub verbs: Vec<String>,
    /// What is under its objects, `status` for one.
    pub under: Vec<String>,
}

impl Kind {
    /// As objects write it in `apiVersion`.
    pub fn api(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// Its name for one object, in small letters.
    pub(super) fn singular(&self) -> String {
        if self.single.is_empty() { self.name.to_lowercase() } else { self.single.clone() }
    }

    fn rank(&self, word: &str) -> Option<u8> {
        let same = |name: &str| name.eq_ignore_ascii_case(word);
        if same(&self.plural) || same(&self.name) || (!self.single.is_empty() && same(&self.single)) {
            Some(0)
        } else if self.short.iter().any(|short| same(short)) {
            Some(1)
        } else {
            None
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.api(), self.name)
    }
}

/// All kinds of a server, the preferred ones first.
#[derive(Debug, Default)]
pub(super) struct Kinds(pub(super) Vec<Kind>);

impl Kinds {
    /// The kind a word means. A group or version in the word must agree; among several, the server's order decides,
    /// and a full name goes before a short one.
    pub(super) fn find(&self, word: &str) -> Option<&Kind> {
        let word = word.trim();
        let asked = Asked::of(word);
        let best = |asked: &Asked<'_>| {
            let fit = self.0.iter().filter(|kind| asked.fits(kind));
            fit.filter_map(|kind| kind.rank(asked.name).map(|rank| (rank, kind)))
                .min_by_key(|(rank, _)| *rank)
                .map(|(_, kind)| kind)
        };
        best(&asked).or_else(|| Asked::dotted_version(word).and_then(|asked| best(&asked)))
    }

    /// The kind of an object that says so itself.
    pub(super) fn exact(&self, api: &str, name: &str) -> Option<&Kind> {
        self.0.iter().find(|kind| kind.name == name && kind.api() == api)
    }

    /// What to say of a word that means none.
    pub(super) fn unknown(&self, word: &str) -> Failure {
        let failure = Failure::new(code::KUBE_KIND, format!("the cluster knows no kind `{word}`"));
        let lower = word.to_lowercase();
        let short = lower.split(['.', '/']).find(|part| !part.is_empty()).unwrap_or_default();
        let near = self.0.iter().flat_map(|kind| [kind.plural.clone(), kind.singular()]);
        let near = near.map(|name| (strsim::damerau_levenshtein(&name, short), name)).min();
        match near {
            Some((distance, name)) if distance <= (short.len() / 3).max(1) => {
                failure.hint(format!("did you mean `{name}`?"))
            }
            _ => failure.hint("see which kinds there are with `kube::apis`, or install what brings it"),
        }
    }
}

/// A word for a kind, taken apart.
#[derive(Debug, PartialEq)]
struct Asked<'a> {
    name: &'a str,
    group: Option<&'a str>,
    version: Option<&'a str>,
}

impl<'a> Asked<'a> {
    fn of(word: &'a str) -> Self {
        let parts: Vec<&str> = word.split('/').collect();
        match parts[..] {
            [group, version, name] => Self { name, group: Some(group), version: Some(version) },
            [version, name] if is_version(version) => Self { name, group: Some(""), version: Some(version) },
            [group, name] => Self { name, group: Some(group), version: None },
            _ => match word.split_once('.') {
                Some((name, group)) => Self { name, group: Some(group), version: None },
                None => Self { name: word, group: None, version: None },
            },
        }
    }

    /// `deployments.v1.apps`.
    fn dotted_version(word: &'a str) -> Option<Self> {
        let (name, rest) = word.split_once('.')?;
        let (version, group) = rest.split_once('.').unwrap_or((rest, ""));
        is_version(version).then_some(Self { name, group: Some(group), version: Some(version) })
    }

    fn fits(&self, kind: &Kind) -> bool {
        self.group.is_none_or(|group| group == kind.group) && self.version.is_none_or(|version| version == kind.version)
    }
}

fn is_version(word: &str) -> bool {
    word.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Checks that objects of the kind can be handled in this way.
pub(super) fn able<'a>(kind: &'a Kind, verb: &str) -> Result<&'a Kind> {
    if kind.verbs.is_empty() || kind.verbs.iter().any(|known| known == verb) {
        return Ok(kind);
    }
    Err(Failure::new(code::KUBE_KIND, format!("objects of the kind `{kind}` do not support `{verb}`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(group: &str, version: &str, name: &str, plural: &str, short: &[&str]) -> Kind {
        let short = short.iter().map(|short| (*short).to_owned()).collect();
        let (single, plural) = (name.to_lowercase(), plural.to_owned());
        Kind {
            group: group.into(),
            version: version.into(),
            name: name.into(),
            plural,
            single,
            short,
            ..Kind::default()
        }
    }

    fn kinds() -> Kinds {
        Kinds(vec![
            kind("", "v1", "Pod", "pods", &["po"]),
            kind("", "v1", "Event", "events", &["ev"]),
            kind("apps", "v1", "Deployment", "deployments", &["deploy"]),
            kind("events.k8s.io", "v1", "Event", "events", &["ev"]),
            kind("cilium.io", "v2", "CiliumNode", "ciliumnodes", &["cn", "po"]),
            kind("cilium.io", "v2alpha1", "CiliumNodeConfig", "ciliumnodeconfigs", &[]),
            kind("example.com", "v1", "Po", "pos", &[]),
        ])
    }

    #[test]
    fn a_kind_has_many_names() {
        let kinds = kinds();
        for (word, found) in [
            ("pods", "v1/Pod"),
            ("Pod", "v1/Pod"),
            ("v1/Pod", "v1/Pod"),
            ("pod", "v1/Pod"),
            ("deployments.apps", "apps/v1/Deployment"),
            ("deployments.v1.apps", "apps/v1/Deployment"),
            ("apps/v1/Deployment", "apps/v1/Deployment"),
            ("apps/deployments", "apps/v1/Deployment"),
            ("deploy", "apps/v1/Deployment"),
            ("events", "v1/Event"),
            ("events.events.k8s.io", "events.k8s.io/v1/Event"),
            ("CILIUMNODES", "cilium.io/v2/CiliumNode"),
            ("cilium.io/v2alpha1/CiliumNodeConfig", "cilium.io/v2alpha1/CiliumNodeConfig"),
        ] {
            assert_eq!(kinds.find(word).map(ToString::to_string).as_deref(), Some(found), "{word}");
        }
        assert_eq!(kinds.find("apps/v2/Deployment"), None);
        assert_eq!(kinds.find(""), None);
    }

    #[test]
    fn a_full_name_goes_before_a_short_one() {
        assert_eq!(kinds().find("po").unwrap().name, "Po");
    }

    #[test]
    fn an_unknown_kind_is_answered_with_the_nearest() {
        let failure = kinds().unknown("deploymnets");
        assert_eq!(failure.hints, ["did you mean `deployments`?"]);
        assert!(kinds().unknown("issuers").hints[0].contains("kube::apis"));
    }
}
