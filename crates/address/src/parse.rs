//! Reads addresses of modules, resources, instances and outputs.
//!
//! Responsible for the inverse of how they are displayed, and for saying what is wrong with a text
//! that is none of them.

use std::str::FromStr;
use std::sync::Arc;

use crate::scan::Steps;
use crate::{
    AbsResource, AbsResourceInstance, AddressError, ConfigModule, ConfigResource, InstanceKey, Mode,
    ModuleInstance, ModuleStep, OutputAddress, Resource,
};

/// Names that mean something else where an address begins, so that no resource type of such a name
/// can stand there without `resource.` before it.
pub const RESERVED: [&str; 10] =
    ["arg", "count", "each", "lazy", "local", "path", "self", "template", "terraform", "var"];

impl ConfigModule {
    /// Reads `module.a.module.b`; the empty text is the root module.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let module = ModuleInstance::parse(text)?;
        if module.0.iter().any(|step| step.key != InstanceKey::None) {
            let at = text.find('[').unwrap_or(text.len());
            return Err(AddressError::new(at, "A module without instance keys is required here."));
        }
        Ok(module.config())
    }
}

impl ModuleInstance {
    /// Reads `module.a[0].module.b`; the empty text is the root module.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.is_empty() {
            return Ok(ModuleInstance::root());
        }
        let invalid = |error: AddressError| error.summary("Invalid module instance address");
        let mut steps = Steps::scan(text).map_err(invalid)?;
        let module = module_prefix(&mut steps).map_err(invalid)?;
        if module.is_root() {
            return Err(invalid(AddressError::new(
                0,
                "A module instance address must begin with \"module.\".",
            )));
        }
        if !steps.is_at_end() {
            let message = "The module instance address is followed by additional invalid content.";
            return Err(invalid(AddressError::new(steps.position(), message)));
        }
        Ok(module)
    }
}

impl ConfigResource {
    /// Reads `module.a.data.aws_ami.ubuntu`, without any instance keys.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let resource = AbsResource::parse(text)?;
        if resource.module.0.iter().any(|step| step.key != InstanceKey::None) {
            let at = text.find('[').unwrap_or(text.len());
            return Err(AddressError::new(at, "A module without instance keys is required here.")
                .hint(format!("The resource in all instances of the module is {}.", resource.config())));
        }
        Ok(resource.config())
    }
}

impl AbsResource {
    /// Reads `module.a[0].aws_instance.web`, without a key of the resource's instances.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let mut steps = Steps::scan(text)?;
        let module = module_prefix(&mut steps)?;
        let resource = resource(&mut steps)?;
        let at = steps.position();
        if steps.key() != InstanceKey::None {
            let message = "A resource address is required. This instance key identifies a specific resource instance, which is not expected here.";
            let hint = format!("The whole resource is {}.", resource.in_module(module));
            return Err(AddressError::new(at, message).hint(hint));
        }
        end(&steps)?;
        Ok(resource.in_module(module))
    }
}

impl AbsResourceInstance {
    /// Reads `module.a[0].aws_instance.web["x"]`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let mut steps = Steps::scan(text)?;
        let module = module_prefix(&mut steps)?;
        instance(&mut steps, module)
    }
}

impl OutputAddress {
    /// Reads `module.a.output.id` or `output.id`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let mut steps = Steps::scan(text)?;
        let module = module_prefix(&mut steps)?;
        if !steps.keyword("output") {
            return Err(AddressError::new(steps.position(), "An output address is required here.")
                .hint("Output addresses look like output.id or module.network.output.id."));
        }
        let at = steps.position();
        let name = steps.name().ok_or_else(|| AddressError::new(at, "An output name is required."))?;
        end(&steps)?;
        Ok(OutputAddress { module, name })
    }
}

/// The modules at the beginning of an address; none of them is the root.
pub(crate) fn module_prefix(steps: &mut Steps) -> Result<ModuleInstance, AddressError> {
    let mut path = Vec::new();
    while steps.keyword("module") {
        let at = steps.position();
        let Some(name) = steps.name() else {
            return Err(AddressError::new(at, "Prefix \"module.\" must be followed by a module name."));
        };
        path.push(ModuleStep { name, key: steps.key() });
    }
    Ok(ModuleInstance(path.into()))
}

/// An instance of a resource behind its module.
pub(crate) fn instance(
    steps: &mut Steps,
    module: ModuleInstance,
) -> Result<AbsResourceInstance, AddressError> {
    let resource = resource(steps)?;
    if steps.peek_name().is_some() {
        return Err(AddressError::new(
            steps.position(),
            "Resource instance key must be given in square brackets.",
        ));
    }
    let key = steps.key();
    end(steps)?;
    Ok(AbsResourceInstance { module, resource, key })
}

fn resource(steps: &mut Steps) -> Result<Resource, AddressError> {
    let start = steps.position();
    if steps.is_at_end() {
        return Err(AddressError::new(
            start,
            "A resource address is required here. The module path must be followed by a resource specification.",
        ));
    }
    let mode = match steps.peek_name().map(|name| &**name) {
        Some("data") => Some(Mode::Data),
        Some("ephemeral") => Some(Mode::Ephemeral),
        Some("resource") => Some(Mode::Managed),
        _ => None,
    };
    if mode.is_some() {
        steps.name();
    }
    if let (None, Some(reserved)) = (mode, reserved_name(steps)) {
        return Err(AddressError::new(
            start,
            format!("The keyword \"{reserved}\" is reserved and cannot be used to target a resource address."),
        )
        .hint("If you are targeting a resource type that uses a reserved keyword, please prefix your address with \"resource.\"."));
    }
    let mode = mode.unwrap_or(Mode::Managed);
    let kind_at = steps.position();
    let kind = steps.name();
    let name_at = steps.position();
    match (kind, steps.name()) {
        (Some(kind), Some(name)) => Ok(Resource { mode, kind, name }),
        (None, _) if kind_at < steps.end() => {
            Err(AddressError::new(kind_at, format!("A {} is required.", type_noun(mode))))
        }
        (Some(_), None) if name_at < steps.end() => {
            Err(AddressError::new(name_at, "A resource name is required.")
                .hint("The name follows the type behind a dot, as in aws_instance.web."))
        }
        _ => Err(AddressError::new(
            steps.end(),
            "Resource specification must include a resource type and name.",
        )
        .hint("Resource addresses look like aws_instance.web or data.aws_ami.ubuntu.")),
    }
}

fn type_noun(mode: Mode) -> &'static str {
    match mode {
        Mode::Managed => "resource type name",
        Mode::Data => "data source name",
        Mode::Ephemeral => "ephemeral resource name",
    }
}

fn reserved_name(steps: &Steps) -> Option<Arc<str>> {
    steps.peek_name().filter(|name| RESERVED.contains(&&***name)).cloned()
}

pub(crate) fn end(steps: &Steps) -> Result<(), AddressError> {
    if steps.is_at_end() {
        return Ok(());
    }
    Err(AddressError::new(steps.position(), "Unexpected extra operators after address."))
}

macro_rules! from_str {
    ($($kind:ty),*) => {$(
        impl FromStr for $kind {
            type Err = AddressError;

            fn from_str(text: &str) -> Result<Self, AddressError> {
                Self::parse(text)
            }
        }
    )*};
}

from_str!(
    ConfigModule,
    ModuleInstance,
    ConfigResource,
    AbsResource,
    AbsResourceInstance,
    OutputAddress,
    crate::ProviderAddress,
    crate::ProviderConfigAddress,
    crate::Target
);
