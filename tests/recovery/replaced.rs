//! The program's own file is replaced, and taken away, while a run lives.

use crate::bench::{Bench, DONE};
use harness_tui::terms::RunState;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// The command, by the program at this path.
fn by(program: &Path, command: &Command) -> Command {
    let mut same = Command::new(program);
    same.args(command.get_args());
    if let Some(dir) = command.get_current_dir() {
        same.current_dir(dir);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => same.env(name, value),
            None => same.env_remove(name),
        };
    }
    same
}

#[test]
fn a_run_goes_on_when_its_program_was_replaced_and_taken_away() {
    let bench = Bench::long();
    let program = bench.project.outside("installed");
    std::fs::copy(env!("CARGO_BIN_EXE_harness-tui"), &program).unwrap();
    bench.hold("spec");
    let started = by(
        &program,
        &bench.project.command(&["run", "T001", "--detach"]),
    )
    .output();
    let started = started.unwrap();
    assert!(started.status.success(), "{started:?}");
    let run = String::from_utf8(started.stdout).unwrap().trim().to_owned();
    bench.until_held("spec");
    // Another program stands there, as after an update; it does nothing that a run needs.
    let other = bench.project.outside("other");
    std::fs::write(&other, "#!/bin/sh\nexit 99\n").unwrap();
    std::fs::set_permissions(&other, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::rename(&other, &program).unwrap();
    bench.hold("plan");
    bench.let_go("spec");
    bench.until_held("plan");
    // Who looks for an attempt's process finds it by its words.
    let exec = bench.stage_exec(&run, "plan").identity().pid;
    let words = std::fs::read(format!("/proc/{exec}/cmdline")).unwrap();
    assert!(
        words.starts_with(b"harness-tui\0stage-exec\0--dir\0"),
        "{}",
        String::from_utf8_lossy(&words)
    );
    std::fs::remove_file(&program).unwrap();
    bench.let_go("plan");
    bench.until_state(&run, RunState::AwaitingApproval);
    bench.no_supervisor(&run);
    for (stage, times) in DONE {
        assert_eq!(
            bench.said("start")[stage],
            times,
            "{stage} was started again"
        );
    }
    bench.audit(&run, 6);
}
