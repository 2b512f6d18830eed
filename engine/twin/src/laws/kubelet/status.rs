//! The status of a pod, as the kubelet writes it from what it knows.

use super::address;
use super::run::{Cell, Is, Run, Sort, containers, name};
use super::step::{Container, ended, ended_itself};
use crate::json::{Map, Value, json};
use crate::laws::kit::pods;
use crate::world::{Moment, Object, World, record};

/// What a pod's status says, and when it will say something else by itself.
pub(super) struct Said {
    pub(super) status: Value,
    pub(super) next: Option<Moment>,
}

/// Renders the status.
pub(super) fn render(world: &World, pod: &Object, node: &str, run: &Run) -> Said {
    let now = world.now();
    let (mut init, mut main, mut next) = (Vec::new(), Vec::new(), None::<i64>);
    for (spec, sort) in containers(pod) {
        let container = Container::new(world, pod, node, spec, sort);
        let blank = Cell::default();
        let cell = run.cells.get(name(spec)).unwrap_or(&blank);
        if let Is::Runs { since } = cell.is {
            let (started, ready) = container.ready_at(since);
            next = [started, ready].into_iter().flatten().filter(|at| *at > now.0).chain(next).min();
        }
        let status = one(&container, cell, run, now);
        if sort == Sort::Main { &mut main } else { &mut init }.push(status);
    }
    let phase = phase(pod, &init, &main);
    // What is written anew in any case is not copied first.
    let others = pod["status"].as_object().into_iter().flatten();
    let others = others.filter(|(name, _)| !["conditions", "containerStatuses"].contains(&name.as_str()));
    let mut fields: Map = others.map(|(name, value)| (name.clone(), value.clone())).collect();
    fields.insert("phase".to_owned(), phase.into());
    fields.insert("startTime".to_owned(), Moment(run.since).text().into());
    if pod.generation() > 0 {
        fields.insert("observedGeneration".to_owned(), pod.generation().into());
    }
    if let Some(host) = address::of_node(world, node) {
        fields.insert("hostIPs".to_owned(), json!([{"ip": host}]));
        fields.insert("hostIP".to_owned(), host.into());
    }
    if let Some(address) = &run.address {
        fields.insert("podIP".to_owned(), address.as_str().into());
        fields.insert("podIPs".to_owned(), json!([{"ip": address}]));
    }
    let conditions = conditions(pod, run, phase, &init, &main, now);
    fields.insert("conditions".to_owned(), conditions.into());
    if !init.is_empty() {
        fields.insert("initContainerStatuses".to_owned(), init.into());
    }
    fields.insert("containerStatuses".to_owned(), main.into());
    Said { status: fields.into(), next: next.map(Moment) }
}

/// The status of one container.
fn one(container: &Container<'_>, cell: &Cell, run: &Run, now: Moment) -> Value {
    let spec = container.spec;
    let image = spec["image"].as_str().unwrap_or_default();
    let (mut ready, mut started) = (false, false);
    let state = match &cell.is {
        Is::Runs { since } => {
            let (from, able) = container.ready_at(*since);
            started = from.is_some_and(|at| at <= now.0);
            ready = able.is_some_and(|at| at <= now.0) && run.stopping.is_none();
            json!({"running": {"startedAt": Moment(*since).text()}})
        }
        Is::Ended { at, since, code } => {
            ready = container.sort == Sort::Init && *code == 0;
            let of = if run.stopping.is_none() && !cell.by_hand { ended_itself } else { ended };
            json!({"terminated": of(&cell.id, *at, *since, *code)})
        }
        Is::NotPulled { why, .. } => json!({"waiting": {"reason": "ErrImagePull", "message": why}}),
        Is::PullingBackOff { why, .. } => {
            let message = format!("Back-off pulling image \"{image}\": ErrImagePull: {why}");
            json!({"waiting": {"reason": "ImagePullBackOff", "message": message}})
        }
        Is::NeverPulled => {
            let message = format!("Container image \"{image}\" is not present with pull policy of Never");
            json!({"waiting": {"reason": "ErrImageNeverPull", "message": message}})
        }
        Is::BackOff { seconds, .. } => {
            let pod = container.pod;
            let pause =
                if *seconds >= 60 { format!("{}m{}s", seconds / 60, seconds % 60) } else { format!("{seconds}s") };
            let message = format!(
                "back-off {pause} restarting failed container={} pod={}_{}({})",
                name(spec),
                pod.name(),
                pod.namespace(),
                pod.uid()
            );
            json!({"waiting": {"reason": "CrashLoopBackOff", "message": message}})
        }
        Is::New | Is::Pulling { .. } => {
            let waits = pod_has_init(container.pod);
            let reason = if waits && !begun(container.pod, run) { "PodInitializing" } else { "ContainerCreating" };
            json!({"waiting": {"reason": reason}})
        }
    };
    let ran = !cell.id.is_empty();
    let mut status = record([
        ("name", name(spec).into()),
        ("ready", ready.into()),
        ("restartCount", cell.restarts.into()),
        ("started", started.into()),
        ("state", state),
        ("image", if ran { super::images::full(image) } else { image.to_owned() }.into()),
        ("imageID", if ran { format!("sha256:{}", digest(image)) } else { String::new() }.into()),
        ("lastState", cell.last.as_ref().map_or_else(|| json!({}), |last| json!({"terminated": last}))),
    ]);
    if ran {
        status["containerID"] = cell.id.as_str().into();
        status["resources"] = spec["resources"].as_object().map_or_else(|| json!({}), |it| it.clone().into());
        if let Some(requests) = spec["resources"]["requests"].as_object() {
            status["allocatedResources"] = requests.clone().into();
        }
    }
    let mounts: Vec<Value> = spec["volumeMounts"].as_array().into_iter().flatten().map(mount).collect();
    if !mounts.is_empty() {
        status["volumeMounts"] = mounts.into();
    }
    status
}

fn mount(mount: &Value) -> Value {
    let mut shown = json!({"mountPath": mount["mountPath"], "name": mount["name"]});
    if mount["readOnly"] == true {
        shown["readOnly"] = true.into();
        shown["recursiveReadOnly"] = "Disabled".into();
    }
    shown
}

fn digest(image: &str) -> String {
    use sha2::{Digest, Sha256};
    let digit = |number: u8| char::from_digit(u32::from(number), 16).unwrap_or('0');
    Sha256::digest(image).iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn pod_has_init(pod: &Object) -> bool {
    pod["spec"]["initContainers"].as_array().is_some_and(|init| !init.is_empty())
}

/// Whether one of the pod's own containers has begun.
fn begun(pod: &Object, run: &Run) -> bool {
    containers(pod).any(|(spec, sort)| {
        sort == Sort::Main && run.cells.get(name(spec)).is_some_and(|cell| !matches!(cell.is, Is::New))
    })
}

fn phase(pod: &Object, init: &[Value], main: &[Value]) -> &'static str {
    let never = pod["spec"]["restartPolicy"] == "Never";
    for (status, (_, sort)) in init.iter().zip(containers(pod)) {
        if sort == Sort::Init && !is_done(status) {
            let failed = status["state"]["terminated"]["exitCode"].as_i64().is_some_and(|code| code != 0);
            return if failed && never { "Failed" } else { "Pending" };
        }
    }
    let (mut waiting, mut running, mut stopped, mut well) = (0, 0, 0, 0);
    for status in main {
        let (state, last) = (&status["state"], &status["lastState"]["terminated"]);
        if state["running"].is_object() {
            running += 1;
        } else if let Some(code) = state["terminated"]["exitCode"].as_i64() {
            stopped += 1;
            well += i64::from(code == 0);
        } else if last.is_object() {
            stopped += 1;
        } else {
            waiting += 1;
        }
    }
    let policy = pod["spec"]["restartPolicy"].as_str().unwrap_or("Always");
    match (waiting, running) {
        (1.., _) => "Pending",
        (_, 1..) => "Running",
        _ if stopped > 0 && (policy != "Always" || pod.is_going()) => {
            if stopped == well {
                "Succeeded"
            } else if policy == "Never" || pod.is_going() {
                "Failed"
            } else {
                "Running"
            }
        }
        _ if stopped > 0 => "Running",
        _ => "Pending",
    }
}

fn is_done(status: &Value) -> bool {
    status["state"]["terminated"]["exitCode"] == 0
}

/// The conditions that are the kubelet's.
const OWN: [&str; 5] = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];

/// The five conditions of the kubelet, then those of others.
fn conditions(pod: &Object, run: &Run, phase: &str, init: &[Value], main: &[Value], now: Moment) -> Vec<Value> {
    let names = |list: Vec<&Value>| {
        let names: Vec<&str> = list.into_iter().filter_map(|status| status["name"].as_str()).collect();
        format!("[{}]", names.join(" "))
    };
    let sorts: Vec<Sort> = containers(pod).map(|(_, sort)| sort).collect();
    let incomplete: Vec<&Value> = init
        .iter()
        .zip(&sorts)
        .filter(|(status, sort)| if **sort == Sort::Beside { status["started"] != true } else { !is_done(status) })
        .map(|(status, _)| status)
        .collect();
    let beside = init.iter().zip(&sorts).filter(|(_, sort)| **sort == Sort::Beside).map(|(status, _)| status);
    let unready: Vec<&Value> = beside.chain(main).filter(|status| status["ready"] != true).collect();
    let ended = match phase {
        "Succeeded" => "PodCompleted",
        "Failed" => "PodFailed",
        _ => "",
    };
    let ready = if !ended.is_empty() {
        ("False", ended, String::new())
    } else if unready.is_empty() {
        ("True", "", String::new())
    } else {
        ("False", "ContainersNotReady", format!("containers with unready status: {}", names(unready)))
    };
    let initialised = if phase == "Succeeded" {
        ("True", ended, String::new())
    } else if incomplete.is_empty() || begun(pod, run) {
        ("True", "", String::new())
    } else {
        ("False", "ContainersNotInitialized", format!("containers with incomplete status: {}", names(incomplete)))
    };
    let network = if run.address.is_some() && ended.is_empty() { "True" } else { "False" };
    let said = [(network, "", String::new()), initialised, gates(pod, &ready), ready, ("True", "", String::new())];
    let mut made: Vec<Value> = OWN
        .into_iter()
        .zip(said)
        .map(|(kind, (status, reason, message))| condition(pod, kind, status, reason, &message, now))
        .collect();
    let known = |one: &&Value| one["type"].as_str().is_some_and(|kind| OWN.contains(&kind));
    let had = pod["status"]["conditions"].as_array().into_iter().flatten();
    made.extend(had.filter(|one| !known(one)).cloned());
    made
}

/// Readiness with the gates that others open.
fn gates<'a>(pod: &Object, ready: &(&'a str, &'a str, String)) -> (&'a str, &'a str, String) {
    if ready.0 != "True" {
        return ready.clone();
    }
    let shut: Vec<String> = pod["spec"]["readinessGates"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|gate| gate["conditionType"].as_str())
        .filter_map(|kind| match pods::condition(pod, kind) {
            None => Some(format!("corresponding condition of pod readiness gate \"{kind}\" does not exist.")),
            Some(condition) if condition["status"] != "True" => Some(format!(
                "the status of pod readiness gate \"{kind}\" is not \"True\", but {}",
                condition["status"].as_str().unwrap_or_default()
            )),
            Some(_) => None,
        })
        .collect();
    if shut.is_empty() { ready.clone() } else { ("False", "ReadinessGatesNotReady", shut.join(", ")) }
}

fn condition(pod: &Object, kind: &str, status: &str, reason: &str, message: &str, now: Moment) -> Value {
    let had = pods::condition(pod, kind);
    let since = had
        .filter(|had| had["status"] == status)
        .map_or_else(|| now.text().into(), |had| had["lastTransitionTime"].clone());
    let mut condition = record([
        ("type", kind.into()),
        ("status", status.into()),
        ("lastProbeTime", Value::Null),
        ("lastTransitionTime", since),
    ]);
    if pod.generation() > 0 {
        condition["observedGeneration"] = pod.generation().into();
    }
    for (field, text) in [("reason", reason), ("message", message)] {
        if !text.is_empty() {
            condition[field] = text.into();
        }
    }
    condition
}
