//! A painted screen as text that people can read and compare: its symbols, then row by row the
//! looks that are not plain. Files below `tests/golden/screens`; with `GOLDEN=write` they are
//! written anew, and then to be looked at before they are kept.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use regex::Regex;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// What differs from run to run, each with what stands there instead; the columns are kept.
const DIFFERS: [(&str, &str); 6] = [
    // Digests and commits.
    (r"\b[0-9a-f]{7,64}\b", "c0ffee"),
    // Folders of tests.
    (r"\.tmp[0-9A-Za-z]{6}\b", ".folder"),
    // The day of the run.
    (r"\bRUN-\d{4}-\d\d-\d\d\b", "RUN-2026-04-02"),
    (r"\bv?0\.\d+\.\d+\b", "0.0.0"),
    // How long the checks and the whole took, where a page tells it from the disk.
    (r"sh tests/run  \d:\d\d\b", "sh tests/run  0:03"),
    (r"\btok, \d:\d\d\b", "tok, 0:03"),
];

fn differs() -> &'static [(Regex, &'static str)] {
    static KNOWN: OnceLock<Vec<(Regex, &'static str)>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let known = DIFFERS.iter();
        known
            .map(|(pattern, with)| (Regex::new(pattern).unwrap(), *with))
            .collect()
    })
}

/// Replaces what differs, character by character, so that every column stays where it is.
fn steady(row: &mut [String]) {
    let mut text: String = row
        .iter()
        .map(|s| match s.chars().next() {
            Some(c) if c.is_ascii() && s.len() == 1 => c,
            _ => '\u{1}',
        })
        .collect();
    for (pattern, with) in differs() {
        let places: Vec<_> = pattern.find_iter(&text).map(|m| m.range()).collect();
        for place in places {
            // A word of letters alone is a word.
            if *with == "c0ffee" && !text[place.clone()].contains(|c: char| c.is_ascii_digit()) {
                continue;
            }
            let filled: String = with.chars().cycle().take(place.len()).collect();
            text.replace_range(place, &filled);
        }
    }
    for (symbol, c) in row.iter_mut().zip(text.chars()) {
        if c != '\u{1}' {
            *symbol = c.to_string();
        }
    }
}

/// A buffer as text.
pub fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width.max(1));
    let (mut shown, mut looks) = (String::new(), String::new());
    for (y, cells) in buffer.content().chunks(width).enumerate() {
        let mut row: Vec<String> = cells.iter().map(|c| c.symbol().to_owned()).collect();
        steady(&mut row);
        // The second column of a wide character holds nothing.
        let mut skip = 0;
        let mut line = String::new();
        for symbol in &row {
            if skip == 0 {
                line.push_str(symbol);
                skip = harness_tui::text::width(symbol).saturating_sub(1);
            } else {
                skip -= 1;
            }
        }
        writeln!(shown, "{}", line.trim_end()).unwrap();
        let runs = runs(cells);
        if !runs.is_empty() {
            writeln!(looks, "{y:>3}: {}", runs.join(", ")).unwrap();
        }
    }
    format!("{shown}\n{looks}")
}

/// The looks of a row that are not plain: from a column, to before a column, how.
fn runs(cells: &[Cell]) -> Vec<String> {
    let mut runs: Vec<(usize, usize, String)> = Vec::new();
    for (x, cell) in cells.iter().enumerate() {
        let look = look(cell);
        match runs.last_mut() {
            Some((_, to, last)) if *last == look && *to == x => *to = x + 1,
            _ => runs.push((x, x + 1, look)),
        }
    }
    let told = runs.into_iter().filter(|(_, _, look)| !look.is_empty());
    told.map(|(from, to, look)| format!("{from}..{to} {look}"))
        .collect()
}

/// A cell's look in words. What has no ink has no look but its ground.
fn look(cell: &Cell) -> String {
    let mut words: Vec<String> = Vec::new();
    let ink = cell.symbol().trim() != "";
    let marks = [
        (Modifier::BOLD, "bold", ink),
        (Modifier::DIM, "dim", ink),
        (Modifier::ITALIC, "italic", ink),
        (Modifier::UNDERLINED, "underlined", true),
        (Modifier::REVERSED, "reversed", true),
        (Modifier::CROSSED_OUT, "crossed", true),
    ];
    for (mark, word, counts) in marks {
        if counts && cell.modifier.contains(mark) {
            words.push(word.to_owned());
        }
    }
    if ink && cell.fg != Color::Reset {
        words.push(cell.fg.to_string().to_lowercase());
    }
    if cell.bg != Color::Reset {
        words.push(format!("on {}", cell.bg.to_string().to_lowercase()));
    }
    words.join(" ")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/screens")
}

/// Compares a text with the file of this name, or writes it. What differs is returned.
pub fn compare(name: &str, text: &str) -> Result<(), String> {
    let path = folder().join(format!("{name}.txt"));
    if std::env::var_os("GOLDEN").is_some_and(|v| v == "write") {
        crate::support::project::put(&path, text);
        return Ok(());
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    if known == text {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(&known, text);
    let diff = diff.unified_diff().context_radius(1).to_string();
    let diff: String = diff.lines().take(60).map(|l| format!("{l}\n")).collect();
    Err(format!("{}\n{diff}", path.display()))
}
