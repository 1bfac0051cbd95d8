//! How each agent is logged in, and how it is kept apart from ambient configuration. Nothing is
//! started, and of a login nothing is told but where it is.

use super::Line;
use crate::agents::Driver;
use crate::agents::catalogue;
use crate::agents::standing::{LoginFrom, Standing};
use crate::documents::settings::{AgentSettings, Settings};
use crate::process::program;
use crate::stage::environ::inherited;
use crate::stage::sandbox::landlock_abi;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// Largest file that is looked into.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// The agents of these settings, or, without a project, those that are installed.
pub(super) fn of(settings: Option<&Settings>) -> Vec<Line> {
    let env = inherited();
    match settings {
        Some(settings) => {
            let declared = settings.agents.iter();
            declared
                .flat_map(|agent| declared_one(agent, &env))
                .collect()
        }
        None => catalogue::all()
            .iter()
            .filter(|driver| {
                driver
                    .probe()
                    .is_some_and(|p| program::lookup(p.program).is_some())
            })
            .flat_map(|driver| told(driver.name(), *driver, (&[], &[]), &env))
            .collect(),
    }
}

fn declared_one(agent: &AgentSettings, env: &BTreeMap<String, String>) -> Vec<Line> {
    let Some(driver) = catalogue::driver(&agent.driver) else {
        // `check` says so, with its place.
        return Vec::new();
    };
    told(&agent.name, driver, (&agent.command, &agent.env), env)
}

fn told(
    name: &str,
    driver: &dyn Driver,
    (command, named): (&[String], &[String]),
    env: &BTreeMap<String, String>,
) -> Vec<Line> {
    let Some(standing) = driver.standing(command, named, env) else {
        return Vec::new();
    };
    vec![login(name, &standing), apart(name, &standing)]
}

fn login(agent: &str, standing: &Standing) -> Line {
    let what = "login";
    match &standing.login {
        LoginFrom::Variable { name, kind } => Line::ok(what, format!("{agent}: {name}, {kind}")),
        LoginFrom::Own(words) => Line::ok(what, format!("{agent}: {words}")),
        LoginFrom::Missing(remedy) => {
            Line::warn(what, format!("{agent}: not logged in"), remedy.as_str())
        }
        LoginFrom::Kept { files, remedy } => {
            let found = files.iter().find(|(file, key)| holds(file, key));
            match found {
                Some((file, _)) => Line::ok(
                    what,
                    format!(
                        "{agent}: your own in {}, shared and not copied",
                        file.display()
                    ),
                ),
                None if cfg!(target_os = "macos") => Line::ok(
                    what,
                    format!(
                        "{agent}: no variable is set; it may be in the keychain, which is not asked"
                    ),
                ),
                None => Line::warn(what, format!("{agent}: not logged in"), *remedy),
            }
        }
    }
}

/// Whether a file holds this key of JSON with something under it.
fn holds(file: &Path, key: &str) -> bool {
    let Ok(file) = std::fs::File::open(file) else {
        return false;
    };
    if !file.metadata().is_ok_and(|m| m.is_file()) {
        return false;
    }
    let mut bytes = Vec::new();
    let read = file.take(MAX_BYTES).read_to_end(&mut bytes);
    let value = serde_json::from_slice::<serde_json::Value>(&bytes).unwrap_or_default();
    read.is_ok() && !value[key].is_null()
}

fn apart(agent: &str, standing: &Standing) -> Line {
    let sandbox = match landlock_abi() {
        Some(_) => "Landlock",
        None => "no sandbox",
    };
    let also = standing
        .comes_along
        .map(|what| format!("; comes along: {what}"));
    let found = format!(
        "{agent}: {}; {sandbox}{}",
        standing.apart,
        also.unwrap_or_default()
    );
    match standing.remedy {
        None => Line::ok("isolation", found),
        Some(remedy) => Line::warn("isolation", found, remedy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::claude::Claude;
    use crate::cli::doctor::Level;

    fn lines(env: &[(&str, &str)]) -> Vec<Line> {
        let env = env.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        told("claude", &Claude, (&[], &[]), &env.collect())
    }

    #[test]
    fn a_login_is_told_by_its_place_and_never_by_what_it_is() {
        let home = tempfile::tempdir().unwrap();
        let at = home.path().to_str().unwrap();
        let out = lines(&[("HOME", at)]);
        assert_eq!(out[0].level, Level::Warn);
        assert!(out[0].remedy.as_ref().unwrap().contains("log in"));
        std::fs::create_dir(home.path().join(".claude")).unwrap();
        let file = home.path().join(".claude/.credentials.json");
        let text = r#"{"claudeAiOauth": {"accessToken": "SECRET"}}"#;
        std::io::Write::write_all(&mut std::fs::File::create(&file).unwrap(), text.as_bytes())
            .unwrap();
        let kept = lines(&[("HOME", at)]);
        assert_eq!(kept[0].level, Level::Ok);
        assert!(
            kept[0]
                .found
                .contains(".credentials.json, shared and not copied")
        );
        let key = lines(&[("HOME", at), ("ANTHROPIC_API_KEY", "SECRET")]);
        assert_eq!(key[0].found, "claude: ANTHROPIC_API_KEY, a key");
        for line in kept.iter().chain(&key) {
            assert!(!line.found.contains("SECRET"), "{}", line.found);
        }
        assert!(key[1].found.contains("folder of its own"));
        assert!(kept[1].found.contains("by flags no settings"));
    }
}
