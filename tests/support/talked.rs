//! The dialogue in each state, without an agent: what it tells is made of a transcript.

use super::painted::{app, key, now};
use harness_tui::agents::talk::{Permission, TurnEnd};
use harness_tui::dialogue::draft::{Composed, Makings, compose};
use harness_tui::dialogue::lead::{Shown, Told, Wish};
use harness_tui::dialogue::question::Given;
use harness_tui::dialogue::revise::Stale;
use harness_tui::dialogue::state::State;
use harness_tui::dialogue::talk::Live;
use harness_tui::dialogue::transcript::{About, Entry};
use harness_tui::documents::task::Task;
use harness_tui::terms::{Digest, ItemId, RepoPath, RunId, StageId, TaskId, Usage};
use harness_tui::workbench::app::{App, Effect, Event, View};
use std::sync::Arc;

/// Columns and rows.
pub type Size = (u16, u16);

const ASKS: &str = "I read the template and the build. Four questions before I draft it:\n\n## Look\n\n1. **Hero** — Should the portrait stand beside the heading or below it?\n   Why: it decides whether the hero is one row or two.\n   a) beside (recommended)\n   b) below\n2. **Latest posts** — How many are listed?\n   Recommended: 3\n\n## Content\n\n3. **Latest videos** — How many are listed? Nothing in `posts/` names a video today, so a list would be new.\n   Recommended: 2\n4. **Upcoming events** — What stands there while none is planned?\n   Recommended: nothing at all\n";

pub const DRAFTS: &str = "Every answer but one has its line.\n\n<<<ARTIFACT task\n# Task T004 — Homepage v1\n\nStatus: Draft\nWorkflow: feature — several files\n\n## Summary\n\nThe first page introduces the author and leads to what is new.\n\n## Scope\n\n### In Scope\n\n- The page index.html.\n\n### Out of Scope\n\n- Playing videos on the page.\n\n## Acceptance Criteria\n\n- The hero shows the portrait beside the heading. (Q1)\n- The three newest posts are listed. (Q2)\n- While no event is planned, nothing stands there. (Q4)\n\n## Task Notes\n\nNone.\nARTIFACT>>>\n";

const NOTES: &str = "--- a/notes/homepage.md\n+++ b/notes/homepage.md\n@@ -1,4 +1,6 @@\n # Homepage v1\n \n-The hero: not known yet.\n+The hero: the portrait stands below the heading.\n+Videos: nothing in posts/ names one today; a list of them would be new.\n+Events: none is planned.\n The build: templates, then posts.\n";

/// What is told by whoever leads a dialogue.
pub struct Author {
    pub state: State,
    pub live: Live,
    /// The task's file, once it was saved.
    saved: Option<String>,
    stale: Option<Stale>,
}

impl Author {
    pub fn new() -> Self {
        let mut author = Self {
            state: State::default(),
            live: Live::default(),
            saved: None,
            stale: None,
        };
        author.live.runs = true;
        author.take(&Entry::Began {
            about: About {
                item: ItemId::new("B010").ok(),
                title: "Homepage v1".into(),
                wish: "The newest posts and videos, and upcoming events if there are any.".into(),
                revises: false,
            },
        });
        author.take(&Entry::Joined {
            agent: "claude".into(),
            driver: "claude".into(),
            model: None,
        });
        author
    }

    /// One that has asked.
    pub fn asked() -> Self {
        let mut author = Self::new();
        author.told();
        for title in ["Read src/templates/index.html", "Grep video in posts/"] {
            author.take(&Entry::Tool {
                title: title.into(),
            });
        }
        author.says(ASKS);
        author
    }

    /// One that was given an answer to each of its questions.
    pub fn answered() -> Self {
        let mut author = Self::asked();
        for (id, text) in [
            ("Q1", "beside"),
            ("Q2", "3"),
            ("Q3", "3 again."),
            ("Q4", "nothing at all"),
        ] {
            author.gave(id, text);
        }
        author
    }

    pub fn take(&mut self, entry: &Entry) {
        self.state.take(entry);
    }

    pub fn says(&mut self, text: &str) {
        let follows = self.state.found_in(text);
        let usage = Usage {
            cost_micros: Some(21_000),
            ..Usage::default()
        };
        self.take(&Entry::Heard {
            text: text.into(),
            end: TurnEnd::Answered,
            usage,
        });
        for entry in &follows {
            self.take(entry);
        }
    }

    /// It is told what was given.
    pub fn told(&mut self) {
        self.hears("");
    }

    fn hears(&mut self, words: &str) {
        self.take(&Entry::Said {
            text: words.into(),
            form: true,
        });
    }

    pub fn gave(&mut self, id: &str, text: &str) {
        self.take(&Entry::Gave {
            id: id.into(),
            given: Given::Answer { text: text.into() },
        });
    }

    fn id() -> TaskId {
        TaskId::new("T004").unwrap()
    }

    fn file() -> RepoPath {
        RepoPath::new("harness/tasks/T004-homepage-v1.md").unwrap()
    }

    /// The draft as it would be saved, and the file as it is.
    fn draft(&self) -> Option<(Composed, String)> {
        let (id, item) = (Self::id(), ItemId::new("B010").unwrap());
        let current = match &self.saved {
            Some(text) => Task::parse(text),
            None => Task::draft(&id, "Homepage v1", Some(&item), "2026-04-02"),
        };
        let made = compose(
            self.state.draft.as_ref()?,
            &Makings {
                id: &id,
                item: Some(&item),
                current: &current,
                template: None,
                form: &self.state.form,
                file: Self::file().as_str(),
            },
        );
        Some((made, String::from_utf8(current.render()).unwrap()))
    }

    fn saves(&mut self) {
        let (made, _) = self.draft().unwrap();
        self.take(&Entry::Saved {
            digest: Digest::of(&made.text),
            unplaced: Vec::new(),
        });
        self.saved = Some(made.text);
    }

    pub fn shown(&self) -> Event {
        Event::Talk(Told::Shown(Box::new(Shown {
            id: Self::id(),
            file: Self::file(),
            agent: "claude".into(),
            state: Arc::new(self.state.clone()),
            live: self.live.clone(),
            stale: self.stale.clone(),
            draft: self.draft().map(Arc::new),
        })))
    }
}

/// A screen in the dialogue, before anything was told of it.
pub fn screen(size: Size) -> App {
    let mut app = app(size);
    app.read_at = Some(now());
    app.board.project = "field-notes".into();
    app.board.branch = Some("main".into());
    app.board.set_up = true;
    app.board.has_runs = true;
    app.view = View::Dialogue;
    app
}

pub fn hears(app: &mut App, event: Event) -> Vec<Effect> {
    app.update(now(), event)
}

pub fn types(app: &mut App, keys: &str) -> Vec<Effect> {
    let each = keys.chars().map(|c| Event::Key(key(c)));
    each.flat_map(|e| app.update(now(), e)).collect()
}

/// The author writes.
pub fn streaming(size: Size) -> App {
    let mut author = Author::new();
    author.told();
    author.take(&Entry::Tool {
        title: "Read src/templates/index.html".into(),
    });
    author.live.tools = vec![("1".into(), "Read src/templates/index.html".into())];
    author.live.words = "I read the **template** and now look at the bu".into();
    let mut app = screen(size);
    hears(&mut app, author.shown());
    app
}

/// Four questions are open.
pub fn questions(size: Size) -> App {
    let mut app = screen(size);
    hears(&mut app, Author::asked().shown());
    app
}

/// One is answered, one is being answered in a person's own words.
pub fn half(size: Size) -> App {
    let mut author = Author::asked();
    let mut app = screen(size);
    hears(&mut app, author.shown());
    types(&mut app, "\r");
    author.gave("Q1", "beside");
    hears(&mut app, author.shown());
    types(&mut app, "]i3 again.");
    app
}

/// All are answered, and one of the answers is not on disk yet.
pub fn kept(size: Size) -> App {
    let mut author = Author::asked();
    let mut app = screen(size);
    for (id, text) in [("Q1", "beside"), ("Q2", "3"), ("Q3", "2")] {
        author.gave(id, text);
    }
    hears(&mut app, author.shown());
    types(&mut app, "\r");
    app
}

/// All were told, and there is a draft in which one of them has no place.
pub fn unplaced(size: Size) -> App {
    let mut author = Author::answered();
    let mut app = screen(size);
    author.told();
    hears(&mut app, author.shown());
    author.says(DRAFTS);
    hears(&mut app, author.shown());
    app
}

/// The same as a change of the file.
pub fn draft_diff(size: Size) -> App {
    let mut app = unplaced(size);
    types(&mut app, "\tv");
    app
}

/// It was to be saved.
pub fn not_saved(size: Size) -> App {
    let mut app = draft_diff(size);
    types(&mut app, "s");
    let refused = Told::Refused {
        wish: Wish::Save { anyway: false },
        why: "no line of the draft says what became of Q3".into(),
        unplaced: vec!["Q3".into()],
    };
    hears(&mut app, Event::Talk(refused));
    app
}

/// A saved task is talked about anew: there is a draft that says something else.
pub fn revise(size: Size) -> App {
    let mut author = Author::answered();
    author.told();
    let third = "- The three newest videos are listed. (Q3)\n- While no event";
    let whole = DRAFTS.replace("- While no event", third);
    author.says(&whole.replace("Every answer but one", "Every answer"));
    author.saves();
    let revises = About {
        revises: true,
        ..author.state.about.clone().unwrap()
    };
    author.take(&Entry::Began { about: revises });
    let mut app = screen(size);
    author.hears("The hero is too tall on a phone: put the portrait below it there.");
    hears(&mut app, author.shown());
    let beside = "the portrait beside the heading.";
    let below = "the portrait beside the heading, and below it on a phone.";
    let changed = whole.replace(beside, below);
    let says = "One criterion changes: AC-1 says what a phone shows.";
    author.says(&changed.replace("Every answer but one has its line.", says));
    let stage = |id: &str| StageId::new(id).unwrap();
    author.stale = Some(Stale {
        run: RunId::new("RUN-2026-04-02-T004").unwrap(),
        stages: vec![stage("spec"), stage("build"), stage("qa")],
    });
    hears(&mut app, author.shown());
    app
}

/// The same as a change of the task's file.
pub fn revise_diff(size: Size) -> App {
    let mut app = revise(size);
    types(&mut app, "v");
    app
}

/// The author asks leave to write.
pub fn permission(size: Size) -> App {
    let mut author = Author::asked();
    author.gave("Q1", "below");
    author.told();
    author.live.permissions = vec![Permission {
        id: "p1".into(),
        tool: "Write".into(),
        title: "notes/homepage.md".into(),
        diff: Some(NOTES.into()),
    }];
    let mut app = screen(size);
    hears(&mut app, author.shown());
    app
}

/// A state: what it is called, and how it is made.
pub type Talked = (&'static str, fn(Size) -> App);

/// The states for pictures.
pub const STATES: [Talked; 9] = [
    ("questions", questions),
    ("half", half),
    ("kept", kept),
    ("unplaced", unplaced),
    ("draft-diff", draft_diff),
    ("not-saved", not_saved),
    ("permission", permission),
    ("revise", revise),
    ("revise-diff", revise_diff),
];
