//! What is known of objects, by their addresses.
//!
//! A walk asks for each object what its hidden class says. There are some thousand classes, and the
//! objects of a few of them take turns: so a small table without chains is asked first, and a hash
//! table only if another address took the place there. O(1); 1,024 entries and what is known.

use std::cell::{Cell, RefCell};

use rustc_hash::FxHashMap;

use super::tagged::Address;

/// log2 of the entries in front: what neighbours in the heap need stays in the processor's cache.
const RECENT_BITS: u32 = 10;

/// Values by address, worked out at the first call.
pub(crate) struct AddressTable<T> {
    recent: Box<[Recent<T>]>,
    all: RefCell<FxHashMap<Address, T>>,
}

/// The address that was asked for last of those that have this place, with its value.
type Recent<T> = Cell<Option<(Address, T)>>;

impl<T: Copy> AddressTable<T> {
    /// Nothing is known yet.
    pub(crate) fn new() -> Self {
        AddressTable {
            recent: vec![Cell::new(None); 1 << RECENT_BITS].into_boxed_slice(),
            all: RefCell::default(),
        }
    }

    /// What is known of an address; if nothing is, what `find` says, which may ask for other
    /// addresses.
    #[inline(always)]
    pub(crate) fn get_or(&self, address: Address, find: impl FnOnce() -> T) -> T {
        // Objects lie side by side: spread by a multiplication.
        let spread = (address.0 >> 3).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let recent = &self.recent[(spread >> (u64::BITS - RECENT_BITS)) as usize];
        match recent.get() {
            Some((found, value)) if found == address => value,
            _ => {
                let value = self.look_up(address, find);
                recent.set(Some((address, value)));
                value
            }
        }
    }

    fn look_up(&self, address: Address, find: impl FnOnce() -> T) -> T {
        let known = self.all.borrow().get(&address).copied();
        known.unwrap_or_else(|| {
            let value = find();
            self.all.borrow_mut().insert(address, value);
            value
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_is_worked_out_once_however_many_there_are() {
        let table = AddressTable::new();
        let calls = Cell::new(0);
        for _ in 0..3 {
            for i in 0..5_000 {
                let found = table.get_or(Address(8 * i), || {
                    calls.set(calls.get() + 1);
                    i
                });
                assert_eq!(found, i);
            }
        }
        assert_eq!(calls.get(), 5_000);
    }

    #[test]
    fn what_is_worked_out_may_need_another_address() {
        let table = AddressTable::new();
        let found = table.get_or(Address(8), || table.get_or(Address(16), || 1) + 1);
        assert_eq!((found, table.get_or(Address(16), || 5)), (2, 1));
    }
}
