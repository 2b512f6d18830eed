//! What servers in pods say to whoever connects to them: the cluster's DNS what a name means, the others who they are.
//!
//! A pure function of the world. Must never decide whether somebody is reached: that is for the network.

use super::{Object, World};
use crate::net::SpaceId;
use std::net::Ipv4Addr;

/// The domain of clusters.
const DOMAIN: [&str; 2] = ["cluster", "local"];
/// No such name.
const NO_NAME: u8 = 3;

impl World {
    /// What is said at a port of a namespace to whoever sent `asked`.
    pub(crate) fn says(&self, space: SpaceId, port: u16, asked: &[u8]) -> Vec<u8> {
        let here = |pod: &&std::sync::Arc<Object>| crate::cni::law::space_of(self, pod) == Some(space);
        let Some(pod) = self.list("pods", "").find(here) else { return Vec::new() };
        if port == 53 && pod.label("k8s-app") == Some("kube-dns") {
            return self.names(asked).unwrap_or_default();
        }
        if asked.starts_with(b"GET ") || asked.starts_with(b"HEAD ") {
            return format!("HTTP/1.0 200 OK\r\n\r\n{}\n", pod.name()).into_bytes();
        }
        Vec::new()
    }

    /// The addresses of a name, as the server at a port of a namespace says; nothing where none is there that knows names.
    pub(crate) fn addresses_of(&self, space: SpaceId, port: u16, name: &str) -> Option<Vec<Ipv4Addr>> {
        let here = |pod: &&std::sync::Arc<Object>| crate::cni::law::space_of(self, pod) == Some(space);
        let pod = self.list("pods", "").find(here)?;
        let labels: Vec<String> = name.trim_end_matches('.').split('.').map(str::to_lowercase).collect();
        (port == 53 && pod.label("k8s-app") == Some("kube-dns")).then(|| self.meant(&labels).unwrap_or_default())
    }

    /// The answer to a question as DNS sends it over TCP: two bytes of length, then the message.
    fn names(&self, asked: &[u8]) -> Option<Vec<u8>> {
        let message = asked.get(2..)?;
        let mut labels = Vec::new();
        let mut at = 12;
        loop {
            let length = usize::from(*message.get(at)?);
            if length == 0 {
                break;
            }
            labels.push(String::from_utf8_lossy(message.get(at + 1..at + 1 + length)?).to_lowercase());
            at += 1 + length;
        }
        let question = message.get(12..at + 5)?;
        let wants_four = question.ends_with(&[0, 1, 0, 1]);
        let found = self.meant(&labels);
        let code = if found.is_none() { NO_NAME } else { 0 };
        let addresses = found.filter(|_| wants_four).unwrap_or_default();
        let mut told = message.get(..2)?.to_vec();
        told.extend([0x85, 0x80 | code, 0, 1, 0, u8::try_from(addresses.len()).ok()?, 0, 0, 0, 0]);
        told.extend(question);
        for address in addresses {
            told.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4]);
            told.extend(address.octets());
        }
        let mut all = u16::try_from(told.len()).ok()?.to_be_bytes().to_vec();
        all.extend(told);
        Some(all)
    }

    /// The addresses a name means; none where there is no such name.
    fn meant(&self, labels: &[String]) -> Option<Vec<Ipv4Addr>> {
        let inner = labels.strip_suffix(&DOMAIN.map(str::to_owned)[..])?;
        let [name, namespace, word] = inner else { return None };
        let service = self.get("services", namespace, name).filter(|_| word == "svc")?;
        let own = service["spec"]["clusterIP"].as_str().unwrap_or_default();
        if own != "None" {
            return Some(own.parse().into_iter().collect());
        }
        let slices = self.list("endpointslices.discovery.k8s.io", namespace);
        let own = slices.filter(|slice| slice.label("kubernetes.io/service-name") == Some(name));
        let ends = own.flat_map(|slice| slice["endpoints"].as_array().into_iter().flatten());
        let ready = ends.filter(|end| end["conditions"]["ready"] != false);
        Some(ready.filter_map(|end| end["addresses"][0].as_str()?.parse().ok()).collect())
    }
}

#[cfg(test)]
mod tests {
    use crate::json::json;
    use crate::scene;
    use crate::world::{Moment, Object, World};

    fn world() -> World {
        let mut world = scene::cluster(1, Moment(1_000_000), 1);
        let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "default"},
            "spec": {"clusterIP": "10.96.0.9", "ports": [{"port": 80}]}});
        drop(world.create("services", Object::new(service)));
        world
    }

    fn question(name: &str) -> Vec<u8> {
        let mut body = vec![7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.') {
            body.push(u8::try_from(label.len()).unwrap());
            body.extend(label.as_bytes());
        }
        body.extend([0, 0, 1, 0, 1]);
        let mut all = u16::try_from(body.len()).unwrap().to_be_bytes().to_vec();
        all.extend(body);
        all
    }

    #[test]
    fn a_service_has_its_address_for_a_name() {
        let told = world().names(&question("web.default.svc.cluster.local")).unwrap();
        assert_eq!((&told[2..4], told[5] & 0x0f, told[9]), (&[7, 7][..], 0, 1));
        assert!(told.ends_with(&[10, 96, 0, 9]));
    }

    #[test]
    fn what_has_no_name_is_said_to_have_none() {
        let told = world().names(&question("nobody.default.svc.cluster.local")).unwrap();
        assert_eq!((told[5] & 0x0f, told[9]), (3, 0));
        for odd in [&b""[..], b"\0\0", &[0; 14], &[0, 9, 7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 200]] {
            drop(world().names(odd));
        }
    }
}
