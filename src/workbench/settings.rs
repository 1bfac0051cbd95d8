//! What a person chose for themselves: read before the first frame, and written when they choose on
//! the screen. A fault in it never keeps the screen from opening: it is told there, with its place,
//! and until it is mended the program's own choice counts.

use super::app::Event;
use super::app::looks::{Looks, Wanted};
use super::keymap::{Keymap, file};
use super::post::Post;
use super::theme::Theme;
use super::theme::colour::Depth;
use super::theme::registry::{DEFAULT, Registry};
use crate::documents::choices::{self, ThemeChoice};
use crate::records::user::{self, UserDir};
use crate::store::fs::{Disk, Fs};
use crate::store::write::replace_shared;
use crate::terms::{Finding, Place};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A person's settings.
#[derive(Debug, Clone)]
pub struct Settings {
    user: Option<UserDir>,
    registry: Registry,
    depth: Depth,
    /// One file is written by one thread at a time, in the order of the wishes.
    writing: Arc<Mutex<()>>,
}

/// What is wished of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Every theme there is.
    Themes,
    /// Keep the choice of this theme, or of `auto`.
    Keep(String),
}

impl Settings {
    /// The settings of this user, for a terminal that shows these colours.
    pub fn of(user: Option<UserDir>, depth: Depth) -> Self {
        let folder = user.as_ref().map(UserDir::themes);
        Self {
            user,
            registry: Registry::new(folder, depth),
            depth,
            writing: Arc::new(Mutex::new(())),
        }
    }

    /// The look that is chosen, and every fault in the choice.
    pub fn looks(&self) -> (Looks, Vec<Finding>) {
        let (choice, mut faults) = self.choice();
        let mut theme = |name: &str| {
            self.registry.theme(name).unwrap_or_else(|found| {
                // A fault of a name is where the name was written.
                let place = choice.as_ref().map(|(_, place)| place.clone());
                faults.extend(found.into_iter().map(|fault| Finding {
                    place: fault.place.or_else(|| place.clone()),
                    ..fault
                }));
                Theme::new(self.depth > Depth::None)
            })
        };
        let wanted = match &choice {
            None => Wanted::One(theme(DEFAULT)),
            Some((ThemeChoice::Named(name), _)) => Wanted::One(theme(name)),
            Some((ThemeChoice::ByBackground { light, dark }, _)) => Wanted::Two {
                light: theme(light),
                dark: theme(dark),
            },
        };
        (Looks::new(wanted, self.depth), faults)
    }

    /// The keys that count, and every fault of a person's own: with any, the program's own count.
    pub fn keymap(&self) -> (Keymap, Vec<Finding>) {
        let own = self.user.as_ref().map(UserDir::keymap);
        let read = own.map(|path| match user::read(&path) {
            Ok(None) => Ok(Keymap::default()),
            Ok(Some(text)) => file::read(&path.display().to_string(), &text),
            Err(fault) => Err(vec![fault]),
        });
        match read {
            Some(Ok(keymap)) => (keymap, Vec::new()),
            Some(Err(faults)) => (Keymap::default(), faults),
            None => (Keymap::default(), Vec::new()),
        }
    }

    fn choice(&self) -> (Option<(ThemeChoice, Place)>, Vec<Finding>) {
        let Some(path) = self.user.as_ref().map(UserDir::config) else {
            return (None, Vec::new());
        };
        match user::read(&path) {
            Ok(None) => (None, Vec::new()),
            Ok(Some(text)) => {
                let (choices, faults) = choices::parse(&path.display().to_string(), &text);
                (choices.theme, faults)
            }
            Err(fault) => (None, vec![fault]),
        }
    }

    /// Carries a wish out in a thread of its own, and tells what came of it.
    pub fn carry_out(&self, wish: Wish, told: Post) -> std::io::Result<()> {
        let settings = self.clone();
        std::thread::Builder::new()
            .name("settings".to_owned())
            .spawn(move || {
                let event = match wish {
                    Wish::Themes => Event::Themes(settings.registry.list()),
                    Wish::Keep(name) => {
                        let kept = settings.keep(&name).map_err(|f| f.to_string());
                        Event::ThemeKept(kept.map(|path| format!("theme {name}, kept in {path}")))
                    }
                };
                // Nobody listens any more: the screen is gone.
                let _ = told.send(event);
            })?;
        Ok(())
    }

    /// Writes the choice down; the file it stands in.
    fn keep(&self, name: &str) -> Result<String, Finding> {
        let _one = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let no_home = || {
            Finding::new("settings/nowhere", "this user has no folder for settings")
                .remedy(format!("set {}", user::HOME))
        };
        let path = self.user.as_ref().ok_or_else(no_home)?.config();
        let file = path.display().to_string();
        let before = user::read(&path)?.unwrap_or_default();
        let after = choices::with_theme(&file, &before, name)?;
        write(&path, &after).map_err(|error| {
            Finding::new(
                "settings/unwritable",
                format!("it can't be written: {error}"),
            )
            .at(Place::file(file.clone()))
            .remedy(format!("write theme: {name} there yourself"))
        })?;
        Ok(file)
    }
}

/// Writes the file where it really lies, so that a link to it stays a link.
fn write(path: &Path, text: &str) -> Result<(), Box<dyn std::error::Error>> {
    if let Some(folder) = path.parent() {
        Disk.create_dir_all(folder, true)?;
    }
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    replace_shared(&Disk, &real, text.as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Role;

    #[expect(clippy::disallowed_methods, reason = "a fixture needs no durability")]
    fn settings(config: &str) -> (tempfile::TempDir, Settings) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("config.yaml"), config).unwrap();
        let settings = Settings::of(Some(UserDir::at(dir.path())), Depth::True);
        (dir, settings)
    }

    #[test]
    fn a_choice_is_kept_and_counts_from_then_on() {
        let (dir, settings) = settings("# mine\nagents: []\n");
        let default = settings.looks().0.now();
        assert_eq!(
            default.style(Role::Title),
            Theme::new(true).style(Role::Title)
        );
        settings.keep("high-contrast").unwrap();
        let text = std::fs::read_to_string(dir.path().join("config.yaml")).unwrap();
        assert_eq!(text, "# mine\nagents: []\ntheme: high-contrast\n");
        let (looks, faults) = settings.looks();
        assert_eq!(faults, []);
        assert_ne!(looks.now(), default);
    }

    #[test]
    fn a_wrong_choice_is_told_with_its_place_and_the_default_counts() {
        let (_dir, settings) = settings("a: 1\ntheme: drak\n");
        let (looks, faults) = settings.looks();
        let said = faults[0].to_string();
        assert!(
            said.contains("config.yaml:2:8: there is no theme 'drak'"),
            "{said}"
        );
        assert!(said.ends_with("did you mean 'dark'?"), "{said}");
        assert_eq!(looks.now().ground(), Theme::new(true).ground());
        let (_dir, broken) = self::settings("theme: [\n");
        assert!(broken.looks().1[0].to_string().contains("yaml/syntax"));
        assert!(broken.keep("dark").is_err());
    }

    #[test]
    fn without_a_folder_the_default_counts_and_nothing_is_kept() {
        let settings = Settings::of(None, Depth::None);
        let (looks, faults) = settings.looks();
        assert_eq!((looks.now(), faults), (Theme::new(false), Vec::new()));
        let said = settings.keep("dark").unwrap_err().to_string();
        assert!(said.contains("HARNESS_TUI_HOME"), "{said}");
    }
}
