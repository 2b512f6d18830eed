//! `id`, `whoami`, `groups`, `sudo`, `su`, `getent`, `who`, `logname`.

use super::call::{Call, Done, Stop};
use super::{Command, once};
use crate::machines::user::User;

pub(super) const COMMANDS: &[Command] = &[
    once("getent", "/usr/bin", getent),
    once("groups", "/usr/bin", groups),
    once("id", "/usr/bin", id),
    once("logname", "/usr/bin", whoami),
    once("su", "/usr/bin", su),
    once("sudo", "/usr/bin", sudo),
    once("whoami", "/usr/bin", whoami),
];

fn find(call: &Call<'_, '_>, name: &str) -> Option<User> {
    let users = call.sys.machine.users();
    users
        .iter()
        .find(|user| user.name == name)
        .or_else(|| users.iter().find(|user| user.uid.to_string() == name))
        .cloned()
}

fn whoami(call: &mut Call<'_, '_>) -> Done {
    let uid = call.sys.me().cred.uid.to_string();
    let name = find(call, &uid).map(|user| user.name);
    match name {
        Some(name) => {
            call.line(&name);
            Ok(0)
        }
        None => call.fail(1, &format!("cannot find name for user ID {uid}")),
    }
}

fn id(call: &mut Call<'_, '_>) -> Done {
    let options =
        call.options("ugGnrz", &[("user", "u"), ("group", "g"), ("groups", "G"), ("name", "n"), ("real", "r")])?;
    let cred = match options.rest.first() {
        None => call.sys.cred(),
        Some(name) => match find(call, name) {
            Some(user) => call.sys.machine.cred_of(&user),
            None => return call.fail(1, &format!("'{name}': no such user")),
        },
    };
    let (users, groups) = call.sys.machine.names_of_ids();
    let user = |uid: u32| users.get(&uid).cloned();
    let group = |gid: u32| groups.get(&gid).cloned();
    let plain = |id: u32, name: Option<String>| {
        if options.has("n") { name.unwrap_or_else(|| id.to_string()) } else { id.to_string() }
    };
    if options.has("u") {
        call.line(&plain(cred.uid, user(cred.uid)));
    } else if options.has("g") {
        call.line(&plain(cred.gid, group(cred.gid)));
    } else if options.has("G") {
        let all: Vec<String> = cred.groups.iter().map(|gid| plain(*gid, group(*gid))).collect();
        call.line(&all.join(" "));
    } else {
        let both = |id: u32, name: Option<String>| name.map_or(id.to_string(), |name| format!("{id}({name})"));
        let all: Vec<String> = cred.groups.iter().map(|gid| both(*gid, group(*gid))).collect();
        let (uid, gid) = (both(cred.uid, user(cred.uid)), both(cred.gid, group(cred.gid)));
        call.line(&format!("uid={uid} gid={gid} groups={}", all.join(",")));
    }
    Ok(0)
}

fn groups(call: &mut Call<'_, '_>) -> Done {
    let (_, names) = call.sys.machine.names_of_ids();
    let all: Vec<String> = call
        .sys
        .me()
        .cred
        .groups
        .iter()
        .map(|gid| names.get(gid).cloned().unwrap_or_else(|| gid.to_string()))
        .collect();
    call.line(&all.join(" "));
    Ok(0)
}

fn getent(call: &mut Call<'_, '_>) -> Done {
    let words = call.args.clone();
    let [base, keys @ ..] = words.as_slice() else { return call.usage("wrong number of arguments") };
    let path = match base.as_str() {
        "passwd" => "/etc/passwd",
        "group" => "/etc/group",
        "hosts" | "ahosts" => "/etc/hosts",
        _ => return call.unknown(&format!("database `{base}`")),
    };
    let text = call.sys.machine.text(path);
    let mut status = 0;
    for key in keys {
        let is_it = |line: &&str| {
            if path == "/etc/hosts" {
                return line.split_whitespace().any(|word| word == key);
            }
            let fields: Vec<&str> = line.split(':').collect();
            fields.first() == Some(&key.as_str()) || fields.get(2) == Some(&key.as_str())
        };
        match text.lines().find(is_it) {
            Some(line) => call.line(line),
            None => status = 2,
        }
    }
    if keys.is_empty() {
        call.print(&text);
    }
    Ok(status)
}

/// Whether somebody may become another without a word.
fn may_sudo(call: &Call<'_, '_>) -> bool {
    let cred = &call.sys.me().cred;
    let groups = call.sys.machine.groups();
    let admin = |name: &str| groups.iter().any(|(group, gid, _)| (group == name) && cred.groups.contains(gid));
    cred.uid == 0 || admin("sudo") || admin("wheel")
}

/// Becomes somebody, in this process.
fn become_user(call: &mut Call<'_, '_>, user: &User) {
    let cred = call.sys.machine.cred_of(user);
    call.sys.change(|me| me.cred = cred);
}

#[expect(clippy::too_many_lines, reason = "one table: each case is a line or two, and they belong together")]
fn sudo(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("non-interactive", "n"),
        ("user=", "u"),
        ("preserve-env", "E"),
        ("login", "i"),
        ("stdin", "S"),
        ("set-home", "H"),
        ("shell", "s"),
        ("validate", "v"),
        ("group=", "g"),
        ("list", "l"),
    ];
    let options = call.options_first("nu:EiSHsvkg:lp:b", &long)?;
    if !may_sudo(call) {
        let name = find(call, &call.sys.me().cred.uid.to_string()).map(|user| user.name).unwrap_or_default();
        if options.has("n") {
            return call.fail(1, "a password is required");
        }
        return call.fail(1, &format!("{name} is not in the sudoers file."));
    }
    if options.has("l") || options.has("b") {
        return call.unknown("this use");
    }
    let name = options.value("u").unwrap_or("root").trim_start_matches('#').to_owned();
    let Some(user) = find(call, &name) else { return call.fail(1, &format!("unknown user {name}")) };
    let by = find(call, &call.sys.me().cred.uid.to_string()).map(|user| user.name).unwrap_or_default();
    let mut env = call.env();
    if !options.has("E") {
        env.retain(|name, _| ["LANG", "LC_ALL", "TERM", "COLORTERM", "PATH", "DISPLAY"].contains(&name.as_str()));
        env.insert("PATH".into(), "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".into());
    }
    let pairs = [
        ("HOME", user.home.clone()),
        ("LOGNAME", user.name.clone()),
        ("USER", user.name.clone()),
        ("SHELL", user.shell.clone()),
        ("SUDO_USER", by),
        ("SUDO_UID", call.sys.me().cred.uid.to_string()),
    ];
    env.extend(pairs.map(|(name, value)| (name.to_owned(), value)));
    let mut words = options.rest.clone();
    while let Some((name, value)) =
        words.first().and_then(|word| word.split_once('=')).filter(|(name, _)| !name.contains('/'))
    {
        env.insert(name.to_owned(), value.to_owned());
        words.remove(0);
    }
    if words.is_empty() && options.has("v") {
        return Ok(0);
    }
    become_user(call, &user);
    if options.has("i") {
        call.sys.change(|me| me.folder.clone_from(&user.home));
    }
    if options.has("i") || options.has("s") || words.is_empty() {
        if words.is_empty() && !options.has("i") && !options.has("s") {
            return call.usage("usage: sudo -h | -K | -k | -V");
        }
        let mut shell = vec![user.shell.clone()];
        if !words.is_empty() {
            shell.extend(["-c".to_owned(), words.join(" ")]);
        }
        return Err(Stop::Become(shell, env));
    }
    Err(match super::once::load(&words, env.clone(), call.sys) {
        Ok(_) => Stop::Become(words, env),
        Err((127, _)) => {
            call.say(&format!("{}: command not found", words[0]));
            Stop::Exit(1)
        }
        Err((_, why)) => {
            call.say(&format!("unable to execute {}: {why}", words[0]));
            Stop::Exit(1)
        }
    })
}

fn su(call: &mut Call<'_, '_>) -> Done {
    let mut words = call.args.clone();
    let login = words.first().is_some_and(|word| ["-", "-l", "--login"].contains(&word.as_str()));
    if login {
        words.remove(0);
    }
    let (mut shell, mut command, mut name, mut rest) = (None, None, None, Vec::new());
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-s" | "--shell" => shell = words.next(),
            "-c" | "--command" => command = words.next(),
            "-" | "-l" | "-m" | "-p" | "--" => {}
            odd if odd.starts_with('-') && name.is_none() => return call.unknown(&format!("option `{odd}`")),
            _ if name.is_none() => name = Some(word),
            _ => rest.push(word),
        }
    }
    let name = name.unwrap_or_else(|| "root".into());
    let Some(user) = find(call, &name) else {
        return call.fail(
            1,
            &format!("user {name} does not exist or the user entry does not contain all the required fields"),
        );
    };
    if call.sys.me().cred.uid != 0 {
        return call.fail(1, "Authentication failure");
    }
    become_user(call, &user);
    let mut env = call.env();
    env.insert("HOME".into(), user.home.clone());
    env.insert("USER".into(), user.name.clone());
    env.insert("LOGNAME".into(), user.name.clone());
    env.insert("SHELL".into(), shell.clone().unwrap_or_else(|| user.shell.clone()));
    if login {
        call.sys.change(|me| me.folder.clone_from(&user.home));
    }
    let mut words = vec![shell.unwrap_or(user.shell)];
    if let Some(command) = command {
        words.extend(["-c".to_owned(), command]);
    }
    words.extend(rest);
    Err(Stop::Become(words, env))
}
