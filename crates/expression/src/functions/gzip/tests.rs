//! What is packed can be unpacked, whoever packed it, and what is damaged is refused.

use proptest::prelude::*;

use super::*;

/// Texts out of pieces that come again, at all distances.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..600),
        proptest::collection::vec(b'a'..b'e', 0..2000),
        (any::<u8>(), 0..70_000_usize).prop_map(|(byte, count)| vec![byte; count]),
    ];
    (proptest::collection::vec(piece, 1..8), proptest::collection::vec(any::<usize>(), 0..40)).prop_map(
        |(pieces, order)| {
            let again = order.iter().map(|index| &pieces[index % pieces.len()]);
            pieces.iter().chain(again).flatten().copied().collect()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_packed_unpacks_to_what_it_was(text in texts()) {
        prop_assert_eq!(decompress(&compress(&text), u64::MAX - 1), Ok(text));
    }
}

#[test]
fn members_are_read_one_behind_the_other() {
    let packed = [compress(b"one "), compress(b""), compress(b"two")].concat();
    assert_eq!(decompress(&packed, 7), Ok(b"one two".to_vec()));
}

#[test]
fn no_more_is_unpacked_than_is_allowed() {
    let packed = compress(&vec![b' '; 3 << 20]);
    assert_eq!(decompress(&packed, 3 << 20).map(|text| text.len()), Ok(3 << 20));
    assert_eq!(decompress(&packed, 2 << 20).unwrap_err(), "what is packed is longer than 2 MiB");
}

#[test]
fn what_is_damaged_is_refused() {
    let packed = compress(b"some text, some of it twice");
    for length in 0..packed.len() {
        assert!(decompress(&packed[..length], 100).is_err(), "cut off after {length}");
    }
    for (position, message) in [(0, "invalid gzip header"), (packed.len() - 5, "checksum")] {
        let mut damaged = packed.clone();
        damaged[position] ^= 1;
        let error = decompress(&damaged, 100).unwrap_err();
        assert!(error.contains(message), "{error}");
    }
    assert!(decompress(&[packed, b"x".to_vec()].concat(), 100).is_err());
}
