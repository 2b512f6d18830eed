//! One link of a chain of calls: its place, its own line of text, and a caret under what it is about.

use runbook_model::failure::Frame;

use crate::style::{Paint, Style};
use crate::text::{clean, width};

/// How many characters of a line are drawn; of a longer one, those around the caret.
const CHARS_MAX: usize = 160;

/// The lines of one link; the first of a chain is the innermost. `gutter` is how wide the line numbers are.
pub(crate) fn draw(frame: &Frame, first: bool, gutter: usize, style: &Style) -> Vec<String> {
    let place = clean(&frame.place.to_string()).into_owned();
    let function = clean(&frame.function);
    let inside = if function.is_empty() || function.starts_with('<') {
        String::new()
    } else {
        style.paint(Paint::Dim, &format!(" in `{function}`"))
    };
    let (corner, from) = if first { (style.pick("╭", ">"), "") } else { (style.pick("├", ">"), "called from ") };
    let corner = style.paint(Paint::Dim, corner);
    let mut lines = vec![format!("{:gutter$} {corner} {}{place}{inside}", "", style.paint(Paint::Dim, from))];
    if frame.place.line > 0 && !frame.text.trim().is_empty() {
        let bar = style.paint(Paint::Dim, style.pick("│", "|"));
        let number = style.paint(Paint::Dim, &format!("{:>gutter$}", frame.place.line));
        let cut = cut(frame, style);
        lines.push(format!("{number} {bar} {}", cut.text));
        if cut.under > 0 {
            let (mark, paint) = if first { ("^", Paint::Bad) } else { ("-", Paint::Live) };
            let caret = style.paint(paint, &mark.repeat(cut.under));
            lines.push(format!("{:gutter$} {bar} {}{caret}", "", " ".repeat(cut.before)));
        }
    }
    lines
}

/// A line as it is drawn, and where the caret goes, in columns.
struct Cut {
    text: String,
    before: usize,
    under: usize,
}

fn cut(frame: &Frame, style: &Style) -> Cut {
    let chars: Vec<char> = frame.text.trim_end().chars().take(1 << 16).collect();
    let col = frame.place.col as usize;
    let marked = (col.saturating_sub(1)).min(chars.len());
    let skip = if chars.len() > CHARS_MAX { marked.saturating_sub(CHARS_MAX / 2) } else { 0 };
    let shown = &chars[skip..chars.len().min(skip + CHARS_MAX)];
    let marked = marked - skip;
    let stop = marked.saturating_add(frame.width.max(1) as usize).min(shown.len());
    let more = style.pick("…", "~");
    let text = |part: &[char]| clean_keeping_count(part);
    let (head, tail) = (if skip > 0 { more } else { "" }, if skip + shown.len() < chars.len() { more } else { "" });
    let under = if col == 0 { 0 } else { width(&text(&shown[marked.min(stop)..stop])).max(1) };
    let before = width(head) + width(&text(&shown[..marked.min(shown.len())]));
    Cut { text: format!("{head}{}{tail}", text(shown)), before, under }
}

/// The characters fit for a screen, each still there: what cannot be shown becomes a blank.
fn clean_keeping_count(chars: &[char]) -> String {
    let mut out = String::with_capacity(chars.len());
    for &c in chars {
        match c {
            '\t' => out.push_str("    "),
            c if clean(c.encode_utf8(&mut [0; 4])).starts_with(c) => out.push(c),
            _ => out.push(' '),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use runbook_model::Place;

    use super::*;

    fn lines(text: &str, col: u32, width: u32) -> Vec<String> {
        let place = Place { file: "a.rhai".into(), line: 3, col };
        draw(&Frame { place, text: text.into(), width, ..Frame::default() }, true, 1, &Style::plain())
    }

    #[test]
    fn the_caret_stands_under_wide_characters_and_tabs_alike() {
        assert_eq!(lines("\tsay(\"漢字\", x)", 12, 1)[1..], ["3 │     say(\"漢字\", x)", "  │                 ^"]);
    }

    #[test]
    fn a_caret_past_the_end_and_a_caret_without_a_column_do_no_harm() {
        assert_eq!(lines("abc", 99, 50)[1..], ["3 │ abc", "  │    ^"]);
        assert_eq!(lines("abc", 0, 0)[1..], ["3 │ abc"]);
        assert_eq!(lines("abc", u32::MAX, u32::MAX)[1..], ["3 │ abc", "  │    ^"]);
    }

    #[test]
    fn of_a_very_long_line_only_what_is_around_the_caret_is_drawn() {
        let long = format!("{}here{}", "x".repeat(500), "y".repeat(500));
        let drawn = lines(&long, 501, 4);
        assert!(drawn[1].starts_with("3 │ …x") && drawn[1].ends_with("y…"), "{drawn:?}");
        let column = drawn[2].chars().position(|c| c == '^').unwrap();
        assert_eq!(drawn[1].chars().skip(column).take(4).collect::<String>(), "here");
    }
}
