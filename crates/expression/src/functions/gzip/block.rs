//! Writes blocks: stored, with the fixed codes, or with codes of their own, whichever is smallest.

use std::sync::LazyLock;

use super::bits::BitWriter;
use super::huffman::{Code, codes, lengths};
use super::run_lengths::{self, RunSymbol, shorten};
use super::token::{
    DISTANCES, END_OF_BLOCK, LITERALS, Symbol, Token, extra_bits_of_distance, extra_bits_of_literal,
};

const STORED: u32 = 0b00;
const FIXED: u32 = 0b01;
const DYNAMIC: u32 = 0b10;
/// Most that one stored block holds, and what it costs beside its content.
const STORED_BYTES_MAX: usize = 65_535;
const STORED_HEADER_BYTES: usize = 5;
/// The longest codes for tokens, and for the lengths of these.
const LONGEST_CODE: usize = 15;
const LONGEST_RUN_CODE: usize = 7;
/// The order in which lengths of codes for lengths are written, so that the last ones are often zero.
const RUN_CODE_ORDER: [usize; run_lengths::SYMBOLS] =
    [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// The fixed codes (RFC 1951, 3.2.6). Two of the literals take part in numbering them, but never occur.
static FIXED_CODES: LazyLock<TokenCodes> = LazyLock::new(|| {
    let mut literals = [8; LITERALS + 2];
    literals[144..256].fill(9);
    literals[256..280].fill(7);
    TokenCodes { literals: codes(&literals), distances: codes(&[5; DISTANCES]) }
});

/// Writes tokens, or the bytes that they stand for where those are given and smaller.
pub(super) fn write(out: &mut BitWriter, tokens: &[Token], raw: Option<&[u8]>) {
    let frequencies = Frequencies::of(tokens);
    let dynamic = DynamicCodes::of(&frequencies);
    let extra_bits = frequencies.extra_bits();
    let fixed_size = 3 + FIXED_CODES.bits(&frequencies) + extra_bits;
    let dynamic_size = dynamic.header_bits() + dynamic.codes.bits(&frequencies) + extra_bits;
    let stored_size = |raw: &[u8]| (raw.len() + STORED_HEADER_BYTES) * 8;
    let storable = raw.filter(|raw| raw.len() <= STORED_BYTES_MAX);
    if let Some(raw) = storable.filter(|raw| stored_size(raw) < fixed_size.min(dynamic_size)) {
        write_stored(out, raw, false);
    } else if dynamic_size < fixed_size {
        dynamic.write_header(out);
        dynamic.codes.write(out, tokens);
    } else {
        write_kind(out, FIXED, false);
        FIXED_CODES.write(out, tokens);
    }
}

/// Writes bytes as they are; no more than [`STORED_BYTES_MAX`].
pub(super) fn write_stored(out: &mut BitWriter, raw: &[u8], is_last: bool) {
    write_kind(out, STORED, is_last);
    out.align();
    let length = raw.len() as u32;
    out.write(length, 16);
    out.write(!length & 0xffff, 16);
    out.write_bytes(raw);
}

fn write_kind(out: &mut BitWriter, kind: u32, is_last: bool) {
    out.write(kind << 1 | u32::from(is_last), 3);
}

/// How often each symbol occurs in a block.
struct Frequencies {
    literals: [u32; LITERALS],
    distances: [u32; DISTANCES],
}

impl Frequencies {
    fn of(tokens: &[Token]) -> Self {
        let mut literals = [0; LITERALS];
        let mut distances = [0; DISTANCES];
        literals[END_OF_BLOCK] = 1;
        for token in tokens {
            match token {
                Token::Literal(byte) => literals[usize::from(*byte)] += 1,
                Token::Match(found) => {
                    literals[found.length_symbol().index] += 1;
                    distances[found.distance_symbol().index] += 1;
                }
            }
        }
        // Without a match one distance has a code all the same, and counts when sizes are compared.
        if distances.iter().all(|frequency| *frequency == 0) {
            distances[0] = 1;
        }
        Frequencies { literals, distances }
    }

    /// Bits behind the symbols, which are the same whatever the codes.
    fn extra_bits(&self) -> usize {
        let literals = self.literals.iter().enumerate();
        let distances = self.distances.iter().enumerate();
        literals.map(|(index, count)| *count as usize * extra_bits_of_literal(index)).sum::<usize>()
            + distances.map(|(index, count)| *count as usize * extra_bits_of_distance(index)).sum::<usize>()
    }
}

/// Codes for all symbols of tokens.
struct TokenCodes {
    literals: Vec<Code>,
    distances: Vec<Code>,
}

impl TokenCodes {
    /// How many bits all symbols take.
    fn bits(&self, frequencies: &Frequencies) -> usize {
        let literals = self.literals.iter().zip(&frequencies.literals);
        let distances = self.distances.iter().zip(&frequencies.distances);
        literals.chain(distances).map(|(code, count)| code.length as usize * *count as usize).sum()
    }

    fn write(&self, out: &mut BitWriter, tokens: &[Token]) {
        for token in tokens {
            match token {
                Token::Literal(byte) => write_code(out, self.literals[usize::from(*byte)]),
                Token::Match(found) => {
                    write_symbol(out, &self.literals, found.length_symbol());
                    write_symbol(out, &self.distances, found.distance_symbol());
                }
            }
        }
        write_code(out, self.literals[END_OF_BLOCK]);
    }
}

fn write_code(out: &mut BitWriter, code: Code) {
    out.write(code.bits, code.length);
}

fn write_symbol(out: &mut BitWriter, codes: &[Code], symbol: Symbol) {
    write_code(out, codes[symbol.index]);
    out.write(symbol.extra, symbol.extra_bits);
}

/// Codes that are written before the tokens.
struct DynamicCodes {
    codes: TokenCodes,
    /// How many codes are written: those behind them have no length.
    literals: usize,
    distances: usize,
    /// The lengths of both, in one go.
    runs: Vec<RunSymbol>,
    /// Codes for those, and how many of these are written.
    run_codes: Vec<Code>,
    run_codes_written: usize,
}

impl DynamicCodes {
    fn of(frequencies: &Frequencies) -> Self {
        let literal_lengths = lengths(&frequencies.literals, LONGEST_CODE);
        let distance_lengths = lengths(&frequencies.distances, LONGEST_CODE);
        let literals = without_trailing_zeros(&literal_lengths);
        let distances = without_trailing_zeros(&distance_lengths);
        let runs = shorten(&[literals, distances].concat());
        let mut run_frequencies = [0; run_lengths::SYMBOLS];
        for run in &runs {
            run_frequencies[usize::from(run.index)] += 1;
        }
        let last_run_code = RUN_CODE_ORDER.iter().rposition(|index| run_frequencies[*index] > 0);
        DynamicCodes {
            literals: literals.len(),
            distances: distances.len(),
            runs,
            run_codes: codes(&lengths(&run_frequencies, LONGEST_RUN_CODE)),
            // The format asks for four at least.
            run_codes_written: last_run_code.map_or(0, |last| last + 1).max(4),
            codes: TokenCodes { literals: codes(&literal_lengths), distances: codes(&distance_lengths) },
        }
    }

    fn header_bits(&self) -> usize {
        let run_bits = |run: &RunSymbol| self.run_codes[usize::from(run.index)].length + run.extra_bits();
        3 + 5 + 5 + 4 + 3 * self.run_codes_written + self.runs.iter().map(run_bits).sum::<u32>() as usize
    }

    fn write_header(&self, out: &mut BitWriter) {
        write_kind(out, DYNAMIC, false);
        out.write(self.literals as u32 - 257, 5);
        out.write(self.distances as u32 - 1, 5);
        out.write(self.run_codes_written as u32 - 4, 4);
        for index in &RUN_CODE_ORDER[..self.run_codes_written] {
            out.write(self.run_codes[*index].length, 3);
        }
        for run in &self.runs {
            write_code(out, self.run_codes[usize::from(run.index)]);
            out.write(run.extra, run.extra_bits());
        }
    }
}

/// Not empty: in both alphabets at least one symbol occurs.
fn without_trailing_zeros(lengths: &[u8]) -> &[u8] {
    let count = lengths.iter().rposition(|length| *length > 0).map_or(0, |last| last + 1);
    &lengths[..count]
}
