//! `find`: walks folders and tells, or does, what is asked.

mod read;

use std::time::Duration;

use read::Reader;

use super::call::{Call, Done};
use super::{Command, dates, once};
use crate::machines::files::{Spot, Stat, joined};
use crate::ssh::shell::pattern;

pub(super) const COMMANDS: &[Command] = &[once("find", "/usr/bin", run)];

/// A condition or an action.
#[derive(Clone, Debug)]
enum Test {
    And(Vec<Test>),
    Or(Vec<Test>),
    Not(Box<Test>),
    Name(String, bool),
    Path(String),
    Type(String),
    Size(char, i64, u64),
    Newer(Duration),
    /// Older or younger than so many units.
    Age(char, i64, u64),
    Perm(char, u32),
    User(u32),
    Group(u32),
    Empty,
    True(bool),
    Prune,
    Print(bool),
    Printf(String),
    Ls,
    Delete,
    Exec(Vec<String>, bool),
    Quit,
}

struct Seen {
    shown: String,
    spot: Spot,
    stat: Stat,
    depth: usize,
}

/// What was found out, as a plan: `print TEXT`, `exec WORDS`.
type Plan = Vec<Vec<String>>;

fn run(call: &mut Call<'_, '_>) -> Done {
    let args = call.args.clone();
    let is_path = |word: &&String| !word.starts_with('-') && *word != "(" && *word != "!" && *word != ")";
    let flags = args.iter().take_while(|word| ["-L", "-H", "-P"].contains(&word.as_str())).count();
    let follow = args[..flags].iter().any(|word| word == "-L");
    let count = args[flags..].iter().take_while(is_path).count();
    let mut paths = args[flags..flags + count].to_vec();
    if paths.is_empty() {
        paths.push(".".into());
    }
    let mut reader =
        Reader { words: &args[flags + count..], at: 0, depth: (0, usize::MAX), acts: false, deep_first: false };
    let test = match reader.all(call)? {
        Ok(test) => test,
        Err(why) => return call.fail(1, &why),
    };
    let (acts, depth, deep_first) = (reader.acts, reader.depth, reader.deep_first);
    let mut failed = false;
    let plan = call.plan(|call| {
        let mut plan = Plan::new();
        let mut ended = false;
        for path in &paths {
            let seen = match start(call, path, follow) {
                Ok(seen) => seen,
                Err(why) => {
                    plan.push(vec!["fail".into(), why]);
                    continue;
                }
            };
            walk(call, seen, &test, (acts, depth, deep_first, follow), &mut plan, &mut ended);
        }
        Ok(plan)
    })?;
    let mut together: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for step in plan.iter() {
        match step[0].as_str() {
            "print" => call.print(&step[1]),
            "fail" => {
                call.say(&step[1]);
                failed = true;
            }
            "exec" => {
                let env = call.env();
                if call.child(&step[1..], env, None)? != 0 {
                    // One command that fails is no failure of the search.
                }
            }
            _ => {
                let (words, path) = (step[2..].to_vec(), step[1].clone());
                match together.iter_mut().find(|(known, _)| *known == words) {
                    Some((_, paths)) => paths.push(path),
                    None => together.push((words, vec![path])),
                }
            }
        }
    }
    for (words, paths) in together {
        let all: Vec<String> =
            words.into_iter().flat_map(|word| if word == "{}" { paths.clone() } else { vec![word] }).collect();
        let env = call.env();
        failed |= call.child(&all, env, None)? != 0;
    }
    Ok(i32::from(failed))
}

fn start(call: &Call<'_, '_>, path: &str, follow: bool) -> Result<Seen, String> {
    let spot = call.sys.walk(path, follow || path.ends_with('/')).map_err(|error| format!("'{path}': {error}"))?;
    let stat = call.sys.machine.stat_at(&spot).map_err(|error| format!("'{path}': {error}"))?;
    Ok(Seen { shown: path.to_owned(), spot, stat, depth: 0 })
}

fn walk(
    call: &mut Call<'_, '_>,
    seen: Seen,
    test: &Test,
    how: (bool, (usize, usize), bool, bool),
    plan: &mut Plan,
    ended: &mut bool,
) {
    let (acts, (least, most), deep_first, follow) = how;
    let mut pruned = false;
    let mut judge = |call: &mut Call<'_, '_>, plan: &mut Plan, ended: &mut bool| {
        if seen.depth >= least && !*ended {
            let holds = test.holds(call, &seen, plan, &mut pruned, ended);
            if holds && !acts {
                plan.push(vec!["print".into(), format!("{}\n", seen.shown)]);
            }
        }
    };
    if !deep_first {
        judge(call, plan, ended);
    }
    if seen.stat.is_folder() && seen.depth < most && (deep_first || !pruned) && !*ended {
        let who = call.sys.cred();
        match call.sys.machine.names_at(&who, &seen.spot) {
            Ok(names) => {
                for name in names {
                    let Ok(spot) = call.sys.walk(&joined(&seen.spot.path, &name), follow) else { continue };
                    let Ok(stat) = call.sys.machine.stat_at(&spot) else { continue };
                    let below = Seen { shown: joined(&seen.shown, &name), spot, stat, depth: seen.depth + 1 };
                    walk(call, below, test, how, plan, ended);
                }
            }
            Err(error) => plan.push(vec!["fail".into(), format!("'{}': {error}", seen.shown)]),
        }
    }
    if deep_first {
        let mut pruned = false;
        if seen.depth >= least && !*ended {
            let holds = test.holds(call, &seen, plan, &mut pruned, ended);
            if holds && !acts {
                plan.push(vec!["print".into(), format!("{}\n", seen.shown)]);
            }
        }
    }
}

impl Test {
    #[expect(clippy::too_many_lines, reason = "one table: each case is a line or two, and they belong together")]
    fn holds(
        &self,
        call: &mut Call<'_, '_>,
        seen: &Seen,
        plan: &mut Plan,
        pruned: &mut bool,
        ended: &mut bool,
    ) -> bool {
        let stat = &seen.stat;
        let compare = |sign: char, value: i64, wanted: i64| match sign {
            '+' => value > wanted,
            '-' => value < wanted,
            _ => value == wanted,
        };
        match self {
            Self::And(tests) => tests.iter().all(|test| test.holds(call, seen, plan, pruned, ended)),
            Self::Or(tests) => tests.iter().any(|test| test.holds(call, seen, plan, pruned, ended)),
            Self::Not(test) => !test.holds(call, seen, plan, pruned, ended),
            Self::Name(wanted, fold) => {
                let trimmed = seen.shown.trim_end_matches('/');
                let name = trimmed.rsplit('/').next().unwrap_or(trimmed);
                let name = if name.is_empty() { "/" } else { name };
                if *fold {
                    pattern::matches(&wanted.to_lowercase(), &name.to_lowercase())
                } else {
                    pattern::matches(wanted, name)
                }
            }
            Self::Path(wanted) => pattern::matches(wanted, &seen.shown),
            Self::Type(letters) => letters.contains(if stat.letter() == '-' { 'f' } else { stat.letter() }),
            Self::Size(sign, count, unit) => compare(*sign, stat.size.div_ceil(*unit) as i64, *count),
            Self::Newer(moment) => stat.modified > *moment,
            Self::Age(sign, count, unit) => {
                let age = call.sys.now().saturating_sub(stat.modified).as_secs() / unit;
                compare(*sign, age as i64, *count)
            }
            Self::Perm('-', bits) => stat.mode & bits == *bits,
            Self::Perm('/', bits) => stat.mode & bits > 0 || *bits == 0,
            Self::Perm(_, bits) => stat.mode & 0o7777 == *bits,
            Self::User(uid) => stat.uid == *uid,
            Self::Group(gid) => stat.gid == *gid,
            Self::Empty if stat.is_folder() => {
                let who = call.sys.cred();
                call.sys.machine.names_at(&who, &seen.spot).is_ok_and(|names| names.is_empty())
            }
            Self::Empty => stat.is_file() && stat.size == 0,
            Self::True(value) => *value,
            Self::Prune => {
                *pruned = true;
                true
            }
            Self::Print(zero) => {
                plan.push(vec!["print".into(), format!("{}{}", seen.shown, if *zero { "\0" } else { "\n" })]);
                true
            }
            Self::Printf(format) => {
                plan.push(vec!["print".into(), printed(call, format, seen)]);
                true
            }
            Self::Ls => {
                let text = format!("{} {} {} {} {}\n", stat.ino, stat.letters(), stat.links, stat.size, seen.shown);
                plan.push(vec!["print".into(), text]);
                true
            }
            Self::Delete => {
                let who = call.sys.cred();
                match call.sys.machine.remove(&who, &seen.spot, stat.is_folder()) {
                    Ok(()) => true,
                    Err(_) if seen.shown == "." => true,
                    Err(error) => {
                        plan.push(vec!["fail".into(), format!("cannot delete '{}': {error}", seen.shown)]);
                        false
                    }
                }
            }
            Self::Exec(words, false) => {
                let mut step = vec!["exec".to_owned()];
                step.extend(words.iter().map(|word| word.replace("{}", &seen.shown)));
                plan.push(step);
                true
            }
            Self::Exec(words, true) => {
                let mut step = vec!["together".to_owned(), seen.shown.clone()];
                step.extend(words.iter().cloned());
                plan.push(step);
                true
            }
            Self::Quit => {
                *ended = true;
                true
            }
        }
    }
}

fn printed(call: &Call<'_, '_>, format: &str, seen: &Seen) -> String {
    let (users, groups) = call.sys.machine.names_of_ids();
    let mut text = String::new();
    let mut chars = format.chars();
    let stat = &seen.stat;
    while let Some(c) = chars.next() {
        if c == '\\' {
            match chars.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('0') => text.push('\0'),
                Some(other) => text.push(other),
                None => text.push('\\'),
            }
            continue;
        }
        if c != '%' {
            text.push(c);
            continue;
        }
        let name = seen.shown.trim_end_matches('/').rsplit('/').next().unwrap_or("/").to_owned();
        text.push_str(&match chars.next() {
            Some('p') => seen.shown.clone(),
            Some('f') => name,
            Some('h') => seen.shown.rsplit_once('/').map_or(".".into(), |(folder, _)| folder.to_owned()),
            Some('s') => stat.size.to_string(),
            Some('m') => format!("{:o}", stat.mode & 0o7777),
            Some('M') => stat.letters(),
            Some('u') => users.get(&stat.uid).cloned().unwrap_or_else(|| stat.uid.to_string()),
            Some('g') => groups.get(&stat.gid).cloned().unwrap_or_else(|| stat.gid.to_string()),
            Some('U') => stat.uid.to_string(),
            Some('G') => stat.gid.to_string(),
            Some('y') => (if stat.letter() == '-' { 'f' } else { stat.letter() }).to_string(),
            Some('d') => seen.depth.to_string(),
            Some('l') => super::links::target(call.sys, &seen.spot.path).unwrap_or_default(),
            Some('P') => seen.shown.split_once('/').map_or(String::new(), |(_, rest)| rest.to_owned()),
            Some('T') => match chars.next() {
                Some('@') => format!("{}.{:09}0", stat.modified.as_secs(), stat.modified.subsec_nanos()),
                Some(letter) => dates::shown(&format!("%{letter}"), stat.modified),
                None => String::new(),
            },
            Some('%') => "%".into(),
            other => format!("%{}", other.map(String::from).unwrap_or_default()),
        });
    }
    text
}
