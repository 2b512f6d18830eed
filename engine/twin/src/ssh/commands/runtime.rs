//! `crictl` and `k3s`: what containerd has, as pods know it.

use std::sync::Arc;

use super::call::{Call, Done, Stop};
use super::ctr::{ctr, ctr_words};
use super::options::Options;
use super::{Command, numbers, once};
use crate::machines::containers::{Container, Sandbox};

/// Only machines with a distribution have these; a scene installs them.
pub(super) const COMMANDS: &[Command] = &[once("crictl", "", crictl), once("ctr", "", ctr), once("k3s", "", k3s)];

fn age(call: &Call<'_, '_>, created: std::time::Duration) -> String {
    let seconds = call.sys.now().saturating_sub(created).as_secs();
    match seconds {
        0..=59 => format!("{seconds} seconds ago"),
        60..=3599 => format!("{} minutes ago", seconds / 60),
        3600..=86_399 => format!("{} hours ago", seconds / 3600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

/// Prints rows in columns, as Go's tab writer does.
fn table(call: &mut Call<'_, '_>, rows: &[Vec<String>]) {
    let columns = rows.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns).map(|at| rows.iter().map(|row| row[at].len()).max().unwrap_or(0)).collect();
    for row in rows {
        let cells: Vec<String> =
            row.iter().enumerate().map(|(at, text)| format!("{text:<width$}", width = widths[at] + 5)).collect();
        call.line(cells.concat().trim_end());
    }
}

fn short(id: &str) -> String {
    id.strip_prefix("sha256:").unwrap_or(id).chars().take(13).collect()
}

pub(super) fn is_there(call: &mut Call<'_, '_>) -> Result<(), Stop> {
    if call.sys.me().cred.uid != 0 {
        let text = "validate service connection: validate CRI v1 runtime API: rpc error: code = Unavailable desc = connection \
                    error: desc = \"transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: \
                    permission denied\"";
        call.say_line(&format!("FATA[0000] {text}"));
        return Err(Stop::Exit(1));
    }
    if let Some(why) = call.sys.machine.containers.down.clone() {
        call.say_line(&format!("FATA[0000] {why}"));
        return Err(Stop::Exit(1));
    }
    Ok(())
}

fn crictl(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("runtime-endpoint=", "r"),
        ("image-endpoint=", "i"),
        ("all", "a"),
        ("quiet", "q"),
        ("name=", "name"),
        ("namespace=", "namespace"),
        ("pod=", "p"),
        ("state=", "s"),
        ("tail=", "tail"),
        ("prune", "prune"),
        ("output=", "o"),
        ("timeout=", "t"),
    ];
    let options = call.options("r:i:aqp:s:o:t:f", &long)?;
    let mut rest = options.rest.clone();
    if rest.is_empty() {
        return call.unknown("`crictl` alone");
    }
    let verb = rest.remove(0);
    is_there(call)?;
    if options.has("o") {
        return super::cri::show(call, &verb, &options);
    }
    match verb.as_str() {
        "ps" => running(call, &options),
        "pods" => pods(call, &options),
        "images" | "image" | "img" => images(call, options.has("q")),
        "rmi" => return remove_images(call, &rest, options.has("prune")),
        "logs" => return logs(call, &rest, options.value("tail").and_then(|text| text.parse().ok())),
        "stop" | "rm" => return stop(call, &rest, verb == "rm"),
        "version" => call
            .print("Version:  0.1.0\nRuntimeName:  containerd\nRuntimeVersion:  v2.1.4-k3s1\nRuntimeApiVersion:  v1\n"),
        other => return call.unknown(&format!("verb `{other}`")),
    }
    Ok(0)
}

/// Whether a container is among those that the options ask for.
pub(super) fn fits(one: &Container, pod: &Sandbox, options: &Options) -> bool {
    (options.has("a") || one.state == "Running")
        && options.value("name").is_none_or(|name| one.name.contains(name))
        && options.value("namespace").is_none_or(|name| pod.namespace == name)
        && options.value("p").is_none_or(|id| one.pod.starts_with(id))
        && options.value("s").is_none_or(|state| one.state.eq_ignore_ascii_case(state))
}

/// Whether a sandbox is.
pub(super) fn fits_pod(pod: &Sandbox, options: &Options) -> bool {
    let state = if pod.ready { "ready" } else { "notready" };
    options.value("name").is_none_or(|name| pod.name.contains(name))
        && options.value("namespace").is_none_or(|name| pod.namespace == name)
        && options.value("s").is_none_or(|wanted| wanted.eq_ignore_ascii_case(state))
}

fn running(call: &mut Call<'_, '_>, options: &Options) {
    let known = call.sys.machine.containers.clone();
    let mut rows = vec![
        ["CONTAINER", "IMAGE", "CREATED", "STATE", "NAME", "ATTEMPT", "POD ID", "POD", "NAMESPACE"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for one in known.all.iter().rev() {
        let pod = known.pods.iter().find(|pod| pod.id == one.pod).cloned().unwrap_or_default();
        if !fits(one, &pod, options) {
            continue;
        }
        if options.has("q") {
            call.line(&one.id);
            continue;
        }
        let image = known.images.get(&one.image).map_or_else(|| one.image.clone(), |image| short(&image.id));
        rows.push(vec![
            short(&one.id),
            image,
            age(call, one.created),
            one.state.clone(),
            one.name.clone(),
            one.attempt.to_string(),
            short(&one.pod),
            pod.name,
            pod.namespace,
        ]);
    }
    if !options.has("q") {
        table(call, &rows);
    }
}

fn pods(call: &mut Call<'_, '_>, options: &Options) {
    let known = call.sys.machine.containers.clone();
    let mut rows =
        vec![["POD ID", "CREATED", "STATE", "NAME", "NAMESPACE", "ATTEMPT", "RUNTIME"].map(str::to_owned).to_vec()];
    for pod in known.pods.iter().rev() {
        if !fits_pod(pod, options) {
            continue;
        }
        if options.has("q") {
            call.line(&pod.id);
            continue;
        }
        let state = if pod.ready { "Ready" } else { "NotReady" };
        rows.push(vec![
            short(&pod.id),
            age(call, pod.created),
            state.into(),
            pod.name.clone(),
            pod.namespace.clone(),
            pod.attempt.to_string(),
            "(default)".into(),
        ]);
    }
    if !options.has("q") {
        table(call, &rows);
    }
}

fn remove_images(call: &mut Call<'_, '_>, names: &[String], unused: bool) -> Done {
    let containers = Arc::make_mut(&mut call.sys.machine.containers);
    let gone: Vec<String> = if unused {
        let used: Vec<&String> = containers.all.iter().map(|one| &one.image).collect();
        containers.images.keys().filter(|name| !used.contains(name)).cloned().collect()
    } else {
        names.to_vec()
    };
    for name in gone {
        let found = containers
            .images
            .keys()
            .find(|known| **known == name || containers.images[*known].id.contains(&name))
            .cloned();
        match found {
            Some(found) => {
                containers.images.remove(&found);
                call.out.extend(format!("Deleted: {found}\n").bytes());
            }
            None => {
                call.err.extend(format!("ERRO[0000] no such image {name}\n").bytes());
                return Ok(1);
            }
        }
    }
    call.sys.machine.tell_images();
    Ok(0)
}

fn logs(call: &mut Call<'_, '_>, ids: &[String], tail: Option<usize>) -> Done {
    let id = ids.first().cloned().unwrap_or_default();
    let Some(one) = container(&call.sys.machine.containers.all, &id).cloned() else {
        call.say_line(&format!("FATA[0000] rpc error: code = NotFound desc = an error occurred when try to find container \"{id}\": not found"));
        return Ok(1);
    };
    let count = tail.unwrap_or(usize::MAX);
    one.log[one.log.len().saturating_sub(count)..].iter().for_each(|line| call.line(line));
    Ok(0)
}

fn stop(call: &mut Call<'_, '_>, ids: &[String], remove: bool) -> Done {
    for id in ids {
        let containers = Arc::make_mut(&mut call.sys.machine.containers);
        let Some(at) = containers.all.iter().position(|one| one.id.starts_with(id.as_str())) else {
            call.say_line(&format!("ERRO[0000] container \"{id}\" not found"));
            return Ok(1);
        };
        if remove {
            containers.all.remove(at);
        } else {
            containers.all[at].state = "Exited".into();
        }
        call.line(id);
    }
    Ok(0)
}

fn container<'a>(all: &'a [Container], id: &str) -> Option<&'a Container> {
    all.iter().find(|one| !id.is_empty() && one.id.starts_with(id))
}

fn images(call: &mut Call<'_, '_>, quiet: bool) {
    let images = call.sys.machine.containers.images.clone();
    let mut rows = vec![["IMAGE", "TAG", "IMAGE ID", "SIZE"].map(str::to_owned).to_vec()];
    for (name, image) in &images {
        if quiet {
            call.line(&image.id);
            continue;
        }
        let (base, tag) = name.rsplit_once(':').unwrap_or((name, "<none>"));
        let size = format!("{}B", numbers::human(image.size).replace('K', "k"));
        rows.push(vec![base.to_owned(), tag.to_owned(), short(&image.id), size]);
    }
    if !quiet {
        table(call, &rows);
    }
}

fn k3s(call: &mut Call<'_, '_>) -> Done {
    // One binary that is called by several names.
    match call.name.as_str() {
        "crictl" => return crictl(call),
        "ctr" => return ctr(call),
        "kubectl" => return super::kubectl::kubectl(call),
        _ => {}
    }
    let words = call.args.clone();
    match words.first().map(String::as_str) {
        Some("ctr") => ctr_words(call, &words[1..]),
        Some("crictl") => {
            call.args.remove(0);
            crictl(call)
        }
        Some("kubectl") => {
            call.args.remove(0);
            call.name = "kubectl".to_owned();
            super::kubectl::kubectl(call)
        }
        Some("--version" | "-v") => {
            let version = call.sys.machine.text("/etc/rancher/k3s/version");
            let version = if version.is_empty() { "v1.34.1+k3s1".to_owned() } else { version.trim().to_owned() };
            call.line(&format!("k3s version {version} (24fc436e)\ngo version go1.24.6"));
            Ok(0)
        }
        other => call.unknown(&format!("`k3s {}`", other.unwrap_or_default())),
    }
}
