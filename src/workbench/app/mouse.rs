//! Clicks, the wheel, and what is dragged: the line between two panes, text to be copied, or lines that
//! a comment is to be about.

use super::event::Effect;
use super::overlay::Overlay;
use super::painted::Spot;
use super::scroll::{Scroll, Step};
use super::{App, Pane, View};
use crate::workbench::actions::Action;
use crate::workbench::layout;
use crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use jiff::{SignedDuration, Timestamp};
use ratatui::layout::Rect;

/// How many rows the wheel goes.
const WHEEL: isize = 3;
/// Two clicks within this long are a double click.
const DOUBLE: SignedDuration = SignedDuration::from_millis(400);

/// What the mouse has in hand.
#[derive(Debug, Clone, Default)]
pub struct Hand {
    /// What is dragged.
    drag: Option<Drag>,
    /// The line that the lines which were dragged over last begin at.
    pub(super) lines: Option<crate::terms::review::Spot>,
    /// Where and when the last click was.
    clicked: Option<(Timestamp, u16, u16)>,
}

#[derive(Debug, Clone, Copy)]
enum Drag {
    /// The line between the panes.
    Divider,
    /// Over this pane's text, from this place on.
    Text(Rect, (u16, u16)),
    /// The same, on a page whose row of this number is a line of a file.
    Lines(Rect, (u16, u16), usize),
}

/// Text that is selected in one pane: from one place to another, in the order of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Selection {
    /// The pane's columns and rows.
    area: Rect,
    /// The column and row of the first character.
    from: (u16, u16),
    /// Those of the last one.
    to: (u16, u16),
}

impl Selection {
    /// From one place to another, whichever comes first; both are brought into the area.
    pub fn new(area: Rect, one: (u16, u16), other: (u16, u16)) -> Self {
        let inside = |(x, y): (u16, u16)| {
            let right = area.right().saturating_sub(1).max(area.x);
            let bottom = area.bottom().saturating_sub(1).max(area.y);
            (x.clamp(area.x, right), y.clamp(area.y, bottom))
        };
        let (one, other) = (inside(one), inside(other));
        let (from, to) = if (one.1, one.0) <= (other.1, other.0) {
            (one, other)
        } else {
            (other, one)
        };
        Self { area, from, to }
    }

    /// The cells of it, a piece of a row each.
    pub fn rows(&self) -> impl Iterator<Item = Rect> {
        let Self { area, from, to } = *self;
        (from.1..=to.1).map(move |y| {
            let x = if y == from.1 { from.0 } else { area.x };
            let end = if y == to.1 {
                to.0.saturating_add(1)
            } else {
                area.right()
            };
            Rect::new(x, y, end.saturating_sub(x), 1)
        })
    }
}

impl App {
    pub(super) fn mouse(&mut self, mouse: MouseEvent, effects: &mut Vec<Effect>) {
        let down = matches!(mouse.kind, MouseEventKind::Down(_));
        if down {
            self.selection = None;
        }
        match mouse.kind {
            MouseEventKind::ScrollDown => self.wheel(mouse, 1, effects),
            MouseEventKind::ScrollUp => self.wheel(mouse, -1, effects),
            MouseEventKind::Down(MouseButton::Left) => self.pressed(mouse, effects),
            MouseEventKind::Drag(MouseButton::Left) => self.dragged(mouse),
            MouseEventKind::Up(MouseButton::Left) => self.let_go(effects),
            _ => {}
        }
    }

    fn pressed(&mut self, mouse: MouseEvent, effects: &mut Vec<Effect>) {
        let place = (mouse.column, mouse.row);
        let double = self.hand.clicked.take().is_some_and(|(at, column, row)| {
            (column, row) == place && self.now.duration_since(at) <= DOUBLE
        });
        if !double {
            self.hand.clicked = Some((self.now, mouse.column, mouse.row));
        }
        self.hand.drag = None;
        match self.painted.at(mouse.column, mouse.row) {
            Some(Spot::Toast(n)) if n < self.toasts.len() => drop(self.toasts.remove(n)),
            Some(Spot::Choice(n)) => self.chosen_in_layer(n, double, effects),
            Some(Spot::Yes) => self.over(KeyEvent::from(KeyCode::Char('y')), effects),
            Some(Spot::Layer) => {}
            // What is being written is not lost by a click.
            _ if matches!(
                self.overlays.last(),
                Some(Overlay::Text { .. } | Overlay::Form(_))
            ) => {}
            // Beside the topmost layer: it goes, without an answer.
            _ if !self.overlays.is_empty() => self.over(KeyEvent::from(KeyCode::Esc), effects),
            Some(Spot::Tab(view)) => {
                let tab = View::ALL.iter().find(|(v, ..)| *v == view);
                if let Some((_, action, _)) = tab {
                    self.act(*action, effects);
                }
            }
            Some(Spot::Act(action)) => self.act(action, effects),
            Some(Spot::Command(n)) => self.run_command(n, effects),
            _ => self.pressed_on_pane(mouse, double, effects),
        }
    }

    fn pressed_on_pane(&mut self, mouse: MouseEvent, double: bool, effects: &mut Vec<Effect>) {
        let body = layout::TOP..self.size.1.saturating_sub(layout::CHROME - layout::TOP);
        if !body.contains(&mouse.row) {
            return;
        }
        if self.two_panes() && mouse.column + 1 == layout::divider(self) {
            self.hand.drag = Some(Drag::Divider);
            return;
        }
        self.focus_at(mouse.column);
        let area = layout::pane_at(self, mouse.column);
        let from = (mouse.column, mouse.row);
        self.forget_lines();
        self.click(mouse.row);
        self.hand.drag = Some(match self.line_at(mouse.row) {
            Some(row) => Drag::Lines(area, from, row),
            None => Drag::Text(area, from),
        });
        if double && self.may(Action::Open).is_ok() {
            self.act(Action::Open, effects);
        }
    }

    /// A row of the topmost layer was clicked: it is chosen, and by a second click taken. A field is
    /// written in from then on.
    fn chosen_in_layer(&mut self, n: usize, double: bool, effects: &mut Vec<Effect>) {
        let top = self.painted.first_choice().unwrap_or_default();
        let scroll = match self.overlays.last_mut() {
            Some(Overlay::Actions { scroll, .. } | Overlay::Runs { scroll, .. }) => scroll,
            Some(Overlay::Themes(picker)) => &mut picker.scroll,
            Some(Overlay::Form(form)) => {
                form.at = n;
                return;
            }
            _ => return,
        };
        let again = scroll.at == n;
        // The rows stay where they are under the pointer.
        *scroll = Scroll { at: n, top };
        self.show_picked();
        if double && again {
            self.over(KeyEvent::from(KeyCode::Enter), effects);
        }
    }

    fn dragged(&mut self, mouse: MouseEvent) {
        match self.hand.drag {
            Some(Drag::Divider) => {
                self.dividers
                    .insert(self.view, mouse.column.saturating_add(1));
            }
            Some(Drag::Text(area, from)) => {
                // What is dragged is no half of a double click.
                self.hand.clicked = None;
                self.selection = Some(Selection::new(area, from, (mouse.column, mouse.row)));
            }
            Some(Drag::Lines(area, from, row)) => {
                self.hand.clicked = None;
                // Within a row it is text, from row to row it is lines.
                let chosen = self.drag_lines(row, mouse.row);
                let to = (mouse.column, mouse.row);
                self.selection = (!chosen).then(|| Selection::new(area, from, to));
            }
            None => {}
        }
    }

    fn let_go(&mut self, effects: &mut Vec<Effect>) {
        let dragged = self.hand.drag.take();
        match (dragged, self.selection) {
            (Some(Drag::Text(..) | Drag::Lines(..)), Some(selection)) => {
                effects.push(Effect::CopyText(selection));
                self.say("copied what is selected".to_owned(), false);
            }
            (Some(Drag::Lines(area, ..)), None) => self.tell_lines(area, effects),
            _ => {}
        }
    }

    fn wheel(&mut self, mouse: MouseEvent, way: isize, effects: &mut Vec<Effect>) {
        if !self.overlays.is_empty() {
            let code = if way > 0 { KeyCode::Down } else { KeyCode::Up };
            let scrolls = matches!(
                self.overlays.last(),
                Some(
                    Overlay::Actions { .. }
                        | Overlay::Lines { .. }
                        | Overlay::Runs { .. }
                        | Overlay::Themes(_)
                        | Overlay::Ask(_)
                )
            );
            if scrolls {
                self.over(KeyEvent::from(code), effects);
            }
            return;
        }
        // The pane under the pointer moves; the focus stays where it is.
        let before = (self.pane, self.run.shelf.at);
        self.focus_at(mouse.column);
        if (self.view, self.pane) == (View::Dialogue, Pane::Left) {
            self.scroll_talk(Step::By(way * WHEEL));
        } else {
            self.step(Step::By(way * WHEEL));
        }
        (self.pane, self.run.shelf.at) = before;
    }

    /// Gives the focus to what is at this column of the screen.
    fn focus_at(&mut self, column: u16) {
        if self.two_panes() {
            let right = column >= layout::divider(self);
            self.pane = if right { Pane::Right } else { Pane::Left };
            if self.view == View::Artifacts && right {
                self.focus_leaf_at(column);
            }
        }
    }

    fn click(&mut self, row: u16) {
        let above = layout::TOP + layout::strip(self) + layout::head(self.view, self.pane);
        let Some(row) = row.checked_sub(above).map(usize::from) else {
            return;
        };
        let height = layout::list_rows(self, self.pane);
        if row >= height {
            return;
        }
        if self.view == View::Backlog && self.pane == Pane::Left {
            let at = self.backlog.scroll.top + row;
            self.backlog.choose(&self.board, at, height);
        } else if (self.view, self.pane) == (View::Pipeline, Pane::Left) {
            self.click_left(row);
        } else if (self.view, self.pane) == (View::Pipeline, Pane::Right) {
            self.run.timeline.choose(row);
        } else if (self.view, self.pane) == (View::Dialogue, Pane::Left) {
            self.click_talk(row);
        } else if self.view == View::Artifacts {
            self.click_paper(row);
        } else if let Some((scroll, rows)) = self.scrolled() {
            let at = scroll.top + row;
            if at < rows {
                scroll.at = at;
                scroll.settle(rows, height);
                self.moved();
            }
        }
    }

    /// A click on a stage or on one of its attempts.
    fn click_left(&mut self, row: usize) {
        let Some(view) = self.target().cloned() else {
            return;
        };
        let parts = layout::stage_pane(self, &view);
        let rows = self.run.stages.rows(parts.graph);
        if row < parts.graph {
            let clicked = rows.get(parts.first + row).and_then(|r| r.what.stage());
            if let Some(stage) = clicked {
                self.run.stage.at = stage;
                self.moved();
            }
        } else if let Some(n) = row.checked_sub(parts.attempts_at)
            && n < parts.attempts
            && let Some(at) = parts.attempt(n)
        {
            self.run.choose_attempt(&view, at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Event;
    use super::super::desk::Form;
    use super::*;
    use crate::workbench::keymap::Keymap;
    use crate::workbench::theme::Theme;
    use crate::workbench::theme::registry::Listed;
    use crossterm::event::KeyModifiers;

    fn app() -> App {
        let zoned = Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
        App::new(&zoned, (120, 35), Keymap::default(), Theme::new(true))
    }

    fn does(app: &mut App, kind: MouseEventKind, row: u16) {
        let mouse = MouseEvent {
            kind,
            column: 5,
            row,
            modifiers: KeyModifiers::NONE,
        };
        app.update(Timestamp::UNIX_EPOCH, Event::Mouse(mouse));
    }

    const CLICK: MouseEventKind = MouseEventKind::Down(MouseButton::Left);

    #[test]
    fn a_row_of_a_list_is_clicked_and_the_list_stays_where_it_is() {
        let mut app = app();
        app.overlays.push(Overlay::Runs {
            filter: String::new(),
            scroll: Scroll { at: 30, top: 12 },
        });
        for (row, n) in (10..20).zip(22..32) {
            app.painted.put(Rect::new(0, row, 40, 1), Spot::Choice(n));
        }
        does(&mut app, CLICK, 13);
        let Some(Overlay::Runs { scroll, .. }) = app.overlays.last() else {
            panic!("the list is gone");
        };
        assert_eq!(*scroll, Scroll { at: 25, top: 22 });
    }

    #[test]
    fn a_theme_is_shown_by_a_click_and_a_field_is_written_in() {
        let mut app = app();
        let listed = |name: &str, theme: Theme| Listed {
            name: name.to_owned(),
            description: String::new(),
            background: None,
            own: false,
            theme: Ok(theme),
        };
        let (one, other) = (Theme::new(true), Theme::new(false));
        let list = vec![listed("one", one), listed("other", other)];
        app.update(Timestamp::UNIX_EPOCH, Event::Themes(list));
        app.painted.put(Rect::new(0, 10, 40, 1), Spot::Choice(0));
        app.painted.put(Rect::new(0, 11, 40, 1), Spot::Choice(1));
        assert_eq!(app.theme, one);
        does(&mut app, CLICK, 11);
        assert_eq!(app.theme, other);
        app.overlays.push(Overlay::Form(Form::new_item()));
        does(&mut app, CLICK, 11);
        let Some(Overlay::Form(form)) = app.overlays.last() else {
            panic!("the form is gone");
        };
        assert_eq!(form.at, 1);
    }

    #[test]
    fn the_wheel_closes_nothing() {
        let mut app = app();
        app.overlays.push(Overlay::Chart);
        does(&mut app, MouseEventKind::ScrollDown, 11);
        does(&mut app, MouseEventKind::ScrollUp, 11);
        assert_eq!(app.overlays, [Overlay::Chart]);
    }

    #[test]
    fn a_selection_stays_in_its_pane_and_reads_in_order() {
        let area = Rect::new(10, 3, 20, 5);
        let cells = |one, other| -> Vec<(u16, u16, u16)> {
            let selection = Selection::new(area, one, other);
            selection.rows().map(|r| (r.x, r.y, r.width)).collect()
        };
        assert_eq!(cells((12, 4), (14, 4)), [(12, 4, 3)]);
        assert_eq!(cells((14, 4), (12, 4)), [(12, 4, 3)]);
        assert_eq!(
            cells((25, 3), (12, 5)),
            [(25, 3, 5), (10, 4, 20), (10, 5, 3)]
        );
        assert_eq!(cells((0, 0), (99, 99)).len(), 5);
        assert_eq!(cells((0, 0), (99, 99))[4], (10, 7, 20));
        let nothing = Selection::new(Rect::new(3, 3, 0, 0), (0, 0), (9, 9));
        assert_eq!(nothing.rows().count(), 1);
    }
}
