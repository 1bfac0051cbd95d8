//! What the person at this machine chose for all their projects.

use crate::documents::choices::{self, Choices};
use crate::store::user::{self, UserDir};

/// Their choices; what can't be read says nothing, which the screen and `doctor` tell.
pub fn choices() -> Choices {
    let Some(file) = UserDir::find().map(|user| user.config()) else {
        return Choices::default();
    };
    match user::read(&file) {
        Ok(Some(text)) => choices::parse(&file.display().to_string(), &text).0,
        _ => Choices::default(),
    }
}
