//! What a person does with the mouse.

use super::at_the_gate;
use crate::support::terminal::{Terminal, proves};

#[test]
fn a_key_leaves_the_mouse_to_the_terminal_and_takes_it_again() {
    proves!(Mouse);
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    let mode = |t: &Terminal| t.screen().mouse_protocol_mode();
    assert_eq!(mode(&terminal), vt100::MouseProtocolMode::ButtonMotion);
    terminal.types("m");
    terminal.until("mouse left to the terminal");
    assert_eq!(mode(&terminal), vt100::MouseProtocolMode::None);
    terminal.types("m");
    terminal.until_gone("mouse left to the terminal");
    assert_eq!(mode(&terminal), vt100::MouseProtocolMode::ButtonMotion);
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}
