//! How many requests are answered, over the wire.

use std::time::{Duration, Instant};

use runbook_twin::json::json;

use crate::client::{Client, Server};
use crate::plane::Plane;
use crate::process::{Twin, processor};
use crate::table::{Claim, Table, complain};
use crate::typed::Typed;
use crate::{Trouble, line};

/// How many clients ask at once.
const CLIENTS: usize = 4;
/// For how long, in one round.
const SPAN: Duration = Duration::from_secs(3);
const JSON: &str = "application/json";
const MAPS: &str = "/api/v1/namespaces/default/configmaps";

fn map(name: &str) -> String {
    let object = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"app": "bench"}},
        "data": {"a": "one", "b": "two"},
    });
    object.to_string()
}

/// Ten maps to read, and a namespace that only grows.
fn furnish(server: &Server) -> Result<(), Trouble> {
    let mut client = server.connect()?;
    for name in ["few", "many"] {
        let space = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        client.good("POST", "/api/v1/namespaces", JSON, &space.to_string())?;
    }
    for number in 0..10 {
        let few = MAPS.replace("default", "few");
        client.good("POST", &few, JSON, &map(&format!("map-{number}")))?;
    }
    Ok(())
}

/// Of ten requests four read one object, two list ten, two patch one and two make one.
fn turn(client: &mut Client, who: usize, at: usize, round: usize) -> Result<(), Trouble> {
    let few = MAPS.replace("default", "few");
    let one = format!("{few}/map-{}", (who + at) % 10);
    let answer = match at % 10 {
        0 | 3 | 5 | 8 => client.ask("GET", &one, JSON, ""),
        1 | 6 => client.ask("GET", &few, JSON, ""),
        2 | 7 => {
            let patch = json!({"data": {"a": format!("{who}-{at}")}}).to_string();
            client.ask("PATCH", &one, "application/merge-patch+json", &patch)
        }
        _ => client.ask("POST", &MAPS.replace("default", "many"), JSON, &map(&format!("m{round}-{who}-{at}"))),
    };
    match answer? {
        (200 | 201, _) => Ok(()),
        (code, body) => Err(format!("{code}: {}", String::from_utf8_lossy(&body)).into()),
    }
}

/// Lets all clients ask for a while; gives the requests answered and the seconds it took.
fn asked(server: &Server, round: usize) -> Result<(f64, f64), Trouble> {
    let begun = Instant::now();
    let each = |who: usize| -> Result<usize, Trouble> {
        let mut client = server.connect()?;
        let mut done = 0;
        while begun.elapsed() < SPAN {
            turn(&mut client, who, done, round)?;
            done += 1;
        }
        Ok(done)
    };
    let each = &each;
    let done: Result<usize, Trouble> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS).map(|who| scope.spawn(move || each(who))).collect();
        clients.into_iter().map(|client| client.join().map_err(|_| "a client panicked")?).sum()
    });
    Ok((done? as f64, begun.elapsed().as_secs_f64()))
}

/// What one server does: by the clock, and for each second of processor time it used.
fn figures(server: &Server, parts: &[u32], rounds: usize) -> Result<(Vec<f64>, Vec<f64>), Trouble> {
    furnish(server)?;
    let used = || parts.iter().map(|id| processor(*id)).sum::<Result<f64, Trouble>>();
    let (mut clock, mut core) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let before = used()?;
        let (done, seconds) = asked(server, round)?;
        clock.push(done / seconds);
        core.push(done / (used()? - before));
    }
    Ok((clock, core))
}

pub(crate) fn measure(typed: &Typed, table: &mut Table) -> Result<(), Trouble> {
    let rounds = typed.rounds(3);
    let twin = Twin::start(3)?;
    let ours = figures(&twin.server, &[twin.id()], rounds)?;
    drop(twin);
    let real = match Plane::start()? {
        Some(plane) => figures(&plane.server, &plane.parts, rounds)?,
        None => {
            complain("no real server beside it: `.ci/plane` has not built one");
            Default::default()
        }
    };
    line(table, "answers", "requests for a second of one core", "/s", ours.1, real.1, Claim::AtLeast(5000.0))?;
    line(table, "answers", "  by the clock, clients included", "/s", ours.0, real.0, Claim::Nothing)
}
