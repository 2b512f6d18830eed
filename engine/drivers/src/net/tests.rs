//! Probes of real sockets on loopback.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, MX};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use runbook_model::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

use super::*;
use crate::http::server::{Reply, Server};
use crate::http::{Method, Request};

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(100);

/// A port of this machine where nobody listens.
async fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn a_port_that_takes_connections_is_ok() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    for host in ["127.0.0.1", "localhost"] {
        let found = tcp(host, port, LONG).await.unwrap().into_value();
        assert_eq!(found.get("ok"), Some(&true.into()), "{found}");
        assert_eq!(found.get("address"), Some(&"127.0.0.1".into()));
        assert_eq!(found.get("error"), Some(&Value::Unit));
        assert!(matches!(found.get("ms"), Some(Value::Int(_))));
    }
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_an_answer_and_no_failure() {
    let found = tcp("127.0.0.1", free_port().await, LONG).await.unwrap();
    assert!(!found.ok);
    assert_eq!(found.error.as_deref(), Some("Connection refused (os error 111)"));
    assert_eq!(found.more["addresses"], Value::List(vec!["127.0.0.1".into()]));
}

#[tokio::test]
async fn what_cannot_be_probed_is_a_failure() {
    for (host, port) in [("localhost", 0), ("", 80), ("http://localhost", 80), ("a b", 80)] {
        assert_eq!(tcp(host, port, LONG).await.unwrap_err().code, code::VALUE_BAD, "{host}:{port}");
    }
}

/// A name server that knows `known.test`, answers `refused.test` with a refusal, and everything else with `no such name`.
fn answer(question: &[u8]) -> Vec<u8> {
    let asked = Message::from_vec(question).unwrap();
    let query = asked.queries[0].clone();
    let mut answer = Message::response(asked.metadata.id, asked.metadata.op_code);
    answer.add_query(query.clone());
    let known = |data: RData| Record::from_rdata(query.name().clone(), 60, data);
    match (query.name().to_string().as_str(), query.query_type()) {
        ("known.test.", RecordType::A) => {
            answer.add_answer(known(RData::A(A::new(10, 1, 2, 3))));
        }
        ("known.test.", RecordType::MX) => {
            answer.add_answer(known(RData::MX(MX::new(10, Name::from_utf8("mail.test.").unwrap()))));
        }
        ("known.test.", _) => {}
        ("refused.test.", _) => answer.metadata.response_code = ResponseCode::Refused,
        _ => answer.metadata.response_code = ResponseCode::NXDomain,
    }
    answer.to_vec().unwrap()
}

async fn udp_server() -> SocketAddr {
    let socket = UdpSocket::bind(("127.0.0.1", 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut question = [0; 1500];
        while let Ok((size, from)) = socket.recv_from(&mut question).await {
            socket.send_to(&answer(&question[..size]), from).await.unwrap();
        }
    });
    address
}

async fn tcp_server() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            tokio::spawn(async move {
                while let Ok(size) = socket.read_u16().await {
                    let mut question = vec![0; usize::from(size)];
                    socket.read_exact(&mut question).await.unwrap();
                    let answer = answer(&question);
                    socket.write_u16(u16::try_from(answer.len()).unwrap()).await.unwrap();
                    socket.write_all(&answer).await.unwrap();
                }
            });
        }
    });
    address
}

fn ask(name: &str, kind: Option<&str>, server: SocketAddr) -> Question {
    let (kind, server) = (kind.map(str::to_owned), Some(server.to_string()));
    Question { name: name.to_owned(), kind, server, tcp: false, timeout: LONG }
}

#[tokio::test]
async fn a_given_server_is_asked_directly_over_either_transport() {
    for over_tcp in [false, true] {
        let server = if over_tcp { tcp_server().await } else { udp_server().await };
        let question = |kind| Question { tcp: over_tcp, ..ask("known.test", kind, server) };
        let found = dns(&question(None)).await.unwrap();
        assert!(found.ok, "{found:?}");
        assert_eq!(found.more["addresses"], Value::List(vec!["10.1.2.3".into()]));
        let found = dns(&question(Some("mx"))).await.unwrap();
        assert_eq!(found.more["records"], Value::List(vec!["10 mail.test.".into()]));
        assert_eq!(found.more["addresses"], Value::List(vec![]));
    }
}

#[tokio::test]
async fn a_name_that_is_not_there_is_an_answer_and_no_failure() {
    let server = udp_server().await;
    let error = async |name, kind| dns(&ask(name, kind, server)).await.unwrap().error.unwrap();
    assert_eq!(error("unknown.test", None).await, "no such name");
    assert_eq!(error("known.test", Some("TXT")).await, "no records of this type");
    assert_eq!(error("refused.test", Some("A")).await, "the server answered Query Refused");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_an_answer_too() {
    let silent = UdpSocket::bind(("127.0.0.1", 0)).await.unwrap();
    let question = Question { timeout: SHORT, ..ask("known.test", None, silent.local_addr().unwrap()) };
    let found = dns(&question).await.unwrap();
    assert!(!found.ok && found.error.unwrap().starts_with("no answer in"));
}

#[tokio::test]
async fn this_machine_knows_itself() {
    let question = Question { name: "localhost".into(), kind: None, server: None, tcp: false, timeout: LONG };
    let found = dns(&question).await.unwrap();
    let Value::List(addresses) = &found.more["addresses"] else { panic!("{found:?}") };
    assert!(addresses.contains(&"127.0.0.1".into()), "{found:?}");
}

#[tokio::test]
async fn what_cannot_be_asked_is_a_failure() {
    let server: SocketAddr = "127.0.0.1:53".parse().unwrap();
    let long = "x".repeat(100);
    for name in ["", ".", "a..b", ".a", &long] {
        assert_eq!(dns(&ask(name, None, server)).await.unwrap_err().code, code::VALUE_BAD, "{name}");
    }
    assert_eq!(dns(&ask("a.test", Some("AX"), server)).await.unwrap_err().code, code::VALUE_BAD);
    for server in ["resolver.test", "127.0.0.1:0", ""] {
        let question =
            Question { name: "a.test".into(), kind: None, server: Some(server.to_owned()), tcp: false, timeout: LONG };
        assert_eq!(dns(&question).await.unwrap_err().code, code::VALUE_BAD, "{server}");
    }
}

#[tokio::test]
async fn a_web_server_is_probed_and_never_a_failure() {
    let server = Server::start(|_| Reply::new("503 Service Unavailable", "", "")).await;
    let mut request = Request::new(Method::Get, server.url("/"));
    let found = super::http(&request).await.unwrap().into_value();
    assert_eq!(found.get("ok"), Some(&false.into()));
    assert_eq!(found.get("status"), Some(&Value::Int(503)));
    assert_eq!(found.get("error"), Some(&"answered 503".into()));
    request.ok = vec![503];
    assert!(super::http(&request).await.unwrap().ok);
    request.url = format!("http://127.0.0.1:{}/", free_port().await);
    let found = super::http(&request).await.unwrap();
    assert!(!found.ok && found.error.unwrap().ends_with("Connection refused (os error 111)"));
    assert_eq!(found.more["status"], Value::Unit);
    request.url = "no address".into();
    assert_eq!(super::http(&request).await.unwrap_err().code, code::VALUE_BAD);
}
