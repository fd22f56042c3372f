//! Putting an inventory together, whatever it is read from.
//!
//! Every source says what it finds here: hosts, groups, what is in which, and data. Saying something twice does
//! no harm; what is said later of the same thing counts. What is wrong with names is found here.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_source::Span;

use crate::data::{Data, Datum};
use crate::groups::{Hierarchy, Node};
use crate::inventory::{ALL, Group, Host, Inventory, UNGROUPED};
use crate::name::{quoted, wrong_group_name, wrong_host_name};
use crate::vocabulary;

/// A host of a [`Builder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HostId(u32);

/// A group of a [`Builder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupId(pub(crate) u32);

/// Of what something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// Of a host.
    Host(HostId),
    /// Of all hosts in a group.
    Group(GroupId),
}

/// An inventory in the making.
#[derive(Debug)]
pub struct Builder {
    hosts: Vec<HostDraft>,
    host_ids: HashMap<Arc<str>, HostId>,
    groups: Vec<GroupDraft>,
    group_ids: HashMap<Arc<str>, GroupId>,
    members: HashSet<(GroupId, HostId)>,
    children: HashSet<(GroupId, GroupId)>,
    given: Data,
    diagnostics: Diagnostics,
}

#[derive(Debug)]
struct HostDraft {
    name: Arc<str>,
    groups: Vec<GroupId>,
    data: Data,
    at: Span,
}

#[derive(Debug)]
struct GroupDraft {
    name: Arc<str>,
    /// Each with where it was said.
    parents: Vec<(GroupId, Span)>,
    children: Vec<GroupId>,
    hosts: Vec<HostId>,
    data: Data,
    priority: i64,
    at: Span,
}

impl Builder {
    pub(crate) fn new() -> Self {
        let mut builder = Builder {
            hosts: Vec::new(),
            host_ids: HashMap::new(),
            groups: Vec::new(),
            group_ids: HashMap::new(),
            members: HashSet::new(),
            children: HashSet::new(),
            given: Data::new(),
            diagnostics: Diagnostics::new(),
        };
        builder.new_group(ALL, Span::NONE);
        builder.new_group(UNGROUPED, Span::NONE);
        builder
    }

    /// The host of that name, which is new where there is none yet. Nothing where no host may have that name, which
    /// is then noted.
    pub fn host(&mut self, name: &str, at: Span) -> Option<HostId> {
        if let Some(id) = self.host_ids.get(name) {
            return Some(*id);
        }
        if let Some(why) = wrong_host_name(name) {
            let detail = format!("{} cannot be the name of a host: {why}.", quoted(name));
            self.report(Diagnostic::error("Invalid host name", detail).at(at));
            return None;
        }
        let (id, name): (_, Arc<str>) = (HostId(self.hosts.len() as u32), name.into());
        self.host_ids.insert(name.clone(), id);
        self.hosts.push(HostDraft { name, groups: Vec::new(), data: Data::new(), at });
        Some(id)
    }

    /// The same for a group.
    pub fn group(&mut self, name: &str, at: Span) -> Option<GroupId> {
        if let Some(id) = self.group_ids.get(name) {
            return Some(*id);
        }
        if let Some(why) = wrong_group_name(name) {
            let detail = format!("{} cannot be the name of a group: {why}.", quoted(name));
            self.report(Diagnostic::error("Invalid group name", detail).at(at));
            return None;
        }
        Some(self.new_group(name, at))
    }

    fn new_group(&mut self, name: &str, at: Span) -> GroupId {
        let (id, name): (_, Arc<str>) = (GroupId(self.groups.len() as u32), name.into());
        self.group_ids.insert(name.clone(), id);
        let (parents, children, hosts) = (Vec::new(), Vec::new(), Vec::new());
        self.groups.push(GroupDraft { name, parents, children, hosts, data: Data::new(), priority: 1, at });
        id
    }

    /// A host that has been named.
    pub fn known_host(&self, name: &str) -> Option<HostId> {
        self.host_ids.get(name).copied()
    }

    /// A group that has been named.
    pub fn known_group(&self, name: &str) -> Option<GroupId> {
        self.group_ids.get(name).copied()
    }

    /// All hosts that have been named.
    pub(crate) fn host_names(&self) -> impl Iterator<Item = &str> {
        self.hosts.iter().map(|host| &*host.name)
    }

    /// All groups that have been named.
    pub(crate) fn group_names(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().map(|group| &*group.name)
    }

    /// A host is in a group.
    pub fn put_into(&mut self, group: GroupId, host: HostId) {
        if self.members.insert((group, host)) {
            self.hosts[host.0 as usize].groups.push(group);
            self.groups[group.0 as usize].hosts.push(host);
        }
    }

    /// All hosts of a group are in another one as well.
    pub fn put_below(&mut self, parent: GroupId, child: GroupId, at: Span) {
        // Everything is below it, and it is below nothing, which is an error that is found at the end.
        if self.children.insert((parent, child)) {
            self.groups[child.0 as usize].parents.push((parent, at));
            self.groups[parent.0 as usize].children.push(child);
        }
    }

    /// Says something of a host, or of all in a group.
    pub fn set(&mut self, target: Target, name: &str, datum: Datum) {
        let data = match target {
            Target::Host(id) => &mut self.hosts[id.0 as usize].data,
            Target::Group(id) => &mut self.groups[id.0 as usize].data,
        };
        data.insert(name.into(), Arc::new(datum));
    }

    /// Says something of all hosts that counts for more than whatever else is said.
    pub fn give(&mut self, name: &str, datum: Datum) {
        self.given.insert(name.into(), Arc::new(datum));
    }

    /// Of groups that are equally near to a host, what is said of the one with the higher priority counts; it is 1
    /// where nobody says anything, and names decide among equals.
    pub fn set_priority(&mut self, group: GroupId, priority: i64) {
        self.groups[group.0 as usize].priority = priority;
    }

    /// Notes that something is wrong.
    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Whether something was wrong so far.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.has_errors()
    }

    /// The inventory, and what is wrong with it. Paths that begin with `~` are in that home directory.
    pub fn finish(mut self, home: Option<&Path>) -> (Inventory, Diagnostics) {
        self.warn_of_equal_names();
        self.collect_ungrouped();
        let hierarchy = self.hierarchy();
        let groups: Vec<Arc<Group>> = (0..self.groups.len()).map(|at| Arc::new(self.group_at(at))).collect();
        let given = Arc::new(std::mem::take(&mut self.given));
        let mut shared: HashMap<Vec<GroupId>, Arc<[Arc<Group>]>> = HashMap::new();
        let mut ways = vocabulary::Ways::new(home);
        let mut hosts = Vec::with_capacity(self.hosts.len());
        for mut draft in std::mem::take(&mut self.hosts) {
            draft.groups.sort_unstable();
            let layers = shared.entry(draft.groups).or_insert_with_key(|own| {
                hierarchy.all_above(own).into_iter().map(|id| groups[id.0 as usize].clone()).collect()
            });
            let mut host = Host {
                name: draft.name,
                way: crate::Way::Local,
                problems: Diagnostics::new(),
                own: draft.data,
                groups: layers.clone(),
                given: given.clone(),
            };
            (host.way, host.problems) = ways.way_to(&host);
            hosts.push(Arc::new(host));
        }
        let host_places = hosts.iter().enumerate().map(|(at, host)| (host.name.clone(), at)).collect();
        let groups: BTreeMap<_, _> = groups.into_iter().map(|group| (group.name.clone(), group)).collect();
        (Inventory { hosts, host_places, groups }, self.diagnostics)
    }

    fn group_at(&mut self, at: usize) -> Group {
        let names = |ids: &[GroupId]| ids.iter().map(|id| self.groups[id.0 as usize].name.clone()).collect();
        let draft = &self.groups[at];
        let parents: Vec<GroupId> = draft.parents.iter().map(|(id, _)| *id).collect();
        Group {
            name: draft.name.clone(),
            parents: names(&parents),
            children: names(&draft.children),
            hosts: draft.hosts.iter().map(|id| self.hosts[id.0 as usize].name.clone()).collect(),
            data: std::mem::take(&mut self.groups[at].data),
        }
    }

    /// Whoever is in no group is in this one, and whoever is in one is not, whatever a source says.
    fn collect_ungrouped(&mut self) {
        let (all, ungrouped) = (GroupId(0), GroupId(1));
        // Everybody is in it, so that nobody needs to be named.
        self.groups[all.0 as usize].hosts.clear();
        self.groups[ungrouped.0 as usize].hosts.clear();
        for (at, host) in self.hosts.iter_mut().enumerate() {
            host.groups.retain(|group| *group != all && *group != ungrouped);
            if host.groups.is_empty() {
                host.groups.push(ungrouped);
                self.groups[ungrouped.0 as usize].hosts.push(HostId(at as u32));
            }
        }
    }

    /// Which group is above which; `all` is above all that have nobody else.
    fn hierarchy(&mut self) -> Hierarchy {
        let all = GroupId(0);
        for (parent, at) in std::mem::take(&mut self.groups[0].parents) {
            let parent_draft = &mut self.groups[parent.0 as usize];
            parent_draft.children.retain(|child| *child != all);
            let detail = format!(
                "The group \"all\" has every host and every group in it, so that it cannot be a part of {}. Take it out \
                 of there.",
                quoted(&parent_draft.name)
            );
            self.report(Diagnostic::error("Invalid group", detail).at(at));
        }
        for at in 1..self.groups.len() {
            if self.groups[at].parents.is_empty() {
                self.groups[at].parents.push((all, Span::NONE));
                self.groups[0].children.push(GroupId(at as u32));
            }
        }
        let nodes = self.groups.iter().map(|group| Node {
            name: group.name.clone(),
            parents: group.parents.clone(),
            priority: group.priority,
        });
        let (hierarchy, diagnostics) = Hierarchy::of(nodes.collect());
        self.diagnostics.append(diagnostics);
        hierarchy
    }

    fn warn_of_equal_names(&mut self) {
        let both = self.groups.iter().filter_map(|group| {
            let host = &self.hosts[self.host_ids.get(&group.name)?.0 as usize];
            Some((host.at, group.at, group.name.clone()))
        });
        for (host_at, group_at, name) in both.collect::<Vec<_>>() {
            let detail = format!(
                "{} is the name of a host and of a group. In -limit it means both: all hosts of the group, and the \
                 host. Give one of them another name.",
                quoted(&name)
            );
            let warning = Diagnostic::warning("Host and group of the same name", detail).at(host_at);
            self.report(warning.note(group_at, "The group is here."));
        }
    }
}
