//! What somebody does by hand: containers and sandboxes are stopped and removed, images pulled and taken away.

use super::{fatal, find};
use crate::laws::kubelet::{hand, images};
use crate::machines::containers::{Container, Containers, Sandbox};
use crate::ssh::commands::call::{Call, Done, Stop};
use crate::ssh::commands::options::Options;
use crate::world::Key;
use std::sync::Arc;
use std::time::Duration;

fn own<'a>(call: &'a mut Call<'_, '_>) -> &'a mut Containers {
    Arc::make_mut(&mut call.sys.machine.containers)
}

/// The pod a container is in.
pub(super) fn pod_of(call: &Call<'_, '_>, one: &Container) -> Key {
    let known = call.sys.machine.containers.pods.iter().find(|pod| pod.id == one.pod);
    known.map_or_else(|| Key::new("pods", "", ""), |pod| Key::new("pods", &pod.namespace, &pod.name))
}

fn no_container(id: &str) -> String {
    format!("rpc error: code = NotFound desc = an error occurred when try to find container \"{id}\": not found")
}

fn no_pod(id: &str) -> String {
    format!("rpc error: code = NotFound desc = an error occurred when try to find sandbox \"{id}\": not found")
}

/// Ends a container that runs, and its process with it.
fn end(call: &mut Call<'_, '_>, one: &Container, code: i64) {
    let pod = pod_of(call, one);
    let pid = find::process(call, &one.id);
    if pid > 0 {
        call.sys.machine.end(pid, crate::machines::process::End::Signal(9));
    }
    for known in own(call).all.iter_mut().filter(|known| known.id == one.id) {
        known.state = "Exited".into();
    }
    if let Some(world) = call.sys.machine.world() {
        hand::ended(world, &pod, &one.name, code);
    }
}

/// `stop`: the container is asked to, and killed when its time is over.
pub(super) fn stop(call: &mut Call<'_, '_>, options: &Options) -> Done {
    let limit = match options.value("t").map(str::parse::<i64>) {
        Some(Ok(limit)) => limit,
        Some(Err(_)) => return fatal(call, "invalid value for flag -timeout: parse error"),
        None => 0,
    };
    let ids = match (options.has("a"), options.rest.as_slice()) {
        (true, []) => call
            .sys
            .machine
            .containers
            .all
            .iter()
            .filter(|one| one.state == "Running")
            .map(|one| one.id.clone())
            .collect(),
        (true, _) => return call.fail_line(1, "cannot specify CONTAINER-ID(s) when using --all"),
        (false, []) => return call.fail_line(1, "you must specify at least one CONTAINER-ID or use --all"),
        (false, ids) => ids.to_vec(),
    };
    // Who is asked to stop and how each ends is settled when it begins.
    let plan = call.plan(|call| {
        let mut plan = Vec::new();
        for id in &ids {
            let Some(one) = find::container(call, id) else {
                plan.push(vec![id.clone()]);
                break;
            };
            let pod = pod_of(call, &one);
            let (seconds, code) =
                call.sys.machine.world().map_or((0, 137), |world| hand::stops(world, &pod, &one.name, limit));
            plan.push(vec![id.clone(), one.id, seconds.to_string(), code.to_string()]);
        }
        Ok(plan)
    })?;
    let number = |row: &Vec<String>, at: usize| row.get(at).and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    let seconds: i64 = plan.iter().map(|row| number(row, 2)).sum();
    call.sleep(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))?;
    for row in plan.iter() {
        let Some(id) = row.get(1) else {
            return fatal(call, &format!("stopping the container \"{}\": {}", row[0], no_container(&row[0])));
        };
        if let Some(one) = find::container(call, id).filter(|one| one.state == "Running") {
            end(call, &one, number(row, 3));
        }
        call.line(&row[0]);
    }
    Ok(0)
}

/// `rm`: a container that runs has to be stopped first, or is with `-f`.
pub(super) fn remove(call: &mut Call<'_, '_>, options: &Options) -> Done {
    let all = call.sys.machine.containers.all.iter().map(|one| one.id.clone());
    let ids: Vec<String> = if options.has("a") { all.collect() } else { options.rest.clone() };
    if ids.is_empty() {
        return fatal(call, "ID cannot be empty");
    }
    for id in ids {
        let Some(one) = find::container(call, &id) else {
            return fatal(call, &format!("getting container status \"{id}\": {}", no_container(&id)));
        };
        if one.state == "Running" {
            if !options.has("f") {
                return fatal(call, &format!("container \"{id}\" is running, please stop it first"));
            }
            end(call, &one, 137);
        }
        own(call).all.retain(|known| known.id != one.id);
        own(call).removed.insert(one.id);
        call.line(&id);
    }
    Ok(0)
}

/// Ends a sandbox with all that runs in it.
fn end_pod(call: &mut Call<'_, '_>, pod: &Sandbox) {
    let inside: Vec<Container> =
        call.sys.machine.containers.all.iter().filter(|one| one.pod == pod.id).cloned().collect();
    for one in inside.iter().filter(|one| one.state == "Running") {
        let pid = find::process(call, &one.id);
        call.sys.machine.end(pid, crate::machines::process::End::Signal(9));
    }
    for known in own(call).all.iter_mut().filter(|known| known.pod == pod.id) {
        known.state = "Exited".into();
    }
    for known in own(call).pods.iter_mut().filter(|known| known.id == pod.id) {
        known.ready = false;
    }
    let key = Key::new("pods", &pod.namespace, &pod.name);
    if let Some(world) = call.sys.machine.world() {
        hand::sandbox_ended(world, &key);
    }
}

/// `stopp`.
pub(super) fn stop_pods(call: &mut Call<'_, '_>, options: &Options) -> Done {
    if options.rest.is_empty() {
        return fatal(call, "ID cannot be empty");
    }
    for id in &options.rest {
        let Some(pod) = find::pod(call, id) else {
            return fatal(call, &format!("stopping the pod sandbox \"{id}\": {}", no_pod(id)));
        };
        if pod.ready {
            end_pod(call, &pod);
        }
        call.line(&format!("Stopped sandbox {id}"));
    }
    Ok(0)
}

/// `rmp`: a sandbox that is ready has to be stopped first, or is with `-f`.
pub(super) fn remove_pods(call: &mut Call<'_, '_>, options: &Options) -> Done {
    let all = call.sys.machine.containers.pods.iter().map(|one| one.id.clone());
    let ids: Vec<String> = if options.has("a") { all.collect() } else { options.rest.clone() };
    if ids.is_empty() {
        return fatal(call, "ID cannot be empty");
    }
    for id in ids {
        let Some(pod) = find::pod(call, &id) else {
            return fatal(call, &format!("getting sandbox status of pod \"{id}\": {}", no_pod(&id)));
        };
        if pod.ready {
            if !options.has("f") {
                return fatal(call, &format!("pod sandbox \"{id}\" is running, please stop it first"));
            }
            call.line(&format!("Stopped sandbox {id}"));
            end_pod(call, &pod);
        }
        own(call).pods.retain(|known| known.id != pod.id);
        own(call).all.retain(|known| known.pod != pod.id);
        call.line(&format!("Removed sandbox {id}"));
    }
    Ok(0)
}

/// `rmi`.
pub(super) fn remove_images(call: &mut Call<'_, '_>, options: &Options) -> Done {
    let containers = call.sys.machine.containers.clone();
    let gone: Vec<String> = if options.has("prune") {
        let used: Vec<&String> = containers.all.iter().map(|one| &one.image).collect();
        containers.images.keys().filter(|name| !used.contains(name)).cloned().collect()
    } else if options.has("a") {
        containers.images.keys().cloned().collect()
    } else {
        options.rest.clone()
    };
    for name in gone {
        let Some(found) = find::image(call, &name) else {
            call.say_line(&format!("ERRO[0000] no such image {name}"));
            return fatal(call, "unable to remove the image(s)");
        };
        own(call).images.remove(&found);
        call.line(&format!("Deleted: {found}"));
    }
    call.sys.machine.tell_images();
    Ok(0)
}

/// Pulls an image, with the time that takes: its name and id, or why there is none.
pub(in crate::ssh::commands) fn fetch(
    call: &mut Call<'_, '_>,
    name: &str,
) -> Result<Result<(String, String), String>, Stop> {
    let full = images::full(name);
    let said = call.plan(|call| {
        let offer = call.sys.machine.world().map(|world| images::offered(world, name));
        Ok(vec![match offer {
            Some(Ok((seconds, size))) => vec![seconds.to_string(), size.to_string()],
            Some(Err(why)) => vec![why],
            None => vec![format!("failed to resolve reference \"{full}\": no registry")],
        }])
    })?;
    let [seconds, size] = said[0].as_slice() else { return Ok(Err(said[0].concat())) };
    if !call.sys.machine.containers.images.contains_key(&full) {
        call.sleep(Duration::from_secs(seconds.parse().unwrap_or(0)))?;
        let image = crate::machines::containers::Image {
            id: crate::laws::runtime::image_id(&full),
            size: size.parse().unwrap_or(0),
        };
        own(call).images.insert(full.clone(), image);
        call.sys.machine.tell_images();
    }
    let id = own(call).images[&full].id.clone();
    Ok(Ok((full, id)))
}

/// `pull`.
pub(super) fn pull(call: &mut Call<'_, '_>, options: &Options) -> Done {
    let [name] = options.rest.as_slice() else { return fatal(call, "Image reference cannot be empty") };
    match fetch(call, name)? {
        Ok((_, id)) => {
            call.line(&format!("Image is up to date for {id}"));
            Ok(0)
        }
        Err(why) => {
            let why = why.trim_start_matches("failed to pull and unpack image ").to_owned();
            let full = images::full(name);
            let text = format!(
                "pulling image: rpc error: code = NotFound desc = failed to pull and unpack image \"{full}\": {why}"
            );
            fatal(call, &text)
        }
    }
}
