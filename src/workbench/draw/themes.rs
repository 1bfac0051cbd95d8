//! The list of themes, small and at the side: what it changes is to be seen beside it.

use super::line::Line;
use super::overlay::{bordered, cleared};
use super::rows;
use crate::text::{Role, wrap};
use crate::workbench::app::App;
use crate::workbench::app::looks::Picker;
use crate::workbench::app::painted::Spot;
use crate::workbench::theme::registry::Listed;
use ratatui::Frame;
use ratatui::layout::Rect;

/// The columns of it, frame included.
const WIDTH: u16 = 40;
/// The columns of a name.
const NAME: usize = 22;
/// The rows under the list: a blank, what the theme says of itself, what words look like in it.
const BELOW: u16 = 7;

/// Words as a run has them, to be judged by.
const SAMPLE: [&[(Role, &str)]; 3] = [
    &[
        (Role::Good, "✓ passed"),
        (Role::Bad, "✗ blocked"),
        (Role::Live, "◐ running"),
    ],
    &[
        (Role::Attention, "? waits for you"),
        (Role::Title, "Title"),
        (Role::Quiet, "quiet"),
    ],
    &[(Role::Name, "docs/name.md"), (Role::Command, "key")],
];

/// Paints it.
pub fn draw(app: &App, picker: &Picker, frame: &mut Frame<'_>, body: Rect) {
    let width = WIDTH.min(body.width);
    let wanted = u16::try_from(picker.list.len()).unwrap_or(u16::MAX);
    let height = wanted.saturating_add(BELOW + 2).min(body.height);
    let area = Rect {
        x: body.right() - width,
        y: body.y,
        width,
        height,
    };
    cleared(app, frame, area);
    let inner = bordered(app, frame, area, " Themes ");
    // What is said below the list gives way where there is little room.
    let below = BELOW.min(inner.height.saturating_sub(3));
    let list = rows(inner, 0, inner.height - below);
    let first = picker.scroll.top_in(picker.list.len(), list.height.into());
    for (y, n) in (0..list.height).zip(first..) {
        let Some(listed) = picker.list.get(n) else {
            break;
        };
        let over = (n == picker.scroll.at).then(|| app.theme.chosen(true));
        app.painted.put(rows(list, y, 1), Spot::Choice(n));
        row(app, listed).draw(frame, rows(list, y, 1), over);
    }
    if let Some(listed) = picker.chosen() {
        said(app, listed, frame, rows(inner, list.height, below));
    }
}

fn row(app: &App, listed: &Listed) -> Line {
    let line = Line::new(app.theme).text(" ");
    let kind = listed.background.map_or("the terminal's", |b| b.word());
    match &listed.theme {
        Ok(_) => line
            .column(None, &listed.name, NAME)
            .role(Role::Quiet, if listed.own { "yours" } else { kind }),
        Err(_) => line
            .column(Some(Role::Quiet), &listed.name, NAME)
            .role(Role::Bad, "✗ faults"),
    }
}

/// What the theme under the cursor says of itself, and what words look like in it; or what is wrong
/// with it.
fn said(app: &App, listed: &Listed, frame: &mut Frame<'_>, area: Rect) {
    let columns = usize::from(area.width.saturating_sub(2));
    let (role, text) = match &listed.theme {
        Ok(_) => (Role::Quiet, listed.description.clone()),
        Err(faults) => {
            let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
            (Role::Bad, faults.join("; "))
        }
    };
    let text = crate::text::SafeText::line(&text);
    let mut lines = vec![Line::new(app.theme)];
    for row in wrap(text.as_str(), columns.max(1)) {
        lines.push(Line::new(app.theme).text(" ").role(role, row));
    }
    if listed.theme.is_ok() {
        lines.truncate(3);
        lines.resize(4, Line::new(app.theme));
        lines.extend(SAMPLE.iter().map(|words| {
            words
                .iter()
                .fold(Line::new(app.theme), |line, (role, word)| {
                    line.text(" ").role(*role, *word).text(" ")
                })
        }));
    }
    for (y, line) in (0..area.height).zip(lines) {
        line.draw(frame, rows(area, y, 1), None);
    }
}
