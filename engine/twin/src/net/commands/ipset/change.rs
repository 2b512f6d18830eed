//! `ipset add`, `del`, `test`, `flush`, `destroy`, `rename` and `swap`.

use super::element::{entries, number};
use super::{No, Output, Told, beyond, kernel, missing, references, syntax, usage, value};
use crate::net::filter::Set;
use crate::net::filter::set::Entry;
use crate::net::network::{Network, SpaceId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Sets = BTreeMap<String, Set>;

fn sets(net: &mut Network, id: SpaceId) -> &mut Sets {
    Arc::make_mut(&mut net.space_mut(id).sets)
}

/// What is said of an element: what it brings, and its place in a list.
#[derive(Debug, Default)]
struct Said {
    entry: Entry,
    /// Whether it comes before another member, and which.
    place: Option<(bool, String)>,
    timeout: Option<u32>,
    counted: bool,
}

/// Reads what stands behind an element; `add` may say more of it than others.
fn said(set: &Set, options: &[&str], adds: bool, tests: bool) -> Result<Said, No> {
    let (nets, list) = (set.kind.contains("net"), set.kind == "list:set");
    let mut said = Said::default();
    let mut words = options.iter().copied();
    while let Some(word) = words.next() {
        let mut value = || value(&mut words, word);
        match word {
            "nomatch" if nets && (adds || tests) => said.entry.nomatch = true,
            "before" | "after" if list => said.place = Some((word == "before", value()?.to_owned())),
            "timeout" if adds => said.timeout = Some(number(value()?, 2_147_483)?),
            "packets" if adds => (said.entry.counted.0, said.counted) = (number(value()?, u32::MAX)?.into(), true),
            "bytes" if adds => (said.entry.counted.1, said.counted) = (number(value()?, u32::MAX)?.into(), true),
            "comment" if adds => match value()?.trim_matches('"') {
                text if text.contains('"') => return Err(syntax("\" character is not permitted in comments")),
                text => said.entry.comment = Some(text.to_owned()),
            },
            "skbmark" | "skbprio" | "skbqueue" if adds => {
                let text = format!(" {word} {}", value()?);
                said.entry.skb.push_str(&text);
            }
            odd => return Err(usage(format!("Unknown argument: `{odd}'"))),
        }
    }
    let lacks =
        |what: &str, how: &str| kernel(&format!("{what} cannot be used: set was created without {how} support"));
    if said.timeout.is_some() && set.timeout.is_none() {
        return Err(lacks("Timeout", "timeout"));
    }
    if said.counted && !set.counters {
        return Err(lacks("Packet/byte counters", "counter"));
    }
    if said.entry.comment.is_some() && !set.comment {
        return Err(lacks("Comment", "comment"));
    }
    if !said.entry.skb.is_empty() && !set.skbinfo {
        return Err(lacks("Skbinfo mapping", "skbinfo"));
    }
    Ok(said)
}

/// Looks a member of a list up, which must be a set and no list.
fn check_member(all: &Sets, member: Option<&str>) -> Result<(), No> {
    match member.map(|name| all.get(name)) {
        Some(None) => Err(kernel("Set to be added/deleted/tested as element does not exist.")),
        Some(Some(set)) if set.kind == "list:set" => Err(kernel("Sets with list:set type cannot be added to the set.")),
        _ => Ok(()),
    }
}

pub(super) fn add(
    net: &mut Network,
    id: SpaceId,
    now: i64,
    (name, word): (&str, &str),
    options: &[&str],
    exist: bool,
) -> Told {
    let all = sets(net, id);
    let set = all.get(name).ok_or_else(missing)?;
    let mut fresh = entries(set, word)?;
    let said = said(set, options, true, false)?;
    for one in &mut fresh {
        check_member(all, one.member.as_deref())?;
        let seconds = said.timeout.or(set.timeout).filter(|seconds| *seconds > 0);
        one.until = seconds.map(|seconds| now + i64::from(seconds) * 1000);
        one.nomatch = said.entry.nomatch;
        one.counted = said.entry.counted;
        one.comment.clone_from(&said.entry.comment);
        one.skb.clone_from(&said.entry.skb);
    }
    let set = all.get_mut(name).ok_or_else(missing)?;
    // A word may mean as many as a set has room for: they are looked up at once.
    let key = |one: &Entry| (one.prefix, one.port, one.second);
    let known: Option<BTreeSet<_>> = (fresh.len() > 1).then(|| set.entries.iter().map(key).collect());
    for one in fresh {
        let known = known.as_ref().is_none_or(|known| known.contains(&key(&one)));
        let old = if known { set.entries.iter().position(|old| old.is_like(&one)) } else { None };
        put(set, one, old, said.place.as_ref(), exist)?;
    }
    Ok(Output::default())
}

/// Puts one entry into a set, for one that may be there.
fn put(set: &mut Set, one: Entry, old: Option<usize>, place: Option<&(bool, String)>, exist: bool) -> Result<(), No> {
    if !set.has_room_for(&one) {
        return Err(kernel("Element is out of the range of the set"));
    }
    if set.kind.starts_with("hash") {
        if [one.prefix, one.second].iter().flatten().any(|prefix| prefix.len == 0) {
            return Err(kernel("The value of the CIDR parameter of the IP address is invalid"));
        }
        if one.prefix.is_some_and(|prefix| prefix.addr.is_unspecified() && prefix.len == 32) {
            return Err(kernel("Null-valued element, cannot be stored in a hash type of set"));
        }
    }
    if let Some(old) = old.map(|at| &mut set.entries[at]) {
        if !exist {
            return Err(kernel("Element cannot be added to the set: it's already added"));
        }
        *old = one;
        return Ok(());
    }
    if set.kind.starts_with("hash") && set.entries.len() >= set.most as usize {
        return Err(kernel("Hash is full, cannot add more elements"));
    }
    let at = match place {
        None => set.entries.len(),
        Some((before, near)) => {
            let found = set.entries.iter().position(|old| old.member.as_ref() == Some(near));
            let gone = || kernel("The set to which you referred with 'before' or 'after' does not exist.");
            found.ok_or_else(gone)? + usize::from(!*before)
        }
    };
    set.entries.insert(at, one);
    if set.kind.starts_with("bitmap") {
        set.entries.sort_by_key(|entry| (entry.prefix, entry.port));
    }
    Ok(())
}

pub(super) fn delete(
    net: &mut Network,
    id: SpaceId,
    (name, word): (&str, &str),
    options: &[&str],
    exist: bool,
) -> Told {
    let all = sets(net, id);
    let set = all.get(name).ok_or_else(missing)?;
    let gone = entries(set, word)?;
    let said = said(set, options, false, false)?;
    gone.iter().try_for_each(|one| check_member(all, one.member.as_deref()))?;
    let set = all.get_mut(name).ok_or_else(missing)?;
    for one in gone {
        if !set.has_room_for(&one) {
            return Err(kernel("Element is out of the range of the set"));
        }
        let at = set.entries.iter().position(|old| old.is_like(&one));
        match at.filter(|at| stands(set, *at, said.place.as_ref())) {
            Some(at) => drop(set.entries.remove(at)),
            None if exist => {}
            None => return Err(kernel("Element cannot be deleted from the set: it's not added")),
        }
    }
    Ok(Output::default())
}

/// Whether a member stands where it is said to.
fn stands(set: &Set, at: usize, place: Option<&(bool, String)>) -> bool {
    let Some((before, near)) = place else { return true };
    let other = if *before { Some(at + 1) } else { at.checked_sub(1) };
    other.and_then(|other| set.entries.get(other)).is_some_and(|other| other.member.as_ref() == Some(near))
}

pub(super) fn test(net: &Network, id: SpaceId, (name, word): (&str, &str), options: &[&str]) -> Told {
    let set = net.space(id).sets.get(name).ok_or_else(missing)?;
    let asked = entries(set, word)?;
    let said = said(set, options, false, true)?;
    let found = asked.first().and_then(|asked| match set.kind.as_str() {
        "list:set" => {
            let at = set.entries.iter().position(|old| old.is_like(asked))?;
            stands(set, at, said.place.as_ref()).then(|| &set.entries[at])
        }
        _ => set.best(asked),
    });
    // A bad habit of the program: whichever was asked for, it says `after`.
    let near = said.place.map(|(_, near)| format!(" after {near}")).unwrap_or_default();
    if set.six && found.is_none() && set.kind.contains("net") {
        return Err(beyond("`test` in networks of inet6"));
    }
    if found.is_some_and(|entry| entry.nomatch == said.entry.nomatch) {
        let stderr = format!("Warning: {word}{near} is in set {name}.\n");
        return Ok(Output { stderr, ..Output::default() });
    }
    Ok(Output::failed(1, format!("{word}{near} is NOT in set {name}.")))
}

pub(super) fn flush(net: &mut Network, id: SpaceId, name: Option<&str>) -> Told {
    let all = sets(net, id);
    if name.is_some_and(|name| !all.contains_key(name)) {
        return Err(missing());
    }
    all.iter_mut().filter(|(set, _)| name.is_none_or(|name| name == *set)).for_each(|(_, set)| set.entries.clear());
    Ok(Output::default())
}

pub(super) fn destroy(net: &mut Network, id: SpaceId, name: Option<&str>) -> Told {
    let all = &net.space(id).sets;
    if name.is_some_and(|name| !all.contains_key(name)) {
        return Err(missing());
    }
    let mut meant = all.keys().filter(|set| name.is_none_or(|name| name == *set));
    if meant.any(|set| references(net, id, set) > 0) {
        return Err(kernel("Set cannot be destroyed: it is in use by a kernel component"));
    }
    sets(net, id).retain(|set, _| name.is_some_and(|name| name != set));
    Ok(Output::default())
}

pub(super) fn rename(net: &mut Network, id: SpaceId, from: &str, to: &str) -> Told {
    let all = &net.space(id).sets;
    if !all.contains_key(from) {
        return Err(missing());
    }
    if references(net, id, from) > 0 {
        return Err(kernel("Set cannot be renamed: it is in use by another system"));
    }
    if all.contains_key(to) {
        return Err(kernel("Set cannot be renamed: a set with the new name already exists"));
    }
    let all = sets(net, id);
    if let Some(set) = all.remove(from) {
        all.insert(to.to_owned(), set);
    }
    Ok(Output::default())
}

pub(super) fn swap(net: &mut Network, id: SpaceId, one: &str, other: &str) -> Told {
    let all = &net.space(id).sets;
    let first = all.get(one).cloned().ok_or_else(missing)?;
    let gone = || kernel("Sets cannot be swapped: the second set does not exist");
    let second = all.get(other).cloned().ok_or_else(gone)?;
    if (&first.kind, first.six) != (&second.kind, second.six) {
        return Err(kernel("The sets cannot be swapped: their type does not match"));
    }
    let (here, there) = (first.slot, second.slot);
    let all = sets(net, id);
    all.insert(one.to_owned(), Set { slot: here, ..second });
    all.insert(other.to_owned(), Set { slot: there, ..first });
    Ok(Output::default())
}
