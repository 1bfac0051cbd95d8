//! The files people share with the engine: lossless parsing, strict writing, findings with places.
//!
//! Law: text in, values and findings out. No I/O, no clock; a bad file is a list of findings with
//! places, never a panic.

// The YAML half: settings and workflows.
pub mod interpolate;
pub mod schema;
pub mod settings;
pub mod workflow;
pub mod yaml;
