//! Who may do what: RBAC, with the server's words for no.

use super::kinds::Served;
use super::request::User;
use super::target::Target;
use crate::json::Value;
use crate::world::{Kind, Object, Refusal, World};

/// What somebody wants to do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attempt {
    pub(crate) verb: String,
    pub(crate) group: String,
    pub(crate) plural: String,
    pub(crate) sub: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// The path, for what is no resource.
    pub(crate) path: String,
}

impl Attempt {
    pub(crate) fn on(verb: &str, served: &Served, target: &Target) -> Self {
        Self {
            verb: verb.to_owned(),
            group: served.group.clone(),
            plural: served.plural.clone(),
            sub: target.sub.clone(),
            namespace: target.namespace.clone(),
            name: target.name.clone(),
            path: String::new(),
        }
    }

    fn resource(&self) -> String {
        if self.sub.is_empty() { self.plural.clone() } else { format!("{}/{}", self.plural, self.sub) }
    }
}

const ROLES: &str = "roles.rbac.authorization.k8s.io";
const CLUSTER_ROLES: &str = "clusterroles.rbac.authorization.k8s.io";
const BINDINGS: &str = "rolebindings.rbac.authorization.k8s.io";
const CLUSTER_BINDINGS: &str = "clusterrolebindings.rbac.authorization.k8s.io";

/// Lets it pass or refuses it.
///
/// # Failures
/// 403.
pub(crate) fn check(world: &World, user: &User, attempt: &Attempt) -> Result<(), Refusal> {
    if allowed(world, user, attempt).is_some() {
        return Ok(());
    }
    if !attempt.path.is_empty() {
        let why = format!("User \"{}\" cannot {} path \"{}\"", user.name, attempt.verb, attempt.path);
        let mut refusal = Refusal::forbidden(&"".into(), "", &why);
        refusal.details = crate::json::json!({});
        return Err(refusal);
    }
    let place = if attempt.namespace.is_empty() {
        "at the cluster scope".to_owned()
    } else {
        format!("in the namespace \"{}\"", attempt.namespace)
    };
    let why = format!(
        "User \"{}\" cannot {} resource \"{}\" in API group \"{}\" {place}",
        user.name,
        attempt.verb,
        attempt.resource(),
        attempt.group
    );
    Err(Refusal::forbidden(&Kind::new(&attempt.group, &attempt.plural), &attempt.name, &why))
}

/// Why it is allowed; none when it is not.
pub(crate) fn allowed(world: &World, user: &User, attempt: &Attempt) -> Option<String> {
    if user.groups.iter().any(|group| group == "system:masters") {
        return Some(String::new());
    }
    let mut found = None;
    each_rule(world, user, &attempt.namespace, &mut |rule, why| {
        if fits(rule, attempt) {
            found = Some(why.to_owned());
        }
        found.is_none()
    });
    found
}

/// Shows every rule that holds for the user here, with the reason, until told to stop.
pub(crate) fn each_rule(world: &World, user: &User, namespace: &str, show: &mut dyn FnMut(&Value, &str) -> bool) {
    for (kind, within) in [(CLUSTER_BINDINGS, ""), (BINDINGS, namespace)] {
        if kind == BINDINGS && namespace.is_empty() {
            continue;
        }
        for binding in world.list(kind, within) {
            let subjects = binding["subjects"].as_array().map(Vec::as_slice).unwrap_or_default();
            let Some(subject) = subjects.iter().find(|subject| is(user, subject, binding.namespace())) else {
                continue;
            };
            let of = &binding["roleRef"];
            let name = of["name"].as_str().unwrap_or_default();
            let role =
                if of["kind"] == "Role" { world.get(ROLES, within, name) } else { world.get(CLUSTER_ROLES, "", name) };
            let Some(role) = role else { continue };
            let why = reason(binding, of, subject);
            for rule in role["rules"].as_array().into_iter().flatten() {
                if !show(rule, &why) {
                    return;
                }
            }
        }
    }
}

fn reason(binding: &Object, role: &Value, subject: &Value) -> String {
    let kind = if binding.namespace().is_empty() { "ClusterRoleBinding" } else { "RoleBinding" };
    let bound = if binding.namespace().is_empty() {
        binding.name().to_owned()
    } else {
        format!("{}/{}", binding.name(), binding.namespace())
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let who = match subject["kind"].as_str() {
        Some("ServiceAccount") => {
            format!("ServiceAccount \"{}/{}\"", text(&subject["name"]), text(&subject["namespace"]))
        }
        other => format!("{} \"{}\"", other.unwrap_or_default(), text(&subject["name"])),
    };
    format!("RBAC: allowed by {kind} \"{bound}\" of {} \"{}\" to {who}", text(&role["kind"]), text(&role["name"]))
}

fn is(user: &User, subject: &Value, namespace: &str) -> bool {
    let name = subject["name"].as_str().unwrap_or_default();
    match subject["kind"].as_str() {
        Some("User") => user.name == name,
        Some("Group") => user.groups.iter().any(|group| group == name),
        Some("ServiceAccount") => {
            let of = subject["namespace"].as_str().unwrap_or(namespace);
            user.name == format!("system:serviceaccount:{of}:{name}")
        }
        _ => false,
    }
}

fn has(list: &Value, wanted: &str) -> bool {
    crate::world::strings(list).any(|one| one == "*" || one == wanted)
}

pub(crate) fn fits(rule: &Value, attempt: &Attempt) -> bool {
    if !has(&rule["verbs"], &attempt.verb) {
        return false;
    }
    if !attempt.path.is_empty() {
        return crate::world::strings(&rule["nonResourceURLs"]).any(|one| match one.strip_suffix('*') {
            Some(start) => attempt.path.starts_with(start),
            None => one == attempt.path,
        });
    }
    let resource = attempt.resource();
    let any_of_sub = format!("*/{}", attempt.sub);
    let named = &rule["resourceNames"];
    has(&rule["apiGroups"], &attempt.group)
        && crate::world::strings(&rule["resources"])
            .any(|one| one == "*" || one == resource || (!attempt.sub.is_empty() && one == any_of_sub))
        && (named.as_array().is_none_or(Vec::is_empty) || crate::world::strings(named).any(|one| one == attempt.name))
}
