//! Watching: a place in the history and what to look for; the door asks it for more when the world has changed.

use super::accept::{self, View, Wanted};
use super::answer::{Answer, Body};
use super::encode::{Shown, partial};
use super::kinds::{Served, stored};
use super::request::Request;
use super::select::{self, Selection};
use super::table;
use super::target::Target;
use super::{list, request::Query};
use crate::rules;
use crate::world::{Change, Kind, Object, Refusal, World};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The most that is written at once; a slow reader holds no more than this.
const AT_ONCE: usize = 256 * 1024;

/// A watch under way: it holds its place in the history, never the events themselves.
pub struct Watch {
    served: Arc<Served>,
    kind: Kind,
    namespace: String,
    selection: Selection,
    wanted: Wanted,
    include: table::Include,
    first: std::vec::IntoIter<Arc<Object>>,
    begun: Option<u64>,
    after: u64,
    bookmarks: bool,
    told: u64,
    headed: bool,
    /// How many events it has left before it is cut, and whether the connection goes with it.
    left: Option<(u32, bool)>,
    /// How long it may last.
    pub timeout: Option<Duration>,
}

/// What a watch had to say.
#[derive(Debug, PartialEq, Eq)]
pub enum Polled {
    /// Some events; ask again at once.
    More(Vec<u8>),
    /// Nothing until the world changes.
    Quiet,
    /// The last event; nothing follows.
    Last(Vec<u8>),
}

pub(crate) fn watch(
    world: &World,
    served: &Arc<Served>,
    target: &Target,
    request: &Request,
) -> Result<Answer, Refusal> {
    let wanted = accept::wanted(request)?;
    let query = &request.query;
    list::check(query)?;
    let mut selection = select::read(query, served)?;
    if !target.name.is_empty() {
        super::get::object(world, served, target)?;
        selection.fields.push(("metadata.name".to_owned(), target.name.clone(), true));
    }
    let text = query.get("resourceVersion").unwrap_or_default();
    let asked = list::revision(world, text)?;
    let initial = query.get("sendInitialEvents") == Some("true");
    let none_first = query.get("sendInitialEvents") == Some("false");
    let from_now = asked == 0;
    let namespace = target.namespace_of(served);
    let kind = stored(served);
    let first: Vec<Arc<Object>> = if initial || (from_now && !none_first) {
        let entries = list::now(world, kind.as_str(), &namespace, &selection);
        entries.into_iter().map(|(_, object)| object).filter(|object| selection.takes(object)).collect()
    } else {
        Vec::new()
    };
    let after = if initial || from_now { world.revision() } else { asked };
    let bookmarks = query.is("allowWatchBookmarks");
    let timeout = query.get("timeoutSeconds").and_then(|text| text.parse().ok()).filter(|seconds| *seconds > 0);
    let content_type = match wanted.view {
        View::Whole => "application/json".to_owned(),
        _ => "application/json".to_owned(),
    };
    let watch = Watch {
        served: served.clone(),
        kind,
        namespace,
        selection,
        wanted,
        include: table::Include::read(query),
        first: first.into_iter(),
        begun: (initial && bookmarks).then_some(after),
        after,
        bookmarks,
        told: after,
        headed: false,
        left: None,
        timeout: timeout.map(Duration::from_secs),
    };
    let mut answer = Answer::bytes(200, &content_type, Vec::new());
    answer.body = Body::Watch(Box::new(watch));
    Ok(answer)
}

impl Watch {
    /// The next events, at most some of them at once.
    fn whole(&mut self, world: &World) -> Polled {
        let mut out = Vec::new();
        // Events are not lists: who asks for lists of metadata is told nothing.
        if let View::PartialList(_) = self.wanted.view {
            return Polled::Last(out);
        }
        while let Some(object) = self.first.next() {
            self.event(world, &mut out, "ADDED", &object);
            if out.len() > AT_ONCE {
                return Polled::More(out);
            }
        }
        if let Some(revision) = self.begun.take() {
            self.bookmark(world, &mut out, revision, true);
        }
        let Some(changes) = world.history().since(self.after) else {
            let refusal = list::too_old(self.after, world.history().oldest());
            line(&mut out, "ERROR", &refusal.status());
            return Polled::Last(out);
        };
        let changes: Vec<Arc<Change>> = changes
            .filter(|change| change.key.kind == self.kind)
            .filter(|change| self.namespace.is_empty() || change.key.namespace() == self.namespace)
            .take(1024)
            .cloned()
            .collect();
        let all = changes.len() < 1024;
        for change in &changes {
            self.after = change.revision;
            self.told = change.revision;
            self.change(world, &mut out, change);
            if out.len() > AT_ONCE {
                return Polled::More(out);
            }
        }
        if all {
            self.after = world.revision();
        }
        if out.is_empty() { Polled::Quiet } else { Polled::More(out) }
    }

    /// Cuts it after so many events, on purpose.
    pub(crate) fn end_after(&mut self, events: u32, torn: bool) {
        self.left = Some((events, torn));
    }

    /// Whether its connection is to break when it ends.
    #[must_use]
    pub fn is_torn(&self) -> bool {
        self.left == Some((0, true))
    }

    /// The next events, as far as a cut lets them through.
    pub fn poll(&mut self, world: &World) -> Polled {
        let polled = self.whole(world);
        let (Some((left, torn)), Polled::More(bytes)) = (self.left, &polled) else {
            return if matches!(self.left, Some((0, _))) { Polled::Last(Vec::new()) } else { polled };
        };
        let mut kept = Vec::new();
        let mut told = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n').take(left as usize) {
            kept.extend_from_slice(line);
            told += 1;
        }
        self.left = Some((left - told, torn));
        if left == told { Polled::Last(kept) } else { Polled::More(kept) }
    }

    /// A bookmark, when the client wants them and there is something new to say.
    pub fn mark(&mut self, world: &World) -> Vec<u8> {
        let mut out = Vec::new();
        if self.bookmarks {
            self.bookmark(world, &mut out, self.after, false);
        }
        out
    }

    fn change(&mut self, world: &World, out: &mut Vec<u8>, change: &Change) {
        let takes = |object: &Option<Arc<Object>>| object.as_ref().is_some_and(|object| self.selection.takes(object));
        match (takes(&change.before), takes(&change.after), &change.before, &change.after) {
            (false, true, _, Some(after)) => self.event(world, out, "ADDED", &after.clone()),
            (true, true, _, Some(after)) => self.event(world, out, "MODIFIED", &after.clone()),
            (true, false, Some(before), _) => {
                let mut last = (**before).clone();
                last.metadata().insert("resourceVersion".to_owned(), change.revision.to_string().into());
                self.event(world, out, "DELETED", &Arc::new(last));
            }
            _ => {}
        }
    }

    fn event(&mut self, world: &World, out: &mut Vec<u8>, kind: &str, object: &Arc<Object>) {
        match self.wanted.view {
            View::Whole => line(out, kind, &Shown { object, served: &self.served, item: false }),
            View::Table(version) => {
                let one = std::slice::from_ref(object);
                let mut made = table::table(&self.served, one, world.now(), self.include, version, !self.headed);
                made["metadata"] = json!({"resourceVersion": object["metadata"]["resourceVersion"]});
                self.headed = true;
                line(out, kind, &made);
            }
            View::Partial(version) | View::PartialList(version) => line(out, kind, &partial(object, version)),
        }
    }

    fn bookmark(&mut self, world: &World, out: &mut Vec<u8>, revision: u64, end: bool) {
        let mut metadata = json!({"resourceVersion": revision.to_string()});
        if end {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let mut object =
            json!({"kind": self.served.kind, "apiVersion": self.served.api_version(), "metadata": metadata});
        if !self.served.is_custom() {
            object = rules::settle(object, self.served.shape());
        }
        if let View::Table(version) = self.wanted.view {
            let empty = Arc::new(Object::new(object));
            let now = world.now();
            object = table::table(&self.served, &[empty], now, self.include, version, !self.headed);
            object["metadata"] = json!({"resourceVersion": revision.to_string()});
            self.headed = true;
        }
        line(out, "BOOKMARK", &object);
    }
}

fn line(out: &mut Vec<u8>, kind: &str, object: &impl serde::Serialize) {
    out.extend_from_slice(format!("{{\"type\":\"{kind}\",\"object\":").as_bytes());
    if serde_json::to_writer(&mut *out, object).is_err() {
        out.extend_from_slice(Value::Null.to_string().as_bytes());
    }
    out.extend_from_slice(b"}\n");
}

/// Whether a request is a watch.
pub(crate) fn is_asked(query: &Query) -> bool {
    query.is("watch")
}
