//! Which group is above which, and whose word counts.

use std::collections::HashSet;
use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::Span;

use crate::builder::GroupId;
use crate::name::quoted;

/// A group and what it is a part of.
pub(crate) struct Node {
    pub(crate) name: Arc<str>,
    pub(crate) parents: Vec<(GroupId, Span)>,
    pub(crate) priority: i64,
}

/// Groups, with how much what is said of each counts.
pub(crate) struct Hierarchy {
    nodes: Vec<Node>,
    /// The longest way down from `all`.
    depths: Vec<usize>,
}

impl Hierarchy {
    /// The hierarchy of these; an error where a group is a part of itself.
    pub(crate) fn of(nodes: Vec<Node>) -> (Self, Diagnostics) {
        let mut hierarchy = Hierarchy { depths: vec![0; nodes.len()], nodes };
        let circular = hierarchy.measure();
        let mut diagnostics = Diagnostics::new();
        if let Some(first) = circular.first() {
            diagnostics.push(hierarchy.explain_circle(*first, &circular.iter().copied().collect()));
        }
        (hierarchy, diagnostics)
    }

    /// Sets all depths, from the top down; what remains is in a circle, or below one.
    fn measure(&mut self) -> Vec<usize> {
        let mut children = vec![Vec::new(); self.nodes.len()];
        let mut waits_for: Vec<usize> = self.nodes.iter().map(|node| node.parents.len()).collect();
        for (at, node) in self.nodes.iter().enumerate() {
            node.parents.iter().for_each(|(parent, _)| children[parent.0 as usize].push(at));
        }
        let mut ready: Vec<usize> = (0..self.nodes.len()).filter(|at| waits_for[*at] == 0).collect();
        while let Some(at) = ready.pop() {
            for child in &children[at] {
                self.depths[*child] = self.depths[*child].max(self.depths[at] + 1);
                waits_for[*child] -= 1;
                if waits_for[*child] == 0 {
                    ready.push(*child);
                }
            }
        }
        (0..self.nodes.len()).filter(|at| waits_for[*at] > 0).collect()
    }

    /// Goes up until something comes twice.
    fn explain_circle(&self, start: usize, circular: &HashSet<usize>) -> Diagnostic {
        let mut path: Vec<(usize, Span)> = Vec::new();
        let mut seen = vec![None; self.nodes.len()];
        let mut at = start;
        let from = loop {
            if let Some(from) = seen[at] {
                break from;
            }
            seen[at] = Some(path.len());
            let parent = self.nodes[at].parents.iter().find(|(id, _)| circular.contains(&(id.0 as usize)));
            let Some((parent, span)) = parent else { break 0 };
            path.push((at, *span));
            at = parent.0 as usize;
        };
        let circle = &path[from..];
        let name = |at: usize| quoted(&self.nodes[at].name);
        let names: Vec<String> = circle.iter().chain(circle.first()).map(|(at, _)| name(*at)).collect();
        let detail = format!(
            "A group cannot be a part of itself, and here each is a part of the next: {}. Take one of them out of the \
             children of the other.",
            names.join(", ")
        );
        let first = circle.first().map_or(Span::NONE, |(_, span)| *span);
        let error = Diagnostic::error("Circular groups", detail).at(first);
        circle.iter().skip(1).take(10).fold(error, |error, (at, span)| {
            error.note(*span, format!("{} is made a part of another here.", name(*at)))
        })
    }

    /// These groups and all above them. What is said of a later one counts for more: nearer ones are later, then
    /// those of a higher priority, then by name.
    pub(crate) fn all_above(&self, groups: &[GroupId]) -> Vec<GroupId> {
        let mut found: HashSet<GroupId> = groups.iter().copied().collect();
        found.insert(GroupId(0));
        let mut left: Vec<GroupId> = groups.to_vec();
        while let Some(id) = left.pop() {
            let parents = self.nodes[id.0 as usize].parents.iter().map(|(parent, _)| *parent);
            left.extend(parents.filter(|parent| found.insert(*parent)));
        }
        let mut ordered: Vec<GroupId> = found.into_iter().collect();
        ordered.sort_by_key(|id| {
            let node = &self.nodes[id.0 as usize];
            (self.depths[id.0 as usize], node.priority, node.name.clone())
        });
        ordered
    }
}
