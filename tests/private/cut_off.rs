//! A landing that is killed in the middle, and one that fails when only the tidying is left.

use crate::support::drive::{killed_landing, last};
use crate::support::project::{Project, put};
use crate::support::strace;
use crate::{NOTE, nothing_shows, read, with};

fn completed() -> (Project, String) {
    let project = with("echo dark >>page.txt");
    project.expect(6, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    project.expect(0, &["approve", &run]);
    project.until(&run, |v| {
        v.run.state() == harness_tui::terms::RunState::Completed
    });
    (project, run)
}

fn is_landed(project: &Project, run: &str) {
    assert_eq!(project.read("page.txt"), "light\ndark\n");
    assert_eq!(
        project.git(&["ls-tree", "-r", "--name-only", "HEAD"]),
        "page.txt"
    );
    assert_eq!(project.git(&["rev-list", "--count", "HEAD"]), "2");
    assert!(read(project, "backlog.md").contains("**Status:** Done"));
    assert_eq!(read(project, "artifacts/notes/T001-note.md").trim(), NOTE);
    let report = read(project, &format!("runs/{run}.md"));
    assert!(report.contains("## Final Run State"), "{report}");
    assert!(project.view(run).run.landed.is_some());
    nothing_shows(project);
}

#[test]
fn one_that_was_killed_while_the_checkout_was_brought_along_is_finished() {
    let (project, run) = completed();
    killed_landing(&project, &run);
    assert!(read(&project, "backlog.md").contains("**Status:** In Review"));
    project.expect(0, &["land", &run]);
    is_landed(&project, &run);
}

#[test]
fn one_that_could_not_be_kept_is_finished_once_it_can_be() {
    let (project, run) = completed();
    let place = could_not_be_kept(&project, &run);
    std::fs::remove_dir_all(&place).unwrap();
    project.expect(0, &["land", &run]);
    is_landed(&project, &run);
}

/// Lands with a folder in the place of the report among the run's files: only the branch has moved.
fn could_not_be_kept(project: &Project, run: &str) -> std::path::PathBuf {
    let place = project.view(run).dirs.path().join("report.md");
    // There may be one of the run as it stood.
    let _ = std::fs::remove_file(&place);
    std::fs::create_dir_all(place.join("in-the-way")).unwrap();
    let refused = project.run(&["land", run]);
    assert_ne!(refused.code, 0, "{}", refused.out);
    assert!(
        refused.err.contains("could not be finished"),
        "{}",
        refused.err
    );
    assert_eq!(project.read("page.txt"), "light\ndark\n");
    assert!(project.view(run).run.landed.is_none());
    place
}

#[test]
fn what_is_written_in_the_middle_of_it_stays_and_the_runs_own_is_kept_beside() {
    let (project, run) = completed();
    let place = could_not_be_kept(&project, &run);
    let note = "artifacts/notes/T001-note.md";
    put(&project.home().join(crate::PLACE).join(note), "Mine.\n");
    std::fs::remove_dir_all(&place).unwrap();
    let told = project.expect(0, &["land", &run]);
    let told = format!("{}{}", told.out, told.err);
    assert!(told.contains("stays as it is"), "{told}");
    assert_eq!(read(&project, note), "Mine.\n");
    let kept = project.view(&run).dirs.path().join("not-landed/harness");
    let kept = std::fs::read_to_string(kept.join(note)).unwrap();
    assert_eq!(kept.trim(), NOTE);
}

/// Where a landing changes what others see.
const CALLS: [&str; 3] = [
    "rename,renameat,renameat2",
    "fsync,fdatasync",
    "unlink,unlinkat",
];

/// Lands under strace; what it wrote down, and whether it was killed.
fn traced(project: &Project, run: &str, expressions: &[String]) -> (String, bool) {
    let landing = project.command(&["land", run]);
    strace::traced(&landing, &project.outside("trace"), expressions)
}

fn killed_at(calls: &str, n: usize) -> bool {
    let (project, run) = completed();
    let (_, fired) = traced(&project, &run, &strace::killing(calls, n));
    if fired && project.view(&run).run.landed.is_none() {
        project.expect(0, &["land", &run]);
    }
    is_landed(&project, &run);
    fired
}

#[test]
fn one_that_was_killed_at_a_system_call_is_finished() {
    if strace::works() {
        let undisturbed = || {
            let (project, run) = completed();
            traced(&project, &run, &strace::tracing(&CALLS)).0
        };
        strace::sampled("private landing", &CALLS, undisturbed, killed_at);
    }
}

#[test]
#[ignore = "takes minutes: cargo test --release --test private -- --ignored every_system_call"]
fn one_that_was_killed_at_every_system_call_is_finished() {
    let fired = strace::swept(&CALLS, killed_at);
    assert!(fired > 0);
}
