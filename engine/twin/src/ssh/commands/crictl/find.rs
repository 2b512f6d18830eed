//! Containers and sandboxes by what somebody typed: the beginning of an id, or filters.

use crate::machines::containers::{Container, Containers, Sandbox};
use crate::ssh::commands::call::Call;
use crate::ssh::commands::options::Options;
use crate::ssh::commands::posix;

/// Whether a text is what a flag asks for, as a pattern.
fn like(options: &Options, flag: &str, text: &str) -> bool {
    options
        .value(flag)
        .is_none_or(|wanted| posix::regex(wanted, true, false).is_ok_and(|it| it.is_match(text.as_bytes())))
}

/// Whether what is labelled so has all the labels that are asked for.
fn labelled(options: &Options, pod: &Sandbox, container: Option<&str>) -> bool {
    options.values("label").iter().all(|wanted| match wanted.split_once('=') {
        Some(("io.kubernetes.pod.name", value)) => pod.name == value,
        Some(("io.kubernetes.pod.namespace", value)) => pod.namespace == value,
        Some(("io.kubernetes.container.name", value)) => container == Some(value),
        _ => false,
    })
}

/// How many of the latest are asked for.
fn latest(options: &Options) -> usize {
    let count = options.value("n").and_then(|text| text.parse().ok()).filter(|count| *count > 0);
    if options.has("l") { 1 } else { count.unwrap_or(usize::MAX) }
}

/// The containers that flags ask for, the latest first, each with its pod.
pub(super) fn containers(known: &Containers, options: &Options) -> Vec<(Container, Sandbox)> {
    let every = options.has("a") || options.has("l") || options.has("n") || options.has("s") || options.has("id");
    let of = |one: &Container| known.pods.iter().find(|pod| pod.id == one.pod).cloned().unwrap_or_default();
    let all = known.all.iter().rev().map(|one| (one.clone(), of(one)));
    let fits = |(one, pod): &(Container, Sandbox)| {
        (every || one.state == "Running")
            && like(options, "name", &one.name)
            && like(options, "namespace", &pod.namespace)
            && options.value("id").is_none_or(|id| one.id.starts_with(id))
            && options.value("p").is_none_or(|id| one.pod.starts_with(id))
            && options.value("s").is_none_or(|state| one.state.eq_ignore_ascii_case(state))
            && options.value("image").is_none_or(|image| is_image(known, one, image))
            && labelled(options, pod, Some(&one.name))
    };
    all.filter(fits).take(latest(options)).collect()
}

fn is_image(known: &Containers, one: &Container, asked: &str) -> bool {
    one.image == asked || known.images.get(&one.image).is_some_and(|image| starts(&image.id, asked))
}

/// The sandboxes that flags ask for, the latest first.
pub(super) fn pods(known: &Containers, options: &Options) -> Vec<Sandbox> {
    let fits = |pod: &&Sandbox| {
        let state = if pod.ready { "ready" } else { "notready" };
        like(options, "name", &pod.name)
            && like(options, "namespace", &pod.namespace)
            && options.value("id").is_none_or(|id| pod.id.starts_with(id))
            && options.value("s").is_none_or(|wanted| wanted.eq_ignore_ascii_case(state))
            && labelled(options, pod, None)
    };
    known.pods.iter().rev().filter(fits).take(latest(options)).cloned().collect()
}

fn starts(id: &str, asked: &str) -> bool {
    let asked = asked.strip_prefix("sha256:").unwrap_or(asked);
    !asked.is_empty() && id.strip_prefix("sha256:").unwrap_or(id).starts_with(asked)
}

/// The container of this id, or what it begins with.
pub(super) fn container(call: &Call<'_, '_>, id: &str) -> Option<Container> {
    call.sys.machine.containers.all.iter().find(|one| starts(&one.id, id)).cloned()
}

/// The sandbox of this id, or what it begins with.
pub(super) fn pod(call: &Call<'_, '_>, id: &str) -> Option<Sandbox> {
    call.sys.machine.containers.pods.iter().find(|one| starts(&one.id, id)).cloned()
}

/// The name of the image that is called so, or has this id.
pub(super) fn image(call: &Call<'_, '_>, asked: &str) -> Option<String> {
    let full = crate::laws::kubelet::images::full(asked);
    let known = &call.sys.machine.containers.images;
    known.iter().find(|(name, image)| **name == full || starts(&image.id, asked)).map(|(name, _)| name.clone())
}

/// The number of the process of a container, or of one in a sandbox; 0 where none runs.
pub(super) fn process(call: &Call<'_, '_>, id: &str) -> u32 {
    let known = &call.sys.machine.containers;
    let own = known.all.iter().filter(|one| one.state == "Running" && (one.id == id || one.pod == id));
    let groups: Vec<String> = own.map(|one| format!("/kubepods.slice/cri-containerd-{}.scope", one.id)).collect();
    let found = call.sys.machine.procs.values().find(|process| groups.contains(&process.cgroup));
    found.map_or(0, |process| process.pid)
}
