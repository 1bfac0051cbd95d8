//! Flowcharts and state diagrams as they are written.

use super::{DiagramError, MOST_EDGES, MOST_NODES};
use std::collections::HashMap;

/// The outline of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Box,
    Round,
    Choice,
    Double,
    /// No outline: a mark, such as the beginning of states.
    Bare,
}

/// A node.
#[derive(Debug, Clone)]
pub struct Node {
    pub label: String,
    pub shape: Shape,
}

/// A line from one node to another.
#[derive(Debug, Clone)]
pub struct Edge {
    pub from: usize,
    pub to: usize,
    pub label: String,
    /// Whether it has a head where it ends, and where it begins.
    pub heads: (bool, bool),
    pub dotted: bool,
}

/// What is to be drawn.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    /// From top to bottom, not from left to right.
    pub down: bool,
    /// The other way round.
    pub back: bool,
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    /// What stands together, by title.
    pub groups: Vec<(String, Vec<usize>)>,
    names: HashMap<String, usize>,
    /// The groups that are open, innermost last.
    open: Vec<usize>,
}

impl Graph {
    fn new(direction: &str) -> Self {
        let word = direction.to_ascii_uppercase();
        Self {
            down: !matches!(word.as_str(), "LR" | "RL"),
            back: matches!(word.as_str(), "RL" | "BT"),
            ..Self::default()
        }
    }

    fn node(&mut self, name: &str) -> Result<usize, DiagramError> {
        let n = match self.names.get(name) {
            Some(n) => *n,
            None => {
                if self.nodes.len() >= MOST_NODES {
                    return Err(DiagramError::Large(format!("{MOST_NODES} nodes")));
                }
                self.nodes.push(Node {
                    label: name.to_owned(),
                    shape: Shape::Box,
                });
                self.names.insert(name.to_owned(), self.nodes.len() - 1);
                self.nodes.len() - 1
            }
        };
        if let Some((_, members)) = self.open.last().and_then(|g| self.groups.get_mut(*g))
            && !members.contains(&n)
        {
            members.push(n);
        }
        Ok(n)
    }

    fn edge(&mut self, edge: Edge) -> Result<(), DiagramError> {
        if self.edges.len() >= MOST_EDGES {
            return Err(DiagramError::Large(format!("{MOST_EDGES} edges")));
        }
        self.edges.push(edge);
        Ok(())
    }

    fn begin_group(&mut self, title: &str) {
        self.open.push(self.groups.len());
        self.groups.push((title.to_owned(), Vec::new()));
    }

    fn finished(self) -> Result<Self, DiagramError> {
        if self.nodes.is_empty() {
            return Err(DiagramError::Empty);
        }
        Ok(self)
    }
}

/// Reads a flowchart.
pub fn flowchart(lines: &[(usize, &str)]) -> Result<Graph, DiagramError> {
    let mut graph: Option<Graph> = None;
    for (number, line) in lines {
        for part in statements(line) {
            let words: Vec<&str> = part.split_whitespace().collect();
            let Some(graph) = &mut graph else {
                if !part.is_empty() {
                    graph = Some(Graph::new(words.get(1).copied().unwrap_or("TB")));
                }
                continue;
            };
            match words.first().copied() {
                None
                | Some("style" | "classDef" | "class" | "linkStyle" | "click" | "direction") => {}
                Some("subgraph") => {
                    let title = part.get("subgraph".len()..).unwrap_or_default().trim();
                    let title = match title.split_once('[') {
                        Some((_, inner)) => inner.trim_end_matches(']'),
                        None => title,
                    };
                    graph.begin_group(title.trim_matches('"'));
                }
                Some("end") if words.len() == 1 => {
                    graph.open.pop();
                }
                Some(_) => chain(graph, part, *number)?,
            }
        }
    }
    graph.ok_or(DiagramError::Empty)?.finished()
}

/// A line in statements: `;` parts them, but not within quotes or brackets.
fn statements(line: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut from, mut quoted, mut depth) = (0, false, 0_usize);
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '[' | '(' | '{' => depth += 1,
            ']' | ')' | '}' => depth = depth.saturating_sub(1),
            ';' if !quoted && depth == 0 => {
                parts.push(line.get(from..at).unwrap_or_default().trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(line.get(from..).unwrap_or_default().trim());
    parts
}

/// Reads `A & B --> C -- words --> D`.
fn chain(graph: &mut Graph, text: &str, line: usize) -> Result<(), DiagramError> {
    let fault = || DiagramError::Line {
        line,
        text: crate::text::truncate(&crate::text::SafeText::line(text), 40),
    };
    let mut rest = text;
    let mut before: Option<(Vec<usize>, Link)> = None;
    loop {
        let mut here = Vec::new();
        loop {
            let (n, after) = read_node(graph, rest)?.ok_or_else(fault)?;
            here.push(n);
            rest = after.trim_start();
            match rest.strip_prefix('&') {
                Some(after) => rest = after.trim_start(),
                None => break,
            }
        }
        if let Some((from, link)) = before.take() {
            for from in from {
                for to in &here {
                    graph.edge(Edge {
                        from,
                        to: *to,
                        label: link.label.clone(),
                        heads: link.heads,
                        dotted: link.dotted,
                    })?;
                }
            }
        }
        if rest.is_empty() {
            return Ok(());
        }
        let (link, after) = read_link(rest).ok_or_else(fault)?;
        before = Some((here, link));
        rest = after.trim_start();
    }
}

/// What stands around a node's text, the longer marks first.
const SHAPES: [(&str, &str, Shape); 14] = [
    ("(((", ")))", Shape::Round),
    ("([", "])", Shape::Round),
    ("[(", ")]", Shape::Round),
    ("[[", "]]", Shape::Double),
    ("((", "))", Shape::Round),
    ("{{", "}}", Shape::Choice),
    ("[/", "/]", Shape::Box),
    ("[/", "\\]", Shape::Box),
    ("[\\", "\\]", Shape::Box),
    ("[\\", "/]", Shape::Box),
    ("[", "]", Shape::Box),
    ("(", ")", Shape::Round),
    ("{", "}", Shape::Choice),
    (">", "]", Shape::Box),
];

fn read_node<'t>(
    graph: &mut Graph,
    text: &'t str,
) -> Result<Option<(usize, &'t str)>, DiagramError> {
    let mut end = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let dash = c == '-' && chars.peek().is_some_and(|(_, n)| n.is_alphanumeric());
        if !(c.is_alphanumeric() || matches!(c, '_' | '.' | '/' | '*') || (dash && at > 0)) {
            break;
        }
        end = at + c.len_utf8();
    }
    let (name, mut rest) = text.split_at(end);
    if name.is_empty() {
        return Ok(None);
    }
    let n = graph.node(name)?;
    for (open, close, shape) in SHAPES {
        let Some(inner) = rest.strip_prefix(open) else {
            continue;
        };
        let quoted = inner.trim_start().starts_with('"');
        let found = if quoted {
            inner.find(&format!("\"{close}")).map(|at| at + 1)
        } else {
            inner.find(close)
        };
        let Some(at) = found else { continue };
        let (label, after) = inner.split_at(at);
        let label = label.trim().trim_matches('"').trim_matches('`');
        if let Some(node) = graph.nodes.get_mut(n) {
            label.clone_into(&mut node.label);
            node.shape = shape;
        }
        rest = after.get(close.len()..).unwrap_or_default();
        break;
    }
    if let Some(after) = rest.strip_prefix("@{") {
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    if let Some(after) = rest.strip_prefix(":::") {
        let end = after.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':' | '-')));
        let end = end.unwrap_or(after.len());
        // `a:::b-->c`: the dashes are the line's.
        let end = after.find("--").map_or(end, |dashes| end.min(dashes));
        rest = after.get(end..).unwrap_or_default();
    }
    Ok(Some((n, rest)))
}

struct Link {
    label: String,
    heads: (bool, bool),
    dotted: bool,
}

/// Reads `-->`, `-- words -->`, `-.->`, `==>|words|`, `<-->`, `---`.
fn read_link(text: &str) -> Option<(Link, &str)> {
    let tail = text.starts_with('<');
    let rest = text.strip_prefix('<').unwrap_or(text);
    let (run, rest) = stroke(rest)?;
    let dotted = run.contains('.');
    let mut label = String::new();
    let (mut head, mut rest) = head(rest);
    let opener = matches!(run, "--" | "==" | "-.");
    if !head && opener {
        let close = match run {
            "-." => ".-",
            other => other,
        };
        let at = rest.find(close)?;
        let (words, after) = rest.split_at(at);
        words.trim().trim_matches('"').clone_into(&mut label);
        let (_, after) = stroke(after)?;
        (head, rest) = self::head(after);
    }
    let after = rest.trim_start();
    if let Some((words, after)) = after.strip_prefix('|').and_then(|t| t.split_once('|')) {
        words.trim().trim_matches('"').clone_into(&mut label);
        rest = after;
    }
    let heads = (head, tail);
    Some((
        Link {
            label,
            heads,
            dotted,
        },
        rest,
    ))
}

/// The strokes of a line, at least two.
fn stroke(text: &str) -> Option<(&str, &str)> {
    let end = text
        .find(|c: char| !matches!(c, '-' | '=' | '.' | '~'))
        .unwrap_or(text.len());
    (end >= 2).then(|| text.split_at(end))
}

/// The head of a line; a circle or a cross is one too.
fn head(text: &str) -> (bool, &str) {
    if let Some(rest) = text.strip_prefix('>') {
        return (true, rest);
    }
    let round = text.strip_prefix(['o', 'x']);
    match round.filter(|rest| rest.is_empty() || rest.starts_with([' ', '|'])) {
        Some(rest) => (true, rest),
        None => (false, text),
    }
}

/// Reads a state diagram as a graph.
pub fn states(lines: &[(usize, &str)]) -> Result<Graph, DiagramError> {
    let direction = lines.iter().find_map(|(_, l)| l.strip_prefix("direction "));
    let mut graph = Graph::new(direction.map_or("TB", str::trim));
    let mut note = false;
    for (number, line) in lines.iter().filter(|(_, l)| !l.is_empty()).skip(1) {
        if note || line.starts_with("note ") {
            note = *line != "end note" && !line.contains(':');
            continue;
        }
        let (line, words) = match line.split_once(" : ").or_else(|| line.split_once(": ")) {
            Some((line, words)) => (line.trim(), words.trim()),
            None => (*line, ""),
        };
        if let Some((from, to)) = line.split_once("-->") {
            let from = state(&mut graph, from.trim(), "●")?;
            let to = state(&mut graph, to.trim(), "◉")?;
            let label = words.to_owned();
            let heads = (true, false);
            graph.edge(Edge {
                from,
                to,
                label,
                heads,
                dotted: false,
            })?;
        } else if let Some(rest) = line.strip_prefix("state ") {
            declared(&mut graph, rest.trim())?;
        } else if line == "}" {
            graph.open.pop();
        } else if ["direction", "classDef", "class", "hide", "scale", "--"]
            .iter()
            .any(|w| line.starts_with(w))
        {
        } else if line.split_whitespace().count() == 1 {
            let n = state(&mut graph, line, "●")?;
            if let Some(node) = graph.nodes.get_mut(n).filter(|_| !words.is_empty()) {
                words.clone_into(&mut node.label);
            }
        } else {
            return Err(DiagramError::Line {
                line: *number,
                text: crate::text::truncate(&crate::text::SafeText::line(line), 40),
            });
        }
    }
    graph.finished()
}

/// A state; `[*]` is the beginning or the end of the states it stands among.
fn state(graph: &mut Graph, name: &str, mark: &str) -> Result<usize, DiagramError> {
    let name = name.split(":::").next().unwrap_or(name).trim();
    let bare = name == "[*]";
    let key = if bare {
        format!("{mark} {:?}", graph.open)
    } else {
        name.to_owned()
    };
    let new = !graph.names.contains_key(&key);
    let n = graph.node(&key)?;
    if let Some(node) = graph.nodes.get_mut(n).filter(|_| new) {
        node.shape = if bare { Shape::Bare } else { Shape::Round };
        let label = if bare { mark } else { name };
        label.clone_into(&mut node.label);
    }
    Ok(n)
}

/// `state "Words" as X`, `state X <<choice>>`, `state X {`.
fn declared(graph: &mut Graph, text: &str) -> Result<(), DiagramError> {
    let (text, opens) = match text.strip_suffix('{') {
        Some(text) => (text.trim(), true),
        None => (text, false),
    };
    let (label, name) = match text.split_once(" as ") {
        Some((label, name)) => (label.trim().trim_matches('"'), name.trim()),
        None => (text, text),
    };
    let (name, kind) = name.split_once("<<").unwrap_or((name, ""));
    let name = name.trim();
    if opens {
        graph.begin_group(label);
        return Ok(());
    }
    let n = state(graph, name, "●")?;
    if let Some(node) = graph.nodes.get_mut(n) {
        if label != text {
            label.clone_into(&mut node.label);
        }
        if kind.starts_with("choice") {
            node.shape = Shape::Choice;
        }
    }
    Ok(())
}
