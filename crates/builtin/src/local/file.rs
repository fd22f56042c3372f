//! `local_file` and `local_sensitive_file`: a file with a given content.

use std::path::Path;

use super::{checksum_fields, identifier, set_checksums};
use crate::base64_text;
use crate::framework::{Check, Field, Form, Object, Problem, Resource, Shape, parse_permissions, problem};
use crate::world::World;
use plumb_value::Value;

/// A kind of file.
pub(super) struct LocalFile {
    /// What errors call it.
    name: &'static str,
    sensitive: bool,
    permissions: &'static str,
}

/// `local_file`.
pub(super) const LOCAL_FILE: LocalFile =
    LocalFile { name: "local file", sensitive: false, permissions: "0777" };

/// `local_sensitive_file`.
pub(super) const LOCAL_SENSITIVE_FILE: LocalFile =
    LocalFile { name: "local sensitive file", sensitive: true, permissions: "0700" };

impl Resource for LocalFile {
    fn shape(&self) -> Shape {
        let text = "The content as text. Exactly one way to give the content must be chosen.";
        let base64 = "The content in base64. Exactly one way to give the content must be chosen.";
        let source = "A file with the content. Exactly one way to give the content must be chosen.";
        let hidden = |field: Field| if self.sensitive { field.sensitive() } else { field };
        let [for_content, for_base64, for_source]: [&'static [&'static str]; 3] = if self.sensitive {
            [&["content_base64", "source"], &["content", "source"], &["content", "content_base64"]]
        } else {
            [
                &["sensitive_content", "content_base64", "source"],
                &["content", "sensitive_content", "source"],
                &["content", "sensitive_content", "content_base64"],
            ]
        };
        let permission = |name, description| {
            Field::with_default(name, Form::Permission, Value::string(self.permissions), description)
                .replaces()
        };
        let mut fields = vec![
            Field::required("filename", Form::Text, "Where the file is. Missing directories are created.")
                .replaces(),
            hidden(
                Field::optional("content", Form::Text, text)
                    .replaces()
                    .check(Check::ExactlyOneOf(for_content)),
            ),
            hidden(
                Field::optional("content_base64", Form::Text, base64)
                    .replaces()
                    .check(Check::ExactlyOneOf(for_base64)),
            ),
            Field::optional("source", Form::Text, source).replaces().check(Check::ExactlyOneOf(for_source)),
            permission("file_permission", "The file's permissions in octal digits, less the process's mask."),
            permission("directory_permission", "The same for directories that are created."),
        ];
        if !self.sensitive {
            fields.push(
                Field::optional("sensitive_content", Form::Text, text)
                    .sensitive()
                    .deprecated("Use local_sensitive_file instead of sensitive_content.")
                    .replaces()
                    .check(Check::ExactlyOneOf(&["content", "content_base64", "source"])),
            );
        }
        let description = if self.sensitive {
            "A file whose content must not be shown."
        } else {
            "A file with a given content."
        };
        Shape::new(description, fields.into_iter().chain(checksum_fields()))
    }

    fn create(&self, world: &dyn World, mut planned: Object) -> Result<Object, Problem> {
        let content = self.content(world, &planned)?;
        let path = Path::new(planned.text("filename").unwrap_or_default());
        let permissions = |name| planned.text(name).and_then(parse_permissions).unwrap_or_default();
        // A file in the current directory has an empty parent.
        if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty())
            && !matches!(world.look_at(directory), Ok(Some(_)))
        {
            let created = world.create_directories(directory, permissions("directory_permission"));
            created.map_err(|error| {
                self.failed("Create", &format!("creating the directory {}", directory.display()), &error)
            })?;
        }
        world.write_file(path, &content, permissions("file_permission")).map_err(|error| {
            self.failed("Create", &format!("writing the file {}", path.display()), &error)
        })?;
        set_checksums(&mut planned, &content);
        Ok(planned)
    }

    fn read(&self, world: &dyn World, current: Object) -> Result<Option<Object>, Problem> {
        let path = Path::new(current.text("filename").unwrap_or_default());
        if matches!(world.look_at(path), Ok(None)) {
            return Ok(None);
        }
        let content = world
            .read_file(path)
            .map_err(|error| self.failed("Read", &format!("reading the file {}", path.display()), &error))?;
        Ok((current.text("id") == Some(identifier(&content).as_str())).then_some(current))
    }

    fn delete(&self, world: &dyn World, prior: &Object) -> Result<(), Problem> {
        // A file that cannot be removed is let go of all the same, as `hashicorp/local` does: most
        // often it is gone already.
        let _ = world.remove_file(Path::new(prior.text("filename").unwrap_or_default()));
        Ok(())
    }
}

impl LocalFile {
    fn content(&self, world: &dyn World, planned: &Object) -> Result<Vec<u8>, Problem> {
        if let Some(text) = (!self.sensitive).then(|| planned.text("sensitive_content")).flatten() {
            return Ok(text.as_bytes().to_vec());
        }
        if let Some(text) = planned.text("content_base64") {
            return base64_text::decode(text)
                .map_err(|error| self.failed("Create", "decoding content_base64", &error));
        }
        if let Some(source) = planned.text("source") {
            return world
                .read_file(Path::new(source))
                .map_err(|error| self.failed("Create", &format!("reading the source {source}"), &error));
        }
        Ok(planned.text("content").unwrap_or_default().as_bytes().to_vec())
    }

    fn failed(&self, action: &str, doing: &str, error: &dyn std::fmt::Display) -> Problem {
        problem(
            format!("{action} {} error", self.name),
            format!("An unexpected error occurred while {doing}\n\nOriginal Error: {error}"),
        )
    }
}
