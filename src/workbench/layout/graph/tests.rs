//! The graph, drawn with `o` for a stage and `g` for a gate.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn node(above: &[usize]) -> Node {
    Node {
        above: above.to_vec(),
        ..Node::default()
    }
}

fn drawn(nodes: &[Node]) -> Vec<String> {
    let row = |row: Row| match row.what {
        What::Stage(_) => format!("{}o{}", row.left, row.right),
        What::Before(_) | What::After(_) => format!("{}g{}", row.left, row.right),
        _ => row.left,
    };
    rows(nodes).into_iter().map(row).collect()
}

#[test]
fn a_line_of_stages_with_a_gate_and_a_note() {
    let mut nodes = [node(&[]), node(&[0]), node(&[1])];
    nodes[1].before = true;
    nodes[1].notes = 2;
    assert_eq!(drawn(&nodes), ["o", "│", "g", "o", "│", "│", "o"]);
}

#[test]
fn branches_fork_and_join() {
    let nodes = [node(&[]), node(&[0]), node(&[0]), node(&[1, 2])];
    assert_eq!(drawn(&nodes), ["o", "├─╮", "o │", "│ │", "│ o", "├─╯", "o"]);
    let nodes = [
        node(&[]),
        node(&[0]),
        node(&[0]),
        node(&[0]),
        node(&[1, 3]),
        node(&[2, 4]),
    ];
    let wanted = [
        "o",
        "├─┬─╮",
        "o │ │",
        "│ │ │",
        "│ o │",
        "│ │ │",
        "│ │ o",
        "├─│─╯",
        "o │",
        "├─╯",
        "o",
    ];
    assert_eq!(drawn(&nodes), wanted);
}

#[test]
fn what_is_implied_gets_no_line_of_its_own() {
    let nodes = [node(&[]), node(&[0]), node(&[0, 1])];
    assert_eq!(drawn(&nodes), ["o", "│", "o", "│", "o"]);
}

#[test]
fn stages_that_wait_for_nothing_begin_beside_each_other() {
    let nodes = [node(&[]), node(&[]), node(&[0, 1])];
    assert_eq!(drawn(&nodes), ["o", "│", "│ o", "├─╯", "o"]);
    assert_eq!(drawn(&[node(&[]), node(&[])]), ["o", "", "o"]);
    assert_eq!(drawn(&[]), [""; 0]);
}

/// The stages that the lines lead to from the mark in this cell.
fn reached(grid: &[Vec<char>], row: usize, column: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut open = vec![(row + 1, column, 'd')];
    let mut seen = BTreeSet::new();
    while let Some((row, column, going)) = open.pop() {
        if !seen.insert((row, column, going)) {
            continue;
        }
        let cell = grid.get(row).and_then(|r| r.get(column)).copied();
        let arms = match cell.unwrap_or(' ') {
            // Crossed, it stays whole.
            '│' | '─' => vec![going],
            'g' => vec!['d'],
            'o' => {
                found.insert(row);
                continue;
            }
            '├' | '╭' if going == 'l' => vec!['d'],
            '├' => vec!['d', 'r'],
            '┤' | '╮' if going == 'r' => vec!['d'],
            '┤' => vec!['d', 'l'],
            '┼' => match going {
                'd' => vec!['d', 'l', 'r'],
                side => vec!['d', side],
            },
            '┬' => vec!['d', going],
            '┴' if going != 'd' => vec![going],
            '┴' => vec!['l', 'r'],
            '╯' if going == 'd' => vec!['l'],
            '╰' if going == 'd' => vec!['r'],
            _ => vec![],
        };
        for arm in arms {
            match arm {
                'd' => open.push((row + 1, column, 'd')),
                'l' => open.extend(column.checked_sub(1).map(|c| (row, c, 'l'))),
                _ => open.push((row, column + 1, 'r')),
            }
        }
    }
    found
}

fn any_graph() -> impl Strategy<Value = Vec<Node>> {
    let one = |n: usize| {
        let above = prop::collection::vec(any::<prop::sample::Index>(), 0..4);
        (above, any::<bool>(), any::<bool>(), 0..3usize).prop_map(
            move |(above, before, after, notes)| Node {
                above: if n == 0 {
                    Vec::new()
                } else {
                    above.iter().map(|a| a.index(n)).collect()
                },
                before,
                after,
                notes,
            },
        )
    };
    (0..12usize).prop_flat_map(move |n| (0..n).map(one).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn lines_lead_to_exactly_what_waits(nodes in any_graph()) {
        let rows = rows(&nodes);
        let grid: Vec<Vec<char>> = drawn(&nodes).iter().map(|r| r.chars().collect()).collect();
        let at = |n: usize| rows.iter().position(|r| r.what == What::Stage(n)).unwrap();
        let below = below(&nodes);
        for (n, kids) in below.iter().enumerate() {
            let once = rows.iter().filter(|r| r.what == What::Stage(n)).count();
            prop_assert_eq!(once, 1);
            let row = at(n);
            let column = rows[row].left.chars().count();
            prop_assert_eq!(grid[row][column], 'o');
            let kids: BTreeSet<usize> = kids.iter().map(|k| at(*k)).collect();
            // Without a line below it, what stands below has nothing to do with it.
            let mut next = row + 1;
            while grid.get(next).and_then(|r| r.get(column)) == Some(&'g') {
                next += 1;
            }
            let ends = grid.get(next).and_then(|r| r.get(column)).is_none_or(|c| *c == ' ');
            let found = if ends { BTreeSet::new() } else { reached(&grid, row, column) };
            prop_assert_eq!(found, kids, "stage {} of\n{}", n, drawn(&nodes).join("\n"));
        }
        // What waits for another is reached from it, over others or at once.
        for (n, node) in nodes.iter().enumerate() {
            for above in &node.above {
                let mut open = vec![*above];
                let mut met = BTreeSet::new();
                while let Some(at) = open.pop() {
                    open.extend(below[at].iter().copied().filter(|k| met.insert(*k)));
                }
                prop_assert!(met.contains(&n));
            }
        }
        let widest = grid.iter().map(Vec::len).max().unwrap_or(0);
        prop_assert_eq!(columns(&rows), widest);
    }
}
