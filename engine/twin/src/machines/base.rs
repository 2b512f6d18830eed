//! The machine everything begins with: a plain server with users, folders, devices and programs, and nothing installed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::Machine;
use super::errno::Errno;
use super::files::{At, Content, Device, Files, Ino, Kind, Node, joined};
use super::power::Power;
use super::things::Kernel;
use super::units::Units;
use super::user::Cred;

/// What a bare machine is made from.
#[derive(Clone, Debug)]
pub struct Bare {
    /// Its name.
    pub name: String,
    /// What its chance begins with.
    pub seed: u64,
    /// The moment it was booted, since 1970.
    pub booted: Duration,
    /// What `uname -r` says.
    pub kernel: String,
    /// `/etc/os-release`.
    pub os: String,
    /// The size of its disk in bytes, and how much of it is taken.
    pub disk: (u64, u64),
}

impl Bare {
    /// A server called `name`.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            seed: name.bytes().fold(1, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte))),
            booted: Duration::from_secs(1_760_000_000),
            kernel: "6.12.48+deb13-amd64".into(),
            os: "PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"13\"\n\
                 VERSION=\"13 (trixie)\"\nVERSION_CODENAME=trixie\nID=debian\n"
                .into(),
            disk: (40 << 30, 3 << 30),
        }
    }

    /// The machine.
    pub fn machine(&self) -> Machine {
        let now = self.booted;
        let mut machine = Machine {
            name: self.name.clone(),
            also: Arc::default(),
            now,
            files: Files::new("/dev/vda1", self.disk.0, self.disk.1, now),
            procs: Arc::default(),
            opens: Arc::default(),
            pipes: Arc::default(),
            sessions: Arc::default(),
            kernel: Arc::new(Kernel::new(&self.kernel)),
            unknown: Arc::default(),
            boot_id: String::new(),
            booted: now,
            next_open: 0,
            last_pid: 0,
            running: None,
            seed: self.seed,
            power: Power::On,
            boot_time: None,
            faults: Arc::default(),
            cuts: 0,
            cut_at: None,
            reboot_at: None,
            units: Arc::new(Units::usual()),
            journal: Arc::default(),
            containers: Arc::default(),
            bpf: Arc::default(),
            web: Arc::default(),
            cards: Arc::default(),
            ports: Arc::default(),
            plane_began: String::new(),
            place: None,
            world: Default::default(),
        };
        machine.furnish(&self.os, &self.kernel);
        machine.start_up();
        machine
    }

    /// What a container sees: no units, and nothing of theirs.
    pub(crate) fn container(&self) -> Machine {
        let mut machine = self.machine();
        machine.units = Arc::default();
        machine.journal = Arc::default();
        machine
    }
}

const FOLDERS: [(&str, u32); 44] = [
    ("/boot", 0o755),
    ("/dev", 0o755),
    ("/etc", 0o755),
    ("/etc/cni", 0o755),
    ("/etc/cni/net.d", 0o700),
    ("/etc/default", 0o755),
    ("/etc/modules-load.d", 0o755),
    ("/etc/rancher", 0o755),
    ("/etc/ssh", 0o755),
    ("/etc/sysctl.d", 0o755),
    ("/etc/systemd", 0o755),
    ("/etc/systemd/system", 0o755),
    ("/home", 0o755),
    ("/media", 0o755),
    ("/mnt", 0o755),
    ("/opt", 0o755),
    ("/opt/cni", 0o755),
    ("/opt/cni/bin", 0o755),
    ("/proc", 0o555),
    ("/root", 0o700),
    ("/run", 0o755),
    ("/srv", 0o755),
    ("/sys", 0o555),
    ("/tmp", 0o1777),
    ("/usr", 0o755),
    ("/usr/bin", 0o755),
    ("/usr/lib", 0o755),
    ("/usr/lib/modules", 0o755),
    ("/usr/lib/systemd", 0o755),
    ("/usr/lib/systemd/system", 0o755),
    ("/usr/local", 0o755),
    ("/usr/local/bin", 0o755),
    ("/usr/local/sbin", 0o755),
    ("/usr/sbin", 0o755),
    ("/usr/share", 0o755),
    ("/var", 0o755),
    ("/var/cache", 0o755),
    ("/var/lib", 0o755),
    ("/var/lib/cni", 0o755),
    ("/var/lib/containerd", 0o755),
    ("/var/lib/kubelet", 0o755),
    ("/var/log", 0o755),
    ("/var/log/journal", 0o755),
    ("/var/tmp", 0o1777),
];

const LINKS: [(&str, &str); 6] = [
    ("/bin", "usr/bin"),
    ("/lib", "usr/lib"),
    ("/sbin", "usr/sbin"),
    ("/var/run", "/run"),
    ("/var/lock", "/run/lock"),
    ("/etc/os-release", "../usr/lib/os-release"),
];

const DEVICES: [(&str, Device, u32); 9] = [
    ("/dev/full", Device::Full, 0o666),
    ("/dev/null", Device::Null, 0o666),
    ("/dev/random", Device::Random, 0o666),
    ("/dev/tty", Device::Terminal, 0o666),
    ("/dev/urandom", Device::Random, 0o666),
    ("/dev/vda", Device::Disk(254, 0), 0o660),
    ("/dev/vda1", Device::Disk(254, 1), 0o660),
    ("/dev/zero", Device::Zero, 0o666),
    ("/dev/console", Device::Terminal, 0o600),
];

const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n\
    sshd:x:100:65534::/run/sshd:/usr/sbin/nologin\nops:x:1000:1000:ops:/home/ops:/bin/sh\n\
    nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
const GROUP: &str = "root:x:0:\ndaemon:x:1:\nadm:x:4:ops\ntty:x:5:\ndisk:x:6:\nsudo:x:27:ops\nsystemd-journal:x:999:ops\n\
    ops:x:1000:\nnogroup:x:65534:\n";

impl Machine {
    fn furnish(&mut self, os: &str, kernel: &str) {
        for (path, mode) in FOLDERS {
            self.put_folder(path, mode);
        }
        for (path, to) in LINKS {
            self.put(path, Kind::Link(to.to_owned()), 0o777);
        }
        self.put_folder("/home/ops", 0o755);
        self.own("/home/ops", 1000, 1000);
        self.write("/etc/passwd", PASSWD.as_bytes());
        self.write("/etc/group", GROUP.as_bytes());
        self.write("/usr/lib/os-release", os.as_bytes());
        self.write("/etc/hostname", format!("{}\n", self.name).as_bytes());
        let hosts =
            format!("127.0.0.1\tlocalhost\n127.0.1.1\t{}\n::1\tlocalhost ip6-localhost ip6-loopback\n", self.name);
        self.write("/etc/hosts", hosts.as_bytes());
        self.write("/etc/resolv.conf", b"nameserver 192.0.2.53\n");
        self.write("/etc/fstab", b"/dev/vda1 / ext4 defaults 0 1\n");
        self.write("/etc/shells", b"/bin/sh\n/bin/bash\n/bin/dash\n");
        let config = self.kernel.config_text();
        self.write(&format!("/boot/config-{kernel}"), config.as_bytes());
        self.put_folder(&format!("/usr/lib/modules/{kernel}"), 0o755);
        for (name, folder) in crate::ssh::commands::programs() {
            self.put_program(&format!("{folder}/{name}"), name);
        }
        let id = self.random_id().replace('-', "");
        self.write("/etc/machine-id", format!("{id}\n").as_bytes());
    }

    /// What a boot makes anew: mounts, devices, the first processes, the boot id.
    pub(crate) fn start_up(&mut self) {
        let now = self.now;
        self.booted = now;
        self.boot_id = self.random_id();
        self.files.mount("proc", "/proc", "proc", "rw,nosuid,nodev,noexec,relatime", now);
        self.files.mount("sysfs", "/sys", "sysfs", "rw,nosuid,nodev,noexec,relatime", now);
        let dev = self.files.mount("udev", "/dev", "devtmpfs", "rw,nosuid,relatime,size=4026852k,mode=755", now);
        dev.size = 4_026_852 << 10;
        let run =
            self.files.mount("tmpfs", "/run", "tmpfs", "rw,nosuid,nodev,noexec,relatime,size=814776k,mode=755", now);
        run.size = 814_776 << 10;
        self.files.mount("cgroup2", "/sys/fs/cgroup", "cgroup2", "rw,nosuid,nodev,noexec,relatime", now);
        self.files.mount("bpf", "/sys/fs/bpf", "bpf", "rw,nosuid,nodev,noexec,relatime,mode=700", now);
        for (path, device, mode) in DEVICES {
            self.put(path, Kind::Device(device), mode);
        }
        self.put("/dev/stdin", Kind::Link("/proc/self/fd/0".into()), 0o777);
        self.put("/dev/stdout", Kind::Link("/proc/self/fd/1".into()), 0o777);
        self.put("/dev/stderr", Kind::Link("/proc/self/fd/2".into()), 0o777);
        self.put("/dev/fd", Kind::Link("/proc/self/fd".into()), 0o777);
        for folder in ["/dev/shm", "/run/lock"] {
            self.put_folder(folder, 0o1777);
        }
        for folder in ["/run/sshd", "/run/systemd", "/run/systemd/system", "/run/user"] {
            self.put_folder(folder, 0o755);
        }
        self.last_pid = 0;
        self.daemon("systemd", &["/sbin/init"], "/init.scope");
        let threads = self.daemon("kthreadd", &[], "/");
        for (pid, parent) in [(1, 0), (threads, 0)] {
            if let Some(process) = self.proc_mut(pid) {
                process.parent = parent;
            }
        }
        self.last_pid = 300;
        self.start_units();
        self.last_pid = self.last_pid.max(700);
    }

    /// Puts something at a path, over what is there, as the builder of the machine.
    pub fn put(&mut self, path: &str, kind: Kind, mode: u32) {
        let _ = self.try_put(path, kind, mode);
    }

    fn try_put(&mut self, path: &str, kind: Kind, mode: u32) -> Result<Ino, Errno> {
        let root = Cred::root();
        let spot = self.walk(&root, "/", path, false)?;
        if spot.at != At::Nothing {
            self.remove(&root, &spot, false)?;
        }
        let node = Node::new(kind, mode, 0, self.now);
        let spot = self.walk(&root, "/", path, false)?;
        self.make(&root, &spot, node)
    }

    /// Makes a folder and those above it; one that is there stays.
    pub fn put_folder(&mut self, path: &str, mode: u32) {
        let root = Cred::root();
        let mut way = String::new();
        for step in path.split('/').filter(|step| !step.is_empty()) {
            way = joined(if way.is_empty() { "/" } else { &way }, step);
            let _ = self.make_folder(&root, "/", &way, if way == path { mode } else { 0o755 });
        }
    }

    /// Makes `bytes` the content of the file at `path`, with the folders above it.
    pub fn write(&mut self, path: &str, bytes: &[u8]) {
        if let Some((folder, _)) = path.rsplit_once('/')
            && !folder.is_empty()
        {
            self.put_folder(folder, 0o755);
        }
        let content = Content::Bytes(Arc::new(bytes.to_vec()));
        let spot = self.walk(&Cred::root(), "/", path, true);
        let now = self.now;
        match spot.map(|spot| spot.ino()) {
            Ok(Some(ino)) => {
                let _ = self.files.change(ino, now, |held| *held = content);
            }
            _ => self.put(path, Kind::File(content), 0o644),
        }
    }

    /// Makes a program of the twin at `path`.
    pub fn put_program(&mut self, path: &str, name: &str) {
        if let Some((folder, _)) = path.rsplit_once('/') {
            self.put_folder(folder, 0o755);
        }
        self.put(path, Kind::File(Content::Program(name.into())), 0o755);
    }

    /// Gives what is at `path` to somebody.
    pub fn own(&mut self, path: &str, uid: u32, gid: u32) {
        if let Ok(spot) = self.walk(&Cred::root(), "/", path, false)
            && let Some(ino) = spot.ino()
            && let Ok(node) = self.files.node_mut(ino)
        {
            (node.uid, node.gid) = (uid, gid);
        }
    }

    /// All of a file, as root reads it; nothing where there is none.
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        let spot = self.walk(&Cred::root(), "/", path, true).ok()?;
        match spot.at {
            At::Real(ino) => match &self.files.node(ino).ok()?.kind {
                Kind::File(content) => Some(content.read(0, usize::MAX)),
                _ => None,
            },
            At::Computed => self.read_computed(&spot.path, 1).ok(),
            At::Nothing => None,
        }
    }

    /// The same as text; empty where there is none.
    pub fn text(&self, path: &str) -> String {
        super::text::from_bytes(&self.read(path).unwrap_or_default())
    }

    /// The groups and modes as a table, for whoever shows names instead of numbers.
    pub fn names_of_ids(&self) -> (BTreeMap<u32, String>, BTreeMap<u32, String>) {
        let users = self.users().into_iter().map(|user| (user.uid, user.name)).collect();
        let groups = self.groups().into_iter().map(|(name, gid, _)| (gid, name)).collect();
        (users, groups)
    }
}
