//! The one table of agent programs. Adding one is its file and a line here.

use super::Driver;
use super::acp::Acp;
use super::claude::Claude;
use super::command::Command;
use super::replay::Replay;

static DRIVERS: [&dyn Driver; 4] = [&Claude, &Acp, &Command, &Replay];

/// Every driver, in the order in which they are listed to people.
pub fn all() -> &'static [&'static dyn Driver] {
    &DRIVERS
}

/// The driver with this name in harness.yaml.
pub fn driver(name: &str) -> Option<&'static dyn Driver> {
    all().iter().copied().find(|driver| driver.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_found() {
        for (i, one) in all().iter().enumerate() {
            assert!(all()[..i].iter().all(|d| d.name() != one.name()));
            assert_eq!(driver(one.name()).map(Driver::name), Some(one.name()));
        }
        assert!(driver("nobody").is_none());
    }
}
