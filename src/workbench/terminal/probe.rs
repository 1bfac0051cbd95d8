//! What the terminal has behind its text: asked once, after the first frame and before anybody else
//! reads from the terminal.
//!
//! The question (OSC 11) is followed by one that every terminal answers (DA1): what comes before that
//! answer is all that will come. A terminal that answers neither is waited for no longer than
//! [`PATIENCE`], and what it says after that is taken out of the keys by [`Late`]. What a person
//! types meanwhile is not lost.

use crate::workbench::theme::registry::Background;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, Write};
use std::time::{Duration, Instant};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_millis(100);
/// The question, and the one after it.
const QUESTION: &[u8] = b"\x1b]11;?\x1b\\\x1b[c";
/// More is no answer.
const MOST: usize = 4096;

/// Asks. What comes of it is for [`hear`].
pub fn ask() -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(QUESTION)?;
    out.flush()
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heard {
    /// The background, where it was told.
    pub background: Option<Background>,
    /// Whether the terminal said all it had to say.
    pub whole: bool,
    /// The keys that were pressed meanwhile.
    pub keys: Vec<KeyEvent>,
}

/// Waits for the answer, on the terminal in raw mode.
pub fn hear() -> Heard {
    let stdin = io::stdin();
    let until = Instant::now() + PATIENCE;
    let mut bytes = Vec::new();
    let mut piece = [0; 512];
    while bytes.len() < MOST && !parse(&bytes).whole {
        let left = until.saturating_duration_since(Instant::now());
        let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
        let wait = Timespec::try_from(left).ok();
        if left.is_zero() || !matches!(poll(&mut fds, wait.as_ref()), Ok(1..)) {
            break;
        }
        match rustix::io::read(&stdin, &mut piece[..]) {
            Ok(n @ 1..) => bytes.extend_from_slice(piece.get(..n).unwrap_or_default()),
            _ => break,
        }
    }
    parse(&bytes)
}

/// Takes answers and keys apart.
fn parse(bytes: &[u8]) -> Heard {
    let mut heard = Heard::default();
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        if let Some(body) = rest.strip_prefix(b"\x1b]") {
            let Some((body, more)) = until_end(body) else {
                break;
            };
            heard.background = heard.background.or_else(|| answer(body));
            rest = more;
        } else if let Some(body) = rest.strip_prefix(b"\x1b[") {
            let end = body.iter().position(|b| (0x40..=0x7e).contains(b));
            let Some(end) = end else { break };
            let (body, more) = body.split_at(end + 1);
            match body {
                [b'?', .., b'c'] => heard.whole = true,
                [b'A'] => heard.keys.push(KeyCode::Up.into()),
                [b'B'] => heard.keys.push(KeyCode::Down.into()),
                [b'C'] => heard.keys.push(KeyCode::Right.into()),
                [b'D'] => heard.keys.push(KeyCode::Left.into()),
                // Focus, mouse, a key that nobody presses within the first moment.
                _ => {}
            }
            rest = more;
        } else if first < 0x80 {
            heard.keys.extend(key(first));
            rest = after;
        } else {
            let text = String::from_utf8_lossy(rest);
            let c = text.chars().next().unwrap_or(' ');
            heard.keys.push(KeyCode::Char(c).into());
            rest = rest.get(c.len_utf8().min(rest.len())..).unwrap_or_default();
        }
    }
    heard
}

/// The body of an answer up to its end, and what comes after; `None`: it has none yet.
fn until_end(body: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = body.iter().position(|b| matches!(b, 0x07 | 0x1b))?;
    let (body, end) = body.split_at(end);
    match end {
        [0x1b] => None,
        [0x07, more @ ..] | [0x1b, b'\\', more @ ..] | more => Some((body, more)),
    }
}

/// The background of `11;rgb:1e1e/1e1e/1e1e`.
fn answer(body: &[u8]) -> Option<Background> {
    let text = std::str::from_utf8(body).ok()?;
    let (kind, colour) = text.strip_prefix("11;")?.split_once(':')?;
    if !["rgb", "rgba"].contains(&kind) {
        return None;
    }
    let mut parts = colour.split('/').map(channel);
    let rgb = [parts.next()??, parts.next()??, parts.next()??];
    Some(Background::of(rgb))
}

/// A channel of one to four hexadecimal digits, as a byte.
fn channel(digits: &str) -> Option<u8> {
    let hex = !digits.is_empty() && digits.len() <= 4;
    let hex = hex && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let value = u32::from_str_radix(digits, 16).ok().filter(|_| hex)?;
    let most = (1 << (4 * digits.len())) - 1;
    u8::try_from(value * 255 / most).ok()
}

fn key(byte: u8) -> Option<KeyEvent> {
    let control = |c: u8| KeyEvent::new(KeyCode::Char(char::from(c)), KeyModifiers::CONTROL);
    Some(match byte {
        b'\r' => KeyCode::Enter.into(),
        b'\t' => KeyCode::Tab.into(),
        0x1b => KeyCode::Esc.into(),
        0x7f => KeyCode::Backspace.into(),
        1..=26 => control(byte - 1 + b'a'),
        0..32 => return None,
        _ => KeyCode::Char(char::from(byte)).into(),
    })
}

/// Takes an answer that came too late out of the keys: there it looks like alt-], `1`, `1`, `;` and
/// so on up to alt-\ or ctrl-g. What turns out to be none is given back, key by key.
#[derive(Debug, Default)]
pub struct Late {
    held: Vec<KeyEvent>,
    body: String,
}

/// The longest answer, in keys.
const LONGEST: usize = 40;

/// What a key came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Sifted {
    /// It may belong to an answer: the next ones decide.
    Held,
    /// These were pressed.
    Keys(Vec<KeyEvent>),
    /// The answer is complete.
    Told(Option<Background>),
}

impl Late {
    /// Takes a key.
    pub fn sift(&mut self, key: KeyEvent) -> Sifted {
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        if self.held.is_empty() {
            if alt && key.code == KeyCode::Char(']') {
                self.held.push(key);
                return Sifted::Held;
            }
            return Sifted::Keys(vec![key]);
        }
        let ends =
            (alt && key.code == KeyCode::Char('\\')) || (ctrl && key.code == KeyCode::Char('g'));
        if ends && self.body.starts_with("11;") {
            let told = answer(self.body.as_bytes());
            *self = Self::default();
            return Sifted::Told(told);
        }
        self.held.push(key);
        match key.code {
            KeyCode::Char(c) if !alt && !ctrl && self.held.len() < LONGEST => {
                self.body.push(c);
                if "11;rgb".starts_with(&self.body) || self.body.starts_with("11;rgb") {
                    return Sifted::Held;
                }
            }
            _ => {}
        }
        Sifted::Keys(self.give_back())
    }

    /// Whether keys are held.
    pub fn holds(&self) -> bool {
        !self.held.is_empty()
    }

    /// The held keys: nothing more came.
    pub fn give_back(&mut self) -> Vec<KeyEvent> {
        self.body.clear();
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_answer_is_told_and_keys_around_it_are_kept() {
        let heard = parse(b"a\x1b]11;rgb:ffff/ffff/f0f0\x1b\\j\x1b[?62;4c\r");
        assert_eq!(heard.background, Some(Background::Light));
        assert!(heard.whole);
        let keys: Vec<KeyCode> = heard.keys.iter().map(|k| k.code).collect();
        assert_eq!(
            keys,
            [KeyCode::Char('a'), KeyCode::Char('j'), KeyCode::Enter]
        );
        let dark = parse(b"\x1b]11;rgba:1/2/1/f\x07\x1b[?1;2c");
        assert_eq!(dark.background, Some(Background::Dark));
    }

    #[test]
    fn one_that_can_not_say_is_told_by_the_second_answer() {
        let heard = parse(b"\x1b[?62c");
        assert_eq!((heard.background, heard.whole), (None, true));
        let cut = parse(b"\x1b]11;rgb:ff");
        assert_eq!((cut.background, cut.whole, cut.keys), (None, false, vec![]));
    }

    fn keys(text: &str) -> Vec<KeyEvent> {
        text.chars().map(|c| KeyCode::Char(c).into()).collect()
    }

    fn alt(c: char) -> KeyEvent {
        KeyEvent::new(KeyCode::Char(c), KeyModifiers::ALT)
    }

    #[test]
    fn a_late_answer_is_no_keys() {
        let mut late = Late::default();
        let mut all = vec![alt(']')];
        all.extend(keys("11;rgb:ffff/ffff/ffff"));
        for key in all {
            assert_eq!(late.sift(key), Sifted::Held);
        }
        assert_eq!(late.sift(alt('\\')), Sifted::Told(Some(Background::Light)));
        let q = keys("q")[0];
        assert_eq!(late.sift(q), Sifted::Keys(vec![q]));
    }

    proptest! {
        #[test]
        fn keys_are_never_lost_and_stay_in_order(
            pressed in prop::collection::vec((any::<bool>(), "[\\]1;rgb:/f\\\\qa]"), 0..60),
        ) {
            let mut late = Late::default();
            let mut given = Vec::new();
            let mut told = false;
            let pressed: Vec<KeyEvent> = pressed
                .iter()
                .map(|(alt, c)| {
                    let modifiers = if *alt { KeyModifiers::ALT } else { KeyModifiers::NONE };
                    KeyEvent::new(KeyCode::Char(c.chars().next().unwrap()), modifiers)
                })
                .collect();
            for key in &pressed {
                match late.sift(*key) {
                    Sifted::Held => {}
                    Sifted::Keys(keys) => given.extend(keys),
                    Sifted::Told(_) => told = true,
                }
            }
            given.extend(late.give_back());
            prop_assert!(told || given == pressed);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = parse(&bytes);
        }
    }
}
