//! Which theme the screen has: the chosen one, or of two the one for the terminal's background; and
//! the list that themes are chosen from, where the one under the cursor is shown at once.

use super::App;
use super::event::Effect;
use super::overlay::Overlay;
use super::scroll::{Scroll, Step};
use crate::documents::choices::AUTO;
use crate::terms::Finding;
use crate::workbench::settings::Wish;
use crate::workbench::terminal::Reply;
use crate::workbench::theme::Theme;
use crate::workbench::theme::colour::Depth;
use crate::workbench::theme::registry::{Background, Listed};
use crossterm::event::{KeyCode, KeyEvent};

/// The theme that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// This one.
    One(Theme),
    /// One on a light background, another on a dark one.
    Two {
        /// On a light one.
        light: Theme,
        /// On a dark one.
        dark: Theme,
    },
}

/// How the screen looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looks {
    wanted: Wanted,
    /// The terminal's background, as far as it is known.
    background: Asked,
    depth: Depth,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// It may still be told.
    Waiting,
    /// It was told, or will not be.
    Told(Option<Background>),
}

impl Looks {
    /// This theme, on a terminal whose background is not known yet.
    pub fn new(wanted: Wanted, depth: Depth) -> Self {
        Self {
            wanted,
            background: Asked::Waiting,
            depth,
        }
    }

    /// The theme that the screen has now. Before the terminal told its background that of two is
    /// not known: nothing is painted in a ground that would change at once.
    pub fn now(&self) -> Theme {
        match (self.wanted, self.background) {
            (Wanted::One(theme), _) => theme,
            (Wanted::Two { .. }, Asked::Waiting) => Theme::new(self.depth > Depth::None),
            (Wanted::Two { light, .. }, Asked::Told(Some(Background::Light))) => light,
            // Each theme of a pair has a ground of its own: on either it can be read.
            (Wanted::Two { dark, .. }, Asked::Told(_)) => dark,
        }
    }

    /// Whether the terminal is to be asked for its background.
    pub fn asks(&self) -> bool {
        self.depth > Depth::None && matches!(self.wanted, Wanted::Two { .. })
    }
}

/// The list that themes are chosen from.
#[derive(Debug, Clone, PartialEq)]
pub struct Picker {
    /// What there is to choose, `auto` last.
    pub list: Vec<Listed>,
    /// The one under the cursor.
    pub scroll: Scroll,
    /// What it was before.
    before: Looks,
}

impl Picker {
    /// The theme under the cursor.
    pub fn chosen(&self) -> Option<&Listed> {
        self.list.get(self.scroll.at)
    }
}

impl App {
    /// Takes a look over, and shows it.
    pub fn look(&mut self, looks: Looks) {
        self.looks = looks;
        self.theme = looks.now();
    }

    /// Tells what is wrong with a person's own settings, over the view.
    pub fn faulty(&mut self, faults: &[Finding]) {
        if faults.is_empty() {
            return;
        }
        let mut lines: Vec<(String, String)> = Vec::new();
        for fault in faults {
            lines.push((String::new(), fault.to_string()));
        }
        let rest = "until this is mended, the program's own choice counts in its place";
        lines.push((String::new(), rest.to_owned()));
        self.overlays.push(Overlay::Lines {
            title: "Your settings".to_owned(),
            lines,
            top: 0,
        });
    }

    /// The terminal answered.
    pub(super) fn replied(&mut self, reply: &Reply) {
        match reply {
            Reply::Ground(red, green, blue) => {
                self.on_background(Some(Background::of([*red, *green, *blue])));
            }
            Reply::Dark(true) => self.on_background(Some(Background::Dark)),
            Reply::Dark(false) => self.on_background(Some(Background::Light)),
            // Whatever it has to say was said, or will hardly come.
            Reply::Attributes | Reply::Silence
                if self.looks.asks() && matches!(self.looks.background, Asked::Waiting) =>
            {
                self.on_background(None);
            }
            _ => {}
        }
    }

    /// The terminal told its background, or that it will not.
    pub(super) fn on_background(&mut self, told: Option<Background>) {
        self.looks.background = Asked::Told(told);
        for layer in &mut self.overlays {
            if let Overlay::Themes(picker) = layer {
                picker.before.background = Asked::Told(told);
            }
        }
        self.theme = self.looks.now();
    }

    /// Opens the list of themes that came.
    pub(super) fn themes(&mut self, mut list: Vec<Listed>) {
        if self.looks.depth == Depth::None {
            let none = "themes differ in colours, and NO_COLOR or the terminal leaves none";
            return self.say(none.to_owned(), true);
        }
        let of = |name: &str| list.iter().find(|l| l.name == name)?.theme.clone().ok();
        if let (Some(light), Some(dark)) = (of("light"), of("dark")) {
            let looks = Looks {
                wanted: Wanted::Two { light, dark },
                ..self.looks
            };
            list.push(Listed {
                name: AUTO.to_owned(),
                description: "light or dark, as your terminal's background is".to_owned(),
                background: None,
                own: false,
                theme: Ok(looks.now()),
            });
        }
        let here = |l: &Listed| l.theme.as_ref() == Ok(&self.theme);
        let at = list.iter().position(here).unwrap_or(0);
        self.overlays.push(Overlay::Themes(Picker {
            list,
            scroll: Scroll { at, top: 0 },
            before: self.looks,
        }));
    }

    /// A key for the list of themes: moving shows, enter keeps, esc goes back to what was.
    pub(super) fn pick(&mut self, key: KeyEvent, effects: &mut Vec<Effect>) {
        let Some(Overlay::Themes(picker)) = self.overlays.last_mut() else {
            return;
        };
        let rows = picker.list.len();
        let step = match key.code {
            KeyCode::Up | KeyCode::Char('k') => Step::By(-1),
            KeyCode::Down | KeyCode::Char('j') => Step::By(1),
            KeyCode::PageUp => Step::Page(-1),
            KeyCode::PageDown => Step::Page(1),
            KeyCode::Home | KeyCode::Char('g') => Step::Top,
            KeyCode::End | KeyCode::Char('G') => Step::Bottom,
            KeyCode::Enter => return self.keep(effects),
            _ => return,
        };
        picker.scroll.step(step, rows, rows);
        self.show_picked();
    }

    /// Shows the theme under the cursor, where themes are chosen from.
    pub(super) fn show_picked(&mut self) {
        if let Some(Overlay::Themes(picker)) = self.overlays.last()
            && let Some(Listed {
                theme: Ok(theme), ..
            }) = picker.chosen()
        {
            self.theme = *theme;
        }
    }

    fn keep(&mut self, effects: &mut Vec<Effect>) {
        let Some(Overlay::Themes(picker)) = self.overlays.pop() else {
            return;
        };
        let Some(listed) = picker.chosen() else {
            return self.look(picker.before);
        };
        let Ok(theme) = listed.theme.clone() else {
            let said = format!("{} has faults; what it was stays", listed.name);
            self.look(picker.before);
            return self.say(said, true);
        };
        let wanted = match listed.name.as_str() {
            AUTO => pair(&picker).unwrap_or(Wanted::One(theme)),
            _ => Wanted::One(theme),
        };
        self.look(Looks {
            wanted,
            ..picker.before
        });
        effects.push(Effect::Settings(Wish::Keep(listed.name.clone())));
    }

    /// The list was left: what was before counts again.
    pub(super) fn unpick(&mut self, picker: &Picker) {
        self.look(picker.before);
    }
}

/// The two that `auto` stands for.
fn pair(picker: &Picker) -> Option<Wanted> {
    let of = |name: &str| {
        picker
            .list
            .iter()
            .find(|l| l.name == name)?
            .theme
            .clone()
            .ok()
    };
    Some(Wanted::Two {
        light: of("light")?,
        dark: of("dark")?,
    })
}
