//! What `[needs]` allows and what it does not.

use proptest::prelude::*;

use super::{FAMILIES, Needs, diff};
use crate::front::parse;

fn needs(lines: &str) -> Needs {
    let lines: String = lines.lines().map(|line| format!("//! {line}\n")).collect();
    parse("x.rhai", &format!("//! ```toml\n//! [needs]\n{lines}//! ```\n")).unwrap().needs
}

fn check(lines: &str, family: &str, action: &str, yes: &[&str], no: &[&str]) {
    let needs = needs(lines);
    for target in yes {
        assert!(needs.allows(family, action, target), "`{lines}` must allow `{target}`");
    }
    for target in no {
        assert!(!needs.allows(family, action, target), "`{lines}` must not allow `{target}`");
    }
}

#[test]
fn a_star_covers_arguments_and_never_another_command() {
    check(
        r#"local = ["run tar *"]"#,
        "local",
        "run",
        &[
            "tar",
            "tar x",
            "tar -cf 'a; b' \"c | d\" e\\;f",
            "  tar x  ",
            "tar 'two\nlines'",
            "tar $HOME a#b",
            "tar '$(x)'",
        ],
        &[
            "tarx",
            "rm -rf /",
            "tar x; rm -rf /",
            "tar x\nrm -rf /",
            "tar x && rm y",
            "tar x | sh",
            "tar x &",
            "tar `rm y`",
            "tar $(rm y)",
            "tar \"$(rm y)\"",
            "tar \"`rm y`\"",
            "tar > /etc/passwd",
            "tar <(rm y)",
            "tar 'x; rm y",
            "tar 'x'; rm 'y'",
            "tar \"x\\\"; rm \"y\"",
            "tar \\'; rm y; '",
            "tar $'\\''; rm y #'",
            "tar #'\nrm y #'",
            "tar x;",
        ],
    );
}

#[test]
fn shell_syntax_in_a_pattern_is_matched_as_it_stands() {
    check(
        r#"local = ["run ps * | grep *"]"#,
        "local",
        "run",
        &["ps aux | grep x", "ps 'a | grep b' | grep c"],
        &["ps aux | grep x; rm y", "ps aux; rm y | grep x"],
    );
    check(r#"local = ["run a; b"]"#, "local", "run", &["a; b"], &["a", "a; b; c"]);
}

#[test]
fn the_star_alone_and_the_action_alone_cover_everything() {
    check(r#"local = ["run *"]"#, "local", "run", &["a; b > c"], &[]);
    check(r#"local = ["run"]"#, "local", "run", &["a; b > c"], &[]);
    check(r#"local = ["run"]"#, "local", "read", &[], &["df"]);
    check(r#"local = ["read,run df *"]"#, "local", "read", &["df -h"], &["du"]);
}

#[test]
fn a_path_cannot_leave_its_place() {
    check(
        r#"file = ["read /etc/**", "read /var/*/log", "read out/*"]"#,
        "file",
        "read",
        &["/etc/a", "/etc/a/b/c", "/etc", "/etc/./a//b", "/var/x/log", "/x/../etc/a", "out/a", "./out/a"],
        &[
            "/etcetera",
            "/etc/../root",
            "/etc/a/../../root/x",
            "/var/x/y/log",
            "/var/log",
            "out/a/b",
            "out/../x",
            "",
            "/etc/a\0",
        ],
    );
    check(r#"file = ["read /etc/**"]"#, "file", "write", &[], &["/etc/a"]);
    check(r#"file = ["read /a/**/z/*.log"]"#, "file", "read", &["/a/z/x.log", "/a/b/c/z/x.log"], &["/a/z/x/y.log"]);
    let here = std::env::current_dir().unwrap().join("out/a");
    check(r#"file = ["read out/*"]"#, "file", "read", &[here.to_str().unwrap()], &[]);
}

#[test]
fn a_url_is_understood_before_it_is_matched() {
    check(
        r#"http = ["get https://example.com/api/*", "get http://*.lan:8080"]"#,
        "http",
        "get",
        &[
            "https://example.com/api/x",
            "HTTPS://EXAMPLE.com:443/api/x/y?z=1",
            "https://ada:pw@example.com/api/x",
            "https://example.com/other/../api/x",
            "http://a.b.lan:8080/anything",
        ],
        &[
            "https://example.com/",
            "https://example.com/api",
            "http://example.com/api/x",
            "https://example.com:8443/api/x",
            "https://example.com@evil.example/api/x",
            "https://example.com.evil.example/api/x",
            "https://example.com/api/../admin",
            "https://example.com/api/%2e%2e/admin",
            "https://example.com/api/..%2fadmin",
            "https://evil.example/#.lan:8080",
            "http://lan.evil.example:8080/",
            "no url",
        ],
    );
    check(
        r#"http = ["get https://example.com"]"#,
        "http",
        "get",
        &["https://example.com/a/b"],
        &["http://example.com/"],
    );
    check(
        r#"http = ["get https://10.0.0.*"]"#,
        "http",
        "get",
        &["https://10.0.0.7/"],
        &["https://10.0.0.7.evil.example/"],
    );
    check(
        r#"http = ["get https://[::1]:8443/x y"]"#,
        "http",
        "get",
        &["https://[::1]:8443/x y"],
        &["https://[::1]/x%20y"],
    );
}

#[test]
fn probes_are_free_until_something_is_said_of_them() {
    check("", "net", "tcp", &["anything:1"], &[]);
    check("net = []", "net", "tcp", &[], &["anything:1"]);
    let net = r#"net = ["tcp *:443", "tcp [::1]:22", "dns *.example.com", "http https://example.com"]"#;
    check(net, "net", "tcp", &["a.b:443", "[::1]:443", "[::1]:22"], &["a.b:80", "a.b:4430", "a.b"]);
    check(net, "net", "dns", &["a.example.com", "A.B.Example.com."], &["example.org", "a.example.com.evil"]);
    check(net, "net", "http", &["https://example.com/x"], &["https://example.org/"]);
}

#[test]
fn without_needs_nothing_else_is_allowed() {
    for family in FAMILIES.iter().filter(|family| **family != "net") {
        check("", family, "read", &[], &["/x", "*", ""]);
    }
    check("", "no such family", "read", &[], &["/x"]);
}

#[test]
fn what_waits_for_its_driver_is_matched_word_by_word() {
    let kube = r#"kube = ["read *", "apply daemonsets.apps,configmaps kube-system/*", "patch nodes"]"#;
    check(kube, "kube", "apply", &["configmaps kube-system/x"], &["configmaps shop/x", "pods kube-system/x"]);
    check(kube, "kube", "read", &["pods a/b"], &[]);
    check(r#"helm = ["cilium@kube-system"]"#, "helm", "upgrade", &["cilium@kube-system"], &["cilium@default"]);
    check(r#"ssh = ["run", "service k3s*"]"#, "ssh", "service", &["k3s-agent"], &["sshd"]);
}

#[test]
fn a_refusal_gives_the_line_that_would_allow_it() {
    let needs = needs(r#"local = ["run tar *"]"#);
    let failure = needs.refuse("local", "run", "echo \"a\\b\"");
    assert_eq!(failure.code, "needs.refused");
    assert_eq!(failure.what, r#"`local: run echo "a\b"` is not in the runbook's `needs`"#);
    assert_eq!(
        failure.hints,
        [
            r#"if it may, write this line under `[needs]` in its front matter: local = ["run tar *", "run echo \"a\\b\""]"#
        ]
    );
}

#[test]
fn a_refused_url_is_shown_without_its_password() {
    let failure = needs("").refuse("http", "get", "https://ada:hunter2@example.com/x");
    assert_eq!(failure.what, "`http: get https://example.com/x` is not in the runbook's `needs`");
    assert!(failure.hints[0].ends_with(r#": http = ["get https://example.com/x"]"#));
}

#[test]
fn what_grew_between_two_versions_is_told() {
    let old = needs("local = [\"run tar *\", \"read df\"]\nnet = [\"tcp *:443\"]");
    let new = needs("local = [\"run *\", \"read df\"]\nfile = [\"write /etc/**\"]");
    let growth = diff(&old, &new);
    assert_eq!(growth.grew, ["local: run *", "file: write /etc/**", "net: (anything)"]);
    assert_eq!(growth.shrank, ["local: run tar *", "net: tcp *:443"]);
    assert!(diff(&old, &old).is_empty());
    assert_eq!(old.to_lines(), ["local: run tar *", "local: read df", "net: tcp *:443"]);
}

proptest! {
    #[test]
    fn the_line_of_a_refusal_allows_what_was_refused(
        (family, action) in prop_oneof![Just(("local", "run")), Just(("file", "write")), Just(("ssh", "write"))],
        target in "[^\u{0}]{1,40}",
    ) {
        // A path is not trimmed, a line is; blanks at the ends are nobody's target.
        let target = target.trim();
        let refused = Needs::default().refuse(family, action, target);
        let (_, line) = refused.hints[0].split_once("front matter: ").unwrap();
        let needs = needs(line);
        prop_assert!(target.is_empty() || needs.allows(family, action, target), "{}", line);
    }

    #[test]
    fn what_passes_a_star_is_one_command_for_a_real_shell(
        words in "[a-z '\"\\\\$#]{0,12}",
        then in prop_oneof![Just(";"), Just("|"), Just("&"), Just("\n"), Just("`"), Just("$("), Just(")")],
        more in "[a-z '\"\\\\#)]{0,8}",
    ) {
        let line = format!("tar {words}{then}{more}");
        if needs(r#"local = ["run tar *"]"#).allows("local", "run", &line) {
            let script = format!("PATH=/nowhere; tar() {{ :; }}\n{line}");
            // No other command can be found, so one that the shell came to is one it complains of.
            let ran = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            let said = String::from_utf8_lossy(&ran.stderr);
            prop_assert!(!said.contains("not found"), "{:?}: {}", line, said);
        }
    }
}
