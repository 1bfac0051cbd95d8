//! A receipt as markdown: for a pull request, and as a section of the run's report. What is written here
//! is what is looked for when the text is verified.

use super::told::{Told, used};
use super::{About, Check, Decision, Place, Receipt};
use crate::text::many;

/// Longest text of a pull request: GitHub takes 65,536 characters.
const MOST: usize = 60_000;
/// How many rows a table of a page has.
const ROWS: usize = 100;
/// How much of a text a cell shows.
const CELL: usize = 400;

impl Receipt {
    /// For the body of a pull request. Where it would be too long for one, the part for programs is left
    /// in the report alone, which the digest names.
    pub fn markdown(&self) -> String {
        let page = self.page_text();
        let block = self.block();
        if page.len() + block.len() < MOST {
            return page + &folded(&block);
        }
        format!(
            "{page}This receipt is too long for a page: all of it is in the run's report.\n\n{}: blake3:{}\n",
            super::TRAILER,
            self.digest()
        )
    }

    /// As a section of the run's report: with all of it, however long.
    pub fn section(&self) -> String {
        self.page_text() + &folded(&self.block())
    }

    fn page_text(&self) -> String {
        let lines = self.page().into_iter().map(|told| told.text + "\n");
        lines.collect()
    }

    /// The part for people, line by line.
    pub fn page(&self) -> Vec<Told> {
        let mut page = Page(Vec::new());
        page.line(About::Receipt, format!("## Receipt of {}", self.run));
        page.gap();
        let of = match &self.task {
            Some(task) => format!("**{} {}**", task.id, cell(&task.title)),
            None => format!("**{}**", cell(&self.workflow)),
        };
        let told = format!(
            "{of}, workflow {}, tree `{}`. `harness-tui verify` looks up in git whether each line of it is so.",
            cell(&self.workflow),
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

    fn criteria_of(&self, page: &mut Page) {
        let rows = self.criteria.iter().map(|c| {
            let judged = format!("{} {}", mark(&c.judged), c.judged);
            let lines: Vec<String> = c.places.iter().map(place).collect();
            let evidence = [cell(&c.evidence), lines.join(", ")];
            let evidence: Vec<String> = evidence.into_iter().filter(|t| !t.is_empty()).collect();
            (
                About::Criterion(c.id.clone()),
                vec![
                    format!("**{}** {}", c.id, cell(&c.text)),
                    judged,
                    evidence.join(" · "),
                ],
            )
        });
        page.table(
            "Criteria",
            &["Criterion", "Judgement", "Evidence"],
            rows.collect(),
        );
    }

    fn checks_of(&self, page: &mut Page) {
        let rows = self.checks.iter().map(|c| {
            (
                About::Check(c.command.clone()),
                vec![
                    code(&c.command),
                    cell(&c.how),
                    format!("`{}`{}", c.tree.short(), since(self, c)),
                ],
            )
        });
        page.table(
            "Checks",
            &["Command", "Exit", "Ran on tree"],
            rows.collect(),
        );
    }

    fn decisions_of(&self, page: &mut Page) {
        let rows = self.decisions.iter().map(|d| (d.about(), decided(d)));
        page.table("Decisions", &["When", "Who", "What", "On"], rows.collect());
    }

    fn comments_of(&self, page: &mut Page) {
        let rows = self.comments.iter().map(|c| {
            let row = vec![
                format!("**{}** {}", cell(&c.id), code(&c.place)),
                cell(&c.text),
                cell(&c.outcome),
            ];
            (About::Comment(c.id.clone()), row)
        });
        page.table(
            "Review comments",
            &["Comment", "Text", "Settled"],
            rows.collect(),
        );
    }

    fn artifacts_of(&self, page: &mut Page) {
        let rows = self.artifacts.iter().map(|a| {
            let row = vec![
                cell(&a.name),
                code(a.path.as_str()),
                format!("`{}`", a.digest.short()),
            ];
            (About::Artifact(a.name.clone()), row)
        });
        page.table("Artifacts", &["Artifact", "File", "blake3"], rows.collect());
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

    fn files_of(&self, page: &mut Page) {
        if let Some(n) = self.unlisted {
            page.gap();
            page.line(
                About::Receipt,
                format!("{} changed, too many to be listed.", many(n, "file")),
            );
            return;
        }
        let rows = self.code().map(|f| {
            let object = f.blob.as_ref();
            let object =
                object.map_or_else(|| "taken away".to_owned(), |b| format!("`{}`", b.short()));
            (About::File(f.path.clone()), vec![code(&f.path), object])
        });
        page.table("Files", &["File", "Object"], rows.collect());
    }

    fn cost_of(&self, page: &mut Page) {
        let row = |spent: &super::Spent| {
            let mut cells = vec![cell(&spent.agent)];
            cells.extend(used(spent));
            (About::Cost, cells)
        };
        let rows = self.spent.iter().map(row).collect();
        page.table("Cost", &["Agent", "Attempts", "Tokens", "Cost"], rows);
        page.gap();
        page.line(About::Cost, format!("Together: {}.", self.cost()));
    }
}

fn decided(decision: &Decision) -> Vec<String> {
    let on = decision.on.as_ref();
    vec![
        decision.at.clone(),
        cell(&decision.by),
        cell(&decision.what),
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

struct Page(Vec<Told>);

impl Page {
    fn line(&mut self, about: About, text: impl Into<String>) {
        self.0.push(Told::new(about, text));
    }

    fn gap(&mut self) {
        self.line(About::Receipt, "");
    }

    /// A table below its title; nothing where it has no row.
    fn table(&mut self, title: &str, header: &[&str], rows: Vec<(About, Vec<String>)>) {
        if rows.is_empty() {
            return;
        }
        let rest = rows.len().saturating_sub(ROWS);
        self.gap();
        self.line(About::Receipt, format!("### {title}"));
        self.gap();
        self.line(About::Receipt, format!("| {} |", header.join(" | ")));
        self.line(
            About::Receipt,
            format!("|{}", " --- |".repeat(header.len())),
        );
        for (about, cells) in rows.into_iter().take(ROWS) {
            self.line(about, format!("| {} |", cells.join(" | ")));
        }
        if rest > 0 {
            self.gap();
            self.line(About::Receipt, format!("… and {rest} more."));
        }
    }
}

/// Words for a cell: nothing in them is anything but words to a page.
pub(in crate::landing) fn cell(text: &str) -> String {
    let mut out = String::new();
    for c in short(text).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // Nobody is called by what an agent wrote.
            '@' => out.push_str("@<!-- -->"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' => {
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
    let text = short(text).replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    let space = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{ticks}{space}{text}{space}{ticks}")
}

fn short(text: &str) -> String {
    match text.char_indices().nth(CELL) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_words_and_code_is_code() {
        assert_eq!(
            cell("a|b <img> *x* @ada"),
            "a\\|b &lt;img&gt; \\*x\\* @<!-- -->ada"
        );
        assert_eq!(code("npm test"), "`npm test`");
        assert_eq!(code("a `b` |"), "``a `b` \\|``");
        assert_eq!(code("`b"), "`` `b ``");
    }
}
