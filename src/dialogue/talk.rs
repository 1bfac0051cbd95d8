//! A dialogue that is led: what a person says and gives goes to disk and then to the agent, what the
//! agent says comes back as questions and drafts. The pane, the plain form and `--answers` are three
//! faces of it.

mod hear;
mod keep;

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
use crate::agents::Session;
use crate::agents::talk::{Decision, Permission, TurnEnd};
use crate::documents::task::Task;
use crate::documents::template::Template;
use crate::records::project::Project;
use crate::records::runs::RunView;
use crate::stage::copied;
use crate::stage::redact::Redactor;
use crate::store::fs::{Disk, Fs};
use crate::store::journal::Journal;
use crate::terms::{Digest, TaskId, Usage};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::Sender;

/// The most of a message that is still coming that is kept to be shown.
const MAX_WORDS: usize = 1024 * 1024;

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
    live: Live,
    partner: Option<Box<dyn Partner>>,
    news: Sender<News>,
    redactor: Redactor,
    material: Vec<Material>,
    /// The run whose result is talked about.
    revised: Option<RunView>,
    /// What happened and could not be written yet, in order: written before anything else is.
    owed: VecDeque<Entry>,
    /// Whether the agent's turn is over, of which something is owed.
    over: bool,
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
        about: About,
        news: Sender<News>,
    ) -> Result<Self, CannotTalk> {
        Self::open_on(Arc::new(Disk), project, place, author, about, news)
    }

    /// The same with the transcript on this disk.
    fn open_on(
        disk: Arc<dyn Fs>,
        project: &Project,
        place: Place,
        author: Author,
        mut about: About,
        news: Sender<News>,
    ) -> Result<Self, CannotTalk> {
        let (journal, records, _) = Journal::open(disk, &place.dir.join(FILE))?;
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
            live: Live::default(),
            partner: None,
            news,
            redactor,
            material: Vec::new(),
            revised: None,
            owed: VecDeque::new(),
            over: false,
            cleaned: Vec::new(),
        };
        if talk.state.about.as_ref() != Some(&about) {
            talk.write(&Entry::Began { about })?;
        }
        talk.catch_up()?;
        Ok(talk)
    }

    /// Makes up for what was cut off, and takes in what was changed by hand.
    fn catch_up(&mut self) -> Result<(), CannotTalk> {
        if self.state.floor == Floor::Agent {
            self.write(&Entry::Heard {
                text: String::new(),
                end: TurnEnd::Interrupted,
                usage: Usage::default(),
            })?;
        }
        if let Some(saving) = save::cut_off(&self.place)? {
            match save::finish(&self.project, &self.place, &saving) {
                Ok(digest) => {
                    let unplaced = saving.unplaced;
                    self.write(&Entry::Saved { digest, unplaced })?;
                    save::forget(&self.place)?;
                }
                // The draft is still there to be saved anew.
                Err(CannotSave::Changed { .. }) => save::forget(&self.place)?,
                // Tried again the next time.
                Err(error) => self.live.notice = Some(error.to_string()),
            }
        }
        if let Some(text) = self.state.unread.clone() {
            // What of it was written before the rest was cut off stands.
            let drafted = self.state.draft.clone();
            let asked = self.asked_in_turn();
            for entry in self.state.found_in(&text) {
                let there = match &entry {
                    Entry::Drafted { text, .. } => drafted.as_ref() == Some(text),
                    _ => asked,
                };
                if !there {
                    self.write(&entry)?;
                }
            }
        }
        self.keep_ledger()
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

    /// What more the author is to be told at the beginning: of a result that is revised.
    pub fn add_material(&mut self, material: Vec<Material>) {
        self.material.extend(material);
    }

    /// The run whose result is talked about.
    pub fn revise(&mut self, run: Option<RunView>) {
        self.revised = run;
    }

    /// What of the run's work the draft would make stale, were it saved; `None`: nothing.
    pub fn stale(&self, made: &Composed) -> Option<Stale> {
        revise::stale(self.revised.as_ref()?, &made.text)
    }

    fn path(&self) -> std::path::PathBuf {
        self.place.file.under(self.project.home())
    }

    /// Gives something to a question: on disk when this returns. The author is told by
    /// [`Talk::say`].
    pub fn give(&mut self, id: &str, given: Given) -> Result<(), CannotTalk> {
        let given = self.clean_given(id, given);
        match self.state.form.get(id) {
            None => return Err(CannotTalk::NoQuestion(id.to_owned())),
            // Given once more to what is asked again, it is an answer to that.
            Some(e) if e.given.as_ref() == Some(&given) && !e.again => return Ok(()),
            Some(_) => {}
        }
        let id = id.to_owned();
        self.write(&Entry::Gave { id, given })?;
        self.keep_ledger()
    }

    /// Takes the recommended answer of every open question that has one.
    pub fn take_defaults(&mut self) -> Result<usize, CannotTalk> {
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
        self.pay()?;
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
        if message.is_empty() && self.state.turns > 0 {
            return Err(CannotTalk::NothingToSay);
        }
        // The prompt of a new session tells what was said so far, and this is not part of that yet.
        let first = self.begin(&message)?;
        let said = self.write(&Entry::Said {
            text: reply.rest,
            form: true,
        });
        if let Err(error) = said {
            if first.is_some() {
                // A session that was not told what this is about is none to go on with.
                (self.partner, self.live) = (None, Live::default());
            }
            return Err(error);
        }
        self.tell(first.unwrap_or(message));
        Ok(())
    }

    /// Starts the agent where none runs. Gives the whole first message where its session is new.
    fn begin(&mut self, words: &str) -> Result<Option<String>, CannotTalk> {
        if self.partner.is_some() {
            return Ok(None);
        }
        let agent = self.author.agent.clone();
        let known = self.state.agent.as_deref() == Some(agent.name.as_str());
        let session = self.state.session.clone().filter(|_| known);
        let resumed = session.is_some();
        let order = Order {
            agent: agent.clone(),
            profile: self.author.profile.clone(),
            cwd: self.project.home().to_owned(),
            dir: self.place.dir.clone(),
            session: session.map_or_else(|| Session::New(uuid::Uuid::new_v4()), Session::Resume),
            turns: self.state.turns,
            user_env: self.author.env.clone(),
        };
        let partner = partner::begin(&order, &self.news)?;
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

    fn first_message(&self, words: &str) -> String {
        let mut material = prompt::repository(&self.project.git());
        let current = ledger::read(&Disk, &self.path()).ok().flatten();
        if let Some(bytes) = current.filter(|b| !Task::parse(b).is_draft()) {
            material.push(Material {
                name: self.place.file.to_string(),
                text: String::from_utf8_lossy(&bytes).into_owned(),
            });
        }
        material.extend(self.material.iter().cloned());
        let about = self.state.about.clone().unwrap_or_else(|| About {
            item: None,
            title: String::new(),
            wish: String::new(),
            revises: false,
        });
        prompt::first(&prompt::Makings {
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
        if self.live.waiting.take().is_some() {
            self.live.unheard = None;
            self.owed.push_back(Entry::Heard {
                text: String::new(),
                end: TurnEnd::Interrupted,
                usage: Usage::default(),
            });
        }
        self.pay()?;
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
        let stored = match decision {
            Decision::Deny {
                reason: Some(reason),
            } => Decision::Deny {
                reason: Some(self.clean("", reason.clone())),
            },
            decision => decision.clone(),
        };
        // Where it can't be written, it is still to be decided.
        self.write(&Entry::Decided {
            permission,
            decision: stored,
        })?;
        self.live.permissions.retain(|p| p.id != id);
        if let Some(partner) = &mut self.partner {
            partner.decide(id, decision);
        }
        Ok(())
    }

    /// Another agent takes the other end, or the same with a new session.
    pub fn change_agent(&mut self, author: Author) -> Result<(), CannotTalk> {
        self.pay()?;
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
        let there = ledger::read(&Disk, &self.path())?;
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
        self.pay()?;
        if self.state.floor == Floor::Agent {
            return Err(CannotTalk::NotNow);
        }
        // Taken before the draft is composed: what comes from now on is not overwritten.
        let before = ledger::read(&Disk, &self.path())?.map(Digest::of);
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
        let revises = self.state.about.as_ref().is_some_and(|a| a.revises);
        let status = (!revises).then(|| self.author.ready_status.clone());
        let saving = Saving {
            before,
            text: String::from_utf8_lossy(&task.render()).into_owned(),
            item: task.item().map(|item| (item, status)),
            unplaced: made.trace.unplaced,
        };
        let digest = save::save(&self.project, &self.place, &saving)?;
        self.write(&Entry::Saved {
            digest: digest.clone(),
            unplaced: saving.unplaced,
        })?;
        save::forget(&self.place)?;
        Ok(digest)
    }
}

#[cfg(test)]
mod tests;
