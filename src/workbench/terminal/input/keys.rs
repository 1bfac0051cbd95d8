//! Keys, in the old spelling and in the one of the kitty keyboard protocol.

use super::number;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A byte below 0x80 that begins no sequence.
pub fn plain(byte: u8, alt: bool) -> Option<KeyEvent> {
    let (code, control) = match byte {
        b'\r' => (KeyCode::Enter, false),
        b'\t' => (KeyCode::Tab, false),
        0x7f => (KeyCode::Backspace, false),
        0x00 => (KeyCode::Char(' '), true),
        0x01..=0x1a => (KeyCode::Char(char::from(byte - 1 + b'a')), true),
        0x1c..=0x1f => (KeyCode::Char(char::from(byte - 0x1c + b'4')), true),
        0x1b => return None,
        _ => return Some(letter(char::from(byte), alt)),
    };
    let mut modifiers = KeyModifiers::NONE;
    modifiers.set(KeyModifiers::CONTROL, control);
    modifiers.set(KeyModifiers::ALT, alt);
    Some(KeyEvent::new(code, modifiers))
}

/// A letter, a digit, a mark.
pub fn letter(c: char, alt: bool) -> KeyEvent {
    let mut modifiers = KeyModifiers::NONE;
    modifiers.set(KeyModifiers::SHIFT, c.is_uppercase());
    modifiers.set(KeyModifiers::ALT, alt);
    KeyEvent::new(KeyCode::Char(c), modifiers)
}

/// What comes after `ESC O`.
pub fn ss3(last: u8) -> Option<KeyEvent> {
    named(last).map(KeyEvent::from)
}

/// What comes after `ESC [ [`: the function keys of the Linux console.
pub fn console(last: u8) -> Option<KeyEvent> {
    let n = last.checked_sub(b'A').filter(|n| *n < 5)?;
    Some(KeyCode::F(n + 1).into())
}

/// A control sequence that is a key: `1;5A`, `3~`, `97;5u`.
pub fn control(held: &[u8], last: u8) -> Option<KeyEvent> {
    let parts: Vec<&[u8]> = held.split(|b| *b == b';').collect();
    let first = |n: usize| -> Option<u32> {
        let part = parts.get(n)?;
        number(part.split(|b| *b == b':').next()?)
    };
    let modifiers = match parts.get(1).copied().unwrap_or_default() {
        b"" => KeyModifiers::NONE,
        text => pressed(text)?,
    };
    let code = match last {
        b'u' => return kitty(parts.first()?, modifiers),
        b'Z' => return Some(KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT)),
        // How some terminals tell a letter with modifiers: `27;5;97~`.
        b'~' if first(0) == Some(27) => {
            return code(first(2)?).map(|code| KeyEvent::new(code, modifiers));
        }
        b'~' => numbered(first(0)?)?,
        // `1;2R` is a key; with any other first number it is where the cursor stands.
        _ if held.is_empty() || first(0) == Some(1) => named(last)?,
        _ => return None,
    };
    Some(KeyEvent::new(code, modifiers))
}

/// The modifiers of `5` or `5:1`. `None`: no key for us: it was let go, or it is held with one of
/// the keys that belong to the window manager.
fn pressed(text: &[u8]) -> Option<KeyModifiers> {
    const RELEASED: u32 = 3;
    let mut parts = text.split(|b| *b == b':');
    let bits = number(parts.next()?)?.checked_sub(1)?;
    if parts.next().and_then(number) == Some(RELEASED) || bits & 0b11_1000 != 0 {
        return None;
    }
    let mut modifiers = KeyModifiers::NONE;
    modifiers.set(KeyModifiers::SHIFT, bits & 1 != 0);
    modifiers.set(KeyModifiers::ALT, bits & 2 != 0);
    modifiers.set(KeyModifiers::CONTROL, bits & 4 != 0);
    Some(modifiers)
}

/// `97:65` or `97:65:97`: the key, what shift makes of it, and where it lies on the standard board.
fn kitty(text: &[u8], modifiers: KeyModifiers) -> Option<KeyEvent> {
    let mut parts = text.split(|b| *b == b':');
    let plain = number(parts.next()?)?;
    let shifted = parts.next().and_then(number);
    let shift = modifiers.contains(KeyModifiers::SHIFT);
    let code = match (shift, shifted.and_then(char::from_u32)) {
        (true, Some(c)) if !c.is_control() => KeyCode::Char(c),
        _ => code(plain)?,
    };
    match (code, shift) {
        (KeyCode::Tab, true) => Some(KeyEvent::new(KeyCode::BackTab, modifiers)),
        _ => Some(KeyEvent::new(code, modifiers)),
    }
}

/// The key of a number of the kitty protocol.
fn code(number: u32) -> Option<KeyCode> {
    const KEYPAD: &[u8] = b"0123456789./*-+";
    let at = |from: u32| usize::try_from(number - from).ok();
    Some(match number {
        27 => KeyCode::Esc,
        13 | 57414 => KeyCode::Enter,
        9 => KeyCode::Tab,
        8 | 127 => KeyCode::Backspace,
        57376..=57398 => KeyCode::F(u8::try_from(number - 57376 + 13).ok()?),
        57399..=57413 => KeyCode::Char(char::from(*KEYPAD.get(at(57399)?)?)),
        57415 => KeyCode::Char('='),
        57417..=57426 => *[
            KeyCode::Left,
            KeyCode::Right,
            KeyCode::Up,
            KeyCode::Down,
            KeyCode::PageUp,
            KeyCode::PageDown,
            KeyCode::Home,
            KeyCode::End,
            KeyCode::Insert,
            KeyCode::Delete,
        ]
        .get(at(57417)?)?,
        // Keys that are no character: locks, media, modifiers alone.
        57344..=63743 => return None,
        _ => KeyCode::Char(char::from_u32(number).filter(|c| !c.is_control())?),
    })
}

fn named(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P'..=b'S' => KeyCode::F(last - b'P' + 1),
        b'M' => KeyCode::Enter,
        _ => return None,
    })
}

fn numbered(number: u32) -> Option<KeyCode> {
    let f = |from: u32, base: u32| Some(KeyCode::F(u8::try_from(number - from + base).ok()?));
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => f(11, 1)?,
        17..=21 => f(17, 6)?,
        23..=26 => f(23, 11)?,
        28..=29 => f(28, 15)?,
        31..=34 => f(31, 17)?,
        _ => return None,
    })
}
