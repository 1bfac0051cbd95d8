//! Comments of people on lines, and what is answered to them.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A comment's number within its run: `C3`. A number is given once, also where its comment is taken
/// away again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommentId(u32);

impl CommentId {
    /// The one with this number, counted from 1.
    pub fn nth(n: u32) -> Self {
        Self(n)
    }

    /// Its number.
    pub fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for CommentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "C{}", self.0)
    }
}

/// A text that is no comment's id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no comment's id, such as C3")]
pub struct NoComment(pub String);

impl FromStr for CommentId {
    type Err = NoComment;

    fn from_str(text: &str) -> Result<Self, NoComment> {
        let number = text.strip_prefix(['C', 'c']);
        let digits = number.filter(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
        let number = digits.and_then(|n| n.parse().ok());
        number
            .filter(|n| *n > 0)
            .map(Self)
            .ok_or_else(|| NoComment(text.to_owned()))
    }
}

impl Serialize for CommentId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CommentId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Of which text of a change a line is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Of what there is now.
    #[default]
    New,
    /// Of what there was where the run began.
    Old,
}

/// Lines of a text, counted from 1, both among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Range {
    /// The first.
    pub first: u32,
    /// The last.
    pub last: u32,
}

impl Range {
    /// From one line to another, whichever comes first.
    pub fn between(one: u32, other: u32) -> Self {
        Self {
            first: one.min(other),
            last: one.max(other),
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.first)?;
        if self.last != self.first {
            write!(f, "-{}", self.last)?;
        }
        Ok(())
    }
}

/// What a comment is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Spot {
    /// The file, relative to the repository's root.
    pub path: String,
    /// Of which text.
    #[serde(default)]
    pub side: Side,
    /// The lines; `None`: the whole file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Range>,
}

impl Spot {
    /// A place in words, `PATH:12-15`, of what there is now; what does not end in lines is a path.
    pub fn named(text: &str) -> Self {
        let lines = |text: &str| {
            let (first, last) = text.split_once('-').unwrap_or((text, text));
            let is_number = |t: &&str| t.bytes().all(|b| b.is_ascii_digit());
            let number = |t: &str| Some(t).filter(is_number)?.parse::<u32>().ok();
            Some(Range::between(number(first)?, number(last)?))
        };
        let named = text.rsplit_once(':');
        let named = named.and_then(|(path, rest)| Some((path, lines(rest)?)));
        let (path, lines) = named.map_or((text, None), |(path, lines)| (path, Some(lines)));
        Self {
            path: path.to_owned(),
            side: Side::New,
            lines,
        }
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        if let Some(lines) = self.lines {
            write!(f, ":{lines}")?;
        }
        if self.side == Side::Old {
            f.write_str(" (before)")?;
        }
        Ok(())
    }
}

/// The lines that a comment is about as they were, and some around them by which they are found
/// again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Excerpt {
    /// Lines before them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<String>,
    /// The lines themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// Lines after them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
}

/// What a stage may answer to a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It says that it did what was asked for.
    Fixed,
    /// It says why it did not.
    Declined,
    /// Nobody said anything: a person had the stage in hand, and their work counts.
    ByHand,
}

/// What a stage answered to a comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The comment.
    pub id: CommentId,
    /// The answer.
    pub answer: Answer,
    /// Where and how, or why not.
    pub said: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_and_written_as_people_do() {
        assert_eq!("C12".parse::<CommentId>(), Ok(CommentId::nth(12)));
        assert_eq!(CommentId::nth(3).to_string(), "C3");
        for wrong in ["", "C", "C0", "C-1", "3", "Cx", "C99999999999"] {
            assert!(wrong.parse::<CommentId>().is_err(), "{wrong}");
        }
        let kept = serde_json::to_string(&CommentId::nth(7)).unwrap();
        assert_eq!(kept, "\"C7\"");
        assert!(serde_json::from_str::<CommentId>("\"7\"").is_err());
    }

    #[test]
    fn a_place_in_words_is_read() {
        let read = |text| Spot::named(text).to_string();
        for text in [
            "src/a.rs:12-15",
            "src/a.rs:4",
            "src/a.rs",
            "a:b:7",
            "a:",
            "a:x",
            "a:1-x",
        ] {
            assert_eq!(read(text), text);
        }
        assert_eq!(read("a:9-3"), "a:3-9");
        assert_eq!(Spot::named("a:+1").lines, None);
    }

    #[test]
    fn a_spot_reads_as_a_place() {
        let mut spot = Spot {
            path: "src/a.rs".to_owned(),
            side: Side::New,
            lines: Some(Range::between(15, 12)),
        };
        assert_eq!(spot.to_string(), "src/a.rs:12-15");
        spot.side = Side::Old;
        spot.lines = Some(Range::between(4, 4));
        assert_eq!(spot.to_string(), "src/a.rs:4 (before)");
        spot.lines = None;
        spot.side = Side::New;
        assert_eq!(spot.to_string(), "src/a.rs");
    }
}
