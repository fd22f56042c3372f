//! Opening a web browser.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use plumb_registry::web::WebAddress;

use crate::environment::Environment;

/// Programs that open an address with what the user likes, by system.
fn openers() -> &'static [(&'static str, &'static [&'static str])] {
    match std::env::consts::OS {
        "macos" => &[("open", &[])],
        "windows" => &[("rundll32.exe", &["url.dll,FileProtocolHandler"])],
        _ => &[("xdg-open", &[]), ("x-www-browser", &[]), ("www-browser", &[])],
    }
}

/// Opens a page, without waiting. Whether a program for it was found and started.
pub(super) fn open(address: &WebAddress, environment: &Environment) -> bool {
    let path = environment.get("PATH").unwrap_or_default();
    openers().iter().any(|(program, arguments)| match find(program, path) {
        Some(program) => start(&program, arguments, address),
        None => false,
    })
}

fn find(program: &str, path: &str) -> Option<PathBuf> {
    std::env::split_paths(path).map(|directory| directory.join(program)).find(|path| path.is_file())
}

fn start(program: &Path, arguments: &[&str], address: &WebAddress) -> bool {
    let child = Command::new(program)
        .args(arguments)
        .arg(address.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else { return false };
    // Somebody has to take note of its end; it may live as long as the browser.
    std::thread::spawn(move || child.wait());
    true
}
