//! Contents of V8's strings.
//!
//! A string is a run of units side by side, of one byte (Latin-1) or two (UTF-16), in the heap or
//! outside of it; or it is made of other strings: a concatenation, a slice, or a forward to
//! the internalized copy. [`Runs`] flattens it lazily and without recursion: O(1) per step down, and
//! a stack that is never longer than the part that was asked for.

use super::heap::Heap;
use super::tagged::Address;
use crate::v8_layout::ObjectType;
use crate::v8_layout::fields::{self, string_type};

/// Steps down the parts of one string. V8 flattens what it reads, so real strings take few; a string
/// grown character by character and never read takes one per character.
const MAX_STEPS: u32 = 1 << 20;
/// Right halves of concatenations that wait for their left halves: 1 MiB.
const MAX_PENDING: usize = 1 << 16;

/// Units side by side in memory that may be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Run {
    /// Address of the first.
    pub(crate) address: u64,
    /// How many.
    pub(crate) units: u32,
    /// Whether a unit is a byte and not two.
    pub(crate) one_byte: bool,
}

/// A part of a string that is yet to be read, by units.
#[derive(Clone, Copy)]
struct Part {
    string: Address,
    start: u32,
    end: u32,
}

/// The runs that a string consists of, in order. What can't be read is left out.
pub(crate) struct Runs<'h, 'm> {
    heap: &'h Heap<'m>,
    pending: Vec<Part>,
    steps: u32,
}

/// The runs of the first `limit` units of a string.
pub(crate) fn runs<'h, 'm>(heap: &'h Heap<'m>, string: Address, limit: u32) -> Runs<'h, 'm> {
    let end = length(heap, string).min(limit);
    let pending = vec![Part {
        string,
        start: 0,
        end,
    }];
    Runs {
        heap,
        pending,
        steps: 0,
    }
}

impl Iterator for Runs<'_, '_> {
    type Item = Run;

    fn next(&mut self) -> Option<Run> {
        while let Some(part) = self.pending.pop() {
            if let Some(run) = self.descend(part) {
                return Some(run);
            }
        }
        None
    }
}

impl Runs<'_, '_> {
    /// The first run of a part; the rest of the part goes onto the stack.
    fn descend(&mut self, mut part: Part) -> Option<Run> {
        while part.start < part.end {
            self.steps += 1;
            if self.steps > MAX_STEPS {
                self.pending.clear();
                return None;
            }
            let class = self.heap.class_of(part.string)?;
            if class.object_type != ObjectType::String {
                return None;
            }
            let one_byte = class.instance_type & string_type::ONE_BYTE != 0;
            match class.instance_type & string_type::REPRESENTATION_MASK {
                string_type::SEQUENTIAL => {
                    let first = part.string.0 + u64::from(fields::SEQ_STRING_CHARS);
                    return self.run(part, first, one_byte);
                }
                string_type::EXTERNAL if class.instance_type & string_type::UNCACHED == 0 => {
                    let field = fields::EXTERNAL_STRING_DATA;
                    let first = self.heap.u64_field(part.string, field);
                    return self.run(part, first, one_byte);
                }
                string_type::CONS => part = self.half(part)?,
                string_type::SLICED => part = self.parent(part)?,
                string_type::THIN => {
                    let field = fields::THIN_STRING_ACTUAL;
                    part.string = self.heap.object_field(part.string, field)?;
                }
                _ => return None,
            }
        }
        None
    }

    /// The half of a concatenation that a part begins in.
    fn half(&mut self, part: Part) -> Option<Part> {
        let heap = self.heap;
        let first = heap.object_field(part.string, fields::CONS_STRING_FIRST)?;
        let second = heap.object_field(part.string, fields::CONS_STRING_SECOND)?;
        let middle = length(heap, first);
        if part.start >= middle {
            return Some(Part {
                string: second,
                start: part.start - middle,
                end: part.end - middle,
            });
        }
        if part.end > middle && self.pending.len() < MAX_PENDING {
            self.pending.push(Part {
                string: second,
                start: 0,
                end: part.end - middle,
            });
        }
        Some(Part {
            string: first,
            start: part.start,
            end: part.end.min(middle),
        })
    }

    /// Where a part of a slice is in the string that was sliced.
    fn parent(&self, part: Part) -> Option<Part> {
        let string = self
            .heap
            .object_field(part.string, fields::SLICED_STRING_PARENT)?;
        let offset = self
            .heap
            .smi_field(part.string, fields::SLICED_STRING_OFFSET)?;
        let offset = u32::try_from(offset).ok()?;
        Some(Part {
            string,
            start: part.start.checked_add(offset)?,
            end: part.end.checked_add(offset)?,
        })
    }

    fn run(&self, part: Part, first: u64, one_byte: bool) -> Option<Run> {
        let end = part.end.min(length(self.heap, part.string));
        let units = end.checked_sub(part.start)?;
        let width = if one_byte { 1 } else { 2 };
        let address = first.checked_add(u64::from(part.start) * width)?;
        self.heap
            .memory
            .is_readable(address, u64::from(units) * width)
            .then_some(Run {
                address,
                units,
                one_byte,
            })
    }
}

impl Run {
    /// A unit; zero beyond the end.
    #[inline]
    pub(crate) fn unit(&self, heap: &Heap, index: u32) -> u16 {
        if index >= self.units {
            0
        } else if self.one_byte {
            u16::from(heap.memory.u8(self.address + u64::from(index)))
        } else {
            heap.memory.u16(self.address + 2 * u64::from(index))
        }
    }
}

/// How many UTF-16 units a string has.
#[inline]
pub(crate) fn length(heap: &Heap, string: Address) -> u32 {
    heap.u32_field(string, fields::STRING_LENGTH)
}

/// The first `limit` units of a string.
pub(crate) fn units(heap: &Heap, string: Address, limit: u32) -> impl Iterator<Item = u16> {
    runs(heap, string, limit)
        .flat_map(move |run| (0..run.units).map(move |index| run.unit(heap, index)))
}

/// Appends the first `limit` units of a string. A surrogate without its partner becomes U+FFFD.
pub(crate) fn push_text(heap: &Heap, string: Address, limit: u32, text: &mut String) {
    let characters = char::decode_utf16(units(heap, string, limit));
    text.extend(characters.map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER)));
}

/// Whether a string consists of these ASCII characters.
pub(crate) fn is(heap: &Heap, string: Address, ascii: &str) -> bool {
    length(heap, string) as usize == ascii.len()
        && units(heap, string, ascii.len() as u32).eq(ascii.bytes().map(u16::from))
}

/// Whether the object at an address is a string.
pub(crate) fn is_string(heap: &Heap, object: Address) -> bool {
    heap.type_of(object) == Some(ObjectType::String)
}

/// Whether the object at an address is a string or a symbol: the key of a property.
pub(crate) fn is_name(heap: &Heap, object: Address) -> bool {
    matches!(
        heap.type_of(object),
        Some(ObjectType::String | ObjectType::Symbol)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap_walk::tagged::Tagged;
    use crate::heap_walk::test_heap::{TestHeap, VERSIONS, smi};

    fn text(heap: &TestHeap, string: Address, limit: u32) -> String {
        let mut text = String::new();
        heap.read(|heap| push_text(heap, string, limit, &mut text));
        text
    }

    #[test]
    fn a_string_reads_the_same_however_it_is_represented() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let (hello, wide) = (heap.string("Hellö "), heap.string("wörld → 🦀"));
            assert_eq!(text(&heap, hello, u32::MAX), "Hellö ");
            assert_eq!(text(&heap, wide, u32::MAX), "wörld → 🦀");

            let both = heap.cons(hello, wide);
            assert_eq!(text(&heap, both, u32::MAX), "Hellö wörld → 🦀");
            let forward = heap.string_of(string_type::THIN, 16, [both.tagged(), smi(0)]);
            assert_eq!(text(&heap, forward, u32::MAX), "Hellö wörld → 🦀");
            let middle = heap.string_of(string_type::SLICED, 3, [wide.tagged(), smi(1)]);
            assert_eq!(text(&heap, middle, u32::MAX), "örl");
            let twice = heap.cons(middle, middle);
            assert_eq!(text(&heap, twice, u32::MAX), "örlörl");

            let chars = Tagged(hello.0 + u64::from(fields::SEQ_STRING_CHARS));
            let flags = string_type::EXTERNAL | string_type::ONE_BYTE;
            let outside = heap.string_of(flags, 4, [smi(0), chars]);
            assert_eq!(text(&heap, outside, u32::MAX), "Hell");
            let uncached = heap.string_of(flags | string_type::UNCACHED, 4, [smi(0), chars]);
            assert_eq!(text(&heap, uncached, u32::MAX), "");
        }
    }

    #[test]
    fn only_as_much_is_read_as_was_asked_for() {
        let mut heap = TestHeap::new(VERSIONS[0]);
        let mut string = heap.string("0123456789");
        for _ in 0..100 {
            let last = heap.string("x");
            string = heap.cons(string, last);
        }
        assert_eq!(text(&heap, string, 4), "0123");
        assert_eq!(text(&heap, string, 12), "0123456789xx");
        let mut whole = "0123456789".to_owned();
        whole.extend(std::iter::repeat_n('x', 100));
        assert_eq!(text(&heap, string, u32::MAX), whole);
        assert!(heap.read(|heap| is(heap, string, &whole)));
        assert!(!heap.read(|heap| is(heap, string, "0123456789")));
    }

    #[test]
    fn a_surrogate_without_its_partner_is_replaced() {
        let mut heap = TestHeap::new(VERSIONS[0]);
        let lone = heap.string_of_units(&[0x61, 0xd83e, 0x62, 0xdd80]);
        assert_eq!(text(&heap, lone, u32::MAX), "a\u{fffd}b\u{fffd}");
        let crab = heap.string_of_units(&[0xd83e, 0xdd80]);
        assert_eq!(text(&heap, crab, 1), "\u{fffd}");
    }

    #[test]
    fn what_is_no_sound_string_ends() {
        let mut heap = TestHeap::new(VERSIONS[0]);
        let nothing = [smi(0), smi(0)];
        // A concatenation whose halves are itself, at a length that it can't have.
        let cycle = heap.string_of(string_type::CONS, 100, nothing);
        heap.set(cycle, fields::CONS_STRING_FIRST, cycle.tagged());
        heap.set(cycle, fields::CONS_STRING_SECOND, cycle.tagged());
        assert_eq!(text(&heap, cycle, u32::MAX), "");
        let circle = heap.string_of(string_type::THIN, 5, nothing);
        heap.set(circle, fields::THIN_STRING_ACTUAL, circle.tagged());
        assert_eq!(text(&heap, circle, u32::MAX), "");

        let far = heap.string_of(string_type::EXTERNAL, 5, [smi(0), Tagged(0x10)]);
        let near = heap.string("!");
        let partly = heap.cons(far, near);
        assert_eq!(text(&heap, partly, u32::MAX), "!");
        let endless = heap.string_of_units(&[0x61]);
        heap.set_u32(endless, fields::STRING_LENGTH, u32::MAX);
        assert_eq!(text(&heap, endless, u32::MAX), "");
        let before = heap.string_of(string_type::SLICED, 2, [near.tagged(), smi(-1)]);
        assert_eq!(text(&heap, before, u32::MAX), "");
        let array = heap.array(ObjectType::FixedArray, &[]);
        assert!(!heap.read(|heap| is_string(heap, array)));
    }
}
