//! Documents as plain lines, each complete without its place on a screen: what stands there for
//! the eye alone is said by word.

use super::words::capital;
use crate::records::change::Change;
use crate::records::gate::comments::Commented;
use crate::records::gate::page::GatePage;
use crate::records::papers::Sheet;
use crate::records::review::{Outcome, Standing};
use crate::render::diff::{File, Kind, Sign};
use crate::render::{Look, Row};
use crate::terms::verdict::Met;
use crate::text::{ago, many, took};
use jiff::Timestamp;

/// A line of ours without what is there for the eye alone: marks beside words that say the same,
/// columns, rules between words.
pub fn spoken(text: &str) -> String {
    let mut says = String::new();
    for word in text.split_whitespace() {
        let word = match word {
            "✓" | "✗" | "◐" | "○" | "●" | "‖" | "–" | "?" | "!" => continue,
            "·" => {
                if !says.is_empty() {
                    says.push(',');
                }
                continue;
            }
            "▲" => "Attention:",
            "→" => "to",
            "↺" => "again",
            word => word,
        };
        if !says.is_empty() {
            says.push(' ');
        }
        says.push_str(&word.replace('…', "..."));
    }
    says
}

/// What stands on a sheet, but a change, whose files are listed.
pub fn lines(sheet: &Sheet, now: Timestamp) -> Vec<String> {
    match sheet {
        Sheet::Text { document, .. } => document.text().lines().map(str::to_owned).collect(),
        Sheet::Large(large) => large.rows.iter().map(unnumbered).collect(),
        Sheet::Lines(lines) => lines.iter().map(|l| row(&l.row)).collect(),
        Sheet::Gate(page) => gate(page, now),
        Sheet::Patch {
            what,
            change,
            files,
        } => change_lines(what, change.as_deref(), files),
    }
}

/// A row: what is from outside stays as it is, what is laid out for the eye is said.
fn row(row: &Row) -> String {
    if row.spans.iter().all(|s| s.look == Look::Plain) {
        return row.text().trim_end().to_owned();
    }
    spoken(&row.text())
}

/// A row of a large file without the number of its line.
fn unnumbered(row: &Row) -> String {
    let spans = row.spans.iter();
    let text = spans.skip_while(|s| s.look == Look::Mark);
    text.map(|s| s.text().as_str()).collect()
}

/// Everything that a gate is decided on.
pub fn gate(page: &GatePage, now: Timestamp) -> Vec<String> {
    // Each by its name: what comes to the page is missed here by the compiler.
    let GatePage {
        stage: _,
        name,
        side: _,
        evidence,
        question,
        attempt,
        criteria,
        artifacts,
        faults,
        change,
        checks: _,
        made,
        moved,
        also,
        held,
        commented,
        total,
        by_hand,
        took_ms,
    } = page;
    let mut says = vec![format!("{name} asks: {question}")];
    says.push(match attempt {
        Some(attempt) => format!("It asks for your approval of {attempt}."),
        None => "It asks for your approval before it starts.".to_owned(),
    });
    says.extend(review(commented));
    for judged in criteria {
        let met = match judged.met {
            Some(Met::Met) => "met",
            Some(Met::Unmet) => "not met",
            Some(Met::Unverifiable) => "can't be verified",
            None => "not judged",
        };
        let mut line = format!(
            "Criterion {}, {} Judged: {met}.",
            judged.id,
            stopped(&judged.text)
        );
        if !judged.evidence.is_empty() {
            line.push_str(&format!(" Evidence: {}", judged.evidence));
        }
        says.push(line);
    }
    says.extend(changed(change));
    says.extend(checks(page, now));
    for artifact in artifacts {
        let digest = artifact.digest.short();
        says.push(format!("Artifact {}, digest {digest}.", artifact.path));
    }
    says.extend(by_hand.iter().map(|a| format!("By hand: {a}.")));
    says.extend(faults.iter().map(|f| format!("Fault: {f}")));
    says.extend(moved.iter().map(|m| format!("Base: {m}.")));
    says.extend(also.iter().map(|a| format!("Beside it: {a}.")));
    says.extend(open_comments(commented));
    let age = made.map_or_else(String::new, |at| format!(", made {}", since(at, now)));
    says.push(match held {
        None => format!(
            "The evidence is of the tree as it is{age}; digest {}.",
            evidence.short()
        ),
        Some(held) => {
            let why = &held.told;
            format!("Nothing can be approved now, the evidence is older than the tree: {why}")
        }
    });
    says.push(format!(
        "Cost {}, {} tokens, {}.",
        total.cost_text(),
        total.tokens_text(),
        took(*took_ms)
    ));
    says
}

/// What changed since the work was sent back, and what became of each comment.
fn review(commented: &Commented) -> Vec<String> {
    let mut says = Vec::new();
    match &commented.since {
        None => {}
        Some(Ok(since)) => {
            let (added, removed) = since.lines();
            says.push(format!(
                "Since {} looked at {}: {}, {}; read since reads it.",
                since.by,
                since.from.short(),
                many(since.files.len(), "changed file"),
                counts(added, removed)
            ));
        }
        Some(Err(why)) => says.push(format!(
            "What changed since your review is not known: {why}"
        )),
    }
    let sent = commented.all.iter().filter(|c| c.outcome != Outcome::Open);
    says.extend(sent.map(comment));
    says
}

/// What goes along when the work is sent back.
fn open_comments(commented: &Commented) -> Vec<String> {
    if let Some(why) = &commented.trouble {
        return vec![format!("The comments can't be read: {why}")];
    }
    let open: Vec<String> = commented.open().map(comment).collect();
    if open.is_empty() {
        return vec!["No comment is open.".to_owned()];
    }
    open
}

/// A comment with where it stands, in one sentence or two.
fn comment(standing: &Standing) -> String {
    let place = spoken(&standing.place());
    let text = standing.comment.text.split_whitespace();
    let text = text.collect::<Vec<_>>().join(" ");
    let said = match standing.outcome.said() {
        said if said.is_empty() => String::new(),
        said => format!(" Answer: {}", stopped(&said)),
    };
    format!(
        "Comment {}, {}, on {place}: {}{said}",
        standing.id(),
        standing.outcome.word(),
        stopped(&text)
    )
}

fn changed(change: &Result<std::sync::Arc<Change>, String>) -> Vec<String> {
    let change = match change {
        Ok(change) => change,
        Err(why) => return vec![format!("What changed is not known: {why}")],
    };
    if change.files.is_empty() {
        return vec!["No file outside the harness folder changed.".to_owned()];
    }
    let mut says = vec![format!(
        "Changed: {}; read change reads them.",
        many(change.files.len(), "file")
    )];
    for directory in change.directories() {
        let place = match directory.path.as_str() {
            "" => "the root",
            path => path,
        };
        says.push(format!(
            "In {place}: {}, {}.",
            many(directory.files, "file"),
            counts(directory.added, directory.removed)
        ));
    }
    says.extend(notices(change));
    says
}

fn notices(change: &Change) -> Vec<String> {
    let notices = change.notices.iter();
    let mut says: Vec<String> = notices
        .map(|n| format!("Attention: {}, {}.", n.word(), spoken(&n.what())))
        .collect();
    if change.too_large {
        says.push("Attention: too large to be looked through for tests that went.".to_owned());
    }
    says
}

fn checks(page: &GatePage, now: Timestamp) -> Vec<String> {
    if page.checks.is_empty() {
        return vec!["No checks were asked for.".to_owned()];
    }
    let mut failed_first: Vec<_> = page.checks.iter().collect();
    failed_first.sort_by_key(|c| c.result.passed());
    let line = |check: &&crate::records::gate::page::Checked| {
        let word = match (check.result.passed(), check.result.exit) {
            (true, _) => "passed, ",
            (false, Some(_)) => "failed, ",
            (false, None) => "",
        };
        let how = format!("{word}{}", check.result.how());
        let place = check.place(now);
        let then = match check.since {
            Some(0) => String::new(),
            Some(n) => format!(", {} changed since", many(n, "file")),
            None => ", not known what changed since".to_owned(),
        };
        format!(
            "Check {}: {how}, took {}, on {place}{then}.",
            check.result.command,
            took(check.result.took_ms)
        )
    };
    failed_first.iter().map(line).collect()
}

/// The files of a change, numbered; a change of one file with its lines.
fn change_lines(what: &str, change: Option<&Change>, files: &[File]) -> Vec<String> {
    if files.is_empty() {
        return vec![format!(
            "{what}: nothing differs outside the harness folder."
        )];
    }
    let sum = |of: fn(&File) -> usize| files.iter().map(of).sum::<usize>() as u64;
    let mut says = vec![format!(
        "{what}: {}, {}.",
        many(files.len(), "file"),
        counts(sum(|f| f.added), sum(|f| f.removed))
    )];
    says.extend(change.map(notices).unwrap_or_default());
    if let [file] = files {
        says.extend(file_lines(file));
        return says;
    }
    says.push("Its files; a number reads one:".to_owned());
    for (n, file) in files.iter().enumerate() {
        says.push(format!("{}. {}.", n + 1, file_short(file)));
    }
    says
}

fn file_short(file: &File) -> String {
    let word = match file.kind {
        Kind::Changed => "changed",
        Kind::Added => "new",
        Kind::Deleted => "deleted",
        Kind::Renamed => "renamed",
        Kind::Copied => "copied",
    };
    let from = file.old_path.as_ref();
    let from = from.map_or_else(String::new, |old| format!(" from {old}"));
    let counts = counts(file.added as u64, file.removed as u64);
    format!("{word} {}{from}, {counts}", file.path)
}

/// What changed of a file, line by line.
pub fn file_lines(file: &File) -> Vec<String> {
    let mut says = vec![capital(&file_short(file)) + "."];
    if let Some((old, new)) = &file.modes {
        says.push(format!("Its mode was {old} and is {new}."));
    }
    if file.binary {
        says.push("It is no text.".to_owned());
    }
    for hunk in &file.hunks {
        let now = || hunk.lines.iter().map(|l| l.new);
        let (first, last) = (now().min().unwrap_or(0), now().max().unwrap_or(0));
        // Git says after the second mark what the place belongs to.
        let within = hunk.head.splitn(3, "@@").nth(2).unwrap_or_default().trim();
        let within = match within {
            "" => String::new(),
            within => format!(", in {within}"),
        };
        says.push(format!("Lines {first} to {last}{within}:"));
        for line in &hunk.lines {
            let end = if line.unended {
                " (the file ends without a line break)"
            } else {
                ""
            };
            says.push(match line.sign {
                Sign::Added => format!("added {}: {}{end}", line.new, line.text),
                Sign::Removed => format!("removed {}: {}{end}", line.old, line.text),
                Sign::Same => format!("{}: {}{end}", line.new, line.text),
            });
        }
    }
    says.extend(file.others.iter().cloned());
    says
}

/// A file of what would be landed, where it is told in columns: `M +12 -3 path`.
pub fn file_of_landing(text: &str) -> String {
    let mut words = text.split_whitespace();
    let what = match words.next() {
        Some("A") => "new",
        Some("M") => "changed",
        Some("D") => "deleted",
        _ => return spoken(text),
    };
    let path = words.collect::<Vec<_>>().join(" ");
    let mut path = path.as_str();
    let mut number = |sign: char| {
        let (first, rest) = path.split_once(' ')?;
        let n: u64 = first.strip_prefix(sign)?.parse().ok()?;
        path = rest;
        Some(n)
    };
    let told = match (number('+'), number('-')) {
        (Some(added), Some(removed)) => counts(added, removed),
        _ => return format!("{what} {path}"),
    };
    format!("{what} {path}, {told}")
}

/// Numbers of lines that are told by their signs: `16, +5 -1`.
pub fn counted(text: &str) -> String {
    let word = |word: &str| match (word.strip_prefix('+'), word.strip_prefix('-')) {
        (Some(n), _) => format!("{n} added,"),
        (_, Some(n)) => format!("{n} removed"),
        _ => word.to_owned(),
    };
    let words: Vec<String> = text.split_whitespace().map(word).collect();
    words.join(" ")
}

fn counts(added: u64, removed: u64) -> String {
    format!("{added} added, {removed} removed")
}

/// A sentence's text with a full stop.
pub fn stopped(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

fn since(at: Timestamp, now: Timestamp) -> String {
    ago(u64::try_from(now.duration_since(at).as_secs()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::diff::between;

    #[test]
    fn what_is_for_the_eye_is_said() {
        assert_eq!(spoken("✓ 3 checks   ·  done"), "3 checks, done");
        assert_eq!(spoken("  ▲ lock  a → b …"), "Attention: lock a to b ...");
        assert_eq!(spoken("a - b? c"), "a - b? c");
    }

    #[test]
    fn a_change_says_of_each_line_what_became_of_it() {
        let file = between("a.txt", "1\n2\n", "1\nzwei\n");
        let says = file_lines(&file);
        assert_eq!(says[0], "Changed a.txt, 1 added, 1 removed.");
        assert!(says.contains(&"removed 2: 2".to_owned()), "{says:?}");
        assert!(says.contains(&"added 2: zwei".to_owned()), "{says:?}");
        assert!(says.contains(&"1: 1".to_owned()), "{says:?}");
    }

    #[test]
    fn a_file_of_a_landing_is_said_in_words() {
        assert_eq!(
            file_of_landing("M    +12     -3  src/my file.rs"),
            "changed src/my file.rs, 12 added, 3 removed"
        );
        assert_eq!(counted("16, +525 -15"), "16, 525 added, 15 removed");
        assert_eq!(
            file_of_landing("A        binary  x.png"),
            "new binary x.png"
        );
    }
}
