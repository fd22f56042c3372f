//! A provider as a program: `terraform` and its like start it and speak with it.
//!
//! With `NOTES_PROTOCOL=5` or `6` it offers that version of the protocol alone, and with
//! `NOTES_RECORD=FILE` it appends a line for every call.

use std::io::Write as _;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use plumb_plugin::serve::{Recorder, serve};
use plumb_plugin::{Method, Protocol};

#[path = "../tests/support/notes.rs"]
mod notes;

struct ToFile(Mutex<std::fs::File>);

impl Recorder for ToFile {
    fn request(&self, call: u64, method: Method, message: &Bytes) {
        if let Ok(mut file) = self.0.lock() {
            let hexadecimal: String = message.iter().map(|byte| format!("{byte:02x}")).collect();
            let _ = writeln!(file, "{call} {method:?} {hexadecimal}");
        }
    }

    fn response(&self, _call: u64, _method: Method, _message: Option<&Bytes>) {}
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let chosen =
        std::env::var("NOTES_PROTOCOL").ok().and_then(|text| Protocol::from_number(text.parse().ok()?));
    let offered = chosen.map_or(Protocol::ALL.to_vec(), |protocol| vec![protocol]);
    let recorder = match std::env::var_os("NOTES_RECORD") {
        Some(path) => {
            let file = std::fs::File::options().create(true).append(true).open(path)?;
            Some(Arc::new(ToFile(Mutex::new(file))) as Arc<dyn Recorder>)
        }
        None => None,
    };
    serve(Arc::new(notes::Notes::default()), &offered, recorder).await?;
    Ok(())
}
