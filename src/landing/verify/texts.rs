//! The texts that tell a receipt to people: a page of a pull request, a commit's message, the run's
//! report. Each must say what the receipt says. Where lines are broken does not count: pages wrap them.

use super::find::Found;
use super::{Ground, Line, Stands};
use crate::documents::markdown::table::cell;
use crate::landing::receipt::{About, Receipt, Told, flat};

/// How many letters two lines have alike at their ends, so that one is taken for the other.
const LIKE: usize = 6;
/// How much of a line is shown.
const SHOWN: usize = 160;

/// A line for each text, or one for each line in it that says something else.
pub(super) fn lines(found: &Found, ground: &Ground<'_>) -> Vec<Line> {
    let receipt = ground.receipt;
    let mut lines = Vec::new();
    let claimed = format!("receipt {} of {}", receipt.digest().short(), receipt.run);
    for (place, digest) in &found.others {
        let told = format!("{place} names another receipt: {}", shown(digest));
        lines.push(Line::of(
            Stands::NotTrue,
            About::Receipt,
            claimed.clone(),
            told,
        ));
    }
    for (place, text) in &found.pages {
        lines.extend(compared(place, text, &receipt.page(), Form::Page));
    }
    if let Some(message) = &found.message {
        let told: Vec<Told> = receipt.paragraphs().into_iter().flatten().collect();
        lines.extend(compared(
            "the commit's message",
            message,
            &told,
            Form::Message,
        ));
    }
    if let Some((path, text)) = &found.report {
        let place = format!("what else {path} tells");
        lines.extend(compared(&place, text, &report(receipt), Form::Rows));
    }
    lines
}

/// How a text tells a receipt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// All of it, one line after the other.
    Page,
    /// All of it or nothing: a project may give its messages another form, or a page.
    Message,
    /// Rows of tables that hold other columns too.
    Rows,
}

fn compared(place: &str, text: &str, told: &[Told], form: Form) -> Vec<Line> {
    let told: Vec<&Told> = told.iter().filter(|t| !t.text.is_empty()).collect();
    let words = joined(text);
    let is_there = |told: &&&Told| words.contains(&joined(&told.text));
    let missing: Vec<&&Told> = told.iter().filter(|t| !is_there(t)).collect();
    let says = |stands, about: &About, claimed: String, found: String| {
        Line::of(stands, about.clone(), claimed, found)
    };
    let about = About::Receipt;
    if form == Form::Message && missing.len() == told.len() {
        let found = "names the receipt, and tells nothing of it".to_owned();
        return vec![says(Stands::Ok, &about, place.to_owned(), found)];
    }
    if missing.is_empty() {
        let all: Vec<&str> = told.iter().map(|t| t.text.as_str()).collect();
        if form == Form::Rows || words.contains(&joined(&all.join("\n"))) {
            let found = "says what the receipt says".to_owned();
            return vec![says(Stands::Ok, &about, place.to_owned(), found)];
        }
        let found = "says more between its lines than the receipt does".to_owned();
        return vec![says(Stands::NotTrue, &about, place.to_owned(), found)];
    }
    let known: Vec<String> = told.iter().map(|t| joined(&t.text)).collect();
    let other = |told: &Told| {
        let lines = text.lines().map(flat);
        let strange = lines.filter(|l| !known.iter().any(|k| *k == joined(l)));
        let near = strange.max_by_key(|l| alike(l, &told.text));
        near.filter(|l| alike(l, &told.text) >= LIKE)
    };
    let lines = missing.into_iter().map(|told| {
        let found = match other(told) {
            Some(line) => format!("{place} says: {}", shown(&line)),
            None => format!("{place} does not say it"),
        };
        says(Stands::NotTrue, &told.about, shown(&told.text), found)
    });
    lines.collect()
}

/// How many letters two lines have alike, from both ends.
fn alike(one: &str, other: &str) -> usize {
    let start = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b);
    let start = start.count();
    let rest = one.len().min(other.len()) - start;
    let end = one.bytes().rev().zip(other.bytes().rev()).take(rest);
    start + end.take_while(|(a, b)| a == b).count()
}

/// Words with one blank between each.
fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shown(text: &str) -> String {
    let text = flat(text);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// How the rows begin by which a report tells what the receipt does.
fn report(receipt: &Receipt) -> Vec<Told> {
    let row = |about: About, cells: &[&str]| {
        let cells: Vec<String> = cells.iter().map(|c| cell(&flat(c))).collect();
        Told {
            about,
            text: format!("| {} |", cells.join(" | ")),
        }
    };
    let judged = receipt.criteria.iter().filter(|c| c.by.is_some());
    let criteria = judged.map(|c| {
        let about = About::Criterion(c.id.clone());
        row(about, &[c.id.as_str(), &c.judged, &c.evidence])
    });
    let checks = receipt.checks.iter().map(|c| {
        let exit = c
            .exit
            .map_or_else(|| "ended".to_owned(), |code| code.to_string());
        let about = About::Check(c.command.clone());
        let mut told = row(about, &[&c.command, &exit]);
        // What an exit code means may follow it.
        if c.how.contains(',') {
            told.text = told.text.trim_end_matches(" |").to_owned() + ":";
        }
        told
    });
    let decisions = receipt.decisions.iter().map(|d| {
        let on = d.on.as_ref().map_or("", |on| on.short());
        row(d.about(), &[&d.at, &d.by, &d.what, on])
    });
    criteria.chain(checks).chain(decisions).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Told {
        Told {
            about: About::Check(text.to_owned()),
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_text_says_it_however_it_is_wrapped() {
        let lines = [told("- exit 0: npm test"), told("- exit 1: npm lint")];
        let found = compared(
            "it",
            "Checks\r\n- exit 0:\r\n  npm test\n- exit 1: npm lint",
            &lines,
            Form::Page,
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].stands, Stands::Ok);
    }

    #[test]
    fn what_another_line_says_is_named() {
        let lines = [told("- exit 0: npm test"), told("- exit 1: npm lint")];
        let found = compared(
            "it",
            "- exit 0: npm test\n- exit 0: npm lint\n",
            &lines,
            Form::Message,
        );
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].about,
            About::Check("- exit 1: npm lint".to_owned())
        );
        assert!(
            found[0].found.contains("exit 0: npm lint"),
            "{:?}",
            found[0]
        );
        let between = "- exit 0: npm test\n- exit 0: forged\n- exit 1: npm lint\n";
        let found = compared("it", between, &lines, Form::Page);
        assert_eq!(found[0].stands, Stands::NotTrue);
        let found = compared("it", "nothing of it", &lines, Form::Message);
        assert_eq!(found[0].stands, Stands::Ok);
        let found = compared("it", "nothing of it", &lines, Form::Page);
        assert_eq!(found.len(), 2);
    }
}
