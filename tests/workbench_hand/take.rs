//! Taking a stage over from the command line.

use crate::scene::on;
use crate::support::drive::{last, on_branch, outcomes, report, stage};
use crate::support::project::{Project, WORKS, at_the_gate, put};
use crate::support::terminal::Terminal;
use harness_tui::store::lock::Lock;
use harness_tui::terms::{Outcome, RunState};
use std::os::unix::fs::PermissionsExt;

const SIZE: (u16, u16) = (120, 35);
const BACK: &str = "l leaves it taken: ";

/// A project whose one run is blocked: its check wants a word that the agent does not write.
fn blocked(profile_writes: &str) -> (Project, String) {
    let stages = format!(
        "  - {{ id: build, name: Build, role: build, writes: [{profile_writes}], checks: [{{ run: \"grep -q night page.txt\" }}] }}\n"
    );
    let project = Project::new().agent("build", WORKS).flow(&stages);
    project.expect(3, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    (project, run)
}

#[test]
fn what_a_person_does_is_checked_handed_on_and_marked_as_theirs() {
    let (project, run) = blocked("\"page.txt\"");
    let mut terminal = on(&project, &["take", &run], SIZE);
    terminal.until("enter takes it over");
    assert!(
        terminal.shown().contains("a shell, for"),
        "{}",
        terminal.shown()
    );
    terminal.types("\r");
    terminal.until(&format!("IN HAND {run}"));
    // It is theirs alone.
    let refused = project.expect(2, &["resume", &run]);
    assert!(
        refused.err.contains("Ada has taken build over"),
        "{}",
        refused.err
    );
    let refused = project.expect(2, &["take", &run, "--back", "check"]);
    assert!(refused.err.contains("is at work there"), "{}", refused.err);
    terminal.types("echo night >> page.txt\r");
    terminal.until("ran: echo night");
    terminal.types("done\r");
    terminal.until(BACK);
    terminal.types("c\r");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    let view = last(&project);
    assert_eq!(view.state(), RunState::Completed);
    assert_eq!(outcomes(&view, "build").last(), Some(&Outcome::Passed));
    assert_eq!(
        on_branch(&view, "page.txt").unwrap(),
        "light\ndark\ndark\nnight\n"
    );
    let attempt = stage(&view, "build").attempts.last().unwrap();
    assert_eq!(attempt.by.as_ref().unwrap().name, "Ada");
    // What it used nobody knows, and no sum says otherwise.
    assert!(attempt.result.as_ref().unwrap().usage.is_unknown());
    assert!(
        !view.run.total().cost_text().contains("$0.00"),
        "{}",
        view.run.total().cost_text()
    );
    let spent = harness_tui::records::spending::of_run(&view);
    let spent = spent.last().unwrap();
    assert_eq!(spent.agent.as_deref(), Some("Ada"));
    assert_eq!((spent.cost_micros, spent.tokens), (None, None));
    assert_eq!(spent.billing.word(), "metered");
    let report = report(&view);
    assert!(report.contains("with Ada"), "{report}");
}

#[test]
fn what_is_not_the_stages_is_taken_back_and_told() {
    let (project, run) = blocked("\"page.txt\"");
    let mut terminal = on(&project, &["take", &run, "--yes"], SIZE);
    terminal.until("IN HAND");
    terminal.types("echo night >> page.txt; echo mine > other.txt\r");
    terminal.until("ran: echo night");
    terminal.types("done\r");
    terminal.until(BACK);
    terminal.types("c\r");
    terminal.until("taken back: other.txt");
    assert_eq!(terminal.ends(), 3);
    let view = last(&project);
    assert_eq!(view.state(), RunState::Blocked);
    assert_eq!(outcomes(&view, "build").last(), Some(&Outcome::Overreach));
    assert!(!view.order.tree.join("other.txt").exists());
    // What was the stage's is there still, and passes when it is handed back alone.
    let mut terminal = on(&project, &["take", &run, "--yes"], SIZE);
    terminal.until("IN HAND");
    terminal.types("echo on >> page.txt\r");
    terminal.until("ran: echo on");
    terminal.types("done\r");
    terminal.until(BACK);
    terminal.types("c\r");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    let page = on_branch(&last(&project), "page.txt").unwrap();
    assert!(page.ends_with("night\non\n"), "{page}");
}

#[test]
fn what_was_not_changed_leaves_the_stage_as_it_was() {
    let (project, run) = at_the_gate();
    let mut terminal = on(&project, &["take", &run, "--yes"], SIZE);
    terminal.until("IN HAND");
    terminal.types("done\r");
    terminal.until(BACK);
    terminal.types("c\r");
    terminal.until("nothing was changed");
    assert_eq!(terminal.ends(), 0);
    let view = project.until(&run, |v| !v.supervised);
    assert_eq!(view.state(), RunState::AwaitingApproval);
    project.expect(0, &["approve", &run, "--follow"]);
    assert_eq!(
        on_branch(&last(&project), "page.txt").unwrap(),
        "light\ndark\n"
    );
}

#[test]
fn at_a_gate_the_work_is_changed_and_the_gate_asks_anew() {
    let (project, run) = at_the_gate();
    let before = last(&project).run.head;
    let mut terminal = on(&project, &["take", &run, "--yes"], SIZE);
    terminal.until("IN HAND");
    terminal.types("echo darker >> page.txt\r");
    terminal.until("ran: echo darker");
    terminal.types("done\r");
    terminal.until(BACK);
    terminal.types("c\r");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    let view = project.until(&run, |v| !v.supervised);
    assert_eq!(view.state(), RunState::AwaitingApproval);
    assert_ne!(view.run.head, before);
    assert_eq!(
        on_branch(&view, "page.txt").unwrap(),
        "light\ndark\ndarker\n"
    );
}

#[test]
fn it_is_kept_for_later_or_thrown_away_with_a_patch() {
    let (project, run) = blocked("\"page.txt\"");
    let page = || std::fs::read_to_string(last(&project).order.tree.join("page.txt")).unwrap();
    for (answer, wanted) in [
        ("n", "light\ndark\ndark\nhalf\n"),
        ("t", "light\ndark\ndark\nhalf\n"),
    ] {
        let mut terminal = on(&project, &["take", &run, "--yes"], SIZE);
        terminal.until("IN HAND");
        let word = if answer == "n" { "half" } else { "wrong" };
        terminal.types(&format!("echo {word} >> page.txt\r"));
        terminal.until("ran: echo");
        terminal.types("done\r");
        terminal.until(BACK);
        terminal.types(&format!("{answer}\r"));
        assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
        let view = project.until(&run, |v| !v.supervised);
        assert_eq!(view.state(), RunState::Blocked);
        assert_eq!(page(), wanted, "{answer}");
    }
    let view = last(&project);
    let last = stage(&view, "build").attempts.last().unwrap();
    let patch = std::fs::read_to_string(view.attempt_dir(&last.id).partial_patch()).unwrap();
    assert!(patch.contains("+wrong"), "{patch}");
}

#[test]
fn who_is_killed_in_the_middle_has_it_still_and_hands_it_back_later() {
    let (project, run) = blocked("\"page.txt\"");
    let mut terminal = on(&project, &["take", &run, "--yes"], SIZE);
    terminal.until("IN HAND");
    terminal.types("echo night >> page.txt\r");
    terminal.until("ran: echo night");
    terminal.signal(rustix::process::Signal::KILL);
    let view = last(&project);
    assert!(view.run.taken.is_some());
    let told = project.expect(0, &["take", &run, "--dry-run"]);
    assert!(told.out.contains("by Ada since"), "{}", told.out);
    let status = project.expect(0, &["status", &run]);
    assert!(status.out.contains("Ada"), "{}", status.out);
    // Whoever comes next goes on, or hands it back as it lies there.
    drop(terminal);
    // The lock is gone with the last who held it.
    let attempt = stage(&view, "build").attempts.last().unwrap();
    let hand = std::fs::File::open(view.attempt_dir(&attempt.id).hand()).unwrap();
    rustix::fs::flock(&hand, rustix::fs::FlockOperation::LockShared).unwrap();
    drop(hand);
    let list = project.expect(0, &["status"]).out;
    let row = list.lines().find(|l| l.contains(&run)).unwrap();
    assert!(row.contains("taken over"), "{list}");
    project.expect(0, &["take", &run, "--back", "check"]);
    let view = last(&project);
    assert_eq!(view.state(), RunState::Completed);
    assert!(on_branch(&view, "page.txt").unwrap().ends_with("night\n"));
}

#[test]
fn of_two_who_take_it_over_at_once_the_first_has_it() {
    let (project, run) = at_the_gate();
    let dirs = last(&project).dirs;
    // Nobody takes an order up while this is held.
    let busy = Lock::try_take(&dirs.lock()).unwrap().unwrap();
    let ordered = |n: usize| {
        project.until(&run, |v| v.ordered() == n);
    };
    let mut first = on(&project, &["take", &run, "--yes"], SIZE);
    ordered(1);
    let mut second = on(&project, &["take", &run, "--yes"], SIZE);
    ordered(2);
    drop(busy);
    first.until("IN HAND");
    second.until("Ada has taken build over");
    assert_eq!(second.ends(), 2);
    first.types("done\r");
    first.until(BACK);
    first.types("c\r");
    assert_eq!(first.ends(), 0, "{}", first.shown());
}

#[test]
fn a_shell_that_is_killed_leaves_a_terminal_that_answers() {
    let (project, run) = at_the_gate();
    let shell = project.outside("dies");
    put(&shell, "#!/bin/sh\nexec bash --norc -ic 'kill -9 $$'\n");
    std::fs::set_permissions(&shell, std::fs::Permissions::from_mode(0o755)).unwrap();
    let variables = [("SHELL", shell.to_str().unwrap())];
    let mut terminal = Terminal::within(&project, &["take", &run, "--yes"], SIZE, &variables);
    terminal.until(BACK);
    terminal.types("t\r");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    assert!(last(&project).run.taken.is_none());
}

#[test]
fn nobody_keeps_the_machine_awake_for_a_person() {
    let project = Project::new()
        .agent("build", WORKS)
        .flow("  - { id: build, name: Build, role: build, gate: { after: \"true\" } }\n");
    project.expect(6, &["run", "T001", "--awake"]);
    let run = last(&project).order.run.to_string();
    let (bin, holds) = (project.outside("bin"), project.outside("holds"));
    let inhibit = bin.join("systemd-inhibit");
    put(
        &inhibit,
        &format!("#!/bin/sh\necho > '{}'; cat\n", holds.display()),
    );
    std::fs::set_permissions(&inhibit, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let shell = crate::scene::program(&project);
    let variables = [("PATH", path.as_str()), ("SHELL", shell.to_str().unwrap())];
    let args = ["take", &run, "--yes", "--back", "check"];
    let mut terminal = Terminal::within(&project, &args, SIZE, &variables);
    terminal.until("IN HAND");
    terminal.types("echo darker >> page.txt\r");
    terminal.until("ran: echo");
    let held = holds.exists();
    terminal.types("done\r");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    let view = project.until(&run, |v| !v.supervised);
    assert_eq!(view.state(), RunState::AwaitingApproval);
    assert!(view.order.awake && !held && !holds.exists());
}

#[test]
fn what_runs_is_interrupted_first_and_its_work_is_there() {
    let project = Project::new();
    let script = format!(
        "cat >/dev/null; echo half >> page.txt; touch {}; exec tail -f /dev/null",
        project.outside("ready").display()
    );
    let stages = "  - { id: build, name: Build, role: build }\n";
    let project = project.agent("build", &script).flow(stages);
    let run = project.detach();
    crate::support::project::until_there(&project.outside("ready"));
    let mut terminal = on(&project, &["take", &run], SIZE);
    terminal.until("its agent is interrupted first");
    terminal.until("enter takes it over");
    terminal.types("\r");
    terminal.until("IN HAND");
    terminal.types("echo whole >> page.txt\r");
    terminal.until("ran: echo whole");
    terminal.types("done\r");
    terminal.until(BACK);
    terminal.types("c\r");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    let view = last(&project);
    assert_eq!(outcomes(&view, "build"), [Outcome::Paused, Outcome::Passed]);
    assert_eq!(
        on_branch(&view, "page.txt").unwrap(),
        "light\nhalf\nwhole\n"
    );
}

#[test]
fn an_agents_own_program_is_named_in_its_entry() {
    let project = Project::new().agent("build", WORKS);
    let shell = crate::scene::program(&project);
    let project = project
        .settings("")
        .flow("  - { id: build, name: Build, role: build, gate: { after: \"true\" } }\n");
    let text = project.read("harness/harness.yaml").replace(
        "driver: command,",
        &format!(
            "driver: command, interactive: [\"{}\", \"{{tree}}\"],",
            shell.display()
        ),
    );
    project.put("harness/harness.yaml", &text);
    project.git(&["commit", "-qam", "interactive"]);
    project.expect(6, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    let told = project.expect(0, &["take", &run, "--dry-run"]);
    assert!(
        told.out.contains("as `interactive:` of build says"),
        "{}",
        told.out
    );
    let mut terminal = on(&project, &["take", &run, "--yes", "--back", "check"], SIZE);
    terminal.until("IN HAND");
    terminal.types("echo darker >> page.txt; echo $1 is $CI.\r");
    terminal.until(" is .");
    terminal.types("done\r");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    assert!(
        on_branch(&last(&project), "page.txt")
            .unwrap()
            .ends_with("darker\n")
    );
}
