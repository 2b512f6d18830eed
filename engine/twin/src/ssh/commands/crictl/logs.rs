//! `crictl logs`: what a container has written.

use super::{act, fatal, find};
use crate::machines::process::Wait;
use crate::ssh::commands::call::{Call, Done, Stop};
use crate::ssh::commands::options::Options;
use crate::ssh::commands::{date, numbers};
use crate::world::Moment;
use std::time::Duration;

/// `logs`.
pub(super) fn logs(call: &mut Call<'_, '_>, options: &Options) -> Done {
    if let Some(odd) = ["p", "r", "limit"].iter().find(|odd| options.has(odd)) {
        return call.unknown(&format!("option `{odd}` of `logs`"));
    }
    let Some(id) = options.rest.first() else { return fatal(call, "ID cannot be empty") };
    let tail = match options.value("tail").map(str::parse::<i64>) {
        Some(Err(_)) => return fatal(call, "invalid value for flag -tail: parse error"),
        Some(Ok(count)) => usize::try_from(count).unwrap_or(usize::MAX),
        None => usize::MAX,
    };
    let since = match options.value("since") {
        None => None,
        Some(text) => match moment(call, text) {
            None => return fatal(call, &format!("failed to parse timestamp for \"since\": {text}")),
            since => since,
        },
    };
    // A container that is followed is known from when that began.
    let plan = call.plan(|call| {
        Ok(find::container(call, id).map_or_else(Vec::new, |one| vec![one.id]).into_iter().map(|id| vec![id]).collect())
    })?;
    let Some(one) = plan.first().and_then(|row| find::container(call, &row[0])) else {
        if plan.is_empty() {
            let why = format!(
                "rpc error: code = NotFound desc = an error occurred when try to find container \"{id}\": not found"
            );
            return fatal(call, &format!("getting container status: {why}"));
        }
        return Ok(0);
    };
    let pod = act::pod_of(call, &one);
    let latest = call.sys.machine.containers.all.iter().filter(|it| it.pod == one.pod && it.name == one.name);
    let previous = latest.map(|it| it.attempt).max() > Some(one.attempt);
    let lines = call.sys.machine.world().map(|world| world.log(&pod, &one.name, previous, 0).0).unwrap_or_default();
    let wanted: Vec<_> = lines.iter().filter(|line| since.is_none_or(|since| line.at >= since)).collect();
    // Lines that come while it is followed are not part of its tail.
    let began = Moment::not_before(call.sys.me().began);
    let old = wanted.iter().filter(|line| line.at <= began).count();
    for line in &wanted[old.saturating_sub(tail)..] {
        let text = if options.has("t") { format!("{} {}", line.at.micro(), line.text) } else { line.text.to_string() };
        call.line(&text);
    }
    if options.has("f") && one.state == "Running" {
        return Err(Stop::Wait(Wait::Look(call.sys.now() + Duration::from_millis(250))));
    }
    Ok(0)
}

/// A moment, or a time back from now.
fn moment(call: &Call<'_, '_>, text: &str) -> Option<Moment> {
    if let Some(back) = numbers::time(text) {
        return Some(Moment::not_before(call.sys.now().saturating_sub(back)));
    }
    let parts = date::moment(text, call.sys.now())?;
    Some(Moment::seconds(parts.unix))
}
