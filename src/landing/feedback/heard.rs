//! What a house tells of a pull request, before anything of it is chosen: threads, each word of them with
//! whose it is, and checks that failed.

use super::flat;
use crate::terms::RepoPath;
use crate::terms::review::{Range, Side, Spot};
use serde_json::Value;

/// One thing that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// Its address.
    pub url: String,
    pub author: String,
    pub text: String,
    /// Whether who said it is of the project.
    pub inside: bool,
}

/// Something that was said, and what was answered to it there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Thread {
    pub said: Vec<Said>,
    pub place: Option<(Option<Spot>, String)>,
    pub resolved: bool,
}

/// What is left of a thread where some are not listened to.
pub(super) struct Kept {
    /// By which it is known: the address of what was said first, whoever said it.
    pub url: String,
    /// What tells it apart from itself before more was said: the last address that is listened to, and
    /// those after it.
    pub sources: Vec<String>,
    pub author: String,
    pub spot: Option<Spot>,
    pub text: String,
}

impl Thread {
    pub fn new(
        said: impl Iterator<Item = Said>,
        place: Option<(Option<Spot>, String)>,
        resolved: bool,
    ) -> Option<Self> {
        let said: Vec<Said> = said.filter(|s| !s.text.trim().is_empty()).collect();
        (!said.is_empty()).then_some(Self {
            said,
            place,
            resolved,
        })
    }

    /// Those in it who are not of the project, a name for each thing they said since something of it was
    /// brought.
    pub fn outside_since(&self, brought: impl Fn(&String) -> bool) -> impl Iterator<Item = &str> {
        let known = self.said.iter().rposition(|s| brought(&s.url));
        let since = self.said.iter().skip(known.map_or(0, |n| n + 1));
        since.filter(|s| !s.inside).map(|s| s.author.as_str())
    }

    /// What is brought of it; `None`: only people outside of the project spoke, and they are not listened
    /// to. `anyone`: they are.
    pub fn kept(self, anyone: bool) -> Option<Kept> {
        let url = self.said.first()?.url.clone();
        let heard = |s: &Said| anyone || s.inside;
        let last = self.said.iter().rposition(heard)?;
        let sources = self.said.get(last..).unwrap_or_default();
        let sources = sources.iter().map(|s| s.url.clone()).collect();
        let mut left = 0;
        let mut author = None;
        let (spot, mut text) = self.place.unwrap_or_default();
        for said in self.said {
            if !(anyone || said.inside) {
                left += 1;
                continue;
            }
            match &author {
                None => {
                    author = Some(said.author);
                    text.push_str(&said.text);
                }
                Some(_) => text.push_str(&format!("\n{}: {}", said.author, said.text)),
            }
        }
        if left > 0 {
            let what = crate::text::many(left, "comment");
            text.push_str(&format!(
                "\n({what} of this thread left out: of people outside the project)"
            ));
        }
        Some(Kept {
            url,
            sources,
            author: author?,
            spot,
            text,
        })
    }
}

/// The logs that are read: of what is new, and of no more than is brought.
pub(super) struct Logs<'a> {
    is_new: &'a dyn Fn(&str) -> bool,
    left: usize,
}

impl<'a> Logs<'a> {
    pub fn of(is_new: &'a dyn Fn(&str) -> bool) -> Self {
        Self {
            is_new,
            left: super::MOST_CHECKS,
        }
    }

    /// Whether that of the check of this source is to be read.
    pub fn wants(&mut self, source: &str) -> bool {
        let wants = self.left > 0 && (self.is_new)(source);
        self.left -= usize::from(wants);
        wants
    }
}

/// One check that failed.
pub(super) struct Fails {
    pub source: String,
    pub name: String,
    pub log: String,
}

/// What a house tells of a pull request.
pub(super) struct Heard {
    pub threads: Vec<Thread>,
    pub fails: Vec<Fails>,
    /// What was not read, for people.
    pub notes: Vec<String>,
}

/// The lines of a file that something was said of, as it is named there, and the words before what was
/// said where that is no place in what there is now.
pub(super) fn place_of(
    file: &str,
    lines: Option<(u64, u64)>,
    was: Option<u64>,
    old: bool,
) -> (Option<Spot>, String) {
    let Ok(path) = RepoPath::new(file) else {
        // No path of a repository: a word like any other.
        return (None, format!("on {}: ", flat(file, 200)));
    };
    let number = |n: u64| u32::try_from(n).ok().filter(|n| *n > 0);
    let lines = lines.and_then(|(first, last)| Some(Range::between(number(first)?, number(last)?)));
    let before = match (lines, was) {
        (None, Some(was)) => format!("on line {was} of an earlier version: "),
        _ => String::new(),
    };
    let spot = Spot {
        path: path.to_string(),
        side: if old { Side::Old } else { Side::New },
        lines,
    };
    (Some(spot), before)
}

/// How many of the last lines of a log are looked at.
const LOG_LINES: usize = 25;

pub(super) fn last_lines<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let lines: Vec<&str> = lines.filter(|l| !l.trim().is_empty()).collect();
    let last = lines.get(lines.len().saturating_sub(LOG_LINES)..);
    last.unwrap_or_default().join("\n")
}

pub(super) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// The name of who wrote something, as the house has it in this field.
pub(super) fn author(value: &Value, key: &str) -> String {
    let author = value
        .get("author")
        .and_then(|a| super::super::forge::text(a, key));
    author.unwrap_or_else(|| "somebody".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_went_are_told_and_not_pointed_at() {
        let (spot, before) = place_of("a.rs", None, Some(7), false);
        assert_eq!(spot.unwrap().lines, None);
        assert_eq!(before, "on line 7 of an earlier version: ");
        let (spot, before) = place_of("a.rs", Some((3, 5)), Some(7), true);
        assert_eq!(spot.unwrap().to_string(), "a.rs:3-5 (before)");
        assert!(before.is_empty());
    }

    #[test]
    fn of_a_thread_those_of_the_project_are_heard_and_the_rest_is_told_to_be_left_out() {
        let said = |url: &str, inside| Said {
            url: url.to_owned(),
            author: if inside { "bob" } else { "eve" }.to_owned(),
            text: format!("{url} says"),
            inside,
        };
        let thread = |all: &[(&str, bool)]| {
            let all: Vec<Said> = all.iter().map(|(url, inside)| said(url, *inside)).collect();
            Thread::new(all.into_iter(), None, false).unwrap()
        };
        assert!(thread(&[("a", false)]).kept(false).is_none());
        let all = [("a", false), ("b", true), ("c", false)];
        assert_eq!(thread(&all).outside_since(|_| false).count(), 2);
        assert_eq!(thread(&all).outside_since(|url| url == "b").count(), 1);
        let kept = thread(&all).kept(false).unwrap();
        // It is the same comment whoever is listened to, and known by what was brought of it.
        assert_eq!(
            (kept.url.as_str(), kept.author.as_str(), kept.sources),
            ("a", "bob", vec!["b".to_owned(), "c".to_owned()])
        );
        assert!(
            kept.text.starts_with("b says\n(2 comments"),
            "{}",
            kept.text
        );
        assert!(!kept.text.contains("a says") && !kept.text.contains("c says"));
        let kept = thread(&all).kept(true).unwrap();
        assert_eq!(
            (kept.url.as_str(), kept.sources),
            ("a", vec!["c".to_owned()])
        );
        assert_eq!(kept.text, "a says\nbob: b says\neve: c says");
    }
}
