//! `ipset list` and `ipset save`.

use super::create::revision;
use super::element::shown;
use super::options::Asked;
use super::{Output, Told, missing, references};
use crate::net::filter::Set;
use crate::net::filter::set::Entry;
use crate::net::network::{Network, SpaceId};

pub(super) fn show(net: &Network, id: SpaceId, now: i64, save: bool, only: Option<&str>, asked: &Asked<'_>) -> Told {
    let all = &net.space(id).sets;
    if only.is_some_and(|name| !all.contains_key(name)) {
        return Err(missing());
    }
    let mut sets: Vec<(&String, &Set)> = all.iter().filter(|(name, _)| only.is_none_or(|only| only == *name)).collect();
    // As they were made, and lists after what they list.
    sets.sort_by_key(|(_, set)| (set.kind == "list:set", set.slot));
    let lines = asked.lines.unwrap_or(save);
    let mut texts = Vec::new();
    for (name, set) in sets {
        if asked.names {
            texts.push(format!("{name}\n"));
            continue;
        }
        let mut members: Vec<String> = set.entries.iter().map(|entry| member(set, entry, now)).collect();
        if asked.sorted {
            members.sort();
        }
        let header = header(set);
        if lines {
            let adds = members.iter().map(|member| format!("add {name} {member}\n"));
            texts.push(format!("create {name} {} {header}\n{}", set.kind, adds.collect::<String>()));
            continue;
        }
        let mut text = format!("Name: {name}\nType: {}\nRevision: {}\n", set.kind, revision(&set.kind));
        let (refs, count) = (references(net, id, name), members.len());
        text.push_str(&format!(
            "Header: {header}\nSize in memory: 512\nReferences: {refs}\nNumber of entries: {count}\n"
        ));
        if !asked.terse {
            text.push_str("Members:\n");
            members.iter().for_each(|member| text.push_str(&format!("{member}\n")));
        }
        texts.push(text);
    }
    Ok(Output::done(texts.join(if lines || asked.names { "" } else { "\n" })))
}

fn header(set: &Set) -> String {
    let mut words = Vec::new();
    if set.kind == "bitmap:port" {
        words.push(format!("range {}-{}", set.range.0, set.range.1));
    } else if set.kind.starts_with("bitmap") {
        let [from, to] = [set.range.0, set.range.1].map(std::net::Ipv4Addr::from);
        words.push(format!("range {from}-{to}"));
    } else if set.kind == "list:set" {
        words.push(format!("size {}", set.most));
    } else {
        let family = if set.six { "inet6" } else { "inet" };
        words.push(format!("family {family} hashsize {} maxelem {}", set.hashsize, set.most));
    }
    words.extend(set.netmask.map(|len| format!("netmask {len}")));
    words.extend(set.timeout.map(|seconds| format!("timeout {seconds}")));
    for (is, word) in [(set.counters, "counters"), (set.comment, "comment"), (set.skbinfo, "skbinfo")] {
        words.extend(is.then(|| word.to_owned()));
    }
    if set.kind.starts_with("hash") {
        words.push(format!("bucketsize {} initval 0x{:08x}", set.bucketsize, set.initval));
    }
    words.join(" ")
}

/// An entry with all that is said of it.
fn member(set: &Set, entry: &Entry, now: i64) -> String {
    let mut text = shown(entry);
    if set.timeout.is_some() {
        let left = entry.until.map_or(0, |until| (until - now) / 1000);
        text.push_str(&format!(" timeout {left}"));
    }
    if entry.nomatch {
        text.push_str(" nomatch");
    }
    if set.counters {
        text.push_str(&format!(" packets {} bytes {}", entry.counted.0, entry.counted.1));
    }
    if let Some(comment) = &entry.comment {
        text.push_str(&format!(" comment \"{comment}\""));
    }
    text + &entry.skb
}
