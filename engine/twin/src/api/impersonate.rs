//! Acting as somebody else: the `Impersonate-` headers, for those who may.

use super::access::{self, Attempt};
use super::request::{Request, User, decoded};
use crate::world::{Refusal, World};

/// Whom a request wants to act as; none where it does not ask for it.
///
/// # Failures
/// 403 for who may not, 500 for groups and the like without a user, as the server has it.
pub(super) fn user(world: &World, request: &Request) -> Result<Option<User>, Refusal> {
    if !request.headers.iter().any(|(name, _)| name.starts_with("impersonate-")) {
        return Ok(None);
    }
    let all = |wanted: &str| -> Vec<String> {
        request.headers.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.clone()).collect()
    };
    let mut acting = User {
        name: request.header("impersonate-user").to_owned(),
        uid: request.header("impersonate-uid").to_owned(),
        groups: all("impersonate-group"),
        extra: Vec::new(),
    };
    for (name, value) in &request.headers {
        let Some(key) = name.strip_prefix("impersonate-extra-") else { continue };
        let key = decoded(key).into_owned();
        match acting.extra.iter_mut().find(|(known, _)| *known == key) {
            Some((_, values)) => values.push(value.clone()),
            None => acting.extra.push((key, vec![value.clone()])),
        }
    }
    if acting.name.is_empty() {
        let said =
            format!("Internal Server Error: \"{}\": requested {acting:?} without impersonating a user", request.path);
        return Err(Refusal::new(500, "InternalError", said));
    }
    may(world, &request.user, &acting)?;
    complete(&mut acting);
    Ok(Some(acting))
}

/// Each thing that is taken on is asked for by itself.
fn may(world: &World, user: &User, acting: &User) -> Result<(), Refusal> {
    let attempt = |group: &str, plural: &str, sub: &str, namespace: &str, name: &str| Attempt {
        verb: "impersonate".to_owned(),
        group: group.to_owned(),
        plural: plural.to_owned(),
        sub: sub.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        path: String::new(),
    };
    const OWN: &str = "authentication.k8s.io";
    let mut wanted = vec![match account(&acting.name) {
        Some((namespace, name)) => attempt("", "serviceaccounts", "", namespace, name),
        None => attempt("", "users", "", "", &acting.name),
    }];
    wanted.extend(acting.groups.iter().map(|group| attempt("", "groups", "", "", group)));
    for (key, values) in &acting.extra {
        wanted.extend(values.iter().map(|value| attempt(OWN, "userextras", key, "", value)));
    }
    if !acting.uid.is_empty() {
        wanted.push(attempt(OWN, "uids", "", "", &acting.uid));
    }
    wanted.iter().try_for_each(|one| access::check(world, user, one))
}

/// The groups that go without saying.
fn complete(acting: &mut User) {
    if acting.groups.is_empty()
        && let Some((namespace, _)) = account(&acting.name)
    {
        acting.groups = vec!["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{namespace}")];
    }
    let known = |group: &String| group == "system:authenticated" || group == "system:unauthenticated";
    if !acting.groups.iter().any(known) {
        let group = if acting.name == "system:anonymous" { "system:unauthenticated" } else { "system:authenticated" };
        acting.groups.push(group.to_owned());
    }
}

/// Namespace and name of a service account by its user's name.
fn account(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix("system:serviceaccount:")?
        .split_once(':')
        .filter(|(space, name)| !space.is_empty() && !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scene;
    use crate::world::Moment;

    fn asked(user: User, headers: &[(&str, &str)]) -> Result<Option<User>, Refusal> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = Request { path: "/api".to_owned(), headers, user, ..Request::default() };
        super::user(&scene::bare(7, Moment::seconds(1_790_000_000)), &request)
    }

    #[test]
    fn an_administrator_acts_as_anybody() {
        let admin = || User::known("admin", &["system:masters"]);
        assert_eq!(asked(admin(), &[]).unwrap(), None);
        let acting = asked(admin(), &[("impersonate-user", "jo"), ("impersonate-group", "dev")]).unwrap().unwrap();
        assert_eq!(acting, User::known("jo", &["dev"]));
        let acting = asked(admin(), &[("impersonate-user", "system:serviceaccount:shop:robot")]).unwrap().unwrap();
        assert_eq!(acting.groups, ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"]);
        let acting = asked(admin(), &[("impersonate-user", "system:anonymous")]).unwrap().unwrap();
        assert_eq!(acting, User::anonymous());
    }

    #[test]
    fn who_may_not_is_told_what() {
        let refusal = asked(User::known("jo", &[]), &[("impersonate-user", "admin")]).unwrap_err();
        assert_eq!(refusal.code, 403);
        let said = r#"users "admin" is forbidden: User "jo" cannot impersonate resource "users" in API group "" at the cluster scope"#;
        assert_eq!(refusal.message, said);
    }
}
