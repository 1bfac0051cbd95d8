//! The linear mode's own state: what was said of each run, what numbers mean now, what waits to be
//! done. Pure: events in, lines and effects out.

use super::choosing::Listed;
use super::papers::stopped;
use super::reading::{Pages, Reads};
use super::table::{self, Meant, Own};
use super::talking::{self, Talking};
use super::words;
use crate::records::spending::By;
use crate::terms::{AttemptId, RunId, StageState};
use crate::text::SafeText;
use crate::workbench::actions::{Action, Scope};
use crate::workbench::app::board::Row;
use crate::workbench::app::desk::Look;
use crate::workbench::app::overlay::Overlay;
use crate::workbench::app::{App, Effect, Event, View};
use crate::workbench::commands::UserCommand;
use crossterm::event::KeyCode;
use jiff::Timestamp;
use std::collections::{BTreeMap, VecDeque};

/// What came of an event.
#[derive(Debug, Default)]
pub struct Heard {
    /// What is said, a line each, safe for a terminal.
    pub says: Vec<String>,
    /// What is to be done.
    pub effects: Vec<Effect>,
}

/// What was said of a stage last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KnownStage {
    pub(super) state: StageState,
    pub(super) asks: bool,
    pub(super) ended: usize,
}

/// What was said of a run last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) state: String,
    pub(super) stages: Vec<KnownStage>,
}

/// The linear mode.
pub struct Linear {
    pub(super) app: App,
    pub(super) known: BTreeMap<RunId, Known>,
    /// Lines that were written and not carried out yet, the oldest first.
    written: VecDeque<String>,
    /// Whether no more will be.
    ended: bool,
    /// Whether a person sits there, whose lines are not held back by `wait`.
    attended: bool,
    /// Explanations that were asked for and have not come.
    asked: usize,
    /// Looks at all of the disk that were asked for and are not done.
    refreshing: usize,
    /// What the costs of all runs are to be put together by, as soon as they were read.
    pub(super) costs_by: Option<By>,
    /// Whether the chosen run is to be told as soon as all of it was read.
    pub(super) owed: bool,
    /// Whether nothing is done until the run stops.
    waits: bool,
    /// What numbers mean.
    pub(super) listed: Listed,
    /// A document that was asked for and has not come.
    pub(super) reads: Option<Reads>,
    /// What is said page by page.
    pub(super) pages: Pages,
    /// The question that was put last.
    pub(super) question: Option<Overlay>,
    /// Whether it was asked whether what a form holds is to be written.
    pub(super) saves: bool,
    /// Whether the timeline of the chosen run is said as it grows.
    pub(super) follows: bool,
    /// What an agent says piece by piece, until it is said whole.
    pub(super) piece: String,
    /// The attempt whose timeline came.
    pub(super) begun: Option<(RunId, AttemptId)>,
    /// Whether that is to be said as soon as it came.
    pub(super) wants_timeline: bool,
    /// What of a dialogue was said, and what was put.
    pub(super) talking: Talking,
    /// Whether a task was saved and that was not taken up yet.
    pub(super) saved: bool,
    heard: Heard,
}

impl Linear {
    /// A linear mode over a state in which nothing was read yet; `attended`: a person sits there.
    pub fn new(mut app: App, attended: bool) -> Self {
        // Nothing comes up between lines: what waits is said instead.
        app.raises = false;
        // Nothing stands beside a key that would say what it does.
        app.asks_first = true;
        app.by_name = true;
        Self {
            app,
            known: BTreeMap::new(),
            written: VecDeque::new(),
            ended: false,
            attended,
            asked: 0,
            refreshing: 0,
            costs_by: None,
            owed: false,
            waits: false,
            listed: Listed::default(),
            reads: None,
            pages: Pages::default(),
            question: None,
            saves: false,
            follows: false,
            piece: String::new(),
            begun: None,
            wants_timeline: false,
            talking: Talking::default(),
            saved: false,
            heard: Heard::default(),
        }
    }

    /// Whether time alone may change what it waits for.
    pub fn is_waiting(&self) -> bool {
        self.waits
    }

    /// Takes an event in.
    pub fn hear(&mut self, now: Timestamp, event: Event) -> Heard {
        self.app.now = now;
        match event {
            Event::Line(Some(line)) => self.written.push_back(line),
            Event::Line(None) => self.ended = true,
            Event::Explained { title, why } => {
                self.asked = self.asked.saturating_sub(1);
                let lines = self.app.six_lines(&why);
                self.lines(&title, &lines);
            }
            Event::Read(_) => self.read(now, event),
            Event::Told { .. } => self.take_told(now, event),
            Event::Talk(told) => {
                self.hears_talk(&told);
                let heard = talking::Heard::of(&told);
                self.take(now, Event::Talk(told));
                self.says_kept(heard);
            }
            Event::Refreshed => {
                self.refreshing = self.refreshing.saturating_sub(1);
                self.take(now, event);
            }
            Event::Did { .. } | Event::Came { .. } => {
                self.take(now, event);
                // A form that comes back was refused: what is written in it is kept.
                if let Some(Overlay::Form(form)) = self.app.overlays.last()
                    && form.refused
                {
                    self.key(now, KeyCode::Esc);
                }
                // What comes next is about what is so after it.
                self.refresh();
            }
            Event::Tick => {
                self.take(now, Event::Tick);
                self.refresh();
            }
            Event::Looked {
                look: Look::Costs, ..
            } => {
                self.take(now, event);
                self.costs_came();
            }
            other => self.take(now, other),
        }
        self.came(now);
        self.put();
        self.talks();
        self.go_on(now);
        std::mem::take(&mut self.heard)
    }

    pub(super) fn refresh(&mut self) {
        self.refreshing += 1;
        self.heard.effects.push(Effect::Refresh);
    }

    fn read(&mut self, now: Timestamp, event: Event) {
        let first = !self.app.board.has_runs;
        self.take(now, event);
        if !self.app.board.has_runs {
            return;
        }
        self.changes(now, first);
        if first {
            self.overview();
            self.say("help lists the words, quit leaves; runs go on.");
        }
        if self.owed {
            self.run();
        }
    }

    pub(super) fn say(&mut self, text: impl AsRef<str>) {
        let text = SafeText::line(text.as_ref());
        self.heard.says.push(text.into_string());
    }

    pub(super) fn take(&mut self, now: Timestamp, event: Event) {
        let view = self.app.view;
        let effects = self.app.update(now, event);
        self.done(effects);
        // A run that was just begun, or answered, is shown.
        if matches!(view, View::Backlog | View::Dialogue) && self.app.view == View::Pipeline {
            self.know(now);
            self.run();
        }
    }

    /// Does what an action's key does.
    pub(super) fn does(&mut self, now: Timestamp, action: Action) {
        let effects = self.app.does(now, action);
        self.done(effects);
    }

    /// Says what the state had to say, and passes on what is to be done.
    pub(super) fn done(&mut self, effects: Vec<Effect>) {
        for toast in std::mem::take(&mut self.app.toasts) {
            self.say(stopped(&words::capital(&toast.text)));
        }
        for effect in effects {
            match effect {
                Effect::Explain(..) => {
                    self.asked += 1;
                    self.heard.effects.push(effect);
                }
                Effect::Edit { root, path, .. } => {
                    let path = root.join(path);
                    self.say(format!("It is {}.", path.display()));
                    self.say("Change it with an editor of your own; what you save is seen here.");
                }
                Effect::Talk(wish) => {
                    self.wishes(&wish);
                    self.heard.effects.push(Effect::Talk(wish));
                }
                effect => self.heard.effects.push(effect),
            }
        }
    }

    /// Whether a person sits there.
    pub(super) fn is_attended(&self) -> bool {
        self.attended
    }

    /// Whether nobody will say anything any more.
    pub(super) fn is_alone(&self) -> bool {
        self.ended && self.written.is_empty()
    }

    /// Carries out what was written, one line after the other: what depends on an answer waits.
    fn go_on(&mut self, now: Timestamp) {
        if !self.app.board.has_runs {
            return;
        }
        self.wait_on(now);
        while let Some(line) = self.written.front() {
            let leaves = table::meant(line, self.app.view) == Some(Meant::Action(Action::Leave));
            // A person who wants to leave is not kept; what was piped in is done to its end.
            if self.is_busy() && (self.ended || !leaves) {
                return;
            }
            if let Some(line) = self.written.pop_front() {
                self.line(now, &line);
                self.put();
                self.talks();
            }
        }
        if self.ended && !self.is_busy() {
            if let Some(over) = self.app.overlays.pop() {
                let form = matches!(over, Overlay::Form(_));
                self.say(if form {
                    "Nothing more is written here: the item was not saved."
                } else {
                    "Nothing more is written here: left as it is."
                });
            }
            self.heard.effects.push(Effect::Leave);
        }
    }

    /// Whether something was ordered or asked for that has not come to its end.
    fn is_busy(&self) -> bool {
        let desk = &self.app.desk;
        let looks = |l: &Look| match l {
            Look::Land(..) | Look::Refresh(_) | Look::Take(..) | Look::Costs => true,
            Look::SetUp => desk.set_up.is_none(),
            Look::Start(..)
            | Look::Branch(_)
            | Look::Paths
            | Look::Authors
            | Look::Said(..)
            | Look::Unsent(_)
            | Look::Beside
            | Look::Disk(_) => false,
        };
        // Who sits there may go on while one is at work; what was piped in goes on after it.
        self.app.awaits_command(!self.attended)
            || self.owed
            || self.asked + self.refreshing + self.app.awaited() > 0
            || self.reads.is_some()
            || self.wants_timeline
            || desk.doing.is_some()
            || desk.asks.is_some()
            || desk.looking.iter().any(looks)
            || self.is_talking()
            || self.waits
    }

    /// Ends the waiting for a run that stopped, or that a person has had enough of.
    fn wait_on(&mut self, now: Timestamp) {
        if !self.waits || self.refreshing > 0 {
            return;
        }
        // Until its supervisor has left, too: what is there then stays so.
        let view = self.app.target();
        let goes_on = view.is_some_and(|v| !v.left && (v.supervised || words::goes_on(v, now)));
        if goes_on && (self.written.is_empty() || !self.attended) {
            return;
        }
        self.waits = false;
    }

    fn line(&mut self, now: Timestamp, line: &str) {
        match self.app.overlays.last() {
            Some(Overlay::Confirm { .. } | Overlay::Ask(_)) => return self.answer(now, line),
            Some(Overlay::Text { .. }) => return self.text(now, line),
            Some(Overlay::Form(_)) => return self.field(now, line),
            _ => {}
        }
        if self.app.view == View::Dialogue && self.talk_line(now, line) {
            return;
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let rest = rest.trim();
        if line.is_empty() {
            return;
        }
        if let Ok(number) = word.parse::<usize>() {
            return self.choose(now, number);
        }
        if let Some(n) = self.app.keymap.command_named(line) {
            return self.command(now, n);
        }
        match table::meant(word, self.app.view) {
            Some(Meant::Action(action)) => self.act(now, action, rest),
            Some(Meant::Own(own)) => self.own(now, own, rest),
            Some(Meant::Screen(action)) => self.say(format!(
                "{} is for the full screen alone; help lists the words.",
                action.row().name
            )),
            None if self.by_id(now, word) || self.by_title(now, line) => {}
            None => {
                let commands = self.app.keymap.commands().iter();
                let commands: Vec<String> = commands.map(UserCommand::word).collect();
                let near = table::nearest(word, &commands);
                let near = near
                    .map(|n| format!(" Did you mean {n}?"))
                    .unwrap_or_default();
                self.say(format!(
                    "There is no word '{word}' here.{near} Help lists them."
                ));
            }
        }
    }

    /// Runs a command of the person's own.
    fn command(&mut self, now: Timestamp, n: usize) {
        let effects = self.app.runs_command(now, n);
        self.done(effects);
    }

    fn own(&mut self, now: Timestamp, own: Own, rest: &str) {
        match own {
            Own::More => self.more(now),
            Own::Read => self.read_named(now, rest),
            Own::Gate => self.gate(now),
            Own::Lines => self.lines_at_once(rest),
            Own::Timeline => self.timeline(now),
            Own::Wait => {
                let Some(card) = self.app.target_card().cloned() else {
                    return self.say("No run is chosen, so there is nothing to wait for.");
                };
                self.waits = true;
                self.wait_on(now);
                if !self.waits {
                    self.say(words::run_now(&card, now));
                }
            }
        }
    }

    fn act(&mut self, now: Timestamp, action: Action, rest: &str) {
        let name = action.row().name;
        if !rest.is_empty() && !table::takes(action) {
            return self.say(format!("{name} takes nothing after it; nothing was done."));
        }
        match action {
            Action::Help => return self.help(rest),
            Action::Backlog => return self.go_to_backlog(now),
            Action::Dialogue => return self.go_to_dialogue(),
            Action::Artifacts => return self.documents(),
            Action::Follow => return self.follow(now),
            Action::Chart => return self.time(),
            Action::Costs => return self.costs(now, rest),
            Action::Diff => return self.diff(now, rest),
            Action::Lineage => return self.lineage(now, rest),
            Action::Comment | Action::RemoveComment | Action::ReopenComment => {
                return self.comment(now, action, rest);
            }
            Action::Runs => return self.runs(rest),
            Action::News => return self.news(),
            Action::Approve => return self.approve(now),
            Action::Open | Action::Pipeline => return self.open(now, action),
            _ => {}
        }
        if table::by_stage(action) && !rest.is_empty() && !self.choose_stage(now, rest) {
            return;
        }
        if self.app.view == View::Backlog
            && self.place(action) == View::Backlog
            && let Err(why) = self.may(action)
        {
            return self.say(format!("{}: {why}.", words::capital(action.row().short)));
        }
        if action == Action::EditItem && !rest.is_empty() {
            // One field is to be changed, and nothing of an edit that was left.
            self.app.desk.edit = None;
        }
        self.go_where_it_works(now, action);
        let may = self.app.may(action);
        self.does(now, action);
        if let Some(Overlay::Form(form)) = self.app.overlays.last_mut() {
            // One that is gone on with is asked from its beginning.
            form.at = 0;
        }
        if may.is_err() {
            return;
        }
        match (action, self.app.overlays.last()) {
            (Action::Find, _) => self.find(now, rest),
            (Action::EditItem | Action::NewItem, Some(Overlay::Form(_))) if !rest.is_empty() => {
                self.fields(now, action, rest);
            }
            (_, Some(Overlay::Text { .. })) if !rest.is_empty() => self.text(now, rest),
            (Action::Sort, _) => self.overview(),
            (Action::NextWaiting | Action::NextRun | Action::PreviousRun, _) => {
                if let Some(run) = self.app.run.id.clone() {
                    self.show_run(now, &run);
                }
            }
            _ => {}
        }
    }

    /// The view in which an action is had from here by its word.
    fn place(&self, action: Action) -> View {
        match action.row().scope {
            Scope::Backlog => View::Backlog,
            _ => self.app.view,
        }
    }

    /// Whether an action can be had by its word, and why not.
    pub(super) fn may(&mut self, action: Action) -> Result<(), String> {
        match action {
            // They list anew, wherever one is.
            Action::Backlog | Action::Pipeline if self.app.view != View::Backlog => return Ok(()),
            Action::Backlog | Action::Dialogue => return Ok(()),
            Action::Diff
            | Action::Lineage
            | Action::Comment
            | Action::RemoveComment
            | Action::ReopenComment => return self.app.may(Action::Artifacts),
            _ => {}
        }
        let of_run = matches!(
            action.row().scope,
            Scope::Pipeline | Scope::Artifacts | Scope::Run
        );
        if of_run && self.app.view == View::Backlog {
            return Err("choose a run first".to_owned());
        }
        let here = self.app.view;
        self.app.view = self.place(action);
        let may = self.app.may(action);
        self.app.view = here;
        may
    }

    /// A run's own entry is chosen in the backlog, so what is had there is about the same.
    fn go_where_it_works(&mut self, now: Timestamp, action: Action) {
        if self.place(action) != self.app.view {
            self.does(now, Action::Backlog);
        }
    }

    pub(super) fn go_to_backlog(&mut self, now: Timestamp) {
        if self.app.view != View::Backlog {
            self.does(now, Action::Backlog);
        }
        self.overview();
    }

    pub(super) fn overview(&mut self) {
        let rows = self.app.backlog.rows(&self.app.board).into_owned();
        let board = &self.app.board;
        let entries = rows.iter().filter_map(|row| match row {
            Row::Entry(n) => board.entries.get(*n)?.key(),
            Row::Need(n) => Some(crate::records::board::Key::Run(
                board.needs.get(*n)?.run.clone(),
            )),
            _ => None,
        });
        self.listed = Listed::Entries(entries.collect());
        let filter = self.app.backlog.filter.clone();
        self.page(words::overview(board, &rows, &filter, self.app.now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::board::Board;
    use crate::workbench::keymap::Keymap;
    use crate::workbench::theme::Theme;
    use jiff::Zoned;

    fn linear() -> Linear {
        let app = App::new(
            &Zoned::now(),
            (200, 500),
            Keymap::default(),
            Theme::new(false),
        );
        Linear::new(app, true)
    }

    fn hear(linear: &mut Linear, event: Event) -> Heard {
        linear.hear(Timestamp::UNIX_EPOCH, event)
    }

    fn line(text: &str) -> Event {
        Event::Line(Some(text.to_owned()))
    }

    /// An empty project was read.
    fn read() -> Event {
        let mut board = Board::default();
        board.has_runs = true;
        board.set_up = true;
        Event::Read(Box::new(board))
    }

    #[test]
    fn what_is_written_waits_for_the_first_look() {
        let mut linear = linear();
        assert!(hear(&mut linear, line("lines all")).says.is_empty());
        assert!(hear(&mut linear, line("help")).says.is_empty());
        let heard = hear(&mut linear, read());
        let help = heard.says.iter().position(|l| l.starts_with("approve: "));
        assert!(help.is_some(), "{:#?}", heard.says);
        assert!(
            heard
                .says
                .iter()
                .any(|l| l.contains("Not now: no run is chosen"))
        );
    }

    #[test]
    fn a_word_that_is_none_is_told_with_the_nearest() {
        let mut linear = linear();
        hear(&mut linear, read());
        let said = hear(&mut linear, line("aprove")).says.join("\n");
        assert!(said.contains("Did you mean approve?"), "{said}");
        let said = hear(&mut linear, line("7")).says.join("\n");
        assert!(said.contains("0 entries to choose from"), "{said}");
        let said = hear(&mut linear, line("approve")).says.join("\n");
        assert!(said.contains("no run is chosen"), "{said}");
        assert!(hear(&mut linear, line("0")).says[0].contains("begin at 1"));
        assert!(hear(&mut linear, line("")).says.is_empty());
    }

    #[test]
    fn it_leaves_by_its_word_and_at_the_end_of_what_is_written() {
        let mut linear = self::linear();
        hear(&mut linear, read());
        assert!(
            hear(&mut linear, line("quit"))
                .effects
                .contains(&Effect::Leave)
        );
        let mut linear = self::linear();
        assert!(hear(&mut linear, Event::Line(None)).effects.is_empty());
        let heard = hear(&mut linear, read());
        assert!(heard.effects.contains(&Effect::Leave));
    }
}
