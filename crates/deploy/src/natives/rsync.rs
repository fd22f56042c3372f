//! Directories that the program rsync keeps alike.

use std::path::Path;

use plumb_host::Rsync;
use plumb_starlark::language as starlark;
use plumb_starlark::language::environment::GlobalsBuilder;
use plumb_starlark::language::eval::Evaluator;
use plumb_starlark::language::values::Value;
use plumb_starlark::language::values::none::NoneType;

use super::changes::declare;
use super::convert::texts;
use super::pass;
use super::paths::beside;
use crate::plan::{Action, Change};

#[starlark::starlark_module]
pub(super) fn natives(builder: &mut GlobalsBuilder) {
    /// Has the operation bring a file or directory of this machine to the host by rsync, with these options. As
    /// rsync has it, a directory with a slash behind it stands for what is in it. That is all the operation
    /// does.
    fn rsync_files<'v>(
        src: &str,
        dest: &str,
        flags: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let pass = pass(eval, "a file of a host")?;
        let place = pass.setting.files.absolute(Path::new(&beside(src, pass, eval)));
        let mut source = place.into_os_string();
        if src.ends_with('/') {
            source.push("/");
        }
        let rsync =
            Rsync { source: source.into(), destination: dest.to_owned(), flags: texts(flags, "flags")? };
        declare(pass, |_| Change {
            summary: format!("bring {src} there by rsync"),
            attributes: Vec::new(),
            difference: None,
            action: Action::Rsync(rsync),
        })?;
        Ok(NoneType)
    }
}
