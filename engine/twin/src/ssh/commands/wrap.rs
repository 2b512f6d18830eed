//! Commands that run others: `env`, `nohup`, `setsid`, `nice`, `timeout`, `xargs`, `sudo`, `su`, `time`, `chroot`.

use super::call::{Call, Done, Stop};
use super::once::start;
use super::{Command, numbers, once, program_of};
use crate::machines::process::{Flow, Pid, Program, Wait};
use crate::machines::signal;
use crate::machines::sys::Sys;

pub(super) const COMMANDS: &[Command] = &[
    once("env", "/usr/bin", env),
    once("ionice", "/usr/bin", ionice),
    once("nice", "/usr/bin", nice),
    once("nohup", "/usr/bin", nohup),
    once("printenv", "/usr/bin", printenv),
    once("setsid", "/usr/bin", setsid),
    once("stdbuf", "/usr/bin", stdbuf),
    program_of("timeout", "/usr/bin", Timeout::start),
    once("xargs", "/usr/bin", xargs),
];

fn env(call: &mut Call<'_, '_>) -> Done {
    let options =
        call.options_first("iu:0C:", &[("ignore-environment", "i"), ("unset=", "u"), ("null", "0"), ("chdir=", "C")])?;
    let mut env = if options.has("i") { std::collections::BTreeMap::new() } else { call.env() };
    options.values("u").iter().for_each(|name| {
        env.remove(name);
    });
    let mut rest = options.rest.clone();
    if rest.first().is_some_and(|word| word == "-") {
        env.clear();
        rest.remove(0);
    }
    while let Some((name, value)) = rest.first().and_then(|word| word.split_once('=')) {
        env.insert(name.to_owned(), value.to_owned());
        rest.remove(0);
    }
    if let Some(folder) = options.value("C") {
        match call.sys.walk(folder, true) {
            Ok(spot) if call.sys.machine.is_folder_at(&spot) => call.sys.change(|me| me.folder = spot.path),
            _ => return call.fail(125, &format!("cannot change directory to '{folder}': No such file or directory")),
        }
    }
    if rest.is_empty() {
        let end = if options.has("0") { "\0" } else { "\n" };
        let text: String = env.iter().map(|(name, value)| format!("{name}={value}{end}")).collect();
        call.print(&text);
        return Ok(0);
    }
    Err(Stop::Become(rest, env))
}

fn printenv(call: &mut Call<'_, '_>) -> Done {
    let env = call.env();
    if call.args.is_empty() {
        let text: String = env.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        call.print(&text);
        return Ok(0);
    }
    let mut status = 0;
    for name in call.args.clone() {
        match env.get(&name) {
            Some(value) => call.line(&value.clone()),
            None => status = 1,
        }
    }
    Ok(status)
}

fn nohup(call: &mut Call<'_, '_>) -> Done {
    let words = call.args.clone();
    if words.is_empty() {
        return call.usage("missing operand");
    }
    call.sys.change(|me| {
        me.ignored.insert(signal::HUP);
    });
    Err(Stop::Become(words, call.env()))
}

fn setsid(call: &mut Call<'_, '_>) -> Done {
    let options = call.options_first("fwc", &[("fork", "f"), ("wait", "w"), ("ctty", "c")])?;
    if options.rest.is_empty() {
        return call.fail(1, "no command specified");
    }
    let (pid, env) = (call.sys.pid, call.env());
    // A leader of a group cannot begin a session; it leaves that to a child.
    if call.sys.me().pgid == pid || options.has("f") {
        if call.is_first() {
            let child = match start(&options.rest, env.clone(), None, call.sys) {
                Ok(child) => child,
                Err((status, why)) => return call.fail(status, &why),
            };
            if let Some(process) = call.sys.machine.proc_mut(child) {
                (process.sid, process.pgid) = (child, child);
            }
            if options.has("w") {
                return Err(Stop::Wait(Wait::Child(child)));
            }
        }
        return Ok(0);
    }
    call.sys.change(|me| (me.sid, me.pgid) = (pid, pid));
    Err(Stop::Become(options.rest, env))
}

fn nice(call: &mut Call<'_, '_>) -> Done {
    let options = call.options_first("n:", &[("adjustment=", "n")])?;
    let by: i32 = options.value("n").and_then(|text| text.parse().ok()).unwrap_or(10);
    if options.rest.is_empty() {
        let text = call.sys.me().nice.to_string();
        call.line(&text);
        return Ok(0);
    }
    call.sys.change(|me| me.nice = (me.nice + by).clamp(-20, 19));
    Err(Stop::Become(options.rest, call.env()))
}

fn ionice(call: &mut Call<'_, '_>) -> Done {
    let options = call.options_first("c:n:p:t", &[])?;
    if options.rest.is_empty() || options.has("p") {
        return call.unknown("this use");
    }
    Err(Stop::Become(options.rest, call.env()))
}

fn stdbuf(call: &mut Call<'_, '_>) -> Done {
    let options = call.options_first("i:o:e:", &[])?;
    Err(Stop::Become(options.rest, call.env()))
}

/// `timeout`: a child that has so long, and what is done with it then.
#[derive(Clone, Debug)]
struct Timeout {
    args: Vec<String>,
    child: Option<Pid>,
    until: std::time::Duration,
    kill_after: Option<std::time::Duration>,
    signal: i32,
    preserve: bool,
    fired: bool,
}

impl Timeout {
    fn start(words: &[String]) -> Box<dyn Program> {
        Box::new(Self {
            args: words.get(1..).unwrap_or_default().to_vec(),
            child: None,
            until: std::time::Duration::ZERO,
            kill_after: None,
            signal: signal::TERM,
            preserve: false,
            fired: false,
        })
    }

    fn begin(&mut self, sys: &mut Sys<'_>) -> Result<(), (i32, String)> {
        let wrong = |text: String| (125, format!("{text}\nTry 'timeout --help' for more information."));
        let mut args: std::collections::VecDeque<String> = self.args.clone().into();
        let mut foreground = false;
        while let Some(word) = args.front().cloned().filter(|word| word.starts_with('-')) {
            args.pop_front();
            let (name, joined) = match word.split_once('=') {
                Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
                None if word.len() > 2 && !word.starts_with("--") => (word[..2].to_owned(), Some(word[2..].to_owned())),
                None => (word.clone(), None),
            };
            let mut value = || joined.clone().or_else(|| args.pop_front()).unwrap_or_default();
            match name.as_str() {
                "-s" | "--signal" => {
                    let word = value();
                    self.signal = signal::number(&word).ok_or_else(|| wrong(format!("'{word}': invalid signal")))?;
                }
                "-k" | "--kill-after" => {
                    let word = value();
                    self.kill_after =
                        Some(numbers::time(&word).ok_or_else(|| wrong(format!("invalid time interval '{word}'")))?);
                }
                "--preserve-status" | "-p" => self.preserve = true,
                "--foreground" | "-f" => foreground = true,
                "-v" | "--verbose" => {}
                "--" => break,
                odd => {
                    sys.machine.note_unknown(&self.args, &format!("option `{odd}`"));
                    return Err(wrong(format!("unrecognized option '{odd}'")));
                }
            }
        }
        let Some(time) = args.pop_front() else { return Err(wrong("missing operand".into())) };
        let time = numbers::time(&time).ok_or_else(|| wrong(format!("invalid time interval '{time}'")))?;
        if args.is_empty() {
            return Err(wrong("missing operand".into()));
        }
        let words: Vec<String> = args.into();
        let env = (*sys.me().env).clone();
        if !foreground {
            let pid = sys.pid;
            sys.change(|me| me.pgid = pid);
        }
        self.child = Some(
            start(&words, env, None, sys).map_err(|(status, why)| (status, format!("failed to run command {why}")))?,
        );
        self.until = if time.is_zero() { std::time::Duration::MAX } else { sys.now() + time };
        sys.change(|me| me.caught.extend([signal::TERM, signal::INT, signal::HUP]));
        Ok(())
    }
}

impl Program for Timeout {
    fn step(&mut self, sys: &mut Sys<'_>) -> Flow {
        let Some(child) = self.child else {
            return match self.begin(sys) {
                Ok(()) => Flow::Again,
                Err((status, why)) => {
                    let _ = sys.write(2, format!("timeout: {why}\n").as_bytes());
                    Flow::Exit(status)
                }
            };
        };
        if let Some(signal) = sys.take_signal() {
            sys.machine.signal(child, signal);
        }
        if let Some(end) = sys.reap(child) {
            let status = end.status();
            return Flow::Exit(match (self.fired, self.preserve) {
                (true, false) if status == 128 + signal::KILL => status,
                (true, false) => 124,
                _ => status,
            });
        }
        if !sys.is_child(child) {
            return Flow::Exit(124);
        }
        if sys.now() >= self.until {
            let signal = if self.fired { signal::KILL } else { self.signal };
            self.fired = true;
            sys.machine.signal(child, signal);
            // What the child started is in the same group.
            let (own, group) = (sys.pid, sys.me().pgid);
            let others: Vec<Pid> =
                sys.machine.procs.values().filter(|p| p.pgid == group && p.pid != own).map(|p| p.pid).collect();
            for pid in others.into_iter().filter(|_| group == own) {
                sys.machine.signal(pid, signal);
            }
            self.until = self.kill_after.map_or(std::time::Duration::MAX, |after| sys.now() + after);
            return Flow::Again;
        }
        Flow::Wait(Wait::Any(vec![Wait::Child(child), Wait::Until(self.until)]))
    }

    fn copy(&self) -> Box<dyn Program> {
        Box::new(self.clone())
    }
}

fn xargs(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("null", "0"),
        ("max-args=", "n"),
        ("no-run-if-empty", "r"),
        ("replace=", "I"),
        ("max-procs=", "P"),
        ("verbose", "t"),
        ("delimiter=", "d"),
        ("arg-file=", "a"),
    ];
    let options = call.options_first("0n:rI:P:td:L:a:s:", &long)?;
    if let Some(odd) = ["a", "L", "s"].iter().find(|odd| options.has(odd)) {
        return call.unknown(&format!("option `-{odd}`"));
    }
    let input = Call::text(&call.input()?);
    let by_line = options.has("I");
    let items: Vec<String> = if options.has("0") {
        input.split('\0').filter(|item| !item.is_empty()).map(str::to_owned).collect()
    } else if let Some(sign) = options.value("d") {
        let sign = if sign == "\\n" { "\n" } else { sign };
        input.strip_suffix(sign).unwrap_or(&input).split(sign).map(str::to_owned).collect()
    } else if by_line {
        input.lines().map(str::trim_start).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    } else {
        match words(&input) {
            Ok(words) => words,
            Err(why) => return call.fail(1, why),
        }
    };
    let command = if options.rest.is_empty() { vec!["echo".to_owned()] } else { options.rest.clone() };
    let mut runs: Vec<Vec<String>> = Vec::new();
    if let Some(mark) = options.value("I") {
        runs.extend(items.iter().map(|item| command.iter().map(|word| word.replace(mark, item)).collect()));
    } else if items.is_empty() {
        if !options.has("r") {
            runs.push(command);
        }
    } else {
        let most = options.value("n").and_then(|text| text.parse().ok()).filter(|n| *n > 0).unwrap_or(5000);
        runs.extend(items.chunks(most).map(|chunk| command.iter().chain(chunk).cloned().collect()));
    }
    let mut status = 0;
    for run in runs {
        if options.has("t") {
            call.say_line(&run.join(" "));
        }
        let env = call.env();
        match call.child(&run, env, Some(Vec::new()))? {
            0 => {}
            255 => return call.fail(124, &format!("{}: exited with status 255; aborting", run[0])),
            code @ (126 | 127) => return Ok(code),
            code if code > 128 => return call.fail(125, &format!("{}: terminated by signal {}", run[0], code - 128)),
            _ => status = 123,
        }
    }
    Ok(status)
}

/// Words of the input: quotes and backslashes count.
fn words(input: &str) -> Result<Vec<String>, &'static str> {
    let mut all = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = input.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => {
                let held = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        Some(inner) if inner == c => break,
                        Some('\n') | None => {
                            return Err(
                                "unmatched single quote; by default quotes are special to xargs unless you use the -0 option",
                            );
                        }
                        Some(inner) => held.push(inner),
                    }
                }
            }
            '\\' => word.get_or_insert_default().extend(chars.next()),
            c if c.is_ascii_whitespace() => all.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    all.extend(word);
    Ok(all)
}
