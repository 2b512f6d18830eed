//! What `runbook FILE --help` says of a runbook: plain text, aligned, wrapped to the width of the screen.
//!
//! Nothing that stands in a runbook can steer the terminal: control characters are left out.

use unicode_width::UnicodeWidthStr as _;

use super::header::Header;
use super::input::Input;
use super::kind::Kind;
use super::summary;

/// The least width that text is wrapped to.
const WIDTH_MIN: usize = 40;
/// The widest column of names, and of names and types together.
const NAME_MAX: usize = 20;
const COLUMN_MAX: usize = 32;

/// The help of the runbook in `file`, in lines of at most `width` columns where words allow.
pub fn help(header: &Header, file: &str, width: usize) -> String {
    let width = width.max(WIDTH_MIN);
    let mut text = String::new();
    if !header.summary.is_empty() {
        text.push_str(&wrap(&header.summary, width, 0));
    }
    if let Some(paragraph) = summary::paragraph(&header.doc) {
        text.push('\n');
        let item = |line: &str| if line.starts_with("- ") { 2 } else { 0 };
        text.extend(paragraph.lines().map(|line| wrap(line, width, item(line))));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&format!("Usage: runbook run {}{} [OPTIONS]\n", clean(file), usage(header)));
    if !header.inputs.is_empty() {
        text.push_str("\nInputs:\n");
        let names = header.inputs.iter().map(|input| input.name.width()).filter(|wide| *wide <= NAME_MAX);
        let widest = names.max().unwrap_or(0);
        let rows = header.inputs.iter().map(|input| (head(input, widest), about(input)));
        text.push_str(&columns(rows.collect(), width));
        text.push_str("\nGive an input with --set NAME=VALUE, in a file with --inputs FILE (TOML, YAML, JSON),\n");
        text.push_str("or as RUNBOOK_INPUT_NAME in the environment.\n");
    }
    let needs = header.needs.by_family();
    text.push_str("\nIt may touch:\n");
    if needs.is_empty() {
        text.push_str("  nothing that needs leave\n");
    } else {
        let rows = needs.into_iter().flat_map(|(family, patterns)| {
            (0..)
                .zip(patterns)
                .map(move |(nth, pattern)| (if nth == 0 { family.clone() } else { String::new() }, pattern))
        });
        text.push_str(&columns(rows.collect(), width));
    }
    text.push_str(&facts(header));
    text
}

/// The required inputs, as they are typed.
fn usage(header: &Header) -> String {
    let required = header.inputs.iter().filter(|input| input.required);
    let mut usage: String = required.map(|input| format!(" --set {}=…", input.name)).collect();
    if header.inputs.iter().any(|input| !input.required) {
        usage.push_str(" [--set NAME=VALUE]…");
    }
    usage
}

fn facts(header: &Header) -> String {
    let mut rows = vec![("Name".to_owned(), clean(&header.name))];
    rows.extend(header.version.iter().map(|version| ("Version".to_owned(), version.clone())));
    rows.extend(header.engine.iter().map(|engine| ("Engine".to_owned(), clean(&engine.text))));
    rows.extend(
        header.lock.iter().map(|lock| ("Lock".to_owned(), format!("{lock} (held alone while a run is unfinished)"))),
    );
    let each = rows.iter().map(|(name, value)| format!("{:<9}{value}\n", format!("{name}:")));
    format!("\n{}", each.collect::<String>())
}

/// The name and the type of an input.
fn head(input: &Input, widest: usize) -> String {
    let of = input.of.map(|of| format!(" of {}", of.name())).unwrap_or_default();
    format!("{:<widest$}  {}{of}", input.name, input.kind.name())
}

/// What an input is for, its options and bounds, and what it is where it is not given.
fn about(input: &Input) -> String {
    let mut parts = Vec::new();
    if !input.doc.is_empty() {
        parts.push(input.doc.clone());
    }
    if !input.options.is_empty() {
        parts.push(format!("[options: {}]", input.options.join(", ")));
    }
    let bounds = &input.bounds;
    parts.extend(bounds.min.iter().map(|min| format!("[min: {min}]")));
    parts.extend(bounds.max.iter().map(|max| format!("[max: {max}]")));
    parts.extend(bounds.pattern.iter().map(|pattern| format!("[pattern: {}]", pattern.text)));
    if input.kind == Kind::Secret {
        parts.push("[env:NAME, file:PATH or cmd:COMMAND]".to_owned());
    }
    match &input.default {
        Some(default) if default.as_text() == Some("") => parts.push("[default: \"\"]".to_owned()),
        Some(default) => parts.push(format!("[default: {default}]")),
        None if input.required => {
            parts.extend(input.such_as.iter().map(|example| format!("[such as: {example}]")));
            parts.push("(required)".to_owned());
        }
        None => parts.push("(optional)".to_owned()),
    }
    parts.join(" ")
}

/// Two columns; what is too wide for the first one has the second begin on the next line.
fn columns(rows: Vec<(String, String)>, width: usize) -> String {
    let rows: Vec<(String, String)> = rows.into_iter().map(|(head, about)| (clean(&head), about)).collect();
    let widest = rows.iter().map(|(head, _)| head.width()).filter(|wide| *wide <= COLUMN_MAX).max().unwrap_or(0);
    let indent = (widest + 4).min(width / 2);
    let mut text = String::new();
    for (head, about) in rows {
        let about = wrap(&about, width, indent);
        if head.width() + 4 > indent {
            text.push_str(&format!("  {head}\n{}{about}", " ".repeat(indent)));
        } else {
            let gap = " ".repeat(indent - 2 - head.width());
            text.push_str(&format!("  {head}{gap}{about}"));
        }
    }
    text
}

/// `text` in lines of at most `width` columns, all but the first indented; the first is taken to begin there too.
fn wrap(text: &str, width: usize, indent: usize) -> String {
    let mut lines = String::new();
    let mut used = indent;
    for word in clean(text).split_whitespace() {
        if used > indent && used + 1 + word.width() > width {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            used = indent;
        } else if used > indent {
            lines.push(' ');
            used += 1;
        }
        lines.push_str(word);
        used += word.width();
    }
    lines.push('\n');
    lines
}

fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !c.is_control()).collect()
}
