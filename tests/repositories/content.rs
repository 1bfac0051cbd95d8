//! What a repository may hold that is easily taken for something else.

use super::BUILD;
use crate::support::drive::{last, on_branch, outcomes, stage, subjects};
use crate::support::project::{Project, WORKS};
use harness_tui::terms::Outcome;

#[test]
fn a_submodule_that_is_not_there_and_a_name_with_a_newline_are_nobodys_overreach() {
    let project = Project::new();
    let commit = "1234567890123456789012345678901234567890";
    project.put(
        ".gitmodules",
        "[submodule \"lib\"]\n\tpath = vendor/lib\n\turl = ../lib\n",
    );
    project.put("odd\nname.txt", "odd\n");
    let entry = format!("160000,{commit},vendor/lib");
    project.git(&["update-index", "--add", "--cacheinfo", &entry]);
    std::fs::create_dir_all(project.home().join("vendor/lib")).unwrap();
    let script = format!("{WORKS}; printf 'x\\n' > \"new\nname.txt\"");
    let project = project.agent("build", &script).flow(BUILD);
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(outcomes(&view, "build"), [Outcome::Passed]);
    let branch = view.order.branch.as_str();
    let listed = project.git(&["ls-tree", branch, "vendor/lib"]);
    assert!(listed.contains(commit), "{listed}");
    assert_eq!(on_branch(&view, "odd\nname.txt").unwrap(), "odd\n");
    assert_eq!(on_branch(&view, "new\nname.txt").unwrap(), "x\n");
}

#[test]
fn an_artifact_that_is_a_link_out_of_the_repository_is_refused() {
    let project = Project::new();
    let secret = project.outside("secret.md");
    std::fs::write(&secret, "# Mine\n\nthe treasure is under the tree\n").unwrap();
    let script = format!(
        "cat >/dev/null; echo dark >> page.txt; mkdir -p harness/artifacts; ln -sf '{}' harness/artifacts/note.md",
        secret.display()
    );
    let stages = "  - { id: build, name: Build, role: build, produces: { note: { path: harness/artifacts/note.md, from: file } } }\n";
    let project = project.agent("build", &script).flow(stages);
    project.expect(3, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(
        outcomes(&view, "build"),
        [Outcome::Malformed, Outcome::Malformed]
    );
    assert!(subjects(&view).is_empty(), "something was handed on");
    let kept = std::fs::read_to_string(&secret).unwrap();
    assert!(kept.contains("treasure"), "it was written through the link");
    // Nor does anything that was kept of it hold what stands there.
    let all = project.git(&["log", "--all", "-p", "--format=%H"]);
    assert!(!all.contains("treasure"), "{all}");
}

#[test]
fn the_executable_bit_is_a_change_and_is_guarded_as_one() {
    let project = Project::new();
    project.put("run.sh", "echo hello\n");
    let project = project
        .agent("build", "cat >/dev/null; chmod +x run.sh")
        .flow(BUILD);
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    let mode = project.git(&["ls-tree", &view.order.branch, "run.sh"]);
    assert!(mode.starts_with("100755"), "{mode}");
    assert_eq!(stage(&view, "build").attempts.len(), 1);
}

#[test]
fn the_executable_bit_of_what_is_not_the_stages_is_put_back() {
    let project = Project::new();
    project.put("run.sh", "echo hello\n");
    let stages = "  - { id: build, name: Build, role: build, writes: [page.txt] }\n";
    let script = "cat >/dev/null; chmod +x run.sh; echo dark >> page.txt";
    let project = project.agent("build", script).flow(stages);
    let ran = project.expect(3, &["run", "T001"]);
    assert!(ran.out.contains("taken back: run.sh"), "{}", ran.out);
    let view = last(&project);
    assert_eq!(
        outcomes(&view, "build"),
        [Outcome::Overreach, Outcome::Overreach]
    );
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(view.order.tree.join("run.sh"))
            .unwrap()
            .permissions(),
    );
    assert_eq!(mode & 0o111, 0);
}

#[test]
fn line_endings_that_git_changes_are_nobodys_tampering() {
    let script = "cat >/dev/null; echo dark >> page.txt; mkdir -p harness/artifacts; \
        printf '# Note\\r\\n\\r\\nIt is dark.\\r\\n' > harness/artifacts/note.md; echo done";
    let project = crate::support::project::Project::new().agent("build", script).flow(
        "  - id: build\n    role: build\n    produces: { note: harness/artifacts/note.md }\n  - id: end\n    depends_on: [build]\n    gate: { before: \"true\" }\n",
    );
    project.put(".gitattributes", "* text=auto\n");
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "text"]);
    project.expect(6, &["run", "T001"]);
    // Looked at again at the gate, the file is nobody's edit either.
    project.expect(0, &["approve", "T001", "--follow"]);
    let view = crate::support::drive::last(&project);
    assert_eq!(view.state(), harness_tui::terms::RunState::Completed);
    let report = view.active_dir().report();
    assert!(
        !std::fs::read_to_string(report)
            .unwrap()
            .contains("edited by a person")
    );
}

#[test]
fn work_inside_a_submodule_is_found_and_never_lost_unsaid() {
    let project = Project::new();
    let lib = project.outside("lib");
    std::fs::create_dir_all(&lib).unwrap();
    std::fs::write(lib.join("lib.txt"), "lib\n").unwrap();
    for args in [
        &["init", "-q", "-b", "main"][..],
        &["add", "-A"],
        &[
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@b.c",
            "commit",
            "-qm",
            "lib",
        ],
    ] {
        crate::support::drive::git_in(&lib, args);
    }
    let from = lib.to_str().unwrap();
    let allow = "protocol.file.allow=always";
    project.git(&["-c", allow, "submodule", "add", "-q", from, "vendor/lib"]);
    project.git(&["-c", allow, "submodule", "add", "-q", from, "vendor/empty"]);
    project.git(&["submodule", "deinit", "-q", "-f", "vendor/empty"]);
    let fetch =
        format!("tree: {{ setup: [\"git -c {allow} submodule update -q --init vendor/lib\"] }}\n");
    let script = "cat >/dev/null; echo dark >> page.txt; echo mine >> vendor/lib/lib.txt; echo mine > vendor/empty/new.txt";
    let checked = project.expect(0, &["check", "--json"]);
    assert!(
        checked.out.contains("empty in a run's tree: vendor/empty"),
        "{}",
        checked.out
    );
    let project = project.settings(&fetch).agent("build", script).flow(BUILD);
    let sheet = project.expect(0, &["run", "T001", "--dry-run"]);
    assert!(!sheet.out.contains("submodules are empty"), "{}", sheet.out);
    project.expect(3, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(outcomes(&view, "build")[0], Outcome::Overreach);
    let record = crate::support::drive::file_of(&view, "build", 1, "exit.json");
    for told in ["vendor/lib/lib.txt", "vendor/empty/new.txt"] {
        assert!(record.contains(told), "{told}: {record}");
    }
    let kept = crate::support::drive::file_of(&view, "build", 1, "submodule-0/new.txt");
    assert_eq!(kept, "mine\n");
    assert!(subjects(&view).is_empty(), "something was handed on");
}

/// A build that leaves a note in a file and a review of it in an answer, where git ignores this.
fn with_artifacts(ignore: &str) -> Project {
    use crate::support::drive::{answers, review};
    let note = "mkdir -p harness/artifacts; echo 'It is dark.' > harness/artifacts/note.md";
    let project = Project::new()
        .agent("build", &format!("{WORKS}; {note}"))
        .reviewer("qa", &answers("review", &review("PASS", &[])));
    let project = project.flow(
        "  - { id: build, name: Build, role: build, produces: { note: { path: harness/artifacts/note.md, from: file } } }\n  - { id: qa, name: QA, role: qa, depends_on: [build], context: [note], produces: { review: harness/artifacts/review.md }, verdict: review }\n",
    );
    project.put(".gitignore", ignore);
    project.git(&["add", "-A"]);
    project.git(&["commit", "-qm", "ignore"]);
    project
}

#[test]
fn artifacts_in_an_ignored_folder_are_handed_on_and_landed() {
    let project = with_artifacts("artifacts/\n");
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    let note = "harness/artifacts/note.md";
    assert_eq!(on_branch(&view, note).unwrap(), "It is dark.\n");
    assert_eq!(outcomes(&view, "build"), [Outcome::Passed]);
    assert_eq!(outcomes(&view, "qa"), [Outcome::Passed]);
    // A rerun writes them anew.
    project.expect(0, &["run", "T001", "--from", "build"]);
    project.expect(0, &["land", "T001"]);
    assert_eq!(project.read(note), "It is dark.\n");
    let landed = project.git(&["ls-tree", "-r", "--name-only", "main", "harness/artifacts"]);
    assert_eq!(landed, format!("{note}\nharness/artifacts/review.md"));
}

#[test]
fn artifacts_are_handed_on_where_the_whole_harness_folder_is_ignored() {
    let project = with_artifacts("/harness\n");
    project.expect(0, &["run", "T001"]);
    project.expect(0, &["land", "T001"]);
    assert_eq!(project.read("harness/artifacts/note.md"), "It is dark.\n");
    let view = last(&project);
    let report = format!("main:harness/runs/{}.md", view.order.run);
    assert!(project.git(&["show", &report]).contains("T001"));
}
