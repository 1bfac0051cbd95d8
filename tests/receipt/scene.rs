//! A project whose run is landed, and a clone of it.

use crate::support::drive::last;
use crate::support::project::{Project, Ran, ran};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A page of which the run changes a line, so that others may change another.
pub const LINES: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";

/// What the builder does: a line changed, one added, a file gone.
pub const WORKS: &str = "cat >/dev/null; sed -i 's/^10$/ten/' src/app.txt; echo dark >>page.txt; rm src/old.txt; echo done";

/// What the reviewer says, with these judgements of both criteria.
pub fn review(first: &str, second: &str) -> String {
    format!(
        "cat >/dev/null; cat <<'END'\n<<<ARTIFACT review\n## Verdict\n\nResult: PASS\n\n\
         ## Acceptance Criteria\n\n| AC | Judgement | Evidence |\n| --- | --- | --- |\n\
         | AC-1 | {first} |\n| AC-2 | {second} |\n\n## Findings\n\nNone\nARTIFACT>>>\nEND\n"
    )
}

/// Build with a check, review, and a person at the end.
pub const FLOW: &str =
    "  - { id: build, name: Build, role: build, checks: [{ run: \"grep -q dark page.txt\" }] }
  - id: qa
    name: QA
    role: qa
    depends_on: [build]
    context: [task, { diff: base }]
    produces: { review: { path: \"harness/artifacts/{{ task.id }}-review.md\", from: answer } }
    verdict: review
    writes: []
  - { id: complete, name: Complete, depends_on: [qa], gate: { before: \"true\" } }
";

/// The project before its run.
pub fn project() -> Project {
    with("")
}

/// The same with these settings.
pub fn with(settings: &str) -> Project {
    let qa = review(
        "met | src/app.txt:10 says ten",
        "met | page.txt:2 and `grep` <b>",
    );
    let project = Project::new().settings(settings);
    project.put("src/app.txt", LINES);
    project.put("src/old.txt", "old\n");
    project.agent("build", WORKS).agent("qa", &qa).flow(FLOW)
}

/// Runs the task to its end, with the person's word. The run.
pub fn completed(project: &Project) -> String {
    project.expect(6, &["run", "T001"]);
    let run = last(project).order.run.to_string();
    project.expect(0, &["approve", &run, "--follow"]);
    run
}

/// The same, landed as one commit.
pub fn landed() -> (Project, String) {
    let project = project();
    let run = completed(&project);
    project.expect(0, &["land", &run]);
    (project, run)
}

/// A clone, in which nothing is known of runs.
pub struct Clone<'p> {
    project: &'p Project,
    pub dir: PathBuf,
}

impl<'p> Clone<'p> {
    pub fn of(project: &'p Project, name: &str) -> Self {
        let dir = project.outside(name);
        let from = project.home();
        project.git(&["clone", "-q", from.to_str().unwrap(), dir.to_str().unwrap()]);
        let clone = Self { project, dir };
        clone.git(&["config", "user.name", "Eve"]);
        clone.git(&["config", "user.email", "eve@example.org"]);
        assert!(!clone.dir.join(".git/harness").exists());
        clone
    }

    pub fn git(&self, args: &[&str]) -> String {
        let out = Command::new("git")
            .args(args)
            .current_dir(&self.dir)
            .output()
            .unwrap();
        let err = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success(), "git {args:?}: {err}");
        String::from_utf8_lossy(&out.stdout).into_owned()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.project.command(args);
        command.current_dir(&self.dir);
        command
    }

    /// `verify` with these words; every line of it.
    pub fn verify(&self, args: &[&str]) -> Ran {
        let all = [&["verify", "--all"], args].concat();
        ran(&self.command(&all).output().unwrap())
    }

    /// `verify -` of this text.
    pub fn verify_text(&self, text: &str) -> Ran {
        let mut command = self.command(&["verify", "-"]);
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut pipe = child.stdin.take().unwrap();
        let bytes = text.as_bytes().to_vec();
        // What is too long is not read to its end.
        let writer = std::thread::spawn(move || drop(pipe.write_all(&bytes)));
        let said = ran(&child.wait_with_output().unwrap());
        writer.join().unwrap();
        said
    }

    /// Replaces a text in a file once, which must be there.
    pub fn edit(&self, path: &str, from: &str, to: &str) {
        let file = self.dir.join(path);
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains(from), "{from:?} is not in {path}:\n{text}");
        std::fs::write(file, text.replacen(from, to, 1)).unwrap();
    }

    /// Writes a file.
    pub fn put(&self, path: &str, text: &str) {
        let file = self.dir.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    /// Makes the last commit anew with what lies there.
    pub fn amend(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--amend", "--no-edit"]);
    }

    /// Makes the last commit anew with this message.
    pub fn reword(&self, message: &str) {
        let file = self.dir.join(".git/message");
        std::fs::write(&file, message).unwrap();
        let file = file.to_str().unwrap();
        self.git(&[
            "commit",
            "-q",
            "--amend",
            "--cleanup=whitespace",
            "-F",
            file,
        ]);
    }
}

/// The lines that are not true, each with what was found.
pub fn untrue(said: &Ran) -> String {
    let lines: Vec<&str> = said.out.lines().collect();
    let bad = lines.windows(2).filter(|w| w[0].starts_with("not true"));
    bad.map(|w| format!("{}\n{}\n", w[0], w[1])).collect()
}

/// All of it is so.
pub fn is_so(said: &Ran) {
    assert_eq!(said.code, 0, "{}\n{}", said.out, said.err);
    assert!(
        said.out.contains("verified: all that git can tell is so"),
        "{}",
        said.out
    );
}

/// Something is not so, and these are named.
pub fn is_not(said: &Ran, what: &str, named: &[&str]) {
    assert_eq!(said.code, 1, "{what}: {}\n{}", said.out, said.err);
    let untrue = untrue(said);
    for name in named {
        assert!(
            untrue.contains(name),
            "{what}: {name:?} is not named:\n{untrue}"
        );
    }
}

/// What is said of nothing that could be looked up.
pub fn is_no_receipt(said: &Ran, why: &str) {
    assert_eq!(said.code, 2, "{}\n{}", said.out, said.err);
    assert!(said.err.contains(why), "{}", said.err);
}

/// The report of a run.
pub fn report(run: &str) -> String {
    format!("harness/runs/{run}.md")
}

/// The files of a folder with their digests, to see that nothing is written into it.
pub fn everything(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut all = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let size = path.metadata().unwrap().len();
                all.push((path, size));
            }
        }
    }
    all.sort();
    all
}
