//! Numbers.
//!
//! Responsible for what a number of the language is: a binary floating point number of 512 bits, or
//! of 64 where it came from a machine word, as existing configurations rely on. Almost all numbers
//! are small integers, which take no memory of their own and no big arithmetic here.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use dashu_base::{BitTest, Sign, UnsignedAbs};
use dashu_int::{IBig, UBig};

use crate::decimal::{self, Decimal};
use crate::float::{Float, PRECISION, Rounded};

/// A number; cloned in constant time.
///
/// Two numbers with a fraction are equal if they print alike, whatever their precision: the 0.1 that a
/// provider sends as a machine's number is the 0.1 of the configuration. Their order agrees with that.
/// Integers are compared as they are.
#[derive(Clone)]
pub struct Number(Form);

#[derive(Clone)]
enum Form {
    /// An integer that prints as it is, with its precision. Minus zero is a big number.
    Small(i64, u32),
    Big(Arc<Float>),
    Infinite {
        negative: bool,
    },
}

/// Bits of a number made from an integer of the machine.
const WORD: u32 = 64;
/// Bits of a number made from a floating point number of the machine.
const DOUBLE: u32 = 53;

impl Number {
    /// Zero.
    pub const ZERO: Number = Number(Form::Small(0, WORD));
    /// More than any other number.
    pub const INFINITY: Number = Number(Form::Infinite { negative: false });
    /// Less than any other number.
    pub const NEGATIVE_INFINITY: Number = Number(Form::Infinite { negative: true });

    /// Whether both are equal and of the same precision, so that nothing made of them can differ.
    pub(crate) fn is_identical(&self, other: &Number) -> bool {
        match (&self.0, &other.0) {
            (Form::Small(one, precision), Form::Small(two, other_precision)) => {
                one == two && precision == other_precision
            }
            (Form::Big(one), Form::Big(two)) => {
                Arc::ptr_eq(one, two)
                    || (one.precision == two.precision
                        && one.negative_zero == two.negative_zero
                        && self.compare_exactly(other) == Ordering::Equal)
            }
            (Form::Infinite { negative }, Form::Infinite { negative: other }) => negative == other,
            _ => false,
        }
    }

    /// Reads a decimal number: digits with at most one point, then an exponent of ten (`e5`) or of
    /// two (`p5`); or `Inf`. Nothing else is allowed, neither blanks nor other bases.
    pub fn parse(text: &str) -> Option<Number> {
        let bytes = text.as_bytes();
        let (negative, digits) = match bytes.first()? {
            b'-' => (true, &bytes[1..]),
            b'+' => (false, &bytes[1..]),
            _ => (false, bytes),
        };
        if (1..=18).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) {
            let magnitude = digits.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
            if magnitude != 0 || !negative {
                return Some(Number(Form::Small(if negative { -magnitude } else { magnitude }, PRECISION)));
            }
        }
        if digits == b"Inf" || digits == b"inf" {
            return Some(Number(Form::Infinite { negative }));
        }
        let (digits, decimal, binary) = scan(digits)?;
        Float::from_decimal(negative, digits, decimal, binary).map(Number::from_rounded)
    }

    /// The integer with these digits, which are less than the base, exactly: it has as many bits as it needs.
    pub fn from_digits(digits: &[u32], base: u32) -> Number {
        let magnitude = from_digits(digits, &UBig::from(base));
        let precision = u32::try_from(magnitude.bit_len()).unwrap_or(u32::MAX).max(WORD);
        Number::from_float(Float::exact(IBig::from(magnitude), 0, precision))
    }

    /// A number of the machine; `None` for what is not a number.
    pub fn from_f64(value: f64) -> Option<Number> {
        if value.is_nan() {
            return None;
        }
        if value.is_infinite() {
            return Some(Number(Form::Infinite { negative: value < 0.0 }));
        }
        let bits = value.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let biased = (bits >> 52 & 0x7ff) as i64;
        let (significand, exponent) =
            if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) };
        let sign = if value.is_sign_negative() { Sign::Negative } else { Sign::Positive };
        if significand == 0 {
            return Some(Number::from_float(Float::zero(DOUBLE, sign == Sign::Negative)));
        }
        let significand = IBig::from_parts(sign, UBig::from(significand));
        Some(Number::from_float(Float::exact(significand, exponent, DOUBLE)))
    }

    fn from_rounded(rounded: Rounded) -> Number {
        match rounded {
            Rounded::Finite(float) => Number::from_float(float),
            Rounded::Infinite(negative) => Number(Form::Infinite { negative }),
        }
    }

    fn from_float(float: Float) -> Number {
        let small = word(&float).filter(|value| fits(*value, float.precision) && !float.negative_zero);
        if let Some(value) = small {
            return Number(Form::Small(value, float.precision));
        }
        Number(Form::Big(Arc::new(float)))
    }

    /// The finite number in its long form.
    fn float(&self) -> Option<Float> {
        match &self.0 {
            Form::Small(value, precision) => Some(Float::exact(IBig::from(*value), 0, *precision)),
            Form::Big(float) => Some((**float).clone()),
            Form::Infinite { .. } => None,
        }
    }

    /// Exactly this integer, if it is one and fits.
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Form::Small(value, _) => Some(*value),
            Form::Big(float) => word(float),
            Form::Infinite { .. } => None,
        }
    }

    /// Exactly this integer, if it is one and fits.
    pub fn to_u64(&self) -> Option<u64> {
        match &self.0 {
            Form::Small(value, _) => u64::try_from(*value).ok(),
            Form::Big(float) if float.is_integer() && float.top() <= i64::from(WORD) => {
                u64::try_from(float.truncated()).ok()
            }
            Form::Big(_) | Form::Infinite { .. } => None,
        }
    }

    /// Exactly this integer, if it is one and fits.
    pub fn to_usize(&self) -> Option<usize> {
        self.to_u64().and_then(|value| usize::try_from(value).ok())
    }

    /// The nearest number of the machine.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Form::Small(value, _) => *value as f64,
            Form::Big(float) => nearest_double(float),
            Form::Infinite { negative: false } => f64::INFINITY,
            Form::Infinite { negative: true } => f64::NEG_INFINITY,
        }
    }

    /// The number of the machine that is exactly this one.
    pub fn to_exact_f64(&self) -> Option<f64> {
        let nearest = self.to_f64();
        Number::from_f64(nearest).filter(|exact| exact.compare_exactly(self).is_eq()).map(|_| nearest)
    }

    /// Whether it has no fraction; infinities are no integers.
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Form::Small(..) => true,
            Form::Big(float) => float.is_integer(),
            Form::Infinite { .. } => false,
        }
    }

    /// Whether it is neither infinity.
    pub fn is_finite(&self) -> bool {
        !matches!(self.0, Form::Infinite { .. })
    }

    /// Whether it is zero, minus zero included.
    pub fn is_zero(&self) -> bool {
        self.to_i64() == Some(0)
    }

    /// Whether its sign is minus, that of minus zero included.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Form::Small(value, _) => *value < 0,
            Form::Big(float) => float.is_negative(),
            Form::Infinite { negative } => *negative,
        }
    }

    /// The integer nearest to it on the way to zero; an infinity stays one.
    #[must_use]
    pub fn truncate(&self) -> Number {
        match &self.0 {
            Form::Big(float) if !float.is_integer() => {
                let whole = Float::exact(float.truncated(), 0, float.precision);
                Number::from_float(whole)
            }
            _ => self.clone(),
        }
    }

    /// The greatest integer that is not greater.
    #[must_use]
    pub fn floor(&self) -> Number {
        let whole = self.truncate();
        if whole > *self { whole.add(&Number::from(-1)).unwrap_or(whole) } else { whole }
    }

    /// The least integer that is not less.
    #[must_use]
    pub fn ceiling(&self) -> Number {
        let whole = self.truncate();
        if whole < *self { whole.add(&Number::from(1)).unwrap_or(whole) } else { whole }
    }

    /// The sum; none of opposite infinities.
    pub fn add(&self, other: &Number) -> Option<Number> {
        if let (Form::Small(one, precision), Form::Small(two, other_precision)) = (&self.0, &other.0) {
            let precision = *precision.max(other_precision);
            if let Some(sum) = one.checked_add(*two).filter(|sum| fits(*sum, precision)) {
                return Some(Number(Form::Small(sum, precision)));
            }
        }
        match (&self.0, &other.0) {
            (Form::Infinite { negative: one }, Form::Infinite { negative: two }) => {
                (one == two).then(|| self.clone())
            }
            (Form::Infinite { .. }, _) => Some(self.clone()),
            (_, Form::Infinite { .. }) => Some(other.clone()),
            _ => Some(Number::from_rounded(self.float()?.add(&other.float()?))),
        }
    }

    /// The difference; none of equal infinities.
    pub fn subtract(&self, other: &Number) -> Option<Number> {
        self.add(&other.negate())
    }

    /// The number with the other sign.
    #[must_use]
    pub fn negate(&self) -> Number {
        match &self.0 {
            Form::Small(value, precision) if *value != 0 && *value != i64::MIN => {
                Number(Form::Small(-value, *precision))
            }
            Form::Small(value, precision) => {
                Number::from_float(Float::exact(IBig::from(*value), 0, *precision).negate())
            }
            Form::Big(float) => Number::from_float(float.negate()),
            Form::Infinite { negative } => Number(Form::Infinite { negative: !negative }),
        }
    }

    /// The number without its sign.
    #[must_use]
    pub fn absolute(&self) -> Number {
        if self.is_negative() { self.negate() } else { self.clone() }
    }

    /// The product; none of zero and an infinity.
    pub fn multiply(&self, other: &Number) -> Option<Number> {
        if let (Form::Small(one, precision), Form::Small(two, other_precision)) = (&self.0, &other.0) {
            // A product of zero takes its sign from both, which the long way minds.
            let precision = *precision.max(other_precision);
            if let Some(product) = one.checked_mul(*two).filter(|product| *product != 0) {
                return Some(if precision >= WORD {
                    Number(Form::Small(product, precision))
                } else {
                    Number::from_product(product, precision)
                });
            }
        }
        if !self.is_finite() || !other.is_finite() {
            let negative = self.is_negative() != other.is_negative();
            return (!self.is_zero() && !other.is_zero()).then_some(Number(Form::Infinite { negative }));
        }
        Some(Number::from_rounded(self.float()?.multiply(&other.float()?)))
    }

    /// A product in the least precision that holds it.
    fn from_product(value: i64, precision: u32) -> Number {
        let needed = WORD - value.unsigned_abs().leading_zeros() - value.trailing_zeros();
        Number::from_float(Float::exact(IBig::from(value), 0, precision.max(needed)))
    }

    /// The quotient; an infinity if `other` is zero, none of two zeros or two infinities.
    pub fn divide(&self, other: &Number) -> Option<Number> {
        if let (Form::Small(one, precision), Form::Small(two, other_precision)) = (&self.0, &other.0)
            && *one != 0
            && one.checked_rem(*two) == Some(0)
        {
            return Some(Number(Form::Small(one / two, *precision.max(other_precision))));
        }
        let negative = self.is_negative() != other.is_negative();
        match (self.is_finite(), other.is_finite()) {
            (false, false) => None,
            (false, true) => Some(Number(Form::Infinite { negative })),
            (true, false) => Some(Number::from_float(Float::zero(self.precision(), negative))),
            (true, true) if self.is_zero() && other.is_zero() => None,
            (true, true) => Some(Number::from_rounded(self.float()?.divide(&other.float()?))),
        }
    }

    /// What is left of it after as many whole `other` as it has, towards zero: `-7 % 3` is `-1`. The
    /// number itself if `other` is zero. Nothing is left of infinity, nor by it.
    pub fn modulo(&self, other: &Number) -> Option<Number> {
        if !self.is_finite() || !other.is_finite() {
            return None;
        }
        if other.is_zero() {
            return Some(self.clone());
        }
        if let (Form::Small(one, precision), Form::Small(two, other_precision)) = (&self.0, &other.0)
            && *precision.min(other_precision) >= WORD
        {
            return Some(Number(Form::Small(one.checked_rem(*two).unwrap_or(0), *precision)));
        }
        // Step by step as the peers do, each step rounded to the precision of the dividend.
        let (dividend, divisor) = (self.float()?, other.float()?);
        let Rounded::Finite(ratio) = dividend.divide(&divisor) else { return None };
        let whole = Float::exact(ratio.truncated(), 0, dividend.precision);
        let Rounded::Finite(whole) = whole.with_precision(dividend.precision) else { return None };
        let Rounded::Finite(part) = whole.multiply_at(&divisor, dividend.precision) else { return None };
        Some(Number::from_rounded(dividend.add_at(&part.negate(), dividend.precision)))
    }

    /// The order of the values themselves, which `<` goes by: numbers that print alike, and so are
    /// equal, may still be one less than the other if their precision differs.
    pub fn compare_exactly(&self, other: &Number) -> Ordering {
        match (&self.0, &other.0) {
            (Form::Small(one, _), Form::Small(two, _)) => one.cmp(two),
            (Form::Infinite { negative: one }, Form::Infinite { negative: two }) => two.cmp(one),
            (Form::Infinite { negative }, _) => {
                if *negative {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
            (_, Form::Infinite { negative }) => {
                if *negative {
                    Ordering::Greater
                } else {
                    Ordering::Less
                }
            }
            (Form::Big(one), Form::Big(two)) => one.cmp(two),
            (Form::Small(one, precision), Form::Big(two)) => {
                Float::exact(IBig::from(*one), 0, *precision).cmp(two)
            }
            (Form::Big(one), Form::Small(two, precision)) => {
                (**one).cmp(&Float::exact(IBig::from(*two), 0, *precision))
            }
        }
    }

    fn precision(&self) -> u32 {
        match &self.0 {
            Form::Small(_, precision) => *precision,
            Form::Big(float) => float.precision,
            Form::Infinite { .. } => PRECISION,
        }
    }

    /// Its first ten digits, which sets of composite values are ordered by.
    pub(crate) fn ten_digits(&self) -> String {
        self.float().map_or_else(|| self.to_string(), |float| decimal::ten_digits(&float))
    }
}

/// The integer, if it is one of the machine.
fn word(float: &Float) -> Option<i64> {
    if !float.is_integer() || float.top() > i64::from(WORD) {
        return None;
    }
    i64::try_from(float.truncated()).ok()
}

/// Whether an integer takes no more than the precision, so that neither arithmetic nor printing
/// rounds it.
fn fits(value: i64, precision: u32) -> bool {
    precision >= WORD || value.unsigned_abs() < 1 << precision.min(WORD - 1)
}

/// Fewer digits are put together one by one.
const DIGITS_AT_ONCE: usize = 32;

/// In halves, for numbers of one length are multiplied in less time than a long one with many short ones.
fn from_digits(digits: &[u32], base: &UBig) -> UBig {
    if digits.len() <= DIGITS_AT_ONCE {
        return digits.iter().fold(UBig::ZERO, |total, digit| total * base + UBig::from(*digit));
    }
    let (high, low) = digits.split_at(digits.len() / 2);
    from_digits(high, base) * base.pow(low.len()) + from_digits(low, base)
}

/// Takes apart the text of a number without its sign: the digits, the exponents of ten and of two.
fn scan(text: &[u8]) -> Option<(UBig, i64, i64)> {
    let end = text.iter().position(|byte| matches!(byte, b'e' | b'E' | b'p' | b'P')).unwrap_or(text.len());
    let (mantissa, exponent) = text.split_at(end);
    let mut digits = String::with_capacity(mantissa.len());
    let mut places = None;
    for &byte in mantissa {
        match byte {
            b'0'..=b'9' => {
                digits.push(char::from(byte));
                places = places.map(|places: i64| places + 1);
            }
            b'.' if places.is_none() => places = Some(0),
            _ => return None,
        }
    }
    if digits.is_empty() {
        return None;
    }
    let digits = UBig::from_str_radix(&digits, 10).ok()?;
    let decimal = -places.unwrap_or(0);
    match exponent.split_first() {
        None => Some((digits, decimal, 0)),
        Some((letter, exponent)) => {
            let exponent = scan_exponent(exponent)?;
            let is_decimal = letter.eq_ignore_ascii_case(&b'e');
            if is_decimal {
                Some((digits, decimal.checked_add(exponent)?, 0))
            } else {
                Some((digits, decimal, exponent))
            }
        }
    }
}

fn scan_exponent(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"+").or_else(|| text.strip_prefix(b"-")).unwrap_or(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn nearest_double(float: &Float) -> f64 {
    let sign = if float.is_negative() { -1.0 } else { 1.0 };
    if float.is_zero() || float.top() < -1074 {
        return 0.0 * sign;
    }
    // Near the smallest ones fewer bits are left.
    let precision = (float.top() + 1074).clamp(0, i64::from(DOUBLE)) as u32;
    if precision == 0 {
        // Half of the smallest or more, of which exactly half is nothing.
        let above_half = float.bits() > 1;
        return if above_half { f64::from_bits(1) * sign } else { 0.0 * sign };
    }
    match float.with_precision(precision) {
        Rounded::Finite(rounded) if rounded.top() <= 1024 => {
            let magnitude = u64::try_from((&rounded.significand).unsigned_abs()).unwrap_or(u64::MAX) as f64;
            let exponent = rounded.exponent as i32;
            // In two steps, for the power alone may be out of range where the product is not.
            let half = exponent / 2;
            magnitude * f64::powi(2.0, half) * f64::powi(2.0, exponent - half) * sign
        }
        Rounded::Finite(_) | Rounded::Infinite(_) => f64::INFINITY * sign,
    }
}

macro_rules! from_integer {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Number {
            fn from(value: $integer) -> Number {
                match i64::try_from(value) {
                    Ok(value) => Number(Form::Small(value, WORD)),
                    Err(_) => Number::from_float(Float::exact(IBig::from(value), 0, WORD)),
                }
            }
        }
    )*};
}

from_integer!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize);

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let exactly = self.compare_exactly(other);
        let (Form::Big(one), Form::Big(two)) = (&self.0, &other.0) else { return exactly };
        if one.precision == two.precision || one.is_integer() || two.is_integer() {
            return exactly;
        }
        // What is printed is off by far less than a factor of two.
        if one.is_negative() != two.is_negative() || one.top().abs_diff(two.top()) > 1 {
            return exactly;
        }
        let order = Decimal::shortest(one).cmp(&Decimal::shortest(two));
        if one.is_negative() { order.reverse() } else { order }
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Form::Small(value, _) => value.hash(state),
            Form::Big(float) => match word(float) {
                Some(value) => value.hash(state),
                None if float.is_integer() => {
                    float.significand.hash(state);
                    float.exponent.hash(state);
                }
                None => decimal::shortest(float).hash(state),
            },
            Form::Infinite { negative } => negative.hash(state),
        }
    }
}

/// The shortest decimal text that reads back as the same number, never with an exponent.
impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Small(value, _) => fmt::Display::fmt(value, formatter),
            Form::Big(float) => formatter.write_str(&decimal::shortest(float)),
            Form::Infinite { negative: false } => formatter.write_str("+Inf"),
            Form::Infinite { negative: true } => formatter.write_str("-Inf"),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
