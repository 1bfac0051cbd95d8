//! What a person does with the mouse.

use super::at_the_gate;
use crate::support::terminal::{Terminal, comes, mouse, place, proves};

#[test]
fn a_key_leaves_the_mouse_to_the_terminal_and_takes_it_again() {
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    let mode = |t: &Terminal| t.screen().mouse_protocol_mode();
    assert_eq!(mode(&terminal), vt100::MouseProtocolMode::ButtonMotion);
    proves!(Mouse on terminal, comes("mouse left to the terminal"));
    assert_eq!(mode(&terminal), vt100::MouseProtocolMode::None);
    terminal.types("m");
    terminal.until_gone("mouse left to the terminal");
    assert_eq!(mode(&terminal), vt100::MouseProtocolMode::ButtonMotion);
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn tabs_keys_and_rows_are_clicked_and_a_double_click_opens() {
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    let tab = place(&terminal, "Pipeline");
    terminal.types(&mouse(0, tab, 'M'));
    terminal.until("[3 Pipeline]");
    let more = place(&terminal, "? more");
    terminal.types(&mouse(0, more, 'M'));
    terminal.until("Steer the run");
    // Beside a layer: it goes.
    terminal.types(&mouse(0, (1, 1), 'M'));
    terminal.until_gone("Steer the run");
    terminal.types("1");
    terminal.until("[1 Backlog]");
    let item = place(&terminal, "Dark mode");
    for _ in 0..2 {
        terminal.types(&mouse(0, item, 'M'));
        terminal.types(&mouse(0, item, 'm'));
    }
    terminal.until_gone("[1 Backlog]");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn what_lies_over_the_view_is_clicked_and_the_wheel_closes_nothing() {
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    // A run by a double click in the list of them.
    terminal.types("o");
    terminal.until("1 of 1");
    let run = place(&terminal, "T001 Dark mode");
    for _ in 0..2 {
        terminal.types(&mouse(0, run, 'M'));
        terminal.types(&mouse(0, run, 'm'));
    }
    terminal.until("[3 Pipeline]");
    terminal.until_gone("1 of 1");
    terminal.types("t");
    terminal.until("Time of the run");
    // Were it gone by the wheel, the key would bring it back.
    terminal.types(&mouse(65, (60, 15), 'M'));
    terminal.types("t");
    terminal.until_gone("Time of the run");
    terminal.types("1e");
    terminal.until("esc leave");
    let status = place(&terminal, "status    In Progress");
    terminal.types(&mouse(0, (status.0 + 2, status.1), 'M'));
    terminal.types("!");
    terminal.until("In Progress!");
    terminal.types("\x1b");
    terminal.until("kept: editing it again");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn the_line_between_the_panes_is_dragged() {
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    let (column, row) = place(&terminal, "│");
    terminal.types(&mouse(0, (column, row), 'M'));
    terminal.types(&mouse(32, (column - 20, row), 'M'));
    terminal.types(&mouse(0, (column - 20, row), 'm'));
    terminal.until_it("the line is there", |shown| {
        let line = shown.lines().nth(row).unwrap_or_default();
        line.chars().nth(column - 20) == Some('│')
    });
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn text_is_selected_in_its_pane_alone_and_copied() {
    use base64::Engine;
    let (project, _) = at_the_gate();
    let mut terminal = Terminal::sized(&project, &[], 120, 35);
    terminal.until("WAITING FOR YOU 1");
    let (column, row) = place(&terminal, "WAITING FOR YOU 1");
    terminal.types(&mouse(0, (column, row), 'M'));
    // Far into the other pane: what stands there is not taken along.
    terminal.types(&mouse(32, (110, row), 'M'));
    terminal.types(&mouse(0, (110, row), 'm'));
    let wanted = base64::prelude::BASE64_STANDARD.encode("WAITING FOR YOU 1");
    terminal.until_printed(format!("\x1b]52;c;{wanted}").as_bytes(), 0);
    terminal.until("copied what is selected");
    let toast = place(&terminal, "copied what is selected");
    terminal.types(&mouse(0, toast, 'M'));
    terminal.until_gone("copied what is selected");
    terminal.types("q");
    assert_eq!(terminal.ends(), 0);
}
