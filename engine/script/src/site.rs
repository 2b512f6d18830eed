//! From what a runbook calls a machine to how it is reached: by the run's site, or as `ssh` itself would.
//!
//! Promises: a machine is looked up anew whenever it is used, so a resume with another site file reaches it the new way.
//! What a runbook said of it besides travels with it.

use std::collections::BTreeMap;

use rhai::{Dynamic, Map};
use runbook_drivers::ssh::{self, Remote};
use runbook_model::site::{Site, SiteMachine};
use runbook_model::{Failure, Value, code};

use crate::hands::Hands;
use crate::options::nearest;
use crate::value::{to_value, type_in_words};
use crate::word::Word;

/// What a runbook says of a machine besides its name; it goes before what the site says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) address: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) jump: Option<String>,
    pub(crate) sudo: Option<bool>,
}

/// A machine that is meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Its name, or that of its node.
    pub(crate) name: String,
    /// Whether it is named by its node in Kubernetes.
    pub(crate) by_node: bool,
    /// Where its node says it is.
    pub(crate) internal_ip: Option<String>,
    /// What was said of it besides.
    pub(crate) said: Said,
}

/// A machine that was found.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// How it is reached.
    pub(crate) machine: ssh::Machine,
    node: String,
    labels: BTreeMap<String, String>,
    said: Said,
}

impl Said {
    fn to_value(&self) -> Option<Value> {
        let text = |text: &Option<String>| text.clone().map(Value::Text);
        let all = [
            ("address", text(&self.address)),
            ("user", text(&self.user)),
            ("port", self.port.map(|port| Value::Int(port.into()))),
            ("jump", text(&self.jump)),
            ("sudo", self.sudo.map(Value::Bool)),
        ];
        let said: BTreeMap<String, Value> =
            all.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect();
        (!said.is_empty()).then_some(Value::Map(said))
    }

    fn from_value(said: &Value) -> Self {
        let text = |key: &str| said.get(key).and_then(Value::as_text).map(str::to_owned);
        let port = |value: &Value| if let Value::Int(port) = value { u16::try_from(*port).ok() } else { None };
        let sudo = |value: &Value| if let Value::Bool(sudo) = value { Some(*sudo) } else { None };
        Self {
            address: text("address"),
            user: text("user"),
            port: said.get("port").and_then(port),
            jump: text("jump"),
            sudo: said.get("sudo").and_then(sudo),
        }
    }
}

impl Wanted {
    /// The machine that `given` means for `word`: a name, what `machine` gave, or a node of Kubernetes.
    pub(crate) fn read(word: &Word, given: &Dynamic) -> Result<Self, Failure> {
        if let Ok(name) = given.as_immutable_string_ref() {
            return Self::named(word, &name);
        }
        let refuse = |was: String| {
            let what = format!("`{}` takes a machine, its name, or a node, not {was}", word.name);
            Failure::new(code::WORD_ARGUMENT, what).hint("name one as `\"n1\"`, `machine(node)` or `machines()[0]`")
        };
        if !given.is_map() {
            return Err(refuse(type_in_words(given)));
        }
        let value = to_value(given)?;
        Self::from_value(&value).ok_or_else(|| match value.get("kind").and_then(Value::as_text) {
            Some(kind) => refuse(format!("an object of the kind `{kind}`")),
            None => refuse("a map without a `name`".to_owned()),
        })
    }

    fn named(word: &Word, name: &str) -> Result<Self, Failure> {
        let odd = name.starts_with('-') || name.contains(|c: char| c.is_control() || c.is_whitespace());
        if name.is_empty() || odd {
            let what =
                format!("`{}` was given the name `{}`, which no machine can have", word.name, name.escape_debug());
            return Err(Failure::new(code::WORD_ARGUMENT, what));
        }
        Ok(Self { name: name.to_owned(), ..Self::default() })
    }

    /// The machine that a record or a map of a script means; nothing where it means none.
    pub(crate) fn from_value(value: &Value) -> Option<Self> {
        if let Some(name) = value.as_text() {
            return Some(Self { name: name.to_owned(), ..Self::default() });
        }
        if let Some(meta) = value.get("metadata") {
            let kind = value.get("kind").and_then(Value::as_text).unwrap_or("Node");
            let name = meta.get("name").and_then(Value::as_text).filter(|_| kind == "Node")?;
            let internal_ip = internal_ip(value);
            return Some(Self { name: name.to_owned(), by_node: true, internal_ip, ..Self::default() });
        }
        let name = value.get("name").and_then(Value::as_text)?.to_owned();
        let said = value.get("said").map(Said::from_value).unwrap_or_default();
        Some(Self { name, said, ..Self::default() })
    }
}

/// Where a node says it is.
fn internal_ip(node: &Value) -> Option<String> {
    let Some(Value::List(addresses)) = node.get("status")?.get("addresses") else { return None };
    let internal = |address: &&Value| address.get("type").and_then(Value::as_text) == Some("InternalIP");
    addresses.iter().find(internal)?.get("address")?.as_text().map(str::to_owned)
}

impl Found {
    /// As a script sees it.
    pub(crate) fn to_value(&self) -> Value {
        let machine = &self.machine;
        let text = |text: &Option<String>| text.clone().map_or(Value::Unit, Value::Text);
        let labels = self.labels.iter().map(|(key, label)| (key.clone(), Value::Text(label.clone()))).collect();
        let mut map = Value::from([
            ("name", Value::from(machine.name.as_str())),
            ("address", Value::from(machine.address.as_str())),
            ("user", text(&machine.user)),
            ("port", machine.port.map_or(Value::Unit, |port| Value::Int(port.into()))),
            ("sudo", Value::Bool(machine.sudo)),
            ("node", Value::from(self.node.as_str())),
            ("labels", Value::Map(labels)),
        ]);
        if let (Value::Map(map), Some(said)) = (&mut map, self.said.to_value()) {
            map.insert("said".to_owned(), said);
        }
        map
    }

    /// As a record keeps it: enough to find it again.
    pub(crate) fn mark(&self) -> Value {
        let name = Value::from(self.machine.name.as_str());
        match self.said.to_value() {
            Some(said) => Value::from([("name", name), ("said", said)]),
            None => name,
        }
    }
}

impl Hands {
    /// The site of the run; a failure where it has none.
    pub(crate) fn site(&self, word: &Word) -> Result<&Site, Failure> {
        self.aim().site.as_ref().ok_or_else(|| {
            Failure::new(code::SITE_MACHINE, format!("`{}` asks for a site, and the run has none", word.name))
                .hint("name the file that lists the machines with `--site FILE`")
        })
    }

    /// The machine that is meant.
    pub(crate) fn machine(&self, wanted: &Wanted) -> Result<Found, Failure> {
        let site = self.aim().site.as_ref();
        let known = site.and_then(|site| match wanted.by_node {
            true => site.machine_of_node(&wanted.name),
            false => site.machine(&wanted.name),
        });
        let unknown = SiteMachine::default();
        let (name, described) = match (known, site) {
            (Some(known), _) => known,
            (None, Some(site)) if wanted.said.address.is_none() => return Err(no_such(site, wanted)),
            (None, _) => (wanted.name.as_str(), &unknown),
        };
        Ok(self.found(name, described, &wanted.said))
    }

    /// A machine of the site, with what was said of it besides.
    pub(crate) fn found(&self, name: &str, described: &SiteMachine, said: &Said) -> Found {
        let aim = self.aim();
        let config = described.ssh_config.as_ref().or(aim.ssh_config.as_ref());
        let config = config.or_else(|| aim.site.as_ref()?.ssh_config.as_ref());
        let first = |said: &Option<String>, usual: &Option<String>| said.clone().or_else(|| usual.clone());
        let machine = ssh::Machine {
            name: name.to_owned(),
            address: first(&said.address, &described.address).unwrap_or_else(|| name.to_owned()),
            user: first(&said.user, &described.user),
            port: said.port.or(described.port),
            jump: first(&said.jump, &described.jump),
            sudo: said.sudo.unwrap_or(described.sudo),
            config: config.map(Into::into),
        };
        let node = described.node.clone().unwrap_or_else(|| name.to_owned());
        Found { machine, node, labels: described.labels.clone(), said: said.clone() }
    }

    /// The machine that a record keeps, ready to be spoken with.
    pub(crate) fn remote_of(&self, mark: Option<&Value>) -> Result<Remote, Failure> {
        let wanted = mark.and_then(Wanted::from_value);
        let wanted = wanted.ok_or_else(|| Failure::new(code::RUN_BUG, "a call of a machine does not say which"))?;
        Ok(self.remote(&self.machine(&wanted)?.machine))
    }
}

/// The failure of a machine that the site does not have.
fn no_such(site: &Site, wanted: &Wanted) -> Failure {
    let what = if wanted.by_node { "machine of the node" } else { "machine" };
    let names = site.machines.iter().flat_map(|(name, machine)| [Some(name), machine.node.as_ref()]).flatten();
    let failure = Failure::new(code::SITE_MACHINE, format!("the site `{}` has no {what} `{}`", site.name, wanted.name));
    match nearest(&wanted.name, names.map(String::as_str)) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure.hint(format!("add `[machines.{}]` to `{}`", wanted.name, site.file)),
    }
}

/// What machines are chosen by: labels, each of which has to be so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Selector(Vec<Condition>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Condition {
    Is(String, String),
    IsNot(String, String),
    Has(String),
    HasNot(String),
}

impl Selector {
    /// All labels of a map are as they stand there.
    pub(crate) fn of_map(word: &Word, map: &Map) -> Result<Self, Failure> {
        let one = |(key, value): (&rhai::Identifier, &Dynamic)| match value.as_immutable_string_ref() {
            Ok(text) => Ok(Condition::Is(key.to_string(), text.to_string())),
            Err(_) => {
                let what = format!("label `{key}` of `{}` is text, not {}", word.name, type_in_words(value));
                Err(Failure::new(code::WORD_ARGUMENT, what).hint(format!("write it in quotes: `{key}: \"{value}\"`")))
            }
        };
        map.iter().map(one).collect::<Result<_, _>>().map(Self)
    }

    /// `a=b,c!=d,e,!f`, as Kubernetes writes it.
    pub(crate) fn of_text(word: &Word, text: &str) -> Result<Self, Failure> {
        let one = |part: &str| {
            let part = part.trim();
            let pair = |(key, value): (&str, &str)| {
                (key.trim().trim_end_matches('=').to_owned(), value.trim_start_matches('=').trim().to_owned())
            };
            let condition = if let Some((key, value)) = part.split_once("!=").map(pair) {
                Condition::IsNot(key, value)
            } else if let Some((key, value)) = part.split_once('=').map(pair) {
                Condition::Is(key, value)
            } else if let Some(key) = part.strip_prefix('!') {
                Condition::HasNot(key.trim().to_owned())
            } else {
                Condition::Has(part.to_owned())
            };
            let (Condition::Is(key, _) | Condition::IsNot(key, _) | Condition::Has(key) | Condition::HasNot(key)) =
                &condition;
            if key.is_empty() || key.contains(char::is_whitespace) {
                let what = format!("`{}` cannot choose by `{}`", word.name, part.escape_debug());
                return Err(Failure::new(code::WORD_ARGUMENT, what).hint("write it like `\"pool=blue,!old\"`"));
            }
            Ok(condition)
        };
        text.split(',').map(one).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a machine with these labels is chosen.
    pub(crate) fn chooses(&self, labels: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|condition| match condition {
            Condition::Is(key, value) => labels.get(key) == Some(value),
            Condition::IsNot(key, value) => labels.get(key) != Some(value),
            Condition::Has(key) => labels.contains_key(key),
            Condition::HasNot(key) => !labels.contains_key(key),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::machines::WORD;

    #[test]
    fn machines_are_chosen_by_their_labels() {
        let labels = BTreeMap::from([("pool".to_owned(), "blue".to_owned()), ("old".to_owned(), String::new())]);
        let chooses = |text: &str| Selector::of_text(&WORD, text).unwrap().chooses(&labels);
        for yes in ["pool=blue", "pool==blue", "pool = blue , old", "pool!=red", "!new", "zone!=a"] {
            assert!(chooses(yes), "{yes}");
        }
        for no in ["pool=red", "pool!=blue", "!old", "zone", "pool=blue,zone=a"] {
            assert!(!chooses(no), "{no}");
        }
        for wrong in ["", "=a", "a,,b", "a b=c"] {
            assert_eq!(Selector::of_text(&WORD, wrong).unwrap_err().code, code::WORD_ARGUMENT, "{wrong}");
        }
    }

    #[test]
    fn a_node_is_taken_by_its_name_and_another_object_is_not() {
        let object = |kind: &str| {
            let text = format!(
                r#"{{"kind":"{kind}","metadata":{{"name":"n1"}},"status":{{"addresses":[{{"type":"InternalIP","address":"10.0.0.1"}}]}}}}"#
            );
            Wanted::read(&WORD, &crate::value::to_dynamic(&serde_json::from_str(&text).unwrap()))
        };
        let node = object("Node").unwrap();
        assert_eq!((node.name.as_str(), node.by_node, node.internal_ip.as_deref()), ("n1", true, Some("10.0.0.1")));
        let refused = object("Pod").unwrap_err();
        assert_eq!(refused.what, "`machines` takes a machine, its name, or a node, not an object of the kind `Pod`");
        assert!(Wanted::read(&WORD, &"-oProxyCommand=id".into()).is_err());
        assert!(Wanted::read(&WORD, &7_i64.into()).is_err());
    }
}
