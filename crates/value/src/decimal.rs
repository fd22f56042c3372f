//! Numbers as decimal text.
//!
//! Responsible for the shortest text that reads back as the same number at its precision, and for
//! the ten digits that the order of sets looks at. The digits come out exactly as Go's `big.Float`
//! prints them, its boundary cases included, since they end up in state files and in comparisons.

use dashu_base::{BitTest, UnsignedAbs};
use dashu_int::UBig;

use crate::float::Float;

/// `0.digits × 10^point`, without trailing zeros; no digits for zero. Ordered by value.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Decimal {
    point: i64,
    digits: Vec<u8>,
}

impl Decimal {
    /// The exact decimal form of `magnitude × 2^exponent`.
    fn exact(magnitude: &UBig, exponent: i64) -> Decimal {
        if magnitude.is_zero() {
            return Decimal { digits: Vec::new(), point: 0 };
        }
        let (integer, scale) = if exponent >= 0 {
            (magnitude << exponent as usize, 0)
        } else {
            let scale = exponent.unsigned_abs() as usize;
            (magnitude * UBig::from(5u8).pow(scale), scale as i64)
        };
        let mut digits = integer.to_string().into_bytes();
        let point = digits.len() as i64 - scale;
        trim_zeros(&mut digits);
        Decimal { digits, point }
    }

    /// The shortest form that reads back as the same number at its precision.
    pub(crate) fn shortest(float: &Float) -> Decimal {
        let magnitude = (&float.significand).unsigned_abs();
        let exact = Decimal::exact(&magnitude, float.exponent);
        if magnitude.is_zero() {
            return exact;
        }
        // The significand stretched to one bit more than the precision, so that one step is half of
        // the distance to the next number.
        let shift = (float.precision as usize + 1).saturating_sub(magnitude.bit_len());
        let stretched = magnitude << shift;
        let exponent = float.exponent - shift as i64;
        let inclusive = !stretched.bit(1);
        let lower = Decimal::exact(&(&stretched - UBig::ONE), exponent);
        let upper = Decimal::exact(&(&stretched + UBig::ONE), exponent);
        exact.shorten(&lower, &upper, inclusive)
    }

    fn shorten(mut self, lower: &Decimal, upper: &Decimal, inclusive: bool) -> Decimal {
        for (at, &digit) in self.digits.iter().enumerate() {
            let low = lower.digits.get(at).copied().unwrap_or(b'0');
            let high = upper.digits.get(at).copied().unwrap_or(b'0');
            let down = low != digit || (inclusive && at + 1 == lower.digits.len());
            let up = digit != high && (inclusive || digit + 1 < high || at + 1 < upper.digits.len());
            match (down, up) {
                (true, true) => self.round(at + 1),
                (true, false) => self.round_down(at + 1),
                (false, true) => self.round_up(at + 1),
                (false, false) => continue,
            }
            break;
        }
        self
    }

    /// Rounds to so many digits, half to even.
    fn round(&mut self, count: usize) {
        if count >= self.digits.len() {
            return;
        }
        let half = self.digits[count] == b'5' && count + 1 == self.digits.len();
        let up = if half { count > 0 && self.digits[count - 1] % 2 == 1 } else { self.digits[count] >= b'5' };
        if up { self.round_up(count) } else { self.round_down(count) }
    }

    fn round_down(&mut self, count: usize) {
        self.digits.truncate(count);
        trim_zeros(&mut self.digits);
    }

    fn round_up(&mut self, count: usize) {
        self.digits.truncate(count);
        while self.digits.last() == Some(&b'9') {
            self.digits.pop();
        }
        if let Some(last) = self.digits.last_mut() {
            *last += 1;
        } else {
            self.digits.push(b'1');
            self.point += 1;
        }
    }

    /// Without an exponent, with `places` digits behind the point or as many as there are.
    fn write_plain(&self, text: &mut String, places: Option<usize>) {
        let digit = |at: i64| {
            usize::try_from(at)
                .ok()
                .and_then(|at| self.digits.get(at))
                .map_or('0', |digit| char::from(*digit))
        };
        if self.point > 0 {
            text.extend((0..self.point).map(digit));
        } else {
            text.push('0');
        }
        let places = places.map_or((self.digits.len() as i64 - self.point).max(0), |places| places as i64);
        if places > 0 {
            text.push('.');
            text.extend((0..places).map(|place| digit(self.point + place)));
        }
    }

    fn write_scientific(&self, text: &mut String) {
        text.push(self.digits.first().map_or('0', |digit| char::from(*digit)));
        if self.digits.len() > 1 {
            text.push('.');
            text.extend(self.digits[1..].iter().map(|digit| char::from(*digit)));
        }
        let exponent = self.point - 1;
        let sign = if exponent < 0 { '-' } else { '+' };
        text.push('e');
        text.push(sign);
        text.push_str(&format!("{:02}", exponent.unsigned_abs()));
    }
}

fn trim_zeros(digits: &mut Vec<u8>) {
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
}

/// The shortest text, never with an exponent.
pub(crate) fn shortest(float: &Float) -> String {
    let mut text = String::new();
    if float.is_negative() {
        text.push('-');
    }
    Decimal::shortest(float).write_plain(&mut text, None);
    text
}

/// Ten significant digits, with an exponent where that is the custom (Go's `%.10g`).
pub(crate) fn ten_digits(float: &Float) -> String {
    const DIGITS: usize = 10;
    let mut decimal = Decimal::exact(&(&float.significand).unsigned_abs(), float.exponent);
    decimal.round(DIGITS);
    let mut text = String::new();
    if float.is_negative() {
        text.push('-');
    }
    let count = decimal.digits.len();
    let limit = if DIGITS > count && count as i64 >= decimal.point { count } else { DIGITS };
    let exponent = decimal.point - 1;
    if exponent < -4 || exponent >= limit as i64 {
        decimal.write_scientific(&mut text);
    } else {
        let shown = (if DIGITS as i64 > decimal.point { count } else { DIGITS }) as i64;
        let places = shown - decimal.point;
        decimal.write_plain(&mut text, Some(usize::try_from(places).unwrap_or(0)));
    }
    text
}
