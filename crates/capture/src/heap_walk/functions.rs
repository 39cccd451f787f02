//! Names of functions, and where in the source they are.
//!
//! V8 keeps both with the `SharedFunctionInfo` that all closures of a function have in common: in its
//! scope info, or before the function is compiled in the data for that. A position is turned into
//! line and column by binary search in the ends of the script's lines, which V8 keeps, or which are
//! computed here once per script, in O(length of the source).

use std::cell::RefCell;
use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use super::address_table::AddressTable;
use super::heap::Heap;
use super::scope_info::ScopeInfo;
use super::strings;
use super::tagged::Address;
use crate::v8_layout::fields::{self, WORD, script_type};
use crate::v8_layout::{ObjectType, V8Version};

/// Lines of a script that are counted: 16 MiB of them. A bundle of 100 MB has some 3 million.
const MAX_LINES: usize = 1 << 22;

/// What V8 calls a position that it doesn't know.
const NO_POSITION: i32 = -1;

/// Where a function starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Location {
    /// V8's number of the script.
    pub(crate) script_id: i32,
    /// Line, from 0; -1 if it is not known.
    pub(crate) line: i32,
    /// Column, from 0; -1 if it is not known.
    pub(crate) column: i32,
}

/// The `SharedFunctionInfo` of a closure.
#[inline]
pub(crate) fn shared(heap: &Heap, function: Address) -> Option<Address> {
    heap.object_field(function, heap.layout.offsets.js_function_shared)
        .filter(|&shared| heap.type_of(shared) == Some(ObjectType::SharedFunctionInfo))
}

/// The name of a function as its source gives it; `None` if it has none.
pub(crate) fn name(heap: &Heap, shared: Address) -> Option<Address> {
    let name = match name_or_scope_info(heap, shared)? {
        NameOrScopeInfo::ScopeInfo(scope) => scope.function_name(heap)?.strong()?,
        NameOrScopeInfo::Name(name) => name,
    };
    non_empty(heap, name)
}

/// The name of a function for people: if it has none, the one that V8 inferred; `None` if there is
/// neither.
pub(crate) fn debug_name(heap: &Heap, shared: Address) -> Option<Address> {
    name(heap, shared).or_else(|| {
        let inferred = match name_or_scope_info(heap, shared) {
            Some(NameOrScopeInfo::ScopeInfo(scope)) => scope.inferred_function_name(heap),
            _ => uncompiled_data(heap, shared)
                .and_then(|data| heap.object_field(data, fields::UNCOMPILED_DATA_INFERRED_NAME)),
        };
        non_empty(heap, inferred?)
    })
}

/// The script that a function is in.
pub(crate) fn script(heap: &Heap, shared: Address) -> Option<Address> {
    let offsets = heap.layout.offsets;
    let mut script = heap.object_field(shared, offsets.shared_function_info_script)?;
    let mut object_type = heap.type_of(script)?;
    if let Some(field) = offsets.debug_info_script
        && object_type == ObjectType::DebugInfo
    {
        script = heap.object_field(script, field)?;
        object_type = heap.type_of(script)?;
    }
    (object_type == ObjectType::Script).then_some(script)
}

/// The scope info of a compiled function.
pub(crate) fn scope_info(heap: &Heap, shared: Address) -> Option<ScopeInfo> {
    match name_or_scope_info(heap, shared)? {
        NameOrScopeInfo::ScopeInfo(scope) => Some(scope),
        NameOrScopeInfo::Name(_) => None,
    }
}

/// One field has one or the other.
enum NameOrScopeInfo {
    Name(Address),
    ScopeInfo(ScopeInfo),
}

fn name_or_scope_info(heap: &Heap, shared: Address) -> Option<NameOrScopeInfo> {
    let field = heap.layout.offsets.shared_function_info_name_or_scope_info;
    let object = heap.object_field(shared, field)?;
    Some(match ScopeInfo::at(heap, object) {
        Some(scope) => NameOrScopeInfo::ScopeInfo(scope),
        None => NameOrScopeInfo::Name(object),
    })
}

fn non_empty(heap: &Heap, name: Address) -> Option<Address> {
    (strings::is_string(heap, name) && strings::length(heap, name) > 0).then_some(name)
}

/// What V8 knows of a function that isn't compiled.
fn uncompiled_data(heap: &Heap, shared: Address) -> Option<Address> {
    let offsets = heap.layout.offsets;
    let field = offsets
        .shared_function_info_function_data
        .or(offsets.shared_function_info_trusted_function_data)?;
    let data = heap.object_field(shared, field)?;
    let is_uncompiled = matches!(
        heap.type_of(data)?,
        ObjectType::UncompiledDataWithPreparseData
            | ObjectType::UncompiledDataWithPreparseDataAndJob
            | ObjectType::UncompiledDataWithoutPreparseData
            | ObjectType::UncompiledDataWithoutPreparseDataWithJob
    );
    is_uncompiled.then_some(data)
}

/// Where a function starts in its source, in UTF-16 units. If V8 knows no position (-1) or the
/// function has no source (0), it is the start.
fn start_position(heap: &Heap, shared: Address) -> i32 {
    scope_info(heap, shared)
        .and_then(|scope| scope.start_position(heap))
        .or_else(|| {
            let data = uncompiled_data(heap, shared)?;
            Some(heap.i32_field(data, fields::UNCOMPILED_DATA_START_POSITION))
        })
        .map_or(0, |start| start.max(0))
}

/// Where functions are, each looked up once.
pub(crate) struct Functions {
    locations: AddressTable<Option<Location>>,
    scripts: RefCell<FxHashMap<Address, Script>>,
}

impl Functions {
    /// Nothing is known yet.
    pub(crate) fn new() -> Self {
        Functions {
            locations: AddressTable::new(),
            scripts: RefCell::default(),
        }
    }

    /// Where a closure's function starts; `None` if it is in no script.
    pub(crate) fn location(&self, heap: &Heap, function: Address) -> Option<Location> {
        let shared = shared(heap, function)?;
        self.locations.get_or(shared, || self.locate(heap, shared))
    }

    fn locate(&self, heap: &Heap, shared: Address) -> Option<Location> {
        let script = script(heap, shared)?;
        let start = start_position(heap, shared);
        let mut scripts = self.scripts.borrow_mut();
        let script = match scripts.entry(script) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Script::read(heap, script)),
        };
        Some(script.location(heap, start))
    }
}

/// What positions in a script are computed from.
struct Script {
    id: i32,
    line_offset: i32,
    column_offset: i32,
    lines: Lines,
}

/// The ends of a script's lines.
enum Lines {
    /// The fixed array that V8 has, and its length.
    Array(Address, u32),
    /// Computed here.
    Ends(Vec<u32>),
    /// Of WebAssembly: one line, whose columns are bytes.
    Bytes,
}

impl Script {
    fn read(heap: &Heap, script: Address) -> Script {
        let number = |field| heap.smi_field(script, field).unwrap_or(0);
        Script {
            id: number(fields::SCRIPT_ID),
            line_offset: number(fields::SCRIPT_LINE_OFFSET),
            column_offset: number(fields::SCRIPT_COLUMN_OFFSET),
            lines: if number(fields::SCRIPT_TYPE) == script_type::WASM {
                Lines::Bytes
            } else {
                Lines::read(heap, script)
            },
        }
    }

    fn location(&self, heap: &Heap, position: i32) -> Location {
        let found = match &self.lines {
            Lines::Bytes => Some((0, position)),
            lines => lines
                .find(heap, position)
                .map(|(line, column)| self.shift(line, column)),
        };
        let (line, column) = found.unwrap_or((NO_POSITION, NO_POSITION));
        Location {
            script_id: self.id,
            line,
            column,
        }
    }

    /// A script may be a part of a file: then the file's lines and columns are meant.
    fn shift(&self, line: i32, column: i32) -> (i32, i32) {
        let column_offset = if line == 0 { self.column_offset } else { 0 };
        (
            line.wrapping_add(self.line_offset),
            column.wrapping_add(column_offset),
        )
    }
}

impl Lines {
    fn read(heap: &Heap, script: Address) -> Lines {
        let known = heap
            .object_field(script, fields::SCRIPT_LINE_ENDS)
            .filter(|&ends| heap.type_of(ends) == Some(ObjectType::FixedArray));
        if let Some(ends) = known {
            let length = heap.smi_field(ends, fields::FIXED_ARRAY_LENGTH);
            let length = length.and_then(|length| u32::try_from(length).ok());
            return Lines::Array(ends, length.unwrap_or(0));
        }
        let source = heap
            .object_field(script, fields::SCRIPT_SOURCE)
            .filter(|&source| strings::is_string(heap, source));
        Lines::Ends(source.map_or_else(Vec::new, |source| line_ends(heap, source)))
    }

    fn count(&self) -> u32 {
        match self {
            Lines::Array(_, length) => *length,
            Lines::Ends(ends) => ends.len() as u32,
            Lines::Bytes => 0,
        }
    }

    /// Where a line ends: the position of its terminator.
    fn end(&self, heap: &Heap, line: u32) -> Option<i32> {
        match self {
            Lines::Array(ends, length) if line < *length => {
                let offset =
                    u64::from(fields::FIXED_ARRAY_ELEMENTS) + u64::from(line) * u64::from(WORD);
                heap.memory.tagged(ends.0.checked_add(offset)?).smi()
            }
            Lines::Ends(ends) => ends.get(line as usize).map(|&end| end as i32),
            _ => None,
        }
    }

    /// Line and column of a position; `None` if it is behind the end.
    fn find(&self, heap: &Heap, position: i32) -> Option<(i32, i32)> {
        // The first line that doesn't end before the position.
        let (mut low, mut high) = (0, self.count());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.end(heap, middle)? >= position {
                true => high = middle,
                false => low = middle + 1,
            }
        }
        if low == self.count() {
            return None;
        }
        let start = match low {
            0 => 0,
            _ => self.end(heap, low - 1)?.wrapping_add(1),
        };
        Some((low as i32, position.wrapping_sub(start)))
    }
}

/// Where the lines of a source end. The last one ends behind the last unit. V8 11.3, which doesn't
/// compute all ends for a snapshot but searches from the start for each position, then knows the
/// line feed alone as a terminator, and no empty last line.
fn line_ends(heap: &Heap, source: Address) -> Vec<u32> {
    let only_line_feeds = heap.layout.version < V8Version::V12_4;
    let mut lines = LineEnds {
        ends: Vec::new(),
        position: 0,
        carriage_return: None,
        only_line_feeds,
    };
    for run in strings::runs(heap, source, u32::MAX) {
        lines.read(heap, run);
    }
    lines.finish()
}

const LINE_FEED: u16 = 0x0a;
const CARRIAGE_RETURN: u16 = 0x0d;
const LINE_SEPARATOR: u16 = 0x2028;
const PARAGRAPH_SEPARATOR: u16 = 0x2029;

/// Collects the ends of lines.
struct LineEnds {
    ends: Vec<u32>,
    /// Units of the runs read so far.
    position: u32,
    /// The last terminator, if it was a carriage return: it ends a line unless a line feed follows.
    carriage_return: Option<u32>,
    only_line_feeds: bool,
}

impl LineEnds {
    /// Looks at eight bytes at a time: the sources of a process are megabytes.
    fn read(&mut self, heap: &Heap, run: strings::Run) {
        let width = if run.one_byte { 1 } else { 2 };
        let end = run.address + width * u64::from(run.units);
        for word in (run.address & !7..end).step_by(8) {
            let mut lanes = terminator_lanes(heap.memory.u64(word), run.one_byte);
            while lanes != 0 {
                let byte = u64::from(lanes.trailing_zeros() / 8);
                lanes &= lanes - 1;
                let address = word + byte / width * width;
                if (run.address..end).contains(&address) {
                    let index = ((address - run.address) / width) as u32;
                    self.terminator(self.position + index, run.unit(heap, index));
                }
            }
        }
        self.position += run.units;
    }

    fn terminator(&mut self, position: u32, unit: u16) {
        if let Some(before) = self.carriage_return.take()
            && !(unit == LINE_FEED && before + 1 == position)
        {
            self.end(before);
        }
        match unit {
            LINE_FEED => self.end(position),
            _ if self.only_line_feeds => {}
            CARRIAGE_RETURN => self.carriage_return = Some(position),
            LINE_SEPARATOR | PARAGRAPH_SEPARATOR => self.end(position),
            _ => {}
        }
    }

    fn end(&mut self, position: u32) {
        if self.ends.len() < MAX_LINES {
            self.ends.push(position);
        }
    }

    fn finish(mut self) -> Vec<u32> {
        if let Some(last) = self.carriage_return.take() {
            self.end(last);
        }
        let last_line_is_empty = self.ends.last().map_or(0, |&end| end + 1) == self.position;
        if !(self.only_line_feeds && last_line_is_empty) {
            self.end(self.position);
        }
        self.ends.shrink_to_fit();
        self.ends
    }
}

/// The highest bit of each unit of a word that is a terminator.
fn terminator_lanes(word: u64, one_byte: bool) -> u64 {
    const BYTES: u64 = u64::MAX / 0xff;
    const UNITS: u64 = u64::MAX / 0xffff;
    let feeds = [LINE_FEED, CARRIAGE_RETURN].map(u64::from);
    let separators = [LINE_SEPARATOR, PARAGRAPH_SEPARATOR].map(u64::from);
    if one_byte {
        let [feed, carriage] = feeds.map(|unit| zero_lanes(word ^ (BYTES * unit), BYTES * 0x7f));
        return feed | carriage;
    }
    let zero_units = |unit| zero_lanes(word ^ (UNITS * unit), UNITS * 0x7fff);
    (feeds.into_iter().chain(separators)).fold(0, |lanes, unit| lanes | zero_units(unit))
}

/// The highest bit of each lane that is zero; `below` has all other bits of the lanes. No carry
/// leaves its lane (Warren, Hacker's Delight, 6-1).
const fn zero_lanes(word: u64, below: u64) -> u64 {
    !(((word & below) + below) | word | below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap_walk::tagged::Tagged;
    use crate::heap_walk::test_heap::{TestHeap, VERSIONS, smi};

    /// A script: its source, the line ends that V8 has, and where in its file it is.
    fn script(heap: &mut TestHeap, source: Address, line_ends: Tagged, at: [i32; 2]) -> Address {
        let mut words = [smi(0); 16];
        let index = |field: u32| (field / WORD - 1) as usize;
        words[index(fields::SCRIPT_SOURCE)] = source.tagged();
        words[index(fields::SCRIPT_LINE_OFFSET)] = smi(at[0]);
        words[index(fields::SCRIPT_COLUMN_OFFSET)] = smi(at[1]);
        words[index(fields::SCRIPT_TYPE)] = smi(2); // no WebAssembly
        words[index(fields::SCRIPT_LINE_ENDS)] = line_ends;
        words[index(fields::SCRIPT_ID)] = smi(42);
        heap.struct_of(ObjectType::Script, &words)
    }

    /// A closure of a function that isn't compiled and starts at a position.
    fn lazy_function(heap: &mut TestHeap, script: Address, start: u32) -> Address {
        let (name, inferred) = (heap.string(""), heap.string("Outer.inferred"));
        let shared = heap.shared(name, Some(script));
        let kind = ObjectType::UncompiledDataWithoutPreparseData;
        let data = heap.struct_of(kind, &[inferred.tagged(), smi(0)]);
        heap.set_u32(data, fields::UNCOMPILED_DATA_START_POSITION, start);
        let offsets = heap.layout.offsets;
        let field = offsets
            .shared_function_info_function_data
            .or(offsets.shared_function_info_trusted_function_data)
            .unwrap();
        heap.set(shared, field, data.tagged());
        heap.function(shared)
    }

    fn position(heap: &TestHeap, function: Address) -> Option<(i32, i32)> {
        let location = heap.read(|heap| Functions::new().location(heap, function))?;
        assert_eq!(location.script_id, 42);
        Some((location.line, location.column))
    }

    #[test]
    fn a_position_becomes_line_and_column() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            // Long enough for a look at eight units at once.
            let source = heap.string("const first = 1;\nfunction a() {}\n\nfunction b() {}");
            let ends = [16, 32, 33, 49].map(smi);
            let ends = heap.array(ObjectType::FixedArray, &ends);
            for line_ends in [smi(0), ends.tagged()] {
                let script = script(&mut heap, source, line_ends, [0, 0]);
                let expected = [
                    (0, (0, 0)),
                    (16, (0, 16)),
                    (17, (1, 0)),
                    (26, (1, 9)),
                    (33, (2, 0)),
                    (34, (3, 0)),
                    (49, (3, 15)),
                    (50, (-1, -1)),
                    (u32::MAX, (0, 0)), // not known: -1
                ];
                for (start, expected) in expected {
                    let function = lazy_function(&mut heap, script, start);
                    assert_eq!(
                        position(&heap, function),
                        Some(expected),
                        "{version:?} {start}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_script_that_is_a_part_of_a_file_starts_where_it_is_in_the_file() {
        let mut heap = TestHeap::new(VERSIONS[1]);
        let source = heap.string("a\nb");
        let script = script(&mut heap, source, smi(0), [10, 62]);
        let functions = [0, 2].map(|start| lazy_function(&mut heap, script, start));
        let positions = functions.map(|function| position(&heap, function));
        assert_eq!(positions, [Some((10, 62)), Some((11, 0))]);
    }

    #[test]
    fn each_version_ends_lines_in_its_way() {
        let text = "12345678\r\n12345678\r1234567\u{2028}\n\r\r\n";
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let source = heap.string(text);
            let old = version == V8Version::V11_3;
            let expected = if old {
                vec![9, 27, 30]
            } else {
                vec![9, 18, 26, 27, 28, 30, 31]
            };
            assert_eq!(
                heap.read(|heap| line_ends(heap, source)),
                expected,
                "{version:?}"
            );
            let latin = heap.string("1234567\r12345678\n12345678901234567\r");
            let expected = if old {
                vec![16, 35]
            } else {
                vec![7, 16, 34, 35]
            };
            assert_eq!(
                heap.read(|heap| line_ends(heap, latin)),
                expected,
                "{version:?}"
            );
            let empty = heap.string("");
            let expected = if old { vec![] } else { vec![0] };
            assert_eq!(heap.read(|heap| line_ends(heap, empty)), expected);
        }
    }

    /// As the standard has it, a unit at a time.
    fn naive_line_ends(text: &str) -> Vec<u32> {
        let units: Vec<u16> = text.encode_utf16().collect();
        let ends = |&at: &usize| match units[at] {
            LINE_FEED | LINE_SEPARATOR | PARAGRAPH_SEPARATOR => true,
            CARRIAGE_RETURN => units.get(at + 1) != Some(&LINE_FEED),
            _ => false,
        };
        let ends = (0..units.len()).filter(ends).chain([units.len()]);
        ends.map(|at| at as u32).collect()
    }

    #[test]
    fn ends_of_lines_are_those_that_a_look_at_each_unit_finds() {
        // 0x0a0d, 0x0a00 and 0x8a are no terminators, though their bytes look like some.
        let letters = [
            "a", "\n", "\r", "\u{8a}", "\u{a0d}", "\u{a00}", "\u{2028}", "\u{2029}",
        ];
        let mut state = 20_261_127_u64;
        for round in 0..400 {
            let kinds = if round % 2 == 0 { 4 } else { letters.len() };
            let text: String = (0..round % 67)
                .map(|_| {
                    state = state
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1);
                    letters[(state >> 33) as usize % kinds]
                })
                .collect();
            let mut heap = TestHeap::new(VERSIONS[2]);
            let source = heap.string(&text);
            let found = heap.read(|heap| line_ends(heap, source));
            assert_eq!(found, naive_line_ends(&text), "{text:?}");
        }
    }

    #[test]
    fn a_line_may_end_in_another_part_of_the_source() {
        let mut heap = TestHeap::new(VERSIONS[3]);
        let (first, second) = (heap.string("ab\r"), heap.string("\ncd"));
        let source = heap.cons(first, second);
        assert_eq!(heap.read(|heap| line_ends(heap, source)), [3, 6]);
    }

    #[test]
    fn a_function_is_called_by_its_name_or_the_inferred_one() {
        for version in VERSIONS {
            let mut heap = TestHeap::new(version);
            let source = heap.string("");
            let script = script(&mut heap, source, smi(0), [0, 0]);
            let function = lazy_function(&mut heap, script, 0);
            let named = heap.string("named");
            let named_shared = heap.shared(named, None);
            let named_function = heap.function(named_shared);
            let inferred = heap.string("Outer.inferred");
            heap.read(|heap| {
                let lazy = shared(heap, function).unwrap();
                assert_eq!(name(heap, lazy), None);
                assert_eq!(debug_name(heap, lazy), Some(inferred));
                assert_eq!(name(heap, named_shared), Some(named));
                assert_eq!(debug_name(heap, named_shared), Some(named));
                assert!(scope_info(heap, named_shared).is_none());
                let functions = Functions::new();
                assert_eq!(functions.location(heap, named_function), None);
                assert_eq!(functions.location(heap, named), None, "no function");
            });
        }
    }

    #[test]
    fn a_debugged_function_of_the_oldest_version_has_its_script_elsewhere() {
        let mut heap = TestHeap::new(V8Version::V11_3);
        let source = heap.string("x");
        let script = script(&mut heap, source, smi(0), [0, 0]);
        let words = [smi(0), smi(0), script.tagged()];
        let debug_info = heap.struct_of(ObjectType::DebugInfo, &words);
        let name = heap.string("debugged");
        let shared = heap.shared(name, Some(debug_info));
        let found = heap.read(|heap| super::script(heap, shared));
        assert_eq!(found, Some(script));
    }

    #[test]
    fn webassembly_has_one_line_of_bytes() {
        let mut heap = TestHeap::new(VERSIONS[2]);
        let source = heap.string("");
        let script = script(&mut heap, source, smi(0), [0, 0]);
        heap.set(script, fields::SCRIPT_TYPE, smi(script_type::WASM));
        let function = lazy_function(&mut heap, script, 1234);
        assert_eq!(position(&heap, function), Some((0, 1234)));
    }
}
