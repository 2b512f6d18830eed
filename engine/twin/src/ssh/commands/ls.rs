//! `ls`: what is in a folder.

use super::call::{Call, Done};
use super::options::Options;
use super::{Command, dates, numbers, once};
use crate::machines::errno::Errno;
use crate::machines::files::{Stat, joined};

pub(super) const COMMANDS: &[Command] = &[once("ls", "/usr/bin", run), once("dir", "/usr/bin", run)];

/// One line of a listing.
struct Entry {
    name: String,
    stat: Stat,
    link: Option<String>,
}

fn run(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("all", "a"),
        ("almost-all", "A"),
        ("color=", "color"),
        ("color", "color"),
        ("directory", "d"),
        ("full-time", "full"),
        ("human-readable", "h"),
        ("inode", "i"),
        ("numeric-uid-gid", "n"),
        ("recursive", "R"),
        ("reverse", "r"),
        ("size", "s"),
        ("time-style=", "style"),
        ("classify", "F"),
        ("group-directories-first", "dirs"),
    ];
    let options = call.options("1aAdFghiklLnoprRsStUCxQZq", &long)?;
    if let Some(odd) = ["C", "x", "Q", "Z"].iter().find(|odd| options.has(odd)) {
        return call.unknown(&format!("option `-{odd}`"));
    }
    let usual = vec![".".to_owned()];
    let paths = if options.rest.is_empty() { &usual } else { &options.rest };
    let mut status = 0;
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for path in paths {
        match entry(call, path, path, &options) {
            Ok(entry) if entry.stat.is_folder() && !options.has("d") => folders.push(path.clone()),
            Ok(entry) => {
                // Where it is a link to a folder, the folder is meant, unless its line is asked for.
                let follows = entry.stat.is_link() && !options.has("d") && !is_long(&options);
                match call.sys.stat(path, true) {
                    Ok(stat) if follows && stat.is_folder() => folders.push(path.clone()),
                    _ => files.push(entry),
                }
            }
            Err(error) => {
                call.say(&format!("cannot access '{path}': {error}"));
                status = 2;
            }
        }
    }
    sort(&mut files, &options);
    show(call, &files, &options, false);
    let titles = paths.len() > 1 || options.has("R");
    let mut first = files.is_empty();
    let mut todo: Vec<String> = folders.into_iter().rev().collect();
    while let Some(path) = todo.pop() {
        match list(call, &path, &options) {
            Ok(entries) => {
                if titles {
                    let gap = if first { "" } else { "\n" };
                    call.print(&format!("{gap}{path}:\n"));
                }
                first = false;
                show(call, &entries, &options, true);
                if options.has("R") {
                    let below = entries.iter().filter(|e| e.stat.is_folder() && e.name != "." && e.name != "..");
                    todo.extend(below.rev().map(|entry| joined(&path, &entry.name)));
                }
            }
            Err(error) => {
                call.say(&format!("cannot open directory '{path}': {error}"));
                status = 2;
            }
        }
    }
    Ok(status)
}

fn is_long(options: &Options) -> bool {
    ["l", "n", "g", "o", "full"].iter().any(|name| options.has(name))
}

fn entry(call: &Call<'_, '_>, path: &str, name: &str, options: &Options) -> Result<Entry, Errno> {
    let stat = call.sys.stat(path, options.has("L"))?;
    let link = if stat.is_link() { super::links::target(call.sys, path) } else { None };
    Ok(Entry { name: name.to_owned(), stat, link })
}

fn list(call: &mut Call<'_, '_>, path: &str, options: &Options) -> Result<Vec<Entry>, Errno> {
    let spot = call.sys.walk(path, true)?;
    let who = call.sys.cred();
    let mut names = call.sys.machine.names_at(&who, &spot)?;
    if !options.has("a") && !options.has("A") {
        names.retain(|name| !name.starts_with('.'));
    }
    if options.has("a") {
        names.extend([".".to_owned(), "..".to_owned()]);
    }
    let mut entries = Vec::new();
    for name in names {
        match entry(call, &joined(path, &name), &name, options) {
            Ok(entry) => entries.push(entry),
            Err(error) => call.say(&format!("cannot access '{}': {error}", joined(path, &name))),
        }
    }
    sort(&mut entries, options);
    Ok(entries)
}

fn sort(entries: &mut [Entry], options: &Options) {
    if options.has("U") {
        return;
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    if options.has("S") {
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.stat.size));
    } else if options.has("t") {
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.stat.modified));
    }
    if options.has("r") {
        entries.reverse();
    }
    if options.has("dirs") {
        entries.sort_by_key(|entry| !entry.stat.is_folder());
    }
}

fn marked(entry: &Entry, options: &Options) -> String {
    let mark = match entry.stat.letter() {
        'd' if options.has("F") || options.has("p") => "/",
        'l' if options.has("F") && !is_long(options) => "@",
        '-' if options.has("F") && entry.stat.mode & 0o111 > 0 => "*",
        's' if options.has("F") => "=",
        'p' if options.has("F") => "|",
        _ => "",
    };
    format!("{}{mark}", entry.name)
}

fn show(call: &mut Call<'_, '_>, entries: &[Entry], options: &Options, total: bool) {
    let size = |stat: &Stat| if options.has("h") { numbers::human(stat.size) } else { stat.size.to_string() };
    let blocks =
        |stat: &Stat| if options.has("h") { numbers::human(stat.blocks * 512) } else { (stat.blocks / 2).to_string() };
    if total && (is_long(options) || options.has("s")) {
        let sum: u64 = entries.iter().map(|entry| entry.stat.blocks).sum();
        let shown = if options.has("h") { numbers::human(sum * 512) } else { (sum / 2).to_string() };
        call.line(&format!("total {shown}"));
    }
    let (users, groups) = call.sys.machine.names_of_ids();
    let name_of = |names: &std::collections::BTreeMap<u32, String>, id: u32| match names.get(&id) {
        Some(name) if !options.has("n") => name.clone(),
        _ => id.to_string(),
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    for entry in entries {
        let stat = &entry.stat;
        let mut row = Vec::new();
        if options.has("i") {
            row.push(stat.ino.to_string());
        }
        if options.has("s") {
            row.push(blocks(stat));
        }
        if is_long(options) {
            row.push(stat.letters());
            row.push(stat.links.to_string());
            if !options.has("g") {
                row.push(name_of(&users, stat.uid));
            }
            if !options.has("o") {
                row.push(name_of(&groups, stat.gid));
            }
            row.push(size(stat));
            let style = if options.has("full") { Some("full-iso") } else { options.value("style") };
            row.push(dates::listed(stat.modified, call.sys.now(), style));
        }
        let link = entry.link.as_ref().filter(|_| is_long(options)).map(|to| format!(" -> {to}"));
        row.push(format!("{}{}", marked(entry, options), link.unwrap_or_default()));
        rows.push(row);
    }
    let widths: Vec<usize> = (0..rows.first().map_or(0, Vec::len))
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    // Names of owners stand to the left of their columns, numbers to the right.
    let lead = usize::from(options.has("i")) + usize::from(options.has("s"));
    let last = widths.len().saturating_sub(1);
    for row in rows {
        let cell = |(column, text): (usize, &String)| {
            let width = widths[column];
            let is_name = is_long(options) && column >= lead + 2 && column + 3 <= last && !options.has("n");
            if column == last {
                text.clone()
            } else if is_name || column == lead && is_long(options) {
                format!("{text:<width$}")
            } else {
                format!("{text:>width$}")
            }
        };
        let cells: Vec<String> = row.iter().enumerate().map(cell).collect();
        call.line(&cells.join(" "));
    }
}
