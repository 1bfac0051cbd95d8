//! The conversation itself: what was said, by whom, in the order in which it came.
//!
//! Everything comes by one channel: the person's words, the agent's, the answers to what it was
//! asked. So nothing is shared, and a turn's end is heard after all that was told in it.

use super::super::outlet::Outlet;
use super::super::place::Place;
use super::super::{News, wire};
use super::messages::messages;
use super::process::Process;
use crate::agents::Session;
use crate::agents::acp::reading::{Reading, option_for};
use crate::agents::acp::{failure, without_ambient};
use crate::agents::event::{AgentEvent, Failure};
use crate::agents::talk::{Decision, Heard};
use crate::terms::FailureKind;
use agent_client_protocol::schema::ProtocolVersion;
use agent_client_protocol::v1::schema::{
    CancelNotification, ContentBlock, Implementation, InitializeRequest, InitializeResponse,
    LoadSessionRequest, NewSessionRequest, PermissionOption, PromptRequest, PromptResponse,
    RequestPermissionOutcome, RequestPermissionRequest, RequestPermissionResponse,
    ResumeSessionRequest, SelectedPermissionOutcome, SessionId, SessionNotification, TextContent,
};
use agent_client_protocol::v1::{ConnectionTo, Responder};
use agent_client_protocol::{Agent, Client, Error, JsonRpcRequest, Lines};
use futures::channel::mpsc::{Receiver, Sender, UnboundedReceiver, UnboundedSender};
use futures::{SinkExt as _, StreamExt as _};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

/// How long an agent may take to answer the greeting, and then to open a session.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long it may take to stop when it is interrupted.
const STOPS: Duration = Duration::from_secs(10);
/// How many questions may wait for a person at once.
const MOST_ASKED: usize = 100;

/// Which conversation it is, and who listens.
pub(super) struct Setting {
    /// The session to take up, or a new one.
    pub session: Session,
    /// Where its news goes.
    pub news: mpsc::Sender<News>,
}

impl Setting {
    /// The way out for news from this place.
    pub(super) fn outlet(&self, place: &Place) -> Outlet {
        Outlet::new(&self.news, place.cwd.clone())
    }
}

/// One thing that was said, by whomever.
pub(super) enum Word {
    /// The person says something.
    Say(String),
    /// The person stops the turn.
    Interrupt,
    /// The person decided.
    Decide(String, Decision),
    /// The person left.
    Leave,
    Greeted(Result<Box<InitializeResponse>, Error>),
    /// A session was opened, or not.
    Opened(Result<SessionId, Error>),
    Update(Box<SessionNotification>),
    Asked(
        Box<RequestPermissionRequest>,
        Responder<RequestPermissionResponse>,
    ),
    Turn(Result<PromptResponse, Error>),
    /// A line that is no message.
    Garbage(String),
    /// The agent can't be listened to any more.
    Broken(String),
    /// Its output has ended.
    Closed,
    /// The patience for this step is over.
    Late(Step),
}

/// How a conversation was over.
pub(super) enum Ended {
    /// The person left.
    Left,
    /// The agent closed its output.
    Closed,
    /// It could not go on.
    Failed(Failure),
}

/// The channels of a conversation.
pub(super) struct Wires {
    pub lines: Receiver<String>,
    pub out: Sender<String>,
    pub words: UnboundedSender<Word>,
    pub inbox: UnboundedReceiver<Word>,
}

/// How far the conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Greeting,
    /// Taking the session up again by `session/resume`.
    Resuming,
    /// Taking it up by `session/load`, which plays the past again.
    Loading,
    /// Asking for a new session.
    Opening,
    /// It can be spoken to.
    Idle,
    /// A turn is on.
    Turn,
    /// A turn is on that a person has stopped.
    Stopping,
}

/// Holds the conversation until it is over; the process is ended before this returns, so that
/// nothing is left to be written to it.
pub(super) async fn run(
    wires: Wires,
    (setting, outlet): (&Setting, &mut Outlet),
    written: Arc<AtomicU64>,
    process: &mut Process<'_>,
) -> Ended {
    let Wires {
        lines,
        out,
        words,
        inbox,
    } = wires;
    let mut ended = None;
    let sink = out.sink_map_err(|_| std::io::Error::from(std::io::ErrorKind::BrokenPipe));
    let (asking, telling, closing) = (words.clone(), words.clone(), words.clone());
    let incoming = messages(lines, words.clone(), written);
    let result = Client
        .v1()
        .name("harness-tui")
        .on_receive_notification(
            async move |update: SessionNotification, _| {
                let _ = telling.unbounded_send(Word::Update(Box::new(update)));
                Ok(())
            },
            agent_client_protocol::on_receive_notification!(),
        )
        .on_receive_request(
            async move |request: RequestPermissionRequest, responder, _| {
                let _ = asking.unbounded_send(Word::Asked(Box::new(request), responder));
                Ok(())
            },
            agent_client_protocol::on_receive_request!(),
        )
        .on_close(async move |_| {
            let _ = closing.unbounded_send(Word::Closed);
            Ok(())
        })
        .connect_with(Lines::new(sink, incoming), async |cx| {
            let mut talk = Talk {
                cx,
                words,
                session: &setting.session,
                process: &*process,
                outlet,
                step: Step::Greeting,
                greeted: None,
                open: None,
                reading: Reading::new("", true),
                asked: BTreeMap::new(),
                questions: 0,
                allowed: BTreeSet::new(),
                reasons: Vec::new(),
                waiting: None,
                turned: None,
            };
            let how = talk.go(inbox).await;
            let turned = talk.turned;
            match how {
                Ended::Closed => process.closed(),
                Ended::Left => process.writes_down(turned),
                Ended::Failed(_) => {}
            }
            process.end();
            ended = Some(how);
            Ok(())
        })
        .await;
    ended.unwrap_or_else(|| {
        let why = result.err().map_or_else(String::new, |e| format!(": {e}"));
        Ended::Failed(failure::of(
            FailureKind::Protocol,
            &format!("the connection to the agent broke{why}"),
        ))
    })
}

/// A call that waits for a person.
struct Asked {
    responder: Responder<RequestPermissionResponse>,
    options: Vec<PermissionOption>,
    call: String,
    tool: String,
    title: String,
}

/// The state of the conversation.
struct Talk<'a> {
    cx: ConnectionTo<Agent>,
    words: UnboundedSender<Word>,
    /// The session that is wanted.
    session: &'a Session,
    process: &'a Process<'a>,
    outlet: &'a mut Outlet,
    step: Step,
    /// What the agent said that it is and can do.
    greeted: Option<Box<InitializeResponse>>,
    /// The session that was opened.
    open: Option<SessionId>,
    reading: Reading,
    asked: BTreeMap<String, Asked>,
    questions: u64,
    /// The tools that a person allowed for as long as the dialogue lasts.
    allowed: BTreeSet<String>,
    /// Why calls were not allowed: the protocol has no place for it, so it goes before what is said
    /// next.
    reasons: Vec<String>,
    /// Dropping it ends the patience with the step.
    waiting: Option<mpsc::Sender<()>>,
    /// When the last turn ended.
    turned: Option<Instant>,
}

impl Talk<'_> {
    async fn go(&mut self, mut inbox: UnboundedReceiver<Word>) -> Ended {
        self.greet();
        while let Some(word) = inbox.next().await {
            if let Some(ended) = self.hear(word) {
                return ended;
            }
        }
        Ended::Left
    }

    /// Takes one word in; gives how it all ended, where it did.
    fn hear(&mut self, word: Word) -> Option<Ended> {
        match word {
            Word::Leave => return Some(Ended::Left),
            Word::Closed => return Some(Ended::Closed),
            Word::Broken(why) => return Some(broken(&why)),
            Word::Late(step) if step == self.step => return Some(self.late()),
            Word::Late(_) => {}
            Word::Greeted(Ok(greeted)) => self.open(greeted),
            Word::Greeted(Err(error)) => return Some(Ended::Failed(failure::of_error(&error))),
            Word::Opened(opened) => return self.opened(opened),
            Word::Update(update) => self.update(*update),
            Word::Garbage(line) => self.tell([AgentEvent::Raw { line }]),
            Word::Asked(request, responder) => self.ask(&request, responder),
            Word::Turn(result) => self.turn(result),
            Word::Say(text) => self.say(&text),
            Word::Interrupt => self.interrupt(),
            Word::Decide(id, decision) => self.decide(&id, &decision),
        }
        None
    }

    fn greet(&mut self) {
        self.wait_for(Step::Greeting);
        // No file system and no terminal of ours: it has its own, confined.
        let version = env!("CARGO_PKG_VERSION");
        let request = InitializeRequest::new(ProtocolVersion::V1)
            .client_info(Implementation::new("harness-tui", version));
        self.request(request, |r| Word::Greeted(r.map(Box::new)));
    }

    /// Sends a request; its answer becomes a word, after everything that came before it.
    fn request<R>(
        &self,
        request: R,
        word: impl FnOnce(Result<R::Response, Error>) -> Word + Send + 'static,
    ) where
        R: JsonRpcRequest,
        R::Response: Send,
    {
        let words = self.words.clone();
        let sent = self.cx.prepare_request(request);
        // A connection that is closed says so by its own word.
        let _ = sent.on_receiving_result(async move |result| {
            let _ = words.unbounded_send(word(result));
            Ok(())
        });
    }

    /// The step is to be over in time.
    fn wait_for(&mut self, step: Step) {
        self.step = step;
        let (waiting, over) = mpsc::channel::<()>();
        let words = self.words.clone();
        let patience = patience(step);
        let watch = move || {
            if over.recv_timeout(patience) == Err(mpsc::RecvTimeoutError::Timeout) {
                let _ = words.unbounded_send(Word::Late(step));
            }
        };
        // Without a thread for it the agent has all the time it wants; a person can leave.
        let _ = std::thread::Builder::new().spawn(watch);
        self.waiting = Some(waiting);
    }

    fn late(&self) -> Ended {
        let what = match self.step {
            Step::Greeting => {
                "it did not answer the greeting of the Agent Client Protocol (`initialize`); does \
                 its command start an ACP server, such as [opencode, acp]?"
            }
            Step::Stopping => "it did not stop when it was interrupted; it was ended",
            _ => "it opened no session; it was ended",
        };
        let message = format!("after {} seconds: {what}", patience(self.step).as_secs());
        Ended::Failed(failure::of(FailureKind::Protocol, &message))
    }

    /// It greeted back: its session is taken up again, where that can be.
    fn open(&mut self, greeted: Box<InitializeResponse>) {
        let can = &greeted.agent_capabilities;
        let steps = (can.session_capabilities.resume.is_some(), can.load_session);
        self.greeted = Some(greeted);
        match (self.session, steps) {
            (Session::New(_), _) => self.open_new(),
            (Session::Resume(id), (true, _)) => {
                self.wait_for(Step::Resuming);
                let id = SessionId::new(id.as_str());
                let request = ResumeSessionRequest::new(id.clone(), self.process.cwd())
                    .meta(without_ambient());
                self.request(request, |r| Word::Opened(r.map(|_| id)));
            }
            (Session::Resume(_), (false, true)) => self.load(),
            (Session::Resume(_), (false, false)) => {
                self.warn("it can't take a session up again: it begins a new one, and knows nothing of what was said before");
                self.open_new();
            }
        }
    }

    fn load(&mut self) {
        let Session::Resume(id) = self.session else {
            return self.open_new();
        };
        let id = SessionId::new(id.as_str());
        self.wait_for(Step::Loading);
        let request =
            LoadSessionRequest::new(id.clone(), self.process.cwd()).meta(without_ambient());
        self.request(request, |r| Word::Opened(r.map(|_| id)));
    }

    fn open_new(&mut self) {
        self.wait_for(Step::Opening);
        let request = NewSessionRequest::new(self.process.cwd()).meta(without_ambient());
        self.request(request, |r| Word::Opened(r.map(|opened| opened.session_id)));
    }

    fn opened(&mut self, opened: Result<SessionId, Error>) -> Option<Ended> {
        match (opened, self.step) {
            (Ok(session), step) => {
                let name = self.greeted.as_ref().and_then(|g| g.agent_info.as_ref());
                let name = name.map_or("", |info| info.name.as_str());
                self.reading = Reading::new(name, step == Step::Opening);
                self.waiting = None;
                self.step = Step::Idle;
                let id = session.0.to_string();
                let launched = self.process.report();
                if !launched.confined {
                    self.send(wire::warning(&launched.sandbox));
                }
                self.open = Some(session);
                self.send(Heard::Ready { session: Some(id) });
            }
            (Err(_), Step::Resuming) if self.can_load() => self.load(),
            (Err(error), Step::Resuming | Step::Loading) => {
                let why = failure::of_error(&error).message;
                self.warn(&format!(
                    "its session could not be taken up again ({why}): it begins a new one, and \
                     knows nothing of what was said before"
                ));
                self.open_new();
            }
            (Err(error), _) => return Some(Ended::Failed(failure::of_error(&error))),
        }
        None
    }

    fn can_load(&self) -> bool {
        let greeted = self.greeted.as_ref();
        greeted.is_some_and(|g| g.agent_capabilities.load_session)
    }

    fn update(&mut self, update: SessionNotification) {
        if self.open.as_ref() == Some(&update.session_id) {
            let events = self.reading.update(update.update);
            self.tell(events);
        }
    }

    fn say(&mut self, text: &str) {
        let Some(session) = self.open.clone().filter(|_| self.step == Step::Idle) else {
            return self.warn("it can't be spoken to now; what was said last was not sent");
        };
        self.step = Step::Turn;
        self.outlet.turn();
        self.reading.begin();
        let mut said = std::mem::take(&mut self.reasons).concat();
        said.push_str(text);
        let prompt = vec![ContentBlock::Text(TextContent::new(said))];
        self.request(PromptRequest::new(session, prompt), Word::Turn);
    }

    fn interrupt(&mut self) {
        let Some(session) = self.open.clone().filter(|_| self.step == Step::Turn) else {
            return;
        };
        self.wait_for(Step::Stopping);
        // A connection that is closed says so by its own word.
        let _ = self.cx.send_notification(CancelNotification::new(session));
        self.withdraw();
    }

    fn turn(&mut self, result: Result<PromptResponse, Error>) {
        self.withdraw();
        let interrupted = self.step == Step::Stopping;
        self.step = Step::Idle;
        self.waiting = None;
        self.turned = Some(Instant::now());
        let session = self.open.as_ref().map(|id| id.0.to_string());
        let (turn, events) = self.reading.ended(result, interrupted, session);
        self.tell(events);
        self.send(Heard::Turn(turn));
    }

    /// The agent asks.
    fn ask(
        &mut self,
        request: &RequestPermissionRequest,
        responder: Responder<RequestPermissionResponse>,
    ) {
        let wanted = self.open.as_ref() == Some(&request.session_id) && self.step == Step::Turn;
        if !wanted || self.asked.len() >= MOST_ASKED {
            return answer(responder, RequestPermissionOutcome::Cancelled);
        }
        self.questions += 1;
        let id = self.questions.to_string();
        let (permission, events) = self.reading.asked(id.clone(), request);
        self.tell(events);
        let asked = Asked {
            responder,
            options: request.options.clone(),
            call: request.tool_call.tool_call_id.0.to_string(),
            tool: permission.tool.clone(),
            title: permission.title.clone(),
        };
        if self.allowed.contains(&asked.tool) {
            return self.settle(asked, &Decision::AllowForDialogue);
        }
        self.asked.insert(id, asked);
        self.send(Heard::Permission(permission));
    }

    fn decide(&mut self, id: &str, decision: &Decision) {
        let Some(asked) = self.asked.remove(id) else {
            return;
        };
        let tool = asked.tool.clone();
        self.settle(asked, decision);
        if *decision != Decision::AllowForDialogue {
            return;
        }
        // What else of this tool waits is allowed by the same word.
        let same = |asked: &Asked| asked.tool == tool;
        let others: Vec<String> = self
            .asked
            .iter()
            .filter(|(_, a)| same(a))
            .map(|(id, _)| id.clone())
            .collect();
        for id in others {
            if let Some(asked) = self.asked.remove(&id) {
                self.settle(asked, decision);
                self.send(Heard::Withdrawn { id });
            }
        }
        self.allowed.insert(tool);
    }

    /// Answers what the agent asked.
    fn settle(&mut self, asked: Asked, decision: &Decision) {
        if let Decision::Deny { reason } = decision {
            self.reading.denied(&asked.call);
            if let Some(reason) = reason {
                self.reasons.push(format!(
                    "I did not allow this: {}. Why: {reason}\n\n",
                    asked.title
                ));
            }
        }
        let option = option_for(&asked.options, decision);
        let outcome = match option {
            Some(id) => RequestPermissionOutcome::Selected(SelectedPermissionOutcome::new(id)),
            None => RequestPermissionOutcome::Cancelled,
        };
        let offered = matches!(outcome, RequestPermissionOutcome::Selected(_));
        if !offered && !matches!(decision, Decision::Deny { .. }) {
            self.warn(&format!(
                "it offers no way to allow this once, so it was not allowed: {}",
                asked.title
            ));
        }
        answer(asked.responder, outcome);
    }

    /// Nobody needs to decide any more.
    fn withdraw(&mut self) {
        for (id, asked) in std::mem::take(&mut self.asked) {
            answer(asked.responder, RequestPermissionOutcome::Cancelled);
            self.send(Heard::Withdrawn { id });
        }
    }

    fn warn(&mut self, text: &str) {
        self.tell([AgentEvent::Warning {
            text: text.to_owned(),
        }]);
    }

    fn tell(&mut self, events: impl IntoIterator<Item = AgentEvent>) {
        self.send_all(events.into_iter().map(Heard::Event).collect());
    }

    fn send(&mut self, heard: Heard) {
        self.send_all(vec![heard]);
    }

    fn send_all(&mut self, heard: Vec<Heard>) {
        if !self.outlet.tell(heard) {
            // Nobody listens any more.
            let _ = self.words.unbounded_send(Word::Leave);
        }
    }
}

fn patience(step: Step) -> Duration {
    match step {
        Step::Stopping => STOPS,
        _ => PATIENCE,
    }
}

fn broken(why: &str) -> Ended {
    Ended::Failed(failure::of(FailureKind::Protocol, why))
}

fn answer(responder: Responder<RequestPermissionResponse>, outcome: RequestPermissionOutcome) {
    // A connection that is closed says so by its own word.
    let _ = responder.respond(RequestPermissionResponse::new(outcome));
}
