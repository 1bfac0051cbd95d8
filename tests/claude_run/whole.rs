//! From a task to a landed change.

use super::recorded::{self, feature};
use super::scene::Scene;
use harness_tui::terms::{Digest, RunState};
use std::collections::BTreeMap;
use std::path::Path;

const TASK: &str = "harness/tasks/T001-tags-and-reading-time.md";

/// Every file outside `harness/`, and the index, by their digests.
fn outside_harness(home: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![home.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(home).unwrap().to_str().unwrap();
            if path.is_dir() {
                if !["harness", ".git"].contains(&name) {
                    open.push(path);
                }
            } else {
                let bytes = std::fs::read(&path).unwrap();
                found.insert(name.to_owned(), Digest::of(bytes).to_string());
            }
        }
    }
    let index = std::fs::read(home.join(".git/index")).unwrap();
    found.insert(".git/index".to_owned(), Digest::of(index).to_string());
    found
}

#[test]
fn a_task_becomes_a_landed_change_and_nothing_of_the_users_is_touched() {
    let Some(scene) = Scene::new(feature()) else {
        return;
    };
    // Its task was never committed, and its backlog is edited.
    scene.git(&["rm", "-q", "--cached", TASK]);
    scene.git(&["commit", "-q", "-m", "without the task"]);
    let backlog = scene.read("harness/backlog.md");
    let edited = backlog.replace("Ideas for", "Written by hand. Ideas for");
    scene.put("harness/backlog.md", &edited);
    // A checkout in the middle of somebody's work.
    scene.put(
        "posts/puddles.md",
        "---\ntitle: Staged\ndate: 2026-02-11\n---\nStaged.\n",
    );
    scene.git(&["add", "posts/puddles.md"]);
    scene.put(
        "posts/lichen-wall.md",
        "---\ntitle: Mine\ndate: 2026-02-12\n---\nUnstaged.\n",
    );
    scene.put("notes.txt", "Untracked.\n");
    let before = outside_harness(&scene.home());

    let waiting = scene.expect(6, &["run", "T001"]);
    assert_eq!(scene.view().state(), RunState::AwaitingApproval);
    assert!(
        waiting.out.contains("harness-tui approve"),
        "{}",
        waiting.out
    );
    assert_eq!(outside_harness(&scene.home()), before);
    let made = [
        "spec.1.1",
        "design.1.1",
        "plan.1.1",
        "build.1.1",
        "build.2.1",
        "qa.1.1",
        "qa.2.1",
    ];
    assert_eq!(scene.attempts(), made);
    written_by_its_own_tools(&scene);
    let report = scene.report();
    for words in ["| failed |", "| claude-", "| sh tests/run | 0 "] {
        assert!(report.contains(words), "no {words:?} in {report}");
    }

    let done = scene.expect(0, &["approve", "T001", "--follow"]);
    assert!(done.out.contains("completed"), "{}", done.out);
    assert_eq!(outside_harness(&scene.home()), before);
    assert!(scene.report().contains("Overall Status: Done"));

    land(&scene, &before);
}

/// What a person has changed is there afterwards as it was, and the change beside it.
fn land(scene: &Scene, before: &BTreeMap<String, String>) {
    let index = |path: &str| scene.git(&["ls-files", "-s", path]);
    let mine = index("posts/puddles.md");
    scene.expect(0, &["land", "T001"]);
    assert!(scene.view().run.landed.is_some());
    let mut changed: Vec<String> = Vec::new();
    for (path, digest) in outside_harness(&scene.home()) {
        if before.get(&path) != Some(&digest) {
            changed.push(path);
        }
    }
    let mut wanted: Vec<String> = ["build.1.1", "build.2.1"]
        .into_iter()
        .flat_map(|attempt| recorded::recorded(attempt).writes)
        .map(|(path, _)| path)
        .chain([".git/index".to_owned()])
        .collect();
    wanted.sort();
    wanted.dedup();
    assert_eq!(changed, wanted);
    assert_eq!(index("posts/puddles.md"), mine);
    let status = scene.git(&["status", "--porcelain"]);
    let mine = " M harness/backlog.md\n M posts/lichen-wall.md\nM  posts/puddles.md\n?? notes.txt";
    assert_eq!(status, mine);
    // The item's status is landed; what they wrote into the backlog is still theirs alone.
    let backlog = scene.git(&["show", "HEAD:harness/backlog.md"]);
    let item = backlog.split("### B003").nth(1).unwrap();
    assert_eq!(item.lines().nth(2), Some("**Status:** Done"), "{backlog}");
    let diff = scene.git(&["diff", "-U0", "HEAD", "--", "harness/backlog.md"]);
    let lines: Vec<&str> = diff.lines().skip(5).collect();
    assert_eq!(lines.len(), 2, "{diff}");
    assert!(lines[1].starts_with("+Written by hand."), "{diff}");
    let task = scene.git(&["show", &format!("HEAD:{TASK}")]);
    assert!(task.contains("AC-5"), "{task}");
}

/// Each file that was handed on is what the model wrote, by tools that answered well.
fn written_by_its_own_tools(scene: &Scene) {
    let requests = scene.server.requests();
    for (attempt, end) in recorded::ATTEMPTS {
        let prompt = regex::Regex::new(&recorded::prompt_of(end)).unwrap();
        let asked = requests
            .iter()
            .filter(|r| r.user_texts().iter().any(|t| prompt.is_match(t)));
        let last = asked.max_by_key(|r| r.tool_results().len()).unwrap();
        let results = last.tool_results();
        let writes = recorded::recorded(attempt).writes;
        assert!(results.len() >= writes.len(), "{attempt}: {results:#?}");
        assert!(
            results.iter().all(|(_, bad)| !bad),
            "{attempt}: {results:#?}"
        );
    }
    let head = scene.view().run.head.clone().unwrap();
    for (path, text) in recorded::recorded("build.2.1").writes {
        let there = scene.git(&["show", &format!("{head}:{path}")]);
        assert_eq!(there, text.trim_end(), "{path}");
    }
    let mode = scene.git(&["ls-tree", head.as_str(), "bin/build"]);
    let base = scene.git(&["ls-tree", "HEAD", "bin/build"]);
    assert_eq!(mode[..6], base[..6]);
}
