//! Colours: how they are written in a theme, how many a terminal can show, and how well one can be
//! read on another.

use ratatui::style::Color;

/// How many colours the terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Depth {
    /// None, or none are wanted: weight alone.
    None,
    /// The terminal's own sixteen.
    Sixteen,
    /// The table of 256.
    Indexed,
    /// Every colour.
    True,
}

/// What these terminals can do although `COLORTERM` does not get through to here.
const TRUE_COLOUR: [&str; 6] = ["kitty", "ghostty", "alacritty", "foot", "wezterm", "direct"];

impl Depth {
    /// What is wanted and what the terminal can, by the environment: `FORCE_COLOR` over
    /// `NO_COLOR` over `COLORTERM` and `TERM`.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|v| !v.is_empty());
        let forced = set("FORCE_COLOR").or_else(|| set("CLICOLOR_FORCE"));
        let term = set("TERM").unwrap_or_default();
        match forced.as_deref() {
            Some("0" | "false") => return Self::None,
            Some("2") => return Self::Indexed,
            Some("3") => return Self::True,
            Some(_) => return able(&term, set("COLORTERM").as_deref()).max(Self::Sixteen),
            None => {}
        }
        if set("NO_COLOR").is_some() {
            return Self::None;
        }
        able(&term, set("COLORTERM").as_deref())
    }

    /// The nearest colour that can be shown.
    pub fn nearest(self, colour: Color) -> Color {
        match self {
            Self::None => Color::Reset,
            Self::True => colour,
            Self::Indexed => match colour {
                Color::Rgb(r, g, b) => Color::Indexed(indexed([r, g, b])),
                other => other,
            },
            Self::Sixteen => match colour {
                Color::Indexed(n) if n < 16 => sixteen(n),
                Color::Rgb(..) | Color::Indexed(_) => {
                    rgb(colour).map_or(Color::Reset, |c| sixteen(nearest_of(c, 0..16)))
                }
                other => other,
            },
        }
    }
}

fn able(term: &str, colorterm: Option<&str>) -> Depth {
    if term.is_empty() || term == "dumb" || term.starts_with("vt1") || term.ends_with("-m") {
        Depth::None
    } else if matches!(colorterm, Some("truecolor" | "24bit"))
        || TRUE_COLOUR.iter().any(|known| term.contains(known))
    {
        Depth::True
    } else if term.contains("256") {
        Depth::Indexed
    } else {
        Depth::Sixteen
    }
}

/// The words for the terminal's own colours, in the order of their numbers.
pub const NAMES: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];

/// What the sixteen usually are: those of xterm.
const USUAL: [[u8; 3]; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

const SIXTEEN: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

fn sixteen(n: u8) -> Color {
    SIXTEEN.get(usize::from(n)).copied().unwrap_or(Color::Reset)
}

/// Reads `default`, one of the sixteen [`NAMES`], a number of the 256, or `#rrggbb`.
pub fn parse(text: &str) -> Option<Color> {
    if text == "default" {
        return Some(Color::Reset);
    }
    if let Some(n) = NAMES.iter().position(|name| *name == text) {
        return SIXTEEN.get(n).copied();
    }
    if let Some(hex) = text.strip_prefix('#') {
        let is_hex = hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit());
        let n = u32::from_str_radix(hex, 16).ok().filter(|_| is_hex)?;
        let [_, r, g, b] = n.to_be_bytes();
        return Some(Color::Rgb(r, g, b));
    }
    let digits = text.len() <= 3 && text.bytes().all(|b| b.is_ascii_digit());
    let n = text.parse::<u8>().ok().filter(|_| digits)?;
    Some(Color::Indexed(n))
}

/// Red, green and blue of a colour; of the terminal's own sixteen what they usually are; `None`:
/// it is whatever the terminal's default is.
pub fn rgb(colour: Color) -> Option<[u8; 3]> {
    match colour {
        Color::Rgb(r, g, b) => Some([r, g, b]),
        Color::Indexed(n) => Some(of_index(n)),
        other => {
            let n = SIXTEEN.iter().position(|c| *c == other)?;
            USUAL.get(n).copied()
        }
    }
}

fn of_index(n: u8) -> [u8; 3] {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let step = |n: u8| STEPS.get(usize::from(n % 6)).copied().unwrap_or(0);
    match n {
        0..16 => USUAL.get(usize::from(n)).copied().unwrap_or([0; 3]),
        16..232 => {
            let n = n - 16;
            [step(n / 36), step(n / 6), step(n)]
        }
        _ => [8 + 10 * (n - 232); 3],
    }
}

/// The nearest of the table that every terminal has alike: its first sixteen are a person's own.
fn indexed(colour: [u8; 3]) -> u8 {
    nearest_of(colour, 16..=255)
}

fn nearest_of(colour: [u8; 3], among: impl Iterator<Item = u8>) -> u8 {
    let far = |n: &u8| distance(colour, of_index(*n));
    among.min_by_key(far).unwrap_or(0)
}

/// How different two colours look, roughly: the eye sees green best and blue worst.
fn distance(a: [u8; 3], b: [u8; 3]) -> i64 {
    const WEIGHTS: [i64; 3] = [3, 4, 2];
    let parts = a.iter().zip(b).zip(WEIGHTS);
    parts
        .map(|((a, b), weight)| weight * (i64::from(*a) - i64::from(b)).pow(2))
        .sum()
}

/// How bright a colour is, 0 to 1, as WCAG 2 has it.
pub fn luminance(colour: [u8; 3]) -> f64 {
    let [r, g, b] = colour.map(linear);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// A channel as amount of light.
pub fn linear(channel: u8) -> f64 {
    let c = f64::from(channel) / 255.0;
    if c <= 0.040_45 {
        c / 12.92
    } else {
        ((c + 0.055) / 1.055).powf(2.4)
    }
}

/// The contrast of two colours, 1 to 21, as WCAG 2 has it.
pub fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(variables: &[(&str, &str)]) -> Depth {
        Depth::of(|name| {
            let found = variables.iter().find(|(n, _)| *n == name);
            found.map(|(_, v)| (*v).to_owned())
        })
    }

    #[test]
    fn the_depth_is_what_is_wanted_and_what_the_terminal_can() {
        assert_eq!(depth(&[]), Depth::None);
        assert_eq!(depth(&[("TERM", "dumb")]), Depth::None);
        assert_eq!(depth(&[("TERM", "linux")]), Depth::Sixteen);
        assert_eq!(depth(&[("TERM", "tmux-256color")]), Depth::Indexed);
        assert_eq!(depth(&[("TERM", "xterm-kitty")]), Depth::True);
        let truly = [("TERM", "xterm-256color"), ("COLORTERM", "truecolor")];
        assert_eq!(depth(&truly), Depth::True);
        let none = [("TERM", "xterm-256color"), ("NO_COLOR", "1")];
        assert_eq!(depth(&none), Depth::None);
        let empty = [("TERM", "xterm-256color"), ("NO_COLOR", "")];
        assert_eq!(depth(&empty), Depth::Indexed);
        let forced = [("TERM", "dumb"), ("NO_COLOR", "1"), ("FORCE_COLOR", "1")];
        assert_eq!(depth(&forced), Depth::Sixteen);
        assert_eq!(depth(&[("FORCE_COLOR", "3")]), Depth::True);
        assert_eq!(
            depth(&[("TERM", "xterm"), ("FORCE_COLOR", "0")]),
            Depth::None
        );
    }

    #[test]
    fn a_colour_is_a_word_a_number_or_a_mixture() {
        assert_eq!(parse("default"), Some(Color::Reset));
        assert_eq!(parse("white"), Some(Color::Gray));
        assert_eq!(parse("bright-white"), Some(Color::White));
        assert_eq!(parse("214"), Some(Color::Indexed(214)));
        assert_eq!(parse("#0aF010"), Some(Color::Rgb(10, 240, 16)));
        for bad in ["", "256", "-1", "#fff", "#gggggg", "+1", "Red", "#é00000"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn fewer_colours_are_the_nearest_ones() {
        let orange = Color::Rgb(255, 135, 0);
        assert_eq!(Depth::True.nearest(orange), orange);
        assert_eq!(Depth::Indexed.nearest(orange), Color::Indexed(208));
        assert_eq!(
            Depth::Sixteen.nearest(Color::Rgb(250, 4, 4)),
            Color::LightRed
        );
        assert_eq!(Depth::Sixteen.nearest(Color::Indexed(16)), Color::Black);
        assert_eq!(Depth::Sixteen.nearest(Color::Indexed(4)), Color::Blue);
        assert_eq!(Depth::Sixteen.nearest(Color::Reset), Color::Reset);
        assert_eq!(Depth::Indexed.nearest(Color::Cyan), Color::Cyan);
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        let (black, white) = ([0, 0, 0], [255, 255, 255]);
        assert!((contrast(black, white) - 21.0).abs() < 1e-9);
        assert!((contrast(white, white) - 1.0).abs() < 1e-9);
        // The grey that is known as the darkest to fail on white.
        assert!((contrast([0x77, 0x77, 0x77], white) - 4.48).abs() < 0.01);
    }
}
