//! A dialogue that is led: what a person says and gives goes to disk and then to the agent, what the
//! agent says comes back as questions and drafts. The pane, the plain form and `--answers` are three
//! faces of it.

mod clean;
mod hear;
mod make_up;

use super::CannotTalk;
use super::author::Author;
use super::draft::{self, Composed};
use super::ledger;
use super::partner::{self, News, Order, Partner};
use super::place::Place;
use super::prompt::{self, Material};
use super::question::Given;
use super::reply;
use super::revise::{self, Stale};
use super::save::{self, CannotSave, READY, Saving};
use super::state::{Floor, State};
use super::transcript::{About, Entry, FILE};
use super::veil::Veil;
use crate::agents::talk::{Decision, Permission};
use crate::agents::{CannotStart, Session};
use crate::documents::task::Task;
use crate::documents::template::Template;
use crate::records::project::Project;
use crate::records::runs::RunView;
use crate::stage::copied;
use crate::stage::redact::Redactor;
use crate::store::journal::Journal;
use crate::store::user::UserDir;
use crate::supervisor::trust::Standing;
use crate::terms::{Digest, TaskId, Usage};
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::Sender;

/// How the agent of an order is started.
type Begins = fn(&Order, &Sender<News>) -> Result<Box<dyn Partner>, CannotStart>;

/// What goes on right now and is not in the transcript yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Live {
    /// The agent's process runs.
    pub runs: bool,
    /// The messages of this turn that are whole.
    pub said: Vec<String>,
    /// The message that is still coming.
    pub words: String,
    /// The tool calls that have begun and not ended: id and one line each.
    pub tools: Vec<(String, String)>,
    /// Those of them that write files: what came of them is told.
    edits: Vec<(String, String)>,
    /// What the agent asks leave for, oldest first.
    pub permissions: Vec<Permission>,
    /// A failure that passes by waiting, or a warning: the last one.
    pub notice: Option<String>,
    /// What this turn used so far.
    pub usage: Usage,
    ready: bool,
    waiting: Option<String>,
    /// What was said to a session that was taken up again and has shown no sign of life yet.
    unheard: Option<String>,
    resumed: bool,
}

/// A dialogue that this process leads. Dropping it ends the agent; nothing that was said is lost.
pub struct Talk {
    project: Project,
    place: Place,
    author: Author,
    journal: Journal<Entry>,
    state: State,
    /// What an agent told and could not be written yet.
    owed: VecDeque<Entry>,
    live: Live,
    partner: Option<Box<dyn Partner>>,
    begins: Begins,
    news: Sender<News>,
    redactor: Redactor,
    veil: Veil,
    material: Vec<Material>,
    /// The run whose result is talked about.
    revised: Option<RunView>,
    /// The questions whose answers had a secret taken out that nobody was told of; words are `""`.
    cleaned: Vec<String>,
}

impl Talk {
    /// Opens the dialogue of this place, new or gone on with. No agent is started by it. What the
    /// agent will tell goes to `news`; who holds its receiver hands it to [`Talk::hear`].
    pub fn open(
        project: &Project,
        place: Place,
        author: Author,
        mut about: About,
        news: Sender<News>,
    ) -> Result<Self, CannotTalk> {
        let (journal, records, _) = Journal::open(Arc::clone(&place.fs), &place.dir.join(FILE))?;
        let mut state = State::default();
        for record in &records {
            state.take(&record.event);
        }
        let env = &author.env;
        let env = env.iter().map(|(n, v)| (n.as_str(), v.as_str()));
        let home = project.home();
        let redactor = copied::redactor(env, &author.tree, home, home);
        about.title = redactor.text(&about.title);
        about.wish = redactor.text(&about.wish);
        let mut talk = Self {
            project: project.clone(),
            place,
            author,
            journal,
            state,
            owed: VecDeque::new(),
            live: Live::default(),
            partner: None,
            begins: partner::begin,
            news,
            veil: Veil::new(redactor.clone()),
            redactor,
            material: Vec::new(),
            revised: None,
            cleaned: Vec::new(),
        };
        if talk.state.about.as_ref() != Some(&about) {
            talk.write(&Entry::Began { about })?;
        }
        talk.catch_up()?;
        talk.look_at_run();
        Ok(talk)
    }

    /// What the dialogue is at.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Grows with every entry of the transcript.
    pub fn version(&self) -> u64 {
        self.journal.last_seq()
    }

    /// What goes on right now.
    pub fn live(&self) -> &Live {
        &self.live
    }

    /// The task's id.
    pub fn id(&self) -> &TaskId {
        &self.place.id
    }

    /// The task's file in the repository.
    pub fn file(&self) -> &crate::terms::RepoPath {
        &self.place.file
    }

    /// The dialogue's folder.
    pub fn dir(&self) -> &std::path::Path {
        &self.place.dir
    }

    /// Who is at the other end, or would be: its name in harness.yaml.
    pub fn agent(&self) -> &str {
        &self.author.agent.name
    }

    /// Looks at the latest run of a task that was saved: what it came to is talked about.
    fn look_at_run(&mut self) {
        if !self.is_saved() {
            return;
        }
        self.revised = revise::latest(&self.project, &self.place.id);
        let view = self.revised.as_ref();
        let material = view.map(|v| revise::material(&self.project, v));
        self.material = material.unwrap_or_default();
    }

    /// Whether there is a task that may be run, which is revised.
    fn is_saved(&self) -> bool {
        let about = self.state.about.as_ref();
        self.state.saved.is_some() || about.is_some_and(|a| a.revises)
    }

    /// The digest of what a run came to, where the session was not told of it. While the run goes
    /// on there is no result yet.
    fn untold_result(&self) -> Option<Digest> {
        let view = self.revised.as_ref()?;
        if self.material.is_empty() || view.goes_on() {
            return None;
        }
        let texts = self
            .material
            .iter()
            .map(|m| format!("{}\n{}", m.name, m.text));
        let digest = Digest::of(texts.collect::<Vec<_>>().join("\n"));
        (self.state.showed.as_ref() != Some(&digest)).then_some(digest)
    }

    /// What of the run's work the draft would make stale, were it saved; `None`: nothing.
    pub fn stale(&self, made: &Composed) -> Option<Stale> {
        revise::stale(self.revised.as_ref()?, &made.text)
    }

    fn path(&self) -> std::path::PathBuf {
        self.project.file(&self.place.file)
    }

    fn write(&mut self, entry: &Entry) -> Result<(), CannotTalk> {
        self.pay()?;
        self.journal.append(Timestamp::now(), 0, entry)?;
        self.state.take(entry);
        Ok(())
    }

    /// What stands in the task's file and was not given here counts: questions of its runs and of
    /// an earlier dialogue, and what a person changed by hand.
    fn take_from_file(&mut self) -> Result<(), CannotTalk> {
        self.take_up_swaps()?;
        let Some(bytes) = ledger::read(&*self.place.fs, &self.path())? else {
            return Ok(());
        };
        let task = Task::parse(bytes);
        for (id, given) in ledger::by_hand(&task, &self.state.form) {
            let given = self.clean_given(&id, given);
            self.write(&Entry::Gave { id, given })?;
        }
        for (question, given) in ledger::unknown(&task, &self.state.form) {
            let id = question.id.clone();
            self.write(&Entry::Found { question })?;
            if let Some(given) = given {
                let given = self.clean_given(&id, given);
                self.write(&Entry::Gave { id, given })?;
            }
        }
        Ok(())
    }

    /// The task's file holds every question and answer, from the first question on.
    fn keep_ledger(&mut self) -> Result<(), CannotTalk> {
        self.take_from_file()?;
        if self.state.form.entries().is_empty() {
            return Ok(());
        }
        ledger::write(
            &*self.place.fs,
            &self.path(),
            &self.fresh(),
            &self.state.form,
        )?;
        Ok(())
    }

    fn fresh(&self) -> Task {
        let about = self.state.about.as_ref();
        let title = about.map_or("", |a| a.title.as_str());
        let item = about.and_then(|a| a.item.as_ref());
        let today = jiff::Zoned::now().date().to_string();
        Task::draft(&self.place.id, title, item, &today)
    }

    /// Gives something to a question: on disk when this returns. The author is told by
    /// [`Talk::say`].
    pub fn give(&mut self, id: &str, given: Given) -> Result<(), CannotTalk> {
        self.make_up()?;
        let given = self.clean_given(id, given);
        let known = self.state.form.get(id);
        let there = known.ok_or_else(|| CannotTalk::NoQuestion(id.to_owned()))?;
        // Given once more to what is asked again, it is an answer to that.
        if there.given.as_ref() != Some(&given) || there.again {
            self.write(&Entry::Gave {
                id: id.to_owned(),
                given,
            })?;
        }
        self.keep_ledger()
    }

    /// Takes the recommended answer of every open question that has one.
    pub fn take_defaults(&mut self) -> Result<usize, CannotTalk> {
        self.make_up()?;
        let defaults = self.state.form.defaults();
        let taken = defaults.len();
        for (id, given) in defaults {
            self.write(&Entry::Gave { id, given })?;
        }
        self.keep_ledger()?;
        Ok(taken)
    }

    /// Says something to the author, with all that was given since. Numbered parts of it (`1. …`)
    /// are answers. Begins the agent where none runs.
    pub fn say(&mut self, words: &str) -> Result<(), CannotTalk> {
        self.make_up()?;
        if self.state.floor == Floor::Agent {
            return Err(CannotTalk::NotNow);
        }
        let words = self.clean("", words.to_owned());
        let reply = reply::to_form(&words, &self.state.form);
        for (id, given) in reply.given {
            self.give(&id, given)?;
        }
        let told = self.state.form.message();
        let message = [told.as_str(), reply.rest.as_str()];
        let message: Vec<&str> = message.into_iter().filter(|m| !m.is_empty()).collect();
        let message = message.join("\n\n");
        if message.is_empty() && self.state.turns > 0 && self.state.unheard.is_empty() {
            return Err(CannotTalk::NothingToSay);
        }
        let unheard = self.state.unheard.clone();
        self.look_at_run();
        // The prompt of a new session tells what was said so far, and this is not part of that yet.
        let first = self.begin(&message)?;
        let fresh = first.is_some();
        let result = self.untold_result();
        let message = match (first, &result) {
            (Some(first), _) => first,
            (None, Some(_)) => prompt::since(&self.result(), &prompt::again(&unheard, &message)),
            (None, None) => prompt::again(&unheard, &message),
        };
        let said = Entry::Said {
            text: reply.rest,
            form: true,
        };
        if let Err(error) = self.write(&said) {
            if fresh {
                // Its session is not told yet what it is there for; the next one will be.
                (self.partner, self.live) = (None, Live::default());
            }
            return Err(error);
        }
        self.tell(message);
        if let Some(digest) = result {
            // The words are told; what can't be noted now is before anything else is.
            let _ = self.owe(Entry::Showed { digest });
        }
        Ok(())
    }

    /// Starts the agent where none runs. Gives the whole first message where its session is new.
    fn begin(&mut self, words: &str) -> Result<Option<String>, CannotTalk> {
        if self.partner.is_some() {
            return Ok(None);
        }
        let trust = self.project.trust().by(UserDir::of(&self.author.env));
        trust.word(&self.author.powers)?;
        let unseen = matches!(trust.standing(&self.author.powers), Standing::Folder(_));
        let trusted = (!unseen).then(|| self.author.powers.clone());
        let agent = self.author.agent.clone();
        let known = self.state.agent.as_deref() == Some(agent.name.as_str());
        // One that never ended a turn may not have been told what it is there for.
        let session = self.state.session.clone();
        let session = session.filter(|_| known && self.state.knows);
        let resumed = session.is_some();
        let order = Order {
            agent: agent.clone(),
            profile: self.author.profile.clone(),
            cwd: self.project.home().to_owned(),
            dir: self.place.dir.clone(),
            session: session.map_or_else(|| Session::New(uuid::Uuid::new_v4()), Session::Resume),
            turns: self.state.turns,
            user_env: self.author.env.clone(),
            trusted,
        };
        let begins = if self.author.by_turns {
            partner::begin_by_turns
        } else {
            self.begins
        };
        let partner = begins(&order, &self.news)?;
        let first = (!resumed).then(|| self.first_message(words));
        if !resumed {
            self.write(&Entry::Joined {
                agent: agent.name,
                driver: agent.driver,
                model: agent.model,
            })?;
        }
        self.partner = Some(partner);
        self.live = Live {
            runs: true,
            resumed,
            ..Live::default()
        };
        Ok(first)
    }

    /// The task as it is, and what its latest run came to.
    fn result(&self) -> Vec<Material> {
        let there = ledger::read(&*self.place.fs, &self.path()).ok().flatten();
        let task = there.filter(|b| !Task::parse(b).is_draft());
        let task = task.map(|bytes| Material {
            name: self.place.file.to_string(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
        });
        task.into_iter().chain(self.material.clone()).collect()
    }

    fn first_message(&self, words: &str) -> String {
        let mut material = prompt::repository(&self.project.git());
        material.extend(self.result());
        let about = self.state.about.clone().unwrap_or_else(|| About {
            item: None,
            title: String::new(),
            wish: String::new(),
            revises: false,
        });
        let notes = self.place.dir.join(partner::NOTES);
        prompt::first(&prompt::Makings {
            notes: &notes.to_string_lossy(),
            role: &self.author.role,
            template: &self.author.template,
            about: &about,
            workflows: &self.author.workflows,
            material: &material,
            so_far: (!self.state.lines.is_empty()).then_some(&self.state),
            words,
        })
    }

    fn tell(&mut self, message: String) {
        self.live.unheard = self.live.resumed.then(|| message.clone());
        match self.partner.as_mut().filter(|_| self.live.ready) {
            Some(partner) => partner.say(&message),
            None => self.live.waiting = Some(message),
        }
    }

    /// Stops the author's turn. What waited for its program to begin is not said any more.
    pub fn interrupt(&mut self) -> Result<(), CannotTalk> {
        if self.live.waiting.is_some() {
            // What it is there for was in what waited: the next words begin it anew.
            (self.partner, self.live) = (None, Live::default());
            return self.give_back_floor();
        }
        if let Some(partner) = &mut self.partner {
            partner.interrupt();
        }
        Ok(())
    }

    /// Decides what the agent asks leave for.
    pub fn decide(&mut self, id: &str, decision: &Decision) -> Result<(), CannotTalk> {
        let Some(at) = self.live.permissions.iter().position(|p| p.id == id) else {
            return Ok(());
        };
        let mut permission = self.live.permissions[at].clone();
        permission.title = self.redactor.text(&permission.title);
        permission.diff = permission.diff.map(|d| self.redactor.text(&d));
        let stored = self.clean_decision(decision);
        self.write(&Entry::Decided {
            permission,
            decision: stored,
        })?;
        self.live.permissions.remove(at);
        if let Some(partner) = &mut self.partner {
            partner.decide(id, decision);
        }
        Ok(())
    }

    /// Another agent takes the other end, or the same with a new session.
    pub fn change_agent(&mut self, author: Author) -> Result<(), CannotTalk> {
        self.make_up()?;
        if self.state.floor == Floor::Agent {
            return Err(CannotTalk::NotNow);
        }
        self.partner = None;
        self.live = Live::default();
        self.author = author;
        let agent = &self.author.agent;
        let joined = Entry::Joined {
            agent: agent.name.clone(),
            driver: agent.driver.clone(),
            model: agent.model.clone(),
        };
        self.write(&joined)
    }

    /// The draft as it would be saved; `None`: there is none.
    pub fn composed(&self) -> Result<Option<(Composed, String)>, CannotTalk> {
        let Some(text) = &self.state.draft else {
            return Ok(None);
        };
        let there = ledger::read(&*self.place.fs, &self.path())?;
        let current = there.unwrap_or_else(|| self.fresh().render());
        let task = Task::parse(&current);
        let about = self.state.about.as_ref();
        let item = about.and_then(|a| a.item.clone()).or_else(|| task.item());
        let template = Template::parse(&self.author.template);
        let made = draft::compose(
            text,
            &draft::Makings {
                id: &self.place.id,
                item: item.as_ref(),
                current: &task,
                template: Some(&template),
                form: &self.state.form,
                file: self.place.file.as_str(),
            },
        );
        let current = String::from_utf8_lossy(&current).into_owned();
        Ok(Some((made, current)))
    }

    /// Saves the draft as a task that may be run: its file, the backlog item's link and status.
    /// `anyway`: also where answers have no place in it.
    pub fn save(&mut self, anyway: bool) -> Result<Digest, CannotTalk> {
        self.make_up()?;
        self.take_up_swaps()?;
        if self.state.floor == Floor::Agent {
            return Err(CannotTalk::NotNow);
        }
        // Taken before the draft is composed: what comes from now on is not overwritten.
        let before = ledger::read(&*self.place.fs, &self.path())?.map(Digest::of);
        let Some((made, _)) = self.composed()? else {
            return Err(CannotSave::NoDraft.into());
        };
        if !made.findings.is_empty() {
            return Err(CannotSave::Faults(made.findings).into());
        }
        let untold = self.state.form.entries().iter();
        let untold = untold.filter(|e| e.given.is_some() && !e.told);
        let untold: Vec<String> = untold.map(|e| e.question.id.clone()).collect();
        if !untold.is_empty() && !anyway {
            return Err(CannotSave::Untold(untold).into());
        }
        let open = self.state.form.open().filter(|e| e.question.blocking);
        let open: Vec<String> = open.map(|e| e.question.id.clone()).collect();
        if !open.is_empty() && !anyway {
            return Err(CannotSave::Open(open).into());
        }
        if !made.trace.unplaced.is_empty() && !anyway {
            return Err(CannotSave::Unplaced(made.trace.unplaced).into());
        }
        let mut task = Task::parse(&made.text);
        task.set_status(READY);
        let status = (!self.is_saved()).then(|| self.author.ready_status.clone());
        let saving = Saving {
            before,
            text: String::from_utf8_lossy(&task.render()).into_owned(),
            item: task.item().map(|item| (item, status)),
            unplaced: made.trace.unplaced,
        };
        let digest = save::save(&self.project, &self.place, &saving)?;
        self.saved(digest.clone(), saving.unplaced)?;
        if let Some(view) = &self.revised
            && let Err(error) = revise::have_taken_up(view)
        {
            self.live.notice = Some(error.to_string());
        }
        Ok(digest)
    }

    fn saved(&mut self, digest: Digest, unplaced: Vec<String>) -> Result<(), CannotTalk> {
        let known = self.state.saved.as_ref() == Some(&digest) && !self.state.since_saved;
        if !known {
            self.write(&Entry::Saved { digest, unplaced })?;
        }
        Ok(save::forget(&self.place)?)
    }
}

#[cfg(test)]
mod faults;
#[cfg(test)]
mod tests;
