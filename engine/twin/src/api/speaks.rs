//! How an upgraded connection is spoken, and how both sides agree on that.

use super::answer::Answer;
use super::request::Request;
use crate::world::Refusal;

/// How an upgraded connection is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// WebSocket, where the first byte of each message says which stream it is.
    Channels(Channels),
    /// SPDY/3.1.
    Spdy,
    /// SPDY/3.1 in the messages of a WebSocket.
    Tunnel,
}

/// What differs between the generations of channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channels {
    /// The fifth is spoken by the API server itself, and a client can end a stream; before it, the node speaks.
    pub fifth: bool,
    /// Before the fourth, the end of a command is said in plain words, and only if it failed.
    pub plain: bool,
    /// Bytes are base64 and the number of a stream a digit.
    pub text: bool,
}

impl Speaks {
    /// Whether the connection is a WebSocket.
    #[must_use]
    pub fn is_socket(self) -> bool {
        self != Self::Spdy
    }

    /// Whether the messages of the WebSocket are text.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self, Self::Channels(Channels { text: true, .. }))
    }
}

/// What is spoken, and the headers that say so.
pub(super) type Agreed = (Speaks, Vec<(&'static str, String)>);

const FIFTH: &str = "v5.channel.k8s.io";
const FOURTH: &str = "v4.channel.k8s.io";
/// How ports are spoken with over SPDY.
const PORTS: &str = "portforward.k8s.io";
const TUNNEL: &str = "SPDY/3.1+portforward.k8s.io";

/// How both sides speak; or what a client is answered that offers nothing that is spoken here.
pub(super) fn agreed(request: &Request, ports: bool) -> Result<Result<Agreed, Answer>, Refusal> {
    let offered = |name: &str| -> Vec<String> {
        let all = request.headers.iter().filter(|(header, _)| header == name);
        all.flat_map(|(_, value)| value.split(',')).map(|one| one.trim().to_owned()).collect()
    };
    if request.header("upgrade").eq_ignore_ascii_case("websocket") {
        return Ok(by_socket(offered("sec-websocket-protocol"), ports));
    }
    let offers = offered("x-stream-protocol-version");
    let wanted = if ports { PORTS } else { FOURTH };
    if offers.iter().any(|offer| offer == wanted) {
        return Ok(Ok((Speaks::Spdy, vec![("x-stream-protocol-version", wanted.to_owned())])));
    }
    let said = format!(
        "unable to upgrade: unable to negotiate protocol: client supports {offers:?}, server accepts [{wanted}]"
    );
    Err(Refusal::new(403, "Forbidden", said))
}

/// The API server looks for what it speaks itself; the node takes the first of the others that it knows.
fn by_socket(mut offers: Vec<String>, ports: bool) -> Result<Agreed, Answer> {
    let own = if ports { TUNNEL } else { FIFTH };
    if offers.iter().any(|offer| offer == own) {
        offers = vec![own.to_owned()];
    } else if offers.is_empty() {
        offers.push(String::new());
    }
    let found = offers.into_iter().find_map(|offer| Some((known(&offer, ports)?, offer)));
    // A node that knows none of them has no words for it.
    let none = || Answer { code: 403, headers: Vec::new(), body: super::answer::Body::Bytes(Vec::new()) };
    let (speaks, said) = found.ok_or_else(none)?;
    Ok((speaks, vec![("sec-websocket-protocol", said)]))
}

fn known(offer: &str, ports: bool) -> Option<Speaks> {
    let channels = |fifth, plain, text| Some(Speaks::Channels(Channels { fifth, plain, text }));
    match offer {
        TUNNEL if ports => Some(Speaks::Tunnel),
        FIFTH if !ports => channels(true, false, false),
        FOURTH => channels(false, false, false),
        "v4.base64.channel.k8s.io" => channels(false, false, true),
        "" => channels(false, true, false),
        "channel.k8s.io" if !ports => channels(false, true, false),
        "base64.channel.k8s.io" if !ports => channels(false, true, true),
        _ => None,
    }
}
