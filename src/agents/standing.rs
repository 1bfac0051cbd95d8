//! How an agent stands on this machine before it is started: where its login comes from, what keeps
//! it apart from ambient configuration, and what can't be kept away. Values alone: whether a file is
//! there, whoever asks looks.

use std::path::PathBuf;

/// What is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Where its login comes from.
    pub login: LoginFrom,
    /// What keeps it apart, for people.
    pub apart: String,
    /// What can't be kept away from it, for people; `None`: nothing is known to come along.
    pub comes_along: Option<&'static str>,
    /// What a person can do about that; `None`: it does no harm, or there is nothing.
    pub remedy: Option<&'static str>,
}

/// Where a login comes from. Nothing of it is ever shown but its name and place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LoginFrom {
    /// A variable of the environment: its name, and what kind of login it is.
    Variable {
        /// `ANTHROPIC_API_KEY`.
        name: &'static str,
        /// `a key`, `a long-lived token`.
        kind: &'static str,
    },
    /// Files of the person's, which the program reads and refreshes where they are: the first that
    /// holds its key is the login.
    Kept {
        /// Each with the key of JSON that a login has in it.
        files: Vec<(PathBuf, &'static str)>,
        /// What to do where none has.
        remedy: &'static str,
    },
    /// The program's own affair: nobody here knows where it is.
    Own(String),
    /// There is none, and what to do.
    Missing(String),
}
