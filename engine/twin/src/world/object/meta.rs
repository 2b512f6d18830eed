//! What the metadata and the conditions of an object say: its name, its owners, its labels.

use super::{Object, list, map, strings};
use crate::json::{Map, Value};
use crate::world::Moment;

/// One owner of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner<'a>(&'a Value);

impl<'a> Owner<'a> {
    fn text(self, field: &str) -> &'a str {
        self.0[field].as_str().unwrap_or_default()
    }

    /// The owner's kind, as it is written: `ReplicaSet`.
    #[must_use]
    pub fn kind(self) -> &'a str {
        self.text("kind")
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'a str {
        self.text("name")
    }

    /// Its uid.
    #[must_use]
    pub fn uid(self) -> &'a str {
        self.text("uid")
    }

    /// Whether it controls the object.
    #[must_use]
    pub fn controls(self) -> bool {
        self.0["controller"] == true
    }

    /// Whether the owner's foreground deletion waits for the object.
    #[must_use]
    pub fn blocks(self) -> bool {
        self.0["blockOwnerDeletion"] == true
    }
}

impl Object {
    fn meta(&self, field: &str) -> &str {
        self["metadata"][field].as_str().unwrap_or_default()
    }

    /// `metadata.name`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.meta("name")
    }

    /// `metadata.namespace`, or nothing.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.meta("namespace")
    }

    /// `metadata.uid`.
    #[must_use]
    pub fn uid(&self) -> &str {
        self.meta("uid")
    }

    /// `metadata.resourceVersion` as a number; zero when there is none.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.version().parse().unwrap_or(0)
    }

    /// `metadata.generation`.
    #[must_use]
    pub fn generation(&self) -> i64 {
        self["metadata"]["generation"].as_i64().unwrap_or(0)
    }

    /// When it was created.
    #[must_use]
    pub fn created(&self) -> Moment {
        Moment::read(self.meta("creationTimestamp")).unwrap_or_default()
    }

    /// When it is to go, if it is going.
    #[must_use]
    pub fn deleted_at(&self) -> Option<Moment> {
        Moment::read(self.meta("deletionTimestamp"))
    }

    /// Whether it is on its way out.
    #[must_use]
    pub fn is_going(&self) -> bool {
        self["metadata"]["deletionTimestamp"].is_string()
    }

    /// The value of a label.
    #[must_use]
    pub fn label(&self, name: &str) -> Option<&str> {
        self["metadata"]["labels"].get(name).and_then(Value::as_str)
    }

    /// The value of an annotation.
    #[must_use]
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self["metadata"]["annotations"].get(name).and_then(Value::as_str)
    }

    /// The finalizers.
    pub fn finalizers(&self) -> impl Iterator<Item = &str> {
        strings(&self["metadata"]["finalizers"])
    }

    /// The owners.
    pub fn owners(&self) -> impl Iterator<Item = Owner<'_>> {
        self.references().iter().map(Owner)
    }

    fn references(&self) -> &[Value] {
        self["metadata"]["ownerReferences"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// The owner that controls it.
    #[must_use]
    pub fn controller(&self) -> Option<Owner<'_>> {
        self.owners().find(|owner| owner.controls())
    }

    /// A reference to this object for `metadata.ownerReferences`, as its controller.
    #[must_use]
    pub fn as_controller(&self) -> Value {
        crate::json::json!({
            "apiVersion": self["apiVersion"], "kind": self["kind"], "name": self.name(), "uid": self.uid(),
            "controller": true, "blockOwnerDeletion": true,
        })
    }

    /// Its `metadata`, made when it is missing.
    pub fn metadata(&mut self) -> &mut Map {
        map(&mut self["metadata"])
    }

    /// Sets a label.
    pub fn set_label(&mut self, name: &str, value: &str) {
        self["metadata"]["labels"][name] = value.into();
    }

    /// Sets an annotation.
    pub fn set_annotation(&mut self, name: &str, value: &str) {
        self["metadata"]["annotations"][name] = value.into();
    }

    /// Sets the condition of this type in `status.conditions`; its times move only when its status does.
    pub fn set_condition(&mut self, now: Moment, kind: &str, status: &str, reason: &str, message: &str) {
        let conditions = list(&mut self["status"]["conditions"]);
        let at = conditions.iter().position(|condition| condition["type"] == kind).unwrap_or_else(|| {
            conditions.push(crate::json::json!({"type": kind, "status": "", "lastTransitionTime": now.text()}));
            conditions.len() - 1
        });
        let condition = &mut conditions[at];
        if condition["status"] != status {
            condition["status"] = status.into();
            condition["lastTransitionTime"] = now.text().into();
        }
        for (field, text) in [("reason", reason), ("message", message)] {
            if text.is_empty() {
                map(condition).remove(field);
            } else {
                condition[field] = text.into();
            }
        }
    }

    /// The status of the condition of this type.
    #[must_use]
    pub fn condition(&self, kind: &str) -> Option<&str> {
        let conditions = self["status"]["conditions"].as_array()?;
        conditions.iter().find(|condition| condition["type"] == kind)?["status"].as_str()
    }

    /// The address under which the others reach this node.
    #[must_use]
    pub fn internal_ip(&self) -> Option<&str> {
        let addresses = self["status"]["addresses"].as_array()?;
        addresses.iter().find(|address| address["type"] == "InternalIP")?["address"].as_str()
    }
}
