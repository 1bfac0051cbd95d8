//! What everything looks like. A theme is data, a YAML file (see `themes/`); here is the one that
//! the screen is painted with, its colours already those that the terminal can show. State is never
//! told by colour alone, so that without any colour nothing is lost.

pub mod colour;
pub mod file;
pub mod palette;
pub mod registry;

use crate::render::Look;
use crate::text::Role;
use colour::Depth;
use palette::{Palette, Part, Slot};
use ratatui::style::{Color, Modifier, Style};
use registry::{DEFAULT, Registry};
use std::sync::{Mutex, PoisonError};

/// A theme, as cheap to copy as a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme(&'static Painted);

#[derive(Debug, PartialEq, Eq)]
struct Painted {
    palette: Palette,
    colours: bool,
}

/// Every theme that was painted with, each kept once for as long as the program lives: they are few
/// and small, and every piece of the screen refers to one.
static PAINTED: Mutex<Vec<&'static Painted>> = Mutex::new(Vec::new());

impl Theme {
    /// The terminal's own sixteen colours on its own ground, or weight alone.
    pub fn new(colours: bool) -> Self {
        let depth = if colours { Depth::Sixteen } else { Depth::None };
        let plain = || Palette::new([Style::new(); palette::COUNT]);
        // A test holds that the default theme is without fault.
        let theme = Registry::new(None, depth).theme(DEFAULT);
        theme.unwrap_or_else(|_| Self::of(&plain(), depth))
    }

    /// The theme of a palette whose colours are those that can be shown.
    pub fn of(palette: &Palette, depth: Depth) -> Self {
        let made = Painted {
            palette: palette.clone(),
            colours: depth > Depth::None,
        };
        let mut painted = PAINTED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(same) = painted.iter().find(|p| ***p == made) {
            return Self(same);
        }
        let kept: &'static Painted = Box::leak(Box::new(made));
        painted.push(kept);
        Self(kept)
    }

    /// Whether there are colours in it.
    pub fn has_colours(self) -> bool {
        self.0.colours
    }

    /// The look of a role.
    pub fn style(self, role: Role) -> Style {
        self.0.palette.style(Slot::Role(role))
    }

    /// The look of a piece of a page.
    pub fn look(self, look: Look) -> Style {
        self.0.palette.style(Slot::Look(look))
    }

    /// The look of what was found.
    pub fn found(self) -> Style {
        self.style(Role::Attention).add_modifier(Modifier::REVERSED)
    }

    /// The look of the screen itself, under everything.
    pub fn ground(self) -> Style {
        self.part(Part::Ground)
    }

    /// The look of the chosen row: one for all of it, for colours beside each other on another
    /// ground read as patches.
    pub fn chosen(self, focused: bool) -> Style {
        let part = if focused {
            Part::Chosen
        } else {
            Part::ChosenBeside
        };
        self.over(part)
    }

    /// The look of a line between regions.
    pub fn rule(self) -> Style {
        self.part(Part::Rule)
    }

    /// The look of a message over the body.
    pub fn toast(self, bad: bool) -> Style {
        self.over(if bad { Part::ToastBad } else { Part::Toast })
    }

    fn part(self, part: Part) -> Style {
        self.0.palette.style(Slot::Part(part))
    }

    /// A look that lies over others. Where it can't be told by its colours, it is by its weight.
    fn over(self, part: Part) -> Style {
        let style = self.part(part).remove_modifier(Modifier::DIM);
        if self.0.colours {
            return style;
        }
        let weight = match part {
            Part::ChosenBeside => Modifier::BOLD,
            _ => Modifier::REVERSED,
        };
        Style {
            fg: Some(Color::Reset),
            ..style.add_modifier(weight)
        }
    }
}

#[cfg(test)]
mod tests;
