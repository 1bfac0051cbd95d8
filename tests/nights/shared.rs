//! What the runs of a project share: places for attempts, and whoever comes by to let them go on.

use super::support::project::{Project, put, until_there};
use super::{kill, rests};
use harness_tui::process::{Identity, Signal, Watched};
use harness_tui::records::runs::RunView;
use harness_tui::supervisor::live::at_work_since;
use harness_tui::terms::{Outcome, RunId, RunState, StageState};

const BUILD: &str = "  - { id: build, name: Build, role: build }\n";

/// A project with three tasks whose builds say that they work, and go on when they are let go.
fn held(settings: &str) -> Project {
    let project = Project::new();
    let script = format!(
        "cat >/dev/null; touch {}/works-$HARNESS_TASK_ID; while [ ! -e {} ]; do sleep 0.05; done; echo dark >> page.txt; echo done",
        project.outside("").display(),
        project.outside("go").display()
    );
    let project = project.agent("build", &script).settings(settings);
    let task = project.read("harness/tasks/T001-dark-mode.md");
    for id in ["T002", "T003"] {
        let other = task.replace("T001", id).replace("Backlog Item: B001\n", "");
        project.put(&format!("harness/tasks/{id}-dark-mode.md"), &other);
    }
    project.flow(BUILD)
}

fn detach(project: &Project, task: &str) -> String {
    let ran = project.expect(0, &["run", task, "--detach"]);
    ran.out.trim().to_owned()
}

/// Waits until another supervisor than the one of this moment carries the run's attempt on.
fn works_since(project: &Project, run: &str, before: Option<jiff::Timestamp>) -> RunView {
    project.until(run, |v| {
        let since = at_work_since(&v.dirs);
        v.supervised
            && since.is_some_and(|since| Some(since) != before)
            && v.run.stages[0].state == StageState::Running
    })
}

fn works(project: &Project, run: &str) -> RunView {
    works_since(project, run, None)
}

#[test]
fn attempts_of_all_runs_share_the_places_and_who_came_first_is_first() {
    let project = held("max_parallel: 1\n");
    let first = detach(&project, "T001");
    until_there(&project.outside("works-T001"));
    // The one place is the first run's; the others stand in line for it.
    let waits = |before: &[&String]| {
        let before: Vec<String> = before.iter().map(|id| (*id).clone()).collect();
        let first = first.clone();
        move |v: &RunView| {
            v.run.stages[0].slot.as_ref().is_some_and(|wait| {
                let same = |runs: &[RunId], ids: &[String]| runs.iter().map(RunId::as_str).eq(ids);
                (wait.of, wait.taken) == (1, 1)
                    && same(&wait.by, std::slice::from_ref(&first))
                    && same(&wait.before, &before)
            })
        }
    };
    let second = detach(&project, "T002");
    let view = project.until(&second, waits(&[]));
    assert_eq!(
        (view.state(), view.run.stages[0].attempts.len()),
        (RunState::Running, 0)
    );
    let why = project.expect(0, &["why", &second]).out;
    let told = format!("it waits for a free slot: 1 of 1 taken by {first}");
    assert!(
        why.contains(&told) && why.contains("waiting for a free slot"),
        "{why}"
    );
    let third = detach(&project, "T003");
    project.until(&third, waits(&[&second]));
    let why = project.expect(0, &["why", &third]).out;
    assert!(
        why.contains(&format!("{told}; before it: {second}")),
        "{why}"
    );
    // An attempt that outlives its supervisor keeps its place, and the next one takes that over.
    kill(&works(&project, &first));
    project.expect(0, &["resume", &first]);
    works(&project, &first);
    // Who is paused stands in nobody's way.
    project.expect(0, &["pause", &second]);
    project.until(&third, waits(&[]));
    project.expect(0, &["resume", &second]);
    project.until(&second, waits(&[&third]));
    put(&project.outside("go"), "");
    let began: Vec<jiff::Timestamp> = [&first, &third, &second]
        .map(|run| {
            let view = rests(&project, run, RunState::Completed);
            view.run.stages[0].attempts[0].started
        })
        .to_vec();
    assert!(began.is_sorted(), "{began:?}");
    let ended = |run: &str| {
        let view = project.view(run);
        let attempt = &view.run.stages[0].attempts[0];
        let took = attempt.result.as_ref().unwrap().took_ms.unwrap();
        attempt.started + jiff::SignedDuration::from_millis(i64::try_from(took).unwrap())
    };
    assert!(
        ended(&first) <= began[1] && ended(&third) <= began[2],
        "one at a time"
    );
}

#[test]
fn a_run_whose_supervisor_died_goes_on_by_itself_but_not_for_ever() {
    let project = held("resume: auto\n");
    let run = detach(&project, "T001");
    let third = detach(&project, "T003");
    for task in ["T001", "T003"] {
        until_there(&project.outside(&format!("works-{task}")));
    }
    kill(&works(&project, &third));
    let view = works(&project, &run);
    let before = at_work_since(&view.dirs);
    kill(&view);
    assert_eq!(project.view(&run).state(), RunState::Interrupted);
    // Who only looks starts nothing, and who gives an order gives that one alone.
    for looks in [&["status"][..], &["list", "workflows"], &["why", &run]] {
        let ran = project.expect(0, looks);
        assert_eq!(ran.err, "", "{looks:?}");
    }
    for looks in ["check", "doctor"] {
        let ran = project.run(&[looks]);
        assert!(!ran.err.contains("goes on"), "{looks}: {}", ran.err);
    }
    project.expect(0, &["run", "T002", "--dry-run"]);
    let mark = view.dirs.engine().carried().join(&run);
    let left = std::fs::read_to_string(&mark).unwrap();
    project.expect(0, &["note", &third, "not so blue"]);
    project.expect(0, &["cancel", &third]);
    rests(&project, &third, RunState::Cancelled);
    // Whoever starts one says so there first.
    assert_eq!(std::fs::read_to_string(&mark).unwrap(), left);
    let view = project.view(&run);
    assert_eq!(
        (view.state(), view.supervised),
        (RunState::Interrupted, false)
    );
    // A workbench that is opened sees to it.
    let ran = project.expect(0, &["--plain"]);
    let told = format!("{run}: its supervisor was gone; it goes on (resume: auto)");
    assert!(ran.err.contains(&told), "{}", ran.err);
    let view = works_since(&project, &run, before);
    assert_eq!(
        view.run.stages[0].attempts.len(),
        1,
        "taken over, not made again"
    );
    // The same once more, and nothing has come of the run in between.
    let before = at_work_since(&view.dirs);
    kill(&view);
    let ran = project.expect(0, &["--plain"]);
    assert!(
        ran.err.contains("it died 2 times at build.1.1"),
        "{}",
        ran.err
    );
    let view = project.view(&run);
    assert_eq!(
        (view.state(), view.supervised),
        (RunState::Interrupted, false)
    );
    // It is said once, and stands where a person looks.
    let ran = project.expect(0, &["why", &run]);
    assert_eq!(ran.err, "");
    assert!(
        ran.out.contains(
            "its supervisor is gone: it died 2 times at build.1.1 and nothing came of the run"
        ),
        "{}",
        ran.out
    );
    // A supervisor of another run sees to it as well, and leaves it as it is.
    let other = detach(&project, "T002");
    works(&project, &other);
    assert!(!project.view(&run).supervised);
    // Let go on by a person it dies once more.
    project.expect(0, &["resume", &run]);
    kill(&works_since(&project, &run, before));
    for told in [true, false] {
        let ran = project.expect(0, &["--plain"]);
        let said = ran.err.contains("it died 3 times at build.1.1");
        assert_eq!(said, told, "{}", ran.err);
    }
    project.expect(0, &["resume", &run]);
    works(&project, &run);
    put(&project.outside("go"), "");
    let view = rests(&project, &run, RunState::Completed);
    rests(&project, &other, RunState::Completed);
    let marks = std::fs::read_dir(view.dirs.engine().carried())
        .unwrap()
        .count();
    assert_eq!(marks, 0, "who leaves as it should leaves nothing");
}

#[test]
fn a_run_that_is_not_told_to_waits_for_a_person() {
    let project = held("resume: ask\n");
    let run = detach(&project, "T001");
    until_there(&project.outside("works-T001"));
    kill(&works(&project, &run));
    let ran = project.expect(0, &["status"]);
    assert_eq!(ran.err, "");
    assert!(!project.view(&run).supervised);
    put(&project.outside("go"), "");
    project.expect(0, &["resume", &run]);
    rests(&project, &run, RunState::Completed);
}

#[test]
fn hours_in_which_nobody_worked_are_on_no_budget() {
    let project = held("budget: { minutes: 600, day: { minutes: 600 } }\n");
    let run = detach(&project, "T001");
    until_there(&project.outside("works-T001"));
    let view = works(&project, &run);
    kill(&view);
    let attempt = &view.run.stages[0].attempts[0];
    let dir = view.attempt_dir(&attempt.id);
    let shim: Identity = serde_json::from_slice(&std::fs::read(dir.shim()).unwrap()).unwrap();
    let shim = Watched::open(shim.pid).unwrap().unwrap();
    shim.signal(Signal::KILL).unwrap();
    assert!(shim.wait(None).unwrap());
    // As if it had been lost the moment it began, and every other sign of it were older.
    let last = attempt.started + jiff::SignedDuration::from_millis(7);
    for file in [dir.heartbeat(), dir.transcript(), dir.raw_log()] {
        if let Ok(file) = std::fs::File::options().write(true).open(file) {
            file.set_modified(last.into()).unwrap();
        }
    }
    put(&project.outside("go"), "");
    project.expect(0, &["resume", &run]);
    let view = rests(&project, &run, RunState::Completed);
    let lost = &view.run.stages[0].attempts[0];
    let result = lost.result.as_ref().unwrap();
    assert_eq!(result.outcome, Outcome::Interrupted);
    assert_eq!(result.took_ms, Some(7));
    let csv = project.expect(0, &["cost", "--csv", "--by", "attempt"]).out;
    let row = csv.lines().find(|l| l.contains(lost.public.as_str()));
    assert!(row.unwrap().contains(",7,"), "{csv}");
}
