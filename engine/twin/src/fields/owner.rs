//! The owners of an object's fields, as `metadata.managedFields` lists them.

use crate::json::{Map, Value, json};

use super::set::Set;

/// What an owner did to own: applied, or changed by any other means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// Server-side apply.
    Apply,
    /// Create, update or patch.
    Update,
}

/// An owner and what it owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Its name.
    pub manager: String,
    /// What it did.
    pub operation: Operation,
    /// The version in which it did.
    pub api_version: String,
    /// The part of the object through which it did, or nothing.
    pub sub: String,
    /// When it last changed what it owns.
    pub time: Option<String>,
    /// What it owns.
    pub fields: Set,
}

impl Owner {
    /// Whether two entries are of the same owner: one who applies is the same in every version.
    pub fn same(&self, other: &Self) -> bool {
        self.manager == other.manager
            && self.operation == other.operation
            && self.sub == other.sub
            && (self.operation == Operation::Apply || self.api_version == other.api_version)
    }

    /// As conflicts name it: `"x" using apps/v1`.
    pub fn shown(&self) -> String {
        let mut shown = format!("{:?}", self.manager);
        if !self.sub.is_empty() {
            shown.push_str(&format!(" with subresource {:?}", self.sub));
        }
        if self.operation == Operation::Update {
            shown.push_str(&format!(" using {}", self.api_version));
        }
        shown
    }
}

/// The owners that `managedFields` lists; nothing if it cannot be read.
pub fn owners(managed: &Value) -> Option<Vec<Owner>> {
    managed.as_array().map(Vec::as_slice).unwrap_or_default().iter().map(owner).collect()
}

fn owner(entry: &Value) -> Option<Owner> {
    let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let operation = match entry["operation"].as_str()? {
        "Apply" => Operation::Apply,
        "Update" => Operation::Update,
        _ => return None,
    };
    if entry["fieldsType"] != "FieldsV1" || text("apiVersion").is_empty() {
        return None;
    }
    let fields = match &entry["fieldsV1"] {
        Value::Null => Set::default(),
        fields => Set::read(fields)?,
    };
    Some(Owner {
        manager: text("manager"),
        operation,
        api_version: text("apiVersion"),
        sub: text("subresource"),
        time: entry["time"].as_str().map(str::to_owned),
        fields,
    })
}

/// As `managedFields` lists them, in its order.
pub fn entries(owners: &[Owner]) -> Value {
    let mut sorted: Vec<&Owner> = owners.iter().collect();
    sorted.sort_by(|left, right| {
        let key = |owner: &Owner| {
            (owner.operation, owner.time.clone(), owner.manager.clone(), owner.api_version.clone(), owner.sub.clone())
        };
        key(left).cmp(&key(right))
    });
    sorted.into_iter().map(entry).collect()
}

fn entry(owner: &Owner) -> Value {
    let mut entry = Map::new();
    let operation = if owner.operation == Operation::Apply { "Apply" } else { "Update" };
    entry.insert("manager".to_owned(), json!(owner.manager));
    entry.insert("operation".to_owned(), json!(operation));
    entry.insert("apiVersion".to_owned(), json!(owner.api_version));
    if let Some(time) = &owner.time {
        entry.insert("time".to_owned(), json!(time));
    }
    entry.insert("fieldsType".to_owned(), json!("FieldsV1"));
    entry.insert("fieldsV1".to_owned(), owner.fields.write());
    if !owner.sub.is_empty() {
        entry.insert("subresource".to_owned(), json!(owner.sub));
    }
    Value::Object(entry)
}
