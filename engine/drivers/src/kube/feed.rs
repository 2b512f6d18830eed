//! One watch of the server that many waiters share.
//!
//! Promises: after it is live, every change of an object in its scope is told, or a gap is. It goes on from the last
//! version it saw; where the server no longer has that it begins anew and tells the gap. While the API is away it dials
//! again, less and less often, and says so. It ends with the last of its waiters.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use futures_util::StreamExt;
use kube::core::WatchEvent;
use runbook_model::{Failure, Value, code};
use serde::Deserialize;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

use super::call::Call;
use super::kinds::able;
use super::names::with_query;
use super::plain::Plain;
use super::{Cluster, Kind, Result, Select, error, object};

/// How much news a slow waiter may be behind before it has to look for itself.
const NEWS: usize = 256;
/// How long the server is asked to keep a watch open, in seconds.
const OPEN_SECONDS: &str = "290";
/// The longest silence of a watch: the server sends a bookmark every minute.
const SILENCE: Duration = Duration::from_secs(90);
/// How long to wait before dialling again, the first time and at most.
const REDIAL: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(3));

/// What a waiter hears.
#[derive(Clone, Debug)]
pub(super) enum News {
    /// An object as it is now.
    Seen(Arc<Value>),
    /// An object that is gone, as it last was.
    Gone(Arc<Value>),
    /// Something was missed.
    Gap,
}

/// How the watch is.
#[derive(Clone, Debug)]
pub(super) enum Health {
    /// Not begun.
    Begins,
    /// Open: whatever happens from here on is told.
    Live,
    /// The API cannot be reached, and why.
    Away(String),
    /// It cannot be watched at all.
    Refused(Box<Failure>),
}

/// The watches of a cluster, by the path of what they watch.
#[derive(Default)]
pub(super) struct Feeds(Mutex<HashMap<String, Weak<Feed>>>);

pub(super) struct Feed {
    news: broadcast::Sender<News>,
    health: watch::Receiver<Health>,
    task: JoinHandle<()>,
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A waiter's end of a watch.
pub(super) struct Ear {
    pub(super) news: broadcast::Receiver<News>,
    pub(super) health: watch::Receiver<Health>,
    _feed: Arc<Feed>,
}

impl Cluster {
    /// Listens to what happens to these objects. Shares the watch of whoever already does.
    pub(super) fn listen(&self, kind: &Kind, select: &Select) -> Result<Ear> {
        able(kind, "watch")?;
        let path = select.path(kind, &[])?;
        let mut open = self.feeds().0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, feed| feed.strong_count() > 0);
        let feed = open.get(&path).and_then(Weak::upgrade).unwrap_or_else(|| {
            let feed = Arc::new(begin(self.quiet(), path.clone(), kind.plural.clone()));
            open.insert(path, Arc::downgrade(&feed));
            feed
        });
        Ok(Ear { news: feed.news.subscribe(), health: feed.health.clone(), _feed: feed })
    }

    /// How many watches are open.
    pub fn watches(&self) -> usize {
        let open = self.feeds().0.lock().unwrap_or_else(PoisonError::into_inner);
        open.values().filter(|feed| feed.strong_count() > 0).count()
    }
}

fn begin(cluster: Cluster, path: String, what: String) -> Feed {
    let (news, _) = broadcast::channel(NEWS);
    let (tell, health) = watch::channel(Health::Begins);
    let watcher = Watcher { cluster, path, what, news: news.clone(), health: tell, version: None };
    Feed { news, health, task: tokio::spawn(watcher.run()) }
}

struct Watcher {
    cluster: Cluster,
    path: String,
    what: String,
    news: broadcast::Sender<News>,
    health: watch::Sender<Health>,
    /// Where to go on; nothing where it has to begin anew.
    version: Option<String>,
}

/// Why a watch came to its end.
enum End {
    /// The server closed it, as it does from time to time.
    Closed,
    /// What it should go on from is no longer there.
    Old,
    /// It broke.
    Broken(Failure),
}

#[derive(Deserialize)]
struct Head {
    metadata: Meta,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    resource_version: String,
}

impl Watcher {
    async fn run(mut self) {
        let mut pause = REDIAL.0;
        loop {
            let end = match self.start().await {
                Ok(()) => self.follow(&mut pause).await,
                Err(failure) => End::Broken(failure),
            };
            match end {
                End::Closed => pause = REDIAL.0,
                End::Old => self.version = None,
                End::Broken(failure) if error::is_passing(&failure) => {
                    let why = failure
                        .causes
                        .first()
                        .map_or_else(|| failure.what.clone(), |why| format!("{}: {why}", failure.what));
                    self.health.send_replace(Health::Away(why));
                }
                End::Broken(failure) => {
                    self.health.send_replace(Health::Refused(Box::new(failure)));
                    return;
                }
            }
            self.cluster.clock().sleep(pause).await;
            pause = (pause * 2).min(REDIAL.1);
        }
    }

    /// Finds where to begin: the version of the whole, from a list of one.
    async fn start(&mut self) -> Result<()> {
        if self.version.is_some() {
            return Ok(());
        }
        let call = Call::get(with_query(&self.path, &[("limit", "1")])).on(format!("the list of {}", self.what));
        let text = self.cluster.text(&call).await?;
        let head: Head = serde_json::from_str(&text).map_err(|trouble| error::garbled(&call, &trouble))?;
        self.version = Some(head.metadata.resource_version);
        // Whoever looked before this may have missed what came in between.
        let _ = self.news.send(News::Gap);
        Ok(())
    }

    async fn follow(&mut self, pause: &mut Duration) -> End {
        let version = self.version.clone().unwrap_or_default();
        let query = [
            ("watch", "true"),
            ("allowWatchBookmarks", "true"),
            ("timeoutSeconds", OPEN_SECONDS),
            ("resourceVersion", version.as_str()),
        ];
        let call = Call::get(with_query(&self.path, &query)).on(format!("the watch of {}", self.what));
        let request = match call.request() {
            Ok(request) => request,
            Err(failure) => return End::Broken(failure),
        };
        let opened = tokio::time::timeout(self.cluster.limit(), self.cluster.client().request_events::<Plain>(request));
        let events = match opened.await {
            Ok(Ok(events)) => events,
            Ok(Err(trouble)) => return broken(error::of(&self.cluster, &call, trouble)),
            Err(_) => return End::Broken(error::late(&call, self.cluster.limit())),
        };
        self.health.send_replace(Health::Live);
        let mut events = std::pin::pin!(events);
        loop {
            let event = match tokio::time::timeout(SILENCE, events.next()).await {
                Ok(Some(Ok(event))) => event,
                Ok(Some(Err(trouble))) => return broken(error::of(&self.cluster, &call, trouble)),
                Ok(None) => return End::Closed,
                Err(_) => return End::Broken(error::late(&call, SILENCE)),
            };
            *pause = REDIAL.0;
            if let Some(end) = self.pass_on(&call, event) {
                return end;
            }
        }
    }

    fn pass_on(&mut self, call: &Call, event: WatchEvent<Plain>) -> Option<End> {
        let (news, version) = match event {
            WatchEvent::Added(Plain(object)) | WatchEvent::Modified(Plain(object)) => noted(object, News::Seen),
            WatchEvent::Deleted(Plain(object)) => noted(object, News::Gone),
            WatchEvent::Bookmark(mark) => (None, Some(mark.metadata.resource_version)),
            WatchEvent::Error(status) => return Some(broken(error::refused(call, &status))),
        };
        self.version = version.or(self.version.take());
        if let Some(news) = news {
            let _ = self.news.send(news);
        }
        None
    }
}

fn noted(object: Value, as_news: impl Fn(Arc<Value>) -> News) -> (Option<News>, Option<String>) {
    let version = object::meta(&object, "resourceVersion").map(str::to_owned);
    (Some(as_news(Arc::new(super::get::plain_object(object)))), version)
}

fn broken(failure: Failure) -> End {
    if failure.code == code::KUBE_GONE { End::Old } else { End::Broken(failure) }
}
