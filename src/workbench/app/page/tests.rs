use super::*;
use crate::records::papers::Sought;
use proptest::prelude::*;

/// A text of numbered lines, each broken into as many rows as `broken` says.
fn rows(broken: &[usize]) -> Vec<Row> {
    let lines = broken.iter().enumerate();
    lines
        .flat_map(|(n, rows)| {
            (0..*rows).map(move |r| {
                Row::of(Look::Plain, format!("line {} row {r}", n + 1)).from_line(n + 1)
            })
        })
        .collect()
}

/// A window of a page of so many rows: 100 of them, from 500 on.
fn window(all: usize) -> Large {
    Large {
        name: "big.log".to_owned(),
        bytes: 1 << 30,
        first: 500,
        rows: rows(&[1; 100]),
        widest: 20,
        all,
        whole: true,
    }
}

#[test]
fn the_reading_place_stays_when_the_page_is_laid_out_anew() {
    let mut page = Page::new(rows(&[1; 40]));
    page.step(Step::By(20), 10);
    page.step(Step::By(-3), 10);
    let (line, above) = (page.line(), page.scroll.at - page.scroll.top);
    page.set(rows(&[3; 40]), true);
    page.settle(10);
    assert_eq!(page.line(), line);
    assert_eq!(page.scroll.at - page.scroll.top, above);
    page.step(Step::By(1), 10);
    let within = page.chosen().unwrap().text();
    page.set(rows(&[3; 40]), true);
    assert_eq!(page.chosen().unwrap().text(), within);
}

#[test]
fn words_are_found_in_turn_and_a_capital_stands_for_itself() {
    let mut page = Page::new(
        ["one", "Two two", "three", "TWO"]
            .map(|t| Row::of(Look::Plain, t))
            .to_vec(),
    );
    page.look_for("two", 2);
    assert_eq!((page.scroll.at, page.find().len()), (1, 2));
    page.next_hit(true, 2);
    assert_eq!(page.scroll.at, 3);
    assert_eq!(page.find().nth(3), Some(2));
    page.next_hit(true, 2);
    assert_eq!(page.scroll.at, 1);
    page.next_hit(false, 2);
    assert_eq!(page.scroll.at, 3);
    page.look_for("Two", 2);
    assert_eq!((page.scroll.at, page.find().len()), (1, 1));
    assert_eq!(places("宽 two twotwo", "two"), [(3, 6), (7, 10), (10, 13)]);
}

#[test]
fn sections_are_gone_to_and_only_the_large_ones_where_that_is_wanted() {
    let heads = [None, Some(1), None, Some(2), Some(1), None];
    let mut page = Page::new(
        heads
            .map(|h| match h {
                Some(rank) => Row::of(Look::Heading(rank), "head"),
                None => Row::of(Look::Plain, "text"),
            })
            .to_vec(),
    );
    assert!(page.section(true, false, 3) && page.scroll.at == 1);
    assert!(page.section(true, false, 3) && page.scroll.at == 3);
    assert!(page.section(false, true, 3) && page.scroll.at == 1);
    assert!(page.section(true, true, 3) && page.scroll.at == 4);
    assert!(!page.section(true, false, 3) && page.scroll.at == 4);
}

#[test]
fn the_columns_move_no_further_than_there_is_something() {
    let mut page = Page::new(vec![Row::of(Look::Plain, "x".repeat(30))]);
    page.aside(1, 20);
    assert_eq!(page.left, 8);
    page.aside(3, 20);
    assert_eq!(page.left, 10);
    page.aside(-9, 20);
    assert_eq!(page.left, 0);
}

#[test]
fn a_window_of_a_long_page_counts_as_the_page_does() {
    let mut page = Page::default();
    page.set_window(&window(10_000));
    page.step(Step::Bottom, 20);
    assert_eq!(page.scroll.at, 9_999);
    assert!(page.chosen().is_none() && page.line().is_none());
    page.scroll.at = 510;
    assert_eq!(page.line(), Some(11));
    page.look_for("line 50 ", 20);
    assert_eq!(page.scroll.at, 549);
}

#[test]
fn what_the_window_does_not_know_is_looked_for_beyond_it() {
    let mut page = Page::default();
    page.set_window(&window(10_000));
    page.scroll.at = 510;
    page.look_for("line", 20);
    assert_eq!((page.scroll.at, page.find().beyond()), (510, None));
    page.next_hit(true, 20);
    assert_eq!((page.scroll.at, page.find().beyond()), (511, None));
    page.scroll.at = 599;
    page.next_hit(true, 20);
    assert_eq!(
        (page.scroll.at, page.find().beyond()),
        (599, Some((600, true)))
    );
    page.sought(Sought::Going(40), 20);
    assert_eq!(page.find().beyond(), Some((600, true)));
    page.sought(Sought::At(7_000), 20);
    assert_eq!((page.scroll.at, page.find().beyond()), (7_000, None));
    // One more while it is looked for is one more from what is found.
    page.next_hit(false, 20);
    page.next_hit(false, 20);
    assert_eq!(page.find().beyond(), Some((7_000, false)));
    page.sought(Sought::At(6_000), 20);
    assert_eq!(
        (page.scroll.at, page.find().beyond()),
        (6_000, Some((6_000, false)))
    );
    page.sought(Sought::At(559), 20);
    assert_eq!((page.scroll.at, page.find().beyond()), (559, None));
    page.next_hit(false, 20);
    assert_eq!(page.scroll.at, 558);
    page.scroll.at = 7_000;
    page.next_hit(true, 20);
    page.sought(Sought::Nowhere, 20);
    assert!(page.finds_nothing() && page.scroll.at == 7_000);
    page.set_window(&window(10_001));
    assert!(!page.finds_nothing());
    page.look_for("", 20);
    assert!(page.finds_nothing() && page.find().beyond().is_none());
}

proptest! {
    #[test]
    fn every_line_is_found_again(broken in prop::collection::vec(1..4usize, 1..30), pick in 0..30usize) {
        let line = 1 + pick % broken.len();
        let mut page = Page::new(rows(&broken));
        page.go_to(page.row_of(line), 7);
        prop_assert_eq!(page.line(), Some(line));
        prop_assert!(page.scroll.at >= page.scroll.top && page.scroll.at < page.scroll.top + 7);
    }

    #[test]
    fn what_is_found_stands_there(text in "[ab\u{5bbd}]{0,20}", words in "[ab]{1,3}") {
        for (from, to) in places(&text, &words) {
            prop_assert!(from < to && to <= width(&text));
        }
        prop_assert_eq!(places(&text, &words).is_empty(), !text.contains(&words));
    }
}
