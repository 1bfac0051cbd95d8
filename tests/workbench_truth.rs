//! Footer and help say what is so: every key they name does something, or its reason is shown.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::unused_self,
    clippy::case_sensitive_file_extension_comparisons,
    reason = "a test fails by panicking, says what it leaves out, and writes as people do"
)]

mod support;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use harness_tui::records::board::Look;
use harness_tui::store::watch::Changes;
use harness_tui::workbench::actions::{Action, Group, ROWS, Row};
use harness_tui::workbench::app::{App, Event, Pane, View};
use harness_tui::workbench::draw::draw;
use harness_tui::workbench::keymap::{Chord, Keymap};
use harness_tui::workbench::theme::Theme;
use jiff::{Timestamp, Zoned};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use support::paid::paid;
use support::project::{Project, WORKS};

const WIDE: (u16, u16) = (300, 60);

fn found(project: &Project) -> harness_tui::records::project::Project {
    harness_tui::records::project::Project::find(&project.home()).unwrap()
}

/// The screen on a project, as it is after it was read.
fn app(project: &Project) -> App {
    let mut app = App::new(&Zoned::now(), WIDE, Keymap::default(), Theme::new(true));
    let mut look = Look::new(found(project), None);
    let all = Changes::everything();
    look.at_files(&all);
    look.at_runs(&all);
    let board = Box::new(look.board().clone());
    app.update(Timestamp::now(), Event::Read(board));
    app
}

/// What there is to look at: nothing run yet, waiting, blocked, kept by a budget, completed.
fn states() -> Vec<(&'static str, Project)> {
    let gated = "  - { id: build, name: Build, role: build, gate: { after: \"true\" } }\n";
    let free = "  - { id: build, name: Build, role: build }\n";
    let ready = Project::new().agent("build", WORKS).flow(gated);
    let waiting = Project::new().agent("build", WORKS).flow(gated);
    waiting.expect(6, &["run", "T001"]);
    let done = Project::new().agent("build", WORKS).flow(free);
    done.expect(0, &["run", "T001"]);
    let blocked = Project::new()
        .agent("build", "cat >/dev/null; exit 7")
        .flow(free);
    blocked.expect(3, &["run", "T001"]);
    let kept = paid("budget: { cost_usd: 0.5 }\n");
    kept.expect(6, &["run", "T001"]);
    vec![
        ("ready", ready),
        ("kept by its budget", kept),
        ("waiting", waiting),
        ("completed", done),
        ("blocked", blocked),
    ]
}

/// Every view and pane of a state that can be reached.
fn places(app: &App) -> Vec<App> {
    let mut places = Vec::new();
    for (view, action, _) in View::ALL {
        if app.view != view && app.may(action).is_err() {
            continue;
        }
        let mut there = app.clone();
        press(&mut there, action.row().keys[0]);
        assert_eq!(there.view, view);
        for pane in [Pane::Left, Pane::Right] {
            let mut there = there.clone();
            there.pane = pane;
            there.toasts.clear();
            places.push(there);
        }
    }
    places
}

/// A key as it is written on the screen.
fn key(text: &str) -> KeyEvent {
    let (held, text) = match text.strip_prefix("ctrl-") {
        Some(rest) => (KeyModifiers::CONTROL, rest),
        None => (KeyModifiers::NONE, text),
    };
    let code = match text {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "backtab" => KeyCode::BackTab,
        "space" => KeyCode::Char(' '),
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pageup" => KeyCode::PageUp,
        "pagedown" => KeyCode::PageDown,
        "backspace" => KeyCode::Backspace,
        "delete" => KeyCode::Delete,
        f if f.len() > 1 && f.starts_with('f') => KeyCode::F(f[1..].parse().unwrap()),
        c => KeyCode::Char(c.chars().next().unwrap()),
    };
    KeyEvent::new(code, held)
}

/// Presses a key: whether anything came of it, and what was said as a fault.
fn press(app: &mut App, text: &str) -> (bool, Vec<String>) {
    let before = format!("{app:?}");
    let effects = app.update(app.now, Event::Key(key(text)));
    let refused = app.toasts.iter().filter(|t| t.bad);
    let refused = refused.map(|t| t.text.clone()).collect();
    (!effects.is_empty() || format!("{app:?}") != before, refused)
}

fn lines(app: &App, (columns, rows): (u16, u16)) -> Vec<String> {
    let mut app = app.clone();
    app.update(app.now, Event::Resized(columns, rows));
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| draw(&app, frame)).unwrap();
    let buffer = terminal.backend().buffer().clone();
    let row = |y: u16| (0..columns).map(|x| buffer[(x, y)].symbol()).collect();
    (0..rows).map(row).collect()
}

/// What the footer offers: each key with its word.
fn offered(footer: &str) -> Vec<(String, String)> {
    let parts = footer.split("   ").map(str::trim).filter(|p| !p.is_empty());
    let pair = |part: &str| {
        part.split_once(' ')
            .map(|(k, w)| (k.to_owned(), w.to_owned()))
    };
    parts.filter_map(pair).collect()
}

#[test]
fn every_key_that_the_footer_names_does_something() {
    for (state, project) in states() {
        for there in places(&app(&project)) {
            for size in [WIDE, (80, 24)] {
                let mut there = there.clone();
                there.update(there.now, Event::Resized(size.0, size.1));
                let shown = lines(&there, size);
                let footer = shown.last().unwrap();
                let offered = offered(footer);
                assert!(offered.len() >= 3, "{state}: {footer}");
                for (key, word) in offered {
                    let (did, refused) = press(&mut there.clone(), &key);
                    let where_ =
                        format!("{state}, {:?} {:?}: {key} {word}", there.view, there.pane);
                    let row = ROWS.iter().find(|r| r.keys.contains(&key.as_str()));
                    let moves = row.is_some_and(|r| moves_on_paper(&there, r));
                    assert!(did || moves, "{where_}: nothing comes of it");
                    assert_eq!(refused, [""; 0], "{where_}");
                }
            }
        }
    }
}

/// Whether nothing may come of it: it goes to where one is, or on a page, which is not read here.
fn moves_on_paper(app: &App, row: &Row) -> bool {
    app.view == View::Artifacts || row.group == Group::Move
}

/// Whether the key of an action that goes through what was found is another's as long as nothing is
/// searched for.
fn lent(there: &App, row: &Row) -> bool {
    let chord = Chord::parse(row.keys[0]).unwrap();
    row.sought
        && there
            .meant(chord)
            .is_some_and(|action| !action.row().sought)
}

/// Movements, which do nothing at an end of what there is.
const STEPS: [Action; 8] = [
    Action::Down,
    Action::Up,
    Action::HalfPageDown,
    Action::HalfPageUp,
    Action::PageDown,
    Action::PageUp,
    Action::Top,
    Action::Bottom,
];

#[test]
fn every_row_of_the_help_works_or_says_why_not() {
    for (state, project) in states() {
        for there in places(&app(&project)) {
            let mut help = there.clone();
            press(&mut help, "?");
            let shown = lines(&help, (200, 140)).join("\n");
            for row in ROWS {
                // A reason may push the end of the sentence out.
                let begin: String = row.help.chars().take(16).collect();
                let key = format!(" {} ", row.keys[0]);
                let line = shown
                    .lines()
                    .find(|l| l.contains(&begin) && l.contains(&key));
                let where_ = format!("{state}, {:?} {:?}: {}", there.view, there.pane, row.name);
                let line = line.unwrap_or_else(|| panic!("{where_}: not in the help\n{shown}"));
                assert!(line.contains(row.keys[0]), "{where_}: {line}");
                let (did, refused) = press(&mut there.clone(), row.keys[0]);
                match there.may(row.action) {
                    Err(why) => {
                        assert!(line.contains(&format!("({why})")), "{where_}: {line}");
                        // Where it is no key at all, or one of another action before something is
                        // searched for, it may mean something else.
                        let told = refused.iter().any(|r| r.contains(&why));
                        let other = !row.scope.meets(there.view.scope()) || lent(&there, row);
                        assert!(told || other, "{where_}");
                    }
                    Ok(()) => {
                        let moves = STEPS.contains(&row.action) || moves_on_paper(&there, row);
                        assert!(did || moves, "{where_}: nothing");
                        assert_eq!(refused, [""; 0], "{where_}");
                    }
                }
            }
        }
    }
}
