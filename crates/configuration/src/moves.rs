//! `moved`, `removed`, `import` and `check` blocks.

use std::sync::Arc;

use plumb_address::{AbsResource, InstanceKey, Mode, ModuleInstance, RESERVED_NAMES, Resource};
use plumb_diagnostics::{Diagnostic, Diagnostics};
use plumb_syntax::ast::{Block, Expr, ExprKind, Step};

use crate::blocks::compile_body;
use crate::config::{
    Check, Import, ImportBy, ImportProvider, ImportTarget, MoveEndpoint, Moved, Removed, ResourceBlock,
};
use crate::reader::{Reader, compile, constant, is_plain_reference, not_a_reference, provider_instance};
use crate::resource::read_provisioner;
use crate::values::{only_label, rules};

/// The steps of an address, keys that are no constants kept as expressions.
struct Address<'a> {
    modules: Vec<(Arc<str>, Option<InstanceKey>)>,
    resource: Option<Resource>,
    key: Option<&'a Expr>,
}

/// Reads an address out of an expression such as `module.a["x"].aws_instance.web[each.key]`.
fn read_address(expression: &Expr) -> Option<Address<'_>> {
    let ExprKind::Traverse { base, steps } = &expression.kind else { return None };
    let ExprKind::Variable(first) = &base.kind else { return None };
    // A leading word stands like an attribute step behind nothing.
    let mut words: Vec<Piece<'_>> = vec![Piece::Word(first.text.clone())];
    for step in steps {
        words.push(match step {
            Step::Attribute { name, .. } => Piece::Word(name.text.clone()),
            Step::Index { key, .. } => Piece::Key(key),
            Step::LegacyIndex { .. } | Step::AttributeSplat { .. } | Step::FullSplat { .. } => return None,
        });
    }
    let mut address = Address { modules: Vec::new(), resource: None, key: None };
    let mut rest = &words[..];
    while let [Piece::Word(word), Piece::Word(name), tail @ ..] = rest {
        if &**word != "module" {
            break;
        }
        rest = tail;
        let mut key = None;
        if let [Piece::Key(expression), tail @ ..] = rest {
            key = Some(InstanceKey::from_value(&constant(expression).0?)?);
            rest = tail;
        }
        address.modules.push((name.clone(), key));
    }
    let (mode, tail) = match rest {
        [] => return (!address.modules.is_empty()).then_some(address),
        [Piece::Word(word), tail @ ..] if &**word == "data" => (Mode::Data, tail),
        [Piece::Word(word), tail @ ..] if &**word == "resource" => (Mode::Managed, tail),
        [Piece::Word(word), ..] if RESERVED_NAMES.contains(&&**word) => return None,
        _ => (Mode::Managed, rest),
    };
    let [Piece::Word(kind), Piece::Word(name), tail @ ..] = tail else { return None };
    address.resource = Some(Resource { mode, kind: kind.clone(), name: name.clone() });
    match tail {
        [] => {}
        [Piece::Key(key)] => address.key = Some(key),
        _ => return None,
    }
    Some(address)
}

enum Piece<'a> {
    Word(Arc<str>),
    Key(&'a Expr),
}

/// Reads the address of a resource, an instance of one, or a module.
pub(crate) fn endpoint(expression: &Expr, diagnostics: &mut Diagnostics) -> Option<MoveEndpoint> {
    let read = read_address(expression).and_then(|address| {
        let key = match address.key {
            None => None,
            Some(key) => Some(InstanceKey::from_value(&constant(key).0?)?),
        };
        Some(MoveEndpoint {
            modules: address.modules,
            resource: address.resource.map(|resource| (resource, key)),
            span: expression.span,
        })
    });
    if read.is_none() && !matches!(expression.kind, ExprKind::Invalid) {
        diagnostics.push(if is_plain_reference(expression) {
            invalid_address(expression)
        } else {
            not_a_reference(expression)
        });
    }
    read
}

fn invalid_address(expression: &Expr) -> Diagnostic {
    let first = match &expression.kind {
        ExprKind::Traverse { base, .. } => match &base.kind {
            ExprKind::Variable(name) => Some(&name.text),
            _ => None,
        },
        _ => None,
    };
    if let Some(word) = first.filter(|word| RESERVED_NAMES.contains(&&***word)) {
        return Diagnostic::error(
            "Invalid address",
            format!(
                "\"{word}\" does not begin the address of a resource or module. For a resource type of that name write \
                 resource.{word}."
            ),
        )
        .at(expression.span);
    }
    Diagnostic::error(
        "Invalid address",
        "The address of a resource or module is required here, such as aws_instance.web, aws_instance.web[0] or \
         module.network.",
    )
    .at(expression.span)
}

fn required<'a>(
    reader: &mut Reader<'a>,
    name: &'static str,
    block: &Block,
    diagnostics: &mut Diagnostics,
) -> Option<&'a Expr> {
    let attribute = reader.attribute(name);
    if attribute.is_none() {
        diagnostics.push(
            Diagnostic::error(
                "Missing required argument",
                format!("The argument \"{name}\" is required, but no definition was found."),
            )
            .at(block.header),
        );
    }
    attribute.map(|attribute| &attribute.value)
}

pub(crate) fn read_moved(block: &Block, diagnostics: &mut Diagnostics) -> Option<Moved> {
    let mut reader = Reader::of(block, diagnostics);
    let from = required(&mut reader, "from", block, diagnostics);
    let to = required(&mut reader, "to", block, diagnostics);
    reader.finish(diagnostics);
    let (from, to) = (from?, to?);
    let (from, to) = (endpoint(from, diagnostics), endpoint(to, diagnostics));
    let (from, to) = (from?, to?);
    if from.resource.is_some() != to.resource.is_some() {
        diagnostics.push(
            Diagnostic::error(
                "Invalid \"moved\" addresses",
                "The \"from\" and \"to\" addresses must either both refer to resources or both refer to modules.",
            )
            .at(block.header),
        );
        return None;
    }
    Some(Moved { from, to, span: block.header })
}

pub(crate) fn read_removed(block: &Block, diagnostics: &mut Diagnostics) -> Option<Removed> {
    let mut reader = Reader::of(block, diagnostics);
    let from = required(&mut reader, "from", block, diagnostics);
    let mut destroy = true;
    if let Some(lifecycle) = reader.single_block("lifecycle", diagnostics) {
        let mut inner = Reader::of(lifecycle, diagnostics);
        destroy = inner.flag("destroy", diagnostics).unwrap_or(true);
        inner.finish(diagnostics);
    }
    let connection = reader
        .single_block("connection", diagnostics)
        .map(|block| compile_body(&block.body, &[], &[], &[], diagnostics));
    let mut provisioners = Vec::new();
    for block in reader.blocks("provisioner") {
        let Some(provisioner) = read_provisioner(block, diagnostics) else { continue };
        if !provisioner.when_destroy {
            diagnostics.push(
                Diagnostic::error(
                    "Invalid provisioner block",
                    "Only destroy-time provisioners are allowed in \"removed\" blocks. To declare one, write \
                     when = destroy in it.",
                )
                .at(block.header),
            );
        }
        provisioners.push(provisioner);
    }
    reader.finish(diagnostics);
    let from = endpoint(from?, diagnostics)?;
    let problem = if from.modules.iter().any(|(_, key)| key.is_some()) {
        Some((
            "Module instance keys not allowed",
            "Module address must be a module (e.g. \"module.foo\"), not a module \
             instance (e.g. \"module.foo[1]\"): a removed block is for all of its instances.",
        ))
    } else if from.resource.as_ref().is_some_and(|(_, key)| key.is_some()) {
        Some((
            "Resource instance keys not allowed",
            "Resource address must be a resource (e.g. \"test_instance.foo\"), not a \
             resource instance (e.g. \"test_instance.foo[1]\"): a removed block is for all of its instances.",
        ))
    } else if from.resource.as_ref().is_some_and(|(resource, _)| resource.mode != Mode::Managed) {
        Some((
            "Data source address not allowed",
            "Data sources are never destroyed, so they are not valid targets of removed \
             blocks. To remove the data source from state, remove its block.",
        ))
    } else {
        None
    };
    if let Some((summary, detail)) = problem {
        diagnostics.push(Diagnostic::error(summary, detail).at(from.span));
        return None;
    }
    Some(Removed { from, destroy, provisioners, connection, span: block.header })
}

pub(crate) fn read_import(block: &Block, diagnostics: &mut Diagnostics) -> Option<Import> {
    let mut reader = Reader::of(block, diagnostics);
    let to = required(&mut reader, "to", block, diagnostics);
    let by = import_by(&mut reader, block, diagnostics);
    let for_each = reader.expression("for_each");
    let provider = reader.attribute("provider").and_then(|attribute| {
        let ((name, alias), key) = provider_instance(&attribute.value, diagnostics)?;
        Some(ImportProvider { name, alias, key, span: attribute.value.span })
    });
    reader.finish(diagnostics);
    let to = import_target(to?, diagnostics)?;
    Some(Import { to, by: by?, for_each, provider, span: block.header })
}

/// Either an identifier or an identity.
fn import_by(reader: &mut Reader<'_>, block: &Block, diagnostics: &mut Diagnostics) -> Option<ImportBy> {
    let Some(identity) = reader.attribute("identity") else {
        return required(reader, "id", block, diagnostics).map(|id| ImportBy::Id(compile(id, &[])));
    };
    if let Some(id) = reader.attribute("id") {
        diagnostics.push(
            Diagnostic::error(
                "Invalid import block",
                "An object is imported by its id or by its identity, and this block has both. Remove one of them.",
            )
            .at(identity.name.span)
            .note(id.name.span, "the identifier"),
        );
        return None;
    }
    Some(ImportBy::Identity(compile(&identity.value, &[])))
}

fn import_target(expression: &Expr, diagnostics: &mut Diagnostics) -> Option<ImportTarget> {
    let address = read_address(expression)
        .filter(|address| address.resource.as_ref().is_some_and(|resource| resource.mode == Mode::Managed));
    let Some(Address { modules, resource: Some(resource), key }) = address else {
        diagnostics.push(
            Diagnostic::error(
                "Invalid import address",
                "Objects are imported into resource instances; name one, such as aws_instance.web or \
                 aws_instance.web[\"a\"].",
            )
            .at(expression.span),
        );
        return None;
    };
    let module = modules
        .into_iter()
        .fold(ModuleInstance::root(), |module, (name, key)| module.child(name, key.unwrap_or_default()));
    let resource = AbsResource { module, resource };
    let Some(key) = key else {
        return Some(ImportTarget::Static(resource.instance(InstanceKey::None), expression.span));
    };
    if let (Some(value), _) = constant(key)
        && let Some(key) = InstanceKey::from_value(&value)
    {
        return Some(ImportTarget::Static(resource.instance(key), expression.span));
    }
    Some(ImportTarget::Keyed(resource, compile(key, &[]), expression.span))
}

pub(crate) fn read_check(
    block: &Block,
    diagnostics: &mut Diagnostics,
) -> Option<(Check, Option<ResourceBlock>)> {
    let label = only_label(block, "check", diagnostics)?;
    let mut reader = Reader::new(&block.body);
    let sources = reader.blocks("data");
    for extra in sources.iter().skip(1) {
        diagnostics.push(
            Diagnostic::error(
                "Multiple data resource blocks",
                format!(
                    "This check block already has a data resource, and may have only one: {}.",
                    label.text
                ),
            )
            .at(extra.header)
            .note(sources[0].header, "the first one"),
        );
    }
    let data = sources.first().and_then(|block| read_check_data(block, diagnostics));
    let asserts_given = reader.blocks("assert").len();
    let asserts = rules(&reader.blocks("assert"), diagnostics);
    reader.finish(diagnostics);
    if asserts_given == 0 {
        diagnostics.push(
            Diagnostic::error(
                "Zero assert blocks",
                format!(
                    "The check \"{}\" must have at least one assert block: what it is that holds.",
                    label.text
                ),
            )
            .at(block.header),
        );
    }
    let check = Check {
        name: label.text.clone(),
        data: data.as_ref().map(|data| data.resource.clone()),
        asserts,
        span: block.header,
    };
    Some((check, data))
}

/// A data source of a check, which is there once.
fn read_check_data(block: &Block, diagnostics: &mut Diagnostics) -> Option<ResourceBlock> {
    for attribute in ["count", "for_each"].into_iter().filter_map(|name| block.body.attribute(name)) {
        let name = &attribute.name.text;
        diagnostics.push(
            Diagnostic::error(
                format!("Invalid \"{name}\" attribute"),
                format!(
                    "The \"count\" and \"for_each\" meta-arguments are not supported within nested data blocks. Move the \
                     data block out of the check block to use {name}."
                ),
            )
            .at(attribute.name.span),
        );
    }
    for lifecycle in block.body.blocks_of("lifecycle") {
        diagnostics.push(
            Diagnostic::error(
                "Invalid lifecycle block",
                "Nested data blocks do not support \"lifecycle\" blocks: the check's own assert blocks say what must hold.",
            )
            .at(lifecycle.header),
        );
    }
    let mut read = crate::resource::read_resource(block, Mode::Data, diagnostics)?;
    read.repetition = crate::config::Repetition::Single;
    Some(read)
}

#[cfg(test)]
mod tests {
    use plumb_source::FileId;

    use super::*;

    fn parse(text: &str) -> Option<MoveEndpoint> {
        let (expression, diagnostics) = plumb_syntax::parse_expression(text, FileId(0));
        assert!(!diagnostics.has_errors(), "{diagnostics:?}");
        endpoint(&expression, &mut Diagnostics::new())
    }

    #[test]
    fn endpoints_are_resources_or_modules() {
        let read = parse("module.a[\"x\"].module.b.data.aws_ami.web[0]").expect("an address");
        assert_eq!(read.modules.len(), 2);
        assert_eq!(read.modules[0].1, Some(InstanceKey::String("x".into())));
        let (resource, key) = read.resource.expect("a resource");
        assert_eq!(resource, Resource::data("aws_ami", "web"));
        assert_eq!(key, Some(InstanceKey::Int(0)));
        assert!(parse("module.a").expect("an address").resource.is_none());
        assert!(parse("aws_instance.web.id").is_none());
        assert!(parse("aws_instance.web[var.x]").is_none());
    }
}
