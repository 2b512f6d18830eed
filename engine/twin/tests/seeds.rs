//! The commands of the procedures people wrote, by hand: real `kubectl`, `helm` and `ssh` against their scenes, in the order
//! of the documents, and after each what the document says happened. What was not carried out is in the session itself.
//!
//! A line of a session begins with `$` for a command that must end well, and with `$N` for one that ends with N. `>` is
//! what it says, `<` what it does not say, `?` what it says sooner or later, when asked again. `-` is a command of the
//! document that is not carried out, and why; `=` one that goes otherwise than the document says, and how. `+` writes the
//! folder `cilium`, a chart with what the twin's model of Cilium's makes of a version and values: the real one is not here,
//! and real helm installs this one.

mod programs;

use programs::{not_run, programs};
use runbook_twin::charts;
use runbook_twin::clock::Speed;
use runbook_twin::json::Value;
use runbook_twin::scene;
use runbook_twin::serve::{Running, Start, start};
use runbook_twin::world::Moment;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Stdio};

/// How often something is asked until it is so.
const ASKED: usize = 150;

/// A twin of a scene, and the hands to reach it with.
struct Desk {
    running: Running,
    folder: tempfile::TempDir,
}

impl Desk {
    /// None where a program is missing: it says which.
    fn before(name: &str) -> Option<Self> {
        for (program, found) in ["kubectl", "helm3"]
            .map(|name| (name, programs().join(name)))
            .into_iter()
            .chain([("ssh", "/usr/bin/ssh".into())])
        {
            if !found.exists() {
                not_run(&format!("the commands of a document on `{name}`, for `{program}` is not here"));
                return None;
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let begin = Moment::seconds(1_790_000_000);
        let mut world =
            scene::read(scene::text(name).unwrap(), begin).unwrap_or_else(|why| panic!("{name}: {why}")).world;
        world.live(begin.plus_seconds(300), 5_000_000);
        let own = folder.path().join("twin");
        fs::create_dir_all(&own).unwrap();
        let running = start(Start { world, speed: Speed::Times(20.0), folder: own, port: 0 }).unwrap();
        let desk = Self { running, folder };
        desk.furnish();
        Some(desk)
    }

    /// The programs under their usual names.
    fn furnish(&self) {
        let bin = self.folder.path().join("bin");
        fs::create_dir_all(&bin).unwrap();
        let here = fs::canonicalize(programs()).unwrap();
        symlink(here.join("kubectl"), bin.join("kubectl")).unwrap();
        symlink(here.join("helm3"), bin.join("helm")).unwrap();
        let config = self.running.ssh_config.display();
        let ssh = bin.join("ssh");
        fs::write(&ssh, format!("#!/bin/sh\nexec /usr/bin/ssh -F '{config}' \"$@\"\n")).unwrap();
        fs::set_permissions(&ssh, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Writes the folder `cilium`, from `VERSION VALUES`.
    fn chart(&self, told: &str) {
        let (version, values) = told.split_once(' ').unwrap();
        let values: Value = runbook_twin::json::from_str(values).unwrap();
        let chart = charts::named("cilium/cilium").unwrap();
        let objects = chart.render("kube-system", version, &values).unwrap_or_else(|why| panic!("{told}: {why}"));
        let folder = self.folder.path().join("cilium");
        fs::create_dir_all(folder.join("templates")).unwrap();
        fs::write(folder.join("Chart.yaml"), chart.about(version).to_string()).unwrap();
        // What is between braces is for helm: here nothing is.
        let text: Vec<String> =
            objects.iter().map(|it| it.to_string().replace("{{", "{ {").replace("}}", "} }")).collect();
        fs::write(folder.join("templates/all.yaml"), text.join("\n---\n")).unwrap();
    }

    fn run(&self, line: &str) -> (String, i32) {
        let path = format!("{}:/usr/bin:/bin", self.folder.path().join("bin").display());
        let output = Command::new("sh")
            .args(["-c", line])
            .current_dir(self.folder.path())
            .env_clear()
            .envs([("PATH", path.as_str()), ("LC_ALL", "C.UTF-8")])
            .env("HOME", self.folder.path())
            .env("KUBECONFIG", &self.running.kubeconfig)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (said, output.status.code().unwrap_or(-1))
    }

    /// Asks until it says that, or often enough.
    fn asks(&self, line: &str, words: &str) -> (String, i32) {
        let mut last = self.run(line);
        for _ in 0..ASKED {
            if last.0.contains(words) {
                break;
            }
            last = self.run(line);
        }
        last
    }
}

/// Carries out a session; says all that is not as it is to be.
fn carried_out(scene: &str, text: &str) {
    let Some(desk) = Desk::before(scene) else { return };
    let (mut wrong, mut asked, mut done) = (Vec::new(), "", (String::new(), 0));
    for line in text.lines() {
        let Some((mark, rest)) = line.split_once(' ') else { continue };
        let fits = match mark {
            "?" => {
                done = desk.asks(asked, rest);
                done.0.contains(rest)
            }
            "+" => {
                desk.chart(rest);
                true
            }
            ">" => done.0.contains(rest),
            "<" => !done.0.contains(rest),
            mark if mark.starts_with('$') => {
                asked = rest;
                done = desk.run(rest);
                mark == "$?" || done.1 == mark[1..].parse().unwrap_or(0)
            }
            _ => true,
        };
        if !fits {
            wrong.push(format!("`{line}` of `{asked}`, which ends with {}:\n{}", done.1, done.0));
        }
    }
    assert!(wrong.is_empty(), "{scene}:\n{}", wrong.join("\n"));
}

#[test]
fn the_notes_on_three_nodes_of_photon_are_followed() {
    carried_out("photon-cilium", include_str!("seeds/000.txt"));
}

#[test]
fn the_plan_for_nine_boards_is_followed() {
    carried_out("arm-k3s", include_str!("seeds/001.txt"));
}

#[test]
fn the_move_from_calico_is_followed() {
    carried_out("calico-k3s", include_str!("seeds/002.txt"));
}

#[test]
fn the_two_machines_of_bare_metal_are_set_up() {
    carried_out("leap-empty", include_str!("seeds/003.txt"));
}

#[test]
fn the_two_machines_of_bare_metal_are_reset() {
    carried_out("leap-bare-metal", include_str!("seeds/003-ends.txt"));
}

#[test]
fn the_guide_for_talos_is_followed() {
    carried_out("talos-flux", include_str!("seeds/004.txt"));
}
