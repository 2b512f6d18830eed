//! Each rule with runbooks that break it, and runbooks that do not.

mod cases;

use rhai::Position;

use cases::{MODULES, RIGHT, WRONG};

use super::text::Text;
use super::*;

fn sources(text: &str) -> Sources {
    let files =
        MODULES.iter().chain(&[("a.rhai", text)]).map(|(name, text)| ((*name).into(), (*text).into())).collect();
    Sources::from_records("a.rhai", files)
}

fn told(finding: &Finding) -> String {
    let failure = &finding.failure;
    let places: Vec<String> =
        failure.frames.iter().map(|frame| frame.place.to_string().replace("a.rhai:", "")).collect();
    let more: Vec<String> = failure.causes.iter().chain(&failure.hints).map(|text| format!("; {text}")).collect();
    let mark = if finding.severity == Severity::Warning { "?" } else { "" };
    format!("{mark}{} {}: {}{}", places.join("<"), failure.code, failure.what, more.concat())
}

fn said(text: &str) -> Vec<String> {
    check(&sources(text)).iter().map(told).collect()
}

#[test]
fn every_rule_finds_what_breaks_it() {
    for (text, expected) in WRONG {
        assert_eq!(said(text), *expected, "{text}");
    }
}

#[test]
fn what_is_right_is_left_alone() {
    for text in RIGHT {
        assert_eq!(said(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_step_that_could_say_how_it_is_undone_is_warned_of() {
    let undone_by = |name: &str| (name == "http::put").then_some("http::delete");
    let warned = |text: &str| {
        let sources = sources(text);
        let (header, text) = (Header::of(&sources).unwrap(), Text::read(&sources).unwrap());
        let mut findings = Vec::new();
        undos::look_with(&Seen { sources: &sources, header: &header, text: &text }, &mut findings, &undone_by);
        findings.iter().map(told).collect::<Vec<_>>()
    };
    let expected = "?2:1 script.error: this step changes something with `http::put`, and does not say how to undo it; add \
                    `undo: |was| http::delete(…)`";
    let function = "fn f() { http::put(\"u\", #{}) }\n";
    assert_eq!(warned(&format!("{function}step(\"a\", || [1].map(|x| f()));")), [expected]);
    assert!(warned(&format!("{function}step(\"a\", #{{ undo: |was| 1 }}, || f());")).is_empty());
    assert!(warned(&format!("{function}step(\"a\", || step(\"b\", #{{ undo: |was| 1 }}, || f()));")).is_empty());
    assert!(warned(&format!("{function}let o = #{{ undo: |was| 1 }};\nstep(\"a\", o, || f());")).is_empty());
}

#[test]
fn findings_are_sorted_by_place_the_main_file_first() {
    let findings = check(&sources("import \"lib/acts\" as a;\nstepp(1);\nxyzzy(2);"));
    let places: Vec<String> = findings.iter().map(|found| found.failure.frames[0].place.to_string()).collect();
    assert_eq!(places, ["a.rhai:2:1", "a.rhai:3:1", "lib/acts:1:1", "lib/acts:2:11", "lib/acts:3:1"]);
}

#[test]
fn every_file_that_cannot_be_read_is_told_of() {
    let files = [("a.rhai", "import \"b\" as b;\nlet x = y;"), ("b", "fn f( {}")]
        .map(|(name, text)| (name.into(), text.into()));
    let findings = check(&Sources::from_records("a.rhai", files.into()));
    let codes: Vec<&str> = findings.iter().map(|found| found.failure.what.as_str()).collect();
    assert_eq!(codes, ["there is no variable `y` here", "this `(` is never closed"]);
}

#[test]
fn no_example_of_a_word_is_complained_of() {
    for word in crate::primitives::WORDS {
        for example in word.examples() {
            let found = check(&sources(&example));
            // Examples come without front matter, and so without leave.
            let wrong: Vec<String> =
                found.iter().filter(|found| !found.failure.code.starts_with("needs")).map(told).collect();
            assert_eq!(wrong, Vec::<String>::new(), "the example of `{}`:\n{example}", word.name);
        }
    }
}

#[test]
fn the_runbooks_and_the_standard_library_are_clean() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for entry in std::fs::read_dir(root.join("runbooks")).unwrap().flatten() {
        if entry.path().extension().is_some_and(|end| end == "rhai") {
            let sources = Sources::gather(&entry.path()).unwrap();
            assert_eq!(
                check(&sources).iter().map(told).collect::<Vec<_>>(),
                Vec::<String>::new(),
                "{:?}",
                entry.path()
            );
        }
    }
    for noun in crate::stdlib::nouns() {
        let found = said(&format!("import \"std/{noun}\" as noun;"));
        assert_eq!(found, Vec::<String>::new(), "std/{noun}");
    }
}

#[test]
fn hostile_texts_are_looked_at_in_reasonable_time_and_never_panic() {
    let many = |piece: &str, n: usize| piece.repeat(n);
    let tree: String = (0..60).map(|n| format!("fn f{n}() {{ f{0}(); f{0}(); }}\n", n + 1)).collect();
    for text in [
        many("step(\"a\", || {", 60) + &*many("});", 60),
        many("if true {", 500),
        many("`${", 500),
        many("((((", 500) + &*many("))))", 500),
        format!("let a = 1{};", many(" + 1", 5_000)),
        format!("let a = [{}];", many("1,", 20_000)),
        many("step(\"a\", || 1);\n", 500),
        many("\"", 4_001),
        tree + "fn f60() { step(\"a\", || 1); }\nf0();",
        (0..1_000).map(|n| format!("fn g{n}() {{ g{}() }}\n", n + 1)).collect(),
        "fn a() { b() }\nfn b() { a() }\nstep(\"x\", || a());".to_owned(),
    ] {
        let sources = sources(&text);
        let _ = (check(&sources), crate::outline::outline(&sources));
    }
}

#[test]
fn a_place_that_does_not_exist_is_no_trouble() {
    let frame = text::frame(&sources("1"), "a.rhai", Position::NONE, "anon$1");
    assert_eq!((frame.place.to_string().as_str(), frame.function.as_str()), ("a.rhai", "<closure>"));
}
