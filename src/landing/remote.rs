//! Where a result is pushed to be reviewed: which remote, on which host, under which name; and what of
//! that can be known before anything is sent.

use super::commit::own_git;
use super::fold::Batch;
use super::land::Request;
use super::receipt::Receipt;
use super::{LandError, pr, private};
use crate::documents::settings::land::Forge;
use crate::git::Git;
use crate::process::gather::{Collected, Taken, collect};
use crate::process::program::lookup;
use crate::records::runs::RunView;
use crate::terms::Oid;
use crate::text::many;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

/// How long the other side may take to say what it holds, and how much that may be.
const PATIENCE: Duration = Duration::from_mins(1);
const MOST: usize = 64 * 1024;

/// A remote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// Its name.
    pub name: String,
    /// Where it is pushed to, for people: without the user and the password that may stand in it.
    pub url: String,
    /// What git is asked by that: its name, or that address where it is another one than is fetched from.
    pub place: String,
    /// The host; `None`: it is a folder of this machine.
    pub host: Option<String>,
    /// The repository on that host: `owner/name`.
    pub repository: Option<String>,
    /// The branch there, short name.
    pub branch: String,
}

impl Remote {
    /// The one that was ordered, or that of the branch the result is to enter.
    pub fn of(view: &RunView, request: &Request, into: &str) -> Result<Self, LandError> {
        let git = Git::new(&view.order.home);
        let name = match &request.proposal.remote {
            Some(name) => name.clone(),
            None => usual(&git, into)?,
        };
        // A word that begins with a hyphen would be read as an option.
        let known = git.call(["remote"]).text()?;
        if !known.lines().any(|line| line == name) {
            return Err(LandError::Refused(format!(
                "there is no remote '{name}'; {}",
                if known.is_empty() {
                    "`git remote add origin URL` makes one".to_owned()
                } else {
                    let all: Vec<&str> = known.lines().collect();
                    format!("name one with --remote: {}", all.join(", "))
                }
            )));
        }
        let (url, place) = pushed_to(&git, &name)?;
        let (host, repository) = host_of(&url).map_or((None, None), |(h, r)| (Some(h), Some(r)));
        Ok(Self {
            name,
            url: without_login(&url),
            place,
            host,
            repository,
            branch: branch(view),
        })
    }

    /// The program that opens pull requests there.
    pub fn forge(&self, request: &Request) -> Result<Forge, LandError> {
        let settings = &request.form.settings;
        if let Some(named) = settings.pr {
            return Ok(named);
        }
        let host = self.host.as_deref().unwrap_or_default();
        let says = |word: &str| host.split('.').any(|part| part == word);
        match (says("github"), says("gitlab")) {
            (true, _) => Ok(Forge::Gh),
            (_, true) => Ok(Forge::Glab),
            _ => Err(LandError::Refused(format!(
                "which program opens pull requests for {} ({}) is not known; set `land: {{ pr: gh }}` or \
                 `land: {{ pr: glab }}` in harness.yaml",
                self.name, self.url
            ))),
        }
    }

    /// The same, where something is pushed to it: that is one place, which holds it afterwards or does not.
    pub fn to_push(view: &RunView, request: &Request, into: &str) -> Result<Self, LandError> {
        let remote = Self::of(view, request, into)?;
        let git = Git::new(&view.order.home);
        match push_addresses(&git, &remote.name)?.len() {
            0 | 1 => Ok(remote),
            n => Err(LandError::Refused(format!(
                "{} is pushed to {n} addresses at once, and a pull request is opened in one; nothing was \
                 pushed: `git remote add review URL` names that one, then order it with --remote review",
                remote.name
            ))),
        }
    }

    /// Whether these refs are there at these commits; `None`: it does not say.
    pub(super) fn holds(&self, home: &Path, refs: &[(String, &Oid, Option<&Oid>)]) -> Option<bool> {
        let names: Vec<&str> = refs.iter().map(|(name, ..)| name.as_str()).collect();
        let held = self.held(home, &names).ok()?;
        Some({ refs.iter() }.all(|(name, at, _)| held.get(name) == Some(*at)))
    }

    /// Where these refs are there, each that is; else why that is not known.
    pub(super) fn held(
        &self,
        home: &Path,
        names: &[&str],
    ) -> Result<BTreeMap<String, Oid>, String> {
        let mut words = vec!["ls-remote", "--", self.place.as_str()];
        words.extend(names);
        let said = ask(home, &words, PATIENCE)?;
        let said = String::from_utf8_lossy(&said);
        let there = said.lines().filter_map(|line| line.split_once('\t'));
        let wanted = there.filter(|(_, name)| names.contains(name));
        let wanted = wanted.filter_map(|(at, name)| Some((name.to_owned(), Oid::new(at).ok()?)));
        Ok(wanted.collect())
    }
}

/// What git says that asks another machine with these words; else why it says nothing. No person is asked
/// for anything, and it comes to an end.
pub(super) fn ask(home: &Path, words: &[&str], patience: Duration) -> Result<Vec<u8>, String> {
    let mut command = own_git(home);
    if std::env::var_os("GIT_SSH_COMMAND").is_none() {
        let own = own_git(home)
            .args(["config", "--get", "core.sshCommand"])
            .output();
        let own = own.ok().filter(|o| o.status.success());
        if own.is_none() {
            command.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes");
        }
    }
    let mut child = command
        .args(words)
        .env("GIT_TERMINAL_PROMPT", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| e.to_string())?;
    let mut out = Taken::new(child.stdout.take(), MOST);
    let mut err = Taken::new(child.stderr.take(), MOST);
    let collected = collect(&mut out, &mut err, patience);
    if !matches!(collected, Ok(Collected::All)) {
        // It may have ended by itself in between.
        let _ = child.kill();
    }
    let status = child.wait().map_err(|e| e.to_string())?;
    match collected.map_err(|e| e.to_string())? {
        Collected::All if status.success() => Ok(out.bytes),
        Collected::All => {
            let said = String::from_utf8_lossy(&err.bytes).trim().to_owned();
            Err(if said.is_empty() {
                status.to_string()
            } else {
                said
            })
        }
        Collected::TooMuch => Err(format!("it said more than {MOST} bytes")),
        Collected::TooLong => Err(format!("it took longer than {} s", patience.as_secs())),
    }
}

/// All addresses that a remote is pushed to.
fn push_addresses(git: &Git, name: &str) -> Result<Vec<String>, LandError> {
    let call = git.call(["remote", "get-url", "--push", "--all", "--", name]);
    Ok(call.text()?.lines().map(str::to_owned).collect())
}

/// The first address that a remote is pushed to, and what git is asked by that: the remote's name where it is
/// fetched from there as well.
pub(super) fn pushed_to(git: &Git, name: &str) -> Result<(String, String), LandError> {
    let fetched = git.call(["remote", "get-url", "--", name]).text()?;
    let url = push_addresses(git, name)?.into_iter().next();
    let url = url.unwrap_or_default();
    let place = if fetched.lines().next() == Some(url.as_str()) {
        name.to_owned()
    } else {
        url.clone()
    };
    Ok((url, place))
}

/// The remote that this repository is usually pushed to, for what people are told; `None`: it has none.
pub(super) fn usual_here(git: &Git, into: &str) -> Option<String> {
    let known = git.call(["remote"]).text().ok()?;
    let name = usual(git, into).ok();
    let name = name.filter(|name| known.lines().any(|line| line == name));
    name.or_else(|| known.lines().next().map(str::to_owned))
}

/// The remote of a branch, else the only one, else `origin`.
fn usual(git: &Git, into: &str) -> Result<String, LandError> {
    let of_branch = git
        .call(["config", "--get", &format!("branch.{into}.remote")])
        .output()?;
    let of_branch = String::from_utf8_lossy(&of_branch.stdout).trim().to_owned();
    // A dot: it follows another branch of this repository.
    if !of_branch.is_empty() && of_branch != "." {
        return Ok(of_branch);
    }
    let known = git.call(["remote"]).text()?;
    let known: Vec<&str> = known.lines().collect();
    match known.as_slice() {
        [] => Err(LandError::Refused(
            "this repository has no remote to push to; `git remote add origin URL` makes one, or land \
             without --pr"
                .to_owned(),
        )),
        [only] => Ok((*only).to_owned()),
        some if some.contains(&"origin") => Ok("origin".to_owned()),
        some => Err(LandError::Refused(format!(
            "'{into}' follows no remote, and there are several; name one with --remote: {}",
            some.join(", ")
        ))),
    }
}

/// The branch's name there. Of a private harness nobody but its person knows: it is the task's words.
fn branch(view: &RunView) -> String {
    if !private::is(view) {
        return view.order.branch.clone();
    }
    let task = view.run.plan.task.as_ref();
    task.map_or_else(|| view.run.plan.workflow.clone(), |t| t.slug.clone())
}

/// An address without user and password, as far as it is one that may hold them: a token stands in either.
fn without_login(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let (host, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// Host and repository of a remote's address; `None`: it is a folder of this machine.
fn host_of(url: &str) -> Option<(String, String)> {
    let (host, path) = match url.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => rest.split_once('/')?,
        None => {
            let (host, path) = url.split_once(':')?;
            if host.contains('/') {
                return None;
            }
            (host, path)
        }
    };
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    (!host.is_empty() && path.contains('/')).then(|| (host.to_lowercase(), path.to_owned()))
}

/// What would be pushed and opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The remote.
    pub remote: Remote,
    /// The program that opens it.
    pub forge: Forge,
    /// Whether that program is on this machine.
    pub program: Option<PathBuf>,
    /// The title.
    pub title: String,
    /// Whether it is not to be reviewed yet.
    pub draft: bool,
    /// The pull request that there is already: it would be brought up to date.
    pub updates: Option<String>,
    /// The commit that this run pushed there, and that the new one takes the place of.
    pub over: Option<Oid>,
    /// What people should know.
    pub notes: Vec<String>,
}

impl Offer {
    /// What would be pushed and opened. Nobody outside of this machine is asked.
    pub fn of(
        view: &RunView,
        request: &Request,
        into: &str,
        (batch, receipt): (&Batch, Option<&Receipt>),
    ) -> Result<Self, LandError> {
        let remote = Remote::to_push(view, request, into)?;
        let forge = remote.forge(request)?;
        let page = pr::body(view, receipt, forge)?;
        let review = view.run.in_review.as_ref();
        let review = review.filter(|r| r.remote == remote.name && r.branch == remote.branch);
        let program = lookup(forge.word());
        let mut notes = Vec::new();
        if program.is_none() {
            notes.push(format!(
                "{} is not on this machine, and nothing can be opened",
                forge.word()
            ));
        }
        notes.extend(not_there(view, &remote, into, &batch.from)?);
        notes.extend(page.left_out.map(str::to_owned));
        Ok(Self {
            program,
            forge,
            title: title(request, &batch.message),
            draft: request.proposal.draft,
            updates: review.map(|r| r.url.clone()),
            over: review.map(|r| r.commit.clone()),
            remote,
            notes,
        })
    }
}

/// What it is called.
pub(super) fn title(request: &Request, message: &str) -> String {
    let subject = message.lines().next().unwrap_or_default();
    request
        .proposal
        .title
        .as_deref()
        .map_or_else(|| subject.to_owned(), super::receipt::flat)
}

/// That commits of the base branch would come along that the remote has not got.
fn not_there(
    view: &RunView,
    remote: &Remote,
    into: &str,
    from: &Oid,
) -> Result<Option<String>, LandError> {
    if remote.place != remote.name {
        // What was fetched is of another place.
        return Ok(None);
    }
    let git = Git::new(&view.order.home);
    let name = format!("refs/remotes/{}/{into}", remote.name);
    let Some(there) = git.refs(&[&name])?.into_iter().find(|r| r.name == name) else {
        return Ok(None);
    };
    let call = git.call(["rev-list", "--count", from.as_str()]);
    let count = call.arg(format!("^{}", there.object)).text()?;
    let count: usize = count.trim().parse().unwrap_or(0);
    Ok((count > 0).then(|| {
        format!(
            "{} of '{into}' that {}/{into} has not got, as of the last fetch, would be part of it",
            many(count, "commit"),
            remote.name
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::{host_of, without_login};

    #[test]
    fn an_address_is_told_without_who_logs_in_there() {
        for (url, told) in [
            (
                "https://x-access-token:ghs_1@github.com/ada/engine.git",
                "https://github.com/ada/engine.git",
            ),
            ("https://ghp_1@github.com", "https://github.com"),
            ("https://a:p@w@host.org/x@y", "https://host.org/x@y"),
            ("ssh://git@host.org:22/a/b", "ssh://host.org:22/a/b"),
            (
                "git@github.com:ada/engine.git",
                "git@github.com:ada/engine.git",
            ),
            ("/srv/a@b/engine.git", "/srv/a@b/engine.git"),
        ] {
            assert_eq!(without_login(url), told);
        }
    }

    #[test]
    fn an_address_names_host_and_repository_or_a_folder_of_this_machine() {
        for (url, host, path) in [
            ("git@github.com:ada/engine.git", "github.com", "ada/engine"),
            ("https://github.com/ada/engine", "github.com", "ada/engine"),
            (
                "ssh://git@gitlab.example.org:2222/a/b/engine.git/",
                "gitlab.example.org",
                "a/b/engine.git",
            ),
            (
                "https://u:p@GitLab.com/a/b/engine.git",
                "gitlab.com",
                "a/b/engine",
            ),
        ] {
            let found = host_of(url).unwrap();
            let path = path.strip_suffix(".git").unwrap_or(path);
            assert_eq!((found.0.as_str(), found.1.as_str()), (host, path), "{url}");
        }
        for url in [
            "/srv/git/engine.git",
            "../engine",
            "file:///srv/e.git",
            "./a:b/c",
        ] {
            assert_eq!(host_of(url), None, "{url}");
        }
    }
}
