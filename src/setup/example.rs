//! The sample project in a fresh folder: a repository of its own, and the recordings of its agents
//! beside it.

use super::{CannotSetUp, Layout, detect, files, sample};
use crate::engine::Person;
use crate::git::{Git, GitError};
use crate::records::harness::Harness;
use crate::records::planning::PlanRequest;
use crate::records::project::{HARNESS, NoProject, Project};
use crate::starting::Order;
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::write::replace_shared;
use crate::supervisor::trust::{CannotTrust, Standing};
use crate::terms::TaskId;
use std::path::PathBuf;

/// The sample's folder.
const NAME: &str = "field-notes";
/// The sample's task.
pub const TASK: &str = "T001";
/// Its backlog item.
pub const ITEM: &str = "B003";
/// What is carried on beside it where a person watches: the task, its backlog item, the folder of its
/// recordings.
const BESIDE: [(&str, &str, &str); 2] = [("T002", "B005", "waiting"), ("T003", "B009", "blocked")];
/// The backlog items that the author is recorded to talk about: id, title, summary.
const TALKED_ABOUT: [(&str, &str, &str); 2] = [
    (
        "B010",
        "Homepage v1",
        "The newest posts and videos, and upcoming events if there are any.",
    ),
    (
        "B011",
        "Mermaid diagrams in posts",
        "A diagram written as text in a post is drawn on the page.",
    ),
];
/// The workflow of those.
const SMALL: &str = "small-change";

/// Where the sample is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The folder that holds all of it.
    pub folder: PathBuf,
    /// Its repository.
    pub repository: PathBuf,
    /// What its agents said and wrote, outside of the repository, so that no agent sees it.
    pub recordings: PathBuf,
    /// Whether the folder is a temporary one of ours.
    pub passing: bool,
}

/// How many times slower than they were recorded the agents speak where somebody watches.
const SLOWER: u64 = 4;

/// Why there is no sample.
#[derive(Debug, thiserror::Error)]
pub enum NoExample {
    /// The folder holds something.
    #[error("{} is not empty; name a new folder with --dir", .0.display())]
    Filled(PathBuf),
    /// The folder can't be made or written.
    #[error("can't make {}: {source}", path.display())]
    Folder {
        /// The path.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Git.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The harness folder.
    #[error(transparent)]
    Place(#[from] NoProject),
    /// The harness files.
    #[error(transparent)]
    SetUp(#[from] CannotSetUp),
}

impl Example {
    /// A place for it: this folder, which must be new or empty, or a fresh temporary one.
    pub fn place(folder: Option<PathBuf>) -> Result<Self, NoExample> {
        let passing = folder.is_none();
        let folder = folder.unwrap_or_else(|| {
            let unique = uuid::Uuid::new_v4().simple().to_string();
            std::env::temp_dir().join(format!("harness-demo-{}", &unique[..8]))
        });
        let filled = std::fs::read_dir(&folder).is_ok_and(|mut d| d.next().is_some());
        if filled || folder.is_file() {
            return Err(NoExample::Filled(folder));
        }
        let fault = |source| NoExample::Folder {
            path: folder.clone(),
            source,
        };
        Disk.create_dir_all(&folder, passing).map_err(fault)?;
        let folder = folder.canonicalize().map_err(fault)?;
        Ok(Self {
            repository: folder.join(NAME),
            recordings: folder.join("recordings"),
            folder,
            passing,
        })
    }

    /// Writes the sample, and makes a repository of it with harness files as `init` writes them,
    /// in one commit.
    pub fn make(&self) -> Result<Project, NoExample> {
        self.write(1)?;
        self.repository(true)
    }

    /// The same for a person to watch: the agents take their time, every run is played from the
    /// recordings, and what is decided is decided by whom git knows here.
    pub fn make_to_watch(&self) -> Result<Project, NoExample> {
        self.write(SLOWER)?;
        self.write_beside()?;
        let project = self.repository(false)?;
        let played = serde_json::Value::from(self.recordings.to_string_lossy());
        let settings = format!(
            "# On this machine the agents are recordings of what they said and wrote.\n\
             agents:\n  - name: recorded\n    driver: replay\n    recordings: {played}\n    \
             capabilities: [author, specify, design, plan, build, review, fix]\n"
        );
        let path = project.path("harness.local.yaml");
        replace_shared(&Disk, &path, settings.as_bytes())?;
        Ok(project)
    }

    /// Trusts the sample, all of which this program wrote into a fresh folder.
    pub fn trust(&self, project: &Project, by: &Person) -> Result<(), CannotTrust> {
        let powers = Harness::load(project).powers;
        let trust = project.trust();
        if matches!(trust.standing(&powers), Standing::Not(_)) {
            trust.give(&powers, by)?;
        }
        Ok(())
    }

    /// A repository of what was written; `own`: with an identity of its own, whoever is here.
    fn repository(&self, own: bool) -> Result<Project, NoExample> {
        let git = Git::new(&self.repository);
        git.call(["init", "-q", "-b", "main"]).run()?;
        for (key, value) in [
            ("user.name", "Field Notes"),
            ("user.email", "field-notes@example.org"),
        ] {
            if own || !git.call(["config", "--get", key]).ask()? {
                git.call(["config", key, value]).run()?;
            }
        }
        let project = Project::at(Git::discover(&self.repository)?, HARNESS)?;
        let found = detect::look(&self.repository);
        let missing =
            files::missing(&project, &found, &Layout::default()).map_err(CannotSetUp::from)?;
        files::write(&project, &found, &missing).map_err(CannotSetUp::from)?;
        git.call(["add", "-A"]).run()?;
        git.call(["commit", "-q", "-m", "Field Notes, before the first run"])
            .run()?;
        Ok(project)
    }

    fn write(&self, slower: u64) -> Result<(), NoExample> {
        for (path, bytes) in sample::FILES {
            let target = match path.strip_prefix("recordings/feature/") {
                Some(recording) => self.recordings.join(recording),
                None => self.repository.join(path),
            };
            let fault = |source| NoExample::Folder {
                path: target.clone(),
                source,
            };
            if let Some(parent) = target.parent() {
                Disk.create_dir_all(parent, false).map_err(fault)?;
            }
            if slower > 1 && target.starts_with(&self.recordings) {
                replace_shared(&Disk, &target, &slowed(bytes, slower))?;
                continue;
            }
            replace_shared(&Disk, &target, bytes)?;
            if bytes.starts_with(b"#!") {
                let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
                std::fs::set_permissions(&target, mode).map_err(fault)?;
            }
        }
        Ok(())
    }

    /// Writes what is carried on beside the sample's task, and names it in the backlog.
    fn write_beside(&self) -> Result<(), NoExample> {
        let harness = self.repository.join(HARNESS);
        for (path, bytes) in sample::BESIDE {
            let name = path.strip_prefix("recordings/").unwrap_or(path);
            let file = name.rsplit('/').next().unwrap_or(name);
            let target = match file.rsplit('.').next() {
                Some("md") => harness.join("tasks").join(file),
                Some("yaml") => harness.join("workflows").join(file),
                _ => self.recordings.join(name),
            };
            if let Some(parent) = target.parent() {
                let fault = |source| NoExample::Folder {
                    path: parent.to_owned(),
                    source,
                };
                Disk.create_dir_all(parent, false).map_err(fault)?;
            }
            replace_shared(&Disk, &target, bytes)?;
        }
        let path = harness.join("backlog.md");
        let fault = |source| NoExample::Folder {
            path: path.clone(),
            source,
        };
        let mut backlog = std::fs::read_to_string(&path).map_err(fault)?;
        for (task, item, _) in BESIDE {
            backlog = ready(&backlog, item, task);
        }
        for (id, title, summary) in TALKED_ABOUT {
            backlog = planned(&backlog, id, title, summary);
        }
        replace_shared(&Disk, &path, backlog.as_bytes())?;
        Ok(())
    }

    /// The order for a run of its task, played from the recordings.
    pub fn order(&self) -> Order {
        order(TASK, None, self.recordings.clone())
    }

    /// The orders for what is carried on beside it.
    pub fn orders_beside(&self) -> [Order; BESIDE.len()] {
        BESIDE.map(|(task, _, folder)| order(task, Some(SMALL), self.recordings.join(folder)))
    }

    /// Takes a temporary folder of ours away again. Whether it is gone.
    pub fn remove(&self) -> bool {
        self.passing && std::fs::remove_dir_all(&self.folder).is_ok()
    }
}

fn order(task: &str, workflow: Option<&str>, recordings: PathBuf) -> Order {
    Order {
        plan: PlanRequest {
            task: TaskId::new(task).ok(),
            workflow: workflow.map(str::to_owned),
            replay: Some(recordings),
            ..PlanRequest::default()
        },
        ..Order::default()
    }
}

/// The backlog with an item that is ready and has this task.
fn ready(backlog: &str, item: &str, task: &str) -> String {
    let Some((before, rest)) = backlog.split_once(&format!("### {item} ")) else {
        return backlog.to_owned();
    };
    let rest = rest.replacen("**Status:** Planned", "**Status:** Ready", 1);
    let (own, after) = rest.split_once("\n---").unwrap_or((&rest, ""));
    let line = format!("{}\n**Task:** {task}\n", own.trim_end());
    let more = if after.is_empty() {
        String::new()
    } else {
        format!("\n---{after}")
    };
    format!("{before}### {item} {line}{more}")
}

/// The backlog with one more item at its end.
fn planned(backlog: &str, id: &str, title: &str, summary: &str) -> String {
    let before = backlog.trim_end();
    format!(
        "{before}\n\n---\n\n### {id} — {title}\n\n**Status:** Planned\n**Summary:** {summary}\n"
    )
}

/// A recording whose times are as many times later; a line without a time stays as it is.
fn slowed(recording: &[u8], slower: u64) -> Vec<u8> {
    let text = String::from_utf8_lossy(recording);
    let line = |line: &str| {
        let mut value: serde_json::Value = serde_json::from_str(line).ok()?;
        let at = value.get("at_ms")?.as_u64()?;
        value["at_ms"] = at.saturating_mul(slower).into();
        Some(value.to_string())
    };
    let lines = text
        .lines()
        .map(|l| line(l).unwrap_or_else(|| l.to_owned()));
    let mut slowed = lines.collect::<Vec<_>>().join("\n");
    slowed.push('\n');
    slowed.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::recording::Recording;

    #[test]
    fn what_is_carried_on_beside_stands_in_the_backlog_and_can_be_played() {
        let text = |path: &str| {
            let all = sample::FILES.iter().chain(sample::BESIDE);
            let bytes = all.into_iter().find(|(p, _)| *p == path).unwrap().1;
            String::from_utf8(bytes.to_vec()).unwrap()
        };
        let mut backlog = text("harness/backlog.md");
        for (task, item, _) in BESIDE {
            backlog = ready(&backlog, item, task);
            let own = backlog.split(&format!("### {item} ")).nth(1).unwrap();
            let own = own.split("\n### ").next().unwrap();
            assert!(own.contains("**Status:** Ready"), "{own}");
            assert!(own.contains(&format!("\n**Task:** {task}\n")), "{own}");
        }
        assert_eq!(backlog.matches("**Task:** ").count(), 3);
        for (path, _) in sample::BESIDE.iter().filter(|(p, _)| p.ends_with("jsonl")) {
            Recording::parse(&text(path), "/tree").unwrap();
        }
    }

    #[test]
    fn what_is_played_slower_is_the_same_and_later() {
        for (path, bytes) in sample::FILES {
            if std::path::Path::new(path)
                .extension()
                .is_none_or(|e| e != "jsonl")
            {
                continue;
            }
            let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            let was = Recording::parse(&text(bytes), "/tree").unwrap();
            let now = Recording::parse(&text(&slowed(bytes, 4)), "/tree").unwrap();
            let acts = |r: &Recording| {
                format!("{:?}", r.moments.iter().map(|m| &m.act).collect::<Vec<_>>())
            };
            assert_eq!(acts(&was), acts(&now), "{path}");
            let last = |r: &Recording| r.moments.iter().map(|m| m.at_ms).max().unwrap();
            assert_eq!(last(&was) * 4, last(&now), "{path}");
        }
    }
}
