//! Finds what was there before, and cuts a text into tokens and those into blocks.
//!
//! Every position is in a chain with those before it whose first four bytes have the same hash. A match is
//! taken only when the next position has no longer one (lazy matching). At most [`CANDIDATES_MAX`] positions
//! are looked at for each, so that time is linear.

use super::token::{Match, Token};

/// How far back a match may be.
const WINDOW: usize = 1 << 15;
/// Shortest and longest match that is looked for.
const SHORTEST: usize = 4;
const LONGEST: usize = 258;
/// How much has to lie ahead as long as there is more.
const LOOKAHEAD: usize = SHORTEST + LONGEST;
/// A match of this length is taken without a look at the next position.
const LAZY: usize = 16;
/// A match of this length is good enough not to look for a longer one.
const NICE: usize = 128;
const CANDIDATES_MAX: usize = 128;
/// A match of the shortest length costs more than literals where it is farther back than this.
const SHORTEST_DISTANCE_MAX: usize = 4096;
const BLOCK_TOKENS: usize = 1 << 14;

/// Hands over the tokens of each block, with the bytes that they stand for unless those are not at hand.
pub(super) fn blocks(input: &[u8], write: impl FnMut(&[Token], Option<&[u8]>)) {
    let mut matcher = Matcher {
        input,
        window_start: 0,
        position: 0,
        block_start: 0,
        chains: Chains::new(),
        tokens: Vec::with_capacity(BLOCK_TOKENS),
        write,
    };
    matcher.run();
}

struct Matcher<'a, W> {
    input: &'a [u8],
    /// Where the buffer of the peer begins, which has room for two windows: nothing before is seen.
    window_start: usize,
    position: usize,
    block_start: usize,
    chains: Chains,
    tokens: Vec<Token>,
    write: W,
}

/// What has been decided of the byte before the position.
#[derive(Clone, Copy)]
enum Before {
    /// A token stands for it.
    Settled,
    /// Nothing was found for it.
    Literal,
    /// This begins with it.
    Match(Match),
}

impl<W: FnMut(&[Token], Option<&[u8]>)> Matcher<'_, W> {
    fn run(&mut self) {
        let mut before = Before::Settled;
        while self.position < self.input.len() {
            self.slide();
            before = self.step(before);
        }
        if !matches!(before, Before::Settled) {
            // Too little lay ahead of the last byte for a match.
            self.tokens.push(Token::Literal(self.input[self.position - 1]));
        }
        if !self.tokens.is_empty() {
            self.end_block();
        }
    }

    /// The peer moves its buffer on by half of it, when little of what is in it lies ahead and there is
    /// more. What falls out of it cannot be referred to, though the format would allow it.
    fn slide(&mut self) {
        let end = self.window_start + 2 * WINDOW;
        if end < self.input.len() && self.position + LOOKAHEAD > end {
            self.window_start += WINDOW;
        }
    }

    fn step(&mut self, before: Before) -> Before {
        let head = self.chains.insert(self.input, self.position);
        let earlier_length = match before {
            Before::Match(earlier) => usize::from(earlier.length),
            Before::Settled | Before::Literal => SHORTEST - 1,
        };
        let is_worth_it = earlier_length < LAZY && self.input.len() - self.position > earlier_length;
        let found = head.filter(|_| is_worth_it).and_then(|head| self.longest_match(head));
        match (before, found) {
            (Before::Match(earlier), found) if found.is_none_or(|found| found.length <= earlier.length) => {
                self.take(earlier);
                return Before::Settled;
            }
            (Before::Settled, _) => {}
            (Before::Literal | Before::Match(_), _) => {
                self.push(Token::Literal(self.input[self.position - 1]));
            }
        }
        self.position += 1;
        found.map_or(Before::Literal, Before::Match)
    }

    /// Goes to the end of a match that began one position before.
    fn take(&mut self, found: Match) {
        let end = self.position - 1 + usize::from(found.length);
        for position in self.position + 1..end {
            self.chains.insert(self.input, position);
        }
        self.position = end;
        self.push(Token::Match(found));
    }

    fn push(&mut self, token: Token) {
        self.tokens.push(token);
        if self.tokens.len() == BLOCK_TOKENS {
            self.end_block();
        }
    }

    fn end_block(&mut self) {
        // What the peer has no longer in its buffer it cannot store as it is.
        let raw =
            (self.block_start >= self.window_start).then(|| &self.input[self.block_start..self.position]);
        (self.write)(&self.tokens, raw);
        self.tokens.clear();
        self.block_start = self.position;
    }

    /// The longest match at the position, and of those the nearest.
    fn longest_match(&self, head: usize) -> Option<Match> {
        let position = self.position;
        let lowest = position.saturating_sub(WINDOW).max(self.window_start);
        let ahead = &self.input[position..self.input.len().min(position + LONGEST)];
        let nice = NICE.min(ahead.len());
        let mut length = SHORTEST - 1;
        let mut distance = 0;
        let mut candidate = head;
        for _ in 0..CANDIDATES_MAX {
            if candidate < lowest {
                break;
            }
            let there = &self.input[candidate..candidate + ahead.len()];
            if there[length] == ahead[length] {
                let common = common_length(there, ahead);
                let is_near = position - candidate <= SHORTEST_DISTANCE_MAX;
                if common > length && (common > SHORTEST || is_near) {
                    length = common;
                    distance = position - candidate;
                    if length >= nice {
                        break;
                    }
                }
            }
            // The link of the lowest has been overwritten, and would lead too far back anyway.
            if candidate == lowest {
                break;
            }
            let Some(next) = self.chains.before(candidate) else { break };
            candidate = next;
        }
        // Both fit: they are at most 258 and 32768.
        (distance > 0).then_some(Match { length: length as u16, distance: distance as u16 })
    }
}

/// How many bytes are the same from the beginning; both have the same length.
fn common_length(left: &[u8], right: &[u8]) -> usize {
    let (left_words, left_rest) = left.as_chunks::<8>();
    let (right_words, right_rest) = right.as_chunks::<8>();
    for (index, (left, right)) in left_words.iter().zip(right_words).enumerate() {
        let difference = u64::from_le_bytes(*left) ^ u64::from_le_bytes(*right);
        if difference != 0 {
            return index * 8 + difference.trailing_zeros() as usize / 8;
        }
    }
    let rest = left_rest.iter().zip(right_rest).take_while(|(left, right)| left == right).count();
    left.len() - left_rest.len() + rest
}

/// Positions by the hash of the four bytes there.
struct Chains {
    /// The latest position with a hash, plus one; zero where there is none.
    heads: Vec<usize>,
    /// The position before one with the same hash, in the same form, for a window of them.
    links: Vec<usize>,
}

impl Chains {
    const HASH_BITS: u32 = 17;
    /// Which positions share a chain decides what is found, so this is the peer's.
    const MULTIPLIER: u32 = 0x1e35_a7bd;

    fn new() -> Self {
        Chains { heads: vec![0; 1 << Self::HASH_BITS], links: vec![0; WINDOW] }
    }

    /// Adds a position, and gives the one before it; too near to the end there is nothing to add.
    fn insert(&mut self, input: &[u8], position: usize) -> Option<usize> {
        let first = input[position..].first_chunk::<SHORTEST>()?;
        let hash = u32::from_be_bytes(*first).wrapping_mul(Self::MULTIPLIER) >> (32 - Self::HASH_BITS);
        let head = std::mem::replace(&mut self.heads[hash as usize], position + 1);
        self.links[position % WINDOW] = head;
        head.checked_sub(1)
    }

    /// The position in the chain before one of the last window.
    fn before(&self, position: usize) -> Option<usize> {
        self.links[position % WINDOW].checked_sub(1)
    }
}
