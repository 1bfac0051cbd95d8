//! A terminal's screen as SVG: text with its colours, lines and blocks as shapes, so that they meet
//! in whatever font it is shown.

use std::fmt::Write as _;

/// A cell's width and height, and where its letters stand.
pub const CELL: (f32, f32) = (8.4, 18.0);
const BASE: f32 = 13.5;
const FONT: f32 = 14.0;
/// Around the screen.
pub const MARGIN: f32 = 14.0;

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    Dark,
    Light,
}

/// Red, green, blue.
pub type Rgb = (u8, u8, u8);

impl Ground {
    pub fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
        }
    }

    pub fn back(self) -> Rgb {
        match self {
            Self::Dark => (0x16, 0x18, 0x1d),
            Self::Light => (0xfb, 0xfa, 0xf7),
        }
    }

    pub fn ink(self) -> Rgb {
        match self {
            Self::Dark => (0xd6, 0xd8, 0xdc),
            Self::Light => (0x2a, 0x2c, 0x31),
        }
    }

    /// The sixteen colours of a terminal.
    fn sixteen(self) -> [Rgb; 16] {
        match self {
            Self::Dark => [
                (0x2a, 0x2d, 0x35),
                (0xe5, 0x6b, 0x6f),
                (0x7f, 0xc0, 0x86),
                (0xd9, 0xb1, 0x6a),
                (0x6f, 0xa8, 0xdc),
                (0xc3, 0x8b, 0xd6),
                (0x63, 0xb9, 0xc0),
                (0xc8, 0xcb, 0xd1),
                (0x7a, 0x7f, 0x8a),
                (0xf0, 0x8b, 0x8e),
                (0x9c, 0xd6, 0xa2),
                (0xe8, 0xc8, 0x8c),
                (0x93, 0xc1, 0xec),
                (0xd7, 0xac, 0xe6),
                (0x8b, 0xd1, 0xd7),
                (0xf2, 0xf3, 0xf5),
            ],
            Self::Light => [
                (0x2a, 0x2c, 0x31),
                (0xb4, 0x2b, 0x34),
                (0x2b, 0x7a, 0x3b),
                (0x8a, 0x62, 0x0c),
                (0x1f, 0x5f, 0xa8),
                (0x8a, 0x3a, 0xa3),
                (0x0e, 0x72, 0x7a),
                (0x6a, 0x6e, 0x78),
                (0x8b, 0x8f, 0x99),
                (0xc9, 0x4a, 0x52),
                (0x3f, 0x92, 0x50),
                (0xa0, 0x78, 0x1f),
                (0x3a, 0x7a, 0xc4),
                (0xa2, 0x56, 0xba),
                (0x23, 0x8b, 0x94),
                (0xe6, 0xe4, 0xdf),
            ],
        }
    }

    fn indexed(self, n: u8) -> Rgb {
        let step = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
        match n {
            0..=15 => self.sixteen()[usize::from(n)],
            16..=231 => {
                let n = n - 16;
                (step(n / 36), step(n / 6 % 6), step(n % 6))
            }
            _ => {
                let grey = 8 + 10 * (n - 232);
                (grey, grey, grey)
            }
        }
    }

    fn colour(self, colour: vt100::Color) -> Option<Rgb> {
        match colour {
            vt100::Color::Default => None,
            vt100::Color::Idx(n) => Some(self.indexed(n)),
            vt100::Color::Rgb(r, g, b) => Some((r, g, b)),
        }
    }
}

fn hex((r, g, b): Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// Half way from a colour to another.
fn between(a: Rgb, b: Rgb) -> Rgb {
    let mid = |a: u8, b: u8| u8::try_from((u16::from(a) * 3 + u16::from(b) * 2) / 5).unwrap_or(a);
    (mid(a.0, b.0), mid(a.1, b.1), mid(a.2, b.2))
}

/// How a cell looks.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Look {
    ink: Rgb,
    back: Option<Rgb>,
    bold: bool,
    italic: bool,
    underlined: bool,
}

fn look(cell: &vt100::Cell, ground: Ground) -> Look {
    let mut ink = ground.colour(cell.fgcolor()).unwrap_or(ground.ink());
    let mut back = ground.colour(cell.bgcolor());
    if cell.inverse() {
        let was = back.unwrap_or(ground.back());
        (ink, back) = (was, Some(ink));
    }
    if cell.dim() {
        ink = between(ink, back.unwrap_or(ground.back()));
    }
    Look {
        ink,
        back,
        bold: cell.bold(),
        italic: cell.italic(),
        underlined: cell.underline(),
    }
}

/// The screen as a picture of its own.
pub fn picture(screen: &vt100::Screen, ground: Ground) -> String {
    let (rows, columns) = screen.size();
    let mut body = String::new();
    for y in 0..rows {
        let row = row(screen, y, ground);
        if !row.is_empty() {
            let top = f32::from(y) * CELL.1;
            writeln!(body, "<g transform=\"translate(0 {top})\">{row}</g>").unwrap();
        }
    }
    framed(columns, rows, ground, "", &body)
}

/// The window around what is drawn.
pub fn framed(columns: u16, rows: u16, ground: Ground, style: &str, body: &str) -> String {
    let width = f32::from(columns) * CELL.0 + 2.0 * MARGIN;
    let height = f32::from(rows) * CELL.1 + 2.0 * MARGIN;
    let back = hex(ground.back());
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" \
         xml:space=\"preserve\" \
         viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\">\n\
         <style>text{{font:{FONT}px ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace;\
         white-space:pre}}.b{{font-weight:bold}}.i{{font-style:italic}}{style}</style>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{back}\"/>\n\
         <svg x=\"{MARGIN}\" y=\"{MARGIN}\" width=\"{}\" height=\"{}\">\n{body}</svg>\n</svg>\n",
        width - 2.0 * MARGIN,
        height - 2.0 * MARGIN,
    )
}

/// One row; empty where nothing stands on it.
pub fn row(screen: &vt100::Screen, y: u16, ground: Ground) -> String {
    let (_, columns) = screen.size();
    let mut drawn = String::new();
    let mut run: Option<(u16, u16, Look, String)> = None;
    let mut x = 0;
    while x < columns {
        let Some(cell) = screen.cell(y, x) else { break };
        let wide = if cell.is_wide() { 2 } else { 1 };
        let look = look(cell, ground);
        let text = cell.contents();
        let text = if text.is_empty() { " " } else { text };
        let shape = shape(text);
        let goes_on = matches!(&run, Some((_, to, last, _)) if *last == look && *to == x);
        if !goes_on {
            flush(&mut drawn, run.take());
            run = Some((x, x, look, String::new()));
        }
        if let Some((_, to, _, said)) = &mut run {
            *to = x + wide;
            // What is drawn as a shape leaves its place among the letters.
            said.push_str(if shape.is_some() { " " } else { text });
        }
        if let Some(shape) = shape {
            // The ground of the run must lie below it.
            let ended = run.take();
            let again = ended
                .as_ref()
                .map(|(_, to, look, _)| (*to, *to, *look, String::new()));
            flush(&mut drawn, ended);
            run = again;
            let (left, ink) = (f32::from(x) * CELL.0, hex(look.ink));
            write!(drawn, "<g transform=\"translate({left:.1} 0)\" fill=\"none\" stroke=\"{ink}\" color=\"{ink}\">{shape}</g>")
                .unwrap();
        }
        x += wide;
    }
    flush(&mut drawn, run);
    drawn
}

/// A run of cells of one look.
fn flush(drawn: &mut String, run: Option<(u16, u16, Look, String)>) {
    let Some((from, to, look, text)) = run else {
        return;
    };
    let (x, wide) = (f32::from(from) * CELL.0, f32::from(to - from) * CELL.0);
    if let Some(back) = look.back
        && to > from
    {
        let back = hex(back);
        write!(
            drawn,
            "<rect x=\"{x:.1}\" width=\"{wide:.1}\" height=\"{}\" fill=\"{back}\"/>",
            CELL.1
        )
        .unwrap();
    }
    let mut class = String::new();
    if look.bold {
        class.push('b');
    }
    if look.italic {
        class.push_str(" i");
    }
    let class = match class.trim() {
        "" => String::new(),
        some => format!(" class=\"{some}\""),
    };
    let line = if look.underlined {
        " text-decoration=\"underline\""
    } else {
        ""
    };
    let ink = hex(look.ink);
    // Words that stand apart are placed apart: no font moves them then.
    let mut at = 0.0;
    for part in text.split("  ") {
        let said = part.trim();
        let lead = width(part) - width(part.trim_start());
        if !said.is_empty() {
            let (left, columns) = (x + CELL.0 * (at + lead), CELL.0 * width(said));
            let said = said
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;");
            write!(
                drawn,
                "<text x=\"{left:.1}\" y=\"{BASE}\" textLength=\"{columns:.1}\"{class}{line} fill=\"{ink}\">{said}</text>"
            )
            .unwrap();
        }
        at += width(part) + 2.0;
    }
}

/// The columns of a text.
fn width(text: &str) -> f32 {
    f32::from(u16::try_from(harness_tui::text::width(text)).unwrap_or(u16::MAX))
}

/// Lines and blocks as shapes of a cell whose upper left is at 0, 0.
fn shape(text: &str) -> Option<String> {
    let (width, height) = CELL;
    let (cx, cy) = (width / 2.0, height / 2.0);
    let c = text.chars().next()?;
    // Whether a line leaves the middle: up, down, left, right.
    let arms = match c {
        '─' | '━' => "lr",
        '│' | '┃' => "ud",
        '┌' | '╭' => "dr",
        '┐' | '╮' => "dl",
        '└' | '╰' => "ur",
        '┘' | '╯' => "ul",
        '├' => "udr",
        '┤' => "udl",
        '┬' => "dlr",
        '┴' => "ulr",
        '┼' => "udlr",
        _ => return block(c).map(|(x, y, w, h)| {
            format!("<rect x=\"{x:.2}\" y=\"{y:.2}\" width=\"{w:.2}\" height=\"{h:.2}\" stroke=\"none\" fill=\"currentColor\"/>")
        }),
    };
    let mut path = String::new();
    for arm in arms.chars() {
        let (x, y) = match arm {
            'u' => (cx, 0.0),
            'd' => (cx, height),
            'l' => (0.0, cy),
            _ => (width, cy),
        };
        write!(path, "M{cx:.1} {cy:.1}L{x:.1} {y:.1}").unwrap();
    }
    let thick = if matches!(c, '━' | '┃') { 2.2 } else { 1.1 };
    Some(format!(
        "<path d=\"{path}\" stroke-width=\"{thick}\" stroke-linecap=\"square\"/>"
    ))
}

/// Which part of a cell a block fills: left, top, width, height.
fn block(c: char) -> Option<(f32, f32, f32, f32)> {
    let (w, h) = CELL;
    let n = c as u32;
    Some(match n {
        0x2588 => (0.0, 0.0, w, h),
        0x2580 => (0.0, 0.0, w, h / 2.0),
        0x2590 => (w / 2.0, 0.0, w / 2.0, h),
        // Lower eighths, then left eighths.
        0x2581..=0x2587 => {
            let part = h * f32::from(u16::try_from(n - 0x2580).ok()?) / 8.0;
            (0.0, h - part, w, part)
        }
        0x2589..=0x258f => {
            let part = w * f32::from(u16::try_from(0x2590 - n).ok()?) / 8.0;
            (0.0, 0.0, part, h)
        }
        _ => return None,
    })
}
