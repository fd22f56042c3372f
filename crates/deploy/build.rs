//! Lists the files of the library, so that each is part of the program.

use std::path::Path;
use std::{env, fs};

fn main() {
    let mut list = String::from("[\n");
    for directory in ["facts", "ops", "shared"] {
        let path = Path::new("library").join(directory);
        println!("cargo::rerun-if-changed={}", path.display());
        let mut files: Vec<_> =
            fs::read_dir(&path).expect("the library").flatten().map(|file| file.path()).collect();
        files.sort();
        for file in files {
            let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
            let whole = fs::canonicalize(&file).expect("a path");
            list.push_str(&format!("    ({directory:?}, {name:?}, include_str!({whole:?})),\n"));
        }
    }
    list.push_str("]\n");
    let out = env::var_os("OUT_DIR").expect("a place for it");
    fs::write(Path::new(&out).join("library.rs"), list).expect("the list can be written");
}
