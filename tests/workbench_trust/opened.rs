//! Opening it and looking at it starts no process of its.

use super::hostile::Hostile;
use std::path::Path;
use std::process::Command;

/// Whether strace is there and may trace; if not, that is said, and marks alone are looked at.
fn traces() -> bool {
    let mut tried = Command::new("strace");
    tried.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=execve", "true"]);
    let works = tried.output().is_ok_and(|out| out.status.success());
    if !works {
        assert!(
            std::env::var_os("HARNESS_REQUIRE_TRACE").is_none_or(|v| v != "1"),
            "strace is required to trace here"
        );
        eprintln!(
            "SKIPPED: strace is not installed or may not trace here: what is started is told by PATH and \
             marks alone"
        );
    }
    works
}

/// Nothing of the clone was started: no program of its, and none with a word of its.
fn nothing_of_it_in(trace: &Path, hostile: &Hostile) {
    let text = std::fs::read_to_string(trace).unwrap();
    let calls: Vec<&str> = text.lines().filter(|l| l.contains("execve(")).collect();
    assert!(!calls.is_empty(), "nothing was traced");
    let home = format!("execve(\"{}", hostile.home().display());
    for call in calls {
        let its = call.contains("evil") || call.contains(&home) || call.contains("/sh\"");
        assert!(!its, "{call}");
    }
}

#[test]
fn commands_that_look_start_nothing_of_it() {
    let traces = traces();
    for hostile in [Hostile::cloned(), Hostile::packed(), Hostile::without_git()] {
        let trace = hostile.beside("trace");
        let mut watched = 0;
        for args in [
            &["check"][..],
            &["doctor"],
            &["status"],
            &["list", "workflows"],
            &["list", "agents"],
            &["trust"],
            &["clean"],
            &["run", "T001", "--dry-run"],
            &["land", "T001", "--dry-run"],
            &["new", "light", "by", "day"],
            &["init"],
            &["schema", "workflow"],
            &[],
        ] {
            if traces {
                let mut strace = Command::new("strace");
                strace.args(["-f", "-qq", "-s", "400", "-e", "trace=execve", "-o"]);
                strace
                    .arg(&trace)
                    .arg(env!("CARGO_BIN_EXE_harness-tui"))
                    .args(args);
                strace
                    .current_dir(hostile.home())
                    .env_remove("HARNESS_ATTEMPT");
                strace.env("HARNESS_TUI_HOME", hostile.beside("person"));
                strace.stdin(std::process::Stdio::null()).output().unwrap();
                nothing_of_it_in(&trace, &hostile);
            }
            // Once more with nothing but marked programs on PATH, which tell of every start by a name.
            hostile.run_watched(args);
            let started = hostile.started();
            // It asks the programs on PATH for their versions.
            let allowed = |name: &str| name == "git" || args == ["doctor"];
            assert!(
                started
                    .iter()
                    .all(|line| allowed(line.split(' ').next().unwrap_or_default())),
                "{args:?}: {started:?}"
            );
            watched += started.len();
            assert!(
                hostile.marks().is_empty(),
                "{args:?}: {:?}",
                hostile.marks()
            );
        }
        let has_git = hostile.home().join(".git").exists();
        assert!(watched > 0 || !has_git, "git is looked at through PATH");
    }
}

#[test]
fn the_workbench_shows_it_and_starts_nothing_of_it() {
    let traces = traces();
    for hostile in [Hostile::cloned(), Hostile::packed()] {
        let trace = hostile.beside("trace");
        let mut terminal = hostile.opens(traces.then_some(trace.as_path()), &[], (120, 35));
        terminal.until("! not trusted");
        terminal.until("A run would begin");
        for (keys, shows) in [
            ("2", "[2 Dialogue]"),
            ("1", "[1 Backlog]"),
            ("?", "Keys"),
            ("\u{1b}", "r run"),
            (":", "type to find"),
            ("\u{1b}", "r run"),
            ("j", "B002"),
            ("k", "A run would begin"),
        ] {
            terminal.types(keys);
            terminal.until(shows);
        }
        terminal.until("! not trusted");
        terminal.types("r");
        terminal.until("files run and allow?");
        terminal.until("./evil.sh set-up");
        terminal.types("\u{1b}");
        terminal.until_gone("files run and allow?");
        terminal.types("q");
        assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
        if traces {
            nothing_of_it_in(&trace, &hostile);
        }
        assert!(hostile.marks().is_empty(), "{:?}", hostile.marks());
    }
}
