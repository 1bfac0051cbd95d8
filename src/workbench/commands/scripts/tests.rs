use super::*;
use crate::process::program;
use crate::workbench::commands::UserCommand;
use std::process::{Command, Stdio};

fn read(words: &[&str]) -> Vec<Word> {
    words.iter().map(|w| Word::read(w).unwrap()).collect()
}

fn found(words: &[&str]) -> Vec<(usize, Unsafe)> {
    let words = read(words);
    let words: Vec<&Word> = words.iter().collect();
    let found = injections(&words).into_iter();
    found.map(|(at, _, why)| (at, why)).collect()
}

#[test]
fn what_a_program_reads_as_a_script_is_found() {
    for (words, wanted) in [
        (&["sh", "-c", "S", "$0", "{path}"][..], &[1, 2][..]),
        (&["/bin/bash", "-lc", "S"], &[1, 2]),
        (&["bash", "-c", "-e", "S", "x"], &[1, 2, 3]),
        (&["env", "-i", "A=1", "zsh", "-c", "S"], &[4, 5]),
        (&["python3.12", "-u", "-c", "S", "x"], &[2, 3]),
        (&["python3", "-cS"], &[1]),
        (&["node", "--eval=S", "x"], &[1, 2]),
        (&["perl", "-ne", "S", "{path}"], &[1, 2]),
        (&["bash", "--norc", "-o", "pipefail", "-ec", "S"], &[4, 5]),
        (&["su", "-", "me", "-c", "S"], &[3, 4]),
        (&["fish", "--command=S"], &[1]),
        (&["sh", "script.sh", "{path}"], &[]),
        (&["anything", "-c", "S", "x"], &[1, 2]),
        (&["awk", "-v", "a=b", "S", "x"], &[1, 2, 3]),
        (&["sed", "-i", "S", "x"], &[1, 2]),
        (&["make", "-C", "x", "y"], &[1, 3]),
        (&["sudo", "-u", "me", "x"], &[]),
        (&["cargo", "--color=never", "--edition", "x"], &[]),
        (&["zed", "{tree}"], &[]),
        (&["sh"], &[]),
    ] {
        assert_eq!(scripts(words), wanted, "{words:?}");
    }
}

#[test]
fn a_value_is_refused_where_a_program_could_run_it() {
    for words in [
        &["watch", "wc -l {path}"][..],
        &["watch", "wc", "{path}"],
        &["env", "-S", "sh -c 'wc {path}'"],
        &["rbash", "-c", "wc {path}"],
        &["fish", "--init-command={path}"],
        &["npx", "-c", "wc {path}"],
        &["xterm", "-e", "vi {path}"],
        &["git", "-c", "alias.x=!wc {path}", "x"],
        &["git", "-c", "core.pager={path}", "log"],
        &["awk", "BEGIN{{system(\"wc {path}\")}}"],
        &["awk", "{path}"],
        &["vim", "-c", "e {path}"],
        &["vim", "+{path}"],
        &["emacsclient", "--eval", "{path}"],
        &["python3", "-m", "timeit", "{path}"],
        &["sudo", "-s", "wc", "{path}"],
        &["parallel", "wc", ":::", "{path}"],
        &["sed", "-i", "s/a/{branch}/", "x"],
        &["make", "X={path}"],
        &["make", "{path}"],
        &["env", "GIT_SSH_COMMAND={path}", "git", "fetch"],
        &["x", "-e{path}"],
        &["x", "-e:{path}"],
        &["x", "{tree}{path}"],
        &["x", "{path}|wc"],
        &["x", "a{path}"],
        &["x", "'{path}'"],
        &["x", "-{branch}"],
        &["git", "rebase", "-x", "{path}", "main"],
        &["git", "submodule", "foreach", "{path}"],
        &["fzf", "--preview", "{path}"],
        &["fzf", "--preview={path}"],
        &["sftp", "-o", "x", "ProxyCommand={path}"],
        &["kitty", "@", "send-text", "{path}"],
        &["just", "test", "{path}"],
        &["less", "-N", "{path}"],
        &["x", "-o:{path}"],
    ] {
        assert_eq!(found(words).len(), 1, "{words:?}");
    }
    for words in [
        &["zed", "{tree}"][..],
        &["code", "--goto", "{path}:{line}"],
        &["vim", "+{line}", "{path}"],
        &["git", "-C", "{tree}", "diff", "{base}..{branch}"],
        &["git", "-C", "{tree}", "push", "origin", "HEAD:{branch}"],
        &["npm", "--prefix={tree}", "test"],
        &["make", "-C", "{tree}", "test"],
        &["less", "{tree}/notes.txt"],
        &["tool", "out-{run}.log", "@{path}", "{project}/src"],
        &["sh", "-c", "wc \"$1\"", "sh", "{path}"],
        &["xterm", "-e", "vi", "{path}"],
        &["awk", "{{print $1}}", "{path}"],
        &["less", "-N", "--", "{path}"],
        &["head", "-20", "{path}"],
        &["ls", "--color=never", "{path}"],
        &["git", "blame", "-L", "{line},+5", "--", "{path}"],
        &["nvim", "--server", "x", "--remote", "{path}"],
        &["tool", "--file={path}", "-x", "{branch}"],
    ] {
        assert_eq!(found(words), [], "{words:?}");
    }
}

/// Each way to leave what is meant for a value and go on as a program.
const HOSTILE: [&str; 4] = [
    "/x/$(touch M)`touch M`;touch M;#'\"\ntouch M\n",
    "x';touch M;'\";touch M;\"|touch M|e touch M\n!touch M",
    "BEGIN{system(\"touch M\")}system(\"touch M\");open('M','w')",
    "x!=touch M",
];

#[test]
fn no_command_that_is_accepted_runs_what_a_value_says() {
    let programs: [&[&str]; 14] = [
        &["sh"],
        &["bash"],
        &["env"],
        &["env", "sh"],
        &["nice", "sh"],
        &["awk"],
        &["sed"],
        &["perl"],
        &["python3"],
        &["git"],
        &["make"],
        &["xargs"],
        &["find"],
        &["watch"],
    ];
    let options: [&[&str]; 12] = [
        &[],
        &["-c"],
        &["-e"],
        &["-S"],
        &["-lc", "-e"],
        &["-n"],
        &["-m", "timeit"],
        &["-c", "alias.x=!true", "x"],
        &["--eval=1"],
        &["rebase", "-x"],
        &["-exec", "sh", "-c"],
        &["-x"],
    ];
    let shapes = [
        "{path}",
        "-c{path}",
        "-e{path}",
        "a={path}",
        "s/a/{path}/",
        "echo {path}",
        "+{path}",
    ];
    let mut ran = 0;
    for (program, option) in programs.iter().flat_map(|p| options.map(|o| (p, o))) {
        for shape in shapes {
            let words = [*program, option, &[shape]].concat();
            if program::lookup(words[0]).is_none() || !found(&words).is_empty() {
                continue;
            }
            let read = read(&words);
            let command = UserCommand {
                key: None,
                name: crate::text::SafeText::line("it"),
                run: read,
                places: Vec::new(),
                terminal: false,
                wait: true,
                confirm: false,
            };
            for value in HOSTILE {
                let filled = command.filled(&|_| Ok(value.to_owned())).unwrap();
                let dir = tempfile::tempdir().unwrap();
                // Whatever it reads ends at once, and what it says is nobody's.
                let mut child = Command::new(&filled[0]);
                child.args(&filled[1..]).current_dir(dir.path());
                child
                    .stdin(Stdio::null())
                    .stdout(Stdio::null())
                    .stderr(Stdio::null());
                child.status().unwrap();
                assert!(!dir.path().join("M").exists(), "{words:?} with {value:?}");
                ran += 1;
            }
        }
    }
    assert!(ran > 100, "{ran} were run");
}
