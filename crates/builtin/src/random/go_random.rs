//! Go's `math/rand`, for values with a seed are the same in every release and every program.
//!
//! Responsible for that generator and its draws. It is an additive lagged Fibonacci generator over
//! 607 numbers of 64 bits. Seeding combines the seed with the state that the generator has after a
//! very long run from a fixed start. Go carries that state as a table; here it is worked out once:
//! a step of the generator is linear, so a run of any length is one multiplication by a power of a
//! polynomial, found by squaring. It must not be used for secrets.

use std::sync::OnceLock;

/// Numbers in the state.
const LENGTH: usize = 607;
/// Distance between the two numbers that are added.
const TAP: usize = 273;
/// Steps of the run that the table is the end of.
const RUN: u64 = 7_800_000_000_000;

/// The generator.
pub(super) struct GoRandom {
    state: Box<[u64; LENGTH]>,
    tap: usize,
    feed: usize,
}

impl GoRandom {
    /// Starts from a text.
    pub(super) fn seeded(seed: &str) -> GoRandom {
        GoRandom::new(checksum(seed.as_bytes()) as i64)
    }

    fn new(seed: i64) -> GoRandom {
        let table = table();
        let mut state = Box::new([0; LENGTH]);
        let mut numbers = Start::new(seed.rem_euclid(i64::from(Start::MODULUS)));
        for (slot, cooked) in state.iter_mut().zip(table) {
            *slot = numbers.combined([40, 20]) ^ cooked;
        }
        GoRandom { state, tap: 0, feed: LENGTH - TAP }
    }

    fn next(&mut self) -> u64 {
        self.tap = (self.tap + LENGTH - 1) % LENGTH;
        self.feed = (self.feed + LENGTH - 1) % LENGTH;
        let sum = self.state[self.feed].wrapping_add(self.state[self.tap]);
        self.state[self.feed] = sum;
        sum
    }

    fn next_63_bits(&mut self) -> i64 {
        (self.next() & (u64::MAX >> 1)) as i64
    }

    fn next_31_bits(&mut self) -> i32 {
        (self.next_63_bits() >> 32) as i32
    }

    /// A number below `limit`, which must be positive.
    pub(super) fn below(&mut self, limit: i64) -> i64 {
        match i32::try_from(limit) {
            Ok(limit) => i64::from(self.below_31_bits(limit.max(1))),
            Err(_) => self.below_63_bits(limit.max(1)),
        }
    }

    fn below_31_bits(&mut self, limit: i32) -> i32 {
        if limit & (limit - 1) == 0 {
            return self.next_31_bits() & (limit - 1);
        }
        let most = i32::MAX - ((1_u32 << 31) % limit.unsigned_abs()) as i32;
        loop {
            let drawn = self.next_31_bits();
            if drawn <= most {
                return drawn % limit;
            }
        }
    }

    fn below_63_bits(&mut self, limit: i64) -> i64 {
        if limit & (limit - 1) == 0 {
            return self.next_63_bits() & (limit - 1);
        }
        let most = i64::MAX - ((1_u64 << 63) % limit.unsigned_abs()) as i64;
        loop {
            let drawn = self.next_63_bits();
            if drawn <= most {
                return drawn % limit;
            }
        }
    }

    /// The numbers below `count` in random order.
    pub(super) fn permutation(&mut self, count: usize) -> Vec<usize> {
        let mut order = vec![0; count];
        for at in 0..count {
            // Also for the first, where it decides nothing: the sequence depends on it.
            let limit = i64::try_from(at).unwrap_or(i64::MAX - 1) + 1;
            let chosen = usize::try_from(self.below(limit)).unwrap_or_default();
            order[at] = order[chosen];
            order[chosen] = at;
        }
        order
    }
}

/// The generator of Lehmer with which states are filled at first.
struct Start {
    number: i32,
}

impl Start {
    const MODULUS: i32 = i32::MAX;

    fn new(seed: i64) -> Start {
        let number = i32::try_from(seed).ok().filter(|seed| *seed != 0).unwrap_or(89_482_311);
        let mut start = Start { number };
        for _ in 0..20 {
            start.next();
        }
        start
    }

    fn next(&mut self) -> u64 {
        let product = i64::from(self.number) * 48_271 % i64::from(Self::MODULUS);
        self.number = product as i32;
        product.unsigned_abs()
    }

    /// Three numbers in one, the first two moved up by so many bits.
    fn combined(&mut self, shifts: [u32; 2]) -> u64 {
        let (first, second, third) = (self.next(), self.next(), self.next());
        first << shifts[0] ^ second << shifts[1] ^ third
    }
}

/// The state at the end of the run, in the order in which the generator keeps it.
fn table() -> &'static [u64; LENGTH] {
    static TABLE: OnceLock<Box<[u64; LENGTH]>> = OnceLock::new();
    TABLE.get_or_init(|| state_after(RUN))
}

/// The state after so many steps from the fixed start.
///
/// The sequence of sums follows `s[n] = s[n - 607] + s[n - 273]`, the state being its last 607
/// numbers. With `x` for one step, `x^607 = x^334 + 1`; the remainder of `x^n` then tells how `s[n]`
/// is made of the numbers at the start.
fn state_after(steps: u64) -> Box<[u64; LENGTH]> {
    let mut start = Start::new(1);
    let mut slots = [0; LENGTH];
    for slot in &mut slots {
        *slot = start.combined([20, 10]);
    }
    // The slot at `feed` is overwritten by the first step: it holds the oldest number. The feed goes
    // down by one before each step, so older numbers lie higher.
    let oldest = LENGTH - TAP - 1;
    let slot_of = |age: u64| (oldest + LENGTH - (age % LENGTH as u64) as usize) % LENGTH;
    let mut sequence: Vec<u64> = (0..LENGTH as u64).map(|at| slots[slot_of(at)]).collect();
    // Numbers further on, so that each one wanted is one product away.
    for at in LENGTH..2 * LENGTH {
        sequence.push(sequence[at - LENGTH].wrapping_add(sequence[at - TAP]));
    }
    let power = power_of_step(steps);
    let mut state = Box::new([0; LENGTH]);
    for at in 0..LENGTH {
        let terms = power.iter().zip(&sequence[at..]);
        let number = terms.fold(0_u64, |sum, (factor, term)| sum.wrapping_add(factor.wrapping_mul(*term)));
        state[slot_of(steps + at as u64)] = number;
    }
    state
}

/// The remainder of `x^exponent`, by squaring.
fn power_of_step(exponent: u64) -> Vec<u64> {
    let mut power = vec![0; LENGTH];
    power[0] = 1;
    for bit in (0..u64::BITS - exponent.leading_zeros()).rev() {
        power = square(&power);
        if exponent >> bit & 1 == 1 {
            power.insert(0, 0);
            reduce(&mut power);
        }
    }
    power
}

fn square(factor: &[u64]) -> Vec<u64> {
    let mut product = vec![0_u64; 2 * LENGTH - 1];
    for (at, left) in factor.iter().enumerate().filter(|(_, left)| **left != 0) {
        for (slot, right) in product[at..].iter_mut().zip(factor) {
            *slot = slot.wrapping_add(left.wrapping_mul(*right));
        }
    }
    reduce(&mut product);
    product
}

/// Takes powers from 607 on away, the highest first.
fn reduce(polynomial: &mut Vec<u64>) {
    while polynomial.len() > LENGTH {
        let top = polynomial.pop().unwrap_or_default();
        let low = polynomial.len() - LENGTH;
        polynomial[low] = polynomial[low].wrapping_add(top);
        polynomial[low + LENGTH - TAP] = polynomial[low + LENGTH - TAP].wrapping_add(top);
    }
}

/// The checksum of a text that serves as its number: CRC-64 of ISO 3309.
fn checksum(bytes: &[u8]) -> u64 {
    const POLYNOMIAL: u64 = 0xd800_0000_0000_0000;
    !bytes.iter().fold(u64::MAX, |sum, byte| {
        (0..8).fold(
            sum ^ u64::from(*byte),
            |sum, _| if sum & 1 == 1 { sum >> 1 ^ POLYNOMIAL } else { sum >> 1 },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes every step of the run.
    fn walked(steps: u64) -> [u64; LENGTH] {
        let mut start = Start::new(1);
        let mut state = Box::new([0; LENGTH]);
        for slot in state.iter_mut() {
            *slot = start.combined([20, 10]);
        }
        let mut walker = GoRandom { state, tap: 0, feed: LENGTH - TAP };
        for _ in 0..steps {
            walker.next();
        }
        *walker.state
    }

    #[test]
    fn leaping_ends_where_walking_does() {
        for steps in [0, 1, 2, 272, 273, 333, 334, 606, 607, 608, 1_000, 12_345] {
            assert_eq!(*state_after(steps), walked(steps), "{steps}");
        }
    }

    #[test]
    fn the_checksum_is_the_standard_one() {
        assert_eq!(checksum(b"123456789"), 0xb909_56c7_75a4_1001);
        assert_eq!(checksum(b""), 0);
    }

    /// What Go's documentation and tests show for well-known seeds.
    #[test]
    fn draws_are_those_of_go() {
        let mut random = GoRandom::new(1);
        let drawn: Vec<i64> = (0..10).map(|_| random.below(100)).collect();
        assert_eq!(drawn, [81, 87, 47, 59, 81, 18, 25, 40, 56, 0]);
        assert_eq!(GoRandom::new(1).next_63_bits(), 5_577_006_791_947_779_410);
        let mut random = GoRandom::new(0);
        assert_eq!(random.next_63_bits(), 8_717_895_732_742_165_505);
    }

    #[test]
    fn permutations_have_every_number_once() {
        let mut order = GoRandom::seeded("plumb").permutation(50);
        assert_ne!(order, (0..50).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..50).collect::<Vec<_>>());
        assert!(GoRandom::seeded("plumb").permutation(0).is_empty());
    }
}
