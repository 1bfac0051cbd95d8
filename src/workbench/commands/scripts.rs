//! Which words of a command a program reads as a script: a value put in there would be read as a part
//! of it, and what an agent called a file would run.

/// Shells: the word after a `-…c…` is a script.
const SHELLS: [&str; 16] = [
    "sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "oksh", "yash", "fish", "csh", "tcsh", "nu",
    "elvish", "xonsh", "pwsh",
];
/// Options of theirs that have a word of their own after them.
const WITH_WORD: [&str; 6] = ["-o", "+o", "-O", "+O", "--rcfile", "--init-file"];

/// Programs that read a script from the word after one of these letters or options, or from the rest
/// of the same word.
const OTHERS: [(&str, &str, &[&str]); 15] = [
    ("python", "c", &[]),
    ("pypy", "c", &[]),
    ("perl", "eE", &[]),
    ("ruby", "e", &[]),
    ("node", "ep", &["--eval", "--print"]),
    ("nodejs", "ep", &["--eval", "--print"]),
    ("bun", "ep", &["--eval", "--print"]),
    ("deno", "", &["eval"]),
    ("lua", "e", &[]),
    ("php", "r", &[]),
    ("osascript", "e", &[]),
    ("su", "c", &["--command"]),
    ("runuser", "c", &["--command"]),
    ("script", "c", &["--command"]),
    ("flock", "c", &["--command"]),
];

/// The words that are scripts, by their numbers, with the options that make them so. A program is looked
/// for in every place, for `env`, `nohup` and their like may stand before it: a word too many asks for a
/// variable in place of a placeholder, one too few would run what it should not.
pub fn scripts(words: &[&str]) -> Vec<usize> {
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
            found.extend((at + 1..words.len()).find(asks).map(|n| from(words, n)));
        }
    }
    let mut found: Vec<usize> = found.into_iter().flatten().collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// The same of a shell, whose options end with the first word that is none: a file that it reads.
fn of_shell(words: &[&str], shell: usize) -> Option<Vec<usize>> {
    let mut n = shell + 1;
    while let Some(word) = words.get(n) {
        if is_flag(word, "cC", &["--command"]) {
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
    short.is_some_and(|w| w.contains(|c| letters.contains(c))) || options.iter().any(|o| long(&o))
}

/// From the option that asks for a script to the script itself.
fn from(words: &[&str], flag: usize) -> Vec<usize> {
    let script = (flag + 1..words.len()).find(|n| !is_option(words[*n]));
    (flag..=script.unwrap_or(words.len() - 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
            (&["perl", "-e", "S"], &[1, 2]),
            (&["fish", "--command=S"], &[1]),
            (&["sh", "script.sh", "-c", "{path}"], &[]),
            (&["git", "-c", "a=b", "log"], &[]),
            (&["zed", "{tree}"], &[]),
            (&["sh"], &[]),
        ] {
            assert_eq!(scripts(words), wanted, "{words:?}");
        }
    }
}
