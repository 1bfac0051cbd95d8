//! A page that is open: its paper, what stands on it, and where it is read.

mod change;
mod lay;
mod notes;

use super::page::Page;
use crate::documents::review;
use crate::records::papers::{Line, Paper, Sheet, Wanted};
use crate::records::review::Standing;
use crate::render::diff::{self, Hunk, Sign};
use crate::render::{Look, Row, Target, markdown};
use crate::terms::review::{Excerpt, Range, Side, Spot};
use crate::terms::{CommentId, CriterionId};
use crate::text::Role;
use jiff::Timestamp;
use lay::{Maker, Rows, indented};
use notes::Weaver;
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

/// What is still to be laid out.
#[derive(Debug, Clone)]
struct Laying {
    maker: Maker,
    weaver: Weaver,
    how: How,
}

/// What becomes of the rows that are made.
#[derive(Debug, Clone)]
enum How {
    /// They are the page's from the first slice on.
    Shown {
        /// Whether that one was taken.
        begun: bool,
    },
    /// They are kept until the line that is being read is among them; the page stays as it was until
    /// then.
    Kept(Rows),
    /// They differ in their colours alone from those that the page has: this is the next one.
    Coloured(usize),
}

/// Whether a page is laid out as its sheet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    Nothing,
    /// Only colours came.
    Colours,
    All,
}

/// What is to be gone to as soon as it is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// A line of the source.
    Line(usize),
    /// A file of a change, by its path.
    File(String),
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
    /// The rows at which the files of a change begin, with the path of each.
    files: Vec<(usize, String)>,
    /// The row that a window of a large file is wanted around.
    from: usize,
    laid: Option<Laid>,
    due: Due,
    laying: Option<Laying>,
    wanted: Option<Place>,
    /// The comments on the run's work.
    notes: Arc<Vec<Standing>>,
    /// Whether they are others than those that were seen last.
    has_news: bool,
    /// The line that a range begins at.
    pub mark: Option<Spot>,
    /// Where it came from, and on which row it was there.
    back: Vec<(Paper, usize)>,
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
            due: Due::All,
            laying: None,
            wanted: None,
            notes: Arc::default(),
            has_news: false,
            mark: None,
            back: Vec::new(),
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
            wanted: line.map(Place::Line),
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
                ..Self::new(paper)
            };
            self.page.come_back_to(row);
        }
    }

    /// Takes in what stands on its paper now; of a large file only a window that was wanted for
    /// this page, or has what it shows: the same file may be open beside it at another place.
    pub fn take(&mut self, from: usize, sheet: Result<Arc<Sheet>, String>) {
        let fits = match sheet.as_deref() {
            Ok(Sheet::Large(large)) => {
                let rows = large.first..large.first + large.rows.len();
                from == self.from || rows.contains(&self.page.scroll.top)
            }
            _ => true,
        };
        // The beginning of what it has all of already tells nothing.
        let has_more =
            matches!(self.sheet, Some(Ok(_))) && matches!(&sheet, Ok(sheet) if sheet.is_head());
        if !fits || has_more || self.sheet.as_ref() == Some(&sheet) {
            return;
        }
        let is_like = match (&self.sheet, &sheet) {
            (Some(Ok(was)), Ok(now)) => was.is_like(now),
            _ => false,
        };
        // What is kept aside until it can be shown is not what the page has.
        let kept = matches!(&self.laying, Some(laying) if matches!(laying.how, How::Kept(_)));
        self.due = if is_like && self.due != Due::All && !kept {
            Due::Colours
        } else {
            Due::All
        };
        if sheet.is_err() {
            self.laying = None;
        }
        self.sheet = Some(sheet);
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
            Paper::Gate if self.gate().is_some_and(|g| g.commented.since.is_some()) => {
                Some(Paper::Since)
            }
            Paper::Gate
            | Paper::Report
            | Paper::Findings
            | Paper::Comments
            | Paper::Since
            | Paper::Lineage(_) => Some(Paper::Change),
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

    /// The line of a file that a row is; `None`: it is none that can be commented on.
    pub fn spot_at(&self, n: usize) -> Option<Spot> {
        if matches!(self.links.get(n), Some(Some(Leads::Comment(_)))) {
            return None;
        }
        let row = self.page.row(n)?;
        let path = match &self.paper {
            Paper::File(path) => path.as_str(),
            Paper::Change | Paper::Since | Paper::Against(_) => self.file_at(n)?,
            _ => return None,
        };
        let (side, line) = match (row.went, &self.paper) {
            (Some(went), Paper::Change) => (Side::Old, went),
            // Elsewhere lines went from another text than that of before the run.
            (Some(_), _) => return None,
            (None, _) if row.ground == Some(Look::Hunk) => return None,
            (None, _) => (Side::New, row.line?),
        };
        let line = u32::try_from(line).ok()?;
        Some(Spot {
            path: path.to_owned(),
            side,
            lines: Some(Range::between(line, line)),
        })
    }

    /// The line of the chosen row.
    pub fn spot(&self) -> Option<Spot> {
        self.spot_at(self.page.scroll.at)
    }

    /// What stands on these lines of the page, and around them; `None`: the page holds no text of them.
    pub fn excerpt(&self, spot: &Spot) -> Option<Excerpt> {
        let lines = spot.lines?;
        match self.sheet.as_ref()?.as_ref().ok()?.as_ref() {
            Sheet::Text { document, .. } => review::cut_out(document.text(), lines).ok(),
            Sheet::Patch { files, .. } => {
                let file = files.iter().find(|f| f.path == spot.path)?;
                file.hunks.iter().find_map(|h| of_hunk(h, spot.side, lines))
            }
            Sheet::Large(_) | Sheet::Lines(_) | Sheet::Gate(_) => None,
        }
    }

    /// Whether a row lies in the range that was begun.
    pub fn is_marked(&self, n: usize) -> bool {
        let (Some(mark), Some(row)) = (&self.mark, self.spot_at(n)) else {
            return false;
        };
        let here = self.spot().unwrap_or_else(|| mark.clone());
        let line = |spot: &Spot| spot.lines.map_or(0, |l| l.first);
        let range = Range::between(line(mark), line(&here));
        (&row.path, row.side) == (&mark.path, mark.side)
            && (range.first..=range.last).contains(&line(&row))
    }

    /// The comment that the chosen row is of: in its place, in the list of all, on a gate's page.
    pub fn comment(&self) -> Option<CommentId> {
        let at = self.page.scroll.at;
        if let Some(Some(Leads::Comment(id))) = self.links.get(at) {
            return Some(*id);
        }
        let named = |row: &Row, look: Look| {
            let mut named = row.spans.iter().filter(|s| s.look == look);
            named.find_map(|s| s.text().as_str().trim().parse().ok())
        };
        match &self.paper {
            Paper::Gate => named(self.page.chosen()?, Look::Role(Role::Name)),
            Paper::Comments => {
                let rows = (0..=at).rev().map_while(|n| self.page.row(n));
                let mut heads = rows.filter_map(|row| named(row, Look::Heading(2)));
                heads.next()
            }
            _ => None,
        }
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
        let path = self.file_at(at)?;
        Some(Leads::Paper(
            Paper::File(path.to_owned()),
            self.page.row(at)?.line,
        ))
    }

    /// The path of the file of a change that the chosen row is of.
    pub fn path_here(&self) -> Option<&str> {
        self.file_at(self.page.scroll.at)
    }

    /// The path of the file of a change that a row is of.
    fn file_at(&self, row: usize) -> Option<&str> {
        let n = self.files.partition_point(|(begins, _)| *begins <= row);
        let (_, path) = self.files.get(n.checked_sub(1)?)?;
        Some(path)
    }

    /// Goes to a line of the source: at once, or as soon as it is laid out.
    pub fn go_to_line(&mut self, line: usize, height: usize) {
        self.wanted = Some(Place::Line(line));
        self.arrive(height);
    }

    /// Goes to a file of a change, by its path: at once, or as soon as it is laid out.
    pub fn go_to_file(&mut self, path: String, height: usize) {
        self.wanted = Some(Place::File(path));
        self.arrive(height);
    }

    /// Goes nowhere but where it is: a person moves.
    pub fn stays(&mut self) {
        self.wanted = None;
    }

    /// Whether something is to be gone to that is not laid out yet.
    pub fn is_on_its_way(&self) -> bool {
        self.wanted.is_some() || self.page.has_goal()
    }

    /// Whether there is more to lay out.
    pub fn is_laying(&self) -> bool {
        self.laying.is_some()
    }

    /// Goes to what is wanted, where it is there by now.
    fn arrive(&mut self, height: usize) {
        let row = match &self.wanted {
            Some(Place::Line(line)) => {
                let line = *line;
                let in_order = matches!(&self.laying, Some(l) if l.maker.is_in_order());
                let past = in_order && self.page.ends_after(line);
                let is_there = self.page.is_whole() || self.page.is_window() || past;
                is_there.then(|| self.page.row_of(line))
            }
            Some(Place::File(file)) => {
                let begins = self.files.iter().find(|(_, path)| path == file);
                begins.map(|(row, _)| *row)
            }
            None => return,
        };
        if let Some(row) = row {
            self.page.go_to(row, height);
        }
        if row.is_some() || self.page.is_whole() {
            self.wanted = None;
        }
    }

    /// Lays it out for so many columns and rows, where that is not how it lies already: a slice of
    /// what is left of it each time.
    pub fn lay(
        &mut self,
        columns: usize,
        height: usize,
        now: Timestamp,
        notes: &Arc<Vec<Standing>>,
    ) {
        if !Arc::ptr_eq(&self.notes, notes) {
            let same = self.notes == *notes;
            self.notes = notes.clone();
            if !same {
                self.due = Due::All;
                self.has_news = true;
            }
        }
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
            self.due = Due::All;
        }
        if self.due != Due::Nothing {
            self.laid = Some(laid);
            self.begin(&sheet, laid, now);
        }
        self.lay_slice(height);
        self.arrive(height);
        self.page.settle(height);
        if self.laying.is_none() && std::mem::take(&mut self.has_news) {
            self.show_comment(height);
        }
        let (top, at_hand) = (self.page.scroll.top, self.page.at_hand());
        let end = (top + height).min(self.page.len());
        if top < at_hand.start || end > at_hand.end {
            self.from = top;
        }
    }

    /// Has the comment below the chosen line in sight, as far as there is room: it was just given.
    fn show_comment(&mut self, height: usize) {
        let scroll = self.page.scroll;
        let is_comment = |n: &usize| matches!(self.links.get(*n), Some(Some(Leads::Comment(_))));
        let rows = (scroll.at + 1..).take_while(is_comment);
        if let Some(last) = rows.last() {
            let top = (last + 1).saturating_sub(height).min(scroll.at);
            self.page.scroll.top = scroll.top.max(top);
        }
    }

    /// Begins to lay a sheet out.
    fn begin(&mut self, sheet: &Sheet, laid: Laid, now: Timestamp) {
        let due = std::mem::replace(&mut self.due, Due::Nothing);
        self.laying = None;
        if let Some(maker) = Maker::of(sheet, laid.columns, laid.source) {
            let how = if due == Due::Colours {
                How::Coloured(0)
            } else if self.page.scroll.at == 0 {
                How::Shown { begun: false }
            } else {
                How::Kept(Rows::default())
            };
            let weaver = Weaver::of(&self.paper, &self.notes, laid.columns);
            self.laying = Some(Laying { maker, weaver, how });
            return;
        }
        let rows = match sheet {
            Sheet::Large(large) => {
                self.links.clear();
                self.files.clear();
                return self.page.set_window(large);
            }
            Sheet::Gate(page) => {
                let mut lines = page.rows(laid.columns, laid.height, now);
                lines.push(Line::of(Row::empty()));
                lines.extend(page.documents());
                Rows::of(lines)
            }
            Sheet::Lines(lines) => Rows::of(lines.iter().map(|line| Line {
                row: indented(&line.row),
                to: line.to.clone(),
            })),
            Sheet::Text { .. } | Sheet::Patch { .. } => return,
        };
        self.set(rows, true);
    }

    /// Lays the next slice out.
    fn lay_slice(&mut self, height: usize) {
        let Some(mut laying) = self.laying.take() else {
            return;
        };
        let (rows, over) = laying.maker.slice();
        let rows = laying.weaver.weave(rows, over);
        let whole = over && !matches!(&self.sheet, Some(Ok(sheet)) if sheet.is_head());
        match &mut laying.how {
            How::Shown { begun: false } => {
                self.set(rows, whole);
                laying.how = How::Shown { begun: true };
            }
            How::Shown { begun: true } => self.add(rows, whole),
            How::Kept(kept) => {
                kept.and(rows);
                if whole || self.is_read_in(kept, laying.maker.is_in_order(), height) {
                    let rows = std::mem::take(kept);
                    self.set(rows, whole);
                    laying.how = How::Shown { begun: true };
                }
            }
            How::Coloured(next) => {
                let at = *next;
                *next += rows.told.len();
                self.colour(at, rows, whole);
            }
        }
        if !over {
            self.laying = Some(laying);
        }
    }

    /// Whether what is being read is among these rows, with what stands below it.
    fn is_read_in(&self, rows: &Rows, in_order: bool, height: usize) -> bool {
        let at = self.page.scroll.at;
        if let Some(path) = self.file_at(at) {
            // It is all there when the next one begins.
            let n = rows.files.iter().position(|(_, p)| p == path);
            return n.is_some_and(|n| n + 1 < rows.files.len());
        }
        let Some(line) = self.page.line().filter(|_| in_order) else {
            return rows.told.len() >= at + height;
        };
        let before = |row: &Row| row.line.is_none_or(|l| l <= line);
        rows.told.partition_point(before) + height <= rows.told.len()
    }

    /// Takes rows that follow those the page has.
    fn add(&mut self, rows: Rows, whole: bool) {
        self.links.extend(rows.links);
        self.files.extend(rows.files);
        self.page.add(rows.told, whole);
    }

    /// Takes rows in place of those from this one on, and what is more than the page has.
    fn colour(&mut self, at: usize, rows: Rows, whole: bool) {
        let new = self.links.len().saturating_sub(at);
        self.links.extend(rows.links.into_iter().skip(new));
        let last = self.files.last().map(|(begins, _)| *begins);
        let new = rows.files.into_iter();
        let new = new.filter(|(begins, _)| last.is_none_or(|last| *begins > last));
        self.files.extend(new);
        self.page.put(at, rows.told, whole);
    }

    /// Takes other rows; what was read stays where it was.
    fn set(&mut self, rows: Rows, whole: bool) {
        let before = self.file_at(self.page.scroll.at).map(str::to_owned);
        let line = self.page.line();
        // A line may take several rows, and a comment on it stands below them.
        let at = self.page.scroll.at;
        let above = (0..at).rev().map(|n| self.page.row(n).and_then(|r| r.line));
        let within = above.take_while(|l| *l == line).count();
        self.links = rows.links;
        self.files = rows.files;
        self.page.set(rows.told, whole);
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
                let first = range.find(at_or_after).unwrap_or(begins);
                let same = |n: &usize| self.page.row(*n).is_some_and(|r| r.line == line);
                let rest = (first + 1..=first + within).take_while(same);
                self.page.scroll.at = rest.last().unwrap_or(first);
            }
        }
    }
}

/// What a hunk shows of these lines, where it holds the first of them.
fn of_hunk(hunk: &Hunk, side: Side, lines: Range) -> Option<Excerpt> {
    let other = match side {
        Side::New => Sign::Removed,
        Side::Old => Sign::Added,
    };
    let number = |line: &diff::Line| match side {
        Side::New => line.new,
        Side::Old => line.old,
    };
    let own = hunk.lines.iter().filter(|l| l.sign != other);
    let own: Vec<(usize, &str)> = own.map(|l| (number(l), l.text.as_str())).collect();
    let first = usize::try_from(lines.first).ok()?;
    let last = usize::try_from(lines.last).ok()?;
    let from = own.iter().position(|(n, _)| *n == first)?;
    let end = from + own[from..].iter().filter(|(n, _)| *n <= last).count();
    let texts: Vec<&str> = own.into_iter().map(|(_, text)| text).collect();
    Some(review::excerpt(&texts, from, end))
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
    /// To a file of the same change, by its path.
    File(String),
    /// To a comment, among all of them.
    Comment(CommentId),
}

#[cfg(test)]
mod tests;
