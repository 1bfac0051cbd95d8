//! The table of keys, as it is listed outside the screen: from the rows and a keymap alone.

use super::actions::{Group, ROWS, Row};
use super::commands::UserCommand;
use super::keymap::Keymap;
use super::settings::Settings;
use super::theme::colour::Depth;
use crate::records::user::UserDir;
use crate::terms::Finding;

/// An action with the keys that it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its row.
    pub row: &'static Row,
    /// Its keys, the one that is shown first.
    pub keys: Vec<String>,
}

impl PartialEq for Row {
    fn eq(&self, other: &Self) -> bool {
        self.action == other.action
    }
}

impl Eq for Row {}

/// Every action in the order of the help, with its own keys.
pub fn own() -> Vec<Listed> {
    list(&Keymap::default())
}

/// The same with the keys of this user, and the user's own commands; or what is wrong with them.
pub fn of(user: Option<UserDir>) -> Result<(Vec<Listed>, Vec<UserCommand>), Vec<Finding>> {
    let (keymap, faults) = Settings::of(user, Depth::None).keymap();
    if faults.is_empty() {
        Ok((list(&keymap), keymap.commands().to_vec()))
    } else {
        Err(faults)
    }
}

fn list(keymap: &Keymap) -> Vec<Listed> {
    let of_group = |group: Group| ROWS.iter().filter(move |row| row.group == group);
    let rows = Group::ALL.into_iter().flat_map(of_group);
    rows.map(|row| Listed {
        row,
        keys: keymap.each(row.action),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_listed_once_in_the_order_of_the_groups() {
        let listed = own();
        assert_eq!(listed.len(), ROWS.len());
        for row in ROWS {
            let of = listed.iter().filter(|l| l.row.action == row.action);
            let of: Vec<_> = of.collect();
            assert_eq!(of.len(), 1, "{}", row.name);
            assert_eq!(of[0].keys, row.keys, "{}", row.name);
        }
    }
}
