//! Agents without a sandbox that say of themselves what only the engine may find out.

use super::BUILD;
use crate::support::drive::{last, lines_of, outcomes, stage};
use crate::support::project::Project;
use harness_tui::stage::exit::ExitRecord;
use harness_tui::terms::{Outcome, StageState};

/// The run's engine folder, for a script.
const RUN_DIR: &str = "cat >/dev/null; run=$(echo \"$(git rev-parse --git-common-dir)\"/harness/runs/RUN-*); echo dark >> page.txt";

/// What a passed attempt would be told as.
const PASSED: &str = r#"{"type":"finished","attempt":"build.1.1","outcome":"passed","reason":"all is well","took_ms":1}"#;

#[test]
fn a_fact_in_the_folder_of_orders_is_refused_by_its_name() {
    let script = format!(
        "{RUN_DIR}
         printf '%s' '{PASSED}' > \"$run/b\"; mv \"$run/b\" \"$run/control/00000000000000000002-bb.cmd\"
         printf '%s' '{{\"type\":\"ended\"}}' > \"$run/c\"; mv \"$run/c\" \"$run/control/00000000000000000003-cc.cmd\""
    );
    let stages = format!(
        "{}, checks: [{{ run: \"false\" }}] }}\n",
        &BUILD[..BUILD.len() - 3]
    );
    let project = Project::new().agent("build", &script).flow(&stages);
    project.expect(3, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(stage(&view, "build").state, StageState::Blocked);
    let all = outcomes(&view, "build");
    assert!(all.iter().all(|o| *o == Outcome::CheckFailed), "{all:?}");
    for name in ["00000000000000000002-bb.cmd", "00000000000000000003-cc.cmd"] {
        let told = view.run.notes.iter().any(|(_, note)| {
            note.contains(&format!("control/{name} is refused")) && note.contains("no order")
        });
        assert!(told, "{name}: {:?}", view.run.notes);
        assert!(!view.dirs.control().join(name).exists());
    }
}

/// A record of a passed attempt as `stage-exec` would write it, of the tree `TREE`.
fn record() -> String {
    let time = "2026-01-02T03:04:05Z";
    serde_json::json!({
        "format": 1, "attempt": "build.1.1", "epoch": 1, "outcome": "passed",
        "reason": "all is well", "findings": [], "artifacts": [], "verdict": null,
        "questions": [], "dispute": null, "tree": "TREE", "changes": [], "taken_back": [],
        "checks": [], "process": null, "failure": null,
        "usage": harness_tui::terms::Usage::default(), "session": null, "model": null,
        "denials": [], "folded_commits": [], "notes": [], "sandbox": "none",
        "started": time, "ended": time, "took_ms": 1, "answer": "done",
    })
    .to_string()
}

/// An agent that writes its own record, and then does `more`.
fn plants(more: &str) -> (Project, String) {
    let form = record();
    let whole = form.replace("TREE", &"a".repeat(40));
    serde_json::from_str::<ExitRecord>(&whole).unwrap();
    let script = format!(
        "{RUN_DIR}
         here=\"$run/attempts/build.1.1\"; tree=$(git rev-parse 'HEAD^{{tree}}')
         printf '%s' '{{\"key\":\"k\",\"seal\":\"s\"}}' > \"$here/exit.seal\"
         printf '%s' '{form}' | sed \"s/TREE/$tree/\" > \"$here/exit.json\"
         {more}"
    );
    let project = Project::new().agent("build", &script).flow(BUILD);
    let ran = project.expect(3, &["run", "T001"]);
    (project, ran.out)
}

#[test]
fn a_record_that_the_agent_wrote_is_not_believed() {
    // While its stage-exec lives, and where the agent ended that.
    for more in ["echo done", "kill -9 $PPID; sleep 60"] {
        let (project, out) = plants(more);
        let view = last(&project);
        assert_eq!(outcomes(&view, "build"), [Outcome::Tampering], "{more}");
        let build = stage(&view, "build");
        assert_eq!(build.state, StageState::Blocked, "{more}");
        assert!(build.commit.is_none(), "{more}");
        let folder = view.dirs.attempts().join("build.1.1");
        let lived = folder.join("changed-exit.json").exists();
        assert_eq!(lived, more == "echo done", "which of the two ways it took");
        assert!(out.contains("exit.json"), "{more}: {out}");
    }
}

#[test]
fn an_agent_that_removes_its_tree_is_asked_once_more_and_no_oftener() {
    let project = Project::new();
    let calls = project.outside("calls");
    let script = format!(
        "cat >/dev/null; echo . >> '{}'; echo mine >> page.txt; git commit -qam mine; rm -rf \"$PWD\"",
        calls.display()
    );
    let project = project.agent("build", &script).flow(BUILD);
    let ran = project.expect(3, &["run", "T001"]);
    assert!(ran.out.contains("was removed while it ran"), "{}", ran.out);
    assert_eq!(lines_of(&calls), 2);
    let view = last(&project);
    assert_eq!(outcomes(&view, "build"), [Outcome::Crashed; 2]);
    let build = stage(&view, "build");
    assert_eq!(build.state, StageState::Blocked);
    assert_eq!(
        build.stop.as_ref().map(|s| s.code.as_str()),
        Some("crashed")
    );
}
