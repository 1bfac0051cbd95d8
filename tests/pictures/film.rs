//! A recording as one SVG that moves: the frames lie beside each other, and the strip is shown frame
//! by frame. A row that looks the same in many frames is drawn once.

use crate::player::Piece;
use crate::svg::{CELL, Ground, framed, row};
use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

/// Frames that follow sooner than this are one.
const TOGETHER: Duration = Duration::from_millis(450);
/// The last frame stays so long.
const AT_THE_END: Duration = Duration::from_secs(4);

/// The film.
pub fn film((columns, rows): (u16, u16), ground: Ground, pieces: &[Piece]) -> String {
    let mut parser = vt100::Parser::new(rows, columns, 0);
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut frames: Vec<(Duration, Vec<usize>)> = Vec::new();
    for (n, piece) in pieces.iter().enumerate() {
        parser.process(&piece.bytes);
        let soon = pieces
            .get(n + 1)
            .is_some_and(|next| next.at.saturating_sub(piece.at) < TOGETHER);
        let late = frames
            .last()
            .is_none_or(|(at, _)| piece.at.saturating_sub(*at) > 2 * TOGETHER);
        if (soon && !late) || !parser.screen().alternate_screen() {
            continue;
        }
        let screen = parser.screen();
        let lines = (0..rows).map(|y| {
            let drawn = row(screen, y, ground);
            let next = known.len();
            *known.entry(drawn).or_insert(next)
        });
        let lines: Vec<usize> = lines.collect();
        if frames.last().is_none_or(|(_, before)| *before != lines) {
            frames.push((piece.at, lines));
        }
    }
    let begun = frames.first().map_or(Duration::ZERO, |(at, _)| *at);
    let end = frames.last().map_or(Duration::ZERO, |(at, _)| *at) + AT_THE_END;
    let whole = end.saturating_sub(begun).as_secs_f64().max(0.1);
    let width = f64::from(columns) * f64::from(CELL.0);

    let mut body = String::from("<defs>\n");
    let mut drawn: Vec<(String, usize)> = known.into_iter().collect();
    drawn.sort_by_key(|(_, n)| *n);
    for (row, n) in drawn.iter().filter(|(row, _)| !row.is_empty()) {
        writeln!(body, "<g id=\"r{n}\">{row}</g>").unwrap();
    }
    body.push_str("</defs>\n<g class=\"film\">\n");
    let empty: Vec<usize> = drawn
        .iter()
        .filter(|(r, _)| r.is_empty())
        .map(|(_, n)| *n)
        .collect();
    let mut steps = String::new();
    for (n, (at, lines)) in frames.iter().enumerate() {
        let left = width * f64::from(u32::try_from(n).unwrap());
        write!(body, "<svg x=\"{left:.1}\" width=\"{width:.1}\">").unwrap();
        for (y, line) in (0_u16..).zip(lines).filter(|(_, l)| !empty.contains(l)) {
            let top = f32::from(y) * CELL.1;
            write!(body, "<use xlink:href=\"#r{line}\" y=\"{top}\"/>").unwrap();
        }
        body.push_str("</svg>\n");
        let part = at.saturating_sub(begun).as_secs_f64() / whole * 100.0;
        write!(steps, "{part:.3}%{{transform:translateX(-{left:.1}px)}}").unwrap();
    }
    body.push_str("</g>\n");
    let style = format!(
        ".film{{animation:film {whole:.2}s steps(1,end) infinite}}@keyframes film{{{steps}}}"
    );
    framed(columns, rows, ground, &style, &body)
}
