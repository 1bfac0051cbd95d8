//! Noting that a person uses the program in a repository, for what looks over all of theirs.

use crate::records::project::Project;
use crate::records::user::UserDir;
use crate::store::user::repositories::Repositories;
use jiff::Timestamp;

/// Notes the repository of a project in its person's own state. That it can't be done keeps nobody
/// from anything: it is not listed by what looks over all, and the next use notes it.
pub fn note(project: &Project) {
    if let Some(user) = UserDir::find() {
        let engine = project.engine.path();
        let _ = Repositories::of(&user).note(project.home(), engine, Timestamp::now());
    }
}
