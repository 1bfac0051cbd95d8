//! The lines between the layers of a graph, and the drawing.

use super::canvas::{At, Canvas, DOWN, LEFT, RIGHT, UP};
use super::graph::Shape;
use super::place::{Item, Placed, Step, What, whole};
use super::{DiagramError, Drawing};
use crate::text::width;
use std::collections::BTreeMap;

/// The lines that leave one place towards the next layer: they share a track across.
#[derive(Debug)]
struct Bundle {
    from: i64,
    to: Vec<i64>,
    track: usize,
}

impl Bundle {
    fn low(&self) -> i64 {
        self.to.iter().copied().fold(self.from, i64::min)
    }

    fn high(&self) -> i64 {
        self.to.iter().copied().fold(self.from, i64::max)
    }

    fn is_straight(&self) -> bool {
        self.low() == self.high()
    }
}

/// Where a step leaves its item, and where it comes to the next.
fn ports(placed: &Placed, step: &Step) -> (i64, i64) {
    let port = |n: usize| {
        let Some(item) = placed.items.get(n) else {
            return 0;
        };
        // What runs against the layers keeps apart from what runs along.
        let node = matches!(&item.what, What::Node { shape, .. } if *shape != Shape::Bare);
        let off = if !node || !step.against {
            0
        } else if placed.down {
            whole((item.cross / 2).saturating_sub(1).min(2))
        } else {
            1
        };
        item.centre() + off
    };
    (port(step.from), port(step.to))
}

/// Gives every bundle between two layers a track, so that lines across don't lie on each other;
/// says how many tracks there are.
fn tracks(bundles: &mut [Bundle]) -> usize {
    let count = bundles.len();
    // Where a line comes down at the place from which another leaves, the other turns off first.
    let mut level = vec![0_usize; count];
    for _ in 0..count.min(20) {
        let mut settled = true;
        for a in 0..count {
            for b in 0..count {
                let meets =
                    a != b && !bundles[a].is_straight() && bundles[a].to.contains(&bundles[b].from);
                if meets && !bundles[b].is_straight() && level[a] <= level[b] && level[b] < count {
                    level[a] = level[b] + 1;
                    settled = false;
                }
            }
        }
        if settled {
            break;
        }
    }
    let mut order: Vec<usize> = (0..count).filter(|n| !bundles[*n].is_straight()).collect();
    order.sort_by_key(|n| (level[*n], bundles[*n].high() - bundles[*n].low()));
    let mut used: Vec<Vec<usize>> = Vec::new();
    for n in order {
        let free = |track: &Vec<usize>| track.iter().all(|m| apart(&bundles[*m], &bundles[n]));
        let least = level[n].min(used.len());
        let found = used.iter().skip(least).position(free).map(|t| t + least);
        let track = found.unwrap_or(used.len());
        if track == used.len() {
            used.push(Vec::new());
        }
        used[track].push(n);
        bundles[n].track = track;
    }
    used.len()
}

/// Whether two bundles can share a track: at most where both come to the same place they meet.
fn apart(a: &Bundle, b: &Bundle) -> bool {
    let meet = |at: i64| a.to.contains(&at) && b.to.contains(&at);
    let (low, high) = (a.low().max(b.low()), a.high().min(b.high()));
    low > high || (low == high && meet(low))
}

/// Draws a graph whose items have their places.
pub fn draw(placed: &Placed, most: usize) -> Result<Drawing, DiagramError> {
    let layers = placed.layers.len();
    let mut between: Vec<BTreeMap<i64, Bundle>> = (0..layers).map(|_| BTreeMap::new()).collect();
    for step in &placed.steps {
        let (from, to) = ports(placed, step);
        let layer = placed.items.get(step.from).map_or(0, |i| i.layer);
        if let Some(bundles) = between.get_mut(layer) {
            let bundle = bundles.entry(from).or_insert_with(|| Bundle {
                from,
                to: Vec::new(),
                track: 0,
            });
            bundle.to.push(to);
        }
    }
    let mut turns: Vec<BTreeMap<i64, usize>> = Vec::new();
    let mut mains = vec![0_usize];
    for (layer, bundles) in between.into_iter().enumerate() {
        let mut bundles: Vec<Bundle> = bundles.into_values().collect();
        let count = tracks(&mut bundles);
        turns.push(bundles.iter().map(|b| (b.from, b.track)).collect());
        let thick = thickness(placed, layer);
        let channel = if layer + 1 == layers {
            0
        } else if placed.down {
            count + 2
        } else {
            count + 3
        };
        let at = mains.last().copied().unwrap_or(0);
        mains.push(at + thick + channel);
    }
    let main = mains.last().copied().unwrap_or(0);
    let ends = placed.items.iter().map(|i| i.at + whole(i.cross));
    let cross = usize::try_from(ends.max().unwrap_or(0)).unwrap_or(usize::MAX);
    if main.saturating_mul(cross) > most {
        return Err(DiagramError::Large(format!("{most} characters")));
    }
    let (wide, high) = if placed.down {
        (cross, main)
    } else {
        (main, cross)
    };
    let mut pen = Pen {
        down: placed.down,
        canvas: Canvas::new(wide, high),
    };
    for item in &placed.items {
        let at = begin(placed, &mains, item);
        pen.item(item, at);
    }
    for step in &placed.steps {
        let (Some(from), Some(to)) = (placed.items.get(step.from), placed.items.get(step.to))
        else {
            continue;
        };
        let (out, into) = ports(placed, step);
        let start = begin(placed, &mains, from) + from.main;
        let end = begin(placed, &mains, to);
        let layer_end = mains[from.layer] + thickness(placed, from.layer);
        let track = turns[from.layer].get(&out).copied().unwrap_or(0);
        let turn = layer_end + 1 + track;
        pen.step(step, (start, end), turn, (index(out), index(into)));
    }
    Ok(Drawing::of(pen.canvas.rows()))
}

fn index(at: i64) -> usize {
    usize::try_from(at).unwrap_or(0)
}

/// How much of the main axis a layer takes.
fn thickness(placed: &Placed, layer: usize) -> usize {
    let items = placed.layers.get(layer).into_iter().flatten();
    let mains = items.filter_map(|n| placed.items.get(*n)).map(|i| i.main);
    mains.max().unwrap_or(1)
}

/// Where an item begins on the main axis: nodes at the layer's beginning, so that they line up;
/// labels in the middle.
fn begin(placed: &Placed, mains: &[usize], item: &Item) -> usize {
    let thick = thickness(placed, item.layer);
    let free = thick.saturating_sub(item.main);
    let start = mains.get(item.layer).copied().unwrap_or(0);
    match item.what {
        What::Node { .. } if placed.down => start,
        _ => start + free / 2,
    }
}

struct Pen {
    down: bool,
    canvas: Canvas,
}

impl Pen {
    /// A place by its main and its cross axis.
    fn at(&self, main: usize, cross: usize) -> At {
        if self.down {
            (cross, main)
        } else {
            (main, cross)
        }
    }

    fn line(&mut self, from: (usize, usize), to: (usize, usize), dotted: bool) {
        let (from, to) = (self.at(from.0, from.1), self.at(to.0, to.1));
        self.canvas.line(from, to, dotted);
    }

    fn item(&mut self, item: &Item, main: usize) {
        let cross = index(item.at);
        let (x, y) = self.at(main, cross);
        let (wide, high) = if self.down {
            (item.cross, item.main)
        } else {
            (item.main, item.cross)
        };
        match &item.what {
            What::Point => {
                let ways = if self.down { UP | DOWN } else { LEFT | RIGHT };
                self.canvas.add((x, y), ways, false);
            }
            What::Label(lines) => {
                for (n, line) in lines.iter().enumerate() {
                    let free = wide.saturating_sub(width(line));
                    self.canvas.text((x + free / 2, y + n), line);
                }
            }
            What::Node { lines, shape } => self.node((x, y), (wide, high), lines, *shape),
        }
    }

    fn node(&mut self, (x, y): At, (wide, high): (usize, usize), lines: &[String], shape: Shape) {
        if shape == Shape::Bare {
            for (n, line) in lines.iter().enumerate() {
                self.canvas.text((x, y + n), line);
            }
            return;
        }
        let (corners, side) = match shape {
            Shape::Round => (["╭", "╮", "╰", "╯"], "│"),
            Shape::Choice => (["╱", "╲", "╲", "╱"], "│"),
            Shape::Double => (["╓", "╖", "╙", "╜"], "║"),
            Shape::Box | Shape::Bare => (["┌", "┐", "└", "┘"], "│"),
        };
        let edge = "─".repeat(wide.saturating_sub(2));
        let [top_left, top_right, low_left, low_right] = corners;
        self.canvas
            .text((x, y), &format!("{top_left}{edge}{top_right}"));
        for n in 1..high.saturating_sub(1) {
            let line = lines.get(n - 1).map_or("", String::as_str);
            let free = wide.saturating_sub(4).saturating_sub(width(line));
            let before = " ".repeat(free / 2);
            let after = " ".repeat(free - free / 2);
            let row = format!("{side} {before}{line}{after} {side}");
            self.canvas.text((x, y + n), &row);
        }
        let last = y + high.saturating_sub(1);
        self.canvas
            .text((x, last), &format!("{low_left}{edge}{low_right}"));
    }

    /// Draws a line from the end of one item to the beginning of another, over its track.
    fn step(
        &mut self,
        step: &Step,
        (start, end): (usize, usize),
        turn: usize,
        (out, into): (usize, usize),
    ) {
        // A line begins and ends at what it connects, not in it.
        let last = end.saturating_sub(1).max(start);
        if out == into {
            self.line((start, out), (last, out), step.dotted);
            self.open(start, last, out, into);
        } else {
            self.line((start, out), (turn, out), step.dotted);
            self.line((turn, out), (turn, into), step.dotted);
            self.line((turn, into), (last, into), step.dotted);
            self.open(start, last, out, into);
        }
        let (forth, back) = if self.down {
            ("▼", "▲")
        } else {
            ("▶", "◀")
        };
        if step.heads.0 {
            let at = self.at(last, into);
            self.canvas.text(at, forth);
        }
        if step.heads.1 {
            let at = self.at(start, out);
            self.canvas.text(at, back);
        }
    }

    /// Lets a line's two ends reach towards what they stand at.
    fn open(&mut self, start: usize, last: usize, out: usize, into: usize) {
        let (before, after) = if self.down { (UP, DOWN) } else { (LEFT, RIGHT) };
        let first = self.at(start, out);
        self.canvas.add(first, before, true);
        let last = self.at(last, into);
        self.canvas.add(last, after, true);
    }
}
