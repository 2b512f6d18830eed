//! `runbook doc`: the words a runbook may say, from their own descriptors.

use runbook_model::{Failure, Repeat, code};
use runbook_script::options::nearest;
use runbook_script::primitives::WORDS;
use runbook_script::word::{NOTHING, Touches, Word};
use serde_json::json;

use crate::args::{Common, Output};
use crate::exit::Exit;

/// Explains words.
pub(crate) fn doc(common: &Common, word: Option<&str>, markdown: bool) -> Result<Exit, Failure> {
    let asked = word.unwrap_or_default();
    let exact: Vec<&Word> = WORDS.iter().copied().filter(|word| word.name == asked).collect();
    let found: Vec<&Word> = if exact.is_empty() {
        WORDS.iter().copied().filter(|word| word.name.starts_with(asked)).collect()
    } else {
        exact
    };
    if found.is_empty() {
        let failure = Failure::new(code::WORD_ARGUMENT, format!("there is no word `{asked}`"));
        return Err(match nearest(asked, WORDS.iter().map(|word| word.name)) {
            Some(near) => failure.hint(format!("did you mean `{near}`?")),
            None => failure.hint("list them with `runbook doc`"),
        });
    }
    if common.output == Output::Json {
        found.iter().for_each(|word| super::print(&format!("{}\n", wire(word))));
    } else if markdown || found.len() == 1 {
        let pages: Vec<String> = found.iter().map(|word| page(word)).collect();
        super::print(&pages.join("\n"));
    } else {
        let wide = found.iter().map(|word| word.name.len()).max().unwrap_or(0);
        found.iter().for_each(|word| super::print(&format!("{:wide$}  {}\n", word.name, word.summary())));
    }
    Ok(Exit::Done)
}

/// The page of a word, as Markdown.
pub(crate) fn page(word: &Word) -> String {
    let mut page = format!("## `{}`\n\n", word.name);
    page.push_str("```text\n");
    for form in word.forms {
        page.push_str(&format!("{}({}) -> {}\n", word.name, form.params.join(", "), form.gives));
    }
    page.push_str("```\n\n");
    for line in word.doc.trim().lines() {
        page.push_str(line.strip_prefix("        ").unwrap_or(line));
        page.push('\n');
    }
    page.push('\n');
    if !word.options.is_empty() {
        page.push_str("| option | takes | what for |\n|---|---|---|\n");
        for opt in word.options {
            page.push_str(&format!("| `{}` | {} | {} |\n", opt.name, opt.takes.replace('|', "\\|"), opt.doc));
        }
        page.push('\n');
    }
    page.push_str(&facts(word));
    page
}

fn facts(word: &Word) -> String {
    let mut facts = match (word.touches, word.repeat) {
        (Touches::Steers, _) => "It steers the run.".to_owned(),
        (Touches::Nothing, _) => "It computes, and touches nothing.".to_owned(),
        (Touches::Reads, _) => "It only looks, and may stand anywhere.".to_owned(),
        (Touches::Changes, Repeat::Reads | Repeat::Safe) => {
            "It changes the world and stands in a step. In doubt it is repeated: twice is as once.".to_owned()
        }
        (Touches::Changes, Repeat::Probed) => {
            "It changes the world and stands in a step. In doubt, a look at the world decides.".to_owned()
        }
        (Touches::Changes, Repeat::Ask) => {
            "It changes the world and stands in a step. In doubt, a person decides.".to_owned()
        }
    };
    if let Some(family) = word.needs {
        facts.push_str(&format!(" The front matter must allow it under `[needs]`, `{family}`."));
    }
    match (word.undone_by, word.put_back) {
        (Some(NOTHING), _) => facts.push_str(" It leaves nothing behind that an undo could put back."),
        (Some(by), _) => facts.push_str(&format!(" `{by}` undoes it.")),
        (None, Some(_)) => facts.push_str(" What it found is recorded, and undo puts it back."),
        (None, None) => {}
    }
    facts.push('\n');
    facts
}

fn wire(word: &Word) -> serde_json::Value {
    json!({
        "word": word.name,
        "summary": word.summary(),
        "forms": word.forms.iter().map(|form| json!({"params": form.params, "gives": form.gives})).collect::<Vec<_>>(),
        "options": word.options.iter().map(|opt| json!({"name": opt.name, "takes": opt.takes, "doc": opt.doc})).collect::<Vec<_>>(),
        "changes": word.touches == Touches::Changes,
        "in_doubt": word.repeat.to_string(),
        "needs": word.needs,
        "undone_by": word.undone_by,
    })
}
