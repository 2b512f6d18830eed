//! `runbook twin`: a whole cluster in this process, for whoever has a kubeconfig and an ssh configuration.

use std::fs;
use std::io::{BufRead, IsTerminal, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};

use runbook_model::record::Aim;
use runbook_model::{Failure, Value, code};
use runbook_script::hands::Hands;
use runbook_twin::clock::Speed;
use runbook_twin::faults::{FAULTS, Planted};
use runbook_twin::scene::{self, SCENES};
use runbook_twin::serve::{Running, Start, start};
use runbook_twin::world::World;
use serde_json::json;

use crate::args::{Common, Output, Twin, TwinConnectivity, TwinUp};
use crate::exit::Exit;
use crate::scene::{bad, named, plant};

/// What ends a twin, or changes it.
enum Event {
    Order(String),
    Stop,
}

/// Carries out one of the commands about twins.
pub(crate) fn twin(common: &Common, asked: &Twin) -> Result<Exit, Failure> {
    match asked {
        Twin::Up(asked) => up(asked),
        Twin::Helm(asked) => super::helm::helm(asked),
        Twin::Scenes => scenes(common),
        Twin::Connectivity(asked) => connectivity(asked, common.output == Output::Json),
        Twin::Faults => {
            faults(common);
            Ok(Exit::Done)
        }
    }
}

fn scenes(common: &Common) -> Result<Exit, Failure> {
    for (name, text) in SCENES {
        let scene = scene::head(text).map_err(|mistake| bad(name, &mistake))?;
        if common.output == Output::Json {
            super::print(&format!("{}\n", json!({"name": name, "doc": scene.doc, "machines": scene.machines})));
        } else {
            super::print(&format!("{name:<16} {}\n", scene.doc));
        }
    }
    Ok(Exit::Done)
}

fn connectivity(asked: &TwinConnectivity, as_json: bool) -> Result<Exit, Failure> {
    let kubeconfig = asked.kubeconfig.as_ref().map(|path| path.to_string_lossy().into_owned());
    let hands = Hands::new(Aim { kubeconfig, ..Aim::default() }, None);
    let as_json = as_json || asked.json;
    let path = if as_json { "/twin/connectivity.json" } else { "/twin/connectivity" };
    let answer = hands.asked(path).map_err(|failure| match failure.code.as_str() {
        code::KUBE_NOT_FOUND => Failure::new(code::TWIN_TROUBLE, "the cluster of this kubeconfig is no twin")
            .hint("start one with `runbook twin up`, and name the kubeconfig it prints with `--kubeconfig`"),
        _ => failure,
    })?;
    match answer {
        Value::Text(text) => super::print(&text),
        answer => super::print(&format!("{}\n", answer.to_plain_json())),
    }
    Ok(Exit::Done)
}

fn faults(common: &Common) {
    for fault in FAULTS {
        let (must, may) = fault.takes;
        if common.output == Output::Json {
            let line =
                json!({"name": fault.name, "doc": fault.doc, "takes": must, "may_take": may, "rows": fault.rows});
            super::print(&format!("{line}\n"));
            continue;
        }
        let must = must.iter().map(|key| format!(" {key}=…"));
        let takes: String = must.chain(may.iter().map(|key| format!(" [{key}=…]"))).collect();
        let rows = if fault.rows.is_empty() { String::new() } else { format!(" ({})", fault.rows.join(", ")) };
        super::print(&format!("{}{takes}\n    {}{rows}\n", fault.name, fault.doc));
    }
}

fn trouble(what: &str, error: std::io::Error) -> Failure {
    Failure::new(code::TWIN_TROUBLE, what).because(error).hint("name a folder of your own with `--state-dir`")
}

fn up(asked: &TwinUp) -> Result<Exit, Failure> {
    let speed = speed(&asked.speed)?;
    let mut scene = named(&asked.scene, None)?;
    plant(&asked.fault, &mut scene.world)?;
    let folder = Folder::new(asked.state_dir.as_deref()).map_err(|error| trouble("the twin has no folder", error))?;
    let addresses = addresses(&scene.world);
    crate::helm::write(&folder.path, None).map_err(|error| trouble("the twin has no helm", error))?;
    let begin = Start { world: scene.world, speed, folder: folder.path.clone(), port: asked.port };
    let running = start(begin).map_err(|error| trouble("the twin cannot be started", error))?;
    tell(&running, &addresses, asked.json);
    let (send, events) = channel();
    listen_for_signals(send.clone())?;
    listen_for_orders(send);
    for event in events {
        match event {
            Event::Stop => break,
            Event::Order(line) => {
                let did = obey(&running, &line);
                super::print(&format!("{}\n", did.unwrap_or_else(|why| json!({"error": why}))));
            }
        }
    }
    Ok(Exit::Done)
}

fn speed(typed: &str) -> Result<Speed, Failure> {
    match typed.trim_end_matches('x').parse::<f64>() {
        Ok(times) if times.is_finite() && times > 0.0 => Ok(Speed::Times(times)),
        _ if typed == "jump" => Ok(Speed::Jumping),
        _ => {
            let failure = Failure::new(code::SCENE_BAD, format!("`{typed}` is no speed"));
            Err(failure.hint("say `jump`, or how many times as fast as real time, like `10`"))
        }
    }
}

/// The address of each machine on its first card that has one.
fn addresses(world: &World) -> Vec<(String, String)> {
    let first = |cards: &[runbook_twin::machines::Card]| {
        let address = cards.iter().find_map(|card| card.address.clone()).unwrap_or_default();
        address.split('/').next().unwrap_or_default().to_owned()
    };
    world.machines().map(|machine| (machine.name.clone(), first(&machine.cards))).collect()
}

fn tell(running: &Running, addresses: &[(String, String)], as_json: bool) {
    let (kubeconfig, ssh) = (running.kubeconfig.display(), running.ssh_config.display());
    if as_json {
        let text = |text: &dyn std::fmt::Display| json!(text.to_string());
        let one = |(name, address): &(String, String)| {
            format!("{{\"name\": {}, \"address\": {}}}", text(name), text(address))
        };
        let machines: Vec<String> = addresses.iter().map(one).collect();
        let (kubeconfig, ssh, machines) = (text(&kubeconfig), text(&ssh), machines.join(", "));
        super::print(&format!("{{\"kubeconfig\": {kubeconfig}, \"ssh_config\": {ssh}, \"machines\": [{machines}]}}\n"));
        return;
    }
    let machines: Vec<String> = addresses.iter().map(|(name, address)| format!("{name} {address}")).collect();
    super::print(&format!("kubeconfig  {kubeconfig}\nssh config  {ssh}\nmachines    {}\n", machines.join(", ")));
    if std::io::stderr().is_terminal() {
        let first = addresses.first().map_or("MACHINE", |(name, _)| name.as_str());
        let text = format!(
            "\n  export KUBECONFIG={kubeconfig}\n  kubectl get nodes\n  ssh -F {ssh} {first}\n\nCtrl-C ends it.\n"
        );
        let _ = std::io::stderr().write_all(text.as_bytes());
    }
}

/// What is typed while a twin runs: `fault NAME key=value …`, `give 10m`.
fn obey(running: &Running, line: &str) -> Result<serde_json::Value, String> {
    let (verb, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    match verb {
        "fault" => {
            let fault = Planted::typed(rest)?;
            running.change(|world| fault.plant(world))?;
        }
        "give" => {
            let time = scene::read_span(rest).ok_or_else(|| format!("`{rest}` is no span of time like `10m`"))?;
            running.give(time);
        }
        _ => return Err(format!("`{verb}` is no order; say `fault NAME key=value …` or `give 10m`")),
    }
    Ok(json!({"did": line.trim()}))
}

fn listen_for_signals(send: Sender<Event>) -> Result<(), Failure> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let deaf = |error| trouble("signals cannot be listened to", error);
    let mut signals = signal_hook::iterator::Signals::new([SIGHUP, SIGINT, SIGTERM]).map_err(deaf)?;
    let listen = move || {
        for _ in signals.forever() {
            if send.send(Event::Stop).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("signals".into()).spawn(listen).map(drop).map_err(deaf)
}

/// Reads orders from standard input, whose end is the end of the twin; unless there was none from the beginning, as
/// in the background of a script.
fn listen_for_orders(send: Sender<Event>) {
    let kind = rustix::fs::fstat(std::io::stdin()).map(|stat| rustix::fs::FileType::from_raw_mode(stat.st_mode));
    let nothing = matches!(kind, Ok(rustix::fs::FileType::CharacterDevice) | Err(_)) && !std::io::stdin().is_terminal();
    if nothing {
        return;
    }
    let listen = move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok).filter(|line| !line.trim().is_empty()) {
            if send.send(Event::Order(line)).is_err() {
                return;
            }
        }
        // Nobody may be left to hear it.
        let _ = send.send(Event::Stop);
    };
    // Without a thread for it, signals still end the twin.
    let _ = std::thread::Builder::new().name("orders".into()).spawn(listen);
}

/// The folder of a twin: the one that was named, or one of its own that goes with it.
struct Folder {
    path: PathBuf,
    own: bool,
}

impl Folder {
    fn new(named: Option<&Path>) -> std::io::Result<Self> {
        if let Some(path) = named {
            fs::create_dir_all(path)?;
            return Ok(Self { path: fs::canonicalize(path)?, own: false });
        }
        let mut last = None;
        for number in 0..100 {
            let path = std::env::temp_dir().join(format!("runbook-twin-{}-{number}", std::process::id()));
            match fs::DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self { path, own: true }),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| std::io::Error::other("no name is free")))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.own {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
