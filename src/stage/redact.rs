//! Secrets out of everything that is stored: values of the environment in the forms they travel
//! in, and texts that look like a key whatever their source.

use base64::Engine as _;
use regex::bytes::{Regex, RegexBuilder};
use std::collections::BTreeSet;

/// What stands where a secret stood.
pub const MARK: &str = "[secret]";

/// Values shorter than this are too common to be taken out.
const SHORTEST: usize = 8;

/// How many bytes a stream holds back, so that a secret across two pieces is seen whole.
const WINDOW: usize = 16 * 1024;

/// How a key over many lines begins.
const BLOCK: &str = "-----BEGIN";

/// Texts that are keys by their look. Each is bounded or a plain run, so that matching stays quick.
const PATTERNS: [&str; 9] = [
    r"sk-[A-Za-z0-9_-]{20,200}",
    r"gh[pousr]_[A-Za-z0-9]{30,200}",
    r"github_pat_[A-Za-z0-9_]{30,200}",
    r"glpat-[A-Za-z0-9_-]{20,100}",
    r"AKIA[0-9A-Z]{16}",
    r"AIza[0-9A-Za-z_-]{35}",
    r"xox[abprs]-[A-Za-z0-9-]{10,200}",
    r"npm_[A-Za-z0-9]{36}",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[A-Za-z0-9+/=\s\\,:-]*",
];

/// Knows the secrets of this process and takes them out of texts.
#[derive(Debug, Clone)]
pub struct Redactor {
    pattern: Option<Regex>,
    /// The forms of the values it knows.
    forms: Vec<String>,
}

impl Redactor {
    /// Knows the values of every variable whose name speaks of a key, token, secret or password,
    /// in the forms in which they travel: as they are, in base64 at any offset, percent-encoded,
    /// escaped for JSON and quoted for a shell.
    pub fn of<'a>(env: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut forms = BTreeSet::new();
        for (name, value) in env {
            let value = value.trim();
            if is_secret_name(name) && value.len() >= SHORTEST && value.len() <= WINDOW / 4 {
                forms.extend(forms_of(value));
            }
        }
        let mut forms: Vec<String> = forms.into_iter().collect();
        // The longest first, so that a form that holds another is taken out whole.
        forms.sort_by_key(|f| std::cmp::Reverse(f.len()));
        let words: Vec<String> = forms
            .iter()
            .map(|f| regex::escape(f))
            .chain(PATTERNS.map(str::to_owned))
            .collect();
        let build = |words: &[String]| {
            RegexBuilder::new(&words.join("|"))
                .unicode(false)
                .size_limit(64 * 1024 * 1024)
                .build()
                .ok()
        };
        Self {
            // Without unicode mode a form with letters beyond ASCII is matched by its bytes.
            pattern: build(&words),
            forms,
        }
    }

    /// The text without its secrets.
    pub fn text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.bytes(text.as_bytes())).into_owned()
    }

    /// The bytes without their secrets.
    pub fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        match &self.pattern {
            Some(pattern) => pattern.replace_all(bytes, MARK.as_bytes()).into_owned(),
            None => MARK.as_bytes().to_vec(),
        }
    }

    /// Whether a secret stands in these bytes; gives the line, from 1, of the first.
    pub fn finds(&self, bytes: &[u8]) -> Option<u32> {
        let found = self.pattern.as_ref()?.find(bytes)?;
        let breaks = bytes[..found.start()].iter().filter(|b| **b == b'\n');
        u32::try_from(breaks.count() + 1).ok()
    }

    /// The line, from 1, of the first secret in `now` that does not stand in `before` already.
    pub fn finds_beyond(&self, now: &[u8], before: &[u8]) -> Option<u32> {
        let pattern = self.pattern.as_ref()?;
        let known: BTreeSet<&[u8]> = pattern.find_iter(before).map(|m| m.as_bytes()).collect();
        let mut found = pattern.find_iter(now);
        let found = found.find(|m| !known.contains(m.as_bytes()))?;
        let breaks = now[..found.start()].iter().filter(|b| **b == b'\n');
        u32::try_from(breaks.count() + 1).ok()
    }

    /// How many bytes from the front of a text that goes on hold no part of a secret that may end
    /// in what is still to come: what stands behind them is to be held back.
    pub fn settled(&self, text: &str) -> usize {
        let bytes = text.as_bytes();
        let words = bytes.iter().rev().take_while(|b| b.is_ascii_graphic());
        let mut cut = bytes.len() - words.count();
        for form in self.forms.iter().map(String::as_bytes) {
            let longest = bytes.len().min(form.len().saturating_sub(1));
            let begun = (1..=longest).rev().find(|n| bytes.ends_with(&form[..*n]));
            cut = cut.min(bytes.len() - begun.unwrap_or(0));
        }
        // A key over many lines: its head, as far as it goes, and then whatever belongs to it.
        if let Some(at) = text.rfind(BLOCK) {
            let head = text[at..]
                .bytes()
                .all(|b| b == b'-' || b == b' ' || b.is_ascii_uppercase());
            cut = if head { cut.min(at) } else { cut };
        }
        let found = self.pattern.iter().flat_map(|p| p.find_iter(bytes));
        let over = { found }.find(|m| m.start() < cut && m.end() >= cut);
        // What begins there may go on, or is to be seen whole.
        cut = over.map_or(cut, |m| m.start());
        (0..=cut)
            .rev()
            .find(|n| text.is_char_boundary(*n))
            .unwrap_or(0)
    }

    /// A stream that is handed on piece by piece.
    pub fn stream(&self) -> Stream<'_> {
        Stream {
            redactor: self,
            held: Vec::new(),
        }
    }
}

/// Takes secrets out of a stream of pieces, also where one runs across their borders.
#[derive(Debug)]
pub struct Stream<'r> {
    redactor: &'r Redactor,
    held: Vec<u8>,
}

impl Stream<'_> {
    /// Takes a piece in; gives what can be stored by now.
    pub fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(piece);
        if self.held.len() <= 2 * WINDOW {
            return Vec::new();
        }
        let mut cut = self.held.len() - WINDOW;
        if let Some(pattern) = &self.redactor.pattern {
            for found in pattern.find_iter(&self.held) {
                if found.start() >= cut {
                    break;
                }
                // One that begins at the very front and still runs over the cut is longer than
                // the window: it is taken out as far as it is known.
                if found.end() > cut {
                    cut = if found.start() == 0 {
                        found.end()
                    } else {
                        found.start()
                    };
                    break;
                }
            }
        }
        let rest = self.held.split_off(cut);
        let ready = std::mem::replace(&mut self.held, rest);
        self.redactor.bytes(&ready)
    }

    /// Gives what was held back.
    pub fn finish(self) -> Vec<u8> {
        self.redactor.bytes(&self.held)
    }
}

/// Whether a variable of this name holds a secret.
pub fn is_secret_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["key", "token", "secret", "passw"]
        .iter()
        .any(|word| name.contains(word))
}

fn forms_of(value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned(), percent(value)];
    if let Ok(json) = serde_json::to_string(value) {
        forms.push(json.trim_matches('"').to_owned());
    }
    forms.push(value.replace('\'', r"'\''"));
    for shift in 0..3 {
        let mut bytes = vec![0_u8; shift];
        bytes.extend_from_slice(value.as_bytes());
        for engine in [
            base64::engine::general_purpose::STANDARD_NO_PAD,
            base64::engine::general_purpose::URL_SAFE_NO_PAD,
        ] {
            let text = engine.encode(&bytes);
            // The first and the last character also hold bits of what stands beside the secret.
            let from = [0, 2, 3][shift];
            let to = text.len() - usize::from(bytes.len() % 3 != 0);
            if let Some(core) = text.get(from..to).filter(|c| c.len() >= SHORTEST) {
                forms.push(core.to_owned());
            }
        }
    }
    forms
}

fn percent(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            for digit in [byte >> 4, byte & 15] {
                text.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
            let at = text.len() - 2;
            text.insert(at, '%');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VALUE: &str = "pa$$ w'o\"rd/12";

    fn redactor() -> Redactor {
        Redactor::of([
            ("MY_TOKEN", VALUE),
            ("HOME", "/home/someone-long"),
            ("A_KEY", "short"),
        ])
    }

    #[test]
    fn every_form_is_taken_out() {
        let redactor = redactor();
        let b64 = |t: &str| base64::engine::general_purpose::STANDARD.encode(t);
        for text in [
            format!("x {VALUE} y"),
            percent(VALUE),
            serde_json::to_string(&format!("<{VALUE}>")).unwrap(),
            format!("'{}'", VALUE.replace('\'', r"'\''")),
            b64(VALUE),
            b64(&format!("a{VALUE}bc")),
            b64(&format!("user:{VALUE}")),
        ] {
            assert!(redactor.text(&text).contains(MARK), "{text}");
        }
        let plain = "HOME is /home/someone-long and short";
        assert_eq!(redactor.text(plain), plain);
    }

    #[test]
    fn keys_are_known_by_their_look() {
        let redactor = Redactor::of([]);
        for text in [
            format!("sk-ant-{}", "x".repeat(30)),
            format!("ghp_{}", "a1".repeat(18)),
            "AKIAABCDEFGHIJKLMNOP".to_owned(),
            "-----BEGIN RSA PRIVATE KEY-----\nAAAA\nBBBB==\n-----END".to_owned(),
        ] {
            let got = redactor.text(&format!("<{text}>"));
            assert!(
                got.starts_with("<[secret]") && !got.contains("BBBB"),
                "{got}"
            );
        }
        assert_eq!(redactor.finds(b"a\nb\nAKIAABCDEFGHIJKLMNOP"), Some(3));
        assert_eq!(redactor.finds(b"nothing"), None);
        let old = b"AKIAABCDEFGHIJKLMNOP";
        assert_eq!(redactor.finds_beyond(b"a\nAKIAABCDEFGHIJKLMNOP", old), None);
        let two = b"AKIAABCDEFGHIJKLMNOP\nAKIAABCDEFGHIJKLMNOQ";
        assert_eq!(redactor.finds_beyond(two, old), Some(2));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn a_stream_gives_what_the_whole_would(
            before in 0usize..60_000, after in 0usize..40_000, piece in 1usize..9_000
        ) {
            let redactor = redactor();
            let mut whole = vec![b'.'; before];
            whole.extend_from_slice(VALUE.as_bytes());
            whole.extend(vec![b'-'; after]);
            let mut stream = redactor.stream();
            let mut got = Vec::new();
            for part in whole.chunks(piece) {
                got.extend(stream.push(part));
            }
            got.extend(stream.finish());
            prop_assert_eq!(got, redactor.bytes(&whole));
        }
    }
}
