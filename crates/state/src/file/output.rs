//! Outputs in the form that state files have.

use plumb_value::{Type, Value, json};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::text::JsonText;
use crate::Output;

/// An output as it is in a file.
#[derive(Deserialize)]
#[serde(expecting = "an object")]
pub(crate) struct OutputForm<'a> {
    #[serde(default, borrow)]
    value: Option<&'a RawValue>,
    #[serde(default, rename = "type", borrow)]
    ty: Option<&'a RawValue>,
    sensitive: Option<bool>,
}

impl OutputForm<'_> {
    /// The output.
    pub(crate) fn output(self) -> Result<Output, String> {
        let sensitive = self.sensitive.unwrap_or_default();
        let ty = match self.ty {
            None => return Err("its type is missing".to_owned()),
            Some(raw) => {
                json::decode_type(raw.get()).map_err(|error| format!("its type is not valid: {error}"))?
            }
        };
        // What a sensitive value looks like must not get into the message.
        let value = self.value.map_or("null", RawValue::get);
        let value = json::decode(value, &ty).map_err(|error| {
            if sensitive {
                "its value does not fit its type".to_owned()
            } else {
                format!("its value: {error}")
            }
        })?;
        Ok(Output { value, sensitive })
    }
}

/// Writes an output. Values that no state may hold, which none gets hold of, become null.
pub(crate) fn write_output(text: &mut JsonText, output: &Output) {
    let value = output.value.unmark_deep();
    let ty = value.ty();
    let encoded = json::encode(&value, &ty).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let encoded_type = encoded_type(&ty);
    text.open('{');
    text.key("value");
    text.raw(encoded.as_deref().unwrap_or("null"));
    text.key("type");
    text.raw(&encoded_type);
    if output.sensitive {
        text.literal_field("sensitive", true);
    }
    text.close('}');
}

fn encoded_type(ty: &Type) -> String {
    let mut text = Vec::new();
    json::write_type(ty, &mut text);
    String::from_utf8(text).unwrap_or_else(|_| "\"dynamic\"".to_owned())
}

impl Output {
    /// An output as it is recorded: wholly known and without marks, of which sensitivity is kept
    /// beside it. `None` where the value must not be recorded.
    pub fn record(value: &Value, sensitive: bool) -> Option<Output> {
        if !value.is_wholly_known() || value.deep_marks().is_ephemeral() {
            return None;
        }
        Some(Output { value: value.unmark_deep(), sensitive: sensitive || value.deep_marks().is_sensitive() })
    }
}
