//! The supervisor killed at system calls of a refresh: whoever comes next finishes it, once.

use crate::support::drive::{git_in, on_branch};
use crate::support::project::{Project, at_the_gate};
use crate::support::strace;
use crate::{base_moves, refreshed};
use harness_tui::engine::{Event, Person};
use harness_tui::records::runs::RunView;
use harness_tui::store::fs::Disk;
use harness_tui::supervisor::control;
use harness_tui::terms::{Oid, RunState};

/// Where it starts git, makes its order's fact durable, and takes the order away.
const CALLS: [&str; 3] = [
    "clone,clone3,vfork,fork",
    "fsync,fdatasync",
    "unlink,unlinkat",
];
/// Every so many points of a kind are hit.
const STEP: usize = 3;

/// The base moves, and somebody orders that it is taken in; nobody does it yet.
fn ordered(project: &Project, run: &str, file: &str) -> RunView {
    base_moves(project, file, "theirs\n");
    let onto = Oid::new(project.git(&["rev-parse", "main"])).unwrap();
    let by = Person {
        name: "Ada".to_owned(),
        terminal: None,
        pid: 1,
    };
    let view = project.view(run);
    let event = Event::Refresh { onto, by };
    let now = jiff::Timestamp::now();
    control::send(&Disk, &view.dirs.control(), now, &event).unwrap();
    view
}

/// Supervises the run under strace, to be killed at the nth of these calls; whether it was.
fn killed(project: &Project, view: &RunView, calls: &str, n: usize) -> bool {
    let mut supervise = project.command(&["supervise", "--dir"]);
    supervise.arg(view.dirs.path());
    strace::traced(
        &supervise,
        &project.outside("trace"),
        &strace::killing(calls, n),
    )
    .1
}

#[test]
fn killed_between_its_steps_it_is_finished_once() {
    if !strace::works() {
        return;
    }
    let (project, run) = at_the_gate();
    project.until(&run, |v| !v.supervised);
    let mut times = 0;
    for calls in CALLS {
        let mut n = 1;
        loop {
            times += 1;
            let point = format!("{calls}:{n}");
            let file = format!("theirs-{times}.txt");
            let view = ordered(&project, &run, &file);
            let fired = killed(&project, &view, calls, n);
            let dir = view.dirs.path().display().to_string();
            project.expect(0, &["supervise", "--dir", &dir]);
            let view = project.view(&run);
            assert_eq!(refreshed(&view), times, "{point}");
            assert_eq!(on_branch(&view, &file).unwrap(), "theirs\n", "{point}");
            let head = view.run.head.as_ref().unwrap().as_str();
            let tree = &view.order.tree;
            assert_eq!(git_in(tree, &["rev-parse", "HEAD"]), head, "{point}");
            assert_eq!(git_in(tree, &["status", "--porcelain"]), "", "{point}");
            assert!(
                control::waiting(&Disk, &view.dirs.control()).is_empty(),
                "{point}"
            );
            let merges = git_in(tree, &["rev-list", "--count", "--merges", "HEAD"]);
            assert_eq!(merges, times.to_string(), "{point}: one merge an order");
            assert_eq!(view.state(), RunState::AwaitingApproval, "{point}");
            if !fired {
                break;
            }
            n += STEP;
        }
    }
    assert!(times > 8, "only {times} faults were tried");
    project.expect(0, &["approve", &run, "--follow"]);
    project.expect(0, &["land", &run]);
}
