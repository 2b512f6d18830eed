//! What of `ip netns` is about programs: one that runs in a namespace, and who runs in which.

use super::call::{Call, Done, Stop};
use crate::net::Network;

/// Carries it out, where it is about programs.
pub(super) fn run(call: &mut Call<'_, '_>, args: &[String]) -> Result<Option<i32>, Stop> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let (all, words) = match words.as_slice() {
        ["-all" | "--all" | "-a", rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let [object, verb, rest @ ..] = words else { return Ok(None) };
    let is_netns = object.len() > 3 && "netns".starts_with(object) || *object == "net";
    let is = |long: &str| verb.len() > 1 && long.starts_with(verb);
    match rest {
        _ if !is_netns => Ok(None),
        [_, ..] if all && is("exec") => everywhere(call, rest).map(Some),
        [name, command @ ..] if is("exec") && !command.is_empty() => exec(call, name, command).map(Some),
        [pid] if is("identify") => identify(call, pid).map(Some),
        [name] if is("pids") => pids(call, name).map(Some),
        _ => Ok(None),
    }
}

fn names(call: &Call<'_, '_>) -> Vec<String> {
    let (machine, _) = call.sys.machine.place_of(None);
    let named = |network: &Network| network.named(&machine).map(str::to_owned).collect();
    call.sys.machine.network().map(named).unwrap_or_default()
}

fn exec(call: &mut Call<'_, '_>, namespace: &str, command: &[&str]) -> Done {
    if call.sys.me().cred.uid != 0 {
        return call.fail_line(1, &format!("Cannot open network namespace \"{namespace}\": Permission denied"));
    }
    if !names(call).iter().any(|name| name == namespace) {
        let said = format!("Cannot open network namespace \"{namespace}\": No such file or directory");
        return call.fail_line(255, &said);
    }
    let path = call.env().get("PATH").cloned().unwrap_or_default();
    if call.sys.look_up(command[0], &path).is_err() {
        return call.fail_line(1, &format!("exec of \"{}\" failed: No such file or directory", command[0]));
    }
    call.sys.change(|me| me.netns = namespace.into());
    Err(Stop::Become(command.iter().map(|word| (*word).to_owned()).collect(), call.env()))
}

/// The same command in every namespace, one after the other, as a shell does it.
fn everywhere(call: &mut Call<'_, '_>, command: &[&str]) -> Done {
    let quoted: Vec<String> = command.iter().map(|word| format!("'{}'", word.replace('\'', "'\\''"))).collect();
    let one = |name: &String| format!("printf '\\nnetns: {name}\\n'; ip netns exec {name} {}; ", quoted.join(" "));
    let script: String = names(call).iter().rev().map(one).collect();
    Err(Stop::Become(vec!["sh".to_owned(), "-c".to_owned(), format!("{script}true")], call.env()))
}

fn identify(call: &mut Call<'_, '_>, pid: &str) -> Done {
    let Ok(number) = pid.parse::<u32>() else {
        return call.fail_line(1, &format!("Specified string \'{pid}\' is not a pid"));
    };
    let found = call.sys.machine.procs.get(&number).map(|process| process.netns.to_string());
    let Some(namespace) = found else {
        return call.fail_line(255, "Stat of netns failed: No such file or directory");
    };
    call.line(&namespace);
    Ok(0)
}

fn pids(call: &mut Call<'_, '_>, namespace: &str) -> Done {
    if !names(call).iter().any(|name| name == namespace) {
        return call.fail_line(255, "Cannot open network namespace: No such file or directory");
    }
    let there = call.sys.machine.procs.iter().filter(|(_, process)| &*process.netns == namespace);
    let all: Vec<u32> = there.map(|(pid, _)| *pid).collect();
    all.iter().for_each(|pid| call.line(&pid.to_string()));
    Ok(0)
}
