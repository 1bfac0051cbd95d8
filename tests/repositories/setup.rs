//! A fresh tree must build: what git does not know is copied, linked and made.

use super::BUILD;
use crate::support::drive::{file_of, last, lines_of, on_branch, outcomes, report, stage};
use crate::support::project::{Project, WORKS, until_there};
use harness_tui::engine::record::StageRecord;
use harness_tui::records::runs::RunView;
use harness_tui::terms::Outcome;

const STAGES: &str = "  - id: build
    name: Build
    role: build
    checks: [{ run: \"test -f deps/installed && grep -q KEY .env && test -e big/data\" }]
  - { id: bump, name: Bump, role: bump, depends_on: [build] }
  - { id: use, name: Use, role: use, depends_on: [bump] }
";

fn stage_of(view: &RunView) -> &StageRecord {
    stage(view, "build")
}

#[test]
fn the_runs_tree_and_the_check_tree_build_and_set_up_is_done_once_for_each_lock_file() {
    let project = Project::new();
    let count = project.outside("count");
    let needs = "cat >/dev/null; cmp package-lock.json deps/installed && grep -q KEY .env && test -e big/data || exit 1;";
    let settings = format!(
        "tree: {{ setup: [\"mkdir -p deps && cp package-lock.json deps/installed && echo once >> '{}'\"], copy: [\".env*\"], link: [big] }}\n",
        count.display()
    );
    project.put(".gitignore", "deps/\n.env*\nbig/\n");
    project.put(".env", "KEY=1\n");
    project.put("big/data", "much\n");
    project.put("package-lock.json", "{}\n");
    let project = project
        .agent("build", &format!("{needs} echo dark >> page.txt"))
        .agent("bump", &format!("{needs} echo '{{1}}' > package-lock.json"))
        .agent("use", &format!("{needs} echo used >> page.txt"))
        .settings(&settings)
        .flow(STAGES);
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    // The run's tree and the check tree; then, after the lock file changed, the run's tree again.
    assert_eq!(lines_of(&count), 3, "{}", report(&view));
    for placed in ["deps/installed", ".env", "big", "big/data"] {
        assert_eq!(on_branch(&view, placed), None, "{placed} was handed on");
    }
    assert_eq!(on_branch(&view, "page.txt").unwrap(), "light\ndark\nused\n");
}

#[test]
fn a_failing_set_up_blocks_starts_no_agent_and_says_what_to_do() {
    let project = Project::new();
    let (started, mended) = (project.outside("started"), project.outside("mended"));
    let script = format!("touch '{}'; {WORKS}", started.display());
    let settings = format!(
        "tree: {{ setup: [\"mkdir -p half; touch half/way; seq 500; test -e '{}' || {{ echo the registry is down >&2; exit 9; }}\"] }}\n",
        mended.display()
    );
    project.put(".gitignore", "half/\n");
    let stage =
        "  - id: build\n    name: Build\n    role: build\n    checks: [\"test -e half/way\"]\n";
    let project = project
        .agent("build", &script)
        .settings(&settings)
        .flow(stage);
    let ran = project.expect(3, &["run", "T001"]);
    for told in ["exit 9: the registry is down", "harness-tui resume RUN-"] {
        assert!(ran.out.contains(told), "{told}: {}", ran.out);
    }
    assert!(!started.exists(), "an agent was started");
    let view = last(&project);
    assert_eq!(outcomes(&view, "build"), [Outcome::SetupFailed]);
    // The whole output is where the message says.
    let whole = file_of(&view, "build", 1, "setup-1.log");
    assert!(
        whole.contains("\n1\n") || whole.starts_with("1\n"),
        "{whole}"
    );
    let at = view.attempt_dir(&stage_of(&view).attempts[0].id);
    let at = at.path().join("setup-1.log");
    assert!(ran.out.contains(at.to_str().unwrap()), "{}", ran.out);
    std::fs::write(&mended, "").unwrap();
    let run = view.order.run.to_string();
    project.expect(0, &["resume", &run, "--follow"]);
    // What the broken set-up had left is set-up's own, and the check found it.
    let view = last(&project);
    let came = [Outcome::SetupFailed, Outcome::Passed];
    assert_eq!(outcomes(&view, "build"), came);
    assert_eq!(on_branch(&view, "half/way"), None);
}

#[test]
fn a_check_tree_whose_set_up_was_broken_off_builds_when_it_is_done_again() {
    let project = Project::new();
    let mended = project.outside("mended");
    // The check tree is the one that has the agent's work.
    let settings = format!(
        "tree: {{ setup: [\"mkdir -p deps; touch deps/some; grep -q dark page.txt && test ! -e '{}' && exit 9; touch deps/all\"] }}\n",
        mended.display()
    );
    project.put(".gitignore", "deps/\n");
    let stage = "  - id: build\n    name: Build\n    role: build\n    checks: [\"test -e deps/all && test -e deps/some\"]\n";
    let project = project
        .agent("build", WORKS)
        .settings(&settings)
        .flow(stage);
    let ran = project.expect(3, &["run", "T001"]);
    assert!(
        ran.out.contains("the checks could not be run"),
        "{}",
        ran.out
    );
    std::fs::write(&mended, "").unwrap();
    let run = last(&project).order.run.to_string();
    project.expect(0, &["resume", &run, "--follow"]);
}

#[test]
fn a_set_up_that_asks_gets_no_answer_and_one_without_end_is_ended() {
    let project = Project::new()
        .agent("build", WORKS)
        .settings("tree: { setup: [\"echo Continue? >&2; read answer\"] }\n")
        .flow(BUILD);
    let ran = project.expect(3, &["run", "T001"]);
    assert!(ran.out.contains("exit 1: Continue?"), "{}", ran.out);
    let project = Project::new()
        .agent("build", WORKS)
        .settings("tree: { setup: [{ run: \"echo waiting; sleep 600\", timeout: 1s }] }\n")
        .flow(BUILD);
    let ran = project.expect(3, &["run", "T001"]);
    assert!(
        ran.out.contains("not done after 0:01: waiting"),
        "{}",
        ran.out
    );
    assert_eq!(outcomes(&last(&project), "build"), [Outcome::SetupFailed]);
}

#[test]
fn a_set_up_can_be_paused_and_cancelled_while_it_runs() {
    for (word, outcome) in [("pause", Outcome::Paused), ("cancel", Outcome::Cancelled)] {
        let project = Project::new();
        let begun = project.outside("begun");
        let settings = format!(
            "tree: {{ setup: [\"touch '{}'; sleep 600\"] }}\n",
            begun.display()
        );
        let project = project
            .agent("build", WORKS)
            .settings(&settings)
            .flow(BUILD);
        let run = project.detach();
        until_there(&begun);
        let args: &[&str] = match word {
            "pause" => &["pause", &run, "--now"],
            _ => &["cancel", &run],
        };
        project.expect(0, args);
        let view = project.until(&run, |view| {
            stage_of(view).attempts.iter().any(|a| a.result.is_some())
        });
        assert_eq!(outcomes(&view, "build"), [outcome]);
    }
}

#[test]
fn set_up_is_told_in_the_timeline_also_where_it_is_known() {
    let project = Project::new();
    project.put("Cargo.lock", "1\n");
    let twice = "cat >/dev/null; echo x >> page.txt";
    let project = project
        .agent("build", twice)
        .agent("more", twice)
        .settings("tree: { setup: [{ run: \"true\", name: fetch }] }\n")
        .flow("  - { id: build, name: Build, role: build, checks: [\"true\"] }\n  - { id: more, name: More, role: more, depends_on: [build], checks: [\"true\"] }\n");
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    let rows = |id: &str| file_of(&view, id, 1, "transcript.jsonl");
    let first = rows("build");
    for title in ["\"fetch\"", "\"for checks: fetch\""] {
        assert!(first.contains(title), "{title}: {first}");
    }
    let at = first.find("\"fetch\"").unwrap();
    assert!(at < first.find("\"agent\"").unwrap(), "before the agent");
    let more = rows("more");
    assert!(!more.contains("fetch"), "{more}");
    assert_eq!(
        more.matches("known: lock files unchanged").count(),
        2,
        "{more}"
    );
}

#[test]
fn what_an_agent_puts_beside_what_set_up_placed_is_handed_on() {
    let project = Project::new();
    project.put(".gitignore", "*.local\n");
    project.put("conf/a.local", "1\n");
    let project = project
        .agent("build", "cat >/dev/null; grep -q 1 conf/a.local; echo new > conf/page.txt; echo new > made/page.txt")
        .settings("tree: { copy: [\"*.local\"], setup: [\"mkdir made; touch made/by-set-up\"] }\n")
        .flow(BUILD);
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    for page in ["conf/page.txt", "made/page.txt"] {
        assert_eq!(on_branch(&view, page).as_deref(), Some("new\n"), "{page}");
    }
    for placed in ["conf/a.local", "made/by-set-up"] {
        assert_eq!(on_branch(&view, placed), None, "{placed}");
    }
}

#[test]
fn worktreeinclude_names_what_to_copy_too() {
    let project = Project::new();
    project.put(".gitignore", "local.conf\n");
    project.put("local.conf", "here\n");
    project.put(".worktreeinclude", "# what a tree needs\nlocal.conf\n");
    let project = project
        .agent("build", "cat >/dev/null; cat local.conf >> page.txt")
        .flow(BUILD);
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(on_branch(&view, "page.txt").unwrap(), "light\nhere\n");
    assert_eq!(on_branch(&view, "local.conf"), None);
}
