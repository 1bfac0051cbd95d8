//! A question of the author, and what a person gave to it.

use serde::{Deserialize, Serialize};

/// A question as the author asked it. Texts are the agent's own, made safe before they are drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// `Q1`: its number within the dialogue; never given to another question.
    pub id: String,
    /// The heading it stands below, where questions come in groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// A few words that name its subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What is asked, on one line.
    pub text: String,
    /// Why it matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What may be chosen from, where it names that; another answer is always possible.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<Choice>,
    /// The answer the author recommends: one of the options' texts, or words of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recommended: Option<String>,
    /// Whether the author can't go on without an answer.
    #[serde(default, skip_serializing_if = "is_false")]
    pub blocking: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde asks for a reference.
fn is_false(value: &bool) -> bool {
    !value
}

/// One of a question's options.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The letter or number it is named by (`A`), where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What choosing it answers.
    pub text: String,
    /// What it means, where that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Question {
    /// Its number.
    pub fn number(&self) -> u32 {
        number_of(&self.id)
    }

    /// What it asks for the ledger, on one line: its subject first, where it has one.
    pub fn line(&self) -> String {
        match &self.title {
            Some(title) if !self.text.starts_with(title.as_str()) => {
                format!("{title}: {}", self.text)
            }
            _ => self.text.clone(),
        }
    }

    /// The answer that a person's words stand for: an option's letter or number is its text.
    pub fn meant(&self, words: &str) -> String {
        let bare = words.trim();
        let key = bare.trim_end_matches(['.', ')']).trim_start_matches('(');
        let by_key = self.options.iter().find(|o| {
            o.key
                .as_deref()
                .is_some_and(|k| k.eq_ignore_ascii_case(key))
        });
        match by_key {
            Some(option) => option.text.clone(),
            None => bare.to_owned(),
        }
    }
}

/// The number of `Q12`; 0 for anything else.
pub fn number_of(id: &str) -> u32 {
    id.strip_prefix(['Q', 'q'])
        .and_then(|n| n.parse().ok())
        .unwrap_or(0)
}

/// What a person gave to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "given", rename_all = "snake_case")]
pub enum Given {
    /// An answer in their own words, or an option's.
    Answer {
        /// The words.
        text: String,
    },
    /// What the author recommends.
    Default {
        /// What that was.
        text: String,
    },
    /// Nothing: it is left to the author.
    Skip,
    /// A question back.
    Back {
        /// What they want to know.
        text: String,
    },
}

impl Given {
    /// The answer, where it is one.
    pub fn answer(&self) -> Option<&str> {
        match self {
            Self::Answer { text } | Self::Default { text } => Some(text),
            Self::Skip | Self::Back { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_stands_for_its_option() {
        let choice = |key: &str, text: &str| Choice {
            key: Some(key.into()),
            text: text.into(),
            note: None,
        };
        let question = Question {
            options: vec![choice("A", "beside"), choice("B", "below")],
            ..Question::default()
        };
        assert_eq!(question.meant(" b) "), "below");
        assert_eq!(question.meant("(A)"), "beside");
        assert_eq!(question.meant("beside, but small"), "beside, but small");
    }

    #[test]
    fn a_subject_is_not_said_twice() {
        let mut question = Question {
            title: Some("Hero".into()),
            text: "Photo beside it?".into(),
            ..Question::default()
        };
        assert_eq!(question.line(), "Hero: Photo beside it?");
        question.text = "Hero photo beside it?".into();
        assert_eq!(question.line(), "Hero photo beside it?");
    }
}
