//! A state run on the twin's machines: every line by the shell that an SSH session gets, the network the world's own.

use crate::compare::Answer;
use crate::place::Place;
use crate::script::{Act, Script};
use runbook_twin::machines::{Bare, Card};
use runbook_twin::net::{Listener, Transport};
use runbook_twin::scene;
use runbook_twin::world::{Moment, World};

const LIMIT: usize = 1_000_000;

/// Runs a state; one answer a line.
pub(crate) fn run(script: &Script) -> Vec<Answer> {
    let now = Moment::seconds(1_790_000_000);
    let mut world = scene::bare(7, now);
    for name in &script.machines {
        let mut machine = Bare { booted: now.since_1970(), ..Bare::new(name) }.machine();
        let (segment, driver) = ("lan".to_owned(), "virtio_net".to_owned());
        machine.add_card(Card { name: "eth0".to_owned(), segment, driver, ..Card::default() });
        world.add_machine(machine);
    }
    let nothing = |code: bool| Answer::Command { out: String::new(), err: String::new(), code: i32::from(code) };
    let mut answers = Vec::new();
    for line in &script.lines {
        let place = &line.place;
        world.advance(Moment(world.now().0 + 20_000));
        answers.push(match &line.act {
            Act::Command(text) => command(&mut world, place, text),
            Act::Serve { tcp, addr, port } => {
                let transport = if *tcp { Transport::Tcp } else { Transport::Udp };
                let listener = Listener { transport, addr: *addr, port: *port, owner: "test".to_owned() };
                let space = world.network().find(&place.machine, &place.namespace);
                nothing(!space.is_some_and(|space| world.network_mut().listen(space, listener)))
            }
            Act::Cable(plugged) => {
                world.network_mut().cable(&place.machine, "eth0", *plugged);
                nothing(false)
            }
            Act::Probe(question) => {
                let now = world.now().0 / 1000;
                crate::model::ask(world.network_mut(), place, question, now)
            }
        });
    }
    answers
}

fn command(world: &mut World, place: &Place, text: &str) -> Answer {
    let script = match place.namespace.as_str() {
        "" => text.to_owned(),
        name => format!("ip netns exec {name} sh -c '{}'", text.replace('\'', "'\\''")),
    };
    let session = world.on_machine(&place.machine, |machine| machine.open_session("root", Some(&script), &[]));
    let Some(Ok(session)) = session else { panic!("there is no machine {}", place.machine) };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    for _ in 0..10_000 {
        world.settle(LIMIT);
        let heard = world.look_at_machine(&place.machine, |machine| machine.hear(session)).unwrap();
        out.extend(heard.out);
        err.extend(heard.err);
        if let Some(end) = heard.ended {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            return Answer::Command { out: text(&out), err: text(&err), code: end.status() };
        }
        let Some(next) = world.next_jump_while(true) else { break };
        world.advance(next);
    }
    panic!("`{script}` does not end")
}
