//! Other hosts of the inventory.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use plumb_diagnostics::did_you_mean;
use plumb_starlark::language as starlark;
use plumb_starlark::language::environment::GlobalsBuilder;
use plumb_starlark::language::eval::{Arguments, Evaluator};
use plumb_starlark::language::values::list::AllocList;
use plumb_starlark::language::values::{Heap, Value};
use plumb_starlark::{FrozenObject, Native, Object};

use super::convert::shown;
use super::given::Given;
use super::host::other_value;
use super::{error, pass};
use crate::pass::Pass;
use crate::peers::{Peer, Peers};

/// All hosts that there are.
#[derive(Debug)]
struct Inventory;

/// What the inventory is asked.
#[derive(Clone, Copy, Debug)]
enum Asked {
    Host,
    Hosts,
    Groups,
}

const ALL: [(&str, Asked); 3] = [("groups", Asked::Groups), ("host", Asked::Host), ("hosts", Asked::Hosts)];

impl fmt::Display for Inventory {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("inventory")
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name =
            ALL.iter().find(|(_, asked)| std::mem::discriminant(asked) == std::mem::discriminant(self));
        write!(out, "inventory.{}", name.map_or("", |(name, _)| name))
    }
}

impl Native for Inventory {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn attributes(&self) -> Vec<String> {
        ALL.map(|(name, _)| name.to_owned()).to_vec()
    }

    fn attribute<'v>(&self, _: &[Value<'v>], name: &str, heap: Heap<'v>) -> Option<Value<'v>> {
        let (_, asked) = ALL.iter().find(|(known, _)| *known == name)?;
        Some(heap.alloc(Object::new(*asked, Vec::new())))
    }
}

impl Native for Asked {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn call<'v>(
        &self,
        _: &[Value<'v>],
        arguments: &Arguments<'v, '_>,
        evaluator: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let pass = pass(evaluator, "the inventory")?;
        let given = Given::of(arguments, evaluator)?;
        let heap = evaluator.heap();
        let name = match (given.positional.as_slice(), given.named.as_slice()) {
            ([], []) => None,
            ([name], []) => Some(
                name.unpack_str()
                    .ok_or_else(|| error(format!("{self} wants a name, and not {}", shown(*name))))?,
            ),
            _ => return Err(error(format!("{self} takes one name at most"))),
        };
        match (self, name) {
            (Asked::Host, Some(name)) => {
                let (name, peer) = peer(pass, name)?;
                Ok(other_value(pass, name, &peer.setting, heap))
            }
            (Asked::Host, None) => Err(error("which host? inventory.host wants its name")),
            (Asked::Hosts, group) => {
                let members = members(peers(pass)?, group)?;
                let value = |(name, peer): (&Arc<str>, &Peer)| other_value(pass, name, &peer.setting, heap);
                Ok(heap.alloc(AllocList(members.into_iter().map(value).collect::<Vec<_>>())))
            }
            (Asked::Groups, None) => Ok(heap.alloc(AllocList(groups(peers(pass)?)))),
            (Asked::Groups, Some(_)) => Err(error("inventory.groups takes no name: it gives all of them")),
        }
    }
}

/// The hosts that there are.
fn peers(pass: &Pass) -> starlark::Result<&Peers> {
    let alone = || {
        error(
            "here the deploy runs for one host alone, and no other is known: `plumb deploy` knows all of an inventory",
        )
    };
    pass.setting.peers.as_deref().ok_or_else(alone)
}

/// A host by its name.
pub(super) fn peer<'p>(pass: &'p Pass, name: &str) -> starlark::Result<(&'p Arc<str>, &'p Peer)> {
    let peers = peers(pass)?;
    peers.peer(name).ok_or_else(|| {
        let hint = did_you_mean(name, peers.names().iter().map(|known| &**known));
        error(format!("the inventory has no host `{name}`.{hint}"))
    })
}

/// All hosts, or those of a group, in the order of the inventory.
fn members<'p>(peers: &'p Peers, group: Option<&str>) -> starlark::Result<Vec<(&'p Arc<str>, &'p Peer)>> {
    let all = peers.names().iter().filter_map(|name| peers.peer(name));
    let Some(group) = group.filter(|group| *group != "all") else { return Ok(all.collect()) };
    let found: Vec<_> = all.filter(|(_, peer)| peer.setting.groups.iter().any(|of| of == group)).collect();
    if found.is_empty() {
        let known = groups(peers);
        let hint = did_you_mean(group, known.iter().map(String::as_str));
        return Err(error(format!("no host of the inventory is in a group `{group}`.{hint}")));
    }
    Ok(found)
}

/// The names of all groups that have hosts.
fn groups(peers: &Peers) -> Vec<String> {
    let members = peers.names().iter().filter_map(|name| peers.peer(name));
    let groups: BTreeSet<&String> = members.flat_map(|(_, peer)| &peer.setting.groups).collect();
    groups.into_iter().cloned().collect()
}

/// All hosts of the inventory, whichever of them the deploy runs for: `inventory.host(name)`, `inventory.hosts()` or
/// `inventory.hosts(group)`, and the names of `inventory.groups()`.
pub(super) fn natives(builder: &mut GlobalsBuilder) {
    builder.set("inventory", FrozenObject::constant(Inventory));
}
