//! Further ways to drive a project and to look at what came of it.

use super::project::{Project, Ran, put, ran, until_there};
use harness_tui::engine::record::{AttemptRecord, StageRecord};
use harness_tui::records::project::Project as Found;
use harness_tui::records::runs::{self, RunView};
use harness_tui::terms::Outcome;
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Runs the program in another folder and wants this exit code.
pub fn expect_in(project: &Project, dir: &Path, code: i32, args: &[&str]) -> Ran {
    let ran = ran(&project.command(args).current_dir(dir).output().unwrap());
    assert_eq!(ran.code, code, "{args:?}\n{}\n{}", ran.out, ran.err);
    ran
}

/// What git says in a folder.
pub fn git_in(dir: &Path, args: &[&str]) -> String {
    let out = Command::new("git")
        .args(args)
        .current_dir(dir)
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "git {args:?}: {err}");
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}

/// The runs as seen from a folder, newest first.
pub fn runs_in(dir: &Path) -> Vec<RunView> {
    runs::all(&Found::find(dir).unwrap()).0
}

/// The latest run.
pub fn last(project: &Project) -> RunView {
    project.runs().remove(0)
}

/// What is remembered of a stage.
pub fn stage<'a>(view: &'a RunView, id: &str) -> &'a StageRecord {
    let found = view.run.stages.iter().find(|s| s.id.as_str() == id);
    found.unwrap_or_else(|| panic!("no stage {id}"))
}

/// How the attempts of a stage came out. One that the engine lost fails with its last words.
pub fn outcomes(view: &RunView, id: &str) -> Vec<Outcome> {
    let attempts = stage(view, id).attempts.iter();
    let results = attempts.filter_map(|a| a.result.as_ref());
    results
        .map(|result| {
            assert!(
                result.outcome != Outcome::Interrupted,
                "{} was lost: {}\n{}",
                result.attempt,
                result.reason,
                last_words(view, &result.attempt)
            );
            result.outcome
        })
        .collect()
}

/// What the processes of a lost attempt left.
fn last_words(view: &RunView, attempt: &harness_tui::terms::AttemptId) -> String {
    let dir = view.attempt_dir(attempt);
    let read = |path: std::path::PathBuf| std::fs::read_to_string(path).unwrap_or_default();
    let files = std::fs::read_dir(dir.path()).unwrap();
    let names: Vec<_> = files.map(|f| f.unwrap().file_name()).collect();
    format!(
        "stage-exec: {}\nsupervisor: {}\n{}\njournal: {}\nfiles: {names:?}",
        read(dir.path().join("stage-exec.log")),
        read(view.dirs.path().join("supervisor.log")),
        read(view.dirs.path().join("supervisor.json")),
        read(view.dirs.journal()),
    )
}

/// A file of the n-th attempt (from 1) of a stage.
pub fn file_of(view: &RunView, id: &str, n: usize, name: &str) -> String {
    let attempt: &AttemptRecord = &stage(view, id).attempts[n - 1];
    let path = view.attempt_dir(&attempt.id).path().join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// What the n-th attempt of a stage was told.
pub fn prompt(view: &RunView, id: &str, n: usize) -> String {
    file_of(view, id, n, "prompt.md")
}

/// The report as it stands while the run is not landed.
pub fn report(view: &RunView) -> String {
    std::fs::read_to_string(view.active_dir().report()).unwrap()
}

/// The subjects of the commits of a run, oldest first.
pub fn subjects(view: &RunView) -> Vec<String> {
    let range = format!("{}..{}", view.order.base, view.order.branch);
    let log = git_in(
        &view.order.home,
        &["log", "--reverse", "--format=%s", &range],
    );
    log.lines().map(str::to_owned).collect()
}

/// A file as the run's branch has it; `None` where it is not there.
pub fn on_branch(view: &RunView, path: &str) -> Option<String> {
    let out = Command::new("git")
        .args(["show", &format!("{}:{path}", view.order.branch)])
        .current_dir(&view.order.home)
        .output()
        .unwrap();
    out.status
        .success()
        .then(|| String::from_utf8_lossy(&out.stdout).into_owned())
}

/// How many lines a file has that scripts write to; 0 where it is not there.
pub fn lines_of(path: &Path) -> usize {
    std::fs::read_to_string(path).map_or(0, |t| t.lines().count())
}

/// A script that hands an artifact on in its answer.
pub fn answers(name: &str, text: &str) -> String {
    format!("cat >/dev/null\ncat <<'END'\n<<<ARTIFACT {name}\n{text}\nARTIFACT>>>\nEND\n")
}

/// A review of the task's two criteria, with this result and these findings.
pub fn review(result: &str, findings: &[&str]) -> String {
    let met = if result == "PASS" { "met" } else { "unmet" };
    let listed = match findings {
        [] => "None\n".to_owned(),
        some => some.iter().map(|f| format!("- {f}\n")).collect(),
    };
    format!(
        "## Verdict\n\nResult: {result}\n\n## Acceptance Criteria\n\n| AC | Judgement | Evidence |\n\
         | --- | --- | --- |\n| AC-1 | {met} | page.txt:1 |\n| AC-2 | {met} | page.txt:1 |\n\n\
         ## Findings\n\n{listed}"
    )
}

/// A script that gives these answers one after the other, the last one from then on. It counts
/// beside the checkout, in the file `counter`.
pub fn in_turn(counter: &Path, answers: &[String]) -> String {
    let mut script = format!(
        "cat >/dev/null\necho . >> '{0}'\nn=$(wc -l < '{0}')\n[ $n -gt {1} ] && n={1}\ncase $((n)) in\n",
        counter.display(),
        answers.len()
    );
    for (at, answer) in answers.iter().enumerate() {
        let n = at + 1;
        script.push_str(&format!("{n}) cat <<'END'\n{answer}\nEND\n;;\n"));
    }
    script.push_str("esac\n");
    script
}

/// A FIFO for scripts to meet at.
pub fn fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

/// A file that can be executed.
pub fn script(path: &Path, text: &str) {
    put(path, text);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Lands the run by the command line, and kills it with all its children while it brings the
/// checkout along: git waits for a filter of this file then.
pub fn killed_landing(project: &Project, run: &str) {
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
    let mut command = project.command(&["land", run]);
    let mut landing = command.process_group(0).spawn().unwrap();
    until_there(&held);
    let group = rustix::process::Pid::from_child(&landing);
    rustix::process::kill_process_group(group, rustix::process::Signal::KILL).unwrap();
    landing.wait().unwrap();
    assert!(project.view(run).cut_off().is_some());
    let page = std::fs::read_to_string(project.home().join("page.txt"));
    assert_ne!(page.unwrap_or_default(), "light\ndark\n");
}

/// Records a turn of one message.
pub fn record(path: &Path, answer: &str) {
    let lines = [
        json!({ "at_ms": 1, "event": { "type": "session_started", "session": "s", "model": "m", "tools": [] } }),
        json!({ "at_ms": 2, "event": { "type": "text", "text": answer } }),
        json!({ "at_ms": 3, "event": { "type": "result_reported" } }),
        json!({ "answer": answer }),
        json!({ "exit": { "code": 0 } }),
    ];
    let text: String = lines.iter().map(|l| format!("{l}\n")).collect();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Why the last attempt of a stage came out as it did.
pub fn last_reason(view: &RunView, id: &str) -> String {
    stage(view, id).last_result().unwrap().reason.clone()
}
