//! Every way a result lands, with real git: as commits a stage upon a branch that moved, with its
//! artifacts and without, in the form that the settings say, and as a pull request in a bare origin,
//! with programs in place of `gh` and `glab` that record how they are called and fail on demand.

#![allow(
    missing_docs,
    clippy::missing_panics_doc,
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

#[path = "landing_ways/bases.rs"]
mod bases;
#[path = "landing_ways/forks.rs"]
mod forks;
#[path = "landing_ways/forms.rs"]
mod forms;
#[path = "landing_ways/hooks.rs"]
mod hooks;
#[path = "landing_ways/merged.rs"]
mod merged;
#[path = "landing_ways/patch.rs"]
mod patch;
#[path = "landing_ways/review.rs"]
mod review;
#[path = "landing_ways/screen.rs"]
mod screen;
#[path = "landing_ways/signed.rs"]
mod signed;
#[path = "landing_ways/strangers.rs"]
mod strangers;
#[path = "landing_ways/verified.rs"]
mod verified;

use harness_tui::terms::RunState;
use std::process::Command;
use support::drive::{answers, last, script};
use support::project::{Project, Ran, WORKS, put, ran};

/// A plan, the work, and a person who looks at it in the end.
pub const STAGES: &str = "  - id: plan
    name: Planning
    role: plan
    context: [task]
    produces: { plan: { path: \"harness/artifacts/plan.md\", from: answer } }
    writes: []
  - { id: build, name: Build, role: build, depends_on: [plan], context: [task, findings] }
  - { id: complete, name: Complete, depends_on: [build], gate: { before: \"true\" } }
";
pub const PLAN: &str = "harness/artifacts/plan.md";
const URL: &str = "https://github.com/ada/engine/pull/7";

/// A project with a completed run, and the run.
pub fn completed(settings: &str) -> (Project, String) {
    completed_by(WORKS, settings)
}

/// The same, by this agent.
pub fn completed_by(works: &str, settings: &str) -> (Project, String) {
    let project = Project::new()
        .reviewer("plan", &answers("plan", "# Plan\n\nMake it dark."))
        .agent("build", works)
        .settings(settings)
        .flow(STAGES);
    project.expect(6, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    approve(&project, &run);
    (project, run)
}

pub fn approve(project: &Project, run: &str) {
    project.expect(0, &["approve", run]);
    project.until(run, |v| {
        v.run.state() == RunState::Completed && !v.supervised
    });
}

/// Everything that a landing which is refused must leave as it is.
pub fn everything(project: &Project) -> String {
    let told = |args: &[&str]| project.git(args);
    [
        told(&["for-each-ref"]),
        told(&["ls-files", "-s"]),
        told(&["status", "--porcelain", "--untracked-files=all"]),
        told(&["worktree", "list"]),
        project.read("harness/backlog.md"),
        project.read("harness/tasks/T001-dark-mode.md"),
    ]
    .join("\n")
}

/// Orders this, wants it refused with this exit code and all of these words, and nothing changed.
pub fn refused(project: &Project, code: i32, args: &[&str], words: &[&str]) -> Ran {
    let before = everything(project);
    let said = ran(&with_programs(project, args).output().unwrap());
    assert_eq!(said.code, code, "{args:?}\n{}\n{}", said.out, said.err);
    for word in words {
        assert!(said.err.contains(word), "{word:?} in {}", said.err);
    }
    assert_eq!(everything(project), before, "{}", said.err);
    said
}

/// The program with `gh` and `glab` of ours before all others.
pub fn with_programs(project: &Project, args: &[&str]) -> Command {
    let mut command = project.command(args);
    let path = std::env::var("PATH").unwrap();
    let ours = project.outside("bin");
    command.env("PATH", format!("{}:{path}", ours.display()));
    command
}

pub fn ordered(project: &Project, code: i32, args: &[&str]) -> Ran {
    let said = ran(&with_programs(project, args).output().unwrap());
    assert_eq!(said.code, code, "{args:?}\n{}\n{}", said.out, said.err);
    said
}

/// A bare origin that `main` follows and that writes down what is pushed to it, and the programs.
pub fn with_origin(project: &Project) {
    let origin = project.outside("origin.git");
    let origin = origin.to_str().unwrap();
    project.git(&["init", "-q", "--bare", "-b", "main", origin]);
    script(
        &project.outside("origin.git/hooks/post-receive"),
        &format!("#!/bin/sh\ncat >>{}\n", project.outside("pushes").display()),
    );
    project.git(&["remote", "add", "origin", origin]);
    project.git(&["push", "-q", "-u", "origin", "main"]);
    std::fs::remove_file(project.outside("pushes")).unwrap();
    let out = project.outside("").display().to_string();
    let out = out.trim_end_matches('/');
    script(
        &project.outside("bin/gh"),
        &GH.replace("OUT", out).replace("URL", URL),
    );
    script(&project.outside("bin/glab"), &GLAB.replace("OUT", out));
}

/// What was pushed to the origin, a line each.
pub fn pushes(project: &Project) -> Vec<String> {
    lines(project, "pushes")
}

/// The calls that begin so.
pub fn calls(project: &Project, words: &str) -> Vec<String> {
    let calls = lines(project, "calls");
    calls.into_iter().filter(|c| c.starts_with(words)).collect()
}

fn lines(project: &Project, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(project.outside(name)).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Has the programs do something else from now on.
pub fn sign(project: &Project, name: &str, text: &str) {
    put(&project.outside(name), text);
}

/// Each call is a line of its words, the text that it is given is kept, and a file called `fail-WORD`
/// makes it fail, one called `kill-WORD` has it end who called it.
const GH: &str = "#!/bin/sh
echo \"gh $*\" | tr '\\n' ' ' >>OUT/calls; echo >>OUT/calls
word=$2
[ -e OUT/fail-$word ] && { echo \"no $word today\" >&2; exit 1; }
[ -e OUT/kill-$word ] && { rm OUT/kill-$word; kill -9 $PPID; exit 1; }
what=\"$1 $2 $5\"
while [ $# -gt 0 ]; do [ \"$1\" = --body-file ] && cp \"$2\" OUT/body.md; shift; done
case $what in
'pr list '*) if [ -e OUT/listed.json ]; then cat OUT/listed.json
  elif [ -e OUT/opened ]; then echo '[{\"url\":\"URL\",\"isCrossRepository\":false}]'; else echo '[]'; fi ;;
'pr create '*) touch OUT/opened; echo 'Creating pull request'; echo URL
  [ -e OUT/late-create ] && { rm OUT/late-create; kill -9 $PPID; } ;;
'pr view state') echo \"{\\\"state\\\":\\\"$(cat OUT/state 2>/dev/null || echo OPEN)\\\"}\" ;;
'pr view '*) cat OUT/shown.json ;;
'api '*) cat OUT/threads.json ;;
'run view '*) cat OUT/log.txt ;;
esac
exit 0
";

const GLAB: &str = "#!/bin/sh
echo \"glab $*\" | tr '\\n' ' ' >>OUT/calls; echo >>OUT/calls
for word in \"$@\"; do case $word in description=@*) cp \"${word#description=@}\" OUT/body.md ;; esac; done
mr='{\"iid\":3,\"state\":\"opened\",\"web_url\":\"https://gitlab.com/ada/engine/-/merge_requests/3\",
  \"author\":{\"id\":7,\"username\":\"ada\"},\"source_project_id\":1,\"target_project_id\":1}'
case \"$*\" in
auth*) ;;
*POST*) touch OUT/opened; echo \"$mr\" ;;
*PUT*) echo \"$mr\" ;;
*members/all*) cat OUT/members.json ;;
*source_branch=*) if [ -e OUT/listed.json ]; then cat OUT/listed.json; elif [ -e OUT/opened ]; then echo \"[$mr]\"; else echo '[]'; fi ;;
*discussions*) cat OUT/discussions.json ;;
*/jobs/*) printf 'compiling\\nerror: it is not dark\\n' ;;
*/jobs*) echo '[{\"id\":11,\"name\":\"unit\",\"web_url\":\"https://gitlab.com/ada/engine/-/jobs/11\"},
  {\"id\":12,\"name\":\"may\",\"allow_failure\":true,\"web_url\":\"https://gitlab.com/ada/engine/-/jobs/12\"}]' ;;
*/pipelines*) if [ -e OUT/pipelines.json ]; then cat OUT/pipelines.json; else echo '[{\"id\":10,\"sha\":\"x\",\"ref\":\"main\"},
  {\"id\":9,\"sha\":\"made\",\"ref\":\"refs/merge-requests/3/merge\"}]'; fi ;;
*/repository/commits/made*) echo \"{\\\"parent_ids\\\":[\\\"x\\\",\\\"$(git -C OUT/origin.git rev-parse refs/heads/harness/T001-dark-mode)\\\"]}\" ;;
*) echo \"$mr\" ;;
esac
exit 0
";
