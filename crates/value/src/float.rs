//! Binary floating point of a chosen precision, rounded half to even.
//!
//! Responsible for arithmetic that gives bit for bit what Go's `big.Float` gives, because that is
//! what existing configurations and states were computed with. Every result has the precision of
//! its wider operand, as there: a number made from a machine word has 64 bits, one read from text
//! 512. It knows nothing of infinities; [`crate::Number`] does.

use std::cmp::Ordering;

use dashu_base::{Abs, BitTest, DivRem, Sign, UnsignedAbs};
use dashu_int::{IBig, UBig};

/// Bits of a number read from text, and the most a product has.
pub(crate) const PRECISION: u32 = 512;
/// Bits that the way from decimal to binary has more than its result.
const GUARD: u32 = 64;
/// Limits of the exponent, as in `0.1… × 2^exponent`: almost 20,000 digits before or behind the point.
/// The peers allow four thousand million digits, and writing these out would never end.
const EXPONENT_LIMIT: i64 = 1 << 16;

/// `significand × 2^exponent`. The significand is odd, or zero with a zero exponent.
#[derive(Clone, Debug)]
pub(crate) struct Float {
    pub(crate) significand: IBig,
    pub(crate) exponent: i64,
    pub(crate) precision: u32,
    /// Whether this is the zero that prints as `-0`.
    pub(crate) negative_zero: bool,
}

/// What an operation gave.
pub(crate) enum Rounded {
    Finite(Float),
    /// It was too large; the flag says whether it is negative.
    Infinite(bool),
}

impl Float {
    /// The number itself, without rounding; for what is known to fit.
    pub(crate) fn exact(significand: IBig, exponent: i64, precision: u32) -> Float {
        match significand.trailing_zeros() {
            None => Float::zero(precision, false),
            Some(0) => Float { significand, exponent, precision, negative_zero: false },
            Some(zeros) => Float {
                significand: significand >> zeros,
                exponent: exponent + zeros as i64,
                precision,
                negative_zero: false,
            },
        }
    }

    /// Zero.
    pub(crate) fn zero(precision: u32, negative: bool) -> Float {
        Float { significand: IBig::ZERO, exponent: 0, precision, negative_zero: negative }
    }

    /// Rounds to the precision. `sticky` says that a little is missing, too little to be a bit of
    /// the significand, which then has more bits than the precision.
    fn round(significand: IBig, exponent: i64, sticky: bool, precision: u32) -> Rounded {
        let negative = significand.sign() == Sign::Negative;
        let mut magnitude = significand.unsigned_abs();
        let mut exponent = exponent;
        let length = magnitude.bit_len();
        let wanted = precision as usize;
        if length > wanted {
            let surplus = length - wanted;
            let half = magnitude.bit(surplus - 1);
            let below = sticky || magnitude.trailing_zeros().is_some_and(|zeros| zeros < surplus - 1);
            magnitude >>= surplus;
            exponent = exponent.saturating_add(surplus as i64);
            if half && (below || magnitude.bit(0)) {
                magnitude += UBig::ONE;
            }
        }
        let top = exponent.saturating_add(magnitude.bit_len() as i64);
        if magnitude.is_zero() || top < -EXPONENT_LIMIT - 1 {
            return Rounded::Finite(Float::zero(precision, negative));
        }
        if top > EXPONENT_LIMIT {
            return Rounded::Infinite(negative);
        }
        let sign = if negative { Sign::Negative } else { Sign::Positive };
        Rounded::Finite(Float::exact(IBig::from_parts(sign, magnitude), exponent, precision))
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.significand.is_zero()
    }

    pub(crate) fn is_negative(&self) -> bool {
        self.significand.sign() == Sign::Negative || self.negative_zero
    }

    /// Where the highest bit is: the number is in `[2^(top-1), 2^top)`.
    pub(crate) fn top(&self) -> i64 {
        self.exponent + self.bits() as i64
    }

    /// How many bits it takes.
    pub(crate) fn bits(&self) -> usize {
        (&self.significand).unsigned_abs().bit_len()
    }

    pub(crate) fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    pub(crate) fn negate(&self) -> Float {
        let mut result = self.clone();
        if result.is_zero() {
            result.negative_zero = !result.negative_zero;
        } else {
            result.significand = -result.significand;
        }
        result
    }

    pub(crate) fn add(&self, other: &Float) -> Rounded {
        self.add_at(other, self.precision.max(other.precision))
    }

    pub(crate) fn add_at(&self, other: &Float, precision: u32) -> Rounded {
        if self.is_zero() && other.is_zero() {
            return Rounded::Finite(Float::zero(precision, self.negative_zero && other.negative_zero));
        }
        if self.is_zero() || other.is_zero() {
            let present = if self.is_zero() { other } else { self };
            return Float::round(present.significand.clone(), present.exponent, false, precision);
        }
        let (large, small) = if self.top() >= other.top() { (self, other) } else { (other, self) };
        let guard = i64::from(precision) + large.bits() as i64 + 4;
        if large.top() - small.top() > guard {
            // Too small to matter but for the direction of rounding: one bit stands for it.
            let shift = guard as usize;
            let hint = IBig::from(if small.is_negative() { -1 } else { 1 });
            let sum = (&large.significand << shift) + hint;
            return Float::round(sum, large.exponent - guard, false, precision);
        }
        let exponent = self.exponent.min(other.exponent);
        let sum = (&self.significand << (self.exponent - exponent) as usize)
            + (&other.significand << (other.exponent - exponent) as usize);
        Float::round(sum, exponent, false, precision)
    }

    pub(crate) fn multiply_at(&self, other: &Float, precision: u32) -> Rounded {
        if self.is_zero() || other.is_zero() {
            return Rounded::Finite(Float::zero(precision, self.is_negative() != other.is_negative()));
        }
        Float::round(&self.significand * &other.significand, self.exponent + other.exponent, false, precision)
    }

    /// The product, which takes as many bits as it needs, up to 512.
    pub(crate) fn multiply(&self, other: &Float) -> Rounded {
        match self.multiply_at(other, PRECISION) {
            Rounded::Finite(mut product) => {
                product.precision = self.precision.max(other.precision).max(product.bits() as u32);
                Rounded::Finite(product)
            }
            infinite @ Rounded::Infinite(_) => infinite,
        }
    }

    pub(crate) fn divide_at(&self, other: &Float, precision: u32) -> Rounded {
        let negative = self.is_negative() != other.is_negative();
        if other.is_zero() {
            return Rounded::Infinite(negative);
        }
        if self.is_zero() {
            return Rounded::Finite(Float::zero(precision, negative));
        }
        let wanted = precision as usize + 2 + other.bits();
        let shift = wanted.saturating_sub(self.bits());
        let (quotient, remainder) = (&self.significand << shift).div_rem(&other.significand);
        let exponent = self.exponent - other.exponent - shift as i64;
        Float::round(quotient, exponent, !remainder.is_zero(), precision)
    }

    pub(crate) fn divide(&self, other: &Float) -> Rounded {
        self.divide_at(other, self.precision.max(other.precision))
    }

    /// The integer nearest to it on the way to zero.
    pub(crate) fn truncated(&self) -> IBig {
        if self.exponent >= 0 {
            return &self.significand << self.exponent as usize;
        }
        let magnitude = (&self.significand).unsigned_abs() >> self.exponent.unsigned_abs() as usize;
        let sign = self.significand.sign();
        IBig::from_parts(sign, magnitude)
    }

    /// Rounded to a precision of its own.
    pub(crate) fn with_precision(&self, precision: u32) -> Rounded {
        if self.is_zero() {
            return Rounded::Finite(Float::zero(precision, self.negative_zero));
        }
        Float::round(self.significand.clone(), self.exponent, false, precision)
    }

    /// `digits × 10^decimal × 2^binary`, rounded to 512 bits the way Go does it: for great exponents
    /// the power of five is itself a rounded one, so that the last bit may be off, alike.
    pub(crate) fn from_decimal(negative: bool, digits: UBig, decimal: i64, binary: i64) -> Option<Rounded> {
        if digits.is_zero() {
            return Some(Rounded::Finite(Float::zero(PRECISION, negative)));
        }
        let exponent = decimal.checked_add(binary)?;
        let top = exponent.checked_add(digits.bit_len() as i64)?;
        if !(-EXPONENT_LIMIT - 1..=EXPONENT_LIMIT).contains(&top) {
            return None;
        }
        let sign = if negative { Sign::Negative } else { Sign::Positive };
        let exact = Float::exact(IBig::from_parts(sign, digits), exponent, PRECISION);
        let power = match power_of_five(decimal.unsigned_abs()) {
            Rounded::Finite(power) => power,
            Rounded::Infinite(_) => return None,
        };
        let rounded = match decimal.cmp(&0) {
            Ordering::Equal => exact.with_precision(PRECISION),
            Ordering::Greater => exact.multiply_at(&power, PRECISION),
            Ordering::Less => exact.divide_at(&power, PRECISION),
        };
        let is_in_range = matches!(&rounded, Rounded::Finite(float) if !float.is_zero());
        is_in_range.then_some(rounded)
    }
}

/// A power of five, of limited precision.
fn power_of_five(exponent: u64) -> Rounded {
    const FIRST: u64 = 27;
    let precision = PRECISION + GUARD;
    let five = IBig::from(5);
    if exponent <= FIRST {
        return Rounded::Finite(Float::exact(five.pow(exponent as usize), 0, precision));
    }
    let mut result = Float::exact(five.pow(FIRST as usize), 0, precision);
    let mut factor = Float::exact(five, 0, precision + GUARD);
    let mut left = exponent - FIRST;
    loop {
        if left & 1 != 0 {
            match result.multiply_at(&factor, precision) {
                Rounded::Finite(product) => result = product,
                infinite @ Rounded::Infinite(_) => return infinite,
            }
        }
        left >>= 1;
        if left == 0 {
            return Rounded::Finite(result);
        }
        match factor.multiply_at(&factor, precision + GUARD) {
            Rounded::Finite(square) => factor = square,
            infinite @ Rounded::Infinite(_) => return infinite,
        }
    }
}

impl PartialEq for Float {
    fn eq(&self, other: &Self) -> bool {
        self.significand == other.significand && self.exponent == other.exponent
    }
}

impl Eq for Float {}

impl PartialOrd for Float {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Float {
    fn cmp(&self, other: &Self) -> Ordering {
        let rank = |float: &Float| match (float.is_zero(), float.significand.sign()) {
            (true, _) => 0,
            (false, Sign::Positive) => 1,
            (false, Sign::Negative) => -1,
        };
        let (own, others) = (rank(self), rank(other));
        if own != others || own == 0 {
            return own.cmp(&others);
        }
        let magnitude = self.top().cmp(&other.top()).then_with(|| {
            // Equal tops: the shifts below are bounded by the significands' own lengths.
            let exponent = self.exponent.min(other.exponent);
            let own = (&self.significand).abs() << (self.exponent - exponent) as usize;
            own.cmp(&((&other.significand).abs() << (other.exponent - exponent) as usize))
        });
        if own < 0 { magnitude.reverse() } else { magnitude }
    }
}
