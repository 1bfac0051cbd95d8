//! `schema`: the JSON Schemas for editors.

use super::{Context, Outcome};
use crate::documents::schema::{settings_schema, workflow_schema};
use crate::supervisor::tell;

/// Prints the JSON Schema of a file, for editors
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which file's
    what: What,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum What {
    /// harness/workflows/*.yaml
    Workflow,
    /// harness/harness.yaml and harness/harness.local.yaml
    Settings,
    /// What a command of on: is told
    Event,
}

/// Runs it.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let schema = match args.what {
        What::Workflow => workflow_schema(),
        What::Settings => settings_schema(),
        What::Event => tell::schema(),
    };
    let text = serde_json::to_string_pretty(&schema)?;
    context.out.line(crate::text::json::shown(&text));
    Ok(0)
}
