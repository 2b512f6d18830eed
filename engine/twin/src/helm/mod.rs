//! The twin's own helm, for those who have none: the command line, the secrets and the words of the real one, for the
//! charts the twin knows.
//!
//! It is a program like any other that speaks to the API: whatever may happen to the real one on its way happens to this
//! one. Promises: a release is kept as helm keeps it, so that either of the two can go on where the other stopped.
//! Must never reach into the world: it knows the API alone.

mod act;
mod api;
mod release;
mod time;
mod upgrade;
mod words;

use crate::charts;
use crate::json::Value;
use crate::world::Moment;
use api::Api;
use std::path::PathBuf;
use std::time::Duration;
use time::Time;
use words::Words;

/// The version it says it is: that of the real one it is like.
const VERSION: &str = "v3.19.0+twin";

/// How it is called.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// What is typed after its name.
    pub words: Vec<String>,
    /// What it reads.
    pub input: String,
    /// Where it hears what time it is in the twin; by its own clock where that is not said.
    pub time: Option<PathBuf>,
    /// The kubeconfig where none is typed.
    pub kubeconfig: Option<PathBuf>,
}

/// What it said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// On its output.
    pub out: String,
    /// On its error channel.
    pub err: String,
    /// Its exit code.
    pub code: i32,
}

/// Whether a call is about a chart that is not one of the twin's, so that only a real helm can answer it.
#[must_use]
pub fn is_foreign(words: &[String]) -> bool {
    let words = Words::read(words);
    let chart = match words.verb() {
        "upgrade" | "install" | "template" => words.plain.get(2),
        "show" => words.plain.get(2),
        "version" | "env" | "rollback" | "uninstall" | "status" | "history" | "list" => return false,
        _ => return true,
    };
    chart.is_none_or(|chart| charts::named(chart).is_none())
}

/// Carries out a call.
#[must_use]
pub fn run(call: &Call) -> Said {
    match carry_out(call) {
        Ok(out) => Said { out, ..Said::default() },
        Err(why) => Said { err: format!("Error: {why}\n"), code: 1, ..Said::default() },
    }
}

fn carry_out(call: &Call) -> Result<String, String> {
    let words = Words::read(&call.words);
    match words.verb() {
        "version" => Ok(if words.has("template") || words.has("short") {
            VERSION.to_owned()
        } else {
            format!("version.BuildInfo{{Version:\"{VERSION}\"}}\n")
        }),
        "env" => Ok(format!("{}\n", words.one("namespace").unwrap_or("default"))),
        "show" => show(&words),
        "template" => template(call, &words),
        verb @ ("upgrade" | "install" | "rollback" | "uninstall") => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let runtime = runtime.map_err(|error| error.to_string())?;
            runtime.block_on(async {
                let (api, time) = reach(call, &words)?;
                let work = upgrade::Work { api, time, words: &words, input: &call.input };
                match verb {
                    "rollback" => work.rollback().await,
                    "uninstall" => work.uninstall().await,
                    _ => work.upgrade(verb == "install").await,
                }
            })
        }
        other => Err(format!("unknown command \"{other}\" for the helm of the twin; install helm for it")),
    }
}

/// The objects of a release that somebody installed, with the secret in which helm keeps it.
pub(crate) fn installed(
    (name, namespace): (&str, &str),
    (typed, version): (&str, &str),
    given: &Value,
    now: Moment,
) -> Result<Vec<Value>, String> {
    let chart = charts::named(typed).ok_or_else(|| format!("`{typed}` is no chart that the twin has"))?;
    let version = chart.version(version)?;
    let mut objects = chart.render(namespace, version, given)?;
    act::in_order(&mut objects);
    let manifest = release::manifest(chart.name, &objects)?;
    let revision = upgrade::revision((name, namespace, 1), chart, version, given, (&manifest, "deployed", &now.text()));
    let owner = act::Owner { release: name, namespace, takes: true };
    let mut all: Vec<Value> = objects.iter().map(|object| owner.marked(object)).collect();
    all.push(release::secret(&revision, now.0 / 1_000_000)?);
    Ok(all)
}

/// The secret of a revision that is another one changed a little.
pub(crate) fn revised(secret: &Value, now: Moment, change: impl FnOnce(&mut Value)) -> Result<Value, String> {
    let mut revision = release::read(secret).ok_or("the secret holds no revision")?;
    change(&mut revision);
    release::secret(&revision, now.0 / 1_000_000)
}

fn reach(call: &Call, words: &Words) -> Result<(Api, Time), String> {
    let path = words.one("kubeconfig").map(PathBuf::from).or_else(|| call.kubeconfig.clone());
    let api = Api::of(&path.ok_or("Kubernetes cluster unreachable: no kubeconfig is given")?)?;
    let time = match &call.time {
        Some(socket) => Time::led(socket).map_err(|error| format!("nobody says what time it is: {error}"))?,
        None => Time::own(),
    };
    Ok((api, time))
}

/// The chart and its version that are meant by the words.
fn chart(words: &Words, at: usize) -> Result<(&'static charts::Chart, &'static str), String> {
    let name = words.plain.get(at).map_or("", String::as_str);
    let Some(chart) = charts::named(name) else {
        return Err(format!("path \"{name}\" not found: the helm of the twin has no such chart; install helm for it"));
    };
    Ok((chart, chart.version(words.one("version").unwrap_or_default())?))
}

/// The values that are given, later ones over earlier ones.
fn values(call_input: &str, words: &Words) -> Result<Value, String> {
    let mut all = Value::Object(crate::json::Map::new());
    for file in words.all("values").chain(words.all("f")) {
        let text = match file {
            "-" => call_input.to_owned(),
            path => std::fs::read_to_string(path).map_err(|error| format!("open {path}: {error}"))?,
        };
        let read: Value = serde_saphyr::from_str(&text).map_err(|_| format!("cannot load values: {file}"))?;
        if !read.is_null() {
            all = charts::over(all, &read);
        }
    }
    for pair in words.all("set") {
        let (path, text) = pair.split_once('=').ok_or_else(|| format!("failed parsing --set data: {pair}"))?;
        let value = crate::json::from_str(text).unwrap_or_else(|_| text.into());
        let one = path.rsplit('.').fold(value, |value, key| crate::json::json!({ key: value }));
        all = charts::over(all, &one);
    }
    Ok(all)
}

fn show(words: &Words) -> Result<String, String> {
    let (chart, version) = chart(words, 2)?;
    let shown = match words.plain.get(1).map(String::as_str) {
        Some("values") => chart.own_values(),
        Some("chart") => chart.about(version),
        _ => return Err("the helm of the twin shows `values` and `chart`".to_owned()),
    };
    release::yaml(&shown)
}

fn template(call: &Call, words: &Words) -> Result<String, String> {
    let (chart, version) = chart(words, 2)?;
    let namespace = words.one("namespace").unwrap_or("default");
    let objects = chart.render(namespace, version, &values(&call.input, words)?)?;
    release::manifest(chart.name, &objects)
}

/// How long something may be waited for.
fn limit(words: &Words) -> Duration {
    let text = words.one("timeout").unwrap_or("5m");
    let millis = text.strip_suffix("ms").and_then(|text| text.parse().ok()).map(Duration::from_millis);
    millis.or_else(|| crate::scene::read_span(text)).unwrap_or(Duration::from_secs(300))
}

#[cfg(test)]
mod tests;
