//! Policies that the server judges by itself, before any webhook is asked: `ValidatingAdmissionPolicy` and its bindings.
//!
//! Promises: what cannot be judged here is refused with 501 and noted, and never let through.

use super::{Attempt, fit};
use crate::json::{Map, Value};
use crate::rules::{Said, judged};
use crate::world::{Cause, Kind, Object, Refusal, Selector, World};
use std::sync::Arc;

pub(super) const POLICIES: &str = "validatingadmissionpolicies.admissionregistration.k8s.io";
const BINDINGS: &str = "validatingadmissionpolicybindings.admissionregistration.k8s.io";

/// The names that expressions speak of, and what they are.
type Names = Vec<(&'static str, Value)>;

/// One policy by one of its bindings.
struct Case<'a> {
    policy: &'a Object,
    binding: &'a Object,
    attempt: &'a Attempt<'a>,
    object: &'a Value,
}

/// What the policies have to say of an attempt: warnings.
///
/// # Failures
/// What the first policy says that does not let it be; 501 for an expression that cannot be judged here.
pub(super) fn judge(world: &mut World, attempt: &Attempt<'_>, object: &Value) -> Result<Vec<String>, Refusal> {
    let (mut warnings, mut refusal) = (Vec::new(), None::<Refusal>);
    let policies: Vec<Arc<Object>> = world.list(POLICIES, "").cloned().collect();
    let bindings: Vec<Arc<Object>> = world.list(BINDINGS, "").cloned().collect();
    for policy in &policies {
        for binding in bindings.iter().filter(|binding| binding["spec"]["policyName"] == policy.name()) {
            let case = Case { policy, binding, attempt, object };
            if !case.is_meant(world) {
                continue;
            }
            for (reason, said) in case.complaints(world)? {
                let does = |action: &str| {
                    crate::world::strings(&binding["spec"]["validationActions"]).any(|one| one == action)
                };
                if does("Warn") {
                    warnings.push(format!("Validation failed for {}: {said}", case.name()));
                }
                if does("Deny") && refusal.is_none() {
                    refusal = Some(case.refusal(&reason, &said));
                }
            }
        }
    }
    match refusal {
        Some(refusal) => Err(Refusal { warnings, ..refusal }),
        None => Ok(warnings),
    }
}

impl Case<'_> {
    fn name(&self) -> String {
        format!("ValidatingAdmissionPolicy '{}' with binding '{}'", self.policy.name(), self.binding.name())
    }

    fn is_meant(&self, world: &World) -> bool {
        let fits = |of: &Value| {
            let rules = &of["resourceRules"];
            let all = rules.as_array().is_none_or(Vec::is_empty);
            (all || fit::is_ruled(rules, self.attempt))
                && !fit::is_ruled(&of["excludeResourceRules"], self.attempt)
                && fit::is_selected(world, of, self.attempt, self.object)
        };
        fits(&self.policy["spec"]["matchConstraints"]) && fits(&self.binding["spec"]["matchResources"])
    }

    /// What does not hold: for which reason, and what is said of it.
    fn complaints(&self, world: &mut World) -> Result<Vec<(String, String)>, Refusal> {
        let spec = &self.policy["spec"];
        let all = match self.params(world)? {
            Params::None => vec![Value::Null],
            Params::These(all) => all,
            Params::Missing => {
                let deny = self.binding["spec"]["paramRef"]["parameterNotFoundAction"] == "Deny";
                let said = "failed to configure binding: no params found for policy binding with `Deny` \
                            parameterNotFoundAction";
                let fails = deny && spec["failurePolicy"] != "Ignore";
                return Ok(fails.then(|| (String::new(), said.to_owned())).into_iter().collect());
            }
        };
        let mut found = Vec::new();
        for params in all {
            let mut names = self.names(world, params);
            if !self.is_wanted(world, &names)? {
                continue;
            }
            let failed = self.variables(world, &mut names)?;
            for validation in spec["validations"].as_array().into_iter().flatten() {
                found.extend(self.complaint(world, validation, &names, &failed)?);
            }
        }
        Ok(found)
    }

    fn names(&self, world: &World, params: Value) -> Names {
        let mut names = fit::names(self.attempt, self.object).to_vec();
        let namespace = world.get("namespaces", "", self.attempt.namespace);
        names.push(("namespaceObject", namespace.map_or(Value::Null, |object| object.plain())));
        names.push(("params", params));
        names
    }

    /// Whether all conditions hold under which the policy is asked at all.
    fn is_wanted(&self, world: &mut World, names: &Names) -> Result<bool, Refusal> {
        for condition in self.policy["spec"]["matchConditions"].as_array().into_iter().flatten() {
            match self.said(world, text(condition, "expression"), names)? {
                Ok(Value::Bool(true)) => {}
                Ok(_) => return Ok(false),
                Err(_) if self.policy["spec"]["failurePolicy"] == "Ignore" => return Ok(false),
                Err(why) => return Err(self.refusal("", &why)),
            }
        }
        Ok(true)
    }

    /// Gives the names their `variables`; tells which of them fail, and why.
    fn variables(&self, world: &mut World, names: &mut Names) -> Result<Vec<(String, String)>, Refusal> {
        let mut failed = Vec::new();
        names.push(("variables", Value::Object(Map::new())));
        for variable in self.policy["spec"]["variables"].as_array().into_iter().flatten() {
            let name = text(variable, "name").to_owned();
            match self.said(world, text(variable, "expression"), names)? {
                Ok(value) => {
                    if let Some((_, Value::Object(known))) = names.last_mut() {
                        known.insert(name, value);
                    }
                }
                Err(why) => {
                    let why = composited(&failed, why);
                    failed.push((name, why));
                }
            }
        }
        Ok(failed)
    }

    /// What is wrong by one validation; nothing where it holds, or fails and is to be ignored then.
    fn complaint(
        &self,
        world: &mut World,
        validation: &Value,
        names: &Names,
        failed: &[(String, String)],
    ) -> Result<Option<(String, String)>, Refusal> {
        let rule = text(validation, "expression");
        let reason = text(validation, "reason").to_owned();
        match self.said(world, rule, names)? {
            Ok(Value::Bool(true)) => Ok(None),
            Ok(_) => {
                let own = match text(validation, "messageExpression") {
                    "" => None,
                    own => self.said(world, own, names)?.ok().and_then(|said| said.as_str().map(str::to_owned)),
                };
                let given = Some(text(validation, "message")).filter(|said| !said.is_empty()).map(str::to_owned);
                let said = own.or(given).unwrap_or_else(|| format!("failed expression: {rule}"));
                Ok(Some((reason, said)))
            }
            Err(_) if self.policy["spec"]["failurePolicy"] == "Ignore" => Ok(None),
            Err(why) => {
                let why = composited(failed, why);
                Ok(Some((String::new(), format!("expression '{rule}' resulted in error: {why}"))))
            }
        }
    }

    fn said(&self, world: &mut World, rule: &str, names: &Names) -> Result<Result<Value, String>, Refusal> {
        match judged(rule, names) {
            Said::Is(value) => Ok(Ok(value)),
            Said::Fails(why) => Ok(Err(why)),
            Said::Unknown => {
                let name = self.policy.name();
                let said = format!("the expression of the policy \"{name}\" cannot be judged here: {rule}");
                world.note_unknown(&said);
                Err(Refusal::new(501, "NotImplemented", said))
            }
        }
    }

    fn params(&self, world: &mut World) -> Result<Params, Refusal> {
        let (kind, to) = (&self.policy["spec"]["paramKind"], &self.binding["spec"]["paramRef"]);
        if !kind.is_object() || !to.is_object() {
            return Ok(Params::None);
        }
        let (group, version) = text(kind, "apiVersion").split_once('/').unwrap_or(("", text(kind, "apiVersion")));
        let Some(served) = world.shapes().kind(group, version, text(kind, "kind")) else {
            let why = format!(
                "failed to find resource referenced by paramKind: '{group}/{version}, Kind={}'",
                text(kind, "kind")
            );
            return Err(self.refusal("", &format!("failed to configure policy: {why}")));
        };
        let namespace = match (served.namespaced, text(to, "namespace")) {
            (false, _) => "",
            (true, "") => self.attempt.namespace,
            (true, own) => own,
        };
        let stored = super::super::super::kinds::stored(&served);
        let found: Vec<Value> = match text(to, "name") {
            "" => {
                let selector = Selector::of(&to["selector"]);
                let fits = |one: &&Arc<Object>| selector.takes_labels(&one["metadata"]["labels"]);
                world.list(stored.as_str(), namespace).filter(fits).map(|one| one.plain()).collect()
            }
            name => world.get(stored.as_str(), namespace, name).map(|one| one.plain()).into_iter().collect(),
        };
        Ok(if found.is_empty() { Params::Missing } else { Params::These(found) })
    }

    fn refusal(&self, reason: &str, said: &str) -> Refusal {
        let served = self.attempt.served;
        let kind = Kind::new(&served.group, &served.plural);
        let own =
            [self.attempt.name, text(&self.object["metadata"], "name"), text(&self.object["metadata"], "generateName")];
        let name = own.into_iter().find(|name| !name.is_empty()).unwrap_or("Unknown");
        let message = format!("{} denied request: {said}", self.name());
        let (code, reason) = match reason {
            "Unauthorized" => (401, "Unauthorized"),
            "Forbidden" => (403, "Forbidden"),
            "RequestEntityTooLarge" => (413, "RequestEntityTooLarge"),
            _ => (422, "Invalid"),
        };
        let refusal = Refusal::forbidden(&kind, name, &message);
        Refusal { code, reason, causes: vec![Cause::new("", "", message)], ..refusal }
    }
}

/// What a policy is given to judge by.
enum Params {
    /// It asks for nothing.
    None,
    /// Each of these.
    These(Vec<Value>),
    /// It asks for what is not there.
    Missing,
}

/// A variable that failed is told with its own trouble.
fn composited(failed: &[(String, String)], why: String) -> String {
    let of = failed.iter().find(|(name, _)| why == format!("no such key: {name}"));
    of.map(|(name, own)| format!("composited variable {name:?} fails to evaluate: {own}")).unwrap_or(why)
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}
