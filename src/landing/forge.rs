//! The programs that open pull requests: `gh`, and `glab` for what is called merge request there.
//! Each is called with words, never through a shell; texts go to it by file. It gets no terminal, and
//! what it answers is bounded.

use super::LandError;
use super::commit::MISLEADING;
use super::land::Request;
use super::remote::Remote;
use crate::documents::settings::land::Forge;
use crate::process::gather::{Collected, Taken, collect};
use crate::process::program::lookup;
use serde_json::Value;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// How long one call may take, and how much it may answer.
const PATIENCE: Duration = Duration::from_mins(2);
const MOST: usize = 16 * 1024 * 1024;
const MOST_SAID: usize = 8 * 1024;

/// A program, for one repository.
#[derive(Debug, Clone)]
pub struct Client {
    /// Which.
    pub forge: Forge,
    program: PathBuf,
    dir: PathBuf,
    host: Option<String>,
    repository: Option<String>,
}

/// A call that failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{call}` failed: {said}")]
pub struct Failed {
    /// What was called, without texts.
    pub call: String,
    /// What it said.
    pub said: String,
}

/// What a pull request is opened with.
#[derive(Debug, Clone, Copy)]
pub struct Opening<'a> {
    /// The branch that was pushed.
    pub branch: &'a str,
    /// The branch it is to enter.
    pub into: &'a str,
    /// The title.
    pub title: &'a str,
    /// Whether it is not to be reviewed yet.
    pub draft: bool,
    /// The file that holds its text.
    pub body: &'a Path,
}

/// What of an open pull request becomes another.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// The title; `None`: it stays.
    pub title: Option<&'a str>,
    /// The branch it is to enter; `None`: that stays.
    pub into: Option<&'a str>,
    /// The file that holds its text.
    pub body: &'a Path,
}

/// How a pull request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It can be reviewed and changed.
    Open,
    /// It is in the branch.
    Merged,
    /// Somebody closed it.
    Closed,
}

impl Client {
    /// The program for this remote, where it is on this machine.
    pub fn of(dir: &Path, remote: &Remote, request: &Request) -> Result<Self, LandError> {
        let forge = remote.forge(request)?;
        Self::named(forge, dir, remote)
    }

    /// This program, where it is on this machine.
    pub fn named(forge: Forge, dir: &Path, remote: &Remote) -> Result<Self, LandError> {
        let Some(program) = lookup(forge.word()) else {
            return Err(LandError::Refused(format!(
                "{} is not on this machine, and it opens the {}; nothing was pushed: install it and log \
                 in (`{} auth login`), or land without --pr",
                forge.word(),
                forge.opens(),
                forge.word()
            )));
        };
        Ok(Self {
            forge,
            program,
            dir: dir.to_owned(),
            host: remote.host.clone(),
            repository: remote.repository.clone(),
        })
    }

    /// Refuses where nobody is logged in: before anything is pushed.
    pub fn logged_in(&self) -> Result<(), LandError> {
        let mut words = vec!["auth", "status"];
        if let Some(host) = &self.host {
            words.extend(["--hostname", host]);
        }
        self.call(&words).map(drop).map_err(|failed| {
            let name = self.forge.word();
            LandError::Refused(format!(
                "{name} is not logged in ({}); nothing was pushed: `{name} auth login`, then order it again",
                failed.said
            ))
        })
    }

    /// The open one of this branch of this very repository, for that branch: anybody may open one of a
    /// branch of the same name in a fork.
    pub fn find(&self, branch: &str, into: &str) -> Result<Option<String>, Failed> {
        match self.forge {
            Forge::Gh => {
                let mut words = vec!["pr", "list", "--head", branch, "--state", "open"];
                words.extend(["--base", into, "--limit", "100"]);
                words.extend(["--json", "url,isCrossRepository"]);
                let found = self.json(&self.with_repository(&words))?;
                let own = |one: &&Value| one.get("isCrossRepository") == Some(&Value::Bool(false));
                Ok(first(&found, own, "url"))
            }
            Forge::Glab => {
                let path = format!(
                    "{}/merge_requests?state=opened&per_page=100&source_branch={}&target_branch={}",
                    self.project(),
                    escaped(branch),
                    escaped(into)
                );
                let found = self.api(&path)?;
                let own = |one: &&Value| {
                    let of = |key: &str| one.get(key).and_then(Value::as_u64);
                    let target = of("target_project_id");
                    target.is_some() && of("source_project_id") == target
                };
                Ok(first(&found, own, "web_url"))
            }
        }
    }

    /// Opens one, and gives where people see it.
    pub fn open(&self, opening: &Opening<'_>) -> Result<String, Failed> {
        let Opening {
            branch,
            into,
            title,
            draft,
            body,
        } = *opening;
        match self.forge {
            Forge::Gh => {
                let mut words: Vec<OsString> = own(&self.with_repository(&[
                    "pr", "create", "--base", into, "--head", branch, "--title", title,
                ]));
                words.push("--body-file".into());
                words.push(body.into());
                words.extend(draft.then(|| "--draft".into()));
                let said = self.call(&words)?;
                let url = said.lines().rev().find(|line| line.starts_with("http"));
                url.map(|u| u.trim().to_owned()).ok_or_else(|| Failed {
                    call: "gh pr create".to_owned(),
                    said: "it did not say where the pull request is".to_owned(),
                })
            }
            Forge::Glab => {
                let title = if draft {
                    format!("Draft: {title}")
                } else {
                    title.to_owned()
                };
                let path = format!("{}/merge_requests", self.project());
                let mut words = own(&self.api_words(&["--method", "POST", &path]));
                for field in [
                    format!("source_branch={branch}"),
                    format!("target_branch={into}"),
                    format!("title={title}"),
                ] {
                    words.push("--raw-field".into());
                    words.push(field.into());
                }
                words.extend(description(body));
                let made = self.parsed(&words)?;
                text(&made, "web_url").ok_or_else(|| Failed {
                    call: "glab api".to_owned(),
                    said: "it did not say where the merge request is".to_owned(),
                })
            }
        }
    }

    /// Brings text and, where that was ordered, title and base branch of an open one up to date.
    pub fn edit(&self, url: &str, change: &Change<'_>) -> Result<(), Failed> {
        let Change { title, into, body } = *change;
        match self.forge {
            Forge::Gh => {
                let mut words: Vec<OsString> = own(&["pr", "edit", url]);
                if let Some(title) = title {
                    words.extend(own(&["--title", title]));
                }
                if let Some(into) = into {
                    words.extend(own(&["--base", into]));
                }
                words.push("--body-file".into());
                words.push(body.into());
                self.call(&words).map(drop)
            }
            Forge::Glab => {
                let path = format!("{}/merge_requests/{}", self.project(), number(url));
                let mut words = own(&self.api_words(&["--method", "PUT", &path]));
                let fields = [("title", title), ("target_branch", into)];
                for (field, value) in fields {
                    if let Some(value) = value {
                        words.push("--raw-field".into());
                        words.push(format!("{field}={value}").into());
                    }
                }
                words.extend(description(body));
                self.call(&words).map(drop)
            }
        }
    }

    /// How one stands.
    pub fn standing(&self, url: &str) -> Result<Standing, Failed> {
        let found = match self.forge {
            Forge::Gh => self.json(&["pr", "view", url, "--json", "state"])?,
            Forge::Glab => self.api(&format!(
                "{}/merge_requests/{}",
                self.project(),
                number(url)
            ))?,
        };
        let state = text(&found, "state").unwrap_or_default();
        Ok(match state.to_lowercase().as_str() {
            "merged" => Standing::Merged,
            "closed" => Standing::Closed,
            _ => Standing::Open,
        })
    }

    /// The repository's place in the API of `glab`.
    pub(super) fn project(&self) -> String {
        match &self.repository {
            Some(repository) => format!("projects/{}", escaped(repository)),
            None => "projects/:id".to_owned(),
        }
    }

    /// What an address of the API answers; of `gh` too.
    pub(super) fn api(&self, path: &str) -> Result<Value, Failed> {
        self.json(&self.api_words(&[path]))
    }

    pub(super) fn api_words<'a>(&'a self, words: &[&'a str]) -> Vec<&'a str> {
        let mut all = vec!["api"];
        if let Some(host) = &self.host {
            all.extend(["--hostname", host]);
        }
        all.extend(words);
        all
    }

    pub(super) fn with_repository<'a>(&'a self, words: &[&'a str]) -> Vec<&'a str> {
        let mut all = words.to_vec();
        if let Some(repository) = &self.repository {
            all.extend(["--repo", repository]);
        }
        all
    }

    pub(super) fn json(&self, words: &[&str]) -> Result<Value, Failed> {
        self.parsed(&own(words))
    }

    fn parsed(&self, words: &[OsString]) -> Result<Value, Failed> {
        let said = self.call(words)?;
        serde_json::from_str(&said).map_err(|e| Failed {
            call: self.told(words),
            said: format!("its answer can't be read: {e}"),
        })
    }

    /// Runs it to its end and gives its standard output.
    pub(super) fn call<W: AsRef<OsStr>>(&self, words: &[W]) -> Result<String, Failed> {
        let failed = |said: String| Failed {
            call: self.told(words),
            said,
        };
        let mut command = Command::new(&self.program);
        command.args(words).current_dir(&self.dir);
        for name in MISLEADING {
            command.env_remove(name);
        }
        if let (Forge::Gh, Some(host)) = (self.forge, &self.host) {
            // `--repo` names the repository; this names where it is.
            command.env("GH_HOST", host);
        }
        let mut child = command
            .env("GH_PROMPT_DISABLED", "1")
            .env("GH_NO_UPDATE_NOTIFIER", "1")
            .env("GLAB_CHECK_UPDATE", "false")
            .env("NO_PROMPT", "1")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| failed(e.to_string()))?;
        let mut out = Taken::new(child.stdout.take(), MOST);
        let mut err = Taken::new(child.stderr.take(), MOST_SAID);
        let collected = collect(&mut out, &mut err, PATIENCE);
        if !matches!(collected, Ok(Collected::All)) {
            // It may have ended by itself in between; then there is nothing to end.
            let _ = child.kill();
        }
        let status = child.wait().map_err(|e| failed(e.to_string()))?;
        match collected.map_err(|e| failed(e.to_string()))? {
            Collected::All => {}
            Collected::TooMuch => return Err(failed(format!("it said more than {MOST} bytes"))),
            Collected::TooLong => {
                let seconds = PATIENCE.as_secs();
                return Err(failed(format!("it took longer than {seconds} s")));
            }
        }
        if status.success() {
            return Ok(String::from_utf8_lossy(&out.bytes).into_owned());
        }
        let said = String::from_utf8_lossy(&err.bytes).trim().to_owned();
        Err(failed(if said.is_empty() {
            status.to_string()
        } else {
            said
        }))
    }

    /// A call for people: its first words.
    fn told<W: AsRef<OsStr>>(&self, words: &[W]) -> String {
        let words = words.iter().take(2).map(|w| w.as_ref().to_string_lossy());
        let words: Vec<_> = words.collect();
        format!("{} {}", self.forge.word(), words.join(" "))
    }
}

/// This field of the first of a list that is wanted.
fn first(list: &Value, wanted: impl Fn(&&Value) -> bool, key: &str) -> Option<String> {
    let list = list.as_array().map_or(&[][..], Vec::as_slice);
    list.iter().find(wanted).and_then(|one| text(one, key))
}

fn own(words: &[&str]) -> Vec<OsString> {
    words.iter().map(OsString::from).collect()
}

/// The field that takes the text out of a file.
fn description(body: &Path) -> [OsString; 2] {
    let mut field = OsString::from("description=@");
    field.push(body);
    ["--field".into(), field]
}

/// The text of a field; `None`: there is none.
pub(super) fn text(value: &Value, key: &str) -> Option<String> {
    let text = value.get(key)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

/// The number at the end of an address.
pub(super) fn number(url: &str) -> &str {
    url.trim_end_matches('/').rsplit('/').next().unwrap_or(url)
}

/// A word as it stands in an address.
pub(super) fn escaped(word: &str) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    for byte in word.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            text.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_an_address_is_escaped_and_a_number_is_found() {
        assert_eq!(escaped("a/b c?&d"), "a%2Fb%20c%3F%26d");
        assert_eq!(number("https://x.org/a/b/-/merge_requests/17/"), "17");
    }
}
