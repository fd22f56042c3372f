//! How the lengths of codes are written: runs of the same shortened (RFC 1951, 3.2.7).

/// Number of symbols: the lengths up to 15, and three kinds of runs.
pub(super) const SYMBOLS: usize = 19;
const REPEAT: u8 = 16;
const SHORT_ZEROS: u8 = 17;
const LONG_ZEROS: u8 = 18;

/// A length, or a run with how long it is beyond the shortest of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RunSymbol {
    pub(super) index: u8,
    pub(super) extra: u32,
}

impl RunSymbol {
    /// Bits behind a symbol.
    pub(super) fn extra_bits(self) -> u32 {
        match self.index {
            REPEAT => 2,
            SHORT_ZEROS => 3,
            LONG_ZEROS => 7,
            _ => 0,
        }
    }
}

/// Each run takes as much as it can of what is left; what is too short for one is written out.
pub(super) fn shorten(lengths: &[u8]) -> Vec<RunSymbol> {
    let mut out = Vec::new();
    for run in lengths.chunk_by(|left, right| left == right) {
        match run[0] {
            0 => {
                let left = runs(&mut out, run.len(), LONG_ZEROS, 11..=138);
                let left = runs(&mut out, left, SHORT_ZEROS, 3..=10);
                literally(&mut out, 0, left);
            }
            length => {
                literally(&mut out, length, 1);
                let left = runs(&mut out, run.len() - 1, REPEAT, 3..=6);
                literally(&mut out, length, left);
            }
        }
    }
    out
}

/// What is left of a number of lengths after runs of a kind.
fn runs(
    out: &mut Vec<RunSymbol>,
    count: usize,
    index: u8,
    lengths: std::ops::RangeInclusive<usize>,
) -> usize {
    let mut left = count;
    while left >= *lengths.start() {
        let taken = left.min(*lengths.end());
        out.push(RunSymbol { index, extra: (taken - lengths.start()) as u32 });
        left -= taken;
    }
    left
}

fn literally(out: &mut Vec<RunSymbol>, length: u8, count: usize) {
    out.extend(std::iter::repeat_n(RunSymbol { index: length, extra: 0 }, count));
}

#[cfg(test)]
mod tests {
    #[test]
    fn runs_are_shortened() {
        let shorten = |runs: &[(u8, usize)]| -> Vec<(u8, u32)> {
            let lengths: Vec<u8> =
                runs.iter().flat_map(|(length, count)| std::iter::repeat_n(*length, *count)).collect();
            super::shorten(&lengths).iter().map(|symbol| (symbol.index, symbol.extra)).collect()
        };
        assert_eq!(shorten(&[]), []);
        assert_eq!(shorten(&[(8, 3)]), [(8, 0), (8, 0), (8, 0)]);
        assert_eq!(shorten(&[(8, 4)]), [(8, 0), (16, 0)]);
        assert_eq!(shorten(&[(8, 9), (7, 1)]), [(8, 0), (16, 3), (8, 0), (8, 0), (7, 0)]);
        assert_eq!(shorten(&[(0, 2)]), [(0, 0), (0, 0)]);
        assert_eq!(shorten(&[(0, 10)]), [(17, 7)]);
        assert_eq!(shorten(&[(0, 11)]), [(18, 0)]);
        assert_eq!(shorten(&[(0, 140)]), [(18, 127), (0, 0), (0, 0)]);
        assert_eq!(shorten(&[(0, 143), (1, 1)]), [(18, 127), (17, 2), (1, 0)]);
    }
}
