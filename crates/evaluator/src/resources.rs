//! Resources and module calls as expressions see them.

use std::sync::Arc;

use plumb_address::{InstanceKey, Mode, Resource};
use plumb_configuration::Repetition;
use plumb_diagnostics::{Diagnostic, did_you_mean};
use plumb_expression::{Reference, RepetitionKey, Subject};
use plumb_source::Span;
use plumb_value::{Type, Value};

use crate::evaluator::Fetched;
use crate::repetition::{no_such_instance, nothing_to_take};
use crate::{CellKey, Evaluator, Frame, InstanceAddress, Keys, KeysKind, ModuleNode, Outcome, Phase, Scope};

/// The key that a reference names.
enum Wanted {
    /// None: the whole.
    Whole,
    /// This one, written down.
    Key(InstanceKey),
    /// This one, worked out.
    Computed(InstanceKey),
    /// One that nobody knows yet, or that has marks, or that is no key.
    Other(Value),
    /// Nobody can tell which, for evaluating the key fails; and that may not matter.
    Broken(Box<Diagnostic>),
    /// What the key is made of failed.
    Failed,
}

/// Something failed, and why is reported already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported;

impl Evaluator {
    async fn wanted(
        self: &Arc<Self>,
        key: Option<&RepetitionKey>,
        scope: &Scope,
        frame: &mut Frame,
    ) -> Wanted {
        match key {
            None => Wanted::Whole,
            Some(RepetitionKey::Literal(key)) => Wanted::Key(key.clone()),
            Some(RepetitionKey::Computed(expression)) => {
                let Some(inputs) = Box::pin(self.inputs(expression, scope, frame)).await else {
                    return Wanted::Failed;
                };
                let (value, problems) = self.evaluate_unreported(expression, scope, &inputs, &[]);
                if let Some(problem) = problems.iter().find(|problem| problem.is_error()) {
                    return Wanted::Broken(Box::new(problem.clone()));
                }
                if !problems.is_empty() {
                    self.report(problems);
                }
                match InstanceKey::from_value(&value) {
                    Some(key) if value.marks().is_empty() => Wanted::Computed(key),
                    _ => Wanted::Other(value),
                }
            }
        }
    }

    pub(crate) async fn fetch_resource(
        self: &Arc<Self>,
        reference: &Reference,
        resource: &Resource,
        key: Option<&RepetitionKey>,
        scope: &Scope,
        frame: &mut Frame,
    ) -> Fetched {
        let node = scope.module.id;
        let whole = CellKey::Resource(node, resource.clone());
        let (key, is_literal) = match self.wanted(key, scope, frame).await {
            Wanted::Failed => return Fetched::Found(Outcome::failed()),
            Wanted::Broken(problem) => return Fetched::Missing(problem),
            Wanted::Whole => return Fetched::Found(self.value(whole, frame).await),
            Wanted::Other(key) => {
                let whole = self.value(whole, frame).await;
                return index_whole(reference, &resource.to_string(), &whole, &key);
            }
            Wanted::Key(key) => (key, true),
            Wanted::Computed(key) => (key, false),
        };
        let Some(keys) = self.keys_of(CellKey::ResourceKeys(node, resource.clone()), frame).await else {
            return Fetched::Found(Outcome::failed());
        };
        if keys.unknown {
            let key = CellKey::Instance(node, resource.clone(), InstanceKey::None);
            return Fetched::Found(self.value(key, frame).await);
        }
        if matches!(keys.kind, KeysKind::Single | KeysKind::Enabled) {
            if is_literal {
                // It is told where the source is checked.
                return Fetched::Found(Outcome::failed());
            }
            // An index that is worked out may be the name of an attribute just as well.
            let whole = self.value(whole, frame).await;
            let key = key.value().unwrap_or_else(Value::dynamic);
            return index_whole(reference, &resource.to_string(), &whole, &key);
        }
        let key = keys.fitting(key);
        match keys.find(&key) {
            Some(_) => {
                Fetched::Found(self.value(CellKey::Instance(node, resource.clone(), key), frame).await)
            }
            None if self.phase() == Phase::Destroy => Fetched::Found(Outcome::of(Value::dynamic())),
            None => Fetched::Missing(Box::new(no_such_instance(
                &resource.to_string(),
                &keys,
                &key,
                reference.span,
            ))),
        }
    }

    pub(crate) async fn fetch_module(
        self: &Arc<Self>,
        reference: &Reference,
        call: &Arc<str>,
        key: Option<&RepetitionKey>,
        output: Option<&Arc<str>>,
        scope: &Scope,
        frame: &mut Frame,
    ) -> Fetched {
        let node = &scope.module;
        let whole = CellKey::Call(node.id, call.clone());
        let key = match self.wanted(key, scope, frame).await {
            Wanted::Failed => return Fetched::Found(Outcome::failed()),
            Wanted::Broken(problem) => return Fetched::Missing(problem),
            Wanted::Other(key) => {
                let whole = self.value(whole, frame).await;
                return pick_output(
                    reference,
                    index_whole(reference, &format!("module.{call}"), &whole, &key),
                    output,
                );
            }
            Wanted::Whole => None,
            Wanted::Key(key) | Wanted::Computed(key) => Some(key),
        };
        if key.is_none() && output.is_none() {
            return Fetched::Found(self.value(whole, frame).await);
        }
        let Some(keys) = self.keys_of(CellKey::CallKeys(node.id, call.clone()), frame).await else {
            return Fetched::Found(Outcome::failed());
        };
        if let Some(key) = key.as_ref().and_then(InstanceKey::value)
            && matches!(keys.kind, KeysKind::Single | KeysKind::Enabled)
        {
            // What stands in brackets behind a single module is the name of an output.
            let whole = self.value(whole, frame).await;
            return pick_output(
                reference,
                index_whole(reference, &format!("module.{call}"), &whole, &key),
                output,
            );
        }
        let has_keys = matches!(keys.kind, KeysKind::Count | KeysKind::ForEach);
        if keys.unknown && has_keys && key.is_none() {
            return Fetched::Missing(Box::new(needs_key(call, output, &keys, reference.span)));
        }
        let key = if keys.unknown { InstanceKey::None } else { keys.fitting(key.unwrap_or_default()) };
        if keys.find(&key).is_none() {
            if keys.is_disabled() && key == InstanceKey::None {
                // While everything is destroyed it may have been there a moment ago.
                if self.value(whole, frame).await.value.is_null() {
                    return Fetched::Missing(Box::new(nothing_to_take(&reference.text, reference.span)));
                }
                return Fetched::Found(Outcome::of(Value::dynamic()));
            }
            if key == InstanceKey::None {
                return Fetched::Missing(Box::new(needs_key(call, output, &keys, reference.span)));
            }
            if self.phase() == Phase::Destroy {
                return Fetched::Found(Outcome::of(Value::dynamic()));
            }
            let name = format!("module.{call}");
            return Fetched::Missing(Box::new(no_such_instance(&name, &keys, &key, reference.span)));
        }
        let Some(child) = self.child(node, call, &keys, &key) else {
            return Fetched::Found(Outcome::failed());
        };
        match output {
            Some(output) if !self.module(&child).outputs.contains_key(output) => {
                Fetched::Missing(Box::new(self.no_such_output(call, &child, output, reference.span)))
            }
            Some(output) => Fetched::Found(self.output_of(&child, output, frame).await),
            None => Fetched::Found(self.module_object(&child, frame).await),
        }
    }

    fn no_such_output(&self, call: &str, child: &ModuleNode, output: &str, span: Span) -> Diagnostic {
        let known = self.module(child).outputs.keys().map(|name| &**name);
        let hint = did_you_mean(output, known);
        Diagnostic::error(
            "Unsupported attribute",
            format!(
                "This object does not have an attribute named \"{output}\": module.{call} has no output of that name.{hint}"
            ),
        )
        .at(span)
    }

    /// The module instance that a call leads to.
    pub(crate) fn child(
        &self,
        node: &Arc<ModuleNode>,
        call: &Arc<str>,
        keys: &Keys,
        key: &InstanceKey,
    ) -> Option<Arc<ModuleNode>> {
        let module = self.module(node).calls.get(call)?.module?;
        let each_value = keys.find(key).and_then(|entry| entry.1.as_ref());
        Some(self.nodes.child(node, call, module, key, each_value, keys.unknown_kind()))
    }

    /// Every instance of a call; `None` where finding them failed.
    pub async fn call_instances(
        self: &Arc<Self>,
        node: &Arc<ModuleNode>,
        call: &Arc<str>,
        frame: &mut Frame,
    ) -> Option<Vec<Arc<ModuleNode>>> {
        let keys = self.keys_of(CellKey::CallKeys(node.id, call.clone()), frame).await?;
        keys.entries.iter().map(|(key, _)| self.child(node, call, &keys, key)).collect()
    }

    /// The module instance with an address; `Ok(None)` where the configuration makes none.
    ///
    /// # Errors
    /// Where finding out the instances of a call on the way failed; that is reported.
    pub async fn find_module(
        self: &Arc<Self>,
        address: &plumb_address::ModuleInstance,
        frame: &mut Frame,
    ) -> Result<Option<Arc<ModuleNode>>, Reported> {
        let mut node = self.root();
        for step in address.0.iter() {
            if !self.module(&node).calls.contains_key(&step.name) {
                return Ok(None);
            }
            let keys = CellKey::CallKeys(node.id, step.name.clone());
            let keys = self.keys_of(keys, frame).await.ok_or(Reported)?;
            if keys.find(&step.key).is_none() {
                return Ok(None);
            }
            match self.child(&node, &step.name, &keys, &step.key) {
                Some(child) => node = child,
                None => return Ok(None),
            }
        }
        Ok(Some(node))
    }

    /// Which instances a resource has; `None` where finding them failed.
    pub async fn resource_keys(
        self: &Arc<Self>,
        node: &Arc<ModuleNode>,
        resource: &Resource,
        frame: &mut Frame,
    ) -> Option<Arc<Keys>> {
        self.keys_of(CellKey::ResourceKeys(node.id, resource.clone()), frame).await
    }

    pub(crate) async fn compute_resource_keys(
        self: &Arc<Self>,
        node: &Arc<ModuleNode>,
        resource: &Resource,
        frame: &mut Frame,
    ) -> Option<Arc<Keys>> {
        let config = self.config().clone();
        let block = config.module(node.module).resources.get(resource)?;
        if self.is_replaced(node) {
            return Some(Arc::new(Keys::recorded(&block.repetition, Vec::new())));
        }
        if let Some(recorded) = self.objects.recorded_keys(&resource.in_module(node.address.clone())) {
            return Some(Arc::new(Keys::recorded(&block.repetition, recorded)));
        }
        let scope = Scope::module(node.clone());
        if self.is_undecided_end(&block.repetition, &scope, frame).await {
            return Some(Arc::new(Keys::recorded(&block.repetition, Vec::new())));
        }
        self.keys(&block.repetition, &scope, frame).await
    }

    pub(crate) async fn compute_call_keys(
        self: &Arc<Self>,
        node: &Arc<ModuleNode>,
        call: &Arc<str>,
        frame: &mut Frame,
    ) -> Option<Arc<Keys>> {
        let config = self.config().clone();
        let block = config.module(node.module).calls.get(call)?;
        if self.is_replaced(node) {
            return Some(Arc::new(Keys::recorded(&block.repetition, Vec::new())));
        }
        let scope = Scope::module(node.clone());
        if self.is_undecided_end(&block.repetition, &scope, frame).await {
            let recorded = self.objects.recorded_calls(&node.address, call)?;
            return Some(Arc::new(Keys::recorded(&block.repetition, recorded)));
        }
        self.keys(&block.repetition, &scope, frame).await
    }

    /// Whether all of it is being destroyed and what decided about the instances is gone before them.
    async fn is_undecided_end(
        self: &Arc<Self>,
        repetition: &Repetition,
        scope: &Scope,
        frame: &mut Frame,
    ) -> bool {
        let Some(expression) = repetition.expression().filter(|_| self.phase() == Phase::Destroy) else {
            return false;
        };
        let outcome = self.evaluate(expression, scope, frame).await;
        !outcome.failed && !outcome.value.is_wholly_known()
    }

    pub(crate) async fn compute_instance(
        self: &Arc<Self>,
        node: &Arc<ModuleNode>,
        resource: &Resource,
        key: &InstanceKey,
        frame: &mut Frame,
    ) -> Outcome {
        // What is in a module needs all that decides how often the module is there: no expression in
        // here need mention it.
        let mut inside = node;
        while let Some((parent, call)) = &inside.parent {
            if self.keys_of(CellKey::CallKeys(parent.id, call.clone()), frame).await.is_none() {
                return Outcome::failed();
            }
            inside = parent;
        }
        let Some(keys) = self.resource_keys(node, resource, frame).await else { return Outcome::failed() };
        let Some((_, each_value)) = keys.find(key) else { return Outcome::failed() };
        let address = resource.in_module(node.address.clone()).instance(key.clone());
        let instance = InstanceAddress {
            module: node.clone(),
            key: key.clone(),
            each_value: each_value.clone(),
            address,
        };
        self.objects.clone().instance(self, &instance, frame).await
    }

    pub(crate) async fn compute_resource(
        self: &Arc<Self>,
        node: &Arc<ModuleNode>,
        resource: &Resource,
        frame: &mut Frame,
    ) -> Outcome {
        let Some(keys) = self.resource_keys(node, resource, frame).await else { return Outcome::failed() };
        let mut values = Vec::with_capacity(keys.entries.len());
        for (key, _) in &keys.entries {
            let outcome = self.value(CellKey::Instance(node.id, resource.clone(), key.clone()), frame).await;
            if outcome.failed {
                return outcome;
            }
            values.push((key.clone(), outcome.value));
        }
        if keys.is_disabled() {
            let config = self.config().clone();
            let Some(block) = config.module(node.module).resources.get(resource) else {
                return Outcome::failed();
            };
            let ty = self.objects.schemas().object_type(block).await;
            return self.disabled(&block.repetition, ty, node, frame).await;
        }
        Outcome::of(gather(&keys, values))
    }

    /// What is not there is null. While everything is destroyed it may have been there a moment ago, and
    /// nobody knows any more what it was.
    async fn disabled(
        self: &Arc<Self>,
        repetition: &Repetition,
        ty: Type,
        node: &Arc<ModuleNode>,
        frame: &mut Frame,
    ) -> Outcome {
        if self.phase() == Phase::Destroy
            && let Some(expression) = repetition.expression()
        {
            let outcome = self.evaluate(expression, &Scope::module(node.clone()), frame).await;
            if outcome.failed || outcome.value.unmark().0.as_bool() != Some(false) {
                return Outcome::of(Value::dynamic());
            }
        }
        Outcome::of(Value::null(ty))
    }

    pub(crate) async fn compute_call(
        self: &Arc<Self>,
        node: &Arc<ModuleNode>,
        call: &Arc<str>,
        frame: &mut Frame,
    ) -> Outcome {
        let Some(keys) = self.keys_of(CellKey::CallKeys(node.id, call.clone()), frame).await else {
            return Outcome::failed();
        };
        let mut values = Vec::with_capacity(keys.entries.len());
        for (key, _) in &keys.entries {
            let Some(child) = self.child(node, call, &keys, key) else { return Outcome::failed() };
            let outcome = self.module_object(&child, frame).await;
            if outcome.failed {
                return outcome;
            }
            values.push((key.clone(), outcome.value));
        }
        if keys.unknown
            && let Some((_, one)) = values.pop()
        {
            let each = one.ty();
            let all = if keys.kind == KeysKind::Count { Type::list(each) } else { Type::map(each) };
            return Outcome::of(Value::unknown(all));
        }
        if keys.is_disabled() {
            let config = self.config().clone();
            let Some(block) = config.module(node.module).calls.get(call) else { return Outcome::failed() };
            return self.disabled(&block.repetition, Type::Dynamic, node, frame).await;
        }
        Outcome::of(gather(&keys, values))
    }

    async fn module_object(self: &Arc<Self>, node: &Arc<ModuleNode>, frame: &mut Frame) -> Outcome {
        let config = self.config().clone();
        if self.phase() == Phase::Validate {
            return Outcome::of(Value::unknown(self.outputs_type(node)));
        }
        let mut attributes = Vec::new();
        for name in config.module(node.module).outputs.keys() {
            let outcome = self.output_of(node, name, frame).await;
            if outcome.failed {
                return outcome;
            }
            attributes.push((name.clone(), outcome.value));
        }
        Outcome::of(Value::object(attributes))
    }

    /// What a module gives, of which nobody knows more than the names while validating.
    fn outputs_type(&self, node: &ModuleNode) -> Type {
        Type::object(self.module(node).outputs.keys().map(|name| (name.clone(), Type::Dynamic)))
    }

    /// An output of a module for its caller. While validating nobody knows it, or whether it is secret: it
    /// may depend on what the module is called with.
    async fn output_of(
        self: &Arc<Self>,
        node: &Arc<ModuleNode>,
        name: &Arc<str>,
        frame: &mut Frame,
    ) -> Outcome {
        if self.phase() == Phase::Validate {
            return Outcome::of(Value::dynamic());
        }
        self.value(CellKey::Output(node.id, name.clone()), frame).await
    }

    /// Waits for everything that a `depends_on` entry means.
    pub async fn depend(
        self: &Arc<Self>,
        reference: &Reference,
        scope: &Scope,
        frame: &mut Frame,
    ) -> Outcome {
        match &reference.subject {
            Subject::Resource(resource, _) => {
                self.value(CellKey::Resource(scope.module.id, resource.clone()), frame).await
            }
            Subject::Module(call, _, _) => {
                let Some(children) = self.call_instances(&scope.module, call, frame).await else {
                    return Outcome::failed();
                };
                for child in children {
                    let outcome = self.value(CellKey::Done(child.id), frame).await;
                    if outcome.failed {
                        return outcome;
                    }
                }
                Outcome::of(Value::null(Type::Dynamic))
            }
            _ => self.fetch(reference, scope, frame).await.required(self),
        }
    }

    /// Waits for everything in a module instance.
    pub(crate) async fn compute_done(self: &Arc<Self>, node: &Arc<ModuleNode>, frame: &mut Frame) -> Outcome {
        let config = self.config().clone();
        let module = config.module(node.module);
        let mut failed = false;
        for resource in module.resources.keys().filter(|resource| resource.mode != Mode::Ephemeral) {
            failed |= self.value(CellKey::Resource(node.id, resource.clone()), frame).await.failed;
        }
        for name in module.outputs.keys() {
            failed |= self.value(CellKey::Output(node.id, name.clone()), frame).await.failed;
        }
        for call in module.calls.keys() {
            match self.call_instances(node, call, frame).await {
                Some(children) => {
                    for child in children {
                        failed |= self.value(CellKey::Done(child.id), frame).await.failed;
                    }
                }
                None => failed = true,
            }
        }
        if failed { Outcome::failed() } else { Outcome::of(Value::null(Type::Dynamic)) }
    }

    /// Waits for what the `depends_on` of the calls that lead to a module instance name.
    pub(crate) async fn compute_gate(self: &Arc<Self>, node: &Arc<ModuleNode>, frame: &mut Frame) -> Outcome {
        let Some((parent, call)) = &node.parent else { return Outcome::of(Value::null(Type::Dynamic)) };
        let outer = self.value(CellKey::Gate(parent.id), frame).await;
        if outer.failed {
            return outer;
        }
        let config = self.config().clone();
        let Some(block) = config.module(parent.module).calls.get(call) else { return Outcome::failed() };
        let scope = Scope::module(parent.clone());
        for reference in &block.depends_on {
            let outcome = self.depend(reference, &scope, frame).await;
            if outcome.failed {
                return outcome;
            }
        }
        Outcome::of(Value::null(Type::Dynamic))
    }

    /// Whether a module instance is inside a call with `depends_on`.
    pub fn is_gated(&self, node: &ModuleNode) -> bool {
        let mut at = node.parent.as_ref();
        while let Some((parent, call)) = at {
            if self.module(parent).calls.get(call).is_some_and(|block| !block.depends_on.is_empty()) {
                return true;
            }
            at = parent.parent.as_ref();
        }
        false
    }

    /// The value of an instance that nobody can know while validating.
    pub fn unknown_instance(&self, ty: Type) -> Outcome {
        debug_assert_eq!(self.phase(), Phase::Validate);
        Outcome::of(Value::unknown(ty))
    }
}

/// What to say of an output of a module with several instances where none is named.
fn needs_key(call: &str, output: Option<&Arc<str>>, keys: &Keys, span: Span) -> Diagnostic {
    let (what, example) = match keys.kind {
        KeysKind::Count => ("a list of objects", "0"),
        KeysKind::ForEach | KeysKind::Single | KeysKind::Enabled => ("a map of objects", "\"key\""),
    };
    let output = output.map(|name| format!(".{name}")).unwrap_or_default();
    Diagnostic::error(
        "Unsupported attribute",
        format!(
            "module.{call} is {what}, one for each instance of the module. To use one of them, name its key: \
             module.{call}[{example}]{output}. For all of them: [for instance in module.{call} : instance{output}]."
        ),
    )
    .at(span)
}

/// The output of an element, where one is named.
fn pick_output(reference: &Reference, element: Fetched, output: Option<&Arc<str>>) -> Fetched {
    match (element, output) {
        (Fetched::Found(element), Some(output)) if !element.failed => {
            match plumb_expression::access::attribute(&element.value, output) {
                Ok(value) => Fetched::Found(Outcome::of(value)),
                Err(problem) => Fetched::Missing(Box::new(problem.at(reference.span))),
            }
        }
        (element, _) => element,
    }
}

/// Picks an element whose key is not a plain one.
fn index_whole(reference: &Reference, name: &str, whole: &Outcome, key: &Value) -> Fetched {
    if whole.failed {
        return Fetched::Found(whole.clone());
    }
    let (plain, marks) = key.clone().unmark();
    if !plain.is_known() {
        return Fetched::Found(Outcome::of(Value::dynamic().with_marks(marks | whole.value.marks())));
    }
    match plumb_expression::access::index(&whole.value, &plain) {
        Ok(value) => Fetched::Found(Outcome::of(value.with_marks(marks))),
        Err(mut problem) => {
            problem.subject = Some(reference.span);
            problem.values.push((name.to_owned(), format!("is {}", plumb_expression::outline(&whole.value))));
            Fetched::Missing(Box::new(problem))
        }
    }
}

/// One value for all instances.
fn gather(keys: &Keys, mut values: Vec<(InstanceKey, Value)>) -> Value {
    if keys.unknown {
        return Value::dynamic();
    }
    match keys.kind {
        // While destroying it may be gone already, and with it what it was.
        KeysKind::Single | KeysKind::Enabled => values.pop().map_or_else(Value::dynamic, |(_, value)| value),
        KeysKind::Count => Value::tuple(values.into_iter().map(|(_, value)| value)),
        KeysKind::ForEach => Value::object(values.into_iter().filter_map(|(key, value)| match key {
            InstanceKey::String(key) => Some((key, value)),
            InstanceKey::None | InstanceKey::Int(_) => None,
        })),
    }
}
