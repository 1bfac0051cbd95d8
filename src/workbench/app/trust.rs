//! The question whether what the repository's files have run may be run here.

use super::App;
use super::desk::{Ask, Deed};
use super::event::Effect;
use super::overlay::Overlay;
use crate::supervisor::trust::{Row, Sign, Untrusted};
use crate::workbench::actions::Action;

impl App {
    /// Whether there is something to be trusted.
    pub fn may_trust(&self) -> Result<(), String> {
        match &self.board.untrusted {
            Some(_) => self.nothing_under_way(),
            None => Err("nothing waits to be trusted here".to_owned()),
        }
    }

    /// Shows what is not trusted, and asks; with a yes, what was wanted is done.
    pub(super) fn ask_trust(&mut self, then: Option<Action>) {
        if let Some(untrusted) = &self.board.untrusted {
            let ask = ask(untrusted, then);
            self.overlays.push(Overlay::Ask(Box::new(ask)));
        }
    }

    /// It is trusted now: what was wanted when it was asked about is done.
    pub(super) fn trusted(&mut self, then: Option<Action>, effects: &mut Vec<Effect>) {
        // What is read next says it as well.
        self.board.untrusted = None;
        if let Some(action) = then.filter(|_| self.overlays.is_empty())
            && self.may(action).is_ok()
        {
            self.act(action, effects);
        }
    }
}

fn ask(untrusted: &Untrusted, then: Option<Action>) -> Ask {
    let mut lines = vec![("why".to_owned(), sentence(&untrusted.reason()))];
    lines.extend(rows(&untrusted.rows()));
    lines.push(("digest".to_owned(), untrusted.digest.to_string()));
    Ask {
        title: "Trust what this repository's files run and allow?".to_owned(),
        lines,
        top: 0,
        deed: Deed::Trust {
            digest: untrusted.digest.clone(),
            then,
        },
        yes: if then.is_some() {
            "trust it and go on"
        } else {
            "trust it"
        },
        light: true,
        others: Vec::new(),
    }
}

/// Each with its place: the file over those of it, then the line, and what became of it.
fn rows(rows: &[Row]) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    let mut file = None;
    for row in rows {
        let power = row.power.shown();
        if file.as_ref() != Some(&power.file) {
            lines.push(("in".to_owned(), power.file.clone()));
            file = Some(power.file.clone());
        }
        let lead = match row.sign {
            Sign::Same => power.line.to_string(),
            sign => format!("{} {}", sign.word(), power.line),
        };
        let mut texts = power.text.lines();
        let first = texts.next().unwrap_or_default();
        lines.push((lead, format!("{}: {first}", power.what)));
        lines.extend(texts.map(|text| (String::new(), text.to_owned())));
    }
    lines
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
