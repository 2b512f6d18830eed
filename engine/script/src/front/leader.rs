//! The `//!` lines at the top of a runbook, parted into Markdown and the one TOML block.
//!
//! Before them only blank lines and a `#!` line may stand. Blank lines between them belong to them.

use runbook_model::Failure;

use super::sheet::{Line, Sheet};

const MARK: &str = "//!";

/// What the top of a runbook says.
pub(super) struct Leader<'t> {
    /// The Markdown without the TOML block.
    pub(super) doc: String,
    /// The TOML block, where there is one.
    pub(super) sheet: Option<Sheet<'t>>,
}

/// A block of code that is open at the current line.
struct Fence<'t> {
    ticks: usize,
    toml: bool,
    line: Line<'t>,
}

/// Reads the top of the runbook `text`.
pub(super) fn read<'t>(file: &'t str, text: &'t str) -> Result<Leader<'t>, Failure> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = lines(text).peekable();
    lines.next_if(|line| line.text.starts_with("#!"));
    let mut leader = Leader { doc: String::new(), sheet: None };
    let mut open: Option<Fence<'t>> = None;
    let mut blank: Vec<Line<'t>> = Vec::new();
    while let Some(line) = lines.next_if(|line| line.text.trim().is_empty() || prefix(line.text).is_some()) {
        let Some(prefix) = prefix(line.text) else {
            blank.push(line);
            continue;
        };
        for empty in blank.drain(..) {
            add(&mut leader, open.as_ref(), empty, empty.text.len());
        }
        open = take(file, &mut leader, open, line, prefix)?;
    }
    if let Some(fence) = open {
        let next = lines.peek().filter(|line| line.text.trim_start().starts_with("//"));
        return Err(unclosed(file, &fence, next));
    }
    if leader.sheet.is_none() {
        refuse_late_block(file, lines)?;
    }
    leader.doc = leader.doc.trim_matches('\n').to_owned();
    Ok(leader)
}

fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    (1..).zip(text.split('\n')).map(|(number, text)| Line { number, text: text.strip_suffix('\r').unwrap_or(text) })
}

/// How many bytes of a `//!` line come before what it says; one blank after the mark is part of the mark.
fn prefix(text: &str) -> Option<usize> {
    let blanks = text.len() - text.trim_start().len();
    let said = text[blanks..].strip_prefix(MARK)?;
    Some(blanks + MARK.len() + usize::from(said.starts_with(' ')))
}

/// The number of backticks and the language, where a line opens or closes a block.
fn fence(said: &str) -> Option<(usize, &str)> {
    let said = said.trim();
    let language = said.trim_start_matches('`');
    let ticks = said.len() - language.len();
    (ticks >= 3 && !language.contains('`')).then(|| (ticks, language.trim()))
}

fn is_toml(language: &str) -> bool {
    language.eq_ignore_ascii_case("toml")
}

/// Takes one `//!` line and gives the block that is open after it.
fn take<'t>(
    file: &'t str,
    leader: &mut Leader<'t>,
    open: Option<Fence<'t>>,
    line: Line<'t>,
    prefix: usize,
) -> Result<Option<Fence<'t>>, Failure> {
    let at = fence(&line.text[prefix..]);
    match (open, at) {
        (None, Some((ticks, language))) if is_toml(language) => {
            if let Some(first) = &leader.sheet {
                let what =
                    format!("the front matter has two `toml` blocks; the first is in line {}", first.fence.number);
                return Err(line.bad(file, what).hint("put everything into one block"));
            }
            leader.sheet = Some(Sheet::new(file, line));
            Ok(Some(Fence { ticks, toml: true, line }))
        }
        (None, Some((ticks, _))) => {
            add(leader, None, line, prefix);
            Ok(Some(Fence { ticks, toml: false, line }))
        }
        (None, None) => {
            add(leader, None, line, prefix);
            Ok(None)
        }
        (Some(block), Some((ticks, ""))) if ticks >= block.ticks => {
            if !block.toml {
                add(leader, None, line, prefix);
            }
            Ok(None)
        }
        // Markdown would swallow this block into the open one, and with it all that it says.
        (Some(block), Some((ticks, language))) if is_toml(language) && ticks == block.ticks => {
            Err(unclosed(file, &block, None))
        }
        (Some(block), _) => {
            add(leader, Some(&block), line, prefix);
            Ok(Some(block))
        }
    }
}

fn add<'t>(leader: &mut Leader<'t>, open: Option<&Fence<'t>>, line: Line<'t>, prefix: usize) {
    match (&mut leader.sheet, open) {
        (Some(sheet), Some(Fence { toml: true, .. })) => sheet.push(line, prefix),
        _ => {
            leader.doc.push_str(line.text.get(prefix..).unwrap_or_default().trim_end());
            leader.doc.push('\n');
        }
    }
}

fn unclosed(file: &str, fence: &Fence<'_>, next: Option<&Line<'_>>) -> Failure {
    let ticks = "`".repeat(fence.ticks);
    let failure = fence.line.bad(file, "this block of the front matter is never closed");
    match next {
        Some(line) => failure.hint(format!("begin line {} with `{MARK}`, not with `//`", line.number)),
        None => failure.hint(format!("close it with the line {MARK} {ticks}")),
    }
}

/// Refuses a block further down: it would be passed over in silence, and its `needs` with it.
fn refuse_late_block<'t>(file: &str, mut lines: impl Iterator<Item = Line<'t>>) -> Result<(), Failure> {
    let late = lines.find(|line| {
        let language = prefix(line.text).and_then(|prefix| fence(&line.text[prefix..]));
        language.is_some_and(|(_, language)| is_toml(language))
    });
    match late {
        Some(line) => Err(line
            .bad(file, "the front matter does not stand at the top of the runbook")
            .hint(format!("move all `{MARK}` lines before the first line of code"))),
        None => Ok(()),
    }
}
