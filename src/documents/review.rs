//! The section in which a stage answers the comments of a review, and lines that are found again in
//! a text that changed.

use super::answer::outside;
use super::lines::{Lines, number};
use super::markdown::bullet::bullets;
use super::markdown::{Outline, plain};
use crate::terms::CommentId;
use crate::terms::review::{Answer, Excerpt, Range, Reply};
use similar::{DiffOp, TextDiff};

/// The section's title, as [`super::markdown::normal`] has it.
const SECTION: &str = "review comments";
/// The title as it is written.
pub const TITLE: &str = "Review Comments";
/// The most answers that are taken from one text.
const MOST: usize = 500;
/// The longest answer that is kept, in characters.
const LONGEST: usize = 2000;
/// So many characters of a line tell which it is.
const LINE: usize = 400;
/// The most lines of an excerpt.
const EXCERPT: usize = 40;
/// How many lines around it are kept.
const AROUND: usize = 3;
/// Texts of more lines than this are not compared line by line.
const MOST_COMPARED: usize = 50_000;

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Replies {
    /// The answers, one a comment.
    pub found: Vec<Reply>,
    /// Comments whose line is there and says neither fixed nor declined with a reason, or says both,
    /// with the line of the text, from 1.
    pub unreadable: Vec<(CommentId, u32)>,
}

/// What a last message answers: outside of the artifacts that stand in it.
pub fn of_answer(answer: &str) -> Replies {
    read(&outside(answer))
}

/// What an artifact answers.
pub fn of_artifact(text: &str) -> Replies {
    read(&Lines::parse(text))
}

fn read(lines: &Lines) -> Replies {
    let outline = Outline::of(lines);
    let mut replies = Replies::default();
    let Some(section) = outline.any_section(&[SECTION]) else {
        return replies;
    };
    let items = bullets(lines, &outline, section.range());
    for item in items.into_iter().take(MOST) {
        let mut text = item.text;
        for nested in &item.nested {
            text.push(' ');
            text.push_str(nested);
        }
        let Some((id, rest)) = named(&text) else {
            continue;
        };
        let reply = answered(id, rest);
        let twice = replies.found.iter().position(|r| r.id == id);
        match (reply, twice) {
            (Some(reply), None) => replies.found.push(reply),
            (Some(reply), Some(at)) if replies.found[at].answer == reply.answer => {}
            (_, twice) => {
                // What says two things says nothing.
                twice.map(|at| replies.found.remove(at));
                replies.unreadable.push((id, number(item.line)));
            }
        }
    }
    let unreadable = replies.unreadable.clone();
    let wrong = |r: &Reply| unreadable.iter().any(|(id, _)| *id == r.id);
    replies.found.retain(|r| !wrong(r));
    replies
}

/// The comment that an item is about, and the rest of it: `C1`, `[C1]`, `**C1**`, `C1:`.
fn named(text: &str) -> Option<(CommentId, &str)> {
    let dress = ['*', '_', '`', '[', ']', ' '];
    let text = text.trim_start_matches(dress);
    let end = text
        .char_indices()
        .skip(1)
        .find(|(_, c)| !c.is_ascii_digit());
    let (id, rest) = text.split_at(end.map_or(text.len(), |(at, _)| at));
    let id = id.parse().ok()?;
    let rest = rest.trim_start_matches(dress);
    Some((
        id,
        rest.trim_start_matches([':', '-', '–', '—', '*', '_', ' ']),
    ))
}

/// The answer behind a comment's id. Declined without a reason is none.
fn answered(id: CommentId, rest: &str) -> Option<Reply> {
    let rest = rest.trim_start_matches(['*', '_', '`', '[']);
    let end = rest.find(|c: char| !c.is_ascii_alphabetic());
    let (word, said) = rest.split_at(end.unwrap_or(rest.len()));
    let answer = match word.to_ascii_lowercase().as_str() {
        "fixed" => Answer::Fixed,
        "declined" => Answer::Declined,
        _ => return None,
    };
    let marks = ['*', '_', '`', ']', ':', '-', '–', '—', ',', '.', ' '];
    let said = said.trim_start_matches(marks);
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let said: String = said.chars().take(LONGEST).collect();
    let is_empty = plain(&said).is_empty();
    (answer == Answer::Fixed || !is_empty).then_some(Reply { id, answer, said })
}

/// As much of a line as tells which it is, without blanks at its end.
pub fn clip(line: &str) -> &str {
    let end = line.char_indices().nth(LINE);
    line[..end.map_or(line.len(), |(at, _)| at)].trim_end()
}

/// Where the lines of an excerpt stand in a text now: where more of what stood around them stands
/// around them still and, of those that are alike in that, nearest to where they were. Blanks at the
/// ends of lines count for nothing.
pub fn find(text: &str, excerpt: &Excerpt, near: u32) -> Option<Range> {
    let found = alike(text, excerpt);
    let off = |at: usize| number(at).abs_diff(near);
    let (_, at) = found
        .into_iter()
        .max_by_key(|(alike, at)| (*alike, std::cmp::Reverse(off(*at))))?;
    Some(range_at(at, excerpt))
}

/// The same, where that is no guess: no other lines that are alike have as much of it around them, or
/// these are where they were with all of it.
pub fn find_surely(text: &str, excerpt: &Excerpt, near: u32) -> Option<Range> {
    let found = alike(text, excerpt);
    let most = found.iter().map(|(alike, _)| *alike).max()?;
    let best: Vec<usize> = found
        .iter()
        .filter(|(alike, _)| *alike == most)
        .map(|(_, at)| *at)
        .collect();
    let whole = most == excerpt.before.len() + excerpt.after.len();
    let at = match best.as_slice() {
        [at] => Some(*at),
        some => some.iter().copied().find(|at| whole && number(*at) == near),
    };
    at.map(|at| range_at(at, excerpt))
}

fn range_at(at: usize, excerpt: &Excerpt) -> Range {
    Range {
        first: number(at),
        last: number(at + excerpt.lines.len().saturating_sub(1)),
    }
}

/// Where the lines of an excerpt stand in a text, from 0, each with how many of those around them are there
/// too.
fn alike(text: &str, excerpt: &Excerpt) -> Vec<(usize, usize)> {
    let wanted: Vec<&str> = excerpt.lines.iter().map(|l| clip(l)).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let lines = clipped(text);
    let around = |at: usize| {
        let above = excerpt.before.iter().rev();
        let above = above.zip(lines[..at].iter().rev());
        let below = lines.get(at + wanted.len()..).unwrap_or_default();
        let below = excerpt.after.iter().zip(below);
        let alike = |(a, b): &(&String, &&str)| clip(a) == **b;
        above.filter(alike).count() + below.filter(alike).count()
    };
    // Blank lines are everywhere: they are those only where something around them is.
    let least = usize::from(wanted.iter().all(|l| l.is_empty()));
    let known = excerpt.before.len() + excerpt.after.len();
    (0..lines.len().saturating_sub(wanted.len() - 1))
        .filter(|at| lines[*at..*at + wanted.len()] == wanted[..])
        .map(|at| (around(at), at))
        .filter(|(alike, _)| *alike >= least.min(known))
        .collect()
}

/// These of a text's lines, from 0 and up to the end, and some around them. Of many only the first are kept.
pub fn excerpt(all: &[&str], from: usize, end: usize) -> Excerpt {
    let own = |from: usize, to: usize| -> Vec<String> {
        let some = all.get(from..to.min(all.len())).unwrap_or_default();
        some.iter().map(|l| clip(l).to_owned()).collect()
    };
    let end = end.min(from + EXCERPT);
    Excerpt {
        before: own(from.saturating_sub(AROUND), from),
        lines: own(from, end),
        // What follows those that are kept: only then is it found where they are.
        after: own(end, end + AROUND),
    }
}

/// These lines of a text, and some around them; where they are not all there, how many there are.
pub fn cut_out(text: &str, lines: Range) -> Result<Excerpt, usize> {
    let all: Vec<&str> = text.lines().collect();
    let at = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    let (first, last) = (at(lines.first), at(lines.last));
    if first == 0 || last > all.len() || first > last {
        return Err(all.len());
    }
    Ok(excerpt(&all, first - 1, last))
}

/// Whether the lines of an excerpt, which stand in a text near this one, are in another form of it as they
/// were: none of them was taken away, and nothing was written between them. Lines that are alike
/// elsewhere do not count for those that went.
pub fn stands(old: &str, new: &str, excerpt: &Excerpt, near: u32) -> bool {
    let Some(was) = find(old, excerpt, near) else {
        return false;
    };
    if find(new, excerpt, near).is_none() || times(new, excerpt) < times(old, excerpt) {
        return false;
    }
    if old.lines().count().max(new.lines().count()) > MOST_COMPARED {
        return true;
    }
    let at = |line: u32| usize::try_from(line).unwrap_or(usize::MAX);
    let wanted = at(was.first).saturating_sub(1)..at(was.last);
    let (old, new) = (clipped(old), clipped(new));
    let diff = TextDiff::from_slices(&old, &new);
    diff.ops().iter().any(|op| {
        let range = op.old_range();
        let holds = range.start <= wanted.start && wanted.end <= range.end;
        holds && matches!(op, DiffOp::Equal { .. })
    })
}

/// The lines of a text, as they are compared.
fn clipped(text: &str) -> Vec<&str> {
    text.lines().map(clip).collect()
}

/// How often the lines of an excerpt stand in a text.
fn times(text: &str, excerpt: &Excerpt) -> usize {
    let wanted: Vec<&str> = excerpt.lines.iter().map(|l| clip(l)).collect();
    let lines = clipped(text);
    let windows = lines.windows(wanted.len().max(1));
    windows.filter(|window| *window == wanted).count()
}

/// Where lines of a text are in another form of it; those that went are where they would be.
pub fn moved(old: &str, new: &str, lines: Range) -> Range {
    let count = new.lines().count();
    let clamp = |n: usize| u32::try_from(n.clamp(1, count.max(1))).unwrap_or(u32::MAX);
    if old.lines().count().max(count) > MOST_COMPARED {
        let within = |n: u32| clamp(usize::try_from(n).unwrap_or(usize::MAX));
        return Range::between(within(lines.first), within(lines.last));
    }
    let diff = TextDiff::from_lines(old, new);
    let place = |line: u32, last: bool| {
        let at = usize::try_from(line)
            .unwrap_or(usize::MAX)
            .saturating_sub(1);
        let holds = |op: &&DiffOp| op.old_range().contains(&at);
        let Some(op) = diff.ops().iter().find(holds) else {
            return clamp(at + 1);
        };
        let (was, now) = (op.old_range(), op.new_range());
        match op {
            DiffOp::Equal { .. } => clamp(now.start + (at - was.start) + 1),
            // Of what came in their place the same end.
            _ if last => clamp(now.end.max(now.start + 1)),
            _ => clamp(now.start + 1),
        }
    };
    Range::between(place(lines.first, false), place(lines.last, true))
}

/// The section of a document that a line is in: from the heading above it to the next of its rank or
/// a higher one. `None`: it stands above the first heading.
pub fn section(text: &str, line: u32) -> Option<(String, String)> {
    let lines = Lines::parse(text);
    let outline = Outline::of(&lines);
    let at = usize::try_from(line).ok()?.checked_sub(1)?;
    let heading = outline.headings.iter().rfind(|h| h.line <= at)?;
    let body: Vec<&str> = (heading.line..heading.body_end.min(lines.len()))
        .map(|n| lines.text(n))
        .collect();
    Some((heading.key.clone(), body.join("\n").trim_end().to_owned()))
}

/// The body of the section with this key; `None`: there is none.
pub fn section_named(text: &str, key: &str) -> Option<String> {
    let lines = Lines::parse(text);
    let outline = Outline::of(&lines);
    let heading = outline.headings.iter().find(|h| h.key == key)?;
    section(text, number(heading.line)).map(|(_, body)| body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ids(replies: &Replies) -> Vec<(String, Answer, &str)> {
        let of = |r: &'_ Reply| (r.id.to_string(), r.answer);
        let found = replies.found.iter();
        found.map(|r| (of(r).0, of(r).1, r.said.as_str())).collect()
    }

    #[test]
    fn answers_are_read_one_a_line_however_they_are_dressed() {
        let text = "Done.\n\n## Review Comments\n\n- C1 fixed — in src/a.rs, it is a constant now\n\
                    - **C2** declined: the plan says so\n* [C3] **Fixed**\n- C4: Declined - it wraps\n  over lines\n\
                    \n## Else\n- C9 fixed — no\n";
        let replies = of_answer(text);
        assert_eq!(
            ids(&replies),
            [
                (
                    "C1".to_owned(),
                    Answer::Fixed,
                    "in src/a.rs, it is a constant now"
                ),
                ("C2".to_owned(), Answer::Declined, "the plan says so"),
                ("C3".to_owned(), Answer::Fixed, ""),
                ("C4".to_owned(), Answer::Declined, "it wraps over lines"),
            ]
        );
        assert!(replies.unreadable.is_empty());
    }

    #[test]
    fn what_says_nothing_or_two_things_is_no_answer() {
        let text = "## Review Comments\n- C1 maybe\n- C2 declined\n- C3 fixed — a\n- C3 declined — b\n\
                    - C5 fixed — here\n- C5 fixed — there\n- none\n";
        let replies = of_artifact(text);
        assert_eq!(ids(&replies), [("C5".to_owned(), Answer::Fixed, "here")]);
        let wrong: Vec<String> = replies
            .unreadable
            .iter()
            .map(|(id, _)| id.to_string())
            .collect();
        assert_eq!(wrong, ["C1", "C2", "C3"]);
        assert_eq!(
            of_answer("- C1 fixed — outside of any section"),
            Replies::default()
        );
        let fenced = "## Review Comments\n```\n- C1 fixed — in code\n```\n";
        assert!(of_answer(fenced).found.is_empty());
        let artifact = "<<<ARTIFACT x\n## Review Comments\n- C1 fixed — no\nARTIFACT>>>\n";
        assert!(of_answer(artifact).found.is_empty());
    }

    fn excerpt(before: &[&str], lines: &[&str], after: &[&str]) -> Excerpt {
        let own = |l: &[&str]| l.iter().map(|l| (*l).to_owned()).collect();
        Excerpt {
            before: own(before),
            lines: own(lines),
            after: own(after),
        }
    }

    #[test]
    fn lines_are_found_again_by_what_stands_around_them() {
        let text = "a\nx\nb\nx\nc\nx\nd\n";
        let at = |around: &Excerpt, near| find(text, around, near).map(|r| r.first);
        assert_eq!(at(&excerpt(&["b"], &["x"], &["c"]), 6), Some(4));
        assert_eq!(at(&excerpt(&[], &["x"], &[]), 6), Some(6));
        assert_eq!(at(&excerpt(&[], &["x", "c"], &[]), 1), Some(4));
        assert_eq!(at(&excerpt(&["a"], &["y"], &["b"]), 2), None);
        let blanks = "one\n\ntwo\n\nthree\n";
        assert_eq!(
            find(blanks, &excerpt(&["two"], &[""], &["three"]), 2).map(|r| r.first),
            Some(4)
        );
        assert_eq!(find(blanks, &excerpt(&["no"], &[""], &["where"]), 2), None);
        assert_eq!(find("", &excerpt(&[], &["x"], &[]), 1), None);
    }

    #[test]
    fn lines_that_may_be_others_are_found_by_nobody() {
        let at = |text: &str, around: &Excerpt, near| {
            find_surely(text, around, near).map(|r| (r.first, r.last))
        };
        let ten = excerpt(&["9"], &["ten"], &["11"]);
        assert_eq!(at("9\nten\n11\n", &ten, 10), Some((2, 2)));
        assert_eq!(at("ten\nx\nten\n11\n", &ten, 1), Some((3, 3)));
        assert_eq!(at("ten\nx\nten\n", &ten, 1), None);
        assert_eq!(at("9\nTEN\n11\n", &ten, 2), None);
        let twice = "9\nten\n11\n9\nten\n11\n";
        assert_eq!(at(twice, &ten, 5), Some((5, 5)));
        assert_eq!(at(twice, &ten, 4), None);
    }

    #[test]
    fn lines_stand_where_none_of_them_was_touched() {
        let old = "light\ndark\nend\n";
        let dark = excerpt(&["light"], &["dark"], &["end"]);
        let both = excerpt(&[], &["light", "dark"], &["end"]);
        for (new, one, two) in [
            ("light\ndark\nend\nmore\n", true, true),
            ("new\nlight\ndark  \nend\n", true, true),
            ("light\nNIGHT\nend\n", false, false),
            ("light\nNIGHT\nend\ndark\n", false, false),
            ("light\nbetween\ndark\nend\n", true, false),
            ("", false, false),
        ] {
            assert_eq!(stands(old, new, &dark, 2), one, "{new:?}");
            assert_eq!(stands(old, new, &both, 1), two, "{new:?}");
        }
        // Another of the same text is not the one that went.
        let twice = "dark\na\ndark\n";
        assert!(!stands(
            twice,
            "night\na\ndark\n",
            &excerpt(&[], &["dark"], &["a"]),
            1
        ));
        assert!(!stands(old, old, &excerpt(&[], &["gone"], &[]), 1));
    }

    #[test]
    fn lines_go_where_their_text_went() {
        let old = "a\nb\nc\nd\n";
        let at = |new, line| moved(old, new, Range::between(line, line)).first;
        assert_eq!(at("new\na\nb\nc\nd\n", 3), 4);
        assert_eq!(at("a\nB\nc\nd\n", 2), 2);
        assert_eq!(at("a\nc\nd\n", 2), 2);
        assert_eq!(
            moved(old, "a\nx\ny\nz\nd\n", Range::between(2, 3)),
            Range::between(2, 4)
        );
        assert_eq!(at("", 4), 1);
    }

    #[test]
    fn a_section_ends_at_the_next_heading() {
        let text = "top\n# A\n## One\ntext\n### Sub\nmore\n## Two\nend\n";
        assert_eq!(section(text, 1), None);
        assert_eq!(
            section(text, 4).unwrap(),
            ("one".to_owned(), "## One\ntext".to_owned())
        );
        assert_eq!(section(text, 6).unwrap().0, "sub");
        assert_eq!(section_named(text, "two").unwrap(), "## Two\nend");
        assert_eq!(section_named(text, "three"), None);
    }

    proptest! {
        #[test]
        fn nothing_that_is_written_breaks_it(
            text in "(## Review Comments\n)?([-*] ?\\[?C[0-9]{0,3}[ :*—]{0,3}(fixed|declined|é|\u{1b})?.{0,9}\n){0,6}",
            old in "([ab\n]){0,20}",
            new in "([ab\n]){0,20}",
            line in 0..30u32,
        ) {
            let replies = of_answer(&text);
            prop_assert_eq!(of_artifact(&text), replies);
            let lines = moved(&old, &new, Range::between(line, line + 2));
            prop_assert!(lines.first >= 1 && lines.first <= lines.last);
            let _ = section(&new, line);
            let around = Excerpt { lines: vec!["a".to_owned()], ..Excerpt::default() };
            if let Some(found) = find(&new, &around, line) {
                let n = usize::try_from(found.first).unwrap();
                prop_assert_eq!(new.lines().nth(n - 1), Some("a"));
            }
        }
    }
}
