//! From text to rows for a page: what stands in which columns, and what each piece is.
//!
//! Law: pure. No I/O, no clock, nothing of a terminal or a theme: a [`Row`] says what its pieces
//! are ([`Look`]), and each screen knows what that looks like. What goes into a row is safe from
//! then on. Nothing here panics or runs long on any text: what is too large is shown plain.
//!
//! - [`markdown::Page`]: a markdown document. It is laid out as far as asked for
//!   ([`markdown::Page::lay_to`]) and read by any number of painters ([`markdown::Page::rows`]);
//!   text can be appended, and only the last block is laid out again.
//!   [`markdown::page`] gives all rows at once.
//! - [`code`]: colours for code, by language, a line at a time.
//! - [`source::Source`]: a file of any size with line numbers, by windows: rows from a
//!   [`source::Spot`] on, read from [`lines::Bytes`]; [`find::Finder`] searches it.
//!   [`source::source`] gives all rows of a small one.
//! - [`diff`]: a change, read from what git prints ([`diff::parse`]) or from two texts
//!   ([`diff::between`]): files, hunks, lines; [`diff::Layout`] makes the rows that are asked for,
//!   unified or side by side.
//! - [`diagram`]: a diagram in mermaid's language, drawn. Pages of markdown draw theirs.

pub mod code;
pub mod diagram;
pub mod diff;
pub mod find;
pub mod lines;
pub mod markdown;
pub mod source;

mod flow;
mod fold;
mod place;
mod row;

pub use row::{Look, Row, Span, Target};
