//! Permission bits as people write them: `755`, `u+x`, `a=rX`; pure.

/// The bits a word makes of `before`; nothing where it is no mode. Letters for nobody go by `umask`.
pub(crate) fn apply(word: &str, before: u32, folder: bool, umask: u32) -> Option<u32> {
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        let bits = u32::from_str_radix(word, 8).ok().filter(|bits| *bits <= 0o7777)?;
        // Folders keep what was set on them beyond the usual bits, unless it is named.
        let kept = if folder && word.len() < 5 { before & 0o6000 } else { 0 };
        return Some(bits | kept);
    }
    let mut bits = before;
    for clause in word.split(',') {
        let end = clause.find(['+', '-', '='])?;
        let (who, mut rest) = clause.split_at(end);
        let mut mask = 0;
        for letter in who.chars() {
            mask |= match letter {
                'u' => 0o4700,
                'g' => 0o2070,
                'o' => 0o1007,
                'a' => 0o7777,
                _ => return None,
            };
        }
        let shown = if who.is_empty() { 0o7777 & !umask } else { mask };
        while let Some(sign) = rest.chars().next() {
            rest = &rest[1..];
            let end = rest.find(['+', '-', '=']).unwrap_or(rest.len());
            let (letters, behind) = rest.split_at(end);
            rest = behind;
            let mut wanted = 0;
            for letter in letters.chars() {
                wanted |= match letter {
                    'r' => 0o444,
                    'w' => 0o222,
                    'x' => 0o111,
                    'X' if folder || bits & 0o111 > 0 => 0o111,
                    'X' => 0,
                    's' => 0o6000,
                    't' => 0o1000,
                    'u' => copy(bits >> 6),
                    'g' => copy(bits >> 3),
                    'o' => copy(bits),
                    _ => return None,
                };
            }
            let wanted = wanted & shown;
            match sign {
                '+' => bits |= wanted,
                '-' => bits &= !wanted,
                _ => bits = bits & !(shown & 0o7777) | wanted,
            }
        }
    }
    Some(bits)
}

fn copy(bits: u32) -> u32 {
    let three = bits & 7;
    three << 6 | three << 3 | three
}

/// A mask as `umask` takes it.
pub(crate) fn umask(word: &str, before: u32) -> Option<u32> {
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return u32::from_str_radix(word, 8).ok().filter(|bits| *bits <= 0o777);
    }
    apply(word, !before & 0o777, false, 0).map(|bits| !bits & 0o777)
}
