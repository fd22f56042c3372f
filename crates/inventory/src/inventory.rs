//! The hosts and groups that there are, as everybody else sees them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use plumb_diagnostics::Diagnostics;

use crate::builder::Builder;
use crate::data::{Data, Datum};
use crate::way::Way;

/// The group of all hosts.
pub const ALL: &str = "all";
/// The group of hosts that are in no other.
pub const UNGROUPED: &str = "ungrouped";

/// Hosts in the order in which they were first named, and groups.
#[derive(Clone, Debug)]
pub struct Inventory {
    pub(crate) hosts: Vec<Arc<Host>>,
    pub(crate) host_places: HashMap<Arc<str>, usize>,
    pub(crate) groups: BTreeMap<Arc<str>, Arc<Group>>,
}

/// A host.
#[derive(Clone, Debug)]
pub struct Host {
    pub(crate) name: Arc<str>,
    pub(crate) way: Way,
    /// What is wrong with what is said of the way, or of the rest that has a meaning here.
    pub(crate) problems: Diagnostics,
    pub(crate) own: Data,
    /// All groups that it is in, `all` among them. What is said of a later one counts for more.
    pub(crate) groups: Arc<[Arc<Group>]>,
    pub(crate) given: Arc<Data>,
}

/// A group of hosts.
#[derive(Clone, Debug)]
pub struct Group {
    pub(crate) name: Arc<str>,
    pub(crate) parents: Vec<Arc<str>>,
    pub(crate) children: Vec<Arc<str>>,
    pub(crate) hosts: Vec<Arc<str>>,
    pub(crate) data: Data,
}

/// On which level something was said of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level<'a> {
    /// For all hosts, by whoever gave the command.
    CommandLine,
    /// Of the host itself.
    Host,
    /// Of a group that it is in.
    Group(&'a str),
}

impl Inventory {
    /// Begins a new one.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// All hosts, in the order in which they were first named.
    pub fn hosts(&self) -> &[Arc<Host>] {
        &self.hosts
    }

    /// The host of that name.
    pub fn host(&self, name: &str) -> Option<&Arc<Host>> {
        self.hosts.get(*self.host_places.get(name)?)
    }

    /// All groups, by name; `all` and `ungrouped` are among them.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values().map(|group| &**group)
    }

    /// The group of that name.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.get(name).map(|group| &**group)
    }
}

impl Host {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it is reached. Where [`Host::problems`] has errors, this is not what was meant.
    pub fn way(&self) -> &Way {
        &self.way
    }

    /// What is wrong with what is said of it: nobody can work on it while there are errors among that.
    pub fn problems(&self) -> &Diagnostics {
        &self.problems
    }

    /// The groups that it is in, also by their children, without `all`, which everything is in. What is said of a
    /// later one counts for more.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().map(|group| &*group.name).filter(|name| *name != ALL)
    }

    /// What is said of it under a name, on the level that counts for most.
    pub fn get(&self, name: &str) -> Option<(Level<'_>, &Datum)> {
        if let Some(datum) = self.given.get(name) {
            return Some((Level::CommandLine, datum));
        }
        if let Some(datum) = self.own.get(name) {
            return Some((Level::Host, datum));
        }
        let mut groups = self.groups.iter().rev();
        groups.find_map(|group| Some((Level::Group(&group.name), &**group.data.get(name)?)))
    }

    /// All that is said of it, by name, each on the level that counts for most.
    pub fn data(&self) -> BTreeMap<&str, (Level<'_>, &Datum)> {
        let mut all = BTreeMap::new();
        for group in self.groups.iter() {
            lay_over(&mut all, Level::Group(&group.name), &group.data);
        }
        lay_over(&mut all, Level::Host, &self.own);
        lay_over(&mut all, Level::CommandLine, &self.given);
        all
    }
}

fn lay_over<'a>(all: &mut BTreeMap<&'a str, (Level<'a>, &'a Datum)>, level: Level<'a>, data: &'a Data) {
    all.extend(data.iter().map(|(name, datum)| (&**name, (level, &**datum))));
}

impl Group {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Groups that it is a part of, in the order in which that was said.
    pub fn parents(&self) -> impl Iterator<Item = &str> {
        self.parents.iter().map(|name| &**name)
    }

    /// Groups that are a part of it, in the order in which that was said.
    pub fn children(&self) -> impl Iterator<Item = &str> {
        self.children.iter().map(|name| &**name)
    }

    /// Hosts that are in it by themselves, and not by one of its children.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.hosts.iter().map(|name| &**name)
    }

    /// What is said of all hosts in it.
    pub fn data(&self) -> &Data {
        &self.data
    }
}
