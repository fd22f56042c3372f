//! Numbers: what `terraform console` 1.11.4 printed for the same operations.

use plumb_value::Number;

fn number(text: &str) -> Number {
    Number::parse(text).unwrap_or_else(|| panic!("{text} is no number"))
}

fn calculate(left: &Number, operator: &str, right: &Number) -> Option<Number> {
    match operator {
        "+" => left.add(right),
        "-" => left.subtract(right),
        "*" => left.multiply(right),
        "/" => left.divide(right),
        "%" => left.modulo(right),
        _ => panic!("{operator} is no operator"),
    }
}

fn repeat(digit: &str, count: usize) -> String {
    digit.repeat(count)
}

#[test]
fn literals_calculate_with_512_bits() {
    let cases = [
        ("0.1", "+", "0.2", "0.3".to_owned()),
        ("1", "/", "3", format!("0.{}5", repeat("3", 154))),
        ("100", "/", "3", format!("33.{}", repeat("3", 152))),
        ("10", "%", "3.3", format!("0.1{}48", repeat("0", 152))),
        ("1.1", "+", "2.2", format!("3.3{}2", repeat("0", 152))),
        ("-7", "%", "3", "-1".to_owned()),
        ("5", "%", "-3", "2".to_owned()),
        ("7.5", "%", "2", "1.5".to_owned()),
        ("5", "%", "0", "5".to_owned()),
        ("10000000000000000000000", "%", "7", "4".to_owned()),
        ("0.1", "*", "3", "0.3".to_owned()),
        (
            "123456789123456789123456789",
            "*",
            "987654321987654321",
            "121932631356500531469135800347203169112635269".to_owned(),
        ),
        ("9223372036854775807", "+", "1", "9223372036854775808".to_owned()),
        ("-9223372036854775808", "-", "1", "-9223372036854775809".to_owned()),
        ("0", "*", "-1", "-0".to_owned()),
        ("0", "/", "-5", "-0".to_owned()),
        ("0", "-", "0", "0".to_owned()),
        ("-5", "%", "5", "0".to_owned()),
        ("1", "/", "0", "+Inf".to_owned()),
        ("1", "/", "-0", "-Inf".to_owned()),
    ];
    for (left, operator, right, expected) in cases {
        let result = calculate(&number(left), operator, &number(right));
        let printed = result.map(|result| result.to_string());
        assert_eq!(printed.as_deref(), Some(&*expected), "{left} {operator} {right}");
    }
}

#[test]
fn two_thirds_of_three_is_two() {
    let result = number("2").divide(&number("3")).and_then(|ratio| ratio.multiply(&number("3")));
    assert_eq!(result, Some(number("2")));
}

#[test]
fn numbers_of_the_machine_keep_their_precision() {
    let (one, two, three) = (Number::from(1), Number::from(2), Number::from(3));
    let cases = [
        (calculate(&one, "/", &three), "0.33333333333333333334".to_owned()),
        (calculate(&two, "%", &number("0.3")), "0.20000000000000000004".to_owned()),
        (calculate(&one, "*", &number("0.1")), "0.1".to_owned()),
        (
            calculate(&three, "+", &number("0.1")).and_then(|sum| sum.divide(&number("7"))),
            format!("0.44285714285714285714285714285714285714285714{}", {
                "285714285714285714285714285714285714285714285714285714285714285714285714285714285714285714285714285714285714283"
            }),
        ),
        (
            Number::from_f64(0.301_029_995_663_981_14).and_then(|log| log.multiply(&number("3"))),
            "0.90308998699194342751894737375550903379917144775390625".to_owned(),
        ),
        (Number::from_f64(2f64.sqrt()), "1.4142135623730951".to_owned()),
        (Number::from_f64(0.1), "0.1".to_owned()),
        (
            Number::from_f64(0.1).and_then(|tenth| tenth.add(&number("0.2"))),
            "0.3000000000000000055511151231257827021181583404541015625".to_owned(),
        ),
        (
            Number::from(i64::MAX).multiply(&number("4")).and_then(|product| product.add(&one)),
            "36893488147419103229".to_owned(),
        ),
    ];
    for (result, expected) in cases {
        assert_eq!(result.map(|result| result.to_string()).as_deref(), Some(&*expected));
    }
}

#[test]
fn impossible_results_are_none() {
    let infinity = Number::INFINITY;
    assert_eq!(infinity.subtract(&infinity), None);
    assert_eq!(infinity.multiply(&Number::ZERO), None);
    assert_eq!(Number::ZERO.divide(&Number::ZERO), None);
    assert_eq!(infinity.divide(&infinity), None);
    assert_eq!(Number::from_f64(f64::NAN), None);
}

#[test]
fn text_is_read_as_go_reads_it() {
    let accepted = [
        ("1.", "1"),
        (".5", "0.5"),
        ("017", "17"),
        ("1p3", "8"),
        ("1P-3", "0.125"),
        ("1.5p1", "3"),
        ("1E+05", "100000"),
        ("+5", "5"),
        ("-0", "-0"),
        ("Inf", "+Inf"),
        ("-inf", "-Inf"),
        ("1e-7", "0.0000001"),
        ("1.50", "1.5"),
        ("9007199254740993", "9007199254740993"),
        ("123456789012345678901234567890.5", "123456789012345678901234567890.5"),
    ];
    for (text, printed) in accepted {
        assert_eq!(Number::parse(text).map(|number| number.to_string()).as_deref(), Some(printed), "{text}");
    }
    let refused = [
        "",
        " 5",
        "5 ",
        "1_000",
        "1e",
        "0x10",
        "0b11",
        "0o17",
        "infinity",
        "--1",
        ".",
        "e5",
        "1e2p3",
        "1.5.2",
        "-",
        "1e20000",
        "1e-20000",
        "1p70000",
        "1e2147480000",
        "1e-2147480000",
        "1e99999999999",
        "1e99999999999999999999",
        "NaN",
        "١",
    ];
    for text in refused {
        assert_eq!(Number::parse(text), None, "{text:?}");
    }
}

#[test]
fn great_powers_of_ten_print_short_and_products_are_not_rounded_decimals() {
    for exponent in [25, 100, 308, 400, 1000] {
        assert_eq!(number(&format!("1e{exponent}")).to_string(), format!("1{}", repeat("0", exponent)));
    }
    let product = number("1e308").multiply(&number("1e308"));
    assert_ne!(product, Some(number("1e616")));
}

#[test]
fn equality_order_and_hash_ignore_precision() {
    use std::collections::HashSet;
    let set: HashSet<Number> =
        [Number::from(5), number("5"), number("5.0"), Number::from_f64(5.0).unwrap()].into_iter().collect();
    assert_eq!(set.len(), 1);
    assert_eq!(number("-0"), Number::ZERO);
    let double = |value: f64| Number::from_f64(value).unwrap();
    let alike: HashSet<Number> =
        [double(0.1), number("0.1"), double(-2.5), number("-2.5")].into_iter().collect();
    assert_eq!(alike.len(), 2);
    let large = double(1_152_921_504_606_846_976.0);
    assert_eq!(large.to_string(), "1152921504606847000");
    assert_eq!(large, number("1152921504606846976"));
    assert_eq!(large.to_i64(), Some(1 << 60));
    assert_eq!([large, number("1152921504606846976")].into_iter().collect::<HashSet<_>>().len(), 1);
    assert_ne!(double(1e25), number("1e25"));
    assert!(double(0.1).compare_exactly(&number("0.1")).is_gt());
    assert!(
        number("-0.1") < double(-0.05) && double(-0.1) < number("0.1") && number("0.1") < double(0.100_000_1)
    );
    let mut sorted = [
        Number::INFINITY,
        number("1e30"),
        number("2"),
        number("0.5"),
        number("-0"),
        number("-1.5"),
        number("-1e30"),
        Number::NEGATIVE_INFINITY,
    ];
    sorted.sort();
    let printed: Vec<String> = sorted.iter().map(ToString::to_string).collect();
    assert_eq!(printed.join(" "), format!("-Inf -1{0} -1.5 -0 0.5 2 1{0} +Inf", repeat("0", 30)));
}

#[test]
fn integers_convert_exactly_or_not_at_all() {
    assert_eq!(number("9223372036854775807").to_i64(), Some(i64::MAX));
    assert_eq!(number("-9223372036854775808").to_i64(), Some(i64::MIN));
    assert_eq!(number("9223372036854775808").to_i64(), None);
    assert_eq!(number("18446744073709551615").to_u64(), Some(u64::MAX));
    assert_eq!(number("18446744073709551616").to_u64(), None);
    assert_eq!(number("1.5").to_i64(), None);
    assert_eq!(Number::from(u64::MAX).to_u64(), Some(u64::MAX));
    assert_eq!(number("-1").to_usize(), None);
    assert!(number("1e30").is_integer() && !number("0.5").is_integer() && !Number::INFINITY.is_integer());
    assert_eq!(number("-1.5").floor(), number("-2"));
    assert_eq!(number("-1.5").ceiling(), number("-1"));
    assert_eq!(number("1.5").ceiling(), number("2"));
}

#[test]
fn doubles_are_the_nearest() {
    let cases = [
        ("0.1", 0.1),
        ("1e400", f64::INFINITY),
        ("-1e400", f64::NEG_INFINITY),
        ("1e-400", 0.0),
        ("5e-324", 5e-324),
        ("2.4e-324", 0.0),
        ("2.5e-324", 5e-324),
        ("1.7976931348623157e308", f64::MAX),
        ("2.2250738585072011e-308", 2.225_073_858_507_201e-308),
        ("9007199254740993", 9_007_199_254_740_992.0),
    ];
    for (text, expected) in cases {
        assert_eq!(number(text).to_f64().to_bits(), f64::to_bits(expected), "{text}");
    }
    assert_eq!(number("0.1").to_exact_f64(), None);
    assert_eq!(number("0.5").to_exact_f64(), Some(0.5));
}

proptest::proptest! {
    #[test]
    fn doubles_survive(bits: u64) {
        let value = f64::from_bits(bits);
        if let Some(number) = Number::from_f64(value) {
            assert_eq!(number.to_f64().to_bits(), bits);
            // Text has 512 bits, so its shortest form must still be this double when rounded.
            let read = Number::parse(&number.to_string()).unwrap();
            assert_eq!(read.to_f64().to_bits(), bits);
        }
    }

    #[test]
    fn printed_numbers_read_back(digits in "[0-9]{1,200}", point in 0usize..200, exponent in -400i32..400) {
        let point = point.min(digits.len());
        let number = number(&format!("{}.{}e{exponent}", &digits[..point], &digits[point..]));
        assert_eq!(Number::parse(&number.to_string()), Some(number));
    }

    #[test]
    fn digits_are_taken_as_they_are(digits in proptest::collection::vec(0u32..10, 1..400)) {
        let text: String = digits.iter().map(|digit| char::from(b'0' + *digit as u8)).collect();
        let expected = text.trim_start_matches('0');
        let printed = Number::from_digits(&digits, 10).to_string();
        assert_eq!(printed, if expected.is_empty() { "0" } else { expected });
    }

    #[test]
    fn small_and_big_agree(left: i64, right: i64) {
        let one = Number::from(left);
        let two = Number::from(right);
        let wide = i128::from(left);
        assert_eq!(one.add(&two).unwrap().to_string(), (wide + i128::from(right)).to_string());
        assert_eq!(one.cmp(&two), left.cmp(&right));
        if right != 0 {
            let remainder = (wide % i128::from(right)).to_string();
            assert_eq!(one.modulo(&two).unwrap().to_string(), remainder);
        }
    }
}
