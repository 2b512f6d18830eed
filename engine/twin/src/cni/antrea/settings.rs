//! What `antrea-agent.conf` says of the way packets go; what the twin does not know of it, it refuses.

use crate::json::Value;
use crate::net::switch::Tunnel;

/// The settings of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The name of its bridge.
    pub(crate) bridge: String,
    /// The name of the machine's own port on it.
    pub(crate) gateway: String,
    /// The tunnel between machines.
    pub(crate) tunnel: Tunnel,
    /// What fits into a packet of a pod, where somebody has said so.
    pub(crate) mtu: Option<u32>,
    /// Whether what leaves the cluster is masqueraded.
    pub(crate) masquerades: bool,
    /// Whether its flows carry the services that pods ask for.
    pub(crate) proxies: bool,
}

impl Settings {
    /// Reads the file.
    ///
    /// # Errors
    /// As the agent's log says it, or that the twin does not know what is asked for.
    pub(crate) fn read(text: &str) -> Result<Settings, String> {
        let file: Value = if text.lines().all(|line| line.trim().is_empty() || line.trim().starts_with('#')) {
            Value::Null
        } else {
            serde_saphyr::from_str(text).map_err(|why| format!("failed to unmarshal config: {why}"))?
        };
        let text = |key: &str, or: &str| file[key].as_str().filter(|text| !text.is_empty()).unwrap_or(or).to_owned();
        let number = |key: &str| file[key].as_u64().filter(|number| *number > 0);
        for (key, known) in [("trafficEncapMode", "encap"), ("trafficEncryptionMode", "none")] {
            let said = text(key, known);
            if !said.eq_ignore_ascii_case(known) {
                return Err(format!("the twin knows of Antrea's {key} only {known}, and not {said}"));
            }
        }
        if file["antreaProxy"]["proxyAll"] == true {
            return Err("the twin does not know Antrea's proxyAll".to_owned());
        }
        let geneve = match text("tunnelType", "geneve").as_str() {
            "geneve" => true,
            "vxlan" => false,
            other => return Err(format!("the twin knows of Antrea's tunnels geneve and vxlan, and not {other}")),
        };
        let usual = if geneve { 6081 } else { 4789 };
        let port = number("tunnelPort").and_then(|port| u16::try_from(port).ok()).unwrap_or(usual);
        let start = if geneve { "genev_sys" } else { "vxlan_sys" };
        Ok(Settings {
            bridge: text("ovsBridge", "br-int"),
            gateway: text("hostGateway", "antrea-gw0"),
            tunnel: Tunnel { link: format!("{start}_{port}"), geneve, port },
            mtu: number("defaultMTU").and_then(|mtu| u32::try_from(mtu).ok()),
            masquerades: file["noSNAT"] != true,
            proxies: file["antreaProxy"]["enable"] != false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_says_nothing_means_geneve_and_a_mtu_that_is_found_out() {
        let settings = Settings::read("# nothing\n").unwrap();
        assert_eq!((settings.tunnel.link.as_str(), settings.tunnel.port, settings.mtu), ("genev_sys_6081", 6081, None));
        assert!(settings.masquerades && settings.proxies);
        let other = Settings::read("tunnelType: vxlan\ndefaultMTU: 1400\nhostGateway: gw\nnoSNAT: true\n").unwrap();
        assert_eq!(
            (other.tunnel.link.as_str(), other.mtu, other.gateway.as_str()),
            ("vxlan_sys_4789", Some(1400), "gw")
        );
        assert!(!other.masquerades);
    }

    #[test]
    fn ways_that_are_not_modelled_are_refused_by_name() {
        for (text, word) in [
            ("trafficEncapMode: noEncap", "noEncap"),
            ("trafficEncryptionMode: wireGuard", "wireGuard"),
            ("tunnelType: gre", "gre"),
            ("antreaProxy: {proxyAll: true}", "proxyAll"),
        ] {
            assert!(Settings::read(text).unwrap_err().contains(word), "{text}");
        }
    }
}
