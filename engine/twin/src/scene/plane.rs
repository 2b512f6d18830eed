//! How a cluster reaches its own API: the range of its services, and the service whose ends are the control plane.

use super::distribution::Distribution;
use crate::json::json;
use crate::laws::masters;
use crate::world::{Key, Object, World};

/// Gives the service `kubernetes` the address that it has in a distribution, and the machines of the control plane for
/// its ends.
pub(super) fn service(world: &mut World, distribution: Distribution) {
    let Some((range, own)) = distribution.services() else { return };
    let servers = world.list("nodes", "").filter(|node| world.serves_from(node.name()));
    let addresses: Vec<String> = servers.filter_map(|node| node.internal_ip().map(str::to_owned)).collect();
    let key = Key::new("servicecidrs.networking.k8s.io", "", "kubernetes");
    // What every cluster has is there from its first moment.
    drop(world.change(&key, |it| it["spec"]["cidrs"] = json!([range])));
    drop(world.change(&Key::new("services", "default", "kubernetes"), |it| {
        it["spec"]["clusterIP"] = own.into();
        it["spec"]["clusterIPs"] = json!([own]);
        it["spec"]["ports"][0]["targetPort"] = 6443.into();
    }));
    if addresses.is_empty() {
        return;
    }
    let (of_slice, plain) = masters::ends(&addresses);
    let slice = json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": "kubernetes", "namespace": "default", "labels": {"kubernetes.io/service-name": "kubernetes"}},
        "endpoints": of_slice, "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}],
    });
    let endpoints = json!({
        "apiVersion": "v1", "kind": "Endpoints",
        "metadata": {"name": "kubernetes", "namespace": "default",
            "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}},
        "subsets": [{"addresses": plain, "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}]}],
    });
    for (kind, object) in [("endpointslices.discovery.k8s.io", slice), ("endpoints", endpoints)] {
        // A scene has none of its own yet.
        drop(world.create(kind, Object::new(object)));
    }
}
