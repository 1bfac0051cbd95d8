//! A recorded attempt, played by a process of our own: the same events, files and exit.
//!
//! The invocation starts this program with its hidden command `replay-agent`; the player stands in
//! `stage::replay`. What it prints is one [`Said`] a line.

use super::event::{AgentEvent, Failure, Finished};
use super::{
    CannotStart, Caps, Driver, Invocation, Launch, MAX_TEXT, ProcessEnd, Reader, cut, json_lines,
    recording,
};
use crate::terms::{FailureKind, Usage};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The variable that says how fast: 1 is as it was, 2 twice as fast, 0 without waiting.
pub const SPEED: &str = "HARNESS_REPLAY_SPEED";

/// The variable that names the program that plays, where it is not the one that runs.
pub const PROGRAM: &str = "HARNESS_REPLAY_PROGRAM";

/// The length of the shortest line that says something: `{"answer":""}`.
const SHORTEST: usize = 13;

/// One line of the player's output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// What the agent told.
    Event(AgentEvent),
    /// Its last message.
    Answer(String),
}

/// The driver of `driver: replay`.
pub struct Replay;

impl Driver for Replay {
    fn name(&self) -> &'static str {
        "replay"
    }

    fn caps(&self) -> Caps {
        Caps {
            resume: true,
            choose_session: true,
            reports_tokens: true,
            reports_cost: true,
            write_one_path: true,
        }
    }

    fn invocation(&self, launch: &Launch<'_>) -> Result<Invocation, CannotStart> {
        let refuse = |message: String| CannotStart {
            kind: FailureKind::Configuration,
            message,
        };
        let agent = launch.agent;
        let Some(folder) = agent.recordings.as_deref().filter(|f| !f.is_empty()) else {
            return Err(refuse(format!(
                "agent '{}' has no recordings; write `recordings: folder` at it in harness.yaml",
                agent.name
            )));
        };
        // Relative to the repository's root; the tree has the same folder in it.
        let file = launch
            .cwd
            .join(Path::new(folder))
            .join(recording::file_name(launch.attempt));
        let text = |path: &Path| {
            path.to_str()
                .map(str::to_owned)
                .ok_or_else(|| refuse(format!("the path {} is not UTF-8", path.display())))
        };
        let program = match launch.user_env.get(PROGRAM) {
            Some(program) => program.clone(),
            None => match crate::process::own::program() {
                Ok(exe) => text(&exe)?,
                Err(error) => {
                    return Err(refuse(format!("this program can't find itself: {error}")));
                }
            },
        };
        let argv = [
            program,
            "replay-agent".to_owned(),
            "--recording".to_owned(),
            text(&file)?,
            "--tree".to_owned(),
            text(launch.cwd)?,
        ];
        Ok(Invocation {
            argv: argv.into(),
            env: super::chosen_env(launch.user_env, [SPEED], &[]),
            stdin: Vec::new(),
            files: Vec::new(),
            writable: Vec::new(),
            kept: Vec::new(),
            loaded: vec![format!("recording: {}", file.display())],
        })
    }

    fn program<'a>(&self, _: &'a [String]) -> Option<&'a str> {
        None
    }

    fn reader(&self) -> Box<dyn Reader> {
        Box::new(Played::default())
    }
}

/// What of a recorded attempt has been played so far.
#[derive(Default)]
struct Played {
    session: Option<String>,
    model: Option<String>,
    usage: Usage,
    answer: Option<String>,
    last_text: String,
    deltas: String,
    denials: Vec<String>,
    fatal: Option<Failure>,
    last_error: String,
}

impl Reader for Played {
    fn line(&mut self, line: &str) -> Vec<AgentEvent> {
        match serde_json::from_str::<Said>(line) {
            Ok(Said::Event(event)) => {
                self.note(&event);
                vec![event]
            }
            Ok(Said::Answer(answer)) => {
                self.answer = Some(answer);
                Vec::new()
            }
            Err(_) if line.trim().is_empty() => Vec::new(),
            Err(_) => vec![AgentEvent::Raw {
                line: cut(line, MAX_TEXT),
            }],
        }
    }

    fn error_line(&mut self, line: &str) -> Vec<AgentEvent> {
        if line.trim().is_empty() {
            return Vec::new();
        }
        self.last_error = cut(line, 2000);
        vec![AgentEvent::Warning {
            text: self.last_error.clone(),
        }]
    }

    fn skim(&mut self, lines: &[u8]) -> Vec<AgentEvent> {
        json_lines(lines, SHORTEST)
            .flat_map(|line| self.line(&line))
            .filter(AgentEvent::decides)
            .collect()
    }

    fn finish(&mut self, end: ProcessEnd) -> Finished {
        let last_text = if self.deltas.is_empty() {
            &self.last_text
        } else {
            &self.deltas
        };
        Finished {
            failure: self.failure(end),
            answer: self.answer.clone().unwrap_or_else(|| last_text.clone()),
            answer_cut: false,
            session: self.session.clone(),
            usage: self.usage,
            denials: self.denials.clone(),
            model: self.model.clone(),
        }
    }
}

impl Played {
    fn note(&mut self, event: &AgentEvent) {
        match event {
            AgentEvent::SessionStarted { session, model, .. } => {
                self.session.clone_from(session);
                self.model.clone_from(model);
            }
            AgentEvent::Text { text } => {
                self.deltas.clear();
                self.last_text.clone_from(text);
            }
            AgentEvent::TextDelta { text } => self.deltas.push_str(text),
            AgentEvent::Usage { usage } => self.usage = *usage,
            AgentEvent::Fatal { kind, message } => {
                self.fatal = Some(Failure {
                    kind: *kind,
                    message: message.clone(),
                    retry_after_secs: None,
                });
            }
            AgentEvent::ToolFinished {
                id,
                status: super::ToolStatus::Denied,
                ..
            } => self.denials.push(id.clone()),
            _ => {}
        }
    }

    fn failure(&self, end: ProcessEnd) -> Option<Failure> {
        if let Some(fatal) = &self.fatal {
            return Some(fatal.clone());
        }
        let (kind, how) = match end {
            ProcessEnd::Exited(0) => return None,
            ProcessEnd::Exited(75) => (FailureKind::Overloaded, "it exited 75".to_owned()),
            // The player's own refusal: the recording is missing or broken.
            ProcessEnd::Exited(78) => (FailureKind::Configuration, "no recording".to_owned()),
            ProcessEnd::Exited(code) => (FailureKind::Unknown, format!("it exited {code}")),
            ProcessEnd::Signalled(signal) => {
                (FailureKind::Unknown, format!("signal {signal} ended it"))
            }
        };
        let message = if self.last_error.is_empty() {
            how
        } else {
            format!("{how}: {}", self.last_error)
        };
        Some(Failure {
            kind,
            message,
            retry_after_secs: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::testing::Order;

    #[test]
    fn the_attempts_own_recording_is_played() {
        let mut order = Order::of("replay");
        assert!(Replay.invocation(&order.launch()).is_err());
        order.agent.recordings = Some("demo/recordings".into());
        order.user_env.insert(PROGRAM.into(), "/bin/h".into());
        order.user_env.insert(SPEED.into(), "0".into());
        let invocation = Replay.invocation(&order.launch()).unwrap();
        assert_eq!(
            invocation.argv,
            [
                "/bin/h",
                "replay-agent",
                "--recording",
                "/work tree/demo/recordings/build.1.1.jsonl",
                "--tree",
                "/work tree"
            ]
        );
        assert_eq!(invocation.env[SPEED], "0");
    }

    #[test]
    fn what_is_played_is_what_was_said() {
        let mut reader = Replay.reader();
        let usage = Usage {
            cost_micros: Some(5),
            ..Usage::default()
        };
        for said in [
            Said::Event(AgentEvent::Text { text: "Hm.".into() }),
            Said::Event(AgentEvent::Usage { usage }),
            Said::Answer("The whole answer.".into()),
        ] {
            reader.line(&serde_json::to_string(&said).unwrap());
        }
        assert!(matches!(reader.line("??")[0], AgentEvent::Raw { .. }));
        let finished = reader.finish(ProcessEnd::Exited(0));
        assert_eq!(finished.answer, "The whole answer.");
        assert_eq!(finished.usage, usage);
        assert_eq!(finished.failure, None);
        let kind = |code| reader_end(code).failure.unwrap().kind;
        assert_eq!(kind(75), FailureKind::Overloaded);
        assert_eq!(kind(78), FailureKind::Configuration);
    }

    fn reader_end(code: i32) -> Finished {
        Replay.reader().finish(ProcessEnd::Exited(code))
    }
}
