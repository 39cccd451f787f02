//! References in machine code: objects that compiled code has in its instructions as constants.
//!
//! Where they are is in the code's relocation info, which V8 writes backward from its end: an entry
//! is the distance in bytes from the entry before, and a mode (`codegen/reloc-info.cc`). The most
//! frequent modes share a byte with a short distance; others have a byte for the mode, one for the
//! distance, and some have data. On x86-64 an object's address is an operand of eight bytes, at any
//! alignment. O(bytes of relocation info).

use super::heap::Heap;
use super::tagged::{Address, Tagged};
use crate::v8_layout::{ObjectType, fields};

/// Low bits of an entry's first byte: what the rest of the byte is.
const TAG_BITS: u32 = 2;
/// A short distance to an operand that is an object...
const EMBEDDED_OBJECT: u8 = 0;
/// ... and a mode. The other two are short distances to calls of code.
const LONG: u8 = 3;
/// Bits of a short distance.
const SHORT_DISTANCE_BITS: u32 = 6;

/// Calls `visit` with each object in the instructions of an instruction stream, and whether the code
/// keeps it alive. Optimized code is thrown away when what it was made for is gone.
pub(crate) fn for_each(heap: &Heap<'_>, stream: Address, mut visit: impl FnMut(Address, bool)) {
    let Some(entries) = Entries::of(heap, stream) else {
        return;
    };
    let is_weak = has_weak_objects(heap, entries.code);
    let end = entries.end;
    for at in entries {
        let operand = (at + 8 <= end).then(|| word(heap, at));
        // What is no object was not understood.
        let Some(object) = operand.and_then(|word| object(heap, word)) else {
            return;
        };
        visit(object, !(is_weak && is_held_weakly(heap, object)));
    }
}

/// Where the objects are in a stream's instructions.
struct Entries<'h, 'm> {
    heap: &'h Heap<'m>,
    code: Address,
    /// Addresses of the byte behind the next entry and of the first byte of the last.
    next: u64,
    last: u64,
    /// Addresses of the instruction of the entry before, and behind the last one.
    at: u64,
    end: u64,
}

impl<'h, 'm> Entries<'h, 'm> {
    fn of(heap: &'h Heap<'m>, stream: Address) -> Option<Self> {
        let offsets = heap.layout.offsets;
        let code = heap.object_field(stream, offsets.instruction_stream_code)?;
        if heap.type_of(code)? != ObjectType::Code {
            return None;
        }
        let info = match offsets.instruction_stream_relocation_info {
            Some(field) => heap.object_field(stream, field)?,
            None => heap.object_field(code, offsets.code_relocation_info?)?,
        };
        let bytes = heap.smi_field(info, fields::FIXED_ARRAY_LENGTH)?;
        let bytes = u64::try_from(bytes).ok()?;
        let last = info.0 + u64::from(fields::FIXED_ARRAY_ELEMENTS);
        let at = stream.0 + u64::from(offsets.instruction_stream_instructions);
        let size = u64::from(heap.u32_field(code, offsets.code_instruction_size));
        let is_readable = heap.memory.is_readable(last, bytes) && heap.memory.is_readable(at, size);
        is_readable.then_some(Entries {
            heap,
            code,
            next: last + bytes,
            last,
            at,
            end: at + size,
        })
    }

    /// The byte before the ones that were read.
    fn byte(&mut self) -> Option<u8> {
        if self.next <= self.last {
            return None;
        }
        self.next -= 1;
        Some(self.heap.memory.u8(self.next))
    }

    fn advance(&mut self, distance: u64) -> Option<u64> {
        self.at = self.at.checked_add(distance).filter(|&at| at < self.end)?;
        Some(self.at)
    }

    /// The high bits of a distance: seven in a byte, the lowest first, until one without its top bit.
    fn jump(&mut self) -> Option<u64> {
        let mut distance = 0;
        for shift in (0..u32::BITS).step_by(7) {
            let byte = self.byte()?;
            distance |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(distance << SHORT_DISTANCE_BITS);
            }
        }
        None
    }
}

impl Iterator for Entries<'_, '_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let offsets = self.heap.layout.offsets;
        loop {
            let byte = self.byte()?;
            let (tag, rest) = (byte & ((1 << TAG_BITS) - 1), byte >> TAG_BITS);
            if tag != LONG {
                let at = self.advance(u64::from(rest))?;
                if tag == EMBEDDED_OBJECT {
                    return Some(at);
                }
            } else if rest == offsets.relocation_pc_jump {
                let distance = self.jump()?;
                self.advance(distance)?;
            } else {
                let distance = u64::from(self.byte()?);
                self.advance(distance)?;
                for _ in 0..data_bytes(rest, offsets.relocation_const_pool) {
                    self.byte()?;
                }
            }
        }
    }
}

/// Bytes of data that entries of a mode have. Modes with data follow one another: pools of constants
/// and veneers, then, of deoptimization, the position (two modes), reason, id, and node.
fn data_bytes(mode: u8, const_pool: u8) -> u32 {
    match mode.checked_sub(const_pool) {
        Some(4) => 1,
        Some(0..=6) => 4,
        _ => 0,
    }
}

/// Eight bytes at any alignment.
fn word(heap: &Heap<'_>, address: u64) -> Tagged {
    let bytes = std::array::from_fn(|i| heap.memory.u8(address + i as u64));
    Tagged(u64::from_le_bytes(bytes))
}

fn object(heap: &Heap<'_>, word: Tagged) -> Option<Address> {
    let object = word.strong()?;
    let is_one = object.0.is_multiple_of(8)
        && heap.memory.is_readable(object.0, 8)
        && heap.class_of(object).is_some();
    is_one.then_some(object)
}

fn has_weak_objects(heap: &Heap<'_>, code: Address) -> bool {
    let offsets = heap.layout.offsets;
    heap.u32_field(code, offsets.code_weak_objects_field) >> offsets.code_weak_objects_bit & 1 == 1
}

/// Whether optimized code would hold such an object weakly: hidden classes of JavaScript's objects,
/// and what such objects and their functions are made of.
fn is_held_weakly(heap: &Heap<'_>, object: Address) -> bool {
    match heap.type_of(object) {
        Some(ObjectType::Map) => {
            let class = heap.class(object);
            class.is_some_and(|class| class.object_type.is_js_object())
        }
        Some(ObjectType::PropertyCell) => true,
        Some(kind) => kind.is_js_receiver() || kind.is_context(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap_walk::test_heap::{TestHeap, VERSIONS, smi};

    /// Bytes of the code's instructions.
    const SIZE: u32 = 200;

    /// A stream with operands at distances from its first instruction, and the relocation info that
    /// says so, in the order that it is read.
    fn stream(heap: &mut TestHeap, operands: &[(u32, Tagged)], info: &[u8], weak: bool) -> Address {
        let offsets = heap.layout.offsets;
        let relocation = heap.struct_of(ObjectType::ByteArray, &[smi(0); 8]);
        heap.set(
            relocation,
            fields::FIXED_ARRAY_LENGTH,
            smi(info.len() as i32),
        );
        for (offset, &byte) in (fields::FIXED_ARRAY_ELEMENTS..).zip(info.iter().rev()) {
            heap.set_u8(relocation, offset, byte);
        }
        let code = heap.struct_of(ObjectType::Code, &[smi(0); 10]);
        heap.set_u32(code, offsets.code_instruction_size, SIZE);
        if weak {
            let bit = 1 << offsets.code_weak_objects_bit;
            heap.set_u32(code, offsets.code_weak_objects_field, bit);
        }
        let stream = heap.struct_of(ObjectType::InstructionStream, &[smi(0); 40]);
        heap.set(stream, offsets.instruction_stream_code, code.tagged());
        match offsets.instruction_stream_relocation_info {
            Some(field) => heap.set(stream, field, relocation.tagged()),
            None => heap.set(
                code,
                offsets.code_relocation_info.unwrap(),
                relocation.tagged(),
            ),
        }
        for &(at, operand) in operands {
            heap.set(
                stream,
                offsets.instruction_stream_instructions + at,
                operand,
            );
        }
        stream
    }

    fn found(heap: &TestHeap, stream: Address) -> Vec<(Address, bool)> {
        let mut found = Vec::new();
        heap.read(|heap| {
            for_each(heap, stream, |object, is_strong| {
                found.push((object, is_strong))
            })
        });
        found
    }

    const fn short(tag: u8, distance: u8) -> u8 {
        distance << TAG_BITS | tag
    }

    #[test]
    fn objects_are_found_behind_entries_of_every_form() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let (first, second) = (heap.string("first"), heap.string("second"));
            let offsets = heap.layout.offsets;
            let (pool, jump) = (offsets.relocation_const_pool, offsets.relocation_pc_jump);
            let info = [
                short(EMBEDDED_OBJECT, 3),
                // A call of code, then an id and a reason of a deoptimization with their data.
                short(1, 10),
                short(LONG, pool + 5),
                1,
                0xff,
                0xff,
                0xff,
                0xff,
                short(LONG, pool + 4),
                1,
                0xff,
                // An address of C++, which has none; 2 << 6 bytes.
                short(LONG, pool - 3),
                2,
                short(LONG, jump),
                2,
                short(EMBEDDED_OBJECT, 4),
            ];
            let last = 3 + 10 + 1 + 1 + 2 + 128 + 4;
            let operands = [(3, first.tagged()), (last, second.tagged())];
            let stream = stream(&mut heap, &operands, &info, false);
            let expected = [(first, true), (second, true)];
            assert_eq!(found(&heap, stream), expected, "{version:?}");
        }
    }

    #[test]
    fn optimized_code_holds_objects_and_their_hidden_classes_weakly() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let map = heap.map(ObjectType::JSObject, 24);
            let object = heap.object(map, 24);
            let text = heap.string("text");
            let cell = heap.struct_of(ObjectType::PropertyCell, &[smi(0); 4]);
            let objects = [map, object, text, cell];
            let operands: Vec<_> = (0..).step_by(9).zip(objects.map(Address::tagged)).collect();
            let info = [0, 9, 9, 9].map(|distance| short(EMBEDDED_OBJECT, distance));
            for weak in [true, false] {
                let stream = stream(&mut heap, &operands, &info, weak);
                let are_strong = [!weak, !weak, true, !weak];
                let expected: Vec<_> = objects.into_iter().zip(are_strong).collect();
                assert_eq!(found(&heap, stream), expected, "{version:?}");
            }
        }
    }

    #[test]
    fn what_is_no_relocation_info_leads_to_nothing() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let text = heap.string("text");
            let jump = heap.layout.offsets.relocation_pc_jump;
            for info in [
                // No object there; behind the end; an entry without an end.
                vec![short(EMBEDDED_OBJECT, 1), short(EMBEDDED_OBJECT, 4)],
                vec![short(EMBEDDED_OBJECT, 63); 4],
                vec![short(LONG, jump), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            ] {
                let stream = stream(&mut heap, &[(5, text.tagged())], &info, false);
                assert_eq!(found(&heap, stream), [], "{version:?} {info:?}");
            }
        }
    }
}
