//! How much of the beginning of a text is certain when the rest is not known.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// What certainly stays of a beginning, whatever follows: its last character may combine with what
/// comes next, unless it is one of the usual delimiters.
pub fn safe_prefix(beginning: &str) -> String {
    const DELIMITERS: &str = "-_:;/\\,.(){}[]|?!~ \t@#$%^&*+\"'";
    let mut text: String = beginning.nfc().collect();
    if let Some((start, last)) = text.grapheme_indices(true).next_back() {
        let is_delimiter = last.chars().count() == 1 && DELIMITERS.contains(last);
        if !is_delimiter {
            text.truncate(start);
        }
    }
    text
}
