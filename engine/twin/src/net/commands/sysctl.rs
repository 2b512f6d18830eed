//! `sysctl` for what is under `net.`.

use super::{Call, Output};
use crate::net::network::{Network, SpaceId};
use std::sync::Arc;

#[derive(Default)]
struct Asked<'a> {
    names_only: bool,
    values_only: bool,
    quiet: bool,
    ignore: bool,
    all: bool,
    write: bool,
    pattern: Option<&'a str>,
    words: Vec<&'a str>,
}

impl Asked<'_> {
    fn line(&self, name: &str, value: &str) -> String {
        if self.names_only {
            format!("{name}\n")
        } else if self.values_only {
            format!("{value}\n")
        } else {
            format!("{name} = {value}\n")
        }
    }
}

/// What is asked; `None` where files are to be loaded, which belong to the machine.
fn read<'a>(words: &[&'a str]) -> Option<Asked<'a>> {
    let mut asked = Asked::default();
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        match word {
            "--pattern" | "-r" => asked.pattern = words.next(),
            "-a" | "-A" | "-X" | "--all" => asked.all = true,
            "-p" | "--load" | "--system" => return None,
            "--write" => asked.write = true,
            "--values" => asked.values_only = true,
            "--quiet" => asked.quiet = true,
            "--ignore" => asked.ignore = true,
            word if word.starts_with('-') && !word.starts_with("--") => {
                asked.names_only |= word.contains('N');
                asked.values_only |= word.contains('n');
                asked.quiet |= word.contains('q');
                asked.ignore |= word.contains('e');
                asked.write |= word.contains('w');
            }
            word => asked.words.push(word),
        }
    }
    Some(asked)
}

pub(super) fn run(net: &mut Network, call: Call<'_>, words: &[&str]) -> Output {
    let Some(id) = net.find(call.machine, call.namespace) else { return Output::default() };
    let Some(asked) = read(words) else { return Output::default() };
    let mut out = Output::default();
    if asked.all || asked.pattern.is_some() {
        let settings = &net.space(id).sysctls;
        let meant = |name: &&String| asked.pattern.is_none_or(|pattern| name.contains(pattern.trim_start_matches('^')));
        for name in settings.names().iter().filter(meant) {
            out.stdout.push_str(&asked.line(name, &settings.get(name).unwrap_or_default()));
        }
        return out;
    }
    if asked.words.is_empty() {
        return Output::failed(1, "sysctl: no variables specified\nTry `sysctl --help' for more information.");
    }
    for word in asked.words.iter().filter(|word| **word != "=") {
        match one(net, id, &asked, word) {
            Ok(line) => out.stdout.push_str(&line),
            Err(trouble) => {
                out.stderr.push_str(&format!("sysctl: {trouble}\n"));
                out.code = 1;
            }
        }
    }
    out
}

fn one(net: &mut Network, id: SpaceId, asked: &Asked<'_>, word: &str) -> Result<String, String> {
    let (name, value) = word.split_once('=').map_or((word, None), |(n, v)| (n.trim(), Some(v.trim())));
    if asked.write && value.is_none() {
        return Err("command line(0): invalid syntax, continuing...".to_owned());
    }
    let shown = shown(name);
    let name = shown.replace('/', ".");
    let Some(_) = net.space(id).sysctls.get(&name) else {
        let folder = format!("{}/", path(&shown));
        if value.is_none() && net.space(id).sysctls.has_below(&folder) {
            return Ok(all_below(net, id, asked, &folder));
        }
        if asked.ignore {
            return Ok(String::new());
        }
        return Err(format!("cannot stat /proc/sys/{}: No such file or directory", path(&shown)));
    };
    let old = net.space(id).sysctls.get(&name).unwrap_or_default();
    let Some(value) = value else { return Ok(asked.line(&shown, &old)) };
    if !Arc::make_mut(&mut net.space_mut(id).sysctls).take(&name, value) {
        return Err(format!("setting key \"{shown}\": Invalid argument"));
    }
    Ok(if asked.quiet { String::new() } else { asked.line(&shown, value) })
}

/// All settings below a folder of `/proc/sys`.
fn all_below(net: &Network, id: SpaceId, asked: &Asked<'_>, folder: &str) -> String {
    let settings = &net.space(id).sysctls;
    let lines = settings.names().into_iter().filter_map(|name| {
        let file = crate::net::files::path_of(&name);
        let value = settings.get(&name)?;
        file.starts_with(folder).then(|| asked.line(&path(&file), &value))
    });
    lines.collect()
}

/// A name as it is printed: `net/ipv4/conf/eth0.100/rp_filter` and `net.ipv4.conf.eth0/100.rp_filter` name the same.
pub(crate) fn shown(name: &str) -> String {
    let first = name.find(['.', '/']).and_then(|at| name.as_bytes().get(at).copied());
    if first == Some(b'/') { path(name) } else { name.to_owned() }
}

/// Dots for slashes and slashes for dots: the path under `/proc/sys` of a printed name.
pub(crate) fn path(shown: &str) -> String {
    let other = |c| match c {
        '.' => '/',
        '/' => '.',
        c => c,
    };
    shown.chars().map(other).collect()
}
