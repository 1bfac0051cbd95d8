//! Comments of a review, answered by the real program.

use super::recorded::prompt_of;
use super::scene::Scene;
use super::stages::BUILD;
use super::support::model::{Script, Step, TREE};
use super::support::terminal::Terminal;
use harness_tui::records::review::{Left, Outcome, Standing};
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

/// A change that waits at its gate, made by the real program; sent back, it is reworked by it too.
fn at_the_gate() -> Option<Scene> {
    let first = [
        notes("one way"),
        write(
            "src/dark.js",
            "// The switch.\nlet dark = 1\nexport { dark }\n",
        ),
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
    let scene = Scene::small(script, &stages)?;
    scene.expect(6, &["run", "T001"]);
    Some(scene)
}

/// The three verdicts, as they must stand.
fn has_verdicts(scene: &Scene) {
    let all = scene.view().comments();
    let outcomes: Vec<&Outcome> = all.iter().map(|c: &Standing| &c.outcome).collect();
    let [fixed, declined, gone] = outcomes.as_slice() else {
        panic!("{outcomes:?}");
    };
    assert!(
        matches!(fixed, Outcome::Fixed { said, left } if said.contains("both ways") && *left != Left::Same),
        "{fixed:?}"
    );
    assert!(matches!(declined, Outcome::Declined { reason } if reason.contains("the task")));
    assert!(matches!(gone, Outcome::OutOfDate { .. }), "{gone:?}");
}

#[test]
fn each_comment_is_answered_and_the_next_gate_says_how() {
    let Some(scene) = at_the_gate() else {
        return;
    };
    let run = scene.view().order.run.to_string();
    for (place, text) in [
        (format!("{NOTES}:5"), "both ways, please"),
        ("src/dark.js:2".to_owned(), "a name for that number"),
        ("src/old.js:1-2".to_owned(), "is that still needed?"),
    ] {
        scene.expect(0, &["comment", &run, &place, text]);
    }
    let sent = scene.expect(6, &["reject", &run, "--follow"]);
    assert!(sent.out.contains("with 3 comments"), "{}", sent.out);
    let view = scene.view();
    assert_eq!(view.state(), RunState::AwaitingApproval);
    has_verdicts(&scene);
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

/// Goes to a row of the page by words on it.
fn find(terminal: &mut Terminal, words: &str) {
    terminal.types("/");
    terminal.until("esc stop looking");
    terminal.types(words);
    terminal.until(&format!("/{words} 1 of"));
    terminal.types("\r");
    terminal.until_gone("esc stop looking");
}

/// Writes a comment on the chosen line or lines, and waits until it stands below them.
fn says(terminal: &mut Terminal, place: &str, text: &str, id: &str) {
    terminal.types("c");
    terminal.until("Comment on ");
    terminal.until(&format!("{place}:"));
    terminal.types(text);
    terminal.until(text);
    terminal.types("\r");
    terminal.until(&format!("{id} given"));
    terminal.until(&format!("┃ {id} ● open"));
}

#[test]
fn three_comments_given_on_the_screen_are_reworked_by_it_and_the_gate_shows_three_verdicts() {
    let Some(scene) = at_the_gate() else {
        return;
    };
    let mut terminal = scene.terminal(&[], (120, 35));
    terminal.until("WAITING FOR YOU 1");
    terminal.types("!");
    // One of an artifact, one of a line of the change, one of a range of it.
    terminal.until(NOTES);
    terminal.reads();
    find(&mut terminal, "T001-notes");
    terminal.types("\r");
    terminal.until("The switch is one way.");
    find(&mut terminal, "one way");
    says(&mut terminal, "T001-notes.md:5", "both ways, please", "C1");
    terminal.types("\x1b");
    terminal.until("C1  ● open");
    terminal.types("d");
    terminal.until("let dark = 1");
    find(&mut terminal, "let dark");
    says(
        &mut terminal,
        "src/dark.js:2",
        "a name for that number",
        "C2",
    );
    find(&mut terminal, "first old");
    terminal.types(" ");
    terminal.until("marked src/old.js:1");
    terminal.types("j");
    says(
        &mut terminal,
        "src/old.js:1-2",
        "is that still needed?",
        "C3",
    );
    terminal.types("b");
    terminal.until("Goes back with 3 comments.");
    terminal.types("\r");
    // Claude Code reworks it, and the gate asks anew.
    terminal.until("BUILD-2");
    terminal.until("awaiting approval");
    terminal.types("1");
    terminal.until("WAITING FOR YOU 1");
    terminal.types("!");
    terminal.until("C3  ○ out of date");
    let shown = terminal.shown();
    for part in [
        "C1  ✓ fixed",
        "in the notes, both ways now",
        "C2  – declined",
        "the number is what the",
        "its file is gone",
        "comments   none open",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
    assert_eq!(scene.view().state(), RunState::AwaitingApproval);
    has_verdicts(&scene);
    let prompt = scene.attempt_file("build.2.1", "prompt.md");
    for part in [
        format!("### C1: {NOTES}:5"),
        "### C2: src/dark.js:2".to_owned(),
        "### C3: src/old.js:1-2".to_owned(),
        "first old line\nsecond old line".to_owned(),
    ] {
        assert!(prompt.contains(&part), "{part}\n{prompt}");
    }
}
