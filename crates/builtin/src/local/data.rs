//! `local_file` and `local_sensitive_file` as data sources: the content of a file.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{checksum_fields, set_checksums};
use crate::framework::{DataSource, Field, Form, Object, Problem, Shape, problem};
use crate::world::World;

/// Reads a file.
pub(super) struct FileData {
    /// Whether its content must not be shown.
    pub(super) sensitive: bool,
}

impl DataSource for FileData {
    fn shape(&self) -> Shape {
        let hidden = |field: Field| if self.sensitive { field.sensitive() } else { field };
        let fields = [
            Field::required("filename", Form::Text, "Where the file is; it must be there."),
            hidden(Field::computed(
                "content",
                Form::Text,
                "The content as text; what is not UTF-8 is replaced.",
            )),
            hidden(Field::computed("content_base64", Form::Text, "The content in base64.")),
        ];
        Shape::new("The content of a file.", fields.into_iter().chain(checksum_fields()))
    }

    fn read(&self, world: &dyn World, mut config: Object) -> Result<Object, Problem> {
        let name = config.text("filename").unwrap_or_default();
        let content = world.read_file(Path::new(name)).map_err(|error| {
            problem(
                "Read local file data source error",
                format!("The file {name} cannot be read.\n\nOriginal Error: {error}"),
            )
        })?;
        config.set_text("content", String::from_utf8_lossy(&content));
        config.set_text("content_base64", STANDARD.encode(&content));
        set_checksums(&mut config, &content);
        Ok(config)
    }
}
