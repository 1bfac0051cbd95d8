//! The board of a project that is looked at again and again: what is read on from what changed is
//! what a first look would see, and what is kept of runs that are over is never believed blindly.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::unused_self,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test fails by panicking, says what it leaves out, and writes as people do"
)]

mod support;

use harness_tui::landing::land;
use harness_tui::records::board::{Board, Look};
use harness_tui::store::watch::{Changes, Watch, Woken};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use support::landed::{BACKLOG, Ready, TASK, TASK_PATH, put, request};

/// The whole board in words.
fn said(board: &Board) -> String {
    let entries = board.entries.iter().map(|e| {
        let runs: Vec<_> = e.runs.iter().map(|r| (&r.run, r.state)).collect();
        format!(
            "{:?} {:?} {:?} {runs:?} {}\n",
            e.group, e.item, e.task, e.search
        )
    });
    let entries: String = entries.collect();
    let rest = (&board.branch, &board.faults, board.counts, board.waiting());
    format!("{entries}{rest:?} {}", board.runs.len())
}

fn fresh(ready: &Ready, keep: Option<&Path>) -> Look {
    let mut look = Look::new(ready.project(), keep.map(Path::to_owned));
    look.at_files(&Changes::everything());
    look.at_runs(&Changes::everything());
    look
}

/// What was told since then, all of it.
fn told(watch: &mut Watch) -> Changes {
    const LONG: Duration = Duration::from_secs(20);
    const SHORT: Duration = Duration::from_millis(60);
    assert_eq!(watch.wait(LONG), Woken::Changed);
    while watch.wait(SHORT) == Woken::Changed {}
    watch.changes()
}

#[test]
fn what_is_read_on_is_what_a_first_look_sees() {
    let ready = Ready::new();
    let mut look = fresh(&ready, None);
    let mut watch = Watch::only(look.folders(), look.matters());
    while watch.wait(Duration::from_millis(60)) == Woken::Changed {}
    watch.changes();
    let other = TASK.replace("T001", "T002").replace("B001", "B002");
    let twice = TASK.replace("Dark mode", "Dark again");
    let steps: [(&str, &str); 7] = [
        ("harness/backlog.md", &BACKLOG.replace("Search", "Find")),
        ("harness/tasks/T002-search.md", &other),
        (
            "harness/tasks/T002-search.md",
            &other.replace("Ready", "Draft"),
        ),
        ("harness/tasks/T001-again.md", &twice),
        ("harness/tasks/T003-broken.md", "no task at all\n"),
        ("harness/harness.yaml", "version: 1\nnonsense: true\n"),
        (
            "harness/backlog.md",
            "### B009 - Alone\n\n**Status:** Done\n",
        ),
    ];
    let mut before = said(look.board());
    for (path, text) in steps {
        put(&ready.home, path, text);
        let changes = told(&mut watch);
        assert!(
            !changes.is_everything() && changes.touch(&ready.home),
            "{path}"
        );
        look.at_files(&changes);
        look.at_runs(&changes);
        let now = said(look.board());
        assert_ne!(now, before, "{path} changes nothing");
        assert_eq!(now, said(fresh(&ready, None).board()), "{path}");
        before = now;
    }
    std::fs::remove_file(ready.home.join(TASK_PATH)).unwrap();
    look.at_files(&told(&mut watch));
    assert_eq!(said(look.board()), said(fresh(&ready, None).board()));
    ready
        .git
        .call(["checkout", "-q", "-b", "other"])
        .run()
        .unwrap();
    look.at_files(&told(&mut watch));
    assert_eq!(look.board().branch.as_deref(), Some("other"));
}

#[test]
fn what_is_kept_of_a_run_counts_until_its_journal_is_another() {
    let ready = Ready::new();
    let keep = ready.folder.path().join("cache");
    assert!(fresh(&ready, Some(&keep)).board().runs[0].view.is_some());
    assert!(!keep.exists(), "a run that is not over is never kept");
    land(&ready.view(), &request()).unwrap();
    let first = fresh(&ready, Some(&keep));
    let again = fresh(&ready, Some(&keep));
    let whole = fresh(&ready, None);
    assert_eq!(said(again.board()), said(first.board()));
    assert_eq!(said(again.board()), said(whole.board()));
    let run = &again.board().runs[0];
    assert!(run.view.is_none() && run.landed == whole.board().runs[0].landed);
    // All of it is read for who opens it.
    let mut opened = fresh(&ready, Some(&keep));
    let id = opened.board().runs[0].run.clone();
    assert!(opened.whole(&id) && !opened.whole(&id));
    assert!(opened.board().runs[0].view.is_some());
    // Another journal of the same name, and what is kept says nothing.
    let journal = ready.dirs.journal();
    let text = std::fs::read(&journal).unwrap();
    std::fs::remove_file(&journal).unwrap();
    let end = text.iter().rposition(|b| *b == b'\n').unwrap();
    let end = text[..end].iter().rposition(|b| *b == b'\n').unwrap();
    std::fs::write(&journal, &text[..=end]).unwrap();
    let shorter = fresh(&ready, Some(&keep));
    assert!(shorter.board().runs[0].landed.is_none());
    // Nor does a file that is none.
    std::fs::write(&journal, &text).unwrap();
    for file in std::fs::read_dir(&keep).unwrap() {
        std::fs::write(file.unwrap().path(), "\"1 0.0\"\nnonsense\n").unwrap();
    }
    assert_eq!(
        said(fresh(&ready, Some(&keep)).board()),
        said(whole.board())
    );
}

#[test]
fn what_is_kept_of_a_task_counts_until_its_file_is_another() {
    let ready = Ready::new();
    let keep = ready.folder.path().join("cache");
    let title = |look: &Look| look.board().entries[0].task.clone().unwrap().title.clone();
    let look = || {
        let mut look = Look::new(ready.project(), Some(keep.clone()));
        look.at_backlog();
        look.at_files(&Changes::everything());
        look
    };
    let real = title(&look());
    let kept = std::fs::read_dir(&keep).unwrap().next().unwrap().unwrap();
    let text = std::fs::read_to_string(kept.path()).unwrap();
    assert!(text.contains(&real), "{text}");
    // What stands there is what is shown, so the file itself was not read.
    std::fs::write(kept.path(), text.replace(&real, "Kept")).unwrap();
    assert_eq!(title(&look()), "Kept");
    // Another file, and what is kept says nothing; nor does what another build wrote.
    put(&ready.home, TASK_PATH, &format!("{TASK}\n"));
    assert_eq!(title(&look()), real);
    let (format, lines) = text.split_once('\n').unwrap();
    let lines = lines.replace(&real, "Kept");
    std::fs::write(
        kept.path(),
        format!("{}\n{lines}", format.replace(' ', "  ")),
    )
    .unwrap();
    assert_eq!(title(&look()), real);
}

/// Puts another title into every line that is kept: where it is shown, the line was believed.
fn mark(keep: &Path, title: &str) {
    for file in std::fs::read_dir(keep).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace(title, "Kept")).unwrap();
    }
}

#[test]
fn what_is_kept_is_believed_of_the_very_file_alone() {
    let ready = Ready::new();
    let keep = ready.folder.path().join("cache");
    land(&ready.view(), &request()).unwrap();
    let title = |look: &Look| look.board().runs[0].title.clone();
    let real = title(&fresh(&ready, Some(&keep)));
    let (journal, order) = (ready.dirs.journal(), ready.dirs.run());
    let bytes = std::fs::read(&journal).unwrap();
    let written = |path: &Path| std::fs::metadata(path).unwrap().modified().unwrap();
    let set = |path: &Path, time: SystemTime| {
        let file = std::fs::File::options().append(true).open(path).unwrap();
        file.set_modified(time).unwrap();
    };
    let replaced = |bytes: &[u8]| {
        // Written beside it first, so that it is another file for sure.
        let (time, beside) = (written(&journal), journal.with_extension("beside"));
        std::fs::write(&beside, bytes).unwrap();
        std::fs::rename(&beside, &journal).unwrap();
        set(&journal, time);
    };
    let changes: [(&str, &dyn Fn()); 4] = [
        ("a clock that was set back", &|| {
            set(&journal, written(&journal) - Duration::from_hours(1));
        }),
        ("the same bytes, a moment later", &|| {
            set(&journal, written(&journal) + Duration::from_nanos(1));
        }),
        ("the same bytes and time in another file", &|| {
            replaced(&bytes);
        }),
        ("an order that was touched", &|| {
            set(&order, written(&order) + Duration::from_secs(1));
        }),
    ];
    for (what, change) in changes {
        mark(&keep, &real);
        assert_eq!(title(&fresh(&ready, Some(&keep))), "Kept", "{what}");
        change();
        assert_eq!(title(&fresh(&ready, Some(&keep))), real, "{what}");
        // What was read instead is kept now.
        mark(&keep, &real);
        assert_eq!(title(&fresh(&ready, Some(&keep))), "Kept", "{what}");
        for file in std::fs::read_dir(&keep).unwrap() {
            std::fs::remove_file(file.unwrap().path()).unwrap();
        }
        assert_eq!(title(&fresh(&ready, Some(&keep))), real, "{what}");
    }
}

#[test]
fn what_is_kept_may_be_anything() {
    let ready = Ready::new();
    let keep = ready.folder.path().join("cache");
    land(&ready.view(), &request()).unwrap();
    let whole = said(fresh(&ready, None).board());
    fresh(&ready, Some(&keep));
    let files = || std::fs::read_dir(&keep).unwrap().map(|f| f.unwrap().path());
    let kept: Vec<Vec<u8>> = files().map(|f| std::fs::read(f).unwrap()).collect();
    type Spoil = dyn Fn(&[u8]) -> Vec<u8>;
    let spoiled: [&Spoil; 5] = [
        &|_| Vec::new(),
        &|bytes| bytes[..bytes.len() / 2].to_vec(),
        &|bytes| bytes.iter().map(|b| b ^ 0x80).collect(),
        &|bytes| [bytes, b"\xff\xfe\n{}\n[[[[", bytes].concat(),
        &|bytes| {
            let lines = bytes.split(|b| *b == b'\n').take(1);
            let half = |l: &[u8]| [l, b"\n{\"journal\":null}\n"].concat();
            lines.flat_map(half).collect()
        },
    ];
    for (n, spoil) in spoiled.into_iter().enumerate() {
        for (path, bytes) in files().zip(&kept) {
            std::fs::write(path, spoil(bytes)).unwrap();
        }
        assert_eq!(said(fresh(&ready, Some(&keep)).board()), whole, "{n}");
    }
}

#[test]
fn a_change_of_one_file_renews_its_entry_alone() {
    let ready = Ready::new();
    let mut look = fresh(&ready, None);
    let before = look.board().clone();
    put(
        &ready.home,
        TASK_PATH,
        &TASK.replace("Let people", "Have people"),
    );
    let file = ready.project().home().join(TASK_PATH);
    assert!(look.at_files(&Changes::of(file)));
    let now = look.board();
    assert_ne!(said(now), said(&before));
    assert_eq!(said(now), said(fresh(&ready, None).board()));
    let pairs = before.entries.iter().zip(now.entries.iter());
    let same: Vec<bool> = pairs.map(|(a, b)| Arc::ptr_eq(a, b)).collect();
    assert_eq!(same, [false, true]);
    assert!(Arc::ptr_eq(&before.runs, &now.runs));
}
