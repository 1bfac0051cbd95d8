//! What is changed beyond what a stage may write stays where it is: it may be the person's.

use super::{BUILD, Untouched, project};
use crate::support::drive::{file_of, last, on_branch, outcomes, report};
use crate::support::project::{Project, put, until_there};
use harness_tui::records::runs::RunView;
use harness_tui::terms::{Outcome, RunState};

/// A project whose stage may write below `docs` alone.
fn docs(script: &str) -> Project {
    let settings = "isolation: in-place\nprofiles:\n  workspace: { writes: [\"docs/**\"], tools: [read, edit] }\n";
    Project::new()
        .agent("build", &format!("cat >/dev/null\n{script}"))
        .settings(settings)
        .flow(BUILD)
}

#[test]
fn overreach_is_kept_as_a_patch_left_where_it_is_and_a_persons_word_decides() {
    let project =
        docs("mkdir -p docs; echo a >> docs/a.md; grep -q mine page.txt || echo mine >> page.txt");
    let before = Untouched::of(&project);
    let ran = project.expect(3, &["run", "T001"]);
    assert!(ran.out.contains("page.txt"), "{}", ran.out);
    assert!(ran.out.contains("nothing is taken back"), "{}", ran.out);
    let view = last(&project);
    let run = view.order.run.to_string();
    assert_eq!(outcomes(&view, "build"), [Outcome::NotHandedOn]);
    assert_eq!(project.read("page.txt"), "light\nmine\n");
    let patch = view
        .attempt_dir(&"build.1.1".parse().unwrap())
        .guard_patch();
    project.git(&["apply", "-R", "--check", patch.to_str().unwrap()]);
    assert!(file_of(&view, "build", 1, "guard.patch").contains("+mine"));

    // Theirs: the run goes on, and takes it for what it starts from.
    project.expect(0, &["resume", &run]);
    let view = project.until(&run, |v| v.run.state() == RunState::Completed);
    assert_eq!(project.read("page.txt"), "light\nmine\n");
    assert_eq!(project.read("docs/a.md"), "a\na\n");
    assert_eq!(on_branch(&view, "page.txt").unwrap(), "light\nmine\n");
    assert!(report(&view).contains("taken as they lay there"));
    assert_eq!(Untouched::of(&project), before);
}

#[test]
fn what_a_person_takes_back_by_the_patch_is_gone_and_the_run_goes_on() {
    let project =
        docs("mkdir -p docs; echo a > docs/a.md; test -e ../told || echo theirs >> page.txt");
    project.expect(3, &["run", "T001"]);
    let view = last(&project);
    let patch = view
        .attempt_dir(&"build.1.1".parse().unwrap())
        .guard_patch();
    project.git(&["apply", "-R", patch.to_str().unwrap()]);
    put(&project.outside("told"), "");
    let run = view.order.run.to_string();
    project.expect(0, &["resume", &run]);
    project.until(&run, |v| v.run.state() == RunState::Completed);
    assert_eq!(project.read("page.txt"), "light\n");
    assert_eq!(project.git(&["status", "--porcelain", "page.txt"]), "");
}

#[test]
fn a_persons_edit_in_the_middle_survives_byte_for_byte() {
    let project = docs(
        "mkdir -p docs; echo a > docs/a.md; touch ../begun; while ! test -e ../go; do sleep 0.05; done",
    );
    let run = project.detach();
    until_there(&project.outside("begun"));
    let mine = "light\r\n\tand mine \u{e9}\n";
    project.put("page.txt", mine);
    project.put("beside.txt", "new\n");
    put(&project.outside("go"), "");
    let view = project.until(&run, |v| v.run.state() == RunState::Blocked);
    assert!(view.why(None).to_string().contains("beside.txt"));
    assert_eq!(
        (project.read("page.txt"), project.read("beside.txt")),
        (mine.into(), "new\n".into())
    );
    project.expect(0, &["resume", &run]);
    project.until(&run, |v| v.run.state() == RunState::Completed);
    assert_eq!(
        (project.read("page.txt"), project.read("beside.txt")),
        (mine.into(), "new\n".into())
    );
}

#[test]
fn what_is_staged_or_committed_meanwhile_is_told_and_left() {
    let project = project("echo dark >> page.txt; git add page.txt");
    let ran = project.expect(3, &["run", "T001"]);
    assert!(ran.out.contains("guard/index-changed"), "{}", ran.out);
    assert_eq!(
        project.git(&["diff", "--cached", "--name-only"]),
        "page.txt"
    );

    let project = super::project("echo dark >> page.txt; git commit -qam mine");
    let ran = project.expect(3, &["run", "T001"]);
    assert!(ran.out.contains("HEAD"), "{}", ran.out);
    assert_eq!(project.git(&["log", "-1", "--format=%s"]), "mine");
    assert_eq!(outcomes(&last(&project), "build"), [Outcome::Tampering]);
}

#[test]
fn what_git_obeys_is_told_and_left_and_git_is_not_asked_then() {
    let evil = "git config filter.x.clean 'touch ../ran; cat'; echo '* filter=x' > .gitattributes";
    let project = project(&format!(
        "echo dark >> page.txt; echo true > .git/hooks/pre-commit; {evil}"
    ));
    let ran = project.expect(3, &["run", "T001"]);
    assert!(ran.out.contains("guard/tampering"), "{}", ran.out);
    let exit = file_of(&last(&project), "build", 1, "exit.json");
    assert!(
        exit.contains("pre-commit") && exit.contains(".git/config"),
        "{exit}"
    );
    assert_eq!(project.read(".git/hooks/pre-commit"), "true\n");
    assert!(!project.outside("ran").exists());

    // A word to go on is none to let git run what the attempt planted.
    let run = last(&project).order.run.to_string();
    let ran = project.run(&["resume", &run, "--follow"]);
    let said = format!("{}{}", ran.out, ran.err);
    let view = project.until(&run, |v| {
        !v.supervised && file_exists(v, "told-git-build") && v.run.state() == RunState::Blocked
    });
    assert!(!project.outside("ran").exists());
    let why = project.run(&["why", &run]).out + &said;
    assert!(why.contains("git obeys") && why.contains("`cp "), "{why}");
    assert_eq!(outcomes(&view, "build"), [Outcome::Tampering]);
    // Put back by what is said, it goes on.
    project.put(".gitattributes", "");
    for line in why
        .split('`')
        .filter(|w| w.starts_with("cp ") || w.starts_with("rm "))
    {
        let mut words = line.split(' ');
        let mut command = std::process::Command::new(words.next().unwrap());
        assert!(command.args(words).status().unwrap().success(), "{line}");
        if line.ends_with("pre-commit") {
            break;
        }
    }
    project.expect(0, &["resume", &run]);
    // Then what lies there is asked about, as ever.
    project.until(&run, |_| {
        let why = project.run(&["why", &run]).out;
        why.contains("place_differs")
    });
    assert!(!project.outside("ran").exists());
}

fn file_exists(view: &RunView, name: &str) -> bool {
    view.dirs.path().join(name).exists()
}

#[test]
fn orders_and_ignored_files_are_told_and_left() {
    let script = "echo dark >> page.txt; echo A=2 > .env; echo pass >> harness/roles/build.md; echo note >> harness/tasks/T001-dark-mode.md";
    let project = project(script);
    project.put(".git/info/exclude", ".env\n");
    project.put(".env", "A=1\n");
    project.expect(3, &["run", "T001"]);
    let exit = file_of(&last(&project), "build", 1, "exit.json");
    for what in [".env", "harness/roles/build.md", "by whom"] {
        assert!(exit.contains(what), "{what}: {exit}");
    }
    assert_eq!(project.read(".env"), "A=2\n");
    assert!(project.read("harness/roles/build.md").ends_with("pass\n"));
}

#[test]
fn a_repository_made_in_the_checkout_is_told_and_left_and_older_ones_are_nobodys_business() {
    let project = project("echo dark >> page.txt; test -e made || git init -q made");
    let old = project.home().join("old");
    std::fs::create_dir(&old).unwrap();
    crate::support::drive::git_in(&old, &["init", "-q"]);
    put(&old.join("x"), "x\n");
    crate::support::drive::git_in(&old, &["add", "x"]);
    crate::support::drive::git_in(
        &old,
        &[
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@b",
            "commit",
            "-qm",
            "x",
        ],
    );
    let ran = project.expect(3, &["run", "T001", "--allow-dirty"]);
    assert!(
        ran.out.contains("made") && !ran.out.contains("old"),
        "{}",
        ran.out
    );
    assert!(project.home().join("made/.git").exists() && old.join(".git").exists());
}
