//! `curl`, `wget`, `which`: what a machine fetches, from the answers its scene gives, and else over the network.

use super::call::{Call, Done, Stop};
use super::reach::{self, Target, Trouble};
use super::{Command, once};
use crate::machines::web::Reply;
use std::sync::Arc;
use std::time::Duration;

pub(super) const COMMANDS: &[Command] =
    &[once("curl", "/usr/bin", curl), once("wget", "/usr/bin", wget), once("which", "/usr/bin", which)];

/// As long as the kernel tries to connect where nobody says anything.
const PATIENCE: Duration = Duration::from_secs(135);

/// The answer to a request, or the number and the text of what `curl` says. `most` is how long it may wait.
fn fetch(call: &mut Call<'_, '_>, url: &str, method: &str, most: Option<Duration>) -> Result<Fetched, Stop> {
    if let Some(reply) = call.sys.machine.web.get(url) {
        return Ok(Ok(reply.clone()));
    }
    let Some(target) = Target::read(url) else {
        let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
        let text = if scheme.is_empty() || ["http", "https"].contains(&scheme) {
            (3, "URL rejected: Malformed input to a URL function".to_owned())
        } else {
            (1, format!("Protocol \"{scheme}\" not supported"))
        };
        return Ok(Err(text));
    };
    let (name, port) = (&target.name, target.port);
    let failed = |millis: u128| {
        format!("Failed to connect to {name} port {port} after {millis} ms: Could not connect to server")
    };
    // It is asked once, though it may have to wait then: what came back, else the number, the text and the wait.
    let said = call.plan(|call| {
        let none = |code: i32, text: String, wait: Duration| vec![code.to_string(), text, wait.as_millis().to_string()];
        Ok(vec![match reach::ask(call, &target, method) {
            Ok(reply) => vec![reply.status.to_string(), Call::text(&reply.body)],
            Err(Trouble::Nameless) => none(6, format!("Could not resolve host: {name}"), Duration::ZERO),
            Err(Trouble::Refused) => none(7, failed(0), Duration::ZERO),
            Err(Trouble::Late(wait)) if most.is_none_or(|most| most > wait) => none(7, failed(wait.as_millis()), wait),
            Err(Trouble::Late(_) | Trouble::Silence) => match most {
                Some(most) => none(28, format!("Connection timed out after {} milliseconds", most.as_millis()), most),
                None => none(28, failed(PATIENCE.as_millis()), PATIENCE),
            },
            Err(Trouble::Plain) => {
                let text = "TLS connect error: error:0A00010B:SSL routines::wrong version number";
                none(35, text.to_owned(), Duration::ZERO)
            }
        }])
    })?;
    match said[0].as_slice() {
        [status, body] => {
            let body = Arc::new(crate::machines::text::to_bytes(body));
            Ok(Ok(Reply { status: status.parse().unwrap_or(500), body }))
        }
        [code, text, wait] => {
            call.sleep(Duration::from_millis(wait.parse().unwrap_or(0)))?;
            Ok(Err((code.parse().unwrap_or(7), text.clone())))
        }
        _ => Ok(Err((7, String::new()))),
    }
}

/// What came back, or the number and the text of the trouble.
type Fetched = Result<Reply, (i32, String)>;

fn seconds(text: Option<&str>) -> Option<Duration> {
    Duration::try_from_secs_f64(text?.parse().ok()?).ok().filter(|time| !time.is_zero())
}

#[expect(clippy::too_many_lines, reason = "one table: each case is a line or two, and they belong together")]
fn curl(call: &mut Call<'_, '_>) -> Done {
    let long = [
        ("silent", "s"),
        ("show-error", "S"),
        ("fail", "f"),
        ("location", "L"),
        ("output=", "o"),
        ("remote-name", "O"),
        ("insecure", "k"),
        ("max-time=", "m"),
        ("connect-timeout=", "ct"),
        ("write-out=", "w"),
        ("head", "I"),
        ("header=", "H"),
        ("request=", "X"),
        ("data=", "d"),
        ("retry=", "retry"),
        ("cacert=", "cacert"),
        ("cert=", "E"),
        ("key=", "key"),
        ("compressed", "compressed"),
        ("user-agent=", "A"),
        ("ipv4", "4"),
        ("progress-bar", "#"),
    ];
    let options = call.options("sSfLo:Okm:w:IH:X:d:E:A:4#vi", &long)?;
    if let Some(odd) = ["v", "i", "d"].iter().find(|odd| options.has(odd)) {
        return call.unknown(&format!("option `-{odd}`"));
    }
    let Some(url) = options.rest.first().cloned() else {
        call.say_line("curl: (2) no URL specified");
        return Ok(2);
    };
    let method = options.value("X").unwrap_or(if options.has("I") { "HEAD" } else { "GET" }).to_owned();
    if !["GET", "HEAD"].contains(&method.as_str())
        || options.has("E")
        || options.values("H").iter().any(|head| head.to_lowercase().starts_with("authorization"))
    {
        return call.unknown("a request that is more than looking");
    }
    if options.value("w").is_some_and(|wanted| wanted.replace("%{http_code}", "").contains("%{")) {
        return call.unknown("a variable of `-w`");
    }
    let most = [options.value("m"), options.value("ct")].into_iter().filter_map(seconds).min();
    let fetched = fetch(call, &url, &method, most)?;
    // Whoever is known to nobody is not trusted.
    if fetched.is_ok()
        && url.starts_with("https://")
        && !call.sys.machine.web.contains_key(&url)
        && !options.has("k")
        && !options.has("cacert")
    {
        if !options.has("s") || options.has("S") {
            call.say_line("curl: (60) SSL certificate problem: unable to get local issuer certificate\nMore details here: https://curl.se/docs/sslcerts.html");
        }
        return Ok(60);
    }
    let mut status = 0;
    let (mut code, mut body) = (0, Vec::new());
    match fetched {
        Ok(reply) if reply.status >= 400 && options.has("f") => {
            (code, status) = (reply.status, 22);
            if !options.has("s") || options.has("S") {
                call.say_line(&format!("curl: (22) The requested URL returned error: {}", reply.status));
            }
        }
        Ok(reply) if options.has("I") => {
            code = reply.status;
            body = format!("HTTP/2 {}\r\ncontent-length: {}\r\n\r\n", reply.status, reply.body.len()).into_bytes();
        }
        Ok(reply) => (code, body) = (reply.status, reply.body.to_vec()),
        Err((number, text)) => {
            status = number;
            if !options.has("s") || options.has("S") {
                call.say_line(&format!("curl: ({number}) {text}"));
            }
        }
    }
    let to = match options.value("o") {
        Some(path) => Some(path.to_owned()),
        None if options.has("O") => Some(url.rsplit('/').next().unwrap_or("index.html").to_owned()),
        None => None,
    };
    match to {
        Some(path) if status == 0 => {
            if let Err(error) = call.sys.write_file(&path, &body, false) {
                call.say_line(&format!("curl: (23) client returned ERROR on write, {error}"));
                return Ok(23);
            }
        }
        Some(_) => {}
        None => call.out.extend(body),
    }
    if let Some(wanted) = options.value("w") {
        let text = wanted.replace("%{http_code}", &format!("{code:03}")).replace("\\n", "\n");
        call.print(&text);
    }
    Ok(status)
}

fn wget(call: &mut Call<'_, '_>) -> Done {
    let long =
        [("quiet", "q"), ("output-document=", "O"), ("timeout=", "T"), ("tries=", "t"), ("no-check-certificate", "k")];
    let options = call.options("qO:T:t:", &long)?;
    let Some(url) = options.rest.first().cloned() else { return call.usage("missing URL") };
    let most = seconds(options.value("T"));
    match fetch(call, &url, "GET", most)? {
        Ok(reply) if reply.status < 400 => {
            let path = options
                .value("O")
                .map_or_else(|| url.rsplit('/').next().unwrap_or("index.html").to_owned(), str::to_owned);
            if path == "-" {
                call.out.extend(reply.body.iter());
            } else if let Err(error) = call.sys.write_file(&path, &reply.body, false) {
                return call.fail_line(3, &format!("{path}: {error}"));
            }
            Ok(0)
        }
        Ok(reply) => call.fail_line(8, &format!("ERROR {}: refused.", reply.status)),
        Err((_, text)) => call.fail_line(4, &format!("wget: {text}")),
    }
}

fn which(call: &mut Call<'_, '_>) -> Done {
    let path = call.env().get("PATH").cloned().unwrap_or_default();
    let mut status = 0;
    for name in call.args.clone() {
        match call.sys.look_up(&name, &path) {
            Ok(found) => call.line(&found),
            Err(_) => status = 1,
        }
    }
    Ok(status)
}
