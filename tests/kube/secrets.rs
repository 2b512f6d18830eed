//! Secrets of a real cluster: no runbook makes one reach a record or a screen in clear.

use std::fs;
use std::path::Path;

use super::on;
use crate::place::{Ended, Place};

const FRONT: &str = r#"//! # Look at secrets
//!
//! ```toml
//! name = "secrets"
//! [needs]
//! kube = ["read *"]
//! local = ["run *"]
//! ```
"#;

/// Shows and records a Secret in every way there is; SPACE is its namespace.
const LOUD: &str = r#"
fn clear(kept) { base64::decode(kept) }
let one = kube::get("secrets", "SPACE/db");
let password = clear(one.data.password);
say(`in clear ${password}, kept as ${one.data.password}`);
warn(`the key is ${clear(one.data.key)}`);
let all = kube::list("secrets", #{ namespace: "SPACE" });
say(`listed ${clear(all[0].data.password)} ${json::text(all)}`);
let raw = kube::raw("/api/v1/namespaces/SPACE/secrets");
say(`raw ${yaml::text(raw)}`);
kube::wait("secrets", "SPACE/db", "there");
say(`named ${secret("kube:SPACE/db/password")}`);
check("it is there", || #{ ok: true, detail: `it is ${password}` });
let refused = attempt(|| step("give it back", || one));
if refused.ok || refused.error.code != "value.secret" { throw `recorded: ${refused.error}`; }
step("print", || { local::run(["sh", "-c", `echo out ${password}; echo err ${password} >&2`]); () });
step("keep", || #{ keys: one.data.keys(), length: password.len() });
attempt(|| step("fail by a command", || local::run(["sh", "-c", `echo ${password} >&2; exit 3`])));
gate("go", `the password is ${password}`);
step(`named`, || fail(`it failed with ${password} and ${one.data.password}`));
"#;

fn all_files(folder: &Path, hear: &mut impl FnMut(&Path, &[u8])) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            all_files(&path, hear);
        } else {
            hear(&path, &fs::read(&path).unwrap());
        }
    }
}

fn place(text: &str, kubeconfig: &str) -> Place {
    let mut place = Place::new();
    fs::write(place.path("main.rhai"), format!("{FRONT}{text}")).unwrap();
    place.set("KUBECONFIG", kubeconfig);
    place
}

/// Requires that nothing a person or a program can see of the runs holds one of `secrets`.
#[track_caller]
fn nowhere(place: &Place, ended: &Ended, secrets: &[&str]) {
    let mut seen = vec![("the run".to_owned(), format!("{}\n{}", ended.out, ended.err))];
    for words in [&["show", "last"][..], &["events", "last", "--output", "json"], &["export", "last"], &["runs"]] {
        let said = place.call(words);
        assert!(!said.out.is_empty(), "{words:?} said nothing: {}", said.err);
        seen.push((words.join(" "), said.out + said.err.as_str()));
    }
    all_files(&place.state(), &mut |path, bytes| {
        seen.push((path.display().to_string(), String::from_utf8_lossy(bytes).into_owned()));
    });
    for (what, text) in seen {
        for secret in secrets {
            let at = text.find(secret).map(|at| text[..at].chars().rev().take(80).collect::<Vec<_>>());
            let before = at.map(|before| before.into_iter().rev().collect::<String>());
            assert!(before.is_none(), "{what} shows `{secret}` after `{}`", before.unwrap_or_default());
        }
    }
}

#[test]
fn what_a_runbook_reads_of_a_secret_reaches_no_record_and_no_screen() {
    on("loud", async |site| {
        let pem = "-----BEGIN KEY-----\nMIIEvgIBADANBgkqhkiG9w0BAQEF\nAASCBKgwggSkAgEAAoIBAQC7\n-----END KEY-----";
        let key = format!("--from-literal=key={pem}");
        let made = ["create", "secret", "generic", "db", "--from-literal=password=hunter22-of-shop", &key];
        site.space.kubectl(&made).exits(0);
        let text = LOUD.trim_start().replace("SPACE", &site.space.name);
        let secrets = [
            "hunter22-of-shop",
            "aHVudGVyMjItb2Ytc2hvcA",
            "MIIEvgIBADANBgkqhkiG9w0BAQEF",
            "LS0tLS1CRUdJTiBLRVktLS0tLQ",
        ];
        for output in ["lines", "json"] {
            let place = place(&text, site.plane.file("kubeconfig"));
            let ended = place.call(&["run", "main.rhai", "--yes", "--output", output]).exits(1);
            assert!(format!("{}{}", ended.out, ended.err).contains("«kube:"), "{ended:?}");
            nowhere(&place, &ended, &secrets);
        }
    });
}

#[test]
fn a_secret_of_the_cluster_is_read_where_needs_allow_it() {
    on("reference", async |site| {
        let made = ["create", "secret", "generic", "db", "--from-literal=password=hunter22-of-shop"];
        site.space.kubectl(&made).exits(0);
        let config = site.plane.file("kubeconfig");
        let at = |what: &str| format!("say(secret(\"kube:{}/{what}\").len());", site.space.name);
        place(&at("db/password"), config).run(&[]).exits(0).says("16");
        place(&at("db/other"), config).run(&[]).exits(1).says("secret.missing").says("has nothing at `other`");
        place(&at("gone/password"), config).run(&[]).exits(1).says("kube.not_found");
        let narrow = place(&at("db/password"), config);
        let text = fs::read_to_string(narrow.path("main.rhai")).unwrap();
        fs::write(narrow.path("main.rhai"), text.replace("read *", "read configmaps *")).unwrap();
        narrow.run(&[]).says("needs.refused");
    });
}

#[test]
fn a_secret_that_sops_or_age_keeps_is_read_by_them_and_their_lack_is_said() {
    let ask = |reference: &str| Place::saying(&format!("say(secret(\"{reference}\").len());"));
    let mut nothing = ask("sops:secrets.yaml#db.password");
    nothing.set("PATH", "/nowhere");
    nothing.run(&[]).exits(1).says("secret.tool").says("needs `sops`, which is not here");
    let mut stand_in = ask("sops:secrets.yaml#db.password");
    let program = "#!/bin/sh\n[ \"$*\" = '--decrypt --extract [\"db\"][\"password\"] -- secrets.yaml' ] && echo sixteen-letters-\n";
    fs::write(stand_in.path("sops"), program).unwrap();
    fs::set_permissions(stand_in.path("sops"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", stand_in.path("").display(), std::env::var("PATH").unwrap());
    stand_in.set("PATH", &path);
    stand_in.run(&[]).exits(0).says("16");
    let mut age = ask("age:token.age");
    let keys = age.path("keys.txt").display().to_string();
    let mut keygen = std::process::Command::new("age-keygen");
    let Ok(made) = keygen.args(["-o", &keys]).output() else {
        use std::io::Write as _;
        std::io::stderr().write_all(b"not run: a secret that age keeps, for there is no `age` here\n").unwrap();
        return;
    };
    let said = String::from_utf8_lossy(&made.stderr).into_owned();
    let recipient = said.trim().rsplit(' ').next().unwrap().to_owned();
    fs::write(age.path("token"), "sixteen-letters-\n").unwrap();
    let (to, from) = (age.path("token.age").display().to_string(), age.path("token").display().to_string());
    let encrypt = std::process::Command::new("age").args(["-r", &recipient, "-o", &to, &from]).status().unwrap();
    assert!(encrypt.success());
    age.set("SOPS_AGE_KEY_FILE", &keys);
    age.run(&[]).exits(0).says("16");
    age.set("SOPS_AGE_KEY_FILE", "/nowhere/keys.txt");
    age.run(&[]).exits(1).says("secret.missing");
}
