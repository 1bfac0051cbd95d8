//! The shared files as people really write them come back byte for byte.

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

use harness_tui::documents::backlog::Backlog;
use harness_tui::documents::lines::Lines;
use harness_tui::documents::run_state::RunStateDoc;
use harness_tui::documents::task::{Found, Task, find_task};
use harness_tui::terms::{ItemId, RunState, TaskId};
use std::fmt::Write as _;

const BACKLOG: &[u8] = include_bytes!("fixtures/documents/backlog/backlog.md");
const ODD_BACKLOG: &[u8] = include_bytes!("fixtures/documents/backlog_crlf_bom.md");
const RUN_STATE: &[u8] = include_bytes!("fixtures/documents/run_state_done.md");
const TASK: &[u8] = include_bytes!("fixtures/documents/task_answered.md");

fn item(id: &str) -> ItemId {
    ItemId::new(id).unwrap()
}

#[test]
fn all_come_back_byte_for_byte() {
    for bytes in [BACKLOG, ODD_BACKLOG, RUN_STATE, TASK] {
        assert_eq!(Lines::parse(bytes).render(), bytes);
        assert_eq!(Backlog::parse(bytes).render(), bytes);
        assert_eq!(RunStateDoc::parse(bytes).render(), bytes);
        assert_eq!(Task::parse(bytes).render(), bytes);
    }
}

#[test]
fn a_backlog_with_odd_bytes_keeps_them() {
    let mut backlog = Backlog::parse(ODD_BACKLOG);
    backlog.set_status(&item("B001"), "Ready").unwrap();
    let after = backlog.render();
    let at = ODD_BACKLOG
        .windows(7)
        .position(|w| w == b"Planned")
        .unwrap();
    assert_eq!(&after[..at], &ODD_BACKLOG[..at]);
    assert_eq!(&after[at..at + 5], b"Ready");
    assert_eq!(&after[at + 5..], &ODD_BACKLOG[at + 7..]);
}

#[test]
fn ten_thousand_items_change_in_one_line() {
    let mut text = String::from("# Backlog\n");
    for n in 1..=10_000 {
        write!(
            text,
            "\n### B{n:05} — Item {n}\n**Status:** Planned  \n**Summary:** Do {n}.\n"
        )
        .unwrap();
    }
    let mut backlog = Backlog::parse(&text);
    assert_eq!(backlog.items().len(), 10_000);
    backlog.set_status(&item("B07000"), "Done").unwrap();
    let heading = "### B07000 — Item 7000\n**Status:** ";
    let wanted = text.replace(&format!("{heading}Planned"), &format!("{heading}Done"));
    assert!(backlog.render() == wanted.as_bytes());
}

#[test]
fn a_finished_run_reads() {
    let view = RunStateDoc::parse(RUN_STATE).read();
    assert_eq!(view.status, Some(RunState::Completed));
    assert_eq!(view.completed.len(), 2);
    assert!(!view.approvals[0].1 && view.approvals[1].1);
    assert_eq!(view.notes, "Started 2026-05-03. Waits — a person approves.");
}

#[test]
fn answers_and_criteria_read() {
    let task = Task::parse(TASK);
    let answers = task.clarifications();
    assert_eq!(answers[1].answer.as_deref(), Some("yes, as footnotes"));
    assert_eq!(
        answers[2].answer.as_deref(),
        Some("Only small ones (3 at most)")
    );
    let ids: Vec<_> = task.criterion_ids().into_iter().map(String::from).collect();
    assert_eq!(ids, ["AC-1", "AC-2"]);
    assert_eq!(task.validate("t.md"), []);
}

#[test]
fn doubled_task_ids_are_reported() {
    let names: Vec<String> = ["T001-old.md", "T001-new-name.md", "T0011-x.md"]
        .map(String::from)
        .into();
    let found = find_task(&names, &TaskId::new("T001").unwrap());
    assert!(matches!(found, Found::Many(all) if all.len() == 2));
}
