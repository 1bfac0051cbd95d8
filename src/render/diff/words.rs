//! The words in which two lines differ.

use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::ops::Range;

/// Lines of more words than this are not looked into.
const MOST_WORDS: usize = 400;

/// Parts of a line, in bytes.
type Parts = Vec<Range<usize>>;

/// The parts of both lines that differ. `None`: the lines have too little in common for
/// that to help, or are too long.
pub fn differ(old: &str, new: &str) -> Option<(Parts, Parts)> {
    let (olds, news) = (words(old), words(new));
    if olds.len().max(news.len()) > MOST_WORDS {
        return None;
    }
    let a: Vec<&str> = olds.iter().filter_map(|r| old.get(r.clone())).collect();
    let b: Vec<&str> = news.iter().filter_map(|r| new.get(r.clone())).collect();
    let mut parts = (Vec::new(), Vec::new());
    let mut same = 0;
    for op in capture_diff_slices(Algorithm::Myers, &a, &b) {
        if let DiffOp::Equal { old_index, len, .. } = op {
            let kept = a.get(old_index..old_index + len).unwrap_or_default();
            same += kept.iter().map(|w| w.trim().len()).sum::<usize>();
            continue;
        }
        take(&mut parts.0, &olds, op.old_range());
        take(&mut parts.1, &news, op.new_range());
    }
    let all = old.trim().len().max(new.trim().len());
    (same * 5 >= all * 2 && same > 0).then_some(parts)
}

/// Adds the bytes of these words, joined to those right before them.
fn take(parts: &mut Vec<Range<usize>>, words: &[Range<usize>], range: Range<usize>) {
    let Some(some) = words.get(range).filter(|w| !w.is_empty()) else {
        return;
    };
    let (Some(first), Some(last)) = (some.first(), some.last()) else {
        return;
    };
    match parts.last_mut() {
        Some(before) if before.end == first.start => before.end = last.end,
        _ => parts.push(first.start..last.end),
    }
}

/// A line in words, runs of spaces, and single marks.
fn words(line: &str) -> Vec<Range<usize>> {
    let kind = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' => 0,
        c if c.is_whitespace() => 1,
        _ => 2,
    };
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut last = 2;
    for (at, c) in line.char_indices() {
        let this = kind(c);
        let end = at + c.len_utf8();
        match words.last_mut() {
            Some(word) if this == last && this != 2 => word.end = end,
            _ => words.push(at..end),
        }
        last = this;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(old: &str, new: &str) -> Option<(Vec<String>, Vec<String>)> {
        let (a, b) = differ(old, new)?;
        let of = |t: &str, p: Vec<Range<usize>>| p.into_iter().map(|r| t[r].to_owned()).collect();
        Some((of(old, a), of(new, b)))
    }

    #[test]
    fn words_that_differ_are_found() {
        let (gone, come) = told("let a = one(1);", "let b = one(1, 2);").expect("alike");
        assert_eq!(gone, ["a"]);
        assert_eq!(come, ["b", ", 2"]);
    }

    #[test]
    fn lines_with_little_in_common_are_left_alone() {
        assert_eq!(told("return None;", "for x in y {"), None);
        assert_eq!(told("", "x"), None);
        assert_eq!(told(&"a ".repeat(999), &"b ".repeat(999)), None);
    }
}
