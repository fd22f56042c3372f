//! `resource`, `data` and `ephemeral` blocks.

use std::sync::Arc;

use plumb_address::{ConfigModule, Mode, ProviderAddress, ProviderConfigAddress, Resource};
use plumb_diagnostics::{Diagnostic, Diagnostics, did_you_mean};
use plumb_expression::{Expression, Subject};
use plumb_source::Span;
use plumb_syntax::ast::{self, Block, ExprKind, Step};
use plumb_value::{Path, Type, Value};

use crate::blocks::compile_body;
use crate::body::Body;
use crate::config::{CheckRule, IgnoreChanges, Lifecycle, PreventDestroy, Provisioner, ResourceBlock};
use crate::reader::{
    Reader, check_name, compile, constant_of, elements, keyword, literal_text, provider_instance,
    quoted_reference, refuse_labels,
};
use crate::repetition::repetition;
use crate::values::{depends_on, rules};
use crate::walk::{first_call, first_variable};

const OWN_ATTRIBUTES: [&str; 4] = ["count", "for_each", "provider", "depends_on"];
const OWN_BLOCKS: [&str; 5] = ["lifecycle", "connection", "provisioner", "locals", "_"];

pub(crate) fn read_resource(
    block: &Block,
    mode: Mode,
    diagnostics: &mut Diagnostics,
) -> Option<ResourceBlock> {
    let what = match mode {
        Mode::Managed => "resource",
        Mode::Data => "data",
        Mode::Ephemeral => "ephemeral",
    };
    let [kind, name] = &block.labels[..] else {
        let (summary, place) = match block.labels.len() {
            0 => (format!("Missing type for {what}"), block.header),
            1 => (format!("Missing name for {what}"), block.header),
            _ => (format!("Extraneous label for {what}"), block.labels[2].span),
        };
        diagnostics.push(
            Diagnostic::error(summary, format!("All {what} blocks must have 2 labels (type, name)."))
                .at(place),
        );
        return None;
    };
    check_name(&kind.text, kind.span, &format!("{what} type"), diagnostics);
    let name_of = if mode == Mode::Managed { "resource".to_owned() } else { format!("{what} resource") };
    check_name(&name.text, name.span, &name_of, diagnostics);
    let own = own_part(&block.body);
    let mut reader = Reader::new(&own);
    let provider = reader.attribute("provider").and_then(|attribute| {
        let ((name, alias), key) = provider_instance(&attribute.value, diagnostics)?;
        Some(((name, alias, attribute.value.span), key))
    });
    let (provider, provider_key) = provider.map_or((None, None), |(named, key)| (Some(named), key));
    let dependencies = depends_on(&mut reader, diagnostics);
    let lifecycle = reader.single_block("lifecycle", diagnostics);
    let enabled = lifecycle.and_then(|block| block.body.attribute("enabled"));
    let objects = if mode == Mode::Data { "data sources" } else { "resources" };
    let repetition = repetition(&mut reader, enabled, objects, diagnostics);
    let lifecycle =
        lifecycle.map_or_else(Lifecycle::default, |block| read_lifecycle(block, mode, diagnostics));
    let connection = reader.single_block("connection", diagnostics);
    let provisioned = reader.blocks("provisioner");
    if mode != Mode::Managed {
        for extra in connection.iter().chain(&provisioned) {
            diagnostics.push(
                Diagnostic::error(
                    "Unsupported block type",
                    format!(
                        "Blocks of type \"{}\" are not expected here: only managed resources have them.",
                        extra.kind.text
                    ),
                )
                .at(extra.header),
            );
        }
    }
    let connection = connection.map(|block| read_connection(block, diagnostics));
    let provisioners: Vec<Provisioner> =
        provisioned.into_iter().filter_map(|block| read_provisioner(block, diagnostics)).collect();
    if provisioners.iter().any(|provisioner| provisioner.when_destroy)
        && let Some(connection) = &connection
    {
        only_own_references(connection, diagnostics);
    }
    for locals in reader.blocks("locals") {
        diagnostics.push(reserved_block(what, locals));
    }
    let mut body = compile_body(&block.body, &OWN_ATTRIBUTES, &OWN_BLOCKS, &[], diagnostics);
    // Arguments whose names the language takes can be given to the provider in a block named `_`.
    let escapes = reader.blocks("_");
    for extra in escapes.iter().skip(1) {
        diagnostics.push(
            Diagnostic::error(
                "Duplicate escaping block",
                "The special block type \"_\" can be used to force particular arguments to be given to the provider, and \
                 may be there only once.",
            )
            .at(extra.header)
            .note(escapes[0].header, "the first one"),
        );
    }
    for escape in escapes {
        let inner = compile_body(&escape.body, &[], &[], &[], diagnostics);
        body.absorb(inner);
    }
    let resource = Resource { mode, kind: kind.text.clone(), name: name.text.clone() };
    for (kind, rules) in
        [("precondition", &lifecycle.preconditions), ("postcondition", &lifecycle.postconditions)]
    {
        refuse_own_name(kind, &resource, rules, diagnostics);
    }
    Some(ResourceBlock {
        provider_config: ProviderConfigAddress::new(
            ConfigModule::root(),
            ProviderAddress::implied(resource.implied_provider()),
            None,
        ),
        resource,
        repetition,
        provider,
        provider_key,
        provider_instance: None,
        depends_on: dependencies,
        lifecycle,
        body: Arc::new(body),
        provisioners,
        connection,
        header: block.header,
        span: block.span,
    })
}

/// What to say of a block whose name is kept free.
pub(crate) fn reserved_block(what: &str, block: &Block) -> Diagnostic {
    Diagnostic::error(
        format!("Reserved block type name in {what} block"),
        format!(
            "The block type name \"{}\" is reserved for use by the language in a future version.",
            block.kind.text
        ),
    )
    .at(block.header)
}

/// Conditions know their own object as `self`, and a precondition not even that.
fn refuse_own_name(kind: &str, own: &Resource, rules: &[CheckRule], diagnostics: &mut Diagnostics) {
    for expression in rules.iter().flat_map(|rule| [&rule.condition, &rule.error_message]) {
        for reference in expression.all_references() {
            if !matches!(&reference.subject, Subject::Resource(resource, _) if resource == own) {
                continue;
            }
            let advice = if kind == "postcondition" { " Write self instead." } else { "" };
            diagnostics.push(
                Diagnostic::error(
                    format!("Invalid reference in {kind}"),
                    format!("Configuration for {own} may not refer to itself.{advice}"),
                )
                .at(reference.span),
            );
        }
    }
}

/// The arguments and blocks that the language itself takes.
fn own_part(body: &ast::Body) -> ast::Body {
    ast::Body {
        attributes: body
            .attributes
            .iter()
            .filter(|attribute| OWN_ATTRIBUTES.contains(&&*attribute.name.text))
            .cloned()
            .collect(),
        blocks: body.blocks.iter().filter(|block| OWN_BLOCKS.contains(&&*block.kind.text)).cloned().collect(),
        ..ast::Body::empty(body.span)
    }
}

fn read_lifecycle(block: &Block, mode: Mode, diagnostics: &mut Diagnostics) -> Lifecycle {
    const MANAGED: [&str; 4] =
        ["create_before_destroy", "prevent_destroy", "ignore_changes", "replace_triggered_by"];
    let mut reader = Reader::of(block, diagnostics);
    let mut lifecycle = Lifecycle::default();
    // It says how often the object is there, and is read with what else says so.
    reader.attribute("enabled");
    if mode == Mode::Managed {
        lifecycle.create_before_destroy = reader.flag("create_before_destroy", diagnostics);
        lifecycle.prevent_destroy =
            reader.attribute("prevent_destroy").and_then(|attribute| prevent_destroy(attribute, diagnostics));
        if let Some(attribute) = reader.attribute("ignore_changes") {
            lifecycle.ignore_changes = ignore_changes(attribute, diagnostics);
        }
        if let Some(attribute) = reader.attribute("replace_triggered_by") {
            lifecycle.replace_triggered_by = triggers(attribute, diagnostics);
        }
    } else {
        let what = if mode == Mode::Data { "data" } else { "ephemeral" };
        for attribute in MANAGED.iter().filter_map(|name| reader.attribute(name)) {
            diagnostics.push(
                Diagnostic::error(
                    format!("Invalid {what} resource lifecycle argument"),
                    format!(
                        "The lifecycle argument \"{}\" is defined only for managed resources (\"resource\" blocks), and is \
                         not valid for {what} resources.",
                        attribute.name.text
                    ),
                )
                .at(attribute.name.span),
            );
        }
    }
    lifecycle.preconditions = rules(&reader.blocks("precondition"), diagnostics);
    lifecycle.postconditions = rules(&reader.blocks("postcondition"), diagnostics);
    reader.finish(diagnostics);
    lifecycle
}

/// An argument that may refer to what is in the module. What is constant is checked here.
fn prevent_destroy(attribute: &ast::Attribute, diagnostics: &mut Diagnostics) -> Option<PreventDestroy> {
    let value = compile(&attribute.value, &[]);
    let depends = first_variable(&attribute.value).is_some() || first_call(&attribute.value).is_some();
    if !depends && constant_of(attribute, &Type::Bool, diagnostics).is_none() {
        return None;
    }
    for reference in value.all_references() {
        if matches!(reference.subject, Subject::EachKey | Subject::EachValue | Subject::CountIndex) {
            diagnostics.push(
                Diagnostic::error(
                    "Invalid reference in prevent_destroy",
                    format!(
                        "A prevent_destroy argument cannot refer to {}: it is evaluated for instances too that are gone \
                         from the configuration, and with them what the key stood for. It holds for all instances alike.",
                        reference.text
                    ),
                )
                .at(reference.span),
            );
            return None;
        }
    }
    Some(PreventDestroy { value, span: attribute.span })
}

fn triggers(attribute: &ast::Attribute, diagnostics: &mut Diagnostics) -> Vec<Arc<Expression>> {
    let mut triggers = Vec::new();
    for element in elements(attribute, diagnostics) {
        if matches!(element.kind, ExprKind::Invalid) {
            continue;
        }
        let (compiled, problems) = Expression::compile(element, &[]);
        let is_broken = problems.has_errors();
        diagnostics.append(problems);
        if is_broken {
            continue;
        }
        let problems = trigger_problems(&compiled);
        if problems.has_errors() {
            diagnostics.append(problems.or_at(element.span));
            continue;
        }
        triggers.push(Arc::new(compiled));
    }
    triggers
}

const TRIGGER: &str = "Invalid replace_triggered_by expression";

/// A trigger names one resource; in an index, its own instance's key may be used beside it.
fn trigger_problems(trigger: &Expression) -> Diagnostics {
    let mut problems = Diagnostics::new();
    let mut resources = 0;
    for reference in trigger.all_references() {
        match &reference.subject {
            Subject::Resource(resource, _) => {
                resources += 1;
                // Of a data source it is the plan that finds no change.
                if resource.mode == Mode::Ephemeral {
                    problems.push(Diagnostic::error(
                        TRIGGER,
                        format!(
                            "{resource} is there for one run only, so it never changes by a plan. Put what it is made \
                             of into a terraform_data resource and name that."
                        ),
                    ));
                }
            }
            Subject::EachKey | Subject::CountIndex => {}
            _ => problems.push(Diagnostic::error(
                "Invalid reference in replace_triggered_by expression",
                format!(
                    "Only resources, count.index, and each.key may be used in replace_triggered_by, and {} is none of \
                     these. To follow any other value, put it into a terraform_data resource and name that.",
                    reference.text
                ),
            )),
        }
    }
    let why = match resources {
        0 => "Missing resource reference in replace_triggered_by expression.",
        1 => return problems,
        _ => "Multiple resource references in replace_triggered_by expression. Make an element of each.",
    };
    problems.push(Diagnostic::error(TRIGGER, why));
    problems
}

fn ignore_changes(attribute: &ast::Attribute, diagnostics: &mut Diagnostics) -> IgnoreChanges {
    let all = keyword(&attribute.value).is_some_and(|word| &**word == "all")
        || literal_text(&attribute.value).is_some_and(|text| &*text == "all");
    if all {
        return IgnoreChanges::All;
    }
    let mut paths = Vec::new();
    for element in elements(attribute, diagnostics) {
        match literal_text(element) {
            Some(text) if &*text == "*" => {
                diagnostics.push(
                    Diagnostic::error(
                        "Invalid ignore_changes wildcard",
                        "The [\"*\"] form of ignore_changes was deprecated and is now invalid. Use \
                         \"ignore_changes = all\" to ignore changes to all attributes.",
                    )
                    .at(element.span),
                );
            }
            Some(text) => {
                diagnostics.push(quoted_reference(element.span));
                let (inner, problems) =
                    plumb_syntax::parse_expression_at(&text, element.span.file, element.span.start + 1);
                diagnostics.append(problems);
                paths.extend(ignored_path(&inner, diagnostics).map(|path| (path, element.span)));
            }
            None => paths.extend(ignored_path(element, diagnostics).map(|path| (path, element.span))),
        }
    }
    IgnoreChanges::Paths(paths)
}

fn ignored_path(expression: &ast::Expr, diagnostics: &mut Diagnostics) -> Option<Path> {
    let path = traversal_path(expression);
    if path.is_none() && !matches!(expression.kind, ExprKind::Invalid) {
        diagnostics.push(
            Diagnostic::error(
                "Invalid expression",
                "Each element must be the name of an argument, perhaps followed by attribute names and constant keys, \
                 such as tags[\"Name\"].",
            )
            .at(expression.span),
        );
    }
    path
}

/// A traversal with constant keys, as the path from an object to a part of it.
fn traversal_path(expression: &ast::Expr) -> Option<Path> {
    if let ExprKind::Variable(name) = &expression.kind {
        return Some(Path::root().attribute(name.text.clone()));
    }
    let ExprKind::Traverse { base, steps } = &expression.kind else { return None };
    let ExprKind::Variable(first) = &base.kind else { return None };
    let mut path = Path::root().attribute(first.text.clone());
    for step in steps {
        path = match step {
            Step::Attribute { name, .. } => path.attribute(name.text.clone()),
            Step::Index { key, .. } => path.index(crate::reader::constant(key).0?),
            Step::LegacyIndex { number, .. } => path.index(Value::number(number.parse::<i64>().ok()?)),
            Step::AttributeSplat { .. } | Step::FullSplat { .. } => return None,
        };
    }
    Some(path)
}

fn read_connection(block: &Block, diagnostics: &mut Diagnostics) -> Body {
    refuse_labels(block, diagnostics);
    compile_body(&block.body, &[], &[], &[], diagnostics)
}

pub(crate) fn read_provisioner(block: &Block, diagnostics: &mut Diagnostics) -> Option<Provisioner> {
    const OWN: [&str; 2] = ["when", "on_failure"];
    const OWN_BLOCKS: [&str; 4] = ["connection", "lifecycle", "locals", "_"];
    let [kind] = &block.labels[..] else {
        let (summary, place) = match block.labels.get(1) {
            None => ("Missing type for provisioner", block.header),
            Some(extra) => ("Extraneous label for provisioner", extra.span),
        };
        diagnostics
            .push(Diagnostic::error(summary, "All provisioner blocks must have 1 label (type).").at(place));
        return None;
    };
    check_provisioner_type(&kind.text, kind.span, diagnostics);
    let own = ast::Body {
        blocks: block
            .body
            .blocks
            .iter()
            .filter(|block| OWN_BLOCKS.contains(&&*block.kind.text))
            .cloned()
            .collect(),
        ..ast::Body::empty(block.body.span)
    };
    let mut reader = Reader::new(&own);
    for reserved in reader.blocks("lifecycle").into_iter().chain(reader.blocks("locals")) {
        diagnostics.push(reserved_block("provisioner", reserved));
    }
    let connection = reader.single_block("connection", diagnostics);
    let mut body = compile_body(&block.body, &OWN, &OWN_BLOCKS, &[], diagnostics);
    for escape in reader.blocks("_") {
        let inner = compile_body(&escape.body, &[], &[], &[], diagnostics);
        body.absorb(inner);
    }
    let when = block.body.attribute("when");
    let on_failure = block.body.attribute("on_failure");
    let provisioner = Provisioner {
        kind: kind.text.clone(),
        when_destroy: when
            .is_some_and(|attribute| second_word(attribute, ["create", "destroy"], diagnostics)),
        continue_on_failure: on_failure
            .is_some_and(|attribute| second_word(attribute, ["fail", "continue"], diagnostics)),
        connection: connection.map(|block| read_connection(block, diagnostics)),
        body,
        span: block.header,
    };
    if provisioner.when_destroy {
        for body in [&provisioner.body].into_iter().chain(&provisioner.connection) {
            only_own_references(body, diagnostics);
        }
    }
    Some(provisioner)
}

/// Whether an argument is the second of two keywords.
fn second_word(attribute: &ast::Attribute, allowed: [&str; 2], diagnostics: &mut Diagnostics) -> bool {
    let name = &attribute.name.text;
    let quoted = literal_text(&attribute.value);
    if quoted.is_some() {
        diagnostics.push(
            Diagnostic::warning(
                "Quoted keywords are deprecated",
                "In this context, keywords are expected literally rather than in quotes. Remove the quotes.",
            )
            .at(attribute.value.span),
        );
    }
    let text = keyword(&attribute.value).cloned().or(quoted);
    match text.as_deref() {
        Some(text) if text == allowed[0] => false,
        Some(text) if text == allowed[1] => true,
        _ => {
            diagnostics.push(
                Diagnostic::error(
                    format!("Invalid \"{name}\" keyword"),
                    format!(
                        "The \"{name}\" argument requires one of the following keywords: {} or {}.",
                        allowed[0], allowed[1]
                    ),
                )
                .at(attribute.value.span),
            );
            false
        }
    }
}

fn check_provisioner_type(kind: &str, span: Span, diagnostics: &mut Diagnostics) {
    const KNOWN: [&str; 3] = ["file", "local-exec", "remote-exec"];
    const REMOVED: [&str; 4] = ["chef", "habitat", "puppet", "salt-masterless"];
    if KNOWN.contains(&kind) {
        return;
    }
    let diagnostic = if REMOVED.contains(&kind) {
        Diagnostic::error(
            format!("The \"{kind}\" provisioner has been removed"),
            format!(
                "The \"{kind}\" provisioner was deprecated in Terraform 0.13.4 and removed in 0.15.0. Run its program with \
                 a \"remote-exec\" or \"local-exec\" provisioner, or put the software into the machine's image."
            ),
        )
    } else {
        Diagnostic::error(
            "Missing required provisioner plugin",
            format!("There is no provisioner of type \"{kind}\".{}", did_you_mean(kind, KNOWN)),
        )
    };
    diagnostics.push(diagnostic.at(span));
}

/// While destroying nothing else is certain to be there.
fn only_own_references(body: &Body, diagnostics: &mut Diagnostics) {
    for expression in body.expressions() {
        for reference in expression.all_references() {
            if matches!(
                reference.subject,
                Subject::SelfObject
                    | Subject::EachKey
                    | Subject::CountIndex
                    | Subject::Path(_)
                    | Subject::Workspace
                    | Subject::Applying
            ) {
                continue;
            }
            diagnostics.push(
                Diagnostic::error(
                    "Invalid reference from destroy provisioner",
                    "Destroy-time provisioners and their connection configurations may only reference attributes of the \
                     related resource, via 'self', 'count.index', or 'each.key'.\n\nReferences to other resources during \
                     the destroy phase can cause dependency cycles and interact poorly with create_before_destroy.",
                )
                .at(reference.span),
            );
        }
    }
}
