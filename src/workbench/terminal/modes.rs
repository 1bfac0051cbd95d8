//! The modes of the terminal, each as the pair that switches it on and off. What is on is known to
//! the whole process, so that a panic in any thread can switch it off.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU16, Ordering};

/// A mode of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The window's title is kept by the terminal, to be put back.
    Title,
    /// The other screen, which leaves what stood on the terminal untouched.
    Alternate,
    /// No cursor.
    Cursor,
    /// Pasted text is told apart from keys.
    Paste,
    /// The terminal tells when its window gets or loses the focus.
    Focus,
    /// Clicks, the wheel and drags are told, in coordinates of any size.
    Mouse,
    /// Keys are told without ambiguity, with the letter that shift makes of them: flags 1 and 4 of
    /// the kitty keyboard protocol.
    Keyboard,
    /// The window shows that something goes on. Each state of it is a sequence of its own, so there
    /// is nothing to switch on.
    Progress,
}

/// A mode with its sequences.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    /// The mode.
    pub mode: Mode,
    /// What switches it on.
    pub on: &'static str,
    /// What switches it off, or puts back what was.
    pub off: &'static str,
    /// Whether each `on` wants an `off` of its own: the terminal keeps a stack of it.
    pub stacked: bool,
}

/// Every mode, in the order in which they are switched on; they are switched off from the last to
/// the first. The keyboard's flags belong to the screen on which they were set, so they come after
/// the other screen.
pub const TABLE: [Pair; 8] = [
    pair(Mode::Title, "\x1b[22;0t", "\x1b[23;0t", true),
    pair(Mode::Alternate, "\x1b[?1049h", "\x1b[?1049l", false),
    pair(Mode::Cursor, "\x1b[?25l", "\x1b[?25h", false),
    pair(Mode::Paste, "\x1b[?2004h", "\x1b[?2004l", false),
    pair(Mode::Focus, "\x1b[?1004h", "\x1b[?1004l", false),
    pair(
        Mode::Mouse,
        "\x1b[?1000h\x1b[?1002h\x1b[?1006h",
        "\x1b[?1006l\x1b[?1002l\x1b[?1000l",
        false,
    ),
    pair(Mode::Keyboard, "\x1b[>5u", "\x1b[<u", true),
    pair(Mode::Progress, "", "\x1b]9;4;0\x1b\\", false),
];

/// What begins a frame that is shown only when it is whole.
pub const FRAME: &str = "\x1b[?2026h";
/// What ends such a frame.
pub const FRAME_END: &str = "\x1b[?2026l";
/// No colours, no weight.
const PLAIN: &str = "\x1b[0m";

const fn pair(mode: Mode, on: &'static str, off: &'static str, stacked: bool) -> Pair {
    Pair {
        mode,
        on,
        off,
        stacked,
    }
}

/// Which modes are on, a bit each.
static ON: AtomicU16 = AtomicU16::new(0);

impl Mode {
    fn bit(self) -> u16 {
        1 << (self as u16)
    }

    fn pair(self) -> &'static Pair {
        // The table is in the order of the modes; a test holds it.
        &TABLE[self as usize]
    }

    /// Whether it is on.
    pub fn is_on(self) -> bool {
        ON.load(Ordering::SeqCst) & self.bit() != 0
    }

    /// Switches it on, where it is not.
    pub fn on(self, out: &mut impl Write) -> io::Result<()> {
        // Remembered first: what may have arrived has to be switched off.
        if ON.fetch_or(self.bit(), Ordering::SeqCst) & self.bit() == 0 {
            out.write_all(self.pair().on.as_bytes())?;
        }
        Ok(())
    }

    /// Switches it off, where it is on.
    pub fn off(self, out: &mut impl Write) -> io::Result<()> {
        if ON.fetch_and(!self.bit(), Ordering::SeqCst) & self.bit() != 0 {
            out.write_all(self.pair().off.as_bytes())?;
        }
        Ok(())
    }
}

/// Switches off whatever is on, from the last to the first; and an open frame is ended.
pub fn all_off(out: &mut impl Write) -> io::Result<()> {
    out.write_all(FRAME_END.as_bytes())?;
    out.write_all(PLAIN.as_bytes())?;
    let mut first = Ok(());
    for pair in TABLE.iter().rev() {
        // Each is tried, whatever became of the one before.
        first = first.and(pair.mode.off(out));
    }
    first
}

/// Says again what is on, but for what the terminal keeps a stack of: after somebody else had the
/// terminal without being lent it.
pub fn again(out: &mut impl Write) -> io::Result<()> {
    for pair in TABLE.iter().filter(|p| !p.stacked && p.mode.is_on()) {
        out.write_all(pair.on.as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_has_its_row_and_private_modes_are_paired_number_by_number() {
        for (n, pair) in TABLE.iter().enumerate() {
            assert_eq!(pair.mode as usize, n, "{:?}", pair.mode);
            assert!(!pair.off.is_empty(), "{:?}", pair.mode);
            let numbers = |text: &str, end: char| {
                let parts = text.split("\x1b[?").skip(1);
                let mut found: Vec<String> = parts
                    .filter_map(|p| p.strip_suffix(end))
                    .map(str::to_owned)
                    .collect();
                found.sort();
                found
            };
            // The cursor is hidden by an `l`; each number of the one stands in the other.
            let on = [numbers(pair.on, 'h'), numbers(pair.on, 'l')].concat();
            let off = [numbers(pair.off, 'l'), numbers(pair.off, 'h')].concat();
            assert_eq!(on, off, "{:?}", pair.mode);
        }
    }

    #[test]
    fn what_was_switched_on_is_switched_off_once_and_in_reverse() {
        let mut out = Vec::new();
        Mode::Alternate.on(&mut out).unwrap();
        Mode::Mouse.on(&mut out).unwrap();
        Mode::Mouse.on(&mut out).unwrap();
        Mode::Keyboard.on(&mut out).unwrap();
        let on = String::from_utf8(std::mem::take(&mut out)).unwrap();
        assert_eq!(on.matches("?1002h").count(), 1);
        again(&mut out).unwrap();
        let said = String::from_utf8(std::mem::take(&mut out)).unwrap();
        assert!(said.contains("?1049h") && !said.contains(">5u"), "{said:?}");
        all_off(&mut out).unwrap();
        let off = String::from_utf8(std::mem::take(&mut out)).unwrap();
        assert!(off.starts_with(FRAME_END), "{off:?}");
        assert!(off.find("<u") < off.find("?1002l"), "{off:?}");
        assert!(off.find("?1002l") < off.find("?1049l"), "{off:?}");
        assert!(!off.contains("?2004l"), "{off:?}");
        all_off(&mut out).unwrap();
        assert_eq!(out, format!("{FRAME_END}{PLAIN}").into_bytes());
    }
}
