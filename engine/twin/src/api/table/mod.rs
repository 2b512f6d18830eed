//! Tables: the columns people see, and a row for each object.

use super::kinds::Served;
use super::request::Query;
use crate::world::{Moment, Object};
use serde_json::{Value, json};
use std::sync::Arc;

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

/// A table of these objects.
pub(crate) fn table(
    _served: &Served,
    objects: &[Arc<Object>],
    _now: Moment,
    include: Include,
    version: &str,
    headed: bool,
) -> Value {
    let rows: Vec<Value> = objects
        .iter()
        .map(|object| {
            let mut row = json!({"cells": [object.name(), object["metadata"]["creationTimestamp"]]});
            match include {
                Include::Nothing => row["object"] = Value::Null,
                Include::Metadata => row["object"] = super::encode::partial(object, version),
                Include::Object => row["object"] = object.whole(),
            }
            row
        })
        .collect();
    let columns = json!([
        {"name": "Name", "type": "string", "format": "name", "description": "", "priority": 0},
        {"name": "Created At", "type": "date", "format": "", "description": "", "priority": 0},
    ]);
    json!({
        "kind": "Table", "apiVersion": format!("meta.k8s.io/{version}"), "metadata": {},
        "columnDefinitions": if headed { columns } else { Value::Null }, "rows": rows,
    })
}
