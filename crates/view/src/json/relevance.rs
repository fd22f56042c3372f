//! The attributes of resources that a plan depends on.
//!
//! Responsible for following references from everything that changes, through locals, variables,
//! outputs and resources, to whatever they come from. It goes by the configuration as written, for
//! each module instance on its own. A reference to all instances of something counts as one to an
//! instance without a key, as the format has it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::{self, Write};
use std::sync::Arc;

use plumb_address::{AbsResource, ConfigResource, InstanceKey, Mode, ModuleInstance, Resource};
use plumb_configuration::{Body, Config, Module, NestedBlock, Repetition};
use plumb_expression::Expression;
use plumb_plan::{Action, Change, Plan, PlanMode};
use plumb_schema::{Block, Nesting, Schema, SchemaShape};
use plumb_value::Value;

use super::expression::{Found, Meaning, Part, references};
use super::writer::{Members, array, write_each};

/// Attributes of resources by address.
pub(crate) type RelevantAttributes = BTreeMap<String, BTreeSet<Vec<Part>>>;

/// The attributes of resources that what is to be changed was computed from.
pub(crate) fn relevant_attributes(plan: &Plan, config: &Config) -> RelevantAttributes {
    let mut tracing = Tracing {
        config,
        schemas: HashMap::new(),
        seen: HashSet::new(),
        pending: Vec::new(),
        found: RelevantAttributes::new(),
    };
    for change in &plan.changes {
        tracing.schemas.entry(change.address.config()).or_insert(&change.schema);
        if change.action != Action::NoOp {
            let whole = Subject::Resource(change.address.resource.clone(), Vec::new());
            tracing.visit(&change.address.module, whole);
        }
    }
    if plan.options.mode == PlanMode::Destroy {
        // That what was read goes with everything else is no change that is listed, but it is one.
        let is_meant = |block: &ConfigResource| {
            let targets = &plan.options.targets;
            targets.is_empty() || targets.iter().any(|target| target.contains_config(block))
        };
        let data = plan.prior_state.resources.keys().filter(|one| one.resource.mode == Mode::Data);
        for address in data.filter(|address| is_meant(&address.config())) {
            tracing.visit(&address.module, Subject::Resource(address.resource.clone(), Vec::new()));
        }
    }
    for output in plan.outputs.iter().filter(|output| output.action != Action::NoOp) {
        tracing.visit(&ModuleInstance::root(), Subject::Output(output.name.clone()));
    }
    // What called modules put out is not recorded, so it is new each time.
    for outputs in &plan.module_outputs {
        for name in &outputs.names {
            tracing.visit(&outputs.module, Subject::Output(name.clone()));
        }
    }
    tracing.run()
}

/// Something that is made of expressions, inside of a module instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Subject {
    Variable(Arc<str>),
    Local(Arc<str>),
    Output(Arc<str>),
    /// All outputs.
    Outputs,
    /// A resource, or what is found in it behind these steps.
    Resource(Resource, Vec<Part>),
    /// The `count` or `for_each` of a resource.
    Repetition(Resource),
}

/// Where an expression stands.
struct Site<'c> {
    module: &'c Module,
    instance: ModuleInstance,
    /// The resource around.
    resource: Option<Resource>,
}

/// Following references, each once.
struct Tracing<'c> {
    config: &'c Config,
    /// Schemas of resources as far as the plan has them.
    schemas: HashMap<ConfigResource, &'c Arc<Schema>>,
    seen: HashSet<(ModuleInstance, Subject)>,
    pending: Vec<(ModuleInstance, Subject)>,
    found: RelevantAttributes,
}

impl<'c> Tracing<'c> {
    fn run(mut self) -> RelevantAttributes {
        while let Some((instance, subject)) = self.pending.pop() {
            if let Some(module) = self.config.find(&instance.config()) {
                self.open(module, instance, subject);
            }
        }
        self.found
    }

    fn visit(&mut self, instance: &ModuleInstance, subject: Subject) {
        let key = (instance.clone(), subject);
        if !self.seen.contains(&key) {
            self.seen.insert(key.clone());
            self.pending.push(key);
        }
    }

    /// Follows everything that a subject is made of.
    fn open(&mut self, module: &'c Module, instance: ModuleInstance, subject: Subject) {
        let mut site = Site { module, instance, resource: None };
        match subject {
            Subject::Local(name) => {
                if let Some(local) = module.locals.get(&name) {
                    self.expression(&site, &local.value, &[]);
                }
            }
            Subject::Output(name) => {
                if let Some(output) = module.outputs.get(&name) {
                    self.expression(&site, &output.value, &[]);
                }
            }
            Subject::Outputs => {
                for output in module.outputs.values() {
                    self.expression(&site, &output.value, &[]);
                }
            }
            Subject::Variable(name) => self.argument(&site, &name),
            Subject::Repetition(resource) => {
                let repetition = module.resources.get(&resource).map(|block| &block.repetition);
                if let Some(expression) = repetition.and_then(Repetition::expression) {
                    self.expression(&site, expression, &[]);
                }
            }
            Subject::Resource(resource, path) => {
                let Some(block) = module.resources.get(&resource) else { return };
                let schema = self.schemas.get(&resource.in_config(module.path.clone())).copied();
                site.resource = Some(resource);
                let schema = schema.map(|schema| &schema.block);
                let body = match schema {
                    Some(schema) => block.body.decided(&SchemaShape::of(schema)).0,
                    None => block.body.as_decided(),
                };
                self.narrow(&site, body, schema, &path, &[]);
            }
        }
    }

    /// What a module call gives for a variable.
    fn argument(&mut self, site: &Site<'c>, name: &str) {
        let (Some((parent, call)), Some((instance, _))) = (&site.module.parent, site.instance.parent())
        else {
            return;
        };
        let module = self.config.module(*parent);
        if let Some(argument) = module.calls.get(call).and_then(|call| call.arguments.get(name)) {
            self.expression(&Site { module, instance, resource: None }, &argument.value, &[]);
        }
    }

    /// Follows what the steps lead to inside of a body: an attribute, or else some of its blocks.
    /// Which of several blocks is meant nobody can tell, so all of the body is.
    fn narrow(
        &mut self,
        site: &Site<'c>,
        body: &'c Body,
        schema: Option<&'c Block>,
        path: &[Part],
        iterators: &[&'c Arc<str>],
    ) {
        let Some((step, rest)) = path.split_first() else { return self.body(site, body, iterators) };
        let (Part::Name(name) | Part::Key(InstanceKey::String(name))) = step else { return };
        if let Some(attribute) = body.attributes.get(name) {
            return self.expression(site, &attribute.value, iterators);
        }
        let nested = schema.and_then(|schema| schema.blocks.get(name));
        let blocks: Vec<&'c NestedBlock> = body.blocks.iter().filter(|block| kind(block) == name).collect();
        match nested.map(|nested| (nested.nesting, &nested.block)) {
            Some((Nesting::Single | Nesting::Group, inner)) => {
                for block in blocks {
                    match block {
                        NestedBlock::Static(block) => {
                            self.narrow(site, &block.body, Some(inner), rest, iterators);
                        }
                        NestedBlock::Dynamic(block) => {
                            self.expression(site, &block.for_each, iterators);
                            let inside = [iterators, &[&block.iterator]].concat();
                            self.narrow(site, &block.content, Some(inner), rest, &inside);
                        }
                    }
                }
            }
            Some(_) => self.narrow(site, body, schema, rest, iterators),
            None if !blocks.is_empty() => self.narrow(site, body, schema, rest, iterators),
            None => {}
        }
    }

    /// Follows everything in a body.
    fn body(&mut self, site: &Site<'c>, body: &'c Body, iterators: &[&'c Arc<str>]) {
        for attribute in body.attributes.values() {
            self.expression(site, &attribute.value, iterators);
        }
        for block in &body.blocks {
            match block {
                NestedBlock::Static(block) => self.body(site, &block.body, iterators),
                NestedBlock::Dynamic(block) => {
                    self.expression(site, &block.for_each, iterators);
                    let inside = [iterators, &[&block.iterator]].concat();
                    for label in &block.labels {
                        self.expression(site, label, &inside);
                    }
                    self.body(site, &block.content, &inside);
                }
            }
        }
    }

    /// Follows the references of an expression. `iterators` are names of elements that dynamic blocks
    /// around walk through.
    fn expression(&mut self, site: &Site<'c>, expression: &Expression, iterators: &[&'c Arc<str>]) {
        for found in references(expression) {
            if !iterators.iter().any(|iterator| found.is_rooted_in(iterator)) {
                self.follow(site, &found);
            }
        }
    }

    fn follow(&mut self, site: &Site<'c>, found: &Found) {
        match found.meaning() {
            Meaning::Local(name) => self.visit(&site.instance, Subject::Local(name.clone())),
            Meaning::Variable(name) => self.visit(&site.instance, Subject::Variable(name.clone())),
            Meaning::Module(call, key, output) => {
                let child = site.instance.child(call.clone(), key.cloned().unwrap_or_default());
                let subject = output.map_or(Subject::Outputs, |name| Subject::Output(name.clone()));
                self.visit(&child, subject);
            }
            Meaning::Repetition => {
                if let Some(resource) = &site.resource {
                    self.visit(&site.instance, Subject::Repetition(resource.clone()));
                }
            }
            Meaning::Resource(resource, key, path) => {
                let whole = AbsResource { module: site.instance.clone(), resource: resource.clone() };
                let address = whole.instance(key.cloned().unwrap_or_default()).to_string();
                self.found.entry(address).or_default().insert(path.to_vec());
                self.visit(&site.instance, Subject::Resource(resource, path.to_vec()));
            }
            Meaning::Other => {}
        }
    }
}

fn kind(block: &NestedBlock) -> &Arc<str> {
    match block {
        NestedBlock::Static(block) => &block.kind,
        NestedBlock::Dynamic(block) => &block.kind,
    }
}

/// Whether a change has changed any of the attributes that matter. Where all instances are meant,
/// each of them is.
pub(crate) fn concerns(relevant: &RelevantAttributes, change: &Change) -> bool {
    let address = &change.address;
    let names = [address.to_string(), address.resource().to_string(), address.config().to_string()];
    names.iter().filter_map(|name| relevant.get(name)).flatten().any(|path| {
        let end = |value| path.iter().try_fold(value, |value: &Value, part| part.follow(value));
        match (end(&change.before), end(&change.after)) {
            (None, None) => false,
            (Some(before), Some(after)) => !before.same(after),
            _ => true,
        }
    })
}

/// `relevant_attributes` of a plan, with the comma before it; nothing where there are none.
pub(crate) fn write_relevant_attributes(out: &mut dyn Write, plan: &Plan, config: &Config) -> io::Result<()> {
    let relevant = relevant_attributes(plan, config);
    if relevant.is_empty() {
        return Ok(());
    }
    out.write_all(b",\"relevant_attributes\":")?;
    let pairs = relevant.iter().flat_map(|(address, paths)| paths.iter().map(move |path| (address, path)));
    write_each(out, *b"[]", pairs, |text, (address, path)| {
        let mut members = Members::new(text);
        members.string("resource", address);
        array(members.key("attribute"), path, |text, part| part.write(text));
        members.end();
    })
}
