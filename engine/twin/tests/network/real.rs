//! A state run by the kernel: each machine a shell in a network and a mount namespace of its own, joined by a bridge.

use crate::compare::Answer;
use crate::place::Place;
use crate::probe::{By, Question};
use crate::script::{Act, Script};
use crate::shell::Shell;
use crate::space::{self, inside};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Error;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

/// What the kernel of this machine lacks for the states, if anything.
pub(crate) fn missing() -> Option<String> {
    let tools = "for t in unshare nsenter ip bridge iptables iptables-legacy ipset ping tc; do command -v $t >/dev/null || echo $t; done; \
                 [ $(id -u) = 0 ] || echo root; unshare --net --mount true 2>/dev/null || echo namespaces; \
                 unshare --net ip link add x type vxlan id 1 dstport 4789 2>/dev/null || echo vxlan";
    let out = Command::new("sh").args(["-c", tools]).output().ok()?;
    let lacks: Vec<String> = String::from_utf8_lossy(&out.stdout).split_whitespace().map(str::to_owned).collect();
    if lacks.is_empty() { None } else { Some(format!("missing: {}", lacks.join(", "))) }
}

enum Server {
    Tcp(TcpListener),
    Udp(Receiver<SocketAddr>),
}

struct Lab {
    shells: BTreeMap<Place, Shell>,
    servers: Vec<Server>,
    /// Whether nothing has changed since the neighbours were hastened.
    hastened: bool,
    /// Told to the servers at the end.
    over: Arc<AtomicBool>,
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

impl Lab {
    fn start(script: &Script) -> Result<Lab, Error> {
        let mut switch = Shell::of_machine()?;
        switch.must(
            "ip link add br0 type bridge && ip link set br0 up; echo 0 > /proc/sys/net/bridge/bridge-nf-call-iptables",
        )?;
        let mut lab = Lab { shells: BTreeMap::new(), servers: Vec::new(), hastened: false, over: Arc::default() };
        for machine in &script.machines {
            let mut shell = Shell::of_machine()?;
            let pid = shell.pid();
            switch.must(&format!(
                "ip link add v-{machine} type veth peer name eth0 netns {pid} && ip link set v-{machine} master br0 up"
            ))?;
            shell.must("ip link set eth0 up")?;
            lab.shells.insert(Place::machine(machine), shell);
        }
        lab.shells.insert(Place::machine(""), switch);
        Ok(lab)
    }

    /// The shell of a place; that of a namespace is started when it is first asked for.
    fn shell(&mut self, place: &Place) -> Result<&mut Shell, Error> {
        if !self.shells.contains_key(place) {
            let machine = self.shells.get(&Place::machine(&place.machine));
            let machine = machine.ok_or_else(|| Error::other(format!("no machine `{}`", place.machine)))?;
            let shell = machine.in_namespace(&place.namespace)?;
            self.shells.insert(place.clone(), shell);
        }
        self.shells.get_mut(place).ok_or_else(|| Error::other("the shell was just started"))
    }

    fn command(&mut self, place: &Place, text: &str) -> Result<Answer, Error> {
        self.hastened = false;
        let ends = text.starts_with("ip netns del");
        if ends {
            // A shell in a namespace would keep it.
            self.shells.retain(|at, _| at.machine != place.machine || at.namespace.is_empty());
        }
        let answer = self.shell(place)?.run(text)?;
        let went_well = matches!(answer, Answer::Command { code: 0, .. });
        if let (Some(name), true) = (text.strip_prefix("ip netns add "), went_well) {
            space::be_born(self.shell(&Place::machine(&place.machine))?.space(name)?)?;
        }
        if ends && went_well {
            // The kernel takes a namespace down behind one's back.
            std::thread::sleep(Duration::from_secs(1));
        }
        Ok(answer)
    }

    /// Neighbours that do not answer shall be given up in a moment, on every link there is now.
    fn hasten(&mut self) -> Result<(), Error> {
        if std::mem::replace(&mut self.hastened, true) {
            return Ok(());
        }
        let machines: Vec<Place> = self.shells.keys().filter(|place| place.namespace.is_empty()).cloned().collect();
        for machine in machines {
            space::hasten(self.space(&machine)?)?;
            let namespaces = format!("/proc/{}/root/run/netns", self.shell(&machine)?.pid());
            for namespace in std::fs::read_dir(namespaces)?.flatten() {
                // One that could not be made leaves an empty file.
                let hastened = File::open(namespace.path()).and_then(space::hasten);
                drop(hastened);
            }
        }
        Ok(())
    }

    fn space(&mut self, place: &Place) -> Result<File, Error> {
        self.shell(&Place::machine(&place.machine))?.space(&place.namespace)
    }

    fn serve(&mut self, place: &Place, tcp: bool, addr: Ipv4Addr, port: u16) -> Result<Answer, Error> {
        let (space, over) = (self.space(place)?, self.over.clone());
        let opened = inside(space, move || -> Result<Server, Error> {
            if tcp {
                let listener = TcpListener::bind((addr, port))?;
                listener.set_nonblocking(true)?;
                return Ok(Server::Tcp(listener));
            }
            let socket = UdpSocket::bind((addr, port))?;
            socket.set_read_timeout(Some(Duration::from_millis(50)))?;
            let (tell, heard) = channel();
            std::thread::spawn(move || echo(&socket, &tell, &over));
            Ok(Server::Udp(heard))
        });
        let code = i32::from(opened.is_err());
        self.servers.extend(opened.ok());
        Ok(Answer::Command { out: String::new(), err: String::new(), code })
    }

    fn seen(&mut self, by: By) -> Option<Ipv4Addr> {
        let until = Instant::now() + Duration::from_millis(300);
        loop {
            for server in &self.servers {
                let peer = match (server, by) {
                    (Server::Tcp(listener), By::Tcp(_)) => listener.accept().ok().map(|(_, peer)| peer),
                    (Server::Udp(heard), By::Udp(_)) => heard.try_recv().ok(),
                    _ => None,
                };
                if let Some(SocketAddr::V4(peer)) = peer {
                    return Some(*peer.ip());
                }
            }
            if Instant::now() > until {
                return None;
            }
            std::thread::yield_now();
        }
    }

    fn ask(&mut self, place: &Place, question: &Question, patience: u64) -> Result<String, Error> {
        match question.by {
            By::Ping => self.ping(place, question, patience),
            By::Tcp(port) => {
                let space = self.space(place)?;
                let to = SocketAddr::from((question.to, port));
                let got = inside(space, move || TcpStream::connect_timeout(&to, Duration::from_millis(patience)));
                Ok(match got {
                    Ok(_open) => format!(
                        "reached, seen as {}",
                        self.seen(question.by).map(|a| a.to_string()).unwrap_or_default()
                    ),
                    Err(error) => told(&error),
                })
            }
            By::Udp(port) => {
                while self.servers.iter().any(|server| matches!(server, Server::Udp(heard) if heard.try_recv().is_ok()))
                {
                }
                let space = self.space(place)?;
                let question = question.clone();
                let got = inside(space, move || -> Result<(), Error> {
                    let from = question.from.unwrap_or(Ipv4Addr::UNSPECIFIED);
                    let socket = UdpSocket::bind((from, question.from_port.unwrap_or(0)))?;
                    socket.connect((question.to, port))?;
                    socket.set_read_timeout(Some(Duration::from_millis(patience)))?;
                    socket.send(b"?")?;
                    socket.recv(&mut [0; 16]).map(|_| ())
                });
                Ok(match got {
                    Ok(()) => format!(
                        "reached, seen as {}",
                        self.seen(By::Udp(port)).map(|a| a.to_string()).unwrap_or_default()
                    ),
                    Err(error) => told(&error),
                })
            }
        }
    }

    fn ping(&mut self, place: &Place, question: &Question, patience: u64) -> Result<String, Error> {
        let mut text = format!("ping -n -c 1 -W {}.{:03}", patience / 1000, patience % 1000);
        if let Some(size) = question.size {
            text.push_str(&format!(" -s {size}"));
        }
        if let Some(ttl) = question.ttl {
            text.push_str(&format!(" -t {ttl}"));
        }
        text.push_str(&format!(" -M {}", question.cut));
        if let Some(from) = question.from {
            text.push_str(&format!(" -I {from}"));
        }
        if let Some(link) = &question.link {
            text.push_str(&format!(" -I {link}"));
        }
        text.push_str(&format!(" {}", question.to));
        let Answer::Command { out, err, code } = self.command(place, &text)? else { return Ok(String::new()) };
        Ok(crate::compare::ping_said(&out, &err, code))
    }
}

/// Answers datagrams until the state is over: a socket would keep its namespace.
fn echo(socket: &UdpSocket, tell: &Sender<SocketAddr>, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        let mut bytes = [0; 64];
        if let Ok((_, from)) = socket.recv_from(&mut bytes) {
            let answered = socket.send_to(b"!", from);
            drop(answered);
            if tell.send(from).is_err() {
                return;
            }
        }
    }
}

fn told(error: &Error) -> String {
    if matches!(error.kind(), std::io::ErrorKind::TimedOut | std::io::ErrorKind::WouldBlock) {
        return "silence".to_owned();
    }
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

/// Runs a state; one answer a line. Where the model expects an answer and none came, the kernel is asked once more with more patience.
pub(crate) fn run(script: &Script, model: &[Answer]) -> Result<Vec<Answer>, Error> {
    let mut lab = Lab::start(script)?;
    let mut answers = Vec::new();
    for (line, expected) in script.lines.iter().zip(model) {
        answers.push(match &line.act {
            Act::Command(text) => lab.command(&line.place, text)?,
            Act::Serve { tcp, addr, port } => lab.serve(&line.place, *tcp, *addr, *port)?,
            Act::Cable(plugged) => {
                let state = if *plugged { "up" } else { "down" };
                lab.shell(&Place::machine(""))?.run(&format!("ip link set v-{} {state}", line.place.machine))?;
                Answer::Command { out: String::new(), err: String::new(), code: 0 }
            }
            Act::Probe(question) => {
                lab.hasten()?;
                let mut said = lab.ask(&line.place, question, 250)?;
                if said == "silence" && expected.probe() != Some("silence") {
                    said = lab.ask(&line.place, question, 2500)?;
                }
                Answer::Probe { said, why: String::new() }
            }
        });
    }
    Ok(answers)
}
