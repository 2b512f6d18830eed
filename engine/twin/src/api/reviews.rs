//! Reviews: questions about rights and tokens, which are answered and not kept.

use super::access::{self, Attempt};
use super::answer::Answer;
use super::kinds::Served;
use super::request::{Request, User};
use super::target::Target;
use super::{accept, body, encode, options, token};
use crate::json::{Value, json};
use crate::world::{Cause, Refusal, World};

/// The answer to a review; none for other kinds.
pub(crate) fn answer(
    world: &mut World,
    served: &Served,
    target: &Target,
    request: &Request,
) -> Option<Result<Answer, Refusal>> {
    let ours = ["authentication.k8s.io", "authorization.k8s.io"].contains(&served.group.as_str());
    (ours && request.method == "POST").then(|| review(world, served, target, request))
}

fn review(world: &mut World, served: &Served, target: &Target, request: &Request) -> Result<Answer, Refusal> {
    let wanted = accept::wanted(request)?;
    let options = options::read(request, "CreateOptions")?;
    let bytes = named(&body::json(request, served)?.bytes);
    let now = world.now().text();
    let namespace = target.namespace_of(served);
    let write = crate::rules::Write {
        kind: served,
        verb: crate::rules::Verb::Create,
        sub: "",
        namespace: &namespace,
        name: "",
        manager: &options.manager,
        validation: options.validation,
        now: &now,
        uid: "",
        suffix: "",
        body: &bytes,
        twice: &[],
        admit: None,
        judge: None,
    };
    let outcome = crate::rules::write(world.shapes(), None, &write)?;
    let mut value = outcome.object;
    let metadata = crate::world::map(&mut value["metadata"]);
    for field in ["name", "uid", "generation"] {
        metadata.remove(field);
    }
    if served.kind != "SelfSubjectReview" {
        metadata.remove("creationTimestamp");
    } else {
        metadata.remove("managedFields");
    }
    let spec = value["spec"].clone();
    let status = match served.kind.as_str() {
        "SelfSubjectAccessReview" => {
            asked(&spec, false, None)?;
            access_review(world, &request.user, &spec)
        }
        "SubjectAccessReview" | "LocalSubjectAccessReview" => {
            let within = (served.kind == "LocalSubjectAccessReview").then_some(namespace.as_str());
            asked(&spec, true, within)?;
            access_review(world, &subject(&spec), &spec)
        }
        "SelfSubjectRulesReview" => {
            let namespace = spec["namespace"].as_str().filter(|name| !name.is_empty());
            let Some(namespace) = namespace else {
                return Err(Refusal::bad_request("no namespace on request"));
            };
            let status = rules(world, &request.user, namespace);
            value["spec"] = json!({});
            value["metadata"] = json!({});
            status
        }
        "SelfSubjectReview" => json!({"userInfo": shown(&request.user)}),
        _ => token_review(world, &spec)?,
    };
    value["status"] = status;
    Ok(super::write::warn(encode::value(201, &value, wanted), outcome.warnings))
}

/// Reviews have no name; the rules of objects want one, so one is lent.
fn named(bytes: &[u8]) -> Vec<u8> {
    match crate::json::from_slice::<Value>(bytes) {
        Ok(mut value) if value.is_object() => {
            crate::world::map(&mut value["metadata"]).insert("name".to_owned(), "x".into());
            value.to_string().into_bytes()
        }
        _ => bytes.to_vec(),
    }
}

fn shown(user: &User) -> Value {
    let mut shown = json!({"username": user.name, "groups": user.groups});
    if !user.uid.is_empty() {
        shown["uid"] = user.uid.as_str().into();
    }
    if !user.extra.is_empty() {
        shown["extra"] = user.extra.iter().map(|(name, values)| (name.clone(), json!(values))).collect();
    }
    shown
}

fn subject(spec: &Value) -> User {
    let name = spec["user"].as_str().unwrap_or_default();
    let groups = crate::world::strings(&spec["groups"]).map(str::to_owned).collect();
    User { name: name.to_owned(), groups, ..User::default() }
}

/// Refuses a review that does not say what is asked, about whom, or that asks beyond its namespace.
fn asked(spec: &Value, of_others: bool, within: Option<&str>) -> Result<(), Refusal> {
    let (resource, path) = (&spec["resourceAttributes"], &spec["nonResourceAttributes"]);
    let shown = || format!("{{\"Path\":{},\"Verb\":{}}}", path["path"], path["verb"]);
    let mut causes = Vec::new();
    let mut wrong = |field: &str, value: &str, why: &str| {
        let message = format!("Invalid value: {value}: {why}");
        causes.push(Cause::new("FieldValueInvalid", format!("spec.{field}"), message));
    };
    match (resource.is_object(), path.is_object()) {
        (true, true) => {
            let why = "cannot be specified in combination with resourceAttributes";
            wrong("nonResourceAttributes", &shown(), why);
        }
        (false, false) => {
            let why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
            wrong("resourceAttributes", "null", why);
        }
        _ => {}
    }
    for selector in ["labelSelector", "fieldSelector"] {
        let raw = resource[selector]["rawSelector"].as_str().unwrap_or_default();
        if !raw.is_empty() && resource[selector]["requirements"].as_array().is_some_and(|all| !all.is_empty()) {
            let field = format!("resourceAttributes.{selector}.rawSelector");
            wrong(&field, &format!("{raw:?}"), "may not specified at the same time as requirements");
        }
    }
    let nobody = spec["user"].as_str().is_none_or(str::is_empty) && spec["groups"].as_array().is_none_or(Vec::is_empty);
    if of_others && nobody {
        wrong("user", "\"\"", "at least one of user or group must be specified");
    }
    if let Some(within) = within {
        let said = resource["namespace"].as_str().unwrap_or_default();
        if path.is_object() {
            wrong("nonResourceAttributes", &shown(), "disallowed on this kind of request");
        }
        if resource.is_object() && said != within {
            wrong("resourceAttributes.namespace", &format!("{said:?}"), "must match metadata.namespace");
        }
    }
    if causes.is_empty() { Ok(()) } else { Err(Refusal::invalid("authorization.k8s.io", "", "", causes)) }
}

fn access_review(world: &World, user: &User, spec: &Value) -> Value {
    let (resource, path) = (&spec["resourceAttributes"], &spec["nonResourceAttributes"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let attempt = if resource.is_object() {
        Attempt {
            verb: text(&resource["verb"]),
            group: text(&resource["group"]),
            plural: text(&resource["resource"]),
            sub: text(&resource["subresource"]),
            namespace: text(&resource["namespace"]),
            name: text(&resource["name"]),
            path: String::new(),
        }
    } else {
        Attempt { verb: text(&path["verb"]), path: text(&path["path"]), ..Attempt::default() }
    };
    let mut status = match access::allowed(world, user, &attempt) {
        Some(reason) if reason.is_empty() => json!({"allowed": true}),
        Some(reason) => json!({"allowed": true, "reason": reason}),
        None => json!({"allowed": false}),
    };
    for (selector, known) in [
        ("labelSelector", &["In", "NotIn", "Exists", "DoesNotExist"][..]),
        ("fieldSelector", &["In", "NotIn", "Exists", "DoesNotExist"]),
    ] {
        let all = resource[selector]["requirements"].as_array().into_iter().flatten();
        if all.filter_map(|one| one["operator"].as_str()).any(|operator| !known.contains(&operator)) {
            let said = format!("spec.resourceAttributes.{selector} ignored due to parse error");
            status["evaluationError"] = said.into();
        }
    }
    status
}

fn rules(world: &World, user: &User, namespace: &str) -> Value {
    let (mut resources, mut paths) = (Vec::new(), Vec::new());
    let everything = [
        json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}),
        json!({"verbs": ["*"], "nonResourceURLs": ["*"]}),
    ];
    if user.groups.iter().any(|group| group == "system:masters") {
        let [resource, path] = everything;
        resources.push(resource);
        paths.push(path);
    }
    access::each_rule(world, user, namespace, &mut |rule, _| {
        if rule["nonResourceURLs"].is_array() {
            paths.push(json!({"verbs": rule["verbs"], "nonResourceURLs": rule["nonResourceURLs"]}));
        } else {
            let mut one =
                json!({"verbs": rule["verbs"], "apiGroups": rule["apiGroups"], "resources": rule["resources"]});
            if rule["resourceNames"].is_array() {
                one["resourceNames"] = rule["resourceNames"].clone();
            }
            resources.push(one);
        }
        true
    });
    json!({"resourceRules": resources, "nonResourceRules": paths, "incomplete": false})
}

fn token_review(world: &World, spec: &Value) -> Result<Value, Refusal> {
    let given = spec["token"].as_str().unwrap_or_default();
    if given.is_empty() {
        return Err(Refusal::bad_request("token is required for TokenReview in authentication"));
    }
    Ok(match token::user_of_token(world, given) {
        Some(user) => {
            let audience = "https://kubernetes.default.svc.cluster.local";
            json!({"authenticated": true, "user": shown(&user), "audiences": [audience]})
        }
        None => json!({"user": {}, "error": "invalid bearer token"}),
    })
}
