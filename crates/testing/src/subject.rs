//! What a run is about: its module with the provider configurations, mocks and overrides of the test.

use std::collections::BTreeMap;
use std::sync::Arc;

use plumb_address::{ConfigModule, ProviderConfigAddress};
use plumb_configuration::suite::{
    MockDefaults, MockProvider, Override, OverrideTarget, TestFile, TestProvider, TestRun, picked,
};
use plumb_configuration::{
    Config, Module, Output, PassedProvider, ProviderBlock, ReplacedInstance, Variable,
};
use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_evaluator::Index;
use plumb_expression::Expression;
use plumb_value::{Type, Value};

use crate::double::{Doubles, Generator, Mock, Said};
use crate::literal;
use crate::outside::evaluate;
use crate::variables::{Level, Variables};

/// A configuration with its static references.
#[derive(Clone)]
pub struct TestedModule {
    /// The tree of modules.
    pub config: Arc<Config>,
    /// Its static references; there is no cycle in them.
    pub index: Arc<Index>,
}

impl TestedModule {
    fn new(config: Config) -> Self {
        // It differs from one without cycles by having less in it.
        let (index, _) = Index::new(&config);
        TestedModule { config: Arc::new(config), index: Arc::new(index) }
    }
}

/// What a run is about.
pub(crate) struct Subject {
    /// The module.
    pub(crate) module: TestedModule,
    /// What stands in for providers.
    pub(crate) doubles: Option<Arc<Doubles>>,
}

/// Makes a module ready for a run.
pub(crate) fn prepare(
    module: &TestedModule,
    run: &TestRun,
    variables: &Variables<'_>,
    seed: u64,
    diagnostics: &mut Diagnostics,
) -> Option<Subject> {
    let file = variables.file;
    let before = errors(diagnostics);
    let mut blocks = Vec::new();
    let mut mocks = BTreeMap::new();
    for (key, provider) in providers_of(file, run, diagnostics) {
        let Some((block, mock)) = configuration(&module.config, key, provider, variables, diagnostics) else {
            continue;
        };
        mocks.extend(mock.map(|mock| (block.address.clone(), mock)));
        blocks.push(block);
    }
    diagnostics.append(check_targets(&[&module.config], &run.overrides));
    let further = further_variables(&module.config, run, variables, diagnostics);
    let levels: Vec<&[Override]> = vec![&run.overrides, &file.overrides];
    let overrides: Vec<Vec<(OverrideTarget, Said)>> =
        levels.iter().map(|level| objects(level, variables, diagnostics)).collect();
    let outputs = modules(&levels, variables, diagnostics);
    if errors(diagnostics) > before {
        return None;
    }
    let needs_doubles = !mocks.is_empty() || overrides.iter().any(|level| !level.is_empty());
    let doubles = Doubles { mocks, overrides, generator: Generator { seed } };
    let changed = if blocks.is_empty() && outputs.is_empty() && further.is_empty() {
        module.clone()
    } else {
        let mut config =
            Config { modules: module.config.modules.clone(), by_path: module.config.by_path.clone() };
        let root = &mut config.modules[0];
        root.providers
            .extend(blocks.into_iter().map(|block| ((block.name.clone(), block.alias.clone()), block)));
        if !further.is_empty() {
            let further = further.into_iter().map(|variable| (variable.name.clone(), variable));
            Arc::make_mut(&mut root.variables).extend(further);
        }
        for (target, values) in outputs {
            replace(&mut config, &target, values);
        }
        TestedModule::new(config)
    };
    Some(Subject { module: changed, doubles: needs_doubles.then(|| Arc::new(doubles)) })
}

/// Variables that assertions refer to and that the module does not declare: tests have values for them.
fn further_variables(
    config: &Config,
    run: &TestRun,
    variables: &Variables<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<Variable> {
    let mut found: Vec<Variable> = Vec::new();
    for expression in run.asserts.iter().flat_map(|rule| [&rule.condition, &rule.error_message]) {
        for (name, span) in picked(expression, "var") {
            let is_known = config.root().variables.contains_key(&name)
                || found.iter().any(|variable| variable.name == name);
            if is_known {
                continue;
            }
            let Some(value) = variables.of_run(run, &name, diagnostics) else { continue };
            found.push(Variable {
                name,
                ty: Type::Dynamic,
                has_type: false,
                type_defaults: None,
                default: Some(value),
                description: None,
                sensitive: false,
                ephemeral: false,
                nullable: true,
                deprecated: None,
                validations: Vec::new(),
                span,
            });
        }
    }
    found
}

fn errors(diagnostics: &Diagnostics) -> usize {
    diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count()
}

/// Name and alias of a provider configuration.
type Key = (Arc<str>, Option<Arc<str>>);

/// The provider configurations of a file that a run uses, by what the module calls them.
fn providers_of<'a>(
    file: &'a TestFile,
    run: &TestRun,
    diagnostics: &mut Diagnostics,
) -> Vec<(Key, &'a TestProvider)> {
    if run.providers.is_empty() {
        let all = file.providers.iter();
        return all.map(|one| ((one.block.name.clone(), one.block.alias.clone()), one)).collect();
    }
    let mut found = Vec::new();
    for PassedProvider { inside, outside, span, .. } in &run.providers {
        match file.provider(outside) {
            Some(provider) => found.push((inside.clone(), provider)),
            None => diagnostics.push(
                Diagnostic::error(
                    format!("Missing provider definition for {}", shown(outside)),
                    format!(
                        "This run asks for the provider configuration {}, and the test file has none of that name. Add a \
                         provider or mock_provider block for it.",
                        shown(outside)
                    ),
                )
                .at(*span),
            ),
        }
    }
    found
}

fn shown((name, alias): &Key) -> String {
    match alias {
        Some(alias) => format!("{name}.{alias}"),
        None => name.to_string(),
    }
}

/// A provider configuration as the module gets it; `None` where the module has no use for it.
fn configuration(
    config: &Config,
    key: Key,
    provider: &TestProvider,
    variables: &Variables<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<(ProviderBlock, Option<Mock>)> {
    let address = config.root().provider_address(&key.0);
    if !config.required_providers().contains_key(&address) {
        return None;
    }
    let address = ProviderConfigAddress::new(ConfigModule::root(), address, key.1.clone());
    let mut block = ProviderBlock { name: key.0, alias: key.1, address, ..provider.block.clone() };
    let mock = match &provider.mock {
        Some(mock) => Some(mocked(mock, variables, diagnostics)),
        None => {
            let expressions = block.body.expressions();
            block.locals =
                variables.locals(expressions.into_iter().map(|one| &**one), Level::Run, diagnostics)?;
            None
        }
    };
    Some((block, mock))
}

fn mocked(mock: &MockProvider, variables: &Variables<'_>, diagnostics: &mut Diagnostics) -> Mock {
    let table = |table: &BTreeMap<Arc<str>, MockDefaults>, diagnostics: &mut Diagnostics| {
        let said = table.iter().map(|(kind, defaults)| {
            let values = values(defaults.defaults.as_ref(), "defaults", variables, diagnostics);
            (kind.clone(), Said { values, during_plan: defaults.during_plan })
        });
        said.collect::<BTreeMap<Arc<str>, Said>>()
    };
    Mock {
        resources: table(&mock.resources, diagnostics),
        data: table(&mock.data, diagnostics),
        overrides: objects(&mock.overrides, variables, diagnostics),
    }
}

/// Overrides of single objects with their values.
fn objects(
    overrides: &[Override],
    variables: &Variables<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<(OverrideTarget, Said)> {
    let objects = overrides.iter().filter(|one| one.target.resource.is_some());
    objects
        .map(|one| {
            let values = values(one.values.as_ref(), "values", variables, diagnostics);
            (one.target.clone(), Said { values, during_plan: one.during_plan })
        })
        .collect()
}

/// Overrides of modules, the run's before the file's.
fn modules(
    levels: &[&[Override]],
    variables: &Variables<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<(OverrideTarget, Option<Value>)> {
    let mut found: Vec<(OverrideTarget, Option<Value>)> = Vec::new();
    for one in levels.iter().flat_map(|level| level.iter()).filter(|one| one.target.resource.is_none()) {
        let values = values(one.values.as_ref(), "outputs", variables, diagnostics);
        if found.iter().all(|(known, _)| *known != one.target) {
            found.push((one.target.clone(), values));
        }
    }
    found
}

/// The values that a mock or an override says; they must be an object.
fn values(
    expression: Option<&Arc<Expression>>,
    argument: &str,
    variables: &Variables<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Value> {
    let expression = expression?;
    let value = diagnostics.take(evaluate(expression, &[], variables.environment))?;
    if matches!(value.ty(), Type::Object(_) | Type::Map(_)) && !value.is_null() {
        return Some(value);
    }
    diagnostics.push(
        Diagnostic::error(
            format!("Invalid {argument} attribute"),
            format!("The argument {argument} must be an object, with an attribute for each value."),
        )
        .at(expression.span()),
    );
    None
}

/// Warns of overrides of what none of some configurations declares.
pub(crate) fn check_targets(configs: &[&Config], overrides: &[Override]) -> Diagnostics {
    let is_declared = |config: &Config, one: &Override| {
        let module = config.find(&one.target.module());
        match &one.target.resource {
            None => module.is_some(),
            Some((resource, _)) => module.is_some_and(|module| module.resources.contains_key(resource)),
        }
    };
    let missing = overrides.iter().filter(|one| !configs.iter().any(|config| is_declared(config, one)));
    missing
        .map(|one| {
            let known = configs.iter().filter_map(|config| config.find(&one.target.module()));
            let known: Vec<String> =
                known.flat_map(|module| module.resources.keys().map(ToString::to_string)).collect();
            let name = one.target.resource.as_ref().map(|(resource, _)| resource.to_string());
            let hint = name.map(|name| did_you_mean(&name, known.iter().map(String::as_str)));
            Diagnostic::warning(
                "Invalid override target",
                format!(
                    "The override is for an object that the configuration does not declare, so it has no effect.{}",
                    hint.unwrap_or_default()
                ),
            )
            .at(one.target_span)
        })
        .collect()
}

/// Puts what a test says into the place of a module, or of single instances of it.
fn replace(config: &mut Config, target: &OverrideTarget, values: Option<Value>) {
    let path = target.module();
    // Where there is nothing to choose from, nothing of the module needs to be looked at.
    if target.modules.len() == 1 && target.keys() == 0 {
        replace_module(config, &path, values.as_ref());
        return;
    }
    let (caller, key) = (target.around(), target.modules.last().and_then(|(_, key)| key.clone()));
    if let Some(id) = config.by_path.get(&path) {
        config.modules[id.0 as usize].replaced.push(ReplacedInstance { caller, key, outputs: values });
    }
}

/// Leaves of a module nothing but outputs with the values that the test says.
fn replace_module(config: &mut Config, path: &ConfigModule, values: Option<&Value>) {
    for module in config.modules.iter_mut().filter(|module| module.path.0.starts_with(&path.0)) {
        let is_itself = module.path == *path;
        empty(module);
        for output in Arc::make_mut(&mut module.outputs).values_mut() {
            let value = values.and_then(|values| values.part(&output.name)).filter(|_| is_itself);
            stand_for(output, value);
        }
    }
}

fn empty(module: &mut Module) {
    module.resources.clear();
    module.calls.clear();
    module.providers.clear();
    module.locals = Arc::default();
    module.checks = Arc::default();
    module.moved.clear();
    module.removed.clear();
    module.settings.provider_meta.clear();
    // Their conditions may be about what is gone.
    for variable in Arc::make_mut(&mut module.variables).values_mut() {
        variable.validations.clear();
    }
}

fn stand_for(output: &mut Output, value: Option<&Value>) {
    let null = Value::null(Type::Dynamic);
    let syntax = literal::expression(value.unwrap_or(&null), output.span);
    output.value = Arc::new(Expression::compile_quietly(&syntax, &[]));
    output.preconditions.clear();
    output.depends_on.clear();
}
