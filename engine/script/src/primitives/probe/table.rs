//! `probe::table`: answers as people read them.

use rhai::{Array, Dynamic, FuncRegistration, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};
use unicode_width::UnicodeWidthStr;

use super::compare::{Read, read};
use crate::primitives::pure::give;
use crate::word::{Form, Touches, Word};

/// The word.
pub(crate) const WORD: Word = Word {
    name: "probe::table",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["answers: list"], gives: "text" }],
    options: &[],
    doc: r#"
        Answers of probes as a table, what is not so first, then what is not known, with the counts below.

        ```rhai
        let way = #{ from: "pod on n1", to: "pod on n2", kind: "pod", ok: false, known: false, why: "not ready", ms: () };
        let text = probe::table([way]);
        if !text.contains("0 yes, 0 no, 1 not known") { throw text; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("table").set_into_module(module, |ctx: NativeCallContext, answers: Array| {
        give(&ctx, table(&answers).map(Dynamic::from))
    });
}

fn table(answers: &Array) -> Result<String, Failure> {
    let mut all = read(answers)?;
    all.sort_by_key(rank);
    let head = ["KIND", "FROM", "TO", "ANSWER", "MS", "WHY"].map(str::to_owned);
    let rows: Vec<[String; 6]> = std::iter::once(head).chain(all.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..5).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        for (cell, width) in row.iter().zip(&widths) {
            text.push_str(cell);
            text.extend(std::iter::repeat_n(' ', width - cell.width() + 2));
        }
        text.push_str(&row[5]);
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    let count = |wanted: u8| all.iter().filter(|one| rank(one) == wanted).count();
    text.push_str(&format!("{} yes, {} no, {} not known\n", count(2), count(0), count(1)));
    Ok(text)
}

fn rank(one: &Read) -> u8 {
    match (one.known, one.ok) {
        (true, false) => 0,
        (false, _) => 1,
        (true, true) => 2,
    }
}

fn row(one: &Read) -> [String; 6] {
    let answer = ["no", "not known", "yes"][usize::from(rank(one))];
    let ms = one.ms.map_or_else(String::new, |ms| ms.to_string());
    // One line each, whatever a command said.
    let why: String = one.why.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    [one.kind.clone(), one.from.clone(), one.to.clone(), answer.to_owned(), ms, why]
}
