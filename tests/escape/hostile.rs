//! A project in which everything that can hold text holds hostile text.

use crate::payloads::{all, as_lines, in_one_line};
use crate::support::project::{Project, put};
use crate::watch::only_ours;

/// The name of a branch: git takes no control characters, but it takes these.
const BRANCH: &str = "seen\u{202e}niam\u{200b}\u{9b}31m";
const FLOW: &str = "  - { id: spec, name: \"Spec seen \\e]52;c;cHduZWQ=\\a\\u202e\", role: spec, produces: { note: \"harness/artifacts/note.md\" } }\n  - { id: build, name: \"Build seen \\e]0;pwned\\a\\u200b\", role: build, depends_on: [spec], context: [note], checks: [{ run: \"cat .hostile\" }], gate: { after: \"true\" } }\n";

/// A project in which everything that can hold text holds hostile text; its one run waits.
pub fn hostile() -> (Project, String) {
    let project = Project::new();
    let hostile = project.outside("hostile");
    std::fs::write(&hostile, as_lines()).unwrap();
    let name = "seen \u{1b}]52;c;cHduZWQ=\u{7}\u{9b}2J\u{202e}.txt";
    std::fs::write(project.outside("name"), name).unwrap();
    let (hostile, name) = (hostile.display(), project.outside("name"));
    let note = project.outside("note");
    std::fs::write(&note, links()).unwrap();
    let note = note.display();
    let answers = format!(
        "cat >/dev/null; cat '{hostile}'; printf '<<<ARTIFACT note\\n# Note seen\\n\\nAC-1 seen\\n\\n'; cat '{note}' '{hostile}'; printf '\\nARTIFACT>>>\\n'"
    );
    let works = format!(
        "cat >/dev/null; cat '{hostile}'; cp '{hostile}' \"$(cat '{}')\"; echo dark >> page.txt",
        name.display()
    );
    std::fs::copy(project.outside("hostile"), project.home().join(".hostile")).unwrap();
    let mut backlog = project.read("harness/backlog.md");
    let mut task = project.read("harness/tasks/T001-dark-mode.md");
    for (n, some) in all().chunks(8).enumerate() {
        let text = in_one_line(some);
        backlog.push_str(&format!(
            "\n### B{} - Seen {text}\n\n**Status:** Planned {text}\n**Summary:** {text} seen\n",
            100 + n
        ));
        task.push_str(&format!("- It is seen {text}\n"));
    }
    project.put("harness/backlog.md", &backlog);
    let title = in_one_line(&all()[..6]);
    let task = task.replace(
        "# Task T001 — Dark mode",
        &format!("# Task T001 — Seen {title}"),
    );
    project.put("harness/tasks/T001-dark-mode.md", &task);
    // A second task, which has no run yet.
    let second = task
        .replace("Task T001", "Task T002")
        .replace("Item: B001", "Item: B100");
    project.put("harness/tasks/T002-seen.md", &second);
    let escaped = "seen \\e]52;c;cHduZWQ=\\a\\x9b2J\\u202e";
    project.put(
        "harness/workflows/hostile.yaml",
        &format!("name: hostile\ndescription: \"{escaped}\"\ntask: none\nstages:\n  - {{ id: a, name: \"{escaped}\", run: [\"echo\", \"{escaped}\"] }}\n"),
    );
    project.put(
        "harness/roles/odd.md",
        &format!("---\ncapability: odd\nagent: \"{escaped}\"\n---\nYou are {title}.\n"),
    );
    let theme = format!("extends: dark\ndescription: \"{escaped}\"\n");
    let themes = project.outside("user").join("themes");
    put(&themes.join("own\u{9b}2J\u{202e}.yaml"), &theme);
    put(
        &themes.join("odd.yaml"),
        &format!("extends: \"{escaped}\"\n"),
    );
    let project = project
        .reviewer("spec", &answers)
        .agent("build", &works)
        .flow(FLOW);
    project.git(&["checkout", "-q", "-b", BRANCH]);
    let ran = project.run(&["run", "T001"]);
    only_ours(ran.out.as_bytes(), "run");
    only_ours(ran.err.as_bytes(), "run, its errors");
    assert_eq!(ran.code, 6, "{}\n{}", ran.out, ran.err);
    let run = project.runs()[0].order.run.to_string();
    (project, run)
}

/// Links whose addresses hold each payload, as a document has them; and one that goes on and on.
fn links() -> Vec<u8> {
    let mut text = Vec::new();
    for payload in all() {
        text.extend_from_slice(b"[seen](<https://seen.example/");
        text.extend_from_slice(&payload);
        text.extend_from_slice(b">) https://seen.example/");
        text.extend_from_slice(&payload);
        text.extend_from_slice(b"\n\n");
    }
    let long = "x".repeat(3000);
    text.extend_from_slice(format!("[seen](https://seen.example/{long})\n\n").as_bytes());
    text
}
