//! The dialogue's engine with recorded authors: questions, answers, draft, save, and what is left
//! after each step when everything stops there.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and writes as people do"
)]

mod support;

use harness_tui::agents::AgentEvent;
use harness_tui::agents::talk::Heard;
use harness_tui::dialogue::author::Choose;
use harness_tui::dialogue::lead::{Lead, Told, Wish};
use harness_tui::dialogue::partner::News;
use harness_tui::dialogue::question::Given;
use harness_tui::dialogue::revise::{material, stale};
use harness_tui::dialogue::save::CannotSave;
use harness_tui::dialogue::start::{Subject, open};
use harness_tui::dialogue::state::Floor;
use harness_tui::dialogue::{CannotTalk, Talk};
use harness_tui::documents::task::Task;
use harness_tui::git::Git;
use harness_tui::records::harness::Harness;
use harness_tui::records::project::Project;
use harness_tui::terms::ItemId;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use support::landed::{Ready, TASK_PATH};

const BACKLOG: &str = "# Backlog\n\n## Backlog Items\n\n### B010 — Homepage v1\n\n**Status:** Planned  \n**Summary:** The newest posts and videos, and upcoming events if there are any.\n\n### B011 — Mermaid diagrams in the blog\n\n**Status:** Planned  \n**Summary:** Draw them.\n";

struct Scene {
    dir: tempfile::TempDir,
    project: Project,
}

/// A dialogue, and what its agent tells.
struct Led {
    talk: Talk,
    news: Receiver<News>,
}

impl Scene {
    fn new() -> Self {
        harness_tui::process::own::be(PathBuf::from(env!("CARGO_BIN_EXE_harness-tui")));
        support::trusted::in_process();
        let dir = tempfile::tempdir().unwrap();
        let git = Git::new(dir.path());
        git.call(["init", "-q", "-b", "main"]).run().unwrap();
        std::fs::create_dir_all(dir.path().join("harness")).unwrap();
        std::fs::write(dir.path().join("harness/backlog.md"), BACKLOG).unwrap();
        let project = Project::find(dir.path()).unwrap();
        Self { dir, project }
    }

    fn open(&self, item: &str) -> Result<Led, CannotTalk> {
        self.open_about(item, &Subject::Item(ItemId::new(item).unwrap()))
    }

    /// With the author that was recorded about this item.
    fn open_about(&self, item: &str, subject: &Subject) -> Result<Led, CannotTalk> {
        let (to, news) = channel();
        let recordings = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("harness-example/recordings/dialogues")
            .join(item);
        let choose = Choose {
            replay: Some(recordings),
            ..Choose::default()
        };
        Ok(Led {
            talk: open(&self.project, subject, &choose, to)?,
            news,
        })
    }

    fn backlog(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("harness/backlog.md")).unwrap()
    }

    fn task(&self, led: &Led) -> String {
        std::fs::read_to_string(led.talk.file().under(self.dir.path())).unwrap()
    }
}

impl Led {
    /// Hears the agent until its turn is over.
    fn turn(&mut self) {
        while self.talk.state().floor == Floor::Agent {
            let news = self
                .news
                .recv_timeout(Duration::from_mins(2))
                .expect("the author ends its turn");
            self.talk.hear(news).unwrap();
        }
    }

    fn say(&mut self, words: &str) {
        self.talk.say(words).unwrap();
        self.turn();
    }

    fn open_ids(&self) -> Vec<String> {
        let open = self.talk.state().form.open();
        open.map(|e| e.question.id.clone()).collect()
    }
}

#[test]
fn the_homepage_from_six_questions_to_a_task_that_passes() {
    let scene = Scene::new();
    let mut led = scene.open("B010").unwrap();
    assert_eq!(led.talk.id().as_str(), "T001");
    assert!(
        !led.talk.file().under(scene.dir.path()).exists(),
        "nothing was asked yet"
    );
    led.say("");
    let form = &led.talk.state().form;
    let titles: Vec<_> = form
        .entries()
        .iter()
        .map(|e| e.question.title.clone().unwrap())
        .collect();
    assert_eq!(
        titles,
        [
            "Hero",
            "Latest posts",
            "Latest videos",
            "Upcoming events",
            "All posts",
            "Order"
        ]
    );
    assert!(
        form.entries()
            .iter()
            .all(|e| e.question.recommended.is_some())
    );
    assert!(
        scene.task(&led).contains("Status: Draft"),
        "{}",
        scene.task(&led)
    );
    let no_draft = led.talk.save(false).unwrap_err();
    assert!(
        matches!(no_draft, CannotTalk::Save(CannotSave::NoDraft)),
        "{no_draft}"
    );

    led.talk
        .give(
            "Q1",
            Given::Answer {
                text: "beside".into(),
            },
        )
        .unwrap();
    assert!(
        scene.task(&led).contains("beside or below it? → below")
            || scene.task(&led).contains("→ beside")
    );
    led.say("2. 3 3. 3 again. 4. nothing at all\n5. default\n6. default");
    assert!(led.open_ids().is_empty());
    let (made, _) = led.talk.composed().unwrap().unwrap();
    assert_eq!(made.findings, []);
    assert_eq!(made.trace.unplaced, Vec::<String>::new());
    assert_eq!(led.talk.state().workflow.as_ref().unwrap().name, "feature");

    led.talk.save(false).unwrap();
    let task = Task::parse(scene.task(&led));
    let again = task
        .clarifications()
        .into_iter()
        .find(|c| c.id == "Q3")
        .unwrap();
    assert_eq!(again.answer.as_deref(), Some("3 again."));
    assert_eq!(
        again.became.as_deref(),
        Some("AC-3"),
        "a criterion of its own"
    );
    assert_eq!(task.criteria().len(), 6);
    assert_eq!(task.status(), Some("Ready"));
    let linked = scene.backlog();
    let expected = BACKLOG
        .replacen("Planned", "Ready", 1)
        .replace("if there are any.\n", "if there are any.\n**Task:** T001\n");
    assert_eq!(linked, expected, "nothing else of the backlog changed");
    let harness = Harness::load(&scene.project);
    assert_eq!(harness.findings(), []);
    assert!(harness.only_task(led.talk.id()).is_ok());
}

#[test]
fn nine_questions_in_groups_and_all_defaults() {
    let scene = Scene::new();
    let mut led = scene.open("B011").unwrap();
    led.say("");
    let form = &led.talk.state().form;
    let groups: Vec<_> = form
        .entries()
        .iter()
        .map(|e| e.question.group.clone().unwrap())
        .collect();
    assert_eq!(
        groups,
        [
            "Rendering",
            "Rendering",
            "Rendering",
            "Content",
            "Content",
            "Look",
            "Look",
            "Failure",
            "Failure"
        ]
    );
    led.say("take the defaults");
    led.talk.save(false).unwrap();
    let task = Task::parse(scene.task(&led));
    let became = |id: &str| {
        let all = task.clarifications();
        all.into_iter()
            .find(|c| c.id == id)
            .unwrap()
            .became
            .unwrap()
    };
    assert_eq!(
        (became("Q4").as_str(), became("Q9").as_str()),
        ("AC-3", "Out of Scope")
    );
    assert_eq!(Harness::load(&scene.project).findings(), []);
}

#[test]
fn an_answer_that_the_author_does_not_know_is_listed_and_needs_a_deliberate_save() {
    let scene = Scene::new();
    let mut led = scene.open("B010").unwrap();
    led.say("");
    led.say("1. beside");
    // The recorded author placed all six; one more answer after its draft has no line.
    led.talk
        .give(
            "Q2",
            Given::Answer {
                text: "four".into(),
            },
        )
        .unwrap();
    let refused = led.talk.save(false).unwrap_err();
    assert!(
        matches!(&refused, CannotTalk::Save(CannotSave::Untold(ids)) if ids == &["Q2"]),
        "{refused}"
    );
    led.talk.save(true).unwrap();
    assert!(scene.task(&led).contains("→ four"));
}

#[test]
fn everything_is_there_again_after_any_step() {
    let scene = Scene::new();
    let mut led = scene.open("B010").unwrap();
    led.say("");
    drop(led);
    for (n, answer) in [
        "beside",
        "3",
        "3 again.",
        "nothing",
        "posts.html",
        "as you say",
    ]
    .iter()
    .enumerate()
    {
        let mut led = scene.open("B010").unwrap();
        assert_eq!(led.open_ids().len(), 6 - n);
        let id = format!("Q{}", n + 1);
        let text = (*answer).to_owned();
        led.talk.give(&id, Given::Answer { text }).unwrap();
        // The author is not told: the dialogue ends here.
        assert!(
            scene.task(&led).contains(&format!("→ {answer}\n")),
            "{}",
            scene.task(&led)
        );
    }
    let mut led = scene.open("B010").unwrap();
    assert_eq!(
        led.talk.id().as_str(),
        "T001",
        "the item's dialogue is found again"
    );
    led.say("");
    led.talk.save(false).unwrap();
    assert!(scene.backlog().contains("**Task:** T001"));
}

#[test]
fn a_dialogue_about_no_item_is_left_gone_on_with_and_saved() {
    let scene = Scene::new();
    let words = || Subject::Words {
        title: "A homepage".to_owned(),
        wish: "With the newest posts.".to_owned(),
    };
    let mut led = scene.open_about("B010", &words()).unwrap();
    let (id, file) = (led.talk.id().clone(), led.talk.file().clone());
    assert_eq!(file.as_str(), "harness/tasks/T001-a-homepage.md");
    led.say("");
    let text = "beside".to_owned();
    led.talk.give("Q1", Given::Answer { text }).unwrap();
    drop(led);
    let other = scene.open_about("B010", &words()).unwrap();
    assert_eq!(
        other.talk.id().as_str(),
        "T002",
        "other words, another task"
    );
    drop(other);

    let mut led = scene
        .open_about("B010", &Subject::Task(id.clone()))
        .unwrap();
    assert_eq!((led.talk.id(), led.talk.file()), (&id, &file));
    let about = led.talk.state().about.clone().unwrap();
    assert_eq!((about.item, about.revises), (None, false));
    assert_eq!(about.title, "A homepage");
    assert_eq!(led.open_ids(), ["Q2", "Q3", "Q4", "Q5", "Q6"]);
    led.say("defaults");
    led.talk.save(false).unwrap();
    let task = scene.task(&led);
    assert!(task.contains("→ beside (AC-1)\n"), "{task}");
    assert!(!task.contains("Backlog Item:"), "{task}");
    assert_eq!(scene.backlog(), BACKLOG, "no item is touched");
    assert_eq!(Harness::load(&scene.project).findings(), []);
    drop(led);
    let led = scene.open_about("B010", &Subject::Task(id)).unwrap();
    assert!(led.talk.state().about.as_ref().unwrap().revises);
}

#[test]
fn what_a_person_writes_into_the_file_counts() {
    let scene = Scene::new();
    let mut led = scene.open("B010").unwrap();
    led.say("");
    let path = led.talk.file().under(scene.dir.path());
    drop(led);
    let text = std::fs::read_to_string(&path).unwrap();
    let line = text.lines().find(|l| l.starts_with("- Q2 ")).unwrap();
    let edited = text.replace(line, &format!("{line} five"));
    std::fs::write(&path, edited).unwrap();
    let led = scene.open("B010").unwrap();
    let entry = led.talk.state().form.get("Q2").unwrap();
    assert_eq!(entry.given.as_ref().unwrap().answer(), Some("five"));
}

#[test]
fn a_task_that_is_there_is_revised_and_a_second_one_can_not_lead() {
    let scene = Scene::new();
    let mut led = scene.open("B010").unwrap();
    led.say("");
    led.say("defaults");
    led.talk.save(false).unwrap();
    let refused = scene.open("B010").map(|_| ()).unwrap_err();
    assert!(matches!(refused, CannotTalk::Led(_)), "{refused}");
    drop(led);
    let led = scene.open("B010").unwrap();
    assert!(led.talk.state().about.as_ref().unwrap().revises);
    assert!(led.talk.state().saved.is_some());
    assert!(scene.task(&led).contains("Status: Ready"));
}

#[test]
fn a_turn_that_was_cut_off_is_said_to_be_and_the_person_speaks_next() {
    let scene = Scene::new();
    let mut led = scene.open("B010").unwrap();
    led.talk.say("").unwrap();
    drop(led);
    let mut led = scene.open("B010").unwrap();
    assert_eq!(led.talk.state().floor, Floor::Person);
    let lines = format!("{:?}", led.talk.state().lines);
    assert!(lines.contains("interrupted"), "{lines}");
    led.say("go on");
}

#[test]
fn led_from_a_thread_what_there_is_to_show_comes_out() {
    let scene = Scene::new();
    let recordings =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("harness-example/recordings/dialogues/B010");
    let choose = Choose {
        replay: Some(recordings),
        ..Choose::default()
    };
    let (to, told) = channel();
    let lead = Lead::begin(scene.project.clone(), choose, move |t| {
        let _ = to.send(t);
    })
    .unwrap();
    let until = |what: &str, is: &dyn Fn(&Told) -> bool| loop {
        match told.recv_timeout(Duration::from_mins(2)) {
            Ok(t) if is(&t) => return t,
            Ok(_) => {}
            Err(error) => panic!("{what}: {error}"),
        }
    };
    lead.wish(Wish::Save { anyway: true });
    until(
        "refused",
        &|t| matches!(t, Told::Refused { why, .. } if why.contains("no dialogue is open")),
    );
    lead.wish(Wish::Open(Subject::Item(ItemId::new("B010").unwrap())));
    lead.wish(Wish::Say(String::new()));
    until(
        "streamed",
        &|t| matches!(t, Told::Shown(s) if s.live.words.contains("Six questions")),
    );
    until(
        "asked",
        &|t| matches!(t, Told::Shown(s) if s.state.form.entries().len() == 6),
    );
    lead.wish(Wish::Defaults);
    lead.wish(Wish::Say(String::new()));
    until(
        "drafted",
        &|t| matches!(t, Told::Shown(s) if s.draft.is_some() && s.state.floor == Floor::Person),
    );
    lead.wish(Wish::Save { anyway: false });
    until(
        "saved",
        &|t| matches!(t, Told::Saved { workflow: Some(w), .. } if w == "feature"),
    );
    lead.wish(Wish::Close);
    drop(lead);
    assert!(scene.backlog().contains("**Task:** T001"));
}

#[test]
fn of_a_result_the_author_is_told_all_and_an_answer_alone_makes_nothing_stale() {
    let ready = Ready::new();
    let (project, view) = (ready.project(), ready.view());
    let told = material(&project, &view);
    let names: Vec<&str> = told.iter().map(|m| m.name.as_str()).collect();
    assert!(names[0].starts_with("where the run RUN-"), "{names:?}");
    assert_eq!(names.last(), Some(&"the change it made"), "{names:?}");
    let all: String = told.iter().map(|m| m.text.clone()).collect();
    assert!(all.contains("+++ b/"), "{all}");
    let task = std::fs::read_to_string(ready.home.join(TASK_PATH)).unwrap();
    assert_eq!(stale(&view, &task), None);
    let clarified = format!("{task}\n## Clarifications\n\n- Q9 Late? → yes\n");
    assert_eq!(
        stale(&view, &clarified),
        None,
        "an answer alone makes nothing stale"
    );
}

#[test]
fn what_is_still_coming_is_shown_without_its_secrets() {
    let scene = Scene::new();
    let secret = "rosebud-and-sled";
    let (to, _news) = channel();
    let recordings = Path::new(env!("CARGO_MANIFEST_DIR"));
    let choose = Choose {
        replay: Some(recordings.join("harness-example/recordings/dialogues/B010")),
        env: Some([("DEPLOY_TOKEN".to_owned(), secret.to_owned())].into()),
        ..Choose::default()
    };
    let subject = Subject::Item(ItemId::new("B010").unwrap());
    let mut talk = open(&scene.project, &subject, &choose, to).unwrap();
    let mut delta = |text: &str| {
        let text = text.to_owned();
        let event = AgentEvent::TextDelta { text };
        talk.hear(News::Heard(Heard::Event(event))).unwrap();
        talk.live().words.clone()
    };
    assert_eq!(delta("The token is rose"), "The token is ");
    assert_eq!(delta("bud-and"), "The token is ");
    assert_eq!(delta("-sled, and so"), "The token is [secret], and ");
    let text = format!("The token is {secret}, and so on.");
    talk.hear(News::Heard(Heard::Event(AgentEvent::Text { text })))
        .unwrap();
    assert_eq!(talk.live().said, ["The token is [secret], and so on."]);
    assert_eq!(talk.live().words, "");
}
