//! `diff`: what differs between two files, line by line.

use super::call::{Call, Done};
use super::lines::{bare, lines};
use super::{Command, once};

pub(super) const COMMANDS: &[Command] = &[once("diff", "/usr/bin", run)];

/// Beyond this the two are only said to differ.
const LINES_MAX: usize = 5000;

fn run(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("unified", "u"),
        ("brief", "q"),
        ("ignore-all-space", "w"),
        ("ignore-space-change", "b"),
        ("recursive", "r"),
        ("new-file", "N"),
        ("label=", "L"),
        ("color=", "color"),
    ];
    let options = call.options("uqwbrNU:BiL:", &long)?;
    if let Some(odd) = ["w", "b", "r", "B", "i", "L"].iter().find(|odd| options.has(odd)) {
        return call.unknown(&format!("option `-{odd}`"));
    }
    let [left, right] = options.rest.as_slice() else { return call.usage("missing operand") };
    let (left, right) = (left.clone(), right.clone());
    let mut both = Vec::new();
    for path in [&left, &right] {
        match call.read(path)? {
            Ok(bytes) => both.push(bytes),
            Err(_) if options.has("N") => both.push(Vec::new()),
            Err(error) => return call.fail(2, &format!("{path}: {error}")),
        }
    }
    if both[0] == both[1] {
        return Ok(0);
    }
    let (a, b) = (lines(&both[0]), lines(&both[1]));
    if options.has("q") || a.len().max(b.len()) > LINES_MAX {
        call.line(&format!("Files {left} and {right} differ"));
        return Ok(1);
    }
    let changes = changes(&a, &b);
    if options.has("u") || options.has("U") {
        let around = options.value("U").and_then(|text| text.parse().ok()).unwrap_or(3);
        for (sign, path) in [("---", &left), ("+++", &right)] {
            let moment = call.sys.stat(path, true).map(|stat| stat.modified).unwrap_or_default();
            let moment = super::dates::shown("%Y-%m-%d %H:%M:%S.%N %z", moment);
            call.line(&format!("{sign} {path}\t{moment}"));
        }
        unified(call, &a, &b, &changes, around);
    } else {
        normal(call, &a, &b, &changes);
    }
    Ok(1)
}

/// A piece of the left that became a piece of the right.
type Change = ((usize, usize), (usize, usize));

fn changes(a: &[&[u8]], b: &[&[u8]]) -> Vec<Change> {
    // How long what two ends have in common is, from each pair of places on.
    let mut common = vec![vec![0_u32; b.len() + 1]; a.len() + 1];
    for x in (0..a.len()).rev() {
        for y in (0..b.len()).rev() {
            common[x][y] = if a[x] == b[y] { common[x + 1][y + 1] + 1 } else { common[x + 1][y].max(common[x][y + 1]) };
        }
    }
    let (mut x, mut y) = (0, 0);
    let mut all = Vec::new();
    while x < a.len() || y < b.len() {
        if x < a.len() && y < b.len() && a[x] == b[y] {
            (x, y) = (x + 1, y + 1);
            continue;
        }
        let from = (x, y);
        while (x < a.len() || y < b.len()) && !(x < a.len() && y < b.len() && a[x] == b[y]) {
            if x < a.len() && (y >= b.len() || common[x + 1][y] >= common[x][y + 1]) {
                x += 1;
            } else {
                y += 1;
            }
        }
        all.push(((from.0, x), (from.1, y)));
    }
    all
}

fn put(call: &mut Call<'_, '_>, sign: &str, line: &[u8]) {
    call.print(sign);
    call.out.extend(bare(line));
    call.out.push(b'\n');
    if !line.ends_with(b"\n") {
        call.line("\\ No newline at end of file");
    }
}

fn normal(call: &mut Call<'_, '_>, a: &[&[u8]], b: &[&[u8]], changes: &[Change]) {
    let range = |from: usize, to: usize| if to - from <= 1 { to.to_string() } else { format!("{},{to}", from + 1) };
    for ((af, at), (bf, bt)) in changes {
        let letter = match (at > af, bt > bf) {
            (true, true) => 'c',
            (true, false) => 'd',
            _ => 'a',
        };
        call.line(&format!("{}{letter}{}", range(*af, *at), range(*bf, *bt)));
        a[*af..*at].iter().for_each(|line| put(call, "< ", line));
        if letter == 'c' {
            call.line("---");
        }
        b[*bf..*bt].iter().for_each(|line| put(call, "> ", line));
    }
}

fn unified(call: &mut Call<'_, '_>, a: &[&[u8]], b: &[&[u8]], changes: &[Change], around: usize) {
    let mut groups: Vec<Vec<Change>> = Vec::new();
    for change in changes {
        match groups.last_mut() {
            Some(group) if change.0.0 - group[group.len() - 1].0.1 <= 2 * around => group.push(*change),
            _ => groups.push(vec![*change]),
        }
    }
    let span = |from: usize, to: usize| match to - from {
        1 => (from + 1).to_string(),
        0 => format!("{from},0"),
        count => format!("{},{count}", from + 1),
    };
    for group in groups {
        let (first, last) = (group[0], group[group.len() - 1]);
        let before = around.min(first.0.0);
        let after = around.min(a.len() - last.0.1);
        let (af, at) = (first.0.0 - before, last.0.1 + after);
        let (bf, bt) = (first.1.0 - before, last.1.1 + after);
        call.line(&format!("@@ -{} +{} @@", span(af, at), span(bf, bt)));
        let mut here = af;
        for ((xf, xt), (yf, yt)) in group {
            a[here..xf].iter().for_each(|line| put(call, " ", line));
            a[xf..xt].iter().for_each(|line| put(call, "-", line));
            b[yf..yt].iter().for_each(|line| put(call, "+", line));
            here = xt;
        }
        a[here..at].iter().for_each(|line| put(call, " ", line));
    }
}
