//! What a line asks for, before its rule is read.

use super::super::Output;
use super::{Backend, try_help};

/// What one line asks for.
pub(super) struct Asked {
    pub(super) table: String,
    pub(super) command: char,
    pub(super) chain: Option<String>,
    pub(super) number: Option<usize>,
    pub(super) rest: Vec<String>,
}

const COMMANDS: [(char, &str); 14] = [
    ('A', "--append"),
    ('I', "--insert"),
    ('D', "--delete"),
    ('C', "--check"),
    ('R', "--replace"),
    ('N', "--new-chain"),
    ('X', "--delete-chain"),
    ('P', "--policy"),
    ('F', "--flush"),
    ('Z', "--zero"),
    ('E', "--rename-chain"),
    ('L', "--list"),
    ('S', "--list-rules"),
    ('N', "--new"),
];

/// Short words written as one (`-nvL`) each on their own.
fn apart(word: &str) -> Vec<String> {
    let letters = word.strip_prefix('-').filter(|rest| rest.len() > 1 && rest.chars().all(|c| "nvxLSFXZ".contains(c)));
    letters.map_or_else(|| vec![word.to_owned()], |letters| letters.chars().map(|c| format!("-{c}")).collect())
}

/// Reads the command, its chain and its number; the rest belongs to the rule.
pub(super) fn line(words: &[String], backend: Backend) -> Result<Asked, Output> {
    let mut asked = Asked { table: "filter".to_owned(), command: ' ', chain: None, number: None, rest: Vec::new() };
    let mut words = words.iter().flat_map(|word| apart(word)).peekable();
    while let Some(word) = words.next() {
        let found = COMMANDS.iter().find(|(letter, long)| *long == word || word == format!("-{letter}"));
        let Some((command, _)) = found else {
            if word == "-t" || word == "--table" {
                let lacking = || try_help(backend, &format!("option \"{word}\" requires an argument"));
                asked.table = words.next().ok_or_else(lacking)?;
            } else if let Some(table) = word.strip_prefix("--table=") {
                table.clone_into(&mut asked.table);
            } else if let Some(table) = word.strip_prefix("-t").filter(|table| !table.is_empty()) {
                table.clone_into(&mut asked.table);
            } else {
                asked.rest.push(word);
            }
            continue;
        };
        if asked.command != ' ' {
            return Err(try_help(backend, &format!("Cannot use -{command} with -{}", asked.command)));
        }
        asked.command = *command;
        let takes_any = *command == 'N';
        asked.chain = words.next_if(|next| takes_any || !next.starts_with(['-', '!']));
        if asked.chain.is_none() && "AIDCRNPE".contains(*command) {
            return Err(try_help(backend, &format!("option \"-{command}\" requires an argument")));
        }
        if "IDRLSZ".contains(*command) && asked.chain.is_some() {
            let word = words.next_if(|next| !next.starts_with(['-', '!']));
            asked.number = word.map(|word| place(&word, backend)).transpose()?;
        }
        let second = if "PE".contains(*command) { words.next_if(|next| !next.starts_with('-')) } else { None };
        let lacking = match command {
            'R' if asked.number.is_none() => Some("-R requires a rule number"),
            'P' if second.is_none() => Some("-P requires a chain and a policy"),
            'E' if second.is_none() => Some("-E requires old-chain-name and new-chain-name"),
            _ => None,
        };
        if let Some(said) = lacking {
            return Err(try_help(backend, said));
        }
        asked.rest.extend(second);
    }
    if asked.command == ' ' {
        return Err(unknown(&asked.rest, backend).unwrap_or_else(|| try_help(backend, "no command specified")));
    }
    if "LSFXZNPE".contains(asked.command) {
        let skip = usize::from("PE".contains(asked.command));
        return illegal(&asked.rest[skip..], asked.command, backend).map_or(Ok(asked), Err);
    }
    Ok(asked)
}

fn place(word: &str, backend: Backend) -> Result<usize, Output> {
    let number = word.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| try_help(backend, &format!("Invalid rule number `{word}'")))
}

/// A name that a chain cannot have.
pub(super) fn chain_name(name: &str, backend: Backend) -> Result<(), Output> {
    let targets = ["ACCEPT", "DROP", "QUEUE", "RETURN", "REJECT", "LOG", "MARK", "DNAT", "SNAT", "MASQUERADE"];
    let said = match name.chars().next() {
        Some(first @ ('-' | '!')) => &format!("chain name not allowed to start with `{first}'"),
        _ if name.contains(char::is_whitespace) => &format!("Invalid chain name `{name}'"),
        _ if targets.contains(&name) => "chain name may not clash with target name",
        _ if name.len() > 28 => &format!("chain name `{name}' too long (must be under 29 chars)"),
        _ => return Ok(()),
    };
    Err(try_help(backend, said))
}

fn bad_argument(word: &str, backend: Backend) -> Output {
    let name = backend.name();
    let said = format!("Bad argument `{word}'\nTry `{name} -h' or '{name} --help' for more information.");
    super::failed(2, said)
}

/// The first word of a line without a command that is no option.
fn unknown(rest: &[String], backend: Backend) -> Option<Output> {
    let odd = rest.iter().find(|word| !known(word, 'L'))?;
    let is_option = odd.starts_with('-') && odd.len() > 1;
    Some(if is_option { try_help(backend, &format!("unknown option \"{odd}\"")) } else { bad_argument(odd, backend) })
}

/// Words that commands without a rule take.
fn known(word: &str, command: char) -> bool {
    let waits =
        word.starts_with("-w") || word.starts_with("--wait") || word == "-4" || word == "--ipv4" || word == "--";
    let shows = ["-n", "--numeric", "-x", "--exact", "--line-numbers", "-0"].contains(&word);
    waits || ["-v", "--verbose"].contains(&word) || command == 'L' && shows || command == 'S' && word == "-n"
}

fn illegal(rest: &[String], command: char, backend: Backend) -> Option<Output> {
    let mut words = rest.iter().peekable();
    while let Some(word) = words.next() {
        if word == "-w" || word == "--wait" {
            words.next_if(|next| next.parse::<u32>().is_ok());
            continue;
        }
        if known(word, command) {
            continue;
        }
        if !word.starts_with('-') {
            return Some(bad_argument(word, backend));
        }
        let short = ["-s", "-d", "-p", "-j", "-i", "-o", "-f", "-n", "-x", "-c", "-g", "-m"].contains(&word.as_str());
        let short = short.then_some(word.as_str()).or((word == "--line-numbers").then_some("-0"));
        return Some(match short {
            Some(short) => try_help(backend, &format!("Illegal option `{short}' with this command")),
            None => try_help(backend, &format!("unknown option \"{word}\"")),
        });
    }
    None
}
