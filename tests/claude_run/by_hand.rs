//! A person takes a stage over with the real Claude Code, in the session of its last attempt.

use super::scene::Scene;
use super::stages::BUILD;
use super::support::model::{Script, Step, TREE};
use harness_tui::terms::{Outcome, RunState};

#[test]
fn the_session_goes_on_at_a_persons_terminal_and_what_it_did_is_judged() {
    let script = Script::default()
        .rule(
            "by hand, please",
            [
                Step::default().write(format!("{TREE}/src/by-hand.txt"), "made with a person\n"),
                Step::say("Written as you asked."),
            ],
        )
        .rule("(?s).", [Step::say("Nothing to do, I think.")]);
    let Some(scene) = Scene::small(script, BUILD) else {
        return;
    };
    scene.expect(3, &["run", "T001"]);
    let session = scene.exit("build.1.2").session.unwrap();
    let mut terminal = scene.terminal(&["take", "T001"], (120, 40));
    terminal.until("enter takes it over");
    assert!(terminal.shown().contains(&session), "{}", terminal.shown());
    terminal.types("\r");
    // What was said in the session stands there, and nothing is asked but what the person came for.
    terminal.until("Nothing to do, I think.");
    terminal.until("? for shortcuts");
    terminal.types("by hand, please");
    terminal.until("by hand, please");
    terminal.types("\r");
    terminal.until("Written as you asked.");
    // Its own commands are off as in an attempt: it is left by this key twice.
    terminal.types("\u{3}");
    terminal.until("again to exit");
    terminal.types("\u{3}");
    terminal.until("l leaves it taken: ");
    terminal.types("c\r");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    let view = scene.view();
    assert_eq!(view.state(), RunState::Completed);
    let exit = scene.exit("build.1.3");
    assert_eq!(exit.outcome, Outcome::Passed, "{}", exit.reason);
    assert_eq!(exit.session.as_ref(), Some(&session));
    assert!(exit.usage.is_unknown());
    assert!(scene.report().contains("with Ada"), "{}", scene.report());
    let made = scene.git(&["show", &format!("{}:src/by-hand.txt", view.order.branch)]);
    assert_eq!(made, "made with a person");
}
