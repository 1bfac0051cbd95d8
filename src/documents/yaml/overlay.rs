//! One tree laid over another, field by field. Every node keeps its place in its own file.

use super::node::{Node, Value};

/// The file that is laid over this one: `harness.local.yaml` over `harness.yaml`.
pub fn file_over(file: &str) -> String {
    match file.strip_suffix(".yaml") {
        Some(stem) => format!("{stem}.local.yaml"),
        None => format!("{file}.local"),
    }
}

/// The same tree, with every place in the file that is laid over.
pub fn marked(mut node: Node) -> Node {
    node.span.laid_over = true;
    node.value = match node.value {
        Value::Seq(items) => Value::Seq(items.into_iter().map(marked).collect()),
        Value::Map(entries) => Value::Map(
            entries
                .into_iter()
                .map(|(mut key, node)| {
                    key.span.laid_over = true;
                    (key, marked(node))
                })
                .collect(),
        ),
        value => value,
    };
    node
}

/// What both say together: maps are joined key by key, anything else is replaced.
pub fn laid(under: Node, over: Node) -> Node {
    let span = under.span;
    let (mut entries, more) = match (under.value, over.value) {
        (Value::Map(entries), Value::Map(more)) => (entries, more),
        (_, value) => {
            return Node {
                span: over.span,
                value,
            };
        }
    };
    for (key, node) in more {
        match entries.iter().position(|(k, _)| k.text == key.text) {
            Some(at) => {
                let (_, old) = entries.remove(at);
                entries.insert(at, (key, laid(old, node)));
            }
            None => entries.push((key, node)),
        }
    }
    Node {
        span,
        value: Value::Map(entries),
    }
}

/// The same of two lists whose items have names. What is laid over comes first, in its order; an
/// item of a name that both have is joined.
pub fn laid_by_name(under: Vec<Node>, over: Vec<Node>) -> Vec<Node> {
    let mut rest = under;
    let mut all: Vec<Node> = Vec::new();
    for node in over {
        let name = node.string_of("name");
        let same = rest
            .iter()
            .position(|n| name.is_some() && n.string_of("name") == name);
        all.push(match same {
            Some(at) => laid(rest.remove(at), node),
            None => node,
        });
    }
    all.extend(rest);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::yaml::parse;

    fn tree(text: &str) -> Node {
        parse("x.yaml", text).root.unwrap()
    }

    #[test]
    fn maps_are_joined_and_the_rest_is_replaced_with_its_place() {
        let under = tree("a: { b: 1, c: [1, 2] }\nd: x\n");
        let over = marked(tree("\na: { c: [3], e: y }\n"));
        let both = laid(under, over);
        let a = both.get("a").unwrap();
        assert_eq!(a.get("b").unwrap().span.in_file("x.yaml").file, "x.yaml");
        assert_eq!(a.get("c").unwrap().items().len(), 1);
        let place = a.get("e").unwrap().span.in_file("x.yaml");
        assert_eq!((place.file.as_str(), place.line), ("x.local.yaml", Some(2)));
        assert_eq!(both.string_of("d").as_deref(), Some("x"));
    }

    #[test]
    fn what_is_laid_over_comes_first_and_names_are_joined() {
        let list = |text: &str| tree(text).items().to_vec();
        let under = list("[{ name: a, x: 1 }, { name: b, x: 2 }]");
        let both = laid_by_name(under, list("[{ name: c }, { name: b, y: 3 }]"));
        let names: Vec<_> = both.iter().filter_map(|n| n.string_of("name")).collect();
        assert_eq!(names, ["c", "b", "a"]);
        assert!(both[1].get("x").is_some() && both[1].get("y").is_some());
    }
}
