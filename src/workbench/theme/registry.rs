//! Which themes there are: those of the program, and the files of a person's own folder beside
//! them. One that extends another takes from it what it leaves out.

use super::Theme;
use super::colour::{Depth, luminance, rgb};
use super::file::Sheet;
use super::palette::{COUNT, Palette, Part, Slot};
use crate::documents::yaml::did_you_mean;
use crate::store::fs::{Disk, Fs};
use crate::terms::{Finding, Place};
use ratatui::style::Style;
use std::path::{Path, PathBuf};

macro_rules! built_in {
    ($($name:literal),*) => {
        [$(($name, include_str!(concat!("../../../themes/", $name, ".yaml")))),*]
    };
}

/// The themes of the program: name and text. The first is the default.
pub const BUILT_IN: [(&str, &str); 9] = built_in![
    "terminal",
    "dark",
    "light",
    "high-contrast",
    "high-contrast-light",
    "colour-blind",
    "colour-blind-light",
    "sixteen",
    "sixteen-light"
];

/// The theme where none is named.
pub const DEFAULT: &str = "terminal";

/// How many themes deep one may extend another.
const MAX_DEPTH: usize = 8;
/// The largest theme file that is read, in bytes.
const MAX_FILE: u64 = 256 * 1024;
/// The most files of a person's folder that are listed.
const MOST: usize = 200;

/// What a terminal, or a theme, has behind its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Background {
    /// A dark one.
    Dark,
    /// A light one.
    Light,
}

impl Background {
    /// That of a colour.
    pub fn of(colour: [u8; 3]) -> Self {
        // Where black and white text would be read equally well.
        if luminance(colour) > 0.179 {
            Self::Light
        } else {
            Self::Dark
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
        }
    }
}

/// A theme that is there, ready to be shown or with what is wrong with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// One line about it.
    pub description: String,
    /// What it has behind its text; `None`: whatever the terminal has.
    pub background: Option<Background>,
    /// Whether it is a person's own.
    pub own: bool,
    /// It, or what is wrong with it.
    pub theme: Result<Theme, Vec<Finding>>,
}

/// Where themes come from.
#[derive(Debug, Clone)]
pub struct Registry {
    folder: Option<PathBuf>,
    depth: Depth,
}

impl Registry {
    /// The built-in themes and those of this folder, for a terminal that shows these colours.
    pub fn new(folder: Option<PathBuf>, depth: Depth) -> Self {
        Self { folder, depth }
    }

    /// Every theme: the program's, then a person's by name.
    pub fn list(&self) -> Vec<Listed> {
        let built_in = BUILT_IN.iter().map(|(name, _)| (*name).to_owned());
        let own = self.own();
        let names = built_in.filter(|n| !own.contains(n)).chain(own.clone());
        names.map(|name| self.listed(&name)).collect()
    }

    /// The theme of this name.
    pub fn theme(&self, name: &str) -> Result<Theme, Vec<Finding>> {
        self.listed(name).theme
    }

    fn listed(&self, name: &str) -> Listed {
        let sheet = self.sheet(name);
        let resolved = sheet.and_then(|sheet| self.resolve(sheet));
        let (description, theme) = match resolved {
            Ok((description, palette)) => (description, Ok(palette)),
            Err(faults) => (String::new(), Err(faults)),
        };
        let ground = theme
            .as_ref()
            .ok()
            .map(|p| p.style(Slot::Part(Part::Ground)));
        Listed {
            name: name.to_owned(),
            description,
            background: ground.and_then(|g| rgb(g.bg?)).map(Background::of),
            own: self.path(name).is_some_and(|p| p.exists()),
            theme: theme.map(|palette| Theme::of(&palette.at(self.depth), self.depth)),
        }
    }

    /// The names of the folder's themes, sorted.
    fn own(&self) -> Vec<String> {
        let Some(folder) = &self.folder else {
            return Vec::new();
        };
        let files = Disk.list(folder).unwrap_or_default();
        let names = files.iter().filter_map(|f| f.strip_suffix(".yaml"));
        let mut names: Vec<String> = names
            .filter(|n| !n.is_empty() && !n.starts_with('.'))
            .map(str::to_owned)
            .collect();
        names.sort();
        names.truncate(MOST);
        names
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        // A name is a file's, never a way elsewhere.
        let plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0']);
        let folder = self.folder.as_ref().filter(|_| plain)?;
        Some(folder.join(format!("{name}.yaml")))
    }

    fn sheet(&self, name: &str) -> Result<Sheet, Vec<Finding>> {
        let own = self.path(name).filter(|path| path.exists());
        let built_in = BUILT_IN.iter().find(|(known, _)| *known == name);
        let sheet = match (own, built_in) {
            (Some(path), _) => read(&path)?,
            (None, Some((_, text))) => Sheet::read(&format!("themes/{name}.yaml"), text),
            (None, None) => return Err(vec![self.unknown(name)]),
        };
        if sheet.faults.is_empty() {
            Ok(sheet)
        } else {
            Err(sheet.faults)
        }
    }

    fn unknown(&self, name: &str) -> Finding {
        let own = self.own();
        let known = BUILT_IN.iter().map(|(n, _)| *n);
        let known: Vec<&str> = known.chain(own.iter().map(String::as_str)).collect();
        let remedy = did_you_mean(name, known.iter().copied()).map_or_else(
            || format!("there are {}", known.join(", ")),
            |near| format!("did you mean '{near}'?"),
        );
        Finding::new("theme/unknown", format!("there is no theme '{name}'")).remedy(remedy)
    }

    /// The whole palette of a sheet, with what it takes from those it extends.
    fn resolve(&self, sheet: Sheet) -> Result<(String, Palette), Vec<Finding>> {
        let mut styles = sheet.styles.clone();
        let mut passed = vec![sheet.file.clone()];
        let mut next = sheet
            .extends
            .clone()
            .map(|(name, at)| (name, at.in_file(&sheet.file)));
        while let Some((name, place)) = next {
            let base = self.base(&name, &place, &passed)?;
            for (style, of_base) in styles.iter_mut().zip(&base.styles) {
                *style = style.or(*of_base);
            }
            next = base
                .extends
                .clone()
                .map(|(name, at)| (name, at.in_file(&base.file)));
            passed.push(base.file);
        }
        if let Some(missing) = sheet.missing(&styles) {
            return Err(vec![missing]);
        }
        let mut whole = [Style::new(); COUNT];
        for (slot, style) in whole.iter_mut().zip(styles) {
            *slot = style.unwrap_or_default();
        }
        Ok((sheet.description, Palette::new(whole)))
    }

    /// The theme that another one extends. A person's own may extend the built-in one of its name.
    fn base(&self, name: &str, place: &Place, passed: &[String]) -> Result<Sheet, Vec<Finding>> {
        let fault = |code: &str, text: String, remedy: String| {
            let finding = Finding::new(format!("theme/{code}"), text);
            vec![finding.at(place.clone()).remedy(remedy)]
        };
        let sheet = self.sheet(name).map_err(|mut faults| {
            for fault in faults.iter_mut().filter(|f| f.place.is_none()) {
                fault.place = Some(place.clone());
            }
            faults
        })?;
        if !passed.contains(&sheet.file) && passed.len() < MAX_DEPTH {
            return Ok(sheet);
        }
        let built_in = BUILT_IN.iter().find(|(known, _)| *known == name);
        if let (Some((_, text)), [own]) = (built_in, passed)
            && *own == sheet.file
        {
            return Ok(Sheet::read(&format!("themes/{name}.yaml"), text));
        }
        Err(fault(
            "extends",
            format!("'{name}' leads back here, or through more than {MAX_DEPTH} themes"),
            "extend a built-in theme".to_owned(),
        ))
    }
}

fn read(path: &Path) -> Result<Sheet, Vec<Finding>> {
    let file = path.display().to_string();
    // Links are followed: many keep their settings elsewhere.
    let found = path
        .canonicalize()
        .and_then(|real| Disk.read(&real, MAX_FILE));
    match found {
        Ok(bytes) => Ok(Sheet::read(&file, &String::from_utf8_lossy(&bytes))),
        Err(error) => {
            let finding = Finding::new("theme/unreadable", format!("it can't be read: {error}"));
            let finding = finding
                .at(Place::file(file))
                .remedy("make it a readable file");
            Err(vec![finding])
        }
    }
}
