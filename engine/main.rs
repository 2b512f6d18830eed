//! The front door: the command line, and its exit code.

// A twin makes and drops small trees by the million.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    runbook_cli::main()
}
