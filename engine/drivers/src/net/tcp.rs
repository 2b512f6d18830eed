//! Whether a port takes connections.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use runbook_model::{Failure, Value};
use tokio::net::TcpStream;

use super::{Found, wrong};

/// Whether `host` takes a connection at `port` within `timeout`; each of its addresses is tried in turn.
///
/// Adds `addresses`, all the name stands for, and `address`, the one that took the connection.
pub async fn tcp(host: &str, port: u16, timeout: Duration) -> Result<Found, Failure> {
    if port == 0 {
        return Err(wrong("0 is no port"));
    }
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c.is_control() || c == '/') {
        return Err(wrong(format!("`{}` is no host", host.escape_debug())).hint("give a name or an address alone"));
    }
    let begun = Instant::now();
    let mut addresses = Vec::new();
    let connected = tokio::time::timeout(timeout, connect(host, port, &mut addresses)).await;
    let connected = connected.unwrap_or_else(|_| Err(format!("no answer in {timeout:?}")));
    let (address, error) = match connected {
        Ok(address) => (Value::Text(address.ip().to_string()), None),
        Err(why) => (Value::Unit, Some(why)),
    };
    let addresses = addresses.iter().map(|address| Value::Text(address.ip().to_string())).collect();
    Ok(Found::of(begun, error, [("addresses", Value::List(addresses)), ("address", address)]))
}

async fn connect(host: &str, port: u16, addresses: &mut Vec<SocketAddr>) -> Result<SocketAddr, String> {
    let known = tokio::net::lookup_host((host, port)).await;
    addresses.extend(known.map_err(|why| format!("the name cannot be resolved: {why}"))?);
    let mut error = "the name has no address".to_owned();
    for address in addresses.iter() {
        match TcpStream::connect(address).await {
            Ok(_) => return Ok(*address),
            Err(why) => error = why.to_string(),
        }
    }
    Err(error)
}
