//! Where the cells of a frame lead. A cell has no room for an address: one that leads somewhere has
//! in the colour of its underline the number under which the address is kept here. Nothing else
//! uses that colour, and no terminal ever gets to see it.
//!
//! A number stands for one address and never for another, so that a cell that leads elsewhere than
//! in the frame before differs from it, though its text be the same.

use crate::render::Target;
use ratatui::buffer::Cell;
use ratatui::style::{Color, Style};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The longest address that is led to, in bytes: longer ones are cut off by some terminals.
const LONGEST: usize = 2000;
/// The most addresses that are kept.
const MOST: usize = 4096;
/// So many numbers there are.
const NUMBERS: u32 = 1 << 24;
/// What of ASCII stands in an address as itself, beside letters and digits.
const USUAL: &[u8] = b"-._~:/?#[]@!$&'()*+,;=%";

/// The addresses; its copies are one.
#[derive(Debug, Clone, Default)]
pub struct Links(Arc<Mutex<Table>>);

#[derive(Debug, Default)]
struct Table {
    /// Whether the terminal takes links.
    taken: bool,
    numbers: HashMap<Arc<str>, u32>,
    addresses: HashMap<u32, Arc<str>>,
    /// The next number.
    next: u32,
}

impl Links {
    fn table(&self) -> MutexGuard<'_, Table> {
        // Whatever is in the table is whole at any time.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the terminal takes links: where it does not, nothing leads anywhere.
    pub fn take(&self, taken: bool) {
        self.table().taken = taken;
    }

    /// A new frame begins. Where many addresses are kept they are forgotten: those of the frame
    /// get other numbers.
    pub fn begin(&self) {
        let mut table = self.table();
        if table.addresses.len() > MOST / 2 {
            table.numbers.clear();
            table.addresses.clear();
        }
    }

    /// What lies over the cells that lead to a target: nothing where that is no address of the web,
    /// or the terminal takes no links.
    pub fn over(&self, target: Option<&Target>) -> Style {
        let Some(Target::Url(url)) = target else {
            return Style::new();
        };
        match self.table().number(url) {
            Some(number) => Style::new().underline_color(colour(number)),
            None => Style::new(),
        }
    }

    /// The address behind a number.
    pub fn address(&self, number: u32) -> Option<Arc<str>> {
        self.table().addresses.get(&number).cloned()
    }
}

impl Table {
    fn number(&mut self, url: &str) -> Option<u32> {
        if !self.taken {
            return None;
        }
        let address = address(url)?;
        if let Some(number) = self.numbers.get(address.as_str()) {
            return Some(*number);
        }
        if self.addresses.len() >= MOST {
            return None;
        }
        let number = self.next;
        self.next = (number + 1) % NUMBERS;
        let address: Arc<str> = address.into();
        self.numbers.insert(address.clone(), number);
        self.addresses.insert(number, address);
        Some(number)
    }
}

/// The number of the address that a cell leads to.
pub fn number(cell: &Cell) -> Option<u32> {
    match cell.underline_color {
        Color::Rgb(high, middle, low) => Some(u32::from_be_bytes([0, high, middle, low])),
        _ => None,
    }
}

fn colour(number: u32) -> Color {
    let [_, high, middle, low] = number.to_be_bytes();
    Color::Rgb(high, middle, low)
}

/// An address of the web as it may go to a terminal: in characters of addresses alone, so that
/// nothing in it can end the sequence around it. `None`: it is none, or too long.
fn address(url: &str) -> Option<String> {
    let begins = |scheme: &str| {
        let head = url.get(..scheme.len());
        head.is_some_and(|h| h.eq_ignore_ascii_case(scheme)) && url.len() > scheme.len()
    };
    if url.len() > LONGEST || !(begins("https://") || begins("http://")) {
        return None;
    }
    let mut out = String::with_capacity(url.len());
    for byte in url.bytes() {
        if byte.is_ascii_alphanumeric() || USUAL.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    (out.len() <= LONGEST).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn taken() -> Links {
        let links = Links::default();
        links.take(true);
        links
    }

    fn of(links: &Links, url: &str) -> Option<String> {
        let mut cell = Cell::default();
        cell.set_style(links.over(Some(&Target::Url(url.to_owned()))));
        Some(links.address(number(&cell)?)?.to_string())
    }

    #[test]
    fn only_addresses_of_the_web_are_led_to_and_only_where_links_are_taken() {
        let links = taken();
        let led = |url: &str| of(&links, url);
        assert_eq!(
            led("https://e.org/a?b=1;c#d").unwrap(),
            "https://e.org/a?b=1;c#d"
        );
        assert_eq!(led("HTTP://e.org").unwrap(), "HTTP://e.org");
        assert_eq!(
            led("https://é.org/\u{1b}\\\u{7}\u{9c}\" <").unwrap(),
            "https://%C3%A9.org/%1B%5C%07%C2%9C%22%20%3C"
        );
        for none in [
            "mailto:a@e.org",
            "file:///etc/passwd",
            "javascript:1",
            "https://",
            "e.org",
        ] {
            assert_eq!(led(none), None, "{none}");
        }
        assert_eq!(led(&format!("https://{}", "é".repeat(400))), None);
        let place = Target::Place {
            path: "a.rs".to_owned(),
            line: None,
        };
        assert_eq!(links.over(Some(&place)), Style::new());
        links.take(false);
        assert_eq!(led("https://e.org"), None);
    }

    #[test]
    fn a_number_is_of_one_address_however_many_came() {
        let links = taken();
        let mut known = HashMap::new();
        for frame in 0..30 {
            links.begin();
            for n in 0..500 {
                let url = format!("https://e.org/{frame}/{}", n % 400);
                let style = links.over(Some(&Target::Url(url.clone())));
                let before = known.insert(style.underline_color.unwrap(), url.clone());
                assert!(before.is_none_or(|b| b == url));
            }
        }
        let kept = |links: &Links| {
            let table = links.table();
            (table.addresses.len(), table.numbers.len())
        };
        let (addresses, numbers) = kept(&links);
        assert!(addresses <= MOST && addresses == numbers, "{addresses}");
        for n in 0..2 * MOST {
            links.over(Some(&Target::Url(format!("https://e.org/{n}"))));
        }
        assert_eq!(kept(&links), (MOST, MOST));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn nothing_but_characters_of_addresses_is_led_to(rest in any::<String>()) {
            if let Some(address) = address(&format!("https://{rest}")) {
                prop_assert!(address.bytes().all(|b| b.is_ascii_alphanumeric() || USUAL.contains(&b)));
                prop_assert!(address.len() <= LONGEST);
            }
        }
    }
}
