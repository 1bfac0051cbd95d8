//! `run --dry-run` where a run is there: what would run again, and exactly what agents would be
//! told; nothing is started and nothing is written.

use crate::support::drive::{answers, last, prompt, review};
use crate::support::project::{Project, WORKS};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const STAGES: &str = "  - { id: spec, name: Spec, role: spec, produces: { note: { path: harness/artifacts/note.md, from: answer } } }
  - { id: build, name: Build, role: build, depends_on: [spec], context: [task, note], checks: [{ run: \"echo looked at\" }] }
  - id: qa
    name: QA
    role: qa
    depends_on: [build]
    context: [task, note, checks, { diff: base }, { log: 2 }, { files: \"page.txt\" }]
    produces: { review: { path: harness/artifacts/review.md, from: answer } }
    verdict: review
    writes: []
  - id: extra
    name: Extra
    role: build
    depends_on: [qa]
    when: \"task.id == 'T009'\"
    context: [{ command: \"touch page.txt.ran\" }, review]
";

fn project() -> Project {
    Project::new()
        .reviewer("spec", &answers("note", "# Note\n\nMake it dark.\n"))
        .agent("build", WORKS)
        .reviewer("qa", &answers("review", &review("PASS", &[])))
        .flow(STAGES)
}

/// Every file below a folder with its bytes, links as they point.
fn all(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut waiting = vec![dir.to_owned()];
    while let Some(path) = waiting.pop() {
        let meta = std::fs::symlink_metadata(&path).unwrap();
        if meta.is_dir() {
            files.insert(path.clone(), Vec::new());
            waiting.extend(std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
        } else if meta.is_symlink() {
            let to = std::fs::read_link(&path).unwrap();
            files.insert(path, to.to_string_lossy().into_owned().into_bytes());
        } else {
            let bytes = std::fs::read(&path).unwrap();
            files.insert(path, bytes);
        }
    }
    files
}

/// What a dry run says as an object, and that it left every byte where it was.
fn looked_at(project: &Project, args: &[&str]) -> Value {
    let before = all(&project.outside(""));
    let mut words = vec!["run"];
    words.extend(args);
    words.push("--dry-run");
    let text = project.expect(0, &words).out;
    assert!(text.contains("nothing was started"), "{text}");
    words.push("--json");
    let ran = project.expect(0, &words);
    let after = all(&project.outside(""));
    assert_eq!(
        before.keys().collect::<Vec<_>>(),
        after.keys().collect::<Vec<_>>()
    );
    for (path, bytes) in &before {
        assert!(after[path] == *bytes, "{} was written", path.display());
    }
    serde_json::from_str(ran.out.trim()).unwrap()
}

fn told<'a>(sheet: &'a Value, stage: &str) -> &'a str {
    let stages = sheet["stages"].as_array().unwrap();
    let found = stages.iter().find(|s| s["id"] == stage);
    found.unwrap_or_else(|| panic!("{stage} is not in {sheet}"))["prompt"]
        .as_str()
        .unwrap()
}

fn has(text: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(text.contains(wanted), "{wanted} is missing in\n{text}");
    }
}

#[test]
fn before_the_first_run_what_stages_write_is_said_by_their_names() {
    let project = project();
    let sheet = looked_at(&project, &["T001"]);
    has(
        told(&sheet, "build"),
        &["It stays dark.", "‹written by stage spec›"],
    );
    has(
        told(&sheet, "qa"),
        &[
            "‹written by stage spec›",
            "‹made by stage build›",
            "‹written by stage build›",
            "‹on top, what is committed by stages spec, build›",
            "page.txt\n‹as it is now; it may be changed by stage build›\nlight\n",
        ],
    );
    has(
        told(&sheet, "extra"),
        &[
            "‹its output; it is run when the stage starts, and not now›",
            "‹written by stage qa›",
        ],
    );
}

#[test]
fn what_is_shown_is_what_the_agent_is_then_told() {
    let project = project();
    project.expect(0, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    project.until(&run, |v| !v.supervised);

    let sheet = looked_at(&project, &["T001", "--from", "qa"]);
    assert_eq!(sheet["run"], run.as_str());
    assert_eq!(sheet["again"], serde_json::json!(["qa", "extra"]));
    let stays: Vec<&str> = sheet["stays"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["id"].as_str().unwrap())
        .collect();
    assert_eq!(stays, ["spec", "build"]);
    let shown = told(&sheet, "qa").to_owned();
    has(
        &shown,
        &["Make it dark.", "+dark", "looked at", "T001-QA-2"],
    );
    has(
        told(&sheet, "extra"),
        &["‹written anew by stage qa; it is now:›\n"],
    );

    let again = looked_at(&project, &["T001", "--from", "spec"]);
    has(
        told(&again, "build"),
        &[
            "‹written anew by stage spec; it is now:›\n",
            "Make it dark.",
        ],
    );
    let alone = looked_at(&project, &["T001", "--step", "build"]);
    assert_eq!(alone["again"], serde_json::json!(["build"]));
    has(told(&alone, "build"), &["\nMake it dark."]);

    project.expect(0, &["run", "T001", "--from", "qa"]);
    let real = prompt(&last(&project), "qa", 2);
    let (_, real) = real.split_once("-->\n").unwrap();
    let (_, rest) = real.split_once("<<<DATA ").unwrap();
    let nonce = rest.split(' ').next().unwrap();
    assert_eq!(real.replace(nonce, "‹nonce›"), shown);
}

#[test]
fn what_would_be_refused_is_refused() {
    let project = Project::new()
        .agent("build", "cat >/dev/null; exit 77")
        .flow("  - { id: build, name: Build, role: build }\n  - { id: docs, name: Docs, role: build, depends_on: [build] }\n");
    project.expect(3, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    project.until(&run, |v| !v.supervised);
    let ran = project.expect(2, &["run", "T001", "--dry-run"]);
    assert!(
        ran.err.contains(&format!("harness-tui resume {run}")),
        "{}",
        ran.err
    );
    let sheet = looked_at(&project, &["T001", "--from", "build"]);
    assert_eq!(sheet["again"], serde_json::json!(["build", "docs"]));
}
