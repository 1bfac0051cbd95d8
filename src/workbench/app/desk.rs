//! What is begun and what is taken from the screen: starting a run, landing one, setting a
//! repository up, writing items. What would be done is looked at first, and shown before it is.

use super::commands::Ordered;
use super::comment::Unsaid;
use super::given::Reason;
use super::input::Input;
use super::landing::brings::Brings;
use crate::dialogue::unsent::{Unsent, Whose};
use crate::items::{Field, Lines};
use crate::landing::feedback::Feedback;
use crate::landing::held::Held;
use crate::landing::{CutOff, How, Preview};
use crate::records::beside::Beside;
use crate::records::papers::Paper;
use crate::records::review::Shown;
use crate::records::spending::Spending;
use crate::records::spending::today::Share;
use crate::setup::files::Missing;
use crate::stage::lent::How as HandBack;
use crate::starting::Sheet;
use crate::store::usage::Usage;
use crate::supervisor::refresh::Would;
use crate::terms::review::Spot;
use crate::terms::{AttemptId, CommentId, Digest, ItemId, Oid, RunId, StageId, TaskId};
use crate::text::measure::width;
use crate::text::{SafeText, wrap};
use crate::workbench::actions::Action;
use crate::workbench::layout;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How a run is landed from the screen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Manner {
    /// Which way; `None`: as the settings say.
    pub how: Option<How>,
    /// Whether the person's git has the terminal lent although nothing is signed.
    pub lent: bool,
}

/// Something is to be looked at. Looking changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// What a run of this task would start from and do, with a workflow of its own or the usual one.
    Start(TaskId, Option<String>),
    /// What landing this run would do; or, where a landing of it was cut off, where that stands.
    Land(RunId, Manner),
    /// What refreshing this run on its base would do.
    Refresh(RunId),
    /// What taking over this stage of a run would do, or the one that is meant, or who has it.
    Take(RunId, Option<StageId>),
    /// What is on a run's branch.
    Branch(RunId),
    /// What would be written where there is no harness.
    SetUp,
    /// The files that can be named.
    Paths,
    /// The agents that can be the author of a dialogue.
    Authors,
    /// What an agent said last in an attempt.
    Said(RunId, AttemptId),
    /// What was typed and not sent.
    Unsent(Whose),
    /// What the trees of a run take on the disk.
    Disk(RunId),
    /// What is beside the runs that are not over.
    Beside,
    /// What was spent.
    Costs,
    /// What is so of this run's receipt.
    Receipt(RunId),
}

/// What was seen.
#[derive(Debug, Clone)]
pub enum Seen {
    /// The run sheet.
    Start(Box<Sheet>),
    /// What a landing would do.
    Land(Box<Preview>),
    /// Where a landing stands that was cut off.
    CutOff(Box<CutOff>),
    /// What a refresh would do; `None`: there is nothing to do.
    Refresh(Option<Box<Would>>),
    /// What taking over would do.
    Take(Box<crate::hand::Would>),
    /// What is on a branch.
    Branch(Branch),
    /// What would be written, and what was found out from what.
    SetUp(Box<SetUp>),
    /// Files of the repository.
    Paths(Vec<String>),
    /// Agents, each with what is known of it.
    Authors(Vec<(String, String)>),
    /// What was said; empty where nothing was kept.
    Said(String),
    /// What was typed.
    Unsent(Unsent),
    /// What they take; `None`: there are none.
    Disk(Option<Usage>),
    /// What is beside each run that is not over.
    Beside(BTreeMap<RunId, Beside>),
    /// All that was spent, and how today stands to its budget.
    Costs(Arc<Spending>, Vec<Share>),
    /// A receipt, with what is so of it.
    Receipt(Box<Held>),
}

/// What is on a run's branch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Branch {
    /// Its commits.
    pub commits: usize,
    /// The files that differ from where the run started.
    pub files: usize,
    /// Lines added.
    pub added: u64,
    /// Lines removed.
    pub removed: u64,
}

/// What setting up would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetUp {
    /// The files that would be written.
    pub missing: Vec<Missing>,
    /// Commands and the file each was told by: how tests run first, then what makes a tree build.
    pub found: Vec<(&'static str, String, String)>,
    /// What is there already: a path, and what it serves as or why it is left alone.
    pub there: Vec<(String, String)>,
    /// What could not be known, each with how to tell it.
    pub unknown: Vec<String>,
    /// Whether the repository has no commit yet: a run starts from one.
    pub fresh: bool,
}

impl SetUp {
    /// It in lines, each with the word that leads it.
    pub fn lines(&self) -> Vec<(String, String)> {
        let mut lines = Vec::new();
        let mut line = |word: &str, text: String| lines.push((word.to_owned(), text));
        for (word, command, from) in &self.found {
            line(word, format!("{command}  (told by {from})"));
        }
        for (path, says) in &self.there {
            line("there", format!("{path}: {says}"));
        }
        for unknown in &self.unknown {
            line("unknown", unknown.clone());
        }
        if self.fresh {
            let text = "a run starts from a commit, and there is none yet";
            line("commit", text.to_owned());
        }
        let mut folder = None;
        for file in &self.missing {
            let (of, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
            if folder == Some(of) {
                // Files of one folder stand on one line.
                if let Some((_, text)) = lines.last_mut() {
                    text.push_str("  ");
                    text.push_str(name);
                }
                continue;
            }
            folder = Some(of);
            let word = if of.is_empty() { "harness" } else { of };
            lines.push((word.to_owned(), name.to_owned()));
        }
        lines
    }
}

/// Why something can't be done: the word that leads each line, and the line.
pub type Reasons = Vec<(String, String)>;

/// What is to be done with a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// It is given.
    Give {
        /// On which lines.
        spot: Spot,
        /// What stood there; `None`: they were named, and not looked at.
        shown: Option<Shown>,
        /// What is said.
        text: String,
    },
    /// It says something else.
    Change {
        /// Which.
        id: CommentId,
        /// What it says.
        text: String,
    },
    /// It is taken away.
    TakeAway(CommentId),
    /// It is put back.
    Restore(CommentId),
    /// It goes along once more.
    Reopen(CommentId),
}

/// Something is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// Begin a run of this task, from the commit that was shown.
    Start {
        /// The task.
        task: TaskId,
        /// The commit.
        base: Oid,
        /// How many files were said to be left out, for they are not committed.
        uncommitted: usize,
        /// Whether those are taken along.
        with_changes: bool,
        /// The workflow, where it is not the usual one.
        workflow: Option<String>,
    },
    /// Land this run on what was shown.
    Land {
        /// The run.
        run: RunId,
        /// How, and with what.
        manner: Manner,
        /// The way that was shown.
        how: How,
        /// Where the branch was that it lands on.
        tip: Oid,
        /// What was shown to come of it.
        tree: Oid,
    },
    /// Bring a landing to its end that was cut off: the one with this commit.
    Finish(RunId, Oid),
    /// Take it back.
    TakeBack(RunId, Oid),
    /// Take this stage over, or go on with it.
    Take(RunId, StageId),
    /// Hand back what was taken over.
    HandBack(RunId, HandBack),
    /// Open a shell in this run's tree.
    Shell(RunId),
    /// Read what was said of a run's pull request, to be shown and asked about.
    ReadPr {
        /// The run.
        run: RunId,
        /// What people outside of the project said, too.
        anyone: bool,
    },
    /// Send a run back with what was said of its pull request, as it was shown.
    FromPr(RunId, Box<Feedback>),
    /// Write what would land as a patch.
    Patch(RunId),
    /// Write what is missing of a harness.
    SetUp,
    /// Trust what the repository's files have run, which has this digest.
    Trust {
        /// The digest of what was shown.
        digest: Digest,
        /// What was wanted when it was asked about, and is done then.
        then: Option<Action>,
    },
    /// Add an item.
    Add {
        /// Its title.
        title: String,
        /// Its summary.
        summary: String,
    },
    /// Change an item's lines.
    Edit {
        /// The item.
        item: ItemId,
        /// Its lines as they were shown.
        was: Lines,
        /// What they are to be.
        now: Lines,
    },
    /// Something is done with a comment on this run's work.
    Comment(RunId, Word),
    /// Take the last change of an item or a comment back.
    Undo,
    /// Run this command of the person's own, the one of this number in their keymap.
    Command(usize, Box<Ordered>),
    /// End one that is at work.
    EndCommand(u64),
}

impl Deed {
    /// The run whose landing it carries on, in whichever way.
    pub fn lands(&self) -> Option<&RunId> {
        match self {
            Self::Land { run, .. }
            | Self::Finish(run, _)
            | Self::TakeBack(run, _)
            | Self::FromPr(run, _) => Some(run),
            _ => None,
        }
    }

    /// What it is called while it is under way, and when it failed.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Start { .. } => "start",
            Self::Land { .. } | Self::Finish(..) => "landing",
            Self::TakeBack(..) => "taking the landing back",
            Self::Take(..) => "taking over",
            Self::HandBack(..) => "handing back",
            Self::Shell(_) => "shell",
            Self::ReadPr { .. } => "reading the review",
            Self::FromPr(..) => "sending back",
            Self::Patch(_) => "patch",
            Self::SetUp => "setting up",
            Self::Trust { .. } => "trust",
            Self::Add { .. } => "new item",
            Self::Edit { .. } => "edit",
            Self::Comment(..) => "comment",
            Self::Undo => "undo",
            Self::Command(..) | Self::EndCommand(_) => "command",
        }
    }
}

/// What came of a deed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    /// What was done.
    pub says: String,
    /// What a person can do then, and by which action.
    pub then: Option<(Action, &'static str)>,
    /// The run that was begun.
    pub run: Option<RunId>,
    /// The item that was written.
    pub item: Option<ItemId>,
    /// What is worth reading beside it, with the word that leads each line.
    pub lines: Reasons,
    /// The stage that is in the person's hands.
    pub in_hand: Option<(RunId, StageId)>,
    /// What was said of a run's pull request, to be asked about.
    pub brings: Option<Box<Brings>>,
}

/// A question with all that would be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Over it.
    pub title: String,
    /// The lines, with the word that leads each.
    pub lines: Vec<(String, String)>,
    /// The first line that is shown.
    pub top: usize,
    /// What a yes does.
    pub deed: Deed,
    /// The same in a word or two.
    pub yes: &'static str,
    /// Whether enter is a yes too: where nothing that is there changes.
    pub light: bool,
    /// What else may be had, each by a key of its own.
    pub others: Vec<Other>,
}

/// Something else that may be had where a question is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// Its key.
    pub key: char,
    /// The word for it.
    pub word: &'static str,
    /// What it does.
    pub way: Way,
}

/// What comes of choosing something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// This is looked at, and asked about instead.
    Look(Look),
    /// This is done.
    Do(Deed),
    /// This paper of the run is shown; the question goes.
    Show(RunId, Paper),
}

impl Ask {
    /// What can be answered, each with its key, in rows of at most this many columns: the yes first,
    /// the no last.
    pub fn answers(&self, columns: usize) -> Vec<Vec<(String, String)>> {
        let yes = if self.light { "enter or y" } else { "y" };
        let others = self.others.iter();
        let all = { std::iter::once((yes.to_owned(), self.yes.to_owned())) }
            .chain(others.map(|o| (o.key.to_string(), o.word.to_owned())))
            .chain([("esc".to_owned(), "not now".to_owned())]);
        let mut rows: Vec<Vec<(String, String)>> = vec![Vec::new()];
        let mut taken = 0;
        for (key, word) in all {
            let needs = width(&key) + 1 + width(&word);
            if taken > 0 && taken + needs > columns {
                rows.push(Vec::new());
                taken = 0;
            }
            taken += needs + GAP;
            if let Some(row) = rows.last_mut() {
                row.push((key, word));
            }
        }
        rows
    }

    /// Goes up or down through its lines on a screen of this size, as far as there are any.
    pub fn step(&mut self, by: isize, size: (u16, u16)) {
        let columns = layout::asked_columns(size);
        let laid: usize = self
            .lines
            .iter()
            .map(|(_, text)| rows_of(text, columns))
            .sum();
        let answers = self.answers(layout::answer_columns(size)).len();
        let room = (layout::asked_rows(size) + 1).saturating_sub(answers);
        let most = laid.saturating_sub(room);
        self.top = self.top.saturating_add_signed(by).min(most);
    }
}

/// The columns between two answers.
pub const GAP: usize = 3;

/// The rows that a line takes in these columns.
fn rows_of(text: &str, columns: usize) -> usize {
    wrap(SafeText::line(text).as_str(), columns).len().max(1)
}

/// What a form is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// A new item.
    New,
    /// The lines of an item, as they were when it was opened.
    Edit(ItemId, Lines),
}

/// Some lines to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// What for.
    pub purpose: Purpose,
    /// Each with its word.
    pub fields: Vec<(&'static str, Input)>,
    /// The one that is written in.
    pub at: usize,
    /// Whether it was refused, for somebody wrote the same meanwhile: what stands there now is shown.
    pub refused: bool,
}

impl Form {
    /// For a new item.
    pub fn new_item() -> Self {
        Self {
            purpose: Purpose::New,
            fields: vec![("title", Input::default()), ("summary", Input::default())],
            at: 0,
            refused: false,
        }
    }

    /// The item whose lines it is for; `None`: a new one.
    pub fn edits(&self) -> Option<&ItemId> {
        match &self.purpose {
            Purpose::New => None,
            Purpose::Edit(item, _) => Some(item),
        }
    }

    /// For the lines of an item.
    pub fn edit(item: ItemId, lines: Lines) -> Self {
        let field = |f: Field| (f.word(), Input::of(lines.get(f)));
        Self {
            fields: Field::ALL.map(field).into(),
            purpose: Purpose::Edit(item, lines),
            at: 0,
            refused: false,
        }
    }

    /// Whether a person changed this field.
    pub fn is_touched(&self, n: usize) -> bool {
        let Some((_, input)) = self.fields.get(n) else {
            return false;
        };
        match (&self.purpose, Field::ALL.get(n)) {
            // What was put there may be less than what there is, so it is compared with itself.
            (Purpose::Edit(_, was), Some(field)) => {
                input.text() != Input::of(was.get(*field)).text()
            }
            _ => !input.text().trim().is_empty(),
        }
    }

    /// What stands in the file by now, where that is not what a refused form was begun with.
    pub fn theirs(&self, n: usize) -> Option<&str> {
        match (&self.purpose, Field::ALL.get(n)) {
            (Purpose::Edit(_, was), Some(field)) if self.refused && self.is_touched(n) => {
                Some(was.get(*field))
            }
            _ => None,
        }
    }

    /// Goes on from what the item's lines are now: what a person wrote stays.
    pub fn follow(&mut self, now: Lines) {
        let touched: Vec<bool> = (0..self.fields.len()).map(|n| self.is_touched(n)).collect();
        let Purpose::Edit(_, was) = &mut self.purpose else {
            return;
        };
        let fields = self.fields.iter_mut().zip(Field::ALL).zip(touched);
        for (((_, input), field), touched) in fields {
            if !touched && was.get(field) != now.get(field) {
                *input = Input::of(now.get(field));
            }
        }
        *was = now;
    }

    /// Goes to the next field, or the one before, round about.
    pub fn step(&mut self, on: bool) {
        let n = self.fields.len().max(1);
        self.at = (self.at + if on { 1 } else { n - 1 }) % n;
    }

    /// The field that is written in.
    pub fn input(&mut self) -> Option<&mut Input> {
        self.fields.get_mut(self.at).map(|(_, input)| input)
    }

    /// Whether anything was written that is not saved.
    pub fn is_changed(&self) -> bool {
        (0..self.fields.len()).any(|n| self.is_touched(n))
    }

    /// An item's lines with what was changed of them.
    fn lines(&self, was: &Lines) -> Lines {
        let mut lines = was.clone();
        for (n, field) in Field::ALL.into_iter().enumerate() {
            if self.is_touched(n) {
                lines.set(field, self.text(n));
            }
        }
        lines
    }

    fn text(&self, n: usize) -> String {
        let field = self.fields.get(n);
        field.map_or_else(String::new, |(_, input)| input.text().trim().to_owned())
    }

    /// What saving it does; `None`: nothing was changed.
    pub fn deed(&self) -> Option<Deed> {
        if !self.is_changed() {
            return None;
        }
        Some(match &self.purpose {
            Purpose::New => Deed::Add {
                title: self.text(0),
                summary: self.text(1),
            },
            Purpose::Edit(item, was) => Deed::Edit {
                item: item.clone(),
                was: was.clone(),
                now: self.lines(was),
            },
        })
    }
}

/// What was seen of a start, and when.
#[derive(Debug, Clone)]
pub struct Start {
    /// The task.
    pub task: TaskId,
    /// The workflow, where it is not the usual one.
    pub workflow: Option<String>,
    /// The sheet, or why there is none.
    pub sheet: Result<Sheet, String>,
    /// When it was seen.
    pub at: Timestamp,
}

/// What the branches are and the runs that are not over, each with the commit it is at.
pub type BesideOf = (u64, Vec<(RunId, Option<Oid>)>);

/// The state of all this.
#[derive(Debug, Clone, Default)]
pub struct Desk {
    /// What a run of the chosen task would be.
    pub start: Option<Start>,
    /// What is being looked at.
    pub looking: Vec<Look>,
    /// What the trees of runs take on the disk, as it was counted last; `None`: there are none.
    pub disks: BTreeMap<RunId, Option<Usage>>,
    /// What is beside the runs that are not over, as it was looked at last.
    pub beside: BTreeMap<RunId, Beside>,
    /// What the runs and the branches were when that was asked for; `None`: it never was.
    pub beside_of: Option<BesideOf>,
    /// All that was spent, as it was read last.
    pub costs: Option<Arc<Spending>>,
    /// How that day stood to its budget then.
    pub today: Vec<Share>,
    /// What is on the branches that were looked at, with the commit each was at.
    pub branches: BTreeMap<RunId, (Option<Oid>, Result<Branch, String>)>,
    /// What would be written where there is no harness.
    pub set_up: Option<Result<SetUp, Reasons>>,
    /// What is under way.
    pub doing: Option<Deed>,
    /// What an undo would take back.
    pub undo: Option<String>,
    /// A form that was left with something in it.
    pub draft: Option<Form>,
    /// An edit of an item that was begun and left.
    pub edit: Option<Form>,
    /// What was written for sending work back, and was not sent.
    pub reason: Option<Reason>,
    /// What was written for a comment, and was not given.
    pub comment: Option<Unsaid>,
    /// What was written of a note for a stage, and was not noted.
    pub note: Option<(RunId, StageId, Input)>,
    /// What is being saved, should that be refused.
    pub saving: Option<Form>,
    /// A task whose start is asked about as soon as it was looked at.
    pub asks: Option<TaskId>,
    /// A run whose landing is asked about as soon as it was looked at.
    pub lands: Option<RunId>,
    /// A run whose refresh is asked about as soon as it was looked at.
    pub refreshes: Option<RunId>,
    /// The run of which somebody wants to take a stage over.
    pub takes: Option<RunId>,
    /// A run that is opened as soon as it is there.
    pub opens: Option<RunId>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyCode, KeyEvent};

    fn lines(title: &str, summary: &str) -> Lines {
        Lines {
            title: title.to_owned(),
            status: "Planned".to_owned(),
            summary: summary.to_owned(),
        }
    }

    fn types(form: &mut Form, text: &str) {
        for c in text.chars() {
            form.input().unwrap().key(KeyEvent::from(KeyCode::Char(c)));
        }
    }

    fn edit(title: &str, summary: &str) -> Form {
        Form::edit(ItemId::new("B1").unwrap(), lines(title, summary))
    }

    #[test]
    fn only_what_was_touched_is_changed() {
        let long = "word ".repeat(1_000) + "end";
        let mut form = edit("Old  ", &long);
        assert_eq!(form.deed(), None);
        form.at = 1;
        types(&mut form, "!");
        let Some(Deed::Edit { was, now, .. }) = form.deed() else {
            panic!("nothing is changed");
        };
        assert_eq!(was, lines("Old  ", &long));
        let wanted = Lines {
            status: "Planned!".to_owned(),
            ..was
        };
        assert_eq!(now, wanted);
    }

    #[test]
    fn a_refused_form_goes_on_from_what_is_there() {
        let mut form = edit("Old", "It was.");
        types(&mut form, "er");
        form.refused = true;
        form.follow(lines("Oldest", "It is."));
        assert_eq!(form.theirs(0), Some("Oldest"));
        assert_eq!(form.theirs(2), None);
        let Some(Deed::Edit { was, now, .. }) = form.deed() else {
            panic!("nothing is changed");
        };
        assert_eq!(was, lines("Oldest", "It is."));
        assert_eq!(now, lines("Older", "It is."));
    }

    #[test]
    fn a_question_ends_where_its_lines_do() {
        let line = |n: usize| ("word".to_owned(), format!("line {n}"));
        let mut ask = Ask {
            title: String::new(),
            lines: (0..50).map(line).collect(),
            top: 0,
            deed: Deed::SetUp,
            yes: "",
            light: false,
            others: Vec::new(),
        };
        let size = (80, 24);
        for _ in 0..1_000 {
            ask.step(10, size);
        }
        assert_eq!(ask.top, 50 - layout::asked_rows(size));
        ask.step(-1, size);
        assert_eq!(ask.top, 49 - layout::asked_rows(size));
    }
}
