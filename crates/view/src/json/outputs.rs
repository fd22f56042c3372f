//! Outputs of the root module.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use plumb_state::Output;
use plumb_value::Value;
use plumb_value::json::write_type;

use super::value::write_known;
use super::writer::member;

/// All outputs, as the command that shows them writes them, with two blanks of indentation and a
/// line break at the end. Sensitive ones are shown: who asks for JSON asks for them.
pub fn write_outputs(out: &mut dyn Write, outputs: &BTreeMap<Arc<str>, Output>) -> io::Result<()> {
    let mut opening: &[u8] = b"{\n  ";
    let mut text = Vec::new();
    for (name, output) in outputs {
        out.write_all(opening)?;
        opening = b",\n  ";
        text.clear();
        member(&mut text, name, |members| {
            members.plain("sensitive", output.sensitive);
            write_type(&output.value.ty(), members.key("type"));
            write_known(&output.value, members.key("value"));
        });
        lay_out(out, &text, 1)?;
    }
    out.write_all(if outputs.is_empty() { b"{}\n" } else { b"\n}\n" })
}

/// The value of one output on one line, without a line break.
pub fn write_output_value(out: &mut dyn Write, value: &Value) -> io::Result<()> {
    let mut text = Vec::new();
    write_known(value, &mut text);
    out.write_all(&text)
}

/// Lays compact JSON out over lines.
pub(crate) fn write_indented(out: &mut dyn Write, compact: &[u8]) -> io::Result<()> {
    lay_out(out, compact, 0)
}

/// The same for a part of a document that stands so deep in it.
fn lay_out(out: &mut dyn Write, compact: &[u8], mut depth: usize) -> io::Result<()> {
    let mut text = Vec::with_capacity(compact.len() * 2);
    let mut at = 0;
    while let Some(byte) = compact.get(at).copied() {
        match byte {
            b'"' => {
                let end = string_end(compact, at);
                text.extend(&compact[at..end]);
                at = end;
                continue;
            }
            b'{' | b'[' if matches!(compact.get(at + 1), Some(b'}' | b']')) => {
                text.extend(&compact[at..at + 2]);
                at += 2;
                continue;
            }
            b'{' | b'[' => {
                depth += 1;
                text.push(byte);
                break_line(&mut text, depth);
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                break_line(&mut text, depth);
                text.push(byte);
            }
            b',' => {
                text.push(byte);
                break_line(&mut text, depth);
            }
            b':' => text.extend(b": "),
            _ => text.push(byte),
        }
        at += 1;
    }
    out.write_all(&text)
}

fn break_line(text: &mut Vec<u8>, depth: usize) {
    text.push(b'\n');
    text.extend(std::iter::repeat_n(b' ', depth * 2));
}

fn string_end(text: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}
