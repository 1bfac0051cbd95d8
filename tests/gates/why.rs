//! `why` for every outcome and every end, as a person reads it after a real run.
//!
//! With `GOLDEN=write` the file is written anew; then it is to be read before it is kept.

use super::{BUILD, reviewed};
use crate::support::drive::{answers, last, review};
use crate::support::project::{Project, WORKS};
use std::sync::Mutex;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/why-runs.txt");

/// A run that has come to its end, the exit code it should have had, and the stage to ask about.
struct Scene {
    name: &'static str,
    code: i32,
    stage: &'static str,
    make: fn() -> Project,
}

fn built(script: &str) -> Project {
    Project::new()
        .agent("build", &format!("cat >/dev/null; {script}"))
        .flow(BUILD)
}

fn stage(script: &str, rest: &str) -> Project {
    let stages = format!("  - {{ id: build, name: Build, role: build, {rest} }}\n");
    Project::new()
        .agent("build", &format!("cat >/dev/null; {script}"))
        .flow(&stages)
}

fn judged(text: &str) -> Project {
    Project::new()
        .agent("build", WORKS)
        .agent("qa", &answers("review", text))
        .flow(&reviewed("    on_fail: { rerun: build, max: 1 }\n", ""))
}

const NOTE: &str =
    "writes: [], produces: { note: { path: harness/artifacts/note.md, from: answer } }";

fn scenes() -> Vec<Scene> {
    let scene = |name, code, stage, make| Scene {
        name,
        code,
        stage,
        make,
    };
    vec![
        scene("completed", 0, "build", || built("echo x >> page.txt")),
        scene("failed: the loop's bound", 1, "build", || {
            stage(
                "echo x >> page.txt",
                "checks: [{ run: \"echo no dark; false\" }], loop: { until: checks, max_iterations: 2 }",
            )
        }),
        scene("check failed", 3, "build", || {
            stage("echo x >> page.txt", "checks: [{ run: \"exit 7\" }]")
        }),
        scene("malformed", 3, "build", || stage("echo nothing", NOTE)),
        scene("overreach", 3, "build", || {
            stage(
                "echo x >> page.txt; echo y > other.txt",
                "writes: [page.txt]",
            )
        }),
        scene("tampering", 3, "build", || {
            built("echo x >> page.txt; git config core.pager cat")
        }),
        scene("no change", 3, "build", || built("echo I looked at it")),
        scene("crashed", 3, "build", || {
            built("echo out of memory >&2; exit 9")
        }),
        scene("timed out", 3, "build", || {
            stage("exec sleep 60", "timeout: 1s")
        }),
        scene("transient", 3, "build", || {
            stage(
                "echo overloaded >&2; exit 75",
                "retry: { max: 1, backoff_ms: 1 }",
            )
        }),
        scene("refused", 3, "build", || {
            built("echo log in first >&2; exit 77")
        }),
        scene("set-up failed", 3, "build", || {
            Project::new()
                .agent("build", WORKS)
                .settings("tree: { setup: [\"echo registry down; exit 9\"] }\n")
                .flow(BUILD)
        }),
        scene("a secret", 3, "build", || {
            built("printf 'aws AKIA%s\\n' IOSFODNN7EXAMPLQ >> page.txt")
        }),
        scene("needs input", 6, "build", || {
            built("printf '## Questions\\n\\n- Q1 [blocking] Black or grey?\\n'")
        }),
        scene("a dispute", 6, "build", || {
            built("printf '## Dispute\\n\\nIt is dark already: page.txt says so.\\n'")
        }),
        scene("awaiting approval", 6, "complete", || {
            judged(&review("PASS", &[]))
        }),
        scene("replan", 4, "qa", || {
            judged(&review("REPLAN build — the page is the wrong one", &[]))
        }),
        scene("no progress", 3, "qa", || {
            judged(&review("FAIL", &["[F1] AC-1 page.txt:1 — it is not dark"]))
        }),
        scene("cancelled by its precondition", 5, "build", || {
            Project::new()
                .agent("build", WORKS)
                .flow(&format!("{BUILD}precondition: {{ run: \"false\" }}\n"))
        }),
        scene("left out", 0, "docs", || {
            Project::new().agent("build", WORKS).flow(&format!(
                "{BUILD}  - {{ id: docs, name: Docs, role: build, when: \"task.id == 'T009'\" }}\n"
            ))
        }),
        scene("behind a blocked one", 3, "docs", || {
            Project::new()
                .agent("build", "cat >/dev/null; exit 77")
                .flow(&format!(
                    "{BUILD}  - {{ id: docs, name: Docs, role: build, depends_on: [build] }}\n"
                ))
        }),
    ]
}

#[test]
fn six_lines_for_every_outcome_and_end() {
    let scenes = scenes();
    let told: Mutex<Vec<Option<String>>> = Mutex::new(vec![None; scenes.len()]);
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                    let Some(scene) = scenes.get(at) else { return };
                    let text = tell(scene);
                    told.lock().unwrap()[at] = Some(text);
                }
            });
        }
    });
    let told: Vec<String> = told.into_inner().unwrap().into_iter().flatten().collect();
    assert_eq!(told.len(), scenes.len());
    let told = told.join("\n");
    if std::env::var_os("GOLDEN").is_some_and(|v| v == "write") {
        std::fs::write(GOLDEN, &told).unwrap();
    }
    let wanted = std::fs::read_to_string(GOLDEN).unwrap_or_default();
    for (n, (wanted, told)) in wanted.lines().zip(told.lines()).enumerate() {
        assert_eq!(wanted, told, "line {}", n + 1);
    }
    assert_eq!(wanted.lines().count(), told.lines().count());
}

#[test]
fn only_what_is_there_is_said_to_be_kept() {
    let project = built("echo half >> page.txt; exit 9");
    project.expect(3, &["run", "T001"]);
    let view = last(&project);
    let run = view.order.run.as_str();
    let kept = || {
        let told = project.expect(0, &["why", run]).out;
        let line = told.lines().find(|l| l.starts_with("Kept:")).unwrap();
        line.to_owned()
    };
    let dir = |attempt: &str| view.dirs.path().join("attempts").join(attempt);
    let name = |attempt: &str| format!("refs/harness/{run}/attempts/{attempt}");
    let patch = |attempt: &str| dir(attempt).join("partial.patch");
    let told = kept();
    assert!(told.contains(&name("build.1.2")), "{told}");
    assert!(
        told.contains(&patch("build.1.2").display().to_string()),
        "{told}"
    );
    assert!(told.contains("1 earlier attempt left one too"), "{told}");

    project.git(&["update-ref", "-d", &name("build.1.2")]);
    let told = kept();
    assert!(!told.contains(&name("build.1.2")), "{told}");
    assert!(
        told.contains(&patch("build.1.2").display().to_string()),
        "{told}"
    );
    std::fs::remove_file(patch("build.1.2")).unwrap();
    assert!(kept().contains(&name("build.1.1")), "{}", kept());
    project.git(&["update-ref", "-d", &name("build.1.1")]);
    std::fs::remove_file(patch("build.1.1")).unwrap();
    assert_eq!(kept(), "Kept:     nothing: no change was left");
}

#[test]
fn what_a_person_left_in_the_tree_outlives_the_attempt_that_found_it() {
    let project = built("echo half >> page.txt; exit 9");
    project.expect(3, &["run", "T001"]);
    let view = last(&project);
    let run = view.order.run.as_str();
    std::fs::write(view.order.tree.join("mine.txt"), "by hand\n").unwrap();
    project.expect(3, &["resume", run, "--follow"]);
    let found = view.dirs.path().join("attempts/build.1.3/found.patch");
    let text = std::fs::read_to_string(&found).unwrap();
    assert!(text.contains("+by hand"), "{text}");
    let told = project.expect(0, &["why", run]).out;
    assert!(told.contains(&found.display().to_string()), "{told}");
}

#[test]
fn at_a_gate_over_work_that_nobody_handed_on_no_approval_is_named() {
    let project = Project::new().agent("build", WORKS);
    let project =
        project.flow("  - { id: build, name: Build, role: build, gate: { after: \"true\" } }\n");
    project.expect(6, &["run", "T001"]);
    let view = last(&project);
    let run = view.order.run.as_str();
    std::fs::write(view.order.tree.join("mine.txt"), "by hand\n").unwrap();
    project.expect(2, &["approve", run]);
    for args in [&["why", run][..], &["why", run, "build"]] {
        let told = project.expect(0, args).out;
        assert!(
            told.contains("was not handed on, so that nothing can be approved: mine.txt"),
            "{told}"
        );
        assert!(
            told.contains(&format!("harness-tui take {run}\n")),
            "{told}"
        );
        assert!(!told.contains("approves"), "{told}");
    }
    std::fs::remove_file(view.order.tree.join("mine.txt")).unwrap();
    let told = project.expect(0, &["why", run]).out;
    assert!(
        told.contains(&format!("harness-tui approve {run} ")),
        "{told}"
    );
}

#[test]
fn the_report_says_why_as_why_does() {
    let project = Project::new().agent("build", WORKS);
    let task = project.read("harness/tasks/T001-dark-mode.md");
    let other = task
        .replace("T001", "T002")
        .replace("Backlog Item: B001\n", "");
    project.put("harness/tasks/T002-dark-mode.md", &other);
    let project =
        project.flow("  - { id: build, name: Build, role: build, gate: { after: \"true\" } }\n");
    project.expect(6, &["run", "T001"]);
    project.expect(6, &["run", "T002"]);
    let view = last(&project);
    let told = project.expect(0, &["why", view.order.run.as_str()]).out;
    assert!(told.contains("also changed by"), "{told}");
    let report = std::fs::read_to_string(view.active_dir().report()).unwrap();
    for line in told.lines().filter(|l| !l.starts_with("Key:")) {
        let (word, text) = line.split_once(':').unwrap();
        let line = format!("{word}: {}", text.trim());
        assert!(report.contains(&line), "{line}\n{report}");
    }
}

fn tell(scene: &Scene) -> String {
    let project = (scene.make)();
    project.expect(scene.code, &["run", "T001"]);
    let view = last(&project);
    let run = view.order.run.as_str();
    let whole = project.expect(0, &["why", run]);
    let one = project.expect(0, &["why", run, scene.stage]);
    let text = format!(
        "== {}\n{}-- {}\n{}",
        scene.name, whole.out, scene.stage, one.out
    );
    plain(&project, run, &text)
}

/// Without what differs from run to run.
fn plain(project: &Project, run: &str, text: &str) -> String {
    let text = text.replace(run, "RUN");
    let text = text.replace(&project.outside("").display().to_string(), "DIR/");
    let mut out = text;
    for (pattern, word) in [
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "SESSION"),
        (r"\b[0-9a-f]{40}\b", "COMMIT"),
        (r"--on [0-9a-f]{12}\b", "--on EVIDENCE"),
        (r"commit [0-9a-f]{9}\b", "commit COMMIT"),
        (r"changed-[0-9a-f]{12}-", "changed-MARK-"),
        (r"\d{4}-\d\d-\d\dT[0-9:.]+Z", "TIME"),
    ] {
        let pattern = regex::Regex::new(pattern).unwrap();
        out = pattern.replace_all(&out, word).into_owned();
    }
    out
}
