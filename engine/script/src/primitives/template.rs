//! `template`: a template of the runbook's sources, filled with data.

use rhai::{Dynamic, FuncRegistration, Map, Module, NativeCallContext};
use runbook_model::{Failure, Repeat, code};

use super::render::render;
use crate::bench::Answer;
use crate::frame::{Frame, fail};
use crate::word::{Form, Touches, Word};

/// The word.
pub(super) const WORD: Word = Word {
    name: "template",
    touches: Touches::Reads,
    repeat: Repeat::Reads,
    undone_by: None,
    put_back: None,
    look: None,
    needs: None,
    forms: &[Form { params: &["path: text", "data: map"], gives: "text" }],
    options: &[],
    doc: DOC,
    register,
};

fn register(module: &mut Module) {
    FuncRegistration::new("template")
        .with_volatility(true)
        .set_into_module(module, |ctx: NativeCallContext, path: &str, data: Map| template(&ctx, path, &data));
}

/// A run carries its templates among its sources: what is rendered on resume is what was there when it began.
fn template(ctx: &NativeCallContext, path: &str, data: &Map) -> Answer {
    let frame = Frame::of(ctx)?;
    let sources = &frame.bench().sources;
    let text = sources.get(path).ok_or_else(|| {
        let failure = Failure::new(code::FILE_MISSING, format!("the runbook carries no template `{path}`"))
            .because("templates are gathered when the run begins, from the literal paths in the runbook")
            .hint("write the path as plain text, relative to the runbook: `template(\"values.yaml.tera\", …)`");
        fail(ctx, &failure)
    })?;
    let includes = |name: &str| sources.get(name).map(str::to_owned);
    render(path, text, data, &includes).map(Dynamic::from).map_err(|failure| fail(ctx, &failure))
}

/// The doc of the word `template`.
pub(super) const DOC: &str = r#"
        A template of the runbook's sources, filled with data.

        The language is that of Tera (close to Jinja): `{{ name }}`, `{% if … %}`, `{% for x in list %}`,
        `{% include "part.tera" %}`, `{# comment #}`; `{%-` and `-%}` take away the blanks around. A name that is not
        defined is a failure that shows where; `{{ name | default(value="x") }}` and `{% if name %}` allow for it.
        What is not defined counts as nothing for `==`, for `~` and in a list. Nothing is escaped.

        For YAML there are the filters `to_yaml` (also `toyaml`), `indent(width=4)` (all lines but the first),
        `nindent(width=4)` (a new line, then all lines), `quote`, `json_encode(pretty=true)`, `b64encode` and
        `b64decode`.

        ```text
        # values.yaml.tera
        replicas: {{ replicas }}
        labels: {{ labels | to_yaml | nindent(width=2) }}
        token: {{ token | b64encode | quote }}
        ```

        ```rhai
        let text = template("greeting.tera", #{ name: "world" });
        if !text.contains("world") { throw text; }
        ```"#;
