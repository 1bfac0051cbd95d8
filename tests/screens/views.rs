//! The views in every state.

use crate::golden::{compare, text};
use crate::scene::{Scene, painted, sized};
use crate::support::states::State;
use harness_tui::workbench::app::{App, View};
use std::sync::OnceLock;

/// Columns and rows: the smallest that is promised, the usual one, a large and a very large one.
const SIZES: [(u16, u16); 4] = [(40, 12), (80, 24), (120, 35), (200, 60)];

/// A screen with its name.
pub type Shot = (String, App);

/// The screens of a state, made once.
pub fn shots(state: State) -> &'static [Shot] {
    static MADE: [OnceLock<Vec<Shot>>; State::ALL.len()] =
        [const { OnceLock::new() }; State::ALL.len()];
    let place = State::ALL.iter().position(|s| *s == state).unwrap();
    MADE[place].get_or_init(|| taken(state))
}

/// Makes the state and goes through its views.
fn taken(state: State) -> Vec<Shot> {
    let made = state.made();
    let mut scene = Scene::open(made.sample.found(), made.run.iter().count(), (120, 35));
    // The last thing that the first view shows.
    let last = match state {
        State::Nothing => "workflows",
        State::Fresh => "A run would begin",
        State::Empty | State::Landed => "",
        _ => " commit",
    };
    scene.until_shown(last);
    if state == State::Cancelled {
        scene.until_shown("A run would begin");
    }
    let mut shots = Vec::new();
    let mut take = |name: &str, scene: &Scene| {
        shots.push((format!("{}/{name}", state.name()), scene.app.clone()));
    };
    take("backlog", &scene);
    if made.run.is_some() {
        // What has a run stands first, or last where it is done.
        if state == State::Landed {
            scene.types("G");
        }
        scene.types("3");
        scene.until("the timeline", |app| {
            app.view == View::Pipeline
                && app.target().is_some()
                && (app.run.attempt.is_none() || !app.run.timeline.is_empty())
        });
        take("pipeline", &scene);
        if matches!(state, State::Blocked | State::NeedsInput) {
            // Where there is one pane, it does not hold what is wrong with the stage.
            scene.types("\t");
            take("rows", &scene);
            scene.types("\t");
        }
        scene.types("4");
        scene.until("a document", |app| {
            app.view == View::Artifacts && is_read(app)
        });
        take("artifacts", &scene);
        for (name, keys) in papers(state) {
            scene.types(keys);
            scene.until(name, is_read);
            take(name, &scene);
        }
    }
    if state == State::NeedsInput {
        scene.types("1!");
        scene.until_shown("Two things decide the layout");
        take("asks", &scene);
    }
    for (name, keys) in layers(state) {
        scene.types(keys);
        scene.until(name, |app| {
            !app.overlays.is_empty() || app.gate_page().is_some()
        });
        take(name, &scene);
        scene.types("\u{1b}");
    }
    shots
}

/// Whether every page that is open has its text, or says why it has none.
fn is_read(app: &App) -> bool {
    let leaves = &app.run.shelf.leaves;
    !leaves.is_empty() && leaves.iter().all(|l| l.sheet.is_some())
}

/// Further papers of a run, and the keys that lead there from the first one.
fn papers(state: State) -> &'static [(&'static str, &'static str)] {
    match state {
        State::Gate => &[("change", "jj"), ("spec", "jjj"), ("beside", "vj")],
        State::Rejected => &[("findings", "jj")],
        _ => &[],
    }
}

/// What lies over a view, and the keys that bring it there.
fn layers(state: State) -> &'static [(&'static str, &'static str)] {
    match state {
        State::Fresh => &[("new-item", "1n"), ("edit-item", "1e")],
        State::Gate => &[
            ("help", "3?"),
            ("palette", "3:"),
            ("approve", "3a"),
            ("send-back", "3b"),
            ("why", "3w"),
        ],
        State::Blocked => &[("rerun", "3R"), ("why", "3w")],
        State::Stale => &[("rerun-stale", "3\u{12}")],
        State::Running => &[("cancel", "3x")],
        State::Completed => &[("landing", "3L")],
        _ => &[],
    }
}

fn same(state: State) {
    let mut wrong = Vec::new();
    for (name, app) in shots(state) {
        for (columns, rows) in SIZES {
            let app = sized(app, columns, rows);
            let name = format!("{name}-{columns}x{rows}");
            if let Err(diff) = compare(&name, &text(&painted(&app))) {
                wrong.push(diff);
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} screens are not as in the files; GOLDEN=write cargo test --test screens writes them anew\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

macro_rules! states {
    ($($name:ident: $state:ident,)+) => {
        $(#[test]
        fn $name() {
            same(State::$state);
        })+
    };
}

states! {
    nothing: Nothing,
    empty: Empty,
    fresh: Fresh,
    running: Running,
    parallel: Parallel,
    rejected: Rejected,
    gate: Gate,
    blocked: Blocked,
    stale: Stale,
    completed: Completed,
    landed: Landed,
    failed: Failed,
    cancelled: Cancelled,
    paused: Paused,
    needs_input: NeedsInput,
    replan: Replan,
    interrupted: Interrupted,
}
