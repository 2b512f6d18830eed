//! What the client wants to read: JSON or YAML, an object, a table or the metadata alone.

use super::request::Request;
use crate::world::Refusal;

/// How an object is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Yaml,
}

/// What is written of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// All of it.
    Whole,
    /// A table with a row for each object, in this version of `meta.k8s.io`.
    Table(&'static str),
    /// The metadata of one object, in this version.
    Partial(&'static str),
    /// The metadata of a list's objects, in this version.
    PartialList(&'static str),
}

/// Format and view together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) format: Format,
    pub(crate) view: View,
    pub(crate) pretty: bool,
}

impl Wanted {
    pub(crate) fn content_type(self) -> &'static str {
        match self.format {
            Format::Json => "application/json",
            Format::Yaml => "application/yaml",
        }
    }
}

/// What the request's `Accept` asks for.
///
/// # Failures
/// 406 when nothing of it is spoken here.
pub(crate) fn wanted(request: &Request) -> Result<Wanted, Refusal> {
    let accept = request.header("accept");
    let pretty = request.query.get("pretty").is_some_and(|value| value != "false" && value != "0")
        || (request.query.get("pretty").is_none() && is_person(request.header("user-agent")));
    if accept.trim().is_empty() {
        return Ok(Wanted { format: Format::Json, view: View::Whole, pretty });
    }
    let mut clauses: Vec<(f32, &str)> = accept.split(',').map(|clause| (quality(clause), clause.trim())).collect();
    if !clauses.iter().any(|(_, clause)| is_spoken(clause)) {
        return Err(not_acceptable());
    }
    clauses.sort_by(|a, b| b.0.total_cmp(&a.0));
    let Some((format, view)) = clauses.iter().find_map(|(_, clause)| one(clause)) else {
        return Err(unfit(format!("only the following media types are accepted: {SPOKEN}")));
    };
    let include = request.query.get("includeObject").unwrap_or_default();
    if matches!(view, View::Table(_)) && !["", "None", "Metadata", "Object"].contains(&include) {
        let why = format!("Invalid value: {include:?}: must be 'Metadata', 'Object', 'None', or empty");
        return Err(Refusal::bad_request(format!("Unable to convert to Table as requested: includeObject: {why}")));
    }
    Ok(Wanted { format, view, pretty })
}

/// What the request's `Accept` asks for where there are many to show or to watch.
///
/// # Failures
/// 406 when nothing of it is spoken here.
pub(crate) fn wanted_of_many(request: &Request) -> Result<Wanted, Refusal> {
    wanted(request).map_err(|mut refusal| {
        if refusal.code == 406 && refusal.message.ends_with(SPOKEN) && !refusal.details.is_null() {
            refusal
                .message
                .push_str(", application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch");
        }
        refusal
    })
}

const SPOKEN: &str = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

/// Whether it names a format at all: the first look is a plain one.
fn is_spoken(clause: &str) -> bool {
    let format = clause.split(';').next().unwrap_or_default().trim();
    format == "*/*" || SPOKEN.split(", ").any(|spoken| spoken == format)
}

/// 406, where the second look does not find what is wanted.
pub(crate) fn unfit(said: String) -> Refusal {
    Refusal::new(406, "NotAcceptable", said)
}

/// Programs that people read the output of get it in lines.
fn is_person(agent: &str) -> bool {
    ["curl", "Wget", "Mozilla/5.0"].iter().any(|one| agent.starts_with(one))
}

fn quality(clause: &str) -> f32 {
    let given = clause.split(';').find_map(|piece| piece.trim().strip_prefix("q="));
    given.and_then(|text| text.trim().parse().ok()).unwrap_or(1.0)
}

fn one(clause: &str) -> Option<(Format, View)> {
    let mut pieces = clause.split(';').map(str::trim);
    let clause = pieces.next()?;
    let format = match clause {
        "application/json" | "*/*" | "application/*" => Format::Json,
        "application/yaml" => Format::Yaml,
        // It is made of the JSON, where the kind has it.
        "application/vnd.kubernetes.protobuf" => Format::Json,
        _ => return None,
    };
    let (mut of, mut group, mut version) = ("", "", "");
    for (name, value) in pieces.filter_map(|piece| piece.split_once('=')) {
        match name {
            "as" => of = value,
            "g" => group = value,
            "v" => version = value,
            _ => {}
        }
    }
    if of.is_empty() && group.is_empty() {
        return Some((format, View::Whole));
    }
    let version = match version {
        "v1" => "v1",
        "v1beta1" => "v1beta1",
        _ => return None,
    };
    match (of, group) {
        ("Table", _) if clause.ends_with("protobuf") => None,
        ("Table", "meta.k8s.io") => Some((format, View::Table(version))),
        ("PartialObjectMetadata", "meta.k8s.io") => Some((format, View::Partial(version))),
        ("PartialObjectMetadataList", "meta.k8s.io") => Some((format, View::PartialList(version))),
        _ => None,
    }
}

/// 406.
pub(crate) fn not_acceptable() -> Refusal {
    let said = format!("406: Not Acceptable\n\nAvailable representations: {SPOKEN}");
    let mut refusal = Refusal::new(406, "NotAcceptable", said);
    refusal.details = crate::json::json!({});
    refusal
}
