//! A recording in the format of asciinema, version 2: a line about it, then a line for each piece.

use crate::player::Piece;
use serde_json::json;

/// The recording as text.
pub fn cast((columns, rows): (u16, u16), title: &str, pieces: &[Piece]) -> String {
    let head = json!({"version": 2, "width": columns, "height": rows, "title": title,
        "env": {"TERM": "xterm-256color"}});
    let mut text = format!("{head}\n");
    // A character may come in two pieces: what is not whole yet waits for its rest.
    let mut rest: Vec<u8> = Vec::new();
    for piece in pieces {
        rest.extend_from_slice(&piece.bytes);
        let whole = match std::str::from_utf8(&rest) {
            Ok(_) => rest.len(),
            Err(e) => e.valid_up_to(),
        };
        if whole > 0 {
            let said = String::from_utf8_lossy(&rest[..whole]).into_owned();
            let at = (piece.at.as_secs_f64() * 1000.0).round() / 1000.0;
            text.push_str(&format!("{}\n", json!([at, "o", said])));
            rest.drain(..whole);
        }
    }
    text
}
