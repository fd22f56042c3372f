//! Choosing among hosts: `-limit`.

mod expression;
mod pattern;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_source::SourceMap;

use crate::inventory::{ALL, Host, Inventory};
use crate::name::quoted;
use expression::{Effect, Term, parse};
use pattern::Pattern;

impl Inventory {
    /// The hosts that are meant, in the order of the inventory; all where nothing limits them. A name that is unknown
    /// is an error, and so is it if nobody is left, or if somebody of them cannot be reached as it is said.
    pub fn select(&self, limits: &[String], sources: &SourceMap) -> (Vec<Arc<Host>>, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let terms: Vec<Term> =
            limits.iter().flat_map(|limit| diagnostics.take(parse(limit, sources))).collect();
        let chosen = diagnostics.take(Chooser::of(self).choose(&terms));
        if !diagnostics.has_errors() && chosen.is_empty() {
            diagnostics.push(nobody(self, limits));
        }
        let mut told = HashSet::new();
        for problem in chosen.iter().flat_map(|host| host.problems.iter()) {
            // What is said of a group is wrong for all in it, and told once.
            if told.insert((problem.summary.as_str(), problem.detail.as_str(), problem.subject)) {
                diagnostics.push(problem.clone());
            }
        }
        (chosen, diagnostics)
    }
}

fn nobody(inventory: &Inventory, limits: &[String]) -> Diagnostic {
    let detail = if limits.is_empty() {
        "There is no host in the inventory, so that there is nothing to do.".to_owned()
    } else {
        format!(
            "Of the {} in the inventory, -limit={} leaves none, so that there is nothing to do.",
            if inventory.hosts.len() == 1 {
                "one host".to_owned()
            } else {
                format!("{} hosts", inventory.hosts.len())
            },
            limits.join(",")
        )
    };
    Diagnostic::error("No hosts selected", detail)
}

struct Chooser<'i> {
    inventory: &'i Inventory,
    /// Places of the hosts of each group, once somebody asks for one.
    members: Option<HashMap<&'i str, Vec<usize>>>,
}

impl<'i> Chooser<'i> {
    fn of(inventory: &'i Inventory) -> Self {
        Chooser { inventory, members: None }
    }

    /// First what is added, then what is to be in all, then what is taken away, wherever each stands.
    fn choose(mut self, terms: &[Term]) -> (Vec<Arc<Host>>, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let adds = terms.iter().any(|term| term.effect == Effect::Add);
        let mut is_chosen = vec![!adds; self.inventory.hosts.len()];
        for effect in [Effect::Add, Effect::Keep, Effect::Remove] {
            for term in terms.iter().filter(|term| term.effect == effect) {
                let matched = match self.matched(term) {
                    Ok(matched) => matched,
                    Err(error) => {
                        diagnostics.push(error);
                        continue;
                    }
                };
                match effect {
                    Effect::Add => matched.into_iter().for_each(|at| is_chosen[at] = true),
                    Effect::Remove => matched.into_iter().for_each(|at| is_chosen[at] = false),
                    Effect::Keep => {
                        let mut is_matched = vec![false; is_chosen.len()];
                        matched.into_iter().for_each(|at| is_matched[at] = true);
                        is_chosen.iter_mut().zip(is_matched).for_each(|(chosen, matched)| *chosen &= matched);
                    }
                }
            }
        }
        let chosen = self.inventory.hosts.iter().zip(is_chosen).filter(|(_, chosen)| *chosen);
        (chosen.map(|(host, _)| host.clone()).collect(), diagnostics)
    }

    /// Places of the hosts that a term means.
    fn matched(&mut self, term: &Term) -> Result<Vec<usize>, Diagnostic> {
        let (known, mut places) = match &term.pattern {
            Pattern::Name(name) => self.named(name),
            pattern => self.matching(|name| pattern.matches(name)),
        };
        if !known {
            return Err(self.unknown(term));
        }
        if let Some(subscript) = &term.subscript {
            places = subscript.of(&places).map_err(|why| {
                let detail = format!(
                    "{} means none of the hosts of {}: {why}.",
                    quoted(&term.text),
                    quoted(term.pattern.text())
                );
                Diagnostic::error("No such host", detail).at(term.span)
            })?;
        }
        Ok(places)
    }

    /// A group, a host, or both.
    fn named(&mut self, name: &str) -> (bool, Vec<usize>) {
        if name == ALL {
            return (true, (0..self.inventory.hosts.len()).collect());
        }
        let host = self.inventory.host_places.get(name).copied();
        let is_group = self.inventory.groups.contains_key(name);
        let mut places =
            if is_group { self.members().get(name).cloned().unwrap_or_default() } else { Vec::new() };
        if let Some(host) = host.filter(|host| !places.contains(host)) {
            places.push(host);
            places.sort_unstable();
        }
        (is_group || host.is_some(), places)
    }

    /// Everybody whose name is meant, and the hosts of groups whose names are.
    fn matching(&mut self, is_meant: impl Fn(&str) -> bool) -> (bool, Vec<usize>) {
        let groups: Vec<&str> = self
            .inventory
            .groups()
            .map(crate::Group::name)
            .filter(|name| *name != ALL && is_meant(name))
            .collect();
        let mut is_matched = vec![false; self.inventory.hosts.len()];
        for group in &groups {
            self.members().get(group).into_iter().flatten().for_each(|at| is_matched[*at] = true);
        }
        for (at, host) in self.inventory.hosts.iter().enumerate() {
            is_matched[at] |= is_meant(&host.name);
        }
        let places: Vec<usize> = (0..is_matched.len()).filter(|at| is_matched[*at]).collect();
        (!groups.is_empty() || !places.is_empty(), places)
    }

    fn members(&mut self) -> &HashMap<&'i str, Vec<usize>> {
        let inventory = self.inventory;
        self.members.get_or_insert_with(|| {
            let mut members: HashMap<&str, Vec<usize>> = HashMap::new();
            for (at, host) in inventory.hosts.iter().enumerate() {
                for group in host.groups.iter() {
                    members.entry(&group.name).or_default().push(at);
                }
            }
            members
        })
    }

    fn unknown(&self, term: &Term) -> Diagnostic {
        let text = term.pattern.text();
        let names = self.inventory.groups.keys().map(|name| &**name);
        let names = names.chain(self.inventory.hosts.iter().map(|host| &*host.name));
        let hint = match &term.pattern {
            Pattern::Name(name) if name == "localhost" && self.inventory.host("@local").is_some() => {
                " This machine is called @local here.".to_owned()
            }
            Pattern::Name(name) => did_you_mean(name, names),
            _ => String::new(),
        };
        let detail = format!("There is no host and no group {} in the inventory.{hint}", quoted(text));
        Diagnostic::error("Unknown host or group", detail).at(term.span)
    }
}
