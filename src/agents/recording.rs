//! A recorded attempt: what an agent said and did, so that it can be played again.
//!
//! A recording is a text of JSON lines, named `<stage>.<iteration>.<attempt>.jsonl`, fit to be
//! written and reviewed by hand. Blank lines and lines that begin with `//` are skipped:
//!
//! ```text
//! {"at_ms":120,"event":{"type":"text","text":"I begin."}}
//! {"at_ms":130,"write":{"path":"src/a.js","text":"…"}}
//! {"at_ms":140,"delete":{"path":"src/b.js"}}
//! {"at_ms":150,"answer":"Done."}
//! {"at_ms":150,"exit":{"code":0}}
//! ```
//!
//! The tree's path stands as `{{tree}}` in recorded text.
//!
//! A folder of recordings may say in its file `tasks.txt` of which tasks its stages are: an id a
//! line, blank lines and lines that begin with `//` skipped. A run of another task that would play
//! them is refused then. Without the file they are played for any task.

use super::event::AgentEvent;
use crate::terms::{AttemptId, RepoPath, TaskId};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// What stands in recorded text for the tree's path.
pub const TREE: &str = "{{tree}}";

/// The most bytes of one recording; its reader refuses more.
pub const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// The file of a folder of recordings that says of which tasks they are.
pub const TASKS: &str = "tasks.txt";

/// The most bytes of that file.
pub const MAX_TASKS_BYTES: u64 = 64 * 1024;

/// The tasks that such a file names, in its order.
pub fn tasks(text: &str) -> Result<Vec<TaskId>, BadRecording> {
    let lines = text.lines().map(str::trim).enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with("//"));
    lines
        .map(|(index, line)| {
            TaskId::new(line).map_err(|error| BadRecording {
                line: index + 1,
                what: format!("{error}; write the id of a task, such as T001"),
            })
        })
        .collect()
}

/// One attempt, in the order in which it happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recording {
    /// What happened. The last act is an [`Act::Exit`].
    pub moments: Vec<Moment>,
}

/// Something that happened at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Milliseconds since the attempt began.
    #[serde(default)]
    pub at_ms: u64,
    /// What.
    #[serde(flatten)]
    pub act: Act,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// The agent told something.
    Event(AgentEvent),
    /// A file was made or changed.
    Write(FileWrite),
    /// A file was removed.
    Delete(FileDelete),
    /// The agent's last message, where it is not its last text.
    Answer(String),
    /// The process ended.
    Exit(Exit),
}

/// A file as it was left. Either `text` or, for what is no UTF-8, `base64`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileWrite {
    /// Where in the tree.
    pub path: RepoPath,
    /// Its content as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its content in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// Whether it may be executed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
}

impl FileWrite {
    /// A file with this content.
    pub fn new(path: RepoPath, content: &[u8], executable: bool) -> Self {
        let text = std::str::from_utf8(content).ok().map(str::to_owned);
        Self {
            path,
            base64: text.is_none().then(|| STANDARD.encode(content)),
            text,
            executable,
        }
    }

    /// Its content; the error says what is wrong with it.
    pub fn content(&self) -> Result<Vec<u8>, String> {
        match (&self.text, &self.base64) {
            (Some(text), None) => Ok(text.clone().into_bytes()),
            (None, Some(coded)) => STANDARD
                .decode(coded)
                .map_err(|error| format!("the base64 of '{}' is broken: {error}", self.path)),
            _ => Err(format!("'{}' needs either text or base64", self.path)),
        }
    }
}

/// A file that was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileDelete {
    /// Where in the tree.
    pub path: RepoPath,
}

/// How the process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exit {
    /// Its exit code.
    pub code: u8,
}

/// A recording that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct BadRecording {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what to write.
    pub what: String,
}

/// The name of an attempt's file in a folder of recordings.
pub fn file_name(attempt: &AttemptId) -> String {
    format!("{attempt}.jsonl")
}

impl Recording {
    /// Reads a recording for a tree at `tree`, whose path takes the place of `{{tree}}`.
    pub fn parse(text: &str, tree: &str) -> Result<Self, BadRecording> {
        let mut moments: Vec<Moment> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.trim_start().starts_with("//") {
                continue;
            }
            let bad = |what: String| BadRecording {
                line: index + 1,
                what,
            };
            if matches!(moments.last(), Some(last) if matches!(last.act, Act::Exit(_))) {
                return Err(bad("nothing may follow the exit".to_owned()));
            }
            let line = line.replace(TREE, &in_json(tree));
            let moment: Moment = serde_json::from_str(&line).map_err(|error| {
                bad(format!(
                    "{error}; a line is {{\"at_ms\":…}} with one of event, write, delete, answer, exit"
                ))
            })?;
            if let Act::Write(file) = &moment.act {
                file.content().map_err(bad)?;
            }
            moments.push(moment);
        }
        match moments.last() {
            Some(last) if matches!(last.act, Act::Exit(_)) => Ok(Self { moments }),
            _ => Err(BadRecording {
                line: text.lines().count().max(1),
                what: "the last line must be {\"exit\":{\"code\":0}}".to_owned(),
            }),
        }
    }

    /// The recording as text, with `{{tree}}` in the place of `tree`.
    pub fn render(&self, tree: &str) -> Result<String, serde_json::Error> {
        let mut out = String::new();
        for moment in &self.moments {
            let line = serde_json::to_string(moment)?;
            out.push_str(&line.replace(&in_json(tree), TREE));
            out.push('\n');
        }
        Ok(out)
    }
}

/// A text as it stands inside a JSON string.
fn in_json(text: &str) -> String {
    let quoted = serde_json::Value::String(text.to_owned()).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// What one changed path was left as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// A file with this content.
    File {
        /// Its bytes.
        content: Vec<u8>,
        /// Whether it may be executed.
        executable: bool,
    },
    /// It is gone.
    Deleted,
}

/// Turns a finished attempt into a recording: the agent's events at their times, then the change
/// of its tree, the answer and the exit.
#[derive(Debug, Default)]
pub struct Recorder {
    moments: Vec<Moment>,
}

impl Recorder {
    /// Takes an event that happened `at_ms` milliseconds after the attempt began.
    pub fn event(&mut self, at_ms: u64, event: AgentEvent) {
        self.moments.push(Moment {
            at_ms,
            act: Act::Event(event),
        });
    }

    /// Ends the recording with what the attempt left. The changes stand before the report of the
    /// result, so that a stage that ends the agent then misses none.
    pub fn finish(
        mut self,
        changes: impl IntoIterator<Item = (RepoPath, Left)>,
        answer: &str,
        code: u8,
    ) -> Recording {
        let reported =
            |moment: &Moment| matches!(moment.act, Act::Event(AgentEvent::ResultReported));
        let at = self.moments.iter().position(reported);
        let end_ms = self.moments.last().map_or(0, |last| last.at_ms);
        let tail = at.map_or_else(Vec::new, |at| self.moments.split_off(at));
        let at_ms = tail.first().map_or(end_ms, |first| first.at_ms);
        self.moments
            .extend(changes.into_iter().map(|(path, left)| Moment {
                at_ms,
                act: match left {
                    Left::File {
                        content,
                        executable,
                    } => Act::Write(FileWrite::new(path, &content, executable)),
                    Left::Deleted => Act::Delete(FileDelete { path }),
                },
            }));
        self.moments.push(Moment {
            at_ms,
            act: Act::Answer(answer.to_owned()),
        });
        self.moments.extend(tail);
        self.moments.push(Moment {
            at_ms: end_ms,
            act: Act::Exit(Exit { code }),
        });
        Recording {
            moments: self.moments,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RepoPath {
        RepoPath::new(text).unwrap()
    }

    #[test]
    fn a_recorded_attempt_comes_back_in_another_tree() {
        let mut recorder = Recorder::default();
        let text = |tree: &str| AgentEvent::Text {
            text: format!("I look into \"{tree}/src\"."),
        };
        recorder.event(10, text("/old \"tree"));
        recorder.event(30, AgentEvent::ResultReported);
        let file = Left::File {
            content: vec![0xff, 0],
            executable: true,
        };
        let recording = recorder.finish(
            [(path("a.bin"), file), (path("b.md"), Left::Deleted)],
            "Done.",
            0,
        );
        let rendered = recording.render("/old \"tree").unwrap();
        assert!(rendered.contains("{{tree}}/src"), "{rendered}");
        let back = Recording::parse(&rendered, "/new").unwrap();
        assert_eq!(back.moments[0].act, Act::Event(text("/new")));
        assert_eq!(
            Recording::parse(&rendered, "/old \"tree").unwrap(),
            recording
        );
        let Act::Write(write) = &back.moments[1].act else {
            panic!("{back:?}")
        };
        assert_eq!(write.content().unwrap(), [0xff, 0]);
    }

    #[test]
    fn faults_are_named_with_their_line() {
        let exit = r#"{"exit":{"code":0}}"#;
        for (text, line, says) in [
            ("", 1, "last line"),
            ("{\"event\":{\"type\":\"nope\"}}", 1, "event"),
            (
                "// a note\n\n{\"write\":{\"path\":\"../x\",\"text\":\"\"}}",
                3,
                "..",
            ),
            ("{\"write\":{\"path\":\"x\"}}", 1, "either text or base64"),
            (&format!("{exit}\n{exit}"), 2, "follow"),
        ] {
            let error = Recording::parse(text, "/t").unwrap_err();
            assert_eq!(error.line, line, "{text}");
            assert!(error.what.contains(says), "{error}");
        }
    }
}
