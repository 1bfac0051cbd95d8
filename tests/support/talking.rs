//! Projects whose dialogues are led by an author of the test's own choice.

use super::project::{Project, WORKS};
use std::path::Path;

/// What is built once a dialogue is saved.
pub const BUILD: &str = "  - { id: build, name: Build, role: build }\n";
/// The file of the first task that is made here.
pub const HOMEPAGE: &str = "harness/tasks/T002-homepage-v1.md";
/// The items whose dialogues are recorded in the sample.
const ITEMS: &str = "\n### B010 — Homepage v1\n\n**Status:** Planned\n**Summary:** The newest posts and videos.\n\n### B011 — Mermaid diagrams in posts\n\n**Status:** Planned\n**Summary:** Draw them.\n";

/// The backlog with these items, this flow, and this agent of harness.local.yaml.
pub fn with_author(project: Project, flow: &str, author: &str) -> Project {
    let backlog = project.read("harness/backlog.md") + ITEMS;
    project.put("harness/backlog.md", &backlog);
    project.put(".gitignore", "harness/harness.local.yaml\n");
    let project = project.flow(flow);
    project.put("harness/harness.local.yaml", &format!("agents:\n{author}"));
    project
}

/// A project with one stage, whose author is this agent.
pub fn project_with(author: &str) -> Project {
    with_author(Project::new().agent("build", WORKS), BUILD, author)
}

/// An agent that plays the recordings of this folder, with these capabilities.
pub fn replays(folder: &Path, capabilities: &str) -> String {
    format!(
        "  - name: recorded\n    driver: replay\n    recordings: \"{}\"\n    capabilities: [{capabilities}]\n",
        folder.display()
    )
}

/// The agent that plays the sample's recordings.
pub fn sample_author() -> String {
    let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("harness-example/recordings");
    replays(
        &recordings,
        "author, specify, design, plan, build, review, fix",
    )
}

/// A project whose author is the sample's.
pub fn recorded() -> Project {
    project_with(&sample_author())
}

/// An agent that can only be talked to, whose program is this shell script, started as Claude Code
/// would be.
pub fn scripted(script: &Path) -> String {
    format!(
        "  - name: scripted\n    driver: claude\n    command: [/bin/sh, \"{}\"]\n    capabilities: [author]\n",
        script.display()
    )
}
