//! `grep`, `egrep`, `fgrep`, `zgrep`.

use regex::bytes::Regex;

use super::call::{Call, Done, Stop};
use super::lines::{bare, lines};
use super::options::Options;
use super::{Command, once, posix};
use crate::machines::files::joined;
use crate::ssh::shell::pattern;

pub(super) const COMMANDS: &[Command] = &[
    once("egrep", "/usr/bin", run),
    once("fgrep", "/usr/bin", run),
    once("grep", "/usr/bin", run),
    once("zgrep", "/usr/bin", run),
];

struct Search {
    patterns: Vec<Regex>,
    options: Options,
    names: bool,
    before: usize,
    after: usize,
    most: u64,
}

const LONG: [(&str, &str); 30] = [
    ("extended-regexp", "E"),
    ("fixed-strings", "F"),
    ("perl-regexp", "P"),
    ("regexp=", "e"),
    ("file=", "f"),
    ("ignore-case", "i"),
    ("word-regexp", "w"),
    ("line-regexp", "x"),
    ("invert-match", "v"),
    ("max-count=", "m"),
    ("line-number", "n"),
    ("with-filename", "H"),
    ("no-filename", "h"),
    ("only-matching", "o"),
    ("quiet", "q"),
    ("silent", "q"),
    ("no-messages", "s"),
    ("recursive", "r"),
    ("files-with-matches", "l"),
    ("files-without-match", "L"),
    ("count", "c"),
    ("before-context=", "B"),
    ("after-context=", "A"),
    ("context=", "C"),
    ("color=", "color"),
    ("colour=", "color"),
    ("include=", "include"),
    ("exclude=", "exclude"),
    ("text", "a"),
    ("line-buffered", "lb"),
];

#[expect(clippy::too_many_lines, reason = "one table: each case is a line or two, and they belong together")]
fn run(call: &mut Call<'_, '_>) -> Done {
    // `-5` is a context.
    for word in &mut call.args {
        if word.len() > 1 && word.starts_with('-') && word[1..].bytes().all(|c| c.is_ascii_digit()) {
            *word = format!("-C{}", &word[1..]);
        }
    }
    let options = call.options("EFGPe:f:iywxvm:nHhoqsrRlLcB:A:C:aIUz", &LONG)?;
    if let Some(odd) = ["z", "exclude-dir"].iter().find(|odd| options.has(odd)) {
        return call.unknown(&format!("option `{odd}`"));
    }
    let mut paths = options.rest.clone();
    let mut texts = options.values("e");
    for path in options.values("f") {
        match call.read(&path)? {
            Ok(bytes) => texts.extend(lines(&bytes).into_iter().map(|line| Call::text(bare(line)))),
            Err(error) => return call.fail(2, &format!("{path}: {error}")),
        }
    }
    if !options.has("e") && !options.has("f") {
        if paths.is_empty() {
            call.say_line("Usage: grep [OPTION]... PATTERNS [FILE]...");
            call.say_line("Try 'grep --help' for more information.");
            return Ok(2);
        }
        texts = paths.remove(0).split('\n').map(str::to_owned).collect();
    }
    let deep = options.has("r") || options.has("R");
    let patterns = compile(call, &texts, &options)?;
    let context =
        |name: &str| options.value(name).or(options.value("C")).and_then(|text| text.parse().ok()).unwrap_or(0);
    let search = Search {
        patterns,
        names: (paths.len() > 1 || deep || options.has("H")) && !options.has("h"),
        before: context("B"),
        after: context("A"),
        most: options.value("m").and_then(|text| text.parse().ok()).unwrap_or(u64::MAX),
        options,
    };
    if paths.is_empty() {
        paths.push(if deep { ".".into() } else { "-".into() });
    }
    let (mut found, mut failed) = (false, false);
    let mut todo: Vec<String> = paths.into_iter().rev().collect();
    while let Some(path) = todo.pop() {
        if path != "-" && call.sys.stat(&path, true).is_ok_and(|stat| stat.is_folder()) {
            if !deep {
                call.say(&format!("{path}: Is a directory"));
                failed = true;
                continue;
            }
            let who = call.sys.cred();
            let names = call.sys.walk(&path, true).and_then(|spot| call.sys.machine.names_at(&who, &spot));
            todo.extend(names.unwrap_or_default().iter().rev().map(|name| joined(&path, name)));
            continue;
        }
        let name = path.rsplit('/').next().unwrap_or(&path);
        let fits = |patterns: &[String]| patterns.iter().any(|wanted| pattern::matches(wanted, name));
        let (include, exclude) = (search.options.values("include"), search.options.values("exclude"));
        if deep && (!include.is_empty() && !fits(&include) || fits(&exclude)) {
            continue;
        }
        match call.read(&path)? {
            Ok(bytes) => {
                let bytes = if call.name == "zgrep" { super::compress::unzip(&bytes).unwrap_or(bytes) } else { bytes };
                found |= one(call, &search, &path, &bytes);
                if found && search.options.has("q") {
                    return Ok(0);
                }
            }
            Err(error) => {
                failed = true;
                if !search.options.has("s") {
                    call.say(&format!("{path}: {error}"));
                }
            }
        }
    }
    Ok(if failed && !(found && search.options.has("q")) { 2 } else { i32::from(!found) })
}

fn compile(call: &mut Call<'_, '_>, texts: &[String], options: &Options) -> Result<Vec<Regex>, Stop> {
    let fold = options.has("i") || options.has("y");
    let kind = options.last_of(&["E", "F", "G", "P"]).unwrap_or(match call.name.as_str() {
        "egrep" => "E",
        "fgrep" => "F",
        _ => "G",
    });
    let kind = kind.to_owned();
    let mut patterns = Vec::new();
    for text in texts {
        let made = match kind.as_str() {
            "F" => posix::fixed(text, fold),
            // Of Perl's patterns this knows what the crate knows, which says where it does not.
            "P" => posix::build(text, fold),
            kind => posix::regex(text, kind == "E", fold),
        };
        let made = made.and_then(|made| {
            let around = if options.has("x") {
                format!("^(?:{})$", made.as_str())
            } else if options.has("w") {
                format!("(?:^|\\b{{start-half}})(?:{})(?:$|\\b{{end-half}})", made.as_str())
            } else {
                return Ok(made);
            };
            posix::build(&around, fold)
        });
        match made {
            Ok(made) => patterns.push(made),
            Err(why) if why.contains("not known to the twin") => return call.unknown("a back-reference"),
            Err(why) => return call.fail(2, &why),
        }
    }
    Ok(patterns)
}

/// Searches one file; says whether a line was found.
fn one(call: &mut Call<'_, '_>, search: &Search, path: &str, bytes: &[u8]) -> bool {
    let options = &search.options;
    let shown = if path == "-" { "(standard input)" } else { path };
    let binary = bytes.contains(&0) && !options.has("a");
    let all = lines(bytes);
    let mut count = 0_u64;
    let mut last_shown: Option<usize> = None;
    let mut after = 0;
    for (at, line) in all.iter().enumerate() {
        let line = bare(line);
        let hit = search.patterns.iter().any(|pattern| pattern.is_match(line)) != options.has("v");
        if hit && count < search.most {
            count += 1;
            if options.has("q") || options.has("l") || options.has("L") {
                break;
            }
            if options.has("c") {
                continue;
            }
            if binary {
                call.line(&format!("grep: {shown}: binary file matches").replacen("grep: ", "Binary file ", 0));
                return true;
            }
            let from = at.saturating_sub(search.before).max(last_shown.map_or(0, |last| last + 1));
            if (search.before > 0 || search.after > 0) && last_shown.is_some_and(|last| from > last + 1) {
                call.line("--");
            }
            for (number, line) in all.iter().enumerate().take(at).skip(from) {
                print(call, search, shown, number, bare(line), '-');
            }
            if options.has("o") && !options.has("v") {
                only(call, search, shown, at, line);
            } else {
                print(call, search, shown, at, line, ':');
            }
            last_shown = Some(at);
            after = search.after;
        } else if after > 0 && !options.has("c") {
            after -= 1;
            print(call, search, shown, at, line, '-');
            last_shown = Some(at);
        }
        if count >= search.most && after == 0 {
            break;
        }
    }
    let lead = if search.names { format!("{shown}:") } else { String::new() };
    if options.has("l") && count > 0 || options.has("L") && count == 0 {
        call.line(shown);
    } else if options.has("c") && !options.has("l") && !options.has("L") {
        call.line(&format!("{lead}{count}"));
    }
    if options.has("L") { count == 0 } else { count > 0 }
}

fn print(call: &mut Call<'_, '_>, search: &Search, shown: &str, at: usize, line: &[u8], sign: char) {
    if search.names {
        call.print(&format!("{shown}{sign}"));
    }
    if search.options.has("n") {
        call.print(&format!("{}{sign}", at + 1));
    }
    call.out.extend(line);
    call.out.push(b'\n');
}

fn only(call: &mut Call<'_, '_>, search: &Search, shown: &str, at: usize, line: &[u8]) {
    let mut from = 0;
    while from <= line.len() {
        let found = search.patterns.iter().filter_map(|pattern| pattern.find_at(line, from));
        let Some(found) = found.min_by_key(|found| (found.start(), std::cmp::Reverse(found.end()))) else { break };
        if found.is_empty() {
            from = found.end() + 1;
            continue;
        }
        print(call, search, shown, at, found.as_bytes(), ':');
        from = found.end();
    }
}
