//! Where words stand in a file, however large it is: looked for in a part of it at a time, forward
//! or back.

use super::lines::Bytes;
use memchr::memmem;
use regex::bytes::{Regex, RegexBuilder};
use std::ops::Range;

/// Bytes are looked at in windows of this many.
const WINDOW: usize = 1 << 20;
/// A letter's other case may take so many times its bytes.
const OTHER_CASE: usize = 3;

/// Looks for words. Small letters stand for large ones too, unless there is a large one among them.
#[derive(Debug, Clone)]
pub struct Finder {
    /// Of both cases; `None`: each letter stands for itself.
    pattern: Option<Regex>,
    plain: memmem::Finder<'static>,
    /// The most bytes that the words take.
    reach: usize,
}

impl Finder {
    /// Looks for these words; `None`: there are none.
    pub fn new(words: &str) -> Option<Self> {
        if words.is_empty() {
            return None;
        }
        let any_case = !words.contains(char::is_uppercase);
        let pattern = || {
            RegexBuilder::new(&regex::escape(words))
                .case_insensitive(true)
                .build()
                .ok()
        };
        Some(Self {
            pattern: any_case.then(pattern).flatten(),
            plain: memmem::Finder::new(words).into_owned(),
            reach: words.len() * OTHER_CASE,
        })
    }

    /// Where they stand for the first time of those that begin in these bytes of a file.
    pub fn first(&self, bytes: &impl Bytes, within: Range<u64>) -> Option<u64> {
        let mut at = within.start;
        while at < within.end {
            let left = self.with_reach(at..within.end);
            let window = bytes.window(at, left.min(WINDOW.max(self.reach * 4)));
            let found = match &self.pattern {
                Some(pattern) => pattern.find(&window).map(|m| m.start()),
                None => self.plain.find(&window),
            };
            if let Some(found) = found {
                return Some(at + found as u64).filter(|f| *f < within.end);
            }
            // So much is looked at twice that no find is cut in two.
            let on = window.len().saturating_sub(self.reach);
            if on == 0 {
                return None;
            }
            at += on as u64;
        }
        None
    }

    /// The same for the last time.
    pub fn last(&self, bytes: &impl Bytes, within: Range<u64>) -> Option<u64> {
        let mut end = within.end;
        while end > within.start {
            let from = end.saturating_sub(WINDOW as u64).max(within.start);
            let window = bytes.window(from, self.with_reach(from..end));
            let begins = |at: usize| from + (at as u64) < end;
            let found = match &self.pattern {
                Some(pattern) => {
                    let all = pattern.find_iter(&window).map(|m| m.start());
                    all.take_while(|at| begins(*at)).last()
                }
                None => {
                    let all = self.plain.find_iter(&window);
                    all.take_while(|at| begins(*at)).last()
                }
            };
            if let Some(found) = found {
                return Some(from + found as u64);
            }
            end = from;
        }
        None
    }

    /// How many bytes these are, with those that words beginning in them may take.
    fn with_reach(&self, range: Range<u64>) -> usize {
        let bytes = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        bytes.saturating_add(self.reach)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn first(text: &str, words: &str, from: u64) -> Option<u64> {
        Finder::new(words)?.first(&text, from..text.len() as u64)
    }

    fn last(text: &str, words: &str, to: u64) -> Option<u64> {
        Finder::new(words)?.last(&text, 0..to)
    }

    #[test]
    fn large_letters_and_the_edges_of_windows_are_known() {
        let at = WINDOW as u64 - 3;
        let text = format!("{}Needle{}", "x".repeat(WINDOW - 3), "y".repeat(2 * WINDOW));
        assert_eq!(first(&text, "needle", 0), Some(at));
        assert_eq!(first(&text, "Needle", 7), Some(at));
        assert_eq!(first(&text, "NEEDLE", 0), None);
        assert_eq!(first(&text, "needle", at + 1), None);
        assert!(Finder::new("").is_none());
        for words in ["needle", "Needle"] {
            assert_eq!(last(&text, words, text.len() as u64), Some(at));
            assert_eq!(last(&text, words, at + 1), Some(at));
            assert_eq!(last(&text, words, at), None);
        }
        // The sign for kelvin takes three bytes where the letter takes one.
        let kelvins = format!("{}\u{212a}\u{212a} b", "x".repeat(WINDOW - 2));
        assert_eq!(first(&kelvins, "kk", 0), Some(WINDOW as u64 - 2));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]

        #[test]
        fn what_is_found_is_the_first_and_the_last(
            text in "[abA ]{0,40}", words in "[ab]{1,2}", from in 0usize..40, to in 0usize..40,
        ) {
            let small = text.to_lowercase();
            let begins = |n: &usize| small.as_bytes()[*n..].starts_with(words.as_bytes());
            let (from, to) = (from.min(text.len()), to.min(text.len()));
            let all: Vec<usize> = (from..to.max(from)).filter(begins).collect();
            let finder = Finder::new(&words).unwrap();
            let range = from as u64..to.max(from) as u64;
            let first = finder.first(&text, range.clone()).map(|n| n as usize);
            prop_assert_eq!(first, all.first().copied());
            // Words that lie over each other count as one find.
            let last = finder.last(&text, range).map(|n| n as usize);
            prop_assert_eq!(last.is_some(), first.is_some());
            prop_assert!(last.is_none_or(|n| all.contains(&n) && n + words.len() > all[all.len() - 1]));
        }
    }
}
