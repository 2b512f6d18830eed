//! `iptables`: one change or one look.

use super::super::{Call, Output};
use super::read::{self, Asked};
use super::{Backend, failed, here, hooks, parse, save, try_help};
use crate::net::filter::listed::Look;
use crate::net::filter::rule::built_in;
use crate::net::filter::{Chain, Rule, Table, Tables, Target};
use crate::net::network::{Network, SpaceId};
use std::sync::Arc;

pub(super) fn run(net: &mut Network, call: Call<'_>, words: &[&str], backend: Backend) -> Output {
    let id = here(net, call);
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    if words.iter().any(|word| word == "-V" || word == "--version") {
        return Output::done(format!("{}\n", backend.version()));
    }
    let mut tables = backend.tables(net, id);
    let done = line(&mut tables, net, id, &words, backend);
    if let (Ok(_), Err(told)) = (&done, followed(&tables, &words, backend)) {
        return told;
    }
    match done {
        Ok(out) => {
            backend.put(net, id, tables);
            out
        }
        Err(told) => {
            if backend == Backend::Legacy {
                // Asking for a table is enough for the kernel to make it.
                backend.put(net, id, tables);
            }
            told
        }
    }
}

/// Follows the jumps of a table that a rule was written to.
fn followed(tables: &Tables, words: &[String], backend: Backend) -> Result<(), Output> {
    let asked = read::line(words, backend)?;
    let (Some(verb), Some(table)) = (verb(asked.command), tables.tables.get(&asked.table)) else { return Ok(()) };
    let chain = asked.chain.unwrap_or_default();
    hooks::followed(backend, table).map_err(|why| hooks::refused(backend, verb, why, &chain))
}

/// A change of a rule, as netlink calls it.
pub(super) fn verb(command: char) -> Option<&'static str> {
    Some(match command {
        'A' => "RULE_APPEND",
        'I' => "RULE_INSERT",
        'R' => "RULE_REPLACE",
        _ => return None,
    })
}

/// Whoever looks at the rules of the one backend is told that the other has some too.
pub(super) fn warned(mut out: Output, net: &Network, id: SpaceId, backend: Backend, tool: &str) -> Output {
    if backend == Backend::Nft && !net.space(id).legacy.tables.is_empty() {
        let said = format!("# Warning: iptables-legacy tables present, use {tool} to see them\n");
        out.stderr.insert_str(0, &said);
    }
    out
}

/// Carries out one line on tables held apart; the caller keeps them when all went well.
pub(super) fn line(
    tables: &mut Arc<Tables>,
    net: &Network,
    id: SpaceId,
    words: &[String],
    backend: Backend,
) -> Result<Output, Output> {
    let asked = read::line(words, backend)?;
    if built_in(&asked.table).is_empty() {
        let hint = "Perhaps iptables or your kernel needs to be upgraded.";
        let said = match backend {
            Backend::Legacy => format!(
                "can't initialize iptables table `{}': Table does not exist (do you need to insmod?)\n{hint}",
                asked.table
            ),
            _ => format!("table '{}' does not exist\n{hint}", asked.table),
        };
        return Err(failed(3, format!("{}: {said}", backend.version())));
    }
    let looks = matches!(asked.command, 'S' | 'L' | 'C');
    let makes = !matches!(asked.command, 'F' | 'X' | 'Z');
    if !looks && !makes && backend != Backend::Legacy && !tables.tables.contains_key(&asked.table) {
        return change(&mut Table::born(&asked.table), net, id, &asked, backend).map(|()| Output::default());
    }
    if looks && backend != Backend::Legacy && !tables.tables.contains_key(&asked.table) {
        let empty = Table::born(&asked.table);
        return look(&empty, net, id, &asked, backend);
    }
    let order = next_order(net, id, tables);
    let table = Arc::make_mut(tables)
        .tables
        .entry(asked.table.clone())
        .or_insert_with(|| Table { at: order, ..Table::born(&asked.table) });
    if looks {
        return look(table, net, id, &asked, backend);
    }
    change(table, net, id, &asked, backend).map(|()| Output::default())
}

/// Hooks of the same priority: what came last is asked first.
pub(super) fn next_order(net: &Network, id: SpaceId, own: &Tables) -> u32 {
    let space = net.space(id);
    let all = [own, &space.nft, &space.legacy];
    all.iter().flat_map(|tables| tables.tables.values()).map(|table| table.at).max().unwrap_or(0) + 1
}

fn no_chain(backend: Backend) -> Output {
    failed(1, format!("{}: No chain/target/match by that name.", backend.name()))
}

fn bad_rule(backend: Backend) -> Output {
    failed(1, format!("{}: Bad rule (does a matching rule exist in that chain?).", backend.name()))
}

/// The nat table is asked once for a connection, so nothing is dropped there.
const NOT_FOR_FILTERING: &str = "
The \"nat\" table is not intended for filtering, the use of DROP is therefore inhibited.

";

/// What a rule leads to must be there: its chain, its sets.
fn checked(table: &Table, net: &Network, id: SpaceId, asked: &Asked, backend: Backend) -> Result<Rule, Output> {
    let rule = parse::rule(backend, &asked.rest)?;
    let chain = asked.chain.as_deref().unwrap_or_default();
    hooks::links(backend, chain, &rule)?;
    if asked.table == "nat" && rule.target == Target::Drop {
        return Err(try_help(backend, NOT_FOR_FILTERING));
    }
    for one in &rule.matches {
        if let crate::net::filter::Match::InSet(_, name, _) = one
            && !net.space(id).sets.contains_key(name)
        {
            return Err(try_help(backend, &format!("Set {name} doesn't exist.\n")));
        }
    }
    if let Some(to) = rule.target.leads_to()
        && table.chain(to).is_none()
    {
        return Err(match backend {
            Backend::Legacy if matches!(rule.target, Target::Goto(_)) => {
                try_help(backend, &format!("goto '{to}' is not a chain"))
            }
            Backend::Legacy => try_help(backend, &format!("Couldn't load target `{to}':No such file or directory\n")),
            _ => try_help(backend, &format!("Chain '{to}' does not exist")),
        });
    }
    let Some(verb) = verb(asked.command) else { return Ok(rule) };
    if let Some(to) = rule.target.leads_to()
        && (to == chain || built_in(&asked.table).contains(&to))
    {
        let why = if to == chain { "Operation not supported" } else { "No such file or directory" };
        return Err(hooks::refused(backend, verb, why, chain));
    }
    if table.chain(chain).is_some() {
        hooks::kernel(backend, &asked.table, chain, verb, &rule)?;
    }
    Ok(rule)
}

fn change(table: &mut Table, net: &Network, id: SpaceId, asked: &Asked, backend: Backend) -> Result<(), Output> {
    let name = asked.chain.clone().unwrap_or_default();
    match asked.command {
        'A' | 'I' | 'D' | 'R' => rules(table, net, id, asked, backend),
        'N' => {
            read::chain_name(&name, backend)?;
            if table.chain(&name).is_some() {
                return Err(failed(1, format!("{}: Chain already exists.", backend.name())));
            }
            let users = table.chains.iter().position(|chain| chain.accepts.is_none() && chain.name > name);
            let place = users.unwrap_or(table.chains.len());
            table.chains.insert(place, Chain { name, accepts: None, rules: Vec::new() });
            Ok(())
        }
        'X' => delete_chain(table, asked.chain.as_deref(), backend),
        'F' | 'Z' => {
            match &asked.chain {
                Some(chain) => {
                    let found = table.chain_mut(chain).ok_or_else(|| no_chain(backend))?;
                    if asked.command == 'F' {
                        found.rules.clear();
                    }
                }
                None if asked.command == 'F' => table.chains.iter_mut().for_each(|chain| chain.rules.clear()),
                None => {}
            }
            Ok(())
        }
        'P' => {
            let policy = asked.rest.first().map(String::as_str).unwrap_or_default();
            let accepts = match policy {
                "ACCEPT" => true,
                "DROP" if asked.table == "nat" => return Err(try_help(backend, NOT_FOR_FILTERING)),
                "DROP" => false,
                _ => {
                    return Err(failed(
                        1,
                        format!("{}: Bad policy name. Run `dmesg' for more information.", backend.name()),
                    ));
                }
            };
            let found = table.chain_mut(&name).filter(|chain| chain.accepts.is_some());
            found.ok_or_else(|| failed(1, format!("{}: Bad built-in chain name.", backend.name())))?.accepts =
                Some(accepts);
            Ok(())
        }
        'E' => {
            let to = asked.rest.first().cloned().unwrap_or_default();
            if table.chain(&to).is_some() {
                return Err(failed(1, format!("{}: File exists.", backend.name())));
            }
            let found = table.chain_mut(&name).filter(|chain| chain.accepts.is_none());
            found.ok_or_else(|| no_chain(backend))?.name.clone_from(&to);
            for rule in table.chains.iter_mut().flat_map(|chain| &mut chain.rules) {
                match &mut rule.target {
                    Target::Jump(chain) | Target::Goto(chain) if *chain == name => chain.clone_from(&to),
                    _ => {}
                }
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn rules(table: &mut Table, net: &Network, id: SpaceId, asked: &Asked, backend: Backend) -> Result<(), Output> {
    let name = asked.chain.clone().unwrap_or_default();
    if asked.command == 'D'
        && let Some(number) = asked.number
    {
        let found = table.chain_mut(&name).ok_or_else(|| no_chain(backend))?;
        if number == 0 || number > found.rules.len() {
            return Err(failed(1, format!("{}: Index of deletion too big.", backend.name())));
        }
        found.rules.remove(number - 1);
        return Ok(());
    }
    let rule = checked(table, net, id, asked, backend)?;
    let Some(found) = table.chain_mut(&name) else {
        let gone = asked.command == 'D' && backend != Backend::Legacy;
        return Err(if gone { bad_rule(backend) } else { no_chain(backend) });
    };
    match asked.command {
        'A' => found.rules.push(rule),
        'I' => {
            let place = asked.number.unwrap_or(1);
            if place == 0 || place > found.rules.len() + 1 {
                return Err(failed(1, format!("{}: Index of insertion too big.", backend.name())));
            }
            found.rules.insert(place - 1, rule);
        }
        'R' => {
            let place = asked.number.unwrap_or(0);
            if place == 0 || place > found.rules.len() {
                return Err(failed(1, format!("{}: Index of replacement too big.", backend.name())));
            }
            found.rules[place - 1] = rule;
        }
        _ => {
            let place = found.rules.iter().position(|old| *old == rule).ok_or_else(|| bad_rule(backend))?;
            found.rules.remove(place);
        }
    }
    Ok(())
}

fn delete_chain(table: &mut Table, name: Option<&str>, backend: Backend) -> Result<(), Output> {
    let used = |table: &Table, name: &str| {
        table.chains.iter().flat_map(|chain| &chain.rules).any(|rule| rule.target.leads_to() == Some(name))
    };
    let names: Vec<String> = match name {
        Some(name) => vec![name.to_owned()],
        None => table.chains.iter().filter(|chain| chain.accepts.is_none()).map(|chain| chain.name.clone()).collect(),
    };
    for name in &names {
        let Some(chain) = table.chain(name) else { return Err(no_chain(backend)) };
        let busy = used(table, name);
        if backend == Backend::Legacy {
            if chain.accepts.is_some() {
                return Err(failed(1, "iptables: Invalid argument. Run `dmesg' for more information."));
            }
            if busy {
                return Err(failed(1, "iptables: Too many links."));
            }
            if !chain.rules.is_empty() {
                return Err(failed(1, "iptables: Directory not empty."));
            }
        } else if chain.accepts.is_some() && chain.rules.is_empty() {
            return Err(no_chain(backend));
        } else if busy || !chain.rules.is_empty() {
            let said = format!(" CHAIN_DEL failed (Device or resource busy): chain {name}");
            return Err(failed(4, format!("{}: {said}", backend.version())));
        }
    }
    table.chains.retain(|chain| !names.contains(&chain.name) || chain.accepts.is_some());
    Ok(())
}

fn look(table: &Table, net: &Network, id: SpaceId, asked: &Asked, backend: Backend) -> Result<Output, Output> {
    if asked.command == 'C' {
        return check(table, net, id, asked, backend);
    }
    let warned = |out| warned(out, net, id, backend, "iptables-legacy");
    shown(table, asked, backend).map(warned).map_err(warned)
}

fn check(table: &Table, net: &Network, id: SpaceId, asked: &Asked, backend: Backend) -> Result<Output, Output> {
    let name = asked.chain.clone().unwrap_or_default();
    let rule = checked(table, net, id, asked, backend)?;
    let lost = || if backend == Backend::Legacy { no_chain(backend) } else { bad_rule(backend) };
    let chain = table.chain(&name).ok_or_else(lost)?;
    if chain.rules.contains(&rule) { Ok(Output::default()) } else { Err(bad_rule(backend)) }
}

fn shown(table: &Table, asked: &Asked, backend: Backend) -> Result<Output, Output> {
    if let Some(name) = &asked.chain
        && table.chain(name).is_none()
    {
        if backend != Backend::Legacy {
            let said = format!("chain `{name}' in table `{}' is incompatible, use 'nft' tool.", asked.table);
            return Err(failed(1, format!("{}: {said}", backend.version())));
        }
        return Err(no_chain(backend));
    }
    let picked = |chain: &&Chain| asked.chain.as_ref().is_none_or(|name| *name == chain.name);
    if asked.command == 'S' {
        return Ok(Output::done(save::rules(table, &picked, asked.number)));
    }
    let has = |short: char, long: &str| asked.rest.iter().any(|word| word == long || *word == format!("-{short}"));
    let numeric = has('n', "--numeric");
    let look = Look { numeric, verbose: has('v', "--verbose"), numbered: has('0', "--line-numbers") };
    Ok(Output::done(save::listing(table, &picked, asked.number, look)))
}
