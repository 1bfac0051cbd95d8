use super::super::author::Choose;
use super::super::partner::News;
use super::*;
use crate::agents::talk::{AskedOption, AskedQuestion, Heard, Turn, TurnEnd};
use crate::git::Git;
use crate::records::harness::Harness;
use crate::store::fs::{Disk, Fs};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc::channel;

const KEY: &str = "correct-horse-battery";

struct Scene {
    dir: tempfile::TempDir,
    project: Project,
}

impl Scene {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let git = Git::new(dir.path());
        git.call(["init", "-q", "-b", "main"]).run().unwrap();
        crate::git::testing::put(dir.path(), "harness/backlog.md", "# Backlog\n");
        let project = Project::find(dir.path()).unwrap();
        Self { dir, project }
    }

    fn author(&self) -> Author {
        let env = [("DEPLOY_TOKEN".to_owned(), KEY.to_owned())];
        let choose = Choose {
            replay: Some(self.dir.path().join("recorded")),
            env: Some(BTreeMap::from(env)),
            ..Choose::default()
        };
        Author::of(&Harness::load(&self.project), &self.project, &choose).unwrap()
    }

    /// The dialogue of T001.
    fn open(&self) -> Talk {
        let disk: Arc<dyn Fs> = Arc::new(Disk);
        let place = Place::of(&disk, &self.project, &TaskId::new("T001").unwrap(), "Home").unwrap();
        let about = About {
            item: None,
            title: "Home".to_owned(),
            wish: String::new(),
            revises: false,
        };
        let (news, _) = channel();
        Talk::open(&self.project, place, self.author(), about, news).unwrap()
    }

    fn task(&self) -> String {
        let tasks = self.dir.path().join("harness/tasks/T001-home.md");
        std::fs::read_to_string(tasks).unwrap()
    }
}

thread_local! {
    static TOLD: std::cell::RefCell<Vec<String>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// An agent that is told things and says nothing by itself.
struct Listens;

impl Partner for Listens {
    fn say(&mut self, text: &str) {
        TOLD.with_borrow_mut(|t| t.push(text.to_owned()));
    }
    fn interrupt(&mut self) {}
    fn decide(&mut self, _: &str, _: &Decision) {}
}

fn heard() -> String {
    TOLD.with_borrow_mut(|t| t.pop().unwrap_or_default())
}

fn ready() -> News {
    News::Heard(Heard::Ready {
        session: Some("s-1".to_owned()),
    })
}

fn ended(end: TurnEnd) -> News {
    News::Heard(Heard::Turn(Turn {
        answer: String::new(),
        session: None,
        end,
        usage: Usage::default(),
    }))
}

#[test]
fn an_author_that_is_stopped_before_it_is_ready_is_told_all_the_next_time() {
    let scene = Scene::new();
    let mut talk = scene.open();
    talk.begins = |_, _| Ok(Box::new(Listens));
    talk.say("the colour must be blue").unwrap();
    talk.interrupt().unwrap();
    assert_eq!(talk.state().floor, Floor::Person);
    talk.say("and dark").unwrap();
    talk.hear(ready()).unwrap();
    let told = heard();
    assert!(told.contains("<<<ARTIFACT task"), "{told}");
    assert!(told.contains("the colour must be blue") && told.contains("and dark"));
    // Nor is a session taken up that never ended a turn.
    talk.hear(ended(TurnEnd::Interrupted)).unwrap();
    drop(talk);
    let mut talk = scene.open();
    talk.begins = |_, _| Ok(Box::new(Listens));
    talk.say("go on").unwrap();
    talk.hear(ready()).unwrap();
    assert!(heard().contains("<<<ARTIFACT task"));
}

#[test]
fn words_of_a_turn_that_was_cut_off_are_told_again() {
    let scene = Scene::new();
    let mut talk = scene.open();
    talk.begins = |_, _| Ok(Box::new(Listens));
    talk.say("begin").unwrap();
    talk.hear(ready()).unwrap();
    talk.hear(turn("I see.")).unwrap();
    talk.say("mind the dark theme").unwrap();
    assert_eq!(heard(), "mind the dark theme");
    talk.hear(ended(TurnEnd::Interrupted)).unwrap();
    // With nothing new to say, what was cut off is said again.
    talk.say("").unwrap();
    assert!(heard().ends_with("mind the dark theme"));
    talk.hear(ended(TurnEnd::Interrupted)).unwrap();
    talk.say("and the print").unwrap();
    let told = heard();
    assert!(told.contains("in case it did not reach you"), "{told}");
    assert!(told.contains("mind the dark theme") && told.ends_with("and the print"));
    talk.hear(turn("I do.")).unwrap();
    talk.say("good").unwrap();
    assert_eq!(heard(), "good");
}

fn said(text: &str) -> Entry {
    Entry::Said {
        text: text.to_owned(),
        form: true,
    }
}

fn turn(answer: &str) -> News {
    News::Heard(Heard::Turn(Turn {
        answer: answer.to_owned(),
        session: Some("s-1".to_owned()),
        end: TurnEnd::Answered,
        usage: Usage::default(),
    }))
}

fn words(text: &str) -> Given {
    let text = text.to_owned();
    Given::Answer { text }
}

fn asked(text: &str) -> AskedQuestion {
    AskedQuestion {
        header: String::new(),
        question: text.to_owned(),
        options: vec![AskedOption {
            label: "red".to_owned(),
            description: String::new(),
        }],
        several: false,
    }
}

#[test]
fn what_is_asked_again_keeps_its_id_however_it_is_asked() {
    let scene = Scene::new();
    let mut talk = scene.open();
    talk.write(&said("begin")).unwrap();
    let question = || News::Heard(Heard::Questions(vec![asked("Which colour?")]));
    talk.hear(question()).unwrap();
    talk.hear(question()).unwrap();
    assert_eq!(talk.state().form.entries().len(), 1);
    talk.give("Q1", words("blue")).unwrap();
    talk.hear(turn("I asked.")).unwrap();
    talk.write(&said("")).unwrap();
    talk.hear(turn(
        "**Q1** Which colour has the headline?\n\n2. How wide is it?\n",
    ))
    .unwrap();
    let form = &talk.state().form;
    assert_eq!(form.entries().len(), 2);
    let again = form.get("Q1").unwrap();
    assert_eq!(again.question.text, "Which colour has the headline?");
    assert_eq!(again.given, Some(words("blue")));
    assert!(again.again);
    let task = scene.task();
    assert!(
        task.contains("- Q1 Which colour has the headline? → blue\n"),
        "{task}"
    );
    assert_eq!(task.matches("- Q1").count(), 1, "{task}");
    // Given once more it is an answer to what is asked now.
    talk.give("Q1", words("blue")).unwrap();
    assert!(!talk.state().form.get("Q1").unwrap().again);
    // One that was not answered is asked in its new words alone.
    talk.write(&said("")).unwrap();
    talk.hear(turn("Q2. How many columns?\n")).unwrap();
    assert_eq!(talk.state().form.entries().len(), 2);
    assert!(scene.task().contains("- Q2 How many columns? →"));
}

#[test]
fn no_secret_of_a_person_is_written_down() {
    let scene = Scene::new();
    let mut talk = scene.open();
    talk.write(&said("begin")).unwrap();
    talk.hear(turn("1. With which login?\n2. Where?\n"))
        .unwrap();
    talk.give("Q1", words(&format!("use {KEY}."))).unwrap();
    assert_eq!(talk.take_cleaned(), ["Q1"]);
    talk.give("Q2", words("here")).unwrap();
    // The person's own change of the file counts, and is cleaned too.
    let by_hand = scene
        .task()
        .replace("→ here", &format!("→ at sk-{}", "a1B2".repeat(8)));
    crate::git::testing::put(scene.dir.path(), "harness/tasks/T001-home.md", &by_hand);
    talk.give("Q1", words("none")).unwrap();
    talk.give("Q1", words(&format!("use {KEY}."))).unwrap();
    assert_eq!(talk.take_cleaned(), ["Q2", "Q1"]);
    let task = scene.task();
    assert!(
        task.contains("→ use [secret].") && task.contains("→ at [secret]"),
        "{task}"
    );
    let transcript = std::fs::read_to_string(talk.dir().join(FILE)).unwrap();
    for text in [task, transcript] {
        assert!(!text.contains(KEY) && !text.contains("sk-a1B2"), "{text}");
    }
    assert!(Path::new(talk.dir()).is_dir());
}
