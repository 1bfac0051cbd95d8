//! What a dialogue is at, made from its transcript.

use super::form::Form;
use super::recognise::recognise_among;
use super::transcript::{About, Entry, Recommended};
use crate::agents::talk::TurnEnd;
use crate::terms::Digest;
use crate::terms::usage::Total;
use crate::text::many;

/// A line of the conversation, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// The person's words.
    You(String),
    /// What the person told by the form.
    Form(String),
    /// The agent's message.
    Agent(String),
    /// A tool call of the agent's.
    Tool(String),
    /// The ids of the questions that were asked here.
    Questions(Vec<String>),
    /// A new draft.
    Draft,
    /// Something that happened: another agent, an interruption, a failure, a decision.
    Note(String),
    /// The task was saved.
    Saved,
}

/// Who is to speak next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Floor {
    /// The person.
    #[default]
    Person,
    /// The agent: it was told something and has not ended its turn.
    Agent,
}

/// A dialogue as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// What it is about; `None`: nothing was written yet.
    pub about: Option<About>,
    /// The agent at the other end: its name.
    pub agent: Option<String>,
    /// Its driver.
    pub driver: Option<String>,
    /// The session by which it is taken up again.
    pub session: Option<String>,
    /// The conversation.
    pub lines: Vec<Line>,
    /// The questions, and what was given to them.
    pub form: Form,
    /// The last draft, as the author wrote it.
    pub draft: Option<String>,
    /// The workflow that it recommends.
    pub workflow: Option<Recommended>,
    /// How many turns the agent took.
    pub turns: u32,
    /// Whose turn it is, as far as the transcript knows.
    pub floor: Floor,
    /// What it used.
    pub usage: Total,
    /// The digest of the task as it was saved last.
    pub saved: Option<Digest>,
    /// Whether something was said since that.
    pub since_saved: bool,
    /// The agent's last message, where what it asks and drafts may not be written down yet.
    pub unread: Option<String>,
    /// The questions whose answers were told last.
    pub told_last: Vec<String>,
    /// The digest of what the session was told of a run's result.
    pub showed: Option<Digest>,
    /// How often the person said something.
    pub said: u64,
    /// Words of the person's that were said in turns that were cut off or failed: whether the session
    /// heard them, nobody knows.
    pub unheard: Vec<String>,
    /// Whether the session has come to the end of a turn: what it is there for has reached it.
    pub knows: bool,
}

impl State {
    /// Takes the next entry in.
    pub fn take(&mut self, entry: &Entry) {
        // That it is opened again, now to revise what is there, says nothing new.
        if !matches!(entry, Entry::Saved { .. } | Entry::Began { .. }) {
            self.since_saved = true;
        }
        match entry {
            Entry::Began { about } => self.about = Some(about.clone()),
            Entry::Joined { agent, driver, .. } => {
                if self.agent.as_ref().is_some_and(|before| before != agent) {
                    self.lines.push(Line::Note(format!("{agent} goes on")));
                }
                (self.agent, self.driver) = (Some(agent.clone()), Some(driver.clone()));
                (self.session, self.showed, self.knows) = (None, None, false);
                // What was said so far is in the prompt of a new session.
                self.unheard.clear();
                self.floor = Floor::Person;
            }
            Entry::Showed { digest } => self.showed = Some(digest.clone()),
            Entry::Session { id } => self.session = Some(id.clone()),
            Entry::Said { text, form } => {
                self.unread = None;
                self.said += 1;
                if *form {
                    let told = self.form.message();
                    if !told.is_empty() {
                        self.lines.push(Line::Form(told));
                    }
                    let untold = self.form.entries().iter();
                    let untold = untold.filter(|e| e.given.is_some() && !e.told);
                    self.told_last = untold.map(|e| e.question.id.clone()).collect();
                    self.form.told();
                }
                if !text.is_empty() {
                    self.lines.push(Line::You(text.clone()));
                    self.unheard.push(text.clone());
                }
                self.floor = Floor::Agent;
            }
            Entry::Tool { title } => self.lines.push(Line::Tool(title.clone())),
            Entry::Heard { text, end, usage } => self.heard(text, end, usage),
            Entry::Asked { questions } => {
                let ids = questions.iter().map(|q| q.id.clone()).collect();
                self.form.ask(questions.clone());
                self.lines.push(Line::Questions(ids));
            }
            Entry::Found { question } => self.form.ask(vec![question.clone()]),
            Entry::Gave { id, given } => {
                self.form.give(id, given.clone());
            }
            Entry::Drafted { text, workflow } => {
                self.draft = Some(text.clone());
                self.form.drafted();
                if workflow.is_some() {
                    self.workflow.clone_from(workflow);
                }
                self.lines.push(Line::Draft);
            }
            Entry::Decided {
                permission,
                decision,
            } => self.lines.push(Line::Note(decided(permission, decision))),
            Entry::Saved { digest, .. } => {
                self.saved = Some(digest.clone());
                self.since_saved = false;
                self.lines.push(Line::Saved);
            }
        }
    }

    /// How far it has come, in a few words: questions, answers, draft.
    pub fn so_far(&self) -> String {
        let asked = self.form.entries().len();
        let answered = asked - self.form.open().count();
        let draft = if self.has_new_draft() {
            "with a draft"
        } else if self.saved.is_some() {
            "saved"
        } else {
            "no draft yet"
        };
        let asked = many(asked, "question");
        format!("{asked}, {answered} of them answered, {draft}")
    }

    /// Whether there is a draft that is not saved.
    pub fn has_new_draft(&self) -> bool {
        let mut lines = self.lines.iter().rev();
        let last = lines.find(|l| matches!(l, Line::Draft | Line::Saved));
        last == Some(&Line::Draft)
    }

    fn heard(&mut self, text: &str, end: &TurnEnd, usage: &crate::terms::Usage) {
        if !text.trim().is_empty() {
            self.lines.push(Line::Agent(text.to_owned()));
        }
        let told = std::mem::take(&mut self.told_last);
        if *end != TurnEnd::Answered {
            // Nobody knows whether it heard them.
            self.form.untell(&told);
        }
        match end {
            TurnEnd::Answered => {
                self.unheard.clear();
                self.knows = true;
            }
            TurnEnd::Interrupted => self.lines.push(Line::Note("interrupted".to_owned())),
            TurnEnd::Failed { failure } => self.lines.push(Line::Note(format!(
                "the agent failed ({}): {}",
                failure.kind, failure.message
            ))),
        }
        let answered = *end == TurnEnd::Answered && !text.trim().is_empty();
        self.unread = answered.then(|| text.to_owned());
        self.turns = self.turns.saturating_add(1);
        self.usage.add(usage);
        self.floor = Floor::Person;
    }

    /// The entries that follow from the agent's last message and are not there yet. What it asked in
    /// this turn by a tool of its own is not asked again.
    pub fn missing(&self) -> Vec<Entry> {
        let Some(message) = &self.unread else {
            return Vec::new();
        };
        let lines = self.lines.iter().rev();
        let turn = lines.take_while(|l| !matches!(l, Line::You(_) | Line::Form(_)));
        let (mut drafted, mut asked) = (false, false);
        for line in turn {
            drafted |= matches!(line, Line::Draft);
            asked |= matches!(line, Line::Questions(_));
        }
        let mut found = self.found_in(message);
        found.retain(|entry| match entry {
            Entry::Drafted { .. } => !drafted,
            Entry::Asked { .. } => !asked,
            _ => true,
        });
        found
    }

    /// The entries that follow from a whole message of the agent: its questions, its draft.
    pub fn found_in(&self, message: &str) -> Vec<Entry> {
        let mut found = Vec::new();
        let draft = super::draft::in_answer(message);
        let has_draft = draft.is_some();
        if let Some(text) = draft {
            let (text, workflow) = without_workflow(&text);
            found.push(Entry::Drafted { text, workflow });
        }
        let questions =
            recognise_among(message, &self.form.questions(), &|n| self.form.is_given(n));
        // With a draft in hand, numbered text around it explains; only what is asked for is asked.
        let asked = questions.into_iter().filter(|q| {
            !has_draft || q.blocking || q.recommended.is_some() || q.text.contains(['?', '？'])
        });
        let questions: Vec<_> = asked.collect();
        if !questions.is_empty() {
            found.push(Entry::Asked { questions });
        }
        found
    }
}

fn decided(
    permission: &crate::agents::talk::Permission,
    decision: &crate::agents::talk::Decision,
) -> String {
    use crate::agents::talk::Decision;
    let what = format!("{}: {}", permission.tool, permission.title);
    match decision {
        Decision::AllowOnce => format!("allowed once — {what}"),
        Decision::AllowForDialogue => format!("allowed in this dialogue — {what}"),
        Decision::Deny { reason: None } => format!("denied — {what}"),
        Decision::Deny {
            reason: Some(reason),
        } => format!("denied ({reason}) — {what}"),
    }
}

/// The draft without its line `Workflow: NAME — why`, and what that recommends.
fn without_workflow(text: &str) -> (String, Option<Recommended>) {
    use crate::documents::markdown::key::key_line;
    let mut workflow = None;
    let mut kept = String::with_capacity(text.len());
    for line in text.lines() {
        let head = !kept.contains("\n## ");
        let found = key_line(line).filter(|l| head && workflow.is_none() && l.is("Workflow"));
        match found {
            Some(key) => {
                let mut parts = key.value.splitn(2, [' ', ',', ';']);
                let name = parts.next().unwrap_or_default().trim_matches(['`', '*']);
                let why = parts.next().unwrap_or_default();
                let why = why.trim_matches([' ', '—', '–', '-', ':', '(', ')']);
                workflow = Some(Recommended {
                    name: name.to_owned(),
                    why: why.to_owned(),
                })
                .filter(|w| !w.name.is_empty());
            }
            None => {
                kept.push_str(line);
                kept.push('\n');
            }
        }
    }
    (kept, workflow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialogue::question::Given;
    use crate::terms::Usage;

    fn heard(state: &mut State, text: &str) {
        let follows = state.found_in(text);
        state.take(&Entry::Heard {
            text: text.into(),
            end: TurnEnd::Answered,
            usage: Usage::default(),
        });
        for entry in &follows {
            state.take(entry);
        }
    }

    #[test]
    fn questions_answers_and_a_draft() {
        let mut state = State::default();
        heard(&mut state, "1. Where?\n2. How many?\n");
        assert_eq!(state.floor, Floor::Person);
        for (id, text) in [("Q1", "here"), ("Q2", "3")] {
            state.take(&Entry::Gave {
                id: id.into(),
                given: Given::Answer { text: text.into() },
            });
        }
        state.take(&Entry::Said {
            text: "Thanks".into(),
            form: true,
        });
        assert_eq!(state.floor, Floor::Agent);
        assert!(!state.form.is_untold());
        let draft = "<<<ARTIFACT task\n# Task T000 — X\n\nStatus: Draft\nWorkflow: `fix-issue` — one line of code\n\n## Summary\n\nWorkflow: kept\nARTIFACT>>>\n\nIs 2 a limit?";
        heard(&mut state, draft);
        let text = state.draft.clone().unwrap();
        assert!(
            !text.contains("fix-issue") && text.contains("Workflow: kept"),
            "{text}"
        );
        let workflow = state.workflow.clone().unwrap();
        assert_eq!(
            (workflow.name.as_str(), workflow.why.as_str()),
            ("fix-issue", "one line of code")
        );
        assert_eq!(
            state.form.open().count(),
            1,
            "what it asks beside the draft is asked"
        );
        assert_eq!(state.turns, 2);
    }

    #[test]
    fn another_agent_has_no_session_of_the_first() {
        let mut state = State::default();
        let joined = |name: &str| Entry::Joined {
            agent: name.into(),
            driver: "claude".into(),
            model: None,
        };
        state.take(&joined("a"));
        state.take(&Entry::Session { id: "s".into() });
        assert_eq!(state.session.as_deref(), Some("s"));
        state.take(&joined("b"));
        assert_eq!(state.session, None);
        assert_eq!(state.lines, [Line::Note("b goes on".into())]);
    }
}
