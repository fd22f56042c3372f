//! What a text is cut into, and the symbols that stand for it (RFC 1951, 3.2.5).

/// Shortest and longest match that the format knows.
const SHORTEST: u32 = 3;
const LONGEST: u32 = 258;

/// The symbol for the end of a block.
pub(super) const END_OF_BLOCK: usize = 256;
/// The symbol for the shortest match.
const FIRST_LENGTH: usize = 257;
/// Numbers of symbols.
pub(super) const LITERALS: usize = 286;
pub(super) const DISTANCES: usize = 30;

/// A byte, or some that were there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Literal(u8),
    Match(Match),
}

/// As many bytes as there were so far back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) length: u16,
    pub(super) distance: u16,
}

/// A symbol, and bits behind it that tell apart what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Symbol {
    pub(super) index: usize,
    pub(super) extra: u32,
    pub(super) extra_bits: u32,
}

impl Match {
    pub(super) fn length_symbol(self) -> Symbol {
        let length = u32::from(self.length);
        // Has a symbol of its own, though the one before could tell it, too.
        if length == LONGEST {
            return Symbol { index: LITERALS - 1, extra: 0, extra_bits: 0 };
        }
        symbol(FIRST_LENGTH, length - SHORTEST, 2)
    }

    pub(super) fn distance_symbol(self) -> Symbol {
        symbol(0, u32::from(self.distance) - 1, 1)
    }
}

/// Each power of two is divided into `1 << leading_bits` symbols, as far as there are as many numbers.
fn symbol(first: usize, number: u32, leading_bits: u32) -> Symbol {
    let Some(extra_bits) = number.checked_ilog2().and_then(|bits| bits.checked_sub(leading_bits)) else {
        return Symbol { index: first + number as usize, extra: 0, extra_bits: 0 };
    };
    let leading = number >> extra_bits;
    Symbol {
        index: first + (extra_bits << leading_bits) as usize + leading as usize,
        extra: number - (leading << extra_bits),
        extra_bits,
    }
}

/// Bits behind a symbol for a literal or a length.
pub(super) fn extra_bits_of_literal(index: usize) -> usize {
    let above = index.saturating_sub(FIRST_LENGTH);
    if index == LITERALS - 1 { 0 } else { (above / 4).saturating_sub(1) }
}

/// Bits behind a symbol for a distance.
pub(super) fn extra_bits_of_distance(index: usize) -> usize {
    (index / 2).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_those_of_the_format() {
        let of_length = |length| {
            let symbol = Match { length, distance: 1 }.length_symbol();
            (symbol.index, symbol.extra, symbol.extra_bits)
        };
        assert_eq!([3, 4, 10].map(of_length), [(257, 0, 0), (258, 0, 0), (264, 0, 0)]);
        assert_eq!([11, 12, 13, 18].map(of_length), [(265, 0, 1), (265, 1, 1), (266, 0, 1), (268, 1, 1)]);
        assert_eq!([19, 130, 131].map(of_length), [(269, 0, 2), (280, 15, 4), (281, 0, 5)]);
        assert_eq!(
            [226, 227, 257, 258].map(of_length),
            [(283, 31, 5), (284, 0, 5), (284, 30, 5), (285, 0, 0)]
        );
        let of_distance = |distance| {
            let symbol = Match { length: 3, distance }.distance_symbol();
            (symbol.index, symbol.extra, symbol.extra_bits)
        };
        assert_eq!([1, 2, 3, 4].map(of_distance), [(0, 0, 0), (1, 0, 0), (2, 0, 0), (3, 0, 0)]);
        assert_eq!([5, 6, 7, 9].map(of_distance), [(4, 0, 1), (4, 1, 1), (5, 0, 1), (6, 0, 2)]);
        assert_eq!([24577, 32768].map(of_distance), [(29, 0, 13), (29, 8191, 13)]);
    }

    #[test]
    fn symbols_tell_how_many_bits_follow() {
        for length in 3..=258 {
            let symbol = Match { length, distance: 1 }.length_symbol();
            assert_eq!(extra_bits_of_literal(symbol.index), symbol.extra_bits as usize, "{length}");
        }
        for distance in 1..=32768 {
            let symbol = Match { length: 3, distance }.distance_symbol();
            assert_eq!(extra_bits_of_distance(symbol.index), symbol.extra_bits as usize, "{distance}");
        }
        assert_eq!([0, 255, 256].map(extra_bits_of_literal), [0; 3]);
    }
}
