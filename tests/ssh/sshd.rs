//! A real OpenSSH server in a room of its own: own processes, own mounts, own users, own boot id, own cable if wanted.
//!
//! Needs root, `unshare`, `nsenter` and `sshd`; where one is missing a test says so and passes.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use runbook_drivers::ssh::{Machine, Machines, Remote, Settings};
use tempfile::TempDir;

/// How the server is reached.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// Over 127.0.0.x.
    Loopback,
    /// Over a cable of its own, which can be cut.
    Cable,
}

/// A server with its room.
pub(crate) struct Sshd {
    pub(crate) dir: TempDir,
    wire: Wire,
    number: u32,
    room: Option<Child>,
    server: Option<Child>,
}

static COUNT: AtomicU32 = AtomicU32::new(0);

/// What stands in the room: a passwd of our own, a state folder of our own, a boot id of our own.
const ROOM: &str = r#"
set -e
mount -t tmpfs tmpfs /run; mkdir -p /run/sshd
for file in passwd group shadow sudoers; do [ ! -e "/etc/$file" ] || mount --bind "$D/etc/$file" "/etc/$file"; done
mount --bind "$D/lib" /var/lib
mount --bind "$D/boot_id" /proc/sys/kernel/random/boot_id
ip link set lo up 2>/dev/null || :
# What /sys shows of interfaces is what was there when it was mounted.
if [ -n "$CABLE" ]; then mount -t sysfs sysfs /sys; fi
echo ready
exec >/dev/null 2>&1
while :; do sleep 1; done
"#;

pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn run(program: &str, arguments: &[&str]) -> Output {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Waits for `done`, and gives up loudly after a long time.
pub(crate) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what} did not come about");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether a file is there with something in it: a shell makes it a moment before it writes.
pub(crate) fn written(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|file| file.len() > 0)
}

pub(super) fn there(program: &str) -> bool {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .chain(["/usr/sbin".into(), "/sbin".into()])
        .any(|folder| folder.join(program).exists())
}

impl Sshd {
    /// Starts one, or says why not.
    pub(crate) fn start(wire: Wire) -> Option<Self> {
        for program in ["sshd", "ssh", "ssh-keygen", "unshare", "nsenter", "ip"] {
            if !there(program) {
                say(&format!("NOT RUN: `{program}` is not here, and without it there is no machine to reach"));
                return None;
            }
        }
        if !rustix::process::getuid().is_root() {
            say("NOT RUN: only root can make a room for a machine");
            return None;
        }
        if !Command::new("unshare").args(["-m", "-p", "-n", "-f", "true"]).status().is_ok_and(|status| status.success())
        {
            say("NOT RUN: this system allows no rooms (`unshare`)");
            return None;
        }
        let dir = tempfile::Builder::new().prefix("rbssh").tempdir_in("/tmp").unwrap();
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut sshd = Self { dir, wire, number, room: None, server: None };
        sshd.write_files();
        sshd.power_on();
        Some(sshd)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The port: one for each server of this process, so that those on loopback do not meet; below those that the
    /// kernel hands out, one of which may listen for another test.
    pub(crate) fn port(&self) -> u16 {
        let process = u16::try_from(std::process::id() % 120).unwrap();
        20_000 + process * 100 + u16::try_from(self.number % 100).unwrap()
    }

    /// The address of the machine of this number.
    pub(crate) fn address(&self, machine: u8) -> String {
        match self.wire {
            Wire::Loopback => format!("127.0.0.{}", machine + 2),
            Wire::Cable => format!("10.213.{}.{}", self.number % 250, machine + 2),
        }
    }

    fn write_files(&self) {
        let at = |name: &str| self.path(name).display().to_string();
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(self.dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for folder in ["etc", "lib", "bin", "own", "home", "home/root", "home/loud", "home/chatty"] {
            fs::create_dir_all(self.path(folder)).unwrap();
        }
        for key in ["host_key", "user_key", "other_key"] {
            run("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", &at(key)]);
        }
        fs::copy(self.path("user_key.pub"), self.path("ak")).unwrap();
        self.write_users();
        let public = fs::read_to_string(self.path("host_key.pub")).unwrap();
        let known: String = (0..60).map(|n| format!("[{}]:{} {public}", self.address(n), self.port())).collect();
        fs::write(self.path("known_hosts"), known).unwrap();
        let (port, key, pid) = (self.port(), at("host_key"), at("pid"));
        let (keys, bin, own) = (at("ak"), at("bin"), at("own"));
        let config = format!(
            "Port {port}\nListenAddress 0.0.0.0\nHostKey {key}\nPidFile {pid}\nAuthorizedKeysFile {keys}\n\
             PermitRootLogin prohibit-password\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             UsePAM no\nStrictModes no\nMaxStartups 1000:30:2000\nPrintMotd no\n\
             Subsystem sftp internal-sftp\nMatch User busy\n  SetEnv PATH={bin}\n\
             Match User root\n  SetEnv PATH={own}:/usr/bin:/bin:/usr/sbin:/sbin\n"
        );
        fs::write(self.path("sshd_config"), config).unwrap();
        self.write_client_config("user_key", "known_hosts");
        self.new_boot_id();
    }

    /// The client's own configuration: which key it shows, and whom it knows.
    pub(crate) fn write_client_config(&self, key: &str, known: &str) {
        let (key, known, port) = (self.path(key), self.path(known), self.port());
        let config = format!(
            "Host *\n  Port {port}\n  User root\n  IdentityFile {}\n  IdentitiesOnly yes\n  IdentityAgent none\n  \
             UserKnownHostsFile {}\n  GlobalKnownHostsFile /dev/null\n",
            key.display(),
            known.display()
        );
        fs::write(self.path("ssh_config"), config).unwrap();
    }

    /// Users: root, `plain`, `admin` with sudo, `loud` whose shell talks, `busy` who is root and has only busybox.
    fn write_users(&self) {
        let (home, bin) = (self.path("home").display().to_string(), self.path("bin").display().to_string());
        let passwd = format!(
            "root:x:0:0::{home}/root:/bin/sh\nbusy:x:0:0::{home}/root:{bin}/sh\nnobody:x:65534:65534::/:/bin/sh\n\
             plain:x:6001:6001::{home}/plain:/bin/sh\nadmin:x:6002:6002::{home}/admin:/bin/sh\n\
             loud:x:6003:6003::{home}/loud:/bin/bash\nshut:x:6004:6004::{home}/shut:/usr/sbin/nologin\n\
             sshd:x:100:65534::/run/sshd:/usr/sbin/nologin\n"
        );
        let names = ["root", "busy", "nobody", "plain", "admin", "loud", "shut", "sshd"];
        fs::write(self.path("etc/passwd"), passwd).unwrap();
        fs::write(self.path("etc/group"), "root:x:0:\nnogroup:x:65534:\nplain:x:6001:\nadmin:x:6002:\nloud:x:6003:\n")
            .unwrap();
        let shadow: String = names.iter().map(|name| format!("{name}:*:19000:0:99999:7:::\n")).collect();
        fs::write(self.path("etc/shadow"), shadow).unwrap();
        fs::write(self.path("etc/sudoers"), "root ALL=(ALL:ALL) ALL\nadmin ALL=(ALL:ALL) NOPASSWD: ALL\n").unwrap();
        for (name, id) in [("plain", "6001"), ("admin", "6002"), ("loud", "6003"), ("shut", "6004")] {
            let folder = self.path("home").join(name);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(".bashrc"), "echo 'You are watched.'; echo 'All of you.' >&2\n").unwrap();
            run("chown", &["-R", &format!("{id}:{id}"), &folder.display().to_string()]);
        }
        if there("busybox") {
            run("busybox", &["--install", "-s", &bin]);
        }
    }

    /// Gives the room another boot id, as a boot would.
    pub(crate) fn new_boot_id(&self) {
        let id = fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap();
        fs::write(self.path("boot_id"), id).unwrap();
    }

    /// Makes the room and starts the server in it.
    pub(crate) fn power_on(&mut self) {
        let mut unshare = Command::new("unshare");
        unshare.args(["-m", "-p", "--propagation", "private", "--mount-proc", "-f", "--kill-child"]);
        if self.wire == Wire::Cable {
            unshare.arg("-n").env("CABLE", "1");
        }
        unshare.args(["sh", "-c", ROOM]).env("D", self.dir.path()).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut room = unshare.spawn().unwrap();
        let mut ready = [0; 5];
        room.stdout.take().unwrap().read_exact(&mut ready).unwrap();
        self.room = Some(room);
        if self.wire == Wire::Cable {
            self.plug_in();
        }
        self.start_server();
    }

    /// The process that is the first one of the room.
    fn first(&self) -> String {
        let room = self.room.as_ref().unwrap().id();
        let children = fs::read_to_string(format!("/proc/{room}/task/{room}/children")).unwrap();
        children.split_whitespace().next().unwrap().to_owned()
    }

    fn inside(&self, program: &str) -> Command {
        let mut enter = Command::new("nsenter");
        enter.args(["-t", &self.first(), "-m", "-p"]);
        if self.wire == Wire::Cable {
            enter.arg("-n");
        }
        enter.args(["--", program]);
        enter
    }

    /// Runs a script on the machine, behind the back of its server.
    pub(crate) fn on_machine(&self, script: &str) -> String {
        let output = self.inside("sh").args(["-c", script]).output().unwrap();
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn start_server(&mut self) {
        let log = self.path("sshd.log");
        let mut server = self.inside("/usr/sbin/sshd");
        server.args(["-D", "-f"]).arg(self.path("sshd_config")).arg("-E").arg(log).stdin(Stdio::null());
        self.server = Some(server.spawn().unwrap());
        until("the server", || self.accepts());
    }

    fn accepts(&self) -> bool {
        let address = format!("{}:{}", self.address(0), self.port()).parse().unwrap();
        TcpStream::connect_timeout(&address, Duration::from_millis(300)).is_ok()
    }

    /// Ends the server, and with `sessions` every connection it serves; what runs on the machine goes on.
    pub(crate) fn stop_server(&mut self, sessions: bool) {
        let script = if sessions { "pkill -KILL -x sshd" } else { "kill $(cat \"$0\")" };
        let _ = self.inside("sh").args(["-c", script]).arg(self.path("pid")).status();
        if let Some(mut server) = self.server.take() {
            server.wait().unwrap();
        }
    }

    /// Ends everything on the machine at once.
    pub(crate) fn power_off(&mut self) {
        if let Some(mut room) = self.room.take() {
            let _ = room.kill();
            let _ = room.wait();
        }
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    fn cable(&self) -> String {
        format!("rb{}-{}", std::process::id() % 100_000, self.number)
    }

    fn plug_in(&self) {
        let (ours, theirs) = (self.cable(), format!("{}m", self.cable()));
        let _ = Command::new("ip").args(["link", "del", &ours]).stderr(Stdio::null()).status();
        run("ip", &["link", "add", &ours, "type", "veth", "peer", "name", &theirs, "netns", &self.first()]);
        run("ip", &["addr", "add", &format!("10.213.{}.1/24", self.number % 250), "dev", &ours]);
        run("ip", &["link", "set", &ours, "up"]);
        for machine in 0..3 {
            self.on_machine(&format!("ip addr add {}/24 dev {theirs}", self.address(machine)));
        }
        self.on_machine(&format!("ip link set {theirs} up"));
    }

    /// Pulls the cable: nothing says that it is gone.
    pub(crate) fn cut(&self) {
        run("ip", &["link", "set", &self.cable(), "down"]);
    }

    /// Puts it back.
    pub(crate) fn mend(&self) {
        run("ip", &["link", "set", &self.cable(), "up"]);
    }

    /// The first machine, as root, behind a way on which every byte is `late`.
    pub(crate) fn slow(&self, late: Duration) -> Machine {
        let way = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, to) = (way.local_addr().unwrap().port(), format!("{}:{}", self.address(0), self.port()));
        let known = fs::read_to_string(self.path("host_key.pub")).unwrap();
        fs::write(self.path("known_hosts"), format!("[127.0.0.1]:{port} {known}")).unwrap();
        std::thread::spawn(move || {
            for one in way.incoming().flatten() {
                let Ok(other) = TcpStream::connect(&to) else { return };
                carry(one.try_clone().unwrap(), other.try_clone().unwrap(), late);
                carry(other, one, late);
            }
        });
        Machine { address: "127.0.0.1".into(), port: Some(port), ..self.machine(0, "root") }
    }

    /// A machine here, with `user`.
    pub(crate) fn machine(&self, number: u8, user: &str) -> Machine {
        Machine {
            name: format!("m{number}"),
            address: self.address(number),
            user: Some(user.to_owned()),
            sudo: user == "admin",
            config: Some(self.path("ssh_config")),
            ..Machine::default()
        }
    }

    /// A pool with short times, whose control sockets lie here.
    pub(crate) fn machines(&self) -> Machines {
        Machines::new(self.settings())
    }

    pub(crate) fn settings(&self) -> Settings {
        let second = Duration::from_secs(1);
        Settings {
            connect: 10 * second,
            alive: second,
            idle: second,
            folder: Some(self.path("c")),
            ..Settings::default()
        }
    }

    /// The first machine, as root.
    pub(crate) fn root(&self) -> Remote {
        self.machines().machine(&self.machine(0, "root"))
    }

    /// The masters on this side whose control sockets lie here.
    pub(crate) fn masters(&self) -> Vec<u32> {
        let ours = self.path("c").display().to_string();
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let words = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            if String::from_utf8_lossy(&words).contains(&ours) {
                found.push(pid);
            }
        }
        found
    }

    pub(crate) fn folder(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.power_off();
        if self.wire == Wire::Cable {
            let _ = Command::new("ip").args(["link", "del", &self.cable()]).stderr(Stdio::null()).status();
        }
    }
}

/// Carries what comes from one end to the other, each piece as late as it should be and none waiting for another.
fn carry(mut from: TcpStream, mut to: TcpStream, late: Duration) {
    let (send, receive) = std::sync::mpsc::channel::<(Instant, Vec<u8>)>();
    std::thread::spawn(move || {
        for (due, piece) in receive {
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&piece).is_err() {
                break;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
    std::thread::spawn(move || {
        let mut chunk = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = from.read(&mut chunk) {
            if send.send((Instant::now() + late, chunk[..read].to_vec())).is_err() {
                break;
            }
        }
    });
}
