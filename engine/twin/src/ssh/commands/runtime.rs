//! `crictl`, `ctr`, `k3s`: what containerd has, in the words of three programs.

use std::sync::Arc;

use super::call::{Call, Done, Stop};
use super::{Command, numbers, once};
use crate::machines::containers::{Container, Image};

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

fn is_there(call: &mut Call<'_, '_>) -> Result<(), Stop> {
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

#[expect(clippy::too_many_lines, reason = "one table: each case is a line or two, and they belong together")]
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
    if options.has("o") {
        return call.unknown("option `-o`");
    }
    let mut rest = options.rest.clone();
    if rest.is_empty() {
        return call.unknown("`crictl` alone");
    }
    let verb = rest.remove(0);
    is_there(call)?;
    let known = call.sys.machine.containers.clone();
    match verb.as_str() {
        "ps" => {
            let mut rows = vec![
                ["CONTAINER", "IMAGE", "CREATED", "STATE", "NAME", "ATTEMPT", "POD ID", "POD", "NAMESPACE"]
                    .map(str::to_owned)
                    .to_vec(),
            ];
            for one in known.all.iter().rev() {
                let pod = known.pods.iter().find(|pod| pod.id == one.pod).cloned().unwrap_or_default();
                let fits = (options.has("a") || one.state == "Running")
                    && options.value("name").is_none_or(|name| one.name.contains(name))
                    && options.value("namespace").is_none_or(|name| pod.namespace == name)
                    && options.value("s").is_none_or(|state| one.state.eq_ignore_ascii_case(state));
                if !fits {
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
        "pods" => {
            let mut rows = vec![
                ["POD ID", "CREATED", "STATE", "NAME", "NAMESPACE", "ATTEMPT", "RUNTIME"].map(str::to_owned).to_vec(),
            ];
            for pod in known.pods.iter().rev() {
                let fits = options.value("name").is_none_or(|name| pod.name.contains(name))
                    && options.value("namespace").is_none_or(|name| pod.namespace == name)
                    && options
                        .value("s")
                        .is_none_or(|state| state.eq_ignore_ascii_case(if pod.ready { "ready" } else { "notready" }));
                if !fits {
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
        "images" | "image" | "img" => images(call, options.has("q")),
        "rmi" => {
            let containers = Arc::make_mut(&mut call.sys.machine.containers);
            let gone: Vec<String> = if options.has("prune") {
                let used: Vec<&String> = containers.all.iter().map(|one| &one.image).collect();
                containers.images.keys().filter(|name| !used.contains(name)).cloned().collect()
            } else {
                rest.clone()
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
        }
        "logs" => {
            let id = rest.first().cloned().unwrap_or_default();
            let Some(one) = container(&known.all, &id) else {
                call.say_line(&format!("FATA[0000] rpc error: code = NotFound desc = an error occurred when try to find container \"{id}\": not found"));
                return Ok(1);
            };
            let count = options.value("tail").and_then(|text| text.parse().ok()).unwrap_or(usize::MAX);
            one.log[one.log.len().saturating_sub(count)..].iter().for_each(|line| call.line(line));
        }
        "stop" | "rm" => {
            for id in rest {
                let containers = Arc::make_mut(&mut call.sys.machine.containers);
                let Some(at) = containers.all.iter().position(|one| one.id.starts_with(&id)) else {
                    call.say_line(&format!("ERRO[0000] container \"{id}\" not found"));
                    return Ok(1);
                };
                if verb == "rm" {
                    containers.all.remove(at);
                } else {
                    containers.all[at].state = "Exited".into();
                }
                call.line(&id);
            }
        }
        "version" => call
            .print("Version:  0.1.0\nRuntimeName:  containerd\nRuntimeVersion:  v2.1.4-k3s1\nRuntimeApiVersion:  v1\n"),
        other => return call.unknown(&format!("verb `{other}`")),
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

fn ctr(call: &mut Call<'_, '_>) -> Done {
    let words = call.args.clone();
    ctr_words(call, &words)
}

fn ctr_words(call: &mut Call<'_, '_>, words: &[String]) -> Done {
    let mut namespace = "default".to_owned();
    let mut rest = Vec::new();
    let mut all = words.iter().cloned();
    while let Some(word) = all.next() {
        match word.as_str() {
            "-n" | "--namespace" => namespace = all.next().unwrap_or_default(),
            "-a" | "--address" => {
                all.next();
            }
            _ if word.starts_with("--namespace=") => namespace = word[12..].to_owned(),
            _ => rest.push(word),
        }
    }
    is_there(call)?;
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    // What pods use is in a namespace of its own.
    let mine = namespace == "k8s.io";
    match rest.as_slice() {
        ["images" | "image" | "i", "list" | "ls", flags @ ..] => {
            let images = call.sys.machine.containers.images.clone();
            if flags.contains(&"-q") {
                images.keys().filter(|_| mine).for_each(|name| call.line(name));
                return Ok(0);
            }
            call.line("REF TYPE DIGEST SIZE PLATFORMS LABELS");
            for (name, image) in images.iter().filter(|_| mine) {
                let size = format!("{:.1} MiB", image.size as f64 / f64::from(1 << 20));
                call.line(&format!("{name} application/vnd.oci.image.index.v1+json {} {size} linux/amd64 io.cri-containerd.image=managed", image.id));
            }
            Ok(0)
        }
        ["images" | "image" | "i", "import", flags @ ..] => import(call, flags, mine),
        ["images" | "image" | "i", "rm" | "remove" | "delete", names @ ..] => {
            for name in names {
                let containers = Arc::make_mut(&mut call.sys.machine.containers);
                match containers.images.remove(*name).filter(|_| mine) {
                    Some(_) => call.line(name),
                    None => {
                        call.say_line(&format!(
                            "ERRO[0000] unable to delete {name}  error=\"image \\\"{name}\\\": not found\""
                        ));
                        return Ok(1);
                    }
                }
            }
            call.sys.machine.tell_images();
            Ok(0)
        }
        ["tasks" | "task" | "t", "list" | "ls", flags @ ..] => {
            let runs = running(call, mine);
            if flags.iter().any(|flag| ["-q", "--quiet"].contains(flag)) {
                runs.iter().for_each(|(id, _)| call.line(id));
                return Ok(0);
            }
            call.line(&format!("{:<68}{:<8}STATUS", "TASK", "PID"));
            for (id, pid) in &runs {
                call.line(&format!("{id:<68}{pid:<8}RUNNING"));
            }
            Ok(0)
        }
        ["containers" | "container" | "c", "list" | "ls", flags @ ..] => {
            let containers = call.sys.machine.containers.clone();
            let all = containers.all.iter().filter(|_| mine);
            let rows: Vec<(&str, &str)> = all.map(|one| (one.id.as_str(), one.image.as_str())).collect();
            if flags.iter().any(|flag| ["-q", "--quiet"].contains(flag)) {
                rows.iter().for_each(|(id, _)| call.line(id));
                return Ok(0);
            }
            call.line(&format!("{:<68}{:<60}RUNTIME", "CONTAINER", "IMAGE"));
            for (id, image) in rows {
                call.line(&format!("{id:<68}{image:<60}io.containerd.runc.v2"));
            }
            Ok(0)
        }
        ["version"] => {
            call.print("Client:\n  Version:  v2.1.4-k3s1\n\nServer:\n  Version:  v2.1.4-k3s1\n");
            Ok(0)
        }
        ["namespaces" | "namespace" | "ns", "list" | "ls"] => {
            call.print("NAME   LABELS \nk8s.io        \n");
            Ok(0)
        }
        other => call.unknown(&format!("`{}`", other.join(" "))),
    }
}

/// What runs: the containers and the sandboxes of pods, each with the number of its process.
fn running(call: &Call<'_, '_>, mine: bool) -> Vec<(String, u32)> {
    let containers = &call.sys.machine.containers;
    let own = containers.all.iter().filter(|one| mine && one.state == "Running").map(|one| one.id.clone());
    let sandboxes = containers.pods.iter().filter(|one| mine && one.ready).map(|one| one.id.clone());
    let mut all: Vec<String> = own.chain(sandboxes).collect();
    all.sort();
    let number = |id: &str| id.bytes().fold(7_u32, |sum, byte| (sum * 31 + u32::from(byte)) % 30_000) + 1000;
    all.into_iter().map(|id| (id.clone(), number(&id))).collect()
}

/// Takes images in from an archive: the names of its manifest.
fn import(call: &mut Call<'_, '_>, flags: &[&str], mine: bool) -> Done {
    let Some(path) = flags.iter().find(|word| **word == "-" || !word.starts_with('-')) else {
        return call.fail(1, "please provide an input filename");
    };
    let bytes = match call.read(path)? {
        Ok(bytes) => super::compress::unzip(&bytes).unwrap_or(bytes),
        Err(error) => return call.fail(1, &format!("open {path}: {error}")),
    };
    let names = names_in(&bytes);
    if names.is_empty() {
        call.say_line("ctr: unrecognized image format");
        return Ok(1);
    }
    for name in names {
        let id = format!(
            "sha256:{:016x}{:016x}{:016x}{:016x}",
            call.sys.machine.chance(),
            call.sys.machine.chance(),
            call.sys.machine.chance(),
            call.sys.machine.chance()
        );
        let image = Image { id: id.clone(), size: bytes.len() as u64 };
        if mine {
            Arc::make_mut(&mut call.sys.machine.containers).images.insert(name.clone(), image);
        }
        call.line(&format!("unpacking {name} ({id})...done"));
    }
    call.sys.machine.tell_images();
    Ok(0)
}

/// The names in the manifest of an archive of images.
fn names_in(bytes: &[u8]) -> Vec<String> {
    let text = Call::text(bytes);
    let mut names = Vec::new();
    for piece in text.split("\"RepoTags\":[").skip(1) {
        let list = piece.split(']').next().unwrap_or_default();
        names.extend(
            list.split(',').map(|name| name.trim().trim_matches('"').to_owned()).filter(|name| !name.is_empty()),
        );
    }
    for piece in text.split("\"io.containerd.image.name\":\"").skip(1) {
        names.extend(piece.split('"').next().map(str::to_owned));
    }
    let whole = |name: String| match name.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) => name,
        Some(_) => format!("docker.io/{name}"),
        None => format!("docker.io/library/{name}"),
    };
    let mut names: Vec<String> = names.into_iter().map(whole).collect();
    names.sort();
    names.dedup();
    names
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
