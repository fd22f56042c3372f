//! Logarithms, exponentials and powers to the last digit as the peers have them.
//!
//! Every platform has its own last digit of these. The peers' is that of Go's `math` on amd64: the logarithm is
//! FreeBSD's (<https://www.netlib.org/fdlibm/e_log.c>), the exponential Shibata's ("Efficient evaluation methods of
//! elementary functions suitable for SIMD computation", 2010) with fused multiplications, and powers are made
//! of squares.

use std::f64::consts::{FRAC_1_SQRT_2, LOG2_E};

/// `ln 2` in two parts, the first of which can be multiplied by an exponent without rounding.
const LN2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN2_LOW: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);

/// The minimax polynomial of FreeBSD's logarithm, from the lowest power on.
const LOGARITHM: [f64; 7] = [
    f64::from_bits(0x3fe5_5555_5555_5593),
    f64::from_bits(0x3fd9_9999_9997_fa04),
    f64::from_bits(0x3fd2_4924_9422_9359),
    f64::from_bits(0x3fcc_71c5_1d8e_78af),
    f64::from_bits(0x3fc7_4664_96cb_03de),
    f64::from_bits(0x3fc3_9a09_d078_c69f),
    f64::from_bits(0x3fc2_f112_df3e_5244),
];

/// The natural logarithm.
pub(super) fn ln(number: f64) -> f64 {
    if !(number > 0.0 && number.is_finite()) {
        return number.ln();
    }
    let (mut fraction, mut exponent) = split(number);
    if fraction < FRAC_1_SQRT_2 {
        fraction *= 2.0;
        exponent -= 1;
    }
    let f = fraction - 1.0;
    let k = f64::from(exponent);
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    let [l1, l2, l3, l4, l5, l6, l7] = LOGARITHM;
    let odd = s2 * (l1 + s4 * (l3 + s4 * (l5 + s4 * l7)));
    let even = s4 * (l2 + s4 * (l4 + s4 * l6));
    let rest = odd + even;
    let half_square = 0.5 * f * f;
    k * LN2_HIGH - ((half_square - (s * (half_square + rest) + k * LN2_LOW)) - f)
}

/// `e` to the power of a number.
fn exp(number: f64) -> f64 {
    /// `ln 2` in two parts, of which Shibata's are others than FreeBSD's.
    const LN2_UPPER: f64 = 0.693_147_180_559_662_956_511_601_805_686_950_683_593_75;
    const LN2_LOWER: f64 = 0.282_352_905_630_315_771_225_884_481_750_134_360_255_254_120_68e-12;
    /// Beyond these it is infinite, or nothing.
    const LIMIT: f64 = 709.782_712_893_384;
    /// 1/8!, 1/7! and so on to 1/1!.
    const TAYLOR: [f64; 8] =
        [1.0 / 40320.0, 1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0];
    if number.is_nan() || number.abs() > LIMIT {
        return number.exp();
    }
    let exponent = (LOG2_E * number).round_ties_even();
    let reduced = (-exponent).mul_add(LN2_UPPER, number);
    let reduced = (-exponent).mul_add(LN2_LOWER, reduced) * 0.0625;
    let [first, rest @ ..] = TAYLOR;
    let series = rest.iter().fold(first, |sum, coefficient| sum.mul_add(reduced, *coefficient));
    // Less one, so that squaring four times loses nothing: (x + 1)² - 1 = x (x + 2).
    let mut less_one = reduced * series;
    for _ in 0..3 {
        less_one *= less_one + 2.0;
    }
    scale((less_one + 2.0).mul_add(less_one, 1.0), exponent as i64)
}

/// A number to the power of another one.
pub(super) fn pow(base: f64, power: f64) -> f64 {
    let is_plain = base.is_finite() && power.is_finite() && base != 0.0 && base != 1.0;
    let (whole, mut fraction) = (power.abs().trunc(), power.abs().fract());
    // An exponent that large leaves nothing, or nothing but infinity, and what has special cases is exact.
    if !is_plain || whole >= 2_f64.powi(63) || (base < 0.0 && fraction != 0.0) {
        return base.powf(power);
    }
    match power {
        0.0 => return 1.0,
        1.0 => return base,
        0.5 => return base.sqrt(),
        -0.5 => return 1.0 / base.sqrt(),
        _ => {}
    }
    let mut times = whole as u64;
    let mut result = 1.0;
    if fraction != 0.0 {
        if fraction > 0.5 {
            fraction -= 1.0;
            times += 1;
        }
        result = exp(fraction * ln(base));
    }
    let mut result_exponent = 0;
    let (mut square, mut exponent) = split(base);
    while times != 0 {
        if !(-4096..=4096).contains(&exponent) {
            // It overflows, or underflows, whatever follows.
            result_exponent += i64::from(exponent);
            break;
        }
        if times & 1 == 1 {
            result *= square;
            result_exponent += i64::from(exponent);
        }
        square *= square;
        exponent *= 2;
        if square < 0.5 {
            square += square;
            exponent -= 1;
        }
        times >>= 1;
    }
    if power < 0.0 { scale(1.0 / result, -result_exponent) } else { scale(result, result_exponent) }
}

/// The number as a fraction, from a half to one, times a power of two.
fn split(number: f64) -> (f64, i32) {
    const EXPONENT: u64 = 0x7ff << 52;
    if number != 0.0 && !number.is_normal() {
        let (fraction, exponent) = split(number * 2_f64.powi(64));
        return (fraction, exponent - 64);
    }
    let bits = number.to_bits();
    let exponent = (bits & EXPONENT) >> 52;
    (f64::from_bits(bits & !EXPONENT | 0x3fe << 52), exponent as i32 - 0x3fe)
}

/// The number times a power of two.
fn scale(number: f64, exponent: i64) -> f64 {
    // One step may be beyond what a factor can be; the last one rounds.
    let mut left = exponent.clamp(-5000, 5000) as i32;
    let mut scaled = number;
    while left != 0 {
        let step = left.clamp(-1000, 1000);
        scaled *= 2_f64.powi(step);
        left -= step;
    }
    scaled
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether two numbers differ by no more than a few of the last digits.
    fn is_close(one: f64, two: f64) -> bool {
        one == two || (one - two).abs() <= 8.0 * f64::EPSILON * one.abs().max(two.abs())
    }

    proptest! {
        #[test]
        fn splitting_is_exact(number in prop::num::f64::POSITIVE | prop::num::f64::SUBNORMAL) {
            let (fraction, exponent) = split(number);
            prop_assert!(number == 0.0 || (0.5..1.0).contains(&fraction.abs()));
            prop_assert_eq!(scale(fraction, exponent.into()), number);
        }

        #[test]
        fn results_are_those_of_the_platform_but_for_the_last_digits(
            base in 1e-3..1e3_f64,
            power in -40.0..40.0_f64,
        ) {
            prop_assert!(is_close(ln(base), base.ln()), "ln {base}");
            prop_assert!((pow(base, power) / base.powf(power) - 1.0).abs() < 1e-13, "{base} ^ {power}");
            let whole = power.trunc();
            prop_assert!((pow(base, whole) / base.powf(whole) - 1.0).abs() < 1e-13, "{base} ^ {whole}");
        }
    }

    #[test]
    fn what_is_special_is_exact() {
        assert_eq!(pow(2.0, 10.0), 1024.0);
        assert_eq!(pow(-2.0, 3.0), -8.0);
        assert_eq!(pow(2.0, -2.0), 0.25);
        assert_eq!(pow(0.0, 0.0), 1.0);
        assert_eq!(pow(9.0, 0.5), 3.0);
        assert!(pow(-8.0, 1.0 / 3.0).is_nan());
        assert_eq!(pow(10.0, 400.0), f64::INFINITY);
        assert_eq!(pow(10.0, -400.0), 0.0);
        assert!(pow(0.0, -1.0).is_infinite());
    }
}
