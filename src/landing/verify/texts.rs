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
        lines.extend(of_page(place, text, receipt));
    }
    if let Some(message) = &found.message {
        lines.extend(of_message(message, &receipt.paragraphs()));
    }
    if let Some((path, text)) = &found.report {
        let place = format!("what else {path} tells");
        lines.extend(compared(&place, text, &report(receipt), Form::Rows));
    }
    lines
}

/// What a page tells: all of it or, where that is too long for a page, as much as one of the shortened
/// ones does.
fn of_page(place: &str, text: &str, receipt: &Receipt) -> Vec<Line> {
    let told = receipt.fits().into_iter();
    let told = told.map(|fit| compared(place, text, &receipt.page(fit), Form::Page));
    let untrue = |lines: &Vec<Line>| lines.iter().filter(|l| l.stands != Stands::Ok).count();
    told.min_by_key(untrue).unwrap_or_default()
}

/// How a text tells a receipt.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// All of it, one line after the other.
    Page,
    /// All of it or nothing: a page may give it a message of its own.
    Message,
    /// Rows of tables that hold other columns too.
    Rows,
}

/// What a commit's message tells. A project may give its messages another form: then they need not
/// tell all of it, and what they tell must be so.
fn of_message(message: &str, paragraphs: &[Vec<Told>]) -> Vec<Line> {
    const PLACE: &str = "the commit's message";
    let title = |p: &Vec<Told>| p.first().filter(|_| p.len() > 1).map(|t| t.text.clone());
    let is_line = |title: String| message.lines().any(|line| line.trim_end() == title);
    if paragraphs.iter().filter_map(title).all(is_line) {
        let told: Vec<Told> = paragraphs.concat();
        return compared(PLACE, message, &told, Form::Message);
    }
    let words = joined(message);
    let lines: Vec<String> = message.lines().map(joined).collect();
    let known: Vec<String> = { paragraphs.iter().flatten() }
        .map(|t| joined(&t.text))
        .collect();
    let strange = |line: &&String| !known.iter().any(|k| k.contains(line.as_str()));
    let mut found = Vec::new();
    let mut tells = false;
    for paragraph in paragraphs {
        let body = &paragraph[usize::from(paragraph.len() > 1)..];
        if body.iter().any(|t| words.contains(&joined(&t.text))) {
            tells = true;
            found.extend(compared(PLACE, message, body, Form::Page));
            continue;
        }
        for told in body {
            let other = lines.iter().filter(strange);
            if let Some(other) = other.into_iter().find(|l| is_forged(l, &told.text)) {
                let says = format!("{PLACE} says: {}", shown(other));
                let about = told.about.clone();
                found.push(Line::of(Stands::NotTrue, about, shown(&told.text), says));
            }
        }
    }
    // What stands in a list of the receipt's is taken for one of its lines.
    let is_told = |line: Option<&String>| line.is_some_and(|l| l.starts_with("- ") && !strange(&l));
    for (n, line) in lines.iter().enumerate() {
        let beside = is_told(lines.get(n + 1)) || n > 0 && is_told(lines.get(n - 1));
        if beside && line.starts_with("- ") && strange(&line) {
            let says = format!("{PLACE} says more than the receipt does: {}", shown(line));
            let told = PLACE.to_owned();
            found.push(Line::of(Stands::NotTrue, About::Receipt, told, says));
        }
    }
    found.retain(|line| line.stands != Stands::Ok);
    if found.is_empty() {
        let says = if tells {
            "what it tells of the receipt is so"
        } else {
            "names the receipt, and tells nothing of it"
        };
        found.push(Line::of(Stands::Ok, About::Receipt, PLACE, says));
    }
    found
}

/// Whether a line is another one with a few of its letters changed.
fn is_forged(line: &str, told: &str) -> bool {
    let told = joined(told);
    let begins = told.get(..2).is_some_and(|two| line.starts_with(two));
    begins && alike(line, &told) * 4 >= told.len().max(line.len()) * 3
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
    fn a_message_of_another_form_tells_what_it_likes_and_nothing_else() {
        let title = |text: &str| Told {
            about: About::Receipt,
            text: text.to_owned(),
        };
        let paragraphs = [
            vec![
                title("Criteria:"),
                told("- AC-1 met: dark"),
                told("- AC-2 met: so it stays"),
            ],
            vec![
                title("Decisions:"),
                told("- Ada approved complete, 2026-01-02"),
            ],
            vec![told("Cost: $1.20, 300 tokens")],
        ];
        let is_so = |text: &str| {
            let found = of_message(text, &paragraphs);
            found.iter().all(|l| l.stands == Stands::Ok)
        };
        for text in [
            "T1\n\nnothing of it\n",
            "T1\n\n- AC-1 met: dark\n- AC-2 met: so it stays\n\n- by us\n",
            "T1\n\nIt was $1.20, 300 tokens\n\n- Ada approved complete, 2026-01-02\n",
        ] {
            assert!(is_so(text), "{text}: {:?}", of_message(text, &paragraphs));
        }
        for text in [
            "T1\n\n- AC-1 met: dork\n- AC-2 met: so it stays\n",
            "T1\n\n- AC-1 met: dark\n- AC-2 met: so it stays\n- AC-3 met: more\n",
            "T1\n\n- AC-0 met: more\n- AC-1 met: dark\n- AC-2 met: so it stays\n",
            "T1\n\n- AC-1 met: dark\n",
            "T1\n\n- Eda approved complete, 2026-01-02\n",
            "T1\n\nCost: $0.20, 300 tokens\n",
        ] {
            assert!(!is_so(text), "{text}");
        }
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
