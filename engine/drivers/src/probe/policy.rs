//! Whether rules between pods are enforced: a pod is closed to all, then opened to some, and asked each time.
//!
//! The rules stand in the namespace of the test pods and select nothing else; they are taken away at the end, and with
//! the namespace at the latest.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use runbook_model::{Failure, Value};

use super::asking::{Kinds, Plan, from_post};
use super::manifests::{PART, object, text, texts};
use super::posts::{PORT, Post, Posts, Role, Site};
use super::question::{Answer, Ask, Known, Question};
use crate::kube::{Apply, Cluster, Delete, Manifests, Ref};

/// The names of our rules.
const RULES: [&str; 2] = ["closed", "open-to-clients"];
/// How long to let a rule take hold before it is asked again.
const PAUSE: Duration = Duration::from_secs(1);

/// Asks from every client to every server with the pods open, closed, and open to the clients. A rule is given
/// `within` to take hold.
pub async fn policies(cluster: &Cluster, namespace: &str, within: Duration) -> Result<Vec<Answer>, Failure> {
    let posts = Posts::find(cluster, namespace).await?;
    let site = Site {
        run: namespace.to_owned(),
        namespace: namespace.to_owned(),
        image: String::new(),
        nodes: Vec::new(),
        from_nodes: false,
    };
    lift(cluster, namespace).await?;
    let open = asked(cluster, namespace, &posts, "policy allow").await;
    let closed = Value::from([("podSelector", servers()), ("policyTypes", Value::List(vec![text("Ingress")]))]);
    let ended = rules(cluster, &site, &posts, within, open, closed).await;
    let lifted = lift(cluster, namespace).await;
    let answers = ended?;
    lifted.map(|()| answers)
}

async fn rules(
    cluster: &Cluster,
    site: &Site,
    posts: &Posts,
    within: Duration,
    before: Vec<Answer>,
    closed: Value,
) -> Result<Vec<Answer>, Failure> {
    let clients = Value::from([("podSelector", Value::from([("matchLabels", texts([(PART, Role::Client.word())]))]))]);
    let from = Value::from([("from", Value::List(vec![clients]))]);
    let opened = Value::from([
        ("podSelector", servers()),
        ("policyTypes", Value::List(vec![text("Ingress")])),
        ("ingress", Value::List(vec![from])),
    ]);
    apply(cluster, site, RULES[0], closed).await?;
    let denied = settled(cluster, site, posts, within, "policy deny", Known::No).await;
    apply(cluster, site, RULES[1], opened).await?;
    let allowed = settled(cluster, site, posts, within, "policy allow", Known::Yes).await;
    let denied = denied.into_iter().zip(&before).map(|(answer, before)| turned(answer, before));
    let allowed = allowed.into_iter().zip(&before).map(|(mut answer, before)| {
        if before.known != Known::Yes {
            answer.known = Known::Unknown;
            answer.why = format!("it could not be reached without any rule either: {}", before.why);
        }
        answer
    });
    Ok(denied.chain(allowed).collect())
}

/// A connection that is refused by a rule is what was wanted, if it came about without the rule.
fn turned(answer: Answer, before: &Answer) -> Answer {
    let (known, why) = match (before.known, answer.known) {
        (Known::Yes, Known::No) => (Known::Yes, "it is closed by the rule".to_owned()),
        (Known::Yes, Known::Yes) => (Known::No, "the rule is not enforced: the connection came about".to_owned()),
        (Known::Yes, Known::Unknown) => (Known::Unknown, answer.why.clone()),
        (Known::No | Known::Unknown, _) => {
            (Known::Unknown, format!("it could not be reached without any rule either: {}", before.why))
        }
    };
    Answer { known, why, ..answer }
}

/// Asks until all is as wanted or the time is over; a rule takes hold a moment after the API has it.
async fn settled(
    cluster: &Cluster,
    site: &Site,
    posts: &Posts,
    within: Duration,
    kind: &'static str,
    wanted: Known,
) -> Vec<Answer> {
    let until = cluster.clock().now() + within;
    loop {
        let answers = asked(cluster, &site.namespace, posts, kind).await;
        let so = answers.iter().all(|answer| answer.known == wanted || answer.known == Known::Unknown);
        if so || cluster.clock().now() + PAUSE > until {
            return answers;
        }
        cluster.clock().sleep(PAUSE).await;
    }
}

async fn asked(cluster: &Cluster, namespace: &str, posts: &Posts, kind: &'static str) -> Vec<Answer> {
    let plan = Plan::of(namespace, Kinds::default());
    let questions = |_: &Post| -> Vec<(Question, Option<String>)> {
        let one = |server: &Post| {
            let ask = Ask::Name { host: server.ip.clone(), port: PORT, of: vec![server.pod.clone()] };
            (Question { kind, to: server.label(), ask }, server.trouble.clone())
        };
        posts.of(Role::Server).map(one).collect()
    };
    let plan = &plan;
    let asked = stream::iter(posts.of(Role::Client).map(|post| {
        let questions = questions(post);
        async move { from_post(cluster, plan, post, questions).await }
    }));
    asked.buffered(16).collect::<Vec<_>>().await.concat()
}

fn servers() -> Value {
    Value::from([("matchLabels", texts([(PART, Role::Server.word())]))])
}

async fn apply(cluster: &Cluster, site: &Site, name: &str, spec: Value) -> Result<(), Failure> {
    let rule = object(site, "networking.k8s.io/v1", "NetworkPolicy", name, spec);
    cluster.apply(&Manifests::from_values([rule])?, &Apply::default()).await.map(drop)
}

async fn lift(cluster: &Cluster, namespace: &str) -> Result<(), Failure> {
    for name in RULES {
        let rule = Ref::new("networking.k8s.io/v1/NetworkPolicy", namespace, name);
        cluster.delete(&rule, &Delete::default()).await?;
    }
    Ok(())
}
