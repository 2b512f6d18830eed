//! Channels of a WebSocket, generation by generation, message by message: what a kubelet and an API server of 1.34 say.

use super::client::Client;
use super::streams::served;
use runbook_twin::serve::Running;

/// One message: its opcode and what it holds.
type Message = (u8, String);

const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;

/// A connection that is upgraded, with the answer's head, and what has come after it.
struct Socket {
    client: Client,
    head: String,
    read: Vec<u8>,
}

impl Socket {
    fn to(twin: &Running, path: &str, offers: Option<&str>) -> Self {
        let mut client = Client::to(twin);
        let offers = offers.map_or_else(String::new, |offers| format!("sec-websocket-protocol: {offers}\r\n"));
        let asked = format!(
            "GET /api/v1/namespaces/default/pods/one/{path} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\n\
             upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
             {offers}authorization: Bearer {}\r\n\r\n",
            twin.token
        );
        client.send(asked.as_bytes());
        let mut read = Vec::new();
        let end = loop {
            if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            read.extend(client.read_some());
        };
        let head = String::from_utf8_lossy(&read[..end]).to_lowercase();
        read.drain(..end);
        Self { client, head, read }
    }

    fn code(&self) -> &str {
        self.head.split(' ').nth(1).unwrap()
    }

    fn say(&mut self, opcode: u8, bytes: &[u8]) {
        // Masked with nothing, as what a client says must be masked.
        let mut frame = vec![0x80 | opcode, 0x80 | u8::try_from(bytes.len()).unwrap(), 0, 0, 0, 0];
        frame.extend(bytes);
        self.client.send(&frame);
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        while self.read.len() < count {
            let piece = self.client.read_some();
            assert!(!piece.is_empty(), "cut short");
            self.read.extend(piece);
        }
        self.read.drain(..count).collect()
    }

    fn hear(&mut self) -> Message {
        let start = self.bytes(2);
        let length = match start[1] {
            126 => {
                let two = self.bytes(2);
                usize::from(u16::from_be_bytes([two[0], two[1]]))
            }
            short => usize::from(short),
        };
        (start[0] & 0x0f, String::from_utf8_lossy(&self.bytes(length)).into_owned())
    }

    /// All that is said before the connection is closed.
    fn rest(&mut self) -> Vec<Message> {
        std::iter::from_fn(|| Some(self.hear()).filter(|(opcode, _)| *opcode != CLOSE)).collect()
    }
}

fn with_a_pod() -> (Running, tempfile::TempDir) {
    let (twin, folder) = served();
    let pod = r#"{"metadata":{"name":"one"},"spec":{"containers":[{"name":"a","image":"localhost/web:1"}]}}"#;
    assert_eq!(Client::to(&twin).post("/api/v1/namespaces/default/pods", pod).0, 201);
    let running = || {
        let (_, body) = Client::to(&twin).get("/api/v1/namespaces/default/pods/one");
        String::from_utf8(body).unwrap().contains(r#""phase":"Running""#)
    };
    while !running() {
        std::thread::yield_now();
    }
    (twin, folder)
}

#[test]
fn ports_are_spoken_with_what_the_client_offers_first_of_what_is_known() {
    let (twin, _folder) = with_a_pod();
    let ask = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
    for (offers, said) in [
        (None, ""),
        (Some("v4.channel.k8s.io"), "v4.channel.k8s.io"),
        (Some("v5.channel.k8s.io, v4.channel.k8s.io"), "v4.channel.k8s.io"),
    ] {
        let mut socket = Socket::to(&twin, "portforward?ports=8080", offers);
        assert_eq!(socket.code(), "101", "{offers:?}: {}", socket.head);
        assert!(socket.head.contains(&format!("sec-websocket-protocol: {said}\r\n")), "{}", socket.head);
        assert_eq!([socket.hear(), socket.hear()].map(|(_, told)| told), ["\0\u{fffd}\u{1f}", "\u{1}\u{fffd}\u{1f}"]);
        socket.say(BINARY, &[b"\0".as_slice(), ask].concat());
        let (opcode, told) = socket.hear();
        assert!(opcode == BINARY && told.starts_with("\0HTTP/1.1 200 OK") && told.ends_with("a page\n"), "{told}");
    }
    let mut socket = Socket::to(&twin, "portforward?ports=8080", Some("v4.base64.channel.k8s.io"));
    assert_eq!([socket.hear(), socket.hear()], ["0kB8=", "1kB8="].map(|told| (TEXT, told.to_owned())));
    socket.say(TEXT, b"0R0VUIC8gSFRUUC8xLjENCmhvc3Q6IHgNCg0K");
    assert!(socket.hear().1.starts_with("0SFRUUC8xLjEgMjAwIE9LDQ"));
    for offers in ["v5.channel.k8s.io", "channel.k8s.io", "nonsense"] {
        let socket = Socket::to(&twin, "portforward?ports=8080", Some(offers));
        assert_eq!(socket.code(), "403", "{offers}");
        assert!(!socket.head.contains("sec-websocket-protocol"), "{}", socket.head);
    }
}

#[test]
fn commands_end_as_their_channels_say_it() {
    let (twin, _folder) = with_a_pod();
    let path = "exec?command=sh&command=-c&command=echo%20hi;%20exit%203&stdout=true&stderr=true";
    let failed = "command terminated with non-zero exit code: exit status 3";
    let status = "{\"details\":{\"causes\":[{\"message\":\"3\"";
    for (offers, opcode, said) in [
        (None, BINARY, ["\u{1}", "\u{1}hi\n", &format!("\u{3}{failed}")]),
        (Some("channel.k8s.io"), BINARY, ["\u{1}", "\u{1}hi\n", &format!("\u{3}{failed}")]),
        (Some("v4.channel.k8s.io"), BINARY, ["\u{1}", "\u{1}hi\n", &format!("\u{3}{status}")]),
        (Some("v4.channel.k8s.io, v5.channel.k8s.io"), BINARY, ["\u{1}", "\u{1}hi\n", &format!("\u{3}{status}")]),
        (Some("base64.channel.k8s.io"), TEXT, ["1", "1aGkK", "3Y29tbWFuZCB0ZXJtaW5hdGVk"]),
        (Some("v4.base64.channel.k8s.io"), TEXT, ["1", "1aGkK", "3eyJkZXRhaWxzIjp7ImNhdXNlcyI6"]),
    ] {
        let heard = Socket::to(&twin, path, offers).rest();
        assert_eq!(heard.len(), 3, "{offers:?}: {heard:?}");
        for ((kind, told), begins) in heard.iter().zip(said) {
            assert!(*kind == opcode && told.starts_with(begins), "{offers:?}: {heard:?}");
        }
    }
    // What went well is said in words of its own only since the fourth.
    let well = path.replace("%203", "%200");
    assert_eq!(Socket::to(&twin, &well, None).rest().len(), 2);
    assert_eq!(Socket::to(&twin, &well, Some("v4.channel.k8s.io")).rest().len(), 3);
}

#[test]
fn who_wants_to_hear_nothing_is_refused_and_who_hears_a_part_hears_that() {
    let (twin, _folder) = with_a_pod();
    let words = "exec?command=sh&command=-c&command=echo%20hi;%20echo%20ho%20%3E%262";
    assert_eq!(Socket::to(&twin, words, Some("v4.channel.k8s.io")).code(), "500");
    let heard = Socket::to(&twin, words, Some("v5.channel.k8s.io")).rest();
    assert!(heard[1].1.contains("you must specify at least 1 of stdin, stdout, stderr"), "{heard:?}");
    let heard = Socket::to(&twin, &format!("{words}&stderr=true"), Some("v5.channel.k8s.io")).rest();
    assert_eq!(heard[..2], ["\u{2}", "\u{2}ho\n"].map(|told| (BINARY, told.to_owned())));
    assert_eq!(heard.len(), 3, "{heard:?}");
}
