//! Bytes that are written bit by bit, the lowest first.

pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits that make no whole word yet; above them all is zero.
    open: u64,
    open_bits: u32,
}

impl BitWriter {
    /// Goes on behind whole bytes.
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        BitWriter { bytes, open: 0, open_bits: 0 }
    }

    /// At most 32 bits; those of the value above them have to be zero.
    pub(super) fn write(&mut self, value: u32, bits: u32) {
        self.open |= u64::from(value) << self.open_bits;
        self.open_bits += bits;
        if self.open_bits >= 32 {
            self.bytes.extend_from_slice(&(self.open as u32).to_le_bytes());
            self.open >>= 32;
            self.open_bits -= 32;
        }
    }

    /// Fills the byte up with zeros.
    pub(super) fn align(&mut self) {
        let count = self.open_bits.div_ceil(8) as usize;
        self.bytes.extend_from_slice(&self.open.to_le_bytes()[..count]);
        self.open = 0;
        self.open_bits = 0;
    }

    /// Whole bytes, from the next whole byte on.
    pub(super) fn write_bytes(&mut self, bytes: &[u8]) {
        self.align();
        self.bytes.extend_from_slice(bytes);
    }

    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        self.align();
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_bit_comes_first() {
        let mut out = BitWriter::new(vec![9]);
        out.write(0b1, 1);
        out.write(0b01, 2);
        out.write(u32::MAX, 32);
        out.write_bytes(&[7]);
        out.write(0, 0);
        assert_eq!(out.into_bytes(), [9, 0b1111_1011, 0xff, 0xff, 0xff, 0b111, 7]);
    }
}
