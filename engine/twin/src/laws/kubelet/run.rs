//! What a kubelet knows of a pod beside what the API shows: where each container is in its life.

use crate::json::Value;
use crate::world::{Moment, Object};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A pod as its kubelet sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Run {
    /// Whose memory this is.
    pub(super) uid: String,
    /// When the kubelet took it on.
    pub(super) since: i64,
    /// Its network: the address.
    pub(super) address: Option<String>,
    /// The containers by name.
    pub(super) cells: BTreeMap<String, Cell>,
    /// When its containers were asked to stop.
    pub(super) stopping: Option<i64>,
    /// Why the kubelet cannot begin with it.
    pub(super) held: Option<String>,
    /// Since when the runtime tries to make a network that it will not get.
    #[serde(default)]
    pub(super) failing: Option<i64>,
}

/// One container.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Cell {
    pub(super) is: Is,
    pub(super) restarts: i64,
    /// How often it was held back: the power of the next pause.
    pub(super) pauses: u32,
    /// How it ended last, as the API says it.
    pub(super) last: Option<Value>,
    /// Its id.
    pub(super) id: String,
    /// Whether somebody ended it.
    #[serde(default)]
    pub(super) by_hand: bool,
}

/// Where a container is in its life.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) enum Is {
    /// Not yet looked at.
    #[default]
    New,
    /// Its image is being pulled.
    Pulling { from: i64, until: i64 },
    /// Its image could not be pulled a moment ago.
    NotPulled { until: i64, why: String },
    /// Its image could not be pulled and will be tried again.
    PullingBackOff { until: i64, why: String },
    /// Its image is not there and must not be pulled.
    NeverPulled,
    /// It runs.
    Runs { since: i64 },
    /// It ended.
    Ended { at: i64, since: i64, code: i64 },
    /// It ended and waits to be started again.
    BackOff { until: i64, seconds: i64 },
}

impl Run {
    pub(super) fn new(pod: &Object, now: Moment) -> Self {
        Self { uid: pod.uid().to_owned(), since: now.0, ..Self::default() }
    }

    /// What can be told from a status that another wrote: which containers run.
    pub(super) fn from_status(pod: &Object) -> Option<Self> {
        let status = &pod["status"];
        let since = Moment::read(status["startTime"].as_str()?)?;
        let mut run = Self { address: status["podIP"].as_str().map(str::to_owned), ..Self::new(pod, since) };
        for field in ["initContainerStatuses", "containerStatuses"] {
            for container in status[field].as_array().into_iter().flatten() {
                let time = |value: &Value| value.as_str().and_then(Moment::read).unwrap_or(since).0;
                let state = &container["state"];
                let is = if state["running"].is_object() {
                    Is::Runs { since: time(&state["running"]["startedAt"]) }
                } else if state["terminated"].is_object() {
                    let ended = &state["terminated"];
                    Is::Ended {
                        at: time(&ended["finishedAt"]),
                        since: time(&ended["startedAt"]),
                        code: ended["exitCode"].as_i64().unwrap_or(0),
                    }
                } else {
                    Is::New
                };
                let cell = Cell {
                    is,
                    restarts: container["restartCount"].as_i64().unwrap_or(0),
                    id: container["containerID"].as_str().unwrap_or_default().to_owned(),
                    ..Cell::default()
                };
                run.cells.insert(container["name"].as_str()?.to_owned(), cell);
            }
        }
        Some(run)
    }
}

/// The containers of a pod: its init containers, then its own; with whether it is one that runs beside the others.
pub(super) fn containers(pod: &Object) -> impl Iterator<Item = (&Value, Sort)> {
    let each = |field: &str| pod["spec"][field].as_array().map(Vec::as_slice).unwrap_or_default();
    let init = each("initContainers")
        .iter()
        .map(|container| (container, if container["restartPolicy"] == "Always" { Sort::Beside } else { Sort::Init }));
    init.chain(each("containers").iter().map(|container| (container, Sort::Main)))
}

/// The sorts of containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// It runs to its end before the next begins.
    Init,
    /// It starts with the init containers and stays.
    Beside,
    /// One of the pod's own.
    Main,
}

/// The name of a container.
pub(super) fn name(container: &Value) -> &str {
    container["name"].as_str().unwrap_or_default()
}
