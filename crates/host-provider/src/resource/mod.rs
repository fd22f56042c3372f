//! `host_deploy`: what a host should be like, as an object.
//!
//! The object remembers its arguments. What would change on the host is found out when the object is read, and
//! is planned to be nothing: so whatever has changed there, or in the code, shows as a change of the object.

mod apply;
mod plan;
mod read;
mod seen;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use plumb_deploy::{Secrets, Setting};
use plumb_starlark::Program;
use plumb_value::{Type, Value, json};

pub(crate) use apply::apply;
pub(crate) use plan::{plan, validate};
pub(crate) use read::read;
pub(crate) use seen::Seen;

use crate::arguments::setting;
use crate::code::load;
use crate::fields::Fields;
use crate::outside::Outside;
use crate::problem::{Problem, Problems, problem};
use crate::schema::deploy_type;
use crate::way::{Reached, reached};

/// What every call about a deploy needs.
#[derive(Clone)]
pub(crate) struct Around {
    pub(crate) outside: Arc<dyn Outside>,
    pub(crate) stop: Arc<AtomicBool>,
    pub(crate) seen: Seen,
}

/// A deploy for a host of which everything is known.
struct Ready {
    program: Program,
    setting: Setting,
    reached: Reached,
}

impl Ready {
    fn of(object: &Value, around: &Around) -> Result<Self, Problem> {
        let (fields, files, secrets) = (Fields(object), around.outside.files(), Secrets::new());
        let reached = reached(fields, &*files, &secrets)?;
        let setting = setting(fields, &reached.name, &*around.outside, &secrets, &around.stop)?;
        let program = load(&*files, &fields.text("deploy").unwrap_or_default())?;
        Ok(Ready { program, setting, reached })
    }
}

/// An object of a deploy from JSON, as it was recorded.
pub(crate) fn recorded(json: &str) -> Result<Value, Problem> {
    json::decode(json, &Type::Object(deploy_type().clone())).map_err(|why| {
        problem("Invalid recorded object", format!("The recorded host_deploy cannot be read: {why}."))
    })
}

/// An object with some attributes replaced.
fn with(object: &Value, replaced: Vec<(&str, Value)>) -> Value {
    let values = deploy_type().attributes().iter().map(|(name, ty)| {
        let found = replaced.iter().find(|(of, _)| *of == &**name);
        let kept = || object.part(name).cloned().unwrap_or_else(|| Value::null(ty.clone()));
        found.map_or_else(kept, |(_, value)| value.clone())
    });
    Value::object_of(deploy_type().clone(), values.collect::<Vec<_>>())
}

fn texts(texts: &[String]) -> Value {
    Value::list(Type::String, texts.iter().map(|text| Value::string(text.as_str())))
}

fn unknown_texts() -> Value {
    Value::unknown(Type::list(Type::String))
}
