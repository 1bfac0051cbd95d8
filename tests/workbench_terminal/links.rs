//! Where a document leads out of the terminal: links are written for terminals that take them.

use crate::support::project::{GATED, Project, WORKS};
use crate::support::terminal::Terminal;
use vte::{Params, Parser, Perform};

const PAGE: &str = "https://example.org/plan?a=1;b=2#c";
const LONG: &str = "https://example.org/a/very/long/address/that/fits/into/no/row/of/a/small/screen/at/all/whatever/it/is";

/// A run that waits, whose task names addresses.
fn linked() -> Project {
    let project = Project::new();
    let task = project.read("harness/tasks/T001-dark-mode.md");
    let more = format!(
        "\n## Task Notes\n\nSee [the plan]({PAGE}) and {LONG} too.\n\nNot [this](mailto:a@example.org).\n"
    );
    project.put("harness/tasks/T001-dark-mode.md", &(task + &more));
    let project = project.agent("build", WORKS).flow(GATED);
    project.expect(6, &["run", "T001"]);
    project
}

/// A link as it was written: the row that it stands in, what names its parts as one, where it
/// leads, its text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Link {
    row: u16,
    id: String,
    to: String,
    text: String,
}

#[derive(Default)]
struct Reader {
    row: u16,
    open: bool,
    links: Vec<Link>,
}

impl Perform for Reader {
    fn osc_dispatch(&mut self, params: &[&[u8]], bell: bool) {
        let [b"8", id, to @ ..] = params else { return };
        assert!(!bell, "a link is begun and ended with ST");
        let to = String::from_utf8(to.join(&b';')).unwrap();
        assert_eq!(self.open, to.is_empty(), "one within the other: {to}");
        self.open = !to.is_empty();
        if self.open {
            self.links.push(Link {
                row: 0,
                id: String::from_utf8(id.to_vec()).unwrap(),
                to,
                text: String::new(),
            });
        }
    }

    fn csi_dispatch(&mut self, params: &Params, _: &[u8], _: bool, action: char) {
        if action == 'H' {
            self.row = params.iter().next().map_or(1, |p| p[0]);
        }
    }

    fn print(&mut self, c: char) {
        if self.open {
            let link = self.links.last_mut().unwrap();
            assert!([0, self.row].contains(&link.row), "beyond its row");
            link.row = self.row;
            link.text.push(c);
        }
    }
}

fn written(terminal: &Terminal) -> Vec<Link> {
    let mut reader = Reader::default();
    Parser::new().advance(&mut reader, &terminal.raw);
    assert!(!reader.open, "a link stays open");
    reader.links
}

fn opened(terminal: &mut Terminal) {
    terminal.until("WAITING FOR YOU 1");
    terminal.types("4");
    terminal.until("a approve   b send back");
    terminal.types("j");
    terminal.until("Dark mode");
    terminal.until("the plan");
    terminal.until("whatever/it/is");
}

fn leave(mut terminal: Terminal) -> Terminal {
    terminal.types("q");
    assert_eq!(terminal.ends(), 0, "{}", terminal.shown());
    terminal
}

#[test]
fn an_address_on_a_page_is_a_link_in_each_of_its_rows() {
    let project = linked();
    let variables = [("ALACRITTY_WINDOW_ID", "1")];
    let mut terminal = Terminal::within(&project, &[], (100, 40), &variables);
    opened(&mut terminal);
    let terminal = leave(terminal);
    let links = written(&terminal);
    let plan = links.iter().find(|l| l.to == PAGE).unwrap();
    assert_eq!(plan.text.split_whitespace().collect::<String>(), "theplan");
    let parts: Vec<&Link> = links.iter().filter(|l| l.to == LONG).collect();
    assert!(parts.len() > 1 && parts.iter().all(|p| p.id == parts[0].id));
    let rows: Vec<u16> = parts.iter().map(|p| p.row).collect();
    assert!(rows.is_sorted_by(|a, b| a < b), "{rows:?}");
    let text: String = parts.iter().map(|p| p.text.as_str()).collect();
    assert_eq!(text, LONG);
    // Nothing else is one.
    assert!(
        links.iter().all(|l| l.to == PAGE || l.to == LONG),
        "{links:?}"
    );
}

#[test]
fn a_terminal_that_is_not_known_gets_none_until_it_says_what_it_is() {
    let project = linked();
    let mut terminal = Terminal::sized(&project, &[], 100, 40);
    opened(&mut terminal);
    assert_eq!(terminal.printed_times(b"\x1b]8;"), 0);
    terminal.types("\x1bP>|WezTerm 20240203\x1b\\");
    terminal.until_printed(b"\x1b]8;;\x1b\\", 0);
    let terminal = leave(terminal);
    assert!(written(&terminal).iter().any(|l| l.to == PAGE));
}
