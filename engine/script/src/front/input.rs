//! One input of a runbook, as its front matter declares it.

use std::ops::Range;

use runbook_model::{Failure, Value};
use toml::Spanned;
use toml::de::{DeString, DeValue};

use super::bound::{self, Bounds};
use super::entries::{Entries, in_words};
use super::kind::Kind;
use super::wrong::{Wrong, shown};
use super::{take, toml_value};
use crate::options::{nearest, ticked};

pub use super::bound::Pattern;

/// The longest name an input may have.
const NAME_CHARS_MAX: usize = 64;

const KEYS: [&str; 10] = ["type", "default", "doc", "example", "required", "options", "of", "min", "max", "pattern"];

/// Keys that people bring from elsewhere, and ours.
const OTHER_KEYS: [(&str, &str); 9] = [
    ("description", "doc"),
    ("desc", "doc"),
    ("help", "doc"),
    ("choices", "options"),
    ("values", "options"),
    ("enum", "options"),
    ("items", "of"),
    ("optional", "required"),
    ("regex", "pattern"),
];

/// Types that people bring from elsewhere, and ours.
const OTHER_TYPES: [(&str, Kind); 16] = [
    ("text", Kind::String),
    ("str", Kind::String),
    ("integer", Kind::Int),
    ("boolean", Kind::Bool),
    ("number", Kind::Float),
    ("time", Kind::Duration),
    ("semver", Kind::Version),
    ("network", Kind::Cidr),
    ("uri", Kind::Url),
    ("file", Kind::Path),
    ("dir", Kind::Path),
    ("choice", Kind::Enum),
    ("array", Kind::List),
    ("object", Kind::Map),
    ("dict", Kind::Map),
    ("password", Kind::Secret),
];

/// One input.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name, as `inputs()` gives it.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// The type of its items, for a list or a map that says so.
    pub of: Option<Kind>,
    /// What it is where nothing is given, as it was written; not yet of its type in every detail.
    pub default: Option<Value>,
    /// A value that is right for a rehearsal, as it is typed, and that help shows.
    pub such_as: Option<String>,
    /// Whether something must be given. An input that is neither given nor required is `()`.
    pub required: bool,
    /// What it is for.
    pub doc: String,
    /// What an `enum` can be.
    pub options: Vec<String>,
    /// Its bounds.
    pub bounds: Bounds,
}

impl Input {
    /// The name of the environment variable that gives it.
    pub fn variable(&self) -> String {
        format!("RUNBOOK_INPUT_{}", self.name.to_uppercase().replace(['-', '.'], "_"))
    }

    /// An example of a right value, as it is typed; empty where none is known.
    pub fn example(&self) -> String {
        let shown = |value: &Option<Value>| value.as_ref().map(ToString::to_string);
        let option = self.options.first();
        let item = match self.of {
            Some(Kind::Enum) => option.cloned(),
            of => of.filter(|of| *of != Kind::String).map(|of| of.example().to_owned()),
        };
        let of_items = match self.kind {
            Kind::Map => item.map(|item| format!("a={item}")),
            _ => item,
        };
        let one = Some(self.kind.example().to_owned());
        let given = self.such_as.clone();
        let all = [
            given,
            shown(&self.default),
            of_items,
            option.cloned(),
            shown(&self.bounds.min),
            shown(&self.bounds.max),
            one,
        ];
        all.into_iter().flatten().find(|text| take::text(self, text, Some("/")).is_ok()).unwrap_or_default()
    }
}

/// Reads the input under one key of `inputs`.
pub(super) fn read(
    inputs: &Entries<'_>,
    key: &Spanned<DeString<'_>>,
    under: &Spanned<DeValue<'_>>,
) -> Result<Input, Failure> {
    let name = key.get_ref().as_ref();
    check_name(inputs, name, key.span())?;
    let Some(table) = under.get_ref().as_table() else {
        let what = format!("input `{name}` takes a table, not {}", in_words(under.get_ref()));
        let hint = format!("write `[inputs.{name}]` on a line of its own, and under it `type = \"…\"`");
        return Err(inputs.sheet.bad(under.span(), what).hint(hint));
    };
    let entries = Entries::new(inputs.sheet, format!("input `{name}`"), table);
    entries.only(&KEYS, &OTHER_KEYS)?;
    let Some(kind) = kind_under(&entries, "type")? else {
        let what = format!("input `{name}` has no `type`");
        return Err(inputs.sheet.bad(key.span(), what).hint(format!("the types are {}", ticked(&Kind::names()))));
    };
    let of = item_kind(&entries, kind)?;
    let options = options(&entries, kind, of)?;
    let bounds = bounds(&entries, kind, of)?;
    let doc = entries.text("doc")?.map(|(doc, _)| doc.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut input = Input {
        name: name.to_owned(),
        kind,
        of,
        default: None,
        such_as: None,
        required: true,
        doc: doc.unwrap_or_default(),
        options,
        bounds,
    };
    input.default = default(&entries, &input)?;
    input.such_as = such_as(&entries, &input)?;
    input.required = required(&entries, input.default.is_some())?;
    Ok(input)
}

fn check_name(inputs: &Entries<'_>, name: &str, span: Range<usize>) -> Result<(), Failure> {
    let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(known) && name.len() <= NAME_CHARS_MAX {
        return Ok(());
    }
    let what = format!("`{}` cannot be the name of an input", shown(name));
    let hint = format!("begin with a letter, then letters, digits, `_`, `-` and `.`, at most {NAME_CHARS_MAX}");
    Err(inputs.sheet.bad(span, what).hint(hint))
}

fn kind_under(entries: &Entries<'_>, key: &str) -> Result<Option<Kind>, Failure> {
    let Some((name, span)) = entries.text(key)? else { return Ok(None) };
    if let Some(kind) = Kind::of(name) {
        return Ok(Some(kind));
    }
    let names = Kind::names();
    let other = OTHER_TYPES.iter().find(|(theirs, _)| theirs.eq_ignore_ascii_case(name)).map(|(_, ours)| ours.name());
    let hint = match other.or_else(|| nearest(name, names.iter().copied())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the types are {}", ticked(&names)),
    };
    Err(entries.sheet.bad(span, format!("there is no type `{}`", shown(name))).hint(hint))
}

/// A failure at what stands under `key`.
fn bad(entries: &Entries<'_>, key: &str, what: String) -> Failure {
    let span = entries.get(key).map(Spanned::span).unwrap_or_default();
    entries.sheet.bad(span, what)
}

fn item_kind(entries: &Entries<'_>, kind: Kind) -> Result<Option<Kind>, Failure> {
    let Some(of) = kind_under(entries, "of")? else { return Ok(None) };
    if !matches!(kind, Kind::List | Kind::Map) {
        let what = format!("`of` says what is in a list or a map, and {} is neither", entries.owner);
        return Err(bad(entries, "of", what));
    }
    if !of.can_be_item() {
        return Err(bad(entries, "of", format!("the items of {} cannot be of type `{}`", entries.owner, of.name())));
    }
    Ok(Some(of))
}

fn options(entries: &Entries<'_>, kind: Kind, of: Option<Kind>) -> Result<Vec<String>, Failure> {
    let takes_options = kind == Kind::Enum || of == Some(Kind::Enum);
    let owner = &entries.owner;
    match entries.texts("options")? {
        None if takes_options => {
            Err(bad(entries, if kind == Kind::Enum { "type" } else { "of" }, format!("{owner} has no `options`"))
                .hint("add `options = [\"…\", \"…\"]`"))
        }
        None => Ok(Vec::new()),
        Some(_) if !takes_options => {
            let what = format!("`options` are for the type `enum`, and {owner} is of type `{}`", kind.name());
            Err(bad(entries, "options", what).hint("write `type = \"enum\"`"))
        }
        Some(texts) if texts.is_empty() => Err(bad(entries, "options", format!("{owner} has no `options`"))),
        Some(texts) => {
            let mut options: Vec<String> = Vec::new();
            for (text, span) in texts {
                if options.iter().any(|option| option == text) {
                    return Err(entries.sheet.bad(span, format!("option `{}` stands twice", shown(text))));
                }
                options.push(text.to_owned());
            }
            Ok(options)
        }
    }
}

fn bounds(entries: &Entries<'_>, kind: Kind, of: Option<Kind>) -> Result<Bounds, Failure> {
    let min = one_bound(entries, kind, "min")?;
    let max = one_bound(entries, kind, "max")?;
    if let (Some(min), Some(max)) = (&min, &max)
        && bound::is_empty_range(kind, min, max)
    {
        return Err(bad(entries, "max", format!("`max` of {} is below its `min`", entries.owner)));
    }
    let mut pattern = None;
    if let Some((text, span)) = entries.text("pattern")? {
        let of_text = if kind == Kind::List { of.unwrap_or(Kind::String) } else { kind };
        if !of_text.is_textual() || matches!(of_text, Kind::Enum | Kind::Secret) {
            let what = format!("`pattern` is for text, and {} is of type `{}`", entries.owner, kind.name());
            return Err(entries.sheet.bad(span, what));
        }
        let compiled = Pattern::new(text);
        pattern = Some(compiled.map_err(|why| entries.sheet.bad(span, "`pattern` cannot be understood").because(why))?);
    }
    Ok(Bounds { min, max, pattern })
}

fn one_bound(entries: &Entries<'_>, kind: Kind, key: &str) -> Result<Option<Value>, Failure> {
    let Some(under) = entries.get(key) else { return Ok(None) };
    let owner = &entries.owner;
    let Some(of_bound) = bound::kind_of_bound(kind) else {
        return Err(bad(entries, key, format!("{owner} is of type `{}`, which has no `{key}`", kind.name())));
    };
    let probe = Input { kind: of_bound, ..blank() };
    let taken = take::value(&probe, toml_value::value(under.get_ref()), None);
    taken.map(Some).map_err(|wrong| bad(entries, key, format!("`{key}` of {owner} {}", wrong.said)))
}

/// An input without a name or bounds, to take a value as one of its type would.
fn blank() -> Input {
    Input {
        name: String::new(),
        kind: Kind::String,
        of: None,
        default: None,
        such_as: None,
        required: true,
        doc: String::new(),
        options: Vec::new(),
        bounds: Bounds::default(),
    }
}

fn default(entries: &Entries<'_>, input: &Input) -> Result<Option<Value>, Failure> {
    let Some(under) = entries.get("default") else { return Ok(None) };
    let written = toml_value::value(under.get_ref());
    // Any home directory will do: what is kept is the default as it was written.
    match take::value(input, written.clone(), Some("/")) {
        Ok(_) => Ok(Some(written)),
        Err(wrong) => {
            let items = under.get_ref().as_array();
            let item = items.and_then(|items| items.get(wrong.item?)).map(Spanned::span);
            Err(bad_default(entries, input, item.unwrap_or_else(|| under.span()), &wrong))
        }
    }
}

/// The example: text as it is typed, and right for the input.
fn such_as(entries: &Entries<'_>, input: &Input) -> Result<Option<String>, Failure> {
    let Some((text, span)) = entries.text("example")? else { return Ok(None) };
    match take::text(input, text, Some("/")) {
        Ok(_) => Ok(Some(text.to_owned())),
        Err(wrong) => {
            let what = format!("the example of {}", wrong.sentence(&input.name));
            Err(entries.sheet.bad(span, what).hint("write it as text, the way it is typed with `--set`"))
        }
    }
}

fn bad_default(entries: &Entries<'_>, input: &Input, span: Range<usize>, wrong: &Wrong) -> Failure {
    let what = format!("the default of {}", wrong.sentence(&input.name));
    let mut failure = if wrong.secret { entries.sheet.bad_unseen(span, what) } else { entries.sheet.bad(span, what) };
    failure.hints.extend(wrong.hints.iter().cloned());
    if input.kind == Kind::Secret {
        failure = failure.hint(format!("name where it is: {}", super::secret::FORMS));
    } else if failure.hints.is_empty() && input.kind.is_textual() && !input.example().is_empty() {
        failure = failure.hint(format!("write it like `\"{}\"`", input.example()));
    } else if failure.hints.is_empty() && matches!(input.kind, Kind::Int | Kind::Float | Kind::Bool) {
        failure = failure.hint(format!("write it like `{}`", input.example()));
    }
    failure
}

fn required(entries: &Entries<'_>, has_default: bool) -> Result<bool, Failure> {
    match entries.truth("required")? {
        Some(true) if has_default => {
            let what = format!("{} has a default, so it is never missing", entries.owner);
            Err(bad(entries, "required", what).hint("take out `required` or `default`"))
        }
        given => Ok(given.unwrap_or(!has_default)),
    }
}
