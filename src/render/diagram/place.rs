//! Where the nodes of a graph stand: in layers, in an order with few crossings.
//!
//! The main axis is the direction of the graph, the cross axis the other. An edge over several
//! layers gets a point in each; a label is a node of its own on its edge.

use super::graph::{Graph, Shape};
use super::{DiagramError, Drawing, MOST_CELLS, label_lines, route};
use crate::text::width;
use std::collections::VecDeque;

/// Passes over the layers, for their order and for their places.
const PASSES: usize = 6;
/// Points and nodes of all layers together.
const MOST_ITEMS: usize = 4_000;

/// What stands in a layer.
#[derive(Debug, Clone)]
pub struct Item {
    pub what: What,
    pub layer: usize,
    /// Its extent along the main axis and the cross axis.
    pub main: usize,
    pub cross: usize,
    /// Where it begins on the cross axis.
    pub at: i64,
}

/// What an item is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Node { lines: Vec<String>, shape: Shape },
    Label(Vec<String>),
    Point,
}

impl Item {
    /// The place on the cross axis where lines meet it.
    pub fn centre(&self) -> i64 {
        self.at + whole(self.cross.saturating_sub(1) / 2)
    }
}

/// A line between items of two layers that follow each other.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    pub from: usize,
    pub to: usize,
    /// Whether there is a head at its end, and at its beginning.
    pub heads: (bool, bool),
    pub dotted: bool,
    /// Whether the edge it is of runs against the layers.
    pub against: bool,
}

/// A graph in layers.
#[derive(Debug, Default)]
pub struct Placed {
    pub down: bool,
    pub items: Vec<Item>,
    pub steps: Vec<Step>,
    pub layers: Vec<Vec<usize>>,
    /// The neighbours of each item: in the layer before it, and in the next.
    beside: Vec<(Vec<usize>, Vec<usize>)>,
}

/// Draws a graph from top to bottom or from left to right.
pub fn draw(graph: &Graph, down: bool, label: usize) -> Result<Drawing, DiagramError> {
    let mut placed = layered(graph, down, label)?;
    order(&mut placed);
    spread(&mut placed);
    let mut drawing = route::draw(&placed, MOST_CELLS)?;
    for (title, members) in &graph.groups {
        let names: Vec<String> = members
            .iter()
            .filter_map(|n| graph.nodes.get(*n))
            .map(|node| label_lines(&node.label, usize::MAX / 2).join(" "))
            .collect();
        if !names.is_empty() {
            let title = label_lines(title, usize::MAX / 2).join(" ");
            let text = format!("{title}: {}", names.join(", "));
            let room = drawing.wide.max(24);
            drawing.rows.extend(crate::text::wrap(&text, room));
        }
    }
    Ok(Drawing::of(drawing.rows))
}

/// A size as a place on an axis.
pub fn whole(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX / 4)
}

/// Puts every node into a layer behind those it comes from, edges that run back left out.
fn layered(graph: &Graph, down: bool, label: usize) -> Result<Placed, DiagramError> {
    let mut placed = Placed {
        down,
        ..Placed::default()
    };
    let ends: Vec<(usize, usize)> = graph
        .edges
        .iter()
        .map(|e| {
            if graph.back {
                (e.to, e.from)
            } else {
                (e.from, e.to)
            }
        })
        .collect();
    let against = backward(graph.nodes.len(), &ends);
    let forward: Vec<(usize, usize)> = ends
        .iter()
        .zip(&against)
        .map(|((a, b), back)| if *back { (*b, *a) } else { (*a, *b) })
        .collect();
    let spans: Vec<usize> = graph
        .edges
        .iter()
        .map(|e| if e.label.is_empty() { 1 } else { 2 })
        .collect();
    let ranks = ranks(graph.nodes.len(), &forward, &spans);
    for (node, rank) in graph.nodes.iter().zip(&ranks) {
        let mut lines = label_lines(&node.label, label);
        // At the side of a low node there is room for one line only.
        let n = placed.items.len();
        let crowded = forward
            .iter()
            .zip(&against)
            .any(|((a, b), back)| *back && (*a == n || *b == n));
        if !down && crowded && lines.len() < 2 && node.shape != Shape::Bare {
            lines.push(String::new());
        }
        let wide = lines.iter().map(|l| width(l)).max().unwrap_or(0).max(1);
        let (wide, high) = if node.shape == Shape::Bare {
            (wide, lines.len().max(1))
        } else {
            (wide + 4, lines.len().max(1) + 2)
        };
        let what = What::Node {
            lines,
            shape: node.shape,
        };
        placed.item(what, *rank, (wide, high));
    }
    for ((edge, (from, to)), back) in graph.edges.iter().zip(&forward).zip(&against) {
        if from == to {
            continue;
        }
        let ends = (ranks.get(*from), ranks.get(*to));
        let (Some(first), Some(last)) = ends else {
            continue;
        };
        let turned = *back != graph.back;
        let heads = if turned {
            (edge.heads.1, edge.heads.0)
        } else {
            edge.heads
        };
        let named = (!edge.label.is_empty()).then(|| (first + last).div_ceil(2));
        let mut at = *from;
        for layer in first + 1..=*last {
            let next = if layer == *last {
                *to
            } else if Some(layer) == named {
                let lines = label_lines(&edge.label, label);
                let wide = lines.iter().map(|l| width(l)).max().unwrap_or(1);
                let high = lines.len().max(1);
                placed.item(What::Label(lines), layer, (wide, high))
            } else {
                placed.item(What::Point, layer, (1, 1))
            };
            placed.steps.push(Step {
                from: at,
                to: next,
                heads: (heads.0 && layer == *last, heads.1 && layer == first + 1),
                dotted: edge.dotted,
                against: *back,
            });
            at = next;
            if placed.items.len() > MOST_ITEMS {
                return Err(DiagramError::Large(format!("{MOST_ITEMS} lines")));
            }
        }
    }
    placed.beside = vec![(Vec::new(), Vec::new()); placed.items.len()];
    for step in &placed.steps {
        placed.beside[step.from].1.push(step.to);
        placed.beside[step.to].0.push(step.from);
    }
    Ok(placed)
}

impl Placed {
    fn item(&mut self, what: What, layer: usize, (wide, high): (usize, usize)) -> usize {
        let n = self.items.len();
        let (main, cross) = if self.down {
            (high, wide)
        } else {
            (wide, high)
        };
        self.items.push(Item {
            what,
            layer,
            main,
            cross,
            at: 0,
        });
        if self.layers.len() <= layer {
            self.layers.resize(layer + 1, Vec::new());
        }
        if let Some(items) = self.layers.get_mut(layer) {
            items.push(n);
        }
        n
    }
}

/// Which edges run back to where one is already on the way from.
fn backward(nodes: usize, ends: &[(usize, usize)]) -> Vec<bool> {
    let mut leaving = vec![Vec::new(); nodes];
    for (n, (from, _)) in ends.iter().enumerate() {
        if let Some(edges) = leaving.get_mut(*from) {
            edges.push(n);
        }
    }
    let mut back = vec![false; ends.len()];
    // 0: not seen, 1: on the way, 2: done.
    let mut seen = vec![0_u8; nodes];
    for root in 0..nodes {
        let mut way = vec![(root, 0)];
        if seen[root] != 0 {
            continue;
        }
        seen[root] = 1;
        while let Some((node, next)) = way.last_mut() {
            let Some(edge) = leaving.get(*node).and_then(|e| e.get(*next)).copied() else {
                seen[*node] = 2;
                way.pop();
                continue;
            };
            *next += 1;
            let Some((_, to)) = ends.get(edge).copied() else {
                continue;
            };
            match seen.get(to) {
                Some(0) => {
                    seen[to] = 1;
                    way.push((to, 0));
                }
                Some(1) => back[edge] = true,
                _ => {}
            }
        }
    }
    back
}

/// The layer of each node: behind all it comes from, at least as far as each edge is long.
fn ranks(nodes: usize, ends: &[(usize, usize)], spans: &[usize]) -> Vec<usize> {
    let mut ranks = vec![0; nodes];
    let mut due = vec![0; nodes];
    for (from, to) in ends {
        if from != to {
            due[*to] += 1;
        }
    }
    let mut ready: VecDeque<usize> = (0..nodes).filter(|n| due[*n] == 0).collect();
    while let Some(node) = ready.pop_front() {
        for ((from, to), span) in ends.iter().zip(spans) {
            if *from == node && to != from {
                ranks[*to] = ranks[*to].max(ranks[node] + span);
                due[*to] -= 1;
                if due[*to] == 0 {
                    ready.push_back(*to);
                }
            }
        }
    }
    ranks
}

/// Orders each layer by where its neighbours stand, to and fro.
fn order(placed: &mut Placed) {
    let count = placed.layers.len();
    for pass in 0..PASSES {
        let forth = pass % 2 == 0;
        for k in 1..count {
            let layer = if forth { k } else { count - 1 - k };
            let other = if forth { layer - 1 } else { layer + 1 };
            let places = positions(placed, other);
            let mut ranked: Vec<(usize, usize, usize)> = placed.layers[layer]
                .iter()
                .enumerate()
                .map(|(n, item)| {
                    let mean = mean(placed, *item, forth, |n| places[n]);
                    (mean.unwrap_or(n * 1000), n, *item)
                })
                .collect();
            ranked.sort_unstable();
            placed.layers[layer] = ranked.into_iter().map(|(.., item)| item).collect();
        }
    }
}

/// The places of a layer's items in it, in thousandths.
fn positions(placed: &Placed, layer: usize) -> Vec<usize> {
    let mut places = vec![0; placed.items.len()];
    for (n, item) in placed.layers[layer].iter().enumerate() {
        places[*item] = n * 1000;
    }
    places
}

/// The mean of what the neighbours before an item (or behind it) say.
fn mean<T>(placed: &Placed, item: usize, before: bool, say: impl Fn(usize) -> T) -> Option<T>
where
    T: std::iter::Sum + std::ops::Div<Output = T> + TryFrom<usize>,
{
    let (above, below) = placed.beside.get(item)?;
    let others = if before { above } else { below };
    let count = T::try_from(others.len())
        .ok()
        .filter(|_| !others.is_empty())?;
    Some(others.iter().map(|n| say(*n)).sum::<T>() / count)
}

/// Spreads each layer along the cross axis, every item as near its neighbours as the order lets.
fn spread(placed: &mut Placed) {
    let count = placed.layers.len();
    for layer in 0..count {
        let wanted: Vec<i64> = placed.layers[layer].iter().map(|_| 0).collect();
        settle(placed, layer, &wanted);
    }
    for pass in 0..PASSES {
        let forth = pass % 2 == 0;
        for k in 0..count {
            let layer = if forth { k } else { count - 1 - k };
            let wanted: Vec<i64> = placed.layers[layer]
                .iter()
                .map(|item| {
                    let here = placed.items[*item].centre();
                    let want = mean(placed, *item, forth, |n| placed.items[n].centre());
                    want.unwrap_or(here)
                })
                .collect();
            settle(placed, layer, &wanted);
        }
    }
    let least = placed.items.iter().map(|i| i.at).min().unwrap_or(0);
    for item in &mut placed.items {
        item.at -= least;
    }
}

/// Puts the items of a layer where they want to be, as far as each leaves room for the next.
fn settle(placed: &mut Placed, layer: usize, wanted: &[i64]) {
    let items = placed.layers[layer].clone();
    let apart = if placed.down { 3 } else { 1 };
    let wish = |n: usize, placed: &Placed| {
        let item = &placed.items[items[n]];
        wanted[n] - (item.centre() - item.at)
    };
    let mut low = Vec::with_capacity(items.len());
    let mut edge = i64::MIN / 4;
    for (n, item) in items.iter().enumerate() {
        let at = wish(n, placed).max(edge);
        low.push(at);
        edge = at + whole(placed.items[*item].cross) + apart;
    }
    let mut high = vec![0; items.len()];
    let mut edge = i64::MAX / 4;
    for n in (0..items.len()).rev() {
        let cross = whole(placed.items[items[n]].cross);
        let at = wish(n, placed).min(edge - cross);
        high[n] = at;
        edge = at - apart;
    }
    for (item, (low, high)) in items.iter().zip(low.iter().zip(&high)) {
        // Between two orders that both leave room there is room too.
        placed.items[*item].at = (low + high).div_euclid(2);
    }
}
