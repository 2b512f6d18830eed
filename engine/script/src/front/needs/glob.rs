//! Matches text with a pattern in which `*` stands for any run of characters.
//!
//! The work is the length of the pattern times that of the text, whatever they are: no pattern makes it explode.

/// Whether `pattern` matches the whole of `text`; `covers` says of each place whether a `*` may cover what stands there.
pub(super) fn glob(pattern: &str, text: &str, covers: impl Fn(usize, char) -> bool) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    // now[i]: the first i characters of the pattern can match what was read so far.
    let mut now = vec![false; pattern.len() + 1];
    let mut next = now.clone();
    now[0] = true;
    skip_stars(&pattern, &mut now);
    for (nth, c) in text.chars().enumerate() {
        next.fill(false);
        let covered = covers(nth, c);
        let mut alive = false;
        for (at, wanted) in pattern.iter().enumerate().filter(|(at, _)| now[*at]) {
            let to = if *wanted == '*' { covered.then_some(at) } else { (*wanted == c).then_some(at + 1) };
            if let Some(to) = to {
                next[to] = true;
                alive = true;
            }
        }
        if !alive {
            return false;
        }
        skip_stars(&pattern, &mut next);
        std::mem::swap(&mut now, &mut next);
    }
    now[pattern.len()]
}

/// A `*` may stand for nothing.
fn skip_stars(pattern: &[char], reached: &mut [bool]) {
    for (at, wanted) in pattern.iter().enumerate() {
        if reached[at] && *wanted == '*' {
            reached[at + 1] = true;
        }
    }
}

/// Whether `pattern` matches `text`, `*` standing for anything.
pub(super) fn any(pattern: &str, text: &str) -> bool {
    glob(pattern, text, |_, _| true)
}
