//! Orders to a run: files in its `control/` folder, created once, taken up by its supervisor.
//!
//! Law of the exchange: the sender makes the file durable first and then sees to it that a
//! supervisor runs; a supervisor that leaves lets go of its lock first and then looks once more.
//! So an order is never left lying.

use crate::engine::Event;
use crate::engine::plan::TreeSetup;
use crate::stage::redact::Redactor;
use crate::stage::{copied, environ};
use crate::store::StoreError;
use crate::store::fs::Fs;
use crate::store::write::create_once;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Largest order that is read.
const MAX_COMMAND_BYTES: u64 = 8 * 1024 * 1024;

/// What leads the fact that an order was refused.
pub(super) const REFUSED: &str = "an order was refused: ";

/// Why an order was refused, of such a fact's text: whoever shows it says itself that it was.
pub fn why_refused(text: &str) -> &str {
    text.strip_prefix(REFUSED).unwrap_or(text)
}

/// One line of a run's journal: a fact, and the order it came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The fact.
    #[serde(flatten)]
    pub event: Event,
    /// The name of the order it came from, so that none is taken up twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
}

impl From<Event> for Entry {
    fn from(event: Event) -> Self {
        Self { event, order: None }
    }
}

/// An order as it lies in the folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// Its file name.
    pub name: String,
    /// What is ordered; `None`: the file can't be understood, and why.
    pub event: Result<Event, String>,
}

/// The fact without secrets in the words of people: what looks like a key, and the values of this
/// process's variables that hold one. These words go into the journal, into prompts, reports and
/// the task, and none of them is a place for a secret.
pub(super) fn without_secrets(event: Event) -> Event {
    redacted(event, secrets())
}

/// The fact without what `redactor` knows in the words of people.
pub(super) fn redacted(mut event: Event, redactor: &Redactor) -> Event {
    let clean = |text: &mut String| {
        if redactor.finds(text.as_bytes()).is_some() {
            *text = redactor.text(text);
        }
    };
    match &mut event {
        Event::Rejected {
            reason, comments, ..
        }
        | Event::Rerun {
            reason, comments, ..
        } => {
            clean(reason);
            for comment in comments {
                clean(&mut comment.text);
            }
        }
        Event::Cancelled { reason, .. }
        | Event::Interrupted { reason, .. }
        | Event::Stopped { reason, .. }
        | Event::NoteGiven { text: reason, .. }
        | Event::Noted { text: reason } => clean(reason),
        Event::SentBack {
            findings, comments, ..
        } => {
            for finding in findings {
                clean(&mut finding.text);
            }
            for comment in comments {
                clean(&mut comment.text);
            }
        }
        Event::Answered { answers, .. } => answers.iter_mut().for_each(|(_, _, a)| clean(a)),
        _ => {}
    }
    event
}

/// What takes out the secrets of this process and of what set-up copies for a run of this checkout.
pub(super) fn secrets_of(setup: &TreeSetup, home: &Path, tree: &Path) -> Redactor {
    let env = environ::inherited();
    let env = env.iter().map(|(n, v)| (n.as_str(), v.as_str()));
    copied::redactor(env, setup, home, tree)
}

/// A person's words without what looks like a secret.
pub(super) fn clean_text(text: &str) -> String {
    match secrets().finds(text.as_bytes()) {
        Some(_) => secrets().text(text),
        None => text.to_owned(),
    }
}

/// Made once: its pattern is large, and the variables of a process stay what they are.
fn secrets() -> &'static Redactor {
    static SECRETS: OnceLock<Redactor> = OnceLock::new();
    SECRETS.get_or_init(|| {
        let env: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(n, v)| Some((n.into_string().ok()?, v.into_string().ok()?)))
            .collect();
        Redactor::of(env.iter().map(|(n, v)| (n.as_str(), v.as_str())))
    })
}

/// Writes an order without secrets, durable when this returns. The name sorts by time.
pub fn send(
    fs: &dyn Fs,
    control: &Path,
    at: Timestamp,
    event: &Event,
) -> Result<PathBuf, StoreError> {
    fs.create_dir_all(control, true)
        .map_err(|source| StoreError::Io {
            doing: "make",
            path: control.to_owned(),
            source,
        })?;
    let event = without_secrets(event.clone());
    let bytes = serde_json::to_vec(&event).map_err(|e| StoreError::Encode {
        path: control.to_owned(),
        why: e.to_string(),
    })?;
    let unique = uuid::Uuid::new_v4().simple().to_string();
    let name = format!("{:020}-{}.cmd", at.as_microsecond(), &unique[..12]);
    let path = control.join(name);
    create_once(fs, &path, &bytes)?;
    Ok(path)
}

/// The orders that lie there, oldest first.
pub fn waiting(fs: &dyn Fs, control: &Path) -> Vec<Command> {
    let mut names: Vec<String> = fs
        .list(control)
        .unwrap_or_default()
        .into_iter()
        .filter(|n| !n.starts_with('.') && Path::new(n).extension().is_some_and(|e| e == "cmd"))
        .collect();
    names.sort();
    names
        .into_iter()
        .map(|name| {
            let event = fs
                .read(&control.join(&name), MAX_COMMAND_BYTES)
                .map_err(|e| e.to_string())
                .and_then(|bytes| {
                    serde_json::from_slice::<Event>(&bytes).map_err(|e| e.to_string())
                });
            Command { name, event }
        })
        .collect()
}

/// Takes an order away once its fact is durable.
pub fn done(fs: &dyn Fs, control: &Path, name: &str) {
    // Left lying it is harmless: the journal knows that it was taken up.
    let _ = fs.remove(&control.join(name));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Person;
    use crate::store::fs::Disk;
    use crate::terms::StageId;

    #[test]
    fn a_key_in_a_persons_words_is_not_stored() {
        let dir = tempfile::tempdir().unwrap();
        let key = format!("sk-{}", "a1B2".repeat(8));
        let by = Person {
            name: "ann".to_owned(),
            terminal: None,
            pid: 1,
        };
        let events = [
            Event::Cancelled {
                reason: format!("it printed {key}"),
                by: by.clone(),
            },
            Event::Answered {
                stage: StageId::new("build").unwrap(),
                answers: vec![("Q1".to_owned(), "Which?".to_owned(), format!("use {key}."))],
                by,
            },
        ];
        for event in events {
            let path = send(&Disk, dir.path(), Timestamp::now(), &event).unwrap();
            let stored = std::fs::read_to_string(path).unwrap();
            assert!(
                !stored.contains(&key) && stored.contains("[secret]"),
                "{stored}"
            );
            let plain = without_secrets(event);
            assert!(!format!("{plain:?}").contains(&key), "{plain:?}");
        }
    }
}
