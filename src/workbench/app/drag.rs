//! Lines of a page that are dragged over: what a comment is to be about, as if both ends had been marked
//! by keys.

use super::event::Effect;
use super::mouse::Selection;
use super::scroll::Step;
use super::{App, Pane, View};
use crate::terms::review::{Side, Spot};
use crate::workbench::actions::Action;
use crate::workbench::layout;
use ratatui::layout::Rect;

impl App {
    /// The row of the screen that a page's first row is on.
    fn top_of_page(&self) -> u16 {
        layout::TOP + layout::strip(self) + layout::head(self.view, self.pane)
    }

    /// The number of the row of the page under this row of the screen, where that is a line of a file.
    pub(super) fn line_at(&self, row: u16) -> Option<usize> {
        if (self.view, self.pane) != (View::Artifacts, Pane::Right) {
            return None;
        }
        let leaf = self.run.shelf.leaf()?;
        let below = usize::from(row.checked_sub(self.top_of_page())?);
        let seen = below < layout::leaf_rows(self, self.run.shelf.at);
        let row = leaf.page.scroll.top + below;
        leaf.spot_at(row).filter(|_| seen).map(|_| row)
    }

    /// Lines that were dragged over are no longer chosen.
    pub(super) fn forget_lines(&mut self) {
        let Some(lines) = self.hand.lines.take() else {
            return;
        };
        if let Some(leaf) = self.run.shelf.leaf_mut() {
            leaf.mark.take_if(|mark| *mark == lines);
        }
    }

    /// The pointer is at this row of the screen, after it was pressed on this row of the page: the lines
    /// from there to here are chosen. Beyond the page's ends it scrolls, the quicker the farther. Whether
    /// there are any but the one.
    pub(super) fn drag_lines(&mut self, from: usize, row: u16) -> bool {
        let above = self.top_of_page();
        let Some(leaf) = self.run.shelf.leaf() else {
            return false;
        };
        let (page, at) = (&leaf.page, leaf.page.scroll.at);
        let over = i64::from(row) - i64::from(above);
        let over = i64::try_from(page.scroll.top).unwrap_or(0) + over;
        let over = usize::try_from(over.max(0)).unwrap_or(0);
        let over = over.min(page.len().saturating_sub(1));
        if over == from && self.hand.lines.is_none() {
            return false;
        }
        let Some((begin, end)) = lines(from, over, |n| leaf.spot_at(n)) else {
            return false;
        };
        let by = isize::try_from(end).unwrap_or(0) - isize::try_from(at).unwrap_or(0);
        self.step_papers(Step::By(by));
        if let Some(leaf) = self.run.shelf.leaf_mut() {
            leaf.mark = Some(begin.clone());
        }
        self.hand.lines = Some(begin);
        true
    }

    /// They were let go of: what may be done with them is told, and what of them is on the screen is
    /// copied as any text that is dragged over.
    pub(super) fn tell_lines(&mut self, area: Rect, effects: &mut Vec<Effect>) {
        if self.hand.lines.is_none() {
            return;
        }
        let Ok(spot) = self.range_here() else { return };
        let key = self.key_or_name(Action::Comment);
        let copied = self.marked_on_screen(area).is_some_and(|selection| {
            effects.push(Effect::CopyText(selection));
            true
        });
        let copied = if copied { ", and copied" } else { "" };
        self.say(
            format!("marked {spot}{copied}: {key} comments on it"),
            false,
        );
    }

    /// The marked rows, where all of them are on the screen.
    fn marked_on_screen(&self, area: Rect) -> Option<Selection> {
        let leaf = self.run.shelf.leaf()?;
        let top = leaf.page.scroll.top;
        let all = leaf.page.at_hand().filter(|n| leaf.is_marked(*n));
        let (first, last) = all.fold(None, |ends: Option<(usize, usize)>, n| {
            Some((ends.map_or(n, |(first, _)| first), n))
        })?;
        let height = layout::leaf_rows(self, self.run.shelf.at);
        if first < top || last >= top + height {
            return None;
        }
        let row = |n: usize| Some(self.top_of_page() + u16::try_from(n - top).ok()?);
        let right = area.right().saturating_sub(1);
        Some(Selection::new(
            area,
            (area.x, row(first)?),
            (right, row(last)?),
        ))
    }
}

/// The line that the lines between two rows of a page begin at, and the row that they end on: those of
/// the file that the first row is of. Where lines of now are among them those of before are not meant.
fn lines(from: usize, to: usize, spot: impl Fn(usize) -> Option<Spot>) -> Option<(Spot, usize)> {
    let path = spot(from)?.path;
    let between = from.min(to)..=from.max(to);
    let of_file = |n: usize| Some((n, spot(n).filter(|s| s.path == path)?));
    let all: Vec<(usize, Spot)> = between.filter_map(of_file).collect();
    let has_new = all.iter().any(|(_, s)| s.side == Side::New);
    let side = if has_new { Side::New } else { Side::Old };
    let mut meant = all.into_iter().filter(|(_, s)| s.side == side);
    let first = meant.next()?;
    let last = meant.next_back().unwrap_or_else(|| first.clone());
    let (begin, end) = if from <= to {
        (first, last)
    } else {
        (last, first)
    };
    Some((begin.1, end.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::review::Range;

    /// Rows of two files: a hunk's head, lines of before and of now, and the other file's.
    fn row(n: usize) -> Option<Spot> {
        let of = |path: &str, side, line| {
            Some(Spot {
                path: path.to_owned(),
                side,
                lines: Some(Range::between(line, line)),
            })
        };
        match n {
            1 => of("a", Side::New, 10),
            2 => of("a", Side::Old, 11),
            3 => of("a", Side::Old, 12),
            4 => of("a", Side::New, 11),
            5 => of("a", Side::New, 12),
            7 => of("b", Side::New, 1),
            _ => None,
        }
    }

    #[test]
    fn lines_are_of_one_file_and_one_text() {
        let told = |from, to| {
            let (begin, end) = lines(from, to, row)?;
            Some((begin.to_string(), end))
        };
        assert_eq!(told(1, 5), Some(("a:10".to_owned(), 5)));
        assert_eq!(told(5, 1), Some(("a:12".to_owned(), 1)));
        // Old lines alone are meant where no others are among them.
        assert_eq!(told(2, 3), Some(("a:11 (before)".to_owned(), 3)));
        assert_eq!(told(3, 4), Some(("a:11".to_owned(), 4)));
        // What lies beyond the file is not reached, on whichever way.
        assert_eq!(told(4, 7), Some(("a:11".to_owned(), 5)));
        assert_eq!(told(4, 0), Some(("a:11".to_owned(), 1)));
        assert_eq!(told(7, 1), Some(("b:1".to_owned(), 7)));
        assert_eq!(told(0, 5), None);
    }
}
