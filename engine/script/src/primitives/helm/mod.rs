//! Words for releases of helm. A release is named `NAME`, with the option `namespace`, or `NAME@NAMESPACE`; where
//! neither says which, it is the namespace of the kubeconfig's context.

pub(super) mod diff;
mod doubt;
pub(super) mod get;
pub(super) mod history;
pub(super) mod list;
mod options;
pub(super) mod repair;
pub(super) mod rollback;
pub(super) mod status;
pub(super) mod template;
pub(super) mod uninstall;
pub(super) mod upgrade;
pub(super) mod values;

use std::time::Duration;

use rhai::{Dynamic, EvalAltResult, Map, NativeCallContext};
use runbook_drivers::helm::{Helm, Intent, Release, Wanted, last_good};
use runbook_model::{Failure, Value, code};

use crate::bench::{Ready, ahead, allow};
use crate::frame::Frame;
use crate::options::Options;
use crate::thrown::throw;
use crate::value::to_value;
use crate::word::{Form, Word};

/// How long each thing that helm waits for may take where it is not said.
const TIMEOUT: Duration = Duration::from_secs(300);

/// How much of a step's key a mark carries, in characters: helm takes 256 for a description.
const KEY_CHARS_MAX: usize = 120;

const FORMS: &[Form] = &[
    Form { params: &["release: text"], gives: "map" },
    Form { params: &["release: text", "options: map"], gives: "map" },
];

/// What a call is about: one release, with the options of the call.
struct Given {
    helm: Helm,
    name: String,
    namespace: String,
    options: Options<'static>,
    args: Vec<Value>,
}

impl Given {
    /// The release that `release` and the options name, once leave was asked for it.
    fn read(ctx: &NativeCallContext, word: &'static Word, release: &str, map: Map) -> Result<Self, Box<EvalAltResult>> {
        let thrown = |failure: Failure| throw(&failure, ctx.call_position());
        let args = vec![release.into(), to_value(&map.clone().into()).map_err(thrown)?];
        let options = Options::new(word, map).map_err(thrown)?;
        let helm = Frame::of(ctx)?.bench().hands.helm().clone();
        let named = options.text("namespace").map_err(thrown)?;
        let (name, namespace) = named_in(word, release, named).map_err(thrown)?;
        let namespace = match namespace {
            Some(namespace) => namespace,
            None => ahead(ctx, helm.namespace())?,
        };
        allow(ctx, "helm", &word.name["helm::".len()..], &format!("{name}@{namespace}"))?;
        Ok(Self { helm, name, namespace, options, args })
    }

    /// One line for people.
    fn brief(&self, word: &Word) -> String {
        format!("{} {}@{}", word.name, self.name, self.namespace)
    }

    /// The revision the options name.
    fn revision(&self) -> Result<Option<i64>, Failure> {
        Ok(self.options.count("revision")?.map(i64::from))
    }

    /// How long each wait may take, whether to wait, whether hooks run.
    fn waits(&self) -> Result<(Duration, bool, bool), Failure> {
        let timeout = self.options.duration("timeout")?.unwrap_or(TIMEOUT);
        let wait = self.options.truth("wait")?.unwrap_or(true);
        Ok((timeout, wait, self.options.truth("hooks")?.unwrap_or(true)))
    }
}

/// The name and the namespace of `release`, refused where two namespaces are named.
fn named_in(word: &Word, release: &str, named: Option<String>) -> Result<(String, Option<String>), Failure> {
    match (release.split_once('@'), named) {
        (None, named) => Ok((release.to_owned(), named)),
        (Some((name, namespace)), None) => Ok((name.to_owned(), Some(namespace.to_owned()))),
        (Some((name, namespace)), Some(named)) if namespace == named => Ok((name.to_owned(), Some(named))),
        (Some(_), Some(named)) => {
            let what = format!("`{}` was given `{release}` and the namespace `{named}`", word.name);
            Err(Failure::new(code::WORD_ARGUMENT, what).hint("name one namespace"))
        }
    }
}

/// The text that a revision made by the next call of this step is described with.
fn mark(ctx: &NativeCallContext) -> Result<String, Box<EvalAltResult>> {
    let frame = Frame::of(ctx)?;
    let key: String = frame.key().as_str().chars().take(KEY_CHARS_MAX).collect();
    let nth = frame.calls().map_or(0, |calls| calls.next_nth());
    Ok(format!("runbook {} {key} {nth}", frame.bench().run.name))
}

/// What is written down before a call goes out that changes a release; refuses one at which an operation is under way.
fn ready(given: &Given, mut revisions: Vec<Release>, mark: String, wanted: Wanted) -> Result<Ready, Failure> {
    let (release, namespace) = (given.name.clone(), given.namespace.clone());
    let last = revisions.pop_if(|last| last.is_pending());
    let before = revisions.last().map_or(0, |one| one.revision);
    let intent = Intent { release: release.clone(), namespace: namespace.clone(), before, mark, wanted };
    let in_use = match last {
        // What an earlier attempt of this very call left is cleared away when it goes out again.
        Some(last) if given.helm.is_left_of(&intent, &last) => last_good(&revisions, last.revision),
        Some(last) => return Err(pending(&last)),
        None => revisions.iter().rev().find(|one| one.status == "deployed").map(|one| one.revision),
    };
    let image = Value::from([
        ("release", Value::Text(release.clone())),
        ("namespace", Value::Text(namespace.clone())),
        ("revision", Value::Int(in_use.unwrap_or(0))),
        ("last", Value::Int(before)),
    ]);
    Ok(Ready { before: Some(image), proof: Some(intent.to_value()) })
}

/// Someone is at the release, or was cut off.
fn pending(last: &Release) -> Failure {
    let what = format!("release `{}` in `{}` is being changed, or was left in the middle", last.name, last.namespace);
    Failure::new(code::HELM_PENDING, what)
        .because(last.brief())
        .hint("wait until whoever began it is done; where nobody is at it any more, end it with `helm::repair`")
        .retryable()
}

/// What was written down of a call when it went out first.
fn intent(proof: Option<&Value>) -> Result<Intent, Failure> {
    proof.and_then(Intent::from_value).ok_or_else(|| Failure::new(code::RUN_BUG, "a call of helm has no intent"))
}

/// A list of releases for a script.
fn releases(all: &[Release]) -> Value {
    Value::List(all.iter().map(Release::to_value).collect())
}

/// What a script gets of a failure of ours at this call.
fn thrown(ctx: &NativeCallContext, failure: &Failure) -> Box<EvalAltResult> {
    throw(failure, ctx.call_position())
}

/// A map of a script as the values of a chart.
fn plain(word: &Word, given: Option<Dynamic>) -> Result<serde_json::Value, Failure> {
    let Some(given) = given else { return Ok(serde_json::Value::Object(serde_json::Map::new())) };
    let value = to_value(&given)?;
    if let Value::Map(_) = value {
        return Ok(value.to_plain_json());
    }
    if let Some(text) = value.as_text() {
        let read: serde_json::Value = serde_saphyr::from_str(text).map_err(|bad| {
            let what = format!("option `values` of `{}` is text that is not YAML", word.name);
            Failure::new(code::HELM_VALUES, what).because(bad.to_string())
        })?;
        return match read {
            serde_json::Value::Null => plain(word, None),
            read if read.is_object() => Ok(read),
            _ => Err(no_map(word)),
        };
    }
    Err(no_map(word))
}

fn no_map(word: &Word) -> Failure {
    let what = format!("option `values` of `{}` takes a map, or text in YAML that is one", word.name);
    Failure::new(code::HELM_VALUES, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_named_with_its_namespace_or_without() {
        let named = |release: &str, namespace: Option<&str>| {
            named_in(&status::WORD, release, namespace.map(str::to_owned)).map_err(|failure| failure.code)
        };
        assert_eq!(named("a", None), Ok(("a".into(), None)));
        assert_eq!(named("a@b", None), Ok(("a".into(), Some("b".into()))));
        assert_eq!(named("a", Some("b")), Ok(("a".into(), Some("b".into()))));
        assert_eq!(named("a@b", Some("b")), Ok(("a".into(), Some("b".into()))));
        assert_eq!(named("a@b", Some("c")), Err(code::WORD_ARGUMENT.into()));
    }

    #[test]
    fn values_are_a_map_or_yaml_that_is_one() {
        let read = |given: Dynamic| plain(&upgrade::WORD, Some(given)).map_err(|failure| failure.code);
        assert_eq!(read("a: {b: 1}\n".into()), Ok(serde_json::json!({"a": {"b": 1}})));
        assert_eq!(read("# nothing\n".into()), Ok(serde_json::json!({})));
        let map: Map = [("a".into(), Dynamic::ONE)].into();
        assert_eq!(read(map.into()), Ok(serde_json::json!({"a": 1})));
        for wrong in [Dynamic::from("- a"), "a: [".into(), Dynamic::ONE] {
            assert_eq!(read(wrong), Err(code::HELM_VALUES.into()));
        }
    }
}
