//! Tables: the columns people see, and a row for each object.
//!
//! The columns of the built-in kinds are recorded from the real server; what stands in them is computed, kind by kind.

mod age;
mod cells;
mod custom;
mod network;
mod others;
mod pods;
mod storage;
mod words;
mod workloads;

use super::kinds::Served;
use super::request::Query;
use crate::json::{Map, Value, json};
use crate::world::{Moment, Object};
use flate2::read::GzDecoder;
use std::io::Read;
use std::sync::{Arc, LazyLock};

static COLUMNS: LazyLock<Map> = LazyLock::new(|| {
    let mut text = Vec::new();
    match GzDecoder::new(include_bytes!("columns.json.gz").as_slice()).read_to_end(&mut text) {
        Ok(_) => crate::json::from_slice(&text).unwrap_or_default(),
        Err(_) => Map::new(),
    }
});

/// What each row carries beside its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Include {
    Nothing,
    Metadata,
    Object,
}

impl Include {
    pub(crate) fn read(query: &Query) -> Self {
        match query.get("includeObject") {
            Some("None") => Self::Nothing,
            Some("Object") => Self::Object,
            _ => Self::Metadata,
        }
    }
}

/// The columns of a kind.
fn columns(served: &Served) -> Vec<Value> {
    if served.is_custom() {
        return custom::columns(served);
    }
    let key = format!("{}/{}/{}", served.group, served.version, served.plural);
    match COLUMNS.get(&key).and_then(Value::as_array) {
        Some(columns) => columns.clone(),
        None => custom::plain(),
    }
}

/// A table of these objects; its columns are named when it is headed.
pub(crate) fn table(
    served: &Served,
    objects: &[Arc<Object>],
    now: Moment,
    include: Include,
    version: &str,
    headed: bool,
) -> Value {
    let columns = columns(served);
    let mut objects: Vec<&Arc<Object>> = objects.iter().collect();
    if served.plural == "flowschemas" {
        // People see them in the order in which they are tried.
        objects.sort_by_key(|object| object["spec"]["matchingPrecedence"].as_i64());
    }
    let rows: Vec<Value> = objects.iter().map(|object| row(served, &columns, object, now, include, version)).collect();
    // Kinds without columns of their own say nothing where others say an empty list.
    let plain = columns.len() == 2 && columns[1]["name"] == "Created At";
    let rows = if plain && rows.is_empty() { Value::Null } else { rows.into() };
    json!({
        "kind": "Table", "apiVersion": format!("meta.k8s.io/{version}"), "metadata": {},
        "columnDefinitions": if headed { columns.into() } else { Value::Null }, "rows": rows,
    })
}

fn row(
    served: &Served,
    columns: &[Value],
    object: &Arc<Object>,
    now: Moment,
    include: Include,
    version: &str,
) -> Value {
    let cell = |column: &Value| {
        let name = column["name"].as_str().unwrap_or_default();
        if served.is_custom() {
            custom::cell(served, name, object, now)
        } else {
            cells::cell(served, name, object, now)
        }
    };
    let mut row = json!({"cells": columns.iter().map(cell).collect::<Vec<_>>()});
    if let Some(conditions) = pods::conditions(served, object) {
        row["conditions"] = conditions;
    }
    row["object"] = match include {
        Include::Nothing => Value::Null,
        Include::Metadata => super::encode::partial(object, version),
        Include::Object => object.whole(),
    };
    row
}
