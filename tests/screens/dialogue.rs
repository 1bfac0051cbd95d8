//! The dialogue in every state, without an agent: what it tells is made of a transcript.

use crate::golden::{compare, text};
use crate::scene::{app, key, now, painted, sized};
use harness_tui::agents::talk::{Permission, TurnEnd};
use harness_tui::dialogue::draft::{Makings, compose};
use harness_tui::dialogue::lead::{Shown, Told, Wish};
use harness_tui::dialogue::question::Given;
use harness_tui::dialogue::start::Subject;
use harness_tui::dialogue::state::State;
use harness_tui::dialogue::talk::Live;
use harness_tui::dialogue::transcript::{About, Entry};
use harness_tui::documents::task::Task;
use harness_tui::terms::{ItemId, RepoPath, TaskId, Usage};
use harness_tui::workbench::app::{App, Effect, Event, View};
use std::sync::Arc;

const SIZES: [(u16, u16); 4] = [(40, 12), (80, 24), (120, 35), (200, 60)];

const ASKS: &str = "I read the template and the build. Four questions before I draft it:\n\n## Look\n\n1. **Hero** — Should the portrait stand beside the heading or below it?\n   Why: it decides whether the hero is one row or two.\n   a) beside (recommended)\n   b) below\n2. **Latest posts** — How many are listed?\n   Recommended: 3\n\n## Content\n\n3. **Latest videos** — How many are listed? Nothing in `posts/` names a video today, so a list would be new.\n   Recommended: 2\n4. **Upcoming events** — What stands there while none is planned?\n   Recommended: nothing at all\n";

const DRAFTS: &str = "Every answer but one has its line.\n\n<<<ARTIFACT task\n# Task T004 — Homepage v1\n\nStatus: Draft\nWorkflow: feature — several files\n\n## Summary\n\nThe first page introduces the author and leads to what is new.\n\n## Scope\n\n### In Scope\n\n- The page index.html.\n\n### Out of Scope\n\n- Playing videos on the page.\n\n## Acceptance Criteria\n\n- The hero shows the portrait beside the heading. (Q1)\n- The three newest posts are listed. (Q2)\n- While no event is planned, nothing stands there. (Q4)\n\n## Task Notes\n\nNone.\nARTIFACT>>>\n";

struct Author {
    state: State,
    live: Live,
}

impl Author {
    fn new() -> Self {
        let mut author = Self {
            state: State::default(),
            live: Live::default(),
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

    fn take(&mut self, entry: &Entry) {
        self.state.take(entry);
    }

    fn says(&mut self, text: &str) {
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

    fn told(&mut self) {
        self.take(&Entry::Said {
            text: String::new(),
            form: true,
        });
    }

    fn asked() -> Self {
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

    fn gave(&mut self, id: &str, text: &str) {
        self.take(&Entry::Gave {
            id: id.into(),
            given: Given::Answer { text: text.into() },
        });
    }

    fn shown(&self) -> Event {
        let id = TaskId::new("T004").unwrap();
        let file = RepoPath::new("harness/tasks/T004-homepage-v1.md").unwrap();
        let item = ItemId::new("B010").unwrap();
        let current = Task::draft(&id, "Homepage v1", Some(&item), "2026-04-02");
        let draft = self.state.draft.as_ref().map(|text| {
            let made = compose(
                text,
                &Makings {
                    id: &id,
                    item: Some(&item),
                    current: &current,
                    template: None,
                    form: &self.state.form,
                    file: file.as_str(),
                },
            );
            let there = String::from_utf8(current.render()).unwrap();
            Arc::new((made, there))
        });
        Event::Talk(Told::Shown(Box::new(Shown {
            id,
            file,
            agent: "claude".into(),
            state: Arc::new(self.state.clone()),
            live: self.live.clone(),
            stale: None,
            draft,
        })))
    }
}

/// A screen in the dialogue, before anything was told of it.
fn screen() -> App {
    let mut app = app((120, 35));
    app.read_at = Some(now());
    app.board.project = "field-notes".into();
    app.board.branch = Some("main".into());
    app.board.set_up = true;
    app.board.has_runs = true;
    app.view = View::Dialogue;
    app
}

fn hears(app: &mut App, event: Event) -> Vec<Effect> {
    app.update(now(), event)
}

fn types(app: &mut App, keys: &str) -> Vec<Effect> {
    let each = keys.chars().map(|c| Event::Key(key(c)));
    each.flat_map(|e| app.update(now(), e)).collect()
}

fn same(name: &str, app: &App) {
    let mut wrong = Vec::new();
    for (columns, rows) in SIZES {
        let app = sized(app, columns, rows);
        let name = format!("dialogue/{name}-{columns}x{rows}");
        if let Err(diff) = compare(&name, &text(&painted(&app))) {
            wrong.push(diff);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_open() {
    same("empty", &screen());
}

#[test]
fn somebody_else_leads_it() {
    let mut app = screen();
    let wish = Wish::Open(Subject::Item(ItemId::new("B010").unwrap()));
    let why = "the dialogue of T004 is open in another harness-tui; go on there, or close it first";
    let refused = Told::Refused {
        wish,
        why: why.into(),
        unplaced: Vec::new(),
    };
    hears(&mut app, Event::Talk(refused));
    same("led-elsewhere", &app);
}

#[test]
fn the_author_writes() {
    let mut author = Author::new();
    author.told();
    author.take(&Entry::Tool {
        title: "Read src/templates/index.html".into(),
    });
    author.live.tools = vec![("1".into(), "Read src/templates/index.html".into())];
    author.live.words = "I read the **template** and now look at the bu".into();
    let mut app = screen();
    hears(&mut app, author.shown());
    same("streaming", &app);
}

#[test]
fn questions_are_open() {
    let mut app = screen();
    hears(&mut app, Author::asked().shown());
    same("questions", &app);
}

#[test]
fn the_form_is_half_filled_in() {
    let mut author = Author::asked();
    let mut app = screen();
    hears(&mut app, author.shown());
    let effects = types(&mut app, "\r");
    let given = |e: &Effect| {
        matches!(e, Effect::Talk(Wish::Give { id, given: Given::Answer { text } })
            if id == "Q1" && text == "beside")
    };
    assert!(effects.iter().any(given), "{effects:?}");
    author.gave("Q1", "beside");
    hears(&mut app, author.shown());
    types(&mut app, "]i3 again.");
    same("half", &app);
}

#[test]
fn an_answer_has_no_place_in_the_draft() {
    let mut author = Author::asked();
    for (id, text) in [
        ("Q1", "beside"),
        ("Q2", "3"),
        ("Q3", "3 again."),
        ("Q4", "nothing at all"),
    ] {
        author.gave(id, text);
    }
    author.told();
    author.says(DRAFTS);
    let mut app = screen();
    hears(&mut app, author.shown());
    same("unplaced", &app);
    types(&mut app, "\tv");
    same("draft-diff", &app);
    types(&mut app, "s");
    let refused = Told::Refused {
        wish: Wish::Save { anyway: false },
        why: "no line of the draft says what became of Q3".into(),
        unplaced: vec!["Q3".into()],
    };
    hears(&mut app, Event::Talk(refused));
    same("not-saved", &app);
}

#[test]
fn a_saved_task_is_revised() {
    let mut author = Author::new();
    let revises = About {
        revises: true,
        ..author.state.about.clone().unwrap()
    };
    author.take(&Entry::Began { about: revises });
    author.take(&Entry::Said {
        text: "The hero is too tall on a phone: put the portrait below it there.".into(),
        form: true,
    });
    author.says(&DRAFTS.replace("beside the heading. (Q1)", "below the heading on a phone."));
    let Event::Talk(Told::Shown(mut shown)) = author.shown() else {
        panic!("nothing is shown");
    };
    let stage = |id: &str| harness_tui::terms::StageId::new(id).unwrap();
    shown.stale = Some(harness_tui::dialogue::revise::Stale {
        run: harness_tui::terms::RunId::new("RUN-2026-04-02-T004").unwrap(),
        stages: vec![stage("spec"), stage("build"), stage("qa")],
    });
    let mut app = screen();
    hears(&mut app, Event::Talk(Told::Shown(shown)));
    same("revise", &app);
    types(&mut app, "v");
    same("revise-diff", &app);
}

#[test]
fn the_author_asks_leave() {
    let mut author = Author::asked();
    author.gave("Q1", "below");
    author.told();
    author.live.permissions = vec![Permission {
        id: "p1".into(),
        tool: "Write".into(),
        title: "src/videos.txt".into(),
        diff: Some(
            "--- a/src/videos.txt\n+++ b/src/videos.txt\n@@ -1,2 +1,3 @@\n one\n-two\n+2\n+three\n"
                .into(),
        ),
    }];
    let mut app = screen();
    hears(&mut app, author.shown());
    same("permission", &app);
    // What is pressed in the moment in which it came up is not taken.
    assert!(types(&mut app, "y").is_empty());
    let later = now() + jiff::SignedDuration::from_secs(1);
    let effects = app.update(later, Event::Key(key('y')));
    assert!(
        matches!(&effects[..], [Effect::Talk(Wish::Decide { id, .. })] if id == "p1"),
        "{effects:?}"
    );
}

#[test]
fn the_author_is_chosen_anew() {
    use harness_tui::workbench::app::desk::{Look, Seen};
    let mut app = screen();
    hears(&mut app, Author::asked().shown());
    let effects = types(&mut app, "N");
    assert_eq!(effects, [Effect::Look(Look::Authors)]);
    let list = [("claude", "claude, sonnet"), ("opencode", "acp")];
    let list = list.map(|(name, what)| (name.to_owned(), what.to_owned()));
    hears(
        &mut app,
        Event::Looked {
            look: Look::Authors,
            seen: Ok(Seen::Authors(list.to_vec())),
        },
    );
    same("authors", &app);
    types(&mut app, "j");
    let effects = types(&mut app, "\r");
    assert_eq!(effects, [Effect::Talk(Wish::Agent("opencode".into()))]);
}

#[test]
fn what_is_written_is_never_lost() {
    let mut author = Author::asked();
    let mut app = screen();
    hears(&mut app, author.shown());
    types(&mut app, "ibeside, but small\u{1b}");
    // Another view, and the author's next words.
    types(&mut app, "12");
    author.says("One more word.");
    hears(&mut app, author.shown());
    let effects = types(&mut app, "i\r");
    let given = |e: &Effect| {
        matches!(e, Effect::Talk(Wish::Give { id, given: Given::Answer { text } })
            if id == "Q1" && text == "beside, but small")
    };
    assert!(effects.iter().any(given), "{effects:?}");
    // What could not be sent is there again.
    let refused = Told::Refused {
        wish: Wish::Say("All of it.".into()),
        why: "no agent".into(),
        unplaced: Vec::new(),
    };
    hears(&mut app, Event::Talk(refused));
    let effects = types(&mut app, "c\r");
    assert!(
        effects.contains(&Effect::Talk(Wish::Say("All of it.".into()))),
        "{effects:?}"
    );
}

#[test]
fn no_size_and_no_key_is_too_much() {
    let mut author = Author::asked();
    author.gave("Q1", "beside");
    author.told();
    author.says(DRAFTS);
    let mut app = screen();
    hears(&mut app, author.shown());
    for (columns, rows) in [(1, 1), (40, 10), (41, 10), (99, 11), (100, 12), (300, 100)] {
        let mut app = sized(&app, columns, rows);
        for keys in [
            "]", "i", "@x\u{1b}", "jjjjkk", "\t", "G", "g", "c", "a\u{1b}", "v", "\t", "D",
        ] {
            types(&mut app, keys);
            painted(&app);
        }
    }
}
