//! Values of Rust's in the language.

#![expect(unsafe_code, reason = "what is derived here implements unsafe traits of the language")]

use std::fmt;
use std::sync::Arc;

use allocative::Allocative;
use starlark::any::ProvidesStaticType;
use starlark::coerce::Coerce;
use starlark::docs::DocItem;
use starlark::eval::{Arguments, Evaluator};
use starlark::starlark_complex_value;
use starlark::values::{
    Freeze, Heap, NoSerialize, StarlarkValue, Trace, Value, ValueLifetimeless, ValueLike, starlark_value,
};

/// What a value of Rust's does. The parts are the values of the language that it was made with.
pub trait Native: fmt::Debug + fmt::Display + Send + Sync + 'static {
    /// Itself, for whoever knows what it is.
    fn as_any(&self) -> &dyn std::any::Any;

    /// What comes of calling it.
    fn call<'v>(
        &self,
        parts: &[Value<'v>],
        arguments: &Arguments<'v, '_>,
        evaluator: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let _ = (parts, arguments, evaluator);
        Err(starlark::Error::new_value(NotAFunction(self.to_string())))
    }

    /// An attribute of it.
    fn attribute<'v>(&self, parts: &[Value<'v>], name: &str, heap: Heap<'v>) -> Option<Value<'v>> {
        let _ = (parts, name, heap);
        None
    }

    /// The names of its attributes.
    fn attributes(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether it counts as true.
    fn is_true(&self) -> bool {
        true
    }

    /// Is told the name of the variable that it stands in.
    fn is_named(&self, name: &str) {
        let _ = name;
    }

    /// What is documented of it.
    fn documentation(&self, parts: &[Value<'_>]) -> Option<DocItem> {
        let _ = parts;
        None
    }
}

#[derive(Debug)]
struct NotAFunction(String);

impl fmt::Display for NotAFunction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` is no function", self.0)
    }
}

impl std::error::Error for NotAFunction {}

#[derive(Clone, Debug)]
struct Behaviour(Arc<dyn Native>);

/// A value of Rust's, and the values of the language that it is made of.
#[derive(Clone, Debug, Coerce, Trace, Freeze, ProvidesStaticType, NoSerialize, Allocative)]
#[repr(C)]
pub struct ObjectGen<V: ValueLifetimeless> {
    #[trace(unsafe_ignore)]
    #[freeze(identity)]
    #[allocative(skip)]
    native: Behaviour,
    parts: Vec<V>,
}

starlark_complex_value!(pub Object);

impl<'v> Object<'v> {
    /// A value that is made of others.
    pub fn new(native: impl Native, parts: Vec<Value<'v>>) -> Self {
        ObjectGen { native: Behaviour(Arc::new(native)), parts }
    }

    /// The values that it is made of.
    pub fn parts(&self) -> &[Value<'v>] {
        &self.parts
    }

    /// What a value is, where it is one of Rust's and of that type.
    pub fn of<T: Native>(value: Value<'v>) -> Option<(&'v T, &'v [Value<'v>])> {
        let object = Object::from_value(value)?;
        Some((object.native.0.as_any().downcast_ref()?, object.parts()))
    }
}

impl FrozenObject {
    /// A value that is made of nothing else, for whatever is there from the beginning.
    pub fn constant(native: impl Native) -> Self {
        ObjectGen { native: Behaviour(Arc::new(native)), parts: Vec::new() }
    }
}

impl<V: ValueLifetimeless> fmt::Display for ObjectGen<V> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.native.0)
    }
}

#[starlark_value(type = "object")]
impl<'v, V: ValueLike<'v>> StarlarkValue<'v> for ObjectGen<V>
where
    Self: ProvidesStaticType<'v>,
{
    fn invoke(
        &self,
        me: Value<'v>,
        arguments: &Arguments<'v, '_>,
        evaluator: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        self.native.0.call(parts_of(me), arguments, evaluator)
    }

    fn get_attr(&self, name: &str, heap: Heap<'v>) -> Option<Value<'v>> {
        let parts: Vec<Value<'v>> = self.parts.iter().map(|part| part.to_value()).collect();
        self.native.0.attribute(&parts, name, heap)
    }

    fn dir_attr(&self) -> Vec<String> {
        self.native.0.attributes()
    }

    fn to_bool(&self) -> bool {
        self.native.0.is_true()
    }

    fn export_as(&self, name: &str, _: &mut Evaluator<'v, '_, '_>) -> starlark::Result<()> {
        self.native.0.is_named(name);
        Ok(())
    }

    fn documentation(&self) -> DocItem {
        let parts: Vec<Value<'v>> = self.parts.iter().map(|part| part.to_value()).collect();
        self.native.0.documentation(&parts).unwrap_or_else(|| {
            DocItem::Member(starlark::docs::DocMember::Property(starlark::docs::DocProperty {
                docs: None,
                typ: starlark::typing::Ty::any(),
            }))
        })
    }
}

fn parts_of<'v>(value: Value<'v>) -> &'v [Value<'v>] {
    Object::from_value(value).map_or(&[], |object| object.parts())
}
