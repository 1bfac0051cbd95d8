//! Laws that hold in every state, at every size, whatever a person does.

use crate::scene::{key, now, painted, sized};
use crate::support::states::State;
use crate::views::shots;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use harness_tui::workbench::actions::ROWS;
use harness_tui::workbench::app::{App, Event};
use harness_tui::workbench::keymap::Chord;
use proptest::prelude::*;

/// States whose screens differ most, for what is tried many times.
const TRIED: [State; 6] = [
    State::Empty,
    State::Fresh,
    State::Parallel,
    State::Gate,
    State::Blocked,
    State::Landed,
];

pub fn key_of(name: &str) -> KeyEvent {
    // Every key of the table can be typed: what a chord says is read back from its name.
    let chord = Chord::parse(name).unwrap().to_string();
    let (mut modifiers, mut rest) = (KeyModifiers::NONE, chord.as_str());
    for (word, modifier) in [
        ("ctrl-", KeyModifiers::CONTROL),
        ("alt-", KeyModifiers::ALT),
        ("shift-", KeyModifiers::SHIFT),
    ] {
        if let Some(left) = rest.strip_prefix(word).filter(|left| !left.is_empty()) {
            (modifiers, rest) = (modifiers | modifier, left);
        }
    }
    let code = match rest {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "backtab" => KeyCode::BackTab,
        "backspace" => KeyCode::Backspace,
        "delete" => KeyCode::Delete,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pageup" => KeyCode::PageUp,
        "pagedown" => KeyCode::PageDown,
        "space" => KeyCode::Char(' '),
        one if one.chars().count() == 1 => KeyCode::Char(one.chars().next().unwrap()),
        f => KeyCode::F(f[1..].parse().unwrap()),
    };
    KeyEvent::new(code, modifiers)
}

fn a_key() -> impl Strategy<Value = Event> {
    let keys: Vec<&str> = ROWS.iter().flat_map(|r| r.keys).copied().collect();
    prop::sample::select(keys).prop_map(|name| Event::Key(key_of(name)))
}

fn an_event() -> impl Strategy<Value = Event> {
    let kinds = prop::sample::select(vec![
        MouseEventKind::Down(MouseButton::Left),
        MouseEventKind::Drag(MouseButton::Left),
        MouseEventKind::Up(MouseButton::Left),
        MouseEventKind::ScrollDown,
        MouseEventKind::ScrollUp,
        MouseEventKind::Moved,
    ]);
    let mouse = (kinds, 0..500_u16, 0..200_u16).prop_map(|(kind, column, row)| {
        Event::Mouse(MouseEvent {
            kind,
            column,
            row,
            modifiers: KeyModifiers::NONE,
        })
    });
    prop_oneof![
        12 => a_key(),
        4 => any::<char>().prop_map(|c| Event::Key(key(c))),
        3 => mouse,
        2 => (1..=400_u16, 1..=120_u16).prop_map(|(c, r)| Event::Resized(c, r)),
        1 => ".{0,40}".prop_map(Event::Paste),
        1 => Just(Event::Tick),
    ]
}

/// What must hold of every painted screen: the list's chosen row is in sight.
fn chosen_in_sight(app: &App) -> Result<(), TestCaseError> {
    use harness_tui::workbench::app::Pane;
    use harness_tui::workbench::layout;
    let height = layout::list_rows(app, Pane::Left);
    let scroll = app.backlog.scroll;
    if height > 0 {
        prop_assert!(scroll.top <= scroll.at && scroll.at < scroll.top + height);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]

    /// Every screen can be painted at any size, with whatever lies over it.
    #[test]
    fn every_screen_is_painted_at_any_size(columns in 1..=400_u16, rows in 1..=120_u16) {
        for state in State::ALL {
            for (_, app) in shots(state) {
                let app = sized(app, columns, rows);
                painted(&app);
                chosen_in_sight(&app)?;
            }
        }
    }

    /// Whatever a person does, nothing panics, and every frame can be painted.
    #[test]
    fn whatever_is_done_is_painted(
        state in prop::sample::select(TRIED.to_vec()),
        from in any::<prop::sample::Index>(),
        events in prop::collection::vec(an_event(), 1..60),
    ) {
        let shots = shots(state);
        let mut app = shots[from.index(shots.len())].1.clone();
        for event in events {
            app.update(now(), event);
            painted(&app);
            chosen_in_sight(&app)?;
        }
    }
}

#[test]
fn the_smallest_sizes_are_painted() {
    for (_, app) in shots(State::Gate) {
        for columns in [1, 2, 3, 7, 20, 38, 39, 40, 41, 45] {
            for rows in (1..=12).chain([14]) {
                painted(&sized(app, columns, rows));
            }
        }
    }
}
