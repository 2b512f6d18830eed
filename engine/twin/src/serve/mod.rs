//! A twin that runs: its doors open, its laws at work, its time passing.
//!
//! Promises: it listens on loopback alone, everything it wrote is gone when it ends, and a client that hangs, sends
//! garbage or never reads holds up nobody. Must never know what a request means: that is `api`.

mod ask;
mod body;
mod door;
mod exec;
mod forward;
mod guests;
mod http;
mod keys;
mod onlooker;
mod orders;
mod pace;
mod spdy;
mod time;
mod trust;
mod verifier;
mod wire;

use crate::clock::{Clock, Speed};
use crate::machines::Machine;
use crate::ssh::{self, Seat};
use crate::world::{Key, Moment, Object, World};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;

pub use door::Door;
pub use onlooker::{Onlooker, Seen};

/// How a twin is started.
pub struct Start {
    /// The world it starts with.
    pub world: World,
    /// How fast its time runs.
    pub speed: Speed,
    /// The folder for its kubeconfig; it must exist.
    pub folder: PathBuf,
    /// The port of the API; any free one when zero.
    pub port: u16,
}

/// A twin under way; it ends when this is dropped.
pub struct Running {
    /// Where its kubeconfig lies; beside it those of others: `limited.`, `token.`, `expired.` and `stranger.kubeconfig`.
    pub kubeconfig: PathBuf,
    /// Where guests hear what time it is: a socket.
    pub time: PathBuf,
    /// The client configuration with which `ssh` reaches its machines by their names.
    pub ssh_config: PathBuf,
    /// Where its machines are reached.
    pub machines: Vec<Seat>,
    /// Where its API listens.
    pub address: SocketAddr,
    /// What keeps that address its own.
    _place: tokio::net::TcpSocket,
    /// The certificate of its authority, as text.
    pub authority: String,
    /// A token of its administrator.
    pub token: String,
    door: Arc<Door>,
    tls: tokio_rustls::TlsAcceptor,
    listening: Mutex<Option<JoinHandle<()>>>,
    _ssh: ssh::Door,
    files: Vec<PathBuf>,
    runtime: Option<tokio::runtime::Runtime>,
}

/// Opens the doors of a twin and lets it run.
///
/// # Errors
/// When it cannot listen, or the folder cannot be written to.
pub fn start(start: Start) -> io::Result<Running> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("twin").enable_all().build()?;
    let (place, address) = {
        let _within = runtime.enter();
        hold(start.port)?
    };
    let listener = runtime.block_on(tokio::net::TcpListener::bind(address))?;
    let keys = keys::Keys::new(address).map_err(io::Error::other)?;
    let kubeconfig = start.folder.join("kubeconfig");
    let mut files = Vec::new();
    for (name, text) in &keys.kubeconfigs {
        files.push(start.folder.join(name));
        write_private(&start.folder.join(name), text)?;
    }
    let clock = Clock::new(start.speed, start.world.now());
    let mut world = start.world;
    trust(&mut world, &keys.authority);
    let door = Arc::new(Door::new(world, clock, keys.users));
    let tls = tokio_rustls::TlsAcceptor::from(Arc::new(keys.server));
    let listening = runtime.spawn(http::listen(listener, tls.clone(), door.clone()));
    let ssh = runtime.block_on(ssh::Door::open(&door, &start.folder))?;
    let time = start.folder.join("time");
    let guests = {
        let _within = runtime.enter();
        time::open(&time)?
    };
    files.push(time.clone());
    runtime.spawn(time::listen(guests, door.clone()));
    runtime.spawn(pace::keep(door.clone()));
    files.extend(ssh.files.iter().cloned());
    Ok(Running {
        kubeconfig,
        time,
        ssh_config: ssh.config.clone(),
        machines: ssh.seats.clone(),
        _ssh: ssh,
        address,
        _place: place,
        authority: keys.authority,
        token: keys.token,
        door,
        tls,
        listening: Mutex::new(Some(listening)),
        files,
        runtime: Some(runtime),
    })
}

/// Takes a port without listening there: while the API is away nobody else gets it, and who asks is refused.
fn hold(port: u16) -> io::Result<(tokio::net::TcpSocket, SocketAddr)> {
    let socket = tokio::net::TcpSocket::new_v4()?;
    // A port that was chosen may still have connections of who was there before; one that is picked shall be free.
    socket.set_reuseaddr(port != 0)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    socket.set_reuseaddr(true)?;
    let address = socket.local_addr()?;
    Ok((socket, address))
}

/// Tells the world whom to trust: what namespaces get as `kube-root-ca.crt` is copied from here.
fn trust(world: &mut World, authority: &str) {
    let object = crate::json::json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "extension-apiserver-authentication", "namespace": "kube-system"},
        "data": {"client-ca-file": authority},
    });
    let key = Key::new("configmaps", "kube-system", "extension-apiserver-authentication");
    world.remove(&key);
    // What the law of root certificates hands out.
    let object_of_laws = crate::json::json!({"metadata": {"name": "authority"}, "ca.crt": authority});
    drop(world.create("catalogues.twin", Object::new(object_of_laws)));
    // A scene without that namespace does without it.
    drop(world.create("configmaps", Object::new(object)));
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}

impl Running {
    /// A copy of the world as it is now.
    #[must_use]
    pub fn world(&self) -> World {
        self.door.with(|world| world.clone())
    }

    /// Changes the world behind the doors: faults, scenes, and what a test wants to have happened.
    pub fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        self.door.with(change)
    }

    /// Closes the door of the API: nobody is listened to, and who is inside is cut off. The laws go on.
    pub fn close(&self) {
        let Some(listening) = self.listening().take() else { return };
        listening.abort();
        // Whoever calls may be at work for another runtime, so this one cannot be waited for in its own way.
        while !listening.is_finished() {
            std::thread::yield_now();
        }
        self.door.cut();
    }

    /// Opens it again at its old address.
    ///
    /// # Errors
    /// When there is no room for one more socket.
    pub fn open(&self) -> io::Result<()> {
        let Some(runtime) = &self.runtime else { return Ok(()) };
        let mut listening = self.listening();
        if listening.is_none() {
            let listener = std::net::TcpListener::bind(self.address)?;
            listener.set_nonblocking(true)?;
            let _inside = runtime.enter();
            let listener = tokio::net::TcpListener::from_std(listener)?;
            *listening = Some(runtime.spawn(http::listen(listener, self.tls.clone(), self.door.clone())));
        }
        Ok(())
    }

    fn listening(&self) -> std::sync::MutexGuard<'_, Option<JoinHandle<()>>> {
        self.listening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something to a machine and lets it go on; nothing where there is no such machine.
    pub fn on_machine<T>(&self, name: &str, act: impl FnOnce(&mut Machine) -> T) -> Option<T> {
        self.door.on_machine(name, act)
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.door.time().0
    }

    /// Has `onlooker` see what happens from now on.
    pub fn show(&self, onlooker: Onlooker) {
        self.door.show(onlooker);
    }

    /// Gives the world so much time at once; what falls due in it happens in its order.
    pub fn give(&self, time: Duration) {
        self.door.give(time);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        for file in &self.files {
            // The folder may be gone already; then there is nothing left to remove.
            drop(std::fs::remove_file(file));
        }
    }
}
