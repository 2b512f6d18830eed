//! What may be gathered, and what is said of what may not.

use std::fs;
use std::path::Path;

use super::*;

/// A folder with these files; a name that ends in `/` is a folder.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if name.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::write(path, text).unwrap();
        }
    }
    folder
}

fn gather(folder: &Path, name: &str) -> Result<Sources, Failure> {
    Sources::gather_as(&folder.join(name), name)
}

/// What is said of a folder whose `main.rhai` cannot be gathered: the place, the failure, its causes and hints.
fn said(files: &[(&str, &[u8])]) -> String {
    let folder = folder(files);
    let failure = gather(folder.path(), "main.rhai").unwrap_err();
    let place = failure.frames.first().map(|frame| format!("{} ", frame.place)).unwrap_or_default();
    let more: Vec<String> = failure.causes.iter().chain(&failure.hints).map(|text| format!("; {text}")).collect();
    let text = format!("{place}{}: {}{}", failure.code, failure.what, more.concat());
    text.replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn a_runbook_is_gathered_with_all_it_imports_and_renders() {
    let folder = folder(&[
        ("main.rhai", b"import \"lib/k8s\" as k8s;\nlet a = template(\"a.tera\", #{});"),
        ("lib/k8s.rhai", b"import \"text\" as text;\nimport \"std/files\" as files;"),
        ("lib/text.rhai", b"fn f() {}"),
        ("a.tera", b"{% include \"b.tera\" %}"),
        ("b.tera", b"{%- extends 'c.tera' %}"),
        ("c.tera", b"x"),
        ("other.rhai", b"fn f() {}"),
    ]);
    let sources = gather(folder.path(), "main.rhai").unwrap();
    let names: Vec<&str> = sources.files().keys().map(String::as_str).collect();
    assert_eq!(names, ["a.tera", "b.tera", "c.tera", "lib/k8s", "lib/text", "main.rhai", "std/files"]);
    let mut scripts: Vec<&str> = sources.scripts().map(|(name, _)| name).collect();
    scripts.sort_unstable();
    assert_eq!(scripts, ["lib/k8s", "lib/text", "main.rhai", "std/files"]);
    assert_eq!(Sources::from_records("main.rhai", sources.files().clone()), sources);
}

#[test]
fn line_ends_and_marks_of_other_systems_and_a_first_line_for_the_shell_are_accepted() {
    let folder = folder(&[("main.rhai", b"\xef\xbb\xbf#!/usr/bin/env runbook\r\nlet a = `b\r\nc`;\r\n")]);
    let sources = gather(folder.path(), "main.rhai").unwrap();
    assert_eq!(sources.get("main.rhai"), Some("\nlet a = `b\nc`;\n"));
}

#[test]
fn what_is_no_runbook_is_said_so() {
    assert_eq!(said(&[("mian.rhai", b"")]), "file.missing: there is no file `main.rhai`; did you mean `mian.rhai`?");
    let directory = "file.trouble: `main.rhai` is a directory, not a runbook; name a file that ends in `.rhai`";
    assert_eq!(said(&[("main.rhai/", b"")]), directory);
    let empty = "file.trouble: `main.rhai` is empty; write one to start from with `runbook new FILE`";
    assert_eq!(said(&[("main.rhai", b" \r\n\t")]), empty);
    let large = "file.trouble: `main.rhai` is larger than 4 MiB; is this a runbook?";
    assert_eq!(said(&[("main.rhai", &vec![b' '; (4 << 20) + 1])]), large);
    let latin = "file.trouble: `main.rhai` is not UTF-8 text: byte 14 on line 2 is 0xe9; save it as UTF-8";
    assert_eq!(said(&[("main.rhai", b"let a = 1;\n// \xe9t\xe9")]), latin);
    let zero = "file.trouble: `main.rhai` is not text: byte 2 on line 1 is zero; is this a runbook?";
    assert_eq!(said(&[("main.rhai", b"PK\0\x03")]), zero);
    let long = "file.trouble: `main.rhai` has more than 65535 lines; is this a runbook?";
    assert_eq!(said(&[("main.rhai", &b"1;\n".repeat(65_536))]), long);
}

#[test]
fn an_ending_that_was_forgotten_is_found() {
    let folder = folder(&[("main.rhai", b"1")]);
    let failure = gather(folder.path(), "main").unwrap_err();
    assert_eq!(failure.hints.len(), 1);
    assert!(failure.hints[0].ends_with("main.rhai`?"), "{failure:?}");
}

#[test]
fn an_import_that_leads_nowhere_is_shown_where_it_stands() {
    let missing =
        "main.rhai:2:8 file.missing: there is no file `lib/k8.rhai` beside the runbook; did you mean `lib/k8s`?";
    assert_eq!(said(&[("main.rhai", b"\nimport \"lib/k8\" as k;"), ("lib/k8s.rhai", b"1")]), missing);
    let nested = "lib/a:1:8 file.missing: there is no file `lib/long.rhai` beside the runbook; make the file, or \
                  correct the path";
    assert_eq!(said(&[("main.rhai", b"import \"lib/a\" as a;"), ("lib/a.rhai", b"import \"long\" as b;")]), nested);
    let noun = "main.rhai:1:8 import.bad: the standard library has no `std/file`; did you mean `std/files`?";
    assert_eq!(said(&[("main.rhai", b"import \"std/file\" as f;")]), noun);
    let computed = "main.rhai:1:8 import.bad: the path of an import must be plain text; a run carries its sources, so \
                    they must be known before it begins; write it as `import \"lib/name\" as name;`";
    assert_eq!(said(&[("main.rhai", b"import \"lib/\" + x as f;")]), computed);
    assert_eq!(said(&[("main.rhai", b"import `lib/${x}` as f;")]), computed);
    let template = "main.rhai:1:18 file.missing: there is no file `a.tera` beside the runbook; make the file, or correct \
                    the path";
    assert_eq!(said(&[("main.rhai", b"let a = template(\"a.tera\", #{});")]), template);
}

#[test]
fn nothing_outside_the_runbooks_folder_is_read() {
    let out = "import.bad: `../x` leads out of the runbook's folder; a runbook takes in only files below its own folder, \
               so that it can carry them; copy the file beside the runbook";
    assert_eq!(said(&[("main.rhai", b"import \"../x\" as x;")]), format!("main.rhai:1:8 {out}"));
    let absolute = "main.rhai:1:8 import.bad: `/etc/passwd` is an absolute path; write the path relative to this file, \
                    `import \"lib/name\" as name;`";
    assert_eq!(said(&[("main.rhai", b"import \"/etc/passwd\" as x;")]), absolute);
    let template = "main.rhai:1:10 import.bad: `../x` leads out of the runbook's folder; a runbook takes in only files \
                    below its own folder, by their plain names";
    assert_eq!(said(&[("main.rhai", b"template(\"../x\", #{});")]), template);
}

#[test]
fn a_link_that_leads_out_of_the_folder_is_refused() {
    let outside = folder(&[("secret.rhai", b"1")]);
    let folder = folder(&[("main.rhai", b"import \"x\" as x;")]);
    std::os::unix::fs::symlink(outside.path().join("secret.rhai"), folder.path().join("x.rhai")).unwrap();
    let failure = gather(folder.path(), "main.rhai").unwrap_err();
    assert_eq!(failure.what, "`x.rhai` is a link that leads out of the runbook's folder");
    assert_eq!(failure.frames[0].place.to_string(), "main.rhai:1:8");
}

#[test]
fn circles_are_shown() {
    let itself = "main.rhai:1:8 import.bad: `main.rhai` imports itself; move what both need into a third file";
    assert_eq!(said(&[("main.rhai", b"import \"main\" as m;")]), itself);
    let two =
        "b:1:8 import.bad: `a` imports itself; the circle is `a` → `b` → `a`; move what both need into a third file";
    let files: [(&str, &[u8]); 3] =
        [("main.rhai", b"import \"a\" as a;"), ("a.rhai", b"import \"b\" as b;"), ("b.rhai", b"import \"a\" as a;")];
    assert_eq!(said(&files), two);
    let home = "a:1:8 import.bad: `main.rhai` imports itself; the circle is `main.rhai` → `a` → `main.rhai`; move what \
                both need into a third file";
    assert_eq!(said(&[("main.rhai", b"import \"a\" as a;"), ("a.rhai", b"import \"main\" as m;")]), home);
}

#[test]
fn a_long_chain_of_imports_ends_at_the_limit() {
    let texts: Vec<(String, String)> =
        (0..300).map(|n| (format!("m{n}.rhai"), format!("import \"m{}\" as m;", n + 1))).collect();
    let mut files: Vec<(&str, &[u8])> = texts.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    files.push(("main.rhai", b"import \"m0\" as m;"));
    assert_eq!(said(&files), "m198:1:8 import.bad: the runbook takes in more than 200 files");
}

#[test]
fn a_caret_underlines_one_token() {
    let width = |text: &str, col: u32| {
        Sources::from_records("a", [("a".to_owned(), text.to_owned())].into()).frame("a", (1, col), "").width
    };
    assert_eq!(width("step(\"a\")", 1), 4);
    assert_eq!(width(r#"step("a\" b", 1)"#, 6), 7);
    assert_eq!(width("say(`a ${f(`b`)} c`, 1)", 5), 15);
    assert_eq!(width("a ?? b", 3), 2);
    assert_eq!(width("a", 9), 1);
    assert_eq!(width(&format!("{}step()", " ".repeat(500)), 501), 4);
}

#[test]
fn a_caret_takes_in_the_whole_name_and_what_it_is_part_of() {
    let under = |text: &str, col: u32| {
        let sources = Sources::from_records("a", [("a".to_owned(), text.to_owned())].into());
        let frame = sources.frame("a", (1, col), "");
        (frame.place.col, frame.width)
    };
    assert_eq!(under("é; local::run(1)", 11), (4, 10), "the namespace of a word counts");
    assert_eq!(under("local::run(1)", 1), (1, 10));
    assert_eq!(under("a(::b)", 5), (5, 1));
    assert_eq!(under("if nodes.len() {}", 9), (4, 9), "a dot stands for the names around it");
    assert_eq!(under("a.b.c()", 4), (3, 3));
    assert_eq!(under("step(\"a\", |x, y| x)", 11), (11, 6), "parameters are one thing");
    assert_eq!(under("a | b | c", 3), (3, 1));
    assert_eq!(under("0..x", 2), (2, 2));
}

#[test]
fn a_line_that_fills_the_screen_is_cut() {
    let text = "x".repeat(1000);
    let sources = Sources::from_records("a", [("a".to_owned(), text)].into());
    assert_eq!(sources.frame("a", (1, 1), "").text.chars().count(), 401);
    assert_eq!(sources.frame("a", (1, 900), "").text, "");
}
