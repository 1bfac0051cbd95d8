//! The backlog where there is nothing in it yet: what it is for, and the one key to begin.

use super::ask::lay;
use super::line::Line;
use super::rows;
use crate::text::{Role, many};
use crate::workbench::actions::Action;
use crate::workbench::app::App;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Paints it.
pub fn draw(app: &App, frame: &mut Frame<'_>, body: Rect) {
    let columns = usize::from(body.width).saturating_sub(14);
    let mut lines = if app.board.set_up {
        no_items(app)
    } else {
        no_harness(app, columns)
    };
    let room = usize::from(body.height.saturating_sub(1));
    if lines.len() > room && room > 0 {
        let hidden = many(lines.len() - room + 1, "row");
        lines.truncate(room - 1);
        let told = format!("… {hidden} more in a higher window");
        lines.push(line(app).role(Role::Quiet, told));
    }
    for (y, line) in (1..body.height).zip(lines) {
        line.draw(frame, rows(body, y, 1), None);
    }
}

fn line(app: &App) -> Line {
    Line::new(app.theme).text("  ")
}

fn no_items(app: &App) -> Vec<Line> {
    let key = |action| app.key_or_name(action);
    vec![
        line(app).role(Role::Title, "Nothing is wanted yet."),
        line(app),
        line(app)
            .role(Role::Command, key(Action::NewItem))
            .text(" writes the first item: one line of what you want"),
        line(app),
        line(app).role(
            Role::Quiet,
            "An item becomes a task in harness/tasks, and a task can be run.",
        ),
        line(app).role(
            Role::Quiet,
            "What you write into harness/ with an editor appears here at once.",
        ),
    ]
}

fn no_harness(app: &App, columns: usize) -> Vec<Line> {
    let key = app.key_or_name(Action::SetUp);
    let mut lines = vec![
        line(app).role(
            Role::Title,
            format!("{} has no harness yet.", app.board.project),
        ),
        line(app),
    ];
    match &app.desk.set_up {
        None => lines.push(line(app).role(Role::Quiet, "looking at what is here…")),
        Some(Err(why)) => lines.extend(lay(app, why, columns)),
        Some(Ok(would)) => {
            lines.push(
                line(app)
                    .role(Role::Command, key)
                    .text(" writes these files, and touches nothing that is there"),
            );
            lines.push(line(app));
            lines.extend(lay(app, &would.lines(), columns));
        }
    }
    lines
}
