//! Two texts, line by line: where they differ, with three lines around it.
//!
//! The server finds the longest run of lines that both have, then the longest before and after it, and so on. Where there
//! are many lines, those that come often begin no run.

use std::collections::HashMap;
use std::ops::Range;

const AROUND: usize = 3;
const MANY: usize = 200;

/// A run of lines: where in each text, and how long.
type Run = (usize, usize, usize);

/// One change: these lines of the first text become those of the second.
type Change = (Range<usize>, Range<usize>);

/// The differences, with where they are.
pub(super) fn unified(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.split('\n').collect(), after.split('\n').collect());
    let mut out = String::new();
    for group in groups(&changes(&old, &new)) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let reach = |from: usize, to: usize, all: usize| from.saturating_sub(AROUND)..(to + AROUND).min(all);
        let lines = reach(first.0.start, last.0.end, old.len());
        let others = reach(first.1.start, last.1.end, new.len());
        out.push_str(&format!("@@ -{} +{} @@\n", place(&lines), place(&others)));
        let mut at = lines.start;
        let mut put = |mark: &str, lines: &[&str]| {
            for line in lines {
                out.extend([mark, line, "\n"]);
            }
        };
        for (gone, come) in &group {
            put(" ", &old[at..gone.start]);
            put("-", &old[gone.clone()]);
            put("+", &new[come.clone()]);
            at = gone.end;
        }
        put(" ", &old[at..lines.end]);
    }
    out
}

fn place(lines: &Range<usize>) -> String {
    match lines.len() {
        1 => (lines.start + 1).to_string(),
        0 => format!("{},0", lines.start),
        several => format!("{},{several}", lines.start + 1),
    }
}

/// Changes that are so near each other that what is around them meets.
fn groups(changes: &[Change]) -> Vec<Vec<Change>> {
    let mut all: Vec<Vec<Change>> = Vec::new();
    for change in changes {
        let near = |group: &Vec<Change>| group.last().is_some_and(|last| change.0.start - last.0.end <= 2 * AROUND);
        match all.last_mut().filter(|group| near(group)) {
            Some(group) => group.push(change.clone()),
            None => all.push(vec![change.clone()]),
        }
    }
    all
}

fn changes(old: &[&str], new: &[&str]) -> Vec<Change> {
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, line) in new.iter().enumerate() {
        places.entry(line).or_default().push(at);
    }
    if new.len() >= MANY {
        places.retain(|_, at| at.len() <= new.len() / 100 + 1);
    }
    let mut runs = Vec::new();
    let mut left = vec![(0..old.len(), 0..new.len())];
    while let Some((these, those)) = left.pop() {
        let (at, other, length) = longest(old, new, &places, &these, &those);
        if length > 0 {
            runs.push((at, other, length));
            left.push((these.start..at, those.start..other));
            left.push((at + length..these.end, other + length..those.end));
        }
    }
    runs.sort_unstable();
    runs.push((old.len(), new.len(), 0));
    let (mut at, mut other, mut all) = (0, 0, Vec::new());
    for (start, begin, length) in runs {
        if start > at || begin > other {
            all.push((at..start, other..begin));
        }
        (at, other) = (start + length, begin + length);
    }
    all
}

/// The longest run of lines in both parts: the first of the longest.
fn longest(
    old: &[&str],
    new: &[&str],
    places: &HashMap<&str, Vec<usize>>,
    these: &Range<usize>,
    those: &Range<usize>,
) -> Run {
    let (mut at, mut other, mut length) = (these.start, those.start, 0);
    let mut ends: HashMap<usize, usize> = HashMap::new();
    for line in these.clone() {
        let mut now = HashMap::new();
        for place in places.get(old[line]).into_iter().flatten().filter(|place| those.contains(place)) {
            let run = place.checked_sub(1).and_then(|before| ends.get(&before)).copied().unwrap_or(0) + 1;
            now.insert(*place, run);
            if run > length {
                (at, other, length) = (line + 1 - run, place + 1 - run, run);
            }
        }
        ends = now;
    }
    while at > these.start && other > those.start && old[at - 1] == new[other - 1] {
        (at, other, length) = (at - 1, other - 1, length + 1);
    }
    while at + length < these.end && other + length < those.end && old[at + length] == new[other + length] {
        length += 1;
    }
    (at, other, length)
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn what_differs_stands_among_what_does_not() {
        let text = |lines: &[i32]| lines.iter().map(i32::to_string).collect::<Vec<_>>().join("\n");
        let (old, new) = (text(&[1, 2, 3, 4, 5, 6, 7, 8, 9]), text(&[1, 2, 3, 4, 50, 51, 6, 7, 8, 9]));
        assert_eq!(unified(&old, &new), "@@ -2,7 +2,8 @@\n 2\n 3\n 4\n-5\n+50\n+51\n 6\n 7\n 8\n");
        assert_eq!(unified("a", "a"), "");
        assert_eq!(unified("a", "b"), "@@ -1 +1 @@\n-a\n+b\n");
        let (old, new) = ((0..40).collect::<Vec<_>>(), (0..40).filter(|n| ![3, 30].contains(n)).collect::<Vec<_>>());
        let said = unified(&text(&old), &text(&new));
        assert_eq!(said.matches("@@ -").count(), 2, "{said}");
    }
}
