//! Hooks and signatures that the person's own commits have: hand-offs go without, the landing has
//! them, and what a hook would do is offered as a check. The programs are stand-ins: scripts in
//! place of pre-commit and gpg.

use super::BUILD;
use crate::support::drive::{git_in, last, lines_of, on_branch, outcomes, subjects};
use crate::support::project::{Project, WORKS, put};
use harness_tui::terms::Outcome;
use std::os::unix::fs::PermissionsExt;

fn script(project: &Project, path: &std::path::Path, text: &str) {
    put(path, text);
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(path, mode).unwrap();
    assert!(path.starts_with(project.outside("")));
}

/// A repository whose hook wants no line that says dark.
fn hooked() -> Project {
    let project = Project::new().agent("build", WORKS).flow(BUILD);
    let count = project.outside("hook");
    let hook = project.home().join(".git/hooks/pre-commit");
    let text = format!(
        "#!/bin/sh\necho once >> '{}'\nif grep -q dark page.txt; then echo 'too dark for us' >&2; exit 1; fi\n",
        count.display()
    );
    script(&project, &hook, &text);
    project
}

#[test]
fn a_refusing_hook_is_not_run_at_hand_offs_and_its_words_are_shown_at_the_landing() {
    let project = hooked();
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(on_branch(&view, "page.txt").unwrap(), "light\ndark\n");
    assert_eq!(lines_of(&project.outside("hook")), 0, "the hook was run");
    let state = || project.git(&["rev-parse", "main"]) + &project.git(&["status", "--porcelain"]);
    let before = state();
    let run = view.order.run.to_string();
    let ran = project.expect(3, &["land", &run]);
    let said = format!("{}{}", ran.out, ran.err);
    assert!(said.contains("too dark for us"), "{said}");
    assert!(said.contains("nothing was changed"), "{said}");
    assert!(said.contains("--no-verify"), "{said}");
    assert_eq!(state(), before);
}

#[test]
fn a_hook_is_offered_as_a_check_and_as_one_it_does_its_work() {
    let project = hooked();
    let ran = project.expect(0, &["check"]);
    let offered = "{ run: \"\\\"$(git rev-parse --git-path hooks/pre-commit)\\\"\", timeout: 10m }";
    assert!(ran.out.contains(".git/hooks/pre-commit"), "{}", ran.out);
    assert!(ran.out.contains(offered), "{}", ran.out);
    assert_eq!(lines_of(&project.outside("hook")), 0, "looking ran it");
    let flow = project.read("harness/workflows/flow.yaml");
    let checked = flow.replace(
        "role: build }",
        &format!("role: build, checks: [{offered}] }}"),
    );
    project.put("harness/workflows/flow.yaml", &checked);
    project.git(&["commit", "-qam", "checked", "--no-verify"]);
    assert!(!project.expect(0, &["check"]).out.contains("hand-offs"));
    let ran = project.expect(3, &["run", "T001"]);
    assert!(ran.out.contains("too dark for us"), "{}", ran.out);
    assert_eq!(
        outcomes(&last(&project), "build"),
        [Outcome::CheckFailed; 2]
    );
}

#[test]
fn the_form_that_is_offered_for_pre_commit_works_in_a_clean_tree() {
    let project = Project::new();
    // In place of the program: it says which files it was given to look at.
    let bin = project.outside("bin");
    let seen = project.outside("seen");
    let stand_in = format!(
        "#!/bin/sh\ntest \"$1 $2 $4\" = 'run --from-ref --to-ref' || exit 9\ngit diff --name-only \"$3\"...\"$5\" >> '{}'\n",
        seen.display()
    );
    script(&project, &bin.join("pre-commit"), &stand_in);
    project.put(".pre-commit-config.yaml", "repos: []\n");
    let row = harness_tui::records::hooks::look(&project.home()).offered[0].row();
    let stages = format!("  - {{ id: build, name: Build, role: build, checks: [{row}] }}\n");
    let project = project.agent("build", WORKS).flow(&stages);
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let done = project
        .command(&["run", "T001"])
        .env("PATH", path)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stdout)
    );
    assert_eq!(std::fs::read_to_string(&seen).unwrap(), "page.txt\n");
}

#[test]
fn init_offers_the_hook_in_a_comment_and_starts_nothing() {
    let project = Project::new();
    let fresh = project.outside("fresh");
    std::fs::create_dir_all(&fresh).unwrap();
    git_in(&fresh, &["init", "-q", "-b", "main"]);
    put(&fresh.join(".pre-commit-config.yaml"), "repos: []\n");
    put(&fresh.join("Makefile"), "test:\n\ttouch ran\n");
    let ran = crate::support::drive::expect_in(&project, &fresh, 0, &["init"]);
    assert!(ran.out.contains("pre-commit run --from-ref"), "{}", ran.out);
    let text = std::fs::read_to_string(fresh.join("harness/workflows/feature.yaml")).unwrap();
    let row = harness_tui::records::hooks::look(&fresh).offered[0].row();
    assert!(text.contains(&format!("#   {row}\n")), "{text}");
    assert!(!fresh.join("ran").exists());
    let checked = crate::support::drive::expect_in(&project, &fresh, 0, &["check"]);
    assert!(!checked.out.contains("hand-offs"), "{}", checked.out);
}

#[test]
fn where_signing_is_required_hand_offs_are_unsigned_and_the_landing_says_what_to_do() {
    let project = Project::new().agent("build", WORKS).flow(BUILD);
    let gpg = project.outside("gpg");
    script(
        &project,
        &gpg,
        "#!/bin/sh\necho 'gpg: no secret key' >&2\nexit 2\n",
    );
    project.git(&["config", "commit.gpgsign", "true"]);
    project.git(&["config", "gpg.program", gpg.to_str().unwrap()]);
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(subjects(&view).len(), 1);
    let signed = project.git(&[
        "log",
        "--format=%G?",
        &format!("main..{}", view.order.branch),
    ]);
    assert_eq!(signed, "N");
    let before = project.git(&["rev-parse", "main"]);
    let run = view.order.run.to_string();
    let ran = project.expect(3, &["land", &run]);
    let said = format!("{}{}", ran.out, ran.err);
    assert!(said.contains("no secret key"), "{said}");
    assert!(said.contains("user.signingkey"), "{said}");
    assert_eq!(project.git(&["rev-parse", "main"]), before);
    // A key that works: then the landing is signed as the person's commits are.
    let works = "#!/bin/sh\ncat >/dev/null; echo '[GNUPG:] SIG_CREATED D' >&2; printf -- '-----BEGIN PGP SIGNATURE-----\\n\\nx\\n-----END PGP SIGNATURE-----\\n'\n";
    script(&project, &gpg, works);
    project.expect(0, &["land", &run]);
    let landed = project.git(&["cat-file", "commit", "main"]);
    assert!(landed.contains("gpgsig"), "{landed}");
}
