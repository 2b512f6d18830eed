//! A state run by the kernel: each machine a shell in a network and a mount namespace of its own, joined by a bridge.

use crate::compare::Answer;
use crate::place::Place;
use crate::probe::{By, Question};
use crate::script::{Act, Script};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Error, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
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

struct Shell {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Shell {
    fn start() -> Result<Shell, Error> {
        let mut child = Command::new("unshare")
            .args(["--net", "--mount", "--propagation", "private", "sh"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .env("LC_ALL", "C")
            .spawn()?;
        let (Some(to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::other("the shell has no pipes"));
        };
        Ok(Shell { child, to, from: BufReader::new(from) })
    }

    fn run(&mut self, command: &str) -> Result<(String, String, i32), Error> {
        let framed = format!("( {command}\n) >/run/o 2>/run/e </dev/null; echo $?\n");
        self.to.write_all(framed.as_bytes())?;
        let mut code = String::new();
        if self.from.read_line(&mut code)? == 0 {
            return Err(Error::other(format!("the shell ended at `{command}`")));
        }
        // Its own /run: two programs less to start for each command.
        let read = |name: &str| -> Result<String, Error> {
            let bytes = std::fs::read(format!("/proc/{}/root/run/{name}", self.child.id()))?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        Ok((read("o")?, read("e")?, code.trim().parse().unwrap_or(-1)))
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let ended = self.child.kill().and_then(|()| self.child.wait());
        drop(ended);
    }
}

enum Server {
    Tcp(TcpListener),
    Udp(Receiver<SocketAddr>),
}

struct Lab {
    shells: BTreeMap<String, Shell>,
    servers: Vec<Server>,
}

/// What a namespace of a state is born with, so that this machine's own settings do not matter.
const BIRTH: &str = "for d in all default lo; do for s in forwarding rp_filter proxy_arp promote_secondaries accept_local arp_ignore arp_announce \
    arp_filter route_localnet src_valid_mark ignore_routes_with_linkdown; do echo 0 > /proc/sys/net/ipv4/conf/$d/$s; done; \
    echo 0 > /proc/sys/net/ipv4/conf/$d/send_redirects; echo 0 > /proc/sys/net/ipv4/conf/$d/accept_redirects; done; \
    echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6; \
    echo 0 > /proc/sys/net/ipv4/icmp_ratelimit; echo 0 > /proc/sys/net/ipv4/icmp_ratemask";

impl Lab {
    fn start(script: &Script) -> Result<Lab, Error> {
        let mut lab = Lab { shells: BTreeMap::new(), servers: Vec::new() };
        let mut switch = Shell::start()?;
        let quiet = "mount -t tmpfs tmpfs /run; mkdir -p /run/netns";
        switch.to.write_all(format!("{quiet}\n").as_bytes())?;
        let made = format!(
            "{BIRTH}; ip link set lo up; ip link add br0 type bridge; ip link set br0 up; \
                            echo 0 > /proc/sys/net/bridge/bridge-nf-call-iptables"
        );
        switch.run(&made)?;
        for machine in &script.machines {
            let mut shell = Shell::start()?;
            shell.to.write_all(format!("{quiet}\n").as_bytes())?;
            shell.run(&format!("{BIRTH}; ip link set lo up"))?;
            let pid = lab_pid(&mut shell)?;
            let (_, err, code) = switch.run(&format!(
                "ip link add v-{machine} type veth peer name eth0 netns {pid} && ip link set v-{machine} master br0 up"
            ))?;
            if code != 0 {
                return Err(Error::other(err));
            }
            shell.run("ip link set eth0 up")?;
            lab.shells.insert(machine.clone(), shell);
        }
        lab.shells.insert(String::new(), switch);
        Ok(lab)
    }

    fn shell(&mut self, machine: &str) -> Result<&mut Shell, Error> {
        self.shells.get_mut(machine).ok_or_else(|| Error::other(format!("no machine `{machine}`")))
    }

    fn command(&mut self, place: &Place, text: &str) -> Result<Answer, Error> {
        let shell = self.shell(&place.machine)?;
        let inside = if place.namespace.is_empty() {
            text.to_owned()
        } else {
            let quoted = text.replace('\'', "'\\''");
            format!("nsenter --net=/run/netns/{} sh -c '{quoted}'", place.namespace)
        };
        let (out, err, code) = shell.run(&inside)?;
        if let (Some(name), 0) = (text.strip_prefix("ip netns add "), code) {
            shell.run(&format!("nsenter --net=/run/netns/{name} sh -c '{BIRTH}'"))?;
        }
        if text.starts_with("ip netns del") && code == 0 {
            // The kernel takes a namespace down behind one's back.
            shell.run("sleep 1")?;
        }
        Ok(Answer::Command { out, err, code })
    }

    /// Neighbours that do not answer shall be given up in a moment, on every link there is now.
    fn hasten(&mut self, script: &Script) -> Result<(), Error> {
        let quick = "for f in /proc/sys/net/ipv4/neigh/*/retrans_time_ms; do echo 60 > $f; done";
        for machine in &script.machines {
            let all = format!("{quick}; for n in /run/netns/*; do [ -e $n ] && nsenter --net=$n sh -c '{quick}'; done");
            self.shell(machine)?.run(&all)?;
        }
        Ok(())
    }

    fn space(&mut self, place: &Place) -> Result<File, Error> {
        let shell = self.shell(&place.machine)?;
        let pid = lab_pid(shell)?;
        let path = if place.namespace.is_empty() {
            format!("/proc/{pid}/ns/net")
        } else {
            format!("/proc/{pid}/root/run/netns/{}", place.namespace)
        };
        File::open(path)
    }

    fn serve(&mut self, place: &Place, tcp: bool, addr: Ipv4Addr, port: u16) -> Result<Answer, Error> {
        let space = self.space(place)?;
        let opened = inside(space, move || -> Result<Server, Error> {
            if tcp {
                let listener = TcpListener::bind((addr, port))?;
                listener.set_nonblocking(true)?;
                return Ok(Server::Tcp(listener));
            }
            let socket = UdpSocket::bind((addr, port))?;
            socket.set_read_timeout(Some(Duration::from_millis(50)))?;
            let (tell, heard) = channel();
            std::thread::spawn(move || echo(&socket, &tell));
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

fn echo(socket: &UdpSocket, tell: &std::sync::mpsc::Sender<SocketAddr>) {
    let until = Instant::now() + Duration::from_secs(120);
    while Instant::now() < until {
        let mut bytes = [0; 64];
        match socket.recv_from(&mut bytes) {
            Ok((_, from)) => {
                if tell.send(from).is_err() {
                    return;
                }
                let answered = socket.send_to(b"!", from);
                drop(answered);
            }
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(_) => {}
        }
    }
}

fn lab_pid(shell: &mut Shell) -> Result<String, Error> {
    Ok(shell.run("echo $$")?.0.trim().to_owned())
}

/// Does a thing in another network namespace, on a thread of its own.
fn inside<T: Send + 'static>(
    space: File,
    what: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
    use std::os::fd::AsFd;
    let work = std::thread::spawn(move || {
        move_into_link_name_space(space.as_fd(), Some(LinkNameSpaceType::Network))?;
        what()
    });
    work.join().unwrap_or_else(|_| Err(Error::other("the thread broke")))
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
                lab.shell("")?.run(&format!("ip link set v-{} {state}", line.place.machine))?;
                Answer::Command { out: String::new(), err: String::new(), code: 0 }
            }
            Act::Probe(question) => {
                lab.hasten(script)?;
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
