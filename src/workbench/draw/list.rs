//! The list of actions: the help by groups, and the palette. What does not fit beside an action's
//! keys goes on below.

use super::line::Line;
use super::{overlay, rows};
use crate::text::{Role, wrap};
use crate::workbench::actions::Action;
use crate::workbench::app::App;
use crate::workbench::app::overlay::{Choice, matching};
use crate::workbench::app::painted::Spot;
use crate::workbench::app::scroll::Scroll;
use ratatui::Frame;
use ratatui::layout::Rect;

/// The columns of the word that leads a row, and of the keys.
const LEAD: usize = 15;
const KEYS: usize = 16;
/// In fewer columns than this there is no word, and the keys have less.
const ROOMY: usize = 64;
const FEW_KEYS: usize = 8;

/// An action's text in rows, and how much of its ink is the reason why it can't be had.
struct Told {
    rows: Vec<String>,
    reason: usize,
}

/// Paints the list: those that fit the filter, the chosen one in sight.
pub fn draw(
    app: &App,
    frame: &mut Frame<'_>,
    body: Rect,
    (filter, scroll, grouped): (&str, Scroll, bool),
) {
    let title = if grouped { " Keys " } else { " Actions " };
    let choices = matching(&app.keymap, filter, grouped, app.view.scope());
    let columns = usize::from(body.width.saturating_sub(4));
    let (lead, keys) = if columns < ROOMY {
        (0, FEW_KEYS)
    } else {
        (LEAD, KEYS)
    };
    let room = columns.saturating_sub(lead + keys + 2).max(8);
    let named = grouped || lead == 0;
    let told = choices.iter().map(|c| tell(app, *c, named, room));
    let told: Vec<Told> = told.collect();
    let all: usize = told.iter().map(|t| t.rows.len()).sum();
    let inner = overlay::framed(
        app,
        frame,
        body,
        title,
        (body.width.saturating_sub(2), all + 1),
    );
    let count = crate::text::many(choices.len(), "action");
    Line::new(app.theme)
        .role(Role::Command, format!(" {filter}▏"))
        .right(Role::Quiet, format!("{count} "))
        .draw(frame, rows(inner, 0, 1), None);
    let list = rows(inner, 1, inner.height.saturating_sub(1));
    let height = usize::from(list.height);
    let rows_of = |told: &[Told]| told.iter().map(|t| t.rows.len()).sum::<usize>();
    let mut top = scroll.top_in(told.len(), height);
    // The chosen one is in sight to its last row.
    while top < scroll.at && told.get(top..=scroll.at).map_or(0, rows_of) > height {
        top += 1;
    }
    let most = rows_of(&told).saturating_sub(height);
    let mut skip = told.get(..top).map_or(0, rows_of).min(most);
    let mut y = 0;
    for (n, (choice, told)) in choices.iter().zip(&told).enumerate() {
        let group = choice.group();
        let before = n.checked_sub(1).and_then(|n| choices.get(n));
        let here = |c: Choice| c.works_in(&app.keymap, app.view.scope());
        let begins =
            before.is_none_or(|b| here(*b) != here(*choice) || (here(*b) && b.group() != group));
        let mut ink = 0;
        for (k, text) in told.rows.iter().enumerate() {
            let shown = ink;
            ink += inked(text);
            if skip > 0 {
                skip -= 1;
                continue;
            }
            if y >= list.height {
                return;
            }
            let word = match (grouped, k) {
                (true, 0) if !here(*choice) && (begins || y == 0) => "Elsewhere",
                (true, 0) if begins || y == 0 => group,
                (false, 0) => name_of(app, *choice),
                _ => "",
            };
            let line = Line::new(app.theme).text(" ");
            let line = line.column(Some(Role::Quiet), word, lead);
            let of = if k == 0 {
                keys_of(app, *choice)
            } else {
                String::new()
            };
            let line = line.column(Some(Role::Command), of, keys);
            let line = said(
                line,
                text,
                told.reason.saturating_sub(shown),
                told.reason > 0,
            );
            let place = rows(list, y, 1);
            app.painted.put(place, Spot::Choice(n));
            let over = (n == scroll.at).then(|| app.theme.chosen(true));
            line.draw(frame, place, over);
            y += 1;
        }
    }
}

fn name_of(app: &App, choice: Choice) -> &str {
    match choice {
        Choice::Action(action) => action.row().name,
        Choice::Command(n) => app.command(n).map_or("", |c| c.name.as_str()),
    }
}

/// The keys of what can be chosen.
fn keys_of(app: &App, choice: Choice) -> String {
    match choice {
        Choice::Action(action) => keys_of_action(app, action),
        Choice::Command(n) => {
            let key = app.command(n).and_then(|c| c.key);
            key.map_or_else(String::new, |key| key.to_string())
        }
    }
}

/// The keys of an action: those that mean it here and now; where it can't be had, those that would.
fn keys_of_action(app: &App, action: Action) -> String {
    match app.may(action) {
        Ok(()) => app.keys_now(action).join(" "),
        Err(_) => app.keymap.keys(action),
    }
}

/// What it does, after the reason why it can't be had; a command with its name, where that stands
/// nowhere else.
fn tell(app: &App, choice: Choice, named: bool, room: usize) -> Told {
    let (help, may) = match choice {
        Choice::Action(action) => (action.row().help.to_owned(), app.may(action)),
        Choice::Command(n) => {
            let help = app.command(n).map(|command| match named {
                true => format!("{}: {}", command.name, command.help()),
                false => command.help(),
            });
            (help.unwrap_or_default(), app.may_command(n))
        }
    };
    let reason = may.err().map(|why| format!("({why})"));
    let text = match &reason {
        Some(reason) => format!("{reason} {help}"),
        None => help,
    };
    Told {
        rows: wrap(&text, room),
        reason: reason.map_or(0, |r| inked(&r)),
    }
}

/// A row of the text, of which so much ink is the reason.
fn said(line: Line, text: &str, reason: usize, refused: bool) -> Line {
    let mut left = reason;
    let end = text.char_indices().find(|(_, c)| {
        if left == 0 {
            return true;
        }
        left -= usize::from(*c != ' ');
        false
    });
    let (why, help) = text.split_at(end.map_or(text.len(), |(at, _)| at));
    let line = line.role(Role::Attention, why);
    if refused {
        line.role(Role::Quiet, help)
    } else {
        line.text(help)
    }
}

/// How many characters of a text are no blanks: what wrapping leaves as it is.
fn inked(text: &str) -> usize {
    text.chars().filter(|c| *c != ' ').count()
}
