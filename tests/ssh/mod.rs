//! The ssh driver against a real OpenSSH server.

mod armed;
mod connect;
mod facts;
mod files;
mod killed;
mod lab;
mod machine;
mod run;
mod shell;
mod sshd;

/// A runtime for one test.
fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(work)
}
