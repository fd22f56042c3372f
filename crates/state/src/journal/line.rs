//! Records as lines, each of which can be told whole from torn by itself.
//!
//! A line is its number, a check sum and the record as JSON: `7 0123456789abcdef {"kind":..}`. The
//! sum covers the run that began the journal, the number and the record, so that a line which an
//! earlier journal left on the disk is no more mistaken for one of this than half a line is.

use std::fmt::Write as _;

use sha2::Digest as _;

use super::{Damage, Record};

/// How many of the check sum's hexadecimal digits are written: 64 bits are plenty against accidents.
const SUM_DIGITS: usize = 16;

/// Makes the lines of one journal.
#[derive(Clone, Debug)]
pub struct LineWriter {
    run: String,
    number: u64,
}

impl LineWriter {
    /// For a journal that this run begins.
    pub fn new(run: &str) -> LineWriter {
        LineWriter { run: run.to_owned(), number: 0 }
    }

    /// Adds the next line to `text`; `json` is what [`Record::to_json`] made.
    pub fn line(&mut self, json: &str, text: &mut String) {
        self.number += 1;
        let sum = check_sum(&self.run, self.number, json);
        // Writing to a string cannot fail.
        _ = writeln!(text, "{} {sum} {json}", self.number);
    }
}

fn check_sum(run: &str, number: u64, json: &str) -> String {
    let mut sum = sha2::Sha256::new();
    sum.update(run.as_bytes());
    sum.update([0]);
    sum.update(number.to_le_bytes());
    sum.update(json.as_bytes());
    let mut digits = crate::backend::hexadecimal(&sum.finalize());
    digits.truncate(SUM_DIGITS);
    digits
}

/// Reads the lines of a journal. Whatever is whole is read, also behind what is not: the order in
/// which a disk keeps what was not yet synced is its own, and every result counts.
pub fn read_lines(bytes: &[u8]) -> (Vec<Record>, Option<Damage>) {
    let mut records: Vec<Record> = Vec::new();
    let mut damage: Option<Damage> = None;
    let mut run: Option<String> = None;
    let mut last = 0;
    for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        match read_line(line, run.as_deref()) {
            Some((number, record)) if number > last => {
                if run.is_none() {
                    run = begun_by(&record);
                }
                if number != last + 1 && damage.is_none() {
                    damage = Some(Damage { line: index + 1, bytes: 0, salvaged: 0 });
                }
                if let Some(damage) = &mut damage {
                    damage.salvaged += 1;
                }
                last = number;
                records.push(record);
            }
            _ => damage.get_or_insert(Damage { line: index + 1, bytes: 0, salvaged: 0 }).bytes += line.len(),
        }
    }
    (records, damage)
}

/// The number and record of a line, if it is whole. The first line names the run itself.
fn read_line(line: &[u8], run: Option<&str>) -> Option<(u64, Record)> {
    let line = std::str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
    let (number, rest) = line.split_once(' ')?;
    let (sum, json) = rest.split_once(' ')?;
    let number: u64 = number.parse().ok()?;
    if let Some(run) = run {
        if check_sum(run, number, json) != sum {
            return None;
        }
        return Some((number, Record::from_json(json).ok()?));
    }
    let record = Record::from_json(json).ok()?;
    (check_sum(&begun_by(&record)?, number, json) == sum).then_some((number, record))
}

fn begun_by(record: &Record) -> Option<String> {
    match record {
        Record::Begin(begin) => Some(begin.run.to_string()),
        _ => None,
    }
}
