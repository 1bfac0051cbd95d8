use super::*;
use crate::records::papers::Large;
use crate::render::code::Colours;
use crate::render::markdown::Document;
use crate::workbench::app::scroll::Step;
use proptest::prelude::*;

const HEIGHT: usize = 20;

/// So many paragraphs, each with its number.
fn text(paragraphs: usize) -> String {
    (1..=paragraphs)
        .map(|n| format!("Paragraph {n} with words that go on\n\n```rs\nlet a = {n};\n```\n\n"))
        .collect()
}

fn sheet(text: &str, coloured: bool) -> Arc<Sheet> {
    let sheet = Sheet::Text {
        name: "a.md".to_owned(),
        document: Arc::new(Document::new(text)),
        colours: Arc::new(Colours::default()),
    };
    let coloured = coloured.then(|| sheet.coloured()).flatten();
    Arc::new(coloured.unwrap_or(sheet))
}

/// A page with this text, of which one slice is laid out.
fn begun(text: &str) -> Leaf {
    let mut leaf = Leaf::new(Paper::File("a.md".to_owned()));
    leaf.take(0, Ok(sheet(text, false)));
    slice(&mut leaf, 80);
    leaf
}

fn slice(leaf: &mut Leaf, columns: usize) {
    leaf.lay(columns, HEIGHT, Timestamp::UNIX_EPOCH, &Arc::default());
    leaf.page.reach(HEIGHT);
}

fn finish(leaf: &mut Leaf, columns: usize) {
    slice(leaf, columns);
    while leaf.is_laying() {
        slice(leaf, columns);
    }
}

fn rows(leaf: &Leaf) -> Vec<Row> {
    let page = &leaf.page;
    page.at_hand()
        .filter_map(|n| page.row(n))
        .cloned()
        .collect()
}

/// The rows of the text laid out from its beginning to its end.
fn at_once(text: &str, columns: usize, coloured: bool) -> Vec<Row> {
    let mut leaf = Leaf::new(Paper::File("a.md".to_owned()));
    leaf.take(0, Ok(sheet(text, coloured)));
    finish(&mut leaf, columns);
    rows(&leaf)
}

fn window(first: usize) -> Arc<Sheet> {
    Arc::new(Sheet::Large(Large {
        name: "big.log".to_owned(),
        bytes: 1 << 30,
        first,
        rows: vec![Row::empty(); 600],
        widest: 0,
        all: 100_000,
        whole: true,
    }))
}

#[test]
fn of_a_large_file_a_page_takes_only_its_own_window() {
    let mut leaf = Leaf::new(Paper::File("big.log".to_owned()));
    leaf.take(0, Ok(window(0)));
    leaf.lay(80, 20, Timestamp::UNIX_EPOCH, &Arc::default());
    // That of another page on the same file.
    leaf.take(50_000, Ok(window(49_800)));
    leaf.lay(80, 20, Timestamp::UNIX_EPOCH, &Arc::default());
    assert!(leaf.page.row(0).is_some());
    // What it shows is in that one, though it wanted another.
    leaf.page.scroll.at = 300;
    leaf.page.scroll.top = 300;
    leaf.take(900, Ok(window(200)));
    leaf.lay(80, 20, Timestamp::UNIX_EPOCH, &Arc::default());
    assert_eq!(leaf.page.at_hand(), 200..800);
}

#[test]
fn the_first_screen_is_there_before_the_rest_and_no_false_total() {
    let text = text(500);
    let mut leaf = begun(&text);
    assert!(leaf.is_laying() && !leaf.page.is_whole());
    assert!(leaf.page.len() >= HEIGHT);
    assert!(leaf.page.len() < markdown::page(&text, 79).len() / 2);
    finish(&mut leaf, 80);
    assert!(leaf.page.is_whole());
    let wanted: Vec<Row> = markdown::page(&text, 79).iter().map(indented).collect();
    let texts = |rows: &[Row]| rows.iter().map(Row::text).collect::<Vec<_>>();
    assert_eq!(texts(&rows(&leaf)), texts(&wanted));
}

#[test]
fn the_end_is_gone_to_once_it_is_there_unless_a_person_moves() {
    let mut leaf = begun(&text(500));
    leaf.page.step(Step::Bottom, HEIGHT);
    slice(&mut leaf, 80);
    assert!(leaf.is_on_its_way() && leaf.page.scroll.at == 0);
    finish(&mut leaf, 80);
    assert_eq!(leaf.page.scroll.at, leaf.page.len() - 1);

    let mut leaf = begun(&text(500));
    leaf.page.step(Step::Bottom, HEIGHT);
    leaf.page.step(Step::By(3), HEIGHT);
    finish(&mut leaf, 80);
    assert_eq!(leaf.page.scroll.at, 3);
}

#[test]
fn words_are_found_in_what_is_not_laid_out_yet() {
    let chosen = |leaf: &Leaf| leaf.page.chosen().map(Row::text).unwrap_or_default();
    let mut leaf = begun(&text(500));
    leaf.page.look_for("paragraph 499 ", HEIGHT);
    assert!(leaf.is_on_its_way() && !leaf.page.finds_nothing());
    finish(&mut leaf, 80);
    assert!(
        chosen(&leaf).contains("Paragraph 499 "),
        "{}",
        chosen(&leaf)
    );

    let mut leaf = begun(&text(500));
    leaf.page.look_for("nowhere", HEIGHT);
    finish(&mut leaf, 80);
    assert!(leaf.page.finds_nothing() && !leaf.is_on_its_way());

    // The one before the first is the last one.
    let mut leaf = begun(&text(500));
    leaf.page.look_for("paragraph", HEIGHT);
    leaf.page.next_hit(false, HEIGHT);
    finish(&mut leaf, 80);
    assert!(
        chosen(&leaf).contains("Paragraph 500 "),
        "{}",
        chosen(&leaf)
    );
}

#[test]
fn words_that_were_written_before_a_page_is_read_are_gone_to() {
    let mut leaf = Leaf::new(Paper::File("a.md".to_owned()));
    leaf.page.look_for("paragraph 40 ", HEIGHT);
    slice(&mut leaf, 80);
    leaf.take(0, Ok(sheet(&text(50), false)));
    finish(&mut leaf, 80);
    let chosen = leaf.page.chosen().map(Row::text).unwrap_or_default();
    assert!(chosen.contains("Paragraph 40 "), "{chosen}");

    let mut leaf = Leaf::new(Paper::File("big.log".to_owned()));
    leaf.page.look_for("words", HEIGHT);
    leaf.take(0, Ok(window(0)));
    slice(&mut leaf, 80);
    assert_eq!(leaf.page.find().beyond(), Some((0, true)));
}

#[test]
fn a_line_that_leads_on_is_gone_to_once_it_is_there() {
    let text = text(500);
    let mut leaf = begun(&text);
    let line = text.lines().position(|l| l.contains("h 450 ")).unwrap() + 1;
    leaf.go_to_line(line, HEIGHT);
    assert!(leaf.is_on_its_way());
    finish(&mut leaf, 80);
    assert_eq!(leaf.page.line(), Some(line));
}

#[test]
fn the_beginning_of_a_document_is_no_whole_page() {
    let text = text(30);
    let mut leaf = Leaf::new(Paper::File("a.md".to_owned()));
    let head = Document::head(&text, 200).unwrap();
    leaf.take(
        0,
        Ok(Arc::new(Sheet::Text {
            name: "a.md".to_owned(),
            document: Arc::new(head),
            colours: Arc::default(),
        })),
    );
    finish(&mut leaf, 80);
    assert!(!leaf.page.is_whole() && leaf.page.len() > 2);
    leaf.page.step(Step::Bottom, HEIGHT);
    leaf.take(0, Ok(sheet(&text, false)));
    finish(&mut leaf, 80);
    assert_eq!(leaf.page.scroll.at, leaf.page.len() - 1);
    assert_eq!(rows(&leaf), at_once(&text, 80, false));
}

/// Something that happens to a page while it is laid out.
#[derive(Debug, Clone)]
enum Happens {
    Slices(usize),
    Columns(usize),
    Text(usize),
    Colours,
    Moves(isize),
    End,
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        (1..6usize).prop_map(Happens::Slices),
        (30..120usize).prop_map(Happens::Columns),
        (1..300usize).prop_map(Happens::Text),
        Just(Happens::Colours),
        (-300..300isize).prop_map(Happens::Moves),
        Just(Happens::End),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_happens_meanwhile_it_is_the_same_in_the_end(all in prop::collection::vec(happens(), 0..12)) {
        let (mut now, mut columns, mut coloured) = (text(250), 80, false);
        let mut leaf = begun(&now);
        for one in all {
            match one {
                Happens::Slices(n) => {
                    for _ in 0..n {
                        slice(&mut leaf, columns);
                    }
                }
                Happens::Columns(n) => columns = n,
                Happens::Text(n) => (now, coloured) = (text(n), false),
                Happens::Colours => coloured = true,
                Happens::Moves(n) => leaf.page.step(Step::By(n), HEIGHT),
                Happens::End => leaf.page.step(Step::Bottom, HEIGHT),
            }
            leaf.take(0, Ok(sheet(&now, coloured)));
            slice(&mut leaf, columns);
            prop_assert!(leaf.page.scroll.at < leaf.page.len());
        }
        finish(&mut leaf, columns);
        prop_assert!(leaf.page.is_whole() && !leaf.is_on_its_way());
        prop_assert_eq!(rows(&leaf), at_once(&now, columns, coloured));
    }

    #[test]
    fn the_line_that_is_read_stays_through_sizes(first in 30..120usize, then in 30..120usize, down in 1..1000isize) {
        let mut leaf = begun(&text(250));
        finish(&mut leaf, first);
        leaf.page.step(Step::By(down), HEIGHT);
        let line = leaf.page.line();
        slice(&mut leaf, then);
        prop_assert_eq!(leaf.page.line(), line);
        finish(&mut leaf, then);
        prop_assert_eq!(leaf.page.line(), line);
    }
}
