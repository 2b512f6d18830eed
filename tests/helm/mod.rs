//! Releases for real: the words of helm against a real API, with the real helm 3 and helm 4.
//!
//! The engine drives a small program of ours in helm's place, which hands everything on to helm, and which cuts the
//! engine or helm off where a test says so.

mod changes;
mod doubt;
mod matrix;
mod trouble;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::place::{Ended, Place};
use crate::plane::{Plane, Space, bin};

/// Stands where helm stands. What the file `cut` says happens once, at the next call that changes something.
const WRAPPER: &str = r#"#!/bin/sh
case "$1" in upgrade | rollback | uninstall) ;; *) exec "$REAL" "$@" ;; esac
case " $* " in *" --dry-run"*) exec "$REAL" "$@" ;; esac
cut=$(cat cut 2>/dev/null)
rm -f cut
exec 3<&0
# Every status that a revision passes through, from before helm begins: a look now and then would miss some.
case "$cut" in stuck | alone | meanwhile)
    mkfifo statuses
    # So that there is something to see when it begins to look.
    kubectl -n "$SPACE" create secret generic seen >/dev/null
    kubectl -n "$SPACE" get secrets --watch -o jsonpath='{.metadata.labels.status}{"\n"}' >statuses &
    watch=$!
    exec 4<statuses
    read -r status <&4 ;;
esac
under_way() {
    while read -r status <&4; do
        case "$status" in *pending* | *uninstalling*) break ;; esac
    done
    kill "$watch"
}
case "$cut" in
before) kill -9 $PPID; exit 9 ;;
after) "$REAL" "$@"; kill -9 $PPID; exit 9 ;;
lost) "$REAL" "$@"; kill -9 $$ ;;
stuck) "$REAL" "$@" <&3 & under_way; kill -9 $! $PPID; exit 9 ;;
alone) "$REAL" "$@" <&3 & under_way; kill -9 $PPID; wait; until [ ! -e hold ]; do :; done ;;
meanwhile) "$REAL" upgrade web "$OTHER" -n "$SPACE" --set hooks.pre-upgrade=hang >/dev/null 2>&1 3<&- & under_way
    "$REAL" "$@"; code=$?; kill -9 $!; exit $code ;;
*) exec "$REAL" "$@" ;;
esac
"#;

/// A place whose runbook works in a namespace of its own, with one of the two helms.
pub(crate) struct Yard {
    place: Place,
    space: Space,
    version: u8,
}

/// A yard for each helm; none where there is no control plane, or no helm.
pub(crate) fn yards(name: &str) -> Vec<Yard> {
    if !bin("helm3").exists() {
        return Vec::new();
    }
    let Some(plane) = Plane::get() else { return Vec::new() };
    [3, 4].map(|version| Yard::new(plane, name, version)).into()
}

impl Yard {
    fn new(plane: &'static Plane, name: &str, version: u8) -> Self {
        let mut place = Place::new();
        let space = plane.space(&format!("{name}-helm{version}"));
        let wrapper = place.path("helm");
        fs::write(&wrapper, WRAPPER).unwrap();
        fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).unwrap();
        let folder = bin("helm3").parent().unwrap().display().to_string();
        let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
        let real = bin(&format!("helm{version}")).display().to_string();
        let wrapper = wrapper.display().to_string();
        let said = [
            ("KUBECONFIG", plane.file("kubeconfig")),
            ("HELM_CACHE_HOME", plane.file("dir")),
            ("HELM_CONFIG_HOME", plane.file("dir")),
            ("HELM_DATA_HOME", plane.file("dir")),
            ("PATH", &path),
            ("REAL", &real),
            ("RUNBOOK_HELM", &wrapper),
            ("SPACE", &space.name),
            ("OTHER", &crate::plane::chart("hooked")),
        ];
        for (name, value) in said {
            place.set(name, value);
        }
        Self { place, space, version }
    }

    /// Writes the runbook: `web` is the release, `chart("plain")` one of our charts.
    fn says(&self, text: &str) {
        let front = "//! ```toml\n//! [needs]\n//! helm = [\"*@*\"]\n//! ```\n";
        let charts = crate::plane::chart("");
        let charts = format!("fn chart(name) {{ `{charts}${{name}}` }}\n");
        let text = text.replace("web@here", &format!("web@{}", self.space.name));
        fs::write(self.place.path("main.rhai"), format!("{front}{charts}{text}")).unwrap();
    }

    fn run(&self) -> Ended {
        self.place.run(&[])
    }

    /// Runs with the next change cut off at `when`.
    fn cut(&self, when: &str) -> Ended {
        fs::write(self.place.path("cut"), when).unwrap();
        self.run()
    }

    fn resume(&self) -> Ended {
        self.place.resume(&[])
    }

    /// What helm itself says of the revisions: `status: description` of each.
    fn history(&self) -> Vec<String> {
        let said = self.space.helm(self.version, &["history", "web", "-o", "json"]);
        if said.code != Some(0) {
            assert!(said.err.contains("not found"), "{}", said.err);
            return Vec::new();
        }
        let said: Value = serde_json::from_str(&said.out).unwrap();
        let text = |one: &Value, key: &str| one[key].as_str().unwrap().to_owned();
        let line = |one: &Value| format!("{}: {}", text(one, "status"), text(one, "description"));
        said.as_array().unwrap().iter().map(line).collect()
    }

    /// The status of each revision.
    fn statuses(&self) -> Vec<String> {
        self.history().iter().map(|line| line.split(':').next().unwrap().to_owned()).collect()
    }

    /// The greeting that the chart's configuration has.
    fn greeting(&self) -> String {
        self.space.kubectl(&["get", "configmap", "web", "-o", "jsonpath={.data.greeting}"]).out
    }

    /// Someone else's helm.
    fn other(&self, args: &[&str]) -> Ended {
        self.space.helm(self.version, args)
    }

    /// Someone else's upgrade that hangs in a hook, under way.
    fn hanging(&self) -> Child {
        let hooked = crate::plane::chart("hooked");
        let child = Command::new(bin(&format!("helm{}", self.version)))
            .args(["upgrade", "web", &hooked, "-n", &self.space.name, "--set", "hooks.pre-upgrade=hang"])
            .env("KUBECONFIG", Plane::get().unwrap().file("kubeconfig"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.place
            .until("the upgrade is under way", || self.statuses().last().is_some_and(|one| one == "pending-upgrade"));
        child
    }
}
