//! What may be had now, and what each action does.

use super::desk::{Deed, Look};
use super::event::{Effect, Request};
use super::input::Input;
use super::overlay::{Overlay, Wanted, Yes};
use super::scroll::{Scroll, Step};
use super::{App, Pane, View, order, run};
use crate::dialogue::start::Subject;
use crate::terms::{Digest, RunId};
use crate::workbench::actions::{Action, Scope};
use crate::workbench::layout;
use crate::workbench::settings::Wish;

impl App {
    /// Whether an action can be had now, and why not.
    pub fn may(&self, action: Action) -> Result<(), String> {
        let scope = action.row().scope;
        if !scope.meets(self.view.scope()) {
            return Err(format!("works {}", scope.word()));
        }
        let run = || self.target().ok_or_else(|| self.no_target());
        let request = match action {
            Action::Approve => return self.may_approve(),
            // The reason comes later, and none is refused then.
            Action::SendBack => Request::SendBack("reason".to_owned()),
            Action::Pause => order::pause_or_resume(run()?),
            Action::PauseNow => Request::PauseNow,
            Action::Cancel => Request::Cancel,
            Action::RerunStale => Request::RerunStale,
            Action::Skip => {
                let view = run()?;
                let stage = self.run.stage_of(view).ok_or("no stage is chosen")?;
                Request::Skip(stage.clone())
            }
            Action::RerunFrom => {
                let view = run()?;
                if self.view == View::Backlog {
                    return Err("choose a stage in the pipeline first".to_owned());
                }
                let stage = self.run.stage_of(view).ok_or("no stage is chosen")?;
                Request::Rerun(stage.clone())
            }
            Action::NextRun | Action::PreviousRun if self.board.runs.len() == 1 => {
                return Err("there is no other run".to_owned());
            }
            Action::Runs | Action::NextRun | Action::PreviousRun => {
                let none = self.board.runs.is_empty();
                return if none {
                    Err("there is no run".to_owned())
                } else {
                    Ok(())
                };
            }
            Action::History
            | Action::Chart
            | Action::Why
            | Action::Pipeline
            | Action::Artifacts => {
                let none = || "no run is chosen".to_owned();
                return self.target_card().map(drop).ok_or_else(none);
            }
            Action::Open => return self.may_open(),
            Action::Find | Action::Sort if self.board.entries.is_empty() => {
                return Err("the backlog is empty".to_owned());
            }
            Action::Run => return self.may_start().map(drop),
            Action::Land => return self.may_land(),
            Action::TakeOver => return self.may_take_over(),
            Action::Shell => return self.may_open_shell(),
            Action::Note => return self.may_note().map(drop),
            Action::RemoveNote => return self.may_remove_note().map(drop),
            Action::Refresh => return self.may_refresh(),
            Action::Raise => return self.may_raise().map(drop),
            Action::NewItem => return self.may_add(),
            Action::EditItem => return self.may_edit(),
            Action::Undo => return self.may_undo(),
            Action::SetUp => return self.may_set_up(),
            Action::Trust => return self.may_trust(),
            Action::SplitPage
            | Action::ClosePage
            | Action::LinkPages
            | Action::Source
            | Action::Diff
            | Action::Lineage
            | Action::FindInPage
            | Action::NextHit
            | Action::HitBefore => return self.may_on_page(action),
            Action::Edit | Action::EditTask => return self.editable().map(drop),
            Action::Fold | Action::FoldAll | Action::Search | Action::NextError
                if self.run.timeline.is_empty() =>
            {
                return Err("nothing is told yet".to_owned());
            }
            Action::NextMatch | Action::PreviousMatch if self.run.timeline.wanted.is_empty() => {
                return Err("nothing is searched for".to_owned());
            }
            Action::NextAttempt | Action::PreviousAttempt => {
                return self.may_choose_attempt(action == Action::NextAttempt);
            }
            Action::NextWaiting if self.board.waiting() == 0 => {
                return Err("nothing waits for you".to_owned());
            }
            Action::NextWaiting if self.is_all_that_waits() => {
                return Err("the run that you look at is all that waits".to_owned());
            }
            Action::News => return self.may_tell_news(),
            Action::Comment | Action::MarkLine | Action::RemoveComment | Action::ReopenComment => {
                return self.may_comment(action);
            }
            Action::Respond => return self.may_respond(),
            Action::Converse => return self.may_talk(action),
            _ if action.row().scope == Scope::Dialogue => return self.may_talk(action),
            _ => return Ok(()),
        };
        let view = run()?;
        order::may(view, &request)?;
        self.not_twice(&view.order.run, &request)
    }

    fn may_open(&self) -> Result<(), String> {
        let leaf = self.run.shelf.leaf();
        let leads = leaf.is_some_and(|l| l.leads().is_some());
        if self.view == View::Dialogue {
            return self.may_open_in_dialogue();
        }
        let there = match (self.view, self.pane) {
            (View::Backlog, _) if self.backlog.is_at_fold(&self.board) => Ok(()),
            (View::Backlog, _) if self.target_card().is_none() => Err("it has no run yet"),
            (View::Pipeline, Pane::Right) if self.run.timeline.is_empty() => {
                Err("nothing is told yet")
            }
            (View::Artifacts, Pane::Right) if !leads => Err("this row leads nowhere"),
            _ => Ok(()),
        };
        there.map_err(str::to_owned)
    }

    /// What an action does, once it is known that it may.
    #[expect(clippy::too_many_lines, reason = "an arm an action")]
    pub(super) fn act(&mut self, action: Action, effects: &mut Vec<Effect>) {
        if let Err(why) = self.may(action) {
            self.say(format!("{}: {why}", action.row().short), true);
            if action == Action::Approve {
                self.have_edit_taken_up(effects);
            }
            return;
        }
        match action {
            Action::Dialogue if self.view == View::Dialogue => self.turn_to_author(),
            // The key of the view that is there does nothing.
            _ if self.view.is_of(action) => {}
            Action::Backlog => self.go(View::Backlog),
            Action::Dialogue => {
                let asks = self.dialogue.asks.as_ref();
                if asks.is_some_and(|a| a.over.is_some()) {
                    self.puts_author_back();
                }
                self.go(View::Dialogue);
            }
            Action::Respond => {
                if let Some(run) = self.asking_run().map(|v| v.order.run.clone()) {
                    self.respond(&run, effects);
                } else if let Some(task) = self.target().and_then(|v| v.task().cloned()) {
                    self.converse_about(Subject::Task(task), effects);
                }
            }
            Action::Converse
            | Action::Say
            | Action::Answer
            | Action::Default
            | Action::Defaults
            | Action::LeaveOpen
            | Action::AskBack
            | Action::Tell
            | Action::NextQuestion
            | Action::QuestionBefore
            | Action::WriteInEditor
            | Action::ShowDiff
            | Action::SaveTask
            | Action::SaveAnyway
            | Action::Permit
            | Action::ChangeAgent => self.talk(action, effects),
            Action::Pipeline => self.go_to_run(View::Pipeline),
            Action::Artifacts => self.go_to_run(View::Artifacts),
            Action::NextPane if self.view == View::Artifacts => self.next_leaf(),
            Action::NextPane => {
                self.pane = match self.pane {
                    Pane::Left => Pane::Right,
                    Pane::Right => Pane::Left,
                };
            }
            Action::Zoom => self.zoom = !self.zoom,
            Action::Down => self.step(Step::By(1)),
            Action::Up => self.step(Step::By(-1)),
            Action::HalfPageDown => self.step(Step::HalfPage(1)),
            Action::HalfPageUp => self.step(Step::HalfPage(-1)),
            Action::PageDown => self.step(Step::Page(1)),
            Action::PageUp => self.step(Step::Page(-1)),
            Action::Top => self.step(Step::Top),
            Action::Bottom => self.step(Step::Bottom),
            Action::Open => self.open(effects),
            Action::Back => self.back(),
            Action::Find => self.overlays.push(Overlay::Text {
                wanted: Wanted::Filter,
                input: Input::of(&self.backlog.filter),
            }),
            Action::NextWaiting => self.next_waiting(effects),
            Action::News => self.tell_news(),
            Action::Why => self.why(effects),
            Action::Follow => self.run.timeline.turn_follow(),
            Action::History => self.history(),
            Action::Chart => {
                if let Some(run) = self.run.id.clone() {
                    self.look_at(Look::Disk(run), effects);
                }
                self.overlays.push(Overlay::Chart);
            }
            Action::Costs => self.costs(effects),
            Action::Runs => self.list_runs(),
            Action::NextRun => self.step_run(true),
            Action::PreviousRun => self.step_run(false),
            Action::Skip => self.skip(),
            // The page shows all that a question would: there one key is enough.
            Action::Approve => self.approve(effects),
            Action::Fold => self.run.timeline.fold(),
            Action::FoldAll => self.run.timeline.fold_all(),
            Action::Search => self.search(),
            Action::NextMatch => self.next_match(true),
            Action::PreviousMatch => self.next_match(false),
            Action::NextError => self.next_error(),
            Action::NextAttempt => self.step_attempt(1),
            Action::PreviousAttempt => self.step_attempt(-1),
            Action::NextStage => self.step_stage(1),
            Action::PreviousStage => self.step_stage(-1),
            Action::SendBack => self.send_back(),
            Action::Pause => {
                if let Some(request) = self.target().map(|v| order::pause_or_resume(v)) {
                    self.confirm(request);
                }
            }
            Action::PauseNow => self.confirm(Request::PauseNow),
            Action::RerunFrom => {
                let stage = self.target().and_then(|v| self.run.stage_of(v).cloned());
                if let Some(stage) = stage {
                    self.confirm(Request::Rerun(stage));
                }
            }
            Action::RerunStale => match self.stale_in_dialogue() {
                // The stages stand on the screen, and the key beside them.
                Some(run) => {
                    let run = run.order.run.clone();
                    self.desk.opens = Some(run.clone());
                    self.give(run, Request::RerunStale, None, effects);
                }
                None => self.confirm(Request::RerunStale),
            },
            Action::Cancel => self.confirm(Request::Cancel),
            Action::CopyId => self.copy(effects),
            Action::Run => self.start(effects),
            Action::Land => self.ask_to_land(effects),
            Action::TakeOver => self.ask_to_take_over(effects),
            Action::Shell => self.open_shell(effects),
            Action::Note => self.note(),
            Action::RemoveNote => self.remove_note(effects),
            Action::Refresh => self.ask_to_refresh(effects),
            Action::Raise => self.raise_budget(),
            Action::NewItem => self.new_item(),
            Action::EditItem => self.edit_item(),
            Action::Undo => self.begin(Deed::Undo, effects),
            Action::Sort => {
                self.backlog.sort = self.backlog.sort.next();
                let by = self.backlog.sort.word();
                self.say(format!("sorted {by}"), false);
            }
            Action::SetUp => self.set_up(effects),
            Action::Trust => self.ask_trust(None),
            Action::SplitPage
            | Action::ClosePage
            | Action::LinkPages
            | Action::Source
            | Action::Diff
            | Action::Lineage
            | Action::FindInPage
            | Action::NextHit
            | Action::HitBefore
            | Action::NextSection
            | Action::SectionBefore
            | Action::NextFile
            | Action::FileBefore
            | Action::ColumnsRight
            | Action::ColumnsLeft => self.on_page(action),
            Action::Comment | Action::MarkLine | Action::RemoveComment | Action::ReopenComment => {
                self.on_comment(action, effects);
            }
            Action::Edit | Action::EditTask => self.edit(effects),
            Action::Mouse => {
                self.mouse = !self.mouse;
                effects.push(Effect::Mouse(self.mouse));
            }
            Action::Palette | Action::Help => self.overlays.push(Overlay::Actions {
                filter: String::new(),
                scroll: Scroll::default(),
                grouped: action == Action::Help,
            }),
            Action::Theme => effects.push(Effect::Settings(Wish::Themes)),
            Action::Redraw => effects.push(Effect::Redraw),
            Action::Interrupt => self.interrupted(effects),
            Action::Suspend => effects.push(Effect::Suspend),
            Action::Leave => effects.push(Effect::Leave),
        }
    }

    /// An interrupt never ends a run: the first says so, the second leaves.
    fn interrupted(&mut self, effects: &mut Vec<Effect>) {
        if self.view == View::Dialogue && self.dialogue.is_at_it() {
            self.say("the author is told to stop".to_owned(), false);
            effects.push(Effect::Talk(crate::dialogue::lead::Wish::Interrupt));
            return;
        }
        let leaves = self.key_of(Action::Leave);
        let leaves = leaves.map_or_else(String::new, |key| format!("{key} leaves, and "));
        let again = self.key_or_name(Action::Interrupt);
        let said = format!("{leaves}runs go on; {again} again leaves too");
        if self.toasts.iter().any(|t| t.text == said) {
            effects.push(Effect::Leave);
        } else {
            self.say(said, false);
        }
    }

    pub(super) fn go(&mut self, view: View) {
        self.view = view;
        self.pane = Pane::Left;
        self.raised = None;
        self.came_from = None;
    }

    pub(super) fn go_to_run(&mut self, view: View) {
        if let Some(run) = self.target_card().map(|card| card.run.clone()) {
            self.run.show(&run);
            match view {
                View::Pipeline => self.go_to_pipeline(),
                view => self.go(view),
            }
        }
    }

    pub(super) fn open(&mut self, effects: &mut Vec<Effect>) {
        match (self.view, self.pane) {
            (View::Backlog, _) if self.backlog.is_at_fold(&self.board) => {
                self.backlog.unfolded = true;
            }
            (View::Backlog, _) if self.backlog.is_taken(&self.board) => {
                self.act(Action::TakeOver, effects);
            }
            (View::Backlog, _) => match self.target().filter(|v| run::gate(v).is_some()) {
                Some(view) => {
                    let run = view.order.run.clone();
                    self.show_gate(&run);
                }
                None => match self
                    .asking_run()
                    .filter(|_| !self.by_name)
                    .map(|v| v.order.run.clone())
                {
                    Some(run) => self.respond(&run, effects),
                    None => self.go_to_run(View::Pipeline),
                },
            },
            (View::Dialogue, _) => self.open_in_dialogue(effects),
            (_, Pane::Left) => self.pane = Pane::Right,
            (View::Pipeline, Pane::Right) => {
                let at = self.run.timeline.at.entry;
                if let Some(entry) = self.run.timeline.entry(at) {
                    let line = &entry.line;
                    let more = [line.diff.as_deref(), line.output.as_deref()];
                    let more = more.into_iter().flatten().flat_map(str::lines);
                    let text = line.text.lines().chain(more);
                    let lines = text.map(|l| (String::new(), l.to_owned())).collect();
                    let title = line.word.to_owned();
                    self.overlays.push(Overlay::Lines {
                        title,
                        lines,
                        top: 0,
                    });
                }
            }
            (View::Artifacts, Pane::Right) => self.follow_link(effects),
        }
    }

    pub(super) fn back(&mut self) {
        let leaf = self.run.shelf.leaf_mut();
        let leaf = leaf.filter(|l| l.has_back());
        if let (View::Artifacts, Pane::Right, Some(leaf)) = (self.view, self.pane, leaf) {
            leaf.go_back();
        } else if let (View::Artifacts, Some(from)) = (self.view, self.came_from) {
            self.go(from);
        } else if self.zoom {
            self.zoom = false;
        } else if self.pane == Pane::Right {
            self.pane = Pane::Left;
        } else if self.view != View::Backlog {
            self.go(View::Backlog);
        } else if !self.backlog.filter.is_empty() {
            self.backlog.filter.clear();
        } else {
            self.backlog.unfolded = false;
        }
    }

    pub(super) fn step(&mut self, step: Step) {
        let height = layout::list_rows(self, self.pane);
        if self.view == View::Backlog {
            self.backlog.step(&self.board, step, height);
        } else if self.view == View::Dialogue {
            self.step_dialogue(step);
        } else if self.view == View::Artifacts {
            self.step_papers(step);
        } else if (self.view, self.pane) == (View::Pipeline, Pane::Right) {
            self.run.timeline.step(step, height);
        } else if let Some((scroll, rows)) = self.scrolled() {
            scroll.step(step, rows, height);
            self.moved();
        }
    }

    /// What the movement keys move, and among how many rows.
    pub(super) fn scrolled(&mut self) -> Option<(&mut Scroll, usize)> {
        let view = self.board.run(self.run.id.as_ref()?)?;
        let stages = view.run.stages.len();
        let run = &mut self.run;
        Some(match (self.view, self.pane) {
            (View::Pipeline, Pane::Left) => (&mut run.stage, stages),
            (View::Backlog | View::Dialogue | View::Artifacts, _)
            | (View::Pipeline, Pane::Right) => return None,
        })
    }

    /// A person moved: what went along by itself no longer does, but at the end.
    pub(super) fn moved(&mut self) {
        if (self.view, self.pane) == (View::Pipeline, Pane::Left) {
            self.run.goes_along = false;
            self.run.chosen = None;
        }
    }

    fn why(&mut self, effects: &mut Vec<Effect>) {
        let Some(run) = self.target_card().map(|card| card.run.clone()) else {
            return;
        };
        let stage = match self.view {
            View::Pipeline => self.target().and_then(|v| self.run.stage_of(v).cloned()),
            _ => None,
        };
        effects.push(Effect::Explain(run, stage));
    }

    fn copy(&mut self, effects: &mut Vec<Effect>) {
        let shown = self.dialogue.shown.as_ref();
        let authors = self.view == View::Dialogue && self.dialogue.asks.is_none();
        if let Some(shown) = shown.filter(|_| authors) {
            let id = shown.id.to_string();
            self.say(format!("copied {id}"), false);
            return effects.push(Effect::Copy(id));
        }
        let run = self.target_card().map(|card| card.run.to_string());
        let entry = self.backlog.chosen(&self.board);
        let item = entry.and_then(|e| Some(e.item.as_ref()?.id.to_string()));
        let task = entry.and_then(|e| Some(e.task.as_ref()?.id.to_string()));
        if let Some(id) = run.or(task).or(item) {
            self.say(format!("copied {id}"), false);
            effects.push(Effect::Copy(id));
        }
    }

    /// The run the keys are about, and what its gate shows.
    pub(super) fn shown(&self) -> Option<(RunId, Option<Digest>)> {
        let view = self.target()?;
        let evidence = run::gate(view).map(|(_, _, evidence)| evidence);
        Some((view.order.run.clone(), evidence))
    }

    /// Asks whether something is to be ordered, with what a yes would do.
    pub fn confirm(&mut self, request: Request) {
        let Some((run, evidence)) = self.shown() else {
            return;
        };
        let Some(view) = self.target() else { return };
        let says = super::would::would(view, &request, &|action| self.key_of(action));
        self.overlays.push(Overlay::Confirm {
            run,
            yes: Yes::Order(request),
            evidence,
            says,
            top: 0,
        });
    }
}
