//! Inventories that are code: which hosts there are is what a function says.

use std::rc::Rc;

use plumb_diagnostics::Diagnostic;
use plumb_starlark::language::environment::Module;
use plumb_starlark::language::eval::Evaluator;
use plumb_starlark::language::{Error, Result as Outcome};
use plumb_starlark::{Program, diagnostic};

use crate::known::Known;
use crate::natives::{error, login_of, shown, to_json};
use crate::pass::{Pass, call_in};
use crate::setting::Setting;

/// The function that says it.
const FUNCTION: &str = "inventory";

/// What a file of code says which hosts there are, as JSON.
///
/// # Errors
/// Where the code cannot go on, or does not say it.
pub fn inventory_of(program: &Program, setting: &Setting) -> Result<String, Box<Diagnostic>> {
    let pass = Rc::new(Pass {
        is_without_host: true,
        ..Pass::new(program.sources(), setting, Known::new(), login_of(setting))
    });
    let mut said = String::new();
    let result = Module::with_temp_heap(|module| {
        call_in(&module, program.limits(), &pass, |evaluator| {
            said = call(program, evaluator)?;
            Ok(())
        })
        .map_err(|error| Box::new(diagnostic(&error, program.sources())))
    });
    result.map_err(|mut problem| {
        problem.detail = setting.secrets.hidden(&problem.detail);
        problem
    })?;
    Ok(said)
}

fn call<'v>(program: &Program, evaluator: &mut Evaluator<'v, '_, '_>) -> Outcome<String> {
    let function = program.value_in(FUNCTION, evaluator.module());
    let function = function.ok_or_else(|| {
        error(format!("there is no function `{FUNCTION}()`: it returns which hosts there are"))
    })?;
    let value = evaluator.eval_function(function, &[], &[])?;
    let json = to_json(value).ok_or_else(|| {
        let what = "which has more in it than texts, numbers, lists and dicts";
        error(format!("{FUNCTION}() returns {}, {what}", shown(value)))
    })?;
    serde_json::to_string_pretty(&json).map_err(Error::new_other)
}
