//! A shell of a machine or of one of its namespaces, to which commands are given one by one.

use crate::compare::Answer;
use crate::space;
use std::fs::File;
use std::io::{BufRead, BufReader, Error, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

pub(crate) struct Shell {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Shell {
    /// The shell of a new machine: in a network and a mount namespace of its own, with a `/run` of its own.
    pub(crate) fn of_machine() -> Result<Shell, Error> {
        let mut shell = Shell::start("unshare", &["--net", "--mount", "--propagation", "private"])?;
        shell.to.write_all(b"mount -t tmpfs tmpfs /run; mkdir -p /run/netns\n")?;
        shell.must("true")?;
        space::be_born(shell.space("")?)?;
        shell.must("ip link set lo up")?;
        Ok(shell)
    }

    /// A shell of the same machine in one of its namespaces.
    pub(crate) fn in_namespace(&self, name: &str) -> Result<Shell, Error> {
        let (target, net) = (self.pid().to_string(), format!("--net=/proc/{}/root/run/netns/{name}", self.pid()));
        Shell::start("nsenter", &["--target", &target, "--mount", &net])
    }

    fn start(program: &str, options: &[&str]) -> Result<Shell, Error> {
        let mut child = Command::new(program)
            .args(options)
            .arg("sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .env("LC_ALL", "C")
            .spawn()?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::other("the shell has no pipes"));
        };
        Ok(Shell { child, to, from: BufReader::new(from) })
    }

    /// The network namespace of the machine, or one of its namespaces.
    pub(crate) fn space(&self, name: &str) -> Result<File, Error> {
        match name {
            "" => File::open(format!("/proc/{}/ns/net", self.pid())),
            name => File::open(format!("/proc/{}/root/run/netns/{name}", self.pid())),
        }
    }

    /// Its process, which the program that made it has become.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Runs a command to its end.
    pub(crate) fn run(&mut self, command: &str) -> Result<Answer, Error> {
        let framed = format!("( {command}\n) >/run/o 2>/run/e </dev/null; echo $?\n");
        self.to.write_all(framed.as_bytes())?;
        let mut code = String::new();
        if self.from.read_line(&mut code)? == 0 {
            return Err(Error::other(format!("the shell ended at `{command}`")));
        }
        // Its own /run: two programs less to start for each command.
        let read = |name: &str| -> Result<String, Error> {
            let bytes = std::fs::read(format!("/proc/{}/root/run/{name}", self.pid()))?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        Ok(Answer::Command { out: read("o")?, err: read("e")?, code: code.trim().parse().unwrap_or(-1) })
    }

    /// Runs a command that must go well.
    pub(crate) fn must(&mut self, command: &str) -> Result<(), Error> {
        match self.run(command)? {
            Answer::Command { code: 0, .. } => Ok(()),
            answer => Err(Error::other(format!("`{command}`: {answer:?}"))),
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let ended = self.child.kill().and_then(|()| self.child.wait());
        drop(ended);
    }
}
