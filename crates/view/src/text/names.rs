//! Naming many instances in few words.
//!
//! Responsible for ranges and lists of addresses, exact ones: `item[1] to [3999]`, `["a"], ["b"]`,
//! `module.app[0] to [9]: item[0] to [49]`. What stands behind a colon is in each of what stands before
//! it. It decides neither what is named nor what may be left out.

use std::{fmt, io};

use plumb_address::{AbsResourceInstance, InstanceKey, Resource};

use super::listing::Listing;

static NO_KEY: InstanceKey = InstanceKey::None;

/// Something with an address.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    /// An instance of a resource.
    Instance(&'a AbsResourceInstance),
    /// The module of so many calls that the instance lies in, all of its instances.
    Module(&'a AbsResourceInstance, usize),
}

impl<'a> Place<'a> {
    /// A step of the address, counted from the root; `None` behind the last.
    fn part(self, level: usize) -> Option<Part<'a>> {
        let (Place::Instance(instance) | Place::Module(instance, _)) = self;
        let step = instance.module.0.get(level);
        match self {
            Place::Instance(_) => match step {
                Some(step) => Some(Part { label: Label::Module(&step.name), key: &step.key }),
                None if level == instance.module.0.len() => {
                    Some(Part { label: Label::Resource(&instance.resource), key: &instance.key })
                }
                None => None,
            },
            Place::Module(_, calls) => step
                .filter(|_| level < calls)
                .map(|step| Part { label: Label::Module(&step.name), key: &NO_KEY }),
        }
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (level, part) in (0..).map_while(|level| Some((level, self.part(level)?))) {
            let dot = if level == 0 { "" } else { "." };
            write!(out, "{dot}{}", part.text())?;
        }
        Ok(())
    }
}

/// One step of an address.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Part<'a> {
    label: Label<'a>,
    key: &'a InstanceKey,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Label<'a> {
    Module(&'a str),
    Resource(&'a Resource),
}

impl Part<'_> {
    fn text(&self) -> String {
        match self.label {
            Label::Module(name) => format!("module.{name}{}", self.key),
            Label::Resource(resource) => format!("{resource}{}", self.key),
        }
    }

    /// Whether `next` is what a reader expects behind this one: the next number as a key, or at the
    /// end of a module's name.
    fn is_followed_by(&self, next: &Part<'_>) -> bool {
        match (self.key, next.key) {
            (InstanceKey::Int(one), InstanceKey::Int(two)) => {
                self.label == next.label && one.checked_add(1) == Some(*two)
            }
            (InstanceKey::None, InstanceKey::None) => match (self.label, next.label) {
                (Label::Module(one), Label::Module(two)) => is_next_name(one, two),
                _ => false,
            },
            _ => false,
        }
    }
}

fn is_next_name(one: &str, two: &str) -> bool {
    match (numbered(one), numbered(two)) {
        (Some((stem, one)), Some((other, two))) => stem == other && one.checked_add(1) == Some(two),
        _ => false,
    }
}

/// A name that ends in a number, as people count: without zeros in front.
fn numbered(name: &str) -> Option<(&str, u64)> {
    let stem = name.trim_end_matches(|character: char| character.is_ascii_digit());
    let digits = &name[stem.len()..];
    let is_plain = digits == "0" || !digits.starts_with('0');
    digits.parse().ok().filter(|_| is_plain).map(|number| (stem, number))
}

/// How names are ordered where numbers at their ends count as numbers.
pub(crate) fn counting_order(name: &str) -> (&str, Option<u64>) {
    numbered(name).map_or((name, None), |(stem, number)| (stem, Some(number)))
}

/// Siblings in a row that are the same inside.
#[derive(Debug, PartialEq)]
struct Run<'a> {
    ranges: Vec<Range<'a>>,
    inside: Vec<Run<'a>>,
}

/// From one part to another, with everything that is counted in between.
#[derive(Debug, PartialEq)]
struct Range<'a> {
    first: Part<'a>,
    last: Part<'a>,
    length: usize,
}

/// The places as runs. Places with the same beginning are to be next to each other.
fn runs<'a>(places: &[Place<'a>], level: usize) -> Vec<Run<'a>> {
    let mut found: Vec<Run<'a>> = Vec::new();
    for together in places.chunk_by(|one, two| one.part(level) == two.part(level)) {
        let Some(part) = together.first().and_then(|place| place.part(level)) else { continue };
        let inside = runs(together, level + 1);
        match found.last_mut().filter(|run| run.inside == inside) {
            Some(run) => run.add(part),
            None => found.push(Run { ranges: vec![Range::only(part)], inside }),
        }
    }
    found
}

impl<'a> Run<'a> {
    fn add(&mut self, part: Part<'a>) {
        match self.ranges.last_mut().filter(|range| range.last.is_followed_by(&part)) {
            Some(range) => {
                range.last = part;
                range.length += 1;
            }
            None => self.ranges.push(Range::only(part)),
        }
    }

    fn is_single(&self) -> bool {
        matches!(self.ranges.as_slice(), [range] if range.length == 1)
    }
}

impl<'a> Range<'a> {
    fn only(part: Part<'a>) -> Self {
        Range { first: part, last: part, length: 1 }
    }

    /// The words for it. `said` is the label that the words before it ended with.
    fn words(&self, prefix: &str, said: Option<Label<'a>>) -> Vec<String> {
        let begin = |part: &Part<'a>, said: Option<Label<'a>>| match said == Some(part.label) {
            true => part.key.to_string(),
            false => format!("{prefix}{}", part.text()),
        };
        let first = begin(&self.first, said);
        match self.length {
            1 => vec![first],
            // Two are no range to people.
            2 => vec![first, begin(&self.last, Some(self.first.label))],
            _ => vec![format!("{first} to {}", begin(&self.last, Some(self.first.label)))],
        }
    }
}

/// Names places, at most `limit` words of a list; says how many places that were. Places with the same
/// beginning are to be next to each other.
pub(crate) fn name_places(
    places: &[Place<'_>],
    limit: usize,
    listing: &mut Listing<'_>,
) -> io::Result<usize> {
    let mut naming = Naming { listing, left: limit, named: 0 };
    naming.chains(&runs(places, 0), &mut Vec::new())?;
    Ok(naming.named)
}

struct Naming<'l, 'o> {
    listing: &'l mut Listing<'o>,
    left: usize,
    named: usize,
}

impl Naming<'_, '_> {
    /// Everything below, a line for each way down.
    fn chains<'r, 'a>(&mut self, runs: &'r [Run<'a>], above: &mut Vec<&'r Run<'a>>) -> io::Result<()> {
        for run in runs {
            above.push(run);
            if run.inside.is_empty() {
                self.chain(above)?;
            } else {
                self.chains(&run.inside, above)?;
            }
            above.pop();
        }
        Ok(())
    }

    fn chain(&mut self, chain: &[&Run<'_>]) -> io::Result<()> {
        if self.left == 0 {
            return Ok(());
        }
        self.listing.begin()?;
        let mut prefix = String::new();
        let mut named = 1;
        for (at, run) in chain.iter().enumerate() {
            let is_last = at + 1 == chain.len();
            if run.is_single() && !is_last {
                prefix.push_str(&run.ranges[0].first.text());
                prefix.push('.');
                continue;
            }
            named *= self.ranges(&run.ranges, &prefix)?;
            prefix.clear();
            if !is_last {
                self.listing.contain();
            }
        }
        self.named += named;
        Ok(())
    }

    /// Names as many of the ranges as there may be words, and always the first; says how many those are.
    fn ranges(&mut self, ranges: &[Range<'_>], prefix: &str) -> io::Result<usize> {
        let (mut said, mut named) = (None, 0);
        for range in ranges {
            if self.left == 0 && named > 0 {
                break;
            }
            for word in range.words(prefix, said) {
                self.listing.word(&word)?;
                self.left = self.left.saturating_sub(1);
            }
            said = Some(range.last.label);
            named += range.length;
        }
        Ok(named)
    }
}
