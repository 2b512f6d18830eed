//! The shortest way from one list of lines to another, by Myers' greedy search.

/// The most steps apart two texts may be for the shortest way to be looked for; beyond it all is replaced.
const STEPS_MAX: usize = 1_000;

/// One line of the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edit<'t> {
    /// It stands in both.
    Keep(&'t str),
    /// It stands only in the old text.
    Old(&'t str),
    /// It stands only in the new text.
    New(&'t str),
}

/// The way from `old` to `new`.
pub(super) fn way<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<Edit<'t>> {
    let head = old.iter().zip(new).take_while(|(one, other)| one == other).count();
    let (old_rest, new_rest) = (&old[head..], &new[head..]);
    let tail = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(one, other)| one == other).count();
    let (old_mid, new_mid) = (&old_rest[..old_rest.len() - tail], &new_rest[..new_rest.len() - tail]);
    let mut edits: Vec<Edit<'t>> = old[..head].iter().map(|line| Edit::Keep(line)).collect();
    match search(old_mid, new_mid) {
        Some(trace) => edits.extend(walk_back(old_mid, new_mid, &trace)),
        None => {
            edits.extend(old_mid.iter().map(|line| Edit::Old(line)));
            edits.extend(new_mid.iter().map(|line| Edit::New(line)));
        }
    }
    edits.extend(old_rest[old_rest.len() - tail..].iter().map(|line| Edit::Keep(line)));
    edits
}

/// How far into `old` each diagonal reaches after each number of steps. Diagonal `k`, on which `k` more lines of `old` are
/// passed than of `new`, stands at the place `k + steps` of its row.
fn search(old: &[&str], new: &[&str]) -> Option<Vec<Vec<usize>>> {
    let mut trace: Vec<Vec<usize>> = Vec::new();
    for steps in 0..=(old.len() + new.len()).min(STEPS_MAX) {
        let mut row = vec![0; 2 * steps + 1];
        for place in (0..row.len()).step_by(2) {
            let mut x = trace.last().map_or(0, |before| from(before, place).0);
            let mut y = x + steps - place;
            while x < old.len() && y < new.len() && old[x] == new[y] {
                (x, y) = (x + 1, y + 1);
            }
            row[place] = x;
            if x == old.len() && y == new.len() {
                trace.push(row);
                return Some(trace);
            }
        }
        trace.push(row);
    }
    None
}

/// Where one step onto `place` comes out, from the row before, and whether it takes a new line rather than an old one.
fn from(before: &[usize], place: usize) -> (usize, bool) {
    // In the row before, the diagonal to the left stands two places less than here, the one to the right at the same.
    let left = place.checked_sub(2).map(|at| before[at]);
    let right = before.get(place).copied();
    match (left, right) {
        (Some(left), Some(right)) if left < right => (right, true),
        (Some(left), _) => (left + 1, false),
        (None, Some(right)) => (right, true),
        (None, None) => (0, true),
    }
}

fn walk_back<'t>(old: &[&'t str], new: &[&'t str], trace: &[Vec<usize>]) -> Vec<Edit<'t>> {
    let (mut x, mut y) = (old.len(), new.len());
    let mut edits = Vec::new();
    for steps in (1..trace.len()).rev() {
        let place = x + steps - y;
        let (reached, down) = from(&trace[steps - 1], place);
        while x > reached {
            (x, y) = (x - 1, y - 1);
            edits.push(Edit::Keep(old[x]));
        }
        if down {
            y -= 1;
            edits.push(Edit::New(new[y]));
        } else {
            x -= 1;
            edits.push(Edit::Old(old[x]));
        }
    }
    while x > 0 {
        x -= 1;
        edits.push(Edit::Keep(old[x]));
    }
    edits.reverse();
    edits
}
