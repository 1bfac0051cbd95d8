//! A fresh tree must build: what git does not know is copied, linked and made.

use super::BUILD;
use crate::support::drive::{last, lines_of, on_branch, outcomes, report};
use crate::support::project::{Project, WORKS};
use harness_tui::terms::Outcome;

const STAGES: &str = "  - id: build
    name: Build
    role: build
    checks: [{ run: \"test -f deps/installed && grep -q KEY .env && test -e big/data\" }]
  - { id: bump, name: Bump, role: bump, depends_on: [build] }
  - { id: use, name: Use, role: use, depends_on: [bump] }
";

#[test]
fn the_runs_tree_and_the_check_tree_build_and_set_up_is_done_once_for_each_lock_file() {
    let project = Project::new();
    let count = project.outside("count");
    let needs = "cat >/dev/null; cmp package-lock.json deps/installed && grep -q KEY .env && test -e big/data || exit 1;";
    let settings = format!(
        "tree: {{ setup: [\"mkdir -p deps && cp package-lock.json deps/installed && echo once >> '{}'\"], copy: [\".env*\"], link: [big] }}\n",
        count.display()
    );
    project.put(".gitignore", "deps/\n.env*\nbig/\n");
    project.put(".env", "KEY=1\n");
    project.put("big/data", "much\n");
    project.put("package-lock.json", "{}\n");
    let project = project
        .agent("build", &format!("{needs} echo dark >> page.txt"))
        .agent("bump", &format!("{needs} echo '{{1}}' > package-lock.json"))
        .agent("use", &format!("{needs} echo used >> page.txt"))
        .settings(&settings)
        .flow(STAGES);
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    // The run's tree and the check tree; then, after the lock file changed, the run's tree again.
    assert_eq!(lines_of(&count), 3, "{}", report(&view));
    for placed in ["deps/installed", ".env", "big", "big/data"] {
        assert_eq!(on_branch(&view, placed), None, "{placed} was handed on");
    }
    assert_eq!(on_branch(&view, "page.txt").unwrap(), "light\ndark\nused\n");
}

#[test]
fn a_failing_set_up_blocks_and_starts_no_agent() {
    let project = Project::new();
    let started = project.outside("started");
    let script = format!("touch '{}'; {WORKS}", started.display());
    let project = project
        .agent("build", &script)
        .settings("tree: { setup: [\"echo the registry is down >&2; exit 9\"] }\n")
        .flow(BUILD);
    let ran = project.expect(3, &["run", "T001"]);
    assert!(ran.out.contains("the registry is down"), "{}", ran.out);
    assert!(!started.exists(), "an agent was started");
    assert_eq!(outcomes(&last(&project), "build"), [Outcome::SetupFailed]);
}

#[test]
fn worktreeinclude_names_what_to_copy_too() {
    let project = Project::new();
    project.put(".gitignore", "local.conf\n");
    project.put("local.conf", "here\n");
    project.put(".worktreeinclude", "# what a tree needs\nlocal.conf\n");
    let project = project
        .agent("build", "cat >/dev/null; cat local.conf >> page.txt")
        .flow(BUILD);
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    assert_eq!(on_branch(&view, "page.txt").unwrap(), "light\nhere\n");
    assert_eq!(on_branch(&view, "local.conf"), None);
}
