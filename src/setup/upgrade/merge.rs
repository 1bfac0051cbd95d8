//! Three texts made one, by lines. Pure.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// What a merge came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Merged {
    /// Both sides are in it.
    Clean(String),
    /// Both changed one place: the lines of ours, from 1.
    Conflicts(Vec<usize>),
}

/// A stretch of the base that a side changed, and what that side has in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Change {
    /// The base's lines.
    base: std::ops::Range<usize>,
    /// The side's lines.
    side: std::ops::Range<usize>,
}

/// Ours with what changed from the base to theirs.
pub(super) fn merge(base: &str, ours: &str, theirs: &str) -> Merged {
    let [base, ours, theirs] = [base, ours, theirs].map(lines);
    let mine = changes(&base, &ours);
    let new = changes(&base, &theirs);
    let mut out = String::new();
    let mut conflicts = Vec::new();
    let (mut at, mut m, mut n) = (0, 0, 0);
    while m < mine.len() || n < new.len() {
        let start = [mine.get(m), new.get(n)];
        let start = start.iter().flatten().map(|c| c.base.start).min();
        let start = start.unwrap_or(at);
        out.extend(base[at..start].iter().copied());
        // Changes that touch each other are looked at as one.
        let (m_from, n_from) = (m, n);
        let mut end = start;
        loop {
            let touches = |c: &&Change| c.base.start <= end;
            if let Some(change) = mine.get(m).filter(touches) {
                end = end.max(change.base.end);
                m += 1;
            } else if let Some(change) = new.get(n).filter(touches) {
                end = end.max(change.base.end);
                n += 1;
            } else {
                break;
            }
        }
        let (mine, new) = (&mine[m_from..m], &new[n_from..n]);
        let our_lines = side(mine, start..end, &base, &ours);
        let their_lines = side(new, start..end, &base, &theirs);
        if new.is_empty() || our_lines == their_lines {
            out.extend(our_lines);
        } else if mine.is_empty() {
            out.extend(their_lines);
        } else {
            conflicts.push(mine[0].side.start + 1);
        }
        at = end;
    }
    out.extend(base[at..].iter().copied());
    if conflicts.is_empty() {
        Merged::Clean(out)
    } else {
        Merged::Conflicts(conflicts)
    }
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn changes(base: &[&str], side: &[&str]) -> Vec<Change> {
    let ops = capture_diff_slices(Algorithm::Myers, base, side);
    ops.iter()
        .filter(|op| !matches!(op, DiffOp::Equal { .. }))
        .map(|op| Change {
            base: op.old_range(),
            side: op.new_range(),
        })
        .collect()
}

/// What a side has for a stretch of the base.
fn side<'a>(
    changes: &[Change],
    stretch: std::ops::Range<usize>,
    base: &[&'a str],
    side: &[&'a str],
) -> Vec<&'a str> {
    let mut out = Vec::new();
    let mut at = stretch.start;
    for change in changes {
        out.extend(&base[at..change.base.start]);
        out.extend(&side[change.side.clone()]);
        at = change.base.end;
    }
    out.extend(&base[at..stretch.end]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn clean(base: &str, ours: &str, theirs: &str) -> String {
        match merge(base, ours, theirs) {
            Merged::Clean(text) => text,
            Merged::Conflicts(lines) => panic!("{lines:?}"),
        }
    }

    #[test]
    fn both_sides_come_together_and_one_place_is_a_conflict() {
        let base = "a\nb\nc\nd\ne\n";
        assert_eq!(
            clean(base, "a\nB\nc\nd\ne\n", "a\nb\nc\nd\nE\nf\n"),
            "a\nB\nc\nd\nE\nf\n"
        );
        assert_eq!(clean(base, "b\nc\nd\ne\n", "a\nb\nc\ne\n"), "b\nc\ne\n");
        assert_eq!(
            clean(base, "a\nx\nc\nd\ne\n", "a\nx\nc\nd\ne\n"),
            "a\nx\nc\nd\ne\n"
        );
        let both = merge(base, "0\na\nb\nX\nd\ne\n", "a\nb\nY\nd\ne\n");
        assert_eq!(both, Merged::Conflicts(vec![4]));
        let beside = merge(base, "a\nb\nX\nd\ne\n", "a\nb\nc\nY\ne\n");
        assert_eq!(beside, Merged::Conflicts(vec![3]));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_side_that_changed_nothing_gives_way(base in "([abc]\n){0,8}", other in "([abcd]\n){0,8}") {
            prop_assert_eq!(clean(&base, &base, &other), other.clone());
            prop_assert_eq!(clean(&base, &other, &base), other.clone());
            prop_assert_eq!(clean(&base, &other, &other), other);
        }

        #[test]
        fn no_line_of_a_person_is_lost(
            base in "([abc]\n){0,8}",
            mine in prop::collection::vec("[A-Z]{3}\n", 0..3),
            theirs in "([abcd]\n){0,8}",
            at in 0..9_usize,
        ) {
            let mut ours: Vec<&str> = lines(&base);
            let at = at.min(ours.len());
            for line in &mine {
                ours.insert(at, line);
            }
            if let Merged::Clean(text) = merge(&base, &ours.concat(), &theirs) {
                for line in &mine {
                    prop_assert!(text.contains(line.as_str()), "{line} in {text}");
                }
            }
        }
    }
}
