//! The ssh driver against a real OpenSSH server.

mod armed;
mod armed_runs;
mod connect;
mod doubt;
mod facts;
mod files;
mod ground;
mod killed;
mod lab;
mod leave;
mod machine;
mod probes;
mod run;
mod shell;
pub(crate) mod sshd;
mod users;
mod words;

/// A runtime for one test.
fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work)
}
