//! The checksum of a checkpoint: CRC-64/XZ, which finds every change of up to 64 neighbouring bits.

/// The reflected polynomial of ECMA-182.
const POLYNOMIAL: u64 = 0xc96c_5795_d787_0f42;

/// What each byte does to the remainder.
static TABLE: [u64; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut remainder = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            remainder = (remainder >> 1) ^ (POLYNOMIAL & (remainder & 1).wrapping_neg());
            bit += 1;
        }
        table[byte] = remainder;
        byte += 1;
    }
    table
};

/// The checksum of bytes that come in parts.
pub(super) struct Crc64(u64);

impl Crc64 {
    /// Of no bytes yet.
    pub(super) fn new() -> Self {
        Crc64(!0)
    }

    /// Goes on with `bytes`.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |crc, &byte| TABLE[usize::from(crc as u8 ^ byte)] ^ (crc >> 8));
    }

    /// The checksum of all so far.
    pub(super) fn finish(&self) -> u64 {
        !self.0
    }
}

/// The checksum of `bytes`.
pub(super) fn crc64(bytes: &[u8]) -> u64 {
    let mut crc = Crc64::new();
    crc.update(bytes);
    crc.finish()
}

#[cfg(test)]
mod tests {
    use super::{Crc64, crc64};

    #[test]
    fn the_standard_check_value() {
        assert_eq!(crc64(b"123456789"), 0x995d_c9bb_df19_39fa);
        let mut parts = Crc64::new();
        parts.update(b"1234");
        parts.update(b"");
        parts.update(b"56789");
        assert_eq!(parts.finish(), crc64(b"123456789"));
    }
}
