//! The looks of everything on the screen as one table: a slot a thing, a style a slot.

use super::colour::{Depth, contrast, rgb};
use crate::render::Look;
use crate::text::Role;
use ratatui::style::{Color, Style};

/// Something on the screen that is no piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The screen itself: what text looks like that is nothing in particular.
    Ground,
    /// A line between regions.
    Rule,
    /// The chosen row where the keys are.
    Chosen,
    /// The chosen row of the other pane.
    ChosenBeside,
    /// A message.
    Toast,
    /// A message of something that did not go as wanted.
    ToastBad,
}

/// A thing that has a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// A word.
    Role(Role),
    /// A piece of a page.
    Look(Look),
    /// A part of the screen.
    Part(Part),
}

/// How many slots there are.
pub const COUNT: usize = 37;

/// Every slot: the section of a theme file it stands in, its name there, what it is. The order is
/// that of [`Slot::index`].
pub const SLOTS: [(&str, &str, Slot); COUNT] = {
    use Slot::{Look as L, Part as P, Role as R};
    [
        ("roles", "title", R(Role::Title)),
        ("roles", "good", R(Role::Good)),
        ("roles", "bad", R(Role::Bad)),
        ("roles", "attention", R(Role::Attention)),
        ("roles", "live", R(Role::Live)),
        ("roles", "name", R(Role::Name)),
        ("roles", "command", R(Role::Command)),
        ("roles", "quiet", R(Role::Quiet)),
        ("looks", "plain", L(Look::Plain)),
        ("looks", "heading-1", L(Look::Heading(1))),
        ("looks", "heading-2", L(Look::Heading(2))),
        ("looks", "heading-3", L(Look::Heading(3))),
        ("looks", "heading-4", L(Look::Heading(4))),
        ("looks", "emphasis", L(Look::Emphasis)),
        ("looks", "strong", L(Look::Strong)),
        ("looks", "struck", L(Look::Struck)),
        ("looks", "code", L(Look::Code)),
        ("looks", "link", L(Look::Link)),
        ("looks", "mark", L(Look::Mark)),
        ("looks", "quote", L(Look::Quote)),
        ("looks", "keyword", L(Look::Keyword)),
        ("looks", "text", L(Look::Text)),
        ("looks", "comment", L(Look::Comment)),
        ("looks", "type", L(Look::Type)),
        ("looks", "function", L(Look::Function)),
        ("looks", "constant", L(Look::Constant)),
        ("looks", "added", L(Look::Added)),
        ("looks", "removed", L(Look::Removed)),
        ("looks", "added-word", L(Look::AddedWord)),
        ("looks", "removed-word", L(Look::RemovedWord)),
        ("looks", "hunk", L(Look::Hunk)),
        ("screen", "ground", P(Part::Ground)),
        ("screen", "rule", P(Part::Rule)),
        ("screen", "chosen", P(Part::Chosen)),
        ("screen", "chosen-beside", P(Part::ChosenBeside)),
        ("screen", "toast", P(Part::Toast)),
        ("screen", "toast-bad", P(Part::ToastBad)),
    ]
};

/// The sections of a theme file that hold styles.
pub const SECTIONS: [&str; 3] = ["roles", "looks", "screen"];

/// How many roles come before the looks, and looks and roles before the parts.
const ROLES: usize = 8;
const PARTS: usize = 31;

/// The least contrast that words have where a terminal's few colours stand in for a theme's.
const LEAST: f64 = 3.0;

impl Slot {
    /// Its place in a [`Palette`].
    pub fn index(self) -> usize {
        match self {
            Self::Role(role) | Self::Look(Look::Role(role)) => role as usize,
            Self::Look(look) => ROLES + among_looks(look),
            Self::Part(part) => PARTS + part as usize,
        }
    }
}

fn among_looks(look: Look) -> usize {
    match look {
        Look::Plain | Look::Role(_) => 0,
        Look::Heading(depth) => usize::from(depth.clamp(1, 4)),
        Look::Emphasis => 5,
        Look::Strong => 6,
        Look::Struck => 7,
        Look::Code => 8,
        Look::Link => 9,
        Look::Mark => 10,
        Look::Quote => 11,
        Look::Keyword => 12,
        Look::Text => 13,
        Look::Comment => 14,
        Look::Type => 15,
        Look::Function => 16,
        Look::Constant => 17,
        Look::Added => 18,
        Look::Removed => 19,
        Look::AddedWord => 20,
        Look::RemovedWord => 21,
        Look::Hunk => 22,
    }
}

/// A style for every slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Palette {
    styles: [Style; COUNT],
}

impl Palette {
    /// A palette of these styles, in the order of [`SLOTS`].
    pub fn new(styles: [Style; COUNT]) -> Self {
        Self { styles }
    }

    /// The style of a slot.
    pub fn style(&self, slot: Slot) -> Style {
        self.styles.get(slot.index()).copied().unwrap_or_default()
    }

    /// The same with the colours that can be shown. Without any, weight alone remains.
    #[must_use]
    pub fn at(&self, depth: Depth) -> Self {
        let nearest = |colour: Option<Color>| match depth {
            Depth::None => None,
            _ => colour.map(|c| depth.nearest(c)),
        };
        let ground = self.style(Slot::Part(Part::Ground));
        let mut styles = self.styles;
        for style in &mut styles {
            let behind = nearest(style.bg.or(ground.bg));
            style.fg = nearest(style.fg);
            style.bg = nearest(style.bg);
            if depth == Depth::Sixteen && ground.bg.is_some() {
                style.fg = style.fg.map(|fg| legible(fg, behind));
            }
        }
        Self { styles }
    }
}

/// The colour, or black or white where it could not be read: legibility before hue.
fn legible(fg: Color, behind: Option<Color>) -> Color {
    let (Some(on), Some(bg)) = (rgb(fg), behind.and_then(rgb)) else {
        return fg;
    };
    if contrast(on, bg) >= LEAST {
        fg
    } else if contrast([0; 3], bg) > contrast([255; 3], bg) {
        Color::Black
    } else {
        Color::White
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_is_where_its_index_says() {
        for (n, (section, name, slot)) in SLOTS.iter().enumerate() {
            assert_eq!(slot.index(), n, "{section}.{name}");
            assert!(SECTIONS.contains(section));
        }
        assert_eq!(Slot::Look(Look::Heading(9)).index(), 12);
        let good = Slot::Look(Look::Role(Role::Good));
        assert_eq!(good.index(), Slot::Role(Role::Good).index());
    }
}
