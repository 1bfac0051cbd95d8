//! The running text of a block, gathered into pieces.

use super::blocks::Known;
use crate::render::flow::Piece;
use crate::render::{Look, Target, place};
use crate::text::Role;

/// What lies over the text under way.
#[derive(Debug, Clone)]
enum Over {
    Look(Look),
    Link(Option<Target>),
    Image(Option<Target>),
}

/// Gathers running text.
pub struct Inline<'a> {
    known: &'a Known,
    folder: &'a str,
    over: Vec<Over>,
    pieces: Vec<Piece>,
}

impl<'a> Inline<'a> {
    pub fn new(known: &'a Known, folder: &'a str) -> Self {
        Self {
            known,
            folder,
            over: Vec::new(),
            pieces: Vec::new(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// What was gathered.
    pub fn take(&mut self) -> Vec<Piece> {
        std::mem::take(&mut self.pieces)
    }

    pub fn begin(&mut self, look: Look) {
        self.over.push(Over::Look(look));
    }

    pub fn begin_link(&mut self, to: &str) {
        let target = self.target(to);
        self.over.push(Over::Link(target));
    }

    pub fn begin_image(&mut self, to: &str, line: usize) {
        let target = self.target(to);
        self.over.push(Over::Image(target));
        self.put("[image: ", line);
    }

    /// Ends what was begun last.
    pub fn end(&mut self, line: usize) {
        if let Some(Over::Image(_)) = self.over.last() {
            self.put("]", line);
        }
        self.over.pop();
    }

    /// Text; the files and addresses it names lead there.
    pub fn text(&mut self, text: &str, line: usize) {
        let plain = !self.over.iter().any(|o| !matches!(o, Over::Look(_)));
        let mut at = 0;
        if plain {
            for (range, target) in place::places(text) {
                self.put(text.get(at..range.start).unwrap_or_default(), line);
                at = range.end;
                let named = text.get(range).unwrap_or_default();
                self.pieces
                    .push(Piece::new(named, Look::Link, Some(target), line));
            }
        }
        self.put(text.get(at..).unwrap_or_default(), line);
    }

    /// A span of code; one that is the name of a file leads there.
    pub fn code(&mut self, text: &str, line: usize) {
        let (_, linked) = self.shown();
        let target = linked.or_else(|| place::place(text.trim()));
        self.pieces.push(Piece::new(text, Look::Code, target, line));
    }

    /// HTML within text: only a line break is more than its own letters.
    pub fn html(&mut self, text: &str, line: usize) {
        let name = text.trim_matches(|c: char| "<>/ ".contains(c));
        if name.eq_ignore_ascii_case("br") {
            return self.break_row(line);
        }
        let quiet = Look::Role(Role::Quiet);
        self.pieces.push(Piece::new(text, quiet, None, line));
    }

    /// A reference to a footnote; without its text it is text.
    pub fn note(&mut self, label: &str, line: usize) {
        match self.known.note(label) {
            Some(to) => {
                let target = Some(Target::Line(to));
                let text = format!("[{label}]");
                self.pieces
                    .push(Piece::new(&text, Look::Link, target, line));
            }
            None => self.put(&format!("[^{label}]"), line),
        }
    }

    /// A box of a task, where it can't stand in the place of a bullet.
    pub fn task(&mut self, done: bool, line: usize) {
        let (mark, look) = task(done);
        self.pieces.push(Piece::new(mark, look, None, line));
    }

    pub fn break_row(&mut self, line: usize) {
        self.pieces.push(Piece::row_end(line));
    }

    /// Text as it is.
    pub fn put(&mut self, text: &str, line: usize) {
        if !text.is_empty() {
            let (look, target) = self.shown();
            self.pieces.push(Piece::new(text, look, target, line));
        }
    }

    /// What text looks like now, and where it leads.
    fn shown(&self) -> (Look, Option<Target>) {
        let linked = self.over.iter().rev().find_map(|o| match o {
            Over::Link(target) | Over::Image(target) => Some(target.clone()),
            Over::Look(_) => None,
        });
        // What leads nowhere is not shown as if it did.
        if let Some(target @ Some(_)) = linked {
            return (Look::Link, target);
        }
        let look = self.over.iter().rev().find_map(|o| match o {
            Over::Look(look) => Some(*look),
            _ => None,
        });
        (look.unwrap_or_default(), None)
    }

    fn target(&self, to: &str) -> Option<Target> {
        match to.strip_prefix('#') {
            Some(anchor) => self.known.anchor(anchor).map(Target::Line),
            None => place::link(to, self.folder),
        }
    }
}

/// The box of a task.
pub fn task(done: bool) -> (&'static str, Look) {
    if done {
        ("☑ ", Look::Role(Role::Good))
    } else {
        ("☐ ", Look::Role(Role::Attention))
    }
}
