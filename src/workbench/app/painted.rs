//! What the last frame put where: the one thing that painting leaves behind, so that a click means
//! what a person sees. Where nothing was painted, nothing can be hit.

use super::View;
use super::links::Links;
use crate::workbench::actions::Action;
use ratatui::layout::{Position, Rect};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a place on the screen is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    /// A view's tab.
    Tab(View),
    /// An action's key and word.
    Act(Action),
    /// A command of the person's own, by its number in their keymap.
    Command(usize),
    /// A message, by its number among those that are kept.
    Toast(usize),
    /// The window of the topmost layer.
    Layer,
    /// A row of the topmost layer that can be chosen.
    Choice(usize),
    /// The yes of a question.
    Yes,
}

/// The places of the last frame, and where its cells lead.
#[derive(Debug, Default)]
pub struct Painted {
    spots: Mutex<Vec<(Rect, Spot)>>,
    /// Where its cells lead.
    pub links: Links,
}

impl Clone for Painted {
    fn clone(&self) -> Self {
        Self {
            spots: Mutex::new(self.spots().clone()),
            links: self.links.clone(),
        }
    }
}

impl Painted {
    fn spots(&self) -> MutexGuard<'_, Vec<(Rect, Spot)>> {
        // Half a list of places is still a list of places.
        self.spots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new frame begins.
    pub fn begin(&self) {
        self.spots().clear();
        self.links.begin();
    }

    /// Something was painted here, over whatever was.
    pub fn put(&self, area: Rect, spot: Spot) {
        self.spots().push((area, spot));
    }

    /// The first row of the topmost layer that is shown of those that can be chosen.
    pub fn first_choice(&self) -> Option<usize> {
        let choice = |(_, spot): &(Rect, Spot)| match spot {
            Spot::Choice(n) => Some(*n),
            _ => None,
        };
        self.spots().iter().filter_map(choice).min()
    }

    /// What is at this place.
    pub fn at(&self, column: u16, row: u16) -> Option<Spot> {
        let place = Position { x: column, y: row };
        let spots = self.spots();
        let found = spots.iter().rev().find(|(area, _)| area.contains(place));
        found.map(|(_, spot)| *spot)
    }
}
