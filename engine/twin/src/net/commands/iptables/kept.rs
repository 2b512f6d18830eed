//! Matches that are kept and written down, and whose answer is always the same: limits of rate fit, what needs a program
//! that is not there fits never, and what needs more of a packet than there is is refused.

use super::super::Output;
use super::parse::Reader;
use super::{Backend, beyond, try_help};
use crate::net::filter::Match;

/// How a value is written.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Flag,
    Plain,
    Quoted,
    /// `5/second`, written with the shortest name of its time.
    Rate,
    /// Written with its mask.
    Masked,
    /// Two digits with a base of sixteen.
    Hex,
}
use Kind::{Flag, Hex, Masked, Plain, Quoted, Rate};

/// What a module says of every packet.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Fits,
    Never,
    /// It depends on what no packet here has.
    Beyond,
}
use Fate::{Beyond, Fits, Never};

/// An option, what is written for it, and the value it has without being said.
type Known = (&'static str, Kind, Option<&'static str>);

/// The modules, what they say, and their options in the order they are written.
const KEPT: &[(&str, Fate, &[Known])] = &[
    ("limit", Fits, &[("--limit", Rate, Some("3/hour")), ("--limit-burst", Plain, Some("5"))]),
    (
        "hashlimit",
        Fits,
        &[
            ("--hashlimit-upto", Rate, None),
            ("--hashlimit-above", Rate, None),
            ("--hashlimit-burst", Plain, Some("5")),
            ("--hashlimit-mode", Plain, None),
            ("--hashlimit-name", Plain, None),
        ],
    ),
    ("nfacct", Fits, &[("--nfacct-name", Plain, None)]),
    (
        "recent",
        Beyond,
        &[
            ("--set", Flag, None),
            ("--rcheck", Flag, None),
            ("--update", Flag, None),
            ("--remove", Flag, None),
            ("--seconds", Plain, None),
            ("--reap", Flag, None),
            ("--hitcount", Plain, None),
            ("--rttl", Flag, None),
            ("--name", Plain, Some("DEFAULT")),
            ("--mask", Plain, Some("255.255.255.255")),
            ("--rsource", Flag, Some("")),
            ("--rdest", Flag, None),
        ],
    ),
    ("mac", Beyond, &[("--mac-source", Plain, None)]),
    (
        "ipvs",
        Never,
        &[
            ("--ipvs", Flag, None),
            ("--vproto", Plain, None),
            ("--vaddr", Plain, None),
            ("--vport", Plain, None),
            ("--vdir", Plain, None),
            ("--vmethod", Plain, None),
        ],
    ),
    ("bpf", Beyond, &[("--bytecode", Quoted, None), ("--object-pinned", Plain, None)]),
    ("cgroup", Beyond, &[("--path", Plain, None), ("--cgroup", Plain, None)]),
    ("owner", Beyond, &[("--uid-owner", Plain, None), ("--gid-owner", Plain, None), ("--socket-exists", Flag, None)]),
    ("u32", Beyond, &[("--u32", Quoted, None)]),
    (
        "string",
        Beyond,
        &[
            ("--string", Quoted, None),
            ("--hex-string", Quoted, None),
            ("--algo", Plain, None),
            ("--from", Plain, None),
            ("--to", Plain, None),
            ("--icase", Flag, None),
        ],
    ),
    ("pkttype", Beyond, &[("--pkt-type", Plain, None)]),
    ("tos", Never, &[("--tos", Masked, None)]),
    ("dscp", Never, &[("--dscp", Hex, None)]),
    ("socket", Never, &[("--transparent", Flag, None), ("--nowildcard", Flag, None), ("--restore-skmark", Flag, None)]),
];

/// Whether a module is one of these.
pub(super) fn knows(module: &str) -> bool {
    KEPT.iter().any(|(name, ..)| *name == module)
}

/// Reads the options of a module, as many as follow.
pub(super) fn read(reader: &mut Reader<'_>, module: &str) -> Result<Match, Output> {
    let Some((_, fate, known)) = KEPT.iter().find(|(name, ..)| *name == module) else {
        return Err(try_help(reader.backend, &format!("Couldn't load match `{module}':No such file or directory\n")));
    };
    let mut given: Vec<(&str, bool, String)> = Vec::new();
    while let Some(word) = reader.peek() {
        let not = word == "!";
        let option = if not { reader.words.get(reader.at + 1).map(String::as_str).unwrap_or_default() } else { word };
        let Some((option, kind, _)) = known.iter().find(|(name, ..)| *name == option) else { break };
        reader.at += if not { 2 } else { 1 };
        let value = if *kind == Flag { "" } else { reader.need()? };
        let value = written(*kind, value).ok_or_else(|| refused(reader, module, option, value))?;
        given.push((option, not, value));
    }
    if given.is_empty()
        && let Some(said) = super::options::missing(module)
    {
        return Err(try_help(reader.backend, said));
    }
    let mut text = format!("-m {module}");
    for (option, kind, born) in *known {
        let said = given.iter().find(|(name, ..)| name == option);
        let born = born.filter(|_| !(*option == "--rsource" && given.iter().any(|(name, ..)| *name == "--rdest")));
        let quiet = *option == "--limit-burst" && said.is_none_or(|(.., value)| value == "5");
        let Some((not, value)) =
            said.map(|(_, not, value)| (*not, value.clone())).or_else(|| Some((false, born?.to_owned())))
        else {
            continue;
        };
        if quiet {
            continue;
        }
        text.push_str(&format!(" {}{option}", if not { "! " } else { "" }));
        if *kind != Flag {
            // The real one is written down with two.
            text.push_str(if *option == "--nfacct-name" { "  " } else { " " });
            text.push_str(&value);
        }
    }
    let fate = fate_of(module, *fate, &given);
    if fate == Beyond && reader.backend != Backend::Six {
        return Err(beyond(reader.backend, &format!("-m {module}")));
    }
    Ok(if fate == Fits { Match::True(text) } else { Match::False(text) })
}

/// What a module says with the options that were given.
fn fate_of(module: &str, fate: Fate, given: &[(&str, bool, String)]) -> Fate {
    let has = |option: &str| given.iter().any(|(name, ..)| *name == option);
    let fits = |is: bool| if is { Fits } else { Never };
    match module {
        // Nobody sends faster than any limit.
        "hashlimit" => fits(!has("--hashlimit-above")),
        // No socket here is transparent; whether there is one at all is not looked at.
        "socket" if !has("--transparent") => Beyond,
        // No packet here has a type of service.
        "tos" | "dscp" => {
            let plain = |value: &str| value.split('/').next().is_some_and(|own| own == "0x00");
            fits(given.iter().all(|(_, not, value)| plain(value) != *not))
        }
        _ => fate,
    }
}

fn refused(reader: &Reader<'_>, module: &str, option: &str, value: &str) -> Output {
    let said = match module {
        "limit" | "hashlimit" => format!("bad rate \"{value}\"'"),
        _ => format!("{module}: bad value for option \"{option}\", or out of range.\n"),
    };
    try_help(reader.backend, &said)
}

fn written(kind: Kind, value: &str) -> Option<String> {
    Some(match kind {
        Flag | Plain => value.to_owned(),
        Quoted => format!("\"{value}\""),
        Masked => {
            let (own, mask) = value.split_once('/').unwrap_or((value, "0xff"));
            let number = super::super::words::number;
            format!("0x{:02x}/0x{:02x}", number(own)?, number(mask)?)
        }
        Hex => format!("0x{:02x}", super::super::words::number(value)?),
        Rate => rate(value)?,
    })
}

/// A rate with the greatest time that it can be told with in whole numbers, as the kernel's steps leave it.
fn rate(value: &str) -> Option<String> {
    const TIMES: [(&str, &str, u32); 4] =
        [("second", "sec", 1), ("minute", "min", 60), ("hour", "hour", 3600), ("day", "day", 86_400)];
    let (number, time) = value.split_once('/').unwrap_or((value, "second"));
    let number: u32 = number.parse().ok().filter(|number| *number > 0)?;
    let (.., seconds) = TIMES.iter().find(|(name, ..)| !time.is_empty() && name.starts_with(time))?;
    let step = 10_000 * seconds / number;
    let fits = |(_, _, seconds): &&(&str, &str, u32)| {
        step <= 10_000 * seconds && (10_000 * seconds) % step == 0 || *seconds == 86_400
    };
    let (_, name, seconds) = TIMES.iter().find(fits)?;
    Some(format!("{}/{name}", 10_000 * seconds / step.max(1)))
}
