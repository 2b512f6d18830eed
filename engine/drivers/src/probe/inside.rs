//! The questions as a shell script, and the answers in what it printed. Whoever can run a shell somewhere can ask from
//! there: a pod by `exec`, a machine by `ssh`.

use std::fmt::Write as _;
use std::net::IpAddr;

use super::question::{Answer, Ask, Known, Question};
use super::wire;

/// What the script begins with.
const PRELUDE: &str = include_str!("inside.sh");
/// How many questions are asked at once.
const AT_ONCE: usize = 16;

/// The script that asks `questions`, for the standard input of `sh -s`.
pub fn script(questions: &[Question]) -> String {
    let mut text = PRELUDE.to_owned();
    if questions.iter().any(|question| matches!(question.ask, Ask::Open { .. })) {
        text.push_str("ways\n");
    }
    let mut begun = 0;
    // Two that trace a route at once hear each other's answers: large packets come one by one, after all else.
    let mut last = String::new();
    for (nth, question) in questions.iter().enumerate() {
        let line = match &question.ask {
            Ask::Open { host, port } => format!("open {nth} {} {port}", quoted(host)),
            Ask::Name { host, port, .. } => format!("name {nth} {} {port}", quoted(host)),
            Ask::Dns { server, name, tcp: false, .. } => format!("dns {nth} {} {}", quoted(server), quoted(name)),
            Ask::Dns { server, name, tcp: true, .. } => {
                format!("dnstcp {nth} {} {}", quoted(server), quoted(&wire::question(name)))
            }
            Ask::Large { host, bytes } => {
                let _ = writeln!(last, "large {nth} {} {} </dev/null", quoted(host), bytes.unwrap_or(0));
                continue;
            }
        };
        begun += 1;
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{line} </dev/null &");
        if begun % AT_ONCE == 0 {
            text.push_str("wait\n");
        }
    }
    text.push_str("wait\n");
    text.push_str(&last);
    text.push_str("exit 0\n");
    text
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The answers in what the script printed at `from`; what it does not answer is unknown.
pub fn read(from: &str, questions: &[Question], printed: &str) -> Vec<Answer> {
    let mut answers: Vec<Option<Answer>> = vec![None; questions.len()];
    for line in printed.lines() {
        let mut words = line.splitn(5, ' ');
        let (Some("probe"), Some(nth), Some(word), Some(ms)) = (words.next(), words.next(), words.next(), words.next())
        else {
            continue;
        };
        let Some(nth) = nth.parse::<usize>().ok().filter(|nth| *nth < questions.len()) else { continue };
        let said = words.next().unwrap_or_default().replace(['\t', '\r'], " ");
        let (known, why) = judged(&questions[nth].ask, word, said.trim());
        answers[nth] = Some(Answer::of(from, &questions[nth], known, why, ms.parse().ok()));
    }
    let unanswered = |question| Answer::unknown(from, question, "it was asked, and no answer came");
    questions.iter().zip(answers).map(|(question, answer)| answer.unwrap_or_else(|| unanswered(question))).collect()
}

/// What `word` and what was seen amount to.
fn judged(ask: &Ask, word: &str, said: &str) -> (Known, String) {
    let known = match word {
        "yes" => Known::Yes,
        "no" => Known::No,
        _ => Known::Unknown,
    };
    if known != Known::Yes {
        let silent = if known == Known::No { "no answer" } else { "nothing was said of it" };
        let said = if said.is_empty() { silent } else { said };
        let at = match ask {
            // Which of several servers is meant its label does not say.
            Ask::Dns { server, .. } if server != "own" => format!("{server}: "),
            _ => String::new(),
        };
        return (known, format!("{at}{said}"));
    }
    match ask {
        Ask::Open { .. } => (known, "it takes connections".to_owned()),
        Ask::Name { of, .. } if of.iter().any(|name| name == said) => (known, format!("`{said}` answers")),
        Ask::Name { .. } if said.is_empty() => (Known::No, "it takes connections, and nobody answers".to_owned()),
        Ask::Name { .. } => (Known::No, format!("another answers: {said}")),
        Ask::Dns { tcp, address, .. } => {
            let (code, found) =
                if *tcp { wire::answer(said).unwrap_or((u8::MAX, Vec::new())) } else { (0, told(said)) };
            named(code, &found, address.as_deref())
        }
        Ask::Large { .. } => (known, format!("{} come through", said.split(':').next().unwrap_or(said))),
    }
}

fn named(code: u8, found: &[String], wanted: Option<&str>) -> (Known, String) {
    match (code, wanted) {
        (u8::MAX, _) => (Known::No, "what came back is no answer of DNS".to_owned()),
        (1.., _) => (Known::No, format!("the server says no, with code {code}")),
        (0, _) if found.is_empty() => (Known::No, "the server knows no address".to_owned()),
        (0, Some(wanted)) if !found.iter().any(|one| one == wanted) => {
            (Known::No, format!("it is {}, and should be {wanted}", found.join(", ")))
        }
        (0, _) => (Known::Yes, format!("it is {}", found.join(", "))),
    }
}

/// The addresses that `nslookup` tells behind the name; those before it are the server's.
fn told(said: &str) -> Vec<String> {
    let behind = said.split_once("Name:").map_or("", |(_, behind)| behind);
    behind.split_whitespace().filter(|word| word.parse::<IpAddr>().is_ok()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(ask: Ask) -> Question {
        Question { kind: "pod", to: "it".into(), ask }
    }

    fn name(of: &str) -> Question {
        question(Ask::Name { host: "10.0.0.1".into(), port: 80, of: vec![of.into()] })
    }

    #[test]
    fn a_question_that_is_not_answered_is_unknown_and_never_a_success() {
        let asked = [name("a"), name("b"), name("c"), name("d")];
        let printed =
            "noise\nprobe 1 yes 20 b\nprobe 2 no 3000 nc: timed out\nprobe 3 yes 10 x\nprobe 9 yes 1 a\nprobe\n";
        let answers = read("n1", &asked, printed);
        let known: Vec<_> = answers.iter().map(|answer| answer.known).collect();
        assert_eq!(known, [Known::Unknown, Known::Yes, Known::No, Known::No]);
        assert_eq!(answers[3].why, "another answers: x");
        assert_eq!(answers[1].ms, Some(20));
        assert_eq!(answers[0].to_value().get("ok"), Some(&Value::Bool(false)));
    }

    use runbook_model::Value;

    #[test]
    fn names_are_known_only_where_they_are_what_they_should_be() {
        let ask = |tcp| Ask::Dns { server: "own".into(), name: "a.b".into(), tcp, address: Some("10.96.0.1".into()) };
        let judged = |tcp, said: &str| judged(&ask(tcp), "yes", said).0;
        let said = "Server: 10.96.0.10 Address: 10.96.0.10:53  Name: a.b Address: 10.96.0.1";
        assert_eq!(judged(false, said), Known::Yes);
        assert_eq!(judged(false, &said.replace("10.96.0.1 ", "x")), Known::Yes);
        assert_eq!(judged(false, "Server: 10.96.0.1 Address: 10.96.0.1:53"), Known::No);
        assert_eq!(judged(false, &said.replace("Address: 10.96.0.1", "Address: 10.96.0.2")), Known::No);
        assert_eq!(judged(true, "0000"), Known::No);
    }

    #[test]
    fn the_script_is_one_a_shell_can_read_whatever_stands_in_it() {
        let hostile = question(Ask::Open { host: "'; touch /tmp/x; '".into(), port: 1 });
        let text = script(&[hostile]);
        assert!(text.contains(r"open 0 ''\''; touch /tmp/x; '\''' 1 </dev/null &"), "{text}");
        let checked = std::process::Command::new("sh").args(["-n", "-c", &text]).status().unwrap();
        assert!(checked.success());
    }

    #[test]
    fn a_shell_that_is_here_answers() {
        use std::io::Write as _;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = [
            question(Ask::Open { host: "127.0.0.1".into(), port }),
            question(Ask::Open { host: "127.0.0.1".into(), port: 1 }),
        ];
        let mut shell = std::process::Command::new("sh")
            .arg("-s")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        shell.stdin.take().unwrap().write_all(script(&asked).as_bytes()).unwrap();
        let printed = String::from_utf8(shell.wait_with_output().unwrap().stdout).unwrap();
        let answers = read("here", &asked, &printed);
        let known: Vec<_> = answers.iter().map(|answer| answer.known).collect();
        let expected = match known[0] {
            // No `nc` here, or one that cannot only connect.
            Known::Unknown => [Known::Unknown, Known::Unknown],
            _ => [Known::Yes, Known::No],
        };
        assert_eq!(known, expected, "{answers:?}");
    }
}
