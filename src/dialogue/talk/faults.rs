//! A whole dialogue on a disk that dies at its n-th operation, or on which that one fails, for every
//! n: what was answered is there once, a person's lines stay, and it goes on to a task that passes.
//!
//! Every point with every loss: `cargo test --lib dialogue::talk::faults -- --ignored`.

mod twin;

use super::*;
use crate::agents::event::AgentEvent;
use crate::agents::talk::{Heard, Turn, TurnEnd};
use crate::dialogue::author::Choose;
use crate::dialogue::start::{Subject, open_on};
use crate::git::Git;
use crate::records::harness::{FoundTask, Harness};
use crate::store::fs::Fs;
use crate::store::fs::faulty::{Fault, Faulty};
use crate::store::fs::memory::Loss;
use crate::store::layout::EngineDir;
use crate::terms::ItemId;
use rustix::io::Errno;
use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::mpsc::channel;
use twin::{Meddles, Twin};

const BACKLOG: &str = "# Backlog\n\n## Backlog Items\n\n### B010 — Homepage v1\n\n**Status:** Planned  \n**Summary:** The newest posts.\n";
const ASKS: &str = "1. **Hero** — Beside the heading or below it?\n   Recommended: beside\n2. **Posts** — How many are listed?\n   Recommended: 3\n3. **Videos** — How many are listed?\n   Recommended: 3\n4. **Events** — What stands there while none is planned?\n   Recommended: nothing at all\n";
const MORE: &str = "5. **Order** — In which order?\n   Recommended: events, posts, videos\n";
/// A draft, and a question beside it.
const DRAFT_AND_ASKS: &str = "\n6. **Footer** — What is in it?\n   Recommended: a link home\n";
const MINE: &str = "\n## Notes\n\nMine.\n";
const MEDDLES: [Meddles; 2] = [
    Meddles {
        file: ".md",
        at: 3,
        adds: "Meanwhile.\n",
    },
    Meddles {
        file: "backlog.md",
        at: 1,
        adds: "\n### B012 — Added meanwhile\n\n**Status:** Planned\n",
    },
];

/// More operations than a dialogue makes.
const MOST: u64 = 400;

thread_local! {
    /// What agents were told in this test.
    static TOLD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// An agent that is told things and says nothing by itself.
struct Quiet;

impl Partner for Quiet {
    fn say(&mut self, text: &str) {
        TOLD.with_borrow_mut(|t| t.push(text.to_owned()));
    }
    fn interrupt(&mut self) {}
    fn decide(&mut self, _: &str, _: &Decision) {}
}

struct Scene {
    _dir: tempfile::TempDir,
    project: Project,
    first: Twin,
    choose: Choose,
}

impl Scene {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let git = Git::new(dir.path());
        git.call(["init", "-q", "-b", "main"]).run().unwrap();
        crate::git::testing::put(dir.path(), "harness/backlog.md", BACKLOG);
        crate::git::testing::put(dir.path(), "recordings/author.1.1.jsonl", "");
        let project = Project::find(dir.path()).unwrap();
        // Its own faults are swept elsewhere.
        let engine = project.engine.path();
        EngineDir::open(&crate::store::fs::Disk, engine).unwrap();
        twin::put(&project.engine.ballast(), b"a little");
        let roots = [project.path(""), engine.to_owned()];
        let choose = Choose {
            replay: Some(dir.path().join("recordings")),
            ..Choose::default()
        };
        Self {
            first: Twin::of(&roots),
            _dir: dir,
            project,
            choose,
        }
    }

    fn open(&self, fs: &Arc<dyn Fs>) -> Result<Talk, CannotTalk> {
        let subject = Subject::Item(ItemId::new("B010").unwrap());
        let mut talk = open_on(fs, &self.project, (&subject, &self.choose), channel().0)?;
        talk.begins = |_, _| Ok(Box::new(Quiet));
        Ok(talk)
    }

    fn tasks(&self) -> PathBuf {
        self.project.path("tasks")
    }

    fn task(&self) -> Option<String> {
        let names = crate::store::fs::Disk.list(&self.tasks()).ok()?;
        let name = names.iter().find(|n| n.starts_with("T0"))?;
        Some(std::fs::read_to_string(self.tasks().join(name)).unwrap())
    }

    fn backlog(&self) -> String {
        std::fs::read_to_string(self.project.path("backlog.md")).unwrap()
    }
}

/// What a person gave, and what came of it.
#[derive(Debug, Default)]
struct Gave {
    /// In their order; whether it was said to be kept.
    all: Vec<(String, String, bool)>,
    /// Whether they wrote into the file.
    mine: bool,
    saved: bool,
}

impl Gave {
    fn last(&self, id: &str) -> Vec<&str> {
        let mut may = Vec::new();
        for (_, text, kept) in self.all.iter().filter(|(i, _, _)| i == id).rev() {
            may.push(text.as_str());
            if *kept {
                break;
            }
        }
        may
    }

    fn is_kept(&self, id: &str) -> bool {
        self.all.iter().any(|(i, _, kept)| i == id && *kept)
    }
}

fn draft(ids: &[String]) -> String {
    format!(
        "<<<ARTIFACT task\n# Task T000 — Homepage v1\n\nStatus: Draft\nWorkflow: feature — a page\n\n## Summary\n\nA page.\n\n## Scope\n\n### In Scope\n\n- The page.\n\n### Out of Scope\n\n- Playing videos.\n\n## Acceptance Criteria\n\n- AC-1: It is as was answered. ({})\n\n## Task Notes\n\n- None.\nARTIFACT>>>\n",
        ids.join(", ")
    )
}

/// How a step that fails is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Met {
    /// Nothing works any more.
    Ends,
    /// It is done once more, which works.
    Again,
}

struct Person<'a> {
    scene: &'a Scene,
    twin: &'a Twin,
    fs: Arc<dyn Fs>,
    met: Met,
    gave: Gave,
    failures: Vec<String>,
}

impl Person<'_> {
    fn tries(
        &mut self,
        what: &str,
        step: &mut dyn FnMut() -> Result<(), CannotTalk>,
    ) -> Result<(), CannotTalk> {
        match step() {
            Err(error) if self.met == Met::Again => {
                self.failures.push(format!("{what}: {error}"));
                let again = step();
                assert!(again.is_ok(), "{what} again: {again:?}");
                Ok(())
            }
            done => done,
        }
    }

    fn gives(&mut self, talk: &mut Talk, id: &str, text: &str) -> Result<(), CannotTalk> {
        let given = Given::Answer {
            text: text.to_owned(),
        };
        self.gave.all.push((id.to_owned(), text.to_owned(), false));
        self.tries(&format!("give {id}"), &mut || talk.give(id, given.clone()))?;
        self.gave.all.last_mut().unwrap().2 = true;
        Ok(())
    }

    fn says(
        &mut self,
        talk: &mut Talk,
        words: &str,
        ids: &[(&str, &str)],
    ) -> Result<(), CannotTalk> {
        let from = self.gave.all.len();
        for (id, text) in ids {
            self.gave
                .all
                .push(((*id).to_owned(), (*text).to_owned(), false));
        }
        self.tries("say", &mut || talk.say(words))?;
        for (_, _, kept) in &mut self.gave.all[from..] {
            *kept = true;
        }
        Ok(())
    }

    /// What an agent tells is told once. An error comes to who leads, and the dialogue goes on.
    fn hears(&mut self, talk: &mut Talk, heard: Heard) -> Result<(), CannotTalk> {
        match talk.hear(News::Heard(heard)) {
            Err(error) if self.met == Met::Again => {
                self.failures.push(format!("hear: {error}"));
                Ok(())
            }
            done => done,
        }
    }

    fn turn(&mut self, talk: &mut Talk, answer: &str) -> Result<(), CannotTalk> {
        if !talk.live.ready {
            let session = Some("s1".to_owned());
            self.hears(talk, Heard::Ready { session })?;
        }
        let tool = AgentEvent::ToolStarted {
            id: "t".into(),
            kind: crate::agents::event::ToolKind::Read,
            paths: Vec::new(),
            name: "Read".into(),
            title: "src".into(),
            diff: None,
        };
        self.hears(talk, Heard::Event(tool))?;
        self.hears(talk, Heard::Turn(ended(answer)))
    }

    fn whole(&mut self) -> Result<(), CannotTalk> {
        let mut talk = self.open()?;
        let talk = &mut talk;
        self.says(talk, "", &[])?;
        self.turn(talk, ASKS)?;
        self.gives(talk, "Q1", "beside it")?;
        self.twin.add(&talk.path(), MINE);
        self.gave.mine = true;
        self.gives(talk, "Q2", "two")?;
        self.gives(talk, "Q1", "below it")?;
        self.says(talk, "Quickly.\n3. 3 again.", &[("Q3", "3 again.")])?;
        self.turn(talk, MORE)?;
        let back = Given::Back {
            text: "of what?".to_owned(),
        };
        self.tries("ask back", &mut || talk.give("Q5", back.clone()))?;
        self.says(talk, "", &[])?;
        let ids = ["Q1", "Q2", "Q3"].map(str::to_owned);
        self.turn(talk, &(draft(&ids) + MORE + DRAFT_AND_ASKS))?;
        self.gives(talk, "Q5", "as it is")?;
        self.gave.all.extend(
            [("Q4", "nothing at all"), ("Q6", "a link home")]
                .map(|(id, text)| (id.to_owned(), text.to_owned(), false)),
        );
        self.tries("defaults", &mut || talk.take_defaults().map(drop))?;
        for (_, _, kept) in &mut self.gave.all {
            *kept = true;
        }
        self.says(talk, "", &[])?;
        self.turn(talk, &draft(&ids_of(talk)))?;
        self.tries("save", &mut || talk.save(false).map(drop))?;
        self.gave.saved = true;
        Ok(())
    }

    fn open(&mut self) -> Result<Talk, CannotTalk> {
        match self.scene.open(&self.fs) {
            Err(error) if self.met == Met::Again => {
                self.failures.push(format!("open: {error}"));
                Ok(self.scene.open(&self.fs).unwrap())
            }
            opened => opened,
        }
    }
}

fn ended(answer: &str) -> Turn {
    Turn {
        end: TurnEnd::Answered,
        answer: answer.to_owned(),
        session: Some("s1".to_owned()),
        usage: Usage::default(),
    }
}

fn ids_of(talk: &Talk) -> Vec<String> {
    let form = talk.state.form.entries().iter();
    form.map(|e| e.question.id.clone()).collect()
}

/// Everything that was answered is there once.
fn nothing_is_lost(scene: &Scene, talk: &Talk, gave: &Gave, point: &str) {
    let form = &talk.state.form;
    let text = scene.task().unwrap_or_default();
    let ledger = Task::parse(&text).clarifications();
    for id in ["Q1", "Q2", "Q3", "Q4", "Q5", "Q6"] {
        let given = form.get(id).and_then(|e| e.given.as_ref());
        let answer = given.and_then(Given::answer);
        let may = gave.last(id);
        if gave.is_kept(id) {
            assert!(answer.is_some(), "{point}: {id} is lost: {may:?}\n{text}");
        }
        let Some(answer) = answer else { continue };
        assert!(
            may.contains(&answer),
            "{point}: {id} is '{answer}', not of {may:?}"
        );
        let lines: Vec<_> = ledger.iter().filter(|c| c.id == id).collect();
        assert_eq!(lines.len(), 1, "{point}: {id}\n{text}");
        assert_eq!(
            lines[0].answer.as_deref(),
            Some(answer),
            "{point}: {id}\n{text}"
        );
        let before = &form.get(id).unwrap().before;
        let told: Vec<_> = before
            .iter()
            .chain(given)
            .filter_map(Given::answer)
            .collect();
        let mut once = told.clone();
        once.dedup();
        assert_eq!(told, once, "{point}: {id} is doubled");
    }
    assert!(form.entries().len() <= 6, "{point}: {form:?}");
    if gave.mine {
        assert_eq!(text.matches("Mine.\n").count(), 1, "{point}: mine\n{text}");
    }
    let left = crate::store::fs::Disk
        .list(&scene.tasks())
        .unwrap_or_default();
    let left: Vec<_> = left.into_iter().filter(|n| !n.starts_with("T0")).collect();
    assert!(left.is_empty(), "{point}: {left:?} is left behind");
}

/// From wherever it stands to a saved task.
fn goes_on(scene: &Scene, talk: &mut Talk, point: &str) {
    if talk.state.saved.is_none() || talk.state.since_saved {
        for id in talk
            .state
            .form
            .open()
            .map(|e| e.question.id.clone())
            .collect::<Vec<_>>()
        {
            let text = "in the end".to_owned();
            talk.give(&id, Given::Answer { text }).unwrap();
        }
        let answers = if talk.state.form.entries().is_empty() {
            ASKS.to_owned()
        } else {
            draft(&ids_of(talk))
        };
        talk.say("go on").unwrap_or_else(|e| panic!("{point}: {e}"));
        if !talk.live.ready {
            talk.hear(News::Heard(Heard::Ready { session: None }))
                .unwrap();
        }
        talk.hear(News::Heard(Heard::Turn(ended(&answers))))
            .unwrap();
        if answers == ASKS {
            return goes_on(scene, talk, point);
        }
        talk.save(false).unwrap_or_else(|e| panic!("{point}: {e}"));
    }
    let harness = Harness::load(&scene.project);
    assert_eq!(harness.findings(), [], "{point}");
    let FoundTask::One(file) = harness.task(talk.id()) else {
        panic!("{point}: no task {}", talk.id());
    };
    assert_eq!(file.task.status(), Some(READY), "{point}");
    let link = format!(
        "**Status:** Ready  \n**Summary:** The newest posts.\n**Task:** {}\n",
        talk.id()
    );
    let backlog = scene.backlog();
    assert_eq!(backlog.matches(&link).count(), 1, "{point}: {backlog}");
}

/// A point of the sweep: the whole dialogue, dying at the n-th operation. False: there are not that
/// many.
fn dies_at(scene: &Scene, n: u64, losses: &[Loss]) -> bool {
    let first = scene.first.again();
    let twin = first.clone().with(&MEDDLES);
    let faulty = Arc::new(Faulty::new(twin.clone(), n, Fault::Crash));
    let mut person = Person {
        scene,
        twin: &twin,
        fs: faulty.clone(),
        met: Met::Ends,
        gave: Gave::default(),
        failures: Vec::new(),
    };
    let ended = person.whole();
    let gave = person.gave;
    if !faulty.fired() {
        ended.unwrap();
        return false;
    }
    for loss in losses {
        let how = ended.as_ref().err().map(ToString::to_string);
        let point = format!("dies at {n}, {loss:?}, {how:?}");
        let fs: Arc<dyn Fs> = Arc::new(twin.cut(*loss));
        let mut talk = scene.open(&fs).unwrap_or_else(|e| panic!("{point}: {e}"));
        nothing_is_lost(scene, &talk, &gave, &point);
        goes_on(scene, &mut talk, &point);
        let id = talk.id().clone();
        drop(talk);
        let talk = scene.open(&fs).unwrap();
        assert_eq!(talk.id(), &id, "{point}");
        nothing_is_lost_of_answered(&talk, &gave, &point);
    }
    true
}

fn nothing_is_lost_of_answered(talk: &Talk, gave: &Gave, point: &str) {
    for (id, _, kept) in &gave.all {
        let answer = talk.state.form.get(id).and_then(|e| e.given.as_ref());
        let answer = answer.and_then(Given::answer);
        assert!(
            answer.is_some() || !kept,
            "{point}: {id} is lost in the end"
        );
    }
}

/// A point of the sweep: the n-th operation fails, and later ones work.
fn fails_at(scene: &Scene, n: u64, errno: Errno) -> bool {
    TOLD.with_borrow_mut(Vec::clear);
    let twin = scene.first.again().with(&MEDDLES);
    let faulty = Arc::new(Faulty::new(twin.clone(), n, Fault::Error(errno)));
    let mut person = Person {
        scene,
        twin: &twin,
        fs: faulty.clone(),
        met: Met::Again,
        gave: Gave::default(),
        failures: Vec::new(),
    };
    let ended = person.whole();
    let (gave, failures) = (person.gave, person.failures);
    let point = format!("fails at {n}, {errno:?}, {failures:?}");
    ended.unwrap_or_else(|e| panic!("{point}: {e}"));
    assert!(failures.len() <= 1, "{point}");
    TOLD.with_borrow(|told| {
        assert_eq!(told.len(), 4, "{point}: {told:#?}");
        assert!(told[0].contains("# How to answer"), "{point}: {}", told[0]);
    });
    let fs: Arc<dyn Fs> = Arc::new(twin.cut(Loss::All));
    let mut talk = scene.open(&fs).unwrap();
    nothing_is_lost(scene, &talk, &gave, &point);
    assert!(
        talk.state.saved.is_some() && !talk.state.since_saved,
        "{point}"
    );
    assert_eq!(
        scene.task().unwrap().matches("Meanwhile.\n").count(),
        1,
        "{point}"
    );
    assert_eq!(
        scene.backlog().matches("Added meanwhile").count(),
        1,
        "{point}"
    );
    goes_on(scene, &mut talk, &point);
    faulty.fired()
}

/// The points of a sweep: every `step`-th operation, from another one on each day. Those that failed
/// are told.
fn sweep(step: u64, point: impl Fn(&Scene, u64) -> bool) {
    let scene = Scene::new();
    let seed = Timestamp::now().as_second().unsigned_abs() / 86_400;
    let mut failed = Vec::new();
    let (mut n, mut tried) = (1 + seed % step, 0);
    while n <= MOST {
        let tries = std::panic::AssertUnwindSafe(|| point(&scene, n));
        match std::panic::catch_unwind(tries) {
            Ok(false) => break,
            Ok(true) => {}
            Err(why) => failed.push(why.downcast_ref::<String>().cloned().unwrap_or_default()),
        }
        (n, tried) = (n + step, tried + 1);
    }
    assert!(tried * step > 200, "only {tried} faults happened");
    assert!(
        failed.is_empty(),
        "{} of {tried} points:\n{}",
        failed.len(),
        failed.join("\n\n")
    );
}

const LOSSES: [Loss; 3] = [Loss::All, Loss::Torn, Loss::None];

fn dies(scene: &Scene, n: u64) -> bool {
    let loss = usize::try_from(n).unwrap() % LOSSES.len();
    dies_at(scene, n, &LOSSES[loss..=loss])
}

fn fails(scene: &Scene, n: u64) -> bool {
    fails_at(
        scene,
        n,
        if n.is_multiple_of(2) {
            Errno::NOSPC
        } else {
            Errno::IO
        },
    )
}

#[test]
fn a_dialogue_that_dies_at_some_operation_goes_on_with_all_that_was_answered() {
    sweep(13, dies);
}

#[test]
fn a_dialogue_whose_disk_fails_once_says_so_and_loses_nothing() {
    sweep(13, fails);
}

#[test]
#[ignore = "takes minutes: cargo test --lib dialogue::talk::faults -- --ignored every_operation"]
fn every_operation_and_loss_of_a_dialogue_that_dies() {
    sweep(1, |scene, n| dies_at(scene, n, &LOSSES));
}

#[test]
#[ignore = "takes minutes: cargo test --lib dialogue::talk::faults -- --ignored every_operation"]
fn every_operation_of_a_dialogue_whose_disk_fails_once() {
    for errno in [Errno::NOSPC, Errno::IO] {
        sweep(1, |scene, n| fails_at(scene, n, errno));
    }
}
