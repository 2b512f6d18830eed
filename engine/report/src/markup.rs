//! Text inside of XML and HTML: nothing in it is markup, whatever it says.

/// Text for XML, in an element or between double quotes.
pub(crate) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Text for HTML, in an element or between quotes of either sort.
pub(crate) fn html(text: &str) -> String {
    xml(text).replace('\'', "&#39;").replace('\t', "")
}
