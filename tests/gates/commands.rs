//! Stages that are commands, and context that comes from commands, files, the change and the log.

use crate::support::drive::{last, on_branch, outcomes, prompt, report, stage};
use crate::support::project::{Project, WORKS};
use harness_tui::terms::{Outcome, RunState};

#[test]
fn a_shell_line_gets_values_from_its_environment_and_a_list_is_filled_in() {
    let stages = "  - { id: line, name: Line, run: \"echo $HARNESS_TASK_ID $HARNESS_VAR_GOAL > line.txt\", writes: [line.txt] }
  - { id: list, name: List, depends_on: [line], run: [sh, -c, \"echo \\\"$1|$2\\\" > list.txt\", sh, \"{{ task.id }} {{ vars.goal }}\", \"{{ stage.id }}\"], writes: [list.txt] }
vars: { goal: night }
";
    let project = Project::new().flow(stages);
    project.expect(
        0,
        &["run", "T001", "--set", "goal=a; touch evil $(touch evil)"],
    );
    let view = last(&project);
    let goal = "a; touch evil $(touch evil)";
    assert_eq!(
        on_branch(&view, "line.txt").unwrap(),
        format!("T001 {goal}\n")
    );
    assert_eq!(
        on_branch(&view, "list.txt").unwrap(),
        format!("T001 {goal}|list\n")
    );
    assert!(!view.order.tree.join("evil").exists());
}

#[test]
fn a_command_that_fails_is_repaired_by_nobody() {
    let stages = "  - { id: line, name: Line, run: \"echo broken >&2; exit 4\", writes: [] }\n";
    let project = Project::new().flow(stages);
    let ran = project.expect(3, &["run", "T001"]);
    let view = last(&project);
    assert!(ran.out.contains("exited 4"), "{}", ran.out);
    assert!(
        outcomes(&view, "line")
            .iter()
            .all(|o| *o == Outcome::CheckFailed),
        "{:?}",
        outcomes(&view, "line")
    );
}

#[test]
fn a_command_may_write_no_more_than_its_stage() {
    let stages = "  - { id: line, name: Line, run: \"echo x > mine.txt; echo x > page.txt\", writes: [mine.txt] }\n";
    let project = Project::new().flow(stages);
    project.expect(3, &["run", "T001"]);
    let view = last(&project);
    let all = outcomes(&view, "line");
    assert!(all.iter().all(|o| *o == Outcome::Overreach), "{all:?}");
    let page = std::fs::read_to_string(view.order.tree.join("page.txt")).unwrap();
    assert_eq!(page, "light\n");
}

#[test]
fn a_prompt_holds_each_item_of_its_context_in_order_and_whole() {
    let project = Project::new();
    project.put("docs/one.md", "the first page\n");
    project.put("docs/deep/two.md", "the second page\n");
    project.put("docs/three.txt", "no page at all\n");
    let stages = "  - { id: build, name: Build, role: build }
  - id: look
    name: Look
    role: build
    depends_on: [build]
    context:
      - task
      - { files: \"docs/**/*.md\" }
      - { command: \"echo the task is $HARNESS_TASK_ID; pwd\" }
      - { command: [echo, \"list of {{ task.id }}\"] }
      - { diff: base }
      - { log: 3 }
";
    let project = project.agent("build", WORKS).flow(stages);
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    let told = prompt(&view, "look", 1);
    let tree = view.order.tree.display().to_string();
    let wanted = [
        "Readers want it at night.",
        "the second page",
        "the first page",
        "the task is T001",
        tree.as_str(),
        "list of T001",
        "+dark",
        "T001 Build: Dark mode",
    ];
    let at: Vec<usize> = wanted
        .iter()
        .map(|w| {
            told.rfind(w)
                .unwrap_or_else(|| panic!("no '{w}' in {told}"))
        })
        .collect();
    assert!(at.windows(2).all(|w| w[0] < w[1]), "{at:?}\n{told}");
    assert!(!told.contains("no page at all"));
    let own = prompt(&view, "build", 1);
    assert!(!own.contains("the first page"), "nothing but what it names");
}

#[test]
fn files_over_the_limit_are_left_out_whole_and_named() {
    let project = Project::new();
    let started = project.outside("started");
    let script = format!("touch '{}'; {WORKS}", started.display());
    project.put("docs/large.md", &"0123456789abcdef\n".repeat(20_000));
    project.put("docs/small.md", "it is small\n");
    let stages = "  - { id: build, name: Build, role: build, context: [{ files: 'docs/*.md' }] }\n";
    let project = project.agent("build", &script).flow(stages);
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    let told = prompt(&view, "build", 1);
    assert!(told.contains("it is small") && !told.contains("0123456789abcdef"));
    let line = "- docs/large.md (340000 bytes): cat -- docs/large.md";
    assert!(told.contains(line), "{told}");
    let report = report(&view);
    assert!(report.contains("docs/large.md (340000 bytes)"), "{report}");
}

#[test]
fn a_change_over_the_limit_is_shown_by_the_files_that_fit() {
    let build = "cat >/dev/null; echo dark >> page.txt; seq 100000 > page.lock; cp page.lock 'a b.lock'; seq 20 > new.txt";
    let stages = "  - { id: build, name: Build, role: build }\n  - { id: fix, name: Fix, role: fix, depends_on: [build], context: [{ diff: base }] }\n";
    let project = Project::new()
        .agent("build", build)
        .agent("fix", WORKS)
        .flow(stages);
    project.expect(0, &["run", "T001"]);
    let view = last(&project);
    let told = prompt(&view, "fix", 1);
    assert!(
        told.contains("+dark") && told.contains("b/new.txt"),
        "{told}"
    );
    assert!(told.len() < 20_000 && !told.contains("+++ b/page.lock"));
    let base = &view.order.base.short();
    for (path, word) in [("page.lock", "page.lock"), ("a b.lock", "'a b.lock'")] {
        let line = format!("- {path} (+100000 -0 lines): git diff {base}..HEAD -- {word}");
        assert!(told.contains(&line), "{told}");
    }
    assert!(report(&view).contains("page.lock (+100000 -0 lines)"));
}

#[test]
fn a_command_whose_output_is_over_the_limit_is_a_fault_and_never_cut() {
    let project = Project::new();
    let started = project.outside("started");
    let script = format!("touch '{}'; {WORKS}", started.display());
    let stages = "  - { id: build, name: Build, role: build, context: [{ command: yes | head -c 300000 }] }\n";
    let project = project.agent("build", &script).flow(stages);
    let ran = project.expect(3, &["run", "T001"]);
    assert!(ran.out.contains("larger than 256 KiB"), "{}", ran.out);
    assert!(!started.exists(), "an agent was started");
}

#[test]
fn a_context_command_that_fails_is_a_fault_too() {
    let stages = "  - { id: build, name: Build, role: build, context: [{ command: \"echo gone >&2; exit 3\" }] }\n";
    let project = Project::new().agent("build", WORKS).flow(stages);
    let ran = project.expect(3, &["run", "T001"]);
    assert!(ran.out.contains("exit 3"), "{}", ran.out);
    let view = last(&project);
    assert_eq!(view.run.state(), RunState::Blocked);
    assert_eq!(stage(&view, "build").commit, None);
}
