//! A ground for runbooks: a machine with a real server, a site that knows it, and a place to run them in.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use super::sshd::{Sshd, Wire, until};
use crate::place::{Ended, Place};

/// Leave for everything that the tests do.
const FRONT: &str = "//! # Test\n//!\n//! ```toml\n//! name = \"main\"\n//! [needs]\n\
    //! ssh = [\"run *\", \"read /**\", \"write /**\", \"service *\", \"sysctl *\", \"reboot\", \"facts\"]\n\
    //! file = [\"read /**\", \"write /**\"]\n//! ```\n";

/// A machine and a place.
pub(crate) struct Ground {
    pub(crate) sshd: Sshd,
    pub(crate) place: Place,
}

impl Ground {
    /// One with this runbook, in which `DIR` stands for a folder of the machine; nothing where there is no server here.
    pub(crate) fn new(wire: Wire, text: &str) -> Option<Self> {
        let sshd = Sshd::start(wire)?;
        let ground = Self { sshd, place: Place::new() };
        fs::create_dir(ground.dir()).unwrap();
        ground.write_site("site.toml", "m0");
        ground.says(text);
        Some(ground)
    }

    /// The folder of the machine in which things are done. It is the same path here and there.
    pub(crate) fn dir(&self) -> PathBuf {
        self.sshd.folder().join("d")
    }

    /// Makes `text` the runbook.
    pub(crate) fn says(&self, text: &str) {
        let text = text.replace("DIR", &self.dir().display().to_string());
        fs::write(self.place.path("main.rhai"), format!("{FRONT}{text}")).unwrap();
    }

    /// Writes a site in which the machine has this name, with others for the user with `sudo` and the one without.
    pub(crate) fn write_site(&self, file: &str, name: &str) {
        let at = self.sshd.address(0);
        let site = format!(
            "name = \"lab\"\n[ssh]\nconfig = \"{}/ssh_config\"\n\
             [machines.{name}]\naddress = \"{at}\"\nlabels = {{ pool = \"blue\" }}\n\
             [machines.admin]\naddress = \"{at}\"\nuser = \"admin\"\nsudo = true\n\
             [machines.plain]\naddress = \"{at}\"\nuser = \"plain\"\n",
            self.sshd.folder().display()
        );
        fs::write(self.place.path(file), site).unwrap();
    }

    /// Runs it.
    pub(crate) fn run(&self, more: &[&str]) -> Ended {
        self.place.run(&[&["--site", "site.toml"], more].concat())
    }

    /// Goes on with it; the run knows its site.
    pub(crate) fn resume(&self) -> Ended {
        self.place.resume(&[])
    }

    /// Undoes it.
    pub(crate) fn undo(&self) -> Ended {
        self.place.call(&["undo", "last"])
    }

    /// Runs it in the background, in a group of its own.
    pub(crate) fn begin(&self, more: &[&str]) -> Child {
        let mut command = self.place.program(&[&["run", "main.rhai", "--site", "site.toml"], more].concat());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).spawn().unwrap()
    }

    /// Kills the engine, watcher and all, in whatever it is.
    pub(crate) fn kill(&self, mut engine: Child) {
        let group = rustix::process::Pid::from_raw(i32::try_from(engine.id()).unwrap()).unwrap();
        rustix::process::kill_process_group(group, rustix::process::Signal::KILL).unwrap();
        engine.wait().unwrap();
    }

    /// Has `tool` of the machine wait, before its effect or after it, until it is let go; with a second word only where
    /// that is among its arguments.
    pub(crate) fn hold(&self, tool: &str, when: &str) {
        let (tool, word) = tool.split_once(' ').unwrap_or((tool, ""));
        let real = self.sshd.on_machine(&format!(
            "PATH={}:/usr/bin:/bin:/usr/sbin:/sbin command -v {tool}",
            self.sshd.folder().display()
        ));
        let (at, real) = (self.sshd.folder().join("hold"), real.trim());
        let wait = format!(
            "case \" $* \" in *\" {word}\"*) [ -e {0} ] && {{ echo $$ >{0}.pid; mv {0}.pid {0}.held; while [ -e {0} ]; do sleep 0.02; done; }};; esac",
            at.display()
        ).replace("mv ", "/bin/mv ");
        let text = match when {
            "before" => format!("#!/bin/sh\n{wait}\nexec {real} \"$@\"\n"),
            _ => format!("#!/bin/sh\n{real} \"$@\"; s=$?\n{wait}\nexit $s\n"),
        };
        let shim = self.sshd.folder().join("own").join(tool);
        fs::write(&shim, text).unwrap();
        fs::set_permissions(&shim, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(at, "").unwrap();
    }

    /// Waits until a tool is held.
    pub(crate) fn held(&self) {
        until("a tool to be held", || self.sshd.folder().join("hold.held").exists());
    }

    /// Ends every connection of the machine; its server goes on.
    pub(crate) fn cut_sessions(&self) {
        let pid = self.sshd.folder().join("pid");
        let script = format!("for p in $(pgrep -x sshd); do [ $p = $(cat {}) ] || kill -9 $p; done", pid.display());
        self.sshd.on_machine(&format!("{script}; :"));
    }

    /// Lets what is held go on.
    pub(crate) fn let_go(&self) {
        fs::remove_file(self.sshd.folder().join("hold")).unwrap();
    }

    /// Lets what is held end without going on.
    pub(crate) fn end_held(&self) {
        let pid = fs::read_to_string(self.sshd.folder().join("hold.held")).unwrap();
        self.sshd.on_machine(&format!("kill -9 {} || :", pid.trim()));
        self.let_go();
    }
}
