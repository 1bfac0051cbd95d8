//! A dialogue led in a thread of its own, for a screen that never waits: wishes go in, what there is
//! to be shown comes out.

use super::CannotTalk;
use super::author::{Author, Choose};
use super::draft::Composed;
use super::partner::News;
use super::question::Given;
use super::revise::Stale;
use super::start::{self, Subject};
use super::state::State;
use super::talk::{Live, Talk};
use super::unsent::{self, Unsent, Whose};
use crate::agents::talk::Decision;
use crate::records::harness::Harness;
use crate::records::project::Project;
use crate::store::fs::Disk;
use crate::terms::{RepoPath, TaskId};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// While the agent tells without end, what is shown follows at this pace.
const FRAME: Duration = Duration::from_millis(16);

/// What a person wants of a dialogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Open it. One that is open already is closed first.
    Open(Subject),
    /// Say something, with all that was given since; empty words send the form alone.
    Say(String),
    /// Give something to a question.
    Give {
        /// The question.
        id: String,
        /// What.
        given: Given,
    },
    /// Take the recommended answer of every open question that has one.
    Defaults,
    /// Stop the author's turn.
    Interrupt,
    /// Decide on what the agent asks leave for.
    Decide {
        /// The permission's id.
        id: String,
        /// The decision.
        decision: Decision,
    },
    /// Save the draft; `anyway`: also where answers have no place in it.
    Save {
        /// Whether what is not placed does not matter.
        anyway: bool,
    },
    /// Go on with this agent of harness.yaml, or with a new session of the same.
    Agent(String),
    /// Close it. It can be opened again.
    Close,
}

/// What a dialogue is at, to be shown.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The task's id.
    pub id: TaskId,
    /// Its file.
    pub file: RepoPath,
    /// Who is at the other end, or would be.
    pub agent: String,
    /// What the transcript says.
    pub state: Arc<State>,
    /// What goes on right now.
    pub live: Live,
    /// The draft as it would be saved, and the file as it is; `None`: there is no draft.
    pub draft: Option<Arc<(Composed, String)>>,
    /// What of a run's work the draft would make stale, were it saved.
    pub stale: Option<Stale>,
}

/// What is told to the screen.
#[derive(Debug, Clone)]
pub enum Told {
    /// Something changed.
    Shown(Box<Shown>),
    /// A wish could not be granted. Nothing is lost by it.
    Refused {
        /// What was wished.
        wish: Wish,
        /// Why not, and what to do.
        why: String,
        /// The answers that have no place in the draft, where that is why.
        unplaced: Vec<String>,
    },
    /// A dialogue was opened; it is shown next.
    Opened {
        /// The task's id.
        id: TaskId,
        /// What was typed in it and not sent.
        unsent: Unsent,
    },
    /// Secrets were taken out of what was given to these questions; `""`: of other words.
    Cleaned(Vec<String>),
    /// The task was saved.
    Saved {
        /// Its id.
        task: TaskId,
        /// The workflow that the author recommends.
        workflow: Option<String>,
    },
    /// It is closed.
    Closed,
}

enum Message {
    Wish(Wish),
    /// Told in the dialogue that was opened as the n-th.
    News(u64, News),
    /// Nobody wishes anything any more.
    End,
}

/// A thread that leads one dialogue at a time. Dropping it carries out what was wished, closes the
/// dialogue and waits for that: what was given is on disk then.
pub struct Lead {
    wishes: Sender<Message>,
    thread: Option<JoinHandle<()>>,
}

impl Lead {
    /// Starts the thread; nothing is open yet. `tell` is called in it.
    pub fn begin(
        project: Project,
        choose: Choose,
        tell: impl FnMut(Told) + Send + 'static,
    ) -> io::Result<Self> {
        let (wishes, messages) = channel();
        let news = wishes.clone();
        let thread = std::thread::Builder::new()
            .name("dialogue".to_owned())
            .spawn(move || {
                Leader {
                    project,
                    choose,
                    tell,
                    news,
                    talk: None,
                    opened: 0,
                    version: None,
                    state: Arc::default(),
                    draft: None,
                    stale: None,
                }
                .go(&messages);
            })?;
        Ok(Self {
            wishes,
            thread: Some(thread),
        })
    }

    /// Wishes something, and never waits.
    pub fn wish(&self, wish: Wish) {
        // Without the thread there is nobody to lead any more.
        let _ = self.wishes.send(Message::Wish(wish));
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        let _ = self.wishes.send(Message::End);
        if let Some(thread) = self.thread.take() {
            // A panic there has ended the program already.
            let _ = thread.join();
        }
    }
}

struct Leader<F> {
    project: Project,
    choose: Choose,
    tell: F,
    news: Sender<Message>,
    talk: Option<Talk>,
    /// How many dialogues were opened.
    opened: u64,
    /// Which version of the dialogue `state` and `draft` are of.
    version: Option<u64>,
    state: Arc<State>,
    draft: Option<Arc<(Composed, String)>>,
    stale: Option<Stale>,
}

impl<F: FnMut(Told)> Leader<F> {
    fn go(mut self, messages: &Receiver<Message>) {
        let mut shown = Instant::now();
        let mut due = false;
        loop {
            let next = if due {
                messages.recv_timeout(FRAME.saturating_sub(shown.elapsed()))
            } else {
                messages.recv().map_err(|_| RecvTimeoutError::Disconnected)
            };
            match next {
                Ok(Message::Wish(wish)) => {
                    self.grant(wish);
                    (due, shown) = (false, Instant::now());
                    self.show();
                }
                Ok(Message::News(nth, news)) => {
                    self.hear(nth, news);
                    due = true;
                }
                Ok(Message::End) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {}
            }
            if due && shown.elapsed() >= FRAME {
                (due, shown) = (false, Instant::now());
                self.show();
            }
        }
    }

    fn hear(&mut self, nth: u64, news: News) {
        let Some(talk) = self.talk.as_mut().filter(|_| nth == self.opened) else {
            return;
        };
        if let Err(error) = talk.hear(news) {
            self.refuse(Wish::Say(String::new()), &error);
        }
    }

    fn grant(&mut self, wish: Wish) {
        if let Err(error) = self.try_to(&wish) {
            self.refuse(wish, &error);
        }
    }

    fn try_to(&mut self, wish: &Wish) -> Result<(), CannotTalk> {
        match wish {
            Wish::Open(subject) => return self.open(subject),
            Wish::Close => {
                if self.talk.take().is_some() {
                    self.draft = None;
                    (self.tell)(Told::Closed);
                }
                return Ok(());
            }
            _ => {}
        }
        let Some(talk) = &mut self.talk else {
            return Err(CannotTalk::Unknown("no dialogue is open".to_owned()));
        };
        match wish {
            Wish::Say(words) => talk.say(words),
            Wish::Give { id, given } => talk.give(id, given.clone()),
            Wish::Defaults => talk.take_defaults().map(|_| ()),
            Wish::Interrupt => talk.interrupt(),
            Wish::Decide { id, decision } => talk.decide(id, decision),
            Wish::Agent(name) => {
                let mut choose = self.choose.clone();
                if choose.overrides.agent.as_ref() != Some(name) {
                    // What was chosen for one agent says nothing of another.
                    choose.overrides.model = None;
                    choose.overrides.agent = Some(name.clone());
                }
                let harness = Harness::load(&self.project);
                let about = talk.state().about.as_ref();
                let item = about.and_then(|a| a.item.clone());
                let author = Author::of(&harness, &self.project, &choose)?;
                talk.change_agent(author.about(&self.project, item.as_ref()))
            }
            Wish::Save { anyway } => {
                talk.save(*anyway)?;
                let saved = Told::Saved {
                    task: talk.id().clone(),
                    workflow: talk.state().workflow.as_ref().map(|w| w.name.clone()),
                };
                (self.tell)(saved);
                Ok(())
            }
            Wish::Open(_) | Wish::Close => Ok(()),
        }
    }

    fn open(&mut self, subject: &Subject) -> Result<(), CannotTalk> {
        // One that is open holds its place; the same one is to be opened again.
        self.talk = None;
        (self.draft, self.stale) = (None, None);
        self.version = None;
        self.opened += 1;
        let nth = self.opened;
        let (to, news) = channel();
        let messages = self.news.clone();
        let pass_on = move || {
            for told in news {
                if messages.send(Message::News(nth, told)).is_err() {
                    return;
                }
            }
        };
        std::thread::Builder::new()
            .name("dialogue news".to_owned())
            .spawn(pass_on)
            .map_err(|e| CannotTalk::Place(format!("no thread can be started: {e}")))?;
        let talk = start::open(&self.project, subject, &self.choose, to)?;
        let id = talk.id().clone();
        self.talk = Some(talk);
        let path = Whose::Dialogue(id.clone()).path(&self.project.engine);
        let kept = unsent::read(&Disk, &path);
        let (unsent, unread) = match kept {
            Ok(unsent) => (unsent, None),
            Err(error) => (Unsent::default(), Some(error)),
        };
        (self.tell)(Told::Opened { id, unsent });
        if let Some(error) = unread {
            self.refuse(Wish::Say(String::new()), &error.into());
        }
        Ok(())
    }

    fn show(&mut self) {
        let Some(talk) = &mut self.talk else { return };
        let cleaned = talk.take_cleaned();
        if !cleaned.is_empty() {
            (self.tell)(Told::Cleaned(cleaned));
        }
        let version = Some(talk.version());
        if self.version != version {
            self.version = version;
            self.state = Arc::new(talk.state().clone());
            match talk.composed() {
                Ok(made) => {
                    self.stale = made.as_ref().and_then(|(made, _)| talk.stale(made));
                    self.draft = made.map(Arc::new);
                }
                // Told once; the conversation is shown all the same, with the draft as it was.
                Err(error) => self.refuse(Wish::Say(String::new()), &error),
            }
        }
        let Some(talk) = &self.talk else { return };
        let shown = Shown {
            id: talk.id().clone(),
            file: talk.file().clone(),
            agent: talk.agent().to_owned(),
            state: self.state.clone(),
            live: talk.live().clone(),
            draft: self.draft.clone(),
            stale: self.stale.clone(),
        };
        (self.tell)(Told::Shown(Box::new(shown)));
    }

    fn refuse(&mut self, wish: Wish, error: &CannotTalk) {
        if let Wish::Give { id, given } = &wish
            && self.has_kept(id, given)
        {
            let why = format!(
                "{id} is kept, but not in the task's file yet: {error}; it is written there with the next answer, or when the dialogue is opened again"
            );
            let wish = Wish::Say(String::new());
            let unplaced = Vec::new();
            return (self.tell)(Told::Refused {
                wish,
                why,
                unplaced,
            });
        }
        let unplaced = match error {
            CannotTalk::Save(super::save::CannotSave::Unplaced(ids)) => ids.clone(),
            _ => Vec::new(),
        };
        (self.tell)(Told::Refused {
            wish,
            why: error.to_string(),
            unplaced,
        });
    }

    /// Whether the transcript has what was given, although something else failed.
    fn has_kept(&self, id: &str, given: &Given) -> bool {
        let talk = self.talk.as_ref();
        let entry = talk.and_then(|t| t.state().form.get(id));
        entry.is_some_and(|e| e.given.as_ref() == Some(given))
    }
}
