//! The papers of a run: the list in groups, and the pages that are open beside each other.

use super::line::{self, Line};
use super::{page, panes, rows};
use crate::records::papers::{self, Paper};
use crate::text::Role;
use crate::workbench::actions::Action;
use crate::workbench::app::leaf::Leaf;
use crate::workbench::app::page::{Beyond, Page};
use crate::workbench::app::shelf::{self, ListRow};
use crate::workbench::app::{App, Pane};
use crate::workbench::layout;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Paints it.
pub fn draw(app: &App, frame: &mut Frame<'_>, body: Rect) {
    let (left, right) = panes(app, frame, body);
    if let Some(area) = left {
        list(app, frame, area);
    }
    if let Some(area) = right {
        let leaves = layout::leaves(app);
        for (n, x, columns) in &leaves {
            let area = Rect {
                x: *x,
                width: *columns,
                ..area
            };
            leaf(app, frame, area, *n);
            if *n != leaves.last().map_or(0, |(n, ..)| *n) {
                rule(app, frame, area);
            }
        }
    }
}

/// A line at the right of a page.
fn rule(app: &App, frame: &mut Frame<'_>, area: Rect) {
    line::upright(app.theme, frame, area.right(), area);
}

fn list(app: &App, frame: &mut Frame<'_>, area: Rect) {
    let Some(view) = app.target() else { return };
    let scroll = app.run.shelf.chosen;
    let all = shelf::rows(view);
    for (y, n) in (0..area.height).zip(scroll.top..) {
        let Some(row) = all.get(n) else { break };
        let chosen = n == scroll.at;
        let over = chosen.then(|| app.theme.chosen(app.pane == Pane::Left));
        let line = Line::new(app.theme);
        let line = match row {
            ListRow::Head(group) => {
                let line = line.text(" ");
                match &group.state {
                    // The mark alone says that all is well, as it does in the pipeline.
                    Some((role, mark, word)) => {
                        let line = line.role(*role, format!("{mark} "));
                        let line = line.role(Role::Name, &group.title);
                        match role {
                            Role::Good => line,
                            role => line.right(*role, format!("{word} ")),
                        }
                    }
                    None => line.role(Role::Name, &group.title),
                }
            }
            ListRow::Item(item) => {
                let (role, note) = note(app, item);
                line.text("   ")
                    .text(&item.title)
                    .right(role, format!("{note} "))
            }
        };
        line.draw(frame, rows(area, y, 1), over);
    }
}

/// What the list says beside a paper: of an artifact, how many criteria it names.
fn note(app: &App, item: &papers::Item) -> (Role, String) {
    let named = match &item.paper {
        Paper::File(path) => app.run.shelf.named.get(path),
        _ => None,
    };
    match named {
        Some(0) | None => item.note.clone(),
        Some(n) => (Role::Quiet, format!("{n} AC")),
    }
}

fn leaf(app: &App, frame: &mut Frame<'_>, area: Rect, n: usize) {
    let shelf = &app.run.shelf;
    let Some(leaf) = shelf.leaves.get(n) else {
        return;
    };
    let focused = app.pane == Pane::Right && n == shelf.at;
    head(app, leaf, n, focused).draw(frame, rows(area, 0, 1), None);
    let inner = rows(area, 1, area.height.saturating_sub(1));
    match &leaf.sheet {
        None => {
            let line = Line::new(app.theme).role(Role::Quiet, " reading…");
            line.draw(frame, rows(inner, 1, 1), None);
        }
        Some(Err(why)) => {
            let line = Line::new(app.theme).text(" ").role(Role::Bad, why);
            line.draw(frame, rows(inner, 1, 1), None);
        }
        Some(Ok(_)) => {
            let height = u16::try_from(layout::leaf_rows(app, n)).unwrap_or(u16::MAX);
            page::draw(app, frame, rows(inner, 0, height), &leaf.page, focused);
            marked(app, frame, rows(inner, 0, height), leaf);
            if let Some(why) = held(app, leaf) {
                let line = Line::new(app.theme).text(" ");
                line.role(Role::Bad, format!("no approval: {why}")).draw(
                    frame,
                    rows(inner, height, 1),
                    None,
                );
            }
        }
    }
}

/// Shows the range that was begun, up to the chosen row: by a bar beside its rows, which any terminal has.
fn marked(app: &App, frame: &mut Frame<'_>, area: Rect, leaf: &Leaf) {
    if leaf.mark.is_none() {
        return;
    }
    let area = area.intersection(frame.area());
    for (y, n) in (0..area.height).zip(leaf.page.scroll.top..leaf.page.len()) {
        if !leaf.is_marked(n) {
            continue;
        }
        let place = rows(area, y, 1);
        if n != leaf.page.scroll.at {
            frame.buffer_mut().set_style(place, app.theme.chosen(false));
        }
        // The chosen row is painted the other way round; half a cell of that would be the wrong half.
        if let Some(cell) = frame.buffer_mut().cell_mut((place.x, place.y)) {
            cell.reset();
        }
        let bar = Line::new(app.theme).role(Role::Attention, "▌");
        bar.draw(frame, Rect { width: 1, ..place }, None);
    }
}

/// What a page is called: a gate's by whose it is, and in which run.
fn title(app: &App, leaf: &Leaf) -> String {
    match (leaf.gate(), &app.run.id) {
        (Some(gate), Some(run)) => format!("{} of {run}", gate.name),
        _ => shelf::title(&leaf.paper),
    }
}

/// Over a page: what it is, how it is shown, and where it stands.
fn head(app: &App, leaf: &Leaf, n: usize, focused: bool) -> Line {
    let role = if focused { Role::Title } else { Role::Quiet };
    let mut line = Line::new(app.theme).text(" ").role(role, title(app, leaf));
    if leaf.source {
        line = line.role(Role::Quiet, "  source");
    }
    if app.run.shelf.linked && app.run.shelf.leaves.len() > 1 {
        line = line.role(Role::Live, "  = linked");
    }
    let find = leaf.page.find();
    if !find.words.is_empty() {
        let (role, place) = found(&leaf.page);
        line = line.role(role, format!("  /{} {place}", find.words));
    }
    let of = app.run.shelf.leaves.len();
    let which = if of > 1 {
        format!("page {} of {of}  ", n + 1)
    } else {
        String::new()
    };
    let all = leaf.page.len();
    let row = (leaf.page.scroll.at + 1).min(all);
    // How many there are is not known before all of it is laid out.
    let so_far = if leaf.page.is_whole() { "" } else { " so far" };
    let going = if leaf.is_on_its_way() && !leaf.page.is_whole() {
        "going there…  "
    } else {
        ""
    };
    line.right(Role::Quiet, format!("{going}{which}{row}/{all}{so_far} "))
}

/// Why the gate of a page can't be let through now. The keys that can be had stand in the footer.
fn held(app: &App, leaf: &Leaf) -> Option<String> {
    leaf.gate()?;
    app.may(Action::Approve).err()
}

/// Where the words stand that are looked for. How often they stand in a large file is not known.
fn found(page: &Page) -> (Role, String) {
    let find = page.find();
    match (find.beyond, find.nth(page.scroll.at)) {
        (Beyond::Asked { percent, .. }, _) => (Role::Live, format!("searching… {percent}%")),
        (Beyond::Nowhere, _) => (Role::Bad, "not in this file".to_owned()),
        (Beyond::Unasked, Some(_)) if page.is_window() => (Role::Name, "on this row".to_owned()),
        (Beyond::Unasked, None) if page.is_window() => (Role::Name, String::new()),
        (Beyond::Unasked, Some(nth)) if !page.is_whole() => {
            (Role::Name, format!("{nth} of {} so far", find.len()))
        }
        (Beyond::Unasked, None) if !page.is_whole() => (Role::Live, "searching…".to_owned()),
        (Beyond::Unasked, Some(nth)) => (Role::Name, format!("{nth} of {}", find.len())),
        (Beyond::Unasked, None) if find.is_empty() => (Role::Bad, "0 found".to_owned()),
        (Beyond::Unasked, None) => (Role::Name, format!("{} found", find.len())),
    }
}
