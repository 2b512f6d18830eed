//! `/proc` and `/sys` beside processes: settings, memory, processors, modules.

use super::Computed;
use crate::machines::Machine;

const FILES: [&str; 18] = [
    "cmdline",
    "config.gz",
    "cpuinfo",
    "devices",
    "filesystems",
    "loadavg",
    "meminfo",
    "modules",
    "mounts",
    "net/arp",
    "net/dev",
    "net/route",
    "net/tcp",
    "net/udp",
    "net/udp6",
    "stat",
    "uptime",
    "version",
];

/// Settings that are computed from something else, with what may be done to them.
const LIVE: [(&str, u32); 5] = [
    ("kernel/hostname", 0o644),
    ("kernel/osrelease", 0o444),
    ("kernel/random/boot_id", 0o444),
    ("kernel/random/uuid", 0o444),
    ("kernel/version", 0o444),
];

impl Machine {
    fn settings(&self) -> impl Iterator<Item = String> {
        let live = LIVE.iter().map(|(name, _)| (*name).to_owned());
        self.kernel.settings.keys().cloned().chain(live).chain(self.net_settings())
    }

    pub(super) fn system_thing(&self, rest: &str) -> Option<Computed> {
        if rest == "net" || rest == "sys" {
            return Some(Computed::folder());
        }
        if let Some(name) = rest.strip_prefix("sys/") {
            if let Some((_, mode)) = LIVE.iter().find(|(live, _)| *live == name) {
                return Some(Computed::file(*mode));
            }
            if self.kernel.settings.contains_key(name) || self.net_setting(name).is_some() {
                return Some(Computed::file(0o644));
            }
            let below = format!("{name}/");
            let mut own = self.kernel.settings.keys().map(String::as_str).chain(LIVE.iter().map(|(name, _)| *name));
            let is_folder = own.any(|known| known.starts_with(&below)) || self.has_net_settings_below(&below);
            return is_folder.then(Computed::folder);
        }
        // Whether a kernel shows its configuration is a setting of that configuration.
        if rest == "config.gz" && !self.kernel.config.contains_key("CONFIG_IKCONFIG_PROC") {
            return None;
        }
        FILES.contains(&rest).then(|| Computed::file(0o444))
    }

    pub(super) fn proc_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.procs.keys().map(ToString::to_string).collect();
        let plain = FILES.iter().filter(|name| !name.contains('/')).chain(&["net", "self", "sys"]);
        names.extend(plain.map(|name| (*name).to_owned()));
        names
    }

    pub(super) fn setting_names(&self, rest: &str) -> Vec<String> {
        let below = if rest.is_empty() { String::new() } else { format!("{}/", rest.trim_start_matches('/')) };
        let step = |name: &str| name.strip_prefix(&below)?.split('/').next().map(str::to_owned);
        self.settings().filter_map(|name| step(&name)).collect()
    }

    pub(super) fn system_text(&self, rest: &str) -> Option<String> {
        if let Some(name) = rest.strip_prefix("sys/") {
            return match name {
                "kernel/hostname" => Some(format!("{}\n", self.hostname())),
                "kernel/osrelease" => Some(format!("{}\n", self.kernel.release)),
                "kernel/random/boot_id" => Some(format!("{}\n", self.boot_id)),
                "kernel/random/uuid" => Some(format!("{}\n", self.clone().random_id())),
                "kernel/version" => Some(format!("{}\n", self.kernel.version)),
                _ => {
                    let value = self.net_setting(name).or_else(|| self.kernel.settings.get(name).cloned());
                    value.map(|value| format!("{value}\n"))
                }
            };
        }
        if let Some(text) = rest.strip_prefix("net/").and_then(|file| self.net_table(file)) {
            return Some(text);
        }
        let up = self.now.saturating_sub(self.booted).as_secs_f64();
        let count = f64::from(self.kernel.processors);
        Some(match rest {
            "cmdline" => format!("{}\n", self.kernel.line),
            "cpuinfo" => (0..self.kernel.processors)
                .map(|n| format!("processor\t: {n}\nmodel name\t: Twin Processor\ncpu MHz\t\t: 2400.000\n\n"))
                .collect(),
            "devices" => "Character devices:\n  1 mem\n\nBlock devices:\n254 virtblk\n".into(),
            "filesystems" => {
                "nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\tcgroup2\nnodev\tbpf\n\text4\nnodev\toverlay\n".into()
            }
            "loadavg" => format!("0.08 0.03 0.01 1/{} {}\n", self.procs.len(), self.last_pid),
            "meminfo" => self.memory_text(),
            "modules" => self
                .kernel
                .modules
                .iter()
                .map(|(name, size)| format!("{name} {size} 0 - Live 0x0000000000000000\n"))
                .collect(),
            "mounts" => self.mounts_text(),
            "stat" => format!(
                "cpu  100 0 100 1000 0 0 0 0 0 0\nbtime {}\nprocesses {}\n",
                self.booted.as_secs(),
                self.last_pid
            ),
            "uptime" => format!("{up:.2} {:.2}\n", up * count * 0.98),
            "version" => format!("Linux version {} {}\n", self.kernel.release, self.kernel.version),
            "net/arp" => "IP address       HW type     Flags       HW address            Mask     Device\n".into(),
            "net/dev" => "Inter-|   Receive  |  Transmit\n face |bytes    packets|bytes    packets\n".into(),
            "net/route" => {
                "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n".into()
            }
            "net/tcp" | "net/udp" | "net/udp6" => {
                "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
                    .into()
            }
            _ => return None,
        })
    }

    /// Memory that is taken, in KiB.
    pub(crate) fn memory_used(&self) -> u64 {
        let used: u64 = self.procs.values().map(|process| process.memory).sum();
        (used + 300_000).min(self.kernel.memory)
    }

    fn memory_text(&self) -> String {
        let (all, used) = (self.kernel.memory, self.memory_used());
        let free = all - used;
        format!(
            "MemTotal:       {all:8} kB\nMemFree:        {:8} kB\nMemAvailable:   {free:8} kB\nBuffers:        {:8} kB\n\
             Cached:         {:8} kB\nSwapTotal:             0 kB\nSwapFree:              0 kB\n",
            free / 2,
            free / 20,
            free / 2 - free / 20,
        )
    }

    /// The name the machine calls itself by.
    pub fn hostname(&self) -> String {
        self.text("/etc/hostname").trim().to_owned()
    }

    pub(super) fn sys_thing(&self, rest: &str) -> Option<Computed> {
        const FOLDERS: [&str; 8] = ["block", "class", "class/net", "fs", "fs/bpf", "fs/cgroup", "kernel", "module"];
        if FOLDERS.contains(&rest) {
            return Some(Computed::folder());
        }
        if let Some(rest) = rest.strip_prefix("class/net/") {
            return self.link_thing(rest);
        }
        if let Some(name) = rest.strip_prefix("module/") {
            return self.kernel.modules.contains_key(name).then(Computed::folder);
        }
        if rest == "kernel/security" {
            return self.kernel.lockdown().map(|_| Computed::folder());
        }
        if rest == "kernel/security/lockdown" {
            return self.kernel.lockdown().map(|_| Computed::file(0o644));
        }
        (rest == "kernel/btf/vmlinux" || rest == "kernel/mm/transparent_hugepage/enabled")
            .then(|| Computed::file(0o444))
    }

    pub(super) fn sys_names(&self, rest: &str) -> Vec<String> {
        if let Some(rest) = rest.strip_prefix("/class/net") {
            return self.link_things(rest.trim_start_matches('/'));
        }
        let plain: &[&str] = match rest {
            "" => &["block", "class", "fs", "kernel", "module"],
            "/class" => &["net"],
            "/fs" => &["bpf", "cgroup"],
            "/module" => return self.kernel.modules.keys().cloned().collect(),
            _ => &[],
        };
        plain.iter().map(|name| (*name).to_owned()).collect()
    }

    pub(super) fn sys_text(&self, rest: &str) -> Option<String> {
        if let Some(rest) = rest.strip_prefix("class/net/") {
            return self.link_text(rest);
        }
        if rest == "kernel/security/lockdown" {
            let own = self.kernel.lockdown()?;
            let words = ["none", "integrity", "confidentiality"];
            let shown = words.map(|word| if word == own { format!("[{word}]") } else { word.to_owned() });
            return Some(format!("{}\n", shown.join(" ")));
        }
        (rest == "kernel/mm/transparent_hugepage/enabled").then(|| "always [madvise] never\n".into())
    }
}
