//! Decimal digits of numbers, exact and rounded, for formatting.
//!
//! Numbers are binary, and a digit more or less must come from their exact value: 0.35 is a little
//! less than that, so one decimal makes 0.3 of it.

use plumb_value::Number;

/// Most steps of 32 bits to look for the end of the fraction; numbers that need more are too small
/// to show.
const MOST_STEPS: usize = 1 << 12;

/// A decimal number `0.digits * 10^exponent`; no digits mean zero.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Decimal {
    pub(super) is_negative: bool,
    pub(super) digits: Vec<u8>,
    pub(super) exponent: i64,
}

impl Decimal {
    /// The digits that are needed to tell the number from its neighbours.
    pub(super) fn shortest(number: &Number) -> Decimal {
        Decimal::parse(&number.to_string())
    }

    /// All digits of the number.
    pub(super) fn exact(number: &Number) -> Decimal {
        let mut scaled = number.clone();
        let factor = Number::from(1_i64 << 32);
        let mut halvings = 0;
        while !scaled.is_integer() && halvings < MOST_STEPS * 32 {
            let Some(next) = scaled.multiply(&factor) else { break };
            scaled = next;
            halvings += 32;
        }
        let mut decimal = Decimal::parse(&scaled.truncate().to_string());
        // A division by two multiplies the digits by five and moves the point by one.
        for _ in 0..halvings {
            multiply_by_five(&mut decimal.digits, &mut decimal.exponent);
            decimal.exponent -= 1;
        }
        decimal.trim();
        decimal
    }

    fn parse(text: &str) -> Decimal {
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = whole
            .bytes()
            .chain(fraction.bytes())
            .filter(u8::is_ascii_digit)
            .map(|byte| byte - b'0')
            .collect();
        let mut decimal = Decimal { is_negative, digits, exponent: whole.len() as i64 };
        decimal.trim();
        decimal
    }

    /// Takes off zeros at both ends.
    fn trim(&mut self) {
        let zeros = self.digits.iter().take_while(|digit| **digit == 0).count();
        self.digits.drain(..zeros);
        self.exponent -= zeros as i64;
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            self.exponent = 0;
        }
    }

    /// Keeps so many digits, rounding half to even.
    pub(super) fn round(&mut self, count: i64) {
        let Ok(count) = usize::try_from(count) else {
            self.digits.clear();
            self.trim();
            return;
        };
        if count >= self.digits.len() {
            return;
        }
        let is_half = self.digits[count] == 5 && self.digits.len() == count + 1;
        let up = if is_half { count > 0 && self.digits[count - 1] % 2 == 1 } else { self.digits[count] >= 5 };
        self.digits.truncate(count);
        if up {
            self.increment();
        }
        self.trim();
    }

    fn increment(&mut self) {
        for digit in self.digits.iter_mut().rev() {
            if *digit < 9 {
                *digit += 1;
                return;
            }
            *digit = 0;
        }
        self.digits.insert(0, 1);
        self.exponent += 1;
    }

    fn digit(&self, position: i64) -> char {
        let digit = usize::try_from(position).ok().and_then(|position| self.digits.get(position)).copied();
        char::from(b'0' + digit.unwrap_or(0))
    }

    /// `123.45` with so many digits behind the point.
    pub(super) fn fixed(&self, fraction: usize) -> String {
        let mut text = String::new();
        if self.exponent > 0 {
            text.extend((0..self.exponent).map(|position| self.digit(position)));
        } else {
            text.push('0');
        }
        if fraction > 0 {
            text.push('.');
            text.extend((0..fraction as i64).map(|position| self.digit(self.exponent + position)));
        }
        text
    }

    /// `1.2345e+02` with so many digits behind the point.
    pub(super) fn scientific(&self, fraction: usize) -> String {
        let mut text = String::new();
        text.push(self.digit(0));
        if fraction > 0 {
            text.push('.');
            text.extend((1..=fraction as i64).map(|position| self.digit(position)));
        }
        let exponent = if self.digits.is_empty() { 0 } else { self.exponent - 1 };
        let sign = if exponent < 0 { '-' } else { '+' };
        text.push_str(&format!("e{sign}{:02}", exponent.unsigned_abs()));
        text
    }
}

/// Multiplies a number with the point behind its `exponent`th digit.
fn multiply_by_five(digits: &mut Vec<u8>, exponent: &mut i64) {
    let mut carry = 0;
    for digit in digits.iter_mut().rev() {
        let product = *digit * 5 + carry;
        *digit = product % 10;
        carry = product / 10;
    }
    if carry > 0 {
        digits.insert(0, carry);
        *exponent += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_come_from_the_exact_value() {
        let number = |text: &str| Number::parse(text).expect("a number");
        for (text, places, fixed) in [
            ("0.35", 1, "0.3"),
            ("0.25", 1, "0.2"),
            ("2.5", 0, "2"),
            ("1e30", 1, "1000000000000000000000000000000.0"),
            ("0", 2, "0.00"),
            ("99.99", 1, "100.0"),
        ] {
            let mut decimal = Decimal::exact(&number(text));
            decimal.round(decimal.exponent + places);
            assert_eq!(decimal.fixed(places as usize), fixed, "{text}");
        }
        assert_eq!(Decimal::exact(&number("0.125")).digits, [1, 2, 5]);
        assert_eq!(Decimal::shortest(&number("12345.678")).scientific(7), "1.2345678e+04");
    }
}
