//! Configurations of any size: read in proportion to their size, and what is wrong is found exactly.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use plumb_source::{FileId, SourceMap};
use plumb_syntax::{format, parse_file};

/// As large as a generated configuration becomes.
const LARGE_BYTES: usize = 10 << 20;

/// How long reading that may take a program as it is released, on one processor.
const LARGE_TIME_MAX: Duration = Duration::from_secs(1);

/// What ten times the text may cost, where ten times as much is fair, and other things run beside it.
const RATIO_MAX: f64 = 25.0;

/// Blocks as programs write them, about so many bytes.
fn configuration(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 1000);
    for number in 0.. {
        if text.len() >= bytes {
            break;
        }
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "# Number {number}.\nresource \"aws_instance\" \"web_{number}\" {{\n  ami           = \"ami-{number:08x}\"\n  \
             instance_type = var.types[\"${{local.kind}}-{number}\"]\n  count         = {number} % 3 == 0 ? 1 : 0\n\n  \
             tags = merge(local.tags, {{\n    Name = \"web-${{count.index + {number}}}\"\n    List = [for t in var.list : upper(t) if \
             t != \"\"]\n  }})\n\n  user_data = <<-EOT\n    #!/bin/sh\n    echo ${{var.greeting}} {number}\n  EOT\n\n  \
             ebs_block_device {{\n    device_name = \"/dev/sdf\"\n    volume_size = {number}\n  }}\n}}\n\n"
        );
    }
    text
}

fn time(text: &str) -> Duration {
    let best = (0..3).map(|_| {
        let begun = Instant::now();
        let (body, diagnostics) = parse_file(text, FileId(0));
        let took = begun.elapsed();
        assert!(diagnostics.is_empty(), "{:?}", diagnostics.iter().next());
        assert!(!body.blocks.is_empty());
        took
    });
    best.min().unwrap_or_default()
}

#[test]
fn large_configurations_are_read_in_proportion() {
    let large = if cfg!(debug_assertions) { LARGE_BYTES / 10 } else { LARGE_BYTES };
    let (small_text, large_text) = (configuration(large / 10), configuration(large));
    let (small, large) = (time(&small_text), time(&large_text));
    let ratio = large.as_secs_f64() / small.as_secs_f64().max(1e-6);
    assert!(
        ratio < RATIO_MAX,
        "{small:?} for {} bytes, {large:?} for {}",
        small_text.len(),
        large_text.len()
    );
    if !cfg!(debug_assertions) {
        assert!(large < LARGE_TIME_MAX, "{large:?} for {} bytes", large_text.len());
    }
}

#[test]
fn brackets_nested_too_deep_are_one_clear_error() {
    for (open, close) in [("[", "]"), ("(", ")"), ("{ a = ", " }"), ("f(", ")"), ("\"${", "}\"")] {
        let text = format!("a = 1\nb = {}1{}\n", open.repeat(100_000), close.repeat(100_000));
        let (_, diagnostics) = parse_file(&text, FileId(0));
        let found: Vec<_> = diagnostics.iter().collect();
        assert_eq!(found.len(), 1, "{open}: {found:?}");
        let error = found[0];
        assert!(!error.summary.is_empty() && error.detail.contains("256"), "{open}: {error:?}");
        let span = error.subject.expect("a place");
        let map = SourceMap::new();
        let file = map.add("main.tf", text.as_str());
        let line = map.get(file).expect("the file").position(span.start).line;
        assert_eq!(line, 2, "{open}");
    }
}

#[test]
fn one_error_among_ten_thousand_lines_is_that_one() {
    let text = configuration(400_000);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.len() > 10_000);
    for (wrong, replacement) in [
        ("    volume_size = ", "    volume_size = = 1"),
        ("    device_name = ", "    device_name \"/dev/sdf\","),
        ("  ami           = ", "  ami = [1 2]"),
        ("    List = ", "    List = [for t in : t]"),
    ] {
        let middle = lines.len() / 2;
        let at = (middle..lines.len()).find(|at| lines[*at].starts_with(wrong)).expect("such a line");
        let mut broken = lines.clone();
        broken[at] = replacement;
        let broken = broken.join("\n") + "\n";
        let map = SourceMap::new();
        let file = map.add("main.tf", broken.as_str());
        let (_, diagnostics) = parse_file(&broken, file);
        let source = map.get(file).expect("the file");
        let places: Vec<u32> = diagnostics
            .iter()
            .map(|found| source.position(found.subject.expect("a place").start).line)
            .collect();
        assert_eq!(places, [u32::try_from(at + 1).expect("a line")], "{replacement}: {diagnostics:?}");
        assert!(format(&broken, file).is_err());
    }
}
