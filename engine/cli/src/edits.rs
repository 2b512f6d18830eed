//! What an edited runbook changes for a run that is under way: reused, changed, new before the point of resume, gone.

use std::collections::HashSet;

use runbook_journal::History;
use runbook_journal::status::Status;
use runbook_model::Key;
use runbook_model::record::Kind;
use runbook_model::survey::{Edit, Edits};
use runbook_script::bench::Met;
use runbook_script::outline::Node;

/// Folds what a survey of the edited runbook met with what the records know.
pub(crate) fn compare(history: &History, met: &[Met], outline: &[Node]) -> Edits {
    let mut edits = Edits::default();
    let mut seen = HashSet::new();
    let mut at_end = None;
    for one in met {
        seen.insert(one.key.clone());
        let edit = Edit { key: one.key.clone(), place: one.place.clone() };
        match (one.known, one.finished, one.same) {
            (false, ..) => at_end = Some(edit),
            (true, true, true) => edits.reused += 1,
            (true, true, false) => edits.changed.push(edit),
            (true, false, false) => edits.retried.push(edit),
            (true, false, true) => {}
        }
    }
    let names = names(outline);
    let mut unmet: Vec<(u64, Edit, bool)> = history
        .keys()
        .filter(|(key, past)| {
            past.kind == Kind::Step
                && matches!(past.status, Status::Done { .. })
                && !seen.contains(*key)
                && !is_inside(key, &seen)
        })
        .map(|(key, past)| {
            let edit = Edit { key: key.clone(), place: past.place.clone() };
            (past.seq, edit, names.iter().any(|name| fits(name, key)))
        })
        .collect();
    unmet.sort_by_key(|(seq, ..)| *seq);
    let to_come = unmet.iter().filter(|(_, _, there)| *there).count();
    edits.reused += to_come;
    // A new step stands before the point of resume where finished steps come after it.
    edits.new.extend(at_end.filter(|_| to_come > 0));
    edits.gone.extend(unmet.into_iter().filter(|(_, _, there)| !there).map(|(_, edit, _)| edit));
    edits
}

/// Whether `key` stands inside a finished thing that was met and not evaluated again.
fn is_inside(key: &Key, seen: &HashSet<Key>) -> bool {
    std::iter::successors(key.parent(), Key::parent).any(|above| seen.contains(&above))
}

/// Every name of an outline.
pub(crate) fn names(outline: &[Node]) -> HashSet<String> {
    let mut names = HashSet::new();
    gather_names(outline, &mut names);
    names
}

fn gather_names(outline: &[Node], names: &mut HashSet<String>) {
    for node in outline {
        names.insert(node.name.clone());
        gather_names(&node.children, names);
    }
}

/// Whether a name of the outline, `…` standing for what is only known in a run, can be the last name of `key`.
pub(crate) fn fits(pattern: &str, key: &Key) -> bool {
    let last = key.last().replace('\\', "");
    let name = last.split('[').next().unwrap_or(&last);
    let mut rest = name;
    let mut parts = pattern.split('…');
    let Some(after) = parts.next().and_then(|first| rest.strip_prefix(first)) else { return false };
    rest = after;
    let mut open = false;
    for part in parts {
        open = true;
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    open || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_fits_the_names_it_can_make() {
        let key = |name: &str| Key::root().child(name, None);
        assert!(fits("drain …", &key("drain n3")));
        assert!(fits("pack", &Key::root().child("pack", Some("a"))));
        assert!(!fits("pack", &key("unpack")));
        assert!(!fits("pack", &key("pack all")));
    }
}
