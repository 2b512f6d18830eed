//! One OpenSSH server in a room of its own mounts, and the way to it that is late.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::Trouble;

/// How many machines there are.
pub(crate) const MACHINES: usize = 50;
/// Half of the time there and back on the way that is late.
pub(crate) const LATE: Duration = Duration::from_millis(10);

/// How the machines are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Straight.
    Near,
    /// With 20 ms there and back.
    Far,
}

/// The server; it is ended when this is dropped.
pub(crate) struct Server {
    folder: TempDir,
    server: Child,
    late: Child,
}

/// Why nothing can be measured here.
pub(crate) fn cannot() -> Option<String> {
    if !rustix::process::getuid().is_root() {
        return Some("only root can make a room for a machine".to_owned());
    }
    let room = Command::new("unshare").args(["-m", "true"]).stderr(Stdio::null()).status();
    if !room.is_ok_and(|status| status.success()) {
        return Some("this system allows no rooms (`unshare`)".to_owned());
    }
    (!Path::new("/usr/sbin/sshd").exists()).then(|| "`sshd` is not here".to_owned())
}

impl Server {
    /// Starts it, and the way that is late.
    pub(crate) fn start() -> Result<Self, Trouble> {
        let folder = tempfile::Builder::new().prefix("rbbench").tempdir_in("/tmp")?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        for name in ["host_key", "user_key"] {
            let key = folder.path().join(name);
            let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(key).status()?;
            if !made.success() {
                return Err("`ssh-keygen` made no key".into());
            }
        }
        write_files(folder.path())?;
        // What it keeps of commands, and where it puts files, is its own and gone with it.
        let room = "mount -t tmpfs tmpfs /run && mkdir -p /run/sshd /run/files && mount -t tmpfs tmpfs /var/lib && \
                    exec /usr/sbin/sshd -D -f \"$0\"";
        let server = Command::new("unshare")
            .args(["-m", "--propagation", "private", "sh", "-c", room])
            .arg(folder.path().join("sshd_config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let late = Command::new(std::env::current_exe()?)
            .args(["late", &port(Way::Far).to_string(), &port(Way::Near).to_string()])
            .stdin(Stdio::null())
            .spawn()?;
        let server = Self { folder, server, late };
        let begun = Instant::now();
        while [Way::Near, Way::Far].iter().any(|way| TcpStream::connect(("127.0.1.1", port(*way))).is_err()) {
            if begun.elapsed() > Duration::from_secs(20) {
                return Err("the server does not answer".into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// A path in its folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The client's configuration for a way.
    pub(crate) fn config(&self, way: Way) -> PathBuf {
        self.path(if way == Way::Near { "near" } else { "far" })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        for child in [&mut self.late, &mut self.server] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The address of a machine.
pub(crate) fn address(machine: usize) -> String {
    format!("127.0.1.{}", machine + 1)
}

fn port(way: Way) -> u16 {
    let process = u16::try_from(std::process::id() % 5000).unwrap_or_default();
    20_000 + 2 * process + u16::from(way == Way::Far)
}

fn write_files(folder: &Path) -> Result<(), Trouble> {
    let at = |name: &str| folder.join(name).display().to_string();
    fs::copy(folder.join("user_key.pub"), folder.join("keys"))?;
    let public = fs::read_to_string(folder.join("host_key.pub"))?;
    let mut known = String::new();
    for way in [Way::Near, Way::Far] {
        known.extend((0..MACHINES).map(|machine| format!("[{}]:{} {public}", address(machine), port(way))));
    }
    fs::write(folder.join("known_hosts"), known)?;
    let server = format!(
        "Port {}\nListenAddress 0.0.0.0\nHostKey {}\nPidFile none\nAuthorizedKeysFile {}\nPermitRootLogin prohibit-password\n\
         PasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\nStrictModes no\nPrintMotd no\n\
         MaxStartups 1000:30:2000\nSubsystem sftp internal-sftp\nSetEnv SHLVL=5\n",
        port(Way::Near),
        at("host_key"),
        at("keys")
    );
    fs::write(folder.join("sshd_config"), server)?;
    for (name, way) in [("near", Way::Near), ("far", Way::Far)] {
        let client = format!(
            "Host *\n  Port {}\n  User root\n  IdentityFile {}\n  IdentitiesOnly yes\n  IdentityAgent none\n  LogLevel ERROR\n  \
             Ciphers aes128-gcm@openssh.com\n  StrictHostKeyChecking yes\n  UserKnownHostsFile {}\n  \
             GlobalKnownHostsFile /dev/null\n",
            port(way),
            at("user_key"),
            at("known_hosts")
        );
        fs::write(folder.join(name), client)?;
    }
    Ok(())
}
