//! What a word on a screen is. Which colour that has is each screen's own knowledge.

/// What a word is, which decides its colour. State is never told by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// A heading.
    Title,
    /// Something that went well.
    Good,
    /// Something that went wrong.
    Bad,
    /// Something that waits for a person, or that should be looked at.
    Attention,
    /// Something that goes on.
    Live,
    /// An identifier, a path.
    Name,
    /// A command to type.
    Command,
    /// What can be passed over.
    Quiet,
}
