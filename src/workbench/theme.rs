//! Colours by role. The terminal's own sixteen colours on its own background: what a person chose
//! for the terminal holds here too, light or dark. Without colours, weight and underline remain.

use crate::render::Look;
use crate::text::Role;
use ratatui::style::{Color, Modifier, Style};

/// The look of each role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    colours: bool,
}

impl Theme {
    /// In colour, or by weight alone.
    pub fn new(colours: bool) -> Self {
        Self { colours }
    }

    /// The look of a role.
    pub fn style(self, role: Role) -> Style {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        self.shown(match role {
            Role::Title => bold,
            Role::Quiet => plain.add_modifier(Modifier::DIM),
            Role::Name => plain.fg(Color::Cyan),
            Role::Command => bold.fg(Color::Cyan),
            Role::Good => plain.fg(Color::Green),
            Role::Bad => bold.fg(Color::Red),
            Role::Attention => bold.fg(Color::Magenta),
            Role::Live => bold.fg(Color::Blue),
        })
    }

    /// The look of a piece of a page.
    pub fn look(self, look: Look) -> Style {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        self.shown(match look {
            Look::Plain => plain,
            Look::Role(role) => return self.style(role),
            Look::Heading(1) => bold.add_modifier(Modifier::UNDERLINED),
            Look::Heading(_) | Look::Strong => bold,
            Look::Emphasis | Look::Quote => plain.add_modifier(Modifier::ITALIC),
            Look::Struck => plain.add_modifier(Modifier::CROSSED_OUT),
            Look::Link => plain.fg(Color::Cyan).add_modifier(Modifier::UNDERLINED),
            Look::Mark | Look::Comment => plain.add_modifier(Modifier::DIM),
            Look::Code | Look::Type | Look::Function => plain.fg(Color::Cyan),
            Look::Keyword => plain.fg(Color::Magenta),
            Look::Text | Look::Added => plain.fg(Color::Green),
            Look::Constant => plain.fg(Color::Yellow),
            Look::Removed => plain.fg(Color::Red),
            Look::AddedWord => bold.fg(Color::Green).add_modifier(Modifier::UNDERLINED),
            Look::RemovedWord => bold.fg(Color::Red).add_modifier(Modifier::UNDERLINED),
            Look::Hunk => plain.fg(Color::Blue),
        })
    }

    /// The look of what was found.
    pub fn found(self) -> Style {
        let look = Style::new().add_modifier(Modifier::REVERSED);
        self.shown(look.fg(Color::Yellow))
    }

    /// The look of the chosen row.
    pub fn chosen(self, focused: bool) -> Style {
        if focused {
            // One look for the whole row: reversed colours beside each other read as patches.
            Style::new()
                .fg(Color::Reset)
                .remove_modifier(Modifier::DIM)
                .add_modifier(Modifier::REVERSED)
        } else {
            Style::new()
                .remove_modifier(Modifier::DIM)
                .add_modifier(Modifier::BOLD)
        }
    }

    /// The look of a line between regions.
    pub fn rule(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// The look of a message over the body.
    pub fn toast(self, bad: bool) -> Style {
        let look = self.chosen(true).add_modifier(Modifier::BOLD);
        if bad && self.colours {
            look.fg(Color::Red)
        } else {
            look
        }
    }

    fn shown(self, look: Style) -> Style {
        if self.colours {
            look
        } else {
            Style { fg: None, ..look }
        }
    }
}
