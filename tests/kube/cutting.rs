//! Connections that break: what is said of a change whose answer never came.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use runbook_drivers::kube::{Cluster, Options};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::kube::{Site, on};

/// When a connection is cut: at the request of this number, from now on.
#[derive(Clone, Copy, PartialEq)]
enum Cut {
    /// The server never hears it.
    Request,
    /// It is heard, and the answer is lost.
    Answer,
}

/// A door before the API server that counts requests, and cuts one. The bytes are encrypted: a request is what the
/// client says after the server has spoken.
async fn door(server: String, cut: Cut, at: Arc<AtomicUsize>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(server.trim_start_matches("https://")).await.unwrap();
            tokio::spawn(pass(client, server, cut, at.clone()));
        }
    });
    address
}

async fn pass(mut client: TcpStream, mut server: TcpStream, cut: Cut, at: Arc<AtomicUsize>) {
    let (mut asked, mut answered) = (vec![0; 65536], vec![0; 65536]);
    let mut last = false;
    let mut spoken = true;
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(read @ 1..) = read else { return };
                if std::mem::take(&mut spoken) && at.load(Ordering::SeqCst) > 0 {
                    last = at.fetch_sub(1, Ordering::SeqCst) == 1;
                }
                if last && cut == Cut::Request {
                    return;
                }
                if server.write_all(&asked[..read]).await.is_err() { return }
            }
            read = server.read(&mut answered) => {
                let Ok(read @ 1..) = read else { return };
                spoken = true;
                if last {
                    return;
                }
                if client.write_all(&answered[..read]).await.is_err() { return }
            }
        }
    }
}

/// Labels a map through the door; the label's request is the second, after a look.
async fn label_through(site: &Site, cut: Cut) -> runbook_model::Failure {
    let at = Arc::new(AtomicUsize::new(0));
    let door = door(site.cluster.server().to_owned(), cut, at.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(site.plane.file("kubeconfig")).unwrap();
    let file = folder.path().join("config");
    std::fs::write(&file, text.replace(site.cluster.server(), &door)).unwrap();
    let options = Options { kubeconfig: Some(file), ..Options::default() };
    let cluster = Cluster::connect(options).await.unwrap();
    let object = site.object("cm", "a");
    cluster.get(&object).await.unwrap();
    at.store(2, Ordering::SeqCst);
    let labels = [("cut".to_owned(), Some("yes".to_owned()))].into();
    cluster.label(&object, &labels).await.unwrap_err()
}

const MAP: &str = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}";

#[test]
fn a_change_whose_answer_is_lost_may_have_acted() {
    on("answer-lost", async |site| {
        site.apply(MAP).await;
        let failure = label_through(&site, Cut::Answer).await;
        assert_eq!((failure.code.as_str(), failure.retryable, failure.may_have_acted), ("kube.lost", true, true));
        assert_eq!(site.seen("cm/a", "{.metadata.labels.cut}"), "yes", "it did act");
    });
}

#[test]
fn a_change_that_never_arrived_is_not_known_to_be_undone() {
    on("request-lost", async |site| {
        site.apply(MAP).await;
        let failure = label_through(&site, Cut::Request).await;
        assert_eq!((failure.code.as_str(), failure.may_have_acted), ("kube.lost", true), "{failure:?}");
        assert_eq!(site.seen("cm/a", "{.metadata.labels.cut}"), "", "it did not act");
    });
}
