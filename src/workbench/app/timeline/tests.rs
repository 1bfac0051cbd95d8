use super::*;
use crate::agents::AgentEvent;
use crate::agents::event::{ToolKind, ToolStatus};
use crate::records::told::Teller;
use crate::stage::timeline::{Row as Told, Step, What};
use proptest::prelude::*;

fn told(teller: &mut Teller, ms: u64, what: What) -> Vec<Line> {
    let at = jiff::Timestamp::UNIX_EPOCH;
    teller.of(&Told { at, ms, what })
}

fn says(text: &str) -> What {
    What::Agent(AgentEvent::Text {
        text: text.to_owned(),
    })
}

fn call(id: &str, kind: ToolKind, title: &str, diff: Option<&str>) -> What {
    What::Agent(AgentEvent::ToolStarted {
        id: id.to_owned(),
        kind,
        name: "T".to_owned(),
        title: title.to_owned(),
        paths: Vec::new(),
        diff: diff.map(str::to_owned),
    })
}

fn back(id: &str, status: ToolStatus, output: &str) -> What {
    What::Agent(AgentEvent::ToolFinished {
        id: id.to_owned(),
        status,
        output: output.to_owned(),
    })
}

fn timeline(whats: Vec<What>) -> Timeline {
    let mut teller = Teller::default();
    let mut timeline = Timeline::following();
    for (n, what) in whats.into_iter().enumerate() {
        let lines = told(&mut teller, n as u64 * 1000, what);
        timeline.take(lines);
    }
    timeline.settle(30, 10);
    timeline
}

fn texts(timeline: &Timeline, height: usize) -> Vec<String> {
    let rows = timeline.shown(height).into_iter();
    rows.map(|(_, _, row)| match row.kind {
        Kind::Folded(n) => format!("[{n}]"),
        _ => row.text.clone(),
    })
    .collect()
}

#[test]
fn a_message_stands_over_several_rows() {
    let timeline = timeline(vec![says(
        "Two tests expect the old class name. I will fix it.\nThen the rest.",
    )]);
    let wanted = [
        "Two tests expect the old class",
        "name. I will fix it.",
        "Then the rest.",
    ];
    assert_eq!(texts(&timeline, 9), wanted);
    assert_eq!(timeline.len(), 1);
}

#[test]
fn a_text_that_comes_in_pieces_stands_until_the_whole_one_is_there() {
    let mut teller = Teller::default();
    let mut timeline = Timeline::following();
    let piece = |text: &str| {
        What::Agent(AgentEvent::TextDelta {
            text: text.to_owned(),
        })
    };
    timeline.take(told(&mut teller, 0, says("before")));
    timeline.take(told(&mut teller, 0, piece("one\ntwo\nth")));
    timeline.settle(30, 10);
    assert_eq!(texts(&timeline, 9), ["before", "one", "two"]);
    let follows: Vec<bool> = (0..3).map(|n| timeline.entry(n).unwrap().follows).collect();
    assert_eq!(follows, [false, false, true]);
    timeline.take(told(&mut teller, 0, says("one\ntwo\nthree")));
    timeline.settle(30, 10);
    assert_eq!(texts(&timeline, 9), ["before", "one", "two", "three"]);
    assert_eq!(timeline.len(), 2);
}

#[test]
fn a_call_shows_in_its_own_row_how_it_went() {
    let mut teller = Teller::default();
    let mut timeline = Timeline::following();
    timeline.take(told(
        &mut teller,
        0,
        call("1", ToolKind::Run, "npm test", None),
    ));
    assert!(timeline.entry(0).unwrap().open);
    timeline.take(told(
        &mut teller,
        3_000,
        back("1", ToolStatus::Failed, "a\nb"),
    ));
    let entry = timeline.entry(0).unwrap();
    assert_eq!((timeline.len(), entry.open), (1, false));
    assert_eq!((entry.line.ms, entry.line.right.as_str()), (0, "✗ failed"));
    timeline.settle(30, 10);
    // What went wrong says how.
    assert_eq!(texts(&timeline, 9), ["npm test", "a", "b"]);
}

#[test]
fn the_end_of_what_began_long_ago_is_told_where_people_look() {
    let mut whats = vec![What::StepStarted {
        step: Step::Agent,
        title: "claude".to_owned(),
    }];
    whats.extend((0..20).map(|_| says("so")));
    whats.push(What::StepFinished {
        step: Step::Agent,
        title: "claude".to_owned(),
        ok: true,
        took_ms: 20_000,
        detail: String::new(),
    });
    let timeline = timeline(whats);
    assert_eq!(timeline.len(), 22);
    assert!(!timeline.entry(0).unwrap().open);
    assert_eq!(timeline.entry(21).unwrap().line.right, "✓ 0:20");
}

#[test]
fn changes_are_folded_and_unfolded() {
    let diff = "--- a\n+++ b\n@@ -1 +1 @@\n-1\n-2\n-3\n+4\n+5\n+6\n+7\n";
    let mut timeline = timeline(vec![call("1", ToolKind::Edit, "a.rs", Some(diff))]);
    let folded = ["a.rs", "@@ -1 +1 @@", "-1", "-2", "-3", "+4", "+5", "[2]"];
    assert_eq!(texts(&timeline, 20), folded);
    timeline.fold();
    timeline.settle(30, 20);
    assert_eq!(texts(&timeline, 20).len(), 9);
    timeline.fold();
    timeline.settle(30, 20);
    assert_eq!(texts(&timeline, 20), folded);
    timeline.fold_all();
    timeline.settle(30, 20);
    assert_eq!(texts(&timeline, 20).len(), 9);
}

#[test]
fn following_ends_by_going_up_and_news_are_counted() {
    let mut timeline = timeline((0..40).map(|n| says(&n.to_string())).collect());
    assert_eq!(texts(&timeline, 10).last().unwrap(), "39");
    timeline.move_by(-3);
    timeline.settle(30, 10);
    let before = texts(&timeline, 10);
    let mut teller = Teller::default();
    timeline.take(told(&mut teller, 0, says("new")));
    timeline.take(told(&mut teller, 0, says("newer")));
    timeline.settle(30, 10);
    assert_eq!((timeline.news(), timeline.follow), (2, false));
    assert_eq!(texts(&timeline, 10), before);
    timeline.to_end();
    timeline.settle(30, 10);
    assert_eq!(texts(&timeline, 10).last().unwrap(), "newer");
    assert_eq!(timeline.news(), 0);
}

#[test]
fn what_is_searched_is_found_round_and_round_and_unfolded() {
    let diff = format!("{}+needle\n", "+hay\n".repeat(20));
    let mut timeline = timeline(vec![
        says("a Needle"),
        says("hay"),
        call("1", ToolKind::Edit, "a.rs", Some(&diff)),
    ]);
    "needle".clone_into(&mut timeline.wanted);
    assert!(timeline.next_match(true));
    assert_eq!(timeline.at, At { entry: 0, row: 0 });
    assert!(timeline.next_match(true));
    assert_eq!(timeline.at, At { entry: 2, row: 21 });
    assert!(timeline.next_match(false));
    assert_eq!(timeline.at.entry, 0);
    "Needle".clone_into(&mut timeline.wanted);
    assert!(timeline.next_match(true));
    assert_eq!(timeline.at.entry, 0);
    "no such".clone_into(&mut timeline.wanted);
    assert!(!timeline.next_match(true));
}

#[test]
fn the_next_error_is_gone_to() {
    let failed = |id: &str| {
        [
            call(id, ToolKind::Run, "x", None),
            back(id, ToolStatus::Failed, ""),
        ]
    };
    let mut whats = vec![says("a")];
    whats.extend(failed("1"));
    whats.push(says("b"));
    whats.extend(failed("2"));
    let mut timeline = timeline(whats);
    assert!(timeline.next_error());
    assert_eq!(timeline.at.entry, 1);
    assert!(timeline.next_error());
    assert_eq!(timeline.at.entry, 3);
    assert!(timeline.next_error());
    assert_eq!(timeline.at.entry, 1);
    assert!(!timeline.follow);
}

#[test]
fn many_things_are_kept_up_to_a_bound_and_few_are_laid_out() {
    let mut timeline = Timeline::following();
    let mut teller = Teller::default();
    let lines: Vec<Line> = (0..MOST + 100)
        .flat_map(|n| {
            told(
                &mut teller,
                n as u64,
                says("a line of some length, over two rows"),
            )
        })
        .collect();
    timeline.take(lines);
    timeline.settle(30, 40);
    assert_eq!((timeline.len(), timeline.dropped()), (MOST, 100));
    assert!(timeline.laid.len() < 100, "{}", timeline.laid.len());
    timeline.to_top();
    timeline.settle(30, 40);
    assert!(timeline.laid.len() < 200, "{}", timeline.laid.len());
    assert_eq!(timeline.top, At { entry: 100, row: 0 });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_place_is_always_there_and_in_sight(
        moves in prop::collection::vec((0..8u8, -30..30isize, 1..60usize, 1..20usize), 1..30),
    ) {
        let mut timeline = Timeline::following();
        let mut teller = Teller::default();
        for (kind, n, columns, height) in moves {
            match kind {
                0 | 1 => timeline.move_by(n),
                2 => timeline.to_top(),
                3 => timeline.to_end(),
                4 => timeline.fold(),
                5 => timeline.choose(n.unsigned_abs()),
                _ => {
                    let text = "some words and more ".repeat(n.unsigned_abs());
                    timeline.take(told(&mut teller, 0, says(&text)));
                }
            }
            timeline.settle(columns, height);
            let shown = timeline.shown(height);
            prop_assert!(shown.len() <= height);
            if !timeline.is_empty() {
                prop_assert!(shown.iter().any(|(at, ..)| *at == timeline.at));
                let all: usize = (0..timeline.len())
                    .map(|n| timeline.clone().rows(n).len())
                    .sum();
                prop_assert_eq!(shown.len(), height.min(all), "no empty rows while there are more");
            }
        }
    }
}
