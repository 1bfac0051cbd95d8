//! Which terminal it is, by its environment and by what it answers; and what it is known to take
//! of the sequences that not every terminal takes. Of one that is not known nothing is expected.

/// How a terminal can be made to tell a person something while they look elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// `OSC 9`: a text.
    Nine,
    /// `OSC 777`: a title and a text.
    Seven,
    /// The bell.
    Bell,
}

/// Who made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Brand {
    #[default]
    Unknown,
    Alacritty,
    Foot,
    Ghostty,
    Iterm,
    Kitty,
    Konsole,
    Vte,
    WezTerm,
    Windows,
}

/// The brands by the words with which their names begin, in small letters.
const NAMES: [(&str, Brand); 12] = [
    ("alacritty", Brand::Alacritty),
    ("foot", Brand::Foot),
    ("ghostty", Brand::Ghostty),
    ("xterm-ghostty", Brand::Ghostty),
    ("iterm2", Brand::Iterm),
    ("iterm.app", Brand::Iterm),
    ("kitty", Brand::Kitty),
    ("xterm-kitty", Brand::Kitty),
    ("konsole", Brand::Konsole),
    ("vte", Brand::Vte),
    ("wezterm", Brand::WezTerm),
    ("xterm-wezterm", Brand::WezTerm),
];

/// A terminal. Within tmux, `brand` is that of the one around it, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kind {
    brand: Brand,
    /// Its version, two numbers of it.
    version: (u32, u32),
    /// Whether it is within tmux, and in which version of it.
    tmux: Option<(u32, u32)>,
    /// Whether it is within another program of that sort, which passes nothing on.
    screen: bool,
}

impl Kind {
    /// What the environment says.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let said = |name: &str| variable(name).filter(|v| !v.is_empty());
        let term = said("TERM").unwrap_or_default();
        let program = said("TERM_PROGRAM").unwrap_or_default();
        let program_version = said("TERM_PROGRAM_VERSION").unwrap_or_default();
        let mut kind = Self::default();
        if said("TMUX").is_some() || program == "tmux" || term.starts_with("tmux") {
            let version = if program == "tmux" {
                numbers(&program_version)
            } else {
                (0, 0)
            };
            kind.tmux = Some(version);
        }
        kind.screen = kind.tmux.is_none() && (said("STY").is_some() || term.starts_with("screen"));
        kind.brand = brand(&term).or_else(|| brand(&program)).unwrap_or_default();
        if brand(&program) == Some(kind.brand) {
            kind.version = numbers(&program_version);
        }
        if kind.brand == Brand::Unknown {
            kind.by_traces(said);
        }
        kind
    }

    /// What a terminal leaves in the environment beside its name.
    fn by_traces(&mut self, said: impl Fn(&str) -> Option<String>) {
        let traces = [
            ("LC_TERMINAL", Brand::Iterm),
            ("KITTY_WINDOW_ID", Brand::Kitty),
            ("WEZTERM_PANE", Brand::WezTerm),
            ("ALACRITTY_WINDOW_ID", Brand::Alacritty),
            ("KONSOLE_VERSION", Brand::Konsole),
            ("WT_SESSION", Brand::Windows),
            ("VTE_VERSION", Brand::Vte),
        ];
        for (name, brand) in traces {
            let Some(value) = said(name) else { continue };
            if name == "LC_TERMINAL" && value != "iTerm2" {
                continue;
            }
            self.brand = brand;
            self.version = match name {
                "VTE_VERSION" => numbers(&value),
                "LC_TERMINAL" => numbers(&said("LC_TERMINAL_VERSION").unwrap_or_default()),
                _ => (0, 0),
            };
            return;
        }
    }

    /// The terminal told its name and version. What it says of itself counts more than an
    /// environment, which is handed on from one terminal to the next.
    pub fn told(&mut self, version: &str) {
        let version = version.trim();
        if let Some(rest) = version.strip_prefix("tmux") {
            self.tmux = Some(numbers(rest));
            return;
        }
        if self.tmux.is_some() {
            return;
        }
        self.brand = brand(version).unwrap_or_default();
        self.version = numbers(version);
    }

    /// How it tells a person something.
    pub fn way(self) -> Way {
        match self.brand {
            _ if self.screen => Way::Bell,
            Brand::Iterm | Brand::WezTerm | Brand::Kitty | Brand::Ghostty => Way::Nine,
            Brand::Foot | Brand::Vte => Way::Seven,
            _ => Way::Bell,
        }
    }

    /// Whether what is for the terminal itself has to be passed on by tmux.
    pub fn is_in_tmux(self) -> bool {
        self.tmux.is_some()
    }

    /// Whether it shows progress. Older ones take the sequence for a text to be told, and of tmux
    /// the window may not be the one that is shown.
    pub fn takes_progress(self) -> bool {
        let least = match self.brand {
            Brand::Ghostty => (1, 2),
            Brand::Iterm => (3, 7),
            Brand::Kitty => (0, 43),
            Brand::Vte => (8000, 0),
            Brand::WezTerm => (20_250_209, 0),
            Brand::Windows => (0, 0),
            _ => return false,
        };
        self.tmux.is_none() && !self.screen && self.version >= least
    }

    /// Whether text can lead somewhere (OSC 8).
    pub fn takes_links(self) -> bool {
        // Before 3.4 tmux let the links go, and some of their bytes with the text.
        self.brand != Brand::Unknown
            && !self.screen
            && self.tmux.is_none_or(|version| version >= (3, 4))
    }
}

fn brand(name: &str) -> Option<Brand> {
    let name = name.to_ascii_lowercase();
    let begins = |(begins, _): &&(&str, Brand)| {
        // A word that goes on is another name.
        name.strip_prefix(begins)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
    };
    NAMES.iter().find(begins).map(|(_, brand)| *brand)
}

/// The first number in a text, and the one right after its dot; 0 where there is none.
fn numbers(text: &str) -> (u32, u32) {
    let from = text
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(text.len());
    let mut parts = text[from..].split('.');
    let mut number = || {
        let part = parts.next().unwrap_or_default();
        let end = part
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(part.len());
        part[..end].parse().unwrap_or(0)
    };
    (number(), number())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(variables: &[(&str, &str)]) -> Kind {
        Kind::of(|name| {
            let found = variables.iter().find(|(n, _)| *n == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    fn told(version: &str) -> Kind {
        let mut kind = by(&[("TERM", "xterm-256color")]);
        kind.told(version);
        kind
    }

    #[test]
    fn each_is_told_in_its_own_way() {
        for (version, way) in [
            ("WezTerm 20240203-110809-5046fc22", Way::Nine),
            ("kitty(0.35.2)", Way::Nine),
            ("ghostty 1.1.3", Way::Nine),
            ("iTerm2 3.5.0", Way::Nine),
            ("foot(1.16.2)", Way::Seven),
            ("VTE(7600)", Way::Seven),
            ("XTerm(390)", Way::Bell),
            ("footling 1", Way::Bell),
            ("", Way::Bell),
        ] {
            assert_eq!(told(version).way(), way, "{version}");
        }
        assert_eq!(by(&[("TERM", "foot-extra")]).way(), Way::Seven);
        assert_eq!(by(&[("TERM_PROGRAM", "iTerm.app")]).way(), Way::Nine);
        assert_eq!(by(&[("VTE_VERSION", "7600")]).way(), Way::Seven);
        assert_eq!(by(&[]).way(), Way::Bell);
    }

    #[test]
    fn what_it_says_of_itself_counts_more_than_the_environment() {
        let mut kind = by(&[("VTE_VERSION", "8100")]);
        assert!(kind.takes_links() && kind.takes_progress());
        kind.told("XTerm(390)");
        assert!(!kind.takes_links() && !kind.takes_progress());
    }

    #[test]
    fn progress_is_for_those_that_know_it() {
        for (version, takes) in [
            ("ghostty 1.2.0", true),
            ("ghostty 1.1.3", false),
            ("WezTerm 20240203-110809-5046fc22", false),
            ("WezTerm 20250401-1", true),
            ("VTE(7600)", false),
            ("VTE(8001)", true),
            ("foot(1.16.2)", false),
        ] {
            assert_eq!(told(version).takes_progress(), takes, "{version}");
        }
        assert!(by(&[("WT_SESSION", "x")]).takes_progress());
        assert!(!by(&[("WT_SESSION", "x"), ("TMUX", "x")]).takes_progress());
    }

    #[test]
    fn links_are_for_those_that_know_them_and_not_in_an_old_tmux() {
        assert!(told("kitty(0.35.2)").takes_links());
        assert!(by(&[("TERM", "alacritty")]).takes_links());
        assert!(!told("XTerm(390)").takes_links());
        let in_tmux = |version: &str| {
            let mut kind = by(&[
                ("TMUX", "/tmp/x,1,0"),
                ("TERM", "screen-256color"),
                ("KITTY_WINDOW_ID", "1"),
            ]);
            assert!(!kind.takes_links(), "before it is known");
            kind.told(version);
            kind.takes_links()
        };
        assert!(in_tmux("tmux 3.4"));
        assert!(in_tmux("tmux next-3.6"));
        assert!(!in_tmux("tmux 3.3a"));
        assert!(!by(&[("STY", "1.x"), ("KITTY_WINDOW_ID", "1")]).takes_links());
    }
}
