//! Comments of which a person settled what was asked for with their own hands.

use super::scene::{answering, outcome, says, words};
use super::support::project::{Project, put};
use super::support::terminal::Terminal;
use harness_tui::records::review::{Left, Outcome};
use harness_tui::terms::RunState;
use std::os::unix::fs::PermissionsExt;

/// Takes the stage that stands over, has a shell do this, and hands it back in this way.
fn takes(project: &Project, run: &str, does: &str, back: &str) -> u32 {
    let shell = project.outside("hands");
    put(&shell, &format!("#!/bin/sh\n{does}\n"));
    std::fs::set_permissions(&shell, std::fs::Permissions::from_mode(0o755)).unwrap();
    let args = ["take", run, "--yes", "--back", back];
    let shell = shell.to_str().unwrap();
    let mut terminal = Terminal::within(project, &args, (120, 35), &[("SHELL", shell)]);
    terminal.ends()
}

fn by_hand(left: Left) -> Outcome {
    let by = "Ada".to_owned();
    Outcome::ByHand { by, left }
}

#[test]
fn what_was_asked_of_a_stage_that_a_person_took_over_is_told_as_theirs() {
    let (project, run) = answering();
    for (place, text) in [
        ("page.txt:2", "darker"),
        ("page.txt:1", "why light?"),
        ("harness/backlog.md:1", "shorter"),
        ("page.txt:1", "say more"),
    ] {
        project.expect(0, &["comment", &run, place, text]);
    }
    // The agent never answers: the run is blocked, and waits for somebody.
    project.expect(3, &["reject", &run, "--follow"]);
    assert!(words(&project, &run).iter().all(|(_, w)| *w == "sent"));
    // Handed back as it was, nothing is settled: the stage owes it still.
    assert_eq!(takes(&project, &run, "true", "check"), 0);
    assert!(words(&project, &run).iter().all(|(_, w)| *w == "sent"));
    let script = "printf 'light\\nnight\\n' > page.txt";
    assert_eq!(takes(&project, &run, script, "check"), 0);
    let view = project.until(&run, |v| !v.supervised);
    assert_eq!(view.state(), RunState::AwaitingApproval);
    let of = |id| outcome(&project, &run, id);
    assert_eq!(of("C1"), by_hand(Left::Changed));
    assert_eq!(of("C2"), by_hand(Left::Beside));
    assert_eq!(of("C3"), by_hand(Left::Same));
    assert!(words(&project, &run).iter().all(|(_, w)| *w == "by hand"));
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    terminal.types("!");
    terminal.until("C1  ◆ by hand");
    terminal.until("C3  ! by hand");
    assert!(
        terminal.shown().contains("Ada had the stage in hand"),
        "{}",
        terminal.shown()
    );
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
    // Who is not content with it has it asked once more, and an answer is owed then.
    project.expect(0, &["comment", &run, "--reopen", "C3"]);
    says(
        &project,
        "answer",
        "## Review Comments\n- C3 declined: it is short\n",
    );
    project.expect(6, &["reject", &run, "--follow"]);
    let told: Vec<&str> = words(&project, &run).iter().map(|(_, w)| *w).collect();
    assert_eq!(told, ["by hand", "by hand", "declined", "by hand"]);
}

#[test]
fn a_pass_that_a_person_broke_is_had_back_by_throwing_their_work_away() {
    use super::support::project::WORKS;
    let stages = "  - { id: build, name: Build, role: build, checks: [{ run: \"! grep -q bad page.txt\" }], gate: { after: \"true\" } }\n";
    let project = Project::new().agent("build", WORKS).flow(stages);
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    let before = project.runs()[0].clone();
    assert_eq!(takes(&project, &run, "echo bad >> page.txt", "check"), 3);
    let view = project.until(&run, |v| !v.supervised);
    assert_eq!(view.state(), RunState::Blocked);
    let more = "echo worse >> page.txt";
    assert_eq!(takes(&project, &run, more, "throw-away"), 0);
    let view = project.until(&run, |v| !v.supervised);
    assert_eq!(view.state(), RunState::AwaitingApproval);
    assert_eq!(view.run.head, before.run.head);
    let page = std::fs::read_to_string(view.order.tree.join("page.txt")).unwrap();
    assert_eq!(page, "light\ndark\n");
    // What it holds is what was approved of: it goes on as if nobody had touched it.
    project.expect(0, &["approve", &run, "--follow"]);
    assert_eq!(project.view(&run).state(), RunState::Completed);
    // Both are kept for who wants them back.
    let attempts = &view.run.stages[0].attempts;
    let patches: Vec<String> = attempts[1..]
        .iter()
        .map(|a| std::fs::read_to_string(view.attempt_dir(&a.id).partial_patch()))
        .map(Result::unwrap_or_default)
        .collect();
    assert!(patches[1].contains("+worse"), "{patches:?}");
}
