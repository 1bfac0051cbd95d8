//! The one place where the state changes.

use super::board::Row;
use super::event::{Effect, Event, Request};
use super::overlay::{self, Overlay, Wanted};
use super::scroll::{Scroll, Step};
use super::{App, Pane, Toast, View, order, run};
use crate::records::board::needs_you;
use crate::records::runs::RunView;
use crate::terms::{Digest, RunId};
use crate::workbench::actions::Action;
use crate::workbench::keymap::Chord;
use crate::workbench::layout;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// How long a message stays.
const TOAST: SignedDuration = SignedDuration::from_secs(6);
/// The longest line that can be written.
const MAX_TEXT: usize = 4000;
/// How many rows the wheel goes.
const WHEEL: isize = 3;

impl App {
    /// Takes an event in; what is to be done comes out.
    pub fn update(&mut self, now: Timestamp, event: Event) -> Vec<Effect> {
        self.now = now;
        self.toasts.retain(|t| t.until > now);
        let mut effects = Vec::new();
        match event {
            Event::Key(key) => self.key(key, &mut effects),
            Event::Paste(text) => self.paste(&text),
            Event::Mouse(mouse) => self.mouse(mouse, &mut effects),
            Event::Resized(columns, rows) => self.size = (columns, rows),
            Event::Read(board) => {
                self.board = *board;
                self.read_at = Some(now);
            }
            Event::Told {
                run,
                attempt,
                anew,
                lines,
            } => {
                if self.run.id.as_ref() == Some(&run) {
                    let height = layout::list_rows(self, Pane::Right);
                    self.run.told(attempt, anew, lines, height);
                }
            }
            Event::Document { run, path, text } => {
                if self.run.id.as_ref() == Some(&run) {
                    self.run.document = Some(run::Document::new(path, text));
                }
            }
            Event::Explained { title, lines } => {
                self.overlays.push(Overlay::Lines {
                    title,
                    lines,
                    top: 0,
                });
            }
            Event::Came { what, refused } => {
                self.ordered = self.ordered.saturating_sub(1);
                match refused {
                    None => self.say(what, false),
                    Some(why) => self.say(format!("{what}: refused: {why}"), true),
                }
            }
            Event::Tick => {}
            Event::Gone => effects.push(Effect::Leave),
        }
        self.settle(&mut effects);
        effects
    }

    /// The run that the keys for runs are about.
    pub fn target(&self) -> Option<&Arc<RunView>> {
        match self.view {
            View::Backlog => self.backlog.chosen(&self.board)?.run(),
            View::Pipeline | View::Artifacts => self.board.run(self.run.id.as_ref()?),
        }
    }

    /// Whether an action can be had now, and why not.
    pub fn may(&self, action: Action) -> Result<(), String> {
        let run = || {
            let none = || "no run is chosen".to_owned();
            self.target().ok_or_else(none)
        };
        let request = match action {
            Action::Approve => Request::Approve,
            // The reason comes later, and none is refused then.
            Action::SendBack => Request::SendBack("reason".to_owned()),
            Action::Pause => order::pause_or_resume(run()?),
            Action::PauseNow => Request::PauseNow,
            Action::Cancel => Request::Cancel,
            Action::RerunStale => Request::RerunStale,
            Action::RerunFrom => {
                let view = run()?;
                if self.view == View::Backlog {
                    return Err("choose a stage in the pipeline first".to_owned());
                }
                let stage = self.run.stage_of(view).ok_or("no stage is chosen")?;
                Request::Rerun(stage.clone())
            }
            Action::Why | Action::Pipeline | Action::Artifacts => return run().map(drop),
            Action::Open => return self.may_open(),
            Action::Find if self.view != View::Backlog => {
                return Err("only the backlog is searched yet".to_owned());
            }
            Action::Follow if self.view != View::Pipeline => {
                return Err("only a timeline is followed".to_owned());
            }
            Action::NextWaiting if self.board.waiting() == 0 => {
                return Err("nothing waits for you".to_owned());
            }
            _ => return Ok(()),
        };
        order::may(run()?, &request)
    }

    fn may_open(&self) -> Result<(), String> {
        let there = match (self.view, self.pane) {
            (View::Backlog, _) if self.target().is_none() => Err("it has no run yet"),
            (View::Pipeline, Pane::Right) if self.run.lines.is_empty() => {
                Err("nothing is told yet")
            }
            (View::Artifacts, Pane::Right) => Err("the document is open"),
            _ => Ok(()),
        };
        there.map_err(str::to_owned)
    }

    /// What an action does, once it is known that it may.
    fn act(&mut self, action: Action, effects: &mut Vec<Effect>) {
        if let Err(why) = self.may(action) {
            self.say(format!("{}: {why}", action.row().short), true);
            return;
        }
        match action {
            Action::Backlog => self.go(View::Backlog),
            Action::Pipeline => self.go_to_run(View::Pipeline),
            Action::Artifacts => self.go_to_run(View::Artifacts),
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
            Action::Open => self.open(),
            Action::Back => self.back(),
            Action::Find => self.overlays.push(Overlay::Text {
                wanted: Wanted::Filter,
                text: self.backlog.filter.clone(),
            }),
            Action::NextWaiting => self.next_waiting(),
            Action::Why => self.why(effects),
            Action::Follow => {
                self.run.follow = !self.run.follow;
                if self.run.follow {
                    let height = layout::list_rows(self, Pane::Right);
                    let rows = self.run.lines.len();
                    self.run.timeline.step(Step::Bottom, rows, height);
                }
            }
            Action::Approve => self.confirm(Request::Approve),
            Action::SendBack => {
                if let Some((run, evidence)) = self.shown() {
                    let wanted = Wanted::Reason { run, evidence };
                    let text = String::new();
                    self.overlays.push(Overlay::Text { wanted, text });
                }
            }
            Action::Pause => {
                if let Some(view) = self.target() {
                    let request = order::pause_or_resume(view);
                    self.order(request, effects);
                }
            }
            Action::PauseNow => self.order(Request::PauseNow, effects),
            Action::RerunFrom => {
                let stage = self.target().and_then(|v| self.run.stage_of(v).cloned());
                if let Some(stage) = stage {
                    self.confirm(Request::Rerun(stage));
                }
            }
            Action::RerunStale => self.confirm(Request::RerunStale),
            Action::Cancel => self.confirm(Request::Cancel),
            Action::CopyId => self.copy(effects),
            Action::Palette | Action::Help => self.overlays.push(Overlay::Actions {
                filter: String::new(),
                scroll: Scroll::default(),
                grouped: action == Action::Help,
            }),
            Action::Redraw => effects.push(Effect::Redraw),
            Action::Interrupt => self.interrupted(effects),
            Action::Suspend => effects.push(Effect::Suspend),
            Action::Leave => effects.push(Effect::Leave),
        }
    }

    fn key(&mut self, key: KeyEvent, effects: &mut Vec<Effect>) {
        let action = self.keymap.action(Chord::of(key));
        if let Some(action @ (Action::Interrupt | Action::Suspend)) = action {
            self.act(action, effects);
            return;
        }
        if self.overlays.is_empty() {
            if let Some(action) = action {
                self.act(action, effects);
            }
        } else {
            self.over(key, effects);
        }
    }

    /// ctrl-c never ends a run: the first says so, the second leaves.
    fn interrupted(&mut self, effects: &mut Vec<Effect>) {
        const SAID: &str = "q leaves, and runs go on; ctrl-c again leaves too";
        if self.toasts.iter().any(|t| t.text == SAID) {
            effects.push(Effect::Leave);
        } else {
            self.say(SAID.to_owned(), false);
        }
    }

    /// A key for the topmost layer.
    fn over(&mut self, key: KeyEvent, effects: &mut Vec<Effect>) {
        let height = layout::list_rows(self, Pane::Left);
        let Some(top) = self.overlays.last_mut() else {
            return;
        };
        let typed = match key.code {
            KeyCode::Char(c)
                if !key
                    .modifiers
                    .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) =>
            {
                Some(c)
            }
            _ => None,
        };
        match top {
            _ if key.code == KeyCode::Esc => self.close(),
            Overlay::Lines { lines, top, .. } => {
                let most = lines.len().saturating_sub(1);
                *top = match key.code {
                    KeyCode::Up => top.saturating_sub(1),
                    KeyCode::Down => (*top + 1).min(most),
                    KeyCode::PageUp => top.saturating_sub(height / 2),
                    KeyCode::PageDown => (*top + height / 2).min(most),
                    _ => {
                        self.overlays.pop();
                        return;
                    }
                };
            }
            Overlay::Confirm { .. } => {
                if typed == Some('y') {
                    self.confirmed(effects);
                } else {
                    self.overlays.pop();
                }
            }
            Overlay::Actions {
                filter,
                scroll,
                grouped,
            } => {
                let rows = overlay::matching(filter, *grouped);
                match key.code {
                    KeyCode::Up => scroll.step(Step::By(-1), rows.len(), height),
                    KeyCode::Down => scroll.step(Step::By(1), rows.len(), height),
                    KeyCode::PageUp => scroll.step(Step::Page(-1), rows.len(), height),
                    KeyCode::PageDown => scroll.step(Step::Page(1), rows.len(), height),
                    KeyCode::Enter => {
                        let action = rows.get(scroll.at).copied();
                        self.overlays.pop();
                        if let Some(action) = action {
                            self.act(action, effects);
                        }
                    }
                    KeyCode::Backspace => {
                        filter.pop();
                        *scroll = Scroll::default();
                    }
                    _ => {
                        if let Some(c) = typed {
                            filter.push(c);
                            *scroll = Scroll::default();
                        }
                    }
                }
            }
            Overlay::Text { text, wanted } => {
                match key.code {
                    KeyCode::Enter => return self.written(effects),
                    KeyCode::Backspace => {
                        text.pop();
                    }
                    KeyCode::Char('u') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                        text.clear();
                    }
                    _ => text.extend(typed.filter(|_| text.len() < MAX_TEXT)),
                }
                if *wanted == Wanted::Filter {
                    self.backlog.filter.clone_from(text);
                }
            }
        }
    }

    /// Takes the topmost layer away without an answer.
    fn close(&mut self) {
        if let Some(Overlay::Text {
            wanted: Wanted::Filter,
            ..
        }) = self.overlays.pop()
        {
            self.backlog.filter.clear();
        }
    }

    fn confirmed(&mut self, effects: &mut Vec<Effect>) {
        if let Some(Overlay::Confirm {
            run,
            request,
            evidence,
            ..
        }) = self.overlays.pop()
        {
            self.ordered += 1;
            effects.push(Effect::Order {
                run,
                request,
                evidence,
            });
        }
    }

    fn written(&mut self, effects: &mut Vec<Effect>) {
        let Some(Overlay::Text { wanted, text }) = self.overlays.pop() else {
            return;
        };
        if let Wanted::Reason { run, evidence } = wanted {
            if text.trim().is_empty() {
                self.say("nothing was sent back: it needs a reason".to_owned(), true);
                return;
            }
            self.ordered += 1;
            effects.push(Effect::Order {
                run,
                request: Request::SendBack(text.trim().to_owned()),
                evidence,
            });
        }
    }

    /// Pasted text goes where text is written, and nowhere else: it never presses keys.
    fn paste(&mut self, pasted: &str) {
        let Some(Overlay::Text { text, wanted }) = self.overlays.last_mut() else {
            self.say(
                "pasted text is taken only where text is written".to_owned(),
                false,
            );
            return;
        };
        let room = MAX_TEXT.saturating_sub(text.len());
        let line = pasted.chars().map(|c| if c.is_control() { ' ' } else { c });
        text.extend(line.take(room));
        if *wanted == Wanted::Filter {
            self.backlog.filter.clone_from(text);
        }
    }

    fn mouse(&mut self, mouse: MouseEvent, effects: &mut Vec<Effect>) {
        if !self.overlays.is_empty() {
            return;
        }
        if self.two_panes() {
            let right = mouse.column >= layout::divider(self);
            let pane = if right { Pane::Right } else { Pane::Left };
            if matches!(mouse.kind, MouseEventKind::Moved) {
                return;
            }
            self.pane = pane;
        }
        match mouse.kind {
            MouseEventKind::ScrollDown => self.step(Step::By(WHEEL)),
            MouseEventKind::ScrollUp => self.step(Step::By(-WHEEL)),
            MouseEventKind::Down(MouseButton::Left) => self.click(mouse.row, effects),
            _ => {}
        }
    }

    fn click(&mut self, row: u16, effects: &mut Vec<Effect>) {
        let above = layout::TOP + layout::head(self.view, self.pane);
        let Some(row) = row.checked_sub(above).map(usize::from) else {
            return;
        };
        let height = layout::list_rows(self, self.pane);
        if row >= height {
            return;
        }
        if self.view == View::Backlog && self.pane == Pane::Left {
            let at = self.backlog.scroll.top + row;
            let again = self.backlog.scroll.at == at;
            self.backlog.choose(&self.board, at, height);
            if again && self.may(Action::Open).is_ok() {
                self.act(Action::Open, effects);
            }
        } else if (self.view, self.pane) == (View::Pipeline, Pane::Left) {
            let rows = self.target().map(|v| layout::stage_rows(v));
            let rows = rows.unwrap_or_default();
            let first = layout::first_row(&rows, self.run.stage.at, height);
            if let Some((stage, _)) = rows.get(first + row) {
                self.run.stage.at = *stage;
                self.moved();
            }
        } else if let Some((scroll, rows)) = self.scrolled() {
            let at = scroll.top + row;
            if at < rows {
                scroll.at = at;
                scroll.settle(rows, height);
                self.moved();
            }
        }
    }

    fn say(&mut self, text: String, bad: bool) {
        let until = self.now.checked_add(TOAST).unwrap_or(self.now);
        self.toasts.retain(|t| t.text != text);
        self.toasts.push(Toast { text, bad, until });
    }

    fn go(&mut self, view: View) {
        self.view = view;
        self.pane = Pane::Left;
    }

    fn go_to_run(&mut self, view: View) {
        if let Some(run) = self.target().map(|v| v.order.run.clone()) {
            self.run.show(&run);
            self.go(view);
        }
    }

    fn open(&mut self) {
        match (self.view, self.pane) {
            (View::Backlog, _) => self.go_to_run(View::Pipeline),
            (_, Pane::Left) => self.pane = Pane::Right,
            (View::Pipeline, Pane::Right) => {
                if let Some(line) = self.run.lines.get(self.run.timeline.at) {
                    let diff = line.diff.iter().flat_map(|d| d.lines());
                    let text = line.text.lines().chain(diff);
                    let lines = text.map(|l| (String::new(), l.to_owned())).collect();
                    let title = line.word.to_owned();
                    self.overlays.push(Overlay::Lines {
                        title,
                        lines,
                        top: 0,
                    });
                }
            }
            (View::Artifacts, Pane::Right) => {}
        }
    }

    fn back(&mut self) {
        if self.zoom {
            self.zoom = false;
        } else if self.pane == Pane::Right {
            self.pane = Pane::Left;
        } else if self.view != View::Backlog {
            self.go(View::Backlog);
        } else if !self.backlog.filter.is_empty() {
            self.backlog.filter.clear();
        }
    }

    fn step(&mut self, step: Step) {
        let height = layout::list_rows(self, self.pane);
        if self.view == View::Backlog {
            self.backlog.step(&self.board, step, height);
        } else if let Some((scroll, rows)) = self.scrolled() {
            scroll.step(step, rows, height);
            self.moved();
        }
    }

    /// What the movement keys move, and among how many rows.
    fn scrolled(&mut self) -> Option<(&mut Scroll, usize)> {
        let view = self.board.run(self.run.id.as_ref()?)?;
        let stages = view.run.stages.len();
        let documents = run::documents(view).len();
        let run = &mut self.run;
        Some(match (self.view, self.pane) {
            (View::Pipeline, Pane::Left) => (&mut run.stage, stages),
            (View::Pipeline, Pane::Right) => (&mut run.timeline, run.lines.len()),
            (View::Artifacts, Pane::Left) => (&mut run.documents, documents),
            (View::Artifacts, Pane::Right) => {
                let rows = run.document.as_ref().map_or(0, |d| d.rows.len());
                (&mut run.page, rows)
            }
            (View::Backlog, _) => return None,
        })
    }

    /// A person moved: what went along by itself no longer does, but at the end.
    fn moved(&mut self) {
        match (self.view, self.pane) {
            (View::Pipeline, Pane::Left) => self.run.goes_along = false,
            (View::Pipeline, Pane::Right) => {
                self.run.follow = self.run.timeline.at + 1 >= self.run.lines.len();
            }
            _ => {}
        }
    }

    fn next_waiting(&mut self) {
        let waiting: Vec<RunId> = self
            .board
            .runs
            .iter()
            .filter(|r| needs_you(r))
            .map(|r| r.order.run.clone())
            .collect();
        let here = waiting.iter().position(|r| Some(r) == self.run.id.as_ref());
        let next = here.map_or(0, |n| (n + 1) % waiting.len());
        if let Some(run) = waiting.get(next) {
            self.run.show(run);
            self.go(View::Pipeline);
        }
    }

    fn why(&mut self, effects: &mut Vec<Effect>) {
        let Some(view) = self.target() else { return };
        let stage = match self.view {
            View::Pipeline => self.run.stage_of(view).cloned(),
            _ => None,
        };
        effects.push(Effect::Explain(view.order.run.clone(), stage));
    }

    fn copy(&mut self, effects: &mut Vec<Effect>) {
        let run = self.target().map(|v| v.order.run.to_string());
        let entry = self.backlog.chosen(&self.board);
        let item = entry.and_then(|e| Some(e.item.as_ref()?.id.to_string()));
        let task = entry.and_then(|e| Some(e.task.as_ref()?.id.to_string()));
        if let Some(id) = run.or(task).or(item) {
            self.say(format!("copied {id}"), false);
            effects.push(Effect::Copy(id));
        }
    }

    /// The run the keys are about, and what its gate shows.
    fn shown(&self) -> Option<(RunId, Option<Digest>)> {
        let view = self.target()?;
        let evidence = run::gate(view).map(|(_, _, evidence)| evidence);
        Some((view.order.run.clone(), evidence))
    }

    fn order(&mut self, request: Request, effects: &mut Vec<Effect>) {
        if let Some((run, evidence)) = self.shown() {
            self.ordered += 1;
            effects.push(Effect::Order {
                run,
                request,
                evidence,
            });
        }
    }

    fn confirm(&mut self, request: Request) {
        let Some((run, evidence)) = self.shown() else {
            return;
        };
        let Some(view) = self.target() else { return };
        let says = super::would::would(view, &request);
        self.overlays.push(Overlay::Confirm {
            run,
            request,
            evidence,
            says,
        });
    }

    /// Brings everything in line after an event, and orders what must be read for it.
    fn settle(&mut self, effects: &mut Vec<Effect>) {
        let height = layout::list_rows(self, Pane::Left);
        self.backlog.settle(&self.board, height);
        let Some(view) = self.run.id.as_ref().and_then(|id| self.board.run(id)) else {
            return;
        };
        let view = view.clone();
        self.run.go_along(&view);
        self.run.stage.settle(view.run.stages.len(), height);
        let documents = run::documents(&view);
        self.run.documents.settle(documents.len(), height);
        if self.view == View::Pipeline {
            let wanted = self.run.wanted(&view);
            if wanted != self.run.attempt {
                self.run.lines.clear();
                self.run.dropped = 0;
                self.run.follow = true;
                self.run.attempt.clone_from(&wanted);
                let of = wanted.map(|attempt| (view.order.run.clone(), attempt));
                effects.push(Effect::Follow(of));
            }
        }
        if self.view == View::Artifacts
            && let Some(path) = documents.get(self.run.documents.at)
            && self.run.document.as_ref().map(|d| &d.path) != Some(path)
        {
            self.run.page = Scroll::default();
            self.run.document = Some(run::Document::awaited(path.clone()));
            effects.push(Effect::ReadDocument(view.order.run.clone(), path.clone()));
        }
        let columns = layout::right_columns(self);
        let height = layout::list_rows(self, Pane::Right);
        if let Some(document) = &mut self.run.document {
            document.lay(columns);
            self.run.page.settle(document.rows.len(), height);
        }
    }

    /// The row of the backlog's list that is at this place on the screen.
    pub fn backlog_rows(&self) -> Vec<Row> {
        self.backlog.rows(&self.board)
    }
}
