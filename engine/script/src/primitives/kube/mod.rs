//! Words for the objects of a cluster.
//!
//! One rule for names: a kind is any name the cluster knows it by, an object in a namespace is `namespace/name` or has
//! the option `namespace`, and without one it is in the namespace of the kubeconfig's context.
//! One rule for leave: what changes an object by parts needs `patch`, what looks needs `read`, and a kind is written
//! there as `deployments.apps`, with its group.

pub(super) mod annotate;
pub(super) mod apis;
pub(super) mod apply;
pub(super) mod can_i;
pub(super) mod cordon;
pub(super) mod delete;
pub(super) mod diff;
pub(super) mod drain;
pub(super) mod drain_plan;
pub(super) mod events;
pub(super) mod evict;
pub(super) mod exec;
pub(super) mod exists;
pub(super) mod get;
pub(super) mod label;
pub(super) mod list;
pub(super) mod logs;
mod marks;
pub(super) mod patch;
pub(super) mod query;
pub(super) mod raw;
pub(super) mod rollout_restart;
pub(super) mod rollout_status;
pub(super) mod scale;
pub(super) mod secrets;
pub(super) mod taint;
pub(super) mod uncordon;
pub(super) mod untaint;
pub(super) mod version;
pub(super) mod wait;

use std::sync::Arc;

use rhai::{Dynamic, EvalAltResult, Map, NativeCallContext};
use runbook_drivers::kube::{Applied, Cluster, Kind, Left, Progress as Told, Ref, is_outdated};
use runbook_model::{Failure, Progress, Value, code};

use crate::bench::{Answer, Bench, Change, Ready, ahead, allow, change_prepared};
use crate::frame::Frame;
use crate::hands::AWAY;
use crate::options::Options;
use crate::thrown::throw;
use crate::value::to_value;
use crate::word::{Doing, Opt, Word};

const NAMESPACE: Opt = Opt { name: "namespace", takes: "text", doc: "the namespace, where the name does not say it" };

pub(in crate::primitives) const PATIENCE: Opt = Opt {
    name: "patience",
    takes: crate::options::TIME,
    doc: "how long it waits for an API that cannot be reached; two minutes where it is left out",
};

/// How often an object that moves while it is put back is looked at.
const TRIES: usize = 20;

type Thrown = Box<EvalAltResult>;

/// A word being called: what it was given, before anything went out.
pub(in crate::primitives) struct Called<'c> {
    ctx: &'c NativeCallContext<'c>,
    word: &'static Word,
    /// The options.
    pub(in crate::primitives) options: Options<'static>,
    /// All arguments as they were given, by which two calls are told apart.
    pub(in crate::primitives) args: Vec<Value>,
}

impl<'c> Called<'c> {
    /// What was given, its options checked.
    pub(in crate::primitives) fn new(
        ctx: &'c NativeCallContext<'c>,
        word: &'static Word,
        given: &[Dynamic],
        map: Map,
    ) -> Result<Self, Thrown> {
        let thrown = |failure: Failure| throw(&failure, ctx.call_position());
        let mut args = given.iter().map(to_value).collect::<Result<Vec<_>, _>>().map_err(thrown)?;
        args.push(to_value(&map.clone().into()).map_err(thrown)?);
        let options = Options::new(word, map).map_err(thrown)?;
        Ok(Self { ctx, word, options, args })
    }

    /// A failure at the place of the call.
    pub(in crate::primitives) fn thrown(&self, failure: &Failure) -> Thrown {
        throw(failure, self.ctx.call_position())
    }

    /// The cluster, told to be patient, and to say so.
    pub(in crate::primitives) fn cluster(&self) -> Result<Cluster, Thrown> {
        let frame = Frame::of(self.ctx)?;
        let bench = Arc::clone(frame.bench());
        let patience = match self.word.options.iter().any(|opt| opt.name == PATIENCE.name) {
            true => self.options.duration(PATIENCE.name).map_err(|failure| self.thrown(&failure))?,
            false => None,
        };
        let told = told(&frame);
        ahead(self.ctx, async move { bench.hands.cluster_within(patience.unwrap_or(AWAY), Some(told)).await })
    }

    /// The kind that is meant, once leave was asked to do `action` with it.
    fn kind(&self, cluster: &Cluster, kind: &str, action: &str, target: &str) -> Result<Kind, Thrown> {
        let kind = ahead(self.ctx, cluster.kind(kind))?;
        allow(self.ctx, "kube", action, &format!("{} {target}", full(&kind)))?;
        Ok(kind)
    }

    /// The object that is meant, once leave was asked to do `action` with it.
    fn object(&self, cluster: &Cluster, kind: &str, name: &str, action: &str) -> Result<Ref, Thrown> {
        let namespace = self.namespace()?;
        let (namespace, name) = match name.split_once('/') {
            Some((namespace, name)) => (Some(namespace.to_owned()), name),
            None => (namespace, name),
        };
        if name.trim().is_empty() {
            let failure = Failure::new(code::WORD_ARGUMENT, format!("`{}` was given an empty name", self.word.name));
            return Err(self.thrown(&failure));
        }
        let known = ahead(self.ctx, cluster.kind(kind))?;
        let namespace = known.namespaced.then(|| namespace.unwrap_or_else(|| cluster.namespace().to_owned()));
        let object = Ref { kind: full(&known), namespace, name: name.to_owned() };
        let at = object.namespace.as_deref().map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"));
        allow(self.ctx, "kube", action, &format!("{} {at}", full(&known)))?;
        Ok(object)
    }

    fn namespace(&self) -> Result<Option<String>, Thrown> {
        if !self.word.options.iter().any(|opt| opt.name == NAMESPACE.name) {
            return Ok(None);
        }
        self.options.text(NAMESPACE.name).map_err(|failure| self.thrown(&failure))
    }

    /// Makes a call that changes one object, with what it was before written down first.
    fn change<F>(self, cluster: &Cluster, object: &Ref, brief: String, act: impl FnOnce() -> F) -> Answer
    where
        F: Future<Output = Result<Applied, Failure>>,
    {
        let Self { ctx, word, args, .. } = self;
        let prepare = async { Ok(Ready { before: Some(cluster.before(object).await?), proof: None }) };
        let call = Change { word, brief: format!("{} {brief}", word.name), args, repeat: None };
        change_prepared(ctx, call, prepare, |_| {
            let done = act();
            async { done.await.map(|applied| changed(&applied)) }
        })
    }
}

/// A kind as `needs` and people write it: `deployments.apps`.
fn full(kind: &Kind) -> String {
    if kind.group.is_empty() { kind.plural.clone() } else { format!("{}.{}", kind.plural, kind.group) }
}

/// Has what the Secrets in an answer hold masked from now on.
fn guarded(ctx: &NativeCallContext) -> Result<impl Fn(Value) -> Value, Thrown> {
    let bench = Arc::clone(Frame::of(ctx)?.bench());
    Ok(move |answer: Value| {
        secrets::learn(&bench.mask, &answer);
        answer
    })
}

/// Tells what a call waits for.
pub(in crate::primitives) fn told(frame: &Frame) -> Told {
    let bench = Arc::clone(frame.bench());
    let key = frame.key().clone();
    Arc::new(move |why: &str| {
        let brief = bench.mask.text(why).into_owned();
        bench.run.ledger.progress(Progress::Reading { key: key.clone(), brief });
    })
}

/// What a script gets of an object that was changed: who it is, whether it changed, and the object as it was left.
fn changed(applied: &Applied) -> Value {
    let mut told = applied.to_value();
    if let Value::Map(map) = &mut told {
        map.insert("object".to_owned(), applied.left.clone().unwrap_or_default());
    }
    told
}

/// Puts back what a call found; refuses where someone else has changed it since.
fn put_back(bench: Arc<Bench>, before: Value, written: Option<Value>) -> Doing<Result<(), Failure>> {
    Box::pin(async move {
        let cluster = &bench.hands.cluster().await?;
        let one = |before: Value, left: Option<Value>| async move {
            let left = match &left {
                Some(left) => left.get("object").filter(|object| **object != Value::Unit).map_or(Left::Gone, Left::As),
                None => Left::Unknown,
            };
            for _ in 1..TRIES {
                match cluster.put_back(&before, left).await {
                    // It moved between the look and the write, and nothing was written: it is looked at once more.
                    Err(failure) if is_outdated(&failure) => {}
                    done => return done.map(|_| ()),
                }
            }
            cluster.put_back(&before, left).await.map(|_| ())
        };
        match (before, written) {
            (Value::List(all), written) => {
                let mut left = match written {
                    Some(Value::List(left)) => left,
                    _ => Vec::new(),
                };
                left.resize(all.len(), Value::Unit);
                for (before, left) in all.into_iter().zip(left).rev() {
                    one(before, Some(left).filter(|left| *left != Value::Unit)).await?;
                }
                Ok(())
            }
            (before, written) => one(before, written).await,
        }
    })
}
