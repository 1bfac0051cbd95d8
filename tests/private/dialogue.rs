//! A task that is talked over: its file, its item and its dialogue are where the harness is.

use crate::support::project::put;
use crate::support::talking::sample_author;
use crate::{PLACE, nothing_shows, of_a_team, read};

#[test]
fn a_task_is_made_by_a_dialogue_and_nothing_of_it_shows() {
    let project = of_a_team();
    project.expect(0, &["init", "--private"]);
    let place = project.home().join(PLACE);
    let item = "\n### B010 — Homepage v1\n\n**Status:** Planned\n**Summary:** The newest posts.\n";
    let backlog = read(&project, "backlog.md") + item;
    put(&place.join("backlog.md"), &backlog);
    let author = format!("agents:\n{}", sample_author());
    put(&place.join("harness.local.yaml"), &author);
    project.expect(0, &["task", "new", "B010", "--defaults"]);
    let task = read(&project, "tasks/T001-homepage-v1.md");
    assert!(task.contains("Status: Ready"), "{task}");
    assert!(read(&project, "backlog.md").contains("**Task:** T001"));
    nothing_shows(&project);
    let told = project.expect(0, &["status"]).out;
    assert!(told.contains("T001"), "{told}");
}
