//! What the program may write to a terminal: text, and the few sequences that are its own.

use base64::Engine;
use harness_tui::text::SafeText;
use harness_tui::workbench::terminal::modes::{FRAME, FRAME_END, TABLE};
use vte::{Params, Parser, Perform};

/// What else the program may write in what it is watched at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Also {
    /// Links, on a terminal that takes them.
    Links,
    /// Text for the clipboard, where a person copies.
    Copies,
}

/// What was written that is not ours.
#[derive(Default)]
struct Watch {
    strange: Vec<String>,
    links: bool,
    copies: bool,
    /// A link is open; in which row, once that is known.
    open: Option<Option<String>>,
    /// How many links there were.
    linked: usize,
    /// What was copied.
    copied: Vec<String>,
}

impl Watch {
    fn strange(&mut self, what: String) {
        if self.strange.len() < 20 {
            self.strange.push(what);
        }
    }
}

/// A control sequence as it was written.
fn spelled(params: &Params, intermediates: &[u8], action: char) -> String {
    let parts = params.iter().map(|p| {
        let sub: Vec<String> = p.iter().map(u16::to_string).collect();
        sub.join(":")
    });
    let parts = parts.collect::<Vec<_>>().join(";");
    let mut text = String::from("\u{1b}[");
    let (before, after) = match intermediates {
        [b'?' | b'>' | b'<' | b'=', rest @ ..] => (&intermediates[..1], rest),
        all => (&all[..0], all),
    };
    text.push_str(&String::from_utf8_lossy(before));
    text.push_str(&parts);
    text.push_str(&String::from_utf8_lossy(after));
    text.push(action);
    text
}

/// Whether this is a title in our words: what waits, a task with a stage, the project.
fn is_our_title(params: &[&[u8]]) -> bool {
    let [b"2", title] = params else { return false };
    let title = String::from_utf8_lossy(title);
    let ours = r"^(harness-tui|((\? \d+ waiting · |◐ ))?([A-Za-z0-9-]+ [a-z0-9-]+)?)( · [\w.-]+)?$";
    let ours = regex::Regex::new(ours).unwrap();
    ours.is_match(&title) && (title == "harness-tui" || title.contains(" · "))
}

/// Whether a link that is named so may lead there: to what the documents name, in characters of
/// addresses alone.
fn is_our_link(id: &[u8], to: &[u8]) -> bool {
    let fits = |pattern: &str, text: &[u8]| {
        let text = String::from_utf8_lossy(text);
        regex::Regex::new(pattern).unwrap().is_match(&text)
    };
    let to_known = r"^https?://(seen|evil)\.example(/[-A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%]*)?$";
    fits("^id=h[0-9a-f]{1,6}$", id) && fits(to_known, to) && to.len() <= 2000
}

/// The text that was copied, where it is text: what a person saw, and no payload.
fn copied(content: &[u8]) -> Option<String> {
    let text = base64::prelude::BASE64_STANDARD.decode(content).ok()?;
    let text = String::from_utf8(text).ok()?;
    let safe = SafeText::block(&text).as_str() == text;
    (safe && !["pwned", "hi", ""].contains(&text.as_str())).then_some(text)
}

impl Watch {
    /// Whether this begins a link of ours, or ends one.
    fn is_link(&mut self, params: &[&[u8]], bell: bool) -> bool {
        let [b"8", id, to @ ..] = params else {
            return false;
        };
        let to = to.join(&b';');
        let ours = match self.open {
            None => is_our_link(id, &to),
            Some(_) => id.is_empty() && to.is_empty(),
        };
        self.open = match self.open {
            None => Some(None),
            Some(_) => None,
        };
        self.linked += usize::from(self.open.is_some());
        self.links && ours && !bell
    }

    /// Whether this copies text.
    fn is_copy(&mut self, params: &[&[u8]]) -> bool {
        let [b"52", b"c", content] = params else {
            return false;
        };
        let text = copied(content).filter(|_| self.copies);
        let is = text.is_some();
        self.copied.extend(text);
        is
    }

    /// The cursor goes here: an open link stays in its row.
    fn goes(&mut self, to: &str) {
        let row = to.split(';').next().unwrap_or_default().to_owned();
        if let Some(open) = &mut self.open {
            let stays = open.get_or_insert_with(|| row.clone()) == &row;
            if !stays {
                self.strange("a link beyond its row".to_owned());
            }
        }
    }
}

impl Perform for Watch {
    fn print(&mut self, c: char) {
        let deceives = matches!(c,
            '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}');
        if deceives {
            self.strange(format!("the character U+{:04X}", u32::from(c)));
        }
    }

    fn execute(&mut self, byte: u8) {
        if !matches!(byte, b'\r' | b'\n' | b'\t') {
            self.strange(format!("the control {byte:#04x}"));
        }
    }

    fn hook(&mut self, _: &Params, intermediates: &[u8], _: bool, action: char) {
        self.strange(format!("a device string {intermediates:?} {action}"));
    }

    fn osc_dispatch(&mut self, params: &[&[u8]], bell: bool) {
        // The background is asked for, the window gets our title; nothing else is said this way
        // unless a person copies.
        if params != [&b"11"[..], b"?"]
            && !is_our_title(params)
            && !self.is_link(params, bell)
            && !self.is_copy(params)
        {
            let told: Vec<_> = params.iter().map(|p| String::from_utf8_lossy(p)).collect();
            self.strange(format!("a command {told:?}"));
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], ignore: bool, action: char) {
        let text = spelled(params, intermediates, action);
        let ours = match action {
            // Colours and weight, the place of what is painted, what is erased for it.
            'm' | 'H' | 'K' => intermediates.is_empty(),
            'J' => matches!(text.as_str(), "\u{1b}[2J" | "\u{1b}[0J" | "\u{1b}[J"),
            _ => {
                let asked = ["\u{1b}[?0u", "\u{1b}[>0q", "\u{1b}[0c"];
                let table = TABLE
                    .iter()
                    .any(|p| p.on.contains(&text) || p.off.contains(&text));
                table || text == FRAME || text == FRAME_END || asked.contains(&text.as_str())
            }
        };
        if action == 'H' {
            self.goes(text.trim_start_matches("\u{1b}["));
        }
        if ignore || !ours {
            self.strange(format!("the sequence {text:?}"));
        }
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], _: bool, byte: u8) {
        // What ends a command is told as one of these.
        if !(intermediates.is_empty() && byte == b'\\') {
            self.strange(format!("the escape {intermediates:?} {byte:#04x}"));
        }
    }
}

/// What was seen of links and copies.
#[derive(Debug)]
pub struct Seen {
    /// How many links there were.
    pub links: usize,
    /// What was copied, in order.
    pub copied: Vec<String>,
}

/// Fails with what of these bytes is neither text nor ours.
pub fn only_ours(bytes: &[u8], what: &str) {
    only_ours_and(bytes, what, &[]);
}

/// The same where this is ours too.
pub fn only_ours_and(bytes: &[u8], what: &str, also: &[Also]) -> Seen {
    let mut watch = Watch {
        links: also.contains(&Also::Links),
        copies: also.contains(&Also::Copies),
        ..Watch::default()
    };
    let mut parser = Parser::new();
    parser.advance(&mut watch, bytes);
    // Strings that are told to nobody: APC, PM, SOS; and titles as screen has them.
    for kind in [b'_', b'^', b'X', b'k'] {
        if bytes.windows(2).any(|w| w == [0x1b, kind]) {
            watch.strange(format!("a string by {:?}", char::from(kind)));
        }
    }
    if watch.open.is_some() {
        watch.strange("a link that stays open".to_owned());
    }
    assert!(watch.strange.is_empty(), "{what}: {:#?}", watch.strange);
    Seen {
        links: watch.linked,
        copied: watch.copied,
    }
}
