use super::*;
use crate::agents::talk::Permission;
use crate::dialogue::question::Given;
use crate::dialogue::start::Subject;
use crate::dialogue::state::{Line, State};
use crate::dialogue::talk::Live;
use crate::dialogue::testing::{self, two_questions};
use crate::dialogue::unsent::Unsent;
use crate::records::board::Board;
use crate::terms::TaskId;
use crate::workbench::app::{App, Effect, Event};
use crate::workbench::keymap::Keymap;
use crate::workbench::plain::linear;
use crate::workbench::theme::Theme;
use jiff::Timestamp;

fn hear(linear: &mut Linear, event: Event) -> linear::Heard {
    linear.hear(Timestamp::UNIX_EPOCH, event)
}

fn line(linear: &mut Linear, text: &str) -> linear::Heard {
    hear(linear, Event::Line(Some(text.to_owned())))
}

fn told(linear: &mut Linear, told: Told) -> String {
    hear(linear, Event::Talk(told)).says.join("\n")
}

fn refused(linear: &mut Linear, wish: Wish) -> String {
    let why = "the disk is full".to_owned();
    let unplaced = Vec::new();
    told(
        linear,
        Told::Refused {
            wish,
            why,
            unplaced,
        },
    )
}

fn task() -> TaskId {
    TaskId::new("T001").unwrap()
}

fn shown_with(state: &State, live: Live) -> Told {
    testing::shown("T001", state, live)
}

fn shown(state: &State) -> Told {
    shown_with(state, Live::default())
}

/// That dialogue, just opened, and what was said.
fn opened(unsent: Unsent) -> (Linear, String) {
    let zoned = Timestamp::UNIX_EPOCH.to_zoned(jiff::tz::TimeZone::UTC);
    let app = App::new(&zoned, (200, 200), Keymap::default(), Theme::new(false));
    let mut linear = Linear::new(app, true);
    let mut board = Board::default();
    (board.has_runs, board.set_up) = (true, true);
    hear(&mut linear, Event::Read(Box::new(board)));
    linear
        .app
        .converse_about(Subject::Task(task()), &mut Vec::new());
    let id = task();
    told(&mut linear, Told::Opened { id, unsent });
    let said = told(&mut linear, shown(&two_questions()));
    (linear, said)
}

fn given(text: &str) -> Given {
    let text = text.to_owned();
    Given::Answer { text }
}

fn give(id: &str, text: &str) -> Wish {
    let (id, given) = (id.to_owned(), given(text));
    Wish::Give { id, given }
}

fn wished(heard: &linear::Heard, wish: &Wish) -> bool {
    heard
        .effects
        .iter()
        .any(|e| matches!(e, Effect::Talk(w) if w == wish))
}

#[test]
fn an_answer_is_said_to_be_kept_when_the_disk_has_it_as_it_has_it() {
    let (mut linear, said) = opened(Unsent::default());
    assert!(said.contains("Q1? Write your answer"), "{said}");
    let heard = line(&mut linear, "blue");
    assert!(wished(&heard, &give("Q1", "blue")), "{heard:?}");
    assert_eq!(heard.says, Vec::<String>::new(), "nothing is known yet");
    let said = refused(&mut linear, give("Q1", "blue"));
    assert!(said.contains("Q1 was not taken: the disk is full"));
    assert!(!said.contains("Kept"), "{said}");
    assert!(said.contains("Q1? Write your answer"), "asked anew: {said}");

    line(&mut linear, "key sk-one here");
    // What is shown for another reason says nothing of it.
    assert_eq!(told(&mut linear, shown(&two_questions())), "");
    told(&mut linear, Told::Cleaned(vec!["Q1".to_owned()]));
    let mut now = two_questions();
    now.form.give("Q1", given("key [secret] here"));
    let said = told(&mut linear, shown(&now));
    assert!(said.starts_with("Kept Q1: key [secret] here."), "{said}");
    assert!(said.contains("Q2? Write your answer"), "{said}");

    let heard = line(&mut linear, "all");
    assert!(wished(&heard, &Wish::Defaults), "{heard:?}");
    assert_eq!(heard.says, Vec::<String>::new());
    let text = "3".to_owned();
    now.form.give("Q2", Given::Default { text });
    let heard = hear(&mut linear, Event::Talk(shown(&now)));
    assert_eq!(heard.says, ["1 recommended answer taken."]);
    assert!(wished(&heard, &Wish::Say(String::new())), "{heard:?}");
    now.floor = Floor::Agent;
    let said = told(&mut linear, shown(&now));
    assert!(said.starts_with("Told to the author."), "{said}");
}

#[test]
fn recommended_answers_that_were_not_taken_are_not_said_to_be() {
    let (mut linear, _) = opened(Unsent::default());
    line(&mut linear, "all");
    let said = refused(&mut linear, Wish::Defaults);
    assert!(said.contains("The disk is full."), "{said}");
    let said = told(&mut linear, shown(&two_questions()));
    assert!(!said.contains("taken"), "{said}");
}

#[test]
fn words_that_were_kept_are_shown_and_sent_by_a_word_at_a_question_too() {
    let unsent = Unsent {
        reply: "my precious\nwords".to_owned(),
        ..Unsent::default()
    };
    let (mut linear, said) = opened(unsent);
    let wanted = "it is kept:\nmy precious\nwords\nType say to send it.";
    assert!(said.contains(wanted), "{said}");
    assert!(said.contains("Q1? Write your answer"), "{said}");
    let wish = Wish::Say("my precious\nwords".to_owned());
    let heard = line(&mut linear, "say");
    assert!(wished(&heard, &wish), "{heard:?}");
    assert_eq!(heard.says, Vec::<String>::new(), "it is not told yet");

    let said = refused(&mut linear, wish.clone());
    assert!(!said.contains("Told to the author"), "{said}");
    assert!(said.contains(wanted), "{said}");
    let heard = line(&mut linear, "say");
    assert!(wished(&heard, &wish), "{heard:?}");
    let mut now = two_questions();
    now.floor = Floor::Agent;
    let said = told(&mut linear, shown(&now));
    assert!(said.starts_with("Told to the author."), "{said}");
    now.floor = Floor::Person;
    now.turns += 1;
    told(&mut linear, shown(&now));
    let heard = line(&mut linear, "say");
    assert!(!wished(&heard, &wish), "it is sent once: {heard:?}");
}

#[test]
fn what_was_decided_is_said_when_the_transcript_has_it() {
    let (mut linear, _) = opened(Unsent::default());
    let asked = Permission {
        id: "r1".to_owned(),
        tool: "Write".to_owned(),
        title: "page.txt".to_owned(),
        diff: None,
    };
    let mut live = Live::default();
    live.permissions.push(asked);
    let mut now = two_questions();
    now.floor = Floor::Agent;
    told(&mut linear, shown_with(&now, live.clone()));
    let heard = line(&mut linear, "allow");
    assert_eq!(heard.says, Vec::<String>::new());
    let decision = Decision::AllowOnce;
    let id = "r1".to_owned();
    let wish = Wish::Decide { id, decision };
    assert!(wished(&heard, &wish), "{heard:?}");
    let said = refused(&mut linear, wish.clone());
    assert!(!said.contains("Allowed"), "{said}");
    let said = told(&mut linear, shown_with(&now, live)) + &said;
    assert!(said.contains("Type allow for this once"), "{said}");
    assert!(wished(&line(&mut linear, "allow"), &wish));
    let note = "allowed once — Write page.txt".to_owned();
    now.lines.push(Line::Note(note));
    let said = told(&mut linear, shown(&now));
    assert!(said.starts_with("Allowed once."), "{said}");
}
