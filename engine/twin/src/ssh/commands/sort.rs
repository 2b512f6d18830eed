//! `sort`: lines in order, by keys.

use std::cmp::Ordering;

use super::call::{Call, Done, Stop};
use super::lines::{bare, lines};
use super::{Command, once};

pub(super) const COMMANDS: &[Command] = &[once("sort", "/usr/bin", run)];

/// How two pieces are compared.
#[derive(Clone, Debug, Default)]
struct Way {
    numeric: bool,
    human: bool,
    version: bool,
    reverse: bool,
    fold: bool,
    blanks: bool,
    dictionary: bool,
}

/// A key: from field and character to field and character.
#[derive(Clone, Debug)]
struct Key {
    from: (usize, usize),
    to: Option<(usize, usize)>,
    way: Option<Way>,
}

fn switch(way: &mut Way, letter: char) -> bool {
    match letter {
        'n' | 'g' => way.numeric = true,
        'h' => way.human = true,
        'V' => way.version = true,
        'r' => way.reverse = true,
        'f' => way.fold = true,
        'b' => way.blanks = true,
        'd' => way.dictionary = true,
        _ => return false,
    }
    true
}

fn key(text: &str) -> Option<Key> {
    let place = |text: &str| -> Option<((usize, usize), String)> {
        let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
        let (field, at) = text[..end].split_once('.').unwrap_or((&text[..end], "0"));
        Some(((field.parse().ok().filter(|n: &usize| *n > 0)?, at.parse().ok()?), text[end..].to_owned()))
    };
    let (first, last) = text.split_once(',').map_or((text, None), |(first, last)| (first, Some(last)));
    let (from, mut letters) = place(first)?;
    let to = match last {
        None => None,
        Some(last) => {
            let (to, more) = place(last)?;
            letters.push_str(&more);
            Some(to)
        }
    };
    let mut way = Way::default();
    letters.chars().all(|letter| switch(&mut way, letter)).then_some(())?;
    Some(Key { from, to, way: (!letters.is_empty()).then_some(way) })
}

#[expect(clippy::too_many_lines, reason = "one table: each case is a line or two, and they belong together")]
fn run(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("numeric-sort", "n"),
        ("reverse", "r"),
        ("unique", "u"),
        ("key=", "k"),
        ("field-separator=", "t"),
        ("output=", "o"),
        ("stable", "s"),
        ("ignore-case", "f"),
        ("human-numeric-sort", "h"),
        ("version-sort", "V"),
        ("zero-terminated", "z"),
        ("check", "c"),
        ("general-numeric-sort", "g"),
        ("ignore-leading-blanks", "b"),
    ];
    let options = call.options("nrufbhVgdszcCk:t:o:T:S:", &long)?;
    if let Some(odd) = ["z", "T", "S"].iter().find(|odd| options.has(odd)) {
        return call.unknown(&format!("option `-{odd}`"));
    }
    let mut usual = Way::default();
    for letter in "nrfbhVgd".chars().filter(|letter| options.has(&letter.to_string())) {
        switch(&mut usual, letter);
    }
    let mut keys = Vec::new();
    for text in options.values("k") {
        match key(&text) {
            Some(key) => keys.push(key),
            None => return call.fail(2, &format!("invalid number at field start: invalid count at start of '{text}'")),
        }
    }
    let separator = options.value("t").map(|text| if text == "\\0" { "\0".into() } else { text.to_owned() });
    let mut status = 0;
    let all = read(call, &options.rest, &mut status)?;
    let mut texts: Vec<String> = Vec::new();
    for bytes in &all {
        texts.extend(lines(bytes).into_iter().map(|line| Call::text(bare(line))));
    }
    let by_keys = |a: &String, b: &String| compare(a, b, &keys, &usual, separator.as_deref());
    let whole = |a: &String, b: &String| {
        let order = by_keys(a, b);
        if order.is_eq() && !options.has("s") && !options.has("u") {
            let last = a.as_bytes().cmp(b.as_bytes());
            if usual.reverse { last.reverse() } else { last }
        } else {
            order
        }
    };
    if options.has("c") || options.has("C") {
        for (at, pair) in texts.windows(2).enumerate() {
            let order = whole(&pair[0], &pair[1]);
            if order.is_gt() || options.has("u") && order.is_eq() {
                let name = options.rest.first().cloned().unwrap_or_else(|| "-".into());
                return call.fail(1, &format!("{name}:{}: disorder: {}", at + 2, pair[1]));
            }
        }
        return Ok(0);
    }
    texts.sort_by(whole);
    if options.has("u") {
        texts.dedup_by(|a, b| by_keys(a, b).is_eq());
    }
    let out: String = texts.iter().map(|text| format!("{text}\n")).collect();
    match options.value("o") {
        Some(path) => {
            let bytes = crate::machines::text::to_bytes(&out);
            if let Err(error) = call.sys.write_file(path, &bytes, false) {
                return call.fail(2, &format!("open failed: {path}: {error}"));
            }
        }
        None => call.print(&out),
    }
    Ok(status)
}

fn read(call: &mut Call<'_, '_>, paths: &[String], status: &mut i32) -> Result<Vec<Vec<u8>>, Stop> {
    let usual = ["-".to_owned()];
    let paths = if paths.is_empty() { &usual[..] } else { paths };
    let mut all = Vec::new();
    for path in paths {
        match call.read(path)? {
            Ok(bytes) => all.push(bytes),
            Err(error) => {
                let what = if error == crate::machines::errno::Errno::IsFolder { "read failed" } else { "cannot read" };
                *status = 2;
                return call.fail(2, &format!("{what}: {path}: {error}"));
            }
        }
    }
    Ok(all)
}

fn compare(a: &str, b: &str, keys: &[Key], usual: &Way, separator: Option<&str>) -> Ordering {
    if keys.is_empty() {
        return by(a, b, usual);
    }
    for key in keys {
        let order = by(piece(a, key, separator), piece(b, key, separator), key.way.as_ref().unwrap_or(usual));
        if !order.is_eq() {
            return order;
        }
    }
    Ordering::Equal
}

fn by(a: &str, b: &str, way: &Way) -> Ordering {
    let order = if way.numeric {
        number(a).partial_cmp(&number(b)).unwrap_or(Ordering::Equal)
    } else if way.human {
        human(a).partial_cmp(&human(b)).unwrap_or(Ordering::Equal)
    } else if way.version {
        version(a, b)
    } else {
        let shown = |text: &str| -> String {
            let text = if way.blanks { text.trim_start() } else { text };
            let kept = text.chars().filter(|c| !way.dictionary || c.is_ascii_alphanumeric() || *c == ' ' || *c == '\t');
            if way.fold { kept.map(|c| c.to_ascii_uppercase()).collect() } else { kept.collect() }
        };
        shown(a).as_bytes().cmp(shown(b).as_bytes())
    };
    if way.reverse { order.reverse() } else { order }
}

fn number(text: &str) -> f64 {
    let text = text.trim_start();
    let end = text
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_digit() || *c == '.' || (*at == 0 && *c == '-')))
        .map_or(text.len(), |(at, _)| at);
    text[..end].parse().unwrap_or(0.0)
}

fn human(text: &str) -> f64 {
    let trimmed = text.trim();
    let unit = trimmed.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-').chars().next();
    let power = unit.and_then(|unit| "KMGTPE".find(unit.to_ascii_uppercase())).map_or(0, |at| at as i32 + 1);
    number(trimmed) * 1024_f64.powi(power)
}

/// Compares numbers within texts by their value.
fn version(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let plain = |text: &str| text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
        let (x, y) = (plain(a), plain(b));
        let order = a[..x].cmp(&b[..y]);
        if !order.is_eq() {
            return order;
        }
        (a, b) = (&a[x..], &b[y..]);
        let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (x, y) = (digits(a), digits(b));
        let value = |text: &str| text.parse::<u128>().unwrap_or(0);
        let order = value(&a[..x]).cmp(&value(&b[..y]));
        if !order.is_eq() || a.is_empty() || b.is_empty() {
            return if order.is_eq() { a.len().cmp(&b.len()) } else { order };
        }
        (a, b) = (&a[x..], &b[y..]);
    }
}

/// Where the fields of a line begin and end.
fn fields(line: &str, separator: Option<&str>) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    match separator {
        Some(separator) if !separator.is_empty() => {
            let mut from = 0;
            for (at, found) in line.match_indices(separator) {
                all.push((from, at));
                from = at + found.len();
            }
            all.push((from, line.len()));
        }
        _ => {
            // A field begins with the blanks before it.
            let bytes = line.as_bytes();
            let blank = |at: usize| bytes[at] == b' ' || bytes[at] == b'\t';
            let mut at = 0;
            while at < bytes.len() {
                let from = at;
                while at < bytes.len() && blank(at) {
                    at += 1;
                }
                while at < bytes.len() && !blank(at) {
                    at += 1;
                }
                all.push((from, at));
            }
        }
    }
    all
}

fn piece<'a>(line: &'a str, key: &Key, separator: Option<&str>) -> &'a str {
    let fields = fields(line, separator);
    let Some((from, _)) = fields.get(key.from.0 - 1) else { return "" };
    let start = from + key.from.1.saturating_sub(1);
    let end = match key.to {
        None => line.len(),
        Some((field, at)) => match fields.get(field - 1) {
            None => line.len(),
            Some((_, to)) if at == 0 => *to,
            Some((from, to)) => (from + at).min(*to),
        },
    };
    line.get(start.min(line.len())..end.max(start).min(line.len())).unwrap_or_default()
}
