//! What the tests with the AWS provider have around them.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{Emulator, Tool, provider_mirror};

/// An emulator, both tools with keys for it, and a directory that goes with the test.
pub struct Setting {
    /// It ends with the test.
    pub emulator: Emulator,
    /// The program under test: the one that `PLUMB` names, or the one of this repository.
    pub plumb: Tool,
    /// The peer.
    pub terraform: Tool,
    /// For whatever the test writes.
    pub scratch: tempfile::TempDir,
}

impl Setting {
    /// Everything that the test needs; `None` where something is missing, which is said.
    #[expect(clippy::print_stdout, reason = "what was skipped is for people")]
    pub fn make(test: &str) -> Option<Setting> {
        match Self::found() {
            Ok(setting) => Some(setting),
            Err(reason) => {
                println!("skipped: {test}: {reason}");
                None
            }
        }
    }

    fn found() -> Result<Setting, String> {
        let terraform = plumb_testkit::terraform().ok_or("no terraform on PATH")?.path;
        let mirror = provider_mirror("registry.terraform.io/hashicorp/aws")
            .ok_or("no filesystem mirror with the AWS provider: set TF_PLUGIN_MIRROR")?;
        let emulator = Emulator::start()?;
        let given = std::env::var_os("PLUMB").map(PathBuf::from);
        let plumb = given.map_or_else(|| plumb_testkit::built("plumb"), Ok)?;
        let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
        let environment = environment(scratch.path(), &mirror, &emulator)?;
        let tool = |program| Tool { program, environment: environment.clone() };
        Ok(Setting { plumb: tool(plumb), terraform: tool(terraform), emulator, scratch })
    }
}

/// Every variable of both tools beside `PATH`.
fn environment(
    scratch: &Path,
    mirror: &Path,
    emulator: &Emulator,
) -> Result<Vec<(String, OsString)>, String> {
    let settings = scratch.join("mirror.tfrc");
    let path = mirror.display().to_string();
    let text = format!("provider_installation {{\n  filesystem_mirror {{\n    path = {path:?}\n  }}\n}}\n");
    fs::write(&settings, text).map_err(|error| error.to_string())?;
    let environment = [
        ("HOME", scratch.as_os_str().to_owned()),
        ("TF_CLI_CONFIG_FILE", settings.into_os_string()),
        ("CHECKPOINT_DISABLE", "1".into()),
        ("AWS_ENDPOINT_URL", emulator.endpoint().into()),
        ("AWS_REGION", "eu-west-1".into()),
        ("AWS_ACCESS_KEY_ID", "test".into()),
        ("AWS_SECRET_ACCESS_KEY", "test".into()),
    ];
    Ok(environment.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// The example that the tests are about.
pub fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/aws-emulator")
}
