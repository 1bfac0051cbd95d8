//! A page of rows: what of it is in the window, what is found in it, its chosen row.

use super::rows;
use crate::render::{Row, Span};
use crate::text::{truncate, width, without_columns};
use crate::workbench::app::page::{Page, places};
use crate::workbench::theme::Theme;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Paints it. The chosen row is marked where the page has the focus.
pub fn draw(theme: Theme, frame: &mut Frame<'_>, area: Rect, page: &Page, focused: bool) {
    let area = area.intersection(frame.area());
    let buffer = frame.buffer_mut();
    for (y, n) in (0..area.height).zip(page.scroll.top..page.len()) {
        let Some(row) = page.row(n) else { continue };
        let place = rows(area, y, 1);
        let columns = usize::from(area.width);
        let left = if page.stands(row, columns) {
            0
        } else {
            page.left
        };
        let gutter = page.gutter(row);
        if gutter > 0 && left > 0 {
            let spans = row.spans.get(..1).unwrap_or_default();
            paint(theme, buffer, place, row, spans, 0);
            let rest = Rect {
                x: place.x + gutter.min(place.width),
                width: place.width - gutter.min(place.width),
                ..place
            };
            paint(
                theme,
                buffer,
                rest,
                row,
                row.spans.get(1..).unwrap_or_default(),
                left,
            );
        } else {
            paint(theme, buffer, place, row, &row.spans, left);
        }
        for (from, to) in places(&row.text(), &page.find().words) {
            let fixed = usize::from(gutter);
            let (from, to) = if left > 0 && from >= fixed {
                (from.max(fixed + left) - left, to.max(fixed + left) - left)
            } else {
                (from, to)
            };
            if let Some(part) = part(place, from, to) {
                buffer.set_style(part, theme.found());
            }
        }
        if focused && n == page.scroll.at {
            buffer.set_style(place, theme.chosen(true));
        }
    }
}

/// Paints these pieces of a row without their first columns.
fn paint(theme: Theme, buffer: &mut Buffer, area: Rect, row: &Row, spans: &[Span], left: usize) {
    let ground = row.ground.map(|look| theme.look(look)).unwrap_or_default();
    buffer.set_style(area, ground);
    let room = usize::from(area.width);
    let (mut skip, mut x) = (left, 0);
    for (n, span) in spans.iter().enumerate() {
        let text = span.text().as_str();
        let columns = width(text);
        if columns <= skip {
            skip -= columns;
            continue;
        }
        let (blank, text) = without_columns(text, skip);
        skip = 0;
        x += blank;
        if x >= room {
            return;
        }
        let taken = x + width(text);
        let rest = spans.iter().skip(n + 1);
        let more = rest.map(|s| width(s.text().as_str())).sum::<usize>();
        // What goes on beyond the window ends in a mark.
        let shown = if taken >= room && taken + more > room {
            truncate(&format!("{text}  "), room - x)
        } else {
            text.to_owned()
        };
        let style = ground.patch(theme.look(span.look));
        if let Ok(column) = u16::try_from(x) {
            buffer.set_stringn(area.x + column, area.y, &shown, room - x, style);
        }
        x = taken;
    }
}

/// The part of a row's place that these columns of its text are in.
fn part(place: Rect, from: usize, to: usize) -> Option<Rect> {
    let from = u16::try_from(from).ok()?;
    let to = u16::try_from(to).unwrap_or(u16::MAX);
    let to = to.min(place.width);
    (from < to).then(|| Rect {
        x: place.x + from,
        width: to - from,
        ..place
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Look;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use ratatui::style::Modifier;

    fn shown(page: &Page, columns: u16) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(columns, 4)).unwrap();
        let theme = Theme::new(true);
        terminal
            .draw(|frame| draw(theme, frame, frame.area(), page, true))
            .unwrap();
        terminal.backend().buffer().clone()
    }

    fn line(buffer: &Buffer, y: u16) -> String {
        (0..buffer.area.width)
            .map(|x| buffer[(x, y)].symbol())
            .collect::<String>()
            .trim_end()
            .to_owned()
    }

    #[test]
    fn long_rows_move_aside_and_text_that_fits_stands() {
        let long = Row::of(Look::Plain, "0123").with(Look::Code, "456789ABCDEF");
        let mut page = Page::new(vec![Row::of(Look::Plain, "fits"), long]);
        let buffer = shown(&page, 10);
        assert_eq!(
            (line(&buffer, 0), line(&buffer, 1)),
            ("fits".into(), "012345678…".into())
        );
        page.aside(1, 10);
        let buffer = shown(&page, 10);
        assert_eq!(
            (line(&buffer, 0), line(&buffer, 1)),
            ("fits".into(), "6789ABCDEF".into())
        );
    }

    #[test]
    fn what_is_found_is_marked_where_it_stands() {
        let mut page = Page::new(vec![Row::empty(), Row::of(Look::Plain, "a 宽 word")]);
        page.look_for("word", 4);
        page.scroll.at = 0;
        let buffer = shown(&page, 20);
        let marked: Vec<u16> = (0..20)
            .filter(|x| buffer[(*x, 1)].modifier.contains(Modifier::REVERSED))
            .collect();
        assert_eq!(marked, [5, 6, 7, 8]);
    }

    #[test]
    fn no_size_is_too_small() {
        let page = Page::new(vec![Row::of(Look::Plain, "宽宽宽"); 9]);
        for columns in 0..4 {
            shown(&page, columns);
        }
    }
}
