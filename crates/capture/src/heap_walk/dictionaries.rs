//! V8's hash tables with open addressing: where their entries are.

use std::iter::StepBy;
use std::ops::Range;

use super::heap::{Heap, array_length};
use super::tagged::Address;
use crate::v8_layout::fields::{self, TableShape, WORD};

/// Offsets of the entries of a hash table, free ones too; none if the table says that it is longer
/// than the memory that can be read.
pub(crate) fn entries(heap: &Heap, table: Address, shape: TableShape) -> StepBy<Range<u32>> {
    let words = capacity(heap, table, shape).unwrap_or(0) * shape.entry;
    let first = fields::FIXED_ARRAY_ELEMENTS + WORD * shape.first;
    (first..first + WORD * words).step_by((WORD * shape.entry) as usize)
}

/// How many entries a table has room for, as far as its length covers them.
fn capacity(heap: &Heap, table: Address, shape: TableShape) -> Option<u32> {
    let length = array_length(heap, table);
    let field = fields::FIXED_ARRAY_ELEMENTS + WORD * fields::HASH_TABLE_CAPACITY_INDEX;
    let capacity = u32::try_from(heap.smi_field(table, field)?).ok()?;
    Some(capacity.min(length.checked_sub(shape.first)? / shape.entry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap_walk::test_heap::{TestHeap, VERSIONS, smi};
    use crate::v8_layout::ObjectType;

    #[test]
    fn entries_end_where_the_table_ends_whatever_it_says_of_itself() {
        let mut heap = TestHeap::new(VERSIONS[0]);
        let shape = fields::NAME_TO_INDEX_HASH_TABLE;
        let words = [smi(0), smi(0), smi(2), smi(1), smi(1), smi(2), smi(2)];
        let table = heap.array(ObjectType::NameToIndexHashTable, &words);
        let offsets =
            |heap: &TestHeap| heap.read(|heap| entries(heap, table, shape).collect::<Vec<_>>());
        assert_eq!(offsets(&heap), [40, 56]);

        let capacity = fields::FIXED_ARRAY_ELEMENTS + WORD * fields::HASH_TABLE_CAPACITY_INDEX;
        heap.set(table, capacity, smi(i32::MAX));
        assert_eq!(offsets(&heap), [40, 56], "as many as there is room for");
        heap.set(table, capacity, smi(-1));
        assert!(offsets(&heap).is_empty());

        heap.set(table, capacity, smi(2));
        for length in [i32::MAX, 128 << 20, 2, -1] {
            heap.set(table, fields::FIXED_ARRAY_LENGTH, smi(length));
            assert!(offsets(&heap).is_empty(), "{length}");
        }
    }
}
