//! Graphs as text: in the language of Graphviz, and in that of Mermaid.

use std::fmt::Write as _;

/// What there is, in groups, and what depends on what.
#[derive(Default)]
pub(super) struct Drawing {
    pub(super) groups: Vec<Group>,
    /// From each node to those that it depends on, by their names.
    pub(super) edges: Vec<(String, String)>,
}

/// Nodes that belong together.
#[derive(Default)]
pub(super) struct Group {
    /// What they belong to; empty for those that stand for themselves.
    pub(super) label: String,
    pub(super) nodes: Vec<Node>,
}

/// Something that others depend on, or that depends on them.
pub(super) struct Node {
    pub(super) name: String,
    pub(super) label: String,
}

/// The languages.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Dot,
    Mermaid,
}

const HEAD: &str = "digraph G {\n  rankdir = \"RL\";\n  node [shape = rect, fontname = \"sans-serif\"];\n";

impl Drawing {
    pub(super) fn draw(&self, language: Language) -> String {
        match language {
            Language::Dot => self.dot(),
            Language::Mermaid => self.mermaid(),
        }
    }

    // Writing to a string cannot fail.
    fn dot(&self) -> String {
        let mut out = HEAD.to_owned();
        for Group { label, nodes } in &self.groups {
            let indent = if label.is_empty() { "  " } else { "    " };
            if !label.is_empty() {
                let _ = write!(
                    out,
                    "  subgraph \"cluster_{label}\" {{\n    label = \"{label}\"\n    fontname = \"sans-serif\"\n"
                );
            }
            for Node { name, label } in nodes {
                let _ = writeln!(out, "{indent}{name:?} [label={label:?}];");
            }
            if !label.is_empty() {
                out.push_str("  }\n");
            }
        }
        for (from, to) in &self.edges {
            let _ = writeln!(out, "  {from:?} -> {to:?};");
        }
        out + "}\n"
    }

    /// Names of nodes are numbers there: the language has words of its own.
    fn mermaid(&self) -> String {
        let mut out = "flowchart RL\n".to_owned();
        let mut numbers = std::collections::BTreeMap::new();
        for (at, Group { label, nodes }) in self.groups.iter().enumerate() {
            let indent = if label.is_empty() { "  " } else { "    " };
            if !label.is_empty() {
                let _ = writeln!(out, "  subgraph g{at}[\"{}\"]", mermaid_text(label));
            }
            for Node { name, label } in nodes {
                let number = numbers.len();
                numbers.insert(&**name, number);
                let _ = writeln!(out, "{indent}n{number}[\"{}\"]", mermaid_text(label));
            }
            if !label.is_empty() {
                out.push_str("  end\n");
            }
        }
        for (from, to) in &self.edges {
            if let (Some(from), Some(to)) = (numbers.get(&**from), numbers.get(&**to)) {
                let _ = writeln!(out, "  n{from} --> n{to}");
            }
        }
        out
    }
}

/// A text between quotes, in which some characters have names.
fn mermaid_text(text: &str) -> String {
    text.replace('#', "#35;").replace('"', "#quot;").replace('<', "#lt;").replace('>', "#gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_mermaid_gives_a_meaning_is_named() {
        let node = |name: &str| Node { name: name.to_owned(), label: name.to_owned() };
        let drawing = Drawing {
            groups: vec![
                Group { label: String::new(), nodes: vec![node("a.b[\"end\"]")] },
                Group { label: "module.m".to_owned(), nodes: vec![node("module.m.a.c")] },
            ],
            edges: vec![("module.m.a.c".to_owned(), "a.b[\"end\"]".to_owned())],
        };
        assert_eq!(
            drawing.draw(Language::Mermaid),
            "flowchart RL\n  n0[\"a.b[#quot;end#quot;]\"]\n  subgraph g1[\"module.m\"]\n    n1[\"module.m.a.c\"]\n  end\n  \
             n1 --> n0\n"
        );
    }
}
