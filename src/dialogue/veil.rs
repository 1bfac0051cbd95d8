//! What an author tells, without its secrets, before anybody sees it. Of a message that is still
//! coming, an end that could be the beginning of a secret is held back until it is known.

use super::partner::News;
use crate::agents::event::{AgentEvent, Failure};
use crate::agents::talk::{AskedQuestion, Heard, Permission, Turn, TurnEnd};
use crate::stage::redact::Redactor;

/// The most that is held back, in bytes: what is longer is no secret, or is shown as one.
const MOST: usize = 64 * 1024;

/// Takes secrets out of what is told.
#[derive(Debug)]
pub struct Veil {
    redactor: Redactor,
    held: String,
}

impl Veil {
    /// One that knows what this redactor knows.
    pub fn new(redactor: Redactor) -> Self {
        Self {
            redactor,
            held: String::new(),
        }
    }

    /// The same news without secrets, in order; what was held back comes before them.
    pub fn news(&mut self, news: News) -> Vec<News> {
        let News::Heard(heard) = news else {
            let mut told = self.rest();
            told.extend(self.gone(news));
            return told;
        };
        match heard {
            Heard::Event(AgentEvent::TextDelta { text }) => self.piece(&text),
            // The whole stands in place of its pieces.
            Heard::Event(AgentEvent::Text { text }) => {
                self.held.clear();
                let text = self.redactor.text(&text);
                vec![News::Heard(Heard::Event(AgentEvent::Text { text }))]
            }
            Heard::Event(event @ (AgentEvent::Usage { .. } | AgentEvent::Raw { .. })) => {
                vec![News::Heard(Heard::Event(event))]
            }
            heard => {
                let mut told = self.rest();
                told.push(News::Heard(self.heard(heard)));
                told
            }
        }
    }

    fn piece(&mut self, text: &str) -> Vec<News> {
        self.held.push_str(text);
        let cut = match self.held.len() {
            long if long > MOST => long,
            _ => self.redactor.settled(&self.held),
        };
        let rest = self.held.split_off(cut);
        let ready = std::mem::replace(&mut self.held, rest);
        self.delta(&ready)
    }

    /// What was held back, as it is.
    fn rest(&mut self) -> Vec<News> {
        let held = std::mem::take(&mut self.held);
        self.delta(&held)
    }

    fn delta(&self, text: &str) -> Vec<News> {
        if text.is_empty() {
            return Vec::new();
        }
        let text = self.redactor.text(text);
        vec![News::Heard(Heard::Event(AgentEvent::TextDelta { text }))]
    }

    fn gone(&self, news: News) -> Option<News> {
        match news {
            News::Gone(failure) => Some(News::Gone(self.failure(failure))),
            News::Heard(_) => None,
        }
    }

    fn failure(&self, mut failure: Failure) -> Failure {
        failure.message = self.redactor.text(&failure.message);
        failure
    }

    fn heard(&self, heard: Heard) -> Heard {
        let text = |text: &str| self.redactor.text(text);
        match heard {
            Heard::Event(event) => Heard::Event(self.event(event)),
            Heard::Permission(asked) => Heard::Permission(Permission {
                tool: text(&asked.tool),
                title: text(&asked.title),
                diff: asked.diff.as_deref().map(text),
                id: asked.id,
            }),
            Heard::Questions(asked) => {
                let own = |mut question: AskedQuestion| {
                    question.header = text(&question.header);
                    question.question = text(&question.question);
                    for option in &mut question.options {
                        option.label = text(&option.label);
                        option.description = text(&option.description);
                    }
                    question
                };
                Heard::Questions(asked.into_iter().map(own).collect())
            }
            Heard::Turn(turn) => Heard::Turn(Turn {
                answer: text(&turn.answer),
                end: match turn.end {
                    TurnEnd::Failed { failure } => TurnEnd::Failed {
                        failure: self.failure(failure),
                    },
                    end => end,
                },
                ..turn
            }),
            heard @ (Heard::Ready { .. } | Heard::Withdrawn { .. }) => heard,
        }
    }

    fn event(&self, event: AgentEvent) -> AgentEvent {
        let text = |text: &str| self.redactor.text(text);
        match event {
            AgentEvent::ToolStarted {
                id,
                kind,
                name,
                title,
                paths,
                diff,
            } => AgentEvent::ToolStarted {
                name: text(&name),
                title: text(&title),
                paths: paths.iter().map(|p| text(p)).collect(),
                diff: diff.as_deref().map(text),
                id,
                kind,
            },
            AgentEvent::ToolFinished { id, status, output } => AgentEvent::ToolFinished {
                output: text(&output),
                id,
                status,
            },
            AgentEvent::Warning { text: said } => AgentEvent::Warning { text: text(&said) },
            AgentEvent::Fatal { kind, message } => AgentEvent::Fatal {
                message: text(&message),
                kind,
            },
            event => event,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::event::ToolKind;
    use proptest::prelude::*;

    const SECRET: &str = "hunter two-of-spades";
    const KEY: &str = "sk-abcdefghijklmnopqrstuvwx";

    fn veil() -> Veil {
        Veil::new(Redactor::of([("DEPLOY_TOKEN", SECRET)]))
    }

    fn delta(text: &str) -> News {
        News::Heard(Heard::Event(AgentEvent::TextDelta { text: text.into() }))
    }

    fn shown(news: &[News]) -> String {
        let text = |n: &News| match n {
            News::Heard(Heard::Event(AgentEvent::TextDelta { text })) => text.clone(),
            _ => String::new(),
        };
        news.iter().map(text).collect()
    }

    #[test]
    fn words_are_shown_as_they_come_and_the_last_one_when_it_is_whole() {
        let mut veil = veil();
        assert_eq!(shown(&veil.news(delta("I read the RE"))), "I read the ");
        assert_eq!(shown(&veil.news(delta("ADME. "))), "README. ");
        assert_eq!(shown(&veil.news(delta("h"))), "");
        let ends = veil.news(News::Gone(Failure {
            kind: crate::terms::FailureKind::Unknown,
            message: format!("it said {SECRET}"),
            retry_after_secs: None,
        }));
        assert_eq!(shown(&ends), "h");
        let News::Gone(failure) = &ends[1] else {
            panic!("{ends:?}")
        };
        assert_eq!(failure.message, "it said [secret]");
    }

    #[test]
    fn the_whole_takes_the_place_of_what_was_held_back() {
        let mut veil = veil();
        veil.news(delta("hun"));
        let text = format!("It is {SECRET}.");
        let told = veil.news(News::Heard(Heard::Event(AgentEvent::Text { text })));
        let text = "It is [secret].".to_owned();
        assert_eq!(told, [News::Heard(Heard::Event(AgentEvent::Text { text }))]);
    }

    #[test]
    fn what_is_asked_leave_for_and_what_is_done_name_no_secret() {
        let mut veil = veil();
        let told = veil.news(News::Heard(Heard::Permission(Permission {
            id: "1".into(),
            tool: "Bash".into(),
            title: format!("echo {SECRET}"),
            diff: Some(format!("+{KEY}\n")),
        })));
        let told = format!("{told:?}");
        assert!(!told.contains(SECRET) && !told.contains(KEY), "{told}");
        let told = veil.news(News::Heard(Heard::Event(AgentEvent::ToolStarted {
            id: "1".into(),
            kind: ToolKind::Run,
            name: "Bash".into(),
            title: format!("echo {SECRET}"),
            paths: Vec::new(),
            diff: None,
        })));
        assert!(!format!("{told:?}").contains(SECRET));
    }

    proptest! {
        /// However a message is cut, no piece that is shown holds a secret or the beginning of one
        /// that came whole, and together they are the message without its secrets.
        #[test]
        fn no_cut_lets_a_secret_through(cuts in prop::collection::vec(1usize..9, 1..60)) {
            let block = "-----BEGIN RSA PRIVATE KEY-----\nabcd\nefgh\n";
            let text = format!("Ümläut {SECRET} and\n{KEY}, `{block}` hunter two {SECRET}{KEY} end");
            let mut veil = veil();
            let mut letters = text.chars();
            let mut all = String::new();
            for cut in cuts.iter().cycle() {
                let piece: String = letters.by_ref().take(*cut).collect();
                if piece.is_empty() {
                    break;
                }
                all += &shown(&veil.news(delta(&piece)));
                prop_assert!(veil.redactor.text(&text).starts_with(&all), "{all:?}");
            }
            all += &shown(&veil.rest());
            prop_assert_eq!(all, veil.redactor.text(&text));
        }
    }
}
