//! `curl`, `wget`, `which`: what a machine fetches, from the answers its scene gives.

use super::call::{Call, Done};
use super::{Command, once};
use crate::machines::web::Reply;

pub(super) const COMMANDS: &[Command] =
    &[once("curl", "/usr/bin", curl), once("wget", "/usr/bin", wget), once("which", "/usr/bin", which)];

/// The answer to a request, or the number and the text of what `curl` says.
fn fetch(call: &Call<'_, '_>, url: &str) -> Result<Reply, (i32, String)> {
    if let Some(reply) = call.sys.machine.web.get(url) {
        return Ok(reply.clone());
    }
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    if !["http", "https"].contains(&scheme) {
        return Err((1, format!("Protocol \"{scheme}\" not supported")));
    }
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let (name, port) = host.rsplit_once(':').unwrap_or((host, if scheme == "https" { "443" } else { "80" }));
    let is_address = name.parse::<std::net::IpAddr>().is_ok() || name == "localhost" || name.starts_with('[');
    if is_address {
        return Err((7, format!("Failed to connect to {name} port {port} after 0 ms: Could not connect to server")));
    }
    Err((6, format!("Could not resolve host: {name}")))
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
    let mut status = 0;
    let (mut code, mut body) = (0, Vec::new());
    match fetch(call, &url) {
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
    match fetch(call, &url) {
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
