//! `text::diff`: how two texts differ, line by line.

use std::fmt::Write as _;

use rhai::{FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::{Failure, Repeat, code};

use super::myers::{Edit, way};
use crate::language::LIST_ITEMS_MAX;
use crate::options::Options;
use crate::primitives::pure::{bounded, give};
use crate::word::{Form, Opt, Touches, Word};

/// The lines shown around a change where nothing else is said.
const CONTEXT: usize = 3;

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "text::diff",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[
        Form { params: &["old: text", "new: text"], gives: "text" },
        Form { params: &["old: text", "new: text", "options: map"], gives: "text" },
    ],
    options: &[
        Opt {
            name: "context",
            takes: "a whole number",
            doc: "how many equal lines to show around a change; 3 if not given",
        },
        Opt { name: "old", takes: "text", doc: "the name of the old text in the first line; `old` if not given" },
        Opt { name: "new", takes: "text", doc: "the name of the new text in the second line; `new` if not given" },
    ],
    doc: r#"
        How two texts differ, line by line, in the unified form that `diff -u` writes; empty where they are the same.

        Texts more than a thousand changed lines apart are shown as replaced between their common ends.

        ```rhai
        let diff = text::diff("a\nb\nc\n", "a\nB\nc\n", #{ context: 0 });
        if diff != "--- old\n+++ new\n@@ -2 +2 @@\n-b\n+B\n" { throw diff; }
        if text::diff("same", "same") != "" { throw "they are the same"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("diff")
        .set_into_module(module, |ctx: NativeCallContext, old: &str, new: &str| give(&ctx, diff(old, new, Map::new())));
    FuncRegistration::new("diff")
        .set_into_module(module, |ctx: NativeCallContext, old: &str, new: &str, options: Map| {
            give(&ctx, diff(old, new, options))
        });
}

fn diff(old: &str, new: &str, options: Map) -> Result<String, Failure> {
    let options = Options::new(&WORD, options)?;
    let context = options.count("context")?.map_or(CONTEXT, |n| usize::try_from(n).unwrap_or(usize::MAX));
    let old_name = options.text("old")?.unwrap_or_else(|| "old".into());
    let new_name = options.text("new")?.unwrap_or_else(|| "new".into());
    if old == new {
        return Ok(String::new());
    }
    // The line ends stay on the lines: a text without the last one differs from one with it.
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    if old.len() + new.len() > LIST_ITEMS_MAX {
        return Err(Failure::new(code::VALUE_LARGE, format!("the texts have more than {LIST_ITEMS_MAX} lines")));
    }
    let edits = way(&old, &new);
    let mut out = format!("--- {old_name}\n+++ {new_name}\n");
    for hunk in hunks(&edits, context) {
        write_hunk(&mut out, &edits, hunk);
    }
    bounded(out)
}

/// The stretches of the way that are shown: each change with its context, those that touch together.
fn hunks(edits: &[Edit<'_>], context: usize) -> Vec<std::ops::Range<usize>> {
    let mut hunks: Vec<std::ops::Range<usize>> = Vec::new();
    for at in (0..edits.len()).filter(|&at| !matches!(edits[at], Edit::Keep(_))) {
        let (start, end) = (at.saturating_sub(context), at.saturating_add(context + 1).min(edits.len()));
        match hunks.last_mut() {
            Some(last) if start <= last.end => last.end = end,
            _ => hunks.push(start..end),
        }
    }
    hunks
}

fn write_hunk(out: &mut String, edits: &[Edit<'_>], hunk: std::ops::Range<usize>) {
    let count = |part: &[Edit<'_>], new: bool| {
        part.iter()
            .filter(|edit| if new { !matches!(edit, Edit::Old(_)) } else { !matches!(edit, Edit::New(_)) })
            .count()
    };
    let place = |new: bool| {
        let (before, lines) = (count(&edits[..hunk.start], new), count(&edits[hunk.clone()], new));
        // As diff has it: one line needs no count, and no lines stand after the line before them.
        match lines {
            0 => format!("{before},0"),
            1 => format!("{}", before + 1),
            _ => format!("{},{lines}", before + 1),
        }
    };
    let _ = writeln!(out, "@@ -{} +{} @@", place(false), place(true));
    for edit in &edits[hunk.clone()] {
        let (sign, line) = match edit {
            Edit::Keep(line) => (' ', line),
            Edit::Old(line) => ('-', line),
            Edit::New(line) => ('+', line),
        };
        out.push(sign);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What `patch` makes of `old`, which must be as the diff says, place by place.
    fn applied(old: &str, diff: &str) -> String {
        let mut left: Vec<&str> = old.split_inclusive('\n').collect();
        let (mut out, mut taken, mut last) = (String::new(), 0, "");
        for line in diff.split_inclusive('\n').skip(2) {
            if let Some(place) = line.strip_prefix("@@ -") {
                let (start, count) = place.split_once(' ').unwrap().0.split_once(',').unwrap_or((place, "1"));
                let start: usize = start.split(' ').next().unwrap().parse().unwrap();
                let before = if count == "0" { start } else { start - 1 };
                out.extend(left.drain(..before - taken));
                taken = before;
                continue;
            }
            if line.starts_with('\\') {
                if last != "-" {
                    assert_eq!(out.pop(), Some('\n'));
                }
                continue;
            }
            let (sign, text) = line.split_at(1);
            last = sign;
            if sign != "+" {
                assert_eq!(left.remove(0).trim_end_matches('\n'), text.trim_end_matches('\n'));
                taken += 1;
            }
            if sign != "-" {
                out.push_str(text);
            }
        }
        out.extend(left);
        out
    }

    fn sides(edits: &[Edit<'_>]) -> (String, String) {
        let (mut old, mut new) = (String::new(), String::new());
        for edit in edits {
            match edit {
                Edit::Keep(line) => {
                    old.push_str(line);
                    new.push_str(line);
                }
                Edit::Old(line) => old.push_str(line),
                Edit::New(line) => new.push_str(line),
            }
        }
        (old, new)
    }

    proptest! {
        #[test]
        fn the_way_leads_from_the_one_to_the_other(old in "([a-c]\\n){0,12}[a-c]?", new in "([a-c]\\n){0,12}[a-c]?") {
            let (left, right): (Vec<&str>, Vec<&str>) = (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
            prop_assert_eq!(sides(&way(&left, &right)), (old, new));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        #[test]
        fn what_we_write_can_be_applied(
            old in "([a-c]\\n){1,20}[a-c]?",
            new in "([a-c]\\n){1,20}[a-c]?",
            context in 0_i64..4,
        ) {
            let names = [("old", "a/text"), ("new", "b/text")];
            let mut options: Map = names.iter().map(|(key, name)| ((*key).into(), (*name).into())).collect();
            options.insert("context".into(), context.into());
            let written = diff(&old, &new, options).unwrap();
            if old != new {
                prop_assert_eq!(applied(&old, &written), new);
            }
        }
    }

    #[test]
    fn the_way_is_the_shortest() {
        let (old, new): (Vec<&str>, Vec<&str>) = ("abcabba".split("").collect(), "cbabac".split("").collect());
        let changes = way(&old, &new).iter().filter(|edit| !matches!(edit, Edit::Keep(_))).count();
        assert_eq!(changes, 5);
    }

    #[test]
    fn texts_far_apart_are_replaced_whole() {
        let text = |mark: &str| (0..5_000).map(|n| format!("{mark}{n}\n")).collect::<String>();
        let written = diff(&format!("head\n{}", text("a")), &format!("head\n{}", text("b")), Map::new()).unwrap();
        assert_eq!(written.matches("\n+b").count(), 5_000);
        assert!(written.contains("\n head\n"));
    }
}
