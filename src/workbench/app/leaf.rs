//! A page that is open: its paper, what stands on it, and where it is read.

use super::page::Page;
use crate::records::papers::{Line, Paper, Sheet};
use crate::render::{Look, Row, Target};
use crate::text::{SafeText, wrap};
use jiff::Timestamp;
use std::sync::Arc;

/// How many steps back are kept.
const MOST_BACK: usize = 50;

/// What a page was laid out for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Laid {
    columns: usize,
    height: usize,
    source: bool,
    /// The minute, where the page tells of ages.
    minute: Option<i64>,
}

/// A page that is open.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// Which paper.
    pub paper: Paper,
    /// What stands on it, or why nothing does; `None`: it is being read.
    pub sheet: Option<Result<Arc<Sheet>, String>>,
    /// Whether the text is shown as it is written.
    pub source: bool,
    /// Its rows, and where it stands.
    pub page: Page,
    /// The papers that rows lead to, by the row's number.
    links: Vec<Option<Paper>>,
    laid: Option<Laid>,
    /// The line of the source to go to once it is there.
    wanted: Option<usize>,
    /// Where it came from, and on which row it was there.
    back: Vec<(Paper, usize)>,
    /// The row to go to once it is there.
    row: Option<usize>,
}

impl Leaf {
    /// A page that is still to be read.
    pub fn new(paper: Paper) -> Self {
        Self {
            paper,
            sheet: None,
            source: false,
            page: Page::default(),
            links: Vec::new(),
            laid: None,
            wanted: None,
            back: Vec::new(),
            row: None,
        }
    }

    /// Shows another paper, at a line of it; the way back is kept.
    pub fn follow(&mut self, paper: Paper, line: Option<usize>) {
        let mut back = std::mem::take(&mut self.back);
        back.push((self.paper.clone(), self.page.scroll.at));
        if back.len() > MOST_BACK {
            back.remove(0);
        }
        *self = Self {
            back,
            wanted: line,
            ..Self::new(paper)
        };
    }

    /// Whether there is a way back.
    pub fn has_back(&self) -> bool {
        !self.back.is_empty()
    }

    /// Shows what it showed before.
    pub fn go_back(&mut self) {
        let mut back = std::mem::take(&mut self.back);
        if let Some((paper, row)) = back.pop() {
            *self = Self {
                back,
                row: Some(row),
                ..Self::new(paper)
            };
        }
    }

    /// Takes in what stands on its paper now.
    pub fn take(&mut self, sheet: Result<Arc<Sheet>, String>) {
        self.sheet = Some(sheet);
        self.laid = None;
    }

    /// The gate's page, where it is one.
    pub fn gate(&self) -> Option<&crate::records::gate::page::GatePage> {
        match self.sheet.as_ref()?.as_ref().ok()?.as_ref() {
            Sheet::Gate(page) => Some(page),
            _ => None,
        }
    }

    /// Whether it is a text that can be shown as it is written.
    pub fn has_source(&self) -> bool {
        let sheet = self.sheet.as_ref().and_then(|s| s.as_ref().ok());
        matches!(sheet.map(Arc::as_ref), Some(Sheet::Text { name, .. }) if is_markdown(name))
    }

    /// Where the chosen row leads: a paper with its line, an address, or a line of the page.
    pub fn leads(&self) -> Option<Leads> {
        if let Some(Some(paper)) = self.links.get(self.page.scroll.at) {
            return Some(Leads::Paper(paper.clone(), None));
        }
        Some(match self.page.target()? {
            Target::Url(url) => Leads::Url(url.clone()),
            Target::Place { path, line } => Leads::Paper(Paper::File(path.clone()), *line),
            Target::Line(line) => Leads::Line(*line),
        })
    }

    /// Lays it out for so many columns and rows, where that is not how it lies already.
    pub fn lay(&mut self, columns: usize, height: usize, now: Timestamp) {
        let Some(Ok(sheet)) = self.sheet.clone() else {
            return;
        };
        let minute = matches!(*sheet, Sheet::Gate(_)).then(|| now.as_second() / 60);
        let laid = Laid {
            columns,
            height: if minute.is_some() { height } else { 0 },
            source: self.source,
            minute,
        };
        if self.laid != Some(laid) {
            self.laid = Some(laid);
            let lines = lines(&sheet, laid, now);
            let (rows, links) = lines.into_iter().map(|l| (l.row, l.to)).unzip();
            self.links = links;
            self.page.set(rows);
            if let Some(line) = self.wanted.take() {
                self.page.go_to_line(line, height);
            }
            if let Some(row) = self.row.take() {
                self.page.scroll.at = row;
            }
        }
        self.page.settle(height);
    }
}

/// Where a row leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leads {
    /// To a paper, and a line of it.
    Paper(Paper, Option<usize>),
    /// To an address.
    Url(String),
    /// To a line of the same page.
    Line(usize),
}

fn is_markdown(name: &str) -> bool {
    let end = name.rsplit('.').next().unwrap_or_default();
    ["md", "markdown"].contains(&end.to_ascii_lowercase().as_str())
}

fn lines(sheet: &Sheet, laid: Laid, now: Timestamp) -> Vec<Line> {
    match sheet {
        Sheet::Text { text, .. } => plain(text, laid).into_iter().map(Line::of).collect(),
        Sheet::Lines(lines) => lines.clone(),
        Sheet::Gate(page) => {
            let mut lines = page.rows(laid.columns, laid.height, now);
            lines.push(Line::of(Row::empty()));
            lines.extend(page.documents());
            lines
        }
        Sheet::Patch { patch, .. } => plain(patch, laid).into_iter().map(Line::of).collect(),
    }
}

/// A text as it is written; what is drawn with characters stands as it is.
fn plain(text: &str, laid: Laid) -> Vec<Row> {
    let mut rows = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let line = SafeText::line(line);
        let drawn = line.as_str().starts_with(['|', ' ', '\t']);
        if drawn || laid.source || line.as_str().is_empty() {
            rows.push(Row::of(Look::Plain, line.as_str()).from_line(n + 1));
        } else {
            let broken = wrap(line.as_str(), laid.columns.max(1));
            let row = |text: String| Row::of(Look::Plain, text).from_line(n + 1);
            rows.extend(broken.into_iter().map(row));
        }
    }
    rows
}
