//! Waits until something is so, told by a watch and never by asking again and again.
//!
//! Promises: what is already so is seen at once; what becomes so is seen when the server says it. The API may be away
//! meanwhile. A wait ends when it is so, when it never can be, or when its time is over, and then says what it last saw.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use runbook_model::{Failure, Value, code};
use tokio::sync::broadcast::error::RecvError;

use super::feed::{Ear, Health, News};
use super::field::Field;
use super::{Cluster, Progress, Ref, Result, Select, error, object, rollout};

/// How long a wait takes at most where it is not said.
const WITHIN: Duration = Duration::from_secs(300);
/// How long after a look that failed the next one is made.
const AGAIN: Duration = Duration::from_millis(500);

/// What a look at an object says of a wait.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It is so.
    Yes,
    /// Not yet, and what is lacking.
    NotYet(String),
    /// It never will be.
    Never(Box<Failure>),
}

type Look = Arc<dyn Fn(Option<&Value>) -> Verdict + Send + Sync>;

/// What is waited for, and how long.
#[derive(Clone)]
pub struct Wait {
    what: String,
    look: Look,
    within: Duration,
    progress: Option<Progress>,
}

impl Wait {
    /// Until a look at the object says so; `what` names it, as in `` `Ready` ``.
    pub fn until(what: impl Into<String>, look: impl Fn(Option<&Value>) -> Verdict + Send + Sync + 'static) -> Self {
        Self { what: what.into(), look: Arc::new(look), within: WITHIN, progress: None }
    }

    /// Until it has this condition with this status, `True` for one.
    pub fn until_condition(kind: &str, status: &str) -> Self {
        let (kind, status) = (kind.to_owned(), status.to_owned());
        Self::until(format!("`{kind}={status}`"), move |object| {
            let Some(object) = object else { return Verdict::NotYet("it is not there".into()) };
            let Some(found) = object::condition(object, &kind) else {
                return Verdict::NotYet(format!("it has no condition `{kind}`"));
            };
            let of = |key: &str| object::text(found, &[key]).unwrap_or_default();
            // A condition from before the last change of the object says nothing of it.
            let fresh = match (
                object::number(found, &["observedGeneration"]),
                object::number(object, &["metadata", "generation"]),
            ) {
                (Some(seen), Some(now)) => seen >= now,
                _ => true,
            };
            match of("status").eq_ignore_ascii_case(&status) {
                true if fresh => Verdict::Yes,
                true => Verdict::NotYet(format!("`{kind}` is from before its last change")),
                false => Verdict::NotYet(said(&format!("`{kind}` is `{}`", of("status")), of("reason"), of("message"))),
            }
        })
    }

    /// Until what is at a path is this: `status.phase`, `spec.ports[0].port`, `status.conditions[type=Ready].status`.
    pub fn until_field(path: &str, wanted: Value) -> Result<Self> {
        let field = Field::parse(path)?;
        Ok(Self::until(format!("`{path}={wanted}`"), move |object| match object.map(|object| field.find(object)) {
            None => Verdict::NotYet("it is not there".into()),
            Some(Some(found)) if *found == wanted || found.to_string() == wanted.to_string() => Verdict::Yes,
            Some(Some(found)) => Verdict::NotYet(format!("`{field}` is `{found}`")),
            Some(None) => Verdict::NotYet(format!("it has no `{field}`")),
        }))
    }

    /// Until it is there.
    pub fn until_there() -> Self {
        Self::until("there", |object| match object {
            Some(_) => Verdict::Yes,
            None => Verdict::NotYet("it is not there".into()),
        })
    }

    /// Until it is gone, or another of its name is there; `uid` says which one is meant.
    pub fn until_gone(uid: Option<String>) -> Self {
        Self::until("gone", move |object| match object {
            None => Verdict::Yes,
            Some(object) if uid.is_some() && object::meta(object, "uid") != uid.as_deref() => Verdict::Yes,
            Some(object) => Verdict::NotYet(stays(object)),
        })
    }

    /// Until its rollout is complete.
    pub fn until_rolled_out() -> Self {
        Self::until("rolled out", |object| match object {
            None => Verdict::NotYet("it is not there".into()),
            Some(object) => rollout::status(object),
        })
    }

    /// At most this long.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.within = limit;
        self
    }

    /// The same time and progress, until this very object is gone.
    pub(super) fn for_gone(self, uid: String) -> Self {
        Self { within: self.within, progress: self.progress, ..Self::until_gone(Some(uid)) }
    }

    /// Told what is still lacking whenever that changes.
    #[must_use]
    pub fn telling(mut self, progress: Progress) -> Self {
        self.progress = Some(progress);
        self
    }

    /// What it says of an object now.
    pub fn look(&self, object: Option<&Value>) -> Verdict {
        (self.look)(object)
    }
}

/// Why an object that is to be gone is still there.
fn stays(object: &Value) -> String {
    if object::meta(object, "deletionTimestamp").is_none() {
        return "it is there, and nobody has deleted it".into();
    }
    let holders: Vec<String> = super::discovery::items(object::at(object, &["metadata", "finalizers"]))
        .map(|finalizer| format!("`{finalizer}`"))
        .collect();
    if holders.is_empty() { "it ends".into() } else { format!("it is deleted, and held by {}", holders.join(", ")) }
}

fn said(fact: &str, reason: &str, message: &str) -> String {
    let more: Vec<&str> = [reason, message].into_iter().filter(|text| !text.is_empty()).collect();
    if more.is_empty() { fact.to_owned() } else { format!("{fact}: {}", more.join(": ")) }
}

/// What a wait knows while it waits.
struct Waiting<'a> {
    wait: &'a Wait,
    last: String,
}

impl Waiting<'_> {
    fn note(&mut self, lack: String) {
        if lack != self.last {
            if let Some(progress) = &self.wait.progress {
                progress(&lack);
            }
            self.last = lack;
        }
    }
}

impl Cluster {
    /// Waits for one object. Gives it as it then was; nothing where it is gone.
    pub async fn wait(&self, object: &Ref, wait: &Wait) -> Result<Option<Value>> {
        let target = self.target(object).await?;
        let scope = Select { namespace: target.namespace.clone(), ..Select::default() };
        let mut ear = self.listen(&target.kind, &scope)?;
        let object = target.as_ref();
        // A list of one and not the object itself: it tells its version also where there is none.
        let only = Select { kind: target.kind.to_string(), fields: format!("metadata.name={}", target.name), ..scope };
        let mine = |seen: &Value| {
            object::meta(seen, "name") == Some(target.name.as_str())
                && object::meta(seen, "namespace") == target.namespace.as_deref()
        };
        let mut waiting = Waiting { wait, last: String::new() };
        let all = async {
            loop {
                self.until_live(&mut ear, &mut waiting).await?;
                let found = match self.quiet().list(&only).await {
                    Ok(found) => found,
                    Err(failure) if error::is_passing(&failure) => {
                        waiting.note(failure.what);
                        self.clock().sleep(AGAIN).await;
                        continue;
                    }
                    Err(failure) => return Err(failure),
                };
                let (known, found): (u64, _) = (found.version.parse().unwrap_or(0), found.get(0));
                if settled(&mut waiting, found.as_ref())? {
                    return Ok(found);
                }
                while let Some((seen, gone)) = self.next(&mut ear, &mut waiting).await? {
                    // What was on its way while we looked may be older than what we saw.
                    if !mine(&seen) || object::version(&seen).is_some_and(|version| version <= known) {
                        continue;
                    }
                    let now = Some(seen.as_ref()).filter(|_| !gone);
                    if settled(&mut waiting, now)? {
                        return Ok(now.cloned());
                    }
                }
            }
        };
        let ended = self.clock().timeout(wait.within, all).await;
        ended.unwrap_or_else(|_| Err(late(&object.to_string(), wait, &waiting.last)))
    }

    /// Waits until it is so of all objects of a choice, and there are at least so many of them.
    pub async fn wait_all(&self, select: &Select, wait: &Wait, at_least: usize) -> Result<Vec<Value>> {
        let kind = self.kind(&select.kind).await?;
        let mut ear = self.listen(&kind, select)?;
        let mut waiting = Waiting { wait, last: String::new() };
        let all = async {
            loop {
                self.until_live(&mut ear, &mut waiting).await?;
                let list = match self.quiet().list(select).await {
                    Ok(list) => list,
                    Err(failure) if error::is_passing(&failure) => {
                        waiting.note(failure.what);
                        self.clock().sleep(AGAIN).await;
                        continue;
                    }
                    Err(failure) => return Err(failure),
                };
                let mut known: BTreeMap<String, Value> = list.iter().map(|each| (full_name(&each), each)).collect();
                let begun: u64 = list.version.parse().unwrap_or(0);
                loop {
                    if all_settled(&mut waiting, &known, at_least)? {
                        return Ok(known.into_values().collect());
                    }
                    let Some((seen, gone)) = self.next(&mut ear, &mut waiting).await? else { break };
                    if object::version(&seen).is_some_and(|version| version <= begun) {
                        continue;
                    }
                    if gone {
                        known.remove(&full_name(&seen));
                    } else {
                        known.insert(full_name(&seen), (*seen).clone());
                    }
                }
            }
        };
        let ended = self.clock().timeout(wait.within, all).await;
        ended.unwrap_or_else(|_| Err(late(&format!("the choice of {}", kind.plural), wait, &waiting.last)))
    }

    /// Waits until whatever happens from now on is heard.
    async fn until_live(&self, ear: &mut Ear, waiting: &mut Waiting<'_>) -> Result<()> {
        loop {
            let health = ear.health.borrow_and_update().clone();
            match health {
                Health::Live => break,
                Health::Begins => {}
                Health::Away(why) => waiting.note(why),
                Health::Refused(failure) => return Err(*failure),
            }
            ear.health.changed().await.map_err(|_| stopped())?;
        }
        // What was heard before the look that follows tells nothing new.
        ear.news = ear.news.resubscribe();
        Ok(())
    }

    /// The next object that changed, and whether it is gone; nothing where one has to look again.
    async fn next(&self, ear: &mut Ear, waiting: &mut Waiting<'_>) -> Result<Option<(Arc<Value>, bool)>> {
        loop {
            tokio::select! {
                biased;
                news = ear.news.recv() => match news {
                    Ok(News::Seen(object)) => return Ok(Some((object, false))),
                    Ok(News::Gone(object)) => return Ok(Some((object, true))),
                    Ok(News::Gap) | Err(RecvError::Lagged(_)) => return Ok(None),
                    Err(RecvError::Closed) => return Err(stopped()),
                },
                changed = ear.health.changed() => {
                    changed.map_err(|_| stopped())?;
                    let health = ear.health.borrow_and_update().clone();
                    match health {
                        Health::Away(why) => waiting.note(why),
                        Health::Refused(failure) => return Err(*failure),
                        Health::Live | Health::Begins => {}
                    }
                }
            }
        }
    }
}

fn settled(waiting: &mut Waiting<'_>, object: Option<&Value>) -> Result<bool> {
    match waiting.wait.look(object) {
        Verdict::Yes => Ok(true),
        Verdict::NotYet(lack) => {
            waiting.note(lack);
            Ok(false)
        }
        Verdict::Never(failure) => Err(*failure),
    }
}

fn all_settled(waiting: &mut Waiting<'_>, known: &BTreeMap<String, Value>, at_least: usize) -> Result<bool> {
    let mut lacking = Vec::new();
    for (name, object) in known {
        match waiting.wait.look(Some(object)) {
            Verdict::Yes => {}
            Verdict::NotYet(lack) => lacking.push(format!("`{name}`: {lack}")),
            Verdict::Never(failure) => return Err(*failure),
        }
    }
    if lacking.is_empty() && known.len() >= at_least {
        return Ok(true);
    }
    let count = lacking.len();
    waiting.note(match lacking.into_iter().next() {
        Some(first) if count == 1 => first,
        Some(first) => format!("{first}; and {} more", count - 1),
        None => format!("there are {} of {at_least}", known.len()),
    });
    Ok(false)
}

fn full_name(object: &Value) -> String {
    let of = |key: &str| object::meta(object, key).unwrap_or_default();
    if of("namespace").is_empty() { of("name").to_owned() } else { format!("{}/{}", of("namespace"), of("name")) }
}

fn stopped() -> Failure {
    Failure::new(code::KUBE_LOST, "the watch ended").retryable()
}

fn late(on: &str, wait: &Wait, last: &str) -> Failure {
    let failure = Failure::new(code::WAIT_TIMEOUT, format!("{on} was not {} within {:?}", wait.what, wait.within));
    let failure = if last.is_empty() { failure } else { failure.because(last) };
    failure.retryable().hint("look at what holds it up, or give it more time with `timeout`")
}
