use super::*;
use crate::git::testing::{put, repository};

fn project(files: &[(&str, &str)]) -> (tempfile::TempDir, Project) {
    let (dir, git) = repository();
    put(git.dir(), "harness/tasks/.keep", "");
    for (path, text) in files {
        put(git.dir(), path, text);
    }
    let project = Project::find(git.dir()).unwrap();
    (dir, project)
}

const TASK: &str = "# Task T001 — One\n\nStatus: Ready\nBacklog Item: B003\n\n## Summary\n\nSomething that is wanted.\n\n## Acceptance Criteria\n\n- AC-1: It holds.\n";

#[test]
fn a_project_of_nothing_but_tasks_is_served_by_the_products_own() {
    let (_dir, project) = project(&[("harness/tasks/T001-one.md", TASK)]);
    let harness = Harness::load(&project);
    assert_eq!(harness.findings(), []);
    let own = harness.built_in();
    assert!(own.contains(&"roles/build.md".to_owned()), "{own:?}");
    assert!(
        own.contains(&"workflows/feature.yaml".to_owned()),
        "{own:?}"
    );
    assert!(matches!(
        harness.task(&TaskId::new("T001").unwrap()),
        FoundTask::One(_)
    ));
}

#[test]
fn a_file_of_the_repository_counts_over_the_products_own() {
    let role = "---\ncapability: build\n---\nOurs.\n";
    let (_dir, project) = project(&[
        ("harness/roles/build.md", role),
        (
            "harness/harness.yaml",
            "version: 1\nagents: [{ name: a, driver: claude, capabilities: [specify, design, plan, build, review] }]\npaths: { roles: { qa: docs/qa.md } }\n",
        ),
        ("docs/qa.md", "---\ncapability: review\n---\nMapped.\n"),
    ]);
    let harness = Harness::load(&project);
    assert_eq!(harness.roles["build"].prompt, "Ours.\n");
    assert_eq!(harness.roles["qa"].path, "docs/qa.md");
    assert!(!harness.built_in().contains(&"roles/build.md".to_owned()));
}

#[test]
fn what_cant_be_read_is_said_with_its_place() {
    let (_dir, project) = project(&[
        ("harness/tasks/T001-one.md", TASK),
        ("harness/tasks/T001-two.md", TASK),
        ("harness/tasks/T002-x.md", TASK),
        ("harness/workflows/broken.yaml", "stages: [\n"),
        ("elsewhere.md", "x"),
    ]);
    let home = project.home();
    put(home, "harness/roles/x.md", "");
    std::fs::remove_file(home.join("harness/roles/x.md")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", home.join("harness/roles/x.md")).unwrap();
    std::os::unix::fs::symlink("/etc", home.join("harness/templates")).unwrap();
    std::fs::File::create(home.join("harness/roles/y.md"))
        .and_then(|mut f| std::io::Write::write_all(&mut f, b"a\n\xff\n"))
        .unwrap();
    let harness = Harness::load(&project);
    let said: Vec<String> = harness
        .findings()
        .iter()
        .map(|f| format!("{} {}", f.place.clone().unwrap(), f.code))
        .collect();
    for expected in [
        "harness/roles/x.md harness/unreadable",
        "harness/roles/y.md:2 harness/not-utf8",
        "harness/tasks/T001-two.md task/duplicate-id",
        "harness/tasks/T002-x.md:1 task/id-differs",
        "harness/templates harness/unreadable",
    ] {
        assert!(said.iter().any(|s| s == expected), "{expected}: {said:#?}");
    }
    let broken = said.iter().filter(|s| s.contains("broken.yaml")).count();
    assert_eq!(broken, 1, "{said:#?}");
    assert_eq!(said.len(), 6, "{said:#?}");
}
