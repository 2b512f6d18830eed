//! From a kubeconfig to a cluster, and what is said where that fails.

use std::fs;
use std::time::Duration;

use runbook_drivers::kube::{Cluster, Options, Ref};
use runbook_model::Failure;

use crate::kube::{on, running};
use crate::plane::Plane;

fn file(path: &str) -> Options {
    Options { kubeconfig: Some(path.into()), ..Options::default() }
}

async fn reach(options: Options) -> Result<String, Failure> {
    Cluster::connect(options).await?.uid().await
}

fn refused(options: Options) -> Failure {
    running(reach(options)).unwrap_err()
}

#[test]
fn a_cluster_is_told_by_its_kube_system() {
    on("uid", async |site| {
        let seen = site.plane.kubectl(&["get", "ns", "kube-system", "-o", "jsonpath={.metadata.uid}"]).exits(0).out;
        assert_eq!(site.cluster.uid().await.unwrap(), seen);
    });
}

#[test]
fn a_token_and_a_certificate_both_open_the_door() {
    let Some(plane) = Plane::get() else { return };
    for name in ["kubeconfig", "certificate"] {
        running(reach(file(plane.file(name)))).unwrap();
    }
}

#[test]
fn an_expired_certificate_and_a_stranger_are_not_accepted() {
    let Some(plane) = Plane::get() else { return };
    for name in ["expired", "stranger"] {
        let failure = refused(file(plane.file(name)));
        assert_eq!(failure.code, "kube.unauthorized", "{name}: {failure:?}");
        assert!(!failure.may_have_acted && !failure.retryable);
        assert!(failure.causes.iter().any(|cause| cause.contains(plane.file(name))), "{failure:?}");
    }
    let failure = refused(file(plane.file("expired")));
    assert!(failure.causes.iter().any(|cause| cause.contains("good until 20")), "{failure:?}");
}

#[test]
fn what_is_forbidden_says_so() {
    let Some(plane) = Plane::get() else { return };
    let failure = running(async {
        let cluster = Cluster::connect(file(plane.file("limited"))).await.unwrap();
        cluster.get(&Ref::new("secrets", "kube-system", "x")).await.unwrap_err()
    });
    assert_eq!(failure.code, "kube.forbidden", "{failure:?}");
    assert!(failure.causes[0].contains("403"), "{failure:?}");
}

#[test]
fn a_kubeconfig_that_is_not_there_is_named() {
    let failure = refused(file("/nowhere/at/all"));
    assert_eq!(failure.code, "kube.config");
    assert_eq!(failure.what, "the kubeconfig `/nowhere/at/all` is not there");
}

#[test]
fn a_kubeconfig_that_is_none_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    fs::write(&path, "clusters: [").unwrap();
    let failure = refused(file(path.to_str().unwrap()));
    assert_eq!(failure.code, "kube.config");
    assert!(failure.what.contains("cannot be used"), "{failure:?}");
}

fn kubeconfig(server: &str, user: &str) -> (tempfile::TempDir, Options) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: one\n\
         contexts: [{{name: one, context: {{cluster: c, user: u}}}}, {{name: two, context: {{cluster: c, user: u}}}}]\n\
         clusters: [{{name: c, cluster: {{server: '{server}'}}}}]\nusers: [{{name: u, user: {user}}}]\n"
    );
    fs::write(&path, text).unwrap();
    (folder, file(path.to_str().unwrap()))
}

#[test]
fn a_context_that_is_not_there_is_answered_with_those_that_are() {
    let (_folder, options) = kubeconfig("http://127.0.0.1:1", "{}");
    let failure = refused(Options { context: Some("on".into()), ..options });
    assert!(failure.what.ends_with("has no context `on`"), "{failure:?}");
    assert_eq!(failure.causes, ["it has `one`, `two`"]);
    assert_eq!(failure.hints, ["did you mean `one`?"]);
}

#[test]
fn a_server_that_does_not_listen_did_nothing() {
    let (_folder, options) = kubeconfig("https://127.0.0.1:1", "{}");
    let failure = refused(options);
    assert_eq!(failure.code, "kube.unreachable");
    assert!(failure.retryable && !failure.may_have_acted);
    assert!(failure.causes[0].contains("refused"), "{failure:?}");
}

#[test]
fn a_plugin_for_credentials_is_run_and_its_trouble_is_told_without_what_it_printed() {
    let exec = "{exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: sh, \
                args: ['-c', 'echo secret-token; echo no session >&2; exit 3']}}";
    let (_folder, options) = kubeconfig("https://127.0.0.1:1", exec);
    let failure = refused(options);
    assert_eq!(failure.code, "kube.unauthorized");
    assert!(failure.causes.contains(&"no session".to_owned()), "{failure:?}");
    assert!(!format!("{failure:?}").contains("secret-token"));
}

#[test]
fn a_plugin_gives_the_token() {
    let Some(plane) = Plane::get() else { return };
    let token = plane.said["tokens"]["admin"].as_str().unwrap();
    let answer = format!(
        r#"{{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{{"token":"{token}"}}}}"#
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: one\ncontexts: [{{name: one, context: {{cluster: c, user: u}}}}]\n\
         clusters: [{{name: c, cluster: {{server: '{}', certificate-authority: '{}'}}}}]\n\
         users: [{{name: u, user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, \
         command: echo, args: ['{answer}']}}}}}}]\n",
        plane.said["server"].as_str().unwrap(),
        plane.file("ca")
    );
    fs::write(&path, text).unwrap();
    running(reach(file(path.to_str().unwrap()))).unwrap();
}

#[test]
fn a_server_whose_certificate_nobody_vouches_for_is_not_spoken_with() {
    let Some(plane) = Plane::get() else { return };
    let (_folder, options) = kubeconfig(plane.said["server"].as_str().unwrap(), "{token: t}");
    let failure = refused(options);
    assert_eq!(failure.code, "kube.unreachable");
    assert!(!failure.retryable && !failure.may_have_acted, "{failure:?}");
    assert!(failure.hints[0].contains("certificate-authority"), "{failure:?}");
}

#[test]
fn a_server_that_never_answers_leaves_a_change_unknown() {
    running(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = format!("http://{}", listener.local_addr().unwrap());
        let (_folder, options) = kubeconfig(&server, "{}");
        let cluster = Cluster::connect(Options { limit: Duration::from_millis(300), ..options }).await.unwrap();
        let failure = cluster.raw("/readyz").await.unwrap_err();
        assert_eq!((failure.code.as_str(), failure.may_have_acted), ("kube.timeout", false));
    });
}
