//! From `init --private` to a landed run and a push.

use crate::support::drive::{last, prompt};
use crate::support::project::Project;
use crate::{NOTE, PLACE, files, nothing_shows, of_a_team, read, with};

/// Adds a line to the page, and writes down what git says of the checkout meanwhile.
fn works(project: &Project) -> String {
    let home = project.home();
    let seen = project.outside("seen");
    format!(
        "git -C {} status --porcelain --ignored >{}\necho dark >>page.txt\n",
        home.display(),
        seen.display()
    )
}

#[test]
fn a_run_is_made_and_landed_and_only_its_code_is_ever_seen() {
    let project = with("sh ../../../build-more.sh");
    crate::put(&project.outside("build-more.sh"), &works(&project));
    let first = project.git(&["rev-parse", "HEAD"]);
    nothing_shows(&project);
    let told = project.expect(0, &["check"]).out;
    assert!(told.contains("harness/ is private here"), "{told}");
    assert!(told.contains(PLACE), "{told}");
    let told = project.expect(0, &["run", "T001", "--dry-run"]).out;
    assert!(told.contains("none: the harness is private"), "{told}");

    project.expect(6, &["run", "T001"]);
    nothing_shows(&project);
    assert_eq!(
        std::fs::read_to_string(project.outside("seen")).unwrap(),
        ""
    );
    let view = last(&project);
    let run = view.order.run.to_string();
    let told = prompt(&view, "build", 1);
    assert!(told.contains("Only for me.") && told.contains("Say it plainly."));
    assert!(read(&project, "backlog.md").contains("**Status:** In Progress"));
    let state = format!("runs/active/{run}/run-state.md");
    assert!(read(&project, &state).contains("Awaiting Approval"));
    let told = project.expect(0, &["status"]).out;
    assert!(told.contains(&run), "{told}");
    let told = project.expect(0, &["why", &run]).out;
    assert!(told.contains("approve"), "{told}");

    project.expect(0, &["approve", &run]);
    project.until(&run, |v| {
        v.run.state() == harness_tui::terms::RunState::Completed
    });
    let refused = project.expect(2, &["land", &run, "--merge"]);
    assert!(refused.err.contains("without --merge"), "{}", refused.err);
    project.expect(0, &["land", &run, "--dry-run"]);
    nothing_shows(&project);
    let told = project.expect(0, &["land", &run]).out;
    assert!(told.contains(PLACE), "{told}");
    nothing_shows(&project);
    assert!(!view.order.tree.exists());

    assert_eq!(project.read("page.txt"), "light\ndark\n");
    assert_eq!(project.git(&["rev-parse", "HEAD~1"]), first);
    assert_eq!(
        project.git(&["ls-tree", "-r", "--name-only", "HEAD"]),
        "page.txt"
    );
    assert_eq!(project.git(&["log", "-1", "--format=%B"]), "Dark mode");
    assert!(read(&project, "backlog.md").contains("**Status:** Done"));
    assert!(read(&project, "tasks/T001-dark-mode.md").contains("Status: Done"));
    assert_eq!(read(&project, "artifacts/notes/T001-note.md").trim(), NOTE);
    let report = read(&project, &format!("runs/{run}.md"));
    assert!(report.contains("on main as"), "{report}");
    assert!(report.contains("## Final Run State"), "{report}");
    assert!(!project.home().join(PLACE).join(&state).exists());

    let kept = files(&project.home().join(PLACE));
    project.git(&["clean", "-fdxq"]);
    project.git(&["gc", "-q", "--prune=now"]);
    assert_eq!(files(&project.home().join(PLACE)), kept);
    let told = project.expect(0, &["status", &run]).out;
    assert!(told.contains("landed"), "{told}");

    // What earlier runs made is there for the next one.
    let dry = ["run", "T001", "--new", "--step", "build", "--dry-run"];
    let told = project.expect(0, &dry).out;
    assert!(told.contains("Only for me."), "{told}");
    project.expect(6, &["run", "T001", "--new", "--step", "build"]);
    assert!(prompt(&last(&project), "build", 1).contains("Only for me."));
    project.expect(0, &["cancel", last(&project).order.run.as_str()]);
    project.until(
        last(&project).order.run.as_str(),
        harness_tui::records::runs::RunView::is_over,
    );
    project.expect(0, &["clean", "--apply"]);
    let refs = project.git(&["for-each-ref", &format!("refs/harness/{run}")]);
    assert_eq!(refs, "");
    assert_eq!(read(&project, "artifacts/notes/T001-note.md").trim(), NOTE);
    nothing_shows(&project);
}

#[test]
fn a_push_takes_the_code_along_and_nothing_else() {
    let project = with("echo dark >>page.txt");
    let origin = project.outside("origin.git");
    let origin = origin.to_str().unwrap();
    project.git(&["init", "-q", "--bare", origin]);
    project.expect(6, &["run", "T001"]);
    // While it waits, too.
    project.git(&["push", "-q", "--all", origin]);
    let run = last(&project).order.run.to_string();
    project.expect(0, &["approve", &run]);
    project.until(&run, |v| {
        v.run.state() == harness_tui::terms::RunState::Completed
    });
    project.expect(0, &["land", &run]);
    project.git(&["push", "-q", "--all", "--follow-tags", origin]);
    let refs = ["--git-dir", origin, "for-each-ref", "--format=%(refname)"];
    assert_eq!(project.git(&refs), "refs/heads/main");
    let objects = ["--git-dir", origin, "rev-list", "--objects", "--all"];
    let objects = project.git(&objects);
    let named = objects.lines().filter_map(|l| l.split_once(' '));
    let named: Vec<&str> = named
        .map(|(_, name)| name)
        .filter(|n| !n.is_empty())
        .collect();
    assert!(named.iter().all(|n| *n == "page.txt"), "{named:?}");
    let all = ["--git-dir", origin, "cat-file", "--batch-all-objects"];
    let all = project.git(&[&all[..], &["--batch-check"]].concat());
    // Two commits, two trees, two pages.
    assert_eq!(all.lines().count(), 6, "{all}");
    let said = ["--git-dir", origin, "log", "--all", "--format=%B"];
    assert!(!project.git(&said).contains("Harness-"));
}

#[test]
fn uncommitted_work_is_taken_along_and_the_checkout_stays_as_it_was() {
    let project = with("cat mine.txt >>page.txt");
    project.put("mine.txt", "mine\n");
    project.expect(6, &["run", "T001", "--with-changes"]);
    assert_eq!(project.git(&["status", "--porcelain"]), "?? mine.txt");
    let run = last(&project).order.run.to_string();
    project.expect(0, &["approve", &run]);
    project.until(&run, |v| {
        v.run.state() == harness_tui::terms::RunState::Completed
    });
    project.expect(0, &["land", &run]);
    nothing_shows(&project);
    let names = project.git(&["ls-tree", "-r", "--name-only", "HEAD"]);
    assert_eq!(names, "mine.txt\npage.txt");
}

#[test]
fn a_run_that_changed_no_code_lands_without_a_commit() {
    let project = with("true");
    let flow = project.home().join(PLACE).join("workflows/flow.yaml");
    let text = std::fs::read_to_string(&flow).unwrap();
    let build = text.find("  - { id: build").unwrap();
    crate::put(&flow, &text[..build]);
    project.expect(0, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    let first = project.git(&["rev-parse", "HEAD"]);
    let told = project.expect(0, &["land", &run]).out;
    assert!(told.contains("changed no code"), "{told}");
    assert_eq!(project.git(&["rev-parse", "HEAD"]), first);
    assert_eq!(read(&project, "artifacts/notes/T001-note.md").trim(), NOTE);
    nothing_shows(&project);
}

#[test]
fn what_it_would_show_in_the_checkout_is_refused() {
    let project = with("true");
    let settings = project.home().join(PLACE).join("harness.yaml");
    let text = std::fs::read_to_string(&settings).unwrap();
    crate::put(&settings, &format!("{text}isolation: in-place\n"));
    let refused = project.expect(2, &["run", "T001"]);
    let said = format!("{}{}", refused.out, refused.err);
    assert!(
        said.contains("a private harness keeps nothing in the checkout"),
        "{said}"
    );
    nothing_shows(&project);

    let served = Project::new()
        .agent("build", "true")
        .flow("  - { id: build, name: Build, role: build }\n");
    let refused = served.expect(2, &["init", "--private"]);
    assert!(
        refused.err.contains("harness is there already"),
        "{}",
        refused.err
    );
    assert!(!served.home().join(PLACE).exists());
}

#[test]
fn what_was_written_is_trusted_and_init_does_nothing_twice() {
    let project = of_a_team();
    let told = project.expect(0, &["init", "--private"]).out;
    assert!(told.contains(PLACE), "{told}");
    nothing_shows(&project);
    let kept = files(&project.home().join(PLACE));
    for again in [&["init", "--private"][..], &["init"]] {
        let told = project.expect(0, again).out;
        assert!(told.contains("Nothing to do"), "{told}");
    }
    assert_eq!(files(&project.home().join(PLACE)), kept);
    assert!(!kept.contains_key(std::path::Path::new(".gitignore")));
}

#[test]
fn what_is_sent_back_is_done_again_and_nothing_of_it_is_lost() {
    let project = with("echo dark >>page.txt");
    project.expect(6, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    let told = ["reject", &run, "--reason", "Darker."];
    project.expect(0, &told);
    project.until(&run, |v| {
        v.run.state() == harness_tui::terms::RunState::AwaitingApproval
            && v.run.stages[1].attempts.len() == 2
    });
    assert!(prompt(&last(&project), "build", 2).contains("Darker."));
    // What a person leaves in the run's tree is theirs, and told of before it is left out.
    let mine = last(&project).order.tree.join("mine.txt");
    crate::put(&mine, "mine\n");
    let refused = project.expect(2, &["approve", &run]);
    assert!(refused.err.contains("mine.txt"), "{}", refused.err);
    std::fs::remove_file(&mine).unwrap();
    project.expect(0, &["approve", &run]);
    project.until(&run, |v| {
        v.run.state() == harness_tui::terms::RunState::Completed
    });
    project.expect(0, &["land", &run]);
    assert_eq!(project.read("page.txt"), "light\ndark\ndark\n");
    assert_eq!(project.git(&["rev-list", "--count", "HEAD"]), "2");
    nothing_shows(&project);
}

#[test]
fn what_its_person_wrote_meanwhile_is_never_overwritten() {
    let project = with("echo dark >>page.txt");
    // What a run can't take along is told before it starts.
    let linked = project.home().join(PLACE).join("linked.md");
    std::os::unix::fs::symlink("backlog.md", &linked).unwrap();
    let told = project.expect(0, &["run", "T001", "--dry-run"]).out;
    assert!(told.contains("harness/linked.md"), "{told}");
    let told = project.expect(6, &["run", "T001"]).out;
    assert!(told.contains("left out") && told.contains("harness/linked.md"));
    std::fs::remove_file(&linked).unwrap();
    let run = last(&project).order.run.to_string();
    let note = "artifacts/notes/T001-note.md";
    let place = project.home().join(PLACE).join(note);
    crate::put(&place, "Mine.\n");
    project.expect(0, &["approve", &run]);
    project.until(&run, |v| {
        v.run.state() == harness_tui::terms::RunState::Completed
    });
    for land in [&["land", &run, "--dry-run"][..], &["land", &run]] {
        let refused = project.expect(3, land);
        assert!(refused.err.contains("changes of yours"), "{}", refused.err);
        assert!(refused.err.contains(note), "{}", refused.err);
        assert_eq!(read(&project, note), "Mine.\n");
        assert_eq!(project.read("page.txt"), "light\n");
    }
    // So is a report by that name.
    std::fs::remove_file(&place).unwrap();
    let report = project.home().join(PLACE).join(format!("runs/{run}.md"));
    crate::put(&report, "Mine.\n");
    let refused = project.expect(3, &["land", &run]);
    assert!(refused.err.contains(&format!("runs/{run}.md")));
    assert_eq!(std::fs::read_to_string(&report).unwrap(), "Mine.\n");
    std::fs::remove_file(&report).unwrap();
    project.expect(0, &["land", &run]);
    assert_eq!(read(&project, note).trim(), NOTE);
    nothing_shows(&project);
}
