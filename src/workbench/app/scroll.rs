//! A window over rows: where it stands, which row is chosen, whether it follows the end.

/// A chosen row in a window of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scroll {
    /// The chosen row.
    pub at: usize,
    /// The first row that is shown.
    pub top: usize,
}

/// A movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Rows down, or up where it is negative.
    By(isize),
    /// Half a page down or up.
    HalfPage(isize),
    /// Pages down or up.
    Page(isize),
    /// To the first row.
    Top,
    /// To the last row.
    Bottom,
}

impl Scroll {
    /// Moves among this many rows in a window of this height.
    pub fn step(&mut self, step: Step, rows: usize, height: usize) {
        let last = rows.saturating_sub(1);
        let page = isize::try_from(height.max(2) - 1).unwrap_or(isize::MAX);
        let by = |n: isize| self.at.saturating_add_signed(n);
        self.at = match step {
            Step::By(n) => by(n),
            Step::HalfPage(n) => by(n.saturating_mul((page / 2).max(1))),
            Step::Page(n) => by(n.saturating_mul(page)),
            Step::Top => 0,
            Step::Bottom => last,
        };
        self.settle(rows, height);
    }

    /// The first row that is shown of so many in a window of this height, which may not be the one
    /// that was moved in: the chosen row is in sight, and no place is left empty.
    pub fn top_in(&self, rows: usize, height: usize) -> usize {
        let mut seen = *self;
        seen.settle(rows, height);
        seen.top
    }

    /// Keeps the chosen row among the rows, and in sight.
    pub fn settle(&mut self, rows: usize, height: usize) {
        self.at = self.at.min(rows.saturating_sub(1));
        let height = height.max(1);
        if self.at < self.top {
            self.top = self.at;
        }
        if self.at >= self.top + height {
            self.top = self.at + 1 - height;
        }
        self.top = self.top.min(rows.saturating_sub(height));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_chosen_row_is_always_there_and_in_sight(
            moves in prop::collection::vec((0..5u8, -40..40isize, 0..50usize, 0..20usize), 0..40),
        ) {
            let mut scroll = Scroll::default();
            for (kind, n, rows, height) in moves {
                let step = match kind {
                    0 => Step::By(n),
                    1 => Step::HalfPage(n),
                    2 => Step::Page(n),
                    3 => Step::Top,
                    _ => Step::Bottom,
                };
                scroll.step(step, rows, height);
                prop_assert!(scroll.at < rows.max(1));
                prop_assert!(scroll.top <= scroll.at);
                prop_assert!(scroll.at < scroll.top + height.max(1));
                prop_assert!(scroll.top == 0 || scroll.top + height.max(1) <= rows);
            }
        }
    }
}
