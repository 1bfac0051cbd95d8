//! What the mouse does, as terminals tell it.

use super::number;
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

/// `button;column;row`, counted from 1; `up` where a button was let go.
pub fn sgr(text: &[u8], up: bool) -> Option<MouseEvent> {
    let mut parts = text.split(|b| *b == b';');
    let mut part = || number(parts.next()?);
    let (code, column, row) = (part()?, part()?, part()?);
    let at = |n: u32| u16::try_from(n.checked_sub(1)?).ok();
    event(u8::try_from(code).ok()?, up, at(column)?, at(row)?)
}

/// Three bytes, each 32 more than it means. Which button was let go is not told.
pub fn old(bytes: &[u8]) -> Option<MouseEvent> {
    let [code, column, row] = *bytes else {
        return None;
    };
    let at = |b: u8| Some(u16::from(b.checked_sub(33)?));
    let code = code.checked_sub(32)?;
    let up = code & 0b0100_0011 == 3;
    let code = if up { code & !3 } else { code };
    event(code, up, at(column)?, at(row)?)
}

fn event(code: u8, up: bool, column: u16, row: u16) -> Option<MouseEvent> {
    let button = match code & 0b1100_0011 {
        0 => Some(MouseButton::Left),
        1 => Some(MouseButton::Middle),
        2 => Some(MouseButton::Right),
        _ => None,
    };
    let moved = code & 0b0010_0000 != 0;
    let kind = match (code & 0b1100_0011, button) {
        (_, Some(button)) if up => MouseEventKind::Up(button),
        (_, Some(button)) if moved => MouseEventKind::Drag(button),
        (_, Some(button)) => MouseEventKind::Down(button),
        (3, None) if moved => MouseEventKind::Moved,
        (64, None) => MouseEventKind::ScrollUp,
        (65, None) => MouseEventKind::ScrollDown,
        (66, None) => MouseEventKind::ScrollLeft,
        (67, None) => MouseEventKind::ScrollRight,
        _ => return None,
    };
    let mut modifiers = KeyModifiers::NONE;
    for (bit, modifier) in [
        (4, KeyModifiers::SHIFT),
        (8, KeyModifiers::ALT),
        (16, KeyModifiers::CONTROL),
    ] {
        if code & bit != 0 {
            modifiers |= modifier;
        }
    }
    Some(MouseEvent {
        kind,
        column,
        row,
        modifiers,
    })
}
