//! `ip rule`: add, delete, flush and show.

use super::super::words::{Words, expand, number};
use super::route::prefix;
use super::{At, Output, Told, done, unknown};
use crate::net::network::Network;
use crate::net::ops;
use crate::net::route::{Act, Rule, proto_name, proto_read, table};

pub(super) fn run(net: &mut Network, at: At<'_>, words: &[&str]) -> Told<Output> {
    let Some((command, rest)) = words.split_first() else { return Ok(show(net, at)) };
    match expand(command, &["list", "lst", "show", "add", "delete", "flush", "save"]) {
        Some("list" | "lst" | "show") => Ok(show(net, at)),
        Some("add") => {
            let (rule, priority, _) = read(rest)?;
            if at.style.family == 6 {
                return Ok(Output::default());
            }
            done(ops::add_rule(net.space_mut(at.id), rule, priority))
        }
        Some("delete") => {
            let (rule, priority, said) = read(rest)?;
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
                    && (rule.suppress.is_none() || rule.suppress == old.suppress)
            };
            done(ops::delete_rule(net.space_mut(at.id), fits))
        }
        Some("flush") => {
            net.space_mut(at.id).rules.retain(|rule| rule.priority == 0);
            Ok(Output::default())
        }
        _ => Err(unknown(command, "rule")),
    }
}

/// The rule, its priority, and whether a table or an action was said.
fn read(words: &[&str]) -> Told<(Rule, Option<u32>, bool)> {
    let mut words = Words::new(words);
    let mut rule = Rule::new(0, Act::Lookup(table::MAIN));
    rule.proto = 3;
    let (mut priority, mut said) = (None, false);
    while let Some(word) = words.take() {
        match word {
            "not" => rule.not = true,
            "from" => rule.from = prefix(words.need()?)?,
            "to" => rule.to = prefix(words.need()?)?,
            "priority" | "preference" | "pref" | "prio" | "order" => {
                priority = Some(words.number("preference value is invalid")?);
            }
            "fwmark" => {
                let word = words.need()?;
                let (mark, mask) = word.split_once('/').map_or((word, None), |(a, b)| (a, Some(b)));
                let bad = || super::super::words::wrong("fwmark value is invalid", word);
                let mask = mask.map(number).unwrap_or(Some(u32::MAX)).ok_or_else(bad)?;
                rule.mark = Some((number(mark).ok_or_else(bad)?, mask));
            }
            "iif" | "dev" => rule.iif = Some(words.need()?.to_owned()),
            "oif" => rule.oif = Some(words.need()?.to_owned()),
            "lookup" | "table" => {
                let word = words.need()?;
                let id = table::read(word).ok_or_else(|| super::super::words::wrong("invalid table ID", word))?;
                rule.act = Act::Lookup(id);
                said = true;
            }
            "suppress_prefixlength" | "sup_pl" => {
                rule.suppress = u8::try_from(words.number("suppress_prefixlength value is invalid")?).ok();
            }
            "protocol" => rule.proto = proto_read(words.need()?).unwrap_or(3),
            "goto" => rule.act = Act::Goto(words.number("invalid target")?),
            "nop" => rule.act = Act::Nop,
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

fn show(net: &Network, at: At<'_>) -> Output {
    if at.style.family == 6 {
        return Output::done("0:\tfrom all lookup local\n32766:\tfrom all lookup main\n".to_owned());
    }
    let rules = &net.space(at.id).rules;
    if at.style.json {
        let all: Vec<_> = rules.iter().map(json).collect();
        return Output::done(format!("{}\n", serde_json::Value::from(all)));
    }
    Output::done(rules.iter().map(|rule| line(net, at, rule)).collect())
}

fn json(rule: &Rule) -> serde_json::Value {
    let src = if rule.from.len == 0 { "all".to_owned() } else { rule.from.addr.to_string() };
    let mut one = serde_json::json!({"priority": rule.priority, "src": src});
    if rule.from.len != 0 {
        one["srclen"] = rule.from.len.into();
    }
    if let Act::Lookup(number) = rule.act {
        one["table"] = table::name(number).into();
    }
    if let Some((mark, mask)) = rule.mark {
        one["fwmark"] = format!("{mark:#x}").into();
        one["fwmask"] = format!("{mask:#x}").into();
    }
    one
}

fn line(net: &Network, at: At<'_>, rule: &Rule) -> String {
    let not = if rule.not { "not " } else { "" };
    let mut text = format!("{}:\t{not}from ", rule.priority);
    text.push_str(&if rule.from.len == 0 { "all".to_owned() } else { rule.from.to_string() });
    if rule.to.len != 0 {
        text.push_str(&format!(" to {}", rule.to));
    }
    if let Some((mark, mask)) = rule.mark {
        let mask = if mask == u32::MAX { String::new() } else { format!("/{mask:#x}") };
        text.push_str(&format!(" fwmark {mark:#x}{mask}"));
    }
    if let Some(iif) = &rule.iif {
        text.push_str(&format!(" iif {iif}{}", detached(net, at, iif)));
    }
    if let Some(oif) = &rule.oif {
        text.push_str(&format!(" oif {oif}{}", detached(net, at, oif)));
    }
    match rule.act {
        Act::Lookup(number) => {
            text.push_str(&format!(" lookup {}", table::name(number)));
            if let Some(len) = rule.suppress {
                text.push_str(&format!(" suppress_prefixlength {len}"));
            }
        }
        Act::Goto(to) => text.push_str(&format!(" goto {to}")),
        Act::Nop => text.push_str(" nop"),
        Act::Blackhole => text.push_str(" blackhole"),
        Act::Unreachable => text.push_str(" unreachable"),
        Act::Prohibit => text.push_str(" prohibit"),
    }
    if rule.proto > 3 {
        text.push_str(&format!(" proto {}", proto_name(rule.proto)));
    }
    text.push('\n');
    text
}

fn detached(net: &Network, at: At<'_>, name: &str) -> &'static str {
    if net.space(at.id).named(name).is_some() { "" } else { " [detached]" }
}
