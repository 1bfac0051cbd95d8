use super::super::author::Choose;
use super::super::partner::News;
use super::super::state::Line;
use super::*;
use crate::agents::talk::{AskedOption, AskedQuestion, Heard, Turn};
use crate::git::Git;
use crate::records::harness::Harness;
use crate::store::fs::faulty::{Fault, Faulty};
use rustix::io::Errno;
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

    /// The dialogue of T001, with its transcript on this disk.
    fn open_on(&self, disk: Arc<dyn Fs>) -> Talk {
        let place = Place::of(&self.project, &TaskId::new("T001").unwrap(), "Home").unwrap();
        let about = About {
            item: None,
            title: "Home".to_owned(),
            wish: String::new(),
            revises: false,
        };
        let (news, _) = channel();
        Talk::open_on(disk, &self.project, place, self.author(), about, news).unwrap()
    }

    fn open(&self) -> Talk {
        self.open_on(Arc::new(Disk))
    }

    fn task(&self) -> String {
        let tasks = self.dir.path().join("harness/tasks/T001-home.md");
        std::fs::read_to_string(tasks).unwrap()
    }
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

const ANSWER: &str = "I read it.\n\n## Questions\n\n- Q1 Where does it stand?\n- Q2 How many?\n\n<<<ARTIFACT task\n# Task T001 — Home\n\n## Summary\n\nIt.\nARTIFACT>>>\n";

fn stands(talk: &Talk) -> bool {
    let state = talk.state();
    let count = |is: fn(&Line) -> bool| state.lines.iter().filter(|l| is(l)).count();
    state.form.entries().len() == 2
        && state.draft.is_some()
        && state.floor == Floor::Person
        && state.turns == 1
        && state.session.as_deref() == Some("s-1")
        && count(|l| matches!(l, Line::Agent(_))) == 1
        && count(|l| matches!(l, Line::Draft)) == 1
        && count(|l| matches!(l, Line::Questions(_))) == 1
}

#[test]
fn the_end_of_a_turn_that_could_not_be_written_is_made_up_for_with_the_next_write() {
    let counted = {
        let scene = Scene::new();
        let disk = Arc::new(Faulty::new(Disk, 0, Fault::Error(Errno::NOSPC)));
        scene.open_on(disk.clone()).write(&said("begin")).unwrap();
        disk.count()
    };
    for at in 1.. {
        let scene = Scene::new();
        // The disk is full at one of the steps of the turn's end.
        let disk = Faulty::new(Disk, counted + at, Fault::Error(Errno::NOSPC));
        let disk = Arc::new(disk);
        let mut talk = scene.open_on(disk.clone());
        talk.write(&said("begin")).unwrap();
        let heard = talk.hear(turn(ANSWER));
        assert_eq!(heard.is_err(), disk.fired(), "step {at}");
        if !disk.fired() {
            assert!(at > 7, "{at}: writes and flushes of four entries can fail");
            return;
        }
        assert!(talk.save(false).is_err(), "the draft would not pass");
        assert!(stands(&talk), "step {at}: {:?}", talk.state());
        drop(talk);
        assert!(stands(&scene.open()), "step {at}: there again");
    }
}

#[test]
fn what_a_crash_left_out_of_a_turns_end_is_there_when_it_is_opened_again() {
    let scene = Scene::new();
    let mut talk = scene.open();
    talk.write(&said("begin")).unwrap();
    talk.hear(turn(ANSWER)).unwrap();
    drop(talk);
    let path = scene.project.engine.dialogue(&TaskId::new("T001").unwrap());
    let path = path.join(FILE);
    let whole = std::fs::read_to_string(&path).unwrap();
    let ends = whole.lines().position(|l| l.contains("\"heard\"")).unwrap();
    let lines: Vec<&str> = whole.lines().collect();
    for kept in ends + 1..=lines.len() {
        let text = lines[..kept].join("\n") + "\n";
        crate::git::testing::put(path.parent().unwrap(), FILE, &text);
        for _ in 0..2 {
            let talk = scene.open();
            assert!(stands(&talk), "{kept} lines: {:?}", talk.state());
        }
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
