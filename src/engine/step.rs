//! What a person does next: by actions of the screen, named as a keymap names them. Which keys they
//! have is for whoever shows it.

/// From the name of an action to the key that it has; `None`: it has none.
pub type KeyOf<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What a person does next on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// One of these actions, each with what it does.
    Actions(Vec<(&'static str, String)>),
    /// None: the command alone does it, and what that is.
    Command(&'static str),
}

impl Step {
    /// One action that does this.
    pub fn by(action: &'static str, does: impl Into<String>) -> Self {
        Self::Actions(vec![(action, does.into())])
    }

    /// It in words, with the keys that its actions have; one that has no key is had by its name.
    pub fn told(&self, key: KeyOf<'_>) -> String {
        let actions = match self {
            Self::Command(does) => return format!("none; the command {does}"),
            Self::Actions(actions) => actions,
        };
        let told = |(action, does): &(&str, String)| match key(action) {
            Some(key) => format!("{key} {does}"),
            None => format!("{action} in the palette {does}"),
        };
        actions.iter().map(told).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_told_by_its_key_and_by_its_name_where_it_has_none() {
        let gate = Step::Actions(vec![
            ("approve", "approves".to_owned()),
            ("send-back", "sends it back".to_owned()),
        ]);
        let key = |action: &str| (action == "approve").then(|| "f5".to_owned());
        assert_eq!(
            gate.told(&key),
            "f5 approves, send-back in the palette sends it back"
        );
        let none = Step::Command("is for where it belongs");
        assert_eq!(none.told(&key), "none; the command is for where it belongs");
    }
}
