//! JSON that can stand on a terminal: what would act on one is written as JSON writes any character
//! by its number.

use super::safe::is_deceptive;
use std::fmt::Write;

/// The same JSON, with the control characters and those that deceive as `\u....`. The text between
/// strings is plain in any JSON, so only what is in strings can change, and means the same.
pub fn shown(json: &str) -> String {
    let harmless = |c: char| c == '\n' || !(c.is_control() || is_deceptive(c));
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if harmless(c) {
            text.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a string can't fail.
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_acts_is_written_by_its_number() {
        let value = serde_json::json!({ "a": "\u{9b}2J\u{7f}\u{202e}\u{e0041}é" });
        assert_eq!(
            shown(&value.to_string()),
            r#"{"a":"\u009b2J\u007f\u202e\udb40\udc41é"}"#
        );
    }

    proptest! {
        #[test]
        fn it_says_the_same(text in any::<String>()) {
            let value = serde_json::json!([text]);
            let shown = shown(&value.to_string());
            prop_assert!(!shown.chars().any(|c| c.is_control() || is_deceptive(c)));
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
        }
    }
}
