//! `ctr`: what containerd has, in its own words; what pods use is in the namespace `k8s.io`.

use std::sync::Arc;

use super::call::{Call, Done};
use super::crictl::is_there;
use crate::machines::containers::Image;

pub(super) fn ctr(call: &mut Call<'_, '_>) -> Done {
    let words = call.args.clone();
    ctr_words(call, &words)
}

pub(super) fn ctr_words(call: &mut Call<'_, '_>, words: &[String]) -> Done {
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
    let mine = namespace == "k8s.io";
    let [noun, verb, rest @ ..] = rest.as_slice() else {
        return match rest.as_slice() {
            ["version"] => {
                call.print("Client:\n  Version:  v2.1.4-k3s1\n\nServer:\n  Version:  v2.1.4-k3s1\n");
                Ok(0)
            }
            other => call.unknown(&format!("`{}`", other.join(" "))),
        };
    };
    let known: &[&str] = match *verb {
        "import" => &["--all-platforms", "--no-unpack", "--digests", "--local", "--discard-unpacked-layers", "-"],
        "rm" | "remove" | "delete" => &["--sync"],
        _ => &["-q", "--quiet"],
    };
    if let Some(odd) = rest.iter().find(|flag| flag.starts_with('-') && !known.contains(flag)) {
        return call.unknown(&format!("option `{odd}` of `{noun} {verb}`"));
    }
    let quiet = rest.iter().any(|flag| ["-q", "--quiet"].contains(flag));
    match (*noun, *verb) {
        ("images" | "image" | "i", "list" | "ls") => images(call, quiet, mine),
        ("images" | "image" | "i", "import") => return import(call, rest, mine),
        ("images" | "image" | "i", "rm" | "remove" | "delete") => return remove(call, rest, mine),
        ("tasks" | "task" | "t", "list" | "ls") => tasks(call, quiet, mine),
        ("containers" | "container" | "c", "list" | "ls") => containers(call, quiet, mine),
        ("namespaces" | "namespace" | "ns", "list" | "ls") => call.print("NAME   LABELS \nk8s.io        \n"),
        _ => return call.unknown(&format!("`{noun} {verb}`")),
    }
    Ok(0)
}

fn images(call: &mut Call<'_, '_>, quiet: bool, mine: bool) {
    let images = call.sys.machine.containers.images.clone();
    if !quiet {
        call.line("REF TYPE DIGEST SIZE PLATFORMS LABELS");
    }
    for (name, image) in images.iter().filter(|_| mine) {
        if quiet {
            call.line(name);
            continue;
        }
        let size = format!("{:.1} MiB", image.size as f64 / f64::from(1 << 20));
        call.line(&format!(
            "{name} application/vnd.oci.image.index.v1+json {} {size} linux/amd64 io.cri-containerd.image=managed",
            image.id
        ));
    }
}

fn remove(call: &mut Call<'_, '_>, names: &[&str], mine: bool) -> Done {
    for name in names {
        let there = mine && Arc::make_mut(&mut call.sys.machine.containers).images.remove(*name).is_some();
        if !there {
            let said = format!("ERRO[0000] unable to delete {name}  error=\"image \\\"{name}\\\": not found\"");
            call.say_line(&said);
            return Ok(1);
        }
        call.line(name);
    }
    call.sys.machine.tell_images();
    Ok(0)
}

fn tasks(call: &mut Call<'_, '_>, quiet: bool, mine: bool) {
    if !quiet {
        call.line(&format!("{:<68}{:<8}STATUS", "TASK", "PID"));
    }
    for (id, pid) in running(call, mine) {
        call.line(&if quiet { id } else { format!("{id:<68}{pid:<8}RUNNING") });
    }
}

fn containers(call: &mut Call<'_, '_>, quiet: bool, mine: bool) {
    let containers = call.sys.machine.containers.clone();
    let pause = containers
        .images
        .keys()
        .find(|name| name.contains("pause"))
        .map_or("registry.k8s.io/pause:3.10", String::as_str);
    let own = containers.all.iter().map(|one| (one.id.as_str(), one.image.as_str()));
    let sandboxes = containers.pods.iter().map(|one| (one.id.as_str(), pause));
    let mut all: Vec<(&str, &str)> = own.chain(sandboxes).filter(|_| mine).collect();
    all.sort_unstable();
    let wide = all.iter().map(|(_, image)| image.len()).chain([5]).max().unwrap_or(0) + 4;
    if !quiet {
        call.line(&format!("{:<68}{:<wide$}{:<25}", "CONTAINER", "IMAGE", "RUNTIME"));
    }
    for (id, image) in all {
        call.line(&if quiet {
            id.to_owned()
        } else {
            format!("{id:<68}{image:<wide$}{:<25}", "io.containerd.runc.v2")
        });
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
