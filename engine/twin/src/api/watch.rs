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
use crate::json::{Value, json};
use crate::rules;
use crate::world::{Change, Kind, Moment, Object, Refusal, World};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// The most events that are written at once; a slow reader holds no more than these.
const MOST: usize = 64;

/// A watch under way: it holds its place in the history, never the events themselves.
pub struct Watch {
    served: Arc<Served>,
    kind: Kind,
    namespace: String,
    selection: Selection,
    wanted: Wanted,
    include: table::Include,
    first: VecDeque<Arc<Object>>,
    begun: Option<u64>,
    after: u64,
    bookmarks: bool,
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
    let wanted = accept::wanted_of_many(request)?;
    let query = &request.query;
    list::check(query)?;
    let selection = select::read(query, served)?;
    // What has not happened yet is waited for.
    let asked = list::number(query.get("resourceVersion").unwrap_or_default())?;
    let from_now = asked == 0;
    let none_first = query.get("sendInitialEvents") == Some("false");
    // Who watches without saying from when is taken to want what is there, and to be told where that ends.
    let unsaid = ["sendInitialEvents", "resourceVersionMatch"].iter().all(|name| query.get(name).is_none());
    let initial = query.is("sendInitialEvents") || (unsaid && from_now);
    let namespace = target.namespace_of(served);
    let kind = stored(served);
    let first = if initial || (from_now && !none_first) {
        let entries = list::now(world, kind.as_str(), &namespace, &selection, "");
        entries.map(|(_, object)| object).filter(|object| selection.takes(object)).collect()
    } else {
        VecDeque::new()
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
        first,
        begun: (initial && bookmarks).then_some(after),
        after,
        bookmarks,
        headed: false,
        left: None,
        timeout: timeout.map(Duration::from_secs),
    };
    let mut answer = Answer::bytes(200, &content_type, Vec::new());
    answer.body = Body::Watch(Box::new(watch));
    Ok(answer)
}

/// What a watch has found and not yet written: written without the world, so that nobody waits for a reader.
pub struct Found {
    first: Vec<Arc<Object>>,
    begun: Option<u64>,
    changes: Vec<Arc<Change>>,
    lost: Option<Refusal>,
    now: Moment,
}

impl Watch {
    /// The next events, at most some of them at once.
    pub fn poll(&mut self, world: &World) -> Polled {
        let found = self.look(world);
        self.write(&found)
    }

    /// Looks for the next events.
    pub fn look(&mut self, world: &World) -> Found {
        let first: Vec<Arc<Object>> = self.first.drain(..self.first.len().min(MOST)).collect();
        let mut found = Found { first, begun: None, changes: Vec::new(), lost: None, now: world.now() };
        if !self.first.is_empty() {
            return found;
        }
        found.begun = self.begun.take();
        let Some(changes) = world.history().since(self.kind.as_str(), self.after) else {
            found.lost = Some(list::too_old(self.after, world.history().oldest(self.kind.as_str())));
            return found;
        };
        let mine = changes.filter(|change| self.namespace.is_empty() || change.key.namespace() == self.namespace);
        found.changes.extend(mine.take(MOST).cloned());
        self.after = match found.changes.last() {
            Some(last) if found.changes.len() == MOST => last.revision,
            _ => self.after.max(world.revision()),
        };
        found
    }

    fn whole(&mut self, found: &Found) -> Polled {
        let mut out = Vec::new();
        // Events are not lists: who asks for lists of metadata is told nothing.
        if let View::PartialList(_) = self.wanted.view {
            return Polled::Last(out);
        }
        for object in &found.first {
            self.event(found.now, &mut out, "ADDED", object);
        }
        if let Some(revision) = found.begun {
            self.bookmark(found.now, &mut out, revision, true);
        }
        if let Some(refusal) = &found.lost {
            line(&mut out, "ERROR", &refusal.status());
            return Polled::Last(out);
        }
        for change in &found.changes {
            self.change(found.now, &mut out, change);
        }
        let again = found.changes.len() == MOST || !self.first.is_empty();
        if out.is_empty() && !again { Polled::Quiet } else { Polled::More(out) }
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

    /// Writes what was found, as far as a cut lets it through.
    pub fn write(&mut self, found: &Found) -> Polled {
        let polled = self.whole(found);
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
            self.bookmark(world.now(), &mut out, self.after, false);
        }
        out
    }

    fn change(&mut self, now: Moment, out: &mut Vec<u8>, change: &Change) {
        let takes = |object: &Option<Arc<Object>>| object.as_ref().is_some_and(|object| self.selection.takes(object));
        match (takes(&change.before), takes(&change.after), &change.before, &change.after) {
            (false, true, _, Some(after)) => self.event(now, out, "ADDED", after),
            (true, true, _, Some(after)) => self.event(now, out, "MODIFIED", after),
            (true, false, Some(before), _) => {
                let mut last = (**before).clone();
                last.set_version(&change.revision.to_string());
                self.event(now, out, "DELETED", &Arc::new(last));
            }
            _ => {}
        }
    }

    fn event(&mut self, now: Moment, out: &mut Vec<u8>, kind: &str, object: &Arc<Object>) {
        match self.wanted.view {
            View::Whole => {
                begin(out, kind);
                Shown { object, served: &self.served, item: false }.put(out);
                out.extend_from_slice(b"}\n");
            }
            View::Table(version) => {
                let one = std::slice::from_ref(object);
                let mut made = table::table(&self.served, one, now, self.include, version, !self.headed);
                made["metadata"] = json!({"resourceVersion": object.version()});
                self.headed = true;
                line(out, kind, &made);
            }
            View::Partial(version) | View::PartialList(version) => line(out, kind, &partial(object, version)),
        }
    }

    fn bookmark(&mut self, now: Moment, out: &mut Vec<u8>, revision: u64, end: bool) {
        let mut metadata = json!({"resourceVersion": revision.to_string()});
        if end {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let mut object =
            json!({"kind": self.served.kind, "apiVersion": self.served.api_version(), "metadata": metadata});
        if !self.served.is_custom() {
            object = rules::settle(object, self.served.shape());
            // The one kind whose number of replicas has a default that is no pointer to none.
            if self.served.plural == "deployments" && object["spec"].is_object() {
                object["spec"]["replicas"] = 0.into();
            }
        }
        if let View::Table(version) = self.wanted.view {
            let empty = Arc::new(Object::new(object));
            object = table::table(&self.served, &[empty], now, self.include, version, !self.headed);
            object["metadata"] = json!({"resourceVersion": revision.to_string()});
            self.headed = true;
        }
        line(out, "BOOKMARK", &object);
    }
}

fn begin(out: &mut Vec<u8>, kind: &str) {
    for piece in ["{\"type\":\"", kind, "\",\"object\":"] {
        out.extend_from_slice(piece.as_bytes());
    }
}

fn line(out: &mut Vec<u8>, kind: &str, object: &impl serde::Serialize) {
    begin(out, kind);
    if serde_json::to_writer(&mut *out, object).is_err() {
        out.extend_from_slice(Value::Null.to_string().as_bytes());
    }
    out.extend_from_slice(b"}\n");
}

/// Whether a request is a watch.
pub(crate) fn is_asked(query: &Query) -> bool {
    query.is("watch")
}
