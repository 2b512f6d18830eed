//! What the kernel allows: its configuration and settings, control groups, the BPF file system, security modules.

use runbook_model::Value;

use super::sections::{Map, Sections, put, text};

pub(super) fn read(from: &Sections, to: &mut Map) {
    put(to, "selinux", from.first("selinux").map(|word| Value::from(word.to_lowercase())));
    put(to, "apparmor", from.first("apparmor").map(|word| word.starts_with('Y')));
    // `none [integrity] confidentiality`: the one in brackets holds.
    let lockdown = from.first("lockdown").and_then(|line| line.split_once('[')?.1.split_once(']'));
    put(to, "lockdown", lockdown.and_then(|(word, _)| text(word)));
    put(to, "config", from.has("config").then(|| config(from)));
    put(to, "sysctl", from.has("sysctl").then(|| sysctl(from)));
    put(to, "cgroup", from.has("mounts").then(|| cgroup(from)));
    put(to, "bpffs", from.has("mounts").then(|| bpffs(from)));
}

/// `#{BPF: "y", VXLAN: "m", GENEVE: "n"}`; a number or a text as it stands.
fn config(from: &Sections) -> Value {
    let mut config = Map::new();
    for line in from.lines("config") {
        if let Some(name) = line.strip_prefix("# CONFIG_").and_then(|rest| rest.strip_suffix(" is not set")) {
            config.insert(name.to_owned(), Value::from("n"));
        } else if let Some((name, value)) = line.strip_prefix("CONFIG_").and_then(|rest| rest.split_once('=')) {
            config.insert(name.to_owned(), Value::from(value.trim_matches('"')));
        }
    }
    Value::Map(config)
}

/// By the names that `sysctl` takes: an interface with a dot in its name keeps its dot as a slash.
fn sysctl(from: &Sections) -> Value {
    let pairs = from.lines("sysctl").filter_map(|line| line.split_once(':'));
    let swap = |c: char| match c {
        '/' => '.',
        '.' => '/',
        other => other,
    };
    let entry = |(path, value): (&str, &str)| {
        (path.chars().map(swap).collect::<String>(), Value::from(value.trim().replace('\t', " ")))
    };
    Value::Map(pairs.map(entry).collect())
}

/// `version` 2 where only the new hierarchy is there, 1 where controllers still are in the old one; `path` of the new.
fn cgroup(from: &Sections) -> Value {
    let mounts: Vec<Vec<&str>> = from.lines("mounts").map(|line| line.split(' ').collect()).collect();
    let of =
        |kind: &str| mounts.iter().filter(|words| words.get(2) == Some(&kind)).filter_map(|words| words.get(1)).next();
    let mut cgroup = Map::new();
    let version = match (of("cgroup"), of("cgroup2")) {
        (Some(_), _) => Some(1_i64),
        (None, Some(_)) => Some(2),
        (None, None) => None,
    };
    put(&mut cgroup, "version", version);
    put(&mut cgroup, "path", of("cgroup2").copied());
    Value::Map(cgroup)
}

fn bpffs(from: &Sections) -> Value {
    let at = from.lines("mounts").map(|line| line.split(' ').collect::<Vec<_>>());
    let mut found = at.filter(|words| words.get(2) == Some(&"bpf")).filter_map(|words| words.get(1).copied());
    let path = found.next();
    let mut bpffs = Map::from([("mounted".to_owned(), Value::Bool(path.is_some()))]);
    put(&mut bpffs, "path", path);
    Value::Map(bpffs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_was_made_with_and_is_set_to_is_read() {
        let text = "\u{1}config\nCONFIG_BPF=y\nCONFIG_VXLAN=m\n# CONFIG_GENEVE is not set\nodd\n\
                    \u{1}sysctl\nnet/ipv4/conf/eth0.100/rp_filter:2\nnet/ipv4/ip_local_port_range:1\t9\n\
                    \u{1}lockdown\nnone [integrity] confidentiality\n\
                    \u{1}mounts\nnone /sys/fs/cgroup cgroup2 rw 0 0\nbpf /sys/fs/bpf bpf rw 0 0\n\u{1}end\n";
        let mut facts = Map::new();
        read(&Sections::read(text).unwrap(), &mut facts);
        let config = &facts["config"];
        assert_eq!((config.get("VXLAN"), config.get("GENEVE")), (Some(&Value::from("m")), Some(&Value::from("n"))));
        assert_eq!(facts["sysctl"].get("net.ipv4.conf.eth0/100.rp_filter"), Some(&Value::from("2")));
        assert_eq!(facts["sysctl"].get("net.ipv4.ip_local_port_range"), Some(&Value::from("1 9")));
        assert_eq!(facts["lockdown"], Value::from("integrity"));
        assert_eq!(facts["cgroup"].get("version"), Some(&Value::Int(2)));
        assert_eq!(facts["bpffs"].get("path"), Some(&Value::from("/sys/fs/bpf")));
    }
}
