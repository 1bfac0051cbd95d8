//! A folder called harness that is something else.

use crate::support::{git, program, put, repository};
use crate::world::{TASK, check, contents, in_prompts_of, init, init_again, of, prompts};

#[test]
fn it_is_left_alone_and_the_harness_lies_beside_it() {
    let dir = of("foreign");
    let said = program(dir.path(), &["check"]);
    assert_eq!(said.code, 2, "it is no harness: {}", said.out);
    let (said, new) = init(dir.path(), &[]);
    assert!(
        new.iter().all(|n| n.starts_with(".harness-tui/")),
        "{new:?}"
    );
    let flat = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flat.contains("harness/ is something else here: C or C++ code"),
        "{flat}"
    );
    put(dir.path(), ".harness-tui/tasks/T001-one.md", TASK);
    for from in ["", "harness", "harness/tasks"] {
        check(&dir.path().join(from), &[]);
    }
    check(dir.path(), &["--project", ".harness-tui"]);
    let prompts = prompts(dir.path(), &["T001"]);
    let path = "`.harness-tui/artifacts/specs/T001-feature-spec.md`";
    in_prompts_of(&prompts, path, &["spec"]);
    in_prompts_of(&prompts, "`!.harness-tui/**`", &["build"]);
    in_prompts_of(&prompts, "`!harness/**`", &[]);
    init_again(dir.path(), &[]);
}

#[test]
fn every_kind_of_it_is_told_by_its_name() {
    for (file, text, kind) in [
        ("harness/Chart.yaml", "apiVersion: v2\n", "a Helm chart"),
        (
            "harness/pipeline.yaml",
            "pipeline:\n  stages: []\n",
            "configuration of another program",
        ),
        (
            "harness/harness.yaml",
            "pipeline:\n  name: x\n",
            "configuration of another program",
        ),
        ("harness/test_all.py", "x = 1\n", "Python code"),
        ("harness/notes.txt", "x\n", "something else"),
    ] {
        let dir = repository(&[(file, text)]);
        let (said, new) = init(dir.path(), &[]);
        assert!(said.out.contains(kind), "{kind} in {}", said.out);
        assert!(
            new.iter().all(|n| n.starts_with(".harness-tui/")),
            "{new:?}"
        );
        check(dir.path(), &[]);
    }
    let dir = repository(&[("harness", "#!/bin/sh\n")]);
    let (said, _) = init(dir.path(), &[]);
    assert!(said.out.contains("a file"), "{}", said.out);
    check(dir.path(), &[]);
}

#[test]
fn where_both_places_are_taken_nothing_is_written() {
    let dir = repository(&[("harness/a.c", "\n"), (".harness-tui/b.txt", "\n")]);
    let before = contents(dir.path());
    let said = program(dir.path(), &["init"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("rename one of the two"), "{}", said.err);
    assert_eq!(contents(dir.path()), before);

    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "harness/a.c", "\n");
    let said = program(dir.path(), &["init", "--no-git"]);
    assert_eq!(said.code, 2, "{}", said.out);
    assert!(said.err.contains("git init"), "{}", said.err);
    assert_eq!(contents(dir.path()).len(), 1);
}

#[test]
fn a_folder_of_another_program_is_named_and_left() {
    let dir = repository(&[(".harness/pipelines/a.yaml", "pipeline: {}\n")]);
    let (said, new) = init(dir.path(), &[]);
    assert!(new.iter().all(|n| n.starts_with("harness/")), "{new:?}");
    assert!(
        said.out.contains("it belongs to another program"),
        "{}",
        said.out
    );
    assert_eq!(
        git(dir.path(), &["status", "--porcelain"]).out,
        "?? harness/\n"
    );
}

#[test]
fn a_link_of_that_name_is_left_and_the_harness_lies_beside_it() {
    let dir = repository(&[("tools/harness/run.sh", "true\n")]);
    std::os::unix::fs::symlink("tools/harness", dir.path().join("harness")).unwrap();
    git(dir.path(), &["add", "-A"]);
    git(dir.path(), &["commit", "-q", "-m", "a link"]);
    let (said, new) = init(dir.path(), &[]);
    assert!(said.out.contains("a link"), "{}", said.out);
    assert!(
        new.iter().all(|path| path.starts_with(".harness-tui/")),
        "{new:?}"
    );
    init_again(dir.path(), &[]);
}

#[test]
fn settings_of_somebody_else_make_no_harness() {
    let settings = "agents: [{ host: a }]\nbranch: main\nresources: {}\n";
    let dir = repository(&[("harness/harness.yaml", settings)]);
    let (_, new) = init(dir.path(), &[]);
    assert!(
        new.iter().all(|path| path.starts_with(".harness-tui/")),
        "{new:?}"
    );
    check(dir.path(), &[]);
}
