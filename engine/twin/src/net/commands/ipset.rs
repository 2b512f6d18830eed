//! `ipset`: create, add, delete, test, flush, destroy, swap, rename, list, save and restore.

use super::{Call, Output};
use crate::net::filter::set::Entry;
use crate::net::filter::{Match, Set};
use crate::net::network::{Network, SpaceId};
use crate::net::prefix::Prefix;
use std::sync::Arc;

type Told = Result<Output, Output>;

fn no(text: impl Into<String>) -> Output {
    Output::failed(1, format!("ipset v7.17: {}", text.into()))
}

fn kernel(text: &str) -> Output {
    no(format!("Kernel error received: {text}"))
}

pub(super) fn run(net: &mut Network, call: Call<'_>, words: &[&str]) -> Output {
    let Some(id) = net.find(call.machine, call.namespace) else { return Output::default() };
    let exist = words.iter().any(|word| *word == "-exist" || *word == "-!" || *word == "--exist");
    let plain: Vec<&str> =
        words.iter().copied().filter(|w| !matches!(*w, "-exist" | "-!" | "--exist" | "-q" | "-quiet")).collect();
    let done = if plain.first() == Some(&"restore") {
        restore(net, id, call.stdin, exist)
    } else {
        one(net, id, &plain, exist)
    };
    done.unwrap_or_else(|told| told)
}

fn restore(net: &mut Network, id: SpaceId, lines: &str, exist: bool) -> Told {
    for (number, line) in lines.lines().enumerate() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let exist = exist || words.contains(&"-exist");
        let words: Vec<&str> = words.into_iter().filter(|w| *w != "-exist").collect();
        if words.is_empty() || words[0] == "COMMIT" {
            continue;
        }
        if let Err(told) = one(net, id, &words, exist) {
            let said = told.stderr.trim_end().replacen("ipset v7.17: ", "", 1);
            return Err(no(format!("Error in line {}: {said}", number + 1)));
        }
    }
    Ok(Output::default())
}

fn missing() -> Output {
    no("The set with the given name does not exist")
}

fn one(net: &mut Network, id: SpaceId, words: &[&str], exist: bool) -> Told {
    match words {
        ["create" | "-N" | "n", name, kind, options @ ..] => create(net, id, name, kind, options, exist),
        ["add" | "-A", name, entry, options @ ..] => add(net, id, name, entry, options, exist),
        ["del" | "-D", name, entry, ..] => delete(net, id, name, entry, exist),
        ["test" | "-T", name, entry, ..] => test(net, id, name, entry),
        ["flush" | "-F", rest @ ..] => {
            if let Some(name) = rest.first().filter(|name| !net.space(id).sets.contains_key(**name)) {
                let _named = name;
                return Err(missing());
            }
            let sets = Arc::make_mut(&mut net.space_mut(id).sets);
            for (name, set) in sets.iter_mut() {
                if rest.first().is_none_or(|only| only == name) {
                    set.entries.clear();
                }
            }
            Ok(Output::default())
        }
        ["destroy" | "-X" | "x", rest @ ..] => destroy(net, id, rest),
        ["swap" | "-W", a, b] => {
            let sets = Arc::make_mut(&mut net.space_mut(id).sets);
            let (Some(one), Some(two)) = (sets.get(*a).cloned(), sets.get(*b).cloned()) else {
                return Err(no("Sets cannot be swapped: the second set does not exist"));
            };
            if one.kind != two.kind {
                return Err(no("The sets cannot be swapped: their type does not match"));
            }
            sets.insert((*a).to_owned(), two);
            sets.insert((*b).to_owned(), one);
            Ok(Output::default())
        }
        ["list" | "-L" | "save" | "-S", rest @ ..] => {
            show(net, id, words[0].contains(['s', 'S']) && !words[0].contains('l'), rest)
        }
        ["-v" | "--version" | "version", ..] => Ok(Output::done("ipset v7.17, protocol version: 7\n".to_owned())),
        [] => Err(no("No command specified.")),
        [other, ..] => {
            Err(no(format!("No command specified: unknown argument {other}\nTry `ipset help' for more information.")))
        }
    }
}

fn delete(net: &mut Network, id: SpaceId, name: &str, entry: &str, exist: bool) -> Told {
    let sets = &net.space(id).sets;
    let set = sets.get(name).ok_or_else(missing)?;
    let gone = entries(set, entry, &[])?;
    if !gone.iter().all(|gone| set.entries.iter().any(|old| same(old, gone))) && !exist {
        return Err(no("Element cannot be deleted from the set: it's not added"));
    }
    let sets = Arc::make_mut(&mut net.space_mut(id).sets);
    if let Some(set) = sets.get_mut(name) {
        set.entries.retain(|old| !gone.iter().any(|gone| same(old, gone)));
    }
    Ok(Output::default())
}

fn test(net: &Network, id: SpaceId, name: &str, entry: &str) -> Told {
    let set = net.space(id).sets.get(name).ok_or_else(missing)?;
    let asked = entries(set, entry, &[])?;
    let inside = asked.iter().all(|asked| set.entries.iter().any(|old| holds(old, asked)));
    let said = |word: &str| format!("{entry} is {word}in set {name}.\n");
    if inside {
        return Ok(Output { stderr: format!("Warning: {}", said("")), ..Output::default() });
    }
    Err(Output::failed(1, said("NOT ")))
}

/// Whether a rule or a list of sets holds on to a set.
fn used(net: &Network, id: SpaceId, name: &str) -> bool {
    let listed =
        net.space(id).sets.values().flat_map(|set| &set.entries).any(|entry| entry.member.as_deref() == Some(name));
    listed || references(net, id, name) > 0
}

fn destroy(net: &mut Network, id: SpaceId, rest: &[&str]) -> Told {
    let names: Vec<String> = match rest.first() {
        Some(name) => vec![(*name).to_owned()],
        None => net.space(id).sets.keys().cloned().collect(),
    };
    for name in &names {
        if !net.space(id).sets.contains_key(name) {
            return Err(missing());
        }
        if used(net, id, name) {
            return Err(no("Set cannot be destroyed: it is in use by a kernel component"));
        }
    }
    Arc::make_mut(&mut net.space_mut(id).sets).retain(|name, _| !names.contains(name));
    Ok(Output::default())
}

const KINDS: [&str; 12] = [
    "hash:ip",
    "hash:net",
    "hash:ip,port",
    "hash:net,port",
    "hash:ip,port,ip",
    "hash:ip,port,net",
    "hash:net,net",
    "hash:net,iface",
    "hash:mac",
    "bitmap:port",
    "bitmap:ip",
    "list:set",
];

fn create(net: &mut Network, id: SpaceId, name: &str, kind: &str, options: &[&str], exist: bool) -> Told {
    if !KINDS.contains(&kind) {
        return Err(no(format!("Syntax error: typename '{kind}' is unknown")));
    }
    let value = |word: &str| options.iter().position(|o| *o == word).and_then(|place| options.get(place + 1)).copied();
    if let Some(old) = net.space(id).sets.get(name) {
        if exist && old.kind == kind {
            return Ok(Output::default());
        }
        return Err(no("Set cannot be created: set with the same name already exists"));
    }
    let comment = if options.contains(&"comment") { " comment" } else { "" };
    let header = match kind {
        "bitmap:port" => format!("range {}", value("range").unwrap_or("0-65535")),
        "bitmap:ip" => format!("range {}", value("range").unwrap_or("0.0.0.0-255.255.255.255")),
        "list:set" => format!("size {}", value("size").unwrap_or("8")),
        _ => {
            let (size, most) = (value("hashsize").unwrap_or("1024"), value("maxelem").unwrap_or("65536"));
            let time = value("timeout").map(|t| format!(" timeout {t}")).unwrap_or_default();
            format!(
                "family {} hashsize {size} maxelem {most}{time} bucketsize 12 initval 0x00000000",
                value("family").unwrap_or("inet")
            )
        }
    };
    let set = Set { kind: kind.to_owned(), header: format!("{header}{comment}"), entries: Vec::new() };
    Arc::make_mut(&mut net.space_mut(id).sets).insert(name.to_owned(), set);
    Ok(Output::default())
}

fn add(net: &mut Network, id: SpaceId, name: &str, entry: &str, options: &[&str], exist: bool) -> Told {
    let sets = &net.space(id).sets;
    let set = sets.get(name).ok_or_else(missing)?;
    let fresh = entries(set, entry, options)?;
    for one in &fresh {
        if let Some(member) = &one.member
            && !sets.contains_key(member)
        {
            return Err(no("Set to be added/deleted/tested as element does not exist."));
        }
        if one.prefix.is_some_and(|p| p.len == 0) {
            return Err(no("The value of the CIDR parameter of the IP address is invalid"));
        }
        if set.entries.iter().any(|old| same(old, one)) && !exist {
            return Err(no("Element cannot be added to the set: it's already added"));
        }
    }
    if let Some(set) = Arc::make_mut(&mut net.space_mut(id).sets).get_mut(name) {
        for one in fresh {
            if !set.entries.iter().any(|old| same(old, &one)) {
                set.entries.push(one);
            }
        }
    }
    Ok(Output::default())
}

fn same(a: &Entry, b: &Entry) -> bool {
    a.prefix == b.prefix && a.port == b.port && a.second == b.second && a.member == b.member
}

fn holds(old: &Entry, asked: &Entry) -> bool {
    let within = |a: Option<Prefix>, b: Option<Prefix>| match (a, b) {
        (Some(a), Some(b)) => a.len <= b.len && a.holds(b.addr),
        (None, None) => true,
        _ => false,
    };
    within(old.prefix, asked.prefix)
        && old.port == asked.port
        && within(old.second, asked.second)
        && old.member == asked.member
        && !old.nomatch
}

/// The entries that one word means: a network, or all addresses of a network in a set of addresses.
fn entries(set: &Set, word: &str, options: &[&str]) -> Result<Vec<Entry>, Output> {
    let comment =
        options.iter().position(|o| *o == "comment").and_then(|place| options.get(place + 1)).map(|t| (*t).to_owned());
    let mut one =
        Entry { prefix: None, port: None, second: None, nomatch: options.contains(&"nomatch"), member: None, comment };
    if set.kind == "list:set" {
        one.member = Some(word.to_owned());
        return Ok(vec![one]);
    }
    let parts: Vec<&str> = set.kind.split_once(':').map_or(vec![], |(_, parts)| parts.split(',').collect());
    let values: Vec<&str> = word.splitn(parts.len().max(1), ',').collect();
    if values.len() < parts.len() {
        return Err(no("Syntax error: Second element is missing from ".to_owned() + word + "."));
    }
    for (part, value) in parts.iter().zip(values) {
        match *part {
            "port" => {
                let (proto, port) =
                    value.split_once(':').unwrap_or((if set.kind == "bitmap:port" { "" } else { "tcp" }, value));
                let number = match proto {
                    "" => 0,
                    "udp" => 17,
                    _ => 6,
                };
                let bad = || no(format!("Syntax error: '{port}' is invalid as number"));
                one.port = Some((number, port.parse().map_err(|_| bad())?));
            }
            "ip" | "net" => {
                let bad = || no(format!("Syntax error: cannot parse {value}: resolving to IPv4 address failed"));
                let prefix = Prefix::read(value).ok_or_else(bad)?.network();
                if one.prefix.is_none() {
                    one.prefix = Some(prefix);
                } else {
                    one.second = Some(prefix);
                }
            }
            _ => return Err(kernel("Invalid argument")),
        }
    }
    if parts.first() == Some(&"ip")
        && let Some(prefix) = one.prefix.filter(|p| p.len < 32 && p.len >= 16)
    {
        let first = u32::from(prefix.addr);
        let last = u32::from(prefix.last());
        let all = (first..=last).map(|a| Entry { prefix: Some(Prefix::host(a.into())), ..one.clone() });
        return Ok(all.collect());
    }
    Ok(vec![one])
}

fn show(net: &Network, id: SpaceId, save: bool, words: &[&str]) -> Told {
    let known = ["-n", "-name", "-t", "-terse", "-s", "-sorted", "-o", "-output", "-q", "-quiet", "-r", "-resolve"];
    if let Some(odd) = words.iter().find(|word| word.starts_with('-') && !known.contains(word)) {
        return Err(no(format!("Unknown argument: `{odd}'\nTry `ipset help' for more information.")));
    }
    let names_only = words.iter().any(|w| *w == "-n" || *w == "-name");
    let only = words.iter().find(|word| !word.starts_with('-'));
    let sets = &net.space(id).sets;
    if only.is_some_and(|name| !sets.contains_key(*name)) {
        return Err(missing());
    }
    let mut text = String::new();
    for (name, set) in sets.iter().filter(|(name, _)| only.is_none_or(|only| only == name)) {
        if names_only {
            text.push_str(&format!("{name}\n"));
        } else if save {
            text.push_str(&format!("create {name} {} {}\n", set.kind, set.header));
            set.entries.iter().for_each(|entry| text.push_str(&format!("add {name} {}\n", line(entry))));
        } else {
            let refs = references(net, id, name);
            text.push_str(&format!("Name: {name}\nType: {}\nRevision: 6\nHeader: {}\n", set.kind, set.header));
            text.push_str(&format!(
                "Size in memory: 512\nReferences: {refs}\nNumber of entries: {}\nMembers:\n",
                set.entries.len()
            ));
            set.entries.iter().for_each(|entry| text.push_str(&format!("{}\n", line(entry))));
        }
    }
    Ok(Output::done(text))
}

fn references(net: &Network, id: SpaceId, name: &str) -> usize {
    let space = net.space(id);
    let rules = [&space.nft, &space.legacy];
    let all = rules.iter().flat_map(|tables| tables.tables.values()).flat_map(|t| &t.chains).flat_map(|c| &c.rules);
    all.filter(|rule| rule.matches.iter().any(|m| matches!(m, Match::InSet(_, set, _) if set == name))).count()
}

fn line(entry: &Entry) -> String {
    let port = entry.port.map(|(proto, port)| match proto {
        6 => format!("tcp:{port}"),
        17 => format!("udp:{port}"),
        _ => port.to_string(),
    });
    let parts = [entry.member.clone(), entry.prefix.map(|p| p.to_string()), port, entry.second.map(|p| p.to_string())];
    let mut text = parts.into_iter().flatten().collect::<Vec<_>>().join(",");
    if entry.nomatch {
        text.push_str(" nomatch");
    }
    if let Some(comment) = &entry.comment {
        text.push_str(&format!(" comment \"{}\"", comment.trim_matches('"')));
    }
    text
}
