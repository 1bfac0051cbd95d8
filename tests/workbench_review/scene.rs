//! Projects whose work is reviewed.

use super::support::project::{GATED, Project, put};
use harness_tui::records::review::{Outcome, Standing};
use serde_json::{Value, json};

/// A text, a build, and a person who decides about both.
const FLOW: &str = "  - { id: spec, name: Specification, role: spec, context: [task], produces: { goal: \"harness/artifacts/T001-goal.md\" } }\n  - { id: build, name: Build, role: build, depends_on: [spec] }\n  - { id: complete, name: Complete, depends_on: [build], gate: { before: \"true\", message: \"Is this the change you want?\" } }\n";

const GOAL: &str = "# Goal\n\n## What\n\nDark pages, by one switch.\n\n## How\n\nThe switch is one way.\n\nIt stays.\n";
const DARK: &str = "// The switch.\nlet dark = 1\nexport { dark }\n";
const OLD: &str = "first old line\nsecond old line\nthird old line\n";

/// What the recorded builder answers when its work came back.
const REPLIES: &str = "I went through them.\n\n## Review Comments\n\n- C1 declined — the text is settled, and not mine to change\n- C2 fixed — src/dark.js:2, a name and not a number\n";

fn recording(lines: &[Value]) -> String {
    lines.iter().map(|l| format!("{l}\n")).collect()
}

fn write(path: &str, text: &str) -> Value {
    json!({"at_ms": 1, "write": {"path": path, "text": text}})
}

fn ends(answer: &str) -> [Value; 2] {
    [
        json!({"at_ms": 2, "answer": answer}),
        json!({"at_ms": 2, "exit": {"code": 0}}),
    ]
}

/// A project played from recordings, whose one run waits at its gate, and the run.
pub fn recorded() -> (Project, String) {
    let project = Project::new()
        .reviewer("spec", "exit 9")
        .agent("build", "exit 9")
        .flow(FLOW);
    let folder = project.outside("recordings");
    let play = |name: &str, mut acts: Vec<Value>, answer: &str| {
        acts.extend(ends(answer));
        put(&folder.join(format!("{name}.jsonl")), &recording(&acts));
    };
    let goal = "harness/artifacts/T001-goal.md";
    play("spec.1.1", vec![write(goal, GOAL)], "Written.");
    let first = vec![
        write("page.txt", "light\ndark\n"),
        write("src/dark.js", DARK),
        write("src/old.js", OLD),
    ];
    play("build.1.1", first, "Built.");
    let second = vec![
        write(
            "src/dark.js",
            "// The switch.\nlet dark = \"on\"\nexport { dark }\n",
        ),
        json!({"at_ms": 1, "delete": {"path": "src/old.js"}}),
    ];
    play("build.2.1", second, REPLIES);
    let folder = folder.to_str().unwrap().to_owned();
    project.expect(6, &["run", "T001", "--replay", &folder]);
    let run = project.runs()[0].order.run.to_string();
    (project, run)
}

/// A script that keeps its prompt, changes a page (or does what lies in `instead`), and says what lies
/// in `answer` beside the checkout; once it is told that an answer is missing, what lies in `repair`.
pub fn answering() -> (Project, String) {
    let project = Project::new();
    let at = |name: &str| project.outside(name).display().to_string();
    let script = format!(
        "cat > {prompt}\nif [ -f {instead} ]; then . {instead}; elif [ ! -f {quiet} ]; then echo dark >> page.txt; fi\n\
         if grep -q 'comment-un' {prompt}; then cat {repair}; else cat {answer}; fi\n",
        prompt = at("prompt"),
        quiet = at("quiet"),
        instead = at("instead"),
        repair = at("repair"),
        answer = at("answer"),
    );
    let project = project.agent("build", &script).flow(GATED);
    says(&project, "answer", "Done.\n");
    says(&project, "repair", "Done.\n");
    project.expect(6, &["run", "T001"]);
    let run = project.runs()[0].order.run.to_string();
    (project, run)
}

/// What the script says next.
pub fn says(project: &Project, name: &str, text: &str) {
    put(&project.outside(name), text);
}

/// What the agent was told last.
pub fn prompt(project: &Project) -> String {
    std::fs::read_to_string(project.outside("prompt")).unwrap()
}

/// Where a run's comments stand, by the words for it.
pub fn words(project: &Project, run: &str) -> Vec<(String, &'static str)> {
    let all = project.view(run).comments();
    let word = |c: &Standing| (c.id().to_string(), c.outcome.word());
    all.iter().map(word).collect()
}

/// What became of one comment.
pub fn outcome(project: &Project, run: &str, id: &str) -> Outcome {
    let all = project.view(run).comments();
    let found = all.into_iter().find(|c| c.id().to_string() == id);
    found.unwrap().outcome
}
