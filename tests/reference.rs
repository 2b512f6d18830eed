//! The reference in the book is what the program itself says; `UPDATE=1` writes it anew.

use std::fs;
use std::path::Path;
use std::process::Command;

fn says(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_runbook")).args(args).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn fresh(page: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("book/src/reference").join(page);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, text).unwrap();
    }
    let stands = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stands == text,
        "`{page}` is not what the program says; write it anew with `UPDATE=1 cargo test reference`"
    );
}

#[test]
fn the_page_of_the_words_is_made_from_the_words() {
    let words = says(&["doc", "--markdown"]);
    fresh("words.md", &format!("# Words\n\nEvery word a runbook may say, as `runbook doc WORD` prints it.\n\n{words}"));
}

#[test]
fn every_code_that_can_be_thrown_can_be_explained() {
    for code in runbook_model::code::ALL {
        assert!(says(&["explain", code]).starts_with(&format!("# {code}\n")), "{code}");
    }
}

#[test]
fn every_command_has_help_with_an_example() {
    let help = says(&["--help"]);
    let listed = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    let commands: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.len() > 15, "{help}");
    for command in commands {
        let help = says(&[command, "--help"]);
        assert!(help.contains("Example"), "`runbook {command} --help` has no example");
    }
}

/// The `rhai` blocks of a page, as they stand there.
fn blocks(text: &str) -> Vec<String> {
    let blocks = text.split("```rhai\n").skip(1);
    blocks.filter_map(|rest| rest.split("```").next()).map(str::to_owned).collect()
}

#[test]
fn every_runbook_in_the_book_is_one_that_check_accepts() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("greeting.tera"), "hello {{ name }}\n").unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open = vec![root.join("book/src")];
    let mut looked_at = 0;
    while let Some(folder) = open.pop() {
        for path in fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                open.push(path);
                continue;
            }
            // The words' own examples are run, not only read, by another test.
            if path.ends_with("reference/words.md") {
                continue;
            }
            for (nth, block) in blocks(&fs::read_to_string(&path).unwrap()).iter().enumerate() {
                let file = place.path().join("block.rhai");
                fs::write(&file, block).unwrap();
                let checked = Command::new(env!("CARGO_BIN_EXE_runbook")).arg("check").arg(&file).output().unwrap();
                let said = String::from_utf8_lossy(&checked.stderr);
                assert!(checked.status.success(), "{}, block {nth}:\n{block}\n{said}", path.display());
                looked_at += 1;
            }
        }
    }
    assert!(looked_at > 20, "only {looked_at} blocks were found");
}
