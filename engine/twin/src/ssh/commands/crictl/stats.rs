//! `crictl stats` and `statsp`: what containers use.

use super::show::{short, size, table};
use super::{find, form, json};
use crate::json::{Value, json};
use crate::machines::containers::{Container, Sandbox};
use crate::ssh::commands::call::{Call, Done};
use crate::ssh::commands::options::Options;
use std::time::Duration;

/// What a container uses: hundredths of a per cent of a processor, and bytes of memory.
fn used(call: &Call<'_, '_>, one: &Container) -> (u64, u64) {
    let pid = find::process(call, &one.id);
    let memory = call.sys.machine.procs.get(&pid).map_or(0, |process| process.memory) << 10;
    let share = one.id.bytes().fold(0, |sum: u64, byte| sum + u64::from(byte)) % 180;
    if pid == 0 { (0, 0) } else { (20 + share, memory) }
}

fn percent(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn chosen(call: &Call<'_, '_>, options: &Options) -> Vec<(Container, Sandbox)> {
    let known = call.sys.machine.containers.clone();
    let id = options.rest.first().map(String::as_str).or(options.value("id"));
    let fits = |(one, pod): &(Container, Sandbox)| {
        id.is_none_or(|id| one.id.starts_with(id) || pod.id.starts_with(id))
            && options.value("p").is_none_or(|id| pod.id.starts_with(id))
    };
    let mut found: Vec<_> = find::containers(&known, &Options::default()).into_iter().filter(fits).collect();
    found.sort_by(|one, other| one.0.id.cmp(&other.0.id));
    found
}

/// The sample that the share of a processor is measured over.
fn sample(call: &mut Call<'_, '_>, options: &Options) -> Result<(), crate::ssh::commands::call::Stop> {
    let seconds = options.value("s").and_then(|text| text.parse().ok()).unwrap_or(1);
    call.sleep(Duration::from_secs(seconds))
}

/// `stats`.
pub(super) fn containers(call: &mut Call<'_, '_>, options: &Options) -> Done {
    if form(call, options, &["table", "json"], "table")? == "json" {
        let now = call.sys.now().as_nanos().to_string();
        let mut all = Vec::new();
        for (one, pod) in chosen(call, options) {
            let (share, memory) = used(call, &one);
            all.push(json!({
                "attributes": {
                    "annotations": {}, "id": one.id, "labels": json::labels(&pod, Some(&one.name)),
                    "metadata": {"attempt": one.attempt, "name": one.name},
                },
                "cpu": usage(call, &one, share, &now), "memory": {"timestamp": now, "workingSetBytes": {"value": memory.to_string()}},
                "writableLayer": {
                    "inodesUsed": {"value": "8"}, "timestamp": now, "usedBytes": {"value": "20480"},
                },
            }));
        }
        return json::print(call, &json!({"stats": all}));
    }
    sample(call, options)?;
    let mut rows = vec![["CONTAINER", "NAME", "CPU %", "MEM", "DISK", "INODES"].map(str::to_owned).to_vec()];
    for (one, _) in chosen(call, options) {
        let (share, memory) = used(call, &one);
        rows.push(vec![short(&one.id), one.name, percent(share), size(memory, 4), size(20_480, 4), "8".to_owned()]);
    }
    table(call, &rows);
    Ok(0)
}

fn usage(call: &Call<'_, '_>, one: &Container, share: u64, now: &str) -> Value {
    let lived = call.sys.now().saturating_sub(one.created).as_nanos();
    let spent = lived * u128::from(share) / 10_000;
    json!({
        "timestamp": now, "usageCoreNanoSeconds": {"value": spent.to_string()},
        "usageNanoCores": {"value": (share * 100_000).to_string()},
    })
}

/// `statsp`.
pub(super) fn pods(call: &mut Call<'_, '_>, options: &Options) -> Done {
    form(call, options, &["table"], "table")?;
    sample(call, options)?;
    let mut rows = vec![["POD", "POD ID", "CPU %", "MEM"].map(str::to_owned).to_vec()];
    let found = chosen(call, options);
    let mut ids: Vec<&Sandbox> = found.iter().map(|(_, pod)| pod).collect();
    ids.sort_by(|one, other| one.id.cmp(&other.id));
    ids.dedup_by(|one, other| one.id == other.id);
    for pod in ids {
        let all = found.iter().filter(|(_, of)| of.id == pod.id).map(|(one, _)| used(call, one));
        let (share, memory) = all.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        rows.push(vec![pod.name.clone(), short(&pod.id), percent(share), size(memory, 4)]);
    }
    table(call, &rows);
    Ok(0)
}
