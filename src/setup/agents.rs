//! The agent programs that are known.

use crate::agents::catalogue;
use crate::process::program;
use std::path::PathBuf;

/// An agent program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The driver's name.
    pub driver: &'static str,
    /// Where it is on this machine; `None`: it is not on `PATH`.
    pub file: Option<PathBuf>,
    /// How to get it.
    pub install: &'static str,
}

/// The agent programs that are known, with where they are here.
pub fn known() -> Vec<Program> {
    let drivers = catalogue::all().iter();
    drivers
        .filter_map(|driver| {
            let probe = driver.probe()?;
            Some(Program {
                driver: driver.name(),
                file: program::lookup(probe.program),
                install: probe.install,
            })
        })
        .collect()
}
