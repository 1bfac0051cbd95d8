//! A landing that is killed in the middle, and one that fails when only the tidying is left.

use crate::support::drive::{fifo, last};
use crate::support::project::{Project, put, until_there};
use crate::support::strace;
use crate::{NOTE, nothing_shows, read, with};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

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

/// Lands, and is killed with all its children once this is there.
fn killed(project: &Project, run: &str, held: &std::path::Path) {
    let mut command = project.command(&["land", run]);
    let mut landing = command.process_group(0).spawn().unwrap();
    until_there(held);
    let group = rustix::process::Pid::from_child(&landing);
    rustix::process::kill_process_group(group, rustix::process::Signal::KILL).unwrap();
    landing.wait().unwrap();
}

fn script(path: &std::path::Path, text: &str) {
    put(path, text);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
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
    let (held, go) = (project.outside("held"), project.outside("go"));
    fifo(&go);
    let filter = project.outside("filter.sh");
    let home = project.home();
    script(
        &filter,
        &format!(
            "#!/bin/sh\nif ls {}/.git/harness-*.lock >/dev/null 2>&1 && mkdir {held} 2>/dev/null\n\
             then read _ <{go}; fi\ncat\n",
            home.display(),
            held = held.display(),
            go = go.display(),
        ),
    );
    put(&home.join(".git/info/attributes"), "page.txt filter=held\n");
    project.git(&["config", "filter.held.smudge", filter.to_str().unwrap()]);
    killed(&project, &run, &held);
    assert!(project.view(&run).cut_off().is_some());
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
    let trace = project.outside("trace");
    let mut strace = Command::new("strace");
    strace.arg("-o").arg(&trace);
    for expression in expressions {
        strace.args(["-e", expression]);
    }
    let landing = project.command(&["land", run]);
    let status = strace
        .arg(landing.get_program())
        .args(landing.get_args())
        .envs(landing.get_envs().filter_map(|(n, v)| Some((n, v?))))
        .current_dir(project.home())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    let said = std::fs::read_to_string(&trace).unwrap();
    let killed = said.contains("killed by SIGKILL");
    assert_eq!(killed, !status.success(), "{status}\n{said}");
    (said, killed)
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
#[ignore = "it takes minutes"]
fn one_that_was_killed_at_every_system_call_is_finished() {
    let fired = strace::swept(&CALLS, killed_at);
    assert!(fired > 0);
}
