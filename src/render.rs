//! From text to rows for a page: what stands in which columns, and what each piece is.
//!
//! Law: pure. No I/O, no clock, nothing of a terminal or a theme: a [`Row`] says what its pieces
//! are ([`Look`]), and each screen knows what that looks like. What goes into a row is safe from
//! then on.

mod row;

pub use row::{Look, Row, Span, Target};
