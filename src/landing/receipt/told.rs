//! A receipt as lines of a commit's message. What is written here is what is looked for when the
//! message is verified.

use super::{Criterion, Decision, Receipt};
use crate::records::spending::{Billing, Known};
use crate::terms::usage::{count, dollars};
use crate::terms::{CriterionId, Oid};
use crate::text::many;
use std::fmt;

/// What a line is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// The receipt as a whole.
    Receipt,
    /// The task.
    Task,
    /// A criterion.
    Criterion(CriterionId),
    /// A check, by its command.
    Check(String),
    /// A decision of a person: what, and by whom.
    Decision(String),
    /// A review comment.
    Comment(String),
    /// An artifact, by its name.
    Artifact(String),
    /// A file.
    File(String),
    /// What it cost.
    Cost,
    /// The commit's signature.
    Signature,
}

impl About {
    /// The word for its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::Task => "task",
            Self::Criterion(_) => "criterion",
            Self::Check(_) => "check",
            Self::Decision(_) => "decision",
            Self::Comment(_) => "comment",
            Self::Artifact(_) => "artifact",
            Self::File(_) => "file",
            Self::Cost => "cost",
            Self::Signature => "signature",
        }
    }

    /// Which of its kind; empty where there is but one.
    pub fn which(&self) -> &str {
        match self {
            Self::Criterion(id) => id.as_str(),
            Self::Check(text)
            | Self::Decision(text)
            | Self::Comment(text)
            | Self::Artifact(text)
            | Self::File(text) => text,
            Self::Receipt | Self::Task | Self::Cost | Self::Signature => "",
        }
    }
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Criterion(id) => f.pad(id.as_str()),
            about if about.which().is_empty() => f.pad(about.kind()),
            about => f.pad(&format!("{} {}", about.kind(), about.which())),
        }
    }
}

/// A line with what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What it is about.
    pub about: About,
    /// The line.
    pub text: String,
}

impl Told {
    pub(super) fn new(about: About, text: impl Into<String>) -> Self {
        Self {
            about,
            text: text.into(),
        }
    }
}

impl Decision {
    /// What a line about it is about.
    pub fn about(&self) -> About {
        About::Decision(format!("{} by {}", self.what, self.by))
    }
}

impl Receipt {
    /// The paragraphs of a message that tell it.
    pub fn paragraphs(&self) -> Vec<Vec<Told>> {
        let criteria = self.criteria.iter().map(|c| {
            let text = format!("- {} {}: {}{}", c.id, c.judged, c.text, evidence(c));
            Told::new(About::Criterion(c.id.clone()), text)
        });
        let checks = self.checks.iter().map(|c| {
            let text = format!("- {}: {} (tree {})", c.how, c.command, c.tree.short());
            Told::new(About::Check(c.command.clone()), text)
        });
        let decisions = self.decisions.iter().map(|d| {
            let on = d.on.as_ref();
            let on = on.map_or_else(String::new, |on| format!(" on {}", on.short()));
            Told::new(d.about(), format!("- {} {}{on}, {}", d.by, d.what, d.at))
        });
        let comments = self.comments.iter().map(|c| {
            let text = format!("- {} {}: {} ({})", c.id, c.outcome, c.text, c.place);
            Told::new(About::Comment(c.id.clone()), text)
        });
        let taken = self
            .taken
            .as_ref()
            .map(|base| vec![Told::new(About::Receipt, began(base))]);
        [
            block("Criteria", criteria.collect()),
            block("Checks", checks.collect()),
            block("Decisions", decisions.collect()),
            block("Comments", comments.collect()),
            taken,
            Some(vec![Told::new(
                About::Cost,
                format!("Cost: {}", self.cost()),
            )]),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// What it cost, in words: what was paid for one by one, and what a plan paid for, which has no price.
    pub fn cost(&self) -> String {
        let sum = |billing: Billing| {
            let own = self.spent.iter().filter(|s| s.billing == billing);
            own.fold((0, Known::default(), Known::default()), |sum, s| {
                (sum.0 + s.attempts, sum.1.and(s.tokens), sum.2.and(s.cost))
            })
        };
        let mut parts = Vec::new();
        let (attempts, tokens, cost) = sum(Billing::Metered);
        if attempts > 0 {
            parts.push(format!(
                "{}, {} tokens, {}",
                cost.text(dollars),
                tokens.text(count),
                many(attempts, "attempt")
            ));
        }
        let (attempts, tokens, _) = sum(Billing::Plan);
        if attempts > 0 {
            let attempts = many(attempts, "attempt");
            parts.push(format!(
                "{} tokens, {attempts} by a plan",
                tokens.text(count)
            ));
        }
        if parts.is_empty() {
            return "no agent was asked".to_owned();
        }
        parts.join("; and ")
    }
}

/// What of the person's own was not committed when the run began.
fn began(base: &Oid) -> String {
    let base = base.short();
    format!("It began with what was not committed in the checkout, kept as {base}.")
}

fn evidence(criterion: &Criterion) -> String {
    let nowhere = criterion.nowhere();
    let nowhere = nowhere.map_or_else(String::new, |told| format!("; {told}"));
    match criterion.evidence.as_str() {
        "" => String::new(),
        evidence => format!(" ({evidence}){nowhere}"),
    }
}

fn block(title: &str, lines: Vec<Told>) -> Option<Vec<Told>> {
    if lines.is_empty() {
        return None;
    }
    let mut block = vec![Told::new(About::Receipt, format!("{title}:"))];
    block.extend(lines);
    Some(block)
}

/// What one agent used, in words.
pub(super) fn used(spent: &super::Spent) -> [String; 3] {
    let cost = match spent.billing {
        Billing::Plan => "by a plan".to_owned(),
        Billing::Metered | Billing::NoAgent => spent.cost.text(dollars),
    };
    let tokens = spent.tokens.text(count);
    [spent.attempts.to_string(), tokens, cost]
}
