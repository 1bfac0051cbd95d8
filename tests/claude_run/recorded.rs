//! The sample's recorded attempts as the steps of a model that does the same with its own tools.

use super::support::model::{Script, Step, TREE};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The recorded attempts in the order of the run, and how their prompts name them.
pub const ATTEMPTS: [(&str, &str); 7] = [
    ("spec.1.1", "SPEC"),
    ("design.1.1", "DESIGN"),
    ("plan.1.1", "PLAN"),
    ("build.1.1", "BUILD"),
    ("qa.1.1", "QA"),
    ("build.2.1", "BUILD-2"),
    ("qa.2.1", "QA-2"),
];

/// What a recorded attempt wrote, and its answer.
#[derive(Debug, Default)]
pub struct Recorded {
    /// Path and text, in order.
    pub writes: Vec<(String, String)>,
    /// Its last words.
    pub answer: String,
}

/// The sample project.
pub fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("harness-example")
}

/// Reads a recorded attempt.
pub fn recorded(attempt: &str) -> Recorded {
    let path = sample().join(format!("recordings/feature/{attempt}.jsonl"));
    let text = std::fs::read_to_string(&path).unwrap();
    let mut recorded = Recorded::default();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        if let Some(write) = line.get("write") {
            let write = (text(&write["path"]), text(&write["text"]));
            recorded.writes.push(write);
        } else if let Some(answer) = line.get("answer") {
            recorded.answer = text(answer);
        }
        assert!(line.get("delete").is_none(), "{attempt} deletes a file");
    }
    recorded
}

impl Recorded {
    /// The same done by a model. A file of the tree is read before it is written, which Claude
    /// Code's tools want.
    pub fn steps(&self, there: &BTreeSet<String>) -> Vec<Step> {
        let at = |path: &str| format!("{TREE}/{path}");
        let mut read = BTreeSet::new();
        let mut reads = Step::default().and_say("I look first.");
        for (path, _) in &self.writes {
            if there.contains(path) && read.insert(path) {
                reads = reads.read(at(path));
            }
        }
        let mut steps = Vec::new();
        if !read.is_empty() {
            steps.push(reads);
        }
        steps.extend(
            self.writes
                .iter()
                .map(|(path, text)| Step::default().write(at(path), text)),
        );
        steps.push(Step::say(&self.answer).usage(1200, 80));
        steps
    }
}

/// The rule for the prompt of the attempt with this public end: `BUILD-2`.
pub fn prompt_of(end: &str) -> String {
    format!(r"(?m)^Stage: .*-{end}\)")
}

/// The whole recorded run.
pub fn feature() -> Script {
    let mut there = files(&sample());
    let mut script = Script::default();
    for (attempt, end) in ATTEMPTS {
        let recorded = recorded(attempt);
        script = script.rule(&prompt_of(end), recorded.steps(&there));
        // Artifacts are set aside before a rerun.
        let project = recorded.writes.into_iter().map(|(path, _)| path);
        there.extend(project.filter(|path| !path.starts_with("harness/")));
    }
    script
}

fn files(root: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let path = path.strip_prefix(root).unwrap();
                found.insert(path.to_str().unwrap().to_owned());
            }
        }
    }
    found
}

/// The text of the artifact that a recorded attempt wrote.
pub fn artifact(attempt: &str) -> (String, String) {
    let writes = recorded(attempt).writes;
    let own = |(path, _): &(String, String)| path.starts_with("harness/artifacts/");
    writes.into_iter().find(own).unwrap()
}
