//! The connections to an API server.
//!
//! One that has silently died is noticed within half a minute, also while nothing is said on it: the network under a
//! cluster may be changed by the very run that speaks with it.

use std::time::Duration;

use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kube::client::{Body, ClientBuilder, ConfigExt};
use kube::{Client, Config};
use tower::BoxError;
use tower::util::MapErrLayer;

/// How long the making of a connection may take at most; a silent address is told from a slow answer by it.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a connection may be silent before the other end is asked whether it is there, and how often then.
const SILENT: (Duration, Duration, u32) = (Duration::from_secs(10), Duration::from_secs(5), 3);
/// How long what was sent may go without being received.
const UNHEARD: Duration = Duration::from_secs(25);

/// The client for a configuration. Runs the plugin for credentials, so it may take its time.
pub(super) fn client(mut config: Config, limit: Duration) -> Result<Client, kube::Error> {
    let connect = CONNECT.min(limit);
    // A driver never sends twice: what is tried again is for the step to say.
    config.default_retry = false;
    if config.proxy_url.is_some() {
        config.connect_timeout = Some(connect);
        return ClientBuilder::try_from(config).map(ClientBuilder::build);
    }
    let mut dialler = HttpConnector::new();
    dialler.enforce_http(false);
    dialler.set_nodelay(true);
    dialler.set_connect_timeout(Some(connect));
    dialler.set_keepalive(Some(SILENT.0));
    dialler.set_keepalive_interval(Some(SILENT.1));
    dialler.set_keepalive_retries(Some(SILENT.2));
    dialler.set_tcp_user_timeout(Some(UNHEARD));
    let dialler = config.rustls_https_connector_with_connector(dialler)?;
    let http = Http::builder(TokioExecutor::new()).build::<_, Body>(dialler);
    let (base, headers) = (config.base_uri_layer(), config.extra_headers_layer()?);
    let client = ClientBuilder::new(http, config.default_namespace.clone());
    let client = client.with_layer(&MapErrLayer::new(BoxError::from)).with_layer(&headers);
    Ok(match config.auth_layer()? {
        Some(auth) => client.with_layer(&auth).with_layer(&base).build(),
        None => client.with_layer(&base).build(),
    })
}
