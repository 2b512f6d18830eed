//! What resume makes of each word that changes something, cut off at each point: as a table in the book, and here.
//!
//! The verdicts of probed words stand in one list; the tests that cut them off for real compare with it.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use runbook_model::Repeat;
use runbook_script::primitives::WORDS;
use runbook_script::word::Touches;

/// A probed word, and what a look at it says where it was cut off before, during and after its effect, and where its
/// reply was lost.
pub(crate) struct Row {
    pub(crate) word: &'static str,
    pub(crate) verdicts: [&'static str; 4],
    /// What the look looks at.
    by: &'static str,
}

/// The probed words.
pub(crate) const PROBED: &[Row] = &[
    Row {
        word: "armed",
        verdicts: ["not done", "not done", "done", "done"],
        by: "what the machine says of the token: armed, confirmed or fired",
    },
    Row {
        word: "helm::rollback",
        verdicts: ["not done", "unknown", "done", "done"],
        by: "the description of the revision",
    },
    Row {
        word: "helm::uninstall",
        verdicts: ["not done", "partly done", "done", "done"],
        by: "the revisions that are left",
    },
    Row {
        word: "helm::upgrade",
        verdicts: ["not done", "unknown", "done", "done"],
        by: "the description of the revision",
    },
    Row { word: "kube::evict", verdicts: ["not done", "–", "done", "done"], by: "the identity of the very pod" },
    Row {
        word: "kube::rollout_restart",
        verdicts: ["not done", "–", "done", "done"],
        by: "the mark of this very call",
    },
    Row { word: "ssh::move", verdicts: ["not done", "not done", "done", "done"], by: "what is at both paths" },
    Row {
        word: "ssh::reboot",
        verdicts: ["not done", "done", "done", "done"],
        by: "the boot id, for which a machine that is away is waited for",
    },
    Row {
        word: "ssh::run",
        verdicts: ["not done", "partly done", "done", "done"],
        by: "the token of this very call on the machine",
    },
    Row {
        word: "ssh::service restart",
        verdicts: ["not done", "not done", "done", "done"],
        by: "the process of the service",
    },
];

const FAMILIES: [&str; 3] = ["helm", "kube", "ssh"];

/// The table of all changing words.
fn table() -> String {
    let mut table =
        String::from("| word | before | during | after | reply lost | by | undo |\n|---|---|---|---|---|---|---|\n");
    for word in WORDS {
        let family = word.parts().0.unwrap_or_default();
        let changes = word.touches == Touches::Changes && FAMILIES.contains(&family);
        if !changes && word.name != "armed" {
            continue;
        }
        let undo = if word.put_back.is_some() { "puts back what was there" } else { "by a step's own `undo`" };
        let row = PROBED.iter().find(|row| row.word.split(' ').next() == Some(word.name));
        if let Some(row) = row {
            let [before, during, after, lost] = row.verdicts;
            let _ =
                writeln!(table, "| `{}` | {before} | {during} | {after} | {lost} | {} | {undo} |", row.word, row.by);
        }
        if word.repeat == Repeat::Safe {
            let by = "doing it twice is as doing it once";
            let _ = writeln!(table, "| `{}` | again | again | again | again | {by} | {undo} |", word.name);
        } else if word.repeat == Repeat::Ask {
            let _ = writeln!(table, "| `{}` | ask | ask | ask | ask | a person | {undo} |", word.name);
        } else if row.is_some_and(|row| row.word != word.name) {
            let by = "doing it twice is as doing it once";
            let _ = writeln!(table, "| `{}`, all else | again | again | again | again | {by} | {undo} |", word.name);
        }
    }
    table
}

#[test]
fn every_word_that_is_probed_has_a_row_and_a_look() {
    for word in WORDS.iter().filter(|word| word.repeat == Repeat::Probed) {
        assert!(word.look.is_some(), "`{}` has no look", word.name);
        let row = PROBED.iter().any(|row| row.word.split(' ').next() == Some(word.name));
        assert!(row, "`{}` has no row in the table of verdicts", word.name);
    }
}

#[test]
fn the_page_of_the_verdicts_is_made_from_the_words() {
    let table = table();
    let _ = std::io::Write::write_all(&mut std::io::stderr(), table.as_bytes());
    let page = format!(
        "# Words in doubt\n\n\
         What a resume makes of a call that was begun and has no recorded end: where the engine was cut off before the \
         call took effect, in the middle of it, and after it, and where only the reply was lost.\n\n\
         *Done* gives what the call would have given, without calling.\n\
         *Not done* calls it.\n\
         *Partly done* goes on with the very call.\n\
         *Again* calls it without a look.\n\
         *Unknown* and *ask* are for a person: [settle the doubt](../guides/settle-a-doubt.md).\n\n{table}\n\
         What the API server of Kubernetes does, it does whole or not at all: its words have no *during*.\n\
         The tests of the engine cut words of `helm`, `kube` and `ssh` off at these points, with the real programs, and \
         compare with this table.\n\
         What cannot be asked, as a machine that does not answer, is unknown whatever the word.\n"
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("book/src/reference/doubt.md");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let stands = fs::read_to_string(&path).unwrap_or_default();
    assert!(stands == page, "`doubt.md` is not what the words say; write it anew with `UPDATE=1 cargo test doubt`");
}
