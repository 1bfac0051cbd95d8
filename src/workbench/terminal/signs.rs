//! What the window is told beside the frames: its title, that a person is needed, how far the runs
//! are. Each is said once, when it changes. No control character gets into what is said.

use super::kind::{Kind, Way};
use super::modes::Mode;
use crate::text::{SafeText, truncate};
use crate::workbench::app::signs::Progress;
use std::io::{self, Write};

/// The most columns of a title or a text.
const LONGEST: usize = 160;

/// What the window was told.
#[derive(Debug, Default)]
pub struct Signs {
    /// Which terminal it is.
    pub kind: Kind,
    title: Option<String>,
    progress: Option<Progress>,
}

impl Signs {
    /// Nothing is told to a terminal of this kind yet.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            ..Self::default()
        }
    }

    /// Somebody else had the window: what it was told is to be told anew.
    pub fn forget(&mut self) {
        self.title = None;
        self.progress = None;
    }

    /// Tells the title, where it is another one.
    pub fn entitle(&mut self, title: &str, out: &mut impl Write) -> io::Result<()> {
        if self.title.as_deref() == Some(title) {
            return Ok(());
        }
        write!(out, "\x1b]2;{}\x1b\\", said(title))?;
        self.title = Some(title.to_owned());
        Ok(())
    }

    /// Tells how far the runs are, where it is otherwise than before.
    pub fn progress(&mut self, now: Option<Progress>, out: &mut impl Write) -> io::Result<()> {
        if self.progress == now || !self.kind.takes_progress() {
            return Ok(());
        }
        self.progress = now;
        let Some(now) = now else {
            return Mode::Progress.off(out);
        };
        Mode::Progress.on(out)?;
        // Some show nothing at all of a share of nothing.
        let (state, share) = match now {
            Progress::Live(Some(share)) => (1, share.max(1)),
            Progress::Live(None) => (3, 0),
            Progress::Stopped(share) => (2, share.max(1)),
            Progress::Waits(share) => (4, share.max(1)),
        };
        write!(out, "\x1b]9;4;{state};{share}\x1b\\")
    }

    /// Tells a person who looks elsewhere.
    pub fn notify(&self, text: &str, out: &mut impl Write) -> io::Result<()> {
        let text = said(text);
        let sequence = match self.kind.way() {
            Way::Nine => format!("\x1b]9;{text}\x1b\\"),
            // A semicolon would end the part that it stands in.
            Way::Seven => format!(
                "\x1b]777;notify;harness-tui;{}\x1b\\",
                text.replace(';', ",")
            ),
            Way::Bell => return out.write_all(b"\x07"),
        };
        if self.kind.is_in_tmux() {
            // It passes on only what it was set to; the bell marks its window in any case.
            let passed = sequence.replace('\x1b', "\x1b\x1b");
            return write!(out, "\x1bPtmux;{passed}\x1b\\\x07");
        }
        out.write_all(sequence.as_bytes())
    }
}

/// A text as it may be said within a sequence.
fn said(text: &str) -> String {
    truncate(SafeText::line(text).as_str(), LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(variables: &[(&str, &str)]) -> Signs {
        Signs::new(Kind::of(|name| {
            let found = variables.iter().find(|(n, _)| *n == name);
            found.map(|(_, value)| (*value).to_owned())
        }))
    }

    fn written(write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_title_is_told_when_it_changes_and_is_one_line_of_text() {
        let mut signs = signs(&[]);
        let hostile = "a\x07b\x1b\\c\u{9c}d\n";
        let said = written(|out| signs.entitle(hostile, out));
        assert!(said.starts_with("\x1b]2;") && said.ends_with("\x1b\\"));
        let inner = &said[4..said.len() - 2];
        assert!(!inner.chars().any(char::is_control), "{said:?}");
        assert_eq!(written(|out| signs.entitle(hostile, out)), "");
        signs.forget();
        assert_eq!(written(|out| signs.entitle(hostile, out)), said);
        let long = written(|out| signs.entitle(&"x".repeat(9999), out));
        assert!(long.len() < 200, "{}", long.len());
    }

    #[test]
    fn a_text_is_told_in_the_way_of_the_terminal() {
        let of = |variables: &[(&str, &str)]| {
            let signs = signs(variables);
            written(|out| signs.notify("a; b", out))
        };
        assert_eq!(of(&[("TERM", "xterm-kitty")]), "\x1b]9;a; b\x1b\\");
        let seven = "\x1b]777;notify;harness-tui;a, b\x1b\\";
        assert_eq!(of(&[("TERM", "foot")]), seven);
        assert_eq!(of(&[]), "\x07");
        let passed = "\x1bPtmux;\x1b\x1b]9;a; b\x1b\x1b\\\x1b\\\x07";
        assert_eq!(of(&[("TMUX", "x"), ("KITTY_WINDOW_ID", "1")]), passed);
        assert_eq!(of(&[("TMUX", "x")]), "\x07");
    }

    #[test]
    fn progress_is_told_in_its_states_and_only_where_it_is_known() {
        let mut signs = signs(&[("WT_SESSION", "x")]);
        let mut told = |now| written(|out| signs.progress(now, out));
        assert_eq!(told(None), "");
        assert_eq!(told(Some(Progress::Live(None))), "\x1b]9;4;3;0\x1b\\");
        assert_eq!(told(Some(Progress::Live(Some(40)))), "\x1b]9;4;1;40\x1b\\");
        assert_eq!(told(Some(Progress::Live(Some(40)))), "");
        assert_eq!(told(Some(Progress::Waits(40))), "\x1b]9;4;4;40\x1b\\");
        assert_eq!(told(Some(Progress::Stopped(0))), "\x1b]9;4;2;1\x1b\\");
        let mut unknown = Signs::default();
        let now = Some(Progress::Live(None));
        assert_eq!(written(|out| unknown.progress(now, out)), "");
    }
}
