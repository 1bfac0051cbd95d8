//! The receipt of a run in sentences: the same that its page shows.

use super::linear::Linear;
use super::papers::{spoken, stopped};
use crate::landing::held::Held;
use crate::landing::verify::Stands;
use crate::workbench::app::proven::{Proven, found, parts, said};

impl Linear {
    /// Says the receipt, once it was looked up.
    pub(super) fn receipt(&mut self, page: &Proven) {
        if let Some(held) = &page.held {
            self.page(sentences(page, held));
        }
    }
}

fn sentences(page: &Proven, held: &Held) -> Vec<String> {
    let mut says = vec![format!("The receipt of {}.", page.run)];
    for (_, text) in Proven::head(held) {
        says.push(capital_stopped(&text));
    }
    for (title, lines) in parts(held) {
        says.push(format!("{}:", super::words::capital(&title.to_lowercase())));
        for line in &lines {
            let word = match line.stands {
                Stands::Ok => "so",
                other => other.word(),
            };
            let (said, found) = (spoken(&said(line)), spoken(&found(line)));
            says.push(match said.trim_end_matches('.') {
                "" => format!("{word}: {}", stopped(&found)),
                said => format!("{word}: {said}; {}", stopped(&found)),
            });
        }
    }
    says
}

fn capital_stopped(text: &str) -> String {
    stopped(&super::words::capital(&spoken(text)))
}
