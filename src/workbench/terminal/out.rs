//! The terminal as what paints knows it: cells go out as bytes, and those that lead somewhere within
//! the sequences that say where (OSC 8).

use crate::workbench::app::links::{Links, number};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::Color;
use std::io::{self, Write};

/// What ends a link.
const LINK_END: &[u8] = b"\x1b]8;;\x1b\\";

/// The terminal. It is of the size that it was told: what is laid out and what is painted go by one
/// number. And it is never asked where the cursor stands: the one reader would read the answer.
pub struct Out<W: Write> {
    /// What the bytes go to.
    pub inner: CrosstermBackend<W>,
    /// Its columns and rows.
    pub size: Size,
    /// How many cells the frame wrote.
    pub cells: usize,
    /// Where cells lead.
    pub links: Links,
}

impl<W: Write> Out<W> {
    /// A terminal of this size.
    pub fn new(to: W, size: Size) -> Self {
        Self {
            inner: CrosstermBackend::new(to),
            size,
            cells: 0,
            links: Links::default(),
        }
    }

    /// Writes cells of one row that lead to one address. The number stands with it, so that a
    /// terminal knows the parts of a link that is broken over rows for one.
    fn link(&mut self, number: u32, cells: &[(u16, u16, Cell)]) -> io::Result<()> {
        let address = self.links.address(number);
        if let Some(address) = &address {
            write!(self.inner, "\x1b]8;id=h{number:x};{address}\x1b\\")?;
        }
        self.inner.draw(cells.iter().map(|(x, y, c)| (*x, *y, c)))?;
        match address {
            Some(_) => self.inner.write_all(LINK_END),
            None => Ok(()),
        }
    }
}

impl<W: Write> Backend for Out<W> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut cells = 0;
        let mut content = content.inspect(|_| cells += 1).peekable();
        while let Some((_, row, cell)) = content.peek().copied() {
            let Some(number) = number(cell) else {
                let plain = || content.next_if(|(.., cell)| self::number(cell).is_none());
                self.inner.draw(std::iter::from_fn(plain))?;
                continue;
            };
            let same =
                |(_, y, cell): &(u16, u16, &Cell)| *y == row && self::number(cell) == Some(number);
            let mut led = Vec::new();
            while let Some((x, y, cell)) = content.next_if(same) {
                let mut cell = cell.clone();
                // The number is no colour.
                cell.underline_color = Color::Reset;
                led.push((x, y, cell));
            }
            self.link(number, &led)?;
        }
        drop(content);
        self.cells += cells;
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        // It is hidden as long as the screen is taken.
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.inner.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.inner.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.inner.clear()
    }

    fn clear_region(&mut self, kind: ClearType) -> io::Result<()> {
        self.inner.clear_region(kind)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.size)
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize {
            columns_rows: self.size,
            pixels: Size::ZERO,
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Target;
    use ratatui::Terminal;
    use ratatui::style::Style;
    use std::cell::RefCell;
    use std::rc::Rc;

    /// What was written so far.
    #[derive(Clone, Default)]
    struct Paper(Rc<RefCell<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Bench {
        terminal: Terminal<Out<Paper>>,
        paper: Paper,
        links: Links,
    }

    /// A piece of a frame: where it begins, what it says, where it leads.
    type Piece<'a> = (u16, u16, &'a str, Option<&'a str>);

    impl Bench {
        fn new(taken: bool) -> Self {
            let paper = Paper::default();
            let mut out = Out::new(paper.clone(), Size::new(20, 4));
            let links = Links::default();
            links.take(taken);
            out.links = links.clone();
            Self {
                terminal: Terminal::new(out).unwrap(),
                paper,
                links,
            }
        }

        /// What a frame of these pieces writes.
        fn frame(&mut self, pieces: &[Piece<'_>]) -> String {
            self.paper.0.borrow_mut().clear();
            self.links.begin();
            let links = self.links.clone();
            let painted = self.terminal.draw(|frame| {
                for (x, y, text, url) in pieces {
                    let target = url.map(|u| Target::Url(u.to_owned()));
                    let style = Style::new().patch(links.over(target.as_ref()));
                    frame.buffer_mut().set_string(*x, *y, text, style);
                }
            });
            painted.unwrap();
            String::from_utf8(self.paper.0.borrow().clone()).unwrap()
        }
    }

    /// The links that were written: each with the row it is in, its address, and its text. Fails
    /// where one is open when another begins, at the end, or beyond its row.
    fn links(written: &str) -> Vec<(usize, String, String)> {
        let mut found: Vec<(usize, String, String)> = Vec::new();
        let mut open = false;
        let mut row = 0;
        for part in written.split('\u{1b}').skip(1) {
            if let Some(link) = part.strip_prefix("]8;") {
                let (id, address) = link.split_once(';').unwrap();
                assert_eq!(open, address.is_empty(), "{written:?}");
                open = !address.is_empty();
                assert_eq!(open, id.starts_with("id=h"), "{written:?}");
                if open {
                    found.push((0, address.to_owned(), String::new()));
                }
                continue;
            }
            let end = part.find(|c: char| c.is_ascii_alphabetic() || c == '\\');
            let (sequence, text) = part.split_at(end.unwrap() + 1);
            if let Some(to) = sequence.strip_suffix('H') {
                row = to[1..].split(';').next().unwrap().parse().unwrap();
            }
            if open && !text.is_empty() {
                let last = found.last_mut().unwrap();
                assert!(last.0 == 0 || last.0 == row, "{written:?}");
                last.0 = row;
                last.2.push_str(text);
            }
        }
        assert!(!open, "{written:?}");
        found
    }

    const A: &str = "https://e.org/a";
    const B: &str = "https://e.org/b";

    #[test]
    fn cells_that_lead_somewhere_are_written_within_a_link_row_by_row() {
        let mut bench = Bench::new(true);
        let written = bench.frame(&[
            (0, 0, "see ", None),
            (4, 0, "宽x", Some(A)),
            (7, 0, "y", Some(B)),
            (8, 0, " z", None),
            (0, 1, "on", Some(B)),
        ]);
        let link = |row, address: &str, text: &str| (row, address.to_owned(), text.to_owned());
        assert_eq!(
            links(&written),
            [link(1, A, "宽x"), link(1, B, "y"), link(2, B, "on")]
        );
        // The two parts of one link say that they are one.
        assert_eq!(written.matches("\u{1b}]8;id=h1;").count(), 2);
        assert!(!written.contains("58;2"), "{written:?}");
    }

    #[test]
    fn what_leads_elsewhere_is_written_anew_and_what_is_written_again_leads_there() {
        let mut bench = Bench::new(true);
        bench.frame(&[(0, 0, "here", Some(A)), (0, 1, "there", Some(A))]);
        assert_eq!(
            links(&bench.frame(&[(0, 0, "here", Some(A)), (0, 1, "there", Some(A))])),
            []
        );
        let written = bench.frame(&[(0, 0, "here", Some(B)), (0, 1, "theRe", Some(A))]);
        assert_eq!(
            links(&written),
            [
                (1, B.to_owned(), "here".to_owned()),
                (2, A.to_owned(), "R".to_owned())
            ]
        );
        let written = bench.frame(&[(0, 0, "here", None), (0, 1, "theRe", Some(A))]);
        assert!(written.contains("here") && links(&written).is_empty());
    }

    #[test]
    fn nothing_of_a_link_is_written_where_none_is_taken_and_it_is_where_that_turns() {
        let mut bench = Bench::new(false);
        let pieces = [(0, 0, "here", Some(A))];
        let written = bench.frame(&pieces);
        assert!(written.contains("here") && links(&written).is_empty());
        bench.links.take(true);
        assert_eq!(links(&bench.frame(&pieces)).len(), 1);
        bench.links.take(false);
        let written = bench.frame(&pieces);
        assert!(written.contains("here") && links(&written).is_empty());
    }

    #[test]
    fn no_address_can_end_its_sequence() {
        let mut bench = Bench::new(true);
        let hostile = "https://e.org/\u{1b}\\\u{7}\u{9c};x\u{1b}]52;c;aGk=\u{7}\n\r";
        let written = bench.frame(&[(0, 0, "here", Some(hostile))]);
        let found = links(&written);
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0].1,
            "https://e.org/%1B%5C%07%C2%9C;x%1B]52;c;aGk=%07%0A%0D"
        );
    }
}
