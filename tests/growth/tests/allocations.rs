//! Allocations and allocated bytes of every stage grow in proportion to the work.

#![expect(clippy::print_stdout, reason = "the figures are for people")]

use std::alloc::System;
use std::collections::BTreeMap;

use plumb_growth::{Growth, SIZES, stages};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

// One test alone in its program: whatever else allocated would be counted too.
#[test]
fn no_stage_allocates_more_than_in_proportion() {
    let mut counted: BTreeMap<&str, ([u64; 3], [u64; 3])> = BTreeMap::new();
    for (at, size) in SIZES.into_iter().enumerate() {
        stages(size, &mut |stage, work| {
            let region = Region::new(ALLOCATOR);
            work();
            let change = region.change();
            let (allocations, bytes) = counted.entry(stage).or_default();
            allocations[at] = (change.allocations + change.reallocations) as u64;
            bytes[at] = change.bytes_allocated as u64;
        });
    }
    let mut refused = Vec::new();
    for (stage, (allocations, bytes)) in counted {
        for (what, growth) in [("allocations", Growth(allocations)), ("bytes", Growth(bytes))] {
            let line = format!("{what} of {stage}: {growth}");
            println!("{line}");
            if !growth.is_linear() {
                refused.push(line);
            }
        }
    }
    assert!(refused.is_empty(), "cost grows faster than the work:\n{}", refused.join("\n"));
}
