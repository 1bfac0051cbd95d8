//! From an order to a landing.

use super::{BUILD, Untouched};
use crate::support::drive::last;
use crate::support::project::{Project, WORKS};
use harness_tui::terms::RunState;

#[test]
fn a_run_in_place_leaves_its_work_uncommitted_and_index_head_and_branch_as_they_were() {
    let project = Project::new()
        .agent("build", WORKS)
        .settings("isolation: in-place\n")
        .flow(BUILD);
    let before = Untouched::of(&project);
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(view.run.state(), RunState::Completed);
    assert_eq!(Untouched::of(&project), before);
    assert_eq!(project.read("page.txt"), "light\ndark\n");
    assert_eq!(view.order.tree, project.home());
    let head = format!("{}:page.txt", view.order.branch);
    assert_eq!(project.git(&["show", &head]), "light\ndark");
}
