//! What a name stands for.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::time::{Duration, Instant};

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use runbook_model::{Failure, Value};

use super::{Found, wrong};

const PORT: u16 = 53;

/// The kinds of records that can be asked for.
const TYPES: [&str; 10] = ["A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"];

/// A question about a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The name.
    pub name: String,
    /// The kind of record, `MX`; addresses of both kinds where it is not given.
    pub kind: Option<String>,
    /// Whom to ask, `10.43.0.10` or `10.43.0.10:5353`; as this machine is set up where it is not given.
    pub server: Option<String>,
    /// Whether to ask over TCP.
    pub tcp: bool,
    /// How long the answer may take.
    pub timeout: Duration,
}

/// Asks what a name stands for. A given server is asked directly, without `/etc/hosts` and without search domains.
///
/// Adds `records`, each as text, and `addresses`, those of them that are addresses.
pub async fn dns(question: &Question) -> Result<Found, Failure> {
    let name = name(question)?;
    let kind = question.kind.as_deref().map(kind).transpose()?;
    let server = question.server.as_deref().map(server).transpose()?;
    let begun = Instant::now();
    let asked = async {
        let resolver = resolver(question, server).map_err(|trouble| told(&trouble))?;
        records(&resolver, name, kind).await.map_err(|trouble| told(&trouble))
    };
    let answer = tokio::time::timeout(question.timeout, asked).await;
    let answer = answer.unwrap_or_else(|_| Err(format!("no answer in {:?}", question.timeout)));
    let (records, error) = match answer {
        Ok(records) if records.is_empty() => (records, Some("no records of this type".to_owned())),
        Ok(records) => (records, None),
        Err(why) => (Vec::new(), Some(why)),
    };
    let addresses = records.iter().filter_map(RData::ip_addr).map(|ip| Value::Text(ip.to_string())).collect();
    let records = records.iter().map(|record| Value::Text(record.to_string())).collect();
    Ok(Found::of(begun, error, [("addresses", Value::List(addresses)), ("records", Value::List(records))]))
}

fn name(question: &Question) -> Result<Name, Failure> {
    let bad = || wrong(format!("`{}` is no name that can be asked for", question.name.escape_debug()));
    let labels = question.name.strip_suffix('.').unwrap_or(&question.name);
    // The root itself is a name, but nothing that anyone would probe for.
    if labels.split('.').any(str::is_empty) {
        return Err(bad());
    }
    let mut name = Name::from_utf8(&question.name).map_err(|_| bad())?;
    if question.server.is_some() {
        name.set_fqdn(true);
    }
    Ok(name)
}

fn kind(text: &str) -> Result<RecordType, Failure> {
    let upper = text.to_ascii_uppercase();
    let known = TYPES.contains(&upper.as_str()).then(|| RecordType::from_str(&upper).ok()).flatten();
    known.ok_or_else(|| {
        wrong(format!("`{text}` is no type that can be asked for")).hint(format!("ask for one of {}", TYPES.join(", ")))
    })
}

fn server(text: &str) -> Result<SocketAddr, Failure> {
    let alone = || text.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, PORT));
    let known = text.parse::<SocketAddr>().ok().or_else(alone).filter(|server| server.port() != 0);
    known.ok_or_else(|| {
        wrong(format!("`{text}` is no address of a name server"))
            .hint("give an IP address, with `:port` where it is not 53")
    })
}

fn resolver(question: &Question, server: Option<SocketAddr>) -> Result<TokioResolver, NetError> {
    let mut builder = match server {
        None => TokioResolver::builder_tokio()?,
        Some(server) => {
            let mut connection = if question.tcp { ConnectionConfig::tcp() } else { ConnectionConfig::udp() };
            connection.port = server.port();
            let servers = vec![NameServerConfig::new(server.ip(), true, vec![connection])];
            let config = ResolverConfig::from_parts(None, Vec::new(), servers);
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
        }
    };
    if server.is_none() && question.tcp {
        builder = over_tcp()?;
    }
    let options: &mut ResolverOpts = builder.options_mut();
    options.attempts = 0;
    options.cache_size = 0;
    options.timeout = question.timeout;
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    if server.is_some() {
        options.use_hosts_file = ResolveHosts::Never;
    }
    builder.build()
}

/// The servers of this machine, over TCP alone.
fn over_tcp() -> Result<hickory_resolver::ResolverBuilder<TokioRuntimeProvider>, NetError> {
    let (config, options) = hickory_resolver::system_conf::read_system_conf()?;
    let (domain, search, servers) = config.into_parts();
    let servers = servers.into_iter().map(|mut server| {
        let port = server.connections.first().map_or(PORT, |connection| connection.port);
        let mut tcp = ConnectionConfig::tcp();
        tcp.port = port;
        server.connections = vec![tcp];
        server
    });
    let config = ResolverConfig::from_parts(domain, search, servers.collect());
    Ok(TokioResolver::builder_with_config(config, TokioRuntimeProvider::default()).with_options(options))
}

async fn records(resolver: &TokioResolver, name: Name, kind: Option<RecordType>) -> Result<Vec<RData>, NetError> {
    match kind {
        None => Ok(resolver.lookup_ip(name).await?.iter().map(RData::from).collect()),
        Some(kind) => {
            let answer = resolver.lookup(name, kind).await?;
            let wanted = answer.answers().iter().filter(|record| record.record_type() == kind);
            Ok(wanted.map(|record| record.data.clone()).collect())
        }
    }
}

/// Why there is no answer, for people.
fn told(trouble: &NetError) -> String {
    match trouble {
        NetError::Dns(DnsError::NoRecordsFound(none)) if none.response_code == ResponseCode::NXDomain => {
            "no such name".into()
        }
        NetError::Dns(DnsError::NoRecordsFound(_)) => "no records of this type".into(),
        NetError::Dns(DnsError::ResponseCode(code)) => format!("the server answered {}", code.to_str()),
        NetError::Timeout => "no answer in time".into(),
        NetError::NoConnections => "no server could be reached".into(),
        NetError::Io(why) => why.to_string(),
        other => other.to_string(),
    }
}
