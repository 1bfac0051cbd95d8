//! What a person has not committed.

use super::{Untouched, project};
use crate::support::drive::last;
use harness_tui::terms::RunState;

#[test]
fn dirty_paths_that_the_run_may_write_are_refused_by_name() {
    let project = project("echo dark >> page.txt");
    project.put("page.txt", "mine\n");
    project.put("new.txt", "mine too\n");
    project.put(
        "harness/backlog.md",
        &(project.read("harness/backlog.md") + "\n"),
    );
    let before = Untouched::of(&project);
    for args in [&["run", "T001"][..], &["run", "T001", "--dry-run"]] {
        let refused = project.expect(2, args);
        assert!(refused.err.contains("page.txt"), "{}", refused.err);
        assert!(refused.err.contains("new.txt"), "{}", refused.err);
        assert!(!refused.err.contains("backlog.md"), "{}", refused.err);
        assert!(refused.err.contains("--allow-dirty"), "{}", refused.err);
    }
    assert!(project.runs().is_empty());
    assert_eq!(Untouched::of(&project), before);
    assert_eq!(project.read("page.txt"), "mine\n");
}

#[test]
fn with_leave_they_are_part_of_the_first_checkpoint_and_of_no_result() {
    let project = project("echo dark >> page.txt; echo x > made.txt");
    project.put("page.txt", "mine\n");
    project.put("new.txt", "mine too\n");
    project.git(&["add", "new.txt"]);
    let before = Untouched::of(&project);
    let sheet = project.expect(0, &["run", "T001", "--allow-dirty", "--dry-run"]);
    assert!(
        sheet.out.contains("included, as they lie there: 2"),
        "{}",
        sheet.out
    );
    assert!(sheet.out.contains("in place"), "{}", sheet.out);
    project.expect(0, &["run", "T001", "--allow-dirty"]);
    let view = last(&project);
    assert_eq!(view.run.state(), RunState::Completed);
    assert_eq!(Untouched::of(&project), before);
    assert_eq!(project.read("page.txt"), "mine\ndark\n");
    let found = &view.order.in_place.as_ref().unwrap().found;
    assert_eq!(*found, ["new.txt", "page.txt"]);
    let would = project.expect(0, &["land", view.order.run.as_str(), "--dry-run", "--json"]);
    assert!(
        would.out.contains(r#""files":["made.txt","page.txt"]"#),
        "{}",
        would.out
    );
}
