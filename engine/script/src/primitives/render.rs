//! Rendering a template: the pure part. It reaches nothing: no files, no environment, no clock.
//!
//! Strict: a name that is not defined is a failure that says which and where. Nothing is escaped, for we write
//! configuration, not HTML. What a template includes comes from the caller.

use std::collections::BTreeMap;
use std::io;

use rhai::{Dynamic, Map};
use runbook_model::failure::Frame;
use runbook_model::{Failure, Place, Value, code};
use tera::{Context, Error, ErrorKind, Kwargs, State, StringInput, Tera, TeraResult};

use super::base64::{decoded, encoded};
use super::pure::{shown, too_long};
use super::text::indent::indent;
use crate::language::STRING_BYTES_MAX;
use crate::options::nearest;
use crate::value::to_value;

/// What Tera calls the type of a name that is not defined.
const UNDEFINED: &str = "undefined";
/// How many templates one rendering may include.
const INCLUDES_MAX: usize = 200;

/// The text of the template `name`, filled with `data`. What it includes is asked of `includes`, by its name.
pub(crate) fn render(
    name: &str,
    text: &str,
    data: &Map,
    includes: &dyn Fn(&str) -> Option<String>,
) -> Result<String, Failure> {
    let sources = gather(name, text, includes)?;
    let mut tera = Tera::new();
    tera.autoescape_on(Vec::<&str>::new());
    filters(&mut tera);
    tera.add_raw_templates(&sources).map_err(|trouble| failure(name, &sources, &trouble))?;
    let json = to_value(&Dynamic::from_map(data.clone()))?.to_plain_json();
    let context = Context::from_serialize(&json).map_err(|trouble| failure(name, &sources, &trouble))?;
    let mut out = Bounded(Vec::new());
    tera.render_to(name, &context, &mut out).map_err(|trouble| match trouble.kind() {
        ErrorKind::Io(io::ErrorKind::FileTooLarge) => too_long(),
        _ => failure(name, &sources, &trouble),
    })?;
    String::from_utf8(out.0).map_err(|_| bad(format!("template `{name}` gives text that is not UTF-8")))
}

fn bad(what: impl Into<String>) -> Failure {
    Failure::new(code::TEMPLATE_BAD, what)
}

/// The template and all it includes, by name. A name in a comment may be asked for too; that it is missing then does
/// not matter, and whether it does Tera knows.
fn gather(
    name: &str,
    text: &str,
    includes: &dyn Fn(&str) -> Option<String>,
) -> Result<BTreeMap<String, String>, Failure> {
    let tag = super::regex::compiled(r#"\{%-?\s*(?:include|extends)\s+(?:"([^"]*)"|'([^']*)'|`([^`]*)`)"#)?;
    let mut sources = BTreeMap::from([(name.to_owned(), text.to_owned())]);
    let mut open = vec![text.to_owned()];
    while let Some(text) = open.pop() {
        for found in tag.captures_iter(&text) {
            let Some(wanted) = found.iter().skip(1).flatten().next() else { continue };
            if sources.contains_key(wanted.as_str()) {
                continue;
            }
            if let Some(included) = includes(wanted.as_str()) {
                sources.insert(wanted.as_str().to_owned(), included.clone());
                open.push(included);
            }
        }
        if sources.len() > INCLUDES_MAX {
            return Err(bad(format!("template `{name}` includes more than {INCLUDES_MAX} others")));
        }
    }
    Ok(sources)
}

fn filters(tera: &mut Tera) {
    tera.register_filter("to_yaml", to_yaml);
    tera.register_filter("toyaml", to_yaml);
    tera.register_filter("json_encode", json_encode);
    // Tera's own two of these let pass what is not defined.
    tera.register_filter("safe", |value: tera::Value, _: Kwargs, _: &State<'_>| defined(value));
    tera.register_filter("str", |value: tera::Value, _: Kwargs, _: &State<'_>| {
        defined(value).map(|value| value.to_string())
    });
    tera.register_filter("quote", quote);
    tera.register_filter("nindent", nindent);
    tera.register_filter("b64encode", |text: StringInput<'_>, _: Kwargs, _: &State<'_>| {
        encoded(text.as_str().as_bytes(), false)
    });
    tera.register_filter("b64decode", b64decode);
}

fn to_yaml(value: tera::Value, _: Kwargs, _: &State<'_>) -> TeraResult<String> {
    let text = super::yaml::text::text(&Value::from_plain_json(json(value)?)).map_err(thrown)?;
    Ok(text.trim_end_matches('\n').to_owned())
}

fn json_encode(value: tera::Value, options: Kwargs, _: &State<'_>) -> TeraResult<String> {
    let json = json(value)?;
    let pretty = options.get::<bool>("pretty")?.unwrap_or(false);
    let text = if pretty { serde_json::to_string_pretty(&json) } else { serde_json::to_string(&json) };
    text.map_err(Error::message)
}

/// A text in double quotes, as JSON and YAML both read it.
fn quote(value: tera::Value, _: Kwargs, _: &State<'_>) -> TeraResult<String> {
    let text = match json(value)? {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    serde_json::to_string(&text).map_err(Error::message)
}

fn nindent(text: StringInput<'_>, options: Kwargs, _: &State<'_>) -> TeraResult<String> {
    let width = options.get::<i64>("width")?.unwrap_or(4);
    indent(text.as_str(), width).map(|text| format!("\n{text}")).map_err(thrown)
}

fn b64decode(text: StringInput<'_>, _: Kwargs, _: &State<'_>) -> TeraResult<String> {
    let bytes = decoded(text.as_str(), false).map_err(thrown)?;
    String::from_utf8(bytes).map_err(|_| Error::message("what the base64 text stands for is not UTF-8"))
}

fn defined(value: tera::Value) -> TeraResult<tera::Value> {
    if value.is_undefined() {
        let (expected_type, actual_type) = ("a value".to_owned(), UNDEFINED.to_owned());
        return Err(Error::new(ErrorKind::InvalidArgument { expected_type, actual_type }));
    }
    Ok(value)
}

fn json(value: tera::Value) -> TeraResult<serde_json::Value> {
    serde_json::to_value(defined(value)?).map_err(Error::message)
}

fn thrown(failure: Failure) -> Error {
    Error::message(failure.what)
}

/// What is rendered, as long as it is not more than a script may hold.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > STRING_BYTES_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What Tera says of its trouble, in our words. It says where only in the report it writes for people: a line
/// `error: …`, then `--> file:line:column`, then the line and its carets; each note of an inclusion likewise.
fn failure(name: &str, sources: &BTreeMap<String, String>, trouble: &Error) -> Failure {
    let report = trouble.to_string();
    // Several mistakes are reported one after the other; the first is enough.
    let report = report.split("\n\nerror: ").next().unwrap_or_default();
    let text = report.lines().next().unwrap_or_default();
    let (why, known) = reason(text.strip_prefix("error: ").unwrap_or(text));
    let mut frames = Vec::new();
    let mut lines = report.lines();
    while let Some(line) = lines.next() {
        let locus = line.trim_start().strip_prefix("--> ").or_else(|| line.strip_prefix("note: called from "));
        if let Some(place) = locus.and_then(place) {
            let carets = lines.nth(2).map_or(0, |carets| carets.matches('^').count());
            frames.push(frame(place, sources, carets));
        }
    }
    let why = if why.contains(UNDEFINED) { frames.first().and_then(undefined).unwrap_or(why) } else { why };
    let at = frames.first().map_or_else(|| format!("`{name}`"), |frame| format!("`{}`", frame.place));
    let mut failure = bad(format!("template {at}: {why}"));
    if let Some(wrong) = frames.first().filter(|frame| !frame.text.trim().is_empty()) {
        failure = failure.because(format!("line {} is {}", wrong.place.line, shown(&wrong.text)));
    }
    for caller in frames.iter().skip(1) {
        failure = failure.because(format!("included from `{}`", caller.place));
    }
    failure.frames = frames;
    let missing = why.split('`').nth(1).unwrap_or_default();
    match nearest(missing, known.iter().map(String::as_str)) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None if why.contains("not defined") => {
            failure.hint("give it in the data, or allow for it with `| default(value=…)`")
        }
        None => failure,
    }
}

/// That what the carets of `frame` underline is not defined, where that is a name and not a filter it went into.
fn undefined(frame: &Frame) -> Option<String> {
    let count = |n: u32| usize::try_from(n).unwrap_or(0);
    let mut chars = frame.text.chars();
    let before: String = chars.by_ref().take(count(frame.place.col).saturating_sub(1)).collect();
    let name: String = chars.take(count(frame.width)).collect();
    let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.');
    (is_name && !before.trim_end().ends_with('|')).then(|| format!("`{name}` is not defined"))
}

/// The reason in the manner of our messages, and the names that are known where it lists them.
fn reason(text: &str) -> (String, Vec<String>) {
    let (why, known) = ["Available variables: ", "Available fields: "]
        .iter()
        .find_map(|list| text.split_once(list))
        .map_or((text, Vec::new()), |(why, names)| (why, names.split(", ").map(str::to_owned).collect()));
    let why = why.trim().trim_end_matches('.');
    let mut letters = why.chars();
    let first = letters.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default();
    (format!("{first}{}", letters.as_str()), known)
}

fn place(locus: &str) -> Option<Place> {
    let mut parts = locus.trim().rsplitn(3, ':');
    let (col, line, file) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Place { file: file.into(), line: line.parse().ok()?, col: col.parse().ok()? })
}

fn frame(place: Place, sources: &BTreeMap<String, String>, carets: usize) -> Frame {
    let line = usize::try_from(place.line).unwrap_or(0).saturating_sub(1);
    let text = sources.get(&*place.file).and_then(|source| source.lines().nth(line)).unwrap_or_default().to_owned();
    Frame { place, function: String::new(), text, width: u32::try_from(carets).unwrap_or(0) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::template::DOC;
    use super::*;

    fn data() -> Map {
        let engine = crate::language::engine();
        engine
            .eval(r##"#{name: "db", replicas: 2, ratio: 1.0, labels: #{app: "db", on: "on"}, list: [1, 2], none: ()}"##)
            .unwrap()
    }

    fn filled(text: &str) -> String {
        render("t.tera", text, &data(), &|_| None).unwrap()
    }

    fn trouble(text: &str) -> Failure {
        render("t.tera", text, &data(), &|_| None).unwrap_err()
    }

    proptest! {
        #[test]
        fn any_template_is_rendered_or_refused_and_never_panics(
            text in r#"[a{}%\[\]#|. ()'"+*~\n-]{0,40}|(.|\n){0,40}"#,
        ) {
            let _ = render("t", &text, &data(), &|_| None);
        }
    }

    #[test]
    fn numbers_keep_their_kind_and_nothing_is_escaped() {
        assert_eq!(filled("{{ replicas }} {{ ratio }} {{ '<a> & \"b\"' }}"), "2 1.0 <a> & \"b\"");
    }

    #[test]
    fn the_filters_write_yaml() {
        assert_eq!(
            filled("labels: {{ labels | to_yaml | nindent(width=2) }}\n"),
            "labels: \n  app: db\n  \"on\": \"on\"\n"
        );
        assert_eq!(filled("a:\n  {{ labels | toyaml | indent(width=2) }}"), "a:\n  app: db\n  \"on\": \"on\"");
        assert_eq!(filled("{{ name | quote }} {{ replicas | quote }}"), "\"db\" \"2\"");
        assert_eq!(filled("{{ name | b64encode }} {{ 'ZGI=' | b64decode }}"), "ZGI= db");
        assert_eq!(filled("{{ list | json_encode }}{{ list | json_encode(pretty=true) }}"), "[1,2][\n  1,\n  2\n]");
    }

    #[test]
    fn a_name_that_is_not_defined_is_a_failure_that_says_which_and_where() {
        let failure = trouble("a: 1\nb: {{ nmae }}\n");
        assert_eq!(failure.code, code::TEMPLATE_BAD);
        assert_eq!(failure.what, "template `t.tera:2:7`: variable `nmae` is not defined");
        assert_eq!(failure.hints, ["did you mean `name`?"]);
        assert_eq!(failure.causes, ["line 2 is `b: {{ nmae }}`"]);
        let frame = &failure.frames[0];
        assert_eq!((frame.place.line, frame.place.col, frame.width), (2, 7, 4));
        assert_eq!(frame.text, "b: {{ nmae }}");
    }

    #[test]
    fn no_filter_hides_that_a_name_is_not_defined() {
        for text in ["{{ nope | to_yaml }}", "{{ nope | upper }}", "{{ nope | quote }}", "{{ nope | b64encode }}"] {
            assert_eq!(trouble(text).what, "template `t.tera:1:4`: `nope` is not defined", "{text}");
        }
        for text in [
            "{{ labels.nope }}",
            "{{ nope.x }}",
            "{% for x in nope %}{% endfor %}",
            "{{ nope + 1 }}",
            "{{ nope | safe }}",
            "{{ nope | str }}",
            "{{ nope | length }}",
        ] {
            assert_eq!(trouble(text).code, code::TEMPLATE_BAD, "{text}");
        }
        assert_eq!(filled("{{ nope | default(value='x') }}{% if nope %}y{% endif %}"), "x");
    }

    #[test]
    fn the_doc_names_every_filter_of_ours() {
        for filter in ["to_yaml", "toyaml", "nindent", "quote", "json_encode", "b64encode", "b64decode"] {
            assert!(DOC.contains(&format!("`{filter}")), "{filter}");
        }
    }

    #[test]
    fn mistakes_in_the_text_are_pointed_at() {
        assert!(
            trouble("a\n{% if name %}").what.starts_with("template `t.tera:2:"),
            "{:?}",
            trouble("a\n{% if name %}")
        );
        let unknown = trouble("{{ name | nope }}\n{{ name | other }}");
        assert_eq!(unknown.what, "template `t.tera:1:11`: unknown filter `nope`");
        assert_eq!(unknown.frames.len(), 1);
    }

    #[test]
    fn what_is_included_comes_from_the_caller_and_from_nowhere_else() {
        let parts = |name: &str| (name == "part").then(|| "[{{ name }}]".to_owned());
        assert_eq!(render("t", "{% include \"part\" %}", &data(), &parts).unwrap(), "[db]");
        let missing = render("t", "{% include '/etc/passwd' %}", &data(), &parts).unwrap_err();
        assert_eq!(missing.what, "template `t:1:12`: unknown template `/etc/passwd`");
        assert_eq!(render("t", "{# {% include 'gone' %} #}x", &data(), &parts).unwrap(), "x");
    }

    #[test]
    fn a_failure_in_what_is_included_names_both_places() {
        let parts = |_: &str| Some("\n{{ nope }}".to_owned());
        let failure = render("t", "a {% include 'part' %}", &data(), &parts).unwrap_err();
        assert_eq!(failure.what, "template `part:2:4`: variable `nope` is not defined");
        assert_eq!(failure.frames[1].place.to_string(), "t:1:14");
        assert_eq!(failure.causes[1], "included from `t:1:14`");
    }

    #[test]
    fn templates_without_end_are_refused() {
        let around = |name: &str| Some(format!("{{% include '{name}' %}}"));
        assert!(render("t", "{% include 'a' %}", &data(), &around).is_err());
        let growing = |name: &str| Some(format!("{{% include '{name}x' %}}"));
        assert!(render("t", "{% include 'a' %}", &data(), &growing).unwrap_err().what.contains("more than 200"));
        let loud = "{% for a in range(end=100000) %}{% for b in range(end=1000) %}xxxxxxxxxx{% endfor %}{% endfor %}";
        assert_eq!(trouble(loud).code, code::VALUE_LARGE);
    }
}
