//! The archive around the entries: which bytes are one, and what others are instead.

use std::io::{self, Cursor, Read as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::{HEADER_ENTRY, PlanFileError};

/// Writes entries one behind the other. The same entries make the same bytes: none has a time.
pub(super) struct Writer {
    zip: ZipWriter<Cursor<Vec<u8>>>,
}

impl Writer {
    pub(super) fn new() -> Self {
        Writer { zip: ZipWriter::new(Cursor::new(Vec::new())) }
    }

    pub(super) fn entry(&mut self, name: &str, content: &[u8]) -> Result<(), PlanFileError> {
        self.written_entry(name, |out| out.write_all(content).map_err(|error| unstorable(name, error)))
    }

    /// An entry that is never in memory as a whole.
    pub(super) fn written_entry(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut dyn io::Write) -> Result<(), PlanFileError>,
    ) -> Result<(), PlanFileError> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            // Plans are read once or twice, so how long it takes counts for more than the size.
            .compression_level(Some(3))
            .unix_permissions(0o600)
            // How large it becomes is not known before.
            .large_file(true);
        self.zip.start_file(name, options).map_err(|error| unstorable(name, error))?;
        write(&mut self.zip)
    }

    pub(super) fn finish(self) -> Result<Vec<u8>, PlanFileError> {
        let cursor = self.zip.finish().map_err(|error| PlanFileError::Unstorable {
            place: "The plan".to_owned(),
            problem: error.to_string(),
        })?;
        Ok(cursor.into_inner())
    }
}

fn unstorable(name: &str, problem: impl std::fmt::Display) -> PlanFileError {
    PlanFileError::Unstorable { place: format!("The entry {name}"), problem: problem.to_string() }
}

/// Gives entries back.
pub(super) struct Reader<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
}

impl<'a> Reader<'a> {
    /// Opens an archive that is a saved plan of this program.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, PlanFileError> {
        if !bytes.starts_with(b"PK\x03\x04") {
            return Err(PlanFileError::Foreign { what: describe(bytes) });
        }
        // The table of entries is at the end, so an archive without one was cut off.
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|_| PlanFileError::Truncated)?;
        let reader = Reader { zip };
        if reader.has(HEADER_ENTRY) {
            return Ok(reader);
        }
        if reader.has("tfplan") {
            Err(PlanFileError::OtherProgram)
        } else {
            Err(PlanFileError::Foreign { what: "it is an archive of something else" })
        }
    }

    fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// Names of all entries.
    #[cfg(test)]
    pub(super) fn names(&self) -> Vec<String> {
        self.zip.file_names().filter_map(Result::ok).map(std::borrow::Cow::into_owned).collect()
    }

    /// The content of an entry, checked against its checksum.
    pub(super) fn entry(&mut self, name: &str) -> Result<Vec<u8>, PlanFileError> {
        let part = || format!("its entry {name}");
        let mut entry = self.zip.by_name(name).map_err(|error| PlanFileError::damaged(part(), error))?;
        let mut content = Vec::new();
        entry.read_to_end(&mut content).map_err(|error| PlanFileError::damaged(part(), error))?;
        Ok(content)
    }
}

/// What bytes that are no archive seem to be.
fn describe(bytes: &[u8]) -> &'static str {
    let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace());
    match start.map(|at| &bytes[at..]) {
        None => "it is empty",
        Some([b'{', rest @ ..]) => {
            let text = String::from_utf8_lossy(&rest[..rest.len().min(400)]);
            if text.contains("\"encryption_version\"") || text.contains("\"encrypted_data\"") {
                "it is encrypted, as OpenTofu does it, and cannot be read without its key"
            } else if text.contains("\"format_version\"") {
                "it is a plan or state as JSON, which \"show -json\" writes; that form is for reading only"
            } else if text.contains("\"terraform_version\"") || text.contains("\"lineage\"") {
                "it is a state file"
            } else {
                "it is JSON"
            }
        }
        Some(_) if std::str::from_utf8(&bytes[..bytes.len().min(200)]).is_ok() => "it is a text",
        Some(_) => "it has another format",
    }
}
