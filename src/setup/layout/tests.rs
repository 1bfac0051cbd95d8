use super::*;
use crate::git::testing::put;
use std::path::Path;

fn of(dir: &Path, ours: bool) -> Layout {
    Layout::of(&Listing::of(dir), None, ours)
}

fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        put(dir.path(), path, text);
    }
    dir
}

const ROLE: &str = "---\ncapability: build\ntimeout: 5m\n---\nBuild.\n";

#[test]
fn nothing_is_recognised_where_nothing_is() {
    let dir = repository(&[
        ("src/main.rs", "fn main() {}\n"),
        ("harness/harness.yaml", ""),
    ]);
    assert_eq!(of(dir.path(), true), Layout::default());
}

#[test]
fn a_role_keeps_what_it_says_and_the_stage_says_the_rest() {
    let dir = repository(&[
        ("harness/roles/build-agent.md", ROLE),
        ("harness/roles/qa-agent.md", "Judge.\n"),
    ]);
    let layout = of(dir.path(), false);
    let keys =
        |name: &str| -> Vec<&str> { layout.roles[name].adds.iter().map(|(k, _)| *k).collect() };
    assert_eq!(keys("build"), ["profile", "idle_timeout"]);
    assert_eq!(keys("qa"), ["capability", "profile", "effort", "timeout"]);
    let shipped = builtin::WORKFLOWS
        .iter()
        .find(|w| w.name == "feature")
        .unwrap();
    let text = layout.workflow(shipped.text);
    let added: Vec<&str> = text.lines().filter(|l| !shipped.text.contains(l)).collect();
    let expected = [
        "    profile: workspace",
        "    idle_timeout: 15m",
        "    capability: review",
        "    profile: review",
        "    effort: high",
        "    timeout: 30m",
    ];
    assert_eq!(added, expected);
}

#[test]
fn one_file_of_such_a_name_makes_a_prose_harness_only_where_more_speaks_for_it() {
    let dir = repository(&[("harness/roles/build-agent.md", "Build.\n")]);
    let alone = of(dir.path(), false);
    assert!(
        alone.roles.is_empty() && alone.stranger.is_some(),
        "{alone:?}"
    );
    assert_eq!(of(dir.path(), true).roles.len(), 1);
}

#[test]
fn a_part_of_a_repository_is_told_by_paths_from_the_root() {
    let dir = repository(&[
        (".specify/memory/constitution.md", "Plain.\n"),
        (".specify/templates/spec-template.md", "## Requirements\n"),
        (
            ".specify/templates/overrides/spec-template.md",
            "## Wishes\n",
        ),
    ]);
    let at = RepoPath::new("apps/web").unwrap();
    let layout = Layout::of(&Listing::of(dir.path()), Some(&at), false);
    let spec = layout.templates["feature-spec"].as_str();
    assert_eq!(
        spec,
        "apps/web/.specify/templates/overrides/spec-template.md"
    );
    let globs = |stage: &str| -> Vec<&str> {
        let more = layout.context.iter().filter(|m| m.stage == stage);
        more.map(|m| m.glob.as_str()).collect()
    };
    let both = [
        "apps/web/.specify/memory/constitution.md",
        "apps/web/specs/{{ vars.feature }}/**/*.md",
    ];
    assert_eq!(globs("qa"), both);
}

#[test]
fn settings_that_map_otherwise_count() {
    let dir = repository(&[
        ("harness/roles/build-agent.md", "Build.\n"),
        ("harness/roles/qa-agent.md", "Judge.\n"),
        ("harness/templates/task-template.md", "## Summary\n"),
    ]);
    let mut layout = of(dir.path(), true);
    let mut paths = Paths::default();
    let place = RepoPath::new("harness/roles/qa-agent.md").unwrap();
    paths.roles.insert("qa".to_owned(), place);
    layout.fit(&paths, |_, name| name == "build");
    assert_eq!(layout.roles.keys().collect::<Vec<_>>(), ["qa"]);
    assert!(layout.templates.is_empty());
    assert_eq!(layout.hints.len(), 1, "{:?}", layout.hints);
    assert!(layout.hints[0].contains("build: harness/roles/build-agent.md"));
    assert_eq!(layout.unmapped.len(), 2);
}
