//! What a person writes into run-state.md while a run lives.

use crate::bench::{Bench, DONE, until};
use harness_tui::store::fs::Disk;
use harness_tui::store::write::replace_shared;
use harness_tui::terms::RunState;
use std::path::Path;

/// Saves as an editor does that writes a new file and renames it. What the engine wrote between
/// reading and saving is lost to such an editor; the engine must cope.
fn edit(path: &Path, change: impl Fn(&str) -> String) {
    let text = std::fs::read_to_string(path).unwrap();
    let changed = change(&text);
    assert_ne!(changed, text, "the edit changes something");
    replace_shared(&Disk, path, changed.as_bytes()).unwrap();
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

#[test]
fn notes_and_unknown_sections_survive_fifty_writes_of_the_engine() {
    let bench = Bench::short();
    bench.hold("build");
    let run = bench.project.detach();
    bench.until_held("build");
    let path = bench.run_state(&bench.project.view(&run));
    until("the file is there", || {
        text(&path).contains("Current Stage: Build")
    });
    edit(&path, |t| {
        t.replace(
            "## Notes\n",
            "## Notes\n\nAsk Ada about the palette.  \n\n## My list\n- [ ] one\t\n",
        )
    });
    let seq = || {
        let view = bench.project.view(&run);
        view.cursor.line
    };
    let before = seq();
    for n in 0..25 {
        // A setting is the person's to change, and each change is a fact and a write.
        let (from, to) = if n % 2 == 0 {
            ("true", "false")
        } else {
            ("false", "true")
        };
        let line = |value: &str| format!("Require Approval Before Complete: {value}");
        edit(&path, |t| t.replace(&line(from), &line(to)));
        until("the edit is taken up", || {
            let view = bench.project.view(&run);
            view.run.approvals.get("before_complete") == Some(&(to == "true"))
        });
        let at = seq();
        until("the file is written", || {
            text(&path).contains(&format!("seq={at} "))
        });
        edit(&path, |t| format!("{t}line {n}\n"));
        until("and the next edit is kept", || {
            text(&path).contains(&format!("line {n}\n"))
        });
    }
    assert!(seq() >= before + 25);
    bench.let_go("build");
    let view = bench.until_state(&run, RunState::Completed);
    bench.no_supervisor(&run);
    let last = text(&path);
    assert!(
        last.contains("\n\nAsk Ada about the palette.  \n\n## My list\n- [ ] one\t\n"),
        "{last}"
    );
    for n in 0..25 {
        assert_eq!(last.matches(&format!("line {n}\n")).count(), 1, "{last}");
    }
    assert!(view.run.head.is_some());
    bench.audit(&run, 2);
}

#[test]
fn a_status_that_says_paused_pauses_and_one_that_says_active_goes_on() {
    let bench = Bench::short();
    bench.hold("spec");
    let run = bench.project.detach();
    bench.until_held("spec");
    let path = bench.run_state(&bench.project.view(&run));
    until("the file is there", || {
        text(&path).contains("Current Status: Active")
    });
    edit(&path, |t| {
        t.replace("Current Status: Active", "Current Status: Paused")
    });
    bench.project.until(&run, |v| v.run.pause);
    bench.let_go("spec");
    bench.until_state(&run, RunState::Paused);
    bench.no_supervisor(&run);
    assert_eq!(bench.done().get("build"), None, "paused at the boundary");
    bench.audit(&run, 1);
    edit(&path, |t| {
        t.replace("Current Status: Paused", "Current Status: Active")
    });
    // Whoever sees the edit starts a supervisor; `resume` only asks for what the edit orders.
    let dir = bench.project.view(&run).dirs.path().display().to_string();
    bench.project.expect(0, &["supervise", "--dir", &dir]);
    bench.until_state(&run, RunState::Completed);
    bench.audit(&run, 2);
}

#[test]
fn a_removed_completed_line_reruns_from_there_and_an_illegal_edit_is_put_back() {
    let bench = Bench::long();
    let run = bench.project.detach();
    let view = bench.until_state(&run, RunState::AwaitingApproval);
    bench.no_supervisor(&run);
    let path = bench.run_state(&view);
    let number = 1 + text(&path)
        .lines()
        .position(|l| l.starts_with("Current Run ID:"))
        .unwrap();
    edit(&path, |t| {
        t.replace("Current Run ID: RUN", "Current Run ID: NUR")
    });
    let dir = view.dirs.path().display().to_string();
    bench.project.expect(0, &["supervise", "--dir", &dir]);
    let told = text(&path);
    assert!(
        !told.contains("NUR-") || told.contains("[engine]"),
        "{told}"
    );
    assert!(told.contains("Current Run ID: RUN"), "put back: {told}");
    assert!(
        told.contains(&format!("line {number}: ")),
        "names the line: {told}"
    );
    for (stage, times) in DONE {
        assert_eq!(bench.done()[stage], times, "an illegal edit orders nothing");
    }
    edit(&path, |t| {
        let kept = t
            .lines()
            .filter(|l| !(l.starts_with("- Build — ") && l.ends_with("PASS")));
        kept.map(|l| format!("{l}\n")).collect()
    });
    bench.project.expect(0, &["supervise", "--dir", &dir]);
    let view = bench.until_state(&run, RunState::AwaitingApproval);
    assert!(!view.supervised);
    let done = bench.done();
    let counts: Vec<usize> = DONE.iter().map(|(s, _)| done[*s]).collect();
    assert_eq!(
        counts,
        [1, 1, 1, 3, 3],
        "Build and what is below it, nothing else"
    );
    bench.audit(&run, 8);
}
