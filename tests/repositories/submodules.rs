//! Submodules of the run's tree: those that the checkout has, all, or none.

use super::BUILD;
use crate::support::drive::{git_in, last, outcomes};
use crate::support::project::{Project, WORKS};
use harness_tui::terms::Outcome;
use std::path::PathBuf;

const ALLOW: &str = "protocol.file.allow=always";

/// A project with the submodules `used`, which its checkout has, and `unused`, which it has not; and
/// where they came from.
fn project(settings: &str, needs: &str) -> (Project, PathBuf) {
    let project = Project::new();
    let lib = project.outside("lib");
    std::fs::create_dir_all(&lib).unwrap();
    std::fs::write(lib.join("lib.txt"), "lib\n").unwrap();
    git_in(&lib, &["init", "-q", "-b", "main"]);
    git_in(&lib, &["config", "user.name", "Ada"]);
    git_in(&lib, &["config", "user.email", "ada@example.org"]);
    git_in(&lib, &["add", "-A"]);
    git_in(&lib, &["commit", "-qm", "lib"]);
    for path in ["used", "unused"] {
        let from = lib.to_str().unwrap();
        project.git(&["-c", ALLOW, "submodule", "add", "-q", from, path]);
    }
    project.git(&["submodule", "deinit", "-q", "-f", "unused"]);
    std::fs::remove_dir_all(project.home().join(".git/modules/unused")).unwrap();
    // The user's own git may read repositories of this machine as submodules.
    let own = "[protocol \"file\"]\n\tallow = always\n";
    crate::support::project::put(&project.outside("home/.gitconfig"), own);
    let stage =
        format!("  - id: build\n    name: Build\n    role: build\n    checks: [\"{needs}\"]\n");
    let script = format!("{needs} || exit 1; {WORKS}");
    let project = project
        .agent("build", &script)
        .settings(settings)
        .flow(&stage);
    (project, lib)
}

#[test]
fn what_the_checkout_has_is_there_without_a_network() {
    let (project, lib) = project("", "test -e used/lib.txt && test ! -e unused/lib.txt");
    // Whence it came is gone.
    std::fs::rename(&lib, lib.with_file_name("gone")).unwrap();
    let config = project.read(".git/config");
    let sheet = project.expect(0, &["run", "T001", "--dry-run"]);
    assert!(
        sheet
            .out
            .contains("submodules are empty in a run's tree: unused"),
        "{}",
        sheet.out
    );
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(outcomes(&view, "build"), [Outcome::Passed]);
    assert_eq!(project.read(".git/config"), config);
    assert_eq!(git_in(&view.order.tree, &["status", "--porcelain"]), "");
    let url = git_in(
        &view.order.tree.join("used"),
        &["config", "remote.origin.url"],
    );
    assert_eq!(
        url,
        lib.to_str().unwrap(),
        "it is fetched from where it came from"
    );
    // A tree with submodules goes like any other.
    project.expect(0, &["land", view.order.run.as_str()]);
    assert!(!view.order.tree.exists());
    assert_eq!(project.git(&["worktree", "list"]).lines().count(), 1);
    assert!(project.home().join("used/lib.txt").exists());
}

#[test]
fn all_are_fetched_where_the_settings_say_so() {
    let needs = "test -e used/lib.txt && test -e unused/lib.txt";
    let (project, _) = project("tree: { submodules: all }\n", needs);
    let config = project.read(".git/config");
    let sheet = project.expect(0, &["run", "T001", "--dry-run"]);
    assert!(!sheet.out.contains("submodules are empty"), "{}", sheet.out);
    let mut command = project.command(&["run", "T001"]);
    command.env("HOME", project.outside("home"));
    let ran = crate::support::project::ran(&command.output().unwrap());
    assert_eq!(ran.code, 0, "{}\n{}", ran.out, ran.err);
    assert_eq!(project.read(".git/config"), config);
}

#[test]
fn none_are_made_where_the_settings_say_so() {
    let needs = "test ! -e used/lib.txt && test ! -e unused/lib.txt";
    let (project, _) = project("tree: { submodules: none }\n", needs);
    project.expect(0, &["run", "T001"]);
}

#[test]
fn a_commit_that_is_not_at_hand_blocks_before_the_agent_and_says_what_to_do() {
    let (project, lib) = project("", "test -e used/lib.txt");
    git_in(&lib, &["commit", "-q", "--allow-empty", "-m", "newer"]);
    let newer = git_in(&lib, &["rev-parse", "HEAD"]);
    let entry = format!("160000,{newer},used");
    project.git(&["update-index", "--cacheinfo", &entry]);
    project.git(&["commit", "-qm", "wants a newer one"]);
    let ran = project.expect(3, &["run", "T001"]);
    let told = format!("the submodule used is wanted at {}", &newer[..9]);
    assert!(ran.out.contains(&told), "{}", ran.out);
    assert!(ran.out.contains("fetch` brings it"), "{}", ran.out);
    let view = last(&project);
    assert_eq!(outcomes(&view, "build"), [Outcome::SetupFailed]);
    git_in(&project.home().join("used"), &["-c", ALLOW, "fetch", "-q"]);
    project.expect(0, &["resume", view.order.run.as_str(), "--follow"]);
}

#[test]
fn a_link_into_a_submodule_that_is_empty_is_refused() {
    let project = Project::new();
    let commit = "1234567890123456789012345678901234567890";
    project.put(
        ".gitmodules",
        "[submodule \"lib\"]\n\tpath = lib\n\turl = ../lib\n",
    );
    let entry = format!("160000,{commit},lib");
    project.git(&["update-index", "--add", "--cacheinfo", &entry]);
    project.put("lib/deps/x", "x\n");
    let project = project
        .agent("build", WORKS)
        .settings("tree: { link: [lib/deps] }\n")
        .flow(BUILD);
    let ran = project.expect(3, &["run", "T001"]);
    assert!(
        ran.out
            .contains("lies in the submodule lib, which is empty"),
        "{}",
        ran.out
    );
}

#[test]
fn what_a_killed_attempt_left_in_a_submodule_is_gone_for_the_next() {
    let (project, _lib) = project("", "test ! -e used/left.txt && ! grep -q evil used/lib.txt");
    // The first time it leaves a mess and never ends; the second time it works, for which the
    // bound is wide.
    let first = project.outside("first");
    let script = format!(
        "test ! -e used/left.txt || exit 1\nif mkdir '{}' 2>/dev/null; then echo left > used/left.txt; \
         echo evil > used/lib.txt; exec tail -f /dev/null; fi\ngrep -q evil used/lib.txt && exit 1\n{WORKS}",
        first.display()
    );
    crate::support::project::put(&project.outside("build.sh"), &script);
    let flow = project.read("harness/workflows/flow.yaml");
    let flow = flow.replace("role: build\n", "role: build\n    timeout: 15s\n");
    project.put("harness/workflows/flow.yaml", &flow);
    project.git(&["commit", "-qam", "a bound"]);
    project.run(&["run", "T001"]);
    let view = last(&project);
    let outcomes = outcomes(&view, "build");
    assert_eq!(outcomes, [Outcome::TimedOut, Outcome::Passed]);
}

#[test]
fn what_a_person_changed_in_a_submodule_of_the_runs_tree_is_kept() {
    let (project, _lib) = project("", "test -e used/lib.txt");
    let flow = project.read("harness/workflows/flow.yaml");
    let gated = format!("{flow}    gate: {{ after: \"true\" }}\n");
    project.put("harness/workflows/flow.yaml", &gated);
    project.git(&["commit", "-qam", "a gate"]);
    project.expect(6, &["run", "T001"]);
    let view = last(&project);
    let used = view.order.tree.join("used");
    std::fs::write(used.join("lib.txt"), "by hand\n").unwrap();
    std::fs::write(used.join("mine.txt"), "mine\n").unwrap();
    project.put("other.txt", "theirs\n");
    project.git(&["add", "other.txt"]);
    project.git(&["commit", "-qm", "theirs"]);
    let run = view.order.run.as_str();
    project.expect(6, &["refresh", run, "--follow"]);
    let names = std::fs::read_dir(view.dirs.path()).unwrap();
    let names = names.map(|e| e.unwrap().file_name().into_string().unwrap());
    let patches: Vec<String> = { names }
        .filter(|n| n.starts_with("submodule-used-") && n.ends_with(".patch"))
        .collect();
    assert_eq!(patches.len(), 1, "{patches:?}");
    assert!(std::fs::read_to_string(used.join("lib.txt")).unwrap() == "lib\n");
    let told = crate::support::drive::report(&last(&project));
    assert!(told.contains(&patches[0]), "{told}");
    let patch = view.dirs.path().join(&patches[0]);
    git_in(&used, &["apply", patch.to_str().unwrap()]);
    assert_eq!(
        std::fs::read_to_string(used.join("lib.txt")).unwrap(),
        "by hand\n"
    );
    assert_eq!(
        std::fs::read_to_string(used.join("mine.txt")).unwrap(),
        "mine\n"
    );
}
