//! The column of edges' names and indexes.
//!
//! Millions of objects share some thousand names of edges, and an element's index is about its
//! position among the edges of its array. So an edge has a code of 2 bytes: for a name its number
//! among the names met, for an index by how much it differs from the position. V8 names the slots of
//! a backing store by texts, "0", "1", and so on, which have consecutive numbers in the string table:
//! the names of such a run have one code, which stands for the name less the position. Codes that
//! don't fit are in a side table. If they are many, or an edge comes before its source, so that its
//! position isn't known, the column is widened to the names and indexes themselves: 4 bytes an edge.
//! Where that is expected, it has them from the beginning.
//!
//! Building is one look-up in a hash table an edge with a name, mostly saved by a small table of
//! recent names in front of it.

use rustc_hash::FxHashMap;

use crate::ids::EdgeId;
use crate::kinds::EdgeKind;
use crate::model::EdgeName;

/// Says: look in the side table.
const FAR: u16 = u16::MAX;

/// One in this many edges may be in the side table before the column is widened: an entry of the
/// table takes about 16 bytes while it grows, so the table stays below the 2 bytes an edge that are
/// saved.
const EDGES_PER_FAR: usize = 16;

/// Below this many entries the side table is too small to matter.
const FEW: usize = 1024;

/// An edge as the column sees it.
#[derive(Clone, Copy)]
pub(crate) struct EdgePlace {
    pub(crate) id: EdgeId,
    pub(crate) kind: EdgeKind,
    /// How many edges the same node has before it.
    pub(crate) position: u32,
}

/// What the code of a name stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Coded {
    Name(u32),
    /// A name less the position, wrapping.
    Run(u32),
}

impl Coded {
    #[inline(always)]
    fn name(self, position: u32) -> u32 {
        match self {
            Self::Name(name) => name,
            Self::Run(first) => first.wrapping_add(position),
        }
    }
}

/// Name or index of each edge: the number of a string, or the index, by the edge's kind.
#[derive(Debug)]
pub(crate) struct EdgeNames {
    codes: Codes,
    /// Names and runs by code.
    coded: Vec<Coded>,
    /// What is behind [`FAR`].
    far: FxHashMap<EdgeId, u32>,
}

#[derive(Debug)]
enum Codes {
    Narrow(Vec<u16>),
    Wide(Vec<u32>),
}

impl EdgeNames {
    #[inline(always)]
    pub(crate) fn get(&self, edge: EdgePlace) -> u32 {
        match &self.codes {
            Codes::Wide(names) => names[edge.id.index()],
            Codes::Narrow(codes) => match codes[edge.id.index()] {
                FAR => self.far(edge.id),
                code if edge.kind.is_indexed() => index_at(edge.position, code),
                code => self.coded[usize::from(code)].name(edge.position),
            },
        }
    }

    #[cold]
    fn far(&self, edge: EdgeId) -> u32 {
        self.far.get(&edge).copied().unwrap_or(0)
    }

    /// Bytes of memory held, but for the side table.
    pub(crate) fn memory_bytes(&self) -> usize {
        let codes = match &self.codes {
            Codes::Narrow(codes) => size_of_val(codes.as_slice()),
            Codes::Wide(names) => size_of_val(names.as_slice()),
        };
        codes + size_of_val(self.coded.as_slice())
    }
}

/// The code of an index: how far it is from the position, small numbers of either sign first.
#[inline(always)]
fn code_of_index(position: u32, index: u32) -> Option<u16> {
    let distance = index.wrapping_sub(position) as i32;
    let code = (distance << 1 ^ distance >> 31) as u32;
    u16::try_from(code).ok().filter(|&code| code != FAR)
}

/// The other way round.
#[inline(always)]
fn index_at(position: u32, code: u16) -> u32 {
    let code = u32::from(code);
    position.wrapping_add(code >> 1 ^ (code & 1).wrapping_neg())
}

/// Fills [`EdgeNames`].
#[derive(Debug)]
pub(crate) struct EdgeNamesBuilder {
    edges: EdgeNames,
    numbers: FxHashMap<Coded, u16>,
    recent: RecentNames,
    last: u32,
    largest: Option<u32>,
}

impl Default for EdgeNamesBuilder {
    /// Of names and indexes themselves.
    fn default() -> Self {
        Self::with_codes(Codes::Wide(Vec::new()))
    }
}

impl EdgeNamesBuilder {
    /// Of codes as long as they fit.
    pub(crate) fn sharing() -> Self {
        Self::with_codes(Codes::Narrow(Vec::new()))
    }

    fn with_codes(codes: Codes) -> Self {
        Self {
            edges: EdgeNames {
                codes,
                coded: Vec::new(),
                far: FxHashMap::default(),
            },
            numbers: FxHashMap::default(),
            recent: RecentNames::default(),
            last: 0,
            largest: None,
        }
    }

    /// Whether positions of edges still count.
    #[inline(always)]
    pub(crate) fn needs_positions(&self) -> bool {
        matches!(self.edges.codes, Codes::Narrow(_))
    }

    /// Appends an edge.
    #[inline]
    pub(crate) fn push(&mut self, edge: EdgePlace, name_or_index: u32) {
        if !edge.kind.is_indexed() && name_or_index < EdgeName::FIRST_SLOT {
            self.largest = self.largest.max(Some(name_or_index));
        }
        let code = match &mut self.edges.codes {
            Codes::Wide(names) => return names.push(name_or_index),
            Codes::Narrow(_) if edge.kind.is_indexed() => {
                code_of_index(edge.position, name_or_index)
            }
            Codes::Narrow(_) => self.code_of_name(edge.position, name_or_index),
        };
        if let Codes::Narrow(codes) = &mut self.edges.codes {
            codes.push(code.unwrap_or(FAR));
        }
        if code.is_none() {
            self.edges.far.insert(edge.id, name_or_index);
        }
        self.last = name_or_index;
    }

    /// Whether too many edges are in the side table.
    #[inline(always)]
    pub(crate) fn is_too_narrow(&self) -> bool {
        let far = self.edges.far.len();
        far > FEW && far > self.len() / EDGES_PER_FAR
    }

    #[inline(always)]
    fn code_of_name(&mut self, position: u32, name: u32) -> Option<u16> {
        if let Some(code) = self.recent.get(name) {
            return Some(code);
        }
        if let Some(&code) = self.numbers.get(&Coded::Name(name)) {
            self.recent.set(name, code);
            return Some(code);
        }
        if position > 0 && name == self.last.wrapping_add(1) {
            return self.code(Coded::Run(name.wrapping_sub(position)));
        }
        self.code(Coded::Name(name))
    }

    /// The code of what is coded, a new one if it has none yet and there is one left.
    fn code(&mut self, coded: Coded) -> Option<u16> {
        if let Some(&code) = self.numbers.get(&coded) {
            return Some(code);
        }
        let code = u16::try_from(self.edges.coded.len()).ok();
        let code = code.filter(|&code| code != FAR)?;
        self.edges.coded.push(coded);
        self.numbers.insert(coded, code);
        Some(code)
    }

    /// The largest name, if any edge has one.
    pub(crate) fn largest_name(&self) -> Option<u32> {
        self.largest
    }

    fn len(&self) -> usize {
        match &self.edges.codes {
            Codes::Narrow(codes) => codes.len(),
            Codes::Wide(names) => names.len(),
        }
    }

    /// Stores names and indexes themselves from now on. `edges` are those pushed so far.
    #[cold]
    pub(crate) fn widen(&mut self, edges: impl Iterator<Item = EdgePlace>) {
        let names = edges.map(|edge| self.edges.get(edge)).collect();
        *self = Self {
            largest: self.largest,
            ..Self::with_codes(Codes::Wide(names))
        };
    }

    pub(crate) fn names(&self) -> &EdgeNames {
        &self.edges
    }

    pub(crate) fn finish(mut self) -> EdgeNames {
        match &mut self.edges.codes {
            Codes::Narrow(codes) => codes.shrink_to_fit(),
            Codes::Wide(names) => names.shrink_to_fit(),
        }
        self.edges.coded.shrink_to_fit();
        self.edges.far.shrink_to_fit();
        self.edges
    }
}

/// The last name of each slot with its code. Objects of a class come one after the other, so a few
/// names are asked for again and again.
#[derive(Debug)]
struct RecentNames(Box<[(u32, u16); Self::SLOTS]>);

impl Default for RecentNames {
    fn default() -> Self {
        Self(Box::new([(0, FAR); Self::SLOTS]))
    }
}

impl RecentNames {
    /// 2 KiB: a small part of the processor's fastest cache.
    const SLOTS: usize = 256;

    #[inline(always)]
    fn get(&self, name: u32) -> Option<u16> {
        let (found, code) = self.0[name as usize % Self::SLOTS];
        (found == name && code != FAR).then_some(code)
    }

    #[inline(always)]
    fn set(&mut self, name: u32, code: u16) {
        self.0[name as usize % Self::SLOTS] = (name, code);
    }
}
