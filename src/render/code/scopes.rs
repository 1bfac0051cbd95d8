//! From the scopes of a syntax to what is worth a colour.

use super::{LONGEST_LINE, Language, Marks, SYNTAXES};
use crate::render::Look;
use std::sync::LazyLock;
use syntect::parsing::{BasicScopeStackOp, ParseState, Scope, ScopeStack};

/// More scopes than this are never open at once in what a person wrote; then all are closed.
const MOST_OPEN: usize = 400;

/// What pieces are, by how the name of their innermost telling scope begins; the first rule that
/// fits counts. `Plain` ends what is around it, as code within a text does.
const RULES: [(&str, Look); 54] = [
    ("comment", Look::Comment),
    ("string.unquoted.heredoc", Look::Text),
    ("string.unquoted", Look::Plain),
    ("string", Look::Text),
    ("constant", Look::Constant),
    ("source", Look::Plain),
    ("meta.interpolation", Look::Plain),
    ("meta.template.expression", Look::Plain),
    ("variable.language", Look::Keyword),
    ("variable.function", Look::Function),
    ("variable.annotation", Look::Function),
    ("variable.other.readwrite.shell", Look::Constant),
    ("variable.parameter.positional.shell", Look::Constant),
    ("punctuation.definition.variable.shell", Look::Constant),
    ("keyword", Look::Keyword),
    ("storage.type.numeric", Look::Constant),
    ("storage.type.primitive", Look::Type),
    ("storage.type.go", Look::Type),
    ("storage.type.c", Look::Type),
    ("storage.modifier.lifetime", Look::Plain),
    ("storage", Look::Keyword),
    ("entity.name.function", Look::Function),
    ("entity.name.macro", Look::Function),
    ("entity.name.tag.yaml", Look::Type),
    ("entity.name.tag.toml", Look::Type),
    ("entity.name.tag", Look::Keyword),
    ("entity.name.section", Look::Keyword),
    ("entity.name.type", Look::Type),
    ("entity.name.class", Look::Type),
    ("entity.name.struct", Look::Type),
    ("entity.name.enum", Look::Type),
    ("entity.name.union", Look::Type),
    ("entity.name.trait", Look::Type),
    ("entity.name.impl", Look::Type),
    ("entity.name.interface", Look::Type),
    ("entity.name.namespace", Look::Type),
    ("entity.name.table", Look::Type),
    ("entity.other.attribute-name", Look::Type),
    ("entity.other.inherited-class", Look::Type),
    ("meta.structure.dictionary.key", Look::Type),
    ("meta.mapping.key", Look::Type),
    ("support.function", Look::Function),
    ("support.macro", Look::Function),
    ("support.constant", Look::Constant),
    ("support", Look::Type),
    ("markup.heading", Look::Keyword),
    ("markup.bold", Look::Strong),
    ("markup.italic", Look::Emphasis),
    ("markup.raw", Look::Text),
    ("markup.quote", Look::Comment),
    ("markup.inserted", Look::Added),
    ("markup.deleted", Look::Removed),
    ("meta.diff.range", Look::Hunk),
    ("meta.diff.header", Look::Comment),
];

static SCOPES: LazyLock<Vec<(Scope, Look)>> = LazyLock::new(|| {
    let rules = RULES.iter();
    let made = rules.filter_map(|(name, look)| Some((Scope::new(name).ok()?, *look)));
    made.collect()
});

/// What is open at a place of a text.
#[derive(Debug, Clone)]
pub struct State {
    language: Language,
    parse: ParseState,
    scopes: ScopeStack,
    /// What each open scope makes of the text in it.
    looks: Vec<Look>,
}

impl State {
    /// At the beginning of a text.
    pub fn of(language: Language) -> Self {
        Self {
            language,
            parse: ParseState::new(language.0),
            scopes: ScopeStack::new(),
            looks: Vec::new(),
        }
    }

    /// Reads a line, which has no line break: the parts of it that are more than text. A line that
    /// is too long, or that the syntax fails on, has none and changes nothing.
    pub fn line(&mut self, line: &str) -> Marks {
        if line.len() >= LONGEST_LINE {
            return Marks::new();
        }
        let Ok(steps) = self.parse.parse_line(&format!("{line}\n"), &SYNTAXES) else {
            return Marks::new();
        };
        let mut marks = Marks::new();
        let mut from = 0;
        for (at, step) in steps {
            self.mark(line, from, at, &mut marks);
            from = at.max(from);
            let looks = &mut self.looks;
            let kept = self
                .scopes
                .apply_with_hook(&step, |change, _| match change {
                    BasicScopeStackOp::Push(scope) => {
                        looks.push(look(scope, looks.last().copied()));
                    }
                    BasicScopeStackOp::Pop => {
                        looks.pop();
                    }
                });
            if kept.is_err() {
                *self = Self::of(self.language);
                return marks;
            }
        }
        self.mark(line, from, line.len(), &mut marks);
        if self.looks.len() > MOST_OPEN {
            *self = Self::of(self.language);
        }
        marks
    }

    /// Adds a piece of a line to its marks, where it is worth one.
    fn mark(&self, line: &str, from: usize, to: usize, marks: &mut Marks) {
        let to = to.min(line.len());
        let look = self.looks.last().copied().unwrap_or_default();
        let Some(text) = line.get(from..to).filter(|t| !t.is_empty()) else {
            return;
        };
        // Signs are keywords of some syntaxes; a page of coloured signs is hard to read.
        let sign = look == Look::Keyword && !text.contains(|c: char| c.is_alphanumeric());
        if look == Look::Plain || sign {
            return;
        }
        match marks.last_mut() {
            Some((range, last)) if range.end == from && *last == look => range.end = to,
            _ => marks.push((from..to, look)),
        }
    }
}

/// What a scope makes of the text in it, within one that makes `around` of it.
fn look(scope: Scope, around: Option<Look>) -> Look {
    let rule = SCOPES.iter().find(|(rule, _)| rule.is_prefix_of(scope));
    match (rule, around) {
        // The key of a mapping is a key first, and a string second.
        (Some((_, Look::Text)), Some(Look::Type)) => Look::Type,
        (Some((_, look)), _) => *look,
        (None, around) => around.unwrap_or_default(),
    }
}

/// How many rules there are, and how many of them name a scope.
#[cfg(test)]
pub fn rules() -> (usize, usize) {
    (RULES.len(), SCOPES.len())
}
