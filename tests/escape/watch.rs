//! What the program may write to a terminal: text, and the few sequences that are its own.

use harness_tui::workbench::terminal::modes::{FRAME, FRAME_END, TABLE};
use vte::{Params, Parser, Perform};

/// What was written that is not ours.
#[derive(Default)]
struct Watch {
    strange: Vec<String>,
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

    fn osc_dispatch(&mut self, params: &[&[u8]], _: bool) {
        // The background is asked for, the window gets our title; nothing else is said this way
        // unless a person copies.
        if params != [&b"11"[..], b"?"] && !is_our_title(params) {
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

/// Fails with what of these bytes is neither text nor ours.
pub fn only_ours(bytes: &[u8], what: &str) {
    let mut watch = Watch::default();
    let mut parser = Parser::new();
    parser.advance(&mut watch, bytes);
    // Strings that are told to nobody: APC, PM, SOS; and titles as screen has them.
    for kind in [b'_', b'^', b'X', b'k'] {
        if bytes.windows(2).any(|w| w == [0x1b, kind]) {
            watch.strange(format!("a string by {:?}", char::from(kind)));
        }
    }
    assert!(watch.strange.is_empty(), "{what}: {:#?}", watch.strange);
}
