//! Files of a host that are brought to this machine.

use std::path::Path;

use plumb_host::Content;
use plumb_starlark::language as starlark;
use plumb_starlark::language::environment::GlobalsBuilder;
use plumb_starlark::language::eval::Evaluator;
use plumb_starlark::language::values::Value;
use plumb_starlark::language::values::none::NoneType;

use super::changes::declare;
use super::paths::beside;
use super::{error, pass};
use crate::plan::{Action, Attribute, Change};
use crate::receiving::Fetch;

#[starlark::starlark_module]
pub(super) fn natives(builder: &mut GlobalsBuilder) {
    /// The sum (SHA-256) of a file of this machine as it is now; none where there is no such file.
    fn local_sha256<'v>(path: &str, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<Value<'v>> {
        let pass = pass(eval, "a file")?;
        let path = beside(path, pass, eval);
        let bytes = pass.setting.files.read_now(&path).map_err(error)?;
        let sum = bytes.map(|bytes| Content::new(bytes).sha256().to_owned());
        Ok(sum.map_or_else(Value::new_none, |sum| eval.heap().alloc(sum)))
    }

    /// Has the operation bring a file of the host to this machine, byte for byte. It gets to its place once it
    /// is here whole, and has the sum that is given. The change is that of the local file's sum.
    fn fetch_file<'v>(
        path: &str,
        to: &str,
        sha256: &str,
        #[starlark(require = named, default = true)] create_directory: bool,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let pass = pass(eval, "a file of a host")?;
        let place = beside(to, pass, eval);
        let before = pass.setting.files.read_now(&place).map_err(error)?;
        let before = before.map(|bytes| Content::new(bytes).sha256().to_owned());
        let fetch = Fetch {
            path: path.to_owned(),
            to: pass.setting.files.absolute(Path::new(&place)),
            sha256: sha256.to_owned(),
            makes_directory: create_directory,
        };
        let attribute = Attribute { name: "sha256 here".to_owned(), before, after: Some(sha256.to_owned()) };
        declare(pass, |_| Change {
            summary: format!("bring it to {to}"),
            attributes: vec![attribute],
            difference: None,
            action: Action::Fetch(fetch),
        })?;
        Ok(NoneType)
    }
}
