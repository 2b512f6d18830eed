//! `ipset restore`: commands from a file, some of them handed to the kernel together.

use super::options::{Asked, read};
use super::{Call, No, Output, Told, command, one, usage};
use crate::net::network::{Network, SpaceId};

/// Additions to one set, or deletions from it, wait for each other; a line that cannot be read takes those that wait
/// with it.
pub(super) fn restore(net: &mut Network, id: SpaceId, call: Call<'_>, asked: &Asked<'_>) -> Told {
    let mut out = Output::default();
    let mut waiting: Option<(String, Network)> = None;
    for (number, line) in call.stdin.lines().enumerate() {
        let words = split(line);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if words.first().is_none_or(|word| word.starts_with('#') || *word == "COMMIT") {
            if words.first() == Some(&"COMMIT") {
                waiting = None;
            }
            continue;
        }
        if words == ["quit"] {
            break;
        }
        let told = line_of(net, id, call, asked, &words, &mut waiting);
        match told {
            Ok(output) => {
                out.stdout.push_str(&output.stdout);
                out.stderr.push_str(&output.stderr);
                if output.code != 0 {
                    return Ok(Output { code: output.code, ..out });
                }
            }
            Err(no) => {
                if let (true, Some((_, before))) = (no.early, waiting) {
                    *net = before;
                }
                let text = if no.code == 2 { no.text } else { format!("Error in line {}: {}", number + 1, no.text) };
                return Err(No { text, ..no });
            }
        }
    }
    Ok(out)
}

fn line_of(
    net: &mut Network,
    id: SpaceId,
    call: Call<'_>,
    asked: &Asked<'_>,
    words: &[&str],
    waiting: &mut Option<(String, Network)>,
) -> Told {
    let line = read(words)?;
    let line = Asked { exist: asked.exist || line.exist, ..line };
    let (name, rest) = command(&line.words)?;
    if name == "restore" {
        return Err(usage("Command `restore' is invalid in restore mode."));
    }
    let group = format!("{name} {}", rest.first().copied().unwrap_or_default());
    let waits = ["add", "del"].contains(&name);
    let begins = !waits || waiting.as_ref().is_none_or(|(same, _)| *same != group);
    let before = (waits && begins).then(|| net.clone());
    let told = one(net, id, call.now, name, rest, &line);
    if told.as_ref().is_err_and(|no| no.early) {
        return told;
    }
    if begins {
        *waiting = before.map(|before| (group, before));
    }
    told
}

/// The words of a line; quotes hold words together.
fn split(line: &str) -> Vec<String> {
    let (mut words, mut quoted, mut word) = (Vec::new(), false, None::<String>);
    for letter in line.chars() {
        match letter {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            letter if letter.is_whitespace() && !quoted => words.extend(word.take()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}
