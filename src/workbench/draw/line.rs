//! One row of text in pieces, each with its look, cut where the row ends.

use crate::text::{Role, SafeText, truncate, width};
use crate::workbench::app::input::Input;
use crate::workbench::theme::Theme;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

/// A row under way.
#[derive(Debug, Clone)]
pub struct Line {
    theme: Theme,
    pieces: Vec<(String, Style)>,
    right: Vec<(String, Style)>,
}

impl Line {
    /// An empty row.
    pub fn new(theme: Theme) -> Self {
        Self {
            theme,
            pieces: Vec::new(),
            right: Vec::new(),
        }
    }

    /// Text in a role's look, made safe.
    pub fn role(mut self, role: Role, text: impl AsRef<str>) -> Self {
        let text = SafeText::line(text.as_ref()).into_string();
        self.pieces.push((text, self.theme.style(role)));
        self
    }

    /// Plain text, made safe.
    pub fn text(mut self, text: impl AsRef<str>) -> Self {
        let text = SafeText::line(text.as_ref()).into_string();
        self.pieces.push((text, Style::new()));
        self
    }

    /// Text in a look of its own, made safe.
    pub fn styled(mut self, style: Style, text: impl AsRef<str>) -> Self {
        let text = SafeText::line(text.as_ref()).into_string();
        self.pieces.push((text, style));
        self
    }

    /// Text in as many columns as given, cut or filled up.
    pub fn column(self, role: Option<Role>, text: impl AsRef<str>, columns: usize) -> Self {
        let text = SafeText::line(text.as_ref());
        let text = crate::text::pad(text.as_str(), columns);
        match role {
            Some(role) => self.role(role, text),
            None => self.text(text),
        }
    }

    /// A line that is written, in as many columns: the caret is the cell that is turned round.
    pub fn written(mut self, input: &Input, columns: usize) -> Self {
        let shown = input.shown(columns);
        let plain = Style::new();
        let caret = plain.add_modifier(Modifier::REVERSED);
        self.pieces.push((shown.before, plain));
        self.pieces.push((shown.under, caret));
        self.pieces.push((shown.after, plain));
        self
    }

    /// Text that stands at the right end, made safe.
    pub fn right(mut self, role: Role, text: impl AsRef<str>) -> Self {
        let text = SafeText::line(text.as_ref()).into_string();
        self.right.push((text, self.theme.style(role)));
        self
    }

    /// Another row's pieces after these.
    pub fn and(mut self, other: Self) -> Self {
        self.pieces.extend(other.pieces);
        self.right.extend(other.right);
        self
    }

    /// The columns that the left pieces take.
    pub fn width(&self) -> usize {
        self.pieces.iter().map(|(t, _)| width(t)).sum()
    }

    /// The columns that the pieces at the right end take.
    pub fn right_width(&self) -> usize {
        self.right.iter().map(|(t, _)| width(t)).sum()
    }

    /// Paints it. `over` lies over every cell of the row: that of a chosen one.
    pub fn draw(self, frame: &mut Frame<'_>, area: Rect, over: Option<Style>) {
        let area = area.intersection(frame.area());
        if area.is_empty() {
            return;
        }
        let buffer = frame.buffer_mut();
        if let Some(style) = over {
            buffer.set_style(Rect { height: 1, ..area }, style);
        }
        let all = usize::from(area.width);
        let right = self.right_width();
        // The right end is worth more than the rest of the left, but not than all of it.
        let right = if right + 2 < all { right } else { 0 };
        let room = if right > 0 { all - right - 1 } else { all };
        let mut x = 0;
        for (text, style) in self.pieces {
            let text = truncate(&text, room.saturating_sub(x));
            put(buffer, area, x, &text, style, over);
            x += width(&text);
        }
        if right > 0 {
            let mut x = all - right;
            for (text, style) in self.right {
                put(buffer, area, x, &text, style, over);
                x += width(&text);
            }
        }
    }
}

/// A line from top to bottom in this column, as high as the area.
pub fn upright(theme: Theme, frame: &mut Frame<'_>, column: u16, area: Rect) {
    let buffer = frame.buffer_mut();
    for y in area.top()..area.bottom() {
        if let Some(cell) = buffer.cell_mut((column, y)) {
            cell.set_symbol("│").set_style(theme.rule());
        }
    }
}

fn put(buffer: &mut Buffer, area: Rect, x: usize, text: &str, style: Style, over: Option<Style>) {
    let Ok(x) = u16::try_from(x) else { return };
    if x >= area.width || text.is_empty() {
        return;
    }
    let style = over.map_or(style, |over| style.patch(over));
    // What lay here before may have led somewhere (`app::links`).
    let style = style.underline_color(Color::Reset);
    let room = usize::from(area.width - x);
    write(buffer, (area.x + x, area.y), text, room, style);
}

/// Writes a text, made safe, into the cells from this place on: at most so many.
pub fn write(buffer: &mut Buffer, (x, y): (u16, u16), text: &str, room: usize, style: Style) {
    // Most texts begin with a cell a byte, and need not be taken apart into what people call
    // characters. The last byte of that may be part of what comes after it.
    let plain = text.bytes().take_while(|b| (0x20..0x7f).contains(b));
    let plain = match plain.count() {
        all if all == text.len() => all,
        some => some.saturating_sub(1),
    };
    let (text, rest) = text.split_at(plain);
    for (x, byte) in (x..buffer.area.right()).zip(text.bytes()).take(room) {
        if let Some(cell) = buffer.cell_mut((x, y)) {
            cell.set_char(char::from(byte)).set_style(style);
        }
    }
    let from = u16::try_from(plain).ok().and_then(|n| x.checked_add(n));
    if let Some(x) = from.filter(|x| *x < buffer.area.right())
        && let Some(room) = room.checked_sub(plain)
        && !rest.is_empty()
    {
        buffer.set_stringn(x, y, rest, room, style);
    }
}

/// The same symbol in every cell of a row.
pub fn fill(frame: &mut Frame<'_>, area: Rect, symbol: &str, style: Style) {
    let area = area.intersection(frame.area());
    let buffer = frame.buffer_mut();
    for x in area.left()..area.right() {
        if let Some(cell) = buffer.cell_mut((x, area.y)) {
            cell.set_symbol(symbol).set_style(style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_plain_text_stands_as_any_other(
            before in "[a-z宽é ]{0,12}",
            text in "[ -~]{0,12}",
            more in "([é宽\u{301}][ -~]{0,3}){0,2}",
            x in 0_u16..12,
            room in 0_usize..14,
        ) {
            let style = Style::new().add_modifier(Modifier::BOLD);
            let text = format!("{text}{more}");
            let mut one = Buffer::empty(Rect::new(0, 0, 10, 2));
            one.set_stringn(0, 1, before, 10, Style::new());
            let mut other = one.clone();
            if x < 10 {
                one.set_stringn(x, 1, &text, room, style);
                write(&mut other, (x, 1), &text, room, style);
            }
            prop_assert_eq!(one, other);
        }
    }
}
