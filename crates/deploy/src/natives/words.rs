//! Words of command lines, and what is secret.

use plumb_starlark::language as starlark;
use plumb_starlark::language::environment::GlobalsBuilder;
use plumb_starlark::language::eval::Evaluator;
use plumb_starlark::language::values::Value;

use super::convert::texts;
use super::pass;

#[starlark::starlark_module]
pub(super) fn natives(builder: &mut GlobalsBuilder) {
    /// Words as a shell takes each for one word, whatever is in it.
    fn quote<'v>(words: Value<'v>) -> starlark::Result<String> {
        let words = texts(words, "quote")?;
        Ok(plumb_host::quoted(words.iter().map(String::as_str)))
    }

    /// Whether there is something secret in a text.
    fn has_secret<'v>(text: &str, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<bool> {
        Ok(pass(eval, "a secret")?.setting.secrets.are_in(text))
    }

    /// The same text, of which nothing is ever shown: not in output, differences, logs or errors.
    fn secret<'v>(text: &str, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<String> {
        pass(eval, "a secret")?.setting.secrets.add(text);
        Ok(text.to_owned())
    }
}
