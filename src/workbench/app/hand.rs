//! A person's own hands: a stage taken over and handed back, a shell in the tree, words for the next
//! attempt; when each may be had, and what it asks first.

use super::desk::{Ask, Deed, Look, Other, Reasons, Seen, Way};
use super::event::{Effect, Request};
use super::input::Input;
use super::overlay::{Overlay, Wanted};
use super::{App, View, order};
use crate::engine::{Event, Person};
use crate::hand::Would;
use crate::hand::shell::at_work;
use crate::hand::take::Since;
use crate::records::runs::RunView;
use crate::stage::lent::How;
use crate::supervisor::in_place::NOT_TAKEN;
use crate::terms::{RunId, StageId};
use crate::workbench::actions::Action;
use crate::workbench::keymap::Chord;

impl App {
    /// Whether a search stands in the view.
    pub fn is_sought(&self) -> bool {
        match self.view {
            View::Pipeline => !self.run.timeline.wanted.is_empty(),
            View::Artifacts => {
                // Words that are nowhere stand as well: their key says so, and means nothing else.
                let leaf = self.run.shelf.leaf();
                leaf.is_some_and(|leaf| !leaf.page.find().words.is_empty())
            }
            View::Backlog | View::Dialogue => false,
        }
    }

    /// What a key means here and now.
    pub fn meant(&self, chord: Chord) -> Option<Action> {
        self.keymap
            .action_while(self.view.scope(), self.is_sought(), chord)
    }

    /// The keys that an action has here and now.
    pub fn keys_now(&self, action: Action) -> Vec<String> {
        self.keymap
            .keys_while(self.view.scope(), self.is_sought(), action)
    }

    /// The stage that taking over is about: in the pipeline the chosen one where that may be taken, else
    /// the one that is meant.
    fn stage_to_take(&self, view: &RunView) -> Option<StageId> {
        let chosen = || {
            let stage = (self.view == View::Pipeline).then(|| self.run.stage_of(view))??;
            let event = Event::Taken {
                stage: stage.clone(),
                by: nobody(),
            };
            view.run.may(&event).is_ok().then(|| stage.clone())
        };
        match &view.run.taken {
            Some(taken) => Some(taken.stage.clone()),
            None => chosen().or_else(|| view.run.to_take().cloned()),
        }
    }

    /// Whether a stage of the chosen run may be taken over, or is.
    pub(super) fn may_take_over(&self) -> Result<(), String> {
        self.nothing_under_way()?;
        let view = self.target().ok_or_else(|| self.no_target())?;
        if view.order.in_place.is_some() {
            return Err(NOT_TAKEN.to_owned());
        }
        if let Some(not_here) = &view.not_here {
            return Err(not_here.to_string());
        }
        let stage = self.stage_to_take(view);
        let stage = stage.ok_or_else(|| format!("nothing of it can be: it is {}", view.state()))?;
        if view.run.taken.is_some() {
            return Ok(());
        }
        let event = Event::Taken {
            stage,
            by: nobody(),
        };
        view.run.may(&event).map_err(|refusal| refusal.to_string())
    }

    /// Looks at what taking over would do; the question comes with that.
    pub(super) fn ask_to_take_over(&mut self, effects: &mut Vec<Effect>) {
        let Some(view) = self.target() else { return };
        let (run, stage) = (view.order.run.clone(), self.stage_to_take(view));
        self.desk.takes = Some(run.clone());
        self.look_at(Look::Take(run, stage), effects);
    }

    /// Asks, if that is still wanted.
    pub(super) fn would_take_over(&mut self, run: &RunId, seen: Result<Seen, Reasons>) {
        let wanted = self.desk.takes.take_if(|wanted| wanted == run).is_some();
        if !wanted || !self.overlays.is_empty() {
            return;
        }
        match seen {
            Ok(Seen::Take(would)) => self.overlays.push(asked(*would)),
            Ok(_) => {}
            Err(why) => {
                for (_, why) in why {
                    self.say(format!("take over: {why}"), true);
                }
            }
        }
    }

    /// The person is back: what becomes of what they did is theirs to say.
    pub(super) fn ask_how_handed_back(&mut self, run: &RunId, stage: &StageId, now: &str) {
        let lines = vec![
            ("now".to_owned(), now.to_owned()),
            (
                "check".to_owned(),
                "guard, contract and checks run over what lies there; what passes is handed on"
                    .to_owned(),
            ),
            (
                "not yet".to_owned(),
                "it stays as it is, unchecked, and the stage is what it was".to_owned(),
            ),
            (
                "throw".to_owned(),
                "tree and stage are what they were before they were taken over; a patch of what you did is kept"
                    .to_owned(),
            ),
            (
                "later".to_owned(),
                format!(
                    "nobody works there before you say: {} asks again",
                    self.key_or_name(Action::TakeOver)
                ),
            ),
        ];
        self.overlays.push(Overlay::Ask(Box::new(Ask {
            title: format!("Hand {stage} back?"),
            lines,
            top: 0,
            deed: Deed::HandBack(run.clone(), How::Check),
            yes: "check it",
            light: true,
            others: ways_back(run),
        })));
    }

    /// Whether a shell may be opened in the tree of the chosen run.
    pub(super) fn may_open_shell(&self) -> Result<(), String> {
        self.nothing_under_way()?;
        let view = self.target().ok_or_else(|| self.no_target())?;
        match view.run.landed {
            Some(_) => Err("the run was landed".to_owned()),
            None => Ok(()),
        }
    }

    /// Opens it; where somebody is at work in the tree it asks first.
    pub(super) fn open_shell(&mut self, effects: &mut Vec<Effect>) {
        let Some(view) = self.target() else { return };
        let deed = Deed::Shell(view.order.run.clone());
        match at_work(view) {
            None => self.begin(deed, effects),
            Some(warning) => self.overlays.push(Overlay::Ask(Box::new(Ask {
                title: format!("A shell in the tree of {}?", view.order.run),
                lines: vec![("careful".to_owned(), warning)],
                top: 0,
                deed,
                yes: "open it",
                light: false,
                others: Vec::new(),
            }))),
        }
    }

    /// The run and the stage that a note is for.
    pub(super) fn may_note(&self) -> Result<(RunId, StageId), String> {
        let view = self.target().ok_or_else(|| self.no_target())?;
        let chosen = (self.view == View::Pipeline).then(|| self.run.stage_of(view));
        let chosen = chosen.flatten().cloned();
        let stage = chosen.or_else(|| view.run.to_note().cloned());
        let stage = stage.ok_or("no agent works in it any more")?;
        let request = Request::Note {
            stage: stage.clone(),
            text: "note".to_owned(),
        };
        order::may(view, &request)?;
        Ok((view.order.run.clone(), stage))
    }

    /// Has a person write a note; what was written before and not noted is there.
    pub(super) fn note(&mut self) {
        let Ok((run, stage)) = self.may_note() else {
            return;
        };
        let kept = self.desk.note.take_if(|(r, s, _)| *r == run && *s == stage);
        let input = kept.map(|(_, _, input)| input).unwrap_or_default();
        let wanted = Wanted::Note { run, stage };
        self.overlays.push(Overlay::Text { wanted, input });
    }

    /// A note was written.
    pub(super) fn noted(
        &mut self,
        run: RunId,
        stage: StageId,
        text: &str,
        effects: &mut Vec<Effect>,
    ) {
        let text = text.trim().to_owned();
        if text.is_empty() {
            return self.say("nothing was noted: nothing was written".to_owned(), true);
        }
        self.give(run, Request::Note { stage, text }, None, effects);
    }

    /// Leaves what was written of a note; it is there when it is asked for again.
    pub(super) fn leave_note(&mut self, run: RunId, stage: StageId, input: Input) {
        if !input.text().trim().is_empty() {
            self.say("kept: the next note begins with it".to_owned(), false);
            self.desk.note = Some((run, stage, input));
        }
    }

    /// The newest note that waits for the chosen stage.
    pub(super) fn may_remove_note(&self) -> Result<(RunId, String), String> {
        let view = self.target().ok_or_else(|| self.no_target())?;
        let stage = self.may_note().map(|(_, stage)| stage)?;
        let note = view.run.notes_for(&stage).last();
        let note = note.ok_or_else(|| format!("no note waits for {stage}"))?;
        let request = Request::RemoveNote(note.id.clone());
        order::may(view, &request)?;
        Ok((view.order.run.clone(), note.id.clone()))
    }

    pub(super) fn remove_note(&mut self, effects: &mut Vec<Effect>) {
        if let Ok((run, note)) = self.may_remove_note() {
            self.give(run, Request::RemoveNote(note), None, effects);
        }
    }
}

fn nobody() -> Person {
    Person {
        name: String::new(),
        terminal: None,
        pid: 0,
    }
}

/// The question: to take it over, or what becomes of what was taken.
fn asked(would: Would) -> Overlay {
    let lines = would.lines();
    let (run, name) = (would.run, would.name);
    let others = match &would.since {
        None => Vec::new(),
        Some(Since {
            attended: Some(_), ..
        }) => {
            return Overlay::Lines {
                title: format!("{name} of {run} is taken over"),
                lines,
                top: 0,
            };
        }
        Some(_) => {
            let check = Other {
                key: 'c',
                word: "check it",
                way: Way::Do(Deed::HandBack(run.clone(), How::Check)),
            };
            [vec![check], ways_back(&run)].concat()
        }
    };
    let taken = would.since.is_some();
    Overlay::Ask(Box::new(Ask {
        title: if taken {
            format!("{name} of {run} is taken over")
        } else {
            format!("Take {name} of {run} over?")
        },
        lines,
        top: 0,
        deed: Deed::Take(run, would.stage),
        yes: if taken {
            "go on with it"
        } else {
            "take it over"
        },
        light: true,
        others,
    }))
}

/// The other ways to hand back than to have it checked.
fn ways_back(run: &RunId) -> Vec<Other> {
    let way = |how| Way::Do(Deed::HandBack(run.clone(), how));
    vec![
        Other {
            key: 'n',
            word: "not yet",
            way: way(How::Keep),
        },
        Other {
            key: 't',
            word: "throw it away",
            way: way(How::Discard),
        },
    ]
}
