//! The linear mode's own state: what was said of each run, what numbers mean now, what waits to be
//! done. Pure: events in, lines and effects out.

use super::words;
use crate::documents::yaml::did_you_mean;
use crate::terms::{RunId, StageState};
use crate::text::{Role, SafeText};
use crate::workbench::actions::{Action, Group};
use crate::workbench::app::board::Row;
use crate::workbench::app::overlay::Overlay;
use crate::workbench::app::{App, Effect, Event, View};
use crossterm::event::{KeyCode, KeyEvent};
use jiff::Timestamp;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// The actions that can be had by their names; the others need a screen.
pub const WORDS: [Action; 15] = [
    Action::Approve,
    Action::SendBack,
    Action::Pause,
    Action::PauseNow,
    Action::RerunFrom,
    Action::RerunStale,
    Action::Cancel,
    Action::Why,
    Action::Follow,
    Action::NextWaiting,
    Action::Backlog,
    Action::Pipeline,
    Action::Artifacts,
    Action::Help,
    Action::Leave,
];

/// Other words for the same.
const ALSO: [(&str, Action); 4] = [
    ("quit", Action::Leave),
    ("exit", Action::Leave),
    ("list", Action::Backlog),
    ("?", Action::Help),
];

/// What came of an event.
#[derive(Debug, Default)]
pub struct Heard {
    /// What is said, a line each, safe for a terminal.
    pub says: Vec<String>,
    /// What is to be done.
    pub effects: Vec<Effect>,
}

/// What was said of a run last.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    state: String,
    stages: Vec<StageState>,
}

/// The linear mode.
pub struct Linear {
    app: App,
    known: BTreeMap<RunId, Known>,
    /// Lines that were written and not carried out yet, the oldest first.
    written: VecDeque<String>,
    /// Whether no more will be.
    ended: bool,
    /// Explanations that were asked for and have not come.
    asked: usize,
    /// Whether the chosen run is to be told as soon as all of it was read.
    owed: bool,
    /// Whether the timeline of the chosen run is said as it grows.
    follows: bool,
    heard: Heard,
}

impl Linear {
    /// A linear mode over a state in which nothing was read yet.
    pub fn new(mut app: App) -> Self {
        // Nothing comes up between lines: what waits is said instead.
        app.raises = false;
        Self {
            app,
            known: BTreeMap::new(),
            written: VecDeque::new(),
            ended: false,
            asked: 0,
            owed: false,
            follows: false,
            heard: Heard::default(),
        }
    }

    /// Takes an event in.
    pub fn hear(&mut self, now: Timestamp, event: Event) -> Heard {
        match event {
            Event::Line(Some(line)) => self.written.push_back(line),
            Event::Line(None) => self.ended = true,
            Event::Explained { title, lines } => {
                self.asked = self.asked.saturating_sub(1);
                self.lines(&title, &lines);
            }
            Event::Read(board) => {
                let first = !self.app.board.has_runs;
                self.take(now, Event::Read(board));
                if !self.app.board.has_runs {
                    return std::mem::take(&mut self.heard);
                }
                self.changes(first);
                if first {
                    self.overview();
                    self.say("Type a number to choose, help for the words, quit to leave.");
                }
                if self.owed {
                    self.run();
                }
            }
            Event::Told {
                run,
                attempt,
                anew,
                lines,
            } => {
                if self.follows && self.app.run.id.as_ref() == Some(&run) && !anew {
                    for line in &lines {
                        self.say(words::told(line));
                    }
                }
                self.take(
                    now,
                    Event::Told {
                        run,
                        attempt,
                        anew,
                        lines,
                    },
                );
            }
            other => self.take(now, other),
        }
        self.go_on(now);
        std::mem::take(&mut self.heard)
    }

    fn say(&mut self, text: impl AsRef<str>) {
        let text = SafeText::line(text.as_ref());
        self.heard.says.push(text.into_string());
    }

    fn take(&mut self, now: Timestamp, event: Event) {
        let effects = self.app.update(now, event);
        self.done(effects);
    }

    /// Says what the state had to say, and passes on what is to be done.
    fn done(&mut self, effects: Vec<Effect>) {
        for toast in std::mem::take(&mut self.app.toasts) {
            self.say(toast.text);
        }
        let explains = |e: &&Effect| matches!(e, Effect::Explain(..));
        self.asked += effects.iter().filter(explains).count();
        self.heard.effects.extend(effects);
    }

    /// Carries out what was written, one line after the other: what depends on an answer waits.
    fn go_on(&mut self, now: Timestamp) {
        if !self.app.board.has_runs {
            return;
        }
        while let Some(line) = self.written.front() {
            let leaves = meant(line) == Some(Action::Leave);
            // A person who wants to leave is not kept; what was piped in is done to its end.
            if self.waits() && (self.ended || !leaves) {
                return;
            }
            if let Some(line) = self.written.pop_front() {
                self.line(now, &line);
            }
        }
        if self.ended && !self.waits() {
            self.heard.effects.push(Effect::Leave);
        }
    }

    /// Whether something was ordered or asked for that has not come to its end.
    fn waits(&self) -> bool {
        self.owed || self.app.ordered > 0 || self.asked > 0
    }

    fn line(&mut self, now: Timestamp, line: &str) {
        match self.app.overlays.last() {
            Some(Overlay::Confirm { .. }) => return self.answer(now, line),
            Some(Overlay::Text { .. }) => return self.text(now, line),
            _ => {}
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if line.is_empty() {
            return;
        }
        if let Ok(number) = word.parse::<usize>() {
            return self.choose(now, number);
        }
        match meant(word) {
            Some(Action::Help) => self.help(),
            Some(Action::Backlog) => self.go_to_backlog(now),
            Some(Action::Follow) => self.follow(),
            Some(action) => self.act(now, action, rest),
            None => {
                let names = WORDS.iter().map(|a| a.row().name);
                let near = did_you_mean(word, names.chain(ALSO.iter().map(|(w, _)| *w)));
                let near = near
                    .map(|n| format!(" Did you mean {n}?"))
                    .unwrap_or_default();
                self.say(format!(
                    "There is no word '{word}' here.{near} Help lists them."
                ));
            }
        }
    }

    fn act(&mut self, now: Timestamp, action: Action, rest: &str) {
        let may = self.app.may(action);
        let effects = self.app.does(now, action);
        self.done(effects);
        if may.is_err() {
            return;
        }
        match self.app.overlays.last().cloned() {
            Some(Overlay::Confirm { says, .. }) => {
                for line in says {
                    self.say(line);
                }
                self.say("Type yes to do it; anything else leaves it.");
            }
            Some(Overlay::Text { .. }) if !rest.trim().is_empty() => self.text(now, rest),
            Some(Overlay::Text { .. }) => {
                self.say("Type what is to be changed; an empty line leaves it.");
            }
            Some(_) => {
                self.app.overlays.pop();
                self.say("That needs the full screen.");
            }
            None => match action {
                Action::Pipeline | Action::NextWaiting => self.run(),
                Action::Artifacts => self.documents(),
                _ => {}
            },
        }
    }

    fn answer(&mut self, now: Timestamp, line: &str) {
        let yes = matches!(line.to_lowercase().as_str(), "y" | "yes");
        let key = if yes { 'y' } else { 'n' };
        self.take(now, Event::Key(KeyEvent::from(KeyCode::Char(key))));
        self.say(if yes { "Ordered." } else { "Left as it is." });
    }

    fn text(&mut self, now: Timestamp, line: &str) {
        self.take(now, Event::Paste(line.to_owned()));
        self.take(now, Event::Key(KeyEvent::from(KeyCode::Enter)));
    }

    /// Numbers mean what was listed last: stages of the run that is shown, else what there is.
    fn choose(&mut self, now: Timestamp, number: usize) {
        let Some(n) = number.checked_sub(1) else {
            return self.say("Numbers begin at 1.");
        };
        if self.app.view == View::Backlog {
            return self.choose_entry(now, n);
        }
        let stages = self.app.target().map_or(0, |v| v.run.stages.len());
        if n >= stages {
            let stages = crate::text::many(stages, "stage");
            return self.say(format!("It has {stages}; backlog goes back."));
        }
        self.app.run.stage.at = n;
        self.app.run.goes_along = false;
        if let Some(view) = self.app.target().cloned() {
            for line in words::stage(&view, n) {
                self.say(line);
            }
        }
    }

    fn choose_entry(&mut self, now: Timestamp, n: usize) {
        let rows = self.app.backlog.rows(&self.app.board).into_owned();
        let entry = |(_, row): &(usize, &Row)| matches!(row, Row::Entry(_));
        let entries: Vec<usize> = rows
            .iter()
            .enumerate()
            .filter(entry)
            .map(|(at, _)| at)
            .collect();
        let Some(row) = entries.get(n) else {
            return self.say(format!("There are {} to choose from.", entries.len()));
        };
        let height = usize::from(ROWS);
        self.app.backlog.choose(&self.app.board, *row, height);
        let Some(entry) = self.app.backlog.chosen(&self.app.board).cloned() else {
            return;
        };
        for line in words::entry(&entry) {
            self.say(line);
        }
        if entry.run().is_some() {
            let effects = self.app.does(now, Action::Pipeline);
            self.done(effects);
            self.run();
        }
    }

    fn go_to_backlog(&mut self, now: Timestamp) {
        if self.app.view != View::Backlog {
            let effects = self.app.does(now, Action::Backlog);
            self.done(effects);
        }
        self.overview();
    }

    fn follow(&mut self) {
        match self.app.may(Action::Follow) {
            Err(_) => self.say("Choose a run first."),
            Ok(()) => {
                self.follows = !self.follows;
                self.say(if self.follows {
                    "What the run's agents do is said as it comes; follow again ends that."
                } else {
                    "Only changes of state are said from now on."
                });
            }
        }
    }

    fn overview(&mut self) {
        let rows = self.app.backlog.rows(&self.app.board).into_owned();
        for line in words::overview(&self.app.board, &rows) {
            self.say(line);
        }
    }

    /// The run that is shown, and what can be had of it now.
    fn run(&mut self) {
        let Some(view) = self.app.target().cloned() else {
            // Of a run that is over little is read until somebody looks at it.
            self.owed = self.app.target_card().is_some();
            return;
        };
        self.owed = false;
        for line in words::run(&view) {
            self.say(line);
        }
        let steers = |a: &&Action| a.row().group == Group::Run && self.app.may(**a).is_ok();
        let can: Vec<&str> = WORDS.iter().filter(steers).map(|a| a.row().name).collect();
        if !can.is_empty() {
            self.say(format!("You can: {}.", can.join(", ")));
        }
    }

    fn documents(&mut self) {
        if let Some(view) = self.app.target().cloned() {
            for line in words::documents(&view) {
                self.say(line);
            }
        }
        // Numbers mean stages: there is no list of documents to be in.
        self.app.view = View::Pipeline;
    }

    fn help(&mut self) {
        self.say("A number chooses what was listed with it. The words:");
        for action in WORDS {
            let row = action.row();
            let why = match self.app.may(action) {
                Ok(()) => String::new(),
                // It lists anew here, wherever one is.
                Err(_) if action == Action::Backlog => String::new(),
                Err(why) => format!(" Not now: {why}."),
            };
            self.say(format!("{}: {}.{why}", row.name, row.help));
        }
        let also = ALSO.map(|(word, action)| format!("{word} for {}", action.row().name));
        self.say(format!("Also {}.", also.join(", ")));
    }

    fn lines(&mut self, title: &str, lines: &[(String, String)]) {
        self.say(format!("{title}:"));
        for (word, text) in lines {
            for (n, row) in text.lines().enumerate() {
                self.say(match n {
                    0 if !word.is_empty() => format!("{word}: {row}"),
                    _ => row.to_owned(),
                });
            }
        }
    }

    /// Says what changed since the last look; at the first nothing did.
    fn changes(&mut self, first: bool) {
        let runs = Arc::clone(&self.app.board.runs);
        for view in runs.iter().filter_map(|card| card.view.as_ref()) {
            let now = Known {
                state: words::state(view),
                stages: view.run.stages.iter().map(|s| s.state).collect(),
            };
            let before = self.known.insert(view.order.run.clone(), now.clone());
            if first || before.as_ref() == Some(&now) {
                continue;
            }
            for (n, state) in now.stages.iter().enumerate() {
                let old = before.as_ref().and_then(|b| b.stages.get(n));
                if old != Some(state) && (before.is_some() || *state != StageState::Pending) {
                    self.say(words::stage_now(view, n));
                }
            }
            if before.is_none_or(|b| b.state != now.state) {
                self.say(words::run_now(view));
            }
        }
    }
}

/// The rows of the list that numbers choose from: all of them.
const ROWS: u16 = 500;

/// The action that a word means.
fn meant(word: &str) -> Option<Action> {
    let word = word.to_lowercase();
    let by_name = WORDS.into_iter().find(|a| a.row().name == word);
    let also = || ALSO.into_iter().find(|(w, _)| *w == word).map(|(_, a)| a);
    by_name.or_else(also)
}

/// Whether a line of a timeline is worth its word in the linear mode.
pub(super) fn marks(role: Role) -> bool {
    matches!(role, Role::Bad | Role::Attention)
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
        Linear::new(app)
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
        Event::Read(Box::new(board))
    }

    #[test]
    fn what_is_written_waits_for_the_first_look() {
        let mut linear = linear();
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
        assert!(said.contains("There are 0 to choose from"), "{said}");
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
