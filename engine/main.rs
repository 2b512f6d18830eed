//! The front door: the command line, and its exit code.

fn main() -> std::process::ExitCode {
    runbook_cli::main()
}
