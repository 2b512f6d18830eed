//! Both sides of a state, line by line.

use crate::script::{Act, Line, Script};
use std::io::Write;

/// How often a state is run on the kernel before a difference counts.
const TIMES: u32 = 3;

/// The answer to a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Command { out: String, err: String, code: i32 },
    Probe { said: String, why: String },
}

impl Answer {
    pub(crate) fn probe(&self) -> Option<&str> {
        if let Answer::Probe { said, .. } = self { Some(said) } else { None }
    }
}

/// A word to whoever runs the tests, past their capture.
pub(crate) fn say(text: &str) {
    let wrote = writeln!(std::io::stderr(), "{text}");
    assert!(wrote.is_ok(), "standard error is open");
}

/// How many states run at a time.
pub(crate) fn side_by_side() -> usize {
    std::env::var("NETWORK_JOBS").ok().and_then(|n| n.parse().ok()).unwrap_or(3)
}

/// Commands whose output is compared too, behind `ip` options and a namespace.
const TELLING: [&str; 13] = [
    "ip route",
    "ip -4 route",
    "ip rule",
    "ip -br addr",
    "ip -4 -br addr",
    "iptables -S",
    "iptables-save",
    "iptables-legacy -S",
    "iptables-legacy-save",
    "ipset list -n",
    "ipset save",
    "sysctl",
    "bridge fdb",
];

fn tells(line: &Line) -> bool {
    let Act::Command(text) = &line.act else { return false };
    TELLING.iter().any(|start| text.starts_with(start))
        || text.contains("iptables -t nat -S")
        || text.contains("| grep")
}

/// What may differ and does not matter: Ethernet addresses, link numbers, counters, dates.
fn scrub(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with("# ")) {
        let words: Vec<String> = line
            .split(' ')
            .map(|word| {
                let mac = word.len() == 17
                    && word.split(':').all(|part| u8::from_str_radix(part, 16).is_ok() && part.len() == 2);
                let counter = word.starts_with('[') && word.ends_with(']') && word.contains(':');
                let fixed = word == "00:00:00:00:00:00" || word == "ff:ff:ff:ff:ff:ff";
                if mac && !fixed {
                    "MAC".to_owned()
                } else if counter {
                    "[N:N]".to_owned()
                } else if word.len() == 10 && word.starts_with("0x") && line.starts_with("create ") {
                    "N".to_owned()
                } else if word == "linkdown" {
                    // Told up to a second late by the kernel.
                    String::new()
                } else if let Some((name, _)) = word.split_once('@') {
                    name.to_owned()
                } else {
                    word.to_owned()
                }
            })
            .collect();
        lines.push(words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" "));
    }
    lines.join("\n")
}

/// `None` when both sides agree on every line, else what they say differently.
pub(crate) fn compare(script: &Script) -> Option<String> {
    let model = crate::model::run(script);
    let once = |_| match crate::real::run(script, &model) {
        Ok(real) => differences(script, ("kernel", &real), ("model", &model)),
        Err(broken) => Some(format!("the real side did not run: {broken}")),
    };
    // A kernel that is busy is late with carriers and neighbours: what differs counts when it does so each time.
    (0..TIMES).map(once).collect::<Option<Vec<_>>>()?.pop()
}

/// The same for the model alone and for the machines of a twin that are in it.
pub(crate) fn compare_twin(script: &Script) -> Option<String> {
    let (model, twin) = (crate::model::run(script), crate::twin::run(script));
    differences(script, ("model", &model), ("twin", &twin))
}

fn differences(script: &Script, one: (&str, &[Answer]), other: (&str, &[Answer])) -> Option<String> {
    let ((right, rights), (left, lefts)) = (one, other);
    let mut differences = String::new();
    for ((line, model), real) in script.lines.iter().zip(lefts).zip(rights) {
        let said = match (model, real) {
            (Answer::Command { out, err, code }, Answer::Command { out: real_out, err: real_err, code: real_code }) => {
                let mut said = String::new();
                if code != real_code || scrub(err) != scrub(real_err) {
                    said = format!(
                        "  {right} {real_code}: {}\n  {left}  {code}: {}\n",
                        real_err.trim_end(),
                        err.trim_end()
                    );
                }
                if tells(line) && scrub(out) != scrub(real_out) {
                    said.push_str(&format!("  {right} prints\n{}\n  {left} prints\n{}\n", scrub(real_out), scrub(out)));
                }
                said
            }
            (Answer::Probe { said, why }, Answer::Probe { said: real, .. }) if said != real => {
                format!("  {right} {real}\n  {left}  {said} ({why})\n")
            }
            _ => String::new(),
        };
        if !said.is_empty() {
            differences.push_str(&format!("{}: {}\n{said}", line.number, line.text));
        }
    }
    if differences.is_empty() { None } else { Some(differences) }
}

/// What `ping` told, in the words of a state.
pub(crate) fn ping_said(out: &str, err: &str, code: i32) -> String {
    if code == 0 {
        return "reached".to_owned();
    }
    let after = |text: &str, mark: &str| -> String {
        let rest = text.split(mark).nth(1).unwrap_or_default();
        rest.chars().take_while(|c| c.is_ascii_digit()).collect()
    };
    if let Some(line) = out.lines().find_map(|line| line.strip_prefix("From ")) {
        let who = line.split_whitespace().next().unwrap_or_default();
        let rest = line.split_once("icmp_seq=").and_then(|(_, rest)| rest.split_once(' ')).map_or("", |(_, rest)| rest);
        return match rest {
            "Packet filtered" | "Destination Net Prohibited" | "Destination Host Prohibited" => {
                format!("prohibited, says {who}")
            }
            "Destination Port Unreachable" => rest.to_owned(),
            _ if rest.starts_with("Frag needed") => format!("Frag needed: {}, says {who}", after(rest, "mtu = ")),
            _ => format!("{rest}, says {who}"),
        };
    }
    for text in err.lines() {
        if let Some(text) = text.strip_prefix("ping: local error: ") {
            if text.starts_with("message too long") {
                return format!("Message too long: {}", after(text, "mtu="));
            }
            return text.to_owned();
        }
        if text.starts_with("ping: Do you want to ping broadcast?") {
            return "Permission denied".to_owned();
        }
        for start in ["ping: connect: ", "ping: sendmsg: ", "ping: bind: "] {
            if let Some(text) = text.strip_prefix(start) {
                return text.to_owned();
            }
        }
    }
    if err.is_empty() { "silence".to_owned() } else { err.trim().to_owned() }
}
