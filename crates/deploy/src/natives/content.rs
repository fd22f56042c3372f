//! Contents of files, as code handles them: bytes, of which it sees the text.

use std::fmt;

use plumb_host::Content;
use plumb_starlark::language as starlark;
use plumb_starlark::language::environment::GlobalsBuilder;
use plumb_starlark::language::eval::Evaluator;
use plumb_starlark::language::values::list::AllocList;
use plumb_starlark::language::values::{Heap, Value};
use plumb_starlark::{Native, Object};

use super::convert::shown;
use super::paths::beside;
use super::{error, pass};

/// A content.
#[derive(Debug)]
struct Holder(Content);

impl fmt::Display for Holder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "content of {} bytes", self.0.bytes().len())
    }
}

impl Native for Holder {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn attributes(&self) -> Vec<String> {
        ["sha256", "size", "text"].map(str::to_owned).to_vec()
    }

    fn attribute<'v>(&self, _: &[Value<'v>], name: &str, heap: Heap<'v>) -> Option<Value<'v>> {
        match name {
            "sha256" => Some(heap.alloc(self.0.sha256())),
            "size" => Some(heap.alloc(self.0.bytes().len() as u64)),
            "text" => Some(heap.alloc(&*String::from_utf8_lossy(self.0.bytes()))),
            _ => None,
        }
    }
}

/// A value for a content.
pub(super) fn value<'v>(content: Content, heap: Heap<'v>) -> Value<'v> {
    heap.alloc(Object::new(Holder(content), Vec::new()))
}

/// The content that a value is or has: text is its own.
pub(crate) fn of(value: Value<'_>) -> starlark::Result<Content> {
    if let Some((holder, _)) = Object::of::<Holder>(value) {
        return Ok(holder.0.clone());
    }
    match value.unpack_str() {
        Some(text) => Ok(Content::new(text.as_bytes().to_vec())),
        None => Err(error(format!("a content is wanted, and not {}", shown(value)))),
    }
}

#[starlark::starlark_module]
pub(super) fn natives(builder: &mut GlobalsBuilder) {
    /// A file of this machine, beside the file of code that asks for it. It has `text`, `size` and `sha256`.
    fn local_file<'v>(path: &str, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<Value<'v>> {
        let pass = pass(eval, "a file")?;
        let content = pass.setting.files.read(&beside(path, pass, eval)).map_err(error)?;
        Ok(value(content, eval.heap()))
    }

    /// The names in a directory of this machine, of directories with a slash behind them.
    fn local_names<'v>(path: &str, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<Value<'v>> {
        let pass = pass(eval, "a directory")?;
        let names = pass.setting.files.list(&beside(path, pass, eval)).map_err(error)?;
        let marked = |(name, is_directory): (String, bool)| if is_directory { name + "/" } else { name };
        Ok(eval.heap().alloc(AllocList(names.into_iter().map(marked))))
    }

    /// Whether there is a directory of this machine.
    fn is_local_directory<'v>(path: &str, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<bool> {
        let pass = pass(eval, "a directory")?;
        Ok(pass.setting.files.is_directory(&beside(path, pass, eval)))
    }

    /// Text as the content of a file.
    fn content<'v>(text: Value<'v>, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<Value<'v>> {
        Ok(value(of(text)?, eval.heap()))
    }
}
