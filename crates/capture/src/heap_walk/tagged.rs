//! A word of V8's heap: a small integer, or a pointer that says in its low bits whether it keeps
//! its target alive. Node builds V8 without pointer compression: words of eight bytes.

/// Address of an object in the heap: a pointer without its tag, aligned to eight bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Address(pub(crate) u64);

impl Address {
    /// The strong pointer to the object.
    #[inline(always)]
    pub(crate) const fn tagged(self) -> Tagged {
        Tagged(self.0 | 1)
    }
}

/// A tagged word.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Tagged(pub(crate) u64);

impl Tagged {
    /// The small integer 0: what an unreadable word is taken for.
    pub(crate) const ZERO: Tagged = Tagged(0);

    /// Whether the word holds a small integer.
    #[inline(always)]
    pub(crate) const fn is_smi(self) -> bool {
        self.0 & 1 == 0
    }

    /// The small integer, if it is one: the upper half of the word.
    #[inline(always)]
    pub(crate) const fn smi(self) -> Option<i32> {
        if self.is_smi() {
            Some((self.0 >> 32) as i32)
        } else {
            None
        }
    }

    /// The target of a pointer that keeps it alive.
    #[inline(always)]
    pub(crate) const fn strong(self) -> Option<Address> {
        if self.0 & 3 == 1 {
            Some(Address(self.0 & !3))
        } else {
            None
        }
    }

    /// The target of a weak pointer that was not cleared.
    #[inline(always)]
    pub(crate) const fn weak(self) -> Option<Address> {
        if self.0 & 3 == 3 && self.0 as u32 != 3 {
            Some(Address(self.0 & !3))
        } else {
            None
        }
    }

    /// The target of a strong or of a weak pointer.
    #[inline(always)]
    pub(crate) const fn target(self) -> Option<Address> {
        if self.0 & 1 == 1 && self.0 as u32 != 3 {
            Some(Address(self.0 & !3))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_a_small_integer_or_a_pointer_that_is_strong_weak_or_cleared() {
        let minus_two = Tagged((-2i32 as u32 as u64) << 32);
        assert_eq!(minus_two.smi(), Some(-2));
        assert_eq!(minus_two.target(), None);

        let object = Address(0x7f00_1234_5678);
        let strong = object.tagged();
        assert_eq!(strong.strong(), Some(object));
        assert_eq!(strong.target(), Some(object));
        assert_eq!((strong.weak(), strong.smi()), (None, None));

        let weak = Tagged(object.0 | 3);
        assert_eq!(weak.weak(), Some(object));
        assert_eq!(weak.target(), Some(object));
        assert_eq!(weak.strong(), None);

        let cleared = Tagged(0x1234_0000_0003);
        assert_eq!((cleared.weak(), cleared.target()), (None, None));
    }
}
