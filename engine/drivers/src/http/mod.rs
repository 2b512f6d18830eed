//! Speaks HTTP with a server.
//!
//! Promises: one call is one exchange on a connection of its own, so that a failure belongs to that call alone.
//! Certificates are always checked. Nothing is loaded before the first call that needs it.
//! Never: a retry, a header for one server sent to another, a way from `https` down to `http`, a proxy to loopback.

mod answer;
mod error;
mod redirect;
mod request;
mod tls;

use std::time::Duration;

use reqwest::Url;
use runbook_model::Failure;

pub use answer::Answer;
pub use error::Error;
pub use redirect::address;
pub use request::{Body, Method, Request};

use error::Call;
use redirect::{Hop, plain};

/// The largest body that is taken in.
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The result of an exchange, before it is made a failure.
type Result<T> = std::result::Result<T, Error>;

/// Makes the call; an answer whose status does not count as done is a failure.
///
/// `permit` is asked before a redirect is followed, with the method and the address it leads to.
///
/// Failures: `http.connect` did nothing. `http.status` below 500 is a refusal, and did nothing either. After any other
/// a call that changes something may have acted.
pub async fn send(
    request: &Request,
    permit: impl Fn(Method, &str) -> std::result::Result<(), Failure>,
) -> std::result::Result<Answer, Failure> {
    let (call, answer) = exchange(request, permit).await?;
    if request.accepts(answer.status) { Ok(answer) } else { Err(Error::status(call, answer).into()) }
}

/// Makes the call and gives whatever the server answers; for probes.
pub async fn ask(
    request: &Request,
    permit: impl Fn(Method, &str) -> std::result::Result<(), Failure>,
) -> std::result::Result<Answer, Failure> {
    Ok(exchange(request, permit).await?.1)
}

async fn exchange(
    request: &Request,
    permit: impl Fn(Method, &str) -> std::result::Result<(), Failure>,
) -> std::result::Result<(Call, Answer), Failure> {
    let mut hop = Hop::first(request)?;
    let call = hop.call();
    let all = async {
        loop {
            let answer = once(request, &hop).await?;
            let Some(next) = hop.next(request, &answer)? else { return Ok(answer) };
            permit(next.method, plain(&next.url).as_str()).map_err(|refused| Failure {
                // The first server has answered; what it did before it sent us on is not known.
                may_have_acted: request.method.changes(),
                ..refused
            })?;
            hop = next;
        }
    };
    let answer = tokio::time::timeout(request.timeout, all).await;
    let answer = answer.unwrap_or_else(|_| Err(Error::Timeout { call: call.clone(), limit: request.timeout }.into()));
    answer.map(|answer| (call, answer))
}

/// One request and its answer, without following where it leads.
async fn once(request: &Request, hop: &Hop) -> Result<Answer> {
    let client = client(request, &hop.url)?;
    let mut sent = client.request(hop.method.into(), hop.url.clone()).headers(hop.headers.clone());
    if let Some(body) = &hop.body {
        sent = sent.body(body.clone());
    }
    let response = sent.send().await.map_err(|trouble| Error::of(hop.call(), trouble))?;
    Answer::take_in(response, hop).await
}

fn client(request: &Request, url: &Url) -> Result<reqwest::Client> {
    let mut client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::config(url, request.ca.as_deref())?)
        .user_agent(concat!("runbook/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        // A connection kept for later may be closed by the server just when the next request goes out on it, and
        // then nobody knows whether that one acted.
        .pool_max_idle_per_host(0)
        .connect_timeout(time_to_connect(request.timeout));
    if is_loopback(url) {
        client = client.no_proxy();
    }
    client.build().map_err(Error::Client)
}

/// Less than the whole: what runs out while the connection is made is known to have done nothing.
fn time_to_connect(whole: Duration) -> Duration {
    whole - whole / 10
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    address.map_or_else(|_| host == "localhost" || host.ends_with(".localhost"), |address| address.is_loopback())
}

#[cfg(test)]
pub(crate) mod server;
#[cfg(test)]
mod tests;
