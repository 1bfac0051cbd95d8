//! From what a person points at to an open dialogue: a backlog item, a task, or their own words.

use super::CannotTalk;
use super::author::{Author, Choose};
use super::partner::News;
use super::place::Place;
use super::talk::Talk;
use super::transcript::{About, Entry, FILE};
use crate::documents::task::Task;
use crate::records::harness::{FoundTask, Harness};
use crate::records::project::Project;
use crate::stage::copied;
use crate::stage::redact::Redactor;
use crate::store::StoreError;
use crate::store::fs::{Disk, Fs};
use crate::store::journal;
use crate::terms::{ItemId, TaskId};
use std::cmp::Reverse;
use std::sync::Arc;
use std::sync::mpsc::Sender;

/// What a person points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A backlog item. Its task, or a dialogue about it, is gone on with.
    Item(ItemId),
    /// A task: its dialogue is gone on with, or it is revised.
    Task(TaskId),
    /// Their own words; no backlog item.
    Words {
        /// On one line.
        title: String,
        /// What more they wrote.
        wish: String,
    },
}

/// Opens the dialogue about it.
pub fn open(
    project: &Project,
    subject: &Subject,
    choose: &Choose,
    news: Sender<News>,
) -> Result<Talk, CannotTalk> {
    let disk: Arc<dyn Fs> = Arc::new(Disk);
    open_on(&disk, project, (subject, choose), news)
}

/// The same, kept on this disk. The settings, git and the locks are those of the machine.
pub fn open_on(
    fs: &Arc<dyn Fs>,
    project: &Project,
    (subject, choose): (&Subject, &Choose),
    news: Sender<News>,
) -> Result<Talk, CannotTalk> {
    let harness = Harness::load(project);
    let author = Author::of(&harness, project, choose)?;
    let clean = redactor(project, &author);
    let (place, about) = match subject {
        Subject::Item(item) => of_item(fs, project, (&harness, &clean), item)?,
        Subject::Task(task) => of_task(fs, project, (&harness, &clean), task)?,
        Subject::Words { title, wish } => {
            let about = About {
                item: None,
                title: clean.text(title),
                wish: clean.text(wish),
                revises: false,
            };
            (Place::reserve(fs, project, &about.title)?, about)
        }
    };
    let author = author.about(project, about.item.as_ref());
    Talk::open(project, place, author, about, news)
}

/// What takes secrets out of titles: the name of the task's file is made of one.
fn redactor(project: &Project, author: &Author) -> Redactor {
    let env = author.env.iter().map(|(n, v)| (n.as_str(), v.as_str()));
    let home = project.home();
    copied::redactor(env, &author.tree, home, home)
}

fn of_item(
    fs: &Arc<dyn Fs>,
    project: &Project,
    (harness, clean): (&Harness, &Redactor),
    id: &ItemId,
) -> Result<(Place, About), CannotTalk> {
    let backlog = harness.backlog.as_ref();
    let item = backlog.and_then(|f| f.backlog.find(id)).ok_or_else(|| {
        CannotTalk::Unknown(format!(
            "there is no backlog item {id}; `harness-tui status` lists them"
        ))
    })?;
    let about = About {
        item: Some(id.clone()),
        title: clean.text(&item.title),
        wish: item.summary.clone().unwrap_or_default(),
        revises: false,
    };
    if let Some(task) = &item.task
        && let FoundTask::One(_) = harness.task(task)
    {
        return of_task(fs, project, (harness, clean), task);
    }
    match begun_about(&**fs, project, id)? {
        Some(task) => Ok((Place::of(fs, project, &task, &about.title)?, about)),
        None => Ok((Place::reserve(fs, project, &about.title)?, about)),
    }
}

fn of_task(
    fs: &Arc<dyn Fs>,
    project: &Project,
    (harness, clean): (&Harness, &Redactor),
    id: &TaskId,
) -> Result<(Place, About), CannotTalk> {
    let begun = about_of(&**fs, project, id)?;
    let there = match harness.task(id) {
        FoundTask::One(file) => Some(&file.task),
        FoundTask::None => None,
        FoundTask::Many(files) => {
            let names: Vec<String> = files.iter().map(|f| f.path.to_string()).collect();
            let names = names.join(", ");
            return Err(CannotTalk::Unknown(format!(
                "{id} is the id of several files ({names}); give all but one another id"
            )));
        }
    };
    let about = match (there, begun) {
        (Some(task), begun) if !task.is_draft() => About {
            revises: true,
            ..begun.unwrap_or_else(|| of_file(task))
        },
        (_, Some(begun)) => begun,
        (Some(task), None) => of_file(task),
        (None, None) => {
            return Err(CannotTalk::Unknown(format!(
                "there is no task {id}, and no dialogue about one"
            )));
        }
    };
    let title = clean.text(&about.title);
    Ok((Place::of(fs, project, id, &title)?, about))
}

fn of_file(task: &Task) -> About {
    About {
        item: task.item(),
        title: task.title().to_owned(),
        wish: task.section("Summary"),
        revises: false,
    }
}

/// What the dialogue of a task is about, as it stands in its transcript. `None`: there is none, or
/// it is damaged, which opening it tells. A disk that fails is an error: else a second dialogue
/// would be begun beside the first.
fn about_of(fs: &dyn Fs, project: &Project, id: &TaskId) -> Result<Option<About>, StoreError> {
    let path = project.engine.dialogue(id).join(FILE);
    let records = match journal::read_only::<Entry>(fs, &path) {
        Ok((records, _)) => records,
        Err(error @ StoreError::Io { .. }) if !error.is_missing() => return Err(error),
        Err(_) => return Ok(None),
    };
    Ok(records.into_iter().rev().find_map(|r| match r.event {
        Entry::Began { about } => Some(about),
        _ => None,
    }))
}

/// The number of a task; an id has at most nine digits.
fn number(id: &TaskId) -> u32 {
    let digits = id.as_ref().trim_start_matches('T');
    digits.parse().unwrap_or_default()
}

/// The newest dialogue about an item.
fn begun_about(
    fs: &dyn Fs,
    project: &Project,
    item: &ItemId,
) -> Result<Option<TaskId>, StoreError> {
    let folder = project.engine.dialogues();
    let names = match fs.list(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        names => names.map_err(StoreError::io("list", &folder))?,
    };
    let ids = names.into_iter().filter_map(|n| TaskId::new(n).ok());
    let mut ids: Vec<TaskId> = ids.collect();
    // By their numbers: T1000 is newer than T999.
    ids.sort_by_key(|id| Reverse(number(id)));
    for id in ids {
        let about = about_of(fs, project, &id)?;
        if about.is_some_and(|a| a.item.as_ref() == Some(item)) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::Git;
    use crate::store::journal::Journal;

    #[test]
    fn the_newest_dialogue_about_an_item_is_that_of_the_greatest_number() {
        let dir = tempfile::tempdir().unwrap();
        Git::new(dir.path()).call(["init", "-q"]).run().unwrap();
        let project = Project::at(Git::discover(dir.path()).unwrap(), "harness").unwrap();
        let disk: Arc<dyn Fs> = Arc::new(Disk);
        let item = ItemId::new("B010").unwrap();
        let about = About {
            item: Some(item.clone()),
            title: "Homepage".to_owned(),
            wish: String::new(),
            revises: false,
        };
        for id in ["T998", "T999", "T1000"] {
            let folder = project.engine.dialogue(&TaskId::new(id).unwrap());
            std::fs::create_dir_all(&folder).unwrap();
            let journal = Journal::<Entry>::open(disk.clone(), &folder.join(FILE));
            let (mut journal, ..) = journal.unwrap();
            let about = about.clone();
            let began = Entry::Began { about };
            journal
                .append(jiff::Timestamp::UNIX_EPOCH, 1, &began)
                .unwrap();
        }
        let begun = begun_about(&*disk, &project, &item).unwrap();
        assert_eq!(begun, Some(TaskId::new("T1000").unwrap()));
    }
}
