//! From a kubeconfig to a client, and what can be wrong with it.

use std::path::{Path, PathBuf};

use kube::client::AuthError;
use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};
use runbook_model::{Failure, code};

use super::{Options, Result, certificate, dial, error, proxy};

/// What a kubeconfig leads to.
pub(super) struct Found {
    pub(super) client: Client,
    pub(super) server: String,
    pub(super) place: String,
    pub(super) namespace: String,
    /// The last moment its client certificate is good for.
    pub(super) good_until: Option<String>,
}

/// Reads the kubeconfig and makes the client.
pub(super) async fn load(options: &Options) -> Result<Found> {
    let (config, place) = match source(options)? {
        Source::Pod => {
            (Config::incluster().map_err(|trouble| bad("the account of this pod", &trouble))?, "this pod".into())
        }
        Source::File(file, read) => of_file(options, &file, *read).await?,
    };
    let good_until = certificate::good_until(&config.auth_info);
    let (server, namespace) = (config.cluster_url.to_string(), config.default_namespace.clone());
    // A plugin for credentials is a process that is waited for.
    let (at, limit) = (place.clone(), options.limit);
    let made = tokio::task::spawn_blocking(move || dial::client(config, limit)).await;
    let client = made.map_err(|trouble| bad(&at, &trouble))?.map_err(|trouble| unbuilt(&at, &trouble))?;
    Ok(Found { client, server: server.trim_end_matches('/').to_owned(), place, namespace, good_until })
}

enum Source {
    Pod,
    /// What messages call it, and its content.
    File(String, Box<Kubeconfig>),
}

fn source(options: &Options) -> Result<Source> {
    if let Some(file) = &options.kubeconfig {
        return read(file);
    }
    let listed = std::env::var_os("KUBECONFIG").filter(|list| !list.is_empty());
    if let Some(list) = listed {
        let files: Vec<PathBuf> = std::env::split_paths(&list).filter(|file| !file.as_os_str().is_empty()).collect();
        // As `kubectl` does it: of several files those that are missing are passed over.
        let there: Vec<&PathBuf> = files.iter().filter(|file| file.exists()).collect();
        return match (files.as_slice(), there.as_slice()) {
            ([file], _) | ([file, ..], []) => read(file),
            (_, [first, rest @ ..]) => rest.iter().try_fold(read(first)?, |merged, file| merge(merged, file)),
            ([], []) => Err(nowhere("`$KUBECONFIG` names no file".into())),
        };
    }
    match std::env::home_dir().map(|home| home.join(".kube/config")) {
        Some(file) if file.exists() => read(&file),
        _ if std::env::var_os("KUBERNETES_SERVICE_HOST").is_some() => Ok(Source::Pod),
        Some(file) => Err(nowhere(format!("the kubeconfig `{}` is not there", file.display()))),
        None => Err(nowhere("there is no kubeconfig".into())),
    }
}

fn nowhere(what: String) -> Failure {
    Failure::new(code::KUBE_CONFIG, what).hint("name the kubeconfig with `--kubeconfig` or in `$KUBECONFIG`")
}

fn read(file: &Path) -> Result<Source> {
    let name = file.display().to_string();
    let read = Kubeconfig::read_from(file).map_err(|trouble| match &trouble {
        KubeconfigError::ReadConfig(why, _) if why.kind() == std::io::ErrorKind::NotFound => {
            nowhere(format!("the kubeconfig `{name}` is not there"))
        }
        KubeconfigError::ReadConfig(why, _) => bad(&name, why).hint("check its permissions and who runs this"),
        _ => bad(&name, &trouble),
    })?;
    Ok(Source::File(name, Box::new(read)))
}

fn merge(merged: Source, file: &Path) -> Result<Source> {
    let (Source::File(name, first), Source::File(other, second)) = (merged, read(file)?) else {
        return Ok(Source::Pod);
    };
    let name = format!("{name}:{other}");
    let both = first.merge(*second).map_err(|trouble| bad(&name, &trouble))?;
    Ok(Source::File(name, Box::new(both)))
}

async fn of_file(options: &Options, file: &str, read: Kubeconfig) -> Result<(Config, String)> {
    let wanted = options.context.clone().or_else(|| read.current_context.clone()).filter(|name| !name.is_empty());
    let names: Vec<&str> = read.contexts.iter().map(|context| context.name.as_str()).collect();
    let Some(wanted) = wanted else {
        let what = format!("the kubeconfig `{file}` has no current context");
        return Err(Failure::new(code::KUBE_CONFIG, what).hint(format!("choose one of {}", ticked(&names))));
    };
    if !names.contains(&wanted.as_str()) {
        return Err(unknown_context(file, &wanted, &names));
    }
    let place = format!("context `{wanted}` of `{file}`");
    let given = own_proxy(&read, &wanted);
    let choice = KubeConfigOptions { context: Some(wanted), ..KubeConfigOptions::default() };
    let mut config =
        Config::from_custom_kubeconfig(read, &choice).await.map_err(|trouble| unusable(&place, &trouble))?;
    let list = std::env::var("NO_PROXY").or_else(|_| std::env::var("no_proxy")).unwrap_or_default();
    if let Some(given) = given {
        config.proxy_url = Some(given.parse().map_err(|trouble| bad(&place, &trouble))?);
    } else if proxy::is_direct(config.cluster_url.host().unwrap_or_default(), &list) {
        config.proxy_url = None;
    }
    Ok((config, place))
}

/// The proxy the kubeconfig itself names; it is used whatever the environment says.
fn own_proxy(read: &Kubeconfig, context: &str) -> Option<String> {
    let context = read.contexts.iter().find(|named| named.name == context)?.context.as_ref()?;
    let cluster = read.clusters.iter().find(|named| named.name == context.cluster)?.cluster.as_ref()?;
    cluster.proxy_url.clone().filter(|proxy| !proxy.is_empty())
}

fn unknown_context(file: &str, wanted: &str, names: &[&str]) -> Failure {
    let what = format!("the kubeconfig `{file}` has no context `{wanted}`");
    let near = names.iter().map(|name| (strsim::damerau_levenshtein(name, wanted), *name)).min();
    let failure = Failure::new(code::KUBE_CONFIG, what);
    match near {
        Some((distance, name)) if distance <= (wanted.len() / 3).max(1) => {
            failure.because(format!("it has {}", ticked(names))).hint(format!("did you mean `{name}`?"))
        }
        Some(_) => failure.hint(format!("choose one of {}", ticked(names))),
        None => failure.hint("name a kubeconfig that has contexts"),
    }
}

fn ticked(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn bad(place: &str, trouble: &(dyn std::error::Error + 'static)) -> Failure {
    let what = if place.starts_with("context") { place.to_owned() } else { format!("`{place}`") };
    Failure::new(code::KUBE_CONFIG, format!("{what} cannot be used")).because(trouble)
}

fn unusable(place: &str, trouble: &KubeconfigError) -> Failure {
    let failure = bad(place, trouble);
    match trouble {
        KubeconfigError::LoadClusterOfContext(_) => failure.hint("add the cluster the context names"),
        KubeconfigError::LoadCertificateAuthority(_) => failure.hint("check `certificate-authority` of the cluster"),
        KubeconfigError::ParseNoProxy(_) => {
            failure.hint("mend `$NO_PROXY`: names, addresses and networks between commas")
        }
        KubeconfigError::LoadClientCertificate(_) => failure.hint("check `client-certificate` of the user"),
        KubeconfigError::LoadClientKey(_) => failure.hint("check `client-key` of the user"),
        _ => failure,
    }
}

fn unbuilt(place: &str, trouble: &kube::Error) -> Failure {
    match trouble {
        kube::Error::Auth(trouble) => credentials(place, trouble),
        kube::Error::InferKubeconfig(trouble) => unusable(place, trouble),
        _ => bad(place, trouble),
    }
}

/// Credentials that cannot be had. What a plugin printed may hold a token, so only what it said of its trouble is told.
pub(super) fn credentials(place: &str, trouble: &AuthError) -> Failure {
    let what = format!("{place} gives no credentials");
    let failure = Failure::new(code::KUBE_UNAUTHORIZED, what);
    match trouble {
        AuthError::AuthExecStart(why) => failure
            .because("its credential plugin cannot be started")
            .because(why)
            .hint("install the command that `exec` of the user names"),
        AuthError::AuthExecRun { cmd, out } => {
            let program = cmd.split_whitespace().next().unwrap_or_default().trim_matches('"').to_owned();
            let said = String::from_utf8_lossy(&out.stderr);
            let last = said.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
            let last: String = last.chars().take(300).collect();
            failure
                .because(format!("its credential plugin `{program}` ended with {}", out.status))
                .because(last)
                .hint("run the plugin by hand, or log in again")
        }
        AuthError::AuthExecParse(_) => {
            failure.because("what its credential plugin printed is no `ExecCredential`").hint("run the plugin by hand")
        }
        AuthError::ReadTokenFile(why, file) => {
            failure.because(format!("its token file `{}` cannot be read: {why}", file.display()))
        }
        _ => failure.because(error::root(trouble)),
    }
}

#[cfg(test)]
mod tests {
    use super::unknown_context;

    #[test]
    fn an_unknown_context_is_answered_with_those_there_are() {
        let near = unknown_context("f", "prodd", &["prod", "stage"]);
        assert_eq!(near.what, "the kubeconfig `f` has no context `prodd`");
        assert_eq!(near.causes, ["it has `prod`, `stage`"]);
        assert_eq!(near.hints, ["did you mean `prod`?"]);
        let far = unknown_context("f", "elsewhere", &["prod", "stage"]);
        assert_eq!(far.hints, ["choose one of `prod`, `stage`"]);
    }
}
