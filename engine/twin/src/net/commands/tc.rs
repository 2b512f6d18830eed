//! `tc`: what holds back what links send, as data, and the programs that CNIs hang at links.

use super::sheet::Sheet;
use super::words::{Words, begins, beyond};
use super::{Call, Output};
use crate::net::link::{Link, Qdisc, Seat};
use crate::net::network::{Network, SpaceId};

/// What holds back and lets all pass in the end: the model takes no time, so it keeps these as they were written.
const HOLDING: [&str; 9] = ["fq_codel", "fq", "sfq", "pfifo", "bfifo", "pfifo_fast", "tbf", "htb", "noqueue"];

/// The seats for programs: a link has at most one of the two.
const SEATS: [&str; 2] = ["clsact", "ingress"];

pub(super) fn run(net: &mut Network, call: Call<'_>, words: &[&str]) -> Output {
    let Some(id) = net.find(call.machine, call.namespace) else { return Output::default() };
    let options = words.iter().take_while(|word| word.starts_with('-')).count();
    let (options, words) = words.split_at(options);
    let json = options.iter().any(|option| option.trim_start_matches('-').starts_with('j'));
    if let Some(word) = options.iter().find(|word| ["-b", "-batch", "-n", "-netns"].contains(word)) {
        return beyond("tc", word);
    }
    let Some((object, rest)) = words.split_first() else { return Output::failed(0, USAGE) };
    let done = match *object {
        "help" => return Output::failed(0, USAGE),
        word if begins(word, "qdisc") => qdisc(net, id, rest, json),
        word if begins(word, "filter") => filter(net, id, rest),
        word if begins(word, "class") && rest.first().is_none_or(|word| begins(word, "show") || *word == "ls") => {
            named(net, id, rest).map(|_| Output::default())
        }
        word @ ("class" | "action" | "actions" | "chain" | "monitor" | "exec") => Err(beyond("tc", word)),
        other => Err(Output::failed(255, format!("Object \"{other}\" is unknown, try \"tc help\"."))),
    };
    done.unwrap_or_else(|told| told)
}

const USAGE: &str = "Usage:\ttc [ OPTIONS ] OBJECT { COMMAND | help }";

/// The link behind `dev`, where one is named.
fn named(net: &Network, id: SpaceId, words: &[&str]) -> Result<Option<u32>, Output> {
    let Some(place) = words.iter().position(|word| *word == "dev") else { return Ok(None) };
    let name = Words::new(&words[place + 1..]).need()?;
    let missing = || Output::failed(1, format!("Cannot find device \"{name}\""));
    net.space(id).index(name).map(Some).ok_or_else(missing)
}

fn qdisc(net: &mut Network, id: SpaceId, words: &[&str], json: bool) -> Result<Output, Output> {
    let (verb, rest) = words.split_first().map_or(("show", words), |(first, rest)| (*first, rest));
    match verb {
        "show" | "ls" | "list" | "lst" => show(net, id, rest, json),
        "add" | "replace" | "change" | "del" | "delete" => change(net, id, verb, rest),
        "help" => Ok(Output::failed(0, "Usage: tc qdisc [ add | del | replace | change | show ] dev STRING")),
        other => Err(Output::failed(255, format!("Command \"{other}\" is unknown, try \"tc qdisc help\"."))),
    }
}

/// What is said of one.
#[derive(Default)]
struct Said<'a> {
    root: bool,
    major: u16,
    kind: Option<&'a str>,
    words: &'a [&'a str],
}

fn read<'a>(words: &'a [&'a str]) -> Result<Said<'a>, Output> {
    let mut words = Words::new(words);
    let mut said = Said::default();
    while let Some(word) = words.take() {
        match word {
            "dev" => drop(words.need()?),
            "root" => said.root = true,
            "handle" => {
                let word = words.need()?;
                let read = u16::from_str_radix(word.trim_end_matches(':'), 16).ok();
                said.major = read.ok_or_else(|| {
                    Output::failed(255, format!("Error: argument \"{word}\" is wrong: invalid qdisc ID"))
                })?;
            }
            "parent" => {
                if !["ffff:fff1", "ffff:"].contains(&words.need()?) {
                    return Err(beyond("tc", "parent"));
                }
            }
            "estimator" | "stab" | "ingress_block" | "egress_block" => return Err(beyond("tc", word)),
            kind => {
                said.kind = Some(kind);
                said.words = words.rest();
                break;
            }
        }
    }
    Ok(said)
}

fn fails(said: &str) -> Result<Output, Output> {
    Err(Output::failed(2, format!("Error: {said}.")))
}

fn change(net: &mut Network, id: SpaceId, verb: &str, words: &[&str]) -> Result<Output, Output> {
    let said = read(words)?;
    let Some(index) = named(net, id, words)? else { return Err(Output::failed(255, "\"dev\" is required")) };
    let Some(link) = net.space_mut(id).links.get_mut(&index) else { return Ok(Output::default()) };
    let deletes = matches!(verb, "del" | "delete");
    match said.kind {
        Some(kind) if SEATS.contains(&kind) => return seat(link, verb, kind),
        _ if deletes => {
            let there = link.qdiscs.iter().position(|qdisc| qdisc.root);
            let Some(place) = there else { return fails("Cannot delete qdisc with handle of zero") };
            link.qdiscs.remove(place);
        }
        None => return fails("Handle cannot be zero"),
        Some(kind) => {
            let Some(kind) = HOLDING.into_iter().find(|known| *known == kind) else {
                return Err(unknown(kind));
            };
            if !said.root {
                return Err(beyond("tc", "parent"));
            }
            let settings = settings(kind, said.words)?;
            let old = link.qdiscs.iter().position(|qdisc| qdisc.root);
            if old.is_some() && verb == "add" {
                return fails("Exclusivity flag on, cannot modify");
            }
            let taken = link.qdiscs.iter().filter(|qdisc| qdisc.root).map(|qdisc| qdisc.major).max();
            let major = if said.major == 0 { taken.map_or(0x8001, |major| major + 1) } else { said.major };
            link.qdiscs.retain(|qdisc| !qdisc.root);
            link.qdiscs.insert(0, Qdisc { kind, major, root: true, settings });
        }
    }
    Ok(Output::default())
}

/// One of the known that the model does not follow, or one that nobody knows.
fn unknown(kind: &str) -> Output {
    const KNOWN: [&str; 16] = [
        "netem", "prio", "red", "codel", "cake", "drr", "hfsc", "mq", "mqprio", "etf", "multiq", "pie", "fq_pie",
        "choke", "taprio", "gred",
    ];
    if KNOWN.contains(&kind) {
        beyond("tc", kind)
    } else {
        Output::failed(2, "Error: Specified qdisc kind is unknown.")
    }
}

fn seat(link: &mut Link, verb: &str, kind: &str) -> Result<Output, Output> {
    let Some(kind) = SEATS.into_iter().find(|known| *known == kind) else { return Ok(Output::default()) };
    let there = link.qdiscs.iter().find(|qdisc| !qdisc.root).map(|qdisc| qdisc.kind);
    match (verb, there) {
        ("add", Some(_)) => return fails("Exclusivity flag on, cannot modify"),
        ("add" | "replace", None) => {
            link.qdiscs.push(Qdisc { kind, major: 0xffff, root: false, settings: String::new() });
        }
        ("del" | "delete", Some(_)) => {
            link.qdiscs.retain(|qdisc| qdisc.root);
            link.programs.retain(|(seat, _)| *seat == Seat::Xdp);
        }
        ("del" | "delete", None) => return fails("Invalid handle"),
        _ => {}
    }
    Ok(Output::default())
}

/// The settings of one as it shows them: only those whose words mean what they say are taken.
fn settings(kind: &str, words: &[&str]) -> Result<String, Output> {
    let fits = match kind {
        "pfifo" | "bfifo" => words.is_empty() || matches!(words, ["limit", _]),
        "pfifo_fast" | "noqueue" | "fq_codel" | "fq" | "sfq" => words.is_empty(),
        _ => true,
    };
    if let Some(word) = words.first().filter(|_| !fits) {
        return Err(beyond("tc", word));
    }
    Ok(match (kind, words) {
        ("pfifo", ["limit", limit]) => format!("limit {limit}p"),
        ("bfifo", ["limit", limit]) => format!("limit {limit}b"),
        ("pfifo", _) => "limit 1000p".to_owned(),
        (_, words) => words.iter().map(|word| format!("{word} ")).collect(),
    })
}

fn show(net: &Network, id: SpaceId, words: &[&str], json: bool) -> Result<Output, Output> {
    let only = named(net, id, words)?;
    if let Some(word) = words.iter().find(|word| ["root", "ingress", "clsact", "handle", "parent"].contains(word)) {
        return Err(beyond("tc", word));
    }
    let mut sheets = Vec::new();
    for link in net.space(id).links.values().filter(|link| only.is_none_or(|only| only == link.index)) {
        let held = link.qdiscs.iter().filter(|qdisc| !qdisc.root).cloned();
        for qdisc in link.root_qdisc().into_iter().chain(held) {
            let mut sheet = Sheet::default();
            let handle = format!("{:x}:", qdisc.major);
            sheet.say("kind", format!("qdisc {} ", qdisc.kind), qdisc.kind);
            sheet.say("handle", format!("{handle} "), handle.clone());
            if only.is_none() {
                sheet.say("dev", format!("dev {} ", link.name), link.name.clone());
            }
            if qdisc.root {
                sheet.say("root", "root ", true);
                let count = if qdisc.major == 0 { 2 } else { 3 };
                sheet.say("refcnt", format!("refcnt {count} "), count);
            } else {
                sheet.say("parent", "parent ffff:fff1 ", "ffff:fff1");
            }
            let dashes = if qdisc.kind == "ingress" { "---------------- " } else { "" };
            sheet.say("options", format!("{}{dashes}\n", qdisc.settings), crate::json::json!({}));
            sheets.push(sheet);
        }
    }
    if json {
        let all: Vec<_> = sheets.into_iter().map(Sheet::json).collect();
        return Ok(Output::done(format!("{}\n", crate::json::Value::from(all))));
    }
    Ok(Output::done(sheets.iter().map(Sheet::text).collect()))
}

fn filter(net: &mut Network, id: SpaceId, words: &[&str]) -> Result<Output, Output> {
    let (verb, rest) = words.split_first().map_or(("show", words), |(first, rest)| (*first, rest));
    let index = named(net, id, rest)?;
    let seat = if rest.contains(&"egress") { Seat::Egress } else { Seat::Ingress };
    let Some(link) = index.and_then(|index| net.space_mut(id).links.get_mut(&index)) else {
        return Err(Output::failed(255, "\"dev\" is required"));
    };
    let seated = link.qdiscs.iter().any(|qdisc| !qdisc.root);
    match verb {
        "show" | "ls" | "list" => Ok(Output::done(programs(link, seat))),
        "del" | "delete" => {
            link.programs.retain(|(at, _)| *at != seat);
            Ok(Output::default())
        }
        "add" | "replace" if !seated => {
            let said = "Error: Parent Qdisc doesn't exists.\nWe have an error talking to the kernel";
            Err(Output::failed(2, said))
        }
        "add" | "replace" | "change" | "get" => Err(beyond("tc", "filter")),
        other => Err(Output::failed(255, format!("Command \"{other}\" is unknown, try \"tc filter help\"."))),
    }
}

fn programs(link: &Link, seat: Seat) -> String {
    let mut text = String::new();
    for (_, program) in link.programs.iter().filter(|(at, _)| *at == seat) {
        let name = program.name();
        text.push_str("filter protocol all pref 1 bpf chain 0 \n");
        text.push_str(&format!("filter protocol all pref 1 bpf chain 0 handle 0x1 {name} direct-action not_in_hw \n"));
    }
    text
}
