//! `file`: files and directories that are copied to the object.

use std::sync::Arc;

use async_trait::async_trait;
use plumb_schema::Block;
use plumb_ssh::{Contents, Mode};
use plumb_state::{ProviderDiagnostic, ProviderDiagnostics, ProvisionRequest, Provisioner};
use plumb_value::{Type, Value};

use crate::arguments::{argument, block, error, filled, text};
use crate::connection::{reach, type_problem};
use crate::remote::{Going, Stopped, connect, described};
use crate::surroundings::Surroundings;

/// Copies files and directories to the object.
pub(crate) struct File {
    schema: Block,
    surroundings: Surroundings,
    going: Arc<Going>,
}

impl File {
    pub(crate) fn new(surroundings: Surroundings, going: Arc<Going>) -> Self {
        let schema = block([
            ("source", Type::String, false),
            ("content", Type::String, false),
            ("destination", Type::String, true),
        ]);
        File { schema, surroundings, going }
    }
}

const FAILED: &str = "file provisioner error";

#[async_trait]
impl Provisioner for File {
    fn schema(&self) -> &Block {
        &self.schema
    }

    fn validate(&self, config: &Value) -> ProviderDiagnostics {
        let is_set = |name| !argument(config, name).is_null();
        match (is_set("source"), is_set("content")) {
            (true, true) => vec![error(
                "Cannot set both 'source' and 'content'",
                "What is copied is either a file of this machine, or the text that \"content\" gives. Remove one of them.",
            )],
            (false, false) => vec![error(
                "Must provide one of 'source' or 'content'",
                "Nothing says what is to be copied. Set \"source\" to a file or directory of this machine, or \"content\" \
                 to a text.",
            )],
            _ => Vec::new(),
        }
    }

    fn validate_connection(&self, connection: &Value) -> ProviderDiagnostics {
        type_problem(connection).map(|problem| error(FAILED, problem)).into_iter().collect()
    }

    async fn provision(&self, request: ProvisionRequest) -> ProviderDiagnostics {
        let done = self.going.unless_over(self.copy(&request)).await;
        let done = done.unwrap_or_else(|Stopped| Err(error(FAILED, "The run is being stopped.")));
        done.err().into_iter().collect()
    }

    fn stop(&self) {
        self.going.stop();
    }

    fn abort(&self) {
        self.going.abort();
    }
}

impl File {
    async fn copy(&self, request: &ProvisionRequest) -> Result<(), ProviderDiagnostic> {
        let failed = |detail: String| error(FAILED, detail);
        if request.connection.is_null() {
            return Err(failed(
                "There is no \"connection\" block that says how to reach the object.".to_owned(),
            ));
        }
        let reach = reach(&request.connection, &self.surroundings).map_err(failed)?;
        let config = &request.config;
        let destination = filled(config, "destination").ok_or_else(|| {
            error("Invalid file provisioner configuration", "The destination must be a non-empty string.")
        })?;
        let content = text(config, "content");
        let source = text(config, "source").unwrap_or_default();
        let path = self.surroundings.path(&source).map_err(failed)?;
        let contents = match &content {
            Some(content) => Contents::Bytes(content.as_bytes()),
            None => {
                let metadata = std::fs::metadata(&path);
                let metadata = metadata.map_err(|problem| {
                    failed(format!("The source {} cannot be read: {problem}.", path.display()))
                })?;
                match metadata.is_dir() {
                    true if source.ends_with('/') => Contents::Within(&path),
                    true => Contents::Directory(&path),
                    false => Contents::File(&path),
                }
            }
        };
        let connection = connect(&reach, &self.going, None).await.map_err(failed)?;
        let written = connection.write(&destination, contents, Mode::Usual, reach.platform).await;
        written.map_err(|problem| {
            failed(if request.is_secret {
                "The upload failed. Why is not shown, because secret values are among the provisioner's arguments."
                    .to_owned()
            } else {
                format!("The upload failed: {}", described(&reach, &problem))
            })
        })?;
        connection.close().await;
        Ok(())
    }
}
