//! The papers of a run on the screen: the list, and the pages that are open beside each other.

use super::event::Effect;
use super::input::Input;
use super::leaf::{Leads, Leaf};
use super::overlay::{Overlay, Wanted};
use super::scroll::{Scroll, Step};
use super::{App, Pane, View, run};
use crate::records::papers::{self, Paper, Sought, Wanted as Words};
use crate::records::review::Standing;
use crate::records::runs::RunView;
use crate::terms::RunId;
use crate::workbench::actions::Action;
use crate::workbench::layout;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most pages that are open beside each other.
pub const MOST_LEAVES: usize = 4;

/// What is shown of a run's papers.
#[derive(Debug, Clone, Default)]
pub struct Shelf {
    /// The chosen row of the list.
    pub chosen: Scroll,
    /// What that row is, so that it stays chosen when the list changes.
    paper: Option<Paper>,
    /// The pages that are open, from left to right.
    pub leaves: Vec<Leaf>,
    /// Which of them has the focus.
    pub at: usize,
    /// Whether they move together.
    pub linked: bool,
    /// The comments on the run's work.
    pub comments: Arc<Vec<Standing>>,
    /// How many criteria each artifact names, by its path.
    pub named: BTreeMap<String, usize>,
    /// What was asked for last.
    asked: Option<(RunId, Vec<(Paper, usize)>)>,
    /// What was to be looked for last.
    words: Option<(RunId, Words)>,
}

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListRow {
    /// The word over a group, with the state of its stage.
    Head(papers::Shelf),
    /// A paper.
    Item(papers::Item),
}

/// The rows of the list.
pub fn rows(view: &RunView) -> Vec<ListRow> {
    let mut rows = Vec::new();
    for mut shelf in papers::list(view) {
        let items = std::mem::take(&mut shelf.items);
        rows.push(ListRow::Head(shelf));
        rows.extend(items.into_iter().map(ListRow::Item));
    }
    rows
}

/// What a paper is called over its page.
pub fn title(paper: &Paper) -> String {
    match paper {
        Paper::Gate => "the gate".to_owned(),
        Paper::Report => "report".to_owned(),
        Paper::Change => "the change of this run".to_owned(),
        Paper::Findings => "findings".to_owned(),
        Paper::Comments => "comments".to_owned(),
        Paper::Since => "changed since your review".to_owned(),
        Paper::Lineage(criterion) => format!("lineage of {criterion}"),
        Paper::File(path) => path.clone(),
        Paper::Against(path) => format!("{path}  against before"),
        Paper::Prompt(attempt) => format!("prompt of {attempt}"),
        Paper::Checks(attempt) => format!("checks of {attempt}"),
    }
}

impl Shelf {
    /// An empty one that still knows what was asked for.
    #[must_use]
    pub fn anew(&mut self) -> Self {
        Self {
            asked: self.asked.take(),
            words: self.words.take(),
            ..Self::default()
        }
    }

    /// The page that has the focus.
    pub fn leaf(&self) -> Option<&Leaf> {
        self.leaves.get(self.at)
    }

    /// The page that has the focus, to be changed.
    pub fn leaf_mut(&mut self) -> Option<&mut Leaf> {
        self.leaves.get_mut(self.at)
    }

    /// Shows a paper on the page that has the focus.
    pub fn show(&mut self, paper: &Paper) {
        match self.leaves.get_mut(self.at) {
            Some(leaf) if leaf.paper == *paper => {}
            Some(leaf) => *leaf = Leaf::new(paper.clone()),
            None => self.leaves.push(Leaf::new(paper.clone())),
        }
        self.paper = Some(paper.clone());
    }

    /// Chooses a row of the list that is a paper: the one at hand, else the next one.
    fn rest(&mut self, rows: &[ListRow], down: bool, height: usize) {
        let is_item = |n: &usize| matches!(rows.get(*n), Some(ListRow::Item(_)));
        let at = self.chosen.at;
        let below = || (at..rows.len()).find(is_item);
        let above = || (0..=at.min(rows.len())).rev().find(is_item);
        let found = if down {
            below().or_else(above)
        } else {
            above().or_else(below)
        };
        self.chosen.at = found.unwrap_or(0);
        self.chosen.settle(rows.len(), height);
        if self.chosen.at == 1 && height > 1 {
            // The word over the first group belongs to its first paper.
            self.chosen.top = 0;
        }
    }

    fn step(&mut self, rows: &[ListRow], step: Step, height: usize) {
        self.chosen.step(step, rows.len(), height);
        let down = !matches!(step, Step::By(..0) | Step::HalfPage(..0) | Step::Page(..0));
        self.rest(rows, down, height);
        if let Some(ListRow::Item(item)) = rows.get(self.chosen.at) {
            let paper = item.paper.clone();
            self.show(&paper);
        }
    }

    /// Keeps what was chosen chosen after the list changed; at first the first paper is.
    fn settle(&mut self, rows: &[ListRow], height: usize) {
        let is_it = |row: &ListRow| match row {
            ListRow::Item(item) => self.paper.as_ref() == Some(&item.paper),
            ListRow::Head(_) => false,
        };
        if let Some(at) = rows.iter().position(is_it) {
            self.chosen.at = at;
            self.chosen.settle(rows.len(), height);
        } else {
            self.rest(rows, true, height);
        }
        if self.leaves.is_empty()
            && let Some(ListRow::Item(item)) = rows.get(self.chosen.at)
        {
            let paper = item.paper.clone();
            self.show(&paper);
        }
        self.at = self.at.min(self.leaves.len().saturating_sub(1));
    }

    /// Moves the page that has the focus; pages that move together go along.
    fn scroll(&mut self, height: usize, by: impl Fn(&mut Leaf)) {
        let Some(leaf) = self.leaves.get_mut(self.at) else {
            return;
        };
        let before = leaf.page.scroll;
        leaf.stays();
        by(leaf);
        let (paper, line, after) = (leaf.paper.clone(), leaf.page.line(), leaf.page.scroll);
        if !self.linked {
            return;
        }
        let gone = |from: usize, to: usize| {
            isize::try_from(to).unwrap_or(0) - isize::try_from(from).unwrap_or(0)
        };
        for (n, other) in self.leaves.iter_mut().enumerate() {
            if n == self.at {
                continue;
            }
            let scroll = &mut other.page.scroll;
            match line.filter(|_| other.paper == paper) {
                // Two views of one text stand at the same line of it.
                Some(line) => {
                    let row = other.page.row_of(line);
                    other.page.scroll.at = row;
                    other.page.scroll.top = row.saturating_sub(after.at - after.top);
                }
                None => {
                    let by = gone(before.at, after.at);
                    scroll.at = scroll.at.saturating_add_signed(by);
                    let by = gone(before.top, after.top);
                    scroll.top = scroll.top.saturating_add_signed(by);
                }
            }
            other.page.settle(height);
        }
    }
}

impl App {
    /// Moves in the list, or on the page that has the focus.
    pub(super) fn step_papers(&mut self, step: Step) {
        let height = layout::list_rows(self, self.pane);
        match self.pane {
            Pane::Left => {
                let rows = self.target().map(|v| rows(v)).unwrap_or_default();
                self.run.shelf.step(&rows, step, height);
            }
            Pane::Right => {
                let height = layout::leaf_rows(self, self.run.shelf.at);
                self.run
                    .shelf
                    .scroll(height, |leaf| leaf.page.step(step, height));
            }
        }
    }

    /// Chooses a row by its place on the screen.
    pub(super) fn click_paper(&mut self, row: usize) {
        let shelf = &mut self.run.shelf;
        let (at, of) = match self.pane {
            Pane::Left => (shelf.chosen.at, shelf.chosen.top + row),
            Pane::Right => match shelf.leaf() {
                Some(leaf) => (leaf.page.scroll.at, leaf.page.scroll.top + row),
                None => return,
            },
        };
        let by = isize::try_from(of).unwrap_or(0) - isize::try_from(at).unwrap_or(0);
        self.step_papers(Step::By(by));
    }

    /// Gives the focus to the page at this column of the screen.
    pub(super) fn focus_leaf_at(&mut self, column: u16) {
        let shown = layout::leaves(self);
        let at = shown.iter().rev().find(|(_, x, _)| *x <= column);
        if let Some((n, ..)) = at {
            self.run.shelf.at = *n;
        }
    }

    /// Goes to the next page, and from the last one to the list.
    pub(super) fn next_leaf(&mut self) {
        let last = self.run.shelf.leaves.len().saturating_sub(1);
        match self.pane {
            Pane::Left => {
                self.pane = Pane::Right;
                self.run.shelf.at = 0;
            }
            Pane::Right if self.run.shelf.at < last => self.run.shelf.at += 1,
            Pane::Right => self.pane = Pane::Left,
        }
    }

    /// Whether something can be had of the page that has the focus, and why not.
    pub(super) fn may_on_page(&self, action: Action) -> Result<(), String> {
        let shelf = &self.run.shelf;
        let leaf = shelf.leaf().ok_or("no page is open")?;
        let why = match action {
            Action::SplitPage if shelf.leaves.len() >= MOST_LEAVES => "no more pages fit",
            Action::ClosePage | Action::LinkPages if shelf.leaves.len() < 2 => {
                "only one page is open"
            }
            Action::Source if !leaf.has_source() => "it is shown as it is written",
            Action::NextHit | Action::HitBefore if leaf.page.finds_nothing() => {
                "nothing is looked for, or it is not there"
            }
            Action::Diff if leaf.against().is_none() => "this page has no form before",
            Action::Lineage if leaf.criterion().is_none() => "no criterion stands on this row",
            _ => return Ok(()),
        };
        Err(why.to_owned())
    }

    /// What is done on the page that has the focus.
    pub(super) fn on_page(&mut self, action: Action) {
        match action {
            Action::SplitPage => self.split(),
            Action::ClosePage => self.close_leaf(),
            Action::LinkPages => self.run.shelf.linked = !self.run.shelf.linked,
            Action::Source => self.toggle_source(),
            Action::Diff | Action::Lineage => self.turn_to(action),
            Action::FindInPage => self.overlays.push(Overlay::Text {
                wanted: Wanted::InPage,
                input: Input::default(),
            }),
            Action::NextHit => self.next_hit(true),
            Action::HitBefore => self.next_hit(false),
            Action::NextSection => self.section(true, false),
            Action::SectionBefore => self.section(false, false),
            Action::NextFile => self.section(true, true),
            Action::FileBefore => self.section(false, true),
            Action::ColumnsRight => self.aside(1),
            Action::ColumnsLeft => self.aside(-1),
            _ => {}
        }
    }

    /// Shows what changed of the page, or the lineage of the criterion on the chosen row.
    pub(super) fn turn_to(&mut self, action: Action) {
        let Some(leaf) = self.run.shelf.leaf_mut() else {
            return;
        };
        let paper = match action {
            Action::Lineage => leaf.criterion().map(Paper::Lineage),
            _ => leaf.against(),
        };
        if let Some(paper) = paper {
            leaf.follow(paper, None);
            self.pane = Pane::Right;
        }
    }

    /// Shows the text as it is written, or rendered again.
    pub(super) fn toggle_source(&mut self) {
        if let Some(leaf) = self.run.shelf.leaf_mut() {
            leaf.source = !leaf.source;
        }
    }

    /// Opens the same page once more beside it.
    pub(super) fn split(&mut self) {
        let shelf = &mut self.run.shelf;
        let Some(leaf) = shelf.leaf().cloned() else {
            return;
        };
        shelf.at += 1;
        shelf.leaves.insert(shelf.at, leaf);
        self.pane = Pane::Right;
    }

    /// Closes the page that has the focus.
    pub(super) fn close_leaf(&mut self) {
        let shelf = &mut self.run.shelf;
        if shelf.leaves.len() > 1 {
            shelf.leaves.remove(shelf.at);
            shelf.at = shelf.at.min(shelf.leaves.len() - 1);
        }
    }

    /// Follows where the chosen row leads.
    pub(super) fn follow_link(&mut self, effects: &mut Vec<Effect>) {
        let height = layout::leaf_rows(self, self.run.shelf.at);
        let Some(leaf) = self.run.shelf.leaf_mut() else {
            return;
        };
        match leaf.leads() {
            Some(Leads::Paper(paper, line)) => leaf.follow(paper, line),
            Some(Leads::Comment(_)) => leaf.follow(Paper::Comments, None),
            Some(Leads::Line(line)) => leaf.go_to_line(line, height),
            Some(Leads::File(path)) => leaf.go_to_file(path, height),
            Some(Leads::Url(url)) => {
                self.say(format!("copied {url}"), false);
                effects.push(Effect::Copy(url));
            }
            None => {}
        }
    }

    /// Goes to the next section, or the one before.
    pub(super) fn section(&mut self, forward: bool, largest: bool) {
        let height = layout::leaf_rows(self, self.run.shelf.at);
        self.pane = Pane::Right;
        self.run.shelf.scroll(height, |leaf| {
            leaf.page.section(forward, largest, height);
        });
    }

    /// Looks for words on the page that has the focus.
    pub(super) fn look_for(&mut self, words: &str) {
        let height = layout::leaf_rows(self, self.run.shelf.at);
        self.run
            .shelf
            .scroll(height, |leaf| leaf.page.look_for(words, height));
    }

    /// Goes to the next place where the words stand, or the one before.
    pub(super) fn next_hit(&mut self, forward: bool) {
        let height = layout::leaf_rows(self, self.run.shelf.at);
        self.pane = Pane::Right;
        self.run
            .shelf
            .scroll(height, |leaf| leaf.page.next_hit(forward, height));
    }

    /// A search in a large file came so far.
    pub(super) fn sought_in_file(&mut self, wanted: &Words, sought: Sought) {
        let of = |leaf: &Leaf| leaf.wanted().as_ref() == Some(wanted);
        let Some(n) = self.run.shelf.leaves.iter().position(of) else {
            return;
        };
        let height = layout::leaf_rows(self, n);
        let shelf = &mut self.run.shelf;
        if n == shelf.at {
            shelf.scroll(height, |leaf| leaf.page.sought(sought, height));
        } else if let Some(leaf) = shelf.leaves.get_mut(n) {
            leaf.page.sought(sought, height);
        }
    }

    /// Moves the columns of the page that has the focus.
    pub(super) fn aside(&mut self, by: isize) {
        let shown = layout::leaves(self);
        let at = self.run.shelf.at;
        let columns = shown
            .iter()
            .find(|(n, ..)| *n == at)
            .map_or(0, |(_, _, w)| *w);
        if let Some(leaf) = self.run.shelf.leaf_mut() {
            leaf.page.aside(by, columns.into());
        }
    }

    /// The file that would be edited, and the line: that of the page, else the newest artifact that
    /// the gate asks about.
    pub(super) fn leaf_file(&self) -> Option<(String, Option<usize>)> {
        let leaf = self.run.shelf.leaf()?;
        let path = match &leaf.paper {
            Paper::File(path) | Paper::Against(path) => path.clone(),
            Paper::Gate => match leaf.leads() {
                Some(Leads::Paper(Paper::File(path), _)) => path,
                _ => leaf.gate()?.artifacts.last()?.path.to_string(),
            },
            _ => return None,
        };
        let line = match leaf.paper {
            Paper::File(_) => leaf.page.line(),
            _ => None,
        };
        Some((path, line))
    }

    /// The editor was left: what it changed is looked at anew before anything is approved.
    pub(super) fn edited(&mut self, trouble: Option<String>, effects: &mut Vec<Effect>) {
        if let Some(why) = trouble {
            return self.say(format!("edit: {why}"), true);
        }
        if let Some(run) = self.target().map(|v| v.order.run.clone()) {
            effects.push(Effect::TakeUp(run));
        }
    }

    /// Lays out the pages that are shown: a slice of those that are long, which go on when there is
    /// nothing else to do.
    pub(super) fn lay_pages(&mut self) {
        for (n, _, columns) in layout::leaves(self) {
            let height = layout::leaf_rows(self, n);
            let shelf = &mut self.run.shelf;
            let Some(leaf) = shelf.leaves.get_mut(n) else {
                continue;
            };
            leaf.lay(columns.into(), height, self.now, &shelf.comments);
            if !leaf.page.has_goal() {
                continue;
            }
            if n == shelf.at {
                shelf.scroll(height, |leaf| leaf.page.reach(height));
            } else {
                leaf.page.reach(height);
            }
        }
    }

    /// Whether a page that is shown is not laid out to its end.
    pub fn lays_out(&self) -> bool {
        let is_laying = |(n, ..): &(usize, u16, u16)| {
            let leaf = self.run.shelf.leaves.get(*n);
            leaf.is_some_and(Leaf::is_laying)
        };
        self.view == View::Artifacts && layout::leaves(self).iter().any(is_laying)
    }

    /// Brings list and pages in line, and orders what must be read for them.
    pub(super) fn settle_papers(&mut self, view: &Arc<RunView>, effects: &mut Vec<Effect>) {
        if self.view == View::Artifacts {
            if run::gate(view).is_none() && self.shows_only_gate() {
                // What was asked is decided: what comes of it is seen in the pipeline.
                self.run.shelf = self.run.shelf.anew();
                self.go(View::Pipeline);
            } else {
                let height = layout::list_rows(self, Pane::Left);
                self.run.shelf.settle(&rows(view), height);
            }
        }
        self.lay_pages();
        let shown = match self.view {
            View::Artifacts => {
                let leaves = self.run.shelf.leaves.iter();
                let papers = leaves.map(|l| (l.paper.clone(), l.from())).collect();
                Some((view.order.run.clone(), papers))
            }
            _ => None,
        };
        if shown != self.run.shelf.asked {
            self.run.shelf.asked.clone_from(&shown);
            effects.push(Effect::Show(shown));
        }
        let leaves = self.run.shelf.leaves.iter();
        let words = match self.view {
            View::Artifacts => leaves.rev().find_map(Leaf::wanted),
            _ => None,
        };
        let words = words.map(|words| (view.order.run.clone(), words));
        if words != self.run.shelf.words {
            self.run.shelf.words.clone_from(&words);
            effects.push(Effect::LookFor(words));
        }
    }

    fn shows_only_gate(&self) -> bool {
        let leaves = &self.run.shelf.leaves;
        let of_gate = |l: &Leaf| matches!(l.paper, Paper::Gate | Paper::Change);
        leaves.first().is_some_and(|l| l.paper == Paper::Gate) && leaves.iter().all(of_gate)
    }
}
