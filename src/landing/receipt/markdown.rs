//! A receipt as markdown: for a pull request, and as a section of the run's report. What is written here
//! is what is looked for when the text is verified.

use super::told::{Told, used};
use super::{About, Check, Decision, Place, Receipt};
use crate::text::many;

/// Under this length a page is never shortened: what the forge of the shortest texts takes, without the
/// lines below it that say what is left out.
const SHORTEST: usize = 64_000;

/// How much of itself a page shows. Criteria and their evidence stand in it whole, whatever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// All of it; of very long lists and texts the beginning.
    Full,
    /// Of comments, artifacts and files less.
    Short,
    /// Of everything but the criteria less.
    Shorter,
    /// The criteria, and of all else how much there is.
    Criteria,
}

impl Fit {
    const ALL: [Self; 4] = [Self::Full, Self::Short, Self::Shorter, Self::Criteria];

    /// How many rows a table has so, and how many characters of a text a cell shows.
    fn room(self, table: Table) -> Room {
        let (rows, cell) = match (self, table) {
            (_, Table::Criteria) => (usize::MAX, usize::MAX),
            (Self::Full, _) | (Self::Short, Table::Proof) => (100, 400),
            (Self::Short, Table::Rest) => (25, 120),
            (Self::Shorter, _) => (8, 80),
            (Self::Criteria, _) => (0, 80),
        };
        Room { rows, cell }
    }
}

/// What a table is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Table {
    Criteria,
    /// Checks and decisions.
    Proof,
    /// Comments, artifacts and files.
    Rest,
}

/// How much a table shows.
#[derive(Clone, Copy)]
struct Room {
    rows: usize,
    cell: usize,
}

/// The text of a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The text.
    pub text: String,
    /// What of the receipt it does not hold, and where that stands; `None`: it holds all of it.
    pub left_out: Option<&'static str>,
}

/// A text that is too long however it is shortened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong {
    /// How many characters it has at least.
    pub needs: usize,
    /// How many it may have.
    pub most: usize,
}

/// How long a text is, as forges count it.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

impl Receipt {
    /// For the body of a pull request of at most so many characters. Where all of it is too long for one,
    /// the part for programs is left in the report alone, which the digest names; then comments and files
    /// are shortened, then all but the criteria and what proves them.
    pub fn markdown(&self, most: usize) -> Result<Page, TooLong> {
        let whole = self.section();
        if length(&whole) <= most {
            return Ok(Page {
                text: whole,
                left_out: None,
            });
        }
        let mut needs = 0;
        for fit in Fit::ALL {
            let text = self.shortened(fit);
            needs = length(&text);
            if needs <= most {
                let left_out = Some(match fit {
                    Fit::Full => "the part for programs stands in the run's report alone",
                    Fit::Short => {
                        "comments, artifacts and files are shortened, and whole in the run's report"
                    }
                    Fit::Shorter => {
                        "all but the criteria is shortened, and whole in the run's report"
                    }
                    Fit::Criteria => {
                        "all but the criteria is counted, and stands in the run's report"
                    }
                });
                return Ok(Page { text, left_out });
            }
        }
        Err(TooLong { needs, most })
    }

    /// As a section of the run's report: with all of it, however long.
    pub fn section(&self) -> String {
        self.page_text(Fit::Full) + &folded(&self.block())
    }

    /// The ways in which a page may tell it: shorter ones only where the longer is too long for some page.
    pub fn fits(&self) -> Vec<Fit> {
        let mut fits = Vec::new();
        for fit in Fit::ALL {
            fits.push(fit);
            if length(&self.page_text(fit)) <= SHORTEST {
                break;
            }
        }
        fits
    }

    /// A page without the part for programs, which says where that stands.
    fn shortened(&self, fit: Fit) -> String {
        format!(
            "{}This receipt is too long for a page: all of it is in the run's report, `{}.md`, which is \
             part of the change.\n\n{}: blake3:{}\n",
            self.page_text(fit),
            self.run,
            super::TRAILER,
            self.digest()
        )
    }

    fn page_text(&self, fit: Fit) -> String {
        let lines = self.page(fit).into_iter().map(|told| told.text + "\n");
        lines.collect()
    }

    /// The part for people, line by line.
    pub fn page(&self, fit: Fit) -> Vec<Told> {
        let mut page = Lines(Vec::new(), fit);
        page.line(About::Receipt, format!("## Receipt of {}", self.run));
        page.gap();
        let of = match &self.task {
            Some(task) => format!("**{} {}**", task.id, words(&task.title)),
            None => format!("**{}**", words(&self.workflow)),
        };
        let told = format!(
            "{of}, workflow {}, tree `{}`. `harness-tui verify` looks up in git whether each line of it is so.",
            words(&self.workflow),
            self.head.tree.short(),
        );
        page.line(About::Task, told);
        if let Some(base) = &self.taken {
            let base = base.short();
            let text =
                format!("It began with what was not committed in the checkout, kept as `{base}`.");
            page.line(About::Receipt, text);
        }
        self.criteria_of(&mut page);
        self.checks_of(&mut page);
        self.decisions_of(&mut page);
        self.comments_of(&mut page);
        self.artifacts_of(&mut page);
        self.files_of(&mut page);
        self.cost_of(&mut page);
        page.gap();
        page.0
    }

    fn criteria_of(&self, page: &mut Lines) {
        let rows = self.criteria.iter().map(|c| {
            let judged = format!("{} {}", mark(&c.judged), c.judged);
            let lines: Vec<String> = c.places.iter().map(place).collect();
            let nowhere: Vec<String> = c.missing.iter().map(|name| code(name)).collect();
            let nowhere = match nowhere.len() {
                0 => String::new(),
                1 => format!("no such place: {}", nowhere.join(", ")),
                _ => format!("no such places: {}", nowhere.join(", ")),
            };
            let evidence = [words(&c.evidence), lines.join(", "), nowhere];
            let evidence: Vec<String> = evidence.into_iter().filter(|t| !t.is_empty()).collect();
            (
                About::Criterion(c.id.clone()),
                vec![
                    format!("**{}** {}", c.id, words(&c.text)),
                    judged,
                    evidence.join(" · "),
                ],
            )
        });
        page.table(
            (Table::Criteria, "Criteria"),
            &["Criterion", "Judgement", "Evidence"],
            rows.collect(),
        );
    }

    fn checks_of(&self, page: &mut Lines) {
        let room = page.1.room(Table::Proof);
        let rows = self.checks.iter().map(|c| {
            (
                About::Check(c.command.clone()),
                vec![
                    room.code(&c.command),
                    room.words(&c.how),
                    format!("`{}`{}", c.tree.short(), since(self, c)),
                ],
            )
        });
        page.table(
            (Table::Proof, "Checks"),
            &["Command", "Exit", "Ran on tree"],
            rows.collect(),
        );
    }

    fn decisions_of(&self, page: &mut Lines) {
        let room = page.1.room(Table::Proof);
        let rows = { self.decisions.iter() }.map(|d| (d.about(), decided(d, room)));
        page.table(
            (Table::Proof, "Decisions"),
            &["When", "Who", "What", "On"],
            rows.collect(),
        );
    }

    fn comments_of(&self, page: &mut Lines) {
        let room = page.1.room(Table::Rest);
        let rows = self.comments.iter().map(|c| {
            let row = vec![
                format!("**{}** {}", room.words(&c.id), room.code(&c.place)),
                room.words(&c.text),
                room.words(&c.outcome),
            ];
            (About::Comment(c.id.clone()), row)
        });
        page.table(
            (Table::Rest, "Review comments"),
            &["Comment", "Text", "Settled"],
            rows.collect(),
        );
    }

    fn artifacts_of(&self, page: &mut Lines) {
        let room = page.1.room(Table::Rest);
        let rows = self.artifacts.iter().map(|a| {
            let row = vec![
                room.words(&a.name),
                room.code(a.path.as_str()),
                format!("`{}`", a.digest.short()),
            ];
            (About::Artifact(a.name.clone()), row)
        });
        page.table(
            (Table::Rest, "Artifacts"),
            &["Artifact", "File", "blake3"],
            rows.collect(),
        );
        let kept = match &self.kept {
            super::Kept::Branch => return,
            super::Kept::Ref(name) => format!(
                "They are kept under {}, and not in what landed.",
                code(name)
            ),
            super::Kept::Omitted => "The project leaves them out of what landed.".to_owned(),
        };
        if !self.artifacts.is_empty() {
            page.gap();
            page.line(About::Receipt, kept);
        }
    }

    fn files_of(&self, page: &mut Lines) {
        if let Some(n) = self.unlisted {
            page.gap();
            page.line(
                About::Receipt,
                format!("{} changed, too many to be listed.", many(n, "file")),
            );
            return;
        }
        let room = page.1.room(Table::Rest);
        let rows = self.code().map(|f| {
            let object = f.blob.as_ref();
            let object =
                object.map_or_else(|| "taken away".to_owned(), |b| format!("`{}`", b.short()));
            (
                About::File(f.path.clone()),
                vec![room.code(&f.path), object],
            )
        });
        page.table((Table::Rest, "Files"), &["File", "Object"], rows.collect());
    }

    fn cost_of(&self, page: &mut Lines) {
        let room = page.1.room(Table::Proof);
        let row = |spent: &super::Spent| {
            let mut cells = vec![room.words(&spent.agent)];
            cells.extend(used(spent));
            (About::Cost, cells)
        };
        let rows = self.spent.iter().map(row).collect();
        page.table(
            (Table::Proof, "Cost"),
            &["Agent", "Attempts", "Tokens", "Cost"],
            rows,
        );
        page.gap();
        page.line(About::Cost, format!("Together: {}.", self.cost()));
    }
}

fn decided(decision: &Decision, room: Room) -> Vec<String> {
    let on = decision.on.as_ref();
    vec![
        decision.at.clone(),
        room.words(&decision.by),
        room.words(&decision.what),
        on.map_or_else(String::new, |on| format!("`{}`", on.short())),
    ]
}

/// What of the code changed after a check.
fn since(receipt: &Receipt, check: &Check) -> String {
    match &check.besides {
        None => ", which differs from the last one in more than is listed".to_owned(),
        Some(entries) => {
            let code = entries.iter().filter(|e| !receipt.is_artifact(&e.path));
            match code.count() {
                0 => String::new(),
                n => format!(
                    ", which differs from the last one in {} of code",
                    many(n, "file")
                ),
            }
        }
    }
}

fn mark(judged: &str) -> &'static str {
    match judged {
        "met" => "✓",
        "unmet" => "✗",
        "unverifiable" => "?",
        _ => "○",
    }
}

fn place(place: &Place) -> String {
    let lines = match place.lines {
        Some((from, to)) if from == to => format!(":{from}"),
        Some((from, to)) => format!(":{from}-{to}"),
        None => String::new(),
    };
    format!(
        "{} `{}`",
        code(&format!("{}{lines}", place.path)),
        place.blob.short()
    )
}

/// What programs read, which a page shows when it is asked for.
fn folded(block: &str) -> String {
    format!("<details><summary>For programs</summary>\n\n{block}\n</details>\n")
}

/// The lines of a page, and how much it shows.
struct Lines(Vec<Told>, Fit);

impl Lines {
    fn line(&mut self, about: About, text: impl Into<String>) {
        self.0.push(Told::new(about, text));
    }

    fn gap(&mut self) {
        self.line(About::Receipt, "");
    }

    /// A table below its title; nothing where it has no row.
    fn table(
        &mut self,
        (about, title): (Table, &str),
        header: &[&str],
        rows: Vec<(About, Vec<String>)>,
    ) {
        if rows.is_empty() {
            return;
        }
        let room = self.1.room(about);
        self.gap();
        if room.rows == 0 {
            let text = format!("{title}: {}, not told here.", rows.len());
            return self.line(About::Receipt, text);
        }
        let rest = rows.len().saturating_sub(room.rows);
        self.line(About::Receipt, format!("### {title}"));
        self.gap();
        self.line(About::Receipt, format!("| {} |", header.join(" | ")));
        self.line(
            About::Receipt,
            format!("|{}", " --- |".repeat(header.len())),
        );
        for (about, cells) in rows.into_iter().take(room.rows) {
            self.line(about, format!("| {} |", cells.join(" | ")));
        }
        if rest > 0 {
            self.gap();
            self.line(About::Receipt, format!("… and {rest} more."));
        }
    }
}

impl Room {
    fn words(self, text: &str) -> String {
        words(&short(text, self.cell))
    }

    fn code(self, text: &str) -> String {
        code(&short(text, self.cell))
    }
}

/// Words for a cell: what stands between two backticks is code, and nothing else in them is anything but
/// words to a page.
fn words(text: &str) -> String {
    let mut out = String::new();
    let mut parts = text.split('`');
    out.push_str(&plain(parts.next().unwrap_or_default()));
    while let Some(inner) = parts.next() {
        match parts.next() {
            Some(after) if !inner.trim().is_empty() => {
                out.push_str(&code(inner));
                out.push_str(&plain(after));
            }
            // A backtick that has no other one, or nothing but room between it and that, is one.
            rest => {
                let rest = rest.map(|after| "\\`".to_owned() + &plain(after));
                out.push_str("\\`");
                out.push_str(&plain(inner));
                out.push_str(&rest.unwrap_or_default());
            }
        }
    }
    out
}

/// Words without any code.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // Nobody is called by what an agent wrote.
            '@' => out.push_str("@<!-- -->"),
            '\\' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// The same as code: between more backticks than it holds in a row.
fn code(text: &str) -> String {
    let text = text.replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{ticks}{space}{text}{space}{ticks}")
}

fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::{CriterionId, Digest, Oid};

    /// A receipt with so many criteria and comments, each with a text of so many letters.
    fn receipt(criteria: usize, comments: usize, letters: usize) -> Receipt {
        let text = |n: usize| format!("{n} {}", "x".repeat(letters));
        let oid = || Oid::new("1".repeat(40)).unwrap();
        Receipt {
            format: super::super::FORMAT,
            run: crate::terms::RunId::new("RUN-2026-04-02-T001").unwrap(),
            workflow: "flow".to_owned(),
            task: None,
            started_on: None,
            shared: Vec::new(),
            in_place: false,
            taken: None,
            head: super::super::Head {
                commit: oid(),
                tree: oid(),
            },
            kept: super::super::Kept::Branch,
            criteria: { 1..=criteria }
                .map(|n| super::super::Criterion {
                    id: CriterionId::new(format!("AC-{n}")).unwrap(),
                    text: text(n),
                    judged: "met".to_owned(),
                    evidence: text(n),
                    by: None,
                    places: Vec::new(),
                    missing: Vec::new(),
                })
                .collect(),
            checks: vec![Check {
                stage: crate::terms::StageId::new("build").unwrap(),
                command: "npm test".to_owned(),
                exit: Some(0),
                how: "exit 0".to_owned(),
                tree: oid(),
                besides: None,
            }],
            decisions: vec![Decision {
                at: "now".to_owned(),
                by: "Ada".to_owned(),
                what: "approved".to_owned(),
                on: Some(Digest::of("x")),
                given_on: Vec::new(),
            }],
            comments: { 1..=comments }
                .map(|n| super::super::Settled {
                    id: format!("C{n}"),
                    place: "a.rs:1".to_owned(),
                    text: text(n),
                    outcome: text(n),
                })
                .collect(),
            artifacts: Vec::new(),
            files: Vec::new(),
            unlisted: None,
            handed_on: Vec::new(),
            spent: Vec::new(),
        }
    }

    #[test]
    fn what_is_too_long_loses_comments_before_proof_and_criteria_never() {
        let most = 65_000;
        let small = receipt(2, 2, 10);
        assert_eq!(small.markdown(most).unwrap().left_out, None);
        assert_eq!(small.fits(), [Fit::Full]);
        let comments = receipt(3, 100, 500);
        let page = comments.markdown(most).unwrap();
        assert!(length(&page.text) <= most && page.left_out.is_some());
        assert!(comments.fits().len() > 1);
        for n in 1..=3 {
            let whole = format!("**AC-{n}** {n} {}", "x".repeat(500));
            assert!(page.text.contains(&whole), "{}", page.text);
        }
        for told in [
            "| `npm test` |",
            "approved",
            "… and 75 more.",
            "is in the run's report",
        ] {
            assert!(page.text.contains(told), "{told}: {}", page.text);
        }
        // Where comments are not what is long they go all the same, and the criteria stay.
        let criteria = receipt(100, 5, 303);
        let too_little = length(&criteria.shortened(Fit::Shorter)) - 1;
        let page = criteria.markdown(too_little).unwrap();
        assert!(page.text.contains("Review comments: 5, not told here."));
        assert!(page.text.contains(&format!("100 {}", "x".repeat(303))));
        // More than a page holds is told before anything is sent.
        let TooLong { needs, most: told } = receipt(100, 0, 400).markdown(most).unwrap_err();
        assert!(needs > told && told == most);
        assert!(receipt(100, 0, 400).markdown(1_000_000).is_ok());
    }

    #[test]
    fn words_are_words_and_code_is_code() {
        assert_eq!(
            words("a|b <img> *x* @ada"),
            "a\\|b &lt;img&gt; \\*x\\* @<!-- -->ada"
        );
        assert_eq!(
            words("see `a|<b>`, not *it*"),
            "see `a\\|<b>`, not \\*it\\*"
        );
        assert_eq!(words("one ` alone, `two`"), "one ` alone, `two\\`");
        assert_eq!(words("```rust"), "\\`\\`\\`rust");
        assert_eq!(code("npm test"), "`npm test`");
        assert_eq!(code("a `b` |"), "``a `b` \\|``");
        assert_eq!(code("`b"), "`` `b ``");
    }
}
