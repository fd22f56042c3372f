//! What a file of code says.

use std::path::Path;

use super::mask::masked;
use super::{Reader, Source};

/// Has the code say which hosts there are, and reads that as any other JSON.
pub(super) fn read_file(reader: &mut Reader<'_>, path: &Path) {
    match reader.world.code.inventory(path) {
        Ok(said) => {
            let source = Source::of_program(&format!("what {} says", path.display()), false);
            let file = reader.world.sources.add(source.name(), masked(&said));
            reader.read_json(file, &said, &source);
        }
        Err(problems) => problems.into_iter().for_each(|problem| reader.builder.report(problem)),
    }
}
