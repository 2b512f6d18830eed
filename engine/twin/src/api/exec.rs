//! A command in a container: what is asked, what it is fed, and what it says.

use super::request::Request;
use crate::world::{Key, World};
use serde_json::{Value, json};

/// A command in a container, under way.
#[derive(Clone, Debug)]
pub struct Exec {
    pod: Key,
    container: String,
    command: Vec<String>,
    attached: bool,
    /// Whether it is fed anything.
    pub stdin: bool,
    /// Whether it speaks to a terminal.
    pub tty: bool,
    input: Vec<u8>,
    closed: bool,
    done: bool,
}

/// What a command has said since it was asked last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Its output.
    pub out: Vec<u8>,
    /// Its complaints.
    pub err: Vec<u8>,
    /// The `Status` it ended with, if it has.
    pub ended: Option<Value>,
}

impl Exec {
    pub(crate) fn new(pod: Key, container: String, request: &Request, attached: bool) -> Self {
        let query = &request.query;
        Self {
            pod,
            container,
            command: query.all("command").map(str::to_owned).collect(),
            attached,
            stdin: query.is("stdin"),
            tty: query.is("tty"),
            input: Vec::new(),
            closed: !query.is("stdin"),
            done: false,
        }
    }

    /// Feeds it; more than a mebibyte that nobody takes is dropped.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.input.len() + bytes.len() <= 1024 * 1024 {
            self.input.extend_from_slice(bytes);
        }
    }

    /// Says that nothing more is fed.
    pub fn end_input(&mut self) {
        self.closed = true;
    }

    /// What it has to say now.
    pub fn hear(&mut self, world: &mut World) -> Heard {
        if self.done || self.attached || (needs_input(&self.command) && !self.closed) {
            return Heard::default();
        }
        self.done = true;
        run(world, &self.pod, &self.container, &self.command, &self.input)
    }
}

/// The `Status` of a command that ended with this number.
fn ended(command: &[String], code: i32) -> Value {
    if code == 0 {
        return json!({"metadata": {}, "status": "Success"});
    }
    let said = format!(
        "command terminated with non-zero exit code: error executing command [{}], exit code {code}",
        command.join(" ")
    );
    json!({
        "metadata": {}, "status": "Failure", "message": said, "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]},
    })
}

fn needs_input(command: &[String]) -> bool {
    let first = command.first().map(String::as_str);
    first == Some("cat") && command.len() == 1
}

/// Runs a command to its end. Only the plainest are known; every other fails as one that is not in the image does, so
/// that nothing passes by ignorance.
fn run(world: &mut World, pod: &Key, _container: &str, command: &[String], input: &[u8]) -> Heard {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    let name = pod.name();
    if let Some((out, err, code)) = crate::cni::exec(world, pod, &words, &String::from_utf8_lossy(input)) {
        return Heard { out: out.into_bytes(), err: err.into_bytes(), ended: Some(ended(command, code)) };
    }
    let (out, code) = match words.as_slice() {
        ["true", ..] | ["sh" | "/bin/sh", "-c", "true" | ":"] => (Vec::new(), 0),
        ["false", ..] | ["sh" | "/bin/sh", "-c", "false"] => (Vec::new(), 1),
        ["echo", rest @ ..] => (format!("{}\n", rest.join(" ")).into_bytes(), 0),
        ["cat"] => (input.to_vec(), 0),
        ["hostname"] => (format!("{name}\n").into_bytes(), 0),
        ["date"] => (format!("{}\n", world.now().text()).into_bytes(), 0),
        ["sh" | "/bin/sh", "-c", line]
            if line.trim().strip_prefix("exit ").is_some_and(|code| code.trim().parse::<i32>().is_ok()) =>
        {
            let code = line.trim().trim_start_matches("exit ").trim().parse().unwrap_or(1);
            (Vec::new(), code)
        }
        ["sh" | "/bin/sh", "-c", line] if line.trim().strip_prefix("echo ").is_some_and(plain) => {
            (format!("{}\n", line.trim().trim_start_matches("echo ").trim().trim_matches(['"', '\''])).into_bytes(), 0)
        }
        _ => return unknown(&words),
    };
    Heard { out, err: Vec::new(), ended: Some(ended(command, code)) }
}

/// Whether a line has nothing in it that a shell would read.
fn plain(line: &str) -> bool {
    !line.contains(['$', '`', ';', '|', '&', '>', '<', '*', '\\', '\n'])
}

fn unknown(words: &[&str]) -> Heard {
    let name = words.first().copied().unwrap_or_default();
    let said = format!(
        "Internal error occurred: error executing command in container: failed to exec in container: OCI runtime exec \
         failed: exec failed: unable to start container process: exec: \"{name}\": executable file not found in $PATH: \
         unknown"
    );
    let cause = said.trim_start_matches("Internal error occurred: ");
    let ended = json!({
        "metadata": {}, "status": "Failure", "message": said, "reason": "InternalError", "code": 500,
        "details": {"causes": [{"message": cause}]},
    });
    Heard { out: Vec::new(), err: Vec::new(), ended: Some(ended) }
}
