//! `crictl inspect`, `inspectp`, `inspecti` and `info`: all that is known of one thing, as the runtime tells it.

use super::json::{labels, print};
use super::{act, fatal, find, form, runtime_version};
use crate::cni::{Folders, NOT_READY, chosen};
use crate::json::{Map, Value, json};
use crate::machines::containers::{Container, Sandbox};
use crate::ssh::commands::call::{Call, Done};
use crate::ssh::commands::dates;
use crate::ssh::commands::options::Options;
use crate::world::{Key, Object};
use std::time::Duration;

fn stamp(at: Duration) -> String {
    dates::shown("%Y-%m-%dT%H:%M:%S", at) + &format!(".{:09}Z", at.subsec_nanos())
}

/// The object of a pod.
fn object(call: &mut Call<'_, '_>, pod: &Key) -> Option<std::sync::Arc<Object>> {
    call.sys.machine.world()?.at(pod).cloned()
}

/// All labels that the kubelet gives.
fn labelled(pod: Option<&Object>, sandbox: &Sandbox, container: Option<&str>) -> Value {
    let mut all = labels(sandbox, container);
    if let Some(pod) = pod {
        all["io.kubernetes.pod.uid"] = pod.uid().into();
        let own = pod["metadata"]["labels"].as_object().filter(|_| container.is_none());
        for (name, value) in own.into_iter().flatten() {
            all[name.as_str()] = value.clone();
        }
    }
    all
}

/// Shows what was found: all of it, or the one field a template names.
fn show(call: &mut Call<'_, '_>, options: &Options, found: Vec<Value>) -> Done {
    if found.is_empty() {
        call.say_line("ERRO[0000] No IDs provided or nothing found per filter");
        return Ok(0);
    }
    if form(call, options, &["json", "go-template"], "json")? == "json" {
        // Several are shown as a list.
        let value = if found.len() == 1 { found[0].clone() } else { Value::Array(found) };
        return print(call, &value);
    }
    let template = options.value("template").unwrap_or_default().trim();
    let path = template.strip_prefix("{{").and_then(|text| text.strip_suffix("}}")).map(str::trim);
    let plain = |path: &&str| path.starts_with('.') && !path.contains([' ', '(', '"', '|']);
    let Some(path) = path.filter(plain) else { return call.unknown(&format!("template `{template}`")) };
    for value in found {
        let at = path.split('.').filter(|step| !step.is_empty()).try_fold(&value, |at, step| at.get(step));
        let text = match at {
            None => "<no value>".to_owned(),
            Some(Value::String(text)) => text.to_string(),
            Some(Value::Object(_) | Value::Array(_)) => return call.unknown("a template of more than a plain field"),
            Some(other) => other.to_string(),
        };
        call.line(&text);
    }
    Ok(0)
}

/// What is asked for: the ids that are named, or what the flags find.
fn asked(options: &Options, found: Vec<String>) -> Vec<String> {
    if options.rest.is_empty() { found } else { options.rest.clone() }
}

/// `inspect`.
pub(super) fn containers(call: &mut Call<'_, '_>, options: &Options) -> Done {
    let known = call.sys.machine.containers.clone();
    let found = find::containers(&known, options).into_iter().map(|(one, _)| one.id).collect();
    let mut all = Vec::new();
    for id in asked(options, found) {
        let Some(one) = find::container(call, &id) else {
            let why = format!(
                "rpc error: code = NotFound desc = an error occurred when try to find container \"{id}\": not found"
            );
            return fatal(call, &format!("get the status of containers: unable to get container status: {why}"));
        };
        all.push(container(call, &one, options.has("q")));
    }
    show(call, options, all)
}

fn container(call: &mut Call<'_, '_>, one: &Container, quiet: bool) -> Value {
    let key = act::pod_of(call, one);
    let object = object(call, &key);
    let sandbox = find::pod(call, &one.pod).unwrap_or_default();
    let spec = object.as_ref().and_then(|pod| {
        let lists =
            ["containers", "initContainers"].map(|list| pod["spec"][list].as_array().cloned().unwrap_or_default());
        lists.into_iter().flatten().find(|spec| spec["name"] == one.name.as_str())
    });
    let spec = spec.unwrap_or(Value::Null);
    let statuses = object.as_ref().map(|pod| pod["status"]["containerStatuses"].clone()).unwrap_or_default();
    let status = statuses.as_array().into_iter().flatten().find(|status| status["name"] == one.name.as_str());
    let ended = status.and_then(|status| {
        let tells = |at: &str| {
            let told = &status[at]["terminated"];
            (told["containerID"].as_str()?.trim_start_matches("containerd://") == one.id).then(|| told.clone())
        };
        tells("state").or_else(|| tells("lastState"))
    });
    let image =
        call.sys.machine.containers.images.get(&one.image).map_or_else(|| one.image.clone(), |it| it.id.clone());
    let mounts: Vec<Value> = spec["volumeMounts"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|mount| {
            json!({
                "containerPath": mount["mountPath"], "hostPath": "", "readonly": mount["readOnly"] == true,
                "propagation": "PROPAGATION_PRIVATE", "selinuxRelabel": false,
            })
        })
        .collect();
    let uid = object.as_ref().map(|pod| pod.uid().to_owned()).unwrap_or_default();
    let log = format!("/var/log/pods/{}_{}_{uid}/{}/{}.log", sandbox.namespace, sandbox.name, one.name, one.attempt);
    let running = one.state == "Running";
    let mut shown = json!({"status": {
        "annotations": {
            "io.kubernetes.container.restartCount": one.attempt.to_string(),
            "io.kubernetes.container.terminationMessagePath": spec["terminationMessagePath"],
            "io.kubernetes.container.terminationMessagePolicy": spec["terminationMessagePolicy"],
        },
        "createdAt": stamp(one.created), "startedAt": stamp(one.created),
        "exitCode": ended.as_ref().map_or(json!(if running { 0 } else { 137 }), |told| told["exitCode"].clone()),
        "finishedAt": ended.as_ref().map_or(json!("0001-01-01T00:00:00Z"), |told| told["finishedAt"].clone()),
        "reason": ended.as_ref().map_or(json!(if running { "" } else { "Error" }), |told| told["reason"].clone()),
        "id": one.id, "image": {"annotations": {}, "image": one.image, "runtimeHandler": "", "userSpecifiedImage": ""},
        "imageId": image, "imageRef": image, "labels": labelled(object.as_deref(), &sandbox, Some(&one.name)),
        "logPath": log, "message": "", "metadata": {"attempt": one.attempt, "name": one.name}, "mounts": mounts,
        "resources": {"linux": spec["resources"]}, "state": format!("CONTAINER_{}", one.state.to_uppercase()),
    }});
    if !quiet {
        let pid = find::process(call, &one.id);
        shown["info"] = json!({
            "sandboxID": one.pod, "pid": pid, "removing": false, "snapshotKey": one.id, "snapshotter": "overlayfs",
            "runtimeType": "io.containerd.runc.v2",
            "config": {
                "metadata": {"attempt": one.attempt, "name": one.name}, "image": {"image": image},
                "command": spec["command"], "args": spec["args"], "log_path": format!("{}/{}.log", one.name, one.attempt),
            },
            "runtimeSpec": {"ociVersion": "1.2.1", "process": {"args": spec["command"]}},
        });
    }
    shown
}

/// `inspectp`.
pub(super) fn pods(call: &mut Call<'_, '_>, options: &Options) -> Done {
    let known = call.sys.machine.containers.clone();
    let found = find::pods(&known, options).into_iter().map(|pod| pod.id).collect();
    let mut all = Vec::new();
    for id in asked(options, found) {
        let Some(pod) = find::pod(call, &id) else {
            let why = "rpc error: code = NotFound desc = an error occurred when try to find sandbox: not found";
            return fatal(call, &format!("getting the pod sandbox status for \"{id}\": {why}"));
        };
        all.push(sandbox(call, &pod, options.has("q")));
    }
    show(call, options, all)
}

fn sandbox(call: &mut Call<'_, '_>, pod: &Sandbox, quiet: bool) -> Value {
    let object = object(call, &Key::new("pods", &pod.namespace, &pod.name));
    let uid = object.as_ref().map(|pod| pod.uid().to_owned()).unwrap_or_default();
    let on_host = object.as_ref().is_some_and(|pod| pod["spec"]["hostNetwork"] == true);
    let ip = object.as_ref().and_then(|it| it["status"]["podIP"].as_str()).unwrap_or_default().to_owned();
    // A sandbox that was stopped has no network any more, and one in the machine's own is said to have none.
    let shown_ip = if on_host || !pod.ready { "" } else { &ip };
    let state = if pod.ready { "SANDBOX_READY" } else { "SANDBOX_NOTREADY" };
    let mut shown = json!({"status": {
        "annotations": {"kubernetes.io/config.source": "api"}, "createdAt": stamp(pod.created), "id": pod.id,
        "labels": labelled(object.as_deref(), pod, None),
        "linux": {"namespaces": {"options": {
            "ipc": "POD", "network": if on_host { "NODE" } else { "POD" }, "pid": "CONTAINER", "targetId": "",
            "usernsOptions": null,
        }}},
        "metadata": {"attempt": pod.attempt, "name": pod.name, "namespace": pod.namespace, "uid": uid},
        "network": {"additionalIps": [], "ip": shown_ip}, "runtimeHandler": "", "state": state,
    }});
    if quiet {
        return shown;
    }
    let netns = format!("/var/run/netns/cni-{uid}");
    let mut info = Map::new();
    info.insert("pid", find::process(call, &pod.id).into());
    info.insert("processStatus", if pod.ready { "running" } else { "deleted" }.into());
    info.insert("netNamespaceClosed", (!pod.ready).into());
    info.insert("image", "registry.k8s.io/pause:3.10".into());
    info.insert("snapshotKey", pod.id.as_str().into());
    info.insert("snapshotter", "overlayfs".into());
    info.insert("runtimeHandler", "".into());
    info.insert("runtimeType", "io.containerd.runc.v2".into());
    if !on_host && pod.ready {
        let own = json!({"IPConfigs": [{"IP": ip}], "Sandbox": netns});
        info.insert("cniResult", json!({"Interfaces": {"eth0": own}}));
        let paths = json!({"linux": {"namespaces": [{"type": "network", "path": netns}]}});
        info.insert("runtimeSpec", paths);
    }
    shown["info"] = Value::Object(info);
    shown
}

/// `inspecti`.
pub(super) fn images(call: &mut Call<'_, '_>, options: &Options) -> Done {
    let mut all = Vec::new();
    for asked in &options.rest {
        let Some(name) = find::image(call, asked) else {
            return fatal(call, &format!("no such image \"{asked}\" present"));
        };
        let image = &call.sys.machine.containers.images[&name];
        all.push(json!({"status": {
            "id": image.id, "pinned": false, "repoDigests": [], "repoTags": [name], "size": image.size.to_string(),
            "spec": null, "uid": null, "username": "",
        }}));
    }
    show(call, options, all)
}

/// `info`: whether the runtime and its network are ready.
pub(super) fn info(call: &mut Call<'_, '_>, options: &Options) -> Done {
    form(call, options, &["json"], "json")?;
    let folders = Folders::of(call.sys.machine);
    let network = chosen(call.sys.machine, &folders);
    let loaded = if network.is_some() {
        "OK".to_owned()
    } else {
        format!(
            "cni config load failed: no network config found in {}: {NOT_READY}: failed to load cni config",
            folders.conf
        )
    };
    let ready = match &network {
        Some(_) => json!({"message": "", "reason": "", "status": true, "type": "NetworkReady"}),
        None => json!({
            "message": format!("Network plugin returns error: {NOT_READY}"), "reason": "NetworkPluginNotReady",
            "status": false, "type": "NetworkReady",
        }),
    };
    let networks: Vec<Value> = network
        .iter()
        .map(|conf| {
            let plugins: Vec<Value> = conf.plugins.iter().map(|plugin| json!({"Network": plugin})).collect();
            json!({"Config": {"Name": conf.name, "Plugins": plugins, "Source": conf.file}, "IFName": "eth0"})
        })
        .collect();
    let version = runtime_version(call);
    let shown = json!({
        "cniconfig": {"Networks": networks, "PluginConfDir": folders.conf, "PluginDirs": folders.programs, "PluginMaxConfNum": 1, "Prefix": "eth"},
        "config": {"cni": {"binDirs": folders.programs, "confDir": folders.conf, "maxConfNum": 1}, "containerdRootDir": "/var/lib/containerd", "enableSelinux": false},
        "golang": "go1.24.6", "lastCNILoadStatus": loaded, "lastCNILoadStatus.default": loaded, "version": version,
        "status": {"conditions": [
            {"message": "", "reason": "", "status": true, "type": "RuntimeReady"}, ready,
            {"message": "", "reason": "", "status": true, "type": "ContainerdHasNoDeprecationWarnings"},
        ]},
    });
    print(call, &shown)
}
