//! Random expressions, the same ones for the same seed.
//!
//! What they are made of is data, in `expressions.txt`; its head says how it is written.

use std::collections::BTreeMap;

/// Longer ones say nothing that shorter ones do not.
const LENGTH_MAX: usize = 800;

/// So deep is the deepest.
const DEPTH_MAX: usize = 4;

/// In so many of a hundred expressions with the special kind of input a hole has something of any kind.
const MISFITS_IN_HUNDRED: usize = 8;

/// What may occur in an expression besides what is known, public and of the right type.
const TRAITS: [&str; 4] = ["null", "unknown", "sensitive", "ephemeral"];

/// Numbers in an order that nobody expects, and always the same (SplitMix64).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence of that seed.
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }

    /// A number below the limit.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed % limit.max(1) as u64) as usize
    }

    fn happens(&mut self, in_hundred: usize) -> bool {
        self.below(100) < in_hundred
    }
}

/// One thing of a kind.
#[derive(Debug)]
struct Production {
    /// The trait of the expressions in which it occurs.
    only: Option<String>,
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Text(String),
    Hole(String),
}

impl Production {
    fn has_holes(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Hole(_)))
    }
}

/// Everything that expressions are made of, by kind.
#[derive(Debug)]
pub struct Grammar(BTreeMap<String, Vec<Production>>);

impl Grammar {
    /// The grammar of the testkit.
    ///
    /// # Panics
    /// Where it is not there.
    pub fn own() -> Grammar {
        let path = crate::own_directory().join("expressions.txt");
        let text =
            std::fs::read_to_string(&path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()));
        Grammar::read(&text)
    }

    /// What a text says that expressions are made of.
    ///
    /// # Panics
    /// Where a line is not as the head of the file says.
    pub fn read(text: &str) -> Grammar {
        let mut kinds: BTreeMap<String, Vec<Production>> = BTreeMap::new();
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (head, template) = line.split_once(": ").expect("a kind and what is of it");
            let (kind, only) = match head.split_once(" [") {
                Some((kind, only)) => (kind, Some(only.trim_end_matches(']').to_owned())),
                None => (head, None),
            };
            assert!(only.as_deref().is_none_or(|only| TRAITS.contains(&only)), "{line}");
            kinds.entry(kind.to_owned()).or_default().push(Production { only, parts: parts(template) });
        }
        let grammar = Grammar(kinds);
        for part in grammar.0.values().flatten().flat_map(|production| &production.parts) {
            if let Part::Hole(kind) = part {
                assert!(grammar.0.contains_key(kind), "nothing is of the kind {kind}");
            }
        }
        grammar
    }

    /// Whether there is anything of the kind.
    pub fn has(&self, kind: &str) -> bool {
        self.0.contains_key(kind)
    }

    /// The next expression of a kind.
    pub fn expression(&self, kind: &str, random: &mut Random) -> String {
        loop {
            let mut traits: Vec<&str> = Vec::new();
            // Most have one trait or none: where much is unknown, nothing else shows.
            if random.happens(45) {
                traits.push(TRAITS[random.below(TRAITS.len())]);
            }
            if random.happens(12) {
                traits.push(TRAITS[random.below(TRAITS.len())]);
            }
            let has_misfits = random.happens(20);
            let mut draft = Draft { grammar: self, random, traits, has_misfits, text: String::new() };
            let depth = 1 + draft.random.below(DEPTH_MAX);
            draft.write(kind, depth);
            if draft.text.len() <= LENGTH_MAX {
                return draft.text;
            }
        }
    }

    /// Whether the text occurs anywhere.
    pub fn mentions(&self, text: &str) -> bool {
        let parts = self.0.values().flatten().flat_map(|production| &production.parts);
        parts.into_iter().any(|part| matches!(part, Part::Text(found) if found.contains(text)))
    }
}

fn parts(template: &str) -> Vec<Part> {
    let mut pieces = template.split('@');
    let mut parts = vec![Part::Text(pieces.next().unwrap_or_default().replace('⏎', "\n"))];
    for piece in pieces {
        let end = piece.find(|character: char| !character.is_ascii_lowercase()).unwrap_or(piece.len());
        parts.push(Part::Hole(piece[..end].to_owned()));
        parts.push(Part::Text(piece[end..].replace('⏎', "\n")));
    }
    parts
}

/// An expression that is being written.
struct Draft<'a> {
    grammar: &'a Grammar,
    random: &'a mut Random,
    traits: Vec<&'static str>,
    has_misfits: bool,
    text: String,
}

impl Draft<'_> {
    fn write(&mut self, kind: &str, depth: usize) {
        if self.text.len() > LENGTH_MAX {
            return;
        }
        let grammar = self.grammar;
        let is_misfit = self.has_misfits && kind != "template" && self.random.happens(MISFITS_IN_HUNDRED);
        let kind = if is_misfit { "any" } else { kind };
        let suits = |production: &&Production| {
            production.only.as_deref().is_none_or(|only| self.traits.contains(&only))
        };
        let all: Vec<&Production> = grammar.0[kind].iter().filter(suits).collect();
        let leaves: Vec<&Production> = all.iter().copied().filter(|leaf| !leaf.has_holes()).collect();
        let choice = if depth == 0 && !leaves.is_empty() { &leaves } else { &all };
        let chosen = choice[self.random.below(choice.len())];
        for part in &chosen.parts {
            match part {
                Part::Text(text) => self.text.push_str(text),
                Part::Hole(kind) => self.write(kind, depth.saturating_sub(1)),
            }
        }
    }
}
