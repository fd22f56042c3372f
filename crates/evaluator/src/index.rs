//! Static references between the objects of a configuration, found once at load.
//!
//! It answers what demand cannot: whether there is a cycle, what depends on what all the way, and
//! which resources must be replaced create-first because something that depends on them is.

use std::collections::HashMap;
use std::sync::Arc;

use plumb_address::{ConfigResource, ProviderConfigAddress, Resource};
use plumb_configuration::{Body, CheckRule, Config, Module, ModuleId, NestedBlock, Repetition};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_expression::{Expression, Reference, RepetitionKey, Subject};
use plumb_source::Span;

/// An object of the configuration that can refer to others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// A variable.
    Variable(ModuleId, Arc<str>),
    /// A local value.
    Local(ModuleId, Arc<str>),
    /// An output.
    Output(ModuleId, Arc<str>),
    /// A resource of any mode.
    Resource(ModuleId, Resource),
    /// The repetition and the `depends_on` of a module call.
    Call(ModuleId, Arc<str>),
    /// Everything in a module.
    All(ModuleId),
    /// All outputs of a module.
    Outputs(ModuleId),
    /// A provider's configuration.
    Provider(ProviderConfigAddress),
}

/// Static references, both ways.
#[derive(Debug, Default)]
pub struct Index {
    nodes: Vec<Node>,
    by_node: HashMap<Node, u32>,
    /// For each node what it refers to, with a place where it does.
    edges: Vec<Vec<(u32, Span)>>,
    names: Vec<String>,
    /// Resources that must be replaced create-first because of a dependant.
    forced: Vec<bool>,
    /// What rules of variables refer to: nobody sees a variable's value before it is checked.
    checks: Vec<(u32, u32, Span)>,
}

impl Index {
    /// Finds every static reference. Errors are cycles and references of an object to itself.
    pub fn new(config: &Config) -> (Index, Diagnostics) {
        let mut index = Index::default();
        for module in &config.modules {
            index.add_nodes(module);
        }
        for module in &config.modules {
            Edges { index: &mut index, config, module }.add();
        }
        for edges in &mut index.edges {
            edges.sort_by_key(|(target, span)| (*target, *span));
            edges.dedup_by_key(|(target, _)| *target);
        }
        let diagnostics = index.cycles_with_checks();
        index.force_create_first(config);
        (index, diagnostics)
    }

    fn add_node(&mut self, node: Node, name: String) {
        let at = self.nodes.len() as u32;
        if self.by_node.insert(node.clone(), at).is_none() {
            self.nodes.push(node);
            self.edges.push(Vec::new());
            self.names.push(name);
        }
    }

    fn add_nodes(&mut self, module: &Module) {
        let id = module.id;
        let prefix = if module.path.is_root() { String::new() } else { format!("{}.", module.path) };
        for name in module.variables.keys() {
            self.add_node(Node::Variable(id, name.clone()), format!("{prefix}var.{name}"));
        }
        for name in module.locals.keys() {
            self.add_node(Node::Local(id, name.clone()), format!("{prefix}local.{name}"));
        }
        for name in module.outputs.keys() {
            self.add_node(Node::Output(id, name.clone()), format!("{prefix}output.{name}"));
        }
        for resource in module.resources.keys() {
            self.add_node(Node::Resource(id, resource.clone()), format!("{prefix}{resource}"));
        }
        for name in module.calls.keys() {
            self.add_node(Node::Call(id, name.clone()), format!("{prefix}module.{name}"));
        }
        for block in module.providers.values() {
            self.add_node(Node::Provider(block.address.clone()), block.address.to_string());
        }
        self.add_node(Node::All(id), format!("{} (all of it)", module.path));
        self.add_node(Node::Outputs(id), format!("{} (all outputs)", module.path));
    }

    fn edge(&mut self, from: &Node, to: &Node, span: Span) {
        if let (Some(from), Some(to)) = (self.by_node.get(from), self.by_node.get(to)) {
            self.edges[*from as usize].push((*to, span));
        }
    }

    /// Every resource that one depends on, all the way, sorted as state files do, itself left out.
    pub fn dependencies(&self, config: &Config, of: &ConfigResource) -> Arc<[ConfigResource]> {
        let Some(module) = config.find(&of.module) else { return Arc::new([]) };
        let start = Node::Resource(module.id, of.resource.clone());
        let mut found: Vec<(String, ConfigResource)> = self
            .reachable(&start)
            .into_iter()
            .filter_map(|at| match &self.nodes[at as usize] {
                Node::Resource(module, resource) if self.nodes[at as usize] != start => {
                    let address = resource.in_config(config.module(*module).path.clone());
                    Some((address.to_string(), address))
                }
                _ => None,
            })
            .collect();
        found.sort_by(|left, right| left.0.cmp(&right.0));
        found.into_iter().map(|(_, address)| address).collect()
    }

    /// What an object refers to itself.
    pub fn direct(&self, of: &Node) -> impl Iterator<Item = &Node> {
        let edges = self.by_node.get(of).map_or(&[] as &[_], |at| &self.edges[*at as usize]);
        edges.iter().map(|(target, _)| &self.nodes[*target as usize])
    }

    /// Every node that one refers to, all the way, itself included.
    fn reachable(&self, start: &Node) -> Vec<u32> {
        let Some(start) = self.by_node.get(start) else { return Vec::new() };
        let mut seen = std::collections::HashSet::from([*start]);
        let mut found = vec![*start];
        let mut next = 0;
        while let Some(at) = found.get(next).copied() {
            next += 1;
            for (target, _) in &self.edges[at as usize] {
                if seen.insert(*target) {
                    found.push(*target);
                }
            }
        }
        found
    }

    /// Every object that one of the given ones refers to, all the way, those included.
    pub fn closure<'a>(&self, starts: impl IntoIterator<Item = &'a Node>) -> std::collections::HashSet<Node> {
        let mut seen = vec![false; self.nodes.len()];
        let mut found = Vec::new();
        for start in starts {
            if let Some(at) = self.by_node.get(start)
                && !std::mem::replace(&mut seen[*at as usize], true)
            {
                found.push(*at);
            }
        }
        let mut next = 0;
        while let Some(at) = found.get(next).copied() {
            next += 1;
            for (target, _) in &self.edges[at as usize] {
                if !std::mem::replace(&mut seen[*target as usize], true) {
                    found.push(*target);
                }
            }
        }
        found.into_iter().map(|at| self.nodes[at as usize].clone()).collect()
    }

    /// Every object that refers to one of the given ones, all the way, those included.
    pub fn dependants<'a>(
        &self,
        starts: impl IntoIterator<Item = &'a Node>,
    ) -> std::collections::HashSet<Node> {
        let mut reverse = vec![Vec::new(); self.nodes.len()];
        for (from, edges) in self.edges.iter().enumerate() {
            for (to, _) in edges {
                reverse[*to as usize].push(from as u32);
            }
        }
        let mut seen = vec![false; self.nodes.len()];
        let mut found = Vec::new();
        for start in starts {
            if let Some(at) = self.by_node.get(start)
                && !std::mem::replace(&mut seen[*at as usize], true)
            {
                found.push(*at);
            }
        }
        let mut next = 0;
        while let Some(at) = found.get(next).copied() {
            next += 1;
            for source in &reverse[at as usize] {
                if !std::mem::replace(&mut seen[*source as usize], true) {
                    found.push(*source);
                }
            }
        }
        found.into_iter().map(|at| self.nodes[at as usize].clone()).collect()
    }

    /// Whether a resource must be replaced create-first because it says so or a dependant does.
    pub fn is_create_first(&self, module: ModuleId, resource: &Resource) -> bool {
        self.by_node
            .get(&Node::Resource(module, resource.clone()))
            .is_some_and(|at| self.forced.get(*at as usize).copied().unwrap_or(false))
    }

    fn force_create_first(&mut self, config: &Config) {
        let mut forced = vec![false; self.nodes.len()];
        let mut found: Vec<u32> = Vec::new();
        for (at, node) in self.nodes.iter().enumerate() {
            if let Node::Resource(module, resource) = node
                && let Some(block) = config.module(*module).resources.get(resource)
                && block.lifecycle.create_before_destroy == Some(true)
            {
                forced[at] = true;
                found.push(at as u32);
            }
        }
        let mut next = 0;
        while let Some(at) = found.get(next).copied() {
            next += 1;
            for (target, _) in &self.edges[at as usize] {
                if !std::mem::replace(&mut forced[*target as usize], true) {
                    found.push(*target);
                }
            }
        }
        self.forced = forced;
    }

    /// Cycles also where a rule of a variable takes part. That a rule needs something makes no object
    /// that uses the variable depend on it, so that is forgotten again.
    fn cycles_with_checks(&mut self) -> Diagnostics {
        let checks = std::mem::take(&mut self.checks);
        if checks.is_empty() {
            return self.cycles();
        }
        let without = self.edges.clone();
        for (variable, target, span) in checks {
            self.edges[variable as usize].push((target, span));
        }
        let diagnostics = self.cycles();
        self.edges = without;
        diagnostics
    }

    /// Finds strongly connected components after Tarjan, "Depth-first search and linear graph
    /// algorithms" (1972), with a stack of its own so that no chain is too long.
    fn cycles(&self) -> Diagnostics {
        let count = self.nodes.len();
        let mut order = vec![u32::MAX; count];
        let mut low = vec![u32::MAX; count];
        let mut on_stack = vec![false; count];
        let mut stack: Vec<u32> = Vec::new();
        let mut work: Vec<(u32, usize)> = Vec::new();
        let mut next_order = 0;
        let mut diagnostics = Diagnostics::new();
        for start in 0..count as u32 {
            if order[start as usize] != u32::MAX {
                continue;
            }
            work.push((start, 0));
            while let Some((at, edge)) = work.pop() {
                let here = at as usize;
                if edge == 0 {
                    order[here] = next_order;
                    low[here] = next_order;
                    next_order += 1;
                    stack.push(at);
                    on_stack[here] = true;
                }
                if let Some((target, span)) = self.edges[here].get(edge) {
                    work.push((at, edge + 1));
                    let there = *target as usize;
                    if there == here {
                        diagnostics.push(self.self_reference(at, *span));
                    } else if order[there] == u32::MAX {
                        work.push((*target, 0));
                    } else if on_stack[there] {
                        low[here] = low[here].min(order[there]);
                    }
                    continue;
                }
                if let Some((parent, _)) = work.last() {
                    let parent = *parent as usize;
                    low[parent] = low[parent].min(low[here]);
                }
                if low[here] == order[here] {
                    let from = stack.iter().rposition(|member| *member == at).unwrap_or(0);
                    let members = stack.split_off(from);
                    for member in &members {
                        on_stack[*member as usize] = false;
                    }
                    if members.len() > 1 {
                        diagnostics.push(self.cycle(&members));
                    }
                }
            }
        }
        diagnostics
    }

    fn self_reference(&self, at: u32, span: Span) -> Diagnostic {
        let name = &self.names[at as usize];
        if matches!(self.nodes[at as usize], Node::Local(..)) {
            return Diagnostic::error(
                "Self-referencing local value",
                format!("Local value {name} cannot use its own result as part of its expression."),
            )
            .at(span);
        }
        Diagnostic::error(
            "Self-referential block",
            format!(
                "Configuration for {name} may not refer to itself. Move what it shares with itself into a local value, \
                 or refer to where the value comes from."
            ),
        )
        .at(span)
    }

    /// The shortest way round within a strongly connected component, with a place for each hop.
    fn cycle(&self, members: &[u32]) -> Diagnostic {
        let inside: std::collections::HashSet<u32> = members.iter().copied().collect();
        let start = members.iter().copied().min().unwrap_or(0);
        let mut came_from: HashMap<u32, (u32, Span)> = HashMap::new();
        let mut queue = std::collections::VecDeque::from([start]);
        let mut last = None;
        'search: while let Some(at) = queue.pop_front() {
            for (target, span) in &self.edges[at as usize] {
                if *target == start {
                    last = Some((at, *span));
                    break 'search;
                }
                if inside.contains(target) && !came_from.contains_key(target) {
                    came_from.insert(*target, (at, *span));
                    queue.push_back(*target);
                }
            }
        }
        let mut hops = Vec::new();
        let mut to = start;
        let mut hop = last;
        while let Some((from, span)) = hop {
            hops.push((from, to, span));
            if from == start {
                break;
            }
            to = from;
            hop = came_from.get(&from).copied();
        }
        hops.reverse();
        self.describe_cycle(&hops)
    }

    fn describe_cycle(&self, hops: &[(u32, u32, Span)]) -> Diagnostic {
        const SHOWN: usize = 20;
        let name = |at: u32| &self.names[at as usize];
        let mut lines: Vec<String> = hops
            .iter()
            .take(SHOWN)
            .map(|(from, to, _)| format!("  {} refers to {}", name(*from), name(*to)))
            .collect();
        if hops.len() > SHOWN {
            lines.push(format!("  ... and {} more until it comes round", hops.len() - SHOWN));
        }
        let mut diagnostic = Diagnostic::error(
            "Cycle",
            format!(
                "These objects refer to each other in a circle, so none of them can be the first:\n{}\n\nBreak the \
                 circle at one of these references.",
                lines.join("\n")
            ),
        );
        for (position, (from, to, span)) in hops.iter().take(SHOWN).enumerate() {
            if position == 0 {
                diagnostic = diagnostic.at(*span);
            } else {
                diagnostic = diagnostic.note(*span, format!("{} refers to {}", name(*from), name(*to)));
            }
        }
        diagnostic
    }
}

/// Adds the edges of one module.
struct Edges<'a> {
    index: &'a mut Index,
    config: &'a Config,
    module: &'a Module,
}

impl Edges<'_> {
    fn add(&mut self) {
        let id = self.module.id;
        let module = self.module;
        for (name, local) in module.locals.iter() {
            self.expression(&Node::Local(id, name.clone()), &local.value);
        }
        self.checks();
        for (name, output) in module.outputs.iter() {
            let node = Node::Output(id, name.clone());
            self.expression(&node, &output.value);
            self.depends_on(&node, &output.depends_on);
            self.rules(&node, &output.preconditions);
            self.index.edge(&Node::All(id), &node, output.span);
            self.index.edge(&Node::Outputs(id), &node, output.span);
        }
        for (resource, block) in &module.resources {
            let node = Node::Resource(id, resource.clone());
            self.repetition(&node, &block.repetition);
            block.provider_key.iter().for_each(|key| self.expression(&node, key));
            self.body(&node, &block.body);
            self.depends_on(&node, &block.depends_on);
            self.rules(&node, &block.lifecycle.preconditions);
            self.rules(&node, &block.lifecycle.postconditions);
            for trigger in &block.lifecycle.replace_triggered_by {
                self.expression(&node, trigger);
            }
            if let Some(prevent) = &block.lifecycle.prevent_destroy {
                self.expression(&node, &prevent.value);
            }
            for provisioner in &block.provisioners {
                self.body(&node, &provisioner.body);
                if let Some(connection) = &provisioner.connection {
                    self.body(&node, connection);
                }
            }
            if let Some(connection) = &block.connection {
                self.body(&node, connection);
            }
            self.index.edge(&node, &Node::Provider(block.provider_config.clone()), block.header);
            self.through_calls(&node, block.header);
            self.index.edge(&Node::All(id), &node, block.header);
        }
        for block in module.providers.values() {
            self.body(&Node::Provider(block.address.clone()), &block.body);
        }
        for (name, call) in &module.calls {
            let node = Node::Call(id, name.clone());
            self.repetition(&node, &call.repetition);
            let keys = call.providers.iter().filter_map(|passed| passed.key.as_ref());
            keys.for_each(|key| self.expression(&node, key));
            self.depends_on(&node, &call.depends_on);
            self.through_calls(&node, call.span);
            let Some(child) = call.module else { continue };
            self.index.edge(&Node::All(id), &Node::All(child), call.span);
            for variable in self.config.module(child).variables.keys() {
                let inside = Node::Variable(child, variable.clone());
                self.index.edge(&inside, &node, call.span);
                if let Some(argument) = call.arguments.get(variable) {
                    self.expression(&inside, &argument.value);
                }
            }
        }
    }

    /// What rules of variables refer to, but for the variables themselves.
    fn checks(&mut self) {
        let id = self.module.id;
        for (name, variable) in self.module.variables.iter().filter(|(_, one)| !one.validations.is_empty()) {
            let node = Node::Variable(id, name.clone());
            let Some(at) = self.index.by_node.get(&node).copied() else { continue };
            let before = self.index.edges[at as usize].len();
            self.rules(&node, &variable.validations);
            let added = self.index.edges[at as usize].split_off(before);
            let others = added.into_iter().filter(|(target, _)| *target != at);
            self.index.checks.extend(others.map(|(target, span)| (at, target, span)));
        }
    }

    /// What is inside a module needs to know how often the module is there.
    fn through_calls(&mut self, node: &Node, span: Span) {
        if let Some((parent, call)) = &self.module.parent {
            self.index.edge(node, &Node::Call(*parent, call.clone()), span);
        }
    }

    fn repetition(&mut self, from: &Node, repetition: &Repetition) {
        if let Some(expression) = repetition.expression() {
            self.expression(from, expression);
        }
    }

    fn rules(&mut self, from: &Node, rules: &[CheckRule]) {
        for rule in rules {
            self.expression(from, &rule.condition);
            self.expression(from, &rule.error_message);
        }
    }

    fn body(&mut self, from: &Node, body: &Body) {
        for expression in body.undecided() {
            self.expression(from, expression);
        }
        for attribute in body.attributes.values() {
            self.expression(from, &attribute.value);
        }
        for block in &body.blocks {
            match block {
                NestedBlock::Static(block) => self.body(from, &block.body),
                NestedBlock::Dynamic(block) => {
                    self.expression(from, &block.for_each);
                    if block.problems().is_some() {
                        continue;
                    }
                    for label in &block.labels {
                        self.expression(from, label);
                    }
                    self.body(from, &block.content);
                }
            }
        }
    }

    fn expression(&mut self, from: &Node, expression: &Expression) {
        self.references(from, expression.references());
    }

    fn references(&mut self, from: &Node, references: &[Reference]) {
        for reference in references {
            self.reference(from, reference);
        }
    }

    /// A module that is named here means everything in it, and not just its outputs.
    fn depends_on(&mut self, from: &Node, references: &[Reference]) {
        for reference in references {
            self.reference(from, reference);
            if let Subject::Module(call, _, _) = &reference.subject
                && let Some(child) = self.module.calls.get(call).and_then(|call| call.module)
            {
                self.index.edge(from, &Node::All(child), reference.span);
            }
        }
    }

    fn reference(&mut self, from: &Node, reference: &Reference) {
        let id = self.module.id;
        let span = reference.span;
        match &reference.subject {
            Subject::Variable(name) => self.index.edge(from, &Node::Variable(id, name.clone()), span),
            Subject::Local(name) => self.index.edge(from, &Node::Local(id, name.clone()), span),
            Subject::Resource(resource, key) => {
                self.index.edge(from, &Node::Resource(id, resource.clone()), span);
                self.key(from, key.as_ref());
            }
            Subject::Module(call, key, output) => {
                self.index.edge(from, &Node::Call(id, call.clone()), span);
                self.key(from, key.as_ref());
                let Some(child) = self.module.calls.get(call).and_then(|call| call.module) else { return };
                match output {
                    Some(output) => self.index.edge(from, &Node::Output(child, output.clone()), span),
                    None => self.index.edge(from, &Node::Outputs(child), span),
                }
            }
            Subject::EachKey
            | Subject::EachValue
            | Subject::CountIndex
            | Subject::SelfObject
            | Subject::Path(_)
            | Subject::Workspace
            | Subject::Applying => {}
        }
    }

    fn key(&mut self, from: &Node, key: Option<&RepetitionKey>) {
        if let Some(RepetitionKey::Computed(expression)) = key {
            self.expression(from, expression);
        }
    }
}
