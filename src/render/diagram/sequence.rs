//! Sequences: who tells whom what, one after the other.

use super::canvas::Canvas;
use super::{DiagramError, Drawing, MOST_CELLS, MOST_EDGES, MOST_NODES, label_lines};
use crate::text::width;

/// What happens, from top to bottom.
#[derive(Debug, Clone)]
enum Act {
    Message {
        from: usize,
        to: usize,
        text: String,
        dotted: bool,
        head: &'static str,
    },
    Note {
        first: usize,
        last: usize,
        text: String,
    },
    /// A line over the whole width, with words: the beginning, the part or the end of a block.
    Line(String),
}

/// A sequence as it is written.
#[derive(Debug, Clone, Default)]
pub struct Sequence {
    names: Vec<(String, String)>,
    acts: Vec<Act>,
}

impl Sequence {
    fn who(&mut self, name: &str) -> Result<usize, DiagramError> {
        let name = name.trim().trim_start_matches(['+', '-']);
        if let Some(n) = self.names.iter().position(|(known, _)| known == name) {
            return Ok(n);
        }
        if self.names.len() >= MOST_NODES {
            return Err(DiagramError::Large(format!("{MOST_NODES} participants")));
        }
        self.names.push((name.to_owned(), name.to_owned()));
        Ok(self.names.len() - 1)
    }
}

/// The arrows, the longer ones first: how they are written, whether dotted, and their head.
const ARROWS: [(&str, bool, &str); 10] = [
    ("<<-->>", true, "▶"),
    ("<<->>", false, "▶"),
    ("-->>", true, "▶"),
    ("->>", false, "▶"),
    ("--x", true, "×"),
    ("-x", false, "×"),
    ("--)", true, "▷"),
    ("-)", false, "▷"),
    ("-->", true, ""),
    ("->", false, ""),
];

/// Reads a sequence.
pub fn read(lines: &[(usize, &str)]) -> Result<Sequence, DiagramError> {
    let mut sequence = Sequence::default();
    let mut numbered = None;
    let lines = lines.iter().filter(|(_, l)| !l.is_empty()).skip(1);
    for (number, line) in lines {
        let line = line.trim_end_matches(';');
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "participant" | "actor" => {
                let (name, shown) = rest.split_once(" as ").unwrap_or((rest, rest));
                let n = sequence.who(name)?;
                if let Some((_, label)) = sequence.names.get_mut(n) {
                    shown.trim().clone_into(label);
                }
            }
            "Note" | "note" => {
                let act = note(&mut sequence, rest);
                sequence
                    .acts
                    .push(act.ok_or_else(|| fault(*number, line))??);
            }
            "loop" | "alt" | "opt" | "par" | "critical" | "break" | "else" | "and" | "option"
            | "end" | "rect" => sequence.acts.push(Act::Line(line.to_owned())),
            "autonumber" => numbered = Some(1),
            "activate" | "deactivate" | "title" | "box" | "create" | "destroy" | "links"
            | "link" | "accTitle:" | "accDescr:" | "title:" => {}
            _ => {
                let act = message(&mut sequence, line, &mut numbered);
                sequence
                    .acts
                    .push(act.ok_or_else(|| fault(*number, line))??);
            }
        }
        if sequence.acts.len() > MOST_EDGES {
            return Err(DiagramError::Large(format!("{MOST_EDGES} messages")));
        }
    }
    if sequence.names.is_empty() {
        return Err(DiagramError::Empty);
    }
    Ok(sequence)
}

fn fault(line: usize, text: &str) -> DiagramError {
    DiagramError::Line {
        line,
        text: crate::text::truncate(&crate::text::SafeText::line(text), 40),
    }
}

fn note(sequence: &mut Sequence, rest: &str) -> Option<Result<Act, DiagramError>> {
    let (place, text) = rest.split_once(':')?;
    let who = ["over ", "left of ", "right of "];
    let names = who.iter().find_map(|w| place.trim().strip_prefix(w))?;
    let (first, last) = names.split_once(',').unwrap_or((names, names));
    let ends = sequence
        .who(first)
        .and_then(|a| Ok((a, sequence.who(last)?)));
    Some(ends.map(|(a, b)| Act::Note {
        first: a.min(b),
        last: a.max(b),
        text: text.trim().to_owned(),
    }))
}

fn message(
    sequence: &mut Sequence,
    line: &str,
    numbered: &mut Option<usize>,
) -> Option<Result<Act, DiagramError>> {
    let (ends, text) = line.split_once(':').unwrap_or((line, ""));
    // The first arrow counts; of those that begin there the longest.
    let found = ARROWS
        .iter()
        .filter_map(|arrow| Some((ends.find(arrow.0)?, arrow)));
    let (at, (arrow, dotted, head)) =
        found.min_by_key(|(at, (arrow, ..))| (*at, usize::MAX - arrow.len()))?;
    let (from, to) = (ends.get(..at)?, ends.get(at + arrow.len()..)?);
    if from.trim().is_empty() || to.trim().is_empty() {
        return None;
    }
    let mut text = text.trim().to_owned();
    if let Some(number) = numbered {
        text = format!("{number}. {text}");
        *number += 1;
    }
    let ends = sequence.who(from).and_then(|a| Ok((a, sequence.who(to)?)));
    Some(ends.map(|(from, to)| Act::Message {
        from,
        to,
        text,
        dotted: *dotted,
        head,
    }))
}

/// Draws a sequence with labels of at most so many columns.
pub fn draw(sequence: &Sequence, label: usize) -> Result<Drawing, DiagramError> {
    let heads: Vec<Vec<String>> = sequence
        .names
        .iter()
        .map(|(_, shown)| label_lines(shown, label))
        .collect();
    let widest = |lines: &[String]| lines.iter().map(|l| width(l)).max().unwrap_or(0);
    let boxes: Vec<usize> = heads.iter().map(|h| widest(h).max(1) + 4).collect();
    let (centres, mut wide) = columns(sequence, &boxes, label);
    let lines = sequence.acts.iter().map(|act| match act {
        Act::Line(text) => width(&label_lines(text, label * 2).join(" ")) + 4,
        _ => 0,
    });
    wide = lines.fold(wide, usize::max);
    let head = heads.iter().map(Vec::len).max().unwrap_or(1).max(1) + 2;
    let heights = sequence.acts.iter().map(|act| height(act, label));
    let high = head + 1 + heights.sum::<usize>() + 1;
    if wide.saturating_mul(high) > MOST_CELLS {
        return Err(DiagramError::Large(format!("{MOST_CELLS} characters")));
    }
    let mut canvas = Canvas::new(wide, high);
    for ((lines, centre), wide) in heads.iter().zip(&centres).zip(&boxes) {
        canvas.line((*centre, head - 1), (*centre, high - 1), true);
        outlined(&mut canvas, (centre - wide / 2, 0), (*wide, head), lines);
    }
    let mut y = head + 1;
    for act in &sequence.acts {
        perform(&mut canvas, act, &centres, y, (wide, label));
        y += height(act, label);
    }
    Ok(Drawing::of(canvas.rows()))
}

/// Where each lifeline stands, and how wide all is.
fn columns(sequence: &Sequence, boxes: &[usize], label: usize) -> (Vec<usize>, usize) {
    let count = boxes.len();
    let mut gaps: Vec<usize> = (1..count)
        .map(|n| boxes[n - 1].div_ceil(2) + boxes[n] / 2 + 2)
        .collect();
    let mut left = boxes.first().map_or(0, |b| b / 2);
    let mut right = boxes.last().map_or(0, |b| b.div_ceil(2));
    for act in &sequence.acts {
        let (first, last, text, own) = match act {
            Act::Message { from, to, text, .. } => (*from.min(to), *from.max(to), text, from == to),
            Act::Note { first, last, text } => (*first, *last, text, false),
            Act::Line(_) => continue,
        };
        let lines = label_lines(text, label);
        let need = lines.iter().map(|l| width(l)).max().unwrap_or(0) + 5;
        if first == last {
            let half = if own { need + 4 } else { need.div_ceil(2) + 1 };
            match gaps.get_mut(first) {
                Some(gap) => *gap = half.max(*gap),
                None => right = right.max(half),
            }
            if !own {
                match first.checked_sub(1).and_then(|n| gaps.get_mut(n)) {
                    Some(gap) => *gap = half.max(*gap),
                    None => left = left.max(half),
                }
            }
        } else {
            let have: usize = gaps.get(first..last).unwrap_or_default().iter().sum();
            if let Some(gap) = gaps.get_mut(last - 1) {
                *gap += need.saturating_sub(have);
            }
        }
    }
    let mut centres = vec![left];
    for gap in &gaps {
        let at = centres.last().copied().unwrap_or(0);
        centres.push(at + gap);
    }
    let wide = centres.last().copied().unwrap_or(0) + right + 1;
    (centres, wide)
}

/// How many rows something takes.
fn height(act: &Act, label: usize) -> usize {
    match act {
        Act::Message { from, to, text, .. } => {
            let lines = label_lines(text, label).len();
            if from == to {
                lines.max(1) + 2
            } else {
                lines + 1
            }
        }
        Act::Note { text, .. } => label_lines(text, label).len().max(1) + 2,
        Act::Line(_) => 1,
    }
}

fn outlined(
    canvas: &mut Canvas,
    (x, y): (usize, usize),
    (wide, high): (usize, usize),
    lines: &[String],
) {
    let edge = "─".repeat(wide.saturating_sub(2));
    canvas.text((x, y), &format!("┌{edge}┐"));
    for n in 1..high.saturating_sub(1) {
        let line = lines.get(n - 1).map_or("", String::as_str);
        let free = wide.saturating_sub(4).saturating_sub(width(line));
        let before = " ".repeat(free / 2);
        let after = " ".repeat(free - free / 2);
        canvas.text((x, y + n), &format!("│ {before}{line}{after} │"));
    }
    canvas.text((x, y + high.saturating_sub(1)), &format!("└{edge}┘"));
}

fn perform(
    canvas: &mut Canvas,
    act: &Act,
    centres: &[usize],
    y: usize,
    (wide, label): (usize, usize),
) {
    let at = |n: usize| centres.get(n).copied().unwrap_or(0);
    match act {
        Act::Message {
            from,
            to,
            text,
            dotted,
            head,
        } => {
            let lines = label_lines(text, label);
            if from == to {
                let x = at(*from);
                canvas.text((x + 1, y), "──┐");
                for (n, line) in lines.iter().enumerate() {
                    canvas.text((x + 3, y + 1 + n), "│ ");
                    canvas.text((x + 5, y + 1 + n), line);
                }
                let last = y + lines.len().max(1) + 1;
                if lines.is_empty() {
                    canvas.text((x + 3, y + 1), "│");
                }
                canvas.text(
                    (x + 1, last),
                    if head.is_empty() {
                        "──┘"
                    } else {
                        "◀─┘"
                    },
                );
                return;
            }
            let (low, high) = (at(*from).min(at(*to)), at(*from).max(at(*to)));
            for (n, line) in lines.iter().enumerate() {
                let free = (high - low - 1).saturating_sub(width(line));
                canvas.text((low + 1 + free / 2, y + n), line);
            }
            let row = y + lines.len();
            let stroke = if *dotted { "┄" } else { "─" };
            for x in low + 1..high {
                canvas.text((x, row), stroke);
            }
            let left = match *head {
                "▶" => "◀",
                "▷" => "◁",
                other => other,
            };
            if to > from {
                canvas.text((high - 1, row), head);
            } else {
                canvas.text((low + 1, row), left);
            }
        }
        Act::Note { first, last, text } => {
            let lines = label_lines(text, label);
            let need = lines.iter().map(|l| width(l)).max().unwrap_or(0).max(1) + 4;
            let (low, high) = (at(*first), at(*last));
            let wide = need.max(high - low + 1);
            let x = usize::midpoint(low, high).saturating_sub(wide / 2);
            outlined(canvas, (x, y), (wide, lines.len().max(1) + 2), &lines);
        }
        Act::Line(text) => {
            let text = label_lines(text, label * 2).join(" ");
            canvas.text((0, y), &"╌".repeat(wide));
            canvas.text((2, y), &format!(" {text} "));
        }
    }
}
