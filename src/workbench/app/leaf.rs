//! A page that is open: its paper, what stands on it, and where it is read.

mod change;

use super::page::Page;
use crate::records::papers::{Line, Paper, Sheet, Wanted};
use crate::render::code::Colours;
use crate::render::source::source;
use crate::render::{Look, Row, Span, Target, markdown};
use crate::terms::CriterionId;
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
    /// When an age that it tells is no longer true.
    until: Option<Timestamp>,
}

impl Laid {
    /// Whether it is still right for this.
    fn serves(self, wanted: Self, now: Timestamp) -> bool {
        let until = self.until;
        Self { until, ..wanted } == self && until.is_none_or(|until| now < until)
    }
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
    /// Where rows lead beside what their pieces say, by the row's number.
    links: Vec<Option<Leads>>,
    /// The rows at which the files of a change begin.
    files: Vec<(usize, String)>,
    /// The row that a window of a large file is wanted around.
    from: usize,
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
            // What an agent was told is shown as it was told.
            source: matches!(paper, Paper::Prompt(_)),
            paper,
            sheet: None,
            page: Page::default(),
            links: Vec::new(),
            files: Vec::new(),
            from: 0,
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
            from: line.unwrap_or(0),
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
        if self.sheet.as_ref() == Some(&sheet) {
            return;
        }
        self.sheet = Some(sheet);
        self.laid = None;
    }

    /// The row that a window of a large file is wanted around.
    pub fn from(&self) -> usize {
        self.from
    }

    /// What is to be looked for in the file, beyond the rows at hand.
    pub fn wanted(&self) -> Option<Wanted> {
        let (from, forward) = self.page.find().beyond()?;
        Some(Wanted {
            paper: self.paper.clone(),
            words: self.page.find().words.clone(),
            from,
            forward,
        })
    }

    /// The gate's page, where it is one.
    pub fn gate(&self) -> Option<&crate::records::gate::page::GatePage> {
        match self.sheet.as_ref()?.as_ref().ok()?.as_ref() {
            Sheet::Gate(page) => Some(page),
            _ => None,
        }
    }

    /// When an age that stands on it is no longer true; `None`: time changes nothing on it.
    pub fn true_until(&self) -> Option<Timestamp> {
        self.laid?.until
    }

    /// Whether it is a text that can be shown as it is written.
    pub fn has_source(&self) -> bool {
        let sheet = self.sheet.as_ref().and_then(|s| s.as_ref().ok());
        matches!(sheet.map(Arc::as_ref), Some(Sheet::Text { name, .. }) if markdown::is_markdown(name))
    }

    /// The paper that shows what changed of this one.
    pub fn against(&self) -> Option<Paper> {
        match &self.paper {
            Paper::File(path) => Some(Paper::Against(path.clone())),
            Paper::Against(path) => Some(Paper::File(path.clone())),
            Paper::Gate | Paper::Report | Paper::Findings | Paper::Lineage(_) => {
                Some(Paper::Change)
            }
            Paper::Change | Paper::Prompt(_) | Paper::Checks(_) => None,
        }
    }

    /// The criterion that the chosen row is of.
    pub fn criterion(&self) -> Option<CriterionId> {
        if let Some(Leads::Paper(Paper::Lineage(id), _)) = self.leads() {
            return Some(id);
        }
        let text = self.page.chosen()?.text();
        text.match_indices("AC-").find_map(|(at, _)| {
            let rest = &text[at + 3..];
            let end = rest.find(|c: char| !c.is_ascii_digit());
            let end = at + 3 + end.unwrap_or(rest.len());
            CriterionId::new(&text[at..end]).ok()
        })
    }

    /// Where the chosen row leads.
    pub fn leads(&self) -> Option<Leads> {
        let at = self.page.scroll.at;
        if let Some(Some(link)) = self.links.get(at) {
            return Some(link.clone());
        }
        match self.page.target() {
            Some(Target::Url(url)) => return Some(Leads::Url(url.clone())),
            Some(Target::Place { path, line }) => {
                return Some(Leads::Paper(Paper::File(path.clone()), *line));
            }
            Some(Target::Line(line)) => return Some(Leads::Line(*line)),
            None => {}
        }
        // A line of a change leads to the file as it is now.
        let (_, path) = self.file_at(at)?;
        Some(Leads::Paper(
            Paper::File(path.to_owned()),
            self.page.row(at)?.line,
        ))
    }

    /// The file of a change that a row is of: where it begins, and its path.
    fn file_at(&self, row: usize) -> Option<(usize, &str)> {
        let n = self.files.partition_point(|(begins, _)| *begins <= row);
        let (begins, path) = self.files.get(n.checked_sub(1)?)?;
        Some((*begins, path))
    }

    /// Lays it out for so many columns and rows, where that is not how it lies already.
    pub fn lay(&mut self, columns: usize, height: usize, now: Timestamp) {
        let Some(Ok(sheet)) = self.sheet.clone() else {
            return;
        };
        let gate = match &*sheet {
            Sheet::Gate(page) => Some(page),
            _ => None,
        };
        let laid = Laid {
            columns,
            height: if gate.is_some() { height } else { 0 },
            source: self.source,
            until: gate.and_then(|page| page.true_until(now)),
        };
        if !self.laid.is_some_and(|was| was.serves(laid, now)) {
            self.laid = Some(laid);
            self.lay_anew(&sheet, laid, now);
            if let Some(line) = self.wanted.take() {
                self.page.go_to_line(line, height);
            }
            if let Some(row) = self.row.take() {
                self.page.scroll.at = row;
            }
        }
        self.page.settle(height);
        let (top, at_hand) = (self.page.scroll.top, self.page.at_hand());
        let end = (top + height).min(self.page.len());
        if top < at_hand.start || end > at_hand.end {
            self.from = top;
        }
    }

    fn lay_anew(&mut self, sheet: &Sheet, laid: Laid, now: Timestamp) {
        let laid_out = match sheet {
            Sheet::Large(large) => {
                self.page
                    .set_window(large.first, large.rows.clone(), large.all);
                return;
            }
            Sheet::Text {
                name,
                text,
                colours,
            } => Rows::plain(text_rows(name, text, colours, laid)),
            Sheet::Lines(lines) => Rows::of(lines.iter().map(|line| Line {
                row: indented(&line.row),
                to: line.to.clone(),
            })),
            Sheet::Gate(page) => {
                let mut lines = page.rows(laid.columns, laid.height, now);
                lines.push(Line::of(Row::empty()));
                lines.extend(page.documents());
                Rows::of(lines)
            }
            Sheet::Patch {
                what,
                change,
                files,
            } => {
                let columns = laid.columns.saturating_sub(1);
                let mut all = change::rows(what, change.as_deref(), files, columns);
                all.told = all.told.iter().map(indented).collect();
                all
            }
        };
        let before = self.file_at(self.page.scroll.at).map(|(_, p)| p.to_owned());
        let line = self.page.line();
        self.links = laid_out.links;
        self.files = laid_out.files;
        self.page.set(laid_out.told);
        // In a change a line's number tells its place only together with its file.
        if let Some(path) = before {
            let n = self.files.iter().position(|(_, p)| *p == path);
            let range = n.map(|n| {
                let end = self.files.get(n + 1).map_or(self.page.len(), |(e, _)| *e);
                self.files[n].0..end
            });
            let at_or_after = |n: &usize| self.page.row(*n).is_some_and(|r| r.line >= line);
            if let Some(mut range) = range {
                let begins = range.start;
                self.page.scroll.at = range.find(at_or_after).unwrap_or(begins);
            }
        }
    }
}

/// Where a row leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leads {
    /// To a paper, and a line of it.
    Paper(Paper, Option<usize>),
    /// To an address.
    Url(String),
    /// To a line of the source of the same page.
    Line(usize),
    /// To a row of the same page.
    Row(usize),
}

/// A page that was laid out.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Its rows.
    pub(super) told: Vec<Row>,
    /// Where each of them leads, beside what its pieces say.
    pub(super) links: Vec<Option<Leads>>,
    /// The rows at which the files of a change begin.
    pub(super) files: Vec<(usize, String)>,
}

impl Rows {
    fn plain(rows: Vec<Row>) -> Self {
        Self {
            told: rows,
            ..Self::default()
        }
    }

    fn of(lines: impl IntoIterator<Item = Line>) -> Self {
        let mut all = Self::default();
        for line in lines {
            all.push(line.row, line.to.map(|paper| Leads::Paper(paper, None)));
        }
        all
    }

    /// One more row, with where it leads.
    pub(super) fn push(&mut self, row: Row, leads: Option<Leads>) {
        self.told.push(row);
        self.links.push(leads);
    }
}

/// The rows of a text: rendered, or as it is written.
fn text_rows(name: &str, text: &str, colours: &Arc<Colours>, laid: Laid) -> Vec<Row> {
    if laid.source || !markdown::is_markdown(name) {
        return source(name, text, laid.columns, true, colours);
    }
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let page = markdown::Page::new(text, laid.columns.saturating_sub(1)).in_folder(folder);
    let mut page = page.coloured(colours.clone());
    let all = page.lay_all();
    page.rows(0..all).map(indented).collect()
}

/// A row with a column of air at its left.
fn indented(row: &Row) -> Row {
    let mut row = row.clone();
    row.spans.insert(0, Span::new(Look::Plain, " "));
    row
}
