//! Reading: what is long is said page by page, so that nothing of it goes by unheard; documents
//! are had by their number or a word of their name.

use super::choosing::Listed;
use super::linear::Linear;
use super::papers;
use crate::records::papers::{self as run_papers, Paper, Sheet};
use crate::terms::{CriterionId, Digest};
use crate::text::many;
use crate::workbench::actions::Action;
use crate::workbench::app::run::gate;
use crate::workbench::app::{Effect, View};
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::Arc;

/// How many lines come at once until somebody says otherwise.
const AT_ONCE: usize = 20;
/// So few lines are not kept for a page of their own.
const FEW: usize = 3;

/// What is said page by page.
#[derive(Debug)]
pub(super) struct Pages {
    /// What was not said yet.
    rest: VecDeque<String>,
    /// How many lines come at once.
    most: usize,
    /// A large document of which only a window is at hand, its next row, and how many it has.
    large: Option<(Paper, usize, usize)>,
    /// The evidence of a gate, where it is that which is said.
    gate: Option<Digest>,
    /// The evidence of the gate that was read to its end last.
    read: Option<Digest>,
    /// Whether it is asked for an approval once the gate is read to its end.
    approves: bool,
}

impl Default for Pages {
    fn default() -> Self {
        Self {
            rest: VecDeque::new(),
            most: AT_ONCE,
            large: None,
            gate: None,
            read: None,
            approves: false,
        }
    }
}

/// A document that is being read.
#[derive(Debug, Clone)]
pub(super) struct Reads {
    /// Which.
    paper: Paper,
    /// The row to go on with, of a large one.
    from: usize,
    /// Whether the gate's question comes after it.
    approves: bool,
}

impl Linear {
    /// Says these lines, page by page.
    pub(super) fn page(&mut self, lines: Vec<String>) {
        self.pages.rest = lines.into();
        self.pages.large = None;
        self.pages.gate = None;
        self.pages.approves = false;
        self.turn();
    }

    fn turn(&mut self) {
        let all = self.pages.rest.len();
        let most = self.pages.most;
        let now = if all <= most.saturating_add(FEW) {
            all
        } else {
            most
        };
        let lines: Vec<String> = self.pages.rest.drain(..now).collect();
        for line in lines {
            self.say(line);
        }
        let beyond = self.pages.large.as_ref();
        let beyond = beyond.map_or(0, |(_, next, all)| all.saturating_sub(*next));
        let rest = self.pages.rest.len() + beyond;
        if rest == 0 && self.pages.gate.is_some() {
            self.pages.read = self.pages.gate.take();
        }
        if rest > 0 {
            self.say(format!("{}; more goes on.", many(rest, "more line")));
        }
    }

    /// Says the next page.
    pub(super) fn more(&mut self, now: Timestamp) {
        if !self.pages.rest.is_empty() {
            self.turn();
            return self.approve_what_was_read(now);
        }
        let large = self.pages.large.take();
        match large.filter(|(_, next, all)| next < all) {
            Some((paper, next, _)) => {
                let effects = self.app.show_paper(now, &paper);
                self.done(effects);
                let effects = self.app.read_on(now, next);
                self.done(effects);
                self.reads = Some(Reads {
                    paper,
                    from: next,
                    approves: false,
                });
            }
            None => self.say("There is no more of it."),
        }
    }

    pub(super) fn lines_at_once(&mut self, rest: &str) {
        self.pages.most = match (rest, rest.parse::<usize>()) {
            ("all", _) => usize::MAX,
            (_, Ok(n)) if n > 0 => n,
            _ => {
                let most = match self.pages.most {
                    usize::MAX => "All".to_owned(),
                    n => n.to_string(),
                };
                return self.say(format!(
                    "{most} lines come at once; lines and a number changes that, lines all ends it."
                ));
            }
        };
        self.say("So be it.");
    }

    /// Some lines with their words.
    pub(super) fn lines(&mut self, title: &str, lines: &[(String, String)]) {
        let mut says = vec![format!("{title}:")];
        for (word, text) in lines {
            let word = papers::spoken(word);
            for (n, row) in text.lines().enumerate() {
                let row = papers::spoken(row);
                says.push(match n {
                    0 if !word.is_empty() => format!("{word}: {row}"),
                    _ => row,
                });
            }
        }
        self.page(says);
    }

    /// Lists the documents of the run, numbered.
    pub(super) fn documents(&mut self) {
        let Some(view) = self.app.target().cloned() else {
            return self.say("Artifacts: no run is chosen.");
        };
        let tree = view.order.tree.display();
        let mut says = vec![format!("Documents, in {tree}; a number reads one:")];
        let mut papers = Vec::new();
        for shelf in run_papers::list(&view) {
            says.push(match &shelf.state {
                Some((_, _, state)) => format!("{}, {state}:", shelf.title),
                None => format!("{}:", shelf.title),
            });
            for item in shelf.items {
                papers.push(item.paper.clone());
                let title = match &item.paper {
                    Paper::Gate => format!("the gate of {}", papers::spoken(&item.title)),
                    Paper::File(path) => format!("{}, {path}", item.title),
                    _ => item.title,
                };
                let note = match papers::spoken(&item.note.1) {
                    note if note.is_empty() => note,
                    note if item.note.0 == crate::text::Role::Good => format!(", {note} passed"),
                    note => format!(", {note}"),
                };
                says.push(format!("{}. {title}{note}.", papers.len()));
            }
        }
        self.listed = Listed::Papers(view.order.run.clone(), papers);
        self.page(says);
    }

    /// Reads a document by its number or a word of its name.
    pub(super) fn read_named(&mut self, now: Timestamp, rest: &str) {
        let Some(view) = self.app.target().cloned() else {
            return self.say("Read: no run is chosen.");
        };
        if rest.is_empty() {
            return self.documents();
        }
        let items: Vec<_> = run_papers::list(&view)
            .into_iter()
            .flat_map(|s| s.items)
            .collect();
        let number = rest.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        let wanted = rest.to_lowercase();
        let holds = |i: &&run_papers::Item| {
            let path = match &i.paper {
                Paper::File(path) => path.to_lowercase(),
                _ => String::new(),
            };
            i.title.to_lowercase().contains(&wanted) || path.contains(&wanted)
        };
        let exact = |i: &&run_papers::Item| i.title.to_lowercase() == wanted;
        let found = match (number, &self.listed) {
            (Some(n), Listed::Papers(run, papers)) if *run == view.order.run => papers.get(n),
            (Some(n), _) => items.get(n).map(|i| &i.paper),
            (None, _) => {
                let found = items.iter().find(exact);
                found.or_else(|| items.iter().find(holds)).map(|i| &i.paper)
            }
        };
        match found.cloned() {
            Some(paper) => self.read_paper(now, paper),
            None => self.say(format!(
                "There is no document '{rest}' of this run; artifacts lists them."
            )),
        }
    }

    /// A document of the run by its whole name; whether there is such a one.
    pub(super) fn by_title(&mut self, now: Timestamp, line: &str) -> bool {
        let Some(view) = self.app.target().cloned() else {
            return false;
        };
        let items = run_papers::list(&view).into_iter().flat_map(|s| s.items);
        let found = items
            .into_iter()
            .find(|i| i.title.eq_ignore_ascii_case(line));
        let there = found.is_some();
        if let Some(item) = found {
            self.read_paper(now, item.paper);
        }
        there
    }

    /// Reads a document of the run that is shown.
    pub(super) fn read_paper(&mut self, now: Timestamp, paper: Paper) {
        self.reading(now, paper, false);
    }

    fn reading(&mut self, now: Timestamp, paper: Paper, approves: bool) {
        if self.app.view == View::Backlog {
            self.does(now, Action::Pipeline);
        }
        let effects = self.app.show_paper(now, &paper);
        self.done(effects);
        self.reads = Some(Reads {
            paper,
            from: 0,
            approves,
        });
    }

    /// Reads what the gate is decided on.
    pub(super) fn gate(&mut self, now: Timestamp) {
        match self.app.target().map(|v| (gate(v).is_some(), v.state())) {
            Some((true, _)) => self.reading(now, Paper::Gate, false),
            Some((false, state)) => {
                self.say(format!(
                    "Gate: nothing asks for approval: the run is {state}."
                ));
            }
            None => self.say("Gate: no run is chosen."),
        }
    }

    /// Asks for the approval that was wanted, once all of the gate was said: what nobody heard is
    /// not approved. Something else by then is asked about anew.
    fn approve_what_was_read(&mut self, now: Timestamp) {
        if !self.pages.approves {
            return;
        }
        if self.pages.gate.is_none() {
            self.pages.approves = false;
            self.does(now, Action::Approve);
        } else {
            self.say("It is asked whether to approve at the end of it.");
        }
    }

    /// Reads what the gate is decided on to its end, then asks.
    pub(super) fn approve(&mut self, now: Timestamp) {
        let asks = self.app.target().and_then(|v| gate(v));
        let asks = asks.map(|(_, _, evidence)| evidence);
        let known = asks.is_some() && asks == self.pages.read;
        match self.app.may(Action::Approve) {
            // All of it was read.
            Ok(()) if known => self.does(now, Action::Approve),
            Ok(()) => self.reading(now, Paper::Gate, true),
            Err(_) => self.does(now, Action::Approve),
        }
    }

    /// The whole change, or of a document what changed since it was handed on before.
    pub(super) fn diff(&mut self, now: Timestamp, rest: &str) {
        if self.app.target().is_none() {
            return self.say("Diff: no run is chosen.");
        }
        if rest.is_empty() {
            return self.read_paper(now, Paper::Change);
        }
        let number = rest.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        let paper = match (number, &self.listed) {
            (Some(n), Listed::Papers(_, papers)) => papers.get(n),
            _ => None,
        };
        match paper {
            Some(Paper::File(path)) => {
                let paper = Paper::Against(path.clone());
                self.read_paper(now, paper);
            }
            Some(_) => self.say("That document has no form before."),
            None => self.say("After it stands the number of a document; artifacts lists them."),
        }
    }

    pub(super) fn lineage(&mut self, now: Timestamp, rest: &str) {
        let Some(view) = self.app.target() else {
            return self.say("Lineage: no run is chosen.");
        };
        let task = view.run.plan.task.as_ref();
        let known = task.map(|t| t.criteria.iter().map(|c| c.id.clone()).collect::<Vec<_>>());
        let known = known.unwrap_or_default();
        match CriterionId::new(rest.to_uppercase()) {
            Ok(id) if known.contains(&id) => self.read_paper(now, Paper::Lineage(id)),
            _ => {
                let known: Vec<String> = known.iter().map(ToString::to_string).collect();
                self.say(format!(
                    "After it stands a criterion: {}.",
                    match known.join(", ") {
                        none if none.is_empty() => "this run has none".to_owned(),
                        known => known,
                    }
                ));
            }
        }
    }

    /// Says a document that was asked for, once it came.
    pub(super) fn came(&mut self, now: Timestamp) {
        let Some(reads) = self.reads.clone() else {
            return;
        };
        let leaf = self.app.run.shelf.leaf();
        let leaf = leaf.filter(|l| self.app.view == View::Artifacts && l.paper == reads.paper);
        let sheet = match leaf.map(|l| l.sheet.clone()) {
            // What was asked is decided, or the run is gone.
            None => Err("it is no longer there".to_owned()),
            Some(None) => return,
            Some(Some(sheet)) => sheet,
        };
        if matches!(&sheet, Ok(sheet) if sheet.is_head()) {
            return;
        }
        if let Ok(sheet) = &sheet
            && let Sheet::Large(large) = sheet.as_ref()
        {
            let at_hand = large.first..large.first + large.rows.len();
            if !at_hand.contains(&reads.from) && reads.from < large.all {
                return;
            }
        }
        self.reads = None;
        if let Ok(sheet) = &sheet
            && let Sheet::Gate(page) = sheet.as_ref()
            && page.held.is_some()
            && let Some(run) = self.app.run.id.clone()
        {
            // What was edited is taken up; then the gate asks anew.
            self.done(vec![Effect::TakeUp(run)]);
        }
        match sheet {
            Ok(sheet) => self.say_sheet(now, &reads, &sheet),
            Err(why) => self.say(format!("It can't be read: {why}.")),
        }
        // Words are about the run again, and it is followed.
        self.does(now, Action::Pipeline);
    }

    fn say_sheet(&mut self, now: Timestamp, reads: &Reads, sheet: &Arc<Sheet>) {
        let mut lines = papers::lines(sheet, now);
        match sheet.as_ref() {
            Sheet::Large(large) => {
                let skip = reads.from.saturating_sub(large.first).min(lines.len());
                lines.drain(..skip);
                let next = large.first + large.rows.len();
                let (paper, all) = (reads.paper.clone(), large.all);
                self.pages.rest = lines.into();
                self.pages.large = Some((paper, next, all));
                return self.turn();
            }
            Sheet::Patch { files, .. } if files.len() > 1 => {
                self.listed = Listed::Files(files.clone());
            }
            Sheet::Gate(page) => {
                self.pages.rest = lines.into();
                self.pages.large = None;
                self.pages.gate = Some(page.evidence.clone());
                self.pages.approves = reads.approves;
                self.turn();
                return self.approve_what_was_read(now);
            }
            _ => {}
        }
        if lines.iter().all(|l| l.trim().is_empty()) {
            lines = vec!["Nothing stands there.".to_owned()];
        }
        self.page(lines);
    }
}
