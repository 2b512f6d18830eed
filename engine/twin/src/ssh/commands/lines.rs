//! `wc`, `cut`, `uniq`, `tr`, `rev`, `tac`, `nl`, `paste`, `comm`: lines that come in and others that go out.

use super::call::{Call, Done, Stop};
use super::{Command, once};

pub(super) const COMMANDS: &[Command] = &[
    once("comm", "/usr/bin", comm),
    once("cut", "/usr/bin", cut),
    once("nl", "/usr/bin", nl),
    once("paste", "/usr/bin", paste),
    once("rev", "/usr/bin", rev),
    once("tac", "/usr/bin", tac),
    once("tr", "/usr/bin", tr),
    once("uniq", "/usr/bin", uniq),
    once("wc", "/usr/bin", wc),
];

/// The lines of bytes, each with its end.
pub(super) fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').collect()
}

/// A line without its end.
pub(super) fn bare(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n").unwrap_or(line)
}

fn wc(call: &mut Call<'_, '_>) -> Done {
    let options = call.options(
        "lwcmL",
        &[("lines", "l"), ("words", "w"), ("bytes", "c"), ("chars", "m"), ("max-line-length", "L")],
    )?;
    let mut status = 0;
    let named = !options.rest.is_empty();
    let all = call.read_all(&options.rest, &mut status)?;
    let none = !["l", "w", "c", "m", "L"].iter().any(|name| options.has(name));
    let mut rows: Vec<(Vec<u64>, String)> = Vec::new();
    for (path, bytes) in all {
        let words = bytes.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count();
        let chars = Call::text(&bytes).chars().count();
        let longest = bytes.split(|byte| *byte == b'\n').map(<[u8]>::len).max().unwrap_or(0);
        let counts = [
            ("l", bytes.iter().filter(|byte| **byte == b'\n').count()),
            ("w", words),
            ("m", chars),
            ("c", bytes.len()),
            ("L", longest),
        ];
        let shown = |name: &str| options.has(name) || (none && ["l", "w", "c"].contains(&name));
        let counts = counts.iter().filter(|(name, _)| shown(name)).map(|(_, count)| *count as u64).collect();
        rows.push((counts, if named { path } else { String::new() }));
    }
    if rows.len() > 1 {
        let mut sum = vec![0; rows[0].0.len()];
        rows.iter().for_each(|(counts, _)| counts.iter().enumerate().for_each(|(at, count)| sum[at] += count));
        rows.push((sum, "total".into()));
    }
    // From a pipe several numbers stand in wide columns; from files as wide as their sizes need.
    let widest = rows.iter().flat_map(|(counts, _)| counts).max().map_or(1, |count| count.to_string().len());
    let width = match rows.first() {
        Some((counts, _)) if rows.len() == 1 && counts.len() == 1 => 1,
        _ if named => {
            let sizes: u64 =
                options.rest.iter().filter_map(|path| call.sys.stat(path, true).ok()).map(|stat| stat.size).sum();
            sizes.to_string().len().max(1)
        }
        _ => widest.max(7),
    };
    for (counts, path) in rows {
        let counts: Vec<String> = counts.iter().map(|count| format!("{count:>width$}")).collect();
        call.line(format!("{} {path}", counts.join(" ")).trim_end());
    }
    Ok(status)
}

/// Ranges such as `1,3-5,7-`.
fn ranges(text: &str) -> Option<Vec<(usize, usize)>> {
    let range = |piece: &str| {
        let number = |text: &str| text.parse::<usize>().ok().filter(|number| *number > 0);
        match piece.split_once('-') {
            None => number(piece).map(|at| (at, at)),
            Some(("", "")) => None,
            Some(("", last)) => Some((1, number(last)?)),
            Some((first, "")) => Some((number(first)?, usize::MAX)),
            Some((first, last)) => Some((number(first)?, number(last)?)).filter(|(a, b)| a <= b),
        }
    };
    text.split(',').map(range).collect()
}

fn cut(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("delimiter=", "d"),
        ("fields=", "f"),
        ("bytes=", "b"),
        ("characters=", "c"),
        ("only-delimited", "s"),
        ("output-delimiter=", "out"),
        ("complement", "complement"),
    ];
    let options = call.options("d:f:b:c:sn", &long)?;
    let (kind, list) = match (options.value("f"), options.value("c").or(options.value("b"))) {
        (Some(list), None) => ("f", list.to_owned()),
        (None, Some(list)) => ("c", list.to_owned()),
        (None, None) => return call.usage("you must specify a list of bytes, characters, or fields"),
        _ => return call.usage("only one type of list may be specified"),
    };
    let Some(ranges) = ranges(&list) else { return call.usage(&format!("invalid field range: '{list}'")) };
    let delimiter = options.value("d").unwrap_or("\t").to_owned();
    if delimiter.chars().count() > 1 {
        return call.usage("the delimiter must be a single character");
    }
    let between = options.value("out").map_or(delimiter.clone(), str::to_owned);
    let wanted =
        |at: usize| ranges.iter().any(|(first, last)| (*first..=*last).contains(&at)) != options.has("complement");
    let mut status = 0;
    for (_, bytes) in call.read_all(&options.rest, &mut status)? {
        for line in lines(&bytes) {
            let line = bare(line);
            if kind == "c" {
                let kept = line.iter().enumerate().filter(|(at, _)| wanted(at + 1)).map(|(_, byte)| *byte);
                call.out.extend(kept);
                call.out.push(b'\n');
                continue;
            }
            let text = Call::text(line);
            if !delimiter.is_empty() && !text.contains(&delimiter) {
                if !options.has("s") {
                    call.line(&text);
                }
                continue;
            }
            let fields = text.split(delimiter.as_str()).enumerate().filter(|(at, _)| wanted(at + 1));
            let fields: Vec<&str> = fields.map(|(_, field)| field).collect();
            call.line(&fields.join(&between));
        }
    }
    Ok(status)
}

fn uniq(call: &mut Call<'_, '_>) -> Done {
    let long = [("count", "c"), ("repeated", "d"), ("unique", "u"), ("ignore-case", "i"), ("skip-fields=", "f")];
    let options = call.options("cduif:s:w:", &long)?;
    if let Some(odd) = ["s", "w", "f"].iter().find(|odd| options.has(odd)) {
        return call.unknown(&format!("option `-{odd}`"));
    }
    let mut status = 0;
    let paths = &options.rest[..options.rest.len().min(1)];
    let all = call.read_all(paths, &mut status)?;
    let bytes = all.into_iter().map(|(_, bytes)| bytes).next().unwrap_or_default();
    let mut groups: Vec<(Vec<u8>, u64)> = Vec::new();
    let same = |a: &[u8], b: &[u8]| if options.has("i") { a.eq_ignore_ascii_case(b) } else { a == b };
    for line in lines(&bytes) {
        let line = bare(line);
        match groups.last_mut() {
            Some((held, count)) if same(held, line) => *count += 1,
            _ => groups.push((line.to_vec(), 1)),
        }
    }
    let mut out = Vec::new();
    for (line, count) in groups {
        if options.has("d") && count < 2 || options.has("u") && count > 1 {
            continue;
        }
        if options.has("c") {
            out.extend(format!("{count:7} ").bytes());
        }
        out.extend(line);
        out.push(b'\n');
    }
    match options.rest.get(1) {
        None => call.out.extend(out),
        Some(path) => {
            if let Err(error) = call.sys.write_file(path, &out, false) {
                return call.fail(1, &format!("{path}: {error}"));
            }
        }
    }
    Ok(status)
}

/// The bytes a set of `tr` stands for, in their order.
fn set(call: &mut Call<'_, '_>, text: &str) -> Result<Vec<u8>, Stop> {
    let (bytes, _) = super::format::escapes(text, super::format::Escapes::Format);
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"[:")
            && let Some(end) = bytes[at..].windows(2).position(|two| two == b":]")
        {
            let name = Call::text(&bytes[at + 2..at + end]);
            let pattern = format!("[[:{name}:]]");
            let known = [
                "alnum", "alpha", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper",
                "xdigit",
            ];
            if !known.contains(&name.as_str()) {
                return call.fail(1, &format!("invalid character class '{name}'"));
            }
            let taken = |byte: &u8| crate::ssh::shell::pattern::matches(&pattern, &char::from(*byte).to_string());
            out.extend((0..128_u8).filter(taken));
            at += end + 2;
            continue;
        }
        if bytes.get(at + 1) == Some(&b'-') && at + 2 < bytes.len() {
            if bytes[at] > bytes[at + 2] {
                return call.fail(
                    1,
                    &format!(
                        "range-endpoints of '{}-{}' are in reverse collating sequence order",
                        char::from(bytes[at]),
                        char::from(bytes[at + 2])
                    ),
                );
            }
            out.extend(bytes[at]..=bytes[at + 2]);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    Ok(out)
}

fn tr(call: &mut Call<'_, '_>) -> Done {
    let options = call.options_first("cCdst", &[("complement", "c"), ("delete", "d"), ("squeeze-repeats", "s")])?;
    let sets = options.rest.clone();
    let Some(first) = sets.first() else { return call.usage("missing operand") };
    let (delete, squeeze) = (options.has("d"), options.has("s"));
    if sets.len() < 2 && !delete && !squeeze {
        return call.usage(&format!("missing operand after '{first}'"));
    }
    let mut one = set(call, first)?;
    let two = match sets.get(1) {
        Some(text) => set(call, text)?,
        None => Vec::new(),
    };
    if options.has("c") || options.has("C") {
        one = (0..=255_u8).filter(|byte| !one.contains(byte)).collect();
    }
    let input = call.input()?;
    let mut table: [Option<u8>; 256] = std::array::from_fn(|at| Some(at as u8));
    if delete {
        one.iter().for_each(|byte| table[usize::from(*byte)] = None);
    } else if let Some(last) = two.last() {
        for (at, byte) in one.iter().enumerate() {
            table[usize::from(*byte)] = Some(*two.get(at).unwrap_or(last));
        }
    }
    let squeezed = if sets.len() > 1 { &two } else { &one };
    let mut before = None;
    for byte in input {
        let Some(byte) = table[usize::from(byte)] else { continue };
        if squeeze && before == Some(byte) && squeezed.contains(&byte) {
            continue;
        }
        before = Some(byte);
        call.out.push(byte);
    }
    Ok(0)
}

fn rev(call: &mut Call<'_, '_>) -> Done {
    let options = call.options("", &[])?;
    let mut status = 0;
    for (_, bytes) in call.read_all(&options.rest, &mut status)? {
        for line in lines(&bytes) {
            let text: String = Call::text(bare(line)).chars().rev().collect();
            call.line(&text);
        }
    }
    Ok(status)
}

fn tac(call: &mut Call<'_, '_>) -> Done {
    let options = call.options("", &[])?;
    let mut status = 0;
    for (_, bytes) in call.read_all(&options.rest, &mut status)? {
        for line in lines(&bytes).into_iter().rev() {
            call.out.extend(line);
        }
    }
    Ok(status)
}

fn nl(call: &mut Call<'_, '_>) -> Done {
    let options = call.options("b:w:s:n:", &[])?;
    let style = options.value("b").unwrap_or("t");
    let mut status = 0;
    let mut number = 0;
    let wide = options.has("w") || options.has("s") || options.has("n") || !["a", "t"].contains(&style);
    if wide {
        return call.unknown("these options");
    }
    for (_, bytes) in call.read_all(&options.rest, &mut status)? {
        for line in lines(&bytes) {
            let text = Call::text(bare(line));
            if text.is_empty() && style == "t" {
                call.line("       ");
                continue;
            }
            number += 1;
            call.line(&format!("{number:6}\t{text}"));
        }
    }
    Ok(status)
}

fn paste(call: &mut Call<'_, '_>) -> Done {
    let options = call.options("sd:", &[("serial", "s"), ("delimiters=", "d")])?;
    let between = options.value("d").unwrap_or("\t").replace("\\n", "\n").replace("\\t", "\t").replace("\\0", "");
    let delimiters: Vec<String> = between.chars().map(String::from).collect();
    let mut status = 0;
    let all = call.read_all(&options.rest, &mut status)?;
    let columns: Vec<Vec<String>> =
        all.iter().map(|(_, bytes)| lines(bytes).into_iter().map(|line| Call::text(bare(line))).collect()).collect();
    let columns = dealt(&options.rest, columns);
    let join = |cells: &[String]| {
        let mut text = String::new();
        for (at, cell) in cells.iter().enumerate() {
            if at > 0 && !delimiters.is_empty() {
                text.push_str(&delimiters[(at - 1) % delimiters.len()]);
            }
            text.push_str(cell);
        }
        text
    };
    if options.has("s") {
        columns.iter().for_each(|column| call.line(&join(column)));
        return Ok(status);
    }
    for row in 0..columns.iter().map(Vec::len).max().unwrap_or(0) {
        let cells: Vec<String> = columns.iter().map(|column| column.get(row).cloned().unwrap_or_default()).collect();
        call.line(&join(&cells));
    }
    Ok(status)
}

/// What is named `-` more than once is one input, whose lines are dealt out one after the other.
fn dealt(names: &[String], mut columns: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let shared: Vec<usize> = (0..names.len()).filter(|at| names[*at] == "-").collect();
    if shared.len() > 1 {
        let all = std::mem::take(&mut columns[shared[0]]);
        shared.iter().for_each(|at| columns[*at].clear());
        for (turn, line) in all.into_iter().enumerate() {
            columns[shared[turn % shared.len()]].push(line);
        }
    }
    columns
}

fn comm(call: &mut Call<'_, '_>) -> Done {
    let options = call.options("123", &[])?;
    if options.rest.len() != 2 {
        return call.usage("missing operand");
    }
    let mut status = 0;
    let all = call.read_all(&options.rest, &mut status)?;
    let [(_, left), (_, right)] = all.as_slice() else { return Ok(1) };
    let (left, right) = (lines(left), lines(right));
    let (mut a, mut b) = (0, 0);
    let show = |call: &mut Call<'_, '_>, column: usize, line: &[u8]| {
        if options.has(&(column + 1).to_string()) {
            return;
        }
        let tabs = (0..column).filter(|before| !options.has(&(before + 1).to_string())).count();
        call.out.extend(vec![b'\t'; tabs]);
        call.out.extend(bare(line));
        call.out.push(b'\n');
    };
    while a < left.len() || b < right.len() {
        match (left.get(a).map(|line| bare(line)), right.get(b).map(|line| bare(line))) {
            (Some(x), Some(y)) if x == y => {
                show(call, 2, x);
                (a, b) = (a + 1, b + 1);
            }
            (Some(x), y) if y.is_none_or(|y| x < y) => {
                show(call, 0, x);
                a += 1;
            }
            (_, Some(y)) => {
                show(call, 1, y);
                b += 1;
            }
            _ => break,
        }
    }
    Ok(status)
}
