//! Commands of a line or two: `true`, `echo`, `printf`, `pwd`, `basename`, `dirname`, `seq`, `sync`, `nproc` and so on.

use super::call::{Call, Done, Stop};
use super::format::{Escapes, escapes, printf};
use super::{Command, numbers, once};

pub(super) const COMMANDS: &[Command] = &[
    once("true", "/usr/bin", |_| Ok(0)),
    once("false", "/usr/bin", |_| Ok(1)),
    once("arch", "/usr/bin", |call| {
        let text = call.sys.machine.kernel.architecture.clone();
        call.line(&text);
        Ok(0)
    }),
    once("basename", "/usr/bin", basename),
    once("clear", "/usr/bin", |_| Ok(0)),
    once("dirname", "/usr/bin", dirname),
    once("echo", "/usr/bin", echo),
    once("expr", "/usr/bin", expr),
    once("getconf", "/usr/bin", getconf),
    once("nproc", "/usr/bin", |call| {
        let text = call.sys.machine.kernel.processors.to_string();
        call.line(&text);
        Ok(0)
    }),
    once("printf", "/usr/bin", print),
    once("pwd", "/usr/bin", |call| {
        let text = call.sys.me().folder.clone();
        call.line(&text);
        Ok(0)
    }),
    once("seq", "/usr/bin", seq),
    once("sleep", "/usr/bin", sleep),
    once("sync", "/usr/bin", sync),
    once("tty", "/usr/bin", |call| {
        let typed = call.sys.is_terminal(0);
        call.line(if typed { "/dev/pts/0" } else { "not a tty" });
        Ok(i32::from(!typed))
    }),
];

fn basename(call: &mut Call<'_, '_>) -> Done {
    let options = call.options_first("as:z", &[("multiple", "a"), ("suffix=", "s")])?;
    let many = options.has("a") || options.has("s");
    if options.rest.is_empty() {
        return call.usage("missing operand");
    }
    if !many && options.rest.len() > 2 {
        return call.usage(&format!("extra operand '{}'", options.rest[2]));
    }
    let suffix = if many { options.value("s").map(str::to_owned) } else { options.rest.get(1).cloned() };
    let paths = if many { &options.rest[..] } else { &options.rest[..1] };
    for path in paths {
        let trimmed = path.trim_end_matches('/');
        let name = if trimmed.is_empty() && !path.is_empty() { "/" } else { trimmed.rsplit('/').next().unwrap_or("") };
        let shown = suffix.as_deref().and_then(|suffix| name.strip_suffix(suffix)).filter(|left| !left.is_empty());
        call.line(shown.unwrap_or(name));
    }
    Ok(0)
}

fn dirname(call: &mut Call<'_, '_>) -> Done {
    let options = call.options("z", &[])?;
    if options.rest.is_empty() {
        return call.usage("missing operand");
    }
    for path in &options.rest {
        let trimmed = path.trim_end_matches('/');
        let folder = match trimmed.rsplit_once('/') {
            Some((folder, _)) if folder.trim_end_matches('/').is_empty() => "/",
            Some((folder, _)) => folder.trim_end_matches('/'),
            None if trimmed.is_empty() && path.starts_with('/') => "/",
            None => ".",
        };
        call.line(folder);
    }
    Ok(0)
}

fn echo(call: &mut Call<'_, '_>) -> Done {
    let args = call.args.clone();
    let is_flag =
        |word: &&String| word.len() > 1 && word.starts_with('-') && word[1..].chars().all(|c| "neE".contains(c));
    let flags: String = args.iter().take_while(is_flag).flat_map(|word| word[1..].chars()).collect();
    let rest = args[args.iter().take_while(is_flag).count()..].join(" ");
    if flags.chars().rev().find(|c| "eE".contains(*c)) == Some('e') {
        let (bytes, stopped) = escapes(&rest, Escapes::Echo);
        call.out.extend(bytes);
        if stopped {
            return Ok(0);
        }
    } else {
        call.print(&rest);
    }
    if !flags.contains('n') {
        call.out.push(b'\n');
    }
    Ok(0)
}

fn print(call: &mut Call<'_, '_>) -> Done {
    let args = call.args.clone();
    let Some((format, rest)) = args.split_first() else { return call.usage("missing operand") };
    let done = printf(format, rest);
    call.out.extend(done.out);
    for why in &done.complaints {
        call.say(why);
    }
    Ok(i32::from(!done.complaints.is_empty()))
}

fn seq(call: &mut Call<'_, '_>) -> Done {
    let mut words = call.args.clone();
    let mut between = "\n".to_owned();
    let mut equal = false;
    while let Some(word) = words.first().cloned() {
        match word.as_str() {
            "-w" => equal = true,
            "-s" if words.len() > 1 => between = words.remove(1),
            joined if joined.starts_with("-s") && joined.len() > 2 => between = joined[2..].to_owned(),
            odd if odd.starts_with('-') && !odd[1..].starts_with(|c: char| c.is_ascii_digit() || c == '.') => {
                return call.unknown(&format!("option `{odd}`"));
            }
            _ => break,
        }
        words.remove(0);
    }
    let mut numbers = Vec::new();
    for word in &words {
        match word.parse::<f64>() {
            Ok(number) => numbers.push(number),
            Err(_) => return call.usage(&format!("invalid floating point argument: '{word}'")),
        }
    }
    let (first, step, last) = match numbers.as_slice() {
        [last] => (1.0, 1.0, *last),
        [first, last] => (*first, 1.0, *last),
        [first, step, last] => (*first, *step, *last),
        [] => return call.usage("missing operand"),
        _ => return call.usage(&format!("extra operand '{}'", words[3])),
    };
    if step == 0.0 {
        return call.usage("invalid Zero increment value: '0'");
    }
    let digits = words.iter().map(|word| word.split_once('.').map_or(0, |(_, digits)| digits.len())).max().unwrap_or(0);
    let mut all = Vec::new();
    let mut at = 0.0;
    while (step > 0.0 && first + at * step <= last + 1e-9) || (step < 0.0 && first + at * step >= last - 1e-9) {
        all.push(format!("{:.digits$}", first + at * step));
        at += 1.0;
        if all.len() > 1_000_000 {
            break;
        }
    }
    let width = if equal { all.iter().map(String::len).max().unwrap_or(0) } else { 0 };
    let all: Vec<String> = all.into_iter().map(|number| format!("{number:0>width$}")).collect();
    if !all.is_empty() {
        call.line(&all.join(&between));
    }
    Ok(0)
}

fn sleep(call: &mut Call<'_, '_>) -> Done {
    let words = call.args.clone();
    if words.is_empty() {
        return call.usage("missing operand");
    }
    let mut all = std::time::Duration::ZERO;
    for word in &words {
        match numbers::time(word) {
            Some(time) => all += time,
            None => return call.usage(&format!("invalid time interval '{word}'")),
        }
    }
    call.sleep(all)?;
    Ok(0)
}

fn sync(call: &mut Call<'_, '_>) -> Done {
    let options = call.options("df", &[("data", "d"), ("file-system", "f")])?;
    let mut status = 0;
    let time = call.sys.machine.disk_time();
    call.sleep(time)?;
    for path in &options.rest {
        if let Err(error) = call.sys.stat(path, true) {
            call.say(&format!("error opening '{path}': {error}"));
            status = 1;
        }
    }
    Ok(status)
}

fn getconf(call: &mut Call<'_, '_>) -> Done {
    let word = call.args.first().cloned().unwrap_or_default();
    let text = match word.as_str() {
        "PAGESIZE" | "PAGE_SIZE" => "4096".to_owned(),
        "CLK_TCK" => "100".to_owned(),
        "ARG_MAX" => "2097152".to_owned(),
        "LONG_BIT" => "64".to_owned(),
        "_NPROCESSORS_ONLN" | "_NPROCESSORS_CONF" => call.sys.machine.kernel.processors.to_string(),
        _ => return call.unknown(&format!("variable `{word}`")),
    };
    call.line(&text);
    Ok(0)
}

fn expr(call: &mut Call<'_, '_>) -> Done {
    let words: Vec<String> = call.args.clone();
    let number = |word: &String| word.parse::<i64>().ok();
    let text = match words.as_slice() {
        [one] => one.clone(),
        [text, sign, pattern] if sign == ":" => match super::posix::regex(&format!("^{pattern}"), false, false) {
            Ok(pattern) => matched(&pattern, text),
            Err(why) => return call.fail(2, &why),
        },
        [left, sign, right] => match (sign.as_str(), number(left), number(right)) {
            ("+", Some(a), Some(b)) => a.wrapping_add(b).to_string(),
            ("-", Some(a), Some(b)) => a.wrapping_sub(b).to_string(),
            ("*", Some(a), Some(b)) => a.wrapping_mul(b).to_string(),
            ("/" | "%", Some(_), Some(0)) => return call.fail(2, "division by zero"),
            ("/", Some(a), Some(b)) => a.wrapping_div(b).to_string(),
            ("%", Some(a), Some(b)) => a.wrapping_rem(b).to_string(),
            ("+" | "-" | "*" | "/" | "%", ..) => return call.fail(2, "non-integer argument"),
            (sign @ ("=" | "!=" | "<" | "<=" | ">" | ">="), a, b) => {
                let order = match (a, b) {
                    (Some(a), Some(b)) => a.cmp(&b),
                    _ => left.cmp(right),
                };
                let holds = match sign {
                    "=" => order.is_eq(),
                    "!=" => order.is_ne(),
                    "<" => order.is_lt(),
                    "<=" => order.is_le(),
                    ">" => order.is_gt(),
                    _ => order.is_ge(),
                };
                i32::from(holds).to_string()
            }
            _ => return call.unknown(&format!("expression `{sign}`")),
        },
        [] => return call.usage("missing operand"),
        _ => return call.unknown("a long expression"),
    };
    call.line(&text);
    if text.is_empty() || text == "0" { Err(Stop::Exit(1)) } else { Ok(0) }
}

/// What `expr TEXT : PATTERN` says: the first group, or how much was matched where there is none.
fn matched(pattern: &regex::bytes::Regex, text: &str) -> String {
    let found = pattern.captures(text.as_bytes());
    match (found, pattern.captures_len() > 1) {
        (Some(found), true) => found.get(1).map(|part| Call::text(part.as_bytes())).unwrap_or_default(),
        (Some(found), false) => found[0].len().to_string(),
        (None, grouped) => {
            if grouped {
                String::new()
            } else {
                "0".to_owned()
            }
        }
    }
}
