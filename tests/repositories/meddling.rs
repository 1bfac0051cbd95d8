//! Agents that use git although it is not theirs to use.

use super::BUILD;
use crate::support::drive::{fifo, git_in, last, on_branch, outcomes, report, subjects};
use crate::support::project::{Project, until_there};
use harness_tui::terms::Outcome;

fn project(script: &str) -> Project {
    Project::new()
        .agent("build", &format!("cat >/dev/null\n{script}"))
        .flow(BUILD)
}

#[test]
fn its_own_commits_are_folded_and_their_messages_kept() {
    let project = project(
        "echo one >> page.txt; git commit -qam 'first of mine'
         echo two > new.txt; git add -A; git commit -qm 'second of mine'
         echo three >> new.txt",
    );
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(subjects(&view), ["T001 Build: Dark mode"]);
    assert_eq!(on_branch(&view, "page.txt").unwrap(), "light\none\n");
    assert_eq!(on_branch(&view, "new.txt").unwrap(), "two\nthree\n");
    let report = report(&view);
    assert!(report.contains("first of mine"), "{report}");
    assert!(report.contains("second of mine"), "{report}");
    let trailers = project.git(&["log", "-1", "--format=%(trailers)", &view.order.branch]);
    for name in ["Harness-Run:", "Harness-Stage: build", "Harness-Attempt:"] {
        assert!(trailers.contains(name), "{trailers}");
    }
}

#[test]
fn what_it_does_on_a_detached_head_is_folded_too() {
    let project = project("git checkout -q --detach; echo x >> page.txt; git commit -qam away");
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(subjects(&view), ["T001 Build: Dark mode"]);
    assert_eq!(on_branch(&view, "page.txt").unwrap(), "light\nx\n");
    let head = git_in(&view.order.tree, &["symbolic-ref", "HEAD"]);
    assert_eq!(head, view.order.branch_ref());
    assert_eq!(git_in(&view.order.tree, &["status", "--porcelain"]), "");
}

#[test]
fn another_branch_is_tampering_and_the_tree_is_put_back_on_the_runs() {
    let project = project("git checkout -q -b mine; echo x >> page.txt; git commit -qam away");
    let ran = project.expect(3, &["run", "T001"]);
    assert!(ran.out.contains("refs/heads/mine"), "{}", ran.out);
    let view = last(&project);
    assert_eq!(outcomes(&view, "build"), [Outcome::Tampering]);
    let head = git_in(&view.order.tree, &["symbolic-ref", "HEAD"]);
    assert_eq!(head, view.order.branch_ref());
    assert!(subjects(&view).is_empty());
}

#[test]
fn a_stash_is_tampering_and_named() {
    let project = project("echo x >> page.txt; git stash -q");
    let ran = project.expect(3, &["run", "T001"]);
    assert!(ran.out.contains("refs/stash"), "{}", ran.out);
    assert_eq!(outcomes(&last(&project), "build"), [Outcome::Tampering]);
}

#[test]
fn configuration_and_hooks_are_put_back_and_the_run_is_blocked() {
    let project = project(
        "echo x >> page.txt
         git config core.pager 'touch /tmp/never'
         hooks=$(git rev-parse --git-common-dir)/hooks
         mkdir -p $hooks; echo 'exit 1' > $hooks/post-commit; chmod +x $hooks/post-commit",
    );
    let config = project.read(".git/config");
    let ran = project.expect(3, &["run", "T001"]);
    assert_eq!(project.read(".git/config"), config);
    assert!(!project.home().join(".git/hooks/post-commit").exists());
    assert!(ran.out.contains("hooks/post-commit"), "{}", ran.out);
    let view = last(&project);
    assert_eq!(outcomes(&view, "build"), [Outcome::Tampering]);
    assert!(subjects(&view).is_empty());
    // What it did in its tree is kept, on a ref of the run's.
    let kept = project.git(&["for-each-ref", "--format=%(refname)", "refs/harness"]);
    let shown = project.git(&["show", &format!("{kept}:page.txt")]);
    assert_eq!(shown, "light\nx");
}

#[test]
fn what_it_hides_from_its_own_index_is_seen_all_the_same() {
    let project = project(
        "git update-index --assume-unchanged page.txt; echo x >> page.txt
         git update-index --skip-worktree harness/backlog.md; echo x >> harness/backlog.md",
    );
    let ran = project.expect(3, &["run", "T001"]);
    assert!(
        ran.out.contains("taken back: harness/backlog.md"),
        "{}",
        ran.out
    );
    let view = last(&project);
    assert_eq!(
        outcomes(&view, "build"),
        [Outcome::Overreach, Outcome::Overreach]
    );
}

#[test]
fn a_change_hidden_from_its_own_index_is_handed_on() {
    let project = project("git update-index --assume-unchanged page.txt; echo x >> page.txt");
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(on_branch(&view, "page.txt").unwrap(), "light\nx\n");
}

/// What an agent does while another one, the person, does these things in the checkout.
fn meanwhile(agent: &str, person: impl Fn(&Project)) -> (Project, String) {
    let project = Project::new();
    let (ready, go) = (project.outside("ready"), project.outside("go"));
    fifo(&go);
    let script = format!(
        "cat >/dev/null; echo x >> page.txt\n{agent}\ntouch '{}'; read line < '{}'",
        ready.display(),
        go.display()
    );
    project.put("other.txt", "other\n");
    let project = project.agent("build", &script).flow(BUILD);
    project.git(&["branch", "old"]);
    let run = project.detach();
    until_there(&ready);
    person(&project);
    std::fs::write(&go, "go\n").unwrap();
    project.until(&run, |v| v.run.state().is_terminal() || !v.supervised);
    (project, run)
}

#[test]
fn a_day_of_work_beside_a_run_is_nobodys_tampering() {
    let looks =
        "git status -s; git branch -a; git stash list; git log -1 main; git commit -qam mine";
    let (project, run) = meanwhile(looks, |project| {
        project.put("other.txt", "mine\n");
        project.git(&["commit", "-qam", "mine"]);
        project.git(&["branch", "-q", "-d", "old"]);
        project.git(&["tag", "v1"]);
        project.put("other.txt", "later\n");
        project.git(&["stash", "-q"]);
        project.git(&["switch", "-q", "-c", "next"]);
    });
    let view = project.until(&run, |v| !v.supervised);
    assert_eq!(outcomes(&view, "build"), [Outcome::Passed]);
    assert_eq!(on_branch(&view, "page.txt").unwrap(), "light\nx\n");
    let result = crate::support::drive::stage(&view, "build").last_result();
    let notes = result.unwrap().notes.join("\n");
    for told in ["main", "next", "old", "refs/stash", "refs/tags/v1"] {
        assert!(notes.contains(told), "{told}: {notes}");
    }
}

#[test]
fn refs_that_the_agent_moves_are_found_beside_those_of_the_person() {
    let outside = "$(dirname \"$(git rev-parse --git-common-dir)\")";
    for (deed, told) in [
        ("git branch -q -D old", "refs/heads/old"),
        (
            "git update-ref refs/heads/old \"$(git commit-tree -m x HEAD^{tree})\"",
            "refs/heads/old",
        ),
        (
            &format!("git -C {outside} commit -q --allow-empty -m x"),
            "refs/heads/main",
        ),
        (
            "git commit-tree -m x HEAD^{tree} > $(git rev-parse --git-common-dir)/refs/heads/old",
            "refs/heads/old",
        ),
        (
            "rm $(git rev-parse --git-common-dir)/refs/heads/old",
            "refs/heads/old",
        ),
    ] {
        let (project, run) = meanwhile(deed, |project| {
            project.git(&["tag", "v1"]);
        });
        let view = project.until(&run, |v| !v.supervised);
        assert_eq!(outcomes(&view, "build"), [Outcome::Tampering], "{deed}");
        let result = crate::support::drive::stage(&view, "build").last_result();
        let findings = format!("{:?}", result.unwrap().findings);
        assert!(findings.contains(told), "{deed}: {findings}");
        assert!(!findings.contains("refs/tags/v1"), "{deed}: {findings}");
    }
}
