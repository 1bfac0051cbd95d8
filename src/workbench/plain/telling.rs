//! What is said without being asked, as it happens; and the lists of what there is to be had.

use super::choosing::Listed;
use super::linear::{Known, KnownStage, Linear};
use super::table::{ALSO, Meant, OWN, WORDS, meant};
use super::words;
use crate::engine::record::StageRecord;
use crate::records::board::RunCard;
use crate::records::runs::RunView;
use crate::records::told::{Line, Place};
use crate::terms::{Finding, Outcome, StageState};
use crate::text::many;
use crate::workbench::actions::{Action, Group};
use crate::workbench::app::chart::chart;
use crate::workbench::app::runs::listed;
use crate::workbench::app::waits::news_told;
use crate::workbench::app::{Event, View};
use jiff::Timestamp;
use std::sync::Arc;

/// How many findings are said as they come.
const MOST_FINDINGS: usize = 3;
/// The word of what an agent says.
const SAYS: &str = "says";

impl Linear {
    /// Says what changed since the last look; at the first nothing did.
    pub(super) fn changes(&mut self, now: Timestamp, first: bool) {
        let runs = Arc::clone(&self.app.board.runs);
        for card in runs.iter() {
            let before = self.known.get(&card.run).cloned();
            let known = known(card, before.as_ref(), now);
            if before.as_ref() == Some(&known) {
                continue;
            }
            self.known.insert(card.run.clone(), known.clone());
            if first {
                continue;
            }
            for (n, stage) in known.stages.iter().enumerate() {
                let old = before.as_ref().and_then(|b| b.stages.get(n));
                if let Some(view) = &card.view {
                    self.stage_changed(view, n, old, stage);
                }
            }
            if before.is_none_or(|b| b.state != known.state) {
                self.say(words::run_now(card, now));
            }
        }
    }

    /// Takes the run that is shown as said.
    pub(super) fn know(&mut self, now: Timestamp) {
        if let Some(card) = self.app.target_card() {
            let known = known(card, None, now);
            self.known.insert(card.run.clone(), known);
        }
    }

    fn stage_changed(
        &mut self,
        view: &RunView,
        n: usize,
        old: Option<&KnownStage>,
        new: &KnownStage,
    ) {
        let Some(record) = view.run.stages.get(n) else {
            return;
        };
        let quiet = matches!(new.state, StageState::Pending | StageState::Ready);
        if old.is_none_or(|o| o.state != new.state) && !quiet {
            self.say(words::stage_now(view, n));
        }
        let ended = old.map_or(0, |o| o.ended);
        let results = record
            .attempts
            .iter()
            .filter_map(|a| Some((a, a.result.as_ref()?)));
        for (attempt, result) in results.skip(ended) {
            if result.outcome != Outcome::Passed {
                let (public, outcome) = (&attempt.public, result.outcome);
                self.say(format!("Attempt {public}: {outcome}. {}", result.reason));
                self.findings(&result.findings);
            }
        }
        if old.is_none_or(|o| o.state != new.state)
            && let Some(needs) = words::needs(view, record)
        {
            self.say(needs);
        }
        if new.asks
            && !old.is_some_and(|o| o.asks)
            && let Some(asks) = words::asks(view)
        {
            self.say(asks);
        }
    }

    fn findings(&mut self, findings: &[Finding]) {
        for finding in findings.iter().take(MOST_FINDINGS) {
            self.say(format!("Finding: {finding}"));
        }
        let more = findings.len().saturating_sub(MOST_FINDINGS);
        if more > 0 {
            self.say(format!("and {more} more; read findings reads them."));
        }
    }

    /// Takes lines of a timeline in, and says them where it is followed.
    pub(super) fn take_told(&mut self, now: Timestamp, event: Event) {
        let Event::Told {
            run,
            attempt,
            anew,
            lines,
        } = &event
        else {
            return;
        };
        let shown = self.app.run.id.as_ref() == Some(run);
        if *anew {
            self.piece.clear();
            self.begun = Some((run.clone(), attempt.clone()));
        } else if self.follows && shown {
            for line in lines {
                self.tell(line);
            }
        }
        self.take(now, event);
        if self.wants_timeline {
            self.timeline(now);
        }
    }

    fn tell(&mut self, line: &Line) {
        if line.minor {
            return;
        }
        if line.word == SAYS {
            match line.place {
                Place::Begins(_) | Place::Extends(_) => {
                    self.piece.push_str(&line.text);
                    self.piece.push('\n');
                    return;
                }
                // The whole stands for its pieces.
                Place::Ends(_) => self.piece.clear(),
                Place::Alone => {}
            }
        }
        let piece = std::mem::take(&mut self.piece);
        if !piece.trim().is_empty() {
            let spoken = Line {
                word: SAYS,
                text: piece,
                right: String::new(),
                ..line.clone()
            };
            self.tell_one(&spoken);
        }
        self.tell_one(line);
    }

    fn tell_one(&mut self, line: &Line) {
        for text in words::told(line, true) {
            self.say(text);
        }
    }

    pub(super) fn follow(&mut self, now: Timestamp) {
        if self.app.target().is_none() {
            return self.say("Follow: no run is chosen.");
        }
        if self.app.view == View::Backlog {
            self.does(now, Action::Pipeline);
        }
        self.follows = !self.follows;
        self.say(if self.follows {
            "What the run's agents do is said as it comes; follow again ends that."
        } else {
            "Only changes of state are said from now on."
        });
    }

    /// Says what the latest attempt of the chosen stage did so far.
    pub(super) fn timeline(&mut self, now: Timestamp) {
        if self.app.view == View::Backlog {
            self.does(now, Action::Pipeline);
        }
        let wanted = self.app.target().and_then(|view| {
            let attempt = self.app.run.wanted(view)?;
            Some((view.order.run.clone(), attempt))
        });
        let Some(wanted) = wanted else {
            self.wants_timeline = false;
            return self.say("Timeline: the chosen stage has no attempt yet.");
        };
        self.wants_timeline = self.begun.as_ref() != Some(&wanted);
        if self.wants_timeline {
            return;
        }
        let timeline = &self.app.run.timeline;
        let first = timeline.dropped();
        let entries = (first..first + timeline.len()).filter_map(|n| timeline.entry(n));
        let mut says = vec![format!("What {} did so far:", wanted.1)];
        for entry in entries {
            says.extend(words::told(&entry.line, false));
            let more = [&entry.line.diff, &entry.line.output];
            let more = more.into_iter().flatten().flat_map(|t| t.lines());
            says.extend(more.map(|l| format!("    {l}")));
        }
        if says.len() == 1 {
            says = vec!["Nothing is told yet.".to_owned()];
        }
        self.page(says);
    }

    /// The run that is shown, and what can be had of it now.
    pub(super) fn run(&mut self) {
        let Some(view) = self.app.target().cloned() else {
            // Of a run that is over little is read until somebody looks at it.
            self.owed = self.app.target_card().is_some();
            return;
        };
        self.owed = false;
        self.listed = Listed::Stages(view.order.run.clone());
        let card = self.app.target_card().cloned();
        let mut says: Vec<String> = card
            .map(|card| words::run_now(&card, self.app.now))
            .into_iter()
            .collect();
        says.extend(words::run(&view));
        says.extend(self.can());
        self.page(says);
    }

    /// What can be had now of what is chosen.
    pub(super) fn can(&mut self) -> Option<String> {
        let steers = |a: &Action| a.row().group == Group::Run && *a != Action::Edit;
        let mut can = Vec::new();
        for action in WORDS.into_iter().filter(steers) {
            if self.may(action).is_ok() {
                can.push(action.row().name);
            }
        }
        if let Err(why) = self.may(Action::Run)
            && self.app.view == View::Backlog
        {
            return Some(format!("It can't be run now: {why}."));
        }
        (!can.is_empty()).then(|| format!("You can: {}.", can.join(", ")))
    }

    /// Lists the runs, numbered.
    pub(super) fn runs(&mut self, rest: &str) {
        let runs = listed(&self.app.board, rest);
        if runs.is_empty() {
            return self.say("There is no such run.");
        }
        let mut says = vec![format!("{}; a number shows one:", many(runs.len(), "run"))];
        let all = runs.iter().enumerate();
        says.extend(all.map(|(n, v)| format!("{}. {}", n + 1, words::run_now(v, self.app.now))));
        self.listed = Listed::Runs(runs.iter().map(|r| r.run.clone()).collect());
        self.page(says);
    }

    /// What happened since the last look.
    pub(super) fn news(&mut self) {
        if let Err(why) = self.may(Action::News) {
            return self.say(format!("News: {why}."));
        }
        let board = &self.app.board;
        let said = board
            .news
            .iter()
            .map(|news| format!("{}: {}.", self.app.clock(news.at), news_told(news)));
        let said = said.collect();
        self.page(said);
    }

    /// Where the time of the run went.
    pub(super) fn time(&mut self) {
        let Some(view) = self.app.target().cloned() else {
            return self.say("Time: no run is chosen.");
        };
        let app = &self.app;
        let chart = chart(&view.run, &view.spans, app.now, &app.zone, 1);
        let took = crate::text::took;
        let mut says = vec![format!(
            "{} in all: worked {}, waited for you {}, for a provider {}.",
            took(chart.all_ms),
            took(chart.works_ms),
            took(chart.you_ms),
            took(chart.provider_ms)
        )];
        for record in view.run.stages.iter().filter(|s| !s.attempts.is_empty()) {
            let name = words::name(&view, &record.id);
            says.push(format!("{name} worked {}.", took(record.took_ms)));
        }
        self.page(says);
    }

    /// The words, each with what it does, or why it can't be had now.
    pub(super) fn help(&mut self, word: &str) {
        if let Some(n) = self.app.keymap.command_named(word) {
            let says = self.help_of_command(n);
            return self.page(vec![says]);
        }
        let one = |m: Meant| move |wanted: Meant| m == wanted;
        let wanted = match (word, meant(word, self.app.view)) {
            ("", _) => None,
            (_, Some(found)) => Some(found),
            (_, None) => return self.say(format!("There is no word '{word}'; help lists them.")),
        };
        let is_wanted = |m: Meant| wanted.is_none_or(one(m));
        let mut says = Vec::new();
        if wanted.is_none() {
            says.push(
                "A number chooses what was listed with it last, an id what has it. The words:"
                    .to_owned(),
            );
        }
        for action in WORDS {
            if is_wanted(Meant::Action(action)) {
                says.push(self.help_of(action));
            }
        }
        for (own, name, help) in OWN {
            if is_wanted(Meant::Own(own)) {
                says.push(format!("{name}: {help}."));
            }
        }
        if wanted.is_none() {
            for n in 0..self.app.keymap.commands().len() {
                says.push(self.help_of_command(n));
            }
        }
        if wanted.is_none() {
            let also = ALSO.map(|(word, action)| format!("{word} for {}", action.row().name));
            says.push(format!(
                "Also {}; and the keys of the full screen, such as u for undo.",
                also.join(", ")
            ));
        }
        self.page(says);
    }

    /// A command of the person's own, by its name in one word.
    fn help_of_command(&self, n: usize) -> String {
        let command = self.app.command(n);
        let (word, help) = command.map_or_else(Default::default, |c| (c.word(), c.help()));
        let why = match self.app.may_command(n) {
            Ok(()) => String::new(),
            Err(why) => format!(" Not now: {why}."),
        };
        format!("{word}: yours. {help}.{why}")
    }

    fn help_of(&mut self, action: Action) -> String {
        let row = action.row();
        let help = match action {
            Action::Approve => "Read what the gate asks about and approve exactly that",
            Action::Run => "Say what a run of the chosen task would do, and start it on a yes",
            Action::Find => "List only what holds these words: find dark; find alone lists all",
            Action::NewItem => "Add an item to the backlog: new Title, or new alone",
            Action::EditItem => {
                "Change the chosen item: edit-item title, status or summary and what it is to be, or \
                 edit-item alone"
            }
            Action::EditTask => "Say where the chosen task's file is",
            Action::Edit => {
                "Say where the document of the chosen stage is; the gate asks anew about what changed"
            }
            Action::Follow => "Say what the run's agents do as it comes, or no longer",
            Action::Chart => "Where the time of the run went",
            Action::Costs => {
                "What the run used, stage by stage; costs day, or stage, agent, model, outcome, task, \
                 workflow, run: what all runs of the last seven days used"
            }
            Action::Diff => {
                "The whole change; diff 3: the third document against what it was before"
            }
            Action::Comment => {
                "Comment on lines: comment src/a.rs:12-15 and what is to be said; comment C2 and another \
                 text changes one; comment alone reads them all"
            }
            Action::RemoveComment => "Take an open comment away: remove-comment C2",
            Action::ReopenComment => "Send a settled comment along once more: reopen-comment C2",
            Action::Lineage => "All that belongs to a criterion: lineage AC-1",
            Action::Open => "Tell the run of what is chosen",
            Action::Pipeline => "Tell the run and its stages again",
            Action::Converse => {
                "Talk with the author about the chosen item or task: its questions and its draft are \
                 told, and what you write answers them, until it is saved"
            }
            Action::Dialogue => "Back to the dialogue that is open",
            Action::Respond => {
                "Tell what a stage of the run asks and take your answers; sent, it runs again with \
                 them; where none asks, talk with the author about the run's result"
            }
            Action::Help => "The words; help land: that one",
            _ => row.help,
        };
        let why = match self.may(action) {
            Ok(()) => match (action, self.app.target()) {
                (Action::Pause, Some(view)) => words::pausing(view).to_owned(),
                _ => String::new(),
            },
            Err(why) => format!(" Not now: {why}."),
        };
        format!("{}: {help}.{why}", row.name)
    }
}

/// What there is to be said of a run; of one that is over no stage changes any more.
fn known(card: &RunCard, before: Option<&Known>, now: Timestamp) -> Known {
    let stages = match &card.view {
        Some(view) => view.run.stages.iter().map(known_stage).collect(),
        None => before.map(|b| b.stages.clone()).unwrap_or_default(),
    };
    Known {
        state: words::of_card(card, now),
        stages,
    }
}

fn known_stage(stage: &StageRecord) -> KnownStage {
    let ended = stage.attempts.iter().filter(|a| a.result.is_some());
    KnownStage {
        state: stage.state,
        asks: stage.asking.is_some(),
        ended: ended.count(),
    }
}
