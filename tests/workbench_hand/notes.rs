//! Words for the next attempt of a stage.

use crate::support::drive::{last, prompt, report};
use crate::support::project::Project;

#[test]
fn a_note_reaches_exactly_the_next_attempt() {
    let script = "cat >/dev/null; echo dark >> page.txt";
    let stages = "  - { id: build, name: Build, role: build }\n  - { id: ask, name: Ask, depends_on: [build], gate: { before: \"true\", on_reject: { rerun: build, max: 5 } } }\n";
    let project = Project::new().agent("build", script).flow(stages);
    project.expect(6, &["run", "T001"]);
    let run = last(&project).order.run.to_string();
    project.expect(0, &["note", &run, "mind the moon"]);
    project.expect(0, &["note", &run, "build", "not this"]);
    project.expect(0, &["note", &run, "--remove", "n2"]);
    let refused = project.expect(2, &["note", &run, "ask", "no agent"]);
    assert!(refused.err.contains("has no agent"), "{}", refused.err);
    let listed = project.expect(0, &["note", &run]);
    assert!(
        listed.out.contains("N1") && listed.out.contains("waits"),
        "{}",
        listed.out
    );
    assert!(!listed.out.contains("not this"), "{}", listed.out);
    for _ in 0..2 {
        project.expect(6, &["reject", &run, "--reason", "again", "--follow"]);
    }
    let view = last(&project);
    let told: Vec<bool> = (1..=3)
        .map(|n| prompt(&view, "build", n).contains("a note from Ada: mind the moon"))
        .collect();
    assert_eq!(told, [false, true, false]);
    assert!(!prompt(&view, "build", 2).contains("not this"));
    let listed = project.expect(0, &["note", &run]);
    assert!(
        listed.out.contains(&format!("told to {run}-BUILD-2")),
        "{}",
        listed.out
    );
    let refused = project.expect(2, &["note", &run, "--remove", "N1"]);
    assert!(refused.err.contains("was given to"), "{}", refused.err);
    // What lands says that it was given and to whom; the words were for the agent alone.
    let report = report(&view);
    let digest = harness_tui::terms::Digest::of("mind the moon");
    let given = format!(
        "noted N1 for build (blake3 {}), told to {run}-BUILD-2",
        digest.short()
    );
    assert!(report.contains(&given), "{report}");
    assert!(report.contains("noted N2 for build (blake3 "), "{report}");
    assert!(report.contains("), taken back"), "{report}");
    for text in ["mind the moon", "not this"] {
        assert!(!report.contains(text), "{report}");
    }
}
