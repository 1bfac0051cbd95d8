use super::*;
use crate::render::{Look, Target};
use crate::text::SafeText;
use proptest::prelude::*;

fn texts(text: &str, columns: usize) -> Vec<String> {
    page(text, columns).iter().map(Row::text).collect()
}

fn lines(text: &str, columns: usize) -> Vec<usize> {
    let rows = page(text, columns);
    rows.iter()
        .map(|r| r.line.expect("every row has its line"))
        .collect()
}

#[test]
fn headings_paragraphs_and_rules() {
    let text = "# Title\n\n## Part\nText that\nis joined.\n\n---\nEnd\n";
    assert_eq!(
        texts(text, 12),
        [
            "Title",
            "━━━━━",
            "",
            "▎ Part",
            "Text that is",
            "joined.",
            "",
            "────────────",
            "",
            "End"
        ]
    );
    assert_eq!(lines(text, 12), [1, 1, 2, 3, 4, 5, 6, 7, 7, 8]);
}

#[test]
fn lists_hang_and_nest() {
    let text = "- one two three\n  - four five\n    1. six\n    2. seven\n- [ ] open\n- [x] done\n";
    assert_eq!(
        texts(text, 12),
        [
            "• one two",
            "  three",
            "  ◦ four",
            "    five",
            "    1. six",
            "    2. seven",
            "☐ open",
            "☑ done"
        ]
    );
    assert_eq!(lines(text, 12), [1, 1, 2, 2, 3, 4, 5, 6]);
}

#[test]
fn numbers_line_up() {
    let text = (1..=10).map(|n| format!("{n}. x\n")).collect::<String>();
    let rows = texts(&text, 20);
    assert_eq!(rows[0], " 1. x");
    assert_eq!(rows[9], "10. x");
    assert_eq!(
        texts("7. a\n8. b\n\n   more\n", 20),
        ["7. a", "8. b", "", "   more"]
    );
}

#[test]
fn loose_items_keep_their_distance() {
    assert_eq!(
        texts("- a\n\n- b\n\n\n  c\n", 9),
        ["• a", "", "• b", "", "  c"]
    );
    assert_eq!(texts("- \n- b\n", 9), ["•", "• b"]);
}

#[test]
fn quotes_stand_behind_a_bar() {
    let text = "> one two three\n>\n> > deep\n\n> [!WARNING]\n> mind\n";
    assert_eq!(
        texts(text, 11),
        [
            "│ one two",
            "│ three",
            "│",
            "│ │ deep",
            "",
            "│ Warning",
            "│ mind"
        ]
    );
    assert_eq!(page(text, 11)[0].spans[1].look, Look::Quote);
}

#[test]
fn tables_are_calm_shrink_and_turn_into_lists() {
    let text = "| id | what | n |\n|----|:----:|--:|\n| AC-1 | one two three four | 7 |\n| AC-2 | b | 10 |\n";
    assert_eq!(
        texts(text, 40),
        [
            "id   │        what        │  n",
            "─────┼────────────────────┼───",
            "AC-1 │ one two three four │  7",
            "AC-2 │         b          │ 10",
        ]
    );
    assert_eq!(
        texts(text, 24),
        [
            "id   │     what     │  n",
            "─────┼──────────────┼───",
            "AC-1 │   one two    │  7",
            "     │  three four  │",
            "─────┼──────────────┼───",
            "AC-2 │      b       │ 10",
        ]
    );
    assert_eq!(
        texts(text, 14),
        [
            "• id: AC-1",
            "  what: one",
            "  two three",
            "  four",
            "  n: 7",
            "",
            "• id: AC-2",
            "  what: b",
            "  n: 10"
        ]
    );
    assert_eq!(lines(text, 14), [3, 3, 3, 3, 3, 4, 4, 4, 4]);
}

#[test]
fn links_lead_somewhere() {
    let text = "# A part\n[x](../a.md#L3) `src/b.rs:4` c.rs:5 [up](#a-part) [y][ref] ![p](i.png) [no](javascript:x)\n\n[ref]: https://e.org\n";
    let mut page = Page::new(text, 200).in_folder("docs/x");
    page.lay_all();
    let place = |path: &str, line| Target::Place {
        path: path.to_owned(),
        line,
    };
    let targets: Vec<Target> = page
        .rows(0..9)
        .flat_map(|r| &r.spans)
        .filter_map(|s| s.target.clone())
        .collect();
    assert_eq!(
        targets[..5],
        [
            place("docs/a.md", Some(3)),
            place("src/b.rs", Some(4)),
            place("c.rs", Some(5)),
            Target::Line(1),
            Target::Url("https://e.org".to_owned()),
        ]
    );
    assert!(
        targets[5..]
            .iter()
            .all(|t| *t == place("docs/x/i.png", None))
    );
    assert!(page.rows(0..9).any(|r| r.text().ends_with("[image: p] no")));
}

#[test]
fn footnotes_lead_to_their_text_from_any_block() {
    let text = "One[^a], two[^b].\n\n- three[^a]\n\n[^a]: The note\n    goes on.\n";
    let rows = page(text, 40);
    let texts: Vec<String> = rows.iter().map(Row::text).collect();
    assert_eq!(
        texts,
        [
            "One[a], two[^b].",
            "",
            "• three[a]",
            "",
            "[a] The note goes on."
        ]
    );
    assert_eq!(rows[0].spans[1].target, Some(Target::Line(5)));
    assert_eq!(rows[2].spans[2].target, Some(Target::Line(5)));
}

#[test]
fn front_matter_is_quiet_and_lined_up() {
    let text = "---\nid: T1\ncapability: build\nlist:\n  - x\n---\n# T\n";
    assert_eq!(
        texts(text, 30)[..5],
        [
            "id          T1",
            "capability  build",
            "list",
            "- x",
            &"─".repeat(30)
        ]
    );
    assert_eq!(lines(text, 30), [2, 3, 4, 5, 5, 6, 7, 7]);
}

#[test]
fn code_keeps_its_lines_and_has_its_ground() {
    let text = "a\n\n```rust\nfn a() {}\n\n\tlong_name_of_a_thing();\n```\n";
    let rows = page(text, 20);
    let texts: Vec<String> = rows.iter().map(Row::text).collect();
    assert_eq!(
        texts,
        [
            "a",
            "",
            "  fn a() {}",
            "  ",
            "      long_name_of_a",
            "  _thing();"
        ]
    );
    assert!(rows[2..].iter().all(|r| r.ground == Some(Look::Code)));
    assert_eq!(lines(text, 20), [1, 2, 4, 5, 6, 6]);
}

#[test]
fn comments_are_there_but_quiet() {
    assert_eq!(
        texts("<!-- hidden\nwords -->\n\na <b>c</b><br>d\n", 30),
        ["<!-- hidden", "words -->", "", "a <b>c</b>", "d"]
    );
}

#[test]
fn a_line_is_found_and_only_what_is_asked_for_is_laid_out() {
    let text = (1..=400)
        .map(|n| format!("Paragraph {n}\n\n"))
        .collect::<String>();
    let mut page = Page::new(text, 30);
    page.lay_to(10);
    assert!(page.laid() < 20 && !page.is_whole());
    assert_eq!(page.row_of(201), 200);
    assert_eq!(
        page.row(200).map(Row::text),
        Some("Paragraph 101".to_owned())
    );
    assert!(!page.is_whole());
    assert_eq!(page.lay_all(), 799);
    assert_eq!(page.rows(797..900).count(), 2);
}

#[test]
fn what_is_appended_leaves_earlier_rows_alone() {
    let mut page = Page::new("# A\n\nfirst\n\nsec", 30);
    page.lay_all();
    let units = page.setting.document.units.len();
    page.append("ond [x][y]");
    assert_eq!(page.laid.len(), units - 1, "all but the last stay");
    page.lay_all();
    page.append("\n\n[y]: https://e.org\n");
    assert_eq!(page.laid.len(), 0, "a link that leads somewhere now");
    page.lay_all();
    let whole = super::page(page.text(), 30);
    assert_eq!(page.rows(0..99).cloned().collect::<Vec<_>>(), whole);
}

#[test]
fn what_follows_the_place_of_a_link_goes_on_with_it() {
    for (text, cut) in [
        ("[x]: y\n    # ```rust\na", 12),
        ("# h\n[x]: y\n    # b\na", 16),
        ("p\n\n[x]: y\n    # b\na", 15),
    ] {
        let mut parts = Page::new(&text[..cut], 40);
        parts.lay_all();
        parts.append(&text[cut..]);
        parts.lay_all();
        let rows: Vec<Row> = parts.rows(0..99).cloned().collect();
        assert_eq!(rows, page(text, 40), "{text:?}");
    }
}

#[test]
fn hard_cases_stay_small() {
    for text in [
        "[".repeat(20_000),
        ">".repeat(3_000),
        "- ".repeat(1_000),
        "*a _b ".repeat(3_000),
        "`".repeat(10_000),
        "|".repeat(20_000),
        format!("{}\n{}\n", "|a".repeat(500), "|-".repeat(500)),
        "\u{301}".repeat(10_000),
    ] {
        let rows = page(&text, 36);
        assert!(rows.len() <= text.len() + 2, "{}", &text[..4]);
        assert!(rows.iter().all(|r| r.width() <= 36));
    }
}

#[test]
fn what_is_too_large_is_plain_from_there_on() {
    let line = format!("{}\n", "x".repeat(1 << 16));
    let text = format!(
        "*word*\n\n```\n{}```\n*word*\n",
        line.repeat(MOST_BYTES >> 16)
    );
    let mut page = Page::new(text, 200);
    page.lay_to(1);
    assert_eq!(page.row(0).map(Row::text), Some("word".to_owned()));
    let last = page.setting.document.units.last().expect("there are some");
    assert_eq!(
        (last.kind, last.line),
        (blocks::Kind::Plain, page.lines() - 2)
    );
    assert_eq!(last.range.end, page.text().len());
}

/// Text in which the marks of markdown are likely.
fn marked() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(vec![
            "\n", "\n\n", "\r\n", "# ", "## ", "- ", "1. ", "10. ", "  ", "    ", "\t", "> ", "```",
            "```rust\n", "~~~\n", "|", "|---|:-:|\n", "| a | b |\n", "[", "](", ")", "[^1]",
            "[^1]: ", "[x]: y\n", "[x]", "- [ ] ", "- [x] ", "*", "**", "_", "~~", "`", "---\n",
            "===\n", "<!-- ", " -->", "<br>", "<div>\n", "![", "\\", "&amp;", "src/a.rs:3 ",
            "https://e.org ", "[!NOTE]\n", "日本語", "👨\u{200d}👩", "\u{301}", "é", "\u{202e}",
            "\x1b[31m", "\u{600}", "🇩🇪", "```mermaid\ngraph LR; A-->B\n```\n",
        ]).prop_map(str::to_owned),
        2 => "[a-z ]{1,12}",
        1 => any::<String>().prop_map(|s| s.chars().take(8).collect()),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|v| v.concat())
}

/// The columns of the widest character of a row.
fn widest(row: &Row) -> usize {
    use unicode_segmentation::UnicodeSegmentation;
    let text = row.text();
    let clusters = text.graphemes(true).map(crate::text::width);
    clusters.max().unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_fits_its_columns_and_tells_its_lines(text in marked(), columns in 1usize..200) {
        let rows = page(&text, columns);
        let most = text.lines().count().max(1);
        let mut before = 1;
        for row in &rows {
            let wide = row.width();
            prop_assert!(
                wide <= columns || (wide <= widest(row)),
                "{wide} columns: {:?}", row.text()
            );
            for span in &row.spans {
                prop_assert_eq!(SafeText::line(span.text()), span.text().clone());
            }
            let line = row.line;
            prop_assert!(line.is_some_and(|l| l >= before && l <= most), "{line:?} after {before} of {most}");
            before = line.unwrap_or(before);
        }
    }

    #[test]
    fn appended_in_any_parts_it_is_the_same(text in marked(), cuts in prop::collection::vec(0usize..400, 0..6)) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|c| text.floor_char_boundary(c.min(text.len()))).collect();
        cuts.sort_unstable();
        let mut streamed = Page::new("", 40);
        let mut at = 0;
        for cut in cuts.into_iter().chain([text.len()]) {
            streamed.append(&text[at..cut]);
            streamed.lay_all();
            at = cut;
        }
        let rows: Vec<Row> = streamed.rows(0..usize::MAX).cloned().collect();
        prop_assert_eq!(&rows, &page(&text, 40));
        let blocks = Blocks::of(Arc::new(Document::new(text)), "", 40, Arc::default());
        let grounded = |r: &Row| (r.text(), r.line, r.ground);
        let by_block: Vec<_> = blocks.flatten().map(|r| grounded(&r)).collect();
        prop_assert_eq!(by_block, rows.iter().map(grounded).collect::<Vec<_>>());
    }
}
