//! Templates in the language of Jinja.

use minijinja::Value as Given;
use plumb_starlark::language as starlark;
use plumb_starlark::language::environment::GlobalsBuilder;
use plumb_starlark::language::eval::Evaluator;
use plumb_starlark::language::values::dict::DictRef;
use plumb_starlark::language::values::float::StarlarkFloat;
use plumb_starlark::language::values::list::ListRef;
use plumb_starlark::language::values::structs::StructRef;
use plumb_starlark::language::values::tuple::TupleRef;
use plumb_starlark::language::values::{UnpackValue as _, Value};

use super::convert::shown;
use super::{content, error};

#[starlark::starlark_module]
pub(super) fn natives(builder: &mut GlobalsBuilder) {
    /// The text that a template gives with these values. A value that is not given is an error. The name is
    /// what errors call it. With `final_newline` the text ends in as many ends of lines as the template, and in
    /// more only where values bring them.
    fn render<'v>(
        template: Value<'v>,
        values: Value<'v>,
        #[starlark(require = named, default = "template")] name: &str,
        #[starlark(require = named, default = false)] trim_blocks: bool,
        #[starlark(require = named, default = false)] lstrip_blocks: bool,
        #[starlark(require = named, default = false)] final_newline: bool,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let template = content::of(template)?;
        let text = std::str::from_utf8(template.bytes())
            .map_err(|_| error(format!("{name} is not text in UTF-8")))?;
        let values = given(values, 0)?;
        let mut environment = super::jinja::template_environment();
        environment.set_keep_trailing_newline(!final_newline);
        environment.set_trim_blocks(trim_blocks);
        environment.set_lstrip_blocks(lstrip_blocks);
        let parsed = environment.template_from_named_str(name, text);
        let parsed = parsed.map_err(|why| error(explained(name, text, &why)))?;
        let mut rendered = parsed.render(&values).map_err(|why| {
            let names = parsed.undeclared_variables(false);
            let absent = not_given(text, &why, names, |name| {
                values.get_attr(name).is_ok_and(|value| !value.is_undefined())
                    || environment.globals().any(|(global, _)| global == name)
            });
            error(explained(name, text, &why) + &absent)
        })?;
        if final_newline {
            let newlines = |text: &str| text.bytes().rev().take_while(|byte| *byte == b'\n').count();
            let missing = newlines(text).saturating_sub(newlines(&rendered));
            rendered.push_str(&"\n".repeat(missing));
        }
        Ok(content::value(plumb_host::Content::new(rendered), eval.heap()))
    }
}

/// Deeper than that nobody writes what is given to a template.
const DEPTH_MAX: usize = 50;

/// A value as templates have it.
fn given(value: Value<'_>, depth: usize) -> starlark::Result<Given> {
    if depth > DEPTH_MAX {
        return Err(error(format!("what is given to a template is nested deeper than {DEPTH_MAX}")));
    }
    if value.is_none() {
        return Ok(Given::from(()));
    }
    if let Some(is_true) = value.unpack_bool() {
        return Ok(Given::from(is_true));
    }
    if let Some(text) = value.unpack_str() {
        return Ok(Given::from(text));
    }
    if let Ok(Some(number)) = i64::unpack_value(value) {
        return Ok(Given::from(number));
    }
    if let Some(number) = StarlarkFloat::unpack_value(value).ok().flatten() {
        return Ok(Given::from(number.0));
    }
    let inner = |value: Value<'_>| given(value, depth + 1);
    if let Some(list) = ListRef::from_value(value) {
        return list.iter().map(inner).collect::<starlark::Result<Vec<_>>>().map(Given::from);
    }
    if let Some(tuple) = TupleRef::from_value(value) {
        return tuple.iter().map(inner).collect::<starlark::Result<Vec<_>>>().map(Given::from);
    }
    // Entries stay in their order.
    let entry = |(name, value): (String, Value<'_>)| Ok((name, inner(value)?));
    if let Some(dict) = DictRef::from_value(value) {
        let entries = dict.iter().map(|(name, value)| (name.to_str(), value));
        return entries.map(entry).collect::<starlark::Result<Given>>();
    }
    if let Some(of) = StructRef::from_value(value) {
        let entries = of.iter().map(|(name, value)| (name.as_str().to_owned(), value));
        return entries.map(entry).collect::<starlark::Result<Given>>();
    }
    Err(error(format!("{} cannot be given to a template", shown(value))))
}

/// Which names in the line of an error the template is not given, for the engine does not say it.
fn not_given(
    text: &str,
    why: &minijinja::Error,
    names: impl IntoIterator<Item = String>,
    is_given: impl Fn(&str) -> bool,
) -> String {
    if why.kind() != minijinja::ErrorKind::UndefinedError {
        return String::new();
    }
    let written = why.line().and_then(|line| text.lines().nth(line.saturating_sub(1))).unwrap_or_default();
    let is_in_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    let is_written = |name: &str| written.split(|letter| !is_in_name(letter)).any(|word| word == name);
    let absent = names.into_iter().filter(|name| is_written(name) && !is_given(name));
    let mut absent: Vec<_> = absent.map(|name| format!("`{name}`")).collect();
    absent.sort();
    match absent.len() {
        0 => String::new(),
        _ => format!(". The template is not given {}", absent.join(", ")),
    }
}

/// Where in a template something is wrong, and what.
fn explained(name: &str, text: &str, why: &minijinja::Error) -> String {
    let what =
        why.detail().map_or_else(|| why.kind().to_string(), |detail| format!("{}: {detail}", why.kind()));
    let Some(line) = why.line() else { return format!("{name}: {what}") };
    let written = text.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim();
    format!("{name}:{line}: {what}, in `{written}`")
}
