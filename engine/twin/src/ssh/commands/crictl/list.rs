//! `crictl ps`, `pods` and `images`.

use super::show::{age, short, size, table};
use super::{find, form, json};
use crate::ssh::commands::call::{Call, Done};
use crate::ssh::commands::options::Options;

fn heads(names: &[&str]) -> Vec<Vec<String>> {
    vec![names.iter().map(|name| (*name).to_owned()).collect()]
}

/// `ps`.
pub(super) fn containers(call: &mut Call<'_, '_>, options: &Options) -> Done {
    let known = call.sys.machine.containers.clone();
    let found = find::containers(&known, options);
    if form(call, options, &["table", "json"], "table")? == "json" {
        return json::print(call, &json::containers(&known, &found));
    }
    let columns = ["CONTAINER", "IMAGE", "CREATED", "STATE", "NAME", "ATTEMPT", "POD ID", "POD", "NAMESPACE"];
    let mut rows = heads(&columns);
    let whole = options.has("no-trunc");
    let id = |id: &str| if whole { id.to_owned() } else { short(id) };
    for (one, pod) in found {
        if options.has("q") {
            call.line(&one.id);
            continue;
        }
        let image = known.images.get(&one.image).map_or_else(|| one.image.clone(), |image| id(&image.id));
        let (age, attempt) = (age(call, one.created), one.attempt.to_string());
        rows.push(vec![id(&one.id), image, age, one.state, one.name, attempt, id(&one.pod), pod.name, pod.namespace]);
    }
    if !options.has("q") {
        table(call, &rows);
    }
    Ok(0)
}

/// `pods`.
pub(super) fn pods(call: &mut Call<'_, '_>, options: &Options) -> Done {
    let known = call.sys.machine.containers.clone();
    let found = find::pods(&known, options);
    if form(call, options, &["table", "json"], "table")? == "json" {
        return json::print(call, &json::pods(&found));
    }
    let mut rows = heads(&["POD ID", "CREATED", "STATE", "NAME", "NAMESPACE", "ATTEMPT", "RUNTIME"]);
    for pod in found {
        if options.has("q") {
            call.line(&pod.id);
            continue;
        }
        let state = if pod.ready { "Ready" } else { "NotReady" }.to_owned();
        let id = if options.has("no-trunc") { pod.id.clone() } else { short(&pod.id) };
        let age = age(call, pod.created);
        rows.push(vec![id, age, state, pod.name, pod.namespace, pod.attempt.to_string(), "(default)".to_owned()]);
    }
    if !options.has("q") {
        table(call, &rows);
    }
    Ok(0)
}

/// `images`.
pub(super) fn images(call: &mut Call<'_, '_>, options: &Options) -> Done {
    let known = call.sys.machine.containers.clone();
    let asked = options.rest.first().map(|name| crate::laws::kubelet::images::full(name));
    let fits = |name: &str| asked.as_ref().is_none_or(|asked| name == asked || name.starts_with(&format!("{asked}:")));
    if form(call, options, &["table", "json"], "table")? == "json" {
        return json::print(call, &json::images(&known, fits));
    }
    if options.has("digests") || options.has("v") {
        return call.unknown("this form of `images`");
    }
    let mut rows = heads(&["IMAGE", "TAG", "IMAGE ID", "SIZE"]);
    for (name, image) in known.images.iter().filter(|(name, _)| fits(name)) {
        if options.has("q") {
            call.line(&image.id);
            continue;
        }
        let (base, tag) = name.rsplit_once(':').unwrap_or((name, "<none>"));
        let id = if options.has("no-trunc") { image.id.clone() } else { short(&image.id) };
        rows.push(vec![base.to_owned(), tag.to_owned(), id, size(image.size, 3)]);
    }
    if !options.has("q") {
        table(call, &rows);
    }
    Ok(0)
}
