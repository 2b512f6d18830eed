//! `tail`: the end of what comes; with `-f` it waits for more.

use std::time::Duration;

use super::call::{Call, Done, Stop};
use super::lines::lines;
use super::{Command, numbers, once};
use crate::machines::process::Wait;

pub(super) const COMMANDS: &[Command] = &[once("tail", "/usr/bin", run)];

fn run(call: &mut Call<'_, '_>) -> Done {
    for word in &mut call.args {
        let digits = word.strip_prefix('-').filter(|rest| !rest.is_empty() && rest.bytes().all(|c| c.is_ascii_digit()));
        if let Some(digits) = digits {
            *word = format!("-n{digits}");
        }
    }
    let long = [
        ("lines=", "n"),
        ("bytes=", "c"),
        ("follow", "f"),
        ("quiet", "q"),
        ("verbose", "v"),
        ("retry", "retry"),
        ("pid=", "pid"),
    ];
    let options = call.options("n:c:fFqvs:", &long)?;
    let bytes = options.last_of(&["n", "c"]) == Some("c");
    let word = options.value(if bytes { "c" } else { "n" }).unwrap_or("10").to_owned();
    let Some(count) = numbers::size(&word) else {
        return call.fail(1, &format!("invalid number of {}: '{word}'", if bytes { "bytes" } else { "lines" }));
    };
    let count = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    let from_start = word.starts_with('+');
    let follows = options.has("f") || options.has("F");
    let usual = vec!["-".to_owned()];
    let paths = if options.rest.is_empty() { usual } else { options.rest.clone() };
    let titles = (paths.len() > 1 || options.has("v")) && !options.has("q");
    let mut status = 0;
    let plan = if follows { Some(first_sizes(call, &paths)?) } else { None };
    for (at, path) in paths.iter().enumerate() {
        let content = match call.read(path)? {
            Ok(content) => content,
            Err(error) => {
                let shown = if error == crate::machines::errno::Errno::IsFolder {
                    format!("error reading '{path}': {error}")
                } else {
                    format!("cannot open '{path}' for reading: {error}")
                };
                call.say(&shown);
                status = 1;
                continue;
            }
        };
        if titles {
            let shown = if path == "-" { "standard input" } else { path };
            call.print(&format!("{}==> {shown} <==\n", if at > 0 { "\n" } else { "" }));
        }
        // Where it follows, what was there at first is cut once; the rest is printed as it came.
        let first = plan.as_ref().and_then(|sizes| sizes.get(at)).copied().unwrap_or(content.len()).min(content.len());
        let shown = end(&content[..first], count, bytes, from_start);
        call.out.extend(&content[first - shown.len()..first]);
        call.out.extend(&content[first..]);
    }
    if follows && status == 0 {
        let until = call.sys.now() + Duration::from_millis(500);
        return Err(Stop::Wait(Wait::Look(until)));
    }
    Ok(status)
}

/// How large the files were when it began.
fn first_sizes(call: &mut Call<'_, '_>, paths: &[String]) -> Result<Vec<usize>, Stop> {
    let plan = call.plan(|call| {
        let size = |path: &String| call.sys.stat(path, true).map_or(0, |stat| stat.size).to_string();
        Ok(vec![paths.iter().map(size).collect()])
    })?;
    Ok(plan[0].iter().map(|size| size.parse().unwrap_or(0)).collect())
}

fn end(content: &[u8], count: usize, bytes: bool, from_start: bool) -> &[u8] {
    if bytes {
        let from =
            if from_start { count.saturating_sub(1).min(content.len()) } else { content.len().saturating_sub(count) };
        return &content[from..];
    }
    let all = lines(content);
    let skip = if from_start { count.saturating_sub(1).min(all.len()) } else { all.len().saturating_sub(count) };
    let from: usize = all[..skip].iter().map(|line| line.len()).sum();
    &content[from..]
}
