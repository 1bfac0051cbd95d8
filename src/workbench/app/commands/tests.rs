use super::*;
use crate::records::board::Board;
use crate::workbench::app::Event;
use crate::workbench::keymap::file;
use crate::workbench::theme::Theme;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

const KEYMAP: &str = "commands:
  - { key: f9, name: log, run: [git, log] }
  - { key: f8, name: tests, run: [npm, test, \"{project}\"], wait: true }
  - { key: f7, name: ask me, run: [rm, \"{project}/a\"], confirm: true }
  - { key: f6, name: zed, run: [zed, \"{tree}\"] }
  - { key: f5, name: shown, run: [less, x], terminal: true, where: pipeline }
  - { name: no key, run: [a] }
";

/// The screen on a project without an entry.
fn app() -> App {
    let zoned = Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
    let keymap = file::read("k", KEYMAP).unwrap();
    let mut app = App::new(&zoned, (120, 35), keymap, Theme::new(true));
    let mut board = Board::default();
    board.home = PathBuf::from("/h o");
    board.project = "here".to_owned();
    board.set_up = true;
    board.has_runs = true;
    hears(&mut app, Event::Read(Box::new(board)));
    app
}

fn hears(app: &mut App, event: Event) -> Vec<Effect> {
    app.update(app.now, event)
}

fn key(app: &mut App, code: KeyCode) -> Vec<Effect> {
    let mut effects = hears(app, Event::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    effects.retain(|e| !matches!(e, Effect::Look(_)));
    effects
}

fn started(mut effects: Vec<Effect>) -> Ordered {
    let one = effects.pop();
    assert_eq!(effects, []);
    match one {
        Some(Effect::StartCommand(ordered)) => *ordered,
        other => panic!("{other:?}"),
    }
}

fn told(app: &mut App, ordered: &Ordered, came: Came) {
    let told = Told {
        id: ordered.id,
        name: ordered.name.clone(),
        came,
    };
    hears(app, Event::Command(told));
}

fn failure() -> Came {
    Came::Failed(Failure {
        written: "npm test".to_owned(),
        dir: PathBuf::from("/h o"),
        why: "it ended with exit code 3".to_owned(),
        said: vec![SafeText::line("one"), SafeText::line("two")],
        note: None,
    })
}

fn said(app: &App) -> &str {
    app.toasts.last().map_or("", |t| &t.text)
}

#[test]
fn a_key_starts_a_command_with_what_the_screen_says() {
    let mut app = app();
    let ordered = started(key(&mut app, KeyCode::F(9)));
    assert_eq!(ordered.words, ["git", "log"]);
    assert_eq!(ordered.dir, PathBuf::from("/h o"));
    assert!(!ordered.in_tree);
    let value = |name: &str| {
        let found = ordered.variables.iter().find(|(own, _)| *own == name);
        found.unwrap_or_else(|| panic!("{name}")).1.clone()
    };
    assert_eq!(value("HARNESS_PROJECT_DIR").as_deref(), Some("/h o"));
    assert_eq!(value("HARNESS_PROJECT").as_deref(), Some("here"));
    // What there is not is taken out, whatever stands in our own environment.
    assert_eq!(value("HARNESS_RUN"), None);
    told(&mut app, &ordered, Came::Started);
    assert_eq!(said(&app), "log: started");
    assert_eq!(app.commands_at_work(), None);
    assert!(!app.awaits_command(true));
    // One that is left alone may be started again, and its end is nobody's affair.
    let again = started(key(&mut app, KeyCode::F(9)));
    assert_ne!(again.id, ordered.id);
    app.toasts.clear();
    told(&mut app, &ordered, Came::Ended);
    assert_eq!(said(&app), "");
}

#[test]
fn what_is_missing_or_elsewhere_is_the_reason() {
    let mut app = app();
    assert_eq!(key(&mut app, KeyCode::F(6)), []);
    assert_eq!(said(&app), "zed: no run is chosen");
    assert_eq!(app.may_command(3), Err("no run is chosen".to_owned()));
    // Its key is no command's here; chosen by its name it says where it is had.
    assert_eq!(key(&mut app, KeyCode::F(5)), []);
    assert_eq!(app.may_command(4), Err("works in the pipeline".to_owned()));
    let here: Vec<usize> = app.commands_here().map(|(n, _)| n).collect();
    assert_eq!(here, [0, 1, 2]);
    assert!(app.may_command(99).is_err());
}

#[test]
fn one_that_is_waited_for_is_at_work_until_it_ends_and_can_be_ended() {
    let mut app = app();
    let ordered = started(key(&mut app, KeyCode::F(8)));
    assert_eq!(ordered.words, ["npm", "test", "/h o"]);
    told(&mut app, &ordered, Came::Started);
    assert_eq!(app.commands_at_work().as_deref(), Some("tests…"));
    assert!(app.awaits_command(true) && !app.awaits_command(false));
    assert_eq!(app.command_word(1), "end tests");
    // Its key asks then, and anything but a yes leaves it.
    for (times, at_once) in [(1, false), (2, true)] {
        assert_eq!(key(&mut app, KeyCode::F(8)), []);
        assert_eq!(key(&mut app, KeyCode::Enter), [], "{times}");
        assert_eq!(key(&mut app, KeyCode::F(8)), []);
        let ended = Effect::EndCommand {
            id: ordered.id,
            at_once,
        };
        assert_eq!(key(&mut app, KeyCode::Char('y')), [ended]);
    }
    // Who had it ended knows why it failed.
    told(&mut app, &ordered, failure());
    assert_eq!(said(&app), "tests: it ended with exit code 3");
    assert!(app.overlays.is_empty());
    let ordered = started(key(&mut app, KeyCode::F(8)));
    told(&mut app, &ordered, Came::Started);
    told(&mut app, &ordered, Came::Ended);
    assert!(said(&app).starts_with("tests: done, "), "{}", said(&app));
    assert_eq!(app.commands_at_work(), None);
}

#[test]
fn what_failed_is_shown_when_nothing_else_is_in_hand_and_no_key_takes_it_away_unseen() {
    let mut app = app();
    let ordered = started(key(&mut app, KeyCode::F(8)));
    key(&mut app, KeyCode::Char('?'));
    told(&mut app, &ordered, failure());
    assert!(matches!(app.overlays.as_slice(), [Overlay::Actions { .. }]));
    key(&mut app, KeyCode::Esc);
    let shown = |app: &App| match app.overlays.as_slice() {
        [Overlay::Lines { title, lines, .. }] => Some((title.clone(), lines.clone())),
        _ => None,
    };
    let (title, lines) = shown(&app).unwrap();
    assert_eq!(title, "tests: it failed");
    let line = |word: &str, text: &str| (word.to_owned(), text.to_owned());
    assert_eq!(
        lines,
        [
            line("what", "it ended with exit code 3"),
            line("run", "npm test"),
            line("in", "/h o"),
            line("said", "one"),
            line("", "two"),
        ]
    );
    key(&mut app, KeyCode::Char('a'));
    assert!(said(&app).starts_with("not taken"), "{}", said(&app));
    assert!(shown(&app).is_some());
    app.now += SignedDuration::from_millis(500);
    key(&mut app, KeyCode::Char('a'));
    assert!(app.overlays.is_empty());
}

#[test]
fn the_question_shows_the_very_words_and_a_yes_runs_those() {
    let mut app = app();
    assert_eq!(key(&mut app, KeyCode::F(7)), []);
    let Some(Overlay::Ask(ask)) = app.overlays.last() else {
        panic!("{:?}", app.overlays);
    };
    assert_eq!(ask.title, "Run ask me?");
    let lines: Vec<&str> = ask.lines.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(lines, ["rm", "'/h o/a'", "/h o"]);
    assert_eq!(key(&mut app, KeyCode::Char('n')), []);
    assert!(app.overlays.is_empty());
    key(&mut app, KeyCode::F(7));
    // What the screen says meanwhile does not change what was shown.
    app.board.home = PathBuf::from("/other");
    let ordered = started(key(&mut app, KeyCode::Enter));
    assert_eq!(ordered.words, ["rm", "/h o/a"]);
}

#[test]
fn it_is_had_by_its_name_in_the_palette() {
    let mut app = app();
    key(&mut app, KeyCode::Char(':'));
    for c in "no key".chars() {
        key(&mut app, KeyCode::Char(c));
    }
    let ordered = started(key(&mut app, KeyCode::Enter));
    assert_eq!(ordered.words, ["a"]);
    // A click on its place in the footer does the same.
    let place = ratatui::layout::Rect::new(0, 34, 10, 1);
    app.painted
        .put(place, crate::workbench::app::painted::Spot::Command(0));
    let click = crossterm::event::MouseEvent {
        kind: crossterm::event::MouseEventKind::Down(crossterm::event::MouseButton::Left),
        column: 3,
        row: 34,
        modifiers: KeyModifiers::NONE,
    };
    let mut effects = hears(&mut app, Event::Mouse(click));
    effects.retain(|e| !matches!(e, Effect::Look(_)));
    assert_eq!(started(effects).words, ["git", "log"]);
}
