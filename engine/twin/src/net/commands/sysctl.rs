//! `sysctl` for what is under `net.`.

use super::{Call, Output};
use crate::net::network::Network;

pub(super) fn run(net: &mut Network, call: Call<'_>, words: &[&str]) -> Output {
    let Some(id) = net.find(call.machine, call.namespace) else { return Output::default() };
    let (mut names_only, mut values_only, mut quiet, mut ignore, mut all, mut write) =
        (false, false, false, false, false, false);
    let mut pattern = None;
    let mut asked = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            "--pattern" | "-r" => pattern = words.next().copied(),
            "-a" | "-A" | "-X" | "--all" => all = true,
            "-p" | "--load" | "--system" => return Output::default(),
            "--write" => write = true,
            "--values" => values_only = true,
            "--quiet" => quiet = true,
            "--ignore" => ignore = true,
            word if word.starts_with('-') && !word.starts_with("--") => {
                names_only |= word.contains('N');
                values_only |= word.contains('n');
                quiet |= word.contains('q');
                ignore |= word.contains('e');
                write |= word.contains('w');
            }
            word => asked.push(word),
        }
    }
    let mut out = Output::default();
    let show = |out: &mut Output, name: &str, value: &str| {
        if names_only {
            out.stdout.push_str(&format!("{name}\n"));
        } else if values_only {
            out.stdout.push_str(&format!("{value}\n"));
        } else {
            out.stdout.push_str(&format!("{name} = {value}\n"));
        }
    };
    if all || pattern.is_some() {
        for (name, value) in net.space(id).sysctls.all() {
            if pattern.is_none_or(|pattern| name.contains(pattern.trim_start_matches('^'))) {
                show(&mut out, &name, &value);
            }
        }
        return out;
    }
    if asked.is_empty() {
        return Output::failed(1, "sysctl: no variables specified\nTry `sysctl --help' for more information.");
    }
    for word in asked {
        let (name, value) = word.split_once('=').map_or((word, None), |(n, v)| (n.trim(), Some(v.trim())));
        if write && value.is_none() {
            out.stderr.push_str("sysctl: command line(0): invalid syntax, continuing...\n");
            out.code = 1;
            continue;
        }
        let shown = shown(name);
        let name = shown.replace('/', ".");
        let Some(old) = net.space(id).sysctls.get(&name) else {
            if !ignore {
                out.stderr
                    .push_str(&format!("sysctl: cannot stat /proc/sys/{}: No such file or directory\n", path(&shown)));
                out.code = 1;
            }
            continue;
        };
        match value {
            None => show(&mut out, &shown, &old),
            Some(value) => {
                let numeric = old.split_whitespace().all(|part| part.parse::<i64>().is_ok());
                if numeric && (value.is_empty() || value.split_whitespace().any(|part| part.parse::<i64>().is_err())) {
                    out.stderr.push_str(&format!("sysctl: setting key \"{shown}\": Invalid argument\n"));
                    out.code = 1;
                    continue;
                }
                net.space_mut(id).sysctls.put(&name, value);
                if !quiet {
                    show(&mut out, &shown, value);
                }
            }
        }
    }
    out
}

/// `net/ipv4/conf/eth0.100/rp_filter` and `net.ipv4.conf.eth0/100.rp_filter` name the same.
fn shown(name: &str) -> String {
    let first = name.find(['.', '/']).and_then(|at| name.as_bytes().get(at).copied());
    if first == Some(b'/') {
        return name
            .chars()
            .map(|c| {
                if c == '/' {
                    '.'
                } else if c == '.' {
                    '/'
                } else {
                    c
                }
            })
            .collect();
    }
    name.to_owned()
}

fn path(name: &str) -> String {
    name.chars()
        .map(|c| {
            if c == '.' {
                '/'
            } else if c == '/' {
                '.'
            } else {
                c
            }
        })
        .collect()
}
