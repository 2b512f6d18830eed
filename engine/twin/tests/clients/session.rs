//! One session: its lines, played in a namespace of its own, and the record it is held against.
//!
//! A line begins with `$`; with `~` where its requests come in no order of their own, or more than once (what is done
//! at once, what is asked until it is so); with `!` where it is chance what is asked, and only what it prints is kept. `clients:` in the head names the ages of the client that play it.

use crate::normal::Normal;
use crate::place::Place;
use crate::programs::{not_run, programs};
use crate::recorder::Recorder;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

fn here(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(folder)
}

/// The names of all sessions there are.
pub(crate) fn all() -> Vec<String> {
    let files = fs::read_dir(here("sessions")).unwrap().flatten();
    let mut names: Vec<String> =
        files.filter_map(|file| Some(file.path().file_stem()?.to_string_lossy().into_owned())).collect();
    names.sort();
    names
}

/// The twin prints, ends and is asked as the record of the real control plane says, and so is that one itself.
///
/// # Panics
/// When it is not so.
pub(crate) fn holds(name: &str) {
    let text = fs::read_to_string(here("sessions").join(format!("{name}.txt"))).unwrap();
    let clients = text.lines().find_map(|line| line.strip_prefix("# clients: ")).unwrap();
    let only = std::env::var("ONLY").unwrap_or_default();
    let record = std::env::var_os("RECORD").is_some();
    for client in clients.split_whitespace().filter(|client| client.contains(&only)) {
        if !programs().join(client).exists() {
            not_run(&format!("session `{name}` with {client}, which is not built"));
            continue;
        }
        let kept = here("records").join(client).join(format!("{name}.txt"));
        let real = if record || std::env::var_os("REAL").is_some() { Place::plane() } else { None };
        let real = real.map(|plane| {
            static ONE: Mutex<()> = Mutex::new(());
            // They share nodes. A session that failed has told of it.
            let _one = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            play(name, client, &text, plane)
        });
        if let (Some(real), true) = (&real, record) {
            fs::create_dir_all(kept.parent().unwrap()).unwrap();
            fs::write(&kept, real).unwrap();
        }
        let recorded = fs::read_to_string(&kept).unwrap_or_default();
        assert!(!recorded.is_empty(), "there is no record of `{name}` with {client}: RECORD=1 makes it");
        if let Some(real) = real {
            same(name, client, "the real control plane", &real, &recorded);
        }
        same(name, client, "the twin", &play(name, client, &text, &Place::twin()), &recorded);
    }
}

fn same(name: &str, client: &str, who: &str, found: &str, recorded: &str) {
    if found == recorded {
        return;
    }
    let (mut said, mut line) = (String::new(), "");
    let mut left: Vec<&str> = recorded.lines().collect();
    let right: Vec<&str> = found.lines().collect();
    left.resize(left.len().max(right.len()), "");
    for (at, was) in left.iter().enumerate() {
        let is = right.get(at).copied().unwrap_or_default();
        if is.starts_with(['$', '~', '!']) {
            line = is;
        }
        if is != *was {
            let _ = write!(said, "line {}, in `{line}`\n  recorded: {was}\n  {who}: {is}\n", at + 1);
            break;
        }
    }
    let place = std::env::temp_dir().join(format!("{client}.{name}.found.txt"));
    fs::write(&place, found).unwrap();
    panic!("{name} with {client}: {said}(all of it is in {})", place.display());
}

/// Plays a session; everything that can be seen of it.
fn play(name: &str, client: &str, text: &str, place: &Place) -> String {
    let recorder = Recorder::before(place);
    let home = tempfile::tempdir().unwrap();
    let normal = Normal::new(recorder.address, home.path());
    furnish(home.path(), client);
    let namespace = format!("{name}-{}", client.replace('.', "-"));
    kubeconfig(home.path(), &recorder, "default");
    let begin = format!(
        "beside/kubectl create namespace {namespace} && beside/kubectl wait -n {namespace} --for=create --timeout=60s sa/default cm/kube-root-ca.crt"
    );
    let (code, said) = sh(home.path(), &begin);
    assert_eq!(code, 0, "{said}");
    kubeconfig(home.path(), &recorder, &namespace);
    // Each client looks around by itself.
    drop(fs::remove_dir_all(home.path().join(".kube")));
    recorder.take();
    let mut out = String::new();
    for line in text.lines() {
        if line.starts_with("## ") {
            let _ = write!(out, "{line}\n\n");
        }
        let Some((mark @ ("$" | "~" | "!"), command)) = line.split_once(' ') else { continue };
        let (code, said) = sh(home.path(), command);
        let said = normal.text(&said);
        let asked: Vec<String> = recorder.take().iter().map(|asked| normal.asked(asked)).collect();
        let asked = match mark {
            "$" => once(&asked),
            "~" => sorted(&asked),
            _ => String::new(),
        };
        let _ = write!(out, "{line}\n{said}");
        if !said.is_empty() && !said.ends_with('\n') {
            out.push('\n');
        }
        if code != 0 {
            let _ = writeln!(out, "exit {code}");
        }
        let _ = writeln!(out, "{asked}");
    }
    sh(home.path(), &format!("kubectl delete namespace {namespace} --wait=false"));
    out
}

/// Whether it asks what a version of a group has.
fn finds_out(line: &str) -> bool {
    let path = line.strip_prefix("> GET /apis/").and_then(|rest| rest.split(' ').next());
    path.is_some_and(|path| path.matches('/').count() == 1) || line.starts_with("> GET /api/v1 ")
}

/// Each once, in the order of letters. Which of those that go at once finds out first what a group has is chance.
fn sorted(lines: &[String]) -> String {
    let lines: BTreeSet<&String> = lines.iter().filter(|line| !finds_out(line)).collect();
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// What is asked again and again until it is so, once; what is found out about all groups at once, in order.
fn once(lines: &[String]) -> String {
    let mut lines = lines.to_vec();
    lines.chunk_by_mut(|one, next| finds_out(one) && finds_out(next)).for_each(<[String]>::sort);
    lines.dedup();
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// What a session finds in its folder: manifests, charts, and its client under its plain name.
fn furnish(home: &Path, client: &str) {
    for folder in [here("manifests"), Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/charts")] {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            std::os::unix::fs::symlink(entry.path(), home.join(entry.file_name())).unwrap();
        }
    }
    let link = |name: &str, program: &str| {
        let name = home.join(name);
        fs::create_dir_all(name.parent().unwrap()).unwrap();
        // The newest kubectl is one name of a program that goes by its name.
        std::os::unix::fs::symlink(programs().join(program).canonicalize().unwrap(), name).unwrap();
    };
    link(if client.starts_with("helm") { "bin/helm" } else { "bin/kubectl" }, client);
    // The newest one, for what is done beside the session and for sessions of helm.
    link("beside/kubectl", "kubectl");
}

fn kubeconfig(home: &Path, recorder: &Recorder, namespace: &str) {
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: it\n\
         clusters: [{{name: it, cluster: {{server: \"http://{}\"}}}}]\n\
         contexts: [{{name: it, context: {{cluster: it, user: it, namespace: {namespace}}}}}]\n\
         users: [{{name: it, user: {{}}}}]\n",
        recorder.address
    );
    fs::write(home.join("kubeconfig"), text).unwrap();
}

/// What a line prints, both ways, and how it ends.
fn sh(home: &Path, line: &str) -> (i32, String) {
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1; {line}")])
        .current_dir(home)
        .env_clear()
        .env("PATH", format!("{0}/bin:{0}/beside:/usr/local/bin:/usr/bin:/bin", home.display()))
        .env("KUBECONFIG", home.join("kubeconfig"))
        .env("HOME", home)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).into_owned())
}
