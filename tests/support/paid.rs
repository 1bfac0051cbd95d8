//! A project whose agent is a recording that tells what it used: 600 tokens and 0.60 dollars an attempt.

use super::project::Project;

/// The second task of such a project.
pub const OTHER: &str = "T002";

/// Two stages in a row, each by that agent; two tasks; these further lines of harness.yaml, in which
/// OUTSIDE is the folder that the checkout lies in.
pub fn paid(settings: &str) -> Project {
    let project = Project::new();
    let tapes = project.outside("tapes");
    std::fs::create_dir_all(&tapes).unwrap();
    for (name, text) in [("build.1.1", "dark"), ("more.1.1", "darker")] {
        let usage = "{\"input\":500,\"output\":100,\"cost_micros\":600000}";
        let tape = format!(
            "{{\"event\":{{\"type\":\"usage\",\"usage\":{usage}}}}}\n{{\"write\":{{\"path\":\"page.txt\",\"text\":\"{text}\\n\"}}}}\n{{\"answer\":\"done\"}}\n{{\"exit\":{{\"code\":0}}}}\n"
        );
        std::fs::write(tapes.join(format!("{name}.jsonl")), tape).unwrap();
    }
    let role = "---\ncapability: tape\nprofile: workspace\n---\nYou play.\n";
    project.put("harness/roles/tape.md", role);
    let task = project.read("harness/tasks/T001-dark-mode.md");
    let other = task
        .replace("T001", OTHER)
        .replace("Dark mode", "Darker mode");
    let other = other.replace("Backlog Item: B001\n", "");
    project.put("harness/tasks/T002-darker-mode.md", &other);
    let outside = project.outside("").display().to_string();
    let settings = settings.replace("OUTSIDE/", &outside);
    let settings = format!(
        "  - {{ name: tape, driver: replay, capabilities: [tape], recordings: \"{}\" }}\n{settings}",
        tapes.display()
    );
    project.settings(&settings).flow(
        "  - { id: build, name: Build, role: tape }
  - { id: more, name: More, role: tape, depends_on: [build] }
",
    )
}
