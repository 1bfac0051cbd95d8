//! From the bytes of the terminal to what they say: keys, pasted text, the mouse, the focus, and
//! answers. What is none of these is dropped, never taken for keys.
//!
//! A sequence may come in pieces, and comes to the same. Only the escape key alone, which is how
//! every sequence begins, is told by the silence after it: see [`Parser::patience`].

mod keys;
mod mouse;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEvent};
use memchr::memchr;
use std::time::Duration;

/// How long after an escape nothing must come for it to be the key.
const ALONE: Duration = Duration::from_millis(25);
/// How long an answer may pause before it is given up.
const BROKEN: Duration = Duration::from_millis(500);
/// The longest sequence that is looked at.
const MAX_SEQUENCE: usize = 1024;
/// The most bytes of a pasted text that are kept.
const MAX_PASTE: usize = 1024 * 1024;
/// What ends a pasted text.
const PASTE_END: &[u8] = b"\x1b[201~";
/// What a person types to get out of a paste whose end never came.
const INTERRUPT: &[u8] = &[3];

/// Something the terminal said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed.
    Key(KeyEvent),
    /// A text was pasted; its lines end with line feeds.
    Paste(String),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// The window got the focus, or lost it.
    Focus(bool),
    /// The terminal answered.
    Reply(Reply),
}

/// An answer of the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It has the kitty keyboard protocol, with these flags now.
    Keyboard(u8),
    /// Its name and version.
    Version(String),
    /// What it is, in numbers nobody needs: the answer that every terminal gives, and the last.
    Attributes,
    /// Nothing: it was waited for long enough, though it may still answer.
    Silence,
    /// The colour of its background: red, green, blue.
    Ground(u8, u8, u8),
    /// A person changed its colours; whether they are dark now.
    Dark(bool),
}

/// Where in the bytes it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum At {
    #[default]
    Ground,
    /// After an escape.
    Escape,
    /// In a control sequence.
    Csi,
    /// After `ESC O`.
    Ss3,
    /// The last byte of a function key of the Linux console.
    Console,
    /// In a click as the oldest terminals tell it: three bytes.
    OldMouse,
    /// In a text for programs: OSC, DCS, APC, PM or SOS.
    Text(u8),
    /// The same, after an escape.
    TextEscape(u8),
    /// In a pasted text.
    Paste,
}

/// Understands what the terminal says.
#[derive(Debug, Default)]
pub struct Parser {
    at: At,
    /// What of the sequence came so far.
    held: Vec<u8>,
    /// What of a character came so far, and whether alt was held.
    character: Vec<u8>,
    alt: bool,
    /// How many bytes of the end of a pasted text were seen.
    ending: usize,
}

impl Parser {
    /// Takes bytes in.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<Input>) {
        if self.at == At::Paste && bytes == INTERRUPT {
            *self = Self::default();
        }
        let mut rest = bytes;
        while let Some((byte, after)) = rest.split_first() {
            if self.at == At::Paste {
                rest = self.pasted(rest, out);
            } else {
                self.byte(*byte, out);
                rest = after;
            }
        }
    }

    /// How long to wait for more before [`Parser::idle`] is to be told; `None`: nothing is open.
    pub fn patience(&self) -> Option<Duration> {
        match self.at {
            At::Ground | At::Paste => None,
            At::Escape | At::Csi | At::Ss3 | At::Text(_) if self.held.is_empty() => Some(ALONE),
            _ => Some(BROKEN),
        }
    }

    /// Nothing came for as long as [`Parser::patience`] says.
    pub fn idle(&mut self, out: &mut Vec<Input>) {
        let alone = self.held.is_empty();
        match std::mem::take(&mut self.at) {
            At::Paste => self.at = At::Paste,
            At::Escape => out.push(Input::Key(KeyCode::Esc.into())),
            At::Csi if alone => out.push(alt('[')),
            At::Ss3 if alone => out.push(alt('O')),
            At::Text(by) if alone => out.push(alt(char::from(by))),
            _ => {}
        }
        if self.at != At::Paste {
            self.held.clear();
        }
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<Input>) {
        match self.at {
            At::Ground => self.ground(byte, out),
            At::Escape => self.escape(byte, out),
            At::Csi => self.control(byte, out),
            At::Ss3 => {
                self.at = At::Ground;
                out.extend(keys::ss3(byte).map(Input::Key));
            }
            At::Console => {
                self.at = At::Ground;
                out.extend(keys::console(byte).map(Input::Key));
            }
            At::OldMouse => {
                self.held.push(byte);
                if self.held.len() == 3 {
                    self.at = At::Ground;
                    let held = std::mem::take(&mut self.held);
                    out.extend(mouse::old(&held).map(Input::Mouse));
                }
            }
            At::Text(by) => match byte {
                0x07 => self.text_ends(by, out),
                0x1b => self.at = At::TextEscape(by),
                // Cancelled by the terminal, or by a hand that is tired of waiting.
                0x18 | 0x1a | 0x03 => self.drop_sequence(),
                _ => self.hold(byte),
            },
            At::TextEscape(by) => {
                if byte == b'\\' {
                    self.text_ends(by, out);
                } else {
                    self.drop_sequence();
                    self.escape(byte, out);
                }
            }
            At::Paste => {}
        }
    }

    fn ground(&mut self, byte: u8, out: &mut Vec<Input>) {
        if byte == 0x1b {
            self.character.clear();
            self.alt = false;
            self.at = At::Escape;
            return;
        }
        if byte < 0x80 {
            self.character.clear();
            let alt = std::mem::take(&mut self.alt);
            out.extend(keys::plain(byte, alt).map(Input::Key));
            return;
        }
        self.character.push(byte);
        match std::str::from_utf8(&self.character) {
            Ok(text) => {
                let alt = std::mem::take(&mut self.alt);
                let typed = text.chars().next().filter(|c| !c.is_control());
                out.extend(typed.map(|c| Input::Key(keys::letter(c, alt))));
                self.character.clear();
            }
            // Something is still to come.
            Err(error) if error.error_len().is_none() => {}
            Err(_) => {
                // No character begins so; what broke it may begin one.
                let begins = self.character.len() > 1;
                self.character.clear();
                if begins {
                    self.ground(byte, out);
                }
            }
        }
    }

    fn escape(&mut self, byte: u8, out: &mut Vec<Input>) {
        self.held.clear();
        self.at = match byte {
            b'[' => At::Csi,
            b'O' => At::Ss3,
            b']' | b'P' | b'_' | b'^' | b'X' => At::Text(byte),
            0x1b => {
                out.push(Input::Key(KeyCode::Esc.into()));
                At::Escape
            }
            _ => {
                self.at = At::Ground;
                self.alt = true;
                return self.ground(byte, out);
            }
        };
    }

    fn control(&mut self, byte: u8, out: &mut Vec<Input>) {
        match byte {
            b'[' if self.held.is_empty() => self.at = At::Console,
            b'M' if self.held.is_empty() => self.at = At::OldMouse,
            0x20..=0x3f => self.hold(byte),
            0x40..=0x7e => {
                self.at = At::Ground;
                let held = std::mem::take(&mut self.held);
                self.dispatch(&held, byte, out);
            }
            0x1b => {
                self.drop_sequence();
                self.at = At::Escape;
            }
            _ => self.drop_sequence(),
        }
    }

    fn dispatch(&mut self, held: &[u8], last: u8, out: &mut Vec<Input>) {
        let told = match (held, last) {
            (b"200", b'~') => {
                self.at = At::Paste;
                return;
            }
            ([], b'I') => Some(Input::Focus(true)),
            ([], b'O') => Some(Input::Focus(false)),
            ([b'<', rest @ ..], b'M' | b'm') => mouse::sgr(rest, last == b'm').map(Input::Mouse),
            ([b'?', rest @ ..], b'u') => number(rest).map(|n| {
                let flags = u8::try_from(n).unwrap_or(u8::MAX);
                Input::Reply(Reply::Keyboard(flags))
            }),
            ([b'?', ..], b'c') => Some(Input::Reply(Reply::Attributes)),
            (b"?997;1", b'n') => Some(Input::Reply(Reply::Dark(true))),
            (b"?997;2", b'n') => Some(Input::Reply(Reply::Dark(false))),
            ([b'?' | b'>' | b'=' | b'<', ..], _) => None,
            _ => keys::control(held, last).map(Input::Key),
        };
        out.extend(told);
    }

    fn text_ends(&mut self, by: u8, out: &mut Vec<Input>) {
        self.at = At::Ground;
        let held = std::mem::take(&mut self.held);
        let text = String::from_utf8_lossy(&held);
        let reply = match by {
            b'P' => text
                .strip_prefix(">|")
                .map(|name| Reply::Version(name.to_owned())),
            b']' => text.strip_prefix("11;").and_then(ground),
            _ => None,
        };
        out.extend(reply.map(Input::Reply));
    }

    fn hold(&mut self, byte: u8) {
        // The rest of one that is too long is dropped with it, not read as keys.
        if self.held.len() < MAX_SEQUENCE {
            self.held.push(byte);
        }
    }

    fn drop_sequence(&mut self) {
        self.at = At::Ground;
        self.held.clear();
    }

    /// Takes pasted bytes in, up to the end of the paste; what comes after it.
    fn pasted<'a>(&mut self, bytes: &'a [u8], out: &mut Vec<Input>) -> &'a [u8] {
        let mut rest = bytes;
        loop {
            if self.ending == 0 {
                // All up to what may begin the end is text.
                let text = memchr(PASTE_END[0], rest).unwrap_or(rest.len());
                let (text, after) = rest.split_at(text);
                self.keep(text);
                rest = after;
            }
            let Some((byte, after)) = rest.split_first() else {
                return &[];
            };
            if *byte == PASTE_END[self.ending] {
                self.ending += 1;
                rest = after;
                if self.ending == PASTE_END.len() {
                    self.paste_ends(out);
                    return rest;
                }
            } else {
                // It was none; this byte is looked at once more.
                let seen = std::mem::take(&mut self.ending);
                self.keep(&PASTE_END[..seen]);
            }
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = MAX_PASTE.saturating_sub(self.held.len());
        self.held.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn paste_ends(&mut self, out: &mut Vec<Input>) {
        self.at = At::Ground;
        self.ending = 0;
        let held = std::mem::take(&mut self.held);
        let text = String::from_utf8_lossy(&held);
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        out.push(Input::Paste(text));
    }
}

fn alt(c: char) -> Input {
    Input::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::ALT))
}

/// A decimal number, and nothing else.
fn number(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// `rgb:ffff/ffff/ffff`, with one to four digits each.
fn ground(text: &str) -> Option<Reply> {
    let mut parts = text.strip_prefix("rgb:")?.splitn(3, '/');
    let mut part = || {
        let digits = parts.next().filter(|d| (1..=4).contains(&d.len()))?;
        let value = u32::from_str_radix(digits, 16).ok()?;
        let most = (1 << (4 * digits.len())) - 1;
        u8::try_from(value * 255 / most).ok()
    };
    Some(Reply::Ground(part()?, part()?, part()?))
}

#[cfg(test)]
mod tests;
