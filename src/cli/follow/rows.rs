//! Rows of an attempt as lines of text.

use crate::cli::out::{Role, paint, safe};
use crate::records::told::{Line, Teller};
use crate::stage::timeline::Row;
use crate::text::measure::{pad, truncate, width, wrap};
use crate::text::say::duration;

/// The columns of the time and of the step's word.
const TIME: usize = 8;
const WORD: usize = 10;
/// The most rows that one line of what an agent says takes; `logs --raw` has it whole.
const SPOKEN: usize = 4;

/// Turns the rows of one attempt into lines of text.
#[derive(Debug, Default)]
pub struct Lines(Teller);

impl Lines {
    /// The lines of a row, for a terminal of this many columns.
    pub fn of(&mut self, row: &Row, columns: usize) -> Vec<String> {
        let lines = self.0.of(row).into_iter().filter(|l| !l.minor);
        lines.flat_map(|l| texts(&l, columns)).collect()
    }
}

/// A text of several lines is told line by line; of what an agent thinks the first one.
fn texts(line: &Line, columns: usize) -> Vec<String> {
    let most = if line.word == "thinks" { 1 } else { usize::MAX };
    let told = line.text.lines().filter(|l| !l.trim().is_empty());
    let mut rows = Vec::new();
    for text in told.take(most) {
        let one = Line {
            text: text.to_owned(),
            ..line.clone()
        };
        rows.extend(render(&one, columns));
    }
    if rows.is_empty() {
        rows = render(line, columns);
    }
    rows
}

fn render(line: &Line, columns: usize) -> Vec<String> {
    let time = duration(line.ms);
    let right = safe(&line.right);
    let room = columns
        .saturating_sub(TIME + 2 + WORD + 1 + width(right.as_str()) + 1)
        .max(20);
    let text = safe(&line.text);
    let word = paint(line.role, pad(line.word, WORD));
    let time = paint(Role::Quiet, format!("{time:>TIME$}"));
    if !right.as_str().is_empty() {
        let text = pad(text.as_str(), room);
        return vec![format!("{time}  {word} {text} {}", paint(line.role, right))];
    }
    let most = if line.word == "says" { SPOKEN } else { 1 };
    let mut rows = wrap(text.as_str(), room);
    if rows.len() > most {
        let rest = rows.split_off(most - 1).join(" ");
        rows.push(truncate(&rest, room));
    }
    let below = " ".repeat(TIME + 2 + WORD);
    let lead = |n| match n {
        0 => format!("{time}  {word}"),
        _ => below.clone(),
    };
    let rows = rows.iter().enumerate();
    rows.map(|(n, row)| format!("{} {row}", lead(n))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::AgentEvent;
    use crate::agents::event::{ToolKind, ToolStatus};
    use crate::stage::timeline::What;

    fn plain(lines: &mut Lines, what: What) -> Vec<String> {
        let row = Row {
            at: jiff::Timestamp::UNIX_EPOCH,
            ms: 48_000,
            what,
        };
        let lines = lines.of(&row, 80);
        lines
            .iter()
            .map(|l| anstream::adapter::strip_str(l).to_string())
            .collect()
    }

    #[test]
    fn a_diff_is_folded_and_outside_text_is_made_safe() {
        let mut lines = Lines::default();
        let event = AgentEvent::ToolStarted {
            id: "1".to_owned(),
            kind: ToolKind::Edit,
            name: "Edit".to_owned(),
            title: "src/\u{1b}[31ma.rs".to_owned(),
            paths: Vec::new(),
            diff: Some("--- a\n+++ b\n-x\n+y\n+z\n".to_owned()),
        };
        let shown = plain(&mut lines, What::Agent(event));
        assert!(
            shown[0].starts_with("    0:48  edit       src/"),
            "{shown:?}"
        );
        assert!(shown[0].ends_with("+2 -1"), "{shown:?}");
        assert!(!shown[0].contains('\u{1b}'), "{shown:?}");
        let failed = AgentEvent::ToolFinished {
            id: "1".to_owned(),
            status: ToolStatus::Denied,
            output: String::new(),
        };
        assert!(plain(&mut lines, What::Agent(failed))[0].ends_with("✗ denied"));
    }

    #[test]
    fn pieces_of_text_become_lines_and_a_rest_is_not_lost() {
        let mut lines = Lines::default();
        let piece = |text: &str| {
            What::Agent(AgentEvent::TextDelta {
                text: text.to_owned(),
            })
        };
        assert!(plain(&mut lines, piece("one")).is_empty());
        assert!(plain(&mut lines, piece(" two\nthr"))[0].ends_with("one two"));
        let shown = plain(&mut lines, What::Agent(AgentEvent::ResultReported));
        assert!(shown[0].ends_with("thr"), "{shown:?}");
    }

    #[test]
    fn throttling_is_named_as_such() {
        let event = AgentEvent::Throttled {
            status: Some(529),
            kind: crate::terms::FailureKind::Overloaded,
            attempt: 2,
            of: Some(5),
            delay_ms: Some(8_000),
        };
        let shown = plain(&mut Lines::default(), What::Agent(event));
        assert!(
            shown[0].contains("throttled  overloaded (529), try 2 of 5"),
            "{shown:?}"
        );
        assert!(shown[0].ends_with("again in 0:08"), "{shown:?}");
    }
}
