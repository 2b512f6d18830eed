//! `iptables`: one change or one look.

use super::super::{Call, Output};
use super::{Backend, failed, here, parse, save, try_help};
use crate::net::filter::rule::built_in;
use crate::net::filter::{Chain, Rule, Table, Tables};
use crate::net::network::{Network, SpaceId};
use std::sync::Arc;

/// What one line asks for.
struct Asked {
    table: String,
    command: char,
    chain: Option<String>,
    number: Option<usize>,
    rest: Vec<String>,
}

pub(super) fn run(net: &mut Network, call: Call<'_>, words: &[&str], backend: Backend) -> Output {
    let id = here(net, call);
    let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
    if words.iter().any(|word| word == "-V" || word == "--version") {
        return Output::done(format!("{}\n", backend.version()));
    }
    let mut tables = backend.tables(net, id);
    match line(&mut tables, net, id, &words, backend) {
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

/// Carries out one line on tables held apart; the caller keeps them when all went well.
pub(super) fn line(
    tables: &mut Arc<Tables>,
    net: &Network,
    id: SpaceId,
    words: &[String],
    backend: Backend,
) -> Result<Output, Output> {
    let asked = read(words, backend)?;
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

fn read(words: &[String], backend: Backend) -> Result<Asked, Output> {
    let mut asked = Asked { table: "filter".to_owned(), command: ' ', chain: None, number: None, rest: Vec::new() };
    let mut words = words.iter().cloned().peekable();
    while let Some(word) = words.next() {
        let command = match word.as_str() {
            "-t" | "--table" => {
                asked.table = words.next().unwrap_or_default();
                continue;
            }
            "-A" | "--append" => 'A',
            "-I" | "--insert" => 'I',
            "-D" | "--delete" => 'D',
            "-C" | "--check" => 'C',
            "-R" | "--replace" => 'R',
            "-N" | "--new-chain" => 'N',
            "-X" | "--delete-chain" => 'X',
            "-P" | "--policy" => 'P',
            "-F" | "--flush" => 'F',
            "-Z" | "--zero" => 'Z',
            "-E" | "--rename-chain" => 'E',
            "-L" | "--list" => 'L',
            "-S" | "--list-rules" => 'S',
            _ => {
                if let Some(table) = word.strip_prefix("--table=") {
                    asked.table = table.to_owned();
                } else if let Some(table) = word.strip_prefix("-t").filter(|t| !t.is_empty()) {
                    asked.table = table.to_owned();
                } else {
                    asked.rest.push(word);
                }
                continue;
            }
        };
        if asked.command != ' ' {
            return Err(try_help(backend, &format!("Cannot use -{command} with -{}\n", asked.command)));
        }
        asked.command = command;
        asked.chain = words.next_if(|next| !next.starts_with('-'));
        if matches!(command, 'I' | 'D' | 'R') {
            asked.number = words.next_if(|next| next.parse::<usize>().is_ok()).and_then(|next| next.parse().ok());
        }
        if command == 'P' {
            asked.rest.extend(words.next());
        }
        if matches!(command, 'A' | 'I' | 'D' | 'C' | 'R' | 'N' | 'P' | 'E') && asked.chain.is_none() {
            return Err(try_help(backend, &format!("option \"-{command}\" requires an argument")));
        }
    }
    if asked.command == ' ' {
        return Err(try_help(backend, "no command specified"));
    }
    Ok(asked)
}

fn no_chain(backend: Backend) -> Output {
    failed(1, format!("{}: No chain/target/match by that name.", backend.name()))
}

fn bad_rule(backend: Backend) -> Output {
    failed(1, format!("{}: Bad rule (does a matching rule exist in that chain?).", backend.name()))
}

/// What a rule leads to must be there: its chain, its sets.
fn checked(table: &Table, net: &Network, id: SpaceId, asked: &Asked, backend: Backend) -> Result<Rule, Output> {
    let rule = parse::rule(backend, &asked.rest)?;
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
            Backend::Legacy => try_help(backend, &format!("Couldn't load target `{to}':No such file or directory\n")),
            _ => try_help(backend, &format!("Chain '{to}' does not exist")),
        });
    }
    Ok(rule)
}

fn change(table: &mut Table, net: &Network, id: SpaceId, asked: &Asked, backend: Backend) -> Result<(), Output> {
    let name = asked.chain.clone().unwrap_or_default();
    match asked.command {
        'A' | 'I' | 'D' | 'R' => rules(table, net, id, asked, backend),
        'N' => {
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
            table.chain_mut(&name).ok_or_else(|| no_chain(backend))?.name = to;
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
        return Err(no_chain(backend));
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
        let name = asked.chain.clone().unwrap_or_default();
        let rule = checked(table, net, id, asked, backend)?;
        let chain = table.chain(&name).ok_or_else(|| no_chain(backend))?;
        return if chain.rules.contains(&rule) { Ok(Output::default()) } else { Err(bad_rule(backend)) };
    }
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
        return Ok(Output::done(save::rules(table, &picked)));
    }
    Ok(Output::done(save::listing(table, &picked)))
}
