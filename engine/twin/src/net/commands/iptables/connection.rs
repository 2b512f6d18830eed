//! The options of `-m conntrack` beside `--ctstate`.

use super::super::Output;
use super::parse::{Reader, protocol, range};
use super::{beyond, try_help};
use crate::net::filter::Match;
use crate::net::filter::connection::{Asked, SIDES, Side, status};
use crate::net::prefix::Prefix;

pub(super) fn read(reader: &mut Reader<'_>, option: &str, not: bool) -> Result<(), Output> {
    let backend = reader.backend;
    let word = option.trim_start_matches('-');
    let side = |word: &str| SIDES.iter().find(|(known, _)| *known == word).map(|(_, side)| *side);
    let asked = match (word, word.strip_suffix("port").and_then(side), side(word)) {
        ("ctproto", ..) => Asked::Proto(protocol(reader)?),
        (_, Some(side), _) => ports(reader, side)?,
        (_, _, Some(side)) => {
            let text = reader.need()?;
            let unknown = || try_help(backend, "getaddrinfo: Temporary failure in name resolution\n");
            Asked::Address(side, Prefix::read(text).ok_or_else(unknown)?.network())
        }
        ("ctstatus", ..) => states(reader)?,
        ("ctdir", ..) => match reader.need()? {
            "ORIGINAL" => Asked::Reply(false),
            "REPLY" => Asked::Reply(true),
            odd => {
                let said = format!("conntrack: Bad value for \"--ctdir\" option: \"{odd}\"");
                return Err(try_help(backend, &said));
            }
        },
        _ => return Err(beyond(backend, option)),
    };
    reader.put(Match::Connection(not, asked));
    Ok(())
}

fn ports(reader: &mut Reader<'_>, side: Side) -> Result<Asked, Output> {
    let text = reader.need()?;
    let odd = || try_help(reader.backend, &format!("Port \"{text}\" does not resolve to anything.\n"));
    let (from, to) = range(text, Some(6)).ok_or_else(odd)?;
    Ok(Asked::Ports(side, from, to))
}

fn states(reader: &mut Reader<'_>) -> Result<Asked, Output> {
    let mut bits = 0;
    for name in reader.need()?.split(',') {
        let upper = name.to_ascii_uppercase();
        // Nobody counts the packets of a connection, so none is ever assured.
        if ["ASSURED", "NONE"].contains(&upper.as_str()) {
            return Err(beyond(reader.backend, &format!("--ctstatus {upper}")));
        }
        let known = status::NAMES.iter().find(|(known, _)| *known == upper);
        bits |= known.ok_or_else(|| try_help(reader.backend, &format!("Bad ctstatus \"{name}\"")))?.1;
    }
    Ok(Asked::Status(bits))
}
