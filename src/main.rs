//! Reads the command line and hands over.

fn main() -> std::process::ExitCode {
    harness_tui::cli::main(harness_tui::workbench::open)
}
