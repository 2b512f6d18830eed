//! What a runbook may do to machines, which machines there are, and what nobody may see.

use std::fs;

use super::ground::Ground;
use super::sshd::Wire;
use crate::place::Place;

/// Makes the runbook one with only these needs.
fn needs(ground: &Ground, needs: &str, text: &str) {
    let text = text.replace("DIR", &ground.dir().display().to_string());
    let front = format!("//! ```toml\n//! name = \"main\"\n//! [needs]\n//! ssh = [{needs}]\n//! ```\n");
    fs::write(ground.place.path("main.rhai"), format!("{front}{text}")).unwrap();
}

#[test]
fn what_the_needs_do_not_allow_is_refused_with_the_line_that_would() {
    let Some(ground) = Ground::new(Wire::Loopback, "") else { return };
    let cases = [
        (r#""run uname *""#, r#"ssh::query("m0", "uname -a")"#, r#"ssh::query("m0", "id; uname")"#, "run id; uname"),
        (r#""run echo *""#, r#"ssh::run("m0", ["echo", "a"])"#, r#"ssh::run("m0", "echo a > DIR/a")"#, "run echo a >"),
        (r#""read DIR/**""#, r#"ssh::exists("m0", "DIR/a")"#, r#"ssh::read("m0", "/etc/shadow")"#, "read /etc/shadow"),
        (r#""write DIR/*""#, r#"ssh::write("m0", "DIR/a", "")"#, r#"ssh::remove("m0", "DIR/a/b")"#, "write "),
        (r#""write DIR/*""#, r#"ssh::mkdir("m0", "DIR/b")"#, r#"ssh::move("m0", "DIR/b", "/etc/b")"#, "write /etc/b"),
        (
            r#""sysctl kernel.*""#,
            r#"ssh::sysctl("m0", "kernel.ostype")"#,
            r#"ssh::sysctl("m0", "vm.swappiness")"#,
            "sysctl vm",
        ),
        (
            r#""service k3s*""#,
            r#"attempt(|| ssh::unit("m0", "k3s-agent"))"#,
            r#"ssh::unit("m0", "sshd.service")"#,
            "service sshd",
        ),
        (r#""read /**""#, r#"ssh::exists("m0", "/etc")"#, r#"ssh::reboot("m0")"#, "reboot m0"),
    ];
    for (allowed, good, bad, hint) in cases {
        let allowed = allowed.replace("DIR", &ground.dir().display().to_string());
        needs(&ground, &allowed, &format!("step(\"a\", || {{ {good}; () }});"));
        ground.run(&[]).exits(0);
        needs(&ground, &allowed, &format!("step(\"a\", || {{ {bad}; () }});"));
        // Found before the run where it is written out, and in the run where it is not.
        ground.run(&[]).exits(2).says("needs.refused").says(hint);
        assert!(ground.place.call(&["check", "main.rhai"]).code != Some(0), "{bad}");
        let hidden = bad.replace(", \"", ", \"\" + \"").replace("reboot(\"", "reboot(\"\" + \"");
        needs(&ground, &allowed, &format!("step(\"a\", || {{ {hidden}; () }});"));
        ground.place.call(&["check", "main.rhai"]).exits(0);
        ground.run(&[]).exits(1).says("needs.refused").says(hint);
    }
    assert!(!ground.dir().join("a/b").exists());
}

#[test]
fn a_secret_goes_by_environment_and_input_and_is_seen_nowhere() {
    let Some(mut ground) = Ground::new(Wire::Loopback, "") else { return };
    ground.place.set("TOKEN", "hunter22-hunter22");
    ground.says(
        r#"let token = secret("env:TOKEN");
        step("use it", || { ssh::run("m0", "cat; echo $T", #{ env: #{ T: token }, stdin: token }); () });
        step("keep it", || { ssh::write("m0", "DIR/token", token, #{ mode: "0600" }); () });
        step("look", || { ssh::run("m0", "cat DIR/token"); () });"#,
    );
    let ended = ground.run(&[]).exits(0);
    assert!(!format!("{}{}", ended.out, ended.err).contains("hunter22"), "it was shown");
    assert_eq!(fs::read_to_string(ground.dir().join("token")).unwrap(), "hunter22-hunter22");
    let records = ground.place.call(&["export", "last"]).exits(0);
    assert!(records.out.contains("«env:TOKEN»") && !records.out.contains("hunter22"), "it was recorded");
    ground.says(r#"let token = secret("env:TOKEN"); step("bad", || ssh::run("m0", `echo ${token} > DIR/leak`));"#);
    let refused = ground.run(&[]).exits(1).says("value.secret").says("by the options `env` or `stdin`");
    assert!(!refused.err.contains("hunter22"));
    assert!(!ground.dir().join("leak").exists());
    ground.says(r#"let token = secret("env:TOKEN"); say(ssh::query("m0", ["echo", token]).stdout);"#);
    ground.run(&[]).exits(1).says("value.secret");
}

#[test]
fn a_machine_that_the_site_does_not_have_is_shown_where_it_is_named() {
    let Some(ground) = Ground::new(Wire::Loopback, "") else { return };
    ground.says("ssh::query(\"admim\", \"id\");");
    ground
        .run(&[])
        .exits(1)
        .says("the site `lab` has no machine `admim`")
        .says("did you mean `admin`?")
        .says("main.rhai:9");
    ground.says("say(machines(#{ pool: \"blue\" }).map(|m| m.name).join(\" \") + \" of \" + machines().len());");
    ground.run(&[]).exits(0).says("m0 of 3");
}

#[test]
fn what_is_done_on_a_machine_is_done_as_its_user_and_with_sudo_where_it_says_so() {
    let Some(ground) = Ground::new(Wire::Loopback, "") else { return };
    ground.says(
        r#"say(["m0", "admin", "plain"].map(|m| ssh::query(m, "id -un").stdout.trim()).join(" "));
        say(ssh::query(machine("admin", #{ sudo: false }), "id -un").stdout.trim());
        step("as", || say("as " + ssh::run("m0", "id -un", #{ user: "plain" }).stdout));"#,
    );
    ground.run(&[]).exits(0).says("root root plain").says("› admin").says("as plain");
}

#[test]
fn a_run_knows_its_site_and_a_resume_may_name_another() {
    let Some(ground) = Ground::new(Wire::Loopback, "") else { return };
    ground.says("step(\"one\", || ssh::run(\"m0\", \"echo x >> DIR/count\"));\nstep(\"two\", || ssh::run(\"m0\", \"echo y >> DIR/count\"));");
    ground.run(&["--until", "two"]).exits(4);
    fs::remove_file(ground.place.path("site.toml")).unwrap();
    ground.resume().exits(0);
    assert_eq!(fs::read_to_string(ground.dir().join("count")).unwrap(), "x\ny\n");
    ground.write_site("site.toml", "m0");
    ground.run(&["--until", "two"]).exits(4);
    ground.write_site("other.toml", "m1");
    ground.place.resume(&["--site", "other.toml"]).exits(1).says("the site `lab` has no machine `m0`");
}

#[test]
fn without_a_site_a_name_is_what_ssh_is_given() {
    let Some(ground) = Ground::new(Wire::Loopback, "") else { return };
    let config = ground.sshd.folder().join("lab_config");
    let own = ground.sshd.folder().join("ssh_config").display().to_string();
    fs::write(&config, format!("Host n1\n  HostName {}\nInclude {own}\n", ground.sshd.address(0))).unwrap();
    ground.says("say(ssh::query(\"n1\", \"id -un\").stdout);\nstep(\"stay\", || ssh::run(\"n1\", \"true\"));");
    let config = config.display().to_string();
    ground.place.run(&["--ssh-config", &config, "--until", "stay"]).exits(4).says("root");
    ground.resume().exits(0);
    ground.place.run(&["--ssh-config", "none"]).exits(2).says("`--ssh-config none` is not a file");
    ground.says("machines();");
    ground.place.run(&[]).exits(1).says("`machines` asks for a site, and the run has none");
}

#[test]
fn a_site_file_with_a_mistake_is_refused_before_anything_is_begun() {
    let place = Place::saying("say(1);");
    fs::write(place.path("site.toml"), "[machines.n1]\nprot = 22\n").unwrap();
    place.run(&["--site", "site.toml"]).exits(2).says("machine `n1` has no key `prot`").says("did you mean `port`?");
    assert!(!place.path("state").exists(), "nothing is begun");
}
