//! Help, footer and palette list exactly the keys that work.

use crate::laws::key_of;
use crate::scene::{now, painted, sized};
use crate::support::states::State;
use crate::views::shots;
use harness_tui::workbench::actions::ROWS;
use harness_tui::workbench::app::{App, Event};
use harness_tui::workbench::keymap::Chord;
use ratatui::buffer::Buffer;
use ratatui::style::Style;
use std::collections::BTreeSet;

/// Every key that a terminal can tell and a keymap can name, as good as.
fn all_keys() -> Vec<String> {
    let letters = (' '..='~').filter(|c| *c != ' ').map(|c| c.to_string());
    let controls = ('a'..='z').map(|c| format!("ctrl-{c}"));
    let numbered = (1..=12).map(|n| format!("f{n}"));
    let named = [
        "enter",
        "esc",
        "tab",
        "backtab",
        "backspace",
        "delete",
        "up",
        "down",
        "left",
        "right",
        "home",
        "end",
        "pageup",
        "pagedown",
        "space",
    ];
    let named = named.map(str::to_owned);
    letters
        .chain(controls)
        .chain(numbered)
        .chain(named)
        .collect()
}

fn lines(buffer: &Buffer) -> Vec<String> {
    let width = usize::from(buffer.area.width);
    let rows = buffer.content().chunks(width);
    rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect())
        .collect()
}

/// The screens without a layer over them.
fn bare(state: State) -> impl Iterator<Item = &'static App> {
    let shots = shots(state).iter().map(|(_, app)| app);
    shots.filter(|app| app.overlays.is_empty())
}

/// What a key does to a screen: whether anything came of it.
fn does(app: &App, key: &str) -> bool {
    let mut after = app.clone();
    let effects = after.update(now(), Event::Key(key_of(key)));
    !effects.is_empty() || format!("{after:?}") != format!("{app:?}")
}

#[test]
fn a_key_does_something_only_if_it_is_in_the_table() {
    let state = State::Gate;
    for app in bare(state) {
        let scope = app.view.scope();
        for key in all_keys() {
            // What a terminal can't tell from another key can't be bound.
            let Ok(chord) = Chord::parse(&key) else {
                continue;
            };
            let known = ROWS.iter().any(|r| {
                r.scope.meets(scope) && r.keys.iter().any(|k| Chord::parse(k).unwrap() == chord)
            });
            assert_eq!(app.keymap.action(scope, chord).is_some(), known, "{key}");
            assert!(
                known || !does(app, &key),
                "{key} does something and is in no row"
            );
        }
    }
}

#[test]
fn an_action_that_can_not_be_had_says_why_and_does_nothing() {
    for state in [State::Fresh, State::Gate, State::Landed] {
        for app in bare(state) {
            let refused =
                |row: &&harness_tui::workbench::actions::Row| app.may(row.action).is_err();
            for row in ROWS.iter().filter(refused) {
                let why = app.may(row.action).unwrap_err();
                assert!(
                    !why.is_empty() && !why.ends_with('.'),
                    "{}: '{why}'",
                    row.name
                );
                let Some(key) = row.keys.first() else {
                    continue;
                };
                let chord = Chord::parse(key).unwrap();
                if app.keymap.action(app.view.scope(), chord) != Some(row.action) {
                    continue;
                }
                let mut after = app.clone();
                // A page that came up by itself was looked at.
                let later = now() + jiff::SignedDuration::from_secs(1);
                let effects = after.update(later, Event::Key(key_of(key)));
                assert!(effects.is_empty(), "{}: {effects:?}", row.name);
                let told = after.toasts.iter().any(|t| t.bad && t.text.contains(&why));
                assert!(
                    told,
                    "{}: nothing says '{why}': {:?}",
                    row.name, after.toasts
                );
            }
        }
    }
}

#[test]
fn the_help_and_the_palette_have_every_action_with_its_keys() {
    for app in bare(State::Gate) {
        for key in ["?", ":"] {
            let mut app = sized(app, 300, 120);
            app.update(now(), Event::Key(key_of(key)));
            let shown = lines(&painted(&app));
            for row in ROWS {
                let keys = app.keymap.keys(row.action);
                let says = match app.may(row.action) {
                    Ok(()) => row.help.to_owned(),
                    Err(why) => format!("({why}) {}", row.help),
                };
                // A row ends where the window does; its end may be cut.
                let begins: String = says.chars().take(60).collect();
                // Two actions that can't be had for one reason begin alike.
                let told: Vec<&String> = shown.iter().filter(|l| l.contains(&begins)).collect();
                assert!(!told.is_empty(), "{key} leaves out {}", row.name);
                assert!(
                    told.iter().any(|line| line.contains(&keys)),
                    "{}: {keys} is not in {told:?}",
                    row.name
                );
            }
        }
    }
}

#[test]
fn the_footer_offers_only_keys_that_can_be_had() {
    let mut offered = BTreeSet::new();
    for state in State::ALL {
        for app in bare(state) {
            let buffer = painted(&sized(app, 300, 50));
            let command = app.theme.style(harness_tui::text::Role::Command);
            for key in in_look(&buffer, 49, command) {
                let chord = Chord::parse(&key).unwrap_or_else(|e| panic!("the footer: {e}"));
                let action = app.keymap.action(app.view.scope(), chord);
                let action =
                    action.unwrap_or_else(|| panic!("{key} does nothing in {:?}", app.view));
                assert_eq!(
                    app.may(action),
                    Ok(()),
                    "{key} in {:?} of {}",
                    app.view,
                    state.name()
                );
                offered.insert(action);
            }
        }
    }
    assert!(offered.len() > 10, "{offered:?}");
}

/// The words of a row that have this look.
fn in_look(buffer: &Buffer, y: u16, look: Style) -> Vec<String> {
    let (mut words, mut word) = (Vec::new(), String::new());
    for x in 0..buffer.area.width {
        let cell = buffer.cell((x, y)).unwrap();
        let has =
            look.fg.is_none_or(|fg| fg == cell.fg) && cell.modifier.contains(look.add_modifier);
        if has && cell.symbol() != " " {
            word.push_str(cell.symbol());
        } else if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
    }
    words
}
