//! Comments on lines: where one may be given, changed, taken away or reopened, and what is written
//! for it.

use super::desk::{Deed, Word};
use super::event::Effect;
use super::input::Input;
use super::overlay::{Overlay, Wanted};
use super::{App, Pane};
use crate::records::review::{Outcome, Shown, Standing};
use crate::terms::review::{Range, Spot};
use crate::terms::{CommentId, RunId};
use crate::workbench::actions::Action;
use jiff::Timestamp;

/// What a comment that is written is to become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A new one, on these lines, and what stood there.
    New(Spot, Option<Shown>),
    /// Another text of this one.
    Old(CommentId),
}

/// What was written for a comment and not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsaid {
    /// Of which run.
    pub run: RunId,
    /// For what.
    pub subject: Subject,
    /// What is written.
    pub input: Input,
}

impl Subject {
    /// Whether what was written for one of them is what the other begins with: the same lines, or lines
    /// that say the same in the same file.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::New(a, shown), Self::New(b, there)) => {
                let lines = |shown: &Option<Shown>| {
                    let excerpt = shown.as_ref()?.excerpt.as_ref()?;
                    Some(excerpt.lines.clone())
                };
                let same = lines(shown).is_some() && lines(shown) == lines(there);
                (&a.path, a.side) == (&b.path, b.side) && (a.lines == b.lines || same)
            }
            _ => self == other,
        }
    }
}

/// What leads the word of a mark that was set.
const MARKED: &str = "marked ";

impl App {
    /// Whether something can be had of comments here, and why not.
    pub(super) fn may_comment(&self, action: Action) -> Result<(), String> {
        let view = self.target().ok_or_else(|| self.no_target())?;
        if view.run.landed.is_some() {
            return Err("the run was landed: nothing is sent back any more".to_owned());
        }
        // To mark and to write takes time: only what is done at once has to wait.
        if !matches!(action, Action::MarkLine | Action::Comment) {
            self.nothing_under_way()?;
        }
        if self.pane == Pane::Left {
            return Err("go to a line of the page first".to_owned());
        }
        let here = self.comment_here();
        match (action, here.map(|c| &c.outcome)) {
            (Action::MarkLine, _) => self.line_here().map(drop),
            (Action::Comment, Some(Outcome::Open)) if self.stands_on_comment() => Ok(()),
            (Action::Comment, Some(_)) if self.stands_on_comment() => {
                Err("it was sent back with the work".to_owned())
            }
            (Action::Comment, _) => self.range_here().map(drop),
            (Action::RemoveComment, Some(Outcome::Open)) => Ok(()),
            (Action::RemoveComment, Some(_)) => Err("it was sent back with the work".to_owned()),
            (Action::ReopenComment, Some(Outcome::Open)) => Err("it is open".to_owned()),
            (Action::ReopenComment, Some(Outcome::Sent)) => {
                Err("it was sent, and is not answered yet".to_owned())
            }
            (Action::ReopenComment, Some(_)) => Ok(()),
            _ => Err("no comment stands on this row".to_owned()),
        }
    }

    /// Does what is done with comments.
    pub(super) fn on_comment(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let Some(run) = self.target().map(|v| v.order.run.clone()) else {
            return;
        };
        let here = self
            .comment_here()
            .map(|c| (c.id(), c.comment.text.clone()));
        match (action, here) {
            (Action::MarkLine, _) => self.mark_line(),
            (Action::Comment, Some((id, text))) if self.stands_on_comment() => {
                self.write_comment(run, Subject::Old(id), &text, effects);
            }
            (Action::Comment, _) => {
                if let Ok(spot) = self.range_here() {
                    let shown = Some(self.shown_at(&spot));
                    self.write_comment(run, Subject::New(spot, shown), "", effects);
                }
            }
            (Action::RemoveComment, Some((id, _))) => {
                self.begin(Deed::Comment(run, Word::TakeAway(id)), effects);
            }
            (Action::ReopenComment, Some((id, _))) => {
                self.begin(Deed::Comment(run, Word::Reopen(id)), effects);
            }
            _ => {}
        }
    }

    /// Whether the chosen row is a comment's own.
    fn stands_on_comment(&self) -> bool {
        let leaf = self.run.shelf.leaf();
        leaf.is_some_and(|l| l.comment().is_some())
    }

    /// The comment of the chosen row, or the first on its line.
    fn comment_here(&self) -> Option<&Standing> {
        let shelf = &self.run.shelf;
        let leaf = shelf.leaf()?;
        if let Some(id) = leaf.comment() {
            return shelf.comments.iter().find(|c| c.id() == id);
        }
        let here = leaf.spot()?;
        let line = here.lines?.first;
        let is_here = |c: &&Standing| {
            let Some(spot) = &c.comment.spot else {
                return false;
            };
            let lines = c.now.or(spot.lines);
            let on = lines.is_some_and(|l| (l.first..=l.last).contains(&line));
            on && c.path() == Some(&here.path) && spot.side == here.side
        };
        shelf.comments.iter().find(is_here)
    }

    /// The line of the chosen row.
    fn line_here(&self) -> Result<Spot, String> {
        let leaf = self.run.shelf.leaf().ok_or("no page is open")?;
        let none = "this row is no line of a file: go to one of a document or of the change";
        leaf.spot().ok_or_else(|| none.to_owned())
    }

    /// The line of the chosen row or, where a mark was set, the lines from there to here.
    pub(super) fn range_here(&self) -> Result<Spot, String> {
        let here = self.line_here()?;
        let mark = self.run.shelf.leaf().and_then(|l| l.mark.as_ref());
        let Some(mark) = mark else { return Ok(here) };
        if (&mark.path, mark.side) != (&here.path, here.side) {
            let key = self.key_or_name(Action::MarkLine);
            return Err(format!(
                "the mark is in another text; {key} on this line begins anew"
            ));
        }
        let lines = match (mark.lines, here.lines) {
            (Some(a), Some(b)) => Some(Range::between(a.first, b.first)),
            _ => here.lines,
        };
        Ok(Spot { lines, ..here })
    }

    /// What stands on these lines of the open page, for the work may go on while something is written.
    fn shown_at(&self, spot: &Spot) -> Shown {
        let leaf = self.run.shelf.leaf();
        Shown {
            on: self.target().and_then(|v| v.run.head.clone()),
            excerpt: leaf.and_then(|l| l.excerpt(spot)),
        }
    }

    /// Sets the mark that a range begins at, or takes it away.
    fn mark_line(&mut self) {
        let Ok(here) = self.line_here() else { return };
        let key = self.key_or_name(Action::Comment);
        let Some(leaf) = self.run.shelf.leaf_mut() else {
            return;
        };
        if leaf.mark.as_ref() == Some(&here) {
            leaf.mark = None;
            return self.say("the mark is taken away".to_owned(), false);
        }
        let told = format!("{MARKED}{here}: go on to the last line, then {key}");
        leaf.mark = Some(here);
        self.say(told, false);
    }

    /// Has a person write a comment; what was written for it before and not given is there. One of
    /// several lines is written in the person's editor.
    pub(super) fn write_comment(
        &mut self,
        run: RunId,
        subject: Subject,
        text: &str,
        effects: &mut Vec<Effect>,
    ) {
        // What it told of a range is done.
        self.toasts.retain(|t| !t.text.starts_with(MARKED));
        let kept = self
            .desk
            .comment
            .take_if(|u| u.run == run && u.subject.is_like(&subject));
        let input = kept.map_or_else(|| Input::of(text), |unsaid| unsaid.input);
        if text.contains('\n') || input.is_cut() {
            effects.push(Effect::Write(text.to_owned()));
        }
        let wanted = Wanted::Comment { run, subject };
        self.overlays.push(Overlay::Text { wanted, input });
    }

    /// Gives what was written.
    pub(super) fn comment_written(
        &mut self,
        run: RunId,
        subject: Subject,
        text: &str,
        effects: &mut Vec<Effect>,
    ) {
        if text.trim().is_empty() {
            return self.say("nothing was said, so there is no comment".to_owned(), true);
        }
        if let Err(why) = self.nothing_under_way() {
            self.say(why, true);
            return self.leave_comment(run, subject, Input::of(text));
        }
        let text = text.to_owned();
        let word = match subject {
            Subject::New(spot, shown) => Word::Give { spot, shown, text },
            Subject::Old(id) => Word::Change { id, text },
        };
        if let Some(leaf) = self.run.shelf.leaf_mut() {
            leaf.mark = None;
        }
        self.begin(Deed::Comment(run, word), effects);
    }

    /// Keeps what was written and not given.
    pub(super) fn leave_comment(&mut self, run: RunId, subject: Subject, input: Input) {
        if !input.text().trim().is_empty() {
            self.say(
                "kept: commenting there again begins with it".to_owned(),
                false,
            );
            self.desk.comment = Some(Unsaid {
                run,
                subject,
                input,
            });
        }
    }

    /// A comment could not be given: what was written is not lost with it.
    pub(super) fn comment_refused(&mut self, run: &RunId, word: &Word) {
        let (subject, text) = match word {
            Word::Give { spot, shown, text } => (Subject::New(spot.clone(), shown.clone()), text),
            Word::Change { id, text } => (Subject::Old(*id), text),
            Word::TakeAway(_) | Word::Restore(_) | Word::Reopen(_) => return,
        };
        self.desk.comment = Some(Unsaid {
            run: run.clone(),
            subject,
            input: Input::of(text),
        });
    }

    /// What was written in the person's editor for the topmost line; whether it was for one.
    pub(super) fn line_written_in_editor(&mut self, text: &str, effects: &mut Vec<Effect>) -> bool {
        match self.overlays.last_mut() {
            Some(Overlay::Text {
                wanted: Wanted::Comment { run, subject },
                ..
            }) => {
                let (run, subject) = (run.clone(), subject.clone());
                self.overlays.pop();
                self.comment_written(run, subject, text, effects);
                true
            }
            Some(Overlay::Text {
                wanted: Wanted::Reason { .. },
                input,
            }) => {
                *input = Input::of(text.trim_end());
                true
            }
            _ => false,
        }
    }

    /// Has something done with a comment, where there are words in place of keys.
    pub fn comments(&mut self, now: Timestamp, run: RunId, word: Word) -> Vec<Effect> {
        self.now = now;
        let mut effects = Vec::new();
        match self.nothing_under_way() {
            Ok(()) => self.begin(Deed::Comment(run, word), &mut effects),
            Err(why) => self.say(why, true),
        }
        effects
    }

    /// How many comments go along when the run's work is sent back.
    pub fn open_comments(&self) -> usize {
        let view = self.target();
        view.map_or(0, |v| v.commented.open(&v.run).len())
    }
}
