//! `keys`: the table of keys, as the screen has them.

use super::out::{Out, Role, paint};
use super::{Context, Outcome};
use crate::terms::Finding;
use crate::text::measure::{pad, width};
use serde_json::json;

/// Lists every action of the full screen with its keys, and your own commands
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The keys of the program, whatever your keymap.yaml says
    #[arg(long)]
    default: bool,
    /// A page of markdown, of the program's own keys
    #[arg(long)]
    markdown: bool,
}

/// An action with its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The word over its group.
    pub group: &'static str,
    /// Its name in a keymap; of a command of the person's own, what they call it.
    pub action: String,
    /// Its keys.
    pub keys: Vec<String>,
    /// What it does.
    pub help: String,
    /// Where it works.
    pub place: String,
    /// What a command of the person's own runs; `None`: it is an action.
    pub runs: Option<Runs>,
}

/// What a command of the person's own runs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Runs {
    /// The program and its arguments, as they stand in the keymap.
    #[serde(rename = "run")]
    pub words: Vec<String>,
    /// Whether it gets the terminal.
    pub terminal: bool,
    /// Whether it is waited for.
    pub wait: bool,
    /// Whether it is asked first.
    pub confirm: bool,
}

/// The tables of keys.
#[derive(Debug, Clone, Copy)]
pub struct Tables {
    /// The program's own.
    pub default: fn() -> Vec<Key>,
    /// That of whoever runs this, or what is wrong with their keymap.
    pub own: fn() -> Result<Vec<Key>, Vec<Finding>>,
}

impl Tables {
    /// The key that whoever runs this has for an action, by its name; none where there is no such
    /// action, it has no key, or their keymap is at fault.
    pub fn of_person(&self) -> impl Fn(&str) -> Option<String> {
        let keys = (self.own)().unwrap_or_default();
        move |name| {
            let key = keys.iter().find(|k| k.action == name && k.runs.is_none())?;
            key.keys.first().cloned()
        }
    }
}

/// Runs it.
pub fn run(args: &Args, context: &Context) -> Outcome {
    let tables = context.keys;
    if args.markdown {
        context.out.verbatim(page(&(tables.default)()).trim_end());
        return Ok(0);
    }
    if args.default {
        print(&context.out, &(tables.default)());
        return Ok(0);
    }
    match (tables.own)() {
        Ok(keys) => {
            print(&context.out, &keys);
            Ok(0)
        }
        Err(faults) => {
            super::check::print(&context.out, &faults);
            Ok(1)
        }
    }
}

fn print(out: &Out, keys: &[Key]) {
    let columns = |of: fn(&Key) -> String| keys.iter().map(|k| width(&of(k))).max().unwrap_or(0);
    let (names, chords) = (columns(|k| k.action.clone()), columns(shown));
    let mut group = "";
    for key in keys {
        let kind = key.runs.as_ref().map_or("key", |_| "command");
        let mut object = json!({
            "type": kind, "action": key.action, "keys": key.keys, "help": key.help,
            "group": key.group, "where": key.place,
        });
        if let Some(runs) = &key.runs {
            object["runs"] = json!(runs);
        }
        out.object(&object);
        if group != key.group {
            if !group.is_empty() {
                out.text("");
            }
            out.text(paint(Role::Title, key.group));
            group = key.group;
        }
        let at = 2 + chords + 2 + names + 2;
        let place = match key.place.as_str() {
            EVERYWHERE => String::new(),
            place => format!(" ({place})"),
        };
        let line = format!(
            "  {}  {}  {}{place}",
            paint(Role::Command, pad(&shown(key), chords)),
            paint(Role::Name, pad(&key.action, names)),
            key.help
        );
        out.hung(at, &line);
    }
}

/// What need not be said of where a key works.
const EVERYWHERE: &str = "everywhere";

fn shown(key: &Key) -> String {
    if key.keys.is_empty() {
        "no key".to_owned()
    } else {
        key.keys.join(" ")
    }
}

/// The page of keys.
fn page(keys: &[Key]) -> String {
    let mut page = HEAD.to_owned();
    let mut group = "";
    for key in keys {
        if group != key.group {
            page += &format!("\n## {}\n\n", key.group);
            page += "| keys | action | what it does | where |\n| --- | --- | --- | --- |\n";
            group = key.group;
        }
        let chords: Vec<String> = key.keys.iter().map(|k| code(k)).collect();
        page += &format!(
            "| {} | `{}` | {} | {} |\n",
            chords.join(" "),
            key.action,
            key.help.replace('|', "\\|"),
            key.place
        );
    }
    page + TAIL
}

/// A key as code in a table's cell.
fn code(key: &str) -> String {
    match key {
        "`" => "`` ` ``".to_owned(),
        key => format!("`{}`", key.replace('|', "\\|")),
    }
}

const HEAD: &str = "# Keys\n
The keys of the full screen. This page is made by `harness-tui keys --markdown` from the table that
the screen itself goes by. `?` on the screen lists the same, with the reason where one can't be had
now; `:` finds an action by name.
";

const TAIL: &str = "
## While something lies over the view

In lists `up`, `down`, `pageup` and `pagedown` move, letters narrow the list down, `enter` takes what
is chosen and `esc` closes. A question is answered by `y`; any other key is a no. Where text is
written `enter` ends it and `esc` leaves it.

## Your own keys

`keymap.yaml` in the folder of your settings (`~/.config/harness-tui` on Linux; `HARNESS_TUI_HOME`
names another) gives an action the keys that stand there and no others:

```yaml
help: [H, f1]
why: [w, \"?\"]
find: []          # no key
```

A key is a character (`a`, `G`, `\"!\"`), a word (`enter`, `esc`, `tab`, `backtab`, `backspace`,
`delete`, `up`, `down`, `left`, `right`, `home`, `end`, `pageup`, `pagedown`, `space`, `f1` …), either
with `ctrl-` or `alt-` before it. One key may mean two things only in views that are never there
together. `commands:` in the same file has [commands of your own](commands-of-your-own.md). A fault in
the file is told when the screen opens and by `harness-tui keys`, with its place;
until it is mended the keys above count.
";
