//! Schemas, with what each attribute does when a change is planned.
//!
//! Responsible for describing a kind of object once, in a form that planning works on without
//! looking names up, and from which the schema that others see follows.

use std::sync::{Arc, OnceLock};

use plumb_schema::{Attribute, Block, Schema};
use plumb_value::{Kind, ObjectType, Type, Value};

use super::{Check, Edit, Object, Problem};
use crate::world::World;

/// What the text or number in an attribute must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Any text.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// True or false.
    Flag,
    /// Texts by name.
    TextMap,
    /// Texts in order.
    TextList,
    /// A timestamp as of RFC 3339; two that differ only in how they write UTC are the same.
    Timestamp,
    /// File permissions in octal digits.
    Permission,
}

impl Form {
    fn ty(self) -> Type {
        match self {
            Form::Text | Form::Timestamp | Form::Permission => Type::String,
            Form::Integer => Type::Number,
            Form::Flag => Type::Bool,
            Form::TextMap => Type::map(Type::String),
            Form::TextList => Type::list(Type::String),
        }
    }
}

/// Whether a change of one attribute means replacement.
type ReplacesIf = fn(&Edit<'_>, &dyn World) -> Result<bool, Problem>;

/// What the planned value of one attribute becomes; `None` leaves it.
type Settles = fn(&Object) -> Result<Option<Value>, Problem>;

/// What an attribute does when a change is planned.
#[derive(Clone, Copy)]
pub(crate) enum Rule {
    /// A known prior value stays where the plan would be unknown.
    KeepsPrior,
    /// Any change means replacement.
    Replaces,
    /// A change means replacement if this says so.
    ReplacesIf(ReplacesIf),
    /// A change between configuration and prior map means replacement, except for keys that are
    /// null: older releases of these providers did not record those.
    ReplacesIfValuesNotNull,
    /// The value follows from the configuration as a whole.
    Settles(Settles),
}

/// One attribute.
pub(crate) struct Field {
    pub(super) name: &'static str,
    pub(super) form: Form,
    pub(super) required: bool,
    pub(super) optional: bool,
    pub(super) computed: bool,
    pub(super) sensitive: bool,
    pub(super) description: &'static str,
    pub(super) deprecated: Option<&'static str>,
    pub(super) default: Option<Value>,
    pub(super) rules: Vec<Rule>,
    pub(super) checks: Vec<Check>,
}

impl Field {
    fn new(name: &'static str, form: Form, description: &'static str) -> Field {
        Field {
            name,
            form,
            required: false,
            optional: false,
            computed: false,
            sensitive: false,
            description,
            deprecated: None,
            default: None,
            rules: Vec::new(),
            checks: Vec::new(),
        }
    }

    /// Must be set.
    pub(crate) fn required(name: &'static str, form: Form, description: &'static str) -> Field {
        Field { required: true, ..Field::new(name, form, description) }
    }

    /// May be set.
    pub(crate) fn optional(name: &'static str, form: Form, description: &'static str) -> Field {
        Field { optional: true, ..Field::new(name, form, description) }
    }

    /// Comes from the provider.
    pub(crate) fn computed(name: &'static str, form: Form, description: &'static str) -> Field {
        Field { computed: true, ..Field::new(name, form, description) }
    }

    /// May be set, and comes from the provider where it is not.
    pub(crate) fn optional_computed(name: &'static str, form: Form, description: &'static str) -> Field {
        Field { optional: true, computed: true, ..Field::new(name, form, description) }
    }

    /// Has this value where none is configured.
    pub(crate) fn with_default(
        name: &'static str,
        form: Form,
        default: Value,
        description: &'static str,
    ) -> Field {
        Field { default: Some(default), ..Field::optional_computed(name, form, description) }
    }

    /// Must not be shown.
    pub(crate) fn sensitive(self) -> Field {
        Field { sensitive: true, ..self }
    }

    /// Using it earns this warning.
    pub(crate) fn deprecated(self, message: &'static str) -> Field {
        Field { deprecated: Some(message), ..self }
    }

    /// Does this, after what it does already.
    pub(crate) fn rule(mut self, rule: Rule) -> Field {
        self.rules.push(rule);
        self
    }

    /// Any change means replacement.
    pub(crate) fn replaces(self) -> Field {
        self.rule(Rule::Replaces)
    }

    /// Keeps its prior value.
    pub(crate) fn kept(self) -> Field {
        self.rule(Rule::KeepsPrior)
    }

    /// Is checked like this, after what it is checked for already.
    pub(crate) fn check(mut self, check: Check) -> Field {
        self.checks.push(check);
        self
    }

    fn attribute(&self) -> Attribute {
        Attribute {
            description: self.description.to_owned(),
            required: self.required,
            optional: self.optional,
            computed: self.computed,
            sensitive: self.sensitive,
            deprecated: self.deprecated.is_some(),
            ..Attribute::new(self.form.ty())
        }
    }
}

/// A kind of object.
pub(crate) struct Shape {
    pub(super) version: u64,
    description: &'static str,
    pub(super) deprecated: Option<&'static str>,
    /// In the order of the attributes of `object`.
    pub(super) fields: Box<[Field]>,
    pub(super) object: Arc<ObjectType>,
}

impl Shape {
    /// Objects with these attributes.
    pub(crate) fn new(description: &'static str, fields: impl IntoIterator<Item = Field>) -> Shape {
        let mut fields: Box<[Field]> = fields.into_iter().collect();
        fields.sort_by_key(|field| field.name);
        let object = ObjectType::new(fields.iter().map(|field| (Arc::from(field.name), field.form.ty())));
        Shape { version: 0, description, deprecated: None, fields, object: Arc::new(object) }
    }

    /// With the version that state remembers.
    pub(crate) fn version(self, version: u64) -> Shape {
        Shape { version, ..self }
    }

    /// Using such an object earns this warning.
    pub(crate) fn deprecated(self, message: &'static str) -> Shape {
        Shape { deprecated: Some(message), ..self }
    }

    /// The schema that others see.
    pub(super) fn schema(&self) -> Schema {
        Schema {
            version: self.version,
            block: Block {
                attributes: self
                    .object
                    .attributes()
                    .iter()
                    .zip(&self.fields)
                    .map(|((name, _), field)| (name.clone(), field.attribute()))
                    .collect(),
                description: self.description.to_owned(),
                deprecated: self.deprecated.is_some(),
                // The same type everywhere makes comparing types a comparison of pointers.
                implied: OnceLock::from(self.object.clone()),
                ..Block::default()
            },
        }
    }

    /// The type of such objects.
    pub(super) fn ty(&self) -> Type {
        Type::Object(self.object.clone())
    }

    /// An object with nothing set.
    pub(crate) fn blank(&self) -> Object {
        let values = self.object.attributes().iter().map(|(_, ty)| Value::null(ty.clone())).collect();
        Object::new(self.object.clone(), values)
    }

    /// An object to work on; `None` where the value is null or no such object.
    pub(crate) fn open(&self, value: &Value) -> Option<Object> {
        let Kind::Object(_, values) = value.kind() else { return None };
        (values.len() == self.fields.len()).then(|| Object::new(self.object.clone(), values.to_vec()))
    }
}
