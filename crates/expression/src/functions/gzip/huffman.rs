//! Codes of limited length, the more frequent a symbol the shorter.
//!
//! Among the best codes there are often several. Which one it is follows from two rules: symbols of the
//! same frequency count as less frequent the lower they are, and a package that weighs as much as a symbol
//! comes before it.

/// A code, with its first bit lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) bits: u32,
    pub(super) length: u32,
}

/// Lengths of the best codes that are no longer than a limit; zero for symbols that do not occur.
pub(super) fn lengths(frequencies: &[u32], limit: usize) -> Vec<u8> {
    let occurring = frequencies.iter().enumerate().filter(|(_, frequency)| **frequency > 0);
    let mut leaves: Vec<(u32, usize)> = occurring.map(|(symbol, frequency)| (*frequency, symbol)).collect();
    let mut lengths = vec![0; frequencies.len()];
    if leaves.len() <= 2 {
        leaves.iter().for_each(|(_, symbol)| lengths[*symbol] = 1);
        return lengths;
    }
    leaves.sort_unstable();
    // No tree is deeper than this.
    let rows = rows(&leaves, limit.min(leaves.len() - 1));
    // Of the last row as many items count as a tree has nodes below its root, and in the rows before those
    // that their packages are made of. A code has a bit for each row in which its symbol counts.
    let mut counting = 2 * leaves.len() - 2;
    for row in rows.iter().rev() {
        let symbols = row[..counting].iter().filter(|item| **item == Item::Symbol).count();
        leaves[..symbols].iter().for_each(|(_, symbol)| lengths[*symbol] += 1);
        counting = 2 * (counting - symbols);
    }
    lengths
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Item {
    /// The next symbol, in the order of their frequencies.
    Symbol,
    /// The next two items of the row before.
    Package,
}

/// Package and merge (Larmore and Hirschberg, 1990): each row has all symbols and the packages made of the
/// row before, sorted by what they weigh.
fn rows(leaves: &[(u32, usize)], count: usize) -> Vec<Vec<Item>> {
    let mut rows = Vec::with_capacity(count);
    let mut packages: Vec<u32> = Vec::new();
    for _ in 0..count {
        let (items, weights) = merge(leaves, &packages);
        packages = weights.chunks_exact(2).map(|pair| pair[0] + pair[1]).collect();
        rows.push(items);
    }
    rows
}

fn merge(leaves: &[(u32, usize)], packages: &[u32]) -> (Vec<Item>, Vec<u32>) {
    let mut symbols = leaves.iter().map(|(frequency, _)| *frequency).peekable();
    let mut packages = packages.iter().copied().peekable();
    std::iter::from_fn(|| match (symbols.peek(), packages.peek()) {
        (Some(symbol), Some(package)) if symbol < package => Some((Item::Symbol, symbols.next()?)),
        (_, Some(_)) => Some((Item::Package, packages.next()?)),
        _ => Some((Item::Symbol, symbols.next()?)),
    })
    .unzip()
}

/// The codes of given lengths, as the format numbers them (RFC 1951, 3.2.2).
pub(super) fn codes(lengths: &[u8]) -> Vec<Code> {
    let mut codes = vec![Code::default(); lengths.len()];
    let mut next = 0_u32;
    for length in 1..=15 {
        next <<= 1;
        for (symbol, _) in lengths.iter().enumerate().filter(|(_, other)| **other == length) {
            let length = u32::from(length);
            codes[symbol] = Code { bits: next.reverse_bits() >> (32 - length), length };
            next += 1;
        }
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_symbols_have_one_bit() {
        assert_eq!(lengths(&[0, 0, 0], 15), [0, 0, 0]);
        assert_eq!(lengths(&[0, 9, 0], 15), [0, 1, 0]);
        assert_eq!(lengths(&[1, 0, 9], 15), [1, 0, 1]);
    }

    #[test]
    fn ties_are_broken_by_order_and_packages() {
        assert_eq!(lengths(&[1, 1, 1], 15), [2, 2, 1]);
        // Two bits for each would be as good, but the package of the first two comes before the third.
        assert_eq!(lengths(&[1, 1, 2, 2], 15), [3, 3, 2, 1]);
        assert_eq!(lengths(&[2, 1, 1, 2, 4], 15), [3, 4, 4, 2, 1]);
    }

    #[test]
    fn no_code_is_longer_than_the_limit() {
        let doubling: Vec<u32> = (0..19).map(|power| 1 << power).collect();
        let unlimited = lengths(&doubling, 18);
        assert_eq!((unlimited[0], unlimited[18]), (18, 1));
        for limit in [5, 7, 15] {
            let lengths = lengths(&doubling, limit);
            assert_eq!(lengths.iter().max().map(|longest| usize::from(*longest)), Some(limit));
            // Every code is used.
            let used: u32 = lengths.iter().map(|length| 1 << (limit - usize::from(*length))).sum();
            assert_eq!(used, 1 << limit);
        }
    }

    #[test]
    fn codes_are_numbered_as_in_the_example_of_the_format() {
        let codes = codes(&[3, 3, 3, 3, 3, 2, 4, 4]);
        let shown: Vec<String> = codes
            .iter()
            .map(|code| {
                (0..code.length).map(|bit| if code.bits >> bit & 1 == 1 { '1' } else { '0' }).collect()
            })
            .collect();
        assert_eq!(shown, ["010", "011", "100", "101", "110", "00", "1110", "1111"]);
    }
}
