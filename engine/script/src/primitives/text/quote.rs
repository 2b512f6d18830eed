//! `text::quote`: a text as one word of a POSIX shell.

use rhai::{Array, FuncRegistration, Module, NativeCallContext};
use runbook_model::{Failure, Repeat};

use crate::primitives::pure::{bad, bounded, give};
use crate::value::type_in_words;
use crate::word::{Form, Touches, Word};

/// The word.
pub(in crate::primitives) const WORD: Word = Word {
    name: "text::quote",
    touches: Touches::Nothing,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[
        Form { params: &["text: text"], gives: "text" },
        Form { params: &["words: list of texts"], gives: "text" },
    ],
    options: &[],
    doc: r#"
        A text as one word of a POSIX shell, or a list as the words of one command line.

        The shell gives back exactly the text, whatever stands in it. What needs no quotes gets none.

        ```rhai
        let line = "rm -- " + text::quote("it's here.txt");
        if line != `rm -- 'it'\''s here.txt'` { throw line; }
        if text::quote(["grep", "-c", "a b"]) != "grep -c 'a b'" { throw "a command line"; }
        ```"#,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("quote")
        .set_into_module(module, |ctx: NativeCallContext, text: &str| give(&ctx, quote(text).and_then(bounded)));
    FuncRegistration::new("quote")
        .set_into_module(module, |ctx: NativeCallContext, words: Array| give(&ctx, line(&words).and_then(bounded)));
}

fn line(words: &Array) -> Result<String, Failure> {
    let quoted =
        words.iter().enumerate().map(|(at, word)| match word.as_immutable_string_ref() {
            Ok(text) => quote(&text),
            Err(_) => Err(bad(format!("[{at}] is {}, not text", type_in_words(word)))
                .hint("turn it into text with `to_string()`")),
        });
    Ok(quoted.collect::<Result<Vec<_>, _>>()?.join(" "))
}

/// The words of one command line.
pub(in crate::primitives) fn line_of(words: &[String]) -> Result<String, Failure> {
    Ok(words.iter().map(|word| quote(word)).collect::<Result<Vec<_>, _>>()?.join(" "))
}

fn quote(text: &str) -> Result<String, Failure> {
    if text.contains('\0') {
        return Err(bad("a text with a zero byte cannot be a word of a shell"));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return Ok(text.to_owned());
    }
    Ok(format!("'{}'", text.replace('\'', r"'\''")))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_shell_gives_back_exactly_what_was_quoted(words in prop::collection::vec("[^\\x00]{0,12}", 1..8)) {
            let quoted: Vec<String> = words.iter().map(|word| quote(word).unwrap()).collect();
            let script = format!("for word in {}; do printf '%s\\0' \"$word\"; done", quoted.join(" "));
            let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
            let mut expected = words.join("\0");
            expected.push('\0');
            prop_assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
        }
    }

    #[test]
    fn an_assignment_as_the_first_word_stays_a_word() {
        assert_eq!(line(&vec!["a=1".into(), "".into()]).unwrap(), "'a=1' ''");
    }

    #[test]
    fn what_cannot_be_a_word_is_refused() {
        assert!(quote("a\0b").is_err());
        assert_eq!(line(&vec![1_i64.into()]).unwrap_err().what, "[0] is a whole number, not text");
    }
}
