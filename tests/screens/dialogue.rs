//! The dialogue in every state, as `support::talked` makes them.

use crate::golden::{compare, text};
use crate::scene::{key, now, painted, sized};
use crate::support::talked::{
    self, Author, DRAFTS, Size, hears, questions, screen, streaming, types, unplaced,
};
use harness_tui::dialogue::lead::{Told, Wish};
use harness_tui::dialogue::question::Given;
use harness_tui::dialogue::start::Subject;
use harness_tui::terms::ItemId;
use harness_tui::workbench::app::{App, Effect, Event};

const SIZES: [Size; 4] = [(40, 12), (80, 24), (120, 35), (200, 60)];

/// A state as it comes to be on a screen of each size.
fn same(name: &str, made: impl Fn(Size) -> App) {
    let mut wrong = Vec::new();
    for (columns, rows) in SIZES {
        let name = format!("dialogue/{name}-{columns}x{rows}");
        if let Err(diff) = compare(&name, &text(&painted(&made((columns, rows))))) {
            wrong.push(diff);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const LARGE: Size = (120, 35);

#[test]
fn nothing_is_open() {
    same("empty", screen);
}

#[test]
fn somebody_else_leads_it() {
    same("led-elsewhere", |size| {
        let mut app = screen(size);
        let wish = Wish::Open(Subject::Item(ItemId::new("B010").unwrap()));
        let why =
            "the dialogue of T004 is open in another harness-tui; go on there, or close it first";
        let refused = Told::Refused {
            wish,
            why: why.into(),
            unplaced: Vec::new(),
        };
        hears(&mut app, Event::Talk(refused));
        app
    });
}

#[test]
fn the_author_writes() {
    same("streaming", streaming);
}

#[test]
fn questions_are_open() {
    same("questions", questions);
}

#[test]
fn the_form_is_half_filled_in() {
    let mut app = questions(LARGE);
    let effects = types(&mut app, "\r");
    let given = |e: &Effect| {
        matches!(e, Effect::Talk(Wish::Give { id, given: Given::Answer { text } })
            if id == "Q1" && text == "beside")
    };
    assert!(effects.iter().any(given), "{effects:?}");
    same("half", talked::half);
}

#[test]
fn an_answer_is_not_on_disk_yet() {
    same("kept", talked::kept);
}

#[test]
fn an_answer_has_no_place_in_the_draft() {
    same("unplaced", unplaced);
    same("draft-diff", talked::draft_diff);
    same("not-saved", talked::not_saved);
}

#[test]
fn a_saved_task_is_revised() {
    same("revise", talked::revise);
    same("revise-diff", talked::revise_diff);
}

#[test]
fn the_author_asks_leave() {
    same("permission", talked::permission);
    let mut app = talked::permission(LARGE);
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
    let listed = |size| {
        let mut app = questions(size);
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
        app
    };
    same("authors", listed);
    let mut app = listed(LARGE);
    types(&mut app, "j");
    let effects = types(&mut app, "\r");
    assert_eq!(effects, [Effect::Talk(Wish::Agent("opencode".into()))]);
}

#[test]
fn what_is_written_is_never_lost() {
    let mut author = Author::asked();
    let mut app = screen(LARGE);
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
    let mut app = screen(LARGE);
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
