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

#[test]
fn the_settings_of_this_machine_lie_over_those_of_the_project() {
    let shared = "version: 1\nbudget: { cost_usd: 5, minutes: 30 }\nagents:\n  \
                  - { name: a, driver: claude, capabilities: [specify, design, plan, build, review] }\n";
    let local = "budget: { minutes: 60 }\nagents:\n  \
                 - { name: mine, driver: claude, capabilities: [build] }\n  \
                 - { name: a, model: opus }\n";
    let (_dir, project) = project(&[
        ("harness/harness.yaml", shared),
        ("harness/harness.local.yaml", local),
    ]);
    let harness = Harness::load(&project);
    assert_eq!(harness.findings(), []);
    let names: Vec<&str> = harness
        .settings
        .agents
        .iter()
        .map(|a| a.name.as_str())
        .collect();
    assert_eq!(names, ["mine", "a"]);
    let a = &harness.settings.agents[1];
    assert_eq!(
        (a.driver.as_str(), a.model.as_deref()),
        ("claude", Some("opus"))
    );
    let budget = harness.settings.budget;
    assert_eq!(
        (budget.cost_micros, budget.minutes),
        (Some(5_000_000), Some(60))
    );
}

#[test]
fn a_fault_has_its_place_in_the_file_that_says_it() {
    let shared = "version: 1\nbranhc: x\nagents:\n  \
                  - { name: a, driver: claude, capabilities: [specify, design, plan, build, review] }\n";
    let local = "budgte: {}\nagents:\n  - { name: b, capabilities: [build] }\n  - { name: a, driver: cluade }\n";
    let (_dir, project) = project(&[
        ("harness/harness.yaml", shared),
        ("harness/harness.local.yaml", local),
        ("harness/tasks/T001-one.md", TASK),
    ]);
    let harness = Harness::load(&project);
    let places: Vec<String> = harness
        .faults
        .iter()
        .filter_map(|f| f.place.as_ref())
        .map(|p| format!("{}:{}", p.file, p.line.unwrap_or(0)))
        .collect();
    let local = "harness/harness.local.yaml";
    for wanted in [
        "harness/harness.yaml:2".to_owned(),
        format!("{local}:1"),
        format!("{local}:3"),
        format!("{local}:4"),
    ] {
        assert!(places.contains(&wanted), "{wanted} is not in {places:?}");
    }
    put(project.home(), "harness/harness.yaml", "version: 1\n");
    put(project.home(), "harness/harness.local.yaml", "just words\n");
    let harness = Harness::load(&project);
    assert_eq!(harness.faults.len(), 1, "{:?}", harness.faults);
    assert!(
        harness.faults[0]
            .place
            .as_ref()
            .unwrap()
            .file
            .ends_with("local.yaml")
    );
}

#[test]
fn what_a_profile_brings_back_of_the_repository_is_to_be_trusted_too() {
    let settings = "version: 1\nprofiles: { docs: { mcp: [linear], skills: [review] } }\n";
    let servers = |command: &str| {
        format!(
            r#"{{"mcpServers": {{"linear": {{"command": "{command}"}}, "other": {{"command": "x"}}}}}}"#
        )
    };
    let (_dir, project) = project(&[
        ("harness/harness.yaml", settings),
        (".mcp.json", &servers("./serve")),
        (
            ".claude/skills/review/SKILL.md",
            "---\nname: review\n---\nLook.\n",
        ),
    ]);
    let powers = || Harness::load(&project).powers;
    let digest = || crate::documents::powers::digest(&powers());
    let told = |what: &str| {
        let found = powers().into_iter().find(|p| p.what == what);
        found.map(|p| p.text)
    };
    assert!(told("MCP server linear").unwrap().contains("./serve"));
    assert!(told("skill review").is_some());
    // Nobody named it.
    assert_eq!(told("MCP server other"), None);
    let before = digest();
    put(project.home(), ".mcp.json", &servers("./serve --more"));
    let changed = digest();
    assert_ne!(changed, before);
    put(project.home(), ".claude/skills/review/run.sh", "true\n");
    assert_ne!(digest(), changed);
}
