//! A harness for one part of a repository.

use crate::support::{program, put, repository};
use crate::world::{TASK, check, contents, in_prompts_of, init, init_again, prompts};

const PACKAGE: &str = r#"{"scripts":{"test":"node --test"}}"#;

#[test]
fn a_part_of_a_repository_gets_a_harness_of_its_own() {
    let dir = repository(&[
        ("packages/web app/package.json", PACKAGE),
        ("packages/web app/package-lock.json", "{}"),
        ("packages/api/go.mod", "module api\n"),
        ("harness/notes.c", "\n"),
    ]);
    let (_, new) = init(dir.path(), &["--project", "packages/web app"]);
    assert!(
        new.iter()
            .all(|n| n.starts_with("packages/web app/harness/")),
        "{new:?}"
    );
    let text = |path: &str| {
        let path = dir.path().join("packages/web app/harness").join(path);
        std::fs::read_to_string(path).unwrap()
    };
    assert!(text("harness.yaml").contains("root: \"packages/web app\"\n"));
    assert!(text("harness.yaml").contains("cd 'packages/web app' && npm ci"));
    assert!(text("workflows/feature.yaml").contains("cd 'packages/web app' && npm test"));
    check(dir.path(), &["--project", "packages/web app"]);
    check(&dir.path().join("packages/web app"), &[]);
    put(
        dir.path(),
        "packages/web app/harness/tasks/T001-one.md",
        TASK,
    );
    let prompts = prompts(&dir.path().join("packages/web app"), &["T001"]);
    let path = "`packages/web app/harness/artifacts/specs/T001-feature-spec.md`";
    in_prompts_of(&prompts, path, &["spec"]);
    in_prompts_of(&prompts, "`/packages/web app/**`", &["build"]);
    init_again(dir.path(), &["--project", "packages/web app"]);

    let (_, new) = init(&dir.path().join("packages"), &["--project", "api"]);
    assert!(
        !new.is_empty() && new.iter().all(|n| n.starts_with("api/harness/")),
        "{new:?}"
    );
    check(&dir.path().join("packages/api"), &[]);
}

#[test]
fn a_folder_that_is_none_of_the_repository_gets_none() {
    let dir = repository(&[("a.txt", "\n")]);
    let elsewhere = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), dir.path().join("out")).unwrap();
    for name in ["nothing", "a.txt", "out", "..", ".git"] {
        let said = program(dir.path(), &["init", "--project", name]);
        assert_eq!(said.code, 2, "{name}: {}", said.out);
    }
    assert!(contents(elsewhere.path()).is_empty());
}
