//! The dialogue of the screen, led in a thread of its own that is begun at the first wish; and what
//! its questions name: files, agents.

use crate::dialogue::author::Choose;
use crate::dialogue::lead::{Lead, Told, Wish};
use crate::git::GitError;
use crate::records::harness::Harness;
use crate::records::project::Project;
use crate::workbench::app::Event;
use crate::workbench::post::Post;

/// The most files that can be named.
const MOST_FILES: usize = 100_000;
/// The most bytes of their names.
const MOST_BYTES: usize = 32 << 20;
/// The capability of an author.
const AUTHOR: &str = "author";

/// Who leads the dialogue.
pub(super) struct Talks {
    project: Project,
    choose: Choose,
    events: Post,
    lead: Option<Lead>,
}

impl Talks {
    /// Nobody, until something is wished.
    pub(super) fn new(project: Project, choose: Choose, events: Post) -> Self {
        Self {
            project,
            choose,
            events,
            lead: None,
        }
    }

    /// Wishes something, and never waits.
    pub(super) fn wish(&mut self, wish: Wish) {
        if self.lead.is_none() {
            let events = self.events.clone();
            let tell = move |told| {
                // Without a screen there is nobody to be told; what was wished is done all the same.
                let _ = events.send(Event::Talk(told));
            };
            match Lead::begin(self.project.clone(), self.choose.clone(), tell) {
                Ok(lead) => self.lead = Some(lead),
                Err(error) => {
                    let why = format!("no thread can be started: {error}");
                    let refused = Told::Refused {
                        wish,
                        why,
                        unplaced: Vec::new(),
                    };
                    self.events.send_anyway(Event::Talk(refused));
                    return;
                }
            }
        }
        if let Some(lead) = &self.lead {
            lead.wish(wish);
        }
    }
}

/// The files of the repository, tracked and new, as far as they are not ignored.
pub(super) fn paths(project: &Project) -> Result<Vec<String>, GitError> {
    let git = project.git();
    let call = git.call([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ]);
    let files = call.limit(MOST_BYTES).text()?;
    let files = files.split('\0').filter(|f| !f.is_empty());
    Ok(files.take(MOST_FILES).map(str::to_owned).collect())
}

/// The agents that declare they can be the author, each with its driver and model.
pub(super) fn authors(project: &Project) -> Vec<(String, String)> {
    let harness = Harness::load(project);
    let agents = harness.settings.agents.iter();
    let able = agents.filter(|a| a.capabilities.iter().any(|c| c == AUTHOR));
    able.map(|a| {
        let model = a.model.as_ref().map(|m| format!(", {m}"));
        (
            a.name.clone(),
            a.driver.clone() + &model.unwrap_or_default(),
        )
    })
    .collect()
}
