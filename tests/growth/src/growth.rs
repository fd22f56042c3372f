//! Whether figures at several sizes grow in proportion to the size.

use std::fmt;

/// Each is twice the one before, so that containers which double when they are full do so equally
/// often in between.
pub const SIZES: [usize; 3] = [512, 1024, 2048];

/// What a cost may become when the work doubles. In proportion it is twice as much, with a logarithm
/// a little more, with the square four times.
const LIMIT: f64 = 2.3;

/// Too little to say anything about how it grows.
const NEGLIGIBLE: u64 = 2_000;

/// A cost at each of the [`SIZES`].
#[derive(Clone, Copy, Debug)]
pub struct Growth(pub [u64; 3]);

impl Growth {
    /// How much the increase from the second to the third size is of the increase from the first to
    /// the second: what is the same at every size does not count. `None` where there is next to none.
    pub fn ratio(self) -> Option<f64> {
        let [small, middle, large] = self.0;
        let (first, second) = (middle.saturating_sub(small), large.saturating_sub(middle));
        (second > NEGLIGIBLE).then(|| second as f64 / first.max(1) as f64)
    }

    /// Whether it is in proportion to the size, or less.
    pub fn is_linear(self) -> bool {
        self.ratio().is_none_or(|ratio| ratio <= LIMIT)
    }
}

impl fmt::Display for Growth {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [small, middle, large] = self.0;
        let ratio = self.ratio().map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}"));
        write!(out, "{small}, {middle}, {large}; increase times {ratio}, at most {LIMIT} is allowed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_pass_and_squares_do_not() {
        let of = |cost: fn(u64) -> u64| Growth(SIZES.map(|size| cost(size as u64)));
        assert!(of(|size| 100_000 + 7 * size).is_linear());
        assert!(of(|size| 100 * size * u64::from(size.ilog2())).is_linear());
        assert!(of(|_| 1_000_000).is_linear());
        assert!(!of(|size| size * size).is_linear());
        assert!(!of(|size| 100 * size + size * size / 2).is_linear());
    }
}
