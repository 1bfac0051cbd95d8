//! Starting, landing, setting up, writing items: when each may be had, and what it asks first.

use super::desk::{Ask, Deed, Done, Form, Look, Other, Reasons, Seen, Start, Way};
use super::event::Effect;
use super::overlay::Overlay;
use super::{App, View, landing};
use crate::dialogue::unsent::Unsent;
use crate::items::Lines;
use crate::records::board::{Entry, Group, RunCard};
use crate::starting::Sheet;
use crate::terms::{Finding, RunState, TaskId};
use crate::workbench::actions::Action;
use jiff::SignedDuration;

/// What was seen of a start is looked at again after this long, when something was read.
const OLD: SignedDuration = SignedDuration::from_secs(5);

impl App {
    /// The entry that the keys are about.
    pub fn entry(&self) -> Option<&Entry> {
        if self.view == View::Backlog {
            return self.backlog.chosen(&self.board);
        }
        if self.view == View::Dialogue {
            let task = &self.dialogue.shown.as_ref()?.id;
            let is = |e: &&Entry| e.task.as_ref().is_some_and(|t| t.id == *task);
            return self.board.entries.iter().map(AsRef::as_ref).find(is);
        }
        let run = self.run.id.as_ref()?;
        let has = |e: &&Entry| e.runs.iter().any(|r| r.run == *run);
        self.board.entries.iter().map(AsRef::as_ref).find(has)
    }

    /// The task that a run could be started of, or why there is none.
    pub fn may_start(&self) -> Result<TaskId, String> {
        self.nothing_under_way()?;
        if !self.board.has_runs {
            return Err("tasks and runs are being read".to_owned());
        }
        let entry = self.entry().ok_or("nothing is chosen")?;
        if let Some(run) = entry.runs.iter().find(|r| !over(r)) {
            let told = format!("{} is {}", run.run, run.state);
            return Err(self.and_then(told, Some((Action::Open, "opens it"))));
        }
        let Some(task) = &entry.task else {
            return Err(self.needs_a_task());
        };
        if let Some(fault) = task.faults.first() {
            return Err(told(fault));
        }
        match self.start_of(&task.id) {
            Some(Err(why)) => Err(why.clone()),
            Some(Ok(sheet)) => match sheet.missing.first() {
                Some(missing) => Err(told(missing)),
                None => Ok(task.id.clone()),
            },
            None => Ok(task.id.clone()),
        }
    }

    /// Why an entry without a task can't be run, and how it comes to one.
    fn needs_a_task(&self) -> String {
        let why = "it needs a task definition first";
        match self.key_of(Action::Converse) {
            Some(key) => format!("{why}: {key} makes one with the author"),
            None => format!("{why}: write one into harness/tasks, after harness/templates/task.md"),
        }
    }

    /// What was seen of a start of this task.
    pub fn start_of(&self, task: &TaskId) -> Option<&Result<Sheet, String>> {
        let start = self.desk.start.as_ref()?;
        (start.task == *task && start.workflow == self.workflow_of(task)).then_some(&start.sheet)
    }

    /// The workflow that a run of this task is to have where it is not the usual one: in its dialogue
    /// the recommended one.
    fn workflow_of(&self, task: &TaskId) -> Option<String> {
        let shown = self.dialogue.shown.as_ref();
        // Where lines are read there is no view beside the list in which it could be begun.
        let here = self.view == View::Dialogue || self.by_name;
        let shown = shown.filter(|s| here && s.id == *task)?;
        Some(shown.state.workflow.as_ref()?.name.clone())
    }

    /// What is being done or looked at, for the top line.
    pub fn under_way(&self) -> Option<String> {
        let landing = |l: &Look| matches!(l, Look::Land(..) | Look::Refresh(_) | Look::Take(..));
        match &self.desk.doing {
            Some(deed) => Some(format!("{}…", deed.word())),
            None if self.desk.looking.iter().any(landing) => Some("looking…".to_owned()),
            None => None,
        }
    }

    pub(super) fn nothing_under_way(&self) -> Result<(), String> {
        match &self.desk.doing {
            Some(deed) => Err(format!("{} is under way", deed.word())),
            None => Ok(()),
        }
    }

    /// Starts a run: at once where nothing is left out of it, else after a question.
    pub(super) fn start(&mut self, effects: &mut Vec<Effect>) {
        let Ok(task) = self.may_start() else { return };
        if self.board.untrusted.is_some() {
            return self.ask_trust(Some(Action::Run));
        }
        let plain =
            self.view != View::Dialogue && self.entry().is_some_and(|e| e.group == Group::Ready);
        let workflow = self.workflow_of(&task);
        match self.start_of(&task) {
            Some(Ok(sheet)) if plain && sheet.ground.uncommitted == 0 && !self.asks_first => {
                let base = sheet.ground.base.clone();
                let deed = Deed::Start {
                    task,
                    base,
                    uncommitted: 0,
                    with_changes: false,
                    workflow,
                };
                self.begin(deed, effects);
            }
            Some(Ok(sheet)) => {
                let ask = ask_start(&task, workflow.as_deref(), sheet);
                self.overlays.push(Overlay::Ask(Box::new(ask)));
            }
            _ => {
                self.desk.asks = Some(task.clone());
                self.look_at(Look::Start(task, workflow), effects);
            }
        }
    }

    /// Whether the chosen entry has lines to be edited.
    pub fn may_edit(&self) -> Result<(), String> {
        self.nothing_under_way()?;
        let entry = self.entry().ok_or("nothing is chosen")?;
        match &entry.item {
            Some(_) => Ok(()),
            None => Err("it has no item in the backlog".to_owned()),
        }
    }

    /// Whether an item may be added.
    pub fn may_add(&self) -> Result<(), String> {
        if !self.board.set_up {
            return Err("there is no harness here yet".to_owned());
        }
        self.nothing_under_way()
    }

    /// Whether something can be taken back.
    pub fn may_undo(&self) -> Result<(), String> {
        match self.desk.undo {
            Some(_) => self.nothing_under_way(),
            None => Err("nothing was written that could be taken back".to_owned()),
        }
    }

    /// Whether a harness may be written.
    pub fn may_set_up(&self) -> Result<(), String> {
        if self.board.set_up {
            return Err("there is a harness here already".to_owned());
        }
        match &self.desk.set_up {
            Some(Err(why)) => Err(why.first().map(|(_, w)| w.clone()).unwrap_or_default()),
            Some(Ok(_)) => self.nothing_under_way(),
            None => Err("looking at what is here".to_owned()),
        }
    }

    /// A form for a new item; what was written before and not saved is in it.
    pub(super) fn new_item(&mut self) {
        let kept = self.desk.draft.take();
        let form = kept.unwrap_or_else(Form::new_item);
        self.overlays.push(Overlay::Form(form));
    }

    /// A form for the lines of the chosen item.
    pub(super) fn edit_item(&mut self) {
        let Some(item) = self.entry().and_then(|e| e.item.clone()) else {
            return;
        };
        let kept = self.desk.edit.take_if(|f| f.edits() == Some(&item.id));
        let form = kept.unwrap_or_else(|| Form::edit(item.id.clone(), Lines::of(&item)));
        self.overlays.push(Overlay::Form(form));
        self.refused_forms_follow();
    }

    /// Saves the topmost form.
    pub(super) fn save(&mut self, effects: &mut Vec<Effect>) {
        if let Err(why) = self.nothing_under_way() {
            return self.say(why, true);
        }
        let Some(Overlay::Form(form)) = self.overlays.pop() else {
            return;
        };
        match form.deed() {
            None => self.say("nothing was changed".to_owned(), false),
            Some(deed) => {
                // Kept until it is written, should that be refused.
                self.desk.saving = Some(form);
                self.begin(deed, effects);
            }
        }
    }

    /// Leaves a form; what was written in it comes back with the next one.
    pub(super) fn leave_form(&mut self, form: Form) {
        if !form.is_changed() {
            return;
        }
        if form.edits().is_some() {
            self.say("kept: editing it again goes on with that".to_owned(), false);
            self.desk.edit = Some(form);
        } else {
            self.say("kept: the next new item begins with it".to_owned(), false);
            self.desk.draft = Some(form);
        }
    }

    /// The yes to a question.
    pub(super) fn agreed(&mut self, effects: &mut Vec<Effect>) {
        // What is shown is about to be replaced by what was asked for instead.
        if self
            .desk
            .looking
            .iter()
            .any(|l| matches!(l, Look::Land(..)))
        {
            self.say("still looking at it".to_owned(), false);
            return;
        }
        if let Some(Overlay::Ask(ask)) = self.overlays.pop() {
            self.begin(ask.deed, effects);
        }
    }

    /// Has something done.
    pub(super) fn begin(&mut self, deed: Deed, effects: &mut Vec<Effect>) {
        // These stand in nobody's way, and nothing in theirs.
        let deed = match deed {
            Deed::Command(n, ordered) => return self.order_command(n, ordered, effects),
            Deed::EndCommand(id) => return self.end_command(id, effects),
            deed => deed,
        };
        if let Err(why) = self.nothing_under_way() {
            self.say(why, true);
            return;
        }
        self.desk.doing = Some(deed.clone());
        effects.push(Effect::Do(deed));
    }

    /// Has something looked at, unless it is being looked at.
    pub(super) fn look_at(&mut self, look: Look, effects: &mut Vec<Effect>) {
        if !self.desk.looking.contains(&look) {
            self.desk.looking.push(look.clone());
            effects.push(Effect::Look(look));
        }
    }

    /// Takes in what was seen.
    pub(super) fn looked(
        &mut self,
        look: Look,
        seen: Result<Seen, Reasons>,
        effects: &mut Vec<Effect>,
    ) {
        self.desk.looking.retain(|l| *l != look);
        match (look, seen) {
            (Look::Start(task, with), seen) => self.seen_start(&task, with, seen, effects),
            (Look::Paths, Ok(Seen::Paths(paths))) => {
                self.dialogue.name_files(paths);
            }
            (Look::Authors, Ok(Seen::Authors(list))) => self.offers_authors(list),
            (Look::Said(run, attempt), Ok(Seen::Said(said))) => {
                self.said_last(&run, &attempt, &said);
            }
            (Look::Unsent(whose), Ok(Seen::Unsent(unsent))) => self.was_kept(&whose, unsent),
            (Look::Unsent(whose), Err(why)) => {
                for (_, line) in why {
                    self.say(line, true);
                }
                self.was_kept(&whose, Unsent::default());
            }
            (Look::Said(run, attempt), Err(_)) => self.said_last(&run, &attempt, ""),
            (Look::Authors, Err(why)) => {
                let why = why.first().map(|(_, w)| w.clone()).unwrap_or_default();
                self.say(why, true);
            }
            (Look::Land(run, manner), Ok(Seen::Land(would))) => {
                self.ask_instead(&run, landing::ask(&would, manner));
            }
            (Look::Land(run, _), Ok(Seen::CutOff(begun))) => {
                self.ask_instead(&run, landing::ask_about_cut_off(&begun));
            }
            (Look::Land(run, _), Err(lines)) => self.say_why_not_landed(&run, lines),
            (Look::Refresh(run), seen) => self.would_refresh(&run, seen),
            (Look::Take(run, _), seen) => self.would_take_over(&run, seen),
            (Look::Disk(run), seen) => {
                let usage = match seen {
                    Ok(Seen::Disk(usage)) => usage,
                    _ => None,
                };
                self.desk.disks.insert(run, usage);
            }
            (Look::Beside, Ok(Seen::Beside(beside))) => {
                self.desk.beside = beside;
                // What changed meanwhile is looked at once more.
                self.look_beside(effects);
            }
            (Look::Costs, Ok(Seen::Costs(costs, today))) => {
                self.desk.costs = Some(costs);
                self.desk.today = today;
                self.lay_costs();
            }
            (Look::Receipt(run), Ok(Seen::Receipt(held))) => self.receipt_seen(&run, Ok(*held)),
            (Look::Receipt(run), Err(why)) => self.receipt_seen(&run, Err(why)),
            (Look::Branch(run), seen) => {
                let head = self.board.card(&run).and_then(|card| card.head.clone());
                let branch = match seen {
                    Ok(Seen::Branch(branch)) => Ok(branch),
                    Ok(_) => return,
                    // Kept as well: it is not asked for again and again.
                    Err(why) => Err(why.into_iter().map(|(_, why)| why).collect()),
                };
                self.desk.branches.insert(run, (head, branch));
            }
            (Look::SetUp, Ok(Seen::SetUp(would))) => self.desk.set_up = Some(Ok(*would)),
            (Look::SetUp, Err(why)) => self.desk.set_up = Some(Err(why)),
            _ => {}
        }
    }

    fn seen_start(
        &mut self,
        task: &TaskId,
        workflow: Option<String>,
        seen: Result<Seen, Reasons>,
        effects: &mut Vec<Effect>,
    ) {
        let sheet = match seen {
            Ok(Seen::Start(sheet)) => Ok(*sheet),
            Ok(_) => return,
            Err(why) => Err(why.into_iter().map(|(_, why)| why).collect()),
        };
        self.desk.start = Some(Start {
            task: task.clone(),
            workflow,
            sheet,
            at: self.now,
        });
        if self.desk.asks.as_ref() == Some(task) {
            self.desk.asks = None;
            match self.may_start() {
                // Nothing comes up under a hand that is writing or answering something else.
                Ok(now) if now == *task && !self.overlays.is_empty() => {
                    self.say(
                        format!("{task} was not started: something else is open"),
                        false,
                    );
                }
                Ok(now) if now == *task => self.start(effects),
                Ok(_) => {}
                Err(why) => self.say(format!("run: {why}"), true),
            }
        }
    }

    /// Takes in what came of a deed.
    pub(super) fn did(
        &mut self,
        deed: &Deed,
        done: Result<Done, Reasons>,
        effects: &mut Vec<Effect>,
    ) {
        self.desk.doing = None;
        if let (Deed::Trust { then, .. }, Ok(done)) = (deed, &done) {
            self.say(done.says.clone(), false);
            return self.trusted(*then, effects);
        }
        match done {
            Ok(done) => {
                if matches!(deed, Deed::Add { .. } | Deed::Edit { .. } | Deed::Undo) {
                    self.desk.saving = None;
                }
                if matches!(deed, Deed::SetUp) {
                    self.desk.set_up = None;
                }
                if let Some(item) = done.item {
                    self.backlog.chooses(item);
                }
                let asked = done.in_hand.is_some();
                if let Some((run, stage)) = done.in_hand {
                    self.ask_how_handed_back(&run, &stage, &done.says);
                }
                self.desk.opens = done.run;
                if let (Deed::ReadPr { run, .. }, Some(brings)) = (deed, done.brings) {
                    // Nothing comes up under a hand that is writing or answering something else.
                    if self.overlays.is_empty() {
                        let ask = landing::brings::ask(run, *brings);
                        self.overlays.push(Overlay::Ask(Box::new(ask)));
                    } else {
                        let text =
                            format!("what was said of {run} is not shown: something else is open");
                        self.say(text, false);
                    }
                    return;
                }
                if !done.lines.is_empty() {
                    self.overlays.push(Overlay::Lines {
                        title: format!("{}: done", deed.word()),
                        lines: done.lines,
                        top: 0,
                    });
                }
                if !asked {
                    // What is asked says it, and stays no longer than it is so.
                    self.say(self.and_then(done.says, done.then), false);
                }
            }
            Err(mut lines) => {
                if let Deed::Comment(run, word) = deed {
                    self.comment_refused(run, word);
                }
                match (deed, lines.as_slice()) {
                    (_, [(_, why)]) => {
                        let text = format!("{}: {why}", deed.word());
                        self.say(text, true);
                    }
                    _ => self.overlays.push(Overlay::Lines {
                        title: format!("{}: not done", deed.word()),
                        lines: std::mem::take(&mut lines),
                        top: 0,
                    }),
                }
                // A form whose lines were refused is there again.
                if let Some(mut form) = self.desk.saving.take() {
                    form.refused = true;
                    self.overlays.push(Overlay::Form(form));
                    self.refused_forms_follow();
                }
            }
        }
    }

    /// A form that was refused goes on from what the item is now, which it shows: to save it again
    /// is to write over that.
    pub(super) fn refused_forms_follow(&mut self) {
        let entries = &self.board.entries;
        let refused = |layer: &mut Overlay| {
            let Overlay::Form(form) = layer else { return };
            let item = form.edits().filter(|_| form.refused);
            let now = item.and_then(|id| {
                let mut items = entries.iter().filter_map(|e| e.item.as_ref());
                items.find(|i| i.id == *id).map(|i| Lines::of(i))
            });
            if let Some(now) = now {
                form.follow(now);
            }
        };
        self.overlays.iter_mut().for_each(refused);
    }

    /// Has looked at what the screen shows of the chosen entry; `read`: the disk was just read.
    /// Has it looked at what is beside the runs, where they or a branch are others than at the last time.
    fn look_beside(&mut self, effects: &mut Vec<Effect>) {
        let runs = self.board.runs.iter().filter(|r| !r.is_over());
        let runs: Vec<_> = runs.map(|r| (r.run.clone(), r.head.clone())).collect();
        let now = (self.board.refs, runs);
        let busy = self.desk.looking.contains(&Look::Beside);
        if busy || !self.board.has_runs || self.desk.beside_of.as_ref() == Some(&now) {
            return;
        }
        let none = now.1.is_empty();
        self.desk.beside_of = Some(now);
        if none {
            self.desk.beside.clear();
        } else {
            self.look_at(Look::Beside, effects);
        }
    }

    pub(super) fn look_at_what_is_chosen(&mut self, read: bool, effects: &mut Vec<Effect>) {
        if self.read_at.is_none() {
            return;
        }
        if !self.board.set_up {
            if self.desk.set_up.is_none() || read {
                self.look_at(Look::SetUp, effects);
            }
            return;
        }
        if read {
            self.look_beside(effects);
        }
        if let Some(run) = self.desk.opens.clone()
            && self.board.card(&run).is_some()
        {
            self.desk.opens = None;
            if matches!(self.view, View::Backlog | View::Dialogue) && self.overlays.is_empty() {
                self.run.show(&run);
                self.go(View::Pipeline);
            }
        }
        if self.view != View::Backlog || !self.board.has_runs {
            return;
        }
        let Some(entry) = self.backlog.chosen(&self.board).cloned() else {
            return;
        };
        if let Some(run) = self.backlog.run(&self.board).cloned() {
            let id = run.run.clone();
            let known = self.desk.branches.get(&id).map(|(head, _)| head);
            if known != Some(&run.head) {
                self.look_at(Look::Branch(id), effects);
            }
        }
        let runnable = entry.runs.iter().all(|r| over(r));
        let Some(task) = entry.task.as_ref().filter(|t| t.faults.is_empty()) else {
            return;
        };
        let task = task.id.clone();
        let known = self.desk.start.as_ref();
        let known = known.filter(|s| s.task == task && s.workflow.is_none());
        let old = known.is_none_or(|s| read && self.now.duration_since(s.at) > OLD);
        if runnable && old {
            self.look_at(Look::Start(task, None), effects);
        }
    }
}

/// A finding in a sentence: what is wrong, and what to do.
fn told(finding: &Finding) -> String {
    match &finding.remedy {
        Some(remedy) => format!("{}; {remedy}", finding.text),
        None => finding.text.clone(),
    }
}

/// Whether a run leaves its task free for another one.
pub(super) fn over(card: &RunCard) -> bool {
    card.is_over() || card.state == RunState::Failed
}

/// The run sheet as lines.
pub fn start_lines(sheet: &Sheet) -> Vec<(String, String)> {
    let mut lines: Vec<(String, String)> = Vec::new();
    let mut line = |word: &str, text: String| lines.push((word.to_owned(), text));
    line("from", sheet.ground.line());
    if let Some(left_out) = sheet.ground.left_out() {
        line("", left_out);
    }
    if let Some(home) = &sheet.in_place {
        line("in place", home.display().to_string());
        let says = "no branch, no commit; nothing in it is ever put back";
        line("", says.to_owned());
    }
    line("workflow", sheet.workflow.clone());
    for (n, stage) in sheet.stages.iter().enumerate() {
        let word = if n == 0 { "stages" } else { "" };
        let model = stage.who.model().map(|m| format!(", {m}"));
        let who = stage.who.words() + &model.unwrap_or_default();
        line(word, format!("{} · {who}", stage.name));
    }
    for (n, command) in sheet.setup.iter().enumerate() {
        line(if n == 0 { "set-up" } else { "" }, command.clone());
    }
    line("", sheet.lacking.clone().unwrap_or_default());
    if let Some(left_out) = &sheet.left_out {
        line("harness", left_out.clone());
    }
    if let Some(room) = &sheet.room {
        line("room", room.clone());
    }
    let checks = sheet.stages.iter().flat_map(|s| &s.checks);
    for (n, check) in checks.enumerate() {
        line(if n == 0 { "checks" } else { "" }, check.clone());
    }
    for (n, bound) in sheet.bounds.iter().enumerate() {
        line(if n == 0 { "loops" } else { "" }, bound.clone());
    }
    line("cost", sheet.likely());
    line("limit", crate::starting::sheet::budget(sheet.budget));
    lines.retain(|(word, text)| !(word.is_empty() && text.is_empty()));
    lines
}

fn ask_start(task: &TaskId, workflow: Option<&str>, sheet: &Sheet) -> Ask {
    let deed = |with_changes| Deed::Start {
        task: task.clone(),
        base: sheet.ground.base.clone(),
        uncommitted: sheet.ground.uncommitted,
        with_changes,
        workflow: workflow.map(str::to_owned),
    };
    let other = Other {
        key: 'w',
        word: "take them along",
        way: Way::Do(deed(true)),
    };
    let ground = &sheet.ground;
    let may_take = ground.uncommitted > 0 && ground.conflicted == 0 && !ground.in_place;
    Ask {
        title: format!("Start a run of {task}?"),
        lines: start_lines(sheet),
        top: 0,
        deed: deed(false),
        yes: "start it",
        light: true,
        others: may_take.then_some(other).into_iter().collect(),
    }
}
