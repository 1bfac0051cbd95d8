//! What may lie in a repository that somebody else made.

use crate::support::{program, put, repository};
use crate::world::{check, init, init_again};

const ROLE: &str = "You are the builder.\n";

#[test]
fn what_cannot_serve_is_said_and_what_is_shipped_serves() {
    let huge = "x".repeat(400 * 1024);
    let dir = repository(&[
        ("harness/roles/qa-agent.md", &huge),
        (
            "harness/roles/po-spec-agent.md",
            "---\ncapability: specify\n---\n",
        ),
        ("harness/roles/tech-lead-agent.md", ROLE),
        ("harness/roles/x\u{1b}[2Jy-agent.md", ROLE),
        (
            "harness/templates/feature-spec-template.md",
            "No section at all.\n",
        ),
        (
            "harness/templates/design-note-template.md",
            "## Goal\n\n{{GOAL}}\n",
        ),
        ("harness/standards/a{{ b }}.md", "Rule.\n"),
        ("harness/standards/c[d].md", "Rule.\n"),
        ("harness/standards/naming.md", "Rule.\n"),
    ]);
    let elsewhere = tempfile::tempdir().unwrap();
    put(elsewhere.path(), "secret.md", "the secret\n");
    let link = dir.path().join("harness/roles/build-agent.md");
    std::os::unix::fs::symlink(elsewhere.path().join("secret.md"), link).unwrap();
    std::fs::write(
        dir.path().join("harness/roles/feature-design-agent.md"),
        b"\xff\xfe\n",
    )
    .unwrap();
    let (said, new) = init(dir.path(), &[]);
    for name in ["build", "qa", "po-spec", "feature-design"] {
        assert!(
            new.contains(&format!("harness/roles/{name}.md")),
            "{name}: {new:?}"
        );
    }
    assert!(
        !new.contains(&"harness/roles/tech-lead.md".to_owned()),
        "{new:?}"
    );
    assert!(
        new.contains(&"harness/templates/feature-spec.md".to_owned()),
        "{new:?}"
    );
    assert!(
        !new.contains(&"harness/templates/design-note.md".to_owned()),
        "{new:?}"
    );
    for told in [
        "it is a link",
        "has no `##` section",
        "says nothing",
        "not UTF-8",
        "409600 bytes",
    ] {
        assert!(said.out.contains(told), "{told} in {}", said.out);
    }
    assert!(!said.out.contains("the secret") && !said.out.contains("\u{1b}[2J"));
    let workflow =
        std::fs::read_to_string(dir.path().join("harness/workflows/feature.yaml")).unwrap();
    assert!(
        workflow.contains("harness/standards/naming.md"),
        "{workflow}"
    );
    assert!(
        !workflow.contains("c[d]") && !workflow.contains("a{{"),
        "{workflow}"
    );
    init_again(dir.path(), &[]);
    // A link and a file that is no text among the roles are faults of their own, told in their place.
    let said = program(dir.path(), &["check"]);
    assert!(!said.out.contains("the secret"), "{}", said.out);
}

#[test]
fn a_folder_that_is_a_link_out_of_the_repository_is_not_looked_into() {
    let dir = repository(&[]);
    let elsewhere = tempfile::tempdir().unwrap();
    put(elsewhere.path(), "memory/constitution.md", "the secret\n");
    put(elsewhere.path(), "templates/spec-template.md", "## A\n");
    std::os::unix::fs::symlink(elsewhere.path(), dir.path().join(".specify")).unwrap();
    let (said, new) = init(dir.path(), &[]);
    assert!(!said.out.contains("spec-kit"), "{}", said.out);
    assert!(new.contains(&"harness/templates/feature-spec.md".to_owned()));
    check(dir.path(), &[]);
}
