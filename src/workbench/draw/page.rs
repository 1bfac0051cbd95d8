//! A page of rows: what of it is in the window, what is found in it, its chosen row.

use super::rows;
use crate::render::{Row, Span};
use crate::text::{truncate, width, without_columns};
use crate::workbench::app::App;
use crate::workbench::app::page::{Page, places};
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Paints it. The chosen row is marked where the page has the focus.
pub fn draw(app: &App, frame: &mut Frame<'_>, area: Rect, page: &Page, focused: bool) {
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
            paint(app, buffer, place, row, spans, 0);
            let rest = Rect {
                x: place.x + gutter.min(place.width),
                width: place.width - gutter.min(place.width),
                ..place
            };
            paint(
                app,
                buffer,
                rest,
                row,
                row.spans.get(1..).unwrap_or_default(),
                left,
            );
        } else {
            paint(app, buffer, place, row, &row.spans, left);
        }
        for (from, to) in places(&row.text(), &page.find().words) {
            let fixed = usize::from(gutter);
            let (from, to) = if left > 0 && from >= fixed {
                (from.max(fixed + left) - left, to.max(fixed + left) - left)
            } else {
                (from, to)
            };
            if let Some(part) = part(place, from, to) {
                buffer.set_style(part, app.theme.found());
            }
        }
        if focused && n == page.scroll.at {
            buffer.set_style(place, app.theme.chosen(true));
        }
    }
}

/// Paints a row of its own.
pub fn paint_row(app: &App, frame: &mut Frame<'_>, area: Rect, row: &Row) {
    let area = area.intersection(frame.area());
    paint(app, frame.buffer_mut(), area, row, &row.spans, 0);
}

/// Paints these pieces of a row without their first columns.
fn paint(app: &App, buffer: &mut Buffer, area: Rect, row: &Row, spans: &[Span], left: usize) {
    let ground = row
        .ground
        .map(|look| app.theme.look(look))
        .unwrap_or_default();
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
        let leads = app.painted.links.over(span.target.as_ref());
        let style = ground.patch(app.theme.look(span.look)).patch(leads);
        if let Ok(column) = u16::try_from(x) {
            super::line::write(buffer, (area.x + column, area.y), &shown, room - x, style);
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
    use crate::render::{Look, Target};
    use crate::workbench::app::links::number;
    use crate::workbench::keymap::Keymap;
    use crate::workbench::theme::Theme;
    use jiff::Zoned;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use ratatui::style::Modifier;

    fn shown(page: &Page, columns: u16) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(columns, 4)).unwrap();
        let app = App::new(
            &Zoned::now(),
            (columns, 4),
            Keymap::default(),
            Theme::new(true),
        );
        app.painted.links.take(true);
        terminal
            .draw(|frame| draw(&app, frame, frame.area(), page, true))
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
    fn the_cells_of_an_address_lead_to_it_wherever_it_is_broken() {
        let url = Target::Url("https://e.org/a".to_owned());
        let link = |text: &str| Span::new(Look::Link, text).to(url.clone());
        let rows = vec![
            Row::of(Look::Plain, "see ").span(link("宽x")),
            Row::empty().span(link("on")).with(Look::Plain, " and"),
            Row::of(Look::Plain, "1234567").span(link("https://e.org/a")),
        ];
        let buffer = shown(&Page::new(rows), 10);
        let leads = |y: u16| -> Vec<(u16, u32)> {
            let cells = (0..10).filter_map(|x| Some((x, number(&buffer[(x, y)])?)));
            cells.collect()
        };
        // The second half of a wide character is never written by itself.
        assert_eq!(leads(0), [(4, 0), (6, 0)]);
        assert_eq!(leads(1), [(0, 0), (1, 0)]);
        assert_eq!(leads(2), [(7, 0), (8, 0), (9, 0)]);
    }

    #[test]
    fn no_size_is_too_small() {
        let page = Page::new(vec![Row::of(Look::Plain, "宽宽宽"); 9]);
        for columns in 0..4 {
            shown(&page, columns);
        }
    }
}
