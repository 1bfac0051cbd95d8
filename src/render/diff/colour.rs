//! The colours of the lines of a change.

use super::{File, Line, Sign};
use crate::render::code::{Language, MOST_BYTES, MOST_LINES, State};

/// Finds the colours of the lines of these files, from hunk to hunk; says whether there are any. A
/// hunk with which there were more lines or bytes than one text may have stays plain, as do all
/// after it.
///
/// A hunk is read as if its file began with it. What is open goes from line to line: lines that
/// went are read from where the lines before them end, those that came and those that stayed as
/// they follow each other now.
pub fn colour(files: &mut [File]) -> bool {
    colour_to(files, usize::MAX)
}

/// The same of the first lines alone, so many of them, in files of languages that are known.
pub fn colour_to(files: &mut [File], most: usize) -> bool {
    let (mut lines, mut bytes, mut any) = (0, 0, false);
    for file in files {
        let Some(language) = Language::of_path(&file.path) else {
            continue;
        };
        for hunk in &mut file.hunks {
            let left = most.saturating_sub(lines);
            lines += hunk.lines.len();
            bytes += hunk.lines.iter().map(|l| l.text.len()).sum::<usize>();
            if lines > MOST_LINES || bytes > MOST_BYTES || left == 0 {
                return any;
            }
            any = true;
            let end = left.min(hunk.lines.len());
            colour_lines(language, hunk.lines.get_mut(..end).unwrap_or_default());
        }
    }
    any
}

fn colour_lines(language: Language, lines: &mut [Line]) {
    let mut now = State::of(language);
    let mut before = None;
    for line in lines {
        if line.sign == Sign::Removed {
            let before = before.get_or_insert_with(|| now.clone());
            line.marks = before.line(&line.text);
            continue;
        }
        if line.sign == Sign::Same {
            before = None;
        }
        line.marks = now.line(&line.text);
    }
}
