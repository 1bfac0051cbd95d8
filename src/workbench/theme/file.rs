//! A theme as it is written: a YAML file with a style for every slot, or for those that differ from
//! the theme it extends. Everything that is wrong is gathered, each with its place.

use super::colour::{self, NAMES};
use super::palette::{COUNT, SECTIONS, SLOTS};
use crate::documents::yaml::{self, Node, Span, Value, did_you_mean};
use crate::terms::Finding;
use ratatui::style::{Color, Modifier, Style};

/// The keys beside the sections.
const KEYS: [&str; 2] = ["description", "extends"];

/// The weights of a style, as they are written.
const WEIGHTS: [(&str, Modifier); 6] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reversed", Modifier::REVERSED),
    ("struck", Modifier::CROSSED_OUT),
];

/// One theme file.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    /// The file, as people name it.
    pub file: String,
    /// One line about it.
    pub description: String,
    /// The theme that it takes what it leaves out from, and where that is said.
    pub extends: Option<(String, Span)>,
    /// What it sets, in the order of the slots.
    pub styles: Vec<Option<Style>>,
    /// What is wrong with it.
    pub faults: Vec<Finding>,
}

impl Sheet {
    /// Reads a theme. `file` names it in findings.
    pub fn read(file: &str, text: &str) -> Self {
        let parsed = yaml::parse(file, text);
        let mut sheet = Self {
            file: file.to_owned(),
            styles: vec![None; COUNT],
            faults: parsed.faults,
            ..Self::default()
        };
        match parsed.root {
            Some(root) => sheet.top(&root),
            None if sheet.faults.is_empty() => {
                let remedy = "write the sections roles, looks and screen, or extends: NAME";
                sheet.fault("empty", "it holds no theme".to_owned(), remedy, Span::START);
            }
            None => {}
        }
        sheet
    }

    /// What of the slots neither this theme nor one that it extends sets.
    pub fn missing(&self, styles: &[Option<Style>]) -> Option<Finding> {
        let unset = SLOTS.iter().zip(styles).filter(|(_, s)| s.is_none());
        let unset: Vec<String> = unset
            .map(|((at, name, _), _)| format!("{at}.{name}"))
            .collect();
        (!unset.is_empty()).then(|| {
            Finding::new("theme/missing", format!("it has no {}", unset.join(", ")))
                .at(Span::START.in_file(&self.file))
                .remedy("add them, or take them from another theme: extends: dark")
        })
    }

    fn fault(&mut self, code: &str, text: String, remedy: impl Into<String>, at: Span) {
        let finding = Finding::new(format!("theme/{code}"), text).remedy(remedy);
        self.faults.push(finding.at(at.in_file(&self.file)));
    }

    fn top(&mut self, root: &Node) {
        if !self.is_map(root, "a theme") {
            return;
        }
        for (key, node) in root.entries() {
            match key.text.as_str() {
                "description" => match node.scalar() {
                    Some(text) => self.description = text,
                    None => self.not_a_text("description", node.span),
                },
                "extends" => match node.as_str() {
                    Some(name) => self.extends = Some((name.to_owned(), node.span)),
                    None => self.not_a_text("extends", node.span),
                },
                section if SECTIONS.contains(&section) => self.section(section, node),
                other => {
                    let known = SECTIONS.into_iter().chain(KEYS);
                    self.unknown(other, "a theme", &known.collect::<Vec<_>>(), key.span);
                }
            }
        }
    }

    fn section(&mut self, section: &str, node: &Node) {
        if matches!(node.value, Value::Null) || !self.is_map(node, section) {
            return;
        }
        for (key, style) in node.entries() {
            let slot = |(at, name, _): &(&str, &str, _)| *at == section && *name == key.text;
            match SLOTS.iter().position(slot) {
                Some(n) => {
                    let style = self.style(&key.text, style);
                    if let Some(slot) = self.styles.get_mut(n) {
                        *slot = Some(style);
                    }
                }
                None => {
                    let of_section = SLOTS.iter().filter(|(at, ..)| *at == section);
                    let known: Vec<&str> = of_section.map(|(_, name, _)| *name).collect();
                    self.unknown(&key.text, section, &known, key.span);
                }
            }
        }
    }

    /// A style; what is wrong in it is left out of it.
    fn style(&mut self, name: &str, node: &Node) -> Style {
        let mut style = Style::new();
        if matches!(node.value, Value::Null) || !self.is_map(node, name) {
            return style;
        }
        for (key, value) in node.entries() {
            match key.text.as_str() {
                "fg" => style.fg = self.colour(value),
                "bg" => style.bg = self.colour(value),
                word => match WEIGHTS.iter().find(|(w, _)| *w == word) {
                    Some((_, weight)) => match value.value {
                        Value::Bool(true) => style = style.add_modifier(*weight),
                        Value::Bool(false) | Value::Broken => {}
                        _ => {
                            let text = format!("'{word}' must be true or false");
                            self.fault(
                                "wrong-type",
                                text,
                                "write true or leave it out",
                                value.span,
                            );
                        }
                    },
                    None => {
                        let weights = WEIGHTS.iter().map(|(w, _)| *w);
                        let known: Vec<&str> = ["fg", "bg"].into_iter().chain(weights).collect();
                        self.unknown(word, "a style", &known, key.span);
                    }
                },
            }
        }
        if style.bg.is_some_and(|bg| bg != Color::Reset) && style.fg.is_none() {
            let text =
                format!("'{name}' sets bg and leaves fg to the terminal, which may be alike");
            self.fault("bg-alone", text, "set fg as well", node.span);
        }
        style
    }

    fn colour(&mut self, node: &Node) -> Option<Color> {
        if matches!(node.value, Value::Broken) {
            return None;
        }
        let text = node.scalar().unwrap_or_default();
        let colour = colour::parse(&text);
        if colour.is_none() {
            let near = did_you_mean(&text, NAMES).map(|n| format!("did you mean '{n}'?"));
            let names = || {
                "write \"#rrggbb\" in quotes, 0 to 255, default, or one of black, red, green, \
                 yellow, blue, magenta, cyan, white, each also with bright- before it"
                    .to_owned()
            };
            // A `#` without quotes begins a comment in YAML, and nothing is left.
            let said = match node.value {
                Value::Null => "there is no colour here".to_owned(),
                _ => format!("'{text}' is no colour"),
            };
            self.fault("colour", said, near.unwrap_or_else(names), node.span);
        }
        colour
    }

    fn is_map(&mut self, node: &Node, what: &str) -> bool {
        match node.value {
            Value::Map(_) => true,
            Value::Broken => false,
            _ => {
                let text = format!("{what} must be a map");
                self.fault("wrong-type", text, "write key: value", node.span);
                false
            }
        }
    }

    fn not_a_text(&mut self, key: &str, at: Span) {
        let text = format!("'{key}' must be a text");
        self.fault("wrong-type", text, "put it in quotes", at);
    }

    fn unknown(&mut self, key: &str, what: &str, known: &[&str], at: Span) {
        let remedy = did_you_mean(key, known.iter().copied()).map_or_else(
            || format!("known here: {}", known.join(", ")),
            |near| format!("did you mean '{near}'?"),
        );
        let text = format!("unknown key '{key}' in {what}");
        self.fault("unknown-key", text, remedy, at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let sheet = Sheet::read("my.yaml", text);
        sheet.faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_fault_is_told_with_its_place_and_what_to_do() {
        let text = "extends: dark\ndescripton: x\nroles:\n  godo: { fg: red }\n  bad: { fg: rde, blod: true }\n  name: { bg: \"#102030\" }\n  quiet: { dim: 1 }\nlooks: 3\n";
        let all = faults(text);
        let starts = [
            "my.yaml:2:1: unknown key 'descripton' in a theme",
            "my.yaml:4:3: unknown key 'godo' in roles",
            "my.yaml:5:14: 'rde' is no colour",
            "my.yaml:5:19: unknown key 'blod' in a style",
            "my.yaml:6:9: 'name' sets bg",
            "my.yaml:7:17: 'dim' must be true or false",
            "my.yaml:8:8: looks must be a map",
        ];
        assert_eq!(all.len(), starts.len(), "{all:#?}");
        for (said, start) in all.iter().zip(starts) {
            assert!(said.starts_with(start), "{said}");
        }
        assert!(all[1].ends_with("did you mean 'good'?"), "{}", all[1]);
        assert!(all[2].ends_with("did you mean 'red'?"), "{}", all[2]);
    }

    #[test]
    fn a_colour_that_yaml_took_for_a_comment_is_told() {
        let all = faults("roles:\n  good:\n    fg: #00ff00\n");
        assert!(all[0].starts_with("my.yaml:3:"), "{all:?}");
        assert!(all[0].contains("in quotes"), "{all:?}");
    }

    #[test]
    fn nothing_in_it_is_told_too() {
        assert!(faults("")[0].starts_with("my.yaml:1:1: it holds no theme"));
        assert!(faults("[1]\n")[0].contains("must be a map"));
        assert!(faults("roles: [\n")[0].contains("yaml/syntax"));
    }
}
