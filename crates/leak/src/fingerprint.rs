//! Hashes that mean the same in every process and release: FNV-1a, 64 bits. They join groups of
//! different captures and make the fingerprint by which the same leak is known again after a
//! restart, so no seeded or tunable hash would do.

/// The FNV-1a offset basis and prime (Fowler, Noll, Vo).
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// A hash under construction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    pub(crate) const fn new() -> Self {
        Self(OFFSET)
    }

    pub(crate) fn text(mut self, text: &str) -> Self {
        for &byte in text.as_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(PRIME);
        }
        // A separator, so that ("ab", "c") and ("a", "bc") differ.
        self.0 = (self.0 ^ 0xff).wrapping_mul(PRIME);
        self
    }

    pub(crate) fn number(mut self, number: u64) -> Self {
        for byte in number.to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(PRIME);
        }
        self
    }

    pub(crate) const fn get(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Fingerprint;

    #[test]
    fn the_hash_is_the_published_one() {
        // FNV-1a of "foobar" is a published test vector; the separator is ours.
        let hash = (b"foobar".iter()).fold(super::OFFSET, |h, &b| {
            (h ^ u64::from(b)).wrapping_mul(super::PRIME)
        });
        assert_eq!(hash, 0x8594_4171_f739_67e8);
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let one = Fingerprint::new().text("ab").text("c").get();
        let other = Fingerprint::new().text("a").text("bc").get();
        assert_ne!(one, other);
    }
}
