//! `nslookup`, of which there are two: that of BIND searches the domains of the cluster, that of busybox does so for names
//! without a dot alone.

use super::call::{Call, Done};
use super::{Command, names, once};

pub(super) const COMMANDS: &[Command] =
    &[once("nslookup", "/usr/bin", of_bind), once("nslookup-busybox", "", of_busybox)];

fn of_bind(call: &mut Call<'_, '_>) -> Done {
    look_up(call, '#', |_| true)
}

fn of_busybox(call: &mut Call<'_, '_>) -> Done {
    look_up(call, ':', |name| !name.contains('.'))
}

/// `nslookup NAME SERVER`: asks by UDP.
fn look_up(call: &mut Call<'_, '_>, before_port: char, searches: fn(&str) -> bool) -> Done {
    let plain: Vec<String> = call.args.iter().filter(|word| !word.starts_with('-')).cloned().collect();
    let Some(asked) = plain.first().cloned() else { return call.fail_line(1, "usage: nslookup NAME [SERVER]") };
    let server = plain.get(1).and_then(|word| word.parse().ok()).or_else(|| names::server(call));
    let said = call.plan(|call| {
        let found = server.and_then(|to| names::search(call, to, &asked, searches(&asked)));
        Ok(match found {
            None => vec![vec![";; connection timed out; no servers could be reached".to_owned(), "1".to_owned()]],
            Some(found) if found.addresses.is_empty() => {
                vec![vec![format!("** server can't find {asked}: NXDOMAIN"), "1".to_owned()]]
            }
            Some(found) => {
                let lines = found.addresses.iter().map(|address| format!("Name:\t{}\nAddress: {address}", found.name));
                vec![vec![lines.collect::<Vec<_>>().join("\n"), "0".to_owned()]]
            }
        })
    })?;
    let [text, code] = said[0].as_slice() else { return Ok(1) };
    match server.filter(|_| !text.starts_with(";;")) {
        Some(server) => call.line(&format!("Server:\t\t{server}\nAddress:\t{server}{before_port}53\n")),
        None => call.sleep(std::time::Duration::from_secs(10))?,
    }
    call.line(text);
    Ok(code.parse().unwrap_or(1))
}
