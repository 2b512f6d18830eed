//! A server for each machine, on an address of its own, and what a client needs to find and trust them.
//!
//! Promises: while a machine is down nobody listens at its address; when its connections are lost they are lost at once,
//! without a word.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use russh::keys::{PrivateKey, PublicKey};
use russh::server::Config;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

use super::connection::Connection;
use super::keys;
use crate::serve;

/// Where a machine is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// Its name.
    pub name: String,
    /// Its address and port.
    pub address: SocketAddr,
}

/// The open door of all machines of a world. Dropping it closes it.
#[derive(Debug)]
pub struct Door {
    /// The client configuration with which every machine is reached by its name.
    pub config: PathBuf,
    /// Where the machines are.
    pub seats: Vec<Seat>,
    /// The files it wrote.
    pub(crate) files: Vec<PathBuf>,
    tasks: Vec<JoinHandle<()>>,
}

impl Door {
    /// Opens the door, and writes keys, `known_hosts` and `ssh_config` to `folder`.
    pub async fn open(shared: &Arc<serve::Door>, folder: &Path) -> io::Result<Self> {
        let user = keys::new()?;
        let key = folder.join("id_ed25519");
        keys::write(&user, &key)?;
        std::fs::write(folder.join("id_ed25519.pub"), format!("{} twin\n", keys::line(&user)?))?;
        let (mut known, mut text) = (String::new(), String::new());
        let (mut seats, mut tasks) = (Vec::new(), Vec::new());
        let both = |machine: &crate::machines::Machine| (machine.name.clone(), machine.also.join(" "));
        let names: Vec<(String, String)> = shared.with(|world| world.machines().map(both).collect());
        for (number, (name, also)) in names.into_iter().enumerate() {
            let host = keys::new()?;
            let (listener, address) = seat(number).await?;
            known.push_str(&format!("[{}]:{} {}\n", address.ip(), address.port(), keys::line(&host)?));
            text.push_str(&entry(format!("{name} {also}").trim(), address, folder));
            let server = Server {
                shared: shared.clone(),
                name: name.clone(),
                address,
                config: config(host),
                user: user.public_key().clone(),
            };
            tasks.push(tokio::spawn(server.serve(listener)));
            seats.push(Seat { name, address });
        }
        std::fs::write(folder.join("known_hosts"), known)?;
        let config = folder.join("ssh_config");
        std::fs::write(&config, text)?;
        let names = ["id_ed25519", "id_ed25519.pub", "known_hosts", "ssh_config"];
        let files = names.map(|name| folder.join(name)).to_vec();
        Ok(Self { config, seats, files, tasks })
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// What a client is told of one machine.
fn entry(name: &str, address: SocketAddr, folder: &Path) -> String {
    let path = |file: &str| folder.join(file).display().to_string();
    format!(
        "Host {name} {ip}\n  HostName {ip}\n  Port {port}\n  User root\n  IdentityFile \"{key}\"\n  IdentitiesOnly yes\n  \
         IdentityAgent none\n  UserKnownHostsFile \"{known}\"\n  GlobalKnownHostsFile /dev/null\n  \
         StrictHostKeyChecking yes\n  UpdateHostKeys no\n\n",
        ip = address.ip(),
        port = address.port(),
        key = path("id_ed25519"),
        known = path("known_hosts"),
    )
}

/// An address nobody else has. Two twins at once get different ones, as each asks for a free port.
async fn seat(number: usize) -> io::Result<(TcpListener, SocketAddr)> {
    let process = std::process::id();
    let last = u8::try_from(number % 250 + 2).unwrap_or(2);
    let ip =
        Ipv4Addr::new(127, 64 + (process % 64) as u8, ((process / 64) % 250) as u8 + 1 + u8::from(number >= 250), last);
    let listener = match TcpListener::bind(SocketAddrV4::new(ip, 0)).await {
        Ok(listener) => listener,
        // Some systems have only the one address on loopback.
        Err(_) => TcpListener::bind(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).await?,
    };
    let address = listener.local_addr()?;
    Ok((listener, address))
}

fn config(host: PrivateKey) -> Arc<Config> {
    Arc::new(Config {
        server_id: russh::SshId::Standard("SSH-2.0-OpenSSH_10.0p2".into()),
        auth_rejection_time: Duration::from_millis(10),
        auth_rejection_time_initial: Some(Duration::ZERO),
        keys: vec![host],
        inactivity_timeout: None,
        nodelay: true,
        ..Config::default()
    })
}

/// One machine's server.
struct Server {
    shared: Arc<serve::Door>,
    name: String,
    address: SocketAddr,
    config: Arc<Config>,
    user: PublicKey,
}

impl Server {
    async fn serve(self, listener: TcpListener) {
        let mut listener = Some(listener);
        let mut changes = self.shared.stirs();
        loop {
            changes.borrow_and_update();
            let up = self.shared.look_at_machine(&self.name, |machine| machine.takes_ssh()) == Some(true);
            if !up {
                listener = None;
            } else if listener.is_none() {
                listener = self.listen_again();
            }
            let Some(open) = &listener else {
                if up {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                } else if changes.changed().await.is_err() {
                    return;
                }
                continue;
            };
            tokio::select! {
                taken = open.accept() => match taken {
                    Ok((stream, _)) => self.take(stream),
                    Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                },
                changed = changes.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Listens where it did before; connections of before may still linger there.
    fn listen_again(&self) -> Option<TcpListener> {
        let socket = if self.address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }.ok()?;
        socket.set_reuseaddr(true).ok()?;
        socket.bind(self.address).ok()?;
        socket.listen(128).ok()
    }

    fn take(&self, stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        // A second hold on the connection, by which it can be broken.
        let Ok(stream) = stream.into_std() else { return };
        let Ok(hold) = stream.try_clone() else { return };
        let Ok(stream) = TcpStream::from_std(stream) else { return };
        let (shared, name) = (self.shared.clone(), self.name.clone());
        let connection = Connection::new(shared.clone(), &name, self.user.clone());
        let config = self.config.clone();
        let cuts = cuts(&shared, &name);
        tokio::spawn(async move {
            let serve = async {
                shared.reach(&name).await;
                if let Ok(running) = russh::server::run_stream(config, stream, connection).await {
                    let _ = running.await;
                }
            };
            tokio::select! {
                () = serve => {}
                () = lost(&shared, &name, cuts) => {
                    let _ = hold.shutdown(std::net::Shutdown::Both);
                }
            }
        });
    }
}

fn cuts(shared: &serve::Door, name: &str) -> u64 {
    shared.look_at_machine(name, |machine| machine.cuts).unwrap_or(u64::MAX)
}

/// Waits until the connections of a machine are lost.
async fn lost(shared: &serve::Door, name: &str, before: u64) {
    let mut changes = shared.stirs();
    while cuts(shared, name) == before && changes.changed().await.is_ok() {}
}
