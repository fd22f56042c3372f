//! Changing lines of files.

use plumb_host::Content;
use plumb_starlark::language as starlark;
use plumb_starlark::language::environment::GlobalsBuilder;
use plumb_starlark::language::eval::Evaluator;
use plumb_starlark::language::values::Value;

use super::content;

#[starlark::starlark_module]
pub(super) fn natives(builder: &mut GlobalsBuilder) {
    /// A content in which a line stands, or does not. Where lines match the expression, they become that
    /// line or are gone; where none does, it is put at the end.
    fn with_line<'v>(
        of: Value<'v>,
        line: &str,
        #[starlark(require = named, default = true)] present: bool,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let before = content::of(of)?;
        let lines: Vec<&[u8]> = before.bytes().split_inclusive(|byte| *byte == b'\n').collect();
        let is_it = |text: &[u8]| text.strip_suffix(b"\n").unwrap_or(text) == line.as_bytes();
        let mut after: Vec<u8> = Vec::with_capacity(before.bytes().len() + line.len() + 2);
        if present {
            after.extend_from_slice(before.bytes());
            if !lines.iter().any(|text| is_it(text)) {
                if !after.is_empty() && !after.ends_with(b"\n") {
                    after.push(b'\n');
                }
                after.extend_from_slice(line.as_bytes());
                after.push(b'\n');
            }
        } else {
            for text in lines.into_iter().filter(|text| !is_it(text)) {
                after.extend_from_slice(text);
            }
        }
        Ok(content::value(Content::new(after), eval.heap()))
    }
}
