//! The kernel of a machine: its release, its configuration, its modules, its settings; plain data.

use std::collections::BTreeMap;

/// A kernel.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// What `uname -r` says.
    pub release: String,
    /// What `uname -v` says.
    pub version: String,
    /// What `uname -m` says.
    pub architecture: String,
    /// Its configuration: `CONFIG_BPF` and `y`, `m` or a text; what is not there is not set.
    pub config: BTreeMap<String, String>,
    /// Loaded modules and their sizes.
    pub modules: BTreeMap<String, u64>,
    /// Modules that can be loaded.
    pub loadable: Vec<String>,
    /// Its command line.
    pub line: String,
    /// Its settings, by the path below `/proc/sys`.
    pub settings: BTreeMap<String, String>,
    /// How many processors it has.
    pub processors: u32,
    /// Its memory in KiB.
    pub memory: u64,
    /// What it has said since it was booted: seconds and text.
    pub said: Vec<(f64, String)>,
}

impl Kernel {
    /// A kernel as servers have it.
    pub fn new(release: &str) -> Self {
        let pairs = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        Self {
            release: release.to_owned(),
            version: "#1 SMP PREEMPT_DYNAMIC Thu Oct 16 10:02:11 UTC 2025".into(),
            architecture: "x86_64".into(),
            config: CONFIG.iter().map(|(name, value)| (format!("CONFIG_{name}"), (*value).to_owned())).collect(),
            modules: [("nf_conntrack", 200_704), ("overlay", 212_992), ("virtio_net", 86_016), ("ip_tables", 36_864)]
                .map(|(name, size)| (name.to_owned(), size))
                .into(),
            loadable: LOADABLE.map(str::to_owned).to_vec(),
            line: "BOOT_IMAGE=/boot/vmlinuz root=/dev/vda1 ro console=ttyS0".into(),
            settings: pairs(&SETTINGS),
            processors: 4,
            memory: 8_147_736,
            said: Vec::new(),
        }
    }

    /// How far it is locked down, as its command line says; none where that says nothing.
    pub fn lockdown(&self) -> Option<&str> {
        self.line.split_whitespace().find_map(|word| word.strip_prefix("lockdown="))
    }

    /// Its configuration as the file `/boot/config-…` has it.
    pub fn config_text(&self) -> String {
        let mut text = String::from("#\n# Automatically generated file; DO NOT EDIT.\n#\n");
        for (name, value) in &self.config {
            text.push_str(&format!("{name}={value}\n"));
        }
        text
    }
}

const CONFIG: [(&str, &str); 54] = [
    ("BPF", "y"),
    ("BPF_SYSCALL", "y"),
    ("BPF_JIT", "y"),
    ("BPF_JIT_ALWAYS_ON", "y"),
    ("BPF_UNPRIV_DEFAULT_OFF", "y"),
    ("NET_CLS_BPF", "m"),
    ("NET_CLS_ACT", "y"),
    ("NET_ACT_BPF", "m"),
    ("NET_SCH_INGRESS", "m"),
    ("NET_SCH_FQ", "m"),
    ("CRYPTO_SHA1", "y"),
    ("CRYPTO_USER_API_HASH", "y"),
    ("CGROUPS", "y"),
    ("CGROUP_BPF", "y"),
    ("CGROUP_NET_CLASSID", "y"),
    ("PERF_EVENTS", "y"),
    ("SCHEDSTATS", "y"),
    ("DEBUG_INFO_BTF", "y"),
    ("VXLAN", "m"),
    ("GENEVE", "m"),
    ("NET_IPIP", "m"),
    ("IPV6_TUNNEL", "m"),
    ("WIREGUARD", "m"),
    ("VETH", "m"),
    ("DUMMY", "m"),
    ("BRIDGE", "m"),
    ("BRIDGE_NETFILTER", "m"),
    ("OPENVSWITCH", "m"),
    ("FIB_RULES", "y"),
    ("IP_ADVANCED_ROUTER", "y"),
    ("IP_MULTIPLE_TABLES", "y"),
    ("IPV6", "y"),
    ("IP_SET", "m"),
    ("IP_SET_HASH_IP", "m"),
    ("IP_SET_HASH_NET", "m"),
    ("IP_VS", "m"),
    ("NF_TABLES", "m"),
    ("NF_CONNTRACK", "m"),
    ("NETFILTER_XT_SET", "m"),
    ("NETFILTER_XT_TARGET_TPROXY", "m"),
    ("NETFILTER_XT_TARGET_CT", "m"),
    ("NETFILTER_XT_TARGET_MARK", "m"),
    ("NETFILTER_XT_MATCH_MARK", "m"),
    ("NETFILTER_XT_MATCH_SOCKET", "m"),
    ("NETFILTER_XT_MATCH_COMMENT", "m"),
    ("IP_NF_IPTABLES", "m"),
    ("IP_NF_RAW", "m"),
    ("IP6_NF_RAW", "m"),
    ("XDP_SOCKETS", "y"),
    ("XFRM", "y"),
    ("XFRM_USER", "m"),
    ("XFRM_ALGO", "m"),
    ("OVERLAY_FS", "m"),
    ("SECCOMP", "y"),
];

const LOADABLE: [&str; 30] = [
    "bonding",
    "br_netfilter",
    "bridge",
    "cls_bpf",
    "dummy",
    "geneve",
    "ip6_tables",
    "ip6table_filter",
    "ip6table_mangle",
    "ip6table_raw",
    "ip_gre",
    "ip_set",
    "ip_set_hash_ip",
    "ip_set_hash_net",
    "ip_tables",
    "ip_vs",
    "ipip",
    "iptable_filter",
    "iptable_mangle",
    "iptable_nat",
    "iptable_raw",
    "nf_conntrack",
    "nf_tables",
    "openvswitch",
    "overlay",
    "sch_ingress",
    "tun",
    "veth",
    "vxlan",
    "wireguard",
];

const SETTINGS: [(&str, &str); 26] = [
    ("fs/file-max", "9223372036854775807"),
    ("fs/inotify/max_user_instances", "128"),
    ("fs/inotify/max_user_watches", "62346"),
    ("kernel/osrelease", ""),
    ("kernel/ostype", "Linux"),
    ("kernel/panic", "0"),
    ("kernel/panic_on_oops", "0"),
    ("kernel/pid_max", "4194304"),
    ("kernel/unprivileged_bpf_disabled", "2"),
    ("net/bridge/bridge-nf-call-ip6tables", "1"),
    ("net/bridge/bridge-nf-call-iptables", "1"),
    ("net/core/bpf_jit_enable", "1"),
    ("net/core/rmem_max", "212992"),
    ("net/core/somaxconn", "4096"),
    ("net/ipv4/conf/all/forwarding", "0"),
    ("net/ipv4/conf/all/rp_filter", "0"),
    ("net/ipv4/conf/default/rp_filter", "0"),
    ("net/ipv4/ip_forward", "0"),
    ("net/ipv4/ip_local_port_range", "32768\t60999"),
    ("net/ipv6/conf/all/disable_ipv6", "0"),
    ("net/ipv6/conf/all/forwarding", "0"),
    ("net/netfilter/nf_conntrack_count", "0"),
    ("net/netfilter/nf_conntrack_max", "262144"),
    ("vm/max_map_count", "65530"),
    ("vm/overcommit_memory", "0"),
    ("vm/swappiness", "60"),
];
