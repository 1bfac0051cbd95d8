//! What a person is told who does not look at the screen: the title of the window, how far the
//! runs are, and that a run needs them. All of it is made of the program's own words and of names
//! that were made safe.

use super::dialogue::asked::{asked_in_all, asking};
use super::event::Effect;
use super::{App, View, run};
use crate::engine::event::GateSide;
use crate::records::board::{Board, RunCard};
use crate::terms::{Digest, RunId, RunState, StageId};
use crate::text::{SafeText, many, truncate};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The most columns of a name within a sign.
const NAME: usize = 40;
/// The most columns of a question within a sign.
const WORDS: usize = 72;

/// How far the runs are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Something goes on; how much of it is done, in percent, where anything is.
    Live(Option<u8>),
    /// A run that went on waits for a person; how much of all is done, in percent.
    Waits(u8),
    /// A run that went on can't.
    Stopped(u8),
}

/// What a run needs a person for. The same need is told once.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Need {
    state: RunState,
    gate: Option<(StageId, GateSide, Digest)>,
    /// How many attempts there were: after another one it is another need.
    attempts: usize,
}

/// What was told of the runs.
#[derive(Debug, Clone, Default)]
pub struct Signs {
    needs: HashMap<RunId, Need>,
    /// The runs that went on while they were looked at.
    went: HashSet<RunId>,
}

impl App {
    /// The title of the window: what waits, the run it is about, the project.
    pub fn title(&self) -> String {
        let waiting = self.board.waiting();
        let sign = match waiting {
            0 if self.board.goes_on => Some("◐".to_owned()),
            0 => None,
            n => Some(format!("? {n} waiting")),
        };
        let subject = self.subject(waiting > 0).map(|card| about(card));
        let project = name(&self.board.project);
        let begins = match (waiting, sign, subject) {
            // The mark of what goes on belongs to what goes on.
            (0, Some(mark), Some(run)) => vec![format!("{mark} {run}")],
            (_, sign, run) => sign.into_iter().chain(run).collect(),
        };
        let mut parts = begins;
        if parts.is_empty() {
            parts.push("harness-tui".to_owned());
        }
        parts.extend((!project.is_empty()).then_some(project));
        parts.join(" · ")
    }

    /// The run that the title is about: the one that is shown, else the newest that is as the sign
    /// says.
    fn subject(&self, waits: bool) -> Option<&Arc<RunCard>> {
        if self.view != View::Backlog
            && let Some(shown) = self.target_card()
        {
            return Some(shown);
        }
        // Where none does there are many to look through in vain.
        if !waits && !self.board.goes_on {
            return None;
        }
        let mut runs = self.board.runs.iter();
        runs.find(|r| if waits { r.needs_you() } else { r.goes_on })
    }

    /// How far the runs are that went on since the screen was opened; `None`: none is under way.
    pub fn progress(&self) -> Option<Progress> {
        if self.signs.went.is_empty() {
            return None;
        }
        let runs = self.board.runs.iter();
        let under_way: Vec<_> = runs
            .filter(|r| self.signs.went.contains(&r.run))
            .filter(|r| r.goes_on || (r.needs_you() && r.state != RunState::Completed))
            .collect();
        let stages = || under_way.iter().flat_map(|r| &r.stages);
        let done = stages().filter(|s| s.state.is_done()).count();
        let share = u8::try_from(done * 100 / stages().count().max(1)).unwrap_or(100);
        let is = |state: fn(RunState) -> bool| under_way.iter().any(|r| state(r.state));
        if under_way.is_empty() {
            None
        } else if is(|s| matches!(s, RunState::Blocked | RunState::Failed)) {
            Some(Progress::Stopped(share))
        } else if under_way.iter().any(|r| r.needs_you()) {
            Some(Progress::Waits(share))
        } else {
            Some(Progress::Live((share > 0).then_some(share)))
        }
    }

    /// The board was read: what runs need now and did not before is told, where nobody looks.
    pub(super) fn tell_needs(&mut self, before: &Board, effects: &mut Vec<Effect>) {
        if Arc::ptr_eq(&before.runs, &self.board.runs) {
            return;
        }
        let mut told = Vec::new();
        for card in self.board.runs.iter() {
            let id = &card.run;
            if before.card(id).is_some_and(|then| Arc::ptr_eq(then, card)) {
                continue;
            }
            if card.goes_on {
                self.signs.went.insert(id.clone());
            }
            let Some(need) = need(card) else { continue };
            if self.signs.needs.get(id) == Some(&need) {
                continue;
            }
            self.signs.needs.insert(id.clone(), need);
            told.push(format!("{} {}", about(card), becomes(card)));
        }
        // What was so before anybody looked is no news; what happens before their eyes neither.
        if !before.has_runs || self.focused {
            return;
        }
        let project = name(&self.board.project);
        let text = match &told[..] {
            [] => return,
            [one] => format!("{one} · {project}"),
            more => format!("{} runs need you · {project}", more.len()),
        };
        effects.push(Effect::Notify(text));
    }
}

/// What a run needs a person for, or that it is over.
fn need(card: &RunCard) -> Option<Need> {
    let state = card.state;
    let ended = state == RunState::Cancelled && card.landed.is_none();
    (card.needs_you() || ended).then(|| Need {
        state,
        gate: card.view.as_ref().and_then(|view| run::gate(view)),
        attempts: card.stages.iter().map(|s| s.attempts).sum(),
    })
}

/// What became of a run, after its name; of one that asks, what it asks first.
fn becomes(card: &RunCard) -> String {
    let view = card
        .view
        .as_ref()
        .filter(|v| v.state() == RunState::NeedsInput);
    let asks = view.and_then(|v| Some((asked_in_all(v), asking(v, None)?)));
    let Some((all, first)) = asks.and_then(|(all, r)| Some((all, r.questions.first()?))) else {
        let word = if card.left {
            "is taken over, and nobody is at it"
        } else {
            word(card.state)
        };
        return word.to_owned();
    };
    let words = truncate(SafeText::line(&first.text).as_str(), WORDS);
    format!("asks {}: {words}", many(all, "question"))
}

/// What became of a run, after its name.
fn word(state: RunState) -> &'static str {
    match state {
        RunState::AwaitingApproval => "waits for your approval",
        RunState::NeedsInput => "asks you something",
        RunState::Blocked => "is blocked",
        RunState::ReplanRequired => "needs another plan",
        RunState::Interrupted => "was interrupted",
        RunState::Completed => "is complete",
        RunState::Failed => "failed",
        RunState::Cancelled => "was ended",
        RunState::Paused => "is paused",
        RunState::Created | RunState::Ready | RunState::Running => "goes on",
    }
}

/// A run in few words: its task, or its own name, and the stage it is at.
fn about(card: &RunCard) -> String {
    let task = card.task.as_ref().map(|t| name(t.as_str()));
    let mut text = task.unwrap_or_else(|| name(card.run.as_str()));
    if let Some(stage) = card.at() {
        text.push(' ');
        text.push_str(&name(stage.id.as_str()));
    }
    text
}

/// A name as it may stand in a sign.
fn name(text: &str) -> String {
    truncate(SafeText::line(text).as_str(), NAME)
}
