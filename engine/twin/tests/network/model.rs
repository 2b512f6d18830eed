//! A state run by the model.

use crate::compare::Answer;
use crate::place::Place;
use crate::probe::{By, Question};
use crate::script::{Act, Script};
use runbook_twin::net::{Listener, Network, Outcome, Probe, Transport, run as command};

/// Runs a state; one answer a line.
pub(crate) fn run(script: &Script) -> Vec<Answer> {
    let mut net = Network::new();
    for machine in &script.machines {
        net.card(machine, "eth0", "lan", "virtio_net");
    }
    let mut now = 1_000_000;
    let mut answers = Vec::new();
    for line in &script.lines {
        now += 20;
        answers.push(match &line.act {
            Act::Command(text) => shell(&mut net, &line.place, text, now),
            Act::Serve { tcp, addr, port } => {
                let transport = if *tcp { Transport::Tcp } else { Transport::Udp };
                let listener = Listener { transport, addr: *addr, port: *port, owner: "test".to_owned() };
                let space = net.find(&line.place.machine, &line.place.namespace);
                let opened = space.is_some_and(|space| net.listen(space, listener));
                Answer::Command { out: String::new(), err: String::new(), code: i32::from(!opened) }
            }
            Act::Cable(plugged) => {
                net.cable(&line.place.machine, "eth0", *plugged);
                Answer::Command { out: String::new(), err: String::new(), code: 0 }
            }
            Act::Probe(question) => ask(&mut net, &line.place, question, now),
        });
    }
    answers
}

/// One line of shell: commands joined by `|`, with quotes, and `printf`, `echo`, `grep` as a shell has them.
fn shell(net: &mut Network, place: &Place, text: &str, now: i64) -> Answer {
    let mut input = String::new();
    let mut last = Answer::Command { out: String::new(), err: String::new(), code: 0 };
    let mut errors = String::new();
    for part in pipes(text) {
        let words = words(&part);
        let Some(name) = words.first() else { continue };
        let (out, err, code) = match name.as_str() {
            "printf" | "echo" => {
                (words[1..].join(" ").replace("\\n", "\n") + if name == "echo" { "\n" } else { "" }, String::new(), 0)
            }
            "grep" => grep(&words[1..], &input),
            "true" => (String::new(), String::new(), 0),
            _ => {
                let done = command(net, &place.machine, &place.namespace, &words, &input, now);
                (done.stdout, done.stderr, done.code)
            }
        };
        errors.push_str(&err);
        input.clone_from(&out);
        last = Answer::Command { out, err: errors.clone(), code };
    }
    last
}

fn grep(words: &[String], input: &str) -> (String, String, i32) {
    let (flags, patterns): (Vec<&String>, Vec<&String>) =
        words.iter().partition(|w| w.starts_with('-') && w.len() <= 3);
    let has = |flag: char| flags.iter().any(|word| word.contains(flag));
    let pattern = patterns.first().map(|p| p.as_str()).unwrap_or_default();
    let any: Vec<String> = pattern
        .split("\\|")
        .flat_map(|p| p.split('|'))
        .map(|p| if has('i') { p.to_lowercase() } else { p.to_owned() })
        .collect();
    let fits = |line: &str| {
        let line = if has('i') { line.to_lowercase() } else { line.to_owned() };
        any.iter().any(|p| line.contains(p.as_str())) != has('v')
    };
    let lines: Vec<&str> = input.lines().filter(|line| fits(line)).collect();
    let code = i32::from(lines.is_empty());
    if has('c') {
        return (format!("{}\n", lines.len()), String::new(), code);
    }
    (lines.iter().map(|line| format!("{line}\n")).collect(), String::new(), code)
}

fn pipes(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quote = None;
    for c in text.chars() {
        match (quote, c) {
            (None, '|') => parts.push(String::new()),
            (None, '\'' | '"') => {
                quote = Some(c);
                parts.last_mut().unwrap().push(c);
            }
            (Some(open), c) => {
                if open == c {
                    quote = None;
                }
                parts.last_mut().unwrap().push(c);
            }
            (None, c) => parts.last_mut().unwrap().push(c),
        }
    }
    parts
}

fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in text.chars() {
        match (quote, c) {
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), c) if open == c => quote = None,
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

pub(crate) fn ask(net: &mut Network, place: &Place, question: &Question, now: i64) -> Answer {
    let Some(space) = net.find(&place.machine, &place.namespace) else {
        return Answer::Probe { said: "no such place".to_owned(), why: String::new() };
    };
    let mut probe = match question.by {
        By::Ping => Probe::ping(space, question.to),
        By::Tcp(port) => Probe::port(space, question.to, Transport::Tcp, port),
        By::Udp(port) => Probe::port(space, question.to, Transport::Udp, port),
    };
    probe.size = question.size.unwrap_or(probe.size);
    (probe.whole, probe.loose) = (question.cut == "do", question.cut == "dont");
    probe.ttl = question.ttl;
    probe.from = question.from;
    probe.from_port = question.from_port;
    probe.by.clone_from(&question.link);
    let answer = net.probe(&probe, now);
    let why = answer.why.map(|why| format!("{}: {}", why.place, why.said)).unwrap_or_default();
    let ping = question.by == By::Ping;
    let said = match answer.outcome {
        Outcome::Reached if ping => "reached".to_owned(),
        Outcome::Reached => format!("reached, seen as {}", answer.seen.map(|a| a.to_string()).unwrap_or_default()),
        Outcome::Silence => "silence".to_owned(),
        Outcome::NotSent(text) if ping && text == "Operation not permitted" => "silence".to_owned(),
        Outcome::NotSent(text) => text,
        Outcome::TooLong(mtu, None) => format!("Message too long: {mtu}"),
        Outcome::TooLong(mtu, Some(who)) => format!("Frag needed: {mtu}, says {who}"),
        Outcome::Refused if ping => "Destination Port Unreachable".to_owned(),
        Outcome::Refused => "Connection refused".to_owned(),
        Outcome::HostUnreachable(who) if ping => format!("Destination Host Unreachable, says {who}"),
        Outcome::NetUnreachable(who) if ping => format!("Destination Net Unreachable, says {who}"),
        Outcome::Prohibited(who) | Outcome::NetProhibited(who) | Outcome::HostProhibited(who) if ping => {
            format!("prohibited, says {who}")
        }
        Outcome::NoProtocol(who) if ping => format!("Destination Protocol Unreachable, says {who}"),
        Outcome::NoProtocol(_) => "Protocol not available".to_owned(),
        Outcome::Expired(who) if ping => format!("Time to live exceeded, says {who}"),
        Outcome::HostUnreachable(_) | Outcome::Prohibited(_) | Outcome::HostProhibited(_) | Outcome::Expired(_) => {
            "No route to host".to_owned()
        }
        Outcome::NetUnreachable(_) | Outcome::NetProhibited(_) => "Network is unreachable".to_owned(),
    };
    Answer::Probe { said, why }
}
