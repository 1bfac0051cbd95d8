use super::*;
use crate::engine::Run;
use crate::engine::testkit::feature;
use crate::git::testing::{commit_all, put, repository};
use crate::store::journal::Cursor;
use crate::store::layout::EngineDir;
use crate::supervisor::order::testing::order;

/// A run on a branch of its own that writes these files.
fn run_of(git: &Git, id: &str, base: &Oid, files: &[(&str, &str)]) -> RunView {
    let branch = format!("harness/{}", id.to_lowercase());
    git.call(["checkout", "-q", "-b", &branch, base.as_str()])
        .run()
        .unwrap();
    for (path, text) in files {
        put(git.dir(), path, text);
    }
    let head = commit_all(git, id);
    git.call(["checkout", "-q", "main"]).run().unwrap();
    let mut order = order(git.dir());
    order.run = RunId::new(id).unwrap();
    order.branch = branch;
    order.base = base.clone();
    order.base_branch = Some("main".to_owned());
    let mut run = Run::new(feature());
    run.base = Some(base.clone());
    run.head = Some(head);
    run.prepared = true;
    let engine = EngineDir::at(git.dir().join(".git/harness"));
    RunView::of_parts(
        order.clone(),
        run,
        engine.run(&order.run),
        Cursor::default(),
    )
}

#[test]
fn runs_that_share_a_path_are_told_and_whether_they_can_be_joined() {
    let (_dir, git) = repository();
    put(git.dir(), "a.txt", "1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    put(git.dir(), "b.txt", "b\n");
    let base = commit_all(&git, "base");
    let text = |first: &str, last: &str| format!("{first}\n2\n3\n4\n5\n6\n7\n8\n{last}\n");
    let one = run_of(
        &git,
        "RUN-2026-04-02-T014",
        &base,
        &[("a.txt", &text("x", "9")), ("n1", "1")],
    );
    let two = run_of(
        &git,
        "RUN-2026-04-02-T015",
        &base,
        &[("a.txt", &text("y", "9"))],
    );
    let three = run_of(
        &git,
        "RUN-2026-04-02-T016",
        &base,
        &[("a.txt", &text("1", "z"))],
    );
    let alone = run_of(&git, "RUN-2026-04-02-T017", &base, &[("b.txt", "other\n")]);
    let keep = tempfile::tempdir().unwrap();
    let engine = git.dir().join(".git/harness");
    let views = [&one, &two, &three, &alone];
    let look = || Looks::new(&engine, Some(keep.path())).at(views);
    let found = look();
    let of_one = &found[&one.order.run];
    let told: Vec<(String, bool)> = { of_one.overlaps.iter() }
        .map(|o| (o.paths.join(" "), o.is_in_conflict()))
        .collect();
    assert_eq!(
        told,
        [("a.txt".to_owned(), true), ("a.txt".to_owned(), false)]
    );
    let said = of_one.lines();
    assert!(
        said[0].starts_with("also changed by RUN-2026-04-02-T015")
            && said[0].ends_with("a.txt; the two conflict in a.txt"),
        "{said:?}"
    );
    assert!(said[1].ends_with("the two can be joined"), "{said:?}");
    assert_eq!(found[&alone.order.run], Beside::default());
    // What was said of commits is not asked again, and comes out the same.
    assert_eq!(look(), found);

    // What lies in the checkout is shared too; the base moves on under the others.
    put(git.dir(), "b.txt", "mine\n");
    let told = look()[&alone.order.run].lines();
    assert_eq!(told, ["also changed in the checkout: b.txt"]);
    git.call(["checkout", "-q", "--", "b.txt"]).run().unwrap();
    put(git.dir(), "a.txt", &text("w", "9"));
    commit_all(&git, "main moves");
    let moved = look();
    assert_eq!(
        moved[&one.order.run].moved.as_ref().unwrap().both,
        ["a.txt"]
    );
    let of_alone = moved[&alone.order.run].moved.as_ref().unwrap();
    assert!(of_alone.both.is_empty() && of_alone.commits == 1);
}

#[test]
fn what_is_named_to_be_written_is_planned_and_a_pattern_is_not() {
    let (_dir, git) = repository();
    put(git.dir(), "a.txt", "a\n");
    let base = commit_all(&git, "base");
    let one = run_of(&git, "RUN-2026-04-02-T014", &base, &[("a.txt", "x\n")]);
    let mut two = run_of(&git, "RUN-2026-04-02-T015", &base, &[("n2", "2\n")]);
    two.run.plan.stages[3].writes = vec!["**".to_owned(), "!x".to_owned(), "/a.txt".to_owned()];
    let found = Looks::default().at([&one, &two]);
    let told = found[&one.order.run].lines();
    assert_eq!(
        told,
        ["also to be written by RUN-2026-04-02-T015 (T014): a.txt"]
    );
    assert_eq!(found[&one.order.run].overlaps[0].conflicts, None);
    // One that was cancelled matters to nobody.
    two.run.cancel = Some("enough".to_owned());
    two.run.ended = true;
    let found = Looks::default().at([&one, &two]);
    assert!(found.values().all(|b| b.overlaps.is_empty()), "{found:?}");
}

#[test]
fn very_many_runs_are_compared_and_more_are_told() {
    let (_dir, git) = repository();
    put(git.dir(), "a.txt", "a\n");
    let base = commit_all(&git, "base");
    let first = run_of(&git, "RUN-2026-04-02-T001", &base, &[("a.txt", "b\n")]);
    let alike = |n: usize| {
        let mut order = first.order.clone();
        order.run = RunId::new(format!("RUN-2026-04-02-T{n:04}")).unwrap();
        let dirs = EngineDir::at(git.dir().join(".git/harness")).run(&order.run);
        RunView::of_parts(order, first.run.clone(), dirs, Cursor::default())
    };
    let many: Vec<RunView> = (2..=MOST_RUNS + 3).map(alike).collect();
    let engine = git.dir().join(".git/harness");
    let views = std::iter::once(&first).chain(&many);
    let mut found = Looks::new(&engine, None).of(views, Some(&first.order.run));
    let of_first = found.remove(&first.order.run).unwrap();
    assert_eq!(of_first.overlaps.len(), MOST_RUNS - 1);
    assert_eq!(of_first.left, 3);
    let last = of_first.lines().pop().unwrap();
    assert!(last.starts_with("not compared with 3 runs"), "{last}");
}
