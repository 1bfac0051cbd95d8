//! Where a value may come to stand in a command. A program that reads one of its words as a script would
//! read a value there as a part of it, and what an agent called a file would run. Which programs do is
//! known of many and never of all, so a value is a word by itself, or stands in one that can be no script.

use super::{Placeholder, Word};

/// Shells: the word after a `-…c…` is a script.
const SHELLS: [&str; 22] = [
    "sh", "bash", "rbash", "dash", "ash", "hush", "zsh", "rzsh", "ksh", "rksh", "lksh", "mksh",
    "oksh", "yash", "fish", "csh", "tcsh", "nu", "elvish", "xonsh", "pwsh", "rc",
];
/// Options of theirs that have a word of their own after them.
const WITH_WORD: [&str; 6] = ["-o", "+o", "-O", "+O", "--rcfile", "--init-file"];

/// Programs that read a script from the word after one of these letters or options, or from the rest
/// of the same word.
const OTHERS: [(&str, &str, &[&str]); 24] = [
    ("python", "c", &[]),
    ("pypy", "c", &[]),
    ("perl", "eE", &[]),
    ("ruby", "e", &[]),
    ("node", "ep", &["--eval", "--print"]),
    ("nodejs", "ep", &["--eval", "--print"]),
    ("bun", "ep", &["--eval", "--print"]),
    ("deno", "", &["eval"]),
    ("lua", "e", &[]),
    ("julia", "eE", &["--eval", "--print"]),
    ("php", "BEFRr", &[]),
    ("osascript", "e", &[]),
    ("su", "c", &["--command", "--session-command"]),
    ("runuser", "c", &["--command"]),
    ("script", "c", &["--command"]),
    ("flock", "c", &["--command"]),
    ("xterm", "e", &[]),
    ("lldb", "kKoO", &["--one-line"]),
    ("awk", "ef", &["--source", "--file"]),
    ("gawk", "ef", &["--source", "--file"]),
    ("mawk", "f", &[]),
    ("nawk", "f", &[]),
    ("sed", "ef", &["--expression", "--file"]),
    ("gsed", "ef", &["--expression", "--file"]),
];
/// Options that ask for a script of more programs than can be told.
const ASKS: [&str; 23] = [
    "-c",
    "-e",
    "-S",
    "-ex",
    "--call",
    "--cmd",
    "--command",
    "--eval",
    "--eval-command",
    "--exec",
    "--execute",
    "--expr",
    "--extcmd",
    "--init-command",
    "--print",
    "--remote-expr",
    "--remote-send",
    "--run",
    "--split-string",
    "-command",
    "-Command",
    "-eval",
    "-exec",
];
/// Programs of which the first word that is no option is a script.
const FIRST: [&str; 6] = ["awk", "gawk", "mawk", "nawk", "sed", "gsed"];
/// Options of theirs that have a word of their own after them; `sed` has none of these letters.
const FIRST_WITH_WORD: [&str; 4] = ["-v", "-F", "--assign", "--field-separator"];
/// Options that take a path for a path. What another option does with the word after it can't be known,
/// and who names a path may be an agent.
const FOR_PATHS: [&str; 17] = [
    "-C",
    "-g",
    "--chdir",
    "--cwd",
    "--dir",
    "--directory",
    "--file",
    "--goto",
    "--manifest-path",
    "--path",
    "--prefix",
    "--project",
    "--remote",
    "--remote-silent",
    "--remote-tab",
    "--root",
    "--work-tree",
];
/// Programs that hand their words to a shell, or to somebody who types them into one, and words by which
/// a program does.
const HANDED_ON: [&str; 22] = [
    "watch",
    "parallel",
    "sem",
    "ssh",
    "mosh",
    "rsh",
    "tmux",
    "screen",
    "entr",
    "hyperfine",
    "concurrently",
    "timeit",
    "xdotool",
    "eval",
    "expect",
    "fzf",
    "just",
    "foreach",
    "filter-branch",
    "send-keys",
    "send-text",
    "write-chars",
];
/// Programs that do so where one of these letters is among their options.
const HANDED_ON_BY: [(&str, &str); 2] = [("sudo", "si"), ("doas", "s")];
/// Programs of which every word is a script in a small way (`X!=…`), but for the folder they work in.
const MAKES: [&str; 3] = ["make", "gmake", "bmake"];
const MAKES_FOLDER: [&str; 2] = ["-C", "--directory"];
/// How variables end that name a line for a shell.
const LINES: [&str; 9] = [
    "COMMAND",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "BROWSER",
    "LESSOPEN",
    "LESSCLOSE",
    "EXTERNAL_DIFF",
    "BASH_ENV",
];

/// Why a value must not stand where it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsafe {
    /// Its word is read as a script.
    Script,
    /// It is not set apart from the rest of its word.
    Within,
    /// An option takes it, and what that does with it is not known.
    Option,
}

/// The words in which a value must not stand, by their numbers, each with the first such value.
pub fn injections(words: &[&Word]) -> Vec<(usize, Placeholder, Unsafe)> {
    let written: Vec<&str> = words.iter().map(|word| word.written()).collect();
    let scripts = scripts(&written);
    let one = |(at, word): (usize, &&Word)| {
        let first = word.placeholders().next()?;
        if scripts.contains(&at) || is_line(word.written()) {
            return Some((at, first, Unsafe::Script));
        }
        if let Some(one) = word.not_apart() {
            return Some((at, one, Unsafe::Within));
        }
        let path = word.placeholders().find(|one| *one == Placeholder::Path)?;
        is_taken(&written, at).then_some((at, path, Unsafe::Option))
    };
    words.iter().enumerate().filter_map(one).collect()
}

/// The words that are scripts, by their numbers, with the options that make them so. A program is looked
/// for in every place, for `env`, `nohup` and their like may stand before it: a word too many asks for a
/// variable in place of a placeholder, one too few would run what it should not.
fn scripts(words: &[&str]) -> Vec<usize> {
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let name = word.rsplit('/').next().unwrap_or_default();
        let name = name.strip_suffix(".exe").unwrap_or(name);
        if SHELLS.contains(&name) {
            found.extend(of_shell(words, at));
        }
        // `python3.12` is Python.
        let stem = name.trim_end_matches(|c: char| c == '.' || c.is_ascii_digit());
        if let Some((_, letters, options)) = OTHERS.iter().find(|(other, ..)| *other == stem) {
            let asks = |n: &usize| is_flag(words[*n], letters, options);
            found.extend((at + 1..words.len()).filter(asks).map(|n| from(words, n)));
        }
        if FIRST.contains(&name) {
            found.push(to_first(words, at));
        }
        let letters = HANDED_ON_BY.iter().find(|(other, _)| *other == name);
        let by_letter = letters.is_some_and(|(_, letters)| {
            let mut options = words[at + 1..].iter().take_while(|w| is_option(w));
            options.any(|word| is_flag(word, letters, &["--shell", "--login"]))
        });
        if HANDED_ON.contains(&name) || by_letter {
            found.push((at + 1..words.len()).collect());
        }
        if MAKES.contains(&name) {
            let is_folder = |n: &usize| {
                MAKES_FOLDER.contains(&words[n - 1]) || words[*n].starts_with("--directory=")
            };
            found.push((at + 1..words.len()).filter(|n| !is_folder(n)).collect());
        }
        if at > 0 && asks(word) {
            found.push(from(words, at));
        }
    }
    let mut found: Vec<usize> = found.into_iter().flatten().collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether an option asks for a script, whoever's it is: by itself, or with something set off from it.
fn asks(word: &str) -> bool {
    let is = |option: &&str| {
        let rest = word.strip_prefix(option);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-'))
    };
    ASKS.iter().any(is)
}

/// Whether an option that is not known to take a path may take a word, or the rest of its own: the word
/// after `--` is no option's, nor that after a number or an option that has its value.
fn is_taken(words: &[&str], at: usize) -> bool {
    let word = words[at];
    if let Some((option, _)) = word.split_once(['=', ':']).filter(|_| is_option(word)) {
        return !FOR_PATHS.contains(&option);
    }
    let before = at.checked_sub(1).map_or("", |before| words[before]);
    let is_number = before.len() > 1 && before[1..].bytes().all(|b| b.is_ascii_digit());
    let is_alone = before.starts_with('-') && !before.contains('=');
    is_alone && before != "--" && !is_number && !FOR_PATHS.contains(&before)
}

/// Whether a word sets a variable that is a line for a shell.
fn is_line(word: &str) -> bool {
    let name = word
        .split_once('=')
        .map(|(name, _)| name.to_ascii_uppercase());
    name.is_some_and(|name| LINES.iter().any(|end| name.ends_with(end)))
}

/// From the program to its first word that is no option.
fn to_first(words: &[&str], program: usize) -> Vec<usize> {
    let is_value = |n: usize| FIRST_WITH_WORD.contains(&words[n - 1]);
    let mut rest = program + 1..words.len();
    let script = rest.find(|n| !is_option(words[*n]) && !is_value(*n));
    (program + 1..script.map_or(words.len(), |n| n + 1)).collect()
}

/// The script of a shell, whose options end with the first word that is none: a file that it reads.
fn of_shell(words: &[&str], shell: usize) -> Option<Vec<usize>> {
    let mut n = shell + 1;
    while let Some(word) = words.get(n) {
        if is_flag(word, "cC", &["--command", "--init-command", "--execute"]) {
            return Some(from(words, n));
        }
        if !is_option(word) {
            return None;
        }
        n += if WITH_WORD.contains(word) { 2 } else { 1 };
    }
    None
}

fn is_option(word: &str) -> bool {
    word.starts_with(['-', '+'])
}

/// Whether a word is one of these options, alone or with what belongs to it.
fn is_flag(word: &str, letters: &str, options: &[&str]) -> bool {
    let short = word.strip_prefix('-').filter(|w| !w.starts_with('-'));
    let long = |option: &&str| {
        word.strip_prefix(option)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    };
    short.is_some_and(|w| w.contains(|c| letters.contains(c))) || options.iter().any(long)
}

/// From the option that asks for a script to the script itself.
fn from(words: &[&str], flag: usize) -> Vec<usize> {
    let script = (flag + 1..words.len()).find(|n| !is_option(words[*n]));
    (flag..=script.unwrap_or(words.len() - 1)).collect()
}

#[cfg(test)]
mod tests;
