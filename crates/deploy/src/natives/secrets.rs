//! Where secrets come from: variables, encrypted files, programs that keep passwords.
//!
//! Whatever comes from there is shown nowhere. Errors say which file, program or variable it is about.

use plumb_starlark::language as starlark;
use plumb_starlark::language::environment::GlobalsBuilder;
use plumb_starlark::language::eval::Evaluator;
use plumb_starlark::language::values::none::NoneOr;
use plumb_starlark::language::values::{Heap, Value};
use serde_json::Value as Json;

use super::convert::{from_json, texts, to_json};
use super::paths::beside;
use super::{error, pass, place_of};
use crate::pass::{Pass, Suspended};
use crate::secrets::Secrets;
use crate::testing::{GivenFact, given_fact};

/// What decrypts files of SOPS and of age.
const SOPS: &str = "sops";
const AGE: &str = "age";

/// The secret that a test gives; none where this is no test.
fn given<'v>(
    pass: &Pass,
    function: &str,
    of: &str,
    evaluator: &Evaluator<'v, '_, '_>,
) -> starlark::Result<Option<Value<'v>>> {
    let Some(made_up) = &pass.made_up else { return Ok(None) };
    let (spoken, plain) = (format!("secrets.{function} {of}"), format!("secrets.{function}"));
    match given_fact(&[spoken.clone(), plain], evaluator)? {
        Some(GivenFact::Value(value)) => Ok(Some(value)),
        Some(_) => Err(error(format!("`{spoken}` is a value"))),
        None => {
            let what = format!("{spoken}: facts = {{{spoken:?}: ...}}");
            made_up.missing.note(place_of(evaluator, &pass.sources), what);
            Err(starlark::Error::new_other(Suspended))
        }
    }
}

fn hidden<'v>(text: &str, pass: &Pass, heap: Heap<'v>) -> Value<'v> {
    pass.setting.secrets.add(text);
    heap.alloc(text)
}

/// What a program writes, as text.
fn said(pass: &Pass, words: &[String], what: &str) -> starlark::Result<String> {
    let said = pass.setting.machine.run(words, &[]);
    let said = said.map_err(|why| error(format!("{what}: {}", pass.setting.secrets.hidden(&why))))?;
    String::from_utf8(said.to_vec()).map_err(|_| error(format!("{what}: what it says is no text in UTF-8")))
}

/// All texts and numbers of a value are secret.
fn hide(value: &Json, secrets: &Secrets) {
    match value {
        Json::String(text) => secrets.add(text),
        Json::Number(number) => secrets.add(&number.to_string()),
        Json::Array(items) => items.iter().for_each(|item| hide(item, secrets)),
        Json::Object(entries) => entries.values().for_each(|value| hide(value, secrets)),
        Json::Null | Json::Bool(_) => {}
    }
}

/// What lies at a key such as `db.password`.
fn at<'j>(value: &'j Json, key: &str, file: &str) -> starlark::Result<&'j Json> {
    let mut found = value;
    for name in key.split('.') {
        let inner = match found {
            Json::Array(items) => name.parse::<usize>().ok().and_then(|at| items.get(at)),
            other => other.get(name),
        };
        found = inner.ok_or_else(|| {
            let names: Vec<&str> =
                found.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
            let hint = plumb_diagnostics::did_you_mean(name, names.iter().copied());
            error(format!("{file} has no `{key}`: there is no `{name}`.{hint}"))
        })?;
    }
    Ok(found)
}

fn of_sops(pass: &Pass, file: &str) -> starlark::Result<Json> {
    let words = [SOPS, "--decrypt", "--output-type", "json", file].map(str::to_owned);
    let text = said(pass, &words, &format!("{file} cannot be decrypted by `{SOPS}`"))?;
    serde_json::from_str(&text)
        .map_err(|why| error(format!("what `{SOPS}` makes of {file} is no JSON (line {})", why.line())))
}

/// Where keys lie that nobody names: where SOPS looks for them, too.
fn identity(pass: &Pass) -> starlark::Result<String> {
    let machine = &pass.setting.machine;
    if let Some(file) = machine.variable("SOPS_AGE_KEY_FILE") {
        return Ok(file);
    }
    let directory =
        machine.variable("XDG_CONFIG_HOME").or_else(|| Some(machine.variable("HOME")? + "/.config"));
    let directory = directory
        .ok_or_else(|| error("nobody knows where the key is: say it, as in identity = \"key.txt\""))?;
    Ok(directory + "/sops/age/keys.txt")
}

/// The namespace of these functions.
pub(super) fn natives(builder: &mut GlobalsBuilder) {
    builder.namespace("secrets", functions);
}

#[starlark::starlark_module]
fn functions(builder: &mut GlobalsBuilder) {
    /// A variable of the environment of this program.
    fn env<'v>(
        name: &str,
        #[starlark(require = named)] default: Option<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let pass = pass(eval, "a secret")?;
        let value = match given(pass, "env", name, eval)? {
            Some(value) => Some(value),
            None => pass.setting.machine.variable(name).map(|text| eval.heap().alloc(text.as_str())),
        };
        let value = value.or(default);
        let value =
            value.ok_or_else(|| error(format!("the variable {name} is not set in the environment")))?;
        if let Some(text) = value.unpack_str() {
            pass.setting.secrets.add(text);
        }
        Ok(value)
    }

    /// What a file says that SOPS has encrypted, as a dict, or the one value of a key such as `db.password`. The
    /// program `sops` decrypts it.
    fn file<'v>(
        path: &str,
        key: Option<&str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let pass = pass(eval, "a secret")?;
        let all = match given(pass, "file", path, eval)? {
            Some(value) => {
                to_json(value).ok_or_else(|| error(format!("what stands for {path} is no plain value")))?
            }
            None => of_sops(pass, &beside(path, pass, eval))?,
        };
        let value = key.map_or(Ok(&all), |key| at(&all, key, path))?;
        hide(value, &pass.setting.secrets);
        Ok(from_json(value, eval.heap()))
    }

    /// What is in a file that is encrypted for age, as text. The program `age` decrypts it, with the keys of the
    /// file `identity`; where none is named, with those that SOPS takes.
    fn age<'v>(
        path: &str,
        #[starlark(require = named, default = NoneOr::None)] identity: NoneOr<&str>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let pass = pass(eval, "a secret")?;
        if let Some(value) = given(pass, "age", path, eval)? {
            return Ok(hidden(&value.to_str(), pass, eval.heap()));
        }
        let keys = match identity.into_option() {
            Some(path) => beside(path, pass, eval),
            None => self::identity(pass)?,
        };
        let file = beside(path, pass, eval);
        let words = [AGE, "--decrypt", "--identity", &keys, &file].map(str::to_owned);
        let text = said(pass, &words, &format!("{file} cannot be decrypted by `{AGE}`"))?;
        Ok(hidden(&text, pass, eval.heap()))
    }

    /// What a program writes, such as one that keeps passwords, without the end of its last line.
    fn command<'v>(words: Value<'v>, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<Value<'v>> {
        let pass = pass(eval, "a secret")?;
        let words = texts(words, "a command")?;
        let line = plumb_host::quoted(words.iter().map(String::as_str));
        if words.is_empty() {
            return Err(error("a command is a list of words, of which the first is the program"));
        }
        if let Some(value) = given(pass, "command", &words.join(" "), eval)? {
            return Ok(hidden(&value.to_str(), pass, eval.heap()));
        }
        let text = said(pass, &words, &format!("`{line}` has not given a secret"))?;
        Ok(hidden(text.strip_suffix('\n').unwrap_or(&text), pass, eval.heap()))
    }
}
