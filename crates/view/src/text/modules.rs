//! Which modules are alike, so that one of them can stand for all.
//!
//! Alike are calls in one module of the same source with the same kinds of changes, those of the
//! modules inside too; how many there are of each is told. The work is linear in the groups.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use plumb_address::{AbsResourceInstance, ConfigModule, Resource};
use plumb_configuration::Config;
use plumb_plan::Change;

use super::alike::{ALIKE_MIN, Fate, Group};
use super::heading::rank;
use super::names::{Place, counting_order};

/// Modules that are alike.
#[derive(Debug)]
pub(crate) struct AlikeModules<'p> {
    /// The one that is drawn.
    pub(crate) model: Place<'p>,
    /// The others, counting as people do.
    pub(crate) others: Vec<OtherModule<'p>>,
}

/// A module that another stands for.
#[derive(Debug)]
pub(crate) struct OtherModule<'p> {
    pub(crate) place: Place<'p>,
    /// Its groups.
    pub(crate) groups: Vec<usize>,
    pub(crate) tally: Tally<'p>,
}

/// How often what is done to which resource of a module, ordered by action, module and resource.
pub(crate) type Tally<'p> = BTreeMap<(usize, Vec<&'p str>, &'p Resource), usize>;

/// A module as called, whichever its instances.
struct Node<'p> {
    name: &'p str,
    parent: usize,
    /// An instance somewhere in it, and how many calls lead here.
    sample: &'p AbsResourceInstance,
    calls: usize,
    groups: Vec<usize>,
    children: Vec<usize>,
}

/// Gives equal things equal numbers.
struct Numbers<K>(HashMap<K, usize>);

impl<K: Hash + Eq> Numbers<K> {
    fn of(&mut self, key: K) -> usize {
        let next = self.0.len();
        *self.0.entry(key).or_insert(next)
    }
}

/// What modules have to have in common to be alike.
#[derive(PartialEq, Eq, Hash)]
struct Profile<'p> {
    source: Option<(Arc<str>, Option<Arc<str>>)>,
    /// What happens, as numbers.
    own: Vec<usize>,
    inside: Vec<(&'p str, usize)>,
}

/// Finds the modules that are alike.
pub(crate) fn alike_modules<'p>(
    changes: &[&'p Change],
    groups: &[Group],
    config: Option<&Config>,
) -> Vec<AlikeModules<'p>> {
    let Some(first) = changes.first() else { return Vec::new() };
    let mut tree = Tree::new(&first.address);
    for (at, group) in groups.iter().enumerate() {
        tree.add(&changes[group.first()].address, at);
    }
    let profiles = tree.profiles(changes, groups, config);
    let mut found = Vec::new();
    // Whoever stands for others is looked into, and the others are not.
    let mut pending = vec![0];
    while let Some(node) = pending.pop() {
        let mut places = HashMap::new();
        let mut alike: Vec<Vec<usize>> = Vec::new();
        for child in tree.children(node) {
            let at = *places.entry(profiles[child]).or_insert(alike.len());
            match alike.get_mut(at) {
                Some(siblings) => siblings.push(child),
                None => alike.push(vec![child]),
            }
        }
        for siblings in alike {
            match siblings.split_first() {
                Some((model, others)) if siblings.len() >= ALIKE_MIN => {
                    found.push(tree.alike(*model, others, changes, groups));
                    pending.push(*model);
                }
                _ => pending.extend(siblings),
            }
        }
    }
    found
}

struct Tree<'p> {
    nodes: Vec<Node<'p>>,
    places: HashMap<(usize, &'p str), usize>,
}

impl<'p> Tree<'p> {
    fn new(sample: &'p AbsResourceInstance) -> Self {
        let root = Node { name: "", parent: 0, sample, calls: 0, groups: Vec::new(), children: Vec::new() };
        Tree { nodes: vec![root], places: HashMap::new() }
    }

    fn add(&mut self, sample: &'p AbsResourceInstance, group: usize) {
        let mut at = 0;
        for (depth, step) in sample.module.0.iter().enumerate() {
            let next = self.nodes.len();
            let child = *self.places.entry((at, &step.name)).or_insert(next);
            if child == next {
                let (name, calls) = (&*step.name, depth + 1);
                let node = Node { name, parent: at, sample, calls, groups: Vec::new(), children: Vec::new() };
                self.nodes.push(node);
                self.nodes[at].children.push(child);
            }
            at = child;
        }
        self.nodes[at].groups.push(group);
    }

    /// The calls in a module, counting as people do.
    fn children(&self, node: usize) -> Vec<usize> {
        let mut children = self.nodes[node].children.clone();
        children.sort_by_key(|child| counting_order(self.nodes[*child].name));
        children
    }

    /// For each module a number that it shares with those that are alike.
    fn profiles(&self, changes: &[&'p Change], groups: &[Group], config: Option<&Config>) -> Vec<usize> {
        let mut fates = Numbers(HashMap::new());
        let mut known = Numbers(HashMap::new());
        let mut profiles = vec![0; self.nodes.len()];
        // Modules come after those that call them.
        for (at, node) in self.nodes.iter().enumerate().rev() {
            let own = node.groups.iter().map(|group| {
                let group = &groups[*group];
                fates.of((Fate::of(changes[group.first()]), group.outline.clone()))
            });
            let mut own: Vec<_> = own.collect();
            own.sort_unstable();
            let inside = node.children.iter().map(|child| (self.nodes[*child].name, profiles[*child]));
            let mut inside: Vec<_> = inside.collect();
            inside.sort_unstable();
            profiles[at] = known.of(Profile { source: self.source(node, config), own, inside });
        }
        profiles
    }

    /// Where a module comes from; `None` where the configuration does not call it any more.
    fn source(&self, node: &Node<'p>, config: Option<&Config>) -> Option<(Arc<str>, Option<Arc<str>>)> {
        let around = &self.nodes[node.parent];
        let path = around.sample.module.0.iter().take(around.calls).map(|step| step.name.clone());
        let call = config?.find(&ConfigModule(path.collect()))?.calls.get(node.name)?;
        Some((call.source.clone(), call.version.as_ref().map(|(version, _)| version.clone())))
    }

    fn alike(
        &self,
        model: usize,
        others: &[usize],
        changes: &[&'p Change],
        groups: &[Group],
    ) -> AlikeModules<'p> {
        let other = |node: &usize| {
            let inside = self.groups_in(*node);
            let mut tally = Tally::new();
            for group in inside.iter().map(|at| &groups[*at]) {
                let change = changes[group.first()];
                let calls = change.address.module.0.iter().skip(self.nodes[*node].calls);
                let calls = calls.map(|step| &*step.name).collect();
                *tally.entry((rank(change.action), calls, &change.address.resource)).or_default() +=
                    group.members.len();
            }
            OtherModule { place: self.place(*node), groups: inside, tally }
        };
        AlikeModules { model: self.place(model), others: others.iter().map(other).collect() }
    }

    fn place(&self, node: usize) -> Place<'p> {
        Place::Module(self.nodes[node].sample, self.nodes[node].calls)
    }

    fn groups_in(&self, node: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut pending = vec![node];
        while let Some(node) = pending.pop() {
            found.extend(&self.nodes[node].groups);
            pending.extend(&self.nodes[node].children);
        }
        found
    }
}
