//! Which network configuration the container runtime takes: the first by name that can be read.

use crate::json::Value;
use crate::machines::Machine;

/// Where the runtime looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Folders {
    /// For configurations.
    pub(crate) conf: String,
    /// For plugins.
    pub(crate) programs: Vec<String>,
}

impl Folders {
    /// Where the runtime of a machine looks: what its configuration says (k3s writes one of its own), else the defaults.
    pub(crate) fn of(machine: &Machine) -> Folders {
        let files = ["/var/lib/rancher/k3s/agent/etc/containerd/config.toml", "/etc/containerd/config.toml"];
        let text = files.iter().map(|file| machine.text(file)).find(|text| !text.is_empty()).unwrap_or_default();
        let said = |key: &str| {
            let line =
                text.lines().map(str::trim).find(|line| line.split('=').next().is_some_and(|k| k.trim() == key))?;
            let values = line.split(['"', '\'']).skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
            (!values.is_empty()).then_some(values)
        };
        Folders {
            conf: said("conf_dir")
                .and_then(|all| all.into_iter().next())
                .unwrap_or_else(|| "/etc/cni/net.d".to_owned()),
            programs: said("bin_dirs").or_else(|| said("bin_dir")).unwrap_or_else(|| vec!["/opt/cni/bin".to_owned()]),
        }
    }

    /// The folders of programs as an error names them.
    pub(crate) fn path(&self) -> String {
        format!("[{}]", self.programs.join(" "))
    }
}

/// A configuration: a list of plugins under one name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Conf {
    /// The file it is in.
    pub(crate) file: String,
    /// The name of the network.
    pub(crate) name: String,
    /// The plugins, in their order.
    pub(crate) plugins: Vec<Value>,
}

/// What the runtime says while it has no network.
pub(crate) const NOT_READY: &str = "cni plugin not initialized";

/// The configuration the runtime takes now; `None` where there is none that can be read.
pub(crate) fn chosen(machine: &Machine, folders: &Folders) -> Option<Conf> {
    let taken = |name: &String| [".conf", ".conflist", ".json"].iter().any(|end| name.ends_with(end));
    machine.names_in(&folders.conf).into_iter().filter(taken).find_map(|file| {
        let text = machine.text(&format!("{}/{file}", folders.conf));
        read(&file, &crate::json::from_str(&text).ok()?)
    })
}

fn read(file: &str, value: &Value) -> Option<Conf> {
    let name = value["name"].as_str().unwrap_or_default().to_owned();
    let plugins = if file.ends_with(".conflist") {
        value["plugins"].as_array().filter(|all| !all.is_empty())?.clone()
    } else {
        value["type"].as_str().filter(|kind| !kind.is_empty())?;
        vec![value.clone()]
    };
    Some(Conf { file: file.to_owned(), name, plugins })
}

/// Puts the usual plugins on a machine.
pub(crate) fn usual_plugins(machine: &mut Machine) {
    for plugin in ["bandwidth", "bridge", "host-local", "loopback", "portmap", "tuning"] {
        machine.put_program(&format!("/opt/cni/bin/{plugin}"), plugin);
    }
}

/// The file of the plainest network.
pub(crate) const PLAIN: &str = "10-plain.conflist";

/// Gives a machine the plainest network there is: a bridge of its own for the pods of a range; the ways to the other
/// machines are there by themselves, as in a cloud whose controller writes routes.
pub(crate) fn plain(machine: &mut Machine, range: &str) {
    let folders = Folders::of(machine);
    for folder in &folders.programs {
        for plugin in ["bridge", "host-local", "loopback"] {
            machine.put_program(&format!("{folder}/{plugin}"), plugin);
        }
    }
    let conf = crate::json::json!({"name": "bridge", "cniVersion": "0.3.1", "plugins": [{
        "type": "bridge", "ipMasq": true, "bridge": "cni0", "isDefaultGateway": true, "hairpinMode": true,
        "ipam": {"type": "host-local", "ranges": [[{"subnet": range}]]},
    }]});
    machine.write(&format!("{}/{PLAIN}", folders.conf), conf.to_string().as_bytes());
}
