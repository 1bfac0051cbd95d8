//! Where a run's stage asks in the place of a dialogue: which it is, and the one thing to do next.

use crate::text::{Role, SafeText, many, truncate, width};
use crate::workbench::actions::Action;
use crate::workbench::app::App;
use crate::workbench::app::dialogue::asked::Asks;
use crate::workbench::draw::line::Line;

/// Which stage asks.
pub fn subject(app: &App, asks: &Asks, line: Line) -> Line {
    match &asks.over {
        Some(_) => line
            .role(Role::Quiet, "– ")
            .role(Role::Title, &asks.name)
            .role(Role::Quiet, " asks no more"),
        None => {
            let all = app.dialogue.entries().len();
            line.role(Role::Attention, "? ")
                .role(Role::Title, &asks.name)
                .text(format!(" asks you {}", many(all, "question")))
        }
    }
}

/// The one thing to do next, in words.
pub fn next_step(app: &App, asks: &Asks, line: Line) -> Line {
    let key = |action| app.key_or_name(action);
    if asks.over.is_some() {
        return line
            .role(Role::Attention, "answered elsewhere   ")
            .role(Role::Command, key(Action::Pipeline))
            .role(Role::Quiet, " shows the run");
    }
    if app.is_sent(asks) {
        return line.role(Role::Live, "◐ sent; the run takes your answers up…");
    }
    let dialogue = &app.dialogue;
    let open = dialogue.open();
    if dialogue.writing.is_some() {
        let says = format!("? {open} open   what you write is kept with its question");
        return line.role(Role::Quiet, says);
    }
    if app.may_send_now() {
        let line = if open == 0 {
            line.role(Role::Good, "● all is answered   ")
        } else {
            line.role(Role::Good, format!("● {open} may stay open   "))
        };
        return line
            .role(Role::Command, key(Action::Tell))
            .role(Role::Quiet, " sends it; the stage runs again");
    }
    line.role(Role::Attention, format!("? {open} open   "))
        .role(Role::Command, key(Action::Open))
        .role(Role::Quiet, " takes the marked one   ")
        .role(Role::Command, key(Action::Answer))
        .role(Role::Quiet, " own words")
}

/// The top line: the run, its state, who asks.
pub fn top(app: &App, asks: &Asks, line: Line, columns: usize) -> Line {
    let line = if columns < 100 {
        Line::new(app.theme).text(" ")
    } else {
        line
    };
    let Some(card) = app.board.card(&asks.run) else {
        return line.role(Role::Name, asks.run.as_str());
    };
    let title = SafeText::line(&card.name());
    let right = format!("{} ", asks.run);
    let room = columns.saturating_sub(line.width() + width(&right) + 16);
    line.role(Role::Title, truncate(title.as_str(), room.max(8)))
        .text("   ")
        .role(
            super::super::frame::role_of(card.state),
            card.state.to_string(),
        )
        .right(Role::Quiet, right)
}
