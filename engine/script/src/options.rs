//! Reads the options map of a word: every option known, of its type, or a failure that says what was meant.

use std::time::Duration;

use rhai::{Dynamic, FnPtr, Map};
use runbook_model::{Failure, code};

use crate::value::type_in_words;
use crate::word::Word;

/// What an option takes that is given to [`Options::duration`].
pub(crate) const TIME: &str = "a length of time";
/// What an option takes that is given to [`Options::count`].
pub(crate) const NUMBER: &str = "a whole number";
/// What an option takes that is given to [`Options::truth`].
pub(crate) const TRUTH: &str = "a boolean";

/// The options of one call.
pub struct Options<'w> {
    word: &'w Word,
    map: Map,
}

impl<'w> Options<'w> {
    /// The options of a call of `word`; refuses one it does not have.
    pub fn new(word: &'w Word, map: Map) -> Result<Self, Failure> {
        if let Some(unknown) = map.keys().find(|key| !word.options.iter().any(|opt| opt.name == key.as_str())) {
            return Err(unknown_option(word, unknown));
        }
        Ok(Self { word, map })
    }

    /// No options given.
    pub fn none(word: &'w Word) -> Self {
        Self { word, map: Map::new() }
    }

    /// Whether `name` was given, `()` counting as not given.
    pub fn has(&self, name: &str) -> bool {
        self.map.get(name).is_some_and(|value| !value.is_unit())
    }

    /// The value of `name` as it was given.
    pub fn raw(&self, name: &str) -> Option<Dynamic> {
        self.map.get(name).filter(|value| !value.is_unit()).map(Dynamic::flatten_clone)
    }

    /// A text.
    pub fn text(&self, name: &str) -> Result<Option<String>, Failure> {
        self.typed(name, "text", |value| value.into_string().ok())
    }

    /// A boolean.
    pub fn truth(&self, name: &str) -> Result<Option<bool>, Failure> {
        self.typed(name, TRUTH, |value| value.as_bool().ok())
    }

    /// A whole number, zero or more.
    pub fn count(&self, name: &str) -> Result<Option<u32>, Failure> {
        self.typed(name, NUMBER, |value| u32::try_from(value.as_int().ok()?).ok())
    }

    /// A closure.
    pub fn closure(&self, name: &str) -> Result<Option<FnPtr>, Failure> {
        self.typed(name, "a closure", Dynamic::try_cast::<FnPtr>)
    }

    /// A list of texts; one text counts as a list of one.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Failure> {
        self.typed(name, "a list of texts", |value| {
            if let Ok(one) = value.as_immutable_string_ref() {
                return Some(vec![one.to_string()]);
            }
            value.into_typed_array::<String>().ok()
        })
    }

    /// A list of whole numbers; one counts as a list of one.
    pub fn numbers(&self, name: &str) -> Result<Option<Vec<i64>>, Failure> {
        self.typed(name, "a list of whole numbers", |value| match value.as_int() {
            Ok(one) => Some(vec![one]),
            Err(_) => value.into_typed_array::<i64>().ok(),
        })
    }

    /// A map of texts; numbers and booleans in it count as their text.
    pub fn table(&self, name: &str) -> Result<Option<Vec<(String, String)>>, Failure> {
        self.typed(name, "a map of texts", |value| {
            let plain = |value: &Dynamic| value.is_string() || value.is_int() || value.is_float() || value.is_bool();
            let map = value.try_cast::<Map>()?;
            map.iter().map(|(key, value)| plain(value).then(|| (key.to_string(), value.to_string()))).collect()
        })
    }

    /// A map.
    pub fn map(&self, name: &str) -> Result<Option<Map>, Failure> {
        self.typed(name, "a map", Dynamic::try_cast::<Map>)
    }

    /// A length of time: `"90s"`, `"10m"`, `"1h30m"`, or a number of seconds.
    pub fn duration(&self, name: &str) -> Result<Option<Duration>, Failure> {
        self.typed(name, TIME, |value| duration_of(&value))
    }

    /// The value of `name`, and where it is of another type, what the word says it takes; `plain` where it does not say.
    fn typed<T>(&self, name: &str, plain: &str, cast: impl Fn(Dynamic) -> Option<T>) -> Result<Option<T>, Failure> {
        let described = self.word.options.iter().find(|opt| opt.name == name);
        debug_assert!(described.is_some(), "`{name}` is not described");
        let takes = described.map_or(plain, |opt| opt.takes);
        let Some(value) = self.raw(name) else { return Ok(None) };
        let given = match type_in_words(&value) {
            text if value.is_string() => format!("{text} `{value}`"),
            _ if value.is_fnptr() => "a closure".to_owned(),
            kind => kind,
        };
        cast(value).map(Some).ok_or_else(|| wrong_option(self.word, name, takes, &given))
    }
}

/// The word has no option of this name.
pub(crate) fn unknown_option(word: &Word, unknown: &str) -> Failure {
    let names: Vec<&str> = word.options.iter().map(|opt| opt.name).collect();
    let hint = match nearest(unknown, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => "it takes no options".to_owned(),
        None => format!("its options are {}", ticked(&names)),
    };
    Failure::new(code::WORD_OPTION, format!("`{}` has no option `{unknown}`", word.name)).hint(hint)
}

/// The option takes something else than what is given for it: `text `three``.
pub(crate) fn wrong_option(word: &Word, name: &str, takes: &str, given: &str) -> Failure {
    let given = if given == "a number" { "a number with a point" } else { given };
    let failure =
        Failure::new(code::WORD_OPTION, format!("option `{name}` of `{}` takes {takes}, not {given}", word.name));
    let quoted = given.strip_prefix("text `").and_then(|text| text.strip_suffix('`'));
    match (takes.split([',', '`']).next().unwrap_or(takes).trim(), quoted) {
        (TIME, Some(number)) if number.parse::<f64>().is_ok() => {
            failure.hint(format!("say the unit: `\"{number}s\"`, `\"{number}m\"` or `\"{number}h\"`"))
        }
        (TIME, _) => failure.hint("write it as `\"90s\"`, `\"10m\"` or `\"1h30m\"`"),
        (NUMBER | TRUTH, Some(plain)) if plain.parse::<u32>().is_ok() || plain.parse::<bool>().is_ok() => {
            failure.hint(format!("write it without quotes: `{name}: {plain}`"))
        }
        (NUMBER, _) => failure.hint(format!("write it as `{name}: 3`")),
        (TRUTH, _) => failure.hint(format!("write `{name}: true`, or leave it out")),
        ("a closure", _) => failure.hint(format!(
            "write `{name}: {} …`",
            if takes.contains("|value|") {
                "|value|"
            } else if takes.contains("|item|") {
                "|item|"
            } else {
                "||"
            }
        )),
        _ => failure,
    }
}

/// A length of time from what a script or an input says of it; `None` where it says none.
pub fn duration_of(value: &Dynamic) -> Option<Duration> {
    if let Ok(seconds) = value.as_int() {
        return u64::try_from(seconds).ok().map(Duration::from_secs);
    }
    if let Ok(seconds) = value.as_float() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    value.as_immutable_string_ref().ok().and_then(|text| parse_duration(&text))
}

/// `90s`, `250ms`, `1h30m`, `2d`; a unit is required and each stands at most once.
pub fn parse_duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, f64); 5] = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0), ("d", 86400.0)];
    let mut rest = text.trim();
    let mut seconds = 0.0;
    let mut last = f64::INFINITY;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let amount: f64 = rest[..digits].parse().ok()?;
        let letters = rest[digits..].find(|c: char| !c.is_ascii_alphabetic()).map_or(rest.len(), |at| digits + at);
        let (_, unit) = UNITS.iter().find(|(name, _)| *name == &rest[digits..letters])?;
        if *unit >= last {
            return None;
        }
        last = *unit;
        seconds += amount * unit;
        rest = rest[letters..].trim_start();
    }
    (last.is_finite()).then_some(seconds).and_then(|s| Duration::try_from_secs_f64(s).ok())
}

/// The nearest of `names` to what was typed, where one is near enough to have been meant.
pub fn nearest<'n>(typed: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let near = |name: &str| strsim::damerau_levenshtein(&typed.to_lowercase(), &name.to_lowercase());
    let best = names.into_iter().min_by_key(|name| near(name))?;
    let most = (typed.chars().count().max(3)) / 3;
    (near(best) <= most).then_some(best)
}

/// `` `a`, `b` and `c` ``.
pub fn ticked(names: &[&str]) -> String {
    let each: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match each.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_is_digits_and_units_from_large_to_small() {
        let seconds = |text| parse_duration(text).map(|d| d.as_secs_f64());
        assert_eq!(seconds("90s"), Some(90.0));
        assert_eq!(seconds("1h30m"), Some(5400.0));
        assert_eq!(seconds("1.5m"), Some(90.0));
        assert_eq!(seconds("250ms"), Some(0.25));
        for wrong in ["", "10", "m", "10x", "1m1h", "-1s", "1s1s"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_was_meant_is_found_when_it_is_near() {
        assert_eq!(nearest("timeuot", ["retry", "timeout"]), Some("timeout"));
        assert_eq!(nearest("colour", ["retry", "timeout"]), None);
    }
}
