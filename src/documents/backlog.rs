//! `backlog.md`: items with a status, a summary and, once there is one, the link to their task.
//!
//! Law: a change touches its own line and no other byte. Two items with one id are reported and
//! never guessed between.

use super::lines::{Lines, number, one_line};
use super::markdown::key::{KeyLine, key_line, with_value};
use super::markdown::{Kind, Outline, plain};
use crate::terms::{Finding, ItemId, Place, TaskId};
use std::collections::HashMap;

/// Where a backlog is looked for below `harness/`, in order.
pub const PLACES: [&str; 2] = ["backlog.md", "backlog/backlog.md"];

/// One item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// Its title.
    pub title: String,
    /// Its status as written; unknown words survive.
    pub status: Option<String>,
    /// Its summary, on one line.
    pub summary: Option<String>,
    /// The task it became, where the link line holds an id.
    pub task: Option<TaskId>,
    /// The line of its heading, from 1.
    pub line: u32,
    at: usize,
    status_at: Option<usize>,
    /// The last line of its summary.
    summary_at: Option<usize>,
    task_at: Option<usize>,
    /// The line after its last one with content; rules between items are not its content.
    end: usize,
}

/// Why an item can't be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BacklogError {
    /// There is no such item.
    #[error("the backlog has no item {0}; write a heading '### {0} — Title'")]
    Unknown(ItemId),
    /// There are several.
    #[error(
        "the backlog has {id} twice, on lines {first} and {second}; give one of them another id"
    )]
    Twice {
        /// The id.
        id: ItemId,
        /// The line of the first, from 1.
        first: u32,
        /// The line of the second, from 1.
        second: u32,
    },
    /// The item that should be added is there.
    #[error("the backlog already has {id}, on line {line}; take another id")]
    Taken {
        /// The id.
        id: ItemId,
        /// Its line, from 1.
        line: u32,
    },
}

/// A backlog file.
#[derive(Debug, Clone, Default)]
pub struct Backlog {
    lines: Lines,
    items: Vec<Item>,
    by_id: HashMap<ItemId, usize>,
}

impl Backlog {
    /// Reads a backlog; every byte string is one.
    pub fn parse(bytes: impl AsRef<[u8]>) -> Self {
        Self::of(Lines::parse(bytes))
    }

    fn of(lines: Lines) -> Self {
        let items = read_items(&lines);
        let mut by_id = HashMap::with_capacity(items.len());
        for (n, item) in items.iter().enumerate() {
            by_id.entry(item.id.clone()).or_insert(n);
        }
        Self {
            lines,
            items,
            by_id,
        }
    }

    /// The file's bytes.
    pub fn render(&self) -> Vec<u8> {
        self.lines.render()
    }

    /// The items in order.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The items in order, without the file.
    pub fn into_items(self) -> Vec<Item> {
        self.items
    }

    /// The first item with this id.
    pub fn find(&self, id: &ItemId) -> Option<&Item> {
        self.by_id.get(id).and_then(|n| self.items.get(*n))
    }

    /// The id after the highest one, with at least three digits.
    pub fn next_id(&self) -> ItemId {
        let highest = self.items.iter().filter_map(|i| number_of(&i.id)).max();
        // A number of nine digits at most has a successor that may have ten; it stays at the end.
        let next = highest.map_or(1, |n| (n + 1).min(999_999_999));
        ItemId::new(format!("B{next:03}")).unwrap_or_else(|_| self.items[0].id.clone())
    }

    /// What is wrong with it: ids that occur twice, items without a status.
    pub fn findings(&self, file: &str) -> Vec<Finding> {
        let mut found = Vec::new();
        for (n, item) in self.items.iter().enumerate() {
            let first = self.by_id.get(&item.id).filter(|first| **first != n);
            if let Some(first) = first.and_then(|first| self.items.get(*first)) {
                found.push(
                    Finding::new(
                        "backlog/duplicate-id",
                        format!("{} is also the item on line {}", item.id, first.line),
                    )
                    .at(Place::line(file, item.line))
                    .remedy("give one of the two another id"),
                );
            }
            if item.status.is_none() {
                found.push(
                    Finding::new("backlog/no-status", format!("{} has no status", item.id))
                        .at(Place::line(file, item.line))
                        .remedy("add a line '**Status:** Planned' below its heading"),
                );
            }
        }
        found
    }

    /// Sets an item's status: its one line changes, or is put below the heading where it is missing.
    pub fn set_status(&mut self, id: &ItemId, status: &str) -> Result<(), BacklogError> {
        let item = self.only(id)?;
        match item.status_at {
            Some(at) => self.set_value(at, status),
            None => self.insert_key(item.at + 1, "Status", status),
        }
        Ok(())
    }

    /// Sets an item's title: the rest of its heading keeps its bytes.
    pub fn set_title(&mut self, id: &ItemId, title: &str) -> Result<(), BacklogError> {
        let item = self.only(id)?;
        let title = one_line(title);
        let title = title.trim();
        if item.title == title {
            return Ok(());
        }
        let line = self.lines.text(item.at).to_owned();
        let wanted = match line.rfind(item.title.as_str()) {
            Some(at) if !item.title.is_empty() => {
                let end = &line[at + item.title.len()..];
                format!("{}{title}{end}", &line[..at])
            }
            // It has none yet, or one that is written with marks.
            _ => {
                let hashes = line.chars().take_while(|c| *c == '#').count().max(2);
                format!("{} {id} — {title}", "#".repeat(hashes))
            }
        };
        self.lines.set(item.at, &wanted);
        self.reread();
        Ok(())
    }

    /// Sets an item's summary, on one line; the lines that it went over before are one then.
    pub fn set_summary(&mut self, id: &ItemId, summary: &str) -> Result<(), BacklogError> {
        let item = self.only(id)?;
        let summary = one_line(summary);
        let summary = summary.trim();
        if item.summary.as_deref().unwrap_or_default() == summary {
            return Ok(());
        }
        let Some(last) = item.summary_at else {
            let after = item.status_at.unwrap_or(item.at);
            self.insert_key(after + 1, "Summary", summary);
            return Ok(());
        };
        let is_it = |at: &usize| key_line(self.lines.text(*at)).is_some_and(|l| l.is("Summary"));
        let first = (item.at..=last).find(is_it).unwrap_or(last);
        for at in (first + 1..=last).rev() {
            self.lines.remove(at);
        }
        self.set_value(first, summary);
        Ok(())
    }

    /// Sets the link line to the item's task; a new one goes below the summary.
    pub fn set_task_link(&mut self, id: &ItemId, task: &TaskId) -> Result<(), BacklogError> {
        let item = self.only(id)?;
        match item.task_at {
            Some(at) if item.task.as_ref() == Some(task) => debug_assert!(at < self.lines.len()),
            Some(at) => self.set_value(at, task.as_str()),
            None => {
                let after = item.summary_at.or(item.status_at).unwrap_or(item.at);
                self.insert_key(after + 1, "Task", task.as_str());
            }
        }
        Ok(())
    }

    /// Adds an item below the last one, in the form the items before it have.
    pub fn add_item(
        &mut self,
        id: &ItemId,
        title: &str,
        status: &str,
        summary: &str,
    ) -> Result<(), BacklogError> {
        if let Some(item) = self.find(id) {
            return Err(BacklogError::Taken {
                id: id.clone(),
                line: item.line,
            });
        }
        let block = self.block(id, title, status, summary);
        let at = match self.items.last() {
            Some(last) => last.end,
            None => self.first_place(),
        };
        self.lines.insert_all(at, &block);
        self.reread();
        Ok(())
    }

    fn block(&self, id: &ItemId, title: &str, status: &str, summary: &str) -> Vec<String> {
        let last = self.items.last();
        let heading = last.map_or("", |i| self.lines.text(i.at));
        let hashes = match heading
            .trim_start()
            .chars()
            .take_while(|c| *c == '#')
            .count()
        {
            0 => 3,
            n => n,
        };
        let dash = if heading.contains(" - ") { '-' } else { '—' };
        let tail = last
            .and_then(|i| i.status_at)
            .map_or("", |at| trailing_blanks(self.lines.text(at)));
        let mut block = Vec::new();
        if let Some(last) = last {
            if self.has_rules() {
                block.extend([String::new(), "---".to_owned()]);
            }
            debug_assert!(last.end <= self.lines.len());
            block.push(String::new());
        }
        block.push(format!(
            "{} {id} {dash} {}",
            "#".repeat(hashes),
            one_line(title).trim()
        ));
        if self.blank_below_heading() {
            block.push(String::new());
        }
        block.push(format!("**Status:** {}{tail}", one_line(status).trim()));
        block.push(format!("**Summary:** {}{tail}", one_line(summary).trim()));
        block
    }

    /// Where the first item goes: at the end of the section of items, or of the file.
    fn first_place(&mut self) -> usize {
        if self.lines.is_empty() {
            self.lines
                .insert_all(0, &["# Backlog", "", "## Backlog Items", ""]);
            return self.lines.len();
        }
        let outline = Outline::of(&self.lines);
        let end = outline
            .section(2, "Backlog Items")
            .map_or(self.lines.len(), |h| h.end);
        let content = (0..end)
            .rev()
            .find(|at| outline.kinds.get(*at) != Some(&Kind::Blank))
            .map_or(0, |at| at + 1);
        self.lines.insert(content, "");
        content + 1
    }

    fn has_rules(&self) -> bool {
        let Some([.., before, last]) = self.items.get(..) else {
            return false;
        };
        (before.end..last.at).any(|at| self.lines.text(at).trim() == "---")
    }

    fn blank_below_heading(&self) -> bool {
        self.items
            .last()
            .is_some_and(|i| i.status_at.is_some() && self.lines.text(i.at + 1).trim().is_empty())
    }

    fn only(&self, id: &ItemId) -> Result<Item, BacklogError> {
        let mut all = self.items.iter().filter(|i| i.id == *id);
        match (all.next(), all.next()) {
            (None, _) => Err(BacklogError::Unknown(id.clone())),
            (Some(item), None) => Ok(item.clone()),
            (Some(first), Some(second)) => Err(BacklogError::Twice {
                id: id.clone(),
                first: first.line,
                second: second.line,
            }),
        }
    }

    fn set_value(&mut self, at: usize, value: &str) {
        let text = self.lines.text(at).to_owned();
        if let Some(line) = key_line(&text) {
            let value = one_line(value);
            self.lines.set(at, &with_value(&text, &line, value.trim()));
            self.reread();
        }
    }

    fn insert_key(&mut self, at: usize, key: &str, value: &str) {
        let tail = trailing_blanks(self.lines.text(at.saturating_sub(1))).to_owned();
        let value = one_line(value);
        self.lines
            .insert(at, &format!("**{key}:** {}{tail}", value.trim()));
        self.reread();
    }

    fn reread(&mut self) {
        *self = Self::of(std::mem::take(&mut self.lines));
    }
}

fn trailing_blanks(text: &str) -> &str {
    if text.ends_with("  ") { "  " } else { "" }
}

fn number_of(id: &ItemId) -> Option<u32> {
    id.as_str().strip_prefix('B').and_then(|n| n.parse().ok())
}

/// The id and title of an item's heading: `B017 - Title`, with a hyphen, a dash or a colon.
fn heading_parts(title: &str) -> Option<(ItemId, String)> {
    let title = plain(title);
    let end = title
        .find(|c: char| !c.is_ascii_alphanumeric())
        .unwrap_or(title.len());
    let id = ItemId::new(&title[..end]).ok()?;
    let rest = title[end..].trim_start();
    if rest.is_empty() {
        return Some((id, String::new()));
    }
    let after = rest.strip_prefix(['-', '–', '—', ':'])?;
    Some((
        id,
        after.trim_start_matches(['-', '–', '—']).trim().to_owned(),
    ))
}

fn read_items(lines: &Lines) -> Vec<Item> {
    let outline = Outline::of(lines);
    let mut items = Vec::new();
    for heading in outline.headings.iter().filter(|h| h.level >= 2) {
        let Some((id, title)) = heading_parts(&heading.title) else {
            continue;
        };
        let mut item = Item {
            id,
            title,
            status: None,
            summary: None,
            task: None,
            line: number(heading.line),
            at: heading.line,
            status_at: None,
            summary_at: None,
            task_at: None,
            end: heading.line + 1,
        };
        read_body(lines, &outline, heading.body(), &mut item);
        // Its subsections are its own; what it says goes as far as its last line with content.
        let says = |at: &usize| !matches!(outline.kinds[*at], Kind::Blank | Kind::Rule);
        item.end = heading
            .range()
            .rev()
            .find(says)
            .map_or(item.end, |at| at + 1);
        items.push(item);
    }
    items
}

fn read_body(lines: &Lines, outline: &Outline, body: std::ops::Range<usize>, item: &mut Item) {
    let mut in_summary = false;
    for at in body {
        if !outline.is_text(at) {
            in_summary = false;
            continue;
        }
        let text = lines.text(at);
        match key_line(text) {
            Some(line) if line.is("Status") && item.status_at.is_none() => {
                item.status = filled(&line);
                item.status_at = Some(at);
                in_summary = false;
            }
            Some(line) if line.is("Summary") && item.summary_at.is_none() => {
                item.summary = filled(&line);
                item.summary_at = Some(at);
                in_summary = true;
            }
            Some(line) if line.is("Task") && item.task_at.is_none() => {
                item.task = task_in(line.value);
                item.task_at = Some(at);
                in_summary = false;
            }
            // A bold key begins something else; a plain `word:` may be within the summary.
            Some(_) if text.trim_start().starts_with("**") => in_summary = false,
            _ if in_summary => {
                let summary = item.summary.get_or_insert_default();
                if !summary.is_empty() {
                    summary.push(' ');
                }
                summary.push_str(text.trim());
                item.summary_at = Some(at);
            }
            _ => {}
        }
    }
}

fn filled(line: &KeyLine<'_>) -> Option<String> {
    (!line.value.is_empty()).then(|| line.value.to_owned())
}

/// The first whole task id in a value: `T014`, `[T014](tasks/T014-x.md)`, `harness/tasks/T014-x.md`.
fn task_in(value: &str) -> Option<TaskId> {
    value
        .split(|c: char| !c.is_ascii_alphanumeric())
        .find_map(|word| TaskId::new(word).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> ItemId {
        ItemId::new(text).unwrap()
    }

    const TWO: &str = "# Backlog\r\n\r\n## Status Values\r\n- Planned\r\n\r\n## Backlog Items\r\n\r\n\
        ### B017 - Draw charts  \r\n**Status:** Done  \r\n**Summary:** Charts in posts. Note: small\r\nones too.\r\n\r\n---\r\n\r\n\
        ### B018 — Dark mode\r\n**Status:** Someday maybe\r\n**Summary:** A dark theme.";

    #[test]
    fn items_read_and_other_headings_are_none() {
        let backlog = Backlog::parse(TWO);
        let [a, b] = backlog.items() else { panic!() };
        assert_eq!((a.id.as_str(), a.title.as_str()), ("B017", "Draw charts"));
        assert_eq!(
            a.summary.as_deref(),
            Some("Charts in posts. Note: small ones too.")
        );
        assert_eq!(b.status.as_deref(), Some("Someday maybe"));
        assert_eq!(backlog.next_id(), id("B019"));
        assert_eq!(backlog.findings("b.md"), []);
    }

    #[test]
    fn a_status_changes_one_line() {
        let mut backlog = Backlog::parse(TWO);
        backlog.set_status(&id("B017"), "In Review").unwrap();
        let wanted = TWO.replace("**Status:** Done  ", "**Status:** In Review  ");
        assert_eq!(backlog.render(), wanted.as_bytes());
    }

    #[test]
    fn a_title_and_a_summary_change_their_own_lines() {
        let mut backlog = Backlog::parse(TWO);
        backlog.set_title(&id("B017"), "Charts\nin posts").unwrap();
        backlog.set_summary(&id("B017"), " Small ones.").unwrap();
        let wanted = TWO.replace("Draw charts", "Charts in posts").replace(
            "Charts in posts. Note: small\r\nones too.\r\n",
            "Small ones.\r\n",
        );
        assert_eq!(String::from_utf8(backlog.render()).unwrap(), wanted);
        // Set to what it is, nothing changes.
        let mut same = Backlog::parse(TWO);
        same.set_title(&id("B018"), "Dark mode").unwrap();
        let summary = "Charts in posts. Note: small ones too.";
        same.set_summary(&id("B017"), summary).unwrap();
        assert_eq!(same.render(), TWO.as_bytes());
        let mut bare = Backlog::parse("## B1\n\ntext\n");
        bare.set_title(&id("B1"), "One").unwrap();
        bare.set_summary(&id("B1"), "It.").unwrap();
        let item = bare.find(&id("B1")).unwrap();
        assert_eq!(
            (item.title.as_str(), item.summary.as_deref()),
            ("One", Some("It."))
        );
        assert!(bare.render().ends_with(b"\n\ntext\n"));
    }

    #[test]
    fn the_link_goes_below_the_summary_and_is_set_once() {
        let mut backlog = Backlog::parse(TWO);
        let task = TaskId::new("T014").unwrap();
        for _ in 0..2 {
            backlog.set_task_link(&id("B017"), &task).unwrap();
        }
        let wanted = TWO.replace("ones too.\r\n", "ones too.\r\n**Task:** T014\r\n");
        assert_eq!(String::from_utf8(backlog.render()).unwrap(), wanted);
        backlog.set_task_link(&id("B018"), &task).unwrap();
        let end = "**Summary:** A dark theme.\r\n**Task:** T014";
        assert!(backlog.render().ends_with(end.as_bytes()));
        assert_eq!(backlog.items()[1].task, Some(task));
    }

    #[test]
    fn a_new_item_takes_the_form_of_the_last() {
        let mut backlog = Backlog::parse(TWO);
        backlog
            .add_item(&id("B019"), "Search", "Planned", "Find posts.\nFast.")
            .unwrap();
        let wanted = format!(
            "{TWO}\r\n\r\n---\r\n\r\n### B019 — Search\r\n**Status:** Planned\r\n**Summary:** Find posts. Fast."
        );
        assert_eq!(String::from_utf8(backlog.render()).unwrap(), wanted);
        let again = backlog.add_item(&id("B019"), "x", "y", "z");
        assert!(matches!(again, Err(BacklogError::Taken { .. })));
    }

    #[test]
    fn an_empty_backlog_gets_its_first_item() {
        let mut backlog = Backlog::default();
        assert_eq!(backlog.next_id(), id("B001"));
        backlog
            .add_item(&id("B001"), "First", "Planned", "Do it.")
            .unwrap();
        assert_eq!(
            String::from_utf8(backlog.render()).unwrap(),
            "# Backlog\n\n## Backlog Items\n\n### B001 — First\n**Status:** Planned\n**Summary:** Do it.\n"
        );
    }

    #[test]
    fn a_new_item_stays_before_other_sections() {
        let mut backlog =
            Backlog::parse("## Backlog Items\n### B1: a\n**Status:** Done\n\n## Notes\nmine\n");
        backlog.add_item(&id("B2"), "b", "Planned", "s").unwrap();
        assert_eq!(
            String::from_utf8(backlog.render()).unwrap(),
            "## Backlog Items\n### B1: a\n**Status:** Done\n\n### B2 — b\n**Status:** Planned\n**Summary:** s\n\n## Notes\nmine\n"
        );
    }

    #[test]
    fn two_items_with_one_id_are_never_guessed_between() {
        let text = "### B1 – a\n**Status:** Done\n### B1 — b\n**Status:** Done\n### B10 — c\n";
        let mut backlog = Backlog::parse(text);
        let error = backlog.set_status(&id("B1"), "x").unwrap_err();
        assert!(error.to_string().contains("lines 1 and 3"), "{error}");
        assert_eq!(backlog.render(), text.as_bytes());
        let codes: Vec<_> = backlog
            .findings("b.md")
            .into_iter()
            .map(|f| f.code)
            .collect();
        assert_eq!(codes, ["backlog/duplicate-id", "backlog/no-status"]);
        assert!(backlog.set_status(&id("B2"), "x").is_err());
    }
}
