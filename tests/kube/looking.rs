//! Reading the cluster: kinds, objects, long lists.

use std::collections::BTreeSet;

use runbook_drivers::kube::{May, Options, Ref, Select};
use runbook_model::Value;

use crate::kube::{on, text};

#[test]
fn any_name_of_a_kind_finds_it() {
    on("kinds", async |site| {
        for (word, found) in [
            ("po", "v1/Pod"),
            ("deploy", "apps/v1/Deployment"),
            ("deployments.apps", "apps/v1/Deployment"),
            ("apps/v1/Deployment", "apps/v1/Deployment"),
            ("crd", "apiextensions.k8s.io/v1/CustomResourceDefinition"),
            ("leases", "coordination.k8s.io/v1/Lease"),
        ] {
            assert_eq!(site.cluster.kind(word).await.unwrap().to_string(), found);
        }
        let failure = site.cluster.kind("deploymets").await.unwrap_err();
        assert_eq!((failure.code.as_str(), failure.hints[0].as_str()), ("kube.kind", "did you mean `deployments`?"));
    });
}

#[test]
fn the_kinds_are_those_kubectl_sees() {
    on("apis", async |site| {
        let ours: BTreeSet<String> =
            site.cluster.apis().await.unwrap().iter().map(|kind| text(kind, &["name"]).into()).collect();
        let out = site.plane.kubectl(&["api-resources", "--no-headers"]).exits(0).out;
        for line in out.lines() {
            assert!(ours.contains(line.split_whitespace().next().unwrap()), "{line}");
        }
    });
}

#[test]
fn what_is_not_there_is_a_failure_or_nothing() {
    on("get", async |site| {
        let missing = site.object("cm", "nothing");
        let failure = site.cluster.get(&missing).await.unwrap_err();
        assert_eq!(failure.code, "kube.not_found");
        assert_eq!(failure.what, format!("configmap `{}/nothing` is not there", site.space.name));
        assert!(!site.cluster.exists(&missing).await.unwrap());
        let object = site.cluster.get(&Ref::bare("ns", &site.space.name)).await.unwrap();
        assert_eq!(text(&object, &["kind"]), "Namespace");
        assert_eq!(object.get("metadata").unwrap().get("managedFields"), None);
        assert_eq!(site.cluster.raw("/readyz").await.unwrap(), Value::from("ok"));
        assert!(text(&site.cluster.version().await.unwrap(), &["gitVersion"]).starts_with("v1."));
    });
}

#[test]
fn a_long_list_is_read_page_by_page() {
    on("list", async |site| {
        let maps: String = (0..25)
            .map(|n| {
                format!("---\n{{apiVersion: v1, kind: ConfigMap, metadata: {{name: m{n:02}, labels: {{a: b}}}}}}\n")
            })
            .collect();
        site.apply(&maps).await;
        let select = Select { page: 10, ..Select::of("cm").within(&site.space.name).labelled("a=b") };
        let mut pages = site.cluster.pages(&select).await.unwrap();
        let mut sizes = Vec::new();
        while let Some(page) = pages.next().await.unwrap() {
            sizes.push(page.len());
        }
        assert_eq!(sizes, [10, 10, 5]);
        let all = site.cluster.list(&select).await.unwrap();
        let names: Vec<String> = all.iter().map(|map| text(&map, &["metadata", "name"]).to_owned()).collect();
        assert_eq!((names.len(), names[0].as_str(), names[24].as_str()), (25, "m00", "m24"));
        assert_eq!(text(&all.get(0).unwrap(), &["kind"]), "ConfigMap");
        let one = Select::of("cm").within(&site.space.name).with_fields("metadata.name=m03");
        assert_eq!(site.cluster.list(&one).await.unwrap().len(), 1);
    });
}

#[test]
fn whether_we_may_is_asked_of_the_server() {
    on("may", async |site| {
        let may = |verb: &str, kind: &str| May {
            verb: verb.into(),
            kind: kind.into(),
            namespace: Some("kube-system".into()),
            name: None,
        };
        for kind in ["pods/eviction", "apps/v1/Deployment", "deployments.apps/scale"] {
            assert!(site.cluster.can_i(&may("create", kind)).await.unwrap(), "{kind}");
        }
        let limited = Options { kubeconfig: Some(site.plane.file("limited").into()), ..Options::default() };
        let limited = runbook_drivers::kube::Cluster::connect(limited).await.unwrap();
        assert!(!limited.can_i(&may("delete", "secrets")).await.unwrap());
    });
}
