use super::*;
use proptest::prelude::*;

fn drawn_at(source: &str, columns: usize) -> Vec<String> {
    let rows = rows(source, columns).expect("it is drawn");
    rows.iter().map(Row::text).collect()
}

#[test]
fn a_chain_runs_straight() {
    assert_eq!(
        drawn_at("graph LR; A[Build] --> B(Test) --> C{ok}", 60),
        [
            "┌───────┐   ╭──────╮   ╱────╲",
            "│ Build │──▶│ Test │──▶│ ok │",
            "└───────┘   ╰──────╯   ╲────╱",
        ]
    );
    assert_eq!(
        drawn_at("flowchart TD\n  A --> B", 60),
        [
            "┌───┐",
            "│ A │",
            "└───┘",
            "  │",
            "  ▼",
            "┌───┐",
            "│ B │",
            "└───┘"
        ]
    );
}

#[test]
fn branches_join_and_labels_stand_on_their_lines() {
    assert_eq!(
        drawn_at("graph TD\nA-->|yes|B\nA-- no -->C\nB-->D\nC-->D", 60),
        [
            "    ┌───┐",
            "    │ A │",
            "    └───┘",
            "      │",
            "  ┌───┴───┐",
            "  │       │",
            " yes      no",
            "  │       │",
            "  ▼       ▼",
            "┌───┐   ┌───┐",
            "│ B │   │ C │",
            "└───┘   └───┘",
            "  │       │",
            "  └───┬───┘",
            "      ▼",
            "    ┌───┐",
            "    │ D │",
            "    └───┘",
        ]
    );
}

#[test]
fn states_go_there_and_back() {
    let source = "stateDiagram-v2\n[*] --> Draft\nDraft --> Ready: approved\nReady --> Draft: sent back\nReady --> [*]";
    assert_eq!(
        drawn_at(source, 60),
        [
            "         ●",
            "         │",
            "         ▼",
            "     ╭───────╮",
            "     │ Draft │",
            "     ╰───────╯",
            "         │ ▲",
            "   ┌─────┘ └───┐",
            "   │           │",
            "approved   sent back",
            "   │           │",
            "   └─────┐ ┌───┘",
            "         ▼ │",
            "     ╭───────╮",
            "     │ Ready │",
            "     ╰───────╯",
            "         │",
            "         ▼",
            "         ◉",
        ]
    );
}

#[test]
fn sequences_run_down() {
    let source = "sequenceDiagram\nparticipant P as Person\nP->>Engine: start\nloop until it passes\nEngine-->>P: ask\nEngine->>Engine: check\nend\n%% no\nNote over P: waits";
    assert_eq!(
        drawn_at(source, 60),
        [
            " ┌────────┐  ┌────────┐",
            " │ Person │  │ Engine │",
            " └────────┘  └────────┘",
            "      ┆           ┆",
            "      ┆   start   ┆",
            "      ┆──────────▶┆",
            "╌╌ loop until it passes ╌╌╌╌╌╌╌╌╌",
            "      ┆    ask    ┆",
            "      ┆◀┄┄┄┄┄┄┄┄┄┄┆",
            "      ┆           ┆──┐",
            "      ┆           ┆  │ check",
            "      ┆           ┆◀─┘",
            "╌╌ end ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌",
            "  ┌───────┐       ┆",
            "  │ waits │       ┆",
            "  └───────┘       ┆",
            "      ┆           ┆",
        ]
    );
}

#[test]
fn what_is_too_wide_turns_or_is_cut_and_says_so() {
    let source = "graph LR\nA[one two three] --> B[four five six] --> C[seven eight]";
    let turned = drawn_at(source, 30);
    assert!(turned.iter().all(|row| width(row) <= 30));
    assert!(turned.iter().any(|row| row.contains("one two three")));
    assert!(turned.iter().any(|row| row.contains('▼')), "{turned:?}");
    let cut = drawn_at(source, 9);
    assert_eq!(cut.last().map(String::as_str), Some("⟷ wider …"));
}

#[test]
fn groups_are_told_below() {
    let rows = drawn_at(
        "graph LR\nsubgraph one [The first]\nA --> B\nend\nB --> C",
        60,
    );
    assert_eq!(rows.last().map(String::as_str), Some("The first: A, B"));
}

#[test]
fn what_is_not_drawn_says_why() {
    let why = |source: &str| rows(source, 60).expect_err("it is not drawn").to_string();
    assert_eq!(
        why("gantt\ntitle x"),
        "diagrams of the kind `gantt` are not drawn; flowcharts, states and sequences are"
    );
    assert_eq!(
        why("graph LR\nA --> B\n] x"),
        "line 3 of the diagram can't be read: ] x"
    );
    assert_eq!(why("\n%% only words"), "the diagram is empty");
    let many: String = (0..MOST_NODES).map(|n| format!("a{n}-->b{n}\n")).collect();
    assert!(why(&format!("graph LR\n{many}")).contains("too large"));
    let far: String = (0..70)
        .map(|n| format!("a{n}-->a{}\n a0-->a{n}\n", n + 1))
        .collect();
    assert!(rows(&format!("graph TD\n{far}"), 40).is_ok_and(|r| r.len() < 2_000));
}

fn written() -> impl Strategy<Value = String> {
    let heads = prop::sample::select(vec![
        "graph LR\n",
        "flowchart TD\n",
        "graph BT;",
        "flowchart RL\n",
        "stateDiagram-v2\n",
        "sequenceDiagram\n",
    ]);
    let piece = prop_oneof![
        5 => prop::sample::select(vec![
            "A", "B", "C", "D", " --> ", " --- ", " -.-> ", " ==> ", "|yes|", "[lab el]", "(x)", "{q}", "((c))",
            "{{h}}", "[/p/]", ">a]", "\n", ";", " & ", "subgraph s\n", "end\n", "<-->", "--x ", " -- text --> ",
            "style A fill\n", ":::x", "participant A\n", "A->>B: hi\n", "B-->>A: yo\n", "A->>A: own\n",
            "loop x\n", "else\n", "Note over A,B: n\n", "Note left of C: m\n", "autonumber\n",
            "[*] --> S\n", "S --> [*]\n", "S --> T: go\n", "state T {\n", "}\n", "state \"x\" as T\n",
            "日本", "👨\u{200d}👩", "\u{301}", "\"", "<br/>", "<br", "#quot;", "\u{1b}[31m", "%% c\n", "A-->B\n",
            "B-->C\n", "C-->A\n", "A-->D\n", "D-->|l|B\n", "A-->A\n",
        ]).prop_map(str::to_owned),
        1 => any::<String>().prop_map(|s| s.chars().take(6).collect()),
    ];
    (heads, prop::collection::vec(piece, 0..40)).prop_map(|(head, v)| head.to_owned() + &v.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_is_drawn_or_refused(source in written(), columns in 1usize..150) {
        if let Ok(rows) = rows(&source, columns) {
            for row in rows {
                prop_assert!(row.width() <= columns, "{}: {:?}", row.width(), row.text());
            }
        }
    }

    #[test]
    fn every_node_of_a_graph_is_drawn_whole(
        edges in prop::collection::vec((0usize..9, 0usize..9, any::<bool>()), 1..24), down: bool,
    ) {
        let direction = if down { "TD" } else { "LR" };
        let mut source = format!("graph {direction}\n");
        for (from, to, named) in &edges {
            let label = if *named { "|word|" } else { "" };
            source.push_str(&format!("n{from} -->{label} n{to}\n"));
        }
        let graph = graph::flowchart(&without_head(&source)).expect("it is a flowchart");
        let drawing = place::draw(&graph, down, 20).expect("it is drawn");
        let all = drawing.rows.join("\n");
        for (from, to, named) in &edges {
            for n in [from, to] {
                let shown = format!("│ n{n} │");
                prop_assert!(all.contains(&shown), "{shown} in\n{all}");
            }
            if *named && from != to {
                prop_assert!(all.contains("word"), "{all}");
            }
        }
    }
}
