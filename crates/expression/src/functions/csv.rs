//! Tables of comma-separated values, after RFC 4180.

use plumb_value::{ObjectType, Type, Value};

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{FunctionError, Invocation, Outcome};
use crate::describe::quote;

/// The type of a table: a list of objects with the columns of its first line.
pub(super) fn table_type(arguments: &[Value]) -> Result<Type, FunctionError> {
    let Some(text) = arguments[0].as_str() else { return Ok(Type::Dynamic) };
    let columns = header(&mut Reader { rest: text, line: 1 })?;
    Ok(Type::list(Type::object(columns.into_iter().map(|name| (name, Type::String)))))
}

pub(super) fn decode(call: &Invocation<'_>) -> Outcome {
    let mut reader = Reader { rest: call.text(0), line: 1 };
    let columns = header(&mut reader)?;
    let ty = Arc::new(ObjectType::new(columns.iter().map(|name| (Arc::from(name.as_str()), Type::String))));
    // Where each column stands among the attributes, which are ordered by name.
    let places: Vec<usize> = columns.iter().filter_map(|name| ty.position(name)).collect();
    let mut rows = Vec::new();
    while let Some((fields, line)) = reader.record()? {
        if fields.len() != columns.len() {
            return Err(error(line, "wrong number of fields"));
        }
        let mut values = vec![Value::string(""); fields.len()];
        for (field, place) in fields.into_iter().zip(&places) {
            values[*place] = Value::string(field);
        }
        rows.push(Value::object_of(ty.clone(), values));
    }
    Ok(Value::list(Type::Object(ty), rows))
}

fn header(reader: &mut Reader<'_>) -> Result<Vec<String>, FunctionError> {
    let Some((columns, _)) = reader.record()? else { return Err(FunctionError::call("missing header line")) };
    let mut seen = BTreeSet::new();
    for name in &columns {
        if !seen.insert(name) {
            return Err(FunctionError::call(format!("duplicate column name {}", quote(name))));
        }
    }
    Ok(columns)
}

fn error(line: usize, why: &str) -> FunctionError {
    FunctionError::call(format!("CSV parse error on line {line}: {why}"))
}

const STRAY_QUOTE: &str = "extraneous or missing \" in quoted-field";

/// Reads records one after another.
struct Reader<'t> {
    rest: &'t str,
    line: usize,
}

impl<'t> Reader<'t> {
    /// The next record and the line that it begins on; empty lines are none.
    fn record(&mut self) -> Result<Option<(Vec<String>, usize)>, FunctionError> {
        while let Some(after) = self.rest.strip_prefix('\n').or_else(|| self.rest.strip_prefix("\r\n")) {
            self.rest = after;
            self.line += 1;
        }
        if self.rest.is_empty() {
            return Ok(None);
        }
        let start = self.line;
        let mut fields = Vec::new();
        loop {
            fields.push(if self.rest.starts_with('"') { self.quoted()? } else { self.plain()? });
            match self.rest.strip_prefix(',') {
                Some(after) => self.rest = after,
                None => break,
            }
        }
        self.end_of_line();
        Ok(Some((fields, start)))
    }

    fn end_of_line(&mut self) {
        if let Some(after) = self.rest.strip_prefix("\r\n").or_else(|| self.rest.strip_prefix('\n')) {
            self.rest = after;
            self.line += 1;
        }
    }

    fn plain(&mut self) -> Result<String, FunctionError> {
        let end = self.rest.find([',', '\n']).unwrap_or(self.rest.len());
        let field = &self.rest[..end];
        let is_last = !self.rest[end..].starts_with(',');
        self.rest = &self.rest[end..];
        let field = if is_last { field.strip_suffix('\r').unwrap_or(field) } else { field };
        if field.contains('"') {
            return Err(error(self.line, "bare \" in non-quoted-field"));
        }
        Ok(field.to_owned())
    }

    fn quoted(&mut self) -> Result<String, FunctionError> {
        let mut field = String::new();
        self.rest = &self.rest[1..];
        loop {
            let Some(end) = self.rest.find('"') else {
                self.line += self.rest.matches('\n').count();
                return Err(error(self.line, STRAY_QUOTE));
            };
            let piece = &self.rest[..end];
            self.line += piece.matches('\n').count();
            field.push_str(&piece.replace("\r\n", "\n"));
            self.rest = &self.rest[end + 1..];
            match self.rest.strip_prefix('"') {
                Some(after) => {
                    field.push('"');
                    self.rest = after;
                }
                None => break,
            }
        }
        let is_end =
            self.rest.is_empty() || self.rest.starts_with([',', '\n']) || self.rest.starts_with("\r\n");
        if is_end { Ok(field) } else { Err(error(self.line, STRAY_QUOTE)) }
    }
}
