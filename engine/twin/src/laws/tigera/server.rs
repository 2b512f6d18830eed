//! Calico's own API server: wanted by an `APIServer`, and gone with it. Its kinds are not served.

use super::parts::{ensure, namespace, owned};
use super::{MANAGER, SERVER, SERVERS, status};
use crate::json::json;
use crate::world::World;

/// The version of the API that it serves.
pub(super) const VERSION: &str = "v3.projectcalico.org";

/// Whether it can be reached.
pub(super) fn answers(world: &World) -> bool {
    let service = world.get("apiservices.apiregistration.k8s.io", "", VERSION);
    service.is_some_and(|it| it.condition("Available") == Some("True"))
}

/// Makes it where it is wanted, and tells how it goes.
pub(super) fn act(world: &mut World, version: &str) {
    let Some(own) = world.get(SERVERS, "", "default").cloned().filter(|own| !own.is_going()) else {
        let told = crate::world::Key::new(super::STATUSES, "", "apiserver");
        drop(world.delete(&told, &crate::world::Deletion::default()));
        return;
    };
    let labels = json!({"k8s-app": SERVER, "app.kubernetes.io/name": SERVER});
    let place = json!({"name": SERVER, "namespace": SERVER});
    let tolerations = json!([{"key": "node-role.kubernetes.io/master", "effect": "NoSchedule"},
        {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]);
    let all = [
        namespace(SERVER),
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": place}),
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": place, "spec": {"replicas": 2,
            "selector": {"matchLabels": {"k8s-app": SERVER}}, "strategy": {"type": "Recreate"},
            "template": {"metadata": {"labels": labels}, "spec": {"serviceAccountName": SERVER, "tolerations": tolerations,
                "nodeSelector": {"kubernetes.io/os": "linux"},
                "containers": [{"name": SERVER, "image": format!("docker.io/calico/apiserver:{version}"),
                    "ports": [{"containerPort": 5443, "name": "apiserver", "protocol": "TCP"}]}]}}}}),
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "calico-api", "namespace": SERVER},
            "spec": {"selector": {"k8s-app": SERVER}, "ports": [{"name": "apiserver", "port": 443, "protocol": "TCP", "targetPort": 5443}]}}),
        json!({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": VERSION},
            "spec": {"group": "projectcalico.org", "version": "v3", "groupPriorityMinimum": 1500, "versionPriority": 200,
                "insecureSkipTLSVerify": true, "service": {"name": "calico-api", "namespace": SERVER, "port": 443}}}),
    ];
    all.into_iter().for_each(|one| ensure(world, owned(one, &own)));
    status::tell(world, "apiserver", SERVER, &[("deployments.apps", SERVER)]);
    let (key, now) = (crate::world::Key::new(SERVERS, "", "default"), world.now());
    let ready = world.get(super::STATUSES, "", "apiserver").is_some_and(|it| it.condition("Available") == Some("True"));
    let word = if ready { "Ready" } else { "" };
    if own["status"]["state"] != word {
        drop(world.change_as(&key, MANAGER, "status", |it| {
            it["status"]["state"] = word.into();
            let status = if ready { "True" } else { "False" };
            it.set_condition(now, "Ready", status, "AllObjectsAvailable", "All Objects Available");
        }));
    }
}
