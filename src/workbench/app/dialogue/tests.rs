use super::*;
use crate::dialogue::lead::{Told, Wish};
use crate::dialogue::question::Question;
use crate::dialogue::state::{Line, State};
use crate::dialogue::talk::Live;
use crate::dialogue::testing::{self, two_questions};
use crate::dialogue::unsent::{Unsent, Whose};
use crate::workbench::app::{Effect, Event};
use crate::workbench::keymap::Keymap;
use crate::workbench::theme::Theme;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

fn app() -> App {
    let zoned = Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
    App::new(&zoned, (120, 35), Keymap::default(), Theme::new(true))
}

fn task(id: &str) -> TaskId {
    TaskId::new(id).unwrap()
}

fn shown(id: &str, state: &State) -> Told {
    testing::shown(id, state, Live::default())
}

fn told(app: &mut App, told: Told) -> Vec<Effect> {
    app.update(app.now, Event::Talk(told))
}

fn opens(app: &mut App, id: &str, unsent: Unsent) -> Vec<Effect> {
    let mut effects = Vec::new();
    app.converse_about(Subject::Task(task(id)), &mut effects);
    told(app, Told::Closed);
    told(
        app,
        Told::Opened {
            id: task(id),
            unsent,
        },
    );
    told(app, shown(id, &two_questions()))
}

fn press(app: &mut App, code: KeyCode) -> Vec<Effect> {
    let key = KeyEvent::new(code, KeyModifiers::NONE);
    app.update(app.now, Event::Key(key))
}

fn types(app: &mut App, text: &str) -> Vec<Effect> {
    text.chars()
        .flat_map(|c| press(app, KeyCode::Char(c)))
        .collect()
}

fn refuses(app: &mut App, wish: Wish) -> Vec<Effect> {
    let refused = Told::Refused {
        wish,
        why: "the disk is full".to_owned(),
        unplaced: Vec::new(),
    };
    told(app, refused)
}

fn answer(text: &str) -> Given {
    let text = text.to_owned();
    Given::Answer { text }
}

fn typed<'a>(app: &'a App, field: &Field) -> &'a str {
    app.dialogue.pad(field).map_or("", Pad::text)
}

fn q(n: u32) -> Field {
    Field::Answer(format!("Q{n}"))
}

/// What is to be kept last of this.
fn kept(effects: &[Effect]) -> Option<(&Whose, &Unsent)> {
    effects.iter().rev().find_map(|e| match e {
        Effect::Keep(whose, unsent) => Some((whose, unsent)),
        _ => None,
    })
}

fn give(id: &str, given: Given) -> Wish {
    let id = id.to_owned();
    Wish::Give { id, given }
}

#[test]
fn an_answer_that_was_not_taken_comes_back_with_the_reason() {
    let mut app = app();
    opens(&mut app, "T001", Unsent::default());
    types(&mut app, "iblue");
    let effects = press(&mut app, KeyCode::Enter);
    let wish = give("Q1", answer("blue"));
    assert!(effects.contains(&Effect::Talk(wish.clone())), "{effects:?}");
    assert_eq!(app.dialogue.open(), 1);
    refuses(&mut app, wish);
    assert_eq!(app.dialogue.open(), 2, "it is open again");
    assert_eq!(typed(&app, &q(1)), "blue");
    assert_eq!(app.dialogue.stop(), Some(form::Stop::Own));
    assert_eq!(
        app.dialogue.trouble.as_deref(),
        Some("Q1: the disk is full")
    );
    assert!(
        app.toasts
            .iter()
            .any(|t| t.bad && t.text.contains("the disk is full"))
    );
    // Where something else is written, that goes on, and the words stand with their question.
    press(&mut app, KeyCode::Enter);
    assert_eq!(app.dialogue.writing, Some(q(1)), "enter tries again");
    press(&mut app, KeyCode::Enter);
    types(&mut app, "itwo");
    assert_eq!(app.dialogue.writing, Some(q(2)));
    refuses(&mut app, give("Q1", answer("blue")));
    assert_eq!(app.dialogue.writing, Some(q(2)));
    assert_eq!((typed(&app, &q(1)), typed(&app, &q(2))), ("blue", "two"));
    // It was taken after all: nothing of it is left to be given.
    let mut taken = two_questions();
    taken.form.give("Q1", answer("blue"));
    told(&mut app, shown("T001", &taken));
    assert_eq!(typed(&app, &q(1)), "");
}

#[test]
fn words_that_were_not_said_come_back_above_those_written_since() {
    let mut app = app();
    opens(&mut app, "T001", Unsent::default());
    types(&mut app, "cfirst");
    let effects = press(&mut app, KeyCode::Enter);
    let wish = Wish::Say("first".to_owned());
    assert!(effects.contains(&Effect::Talk(wish.clone())), "{effects:?}");
    types(&mut app, "csecond");
    refuses(&mut app, wish.clone());
    assert_eq!(typed(&app, &Field::Reply), "first\nsecond");
    refuses(&mut app, wish);
    assert_eq!(typed(&app, &Field::Reply), "first\nsecond", "not doubled");
    press(&mut app, KeyCode::Esc);
    assert!(app.dialogue.trouble.is_some());
    let effects = press(&mut app, KeyCode::Enter);
    assert_eq!(
        app.dialogue.writing,
        Some(Field::Reply),
        "enter tries again"
    );
    assert!(
        !effects.iter().any(|e| matches!(e, Effect::Talk(_))),
        "{effects:?}"
    );
}

#[test]
fn defaults_that_were_not_taken_are_open() {
    let mut app = app();
    opens(&mut app, "T001", Unsent::default());
    types(&mut app, "D");
    assert_eq!(app.dialogue.open(), 1);
    refuses(&mut app, Wish::Defaults);
    assert_eq!(app.dialogue.open(), 2);
    assert!(app.dialogue.trouble.is_some());
}

#[test]
fn what_is_typed_stays_with_its_dialogue_and_is_kept() {
    let mut app = app();
    opens(&mut app, "T001", Unsent::default());
    let effects = types(&mut app, "ihalf an");
    let (whose, unsent) = kept(&effects).unwrap();
    assert_eq!(*whose, Whose::Dialogue(task("T001")));
    assert_eq!(unsent.answers["Q1"], "half an");
    press(&mut app, KeyCode::Esc);
    types(&mut app, "cand words");
    press(&mut app, KeyCode::Esc);
    // Another one: its own words, none of the first.
    let own = Unsent {
        answers: [("Q2".to_owned(), "other".to_owned())].into(),
        ..Unsent::default()
    };
    opens(&mut app, "T002", own);
    assert_eq!((typed(&app, &q(1)), typed(&app, &q(2))), ("", "other"));
    assert_eq!(typed(&app, &Field::Reply), "");
    // Back: what is known here is newer than what the disk had.
    let effects = opens(&mut app, "T001", Unsent::default());
    assert_eq!(kept(&effects), None, "nothing differs");
    assert_eq!(typed(&app, &q(1)), "half an");
    assert_eq!(typed(&app, &Field::Reply), "and words");
}

#[test]
fn what_was_sent_is_kept_until_it_is_known_to_be_taken() {
    let mut app = app();
    opens(&mut app, "T001", Unsent::default());
    types(&mut app, "iblue");
    let effects = press(&mut app, KeyCode::Enter);
    assert_eq!(kept(&effects), None, "it is still kept");
    let mut state = two_questions();
    state.form.give("Q1", answer("blue"));
    let effects = told(&mut app, shown("T001", &state));
    assert!(kept(&effects).unwrap().1.is_empty());
    types(&mut app, "chello");
    let effects = press(&mut app, KeyCode::Enter);
    let on_its_way = kept(&effects).unwrap().1.clone();
    assert_eq!(
        (on_its_way.reply.as_str(), on_its_way.sent.as_str()),
        ("", "hello")
    );
    state.floor = Floor::Agent;
    state.said = 1;
    let effects = told(&mut app, shown("T001", &state));
    assert!(kept(&effects).unwrap().1.is_empty());
    // What a crash left behind although it was taken is not put back.
    let mut again = self::app();
    let left = Unsent {
        answers: [("Q1".to_owned(), "blue".to_owned())].into(),
        ..Unsent::default()
    };
    let mut effects = Vec::new();
    again.converse_about(Subject::Task(task("T001")), &mut effects);
    let id = task("T001");
    told(&mut again, Told::Opened { id, unsent: left });
    let effects = told(&mut again, shown("T001", &state));
    assert_eq!(typed(&again, &q(1)), "");
    assert!(kept(&effects).unwrap().1.is_empty());
}

#[test]
fn what_was_sent_comes_back_unless_it_was_taken_and_the_same_may_be_typed_again() {
    let back = |unsent: Unsent, said: u64| {
        let mut app = app();
        let mut state = two_questions();
        state.said = said;
        state
            .lines
            .push(Line::You("mind the dark theme".to_owned()));
        let mut effects = Vec::new();
        app.converse_about(Subject::Task(task("T001")), &mut effects);
        told(
            &mut app,
            Told::Opened {
                id: task("T001"),
                unsent,
            },
        );
        told(&mut app, shown("T001", &state));
        typed(&app, &Field::Reply).to_owned()
    };
    let sent = Unsent {
        sent: "mind the dark theme".to_owned(),
        said: 1,
        reply: "and more".to_owned(),
        ..Unsent::default()
    };
    assert_eq!(back(sent.clone(), 1), "mind the dark theme\nand more");
    assert_eq!(back(sent, 2), "and more");
    let typed_again = Unsent {
        reply: "mind the dark theme".to_owned(),
        ..Unsent::default()
    };
    assert_eq!(back(typed_again, 2), "mind the dark theme");
}

#[test]
fn an_answer_that_a_secret_was_taken_out_of_is_not_waited_for() {
    let mut app = app();
    opens(&mut app, "T001", Unsent::default());
    types(&mut app, "ihunter2");
    press(&mut app, KeyCode::Enter);
    told(&mut app, Told::Cleaned(vec!["Q1".to_owned()]));
    let mut state = two_questions();
    state.form.give("Q1", answer("[secret]"));
    let effects = told(&mut app, shown("T001", &state));
    let entry = app.dialogue.entries()[0].clone();
    assert_eq!(app.dialogue.given(&entry), Some(&answer("[secret]")));
    assert!(kept(&effects).is_none_or(|(_, u)| u.is_empty()));
    let said: Vec<_> = app
        .toasts
        .iter()
        .filter(|t| t.text.contains("a secret"))
        .collect();
    assert_eq!(said.len(), 1);
    assert!(
        said[0].text.contains("the answer to Q1"),
        "{}",
        said[0].text
    );
}

#[test]
fn what_is_asked_again_in_other_words_is_gone_to_with_its_answer() {
    let mut app = app();
    let mut first = two_questions();
    first.form.give("Q1", answer("blue"));
    first.form.give("Q2", answer("3"));
    first.form.told();
    opens(&mut app, "T001", Unsent::default());
    told(&mut app, shown("T001", &first));
    let mut second = first.clone();
    second.form.ask(vec![Question {
        id: "Q1".to_owned(),
        text: "Which colour has the headline?".to_owned(),
        ..Question::default()
    }]);
    second.lines.push(Line::Questions(vec!["Q1".to_owned()]));
    told(&mut app, shown("T001", &second));
    let entry = app.dialogue.chosen().unwrap();
    assert_eq!(entry.question.id, "Q1");
    assert_eq!(app.dialogue.given(entry), Some(&answer("blue")));
    assert_eq!(app.dialogue.word(entry).1, "● answered, asked again");
    assert_eq!(app.dialogue.untold(), 1);
}

#[test]
fn of_a_text_that_is_too_long_it_is_said_what_is_left_out() {
    let mut app = app();
    opens(&mut app, "T001", Unsent::default());
    types(&mut app, "i");
    let long = "x".repeat(pad::LONGEST + 5);
    app.update(app.now, Event::Paste(long));
    assert_eq!(typed(&app, &q(1)).len(), pad::LONGEST);
    let said = |t: &crate::workbench::app::Toast| t.text.contains("the last 5 of");
    assert!(app.toasts.iter().any(said), "{:?}", app.toasts);
}

#[test]
fn what_is_being_kept_is_not_answered_yet() {
    let mut app = app();
    let mut state = two_questions();
    opens(&mut app, "T004", Unsent::default());
    let counts = |app: &App| {
        let dialogue = &app.dialogue;
        (
            dialogue.answered(),
            dialogue.being_kept(),
            dialogue.open(),
            dialogue.untold(),
        )
    };
    assert_eq!(counts(&app), (0, 0, 2, 0));
    let given = answer("so");
    app.dialogue.pending.insert("Q1".into(), given.clone());
    assert_eq!(counts(&app), (0, 1, 1, 1));
    // The disk has it.
    state.take(&crate::dialogue::transcript::Entry::Gave {
        id: "Q1".into(),
        given,
    });
    told(&mut app, shown("T004", &state));
    assert_eq!(counts(&app), (1, 0, 1, 1));
    // Another answer to it is not there before it is kept.
    app.dialogue.pending.insert("Q1".into(), answer("not so"));
    assert_eq!(counts(&app), (0, 1, 1, 1));
}
