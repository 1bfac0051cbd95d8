//! The part of a receipt that programs read: JSON, a record a line, in plain ASCII. There is one way to
//! write each receipt, so that whatever was changed in it is seen.

use super::{FORMAT, Receipt};
use crate::terms::Digest;
use serde_json::Value;
use std::fmt::Write as _;

/// How the line above it begins; the receipt's digest follows.
pub const FENCE: &str = "```json harness-receipt blake3:";
/// The trailer of a commit that names a receipt.
pub const TRAILER: &str = "Harness-Receipt";
/// Largest text that a receipt is looked for in.
pub const MAX_TEXT: usize = 16 * 1024 * 1024;

/// Why a text is no receipt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Damaged {
    /// It is of a form that is not known here.
    #[error("it is of form {0}, and this program knows {FORMAT}; use a newer one")]
    Newer(u64),
    /// It can't be read.
    #[error("it can't be read: {0}")]
    Unreadable(String),
    /// It holds something that no receipt is written with.
    #[error("it is not written as receipts are, so something was changed in it")]
    Rewritten,
}

impl Receipt {
    /// The part for programs, without a line break at its end.
    pub fn machine(&self) -> String {
        // Every value of it has a text for its keys, so it can always be written.
        let value = serde_json::to_value(self).unwrap_or_default();
        let mut out = String::from("{\n");
        let fields = value.as_object().into_iter().flatten();
        for (n, (key, value)) in fields.enumerate() {
            out.push_str(if n == 0 { "" } else { ",\n" });
            let _ = write!(out, "\"{key}\":");
            match value.as_array().filter(|all| !all.is_empty()) {
                Some(all) => {
                    let rows: Vec<String> = all.iter().map(Value::to_string).collect();
                    let _ = write!(out, "[\n{}\n]", rows.join(",\n"));
                }
                None => out.push_str(&value.to_string()),
            }
        }
        out.push_str("\n}");
        plain(&out)
    }

    /// The digest of that part, by which a commit names it.
    pub fn digest(&self) -> Digest {
        Digest::of(self.machine())
    }

    /// Reads the part for programs; line ends may have become CR LF.
    pub fn from_machine(text: &str) -> Result<Self, Damaged> {
        let text = text.replace("\r\n", "\n");
        let value: Value =
            serde_json::from_str(&text).map_err(|e| Damaged::Unreadable(e.to_string()))?;
        if let Some(format) = value.get("format").and_then(Value::as_u64)
            && format != u64::from(FORMAT)
        {
            return Err(Damaged::Newer(format));
        }
        let receipt: Self =
            serde_json::from_value(value).map_err(|e| Damaged::Unreadable(e.to_string()))?;
        if receipt.machine() == text {
            Ok(receipt)
        } else {
            Err(Damaged::Rewritten)
        }
    }

    /// The part for programs as a block of markdown.
    pub fn block(&self) -> String {
        let machine = self.machine();
        let digest = Digest::of(&machine);
        format!("{FENCE}{digest}\n{machine}\n```\n")
    }
}

/// JSON in which no character is anything but itself to a page: only within strings is there one that
/// is not plain.
fn plain(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if matches!(c, '<' | '>' | '&' | '\u{7f}') || !c.is_ascii() {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests;
