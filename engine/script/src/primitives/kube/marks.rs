//! What labels and annotations have in common: texts by name, and `()` for one that is to go.

use std::collections::BTreeMap;

use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::{Failure, code};

use super::Called;
use crate::bench::Answer;
use crate::value::type_in_words;
use crate::word::Word;

/// Which of the two.
#[derive(Clone, Copy)]
pub(super) enum Mark {
    Label,
    Annotation,
}

/// Brings the word into its module, without options and with them.
pub(super) fn register(module: &mut Module, name: &str, word: &'static Word, mark: Mark) {
    FuncRegistration::new(name).with_volatility(true).set_into_module(
        module,
        move |ctx: NativeCallContext, kind: &str, name: &str, texts: Map| {
            set(&ctx, word, mark, [kind, name], &texts, Map::new())
        },
    );
    FuncRegistration::new(name).with_volatility(true).set_into_module(
        module,
        move |ctx: NativeCallContext, kind: &str, name: &str, texts: Map, options: Map| {
            set(&ctx, word, mark, [kind, name], &texts, options)
        },
    );
}

fn set(
    ctx: &NativeCallContext,
    word: &'static Word,
    mark: Mark,
    [kind, name]: [&str; 2],
    given: &Map,
    options: Map,
) -> Answer {
    let called = Called::new(ctx, word, &[kind.into(), name.into(), given.clone().into()], options)?;
    let wanted = texts(word, given).map_err(|failure| called.thrown(&failure))?;
    let cluster = called.cluster()?;
    let object = called.object(&cluster, kind, name, "patch")?;
    let brief = format!("{object} {}", given.keys().map(|key| key.as_str()).collect::<Vec<_>>().join(", "));
    called.change(&cluster, &object, brief, || async {
        match mark {
            Mark::Label => cluster.label(&object, &wanted).await,
            Mark::Annotation => cluster.annotate(&object, &wanted).await,
        }
    })
}

/// What labels or annotations are to be; nothing for one that is to go.
fn texts(word: &Word, given: &Map) -> Result<BTreeMap<String, Option<String>>, Failure> {
    let one = |(key, value): (&rhai::Identifier, &Dynamic)| {
        let text = match value.as_immutable_string_ref() {
            Ok(text) => Some(text.to_string()),
            Err(_) if value.is_unit() => None,
            Err(_) => {
                let was = type_in_words(value);
                let what = format!("`{key}` of `{}` takes text, or `()` to take it away, not {was}", word.name);
                let quoted = format!("write it in quotes: `\"{key}\": \"{value}\"`");
                return Err(Failure::new(code::WORD_ARGUMENT, what).hint(quoted));
            }
        };
        Ok((key.to_string(), text))
    };
    given.iter().map(one).collect()
}
