//! Comments of a review, answered by the real program.

use super::recorded::prompt_of;
use super::scene::Scene;
use super::stages::BUILD;
use super::support::model::{Script, Step, TREE};
use harness_tui::records::review::{Outcome, Standing};
use harness_tui::terms::RunState;

const NOTES: &str = "harness/artifacts/T001-notes.md";
const REPLIES: &str = "I went through them.\n\n## Review Comments\n\n- C1 fixed — in the notes, both ways now\n- C2 declined — the number is what the task asks for\n";

fn write(path: &str, text: &str) -> Step {
    Step::default().write(format!("{TREE}/{path}"), text)
}

fn notes(how: &str) -> Step {
    write(
        NOTES,
        &format!("# Notes\n\n## How\n\nThe switch is {how}.\n"),
    )
}

#[test]
fn each_comment_is_answered_and_the_next_gate_says_how() {
    let first = [
        notes("one way"),
        write("src/dark.js", "let dark = 1\n"),
        write("src/old.js", "first old line\nsecond old line\n"),
        Step::say("Built."),
    ];
    let second = [
        notes("both ways"),
        Step::default().bash("rm src/old.js && echo '// kept' >> src/dark.js"),
        Step::say(REPLIES),
    ];
    let script = Script::default()
        .rule(&prompt_of("BUILD-2"), second)
        .rule(&prompt_of("BUILD"), first);
    let stages =
        format!("{BUILD}    produces: {{ notes: \"{NOTES}\" }}\n    gate: {{ after: \"true\" }}\n");
    let Some(scene) = Scene::small(script, &stages) else {
        return;
    };
    scene.expect(6, &["run", "T001"]);
    let run = scene.view().order.run.to_string();
    for (place, text) in [
        (format!("{NOTES}:5"), "both ways, please"),
        ("src/dark.js:1".to_owned(), "a name for that number"),
        ("src/old.js:1-2".to_owned(), "is that still needed?"),
    ] {
        scene.expect(0, &["comment", &run, &place, text]);
    }
    let sent = scene.expect(6, &["reject", &run, "--follow"]);
    assert!(sent.out.contains("with 3 comments"), "{}", sent.out);
    let view = scene.view();
    assert_eq!(view.state(), RunState::AwaitingApproval);
    let all = view.comments();
    let outcomes: Vec<&Outcome> = all.iter().map(|c: &Standing| &c.outcome).collect();
    let [fixed, declined, gone] = outcomes.as_slice() else {
        panic!("{outcomes:?}");
    };
    assert!(
        matches!(fixed, Outcome::Fixed { unchanged: false, said } if said.contains("both ways")),
        "{fixed:?}"
    );
    assert!(matches!(declined, Outcome::Declined { reason } if reason.contains("the task")));
    assert!(matches!(gone, Outcome::OutOfDate { .. }), "{gone:?}");
    let prompt = scene.attempt_file("build.2.1", "prompt.md");
    assert!(prompt.contains("### C3: src/old.js:1-2"), "{prompt}");
    for part in [
        "C1  ✓ fixed",
        "C2  – declined",
        "C3  ○ out of date",
        "files changed",
    ] {
        assert!(sent.out.contains(part), "{part}\n{}", sent.out);
    }
}
