//! `receipt`: the receipt of a run, as the text of a pull request.

use super::{Context, MISUSE, Outcome};
use crate::documents::settings::land::Forge;
use crate::landing::held::receipt_of;
use crate::landing::preview::find;
use crate::landing::{LandError, Receipt};
use crate::text::SafeText;
use serde_json::json;

/// Prints the receipt of a run, as the text of a pull request
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run, or the task whose latest run it is
    #[arg(value_name = "RUN|TASK")]
    run: String,
}

/// Runs the command.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let out = &context.out;
    match receipt(args, context) {
        Ok(receipt) => {
            // Where no page takes it, it is told whole.
            let page = receipt.markdown(Forge::Gh.longest_text());
            let page = page.map_or_else(|_| receipt.section(), |page| page.text);
            out.object(&json!({
                "type": "receipt",
                "run": receipt.run,
                "digest": receipt.digest(),
                "markdown": page,
                "receipt": receipt,
            }));
            out.text(SafeText::block(page.trim_end()));
            Ok(0)
        }
        Err(error) => {
            out.object(&json!({ "error": error.to_string(), "exit": MISUSE }));
            out.trouble("no receipt:", &error.to_string());
            Ok(MISUSE)
        }
    }
}

fn receipt(args: &Args, context: &Context) -> Result<Receipt, LandError> {
    let project = context.project();
    let project = project.map_err(|e| LandError::Refused(e.to_string()))?;
    let view = find(&project, &args.run)?;
    receipt_of(&project, &view)
}
