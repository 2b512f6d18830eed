//! What a runbook does in one line, and the first paragraph after it, both from its Markdown.

/// The first heading of `doc`, or its first paragraph where there is no heading before it.
pub(super) fn summary(doc: &str) -> String {
    let blocks = blocks(doc);
    blocks.first().map(|block| block.trim_start_matches('#').trim().to_owned()).unwrap_or_default()
}

/// The first paragraph that is not the summary itself; of a list, each item in a line.
pub(super) fn paragraph(doc: &str) -> Option<String> {
    blocks(doc).into_iter().skip(1).find(|block| !block.starts_with('#'))
}

/// Headings and paragraphs, each in one line, and lists, each item in one; blocks of code are left out.
fn blocks(doc: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut going_on = false;
    let mut code = false;
    for line in doc.lines().map(str::trim) {
        if line.starts_with("```") {
            code = !code;
            going_on = false;
        } else if code || line.is_empty() {
            going_on = false;
        } else if going_on && !line.starts_with('#') {
            if let Some(block) = blocks.last_mut() {
                block.push(if line.starts_with("- ") { '\n' } else { ' ' });
                block.push_str(line);
            }
        } else {
            blocks.push(line.to_owned());
            going_on = !line.starts_with('#');
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_heading_or_paragraph_says_what_a_runbook_does() {
        let doc = "# Move a pool\nWhen it\nis old.\n\n```sh\nx\n```\n## More";
        assert_eq!(summary(doc), "Move a pool");
        assert_eq!(paragraph(doc).as_deref(), Some("When it is old."));
        assert_eq!(summary("One\ntwo.\n\nThree."), "One two.");
        assert_eq!(summary(""), "");
        assert_eq!(paragraph("# A\n## B"), None);
        assert_eq!(paragraph("# A\n\n- When:\n  now.\n- What: all.").as_deref(), Some("- When: now.\n- What: all."));
    }
}
