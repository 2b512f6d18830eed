//! `ip rule`: add, delete, flush and show.

use super::super::sheet::Sheet;
use super::super::words::{Words, beyond, expand, number, wrong};
use super::route::prefix;
use super::{At, Output, Told, done, unknown};
use crate::net::network::Network;
use crate::net::ops;
use crate::net::prefix::Prefix;
use crate::net::route::{Act, Rule, proto_name, proto_read, table};

pub(super) fn run(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let Some((command, rest)) = words.split_first() else { return show(net, at, &[]) };
    let named = expand(command, &["list", "lst", "show", "add", "delete", "flush", "save", "help"]);
    if matches!(named, Some("add" | "delete")) && rest.is_empty() {
        let word = if named == Some("add") { "add" } else { "del" };
        return Err(Output::failed(1, format!("\"ip rule {word}\" requires arguments.")));
    }
    match named {
        Some("help") => Ok(super::help("rule")),
        Some("list" | "lst" | "show") => show(net, at, rest),
        Some("add") => {
            let (rule, priority, _) = read(at, rest)?;
            if at.style.family == 6 {
                return Ok(Output::default());
            }
            done(ops::add_rule(net.space_mut(at.id), rule, priority))
        }
        Some("delete") => {
            let (rule, priority, said) = read(at, rest)?;
            if at.style.family == 6 {
                return Ok(Output::default());
            }
            let fits = |old: &Rule| {
                priority.is_none_or(|p| p == old.priority)
                    && (rule.from.len == 0 || rule.from == old.from)
                    && (rule.to.len == 0 || rule.to == old.to)
                    && (rule.mark.is_none() || rule.mark == old.mark)
                    && (rule.iif.is_none() || rule.iif == old.iif)
                    && (rule.oif.is_none() || rule.oif == old.oif)
                    && (!said || rule.act == old.act)
                    && (rule.proto == 0 || rule.proto == old.proto)
                    && (rule.suppress.is_none() || rule.suppress == old.suppress)
            };
            done(ops::delete_rule(net.space_mut(at.id), fits))
        }
        Some("flush") => {
            let filter = Filter::read(at, rest)?;
            net.space_mut(at.id).rules.retain(|rule| rule.priority == 0 || !filter.fits(rule));
            Ok(Output::default())
        }
        _ => Err(unknown(command, "rule")),
    }
}

/// The rule, its priority, and whether a table or an action was said.
fn read(at: At<'_>, words: &[&str]) -> Told<(Rule, Option<u32>, bool)> {
    let mut words = Words::new(words);
    let mut rule = Rule::new(0, Act::Lookup(table::MAIN));
    let (mut priority, mut said) = (None, false);
    while let Some(word) = words.take() {
        match word {
            "not" => rule.not = true,
            "from" => rule.from = prefix(at, words.need()?)?,
            "to" => rule.to = prefix(at, words.need()?)?,
            "priority" | "preference" | "pref" | "prio" | "order" => {
                priority = Some(words.number("preference value is invalid\n")?);
            }
            "fwmark" => {
                let word = words.need()?;
                let (mark, mask) = word.split_once('/').map_or((word, None), |(a, b)| (a, Some(b)));
                let bad = || wrong("fwmark value is invalid\n", mark);
                let bad_mask = |mask: &str| number(mask).ok_or_else(|| wrong("fwmask value is invalid\n", mask));
                let mask = mask.map(bad_mask).transpose()?.unwrap_or(u32::MAX);
                rule.mark = Some((number(mark).ok_or_else(bad)?, mask));
            }
            "iif" | "dev" => rule.iif = Some(link_name("\"iif\"/\"dev\"", words.need()?)?),
            "oif" => rule.oif = Some(link_name("\"oif\"", words.need()?)?),
            "lookup" | "table" => {
                let word = words.need()?;
                let id = table::read(word).ok_or_else(|| wrong("invalid table ID\n", word))?;
                rule.act = Act::Lookup(id);
                said = true;
            }
            "suppress_prefixlength" | "sup_pl" => {
                rule.suppress = u8::try_from(words.number("suppress_prefixlength value is invalid\n")?).ok();
            }
            "protocol" => {
                let word = words.need()?;
                rule.proto = proto_read(word).ok_or_else(|| wrong("\"protocol\" value is invalid\n", word))?;
            }
            "tos" | "dsfield" | "ipproto" | "sport" | "dport" | "uidrange" | "suppress_ifgroup" | "sup_group"
            | "realms" | "tun_id" | "l3mdev" | "nat" | "map-to" => return Err(beyond("ip", word)),
            "goto" => (rule.act, said) = (Act::Goto(words.number("invalid target\n")?), true),
            "nop" => (rule.act, said) = (Act::Nop, true),
            "blackhole" | "unreachable" | "prohibit" => {
                said = true;
                rule.act = match word {
                    "blackhole" => Act::Blackhole,
                    "unreachable" => Act::Unreachable,
                    _ => Act::Prohibit,
                };
            }
            "type" => {}
            other => {
                return Err(Output::failed(
                    255,
                    format!("Error: argument \"{other}\" is wrong: Failed to parse rule type"),
                ));
            }
        }
    }
    Ok((rule, priority, said))
}

fn link_name(what: &str, word: &str) -> Told<String> {
    if word.len() > 15 || word.contains('/') {
        return Err(wrong(&format!("{what} not a valid ifname"), word));
    }
    Ok(word.to_owned())
}

/// What `show` and `flush` pick.
#[derive(Default)]
struct Filter {
    priority: Option<u32>,
    table: Option<u32>,
    from: Option<Prefix>,
    to: Option<Prefix>,
    mark: Option<u32>,
    iif: Option<String>,
    oif: Option<String>,
    proto: Option<u8>,
}

impl Filter {
    fn read(at: At<'_>, words: &[&str]) -> Told<Filter> {
        let mut words = Words::new(words);
        let mut filter = Filter::default();
        while let Some(word) = words.take() {
            match word {
                "priority" | "preference" | "pref" | "prio" | "order" => {
                    filter.priority = Some(words.number("preference value is invalid\n")?);
                }
                "lookup" | "table" => {
                    let word = words.need()?;
                    let bad = || wrong("table id value is invalid\n", word);
                    filter.table = Some(table::read(word).ok_or_else(bad)?).filter(|number| *number != 0);
                }
                "from" => filter.from = Some(prefix(at, words.need()?)?),
                "to" => filter.to = Some(prefix(at, words.need()?)?),
                "fwmark" => filter.mark = Some(words.number("fwmark value is invalid\n")?),
                "iif" | "dev" => filter.iif = Some(link_name("\"iif\"/\"dev\"", words.need()?)?),
                "oif" => filter.oif = Some(link_name("\"oif\"", words.need()?)?),
                "protocol" => filter.proto = proto_read(words.need()?),
                "not" | "tos" | "dsfield" | "ipproto" | "sport" | "dport" | "uidrange" | "l3mdev" | "tun_id" => {
                    return Err(beyond("ip", word));
                }
                other => {
                    let four = At { style: super::Style { family: 4, ..at.style }, ..at };
                    filter.to = Some(prefix(four, other)?);
                }
            }
        }
        Ok(filter)
    }

    fn fits(&self, rule: &Rule) -> bool {
        let table = if let Act::Lookup(number) = rule.act { Some(number) } else { None };
        self.priority.is_none_or(|priority| priority == rule.priority)
            && (self.table.is_none() || self.table == table)
            && self.from.is_none_or(|from| from == rule.from)
            && self.to.is_none_or(|to| to == rule.to)
            && self.mark.is_none_or(|mark| rule.mark.is_some_and(|(own, _)| own == mark))
            && (self.iif.is_none() || self.iif == rule.iif)
            && (self.oif.is_none() || self.oif == rule.oif)
            && self.proto.is_none_or(|proto| proto == rule.proto)
    }
}

fn show(net: &Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let filter = Filter::read(at, words)?;
    if at.style.family == 6 {
        return Ok(Output::done("0:\tfrom all lookup local\n32766:\tfrom all lookup main\n".to_owned()));
    }
    let rules = net.space(at.id).rules.iter().filter(|rule| filter.fits(rule));
    let sheets: Vec<Sheet> = rules.map(|rule| told(net, at, rule)).collect();
    if at.style.json {
        let all: Vec<_> = sheets.into_iter().map(Sheet::json).collect();
        return Ok(Output::done(format!("{}\n", crate::json::Value::from(all))));
    }
    Ok(Output::done(sheets.iter().map(Sheet::text).collect()))
}

/// One end of what a rule is for.
fn end(sheet: &mut Sheet, keys: [&str; 2], word: &str, prefix: Prefix) {
    if prefix.len == 0 {
        sheet.say(keys[0], format!("{word} all"), "all");
        return;
    }
    sheet.say(keys[0], format!("{word} {prefix}"), prefix.addr.to_string());
    if prefix.len != 32 {
        sheet.note(keys[1], prefix.len);
    }
}

fn told(net: &Network, at: At<'_>, rule: &Rule) -> Sheet {
    let nothing = crate::json::Value::Null;
    let mut sheet = Sheet::default();
    sheet.say("priority", format!("{}:\t", rule.priority), rule.priority);
    if rule.not {
        sheet.say("not", "not ", nothing.clone());
    }
    end(&mut sheet, ["src", "srclen"], "from", rule.from);
    if rule.to.len != 0 {
        end(&mut sheet, ["dst", "dstlen"], " to", rule.to);
    }
    if let Some((mark, mask)) = rule.mark {
        sheet.say("fwmark", format!(" fwmark {mark:#x}"), format!("{mark:#x}"));
        if mask != u32::MAX {
            sheet.say("fwmask", format!("/{mask:#x}"), format!("{mask:#x}"));
        }
    }
    for (word, away, name) in [("iif", "iif_detached", &rule.iif), ("oif", "oif_detached", &rule.oif)] {
        let Some(name) = name else { continue };
        sheet.say(word, format!(" {word} {name}"), name.clone());
        if net.space(at.id).named(name).is_none() {
            sheet.say(away, " [detached]", nothing.clone());
        }
    }
    match rule.act {
        Act::Lookup(number) => {
            sheet.say("table", format!(" lookup {}", table::name(number)), table::name(number));
            if let Some(len) = rule.suppress {
                sheet.say("suppress_prefixlen", format!(" suppress_prefixlength {len}"), len);
            }
        }
        Act::Goto(to) => {
            sheet.say("goto", format!(" goto {to}"), to);
            if !net.space(at.id).rules.iter().any(|other| other.priority == to) {
                sheet.say("unresolved", " [unresolved]", nothing);
            }
        }
        Act::Nop => sheet.say("nop", " nop", nothing),
        Act::Blackhole => sheet.say("action", " blackhole", "blackhole"),
        Act::Unreachable => sheet.say("action", " unreachable", "unreachable"),
        Act::Prohibit => sheet.say("action", " prohibit", "prohibit"),
    }
    if (rule.proto != 0 && rule.proto != 2) || at.style.details {
        sheet.say("protocol", format!(" proto {}", proto_name(rule.proto)), proto_name(rule.proto));
    }
    sheet.write("\n");
    sheet
}
