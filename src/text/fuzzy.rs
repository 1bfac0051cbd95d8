//! What is meant by a few letters: how well words match a name and what is said of it.

/// How well all words of a filter match, the more the better; `None`: one of them does not. Letters of
/// a name may be left out; what is said of it must hold the word as it is.
pub fn meant(filter: &str, name: &str, said: &str) -> Option<u32> {
    let (name, said) = (name.to_lowercase(), said.to_lowercase());
    let words = filter.split_whitespace().map(str::to_lowercase);
    words
        .map(|word| in_name(&word, &name).or_else(|| in_text(&word, &said)))
        .sum()
}

/// From best to worst: the whole name, its beginning, the beginning of a part of it, within it, its
/// letters in this order.
fn in_name(word: &str, name: &str) -> Option<u32> {
    if name == word {
        return Some(1000);
    }
    match name.find(word) {
        Some(0) => Some(800),
        Some(at) if begins_part(name, at) => Some(600),
        Some(_) => Some(400),
        None => scattered(word, name),
    }
}

fn in_text(word: &str, text: &str) -> Option<u32> {
    let at = text.find(word)?;
    Some(if begins_part(text, at) { 100 } else { 50 })
}

/// Whether a part of a text begins at this byte.
fn begins_part(text: &str, at: usize) -> bool {
    let before = text.get(..at).and_then(|t| t.chars().next_back());
    before.is_none_or(|c| !c.is_alphanumeric())
}

/// The letters of the word in their order, the first where a part begins; the more of them begin
/// parts, the better.
fn scattered(word: &str, name: &str) -> Option<u32> {
    let mut score = 200;
    let mut from = 0;
    for (n, letter) in word.chars().enumerate() {
        let rest = name.get(from..)?;
        let places = || rest.match_indices(letter).map(|(at, _)| from + at);
        let at = places().find(|at| begins_part(name, *at));
        let at = match (at, n) {
            (Some(at), _) => {
                score += 20;
                at
            }
            (None, 0) => return None,
            (None, _) => places().next()?,
        };
        from = at + letter.len_utf8();
    }
    Some(score)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_nearer_the_better() {
        let score = |filter| meant(filter, "rerun-stale", "Run again only what is stale");
        let order = [
            "rerun-stale",
            "rer",
            "stale",
            "stal",
            "run-s",
            "rs",
            "again",
            "gain",
        ];
        let scores: Vec<u32> = order.iter().filter_map(|f| score(f)).collect();
        assert_eq!(scores.len(), order.len());
        assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
        assert_eq!(score("xyz"), None);
        assert_eq!(score("again xyz"), None);
        assert!(score("RERUN Stale") > score("again stale"));
        assert_eq!(score(""), Some(0));
    }

    proptest! {
        #[test]
        fn no_words_make_it_panic(filter in "\\PC{0,12}", name in "\\PC{0,16}") {
            let _ = meant(&filter, &name, &name);
            prop_assert!(meant(&name, &name, "").is_some());
        }
    }
}
