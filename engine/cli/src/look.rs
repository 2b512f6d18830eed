//! How what is shown looks: colours, characters and the time zone of whoever reads it.

use runbook_report::Style;

/// The style for an output that is a terminal, or is not.
pub(crate) fn style(is_tty: bool) -> Style {
    Style::detect(is_tty, jiff::tz::TimeZone::system(), |name| std::env::var(name).ok())
}

/// Lines as one text.
pub(crate) fn text(lines: &[String]) -> String {
    let mut text = lines.join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// How wide the terminal of standard output is, where it is one.
pub(crate) fn columns() -> Option<usize> {
    rustix::termios::tcgetwinsize(rustix::stdio::stdout())
        .ok()
        .map(|size| size.ws_col.into())
        .filter(|columns| *columns > 0)
}
