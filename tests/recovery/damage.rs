//! Files that are removed, emptied, torn or overwritten, while the run lives and while it rests.

use crate::bench::{Bench, DONE, kill, until};
use crate::support::project::put;
use harness_tui::terms::RunState;
use std::io::Write;
use std::path::Path;

const GARBAGE: &[(&str, &[u8])] = &[
    ("emptied", b""),
    ("garbage", b"\xff\xfe\x00not a run state\x00\x01"),
    ("another file", b"# Shopping\n\n- milk\n"),
    ("a header alone", b"# Run State\n"),
];

/// What a merge leaves in a file it could not merge.
fn conflicted(text: &str) -> Vec<u8> {
    let (head, rest) = text.split_at(text.find("## Completed Stages").unwrap());
    format!("{head}<<<<<<< HEAD\n{rest}=======\n## Completed Stages\n- None\n>>>>>>> other\n")
        .into_bytes()
}

fn save(path: &Path, bytes: &[u8]) {
    // In place, as an editor that truncates first does.
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_run_state_that_is_no_run_state_orders_nothing_while_the_run_lives() {
    let bench = Bench::long();
    bench.hold("build");
    let run = bench.project.detach();
    bench.until_held("build");
    let view = bench
        .project
        .until(&run, |v| v.run.stages[3].attempts.len() == 1);
    let path = bench.run_state(&view);
    let whole = |p: &Path| {
        let text = std::fs::read_to_string(p).unwrap_or_default();
        text.contains("- Planning — RUN-")
            && text.contains("Current Stage: Build")
            && !text.contains("<<<<<<<")
    };
    until("the file is there", || whole(&path));
    std::fs::remove_file(&path).unwrap();
    until("a removed file is made anew", || whole(&path));
    for (what, bytes) in GARBAGE {
        save(&path, bytes);
        until(&format!("{what}: the file is made anew"), || whole(&path));
        until(&format!("{what}: what was there is kept"), || {
            bytes.is_empty() || kept_copies(&path).iter().any(|k| k == bytes)
        });
    }
    let bytes = conflicted(&std::fs::read_to_string(&path).unwrap());
    save(&path, &bytes);
    until("conflict markers: the file is made anew", || whole(&path));
    until("it is kept", || kept_copies(&path).contains(&bytes));
    bench.let_go("build");
    bench.until_state(&run, RunState::AwaitingApproval);
    bench.no_supervisor(&run);
    for (stage, times) in DONE {
        assert_eq!(bench.done()[stage], times, "{stage} was done again");
    }
    bench.audit(&run, 6);
    // And while it rests: whoever looks next repairs it.
    for (what, bytes) in GARBAGE {
        save(&path, bytes);
        bench.project.expect(0, &["pause", &run]);
        bench.until_state(&run, RunState::Paused);
        bench.no_supervisor(&run);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.contains("- QA — RUN-") && text.contains("Current Status: Paused"),
            "{what}: {text}"
        );
        bench.project.expect(0, &["resume", &run]);
        bench.until_state(&run, RunState::AwaitingApproval);
        bench.no_supervisor(&run);
    }
    std::fs::remove_file(&path).unwrap();
    bench.project.expect(0, &["approve", &run, "--follow"]);
    bench.no_supervisor(&run);
    for (stage, times) in DONE {
        assert_eq!(bench.done()[stage], times, "{stage} was done again");
    }
    bench.audit(&run, 6);
}

/// What was put aside beside run-state.md.
fn kept_copies(path: &Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(path.parent().unwrap()).unwrap();
    entries
        .map(|e| e.unwrap().path())
        .filter(|p| {
            p.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("run-state.md.rejected-")
        })
        .map(|p| std::fs::read(p).unwrap())
        .collect()
}

#[test]
fn a_tree_that_is_removed_in_the_middle_of_a_stage_comes_back() {
    let bench = Bench::long();
    bench.hold("build");
    let run = bench.project.detach();
    bench.until_held("build");
    let view = bench.project.view(&run);
    std::fs::remove_dir_all(&view.order.tree).unwrap();
    bench.let_go("build");
    let view = bench.until_state(&run, RunState::AwaitingApproval);
    assert!(
        view.run.stages[3].attempts.len() > 2,
        "the lost attempt is there to see"
    );
    assert!(view.order.tree.join("page.txt").exists());
    bench.no_supervisor(&run);
    bench.audit(&run, 6);
    // While it rests, too.
    std::fs::remove_dir_all(&view.order.tree).unwrap();
    bench.project.expect(0, &["approve", &run, "--follow"]);
    bench.no_supervisor(&run);
    assert_eq!(bench.project.view(&run).state(), RunState::Completed);
}

#[test]
fn a_torn_last_line_of_the_journal_is_dropped_and_said() {
    let bench = Bench::short();
    bench.hold("build");
    let run = bench.project.detach();
    bench.until_held("build");
    kill(&bench.supervisor(&run));
    let view = bench.project.view(&run);
    let path = view.dirs.journal();
    let whole = std::fs::read(&path).unwrap();
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .unwrap();
    let line = whole.split(|b| *b == b'\n').next().unwrap();
    file.write_all(&line[..line.len() / 2]).unwrap();
    bench.project.expect(0, &["resume", &run]);
    bench.let_go("build");
    let view = bench.until_state(&run, RunState::Completed);
    bench.no_supervisor(&run);
    assert!(
        view.run.notes.iter().any(|(_, n)| n.contains("torn")),
        "{:?}",
        view.run.notes
    );
    assert_eq!(bench.done().values().sum::<usize>(), 2);
    bench.audit(&run, 2);
}

#[test]
fn a_journal_that_is_gone_or_damaged_stops_the_run_and_loses_nothing() {
    let bench = Bench::short();
    bench.hold("build");
    let run = bench.project.detach();
    bench.until_held("build");
    let (supervisor, exec) = (bench.supervisor(&run), bench.stage_exec(&run, "build"));
    let view = bench.project.view(&run);
    let (path, dir) = (view.dirs.journal(), view.dirs.path().display().to_string());
    kill(&supervisor);
    bench.let_go("build");
    assert!(exec.wait(Some(std::time::Duration::from_mins(1))).unwrap());
    let whole = std::fs::read(&path).unwrap();
    let mut damaged = whole.clone();
    damaged[20] ^= 1;
    for (what, bytes) in [
        ("gone", None),
        ("emptied", Some(Vec::new())),
        ("damaged", Some(damaged)),
    ] {
        match &bytes {
            Some(bytes) => put_bytes(&path, bytes),
            None => std::fs::remove_file(&path).unwrap(),
        }
        let before = bench.project.git(&["for-each-ref"]);
        let refused = bench.project.run(&["supervise", "--dir", &dir]);
        assert_eq!(refused.code, 1, "{what}: {}", refused.err);
        assert!(
            refused.err.contains("journal.jsonl"),
            "{what}: {}",
            refused.err
        );
        assert!(
            refused.err.contains("--new"),
            "{what}: says what to do: {}",
            refused.err
        );
        let shown = bench.project.run(&["resume", &run]);
        assert!(
            shown.code != 0 && shown.err.contains("journal.jsonl"),
            "{what}: {}",
            shown.err
        );
        assert_eq!(bench.project.git(&["for-each-ref"]), before, "{what}");
        assert_eq!(
            std::fs::read(&path).ok(),
            bytes,
            "{what}: it is left as it is"
        );
    }
    assert_eq!(
        bench.said("start").values().sum::<usize>(),
        2,
        "nothing ran"
    );
    put_bytes(&path, &whole);
    bench.project.expect(0, &["resume", &run]);
    bench.until_state(&run, RunState::Completed);
    bench.no_supervisor(&run);
    assert_eq!(
        bench.said("start").values().sum::<usize>(),
        2,
        "nothing ran twice"
    );
    bench.audit(&run, 2);
}

fn put_bytes(path: &Path, bytes: &[u8]) {
    put(path, "");
    std::fs::write(path, bytes).unwrap();
}
