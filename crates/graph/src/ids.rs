//! Newtyped indexes into the columns of a [`HeapGraph`](crate::HeapGraph). The casts between them
//! and `usize` live here and nowhere else.

use serde::Serialize;

macro_rules! index_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in a column.
            #[inline(always)]
            pub const fn index(self) -> usize {
                self.0 as usize
            }

            /// The index for a position in a column.
            ///
            /// Columns never hold more than `u32::MAX` entries: the builder refuses them.
            #[inline(always)]
            pub const fn new(index: usize) -> Self {
                debug_assert!(index <= u32::MAX as usize);
                Self(index as u32)
            }
        }
    };
}

index_type! {
    /// An object of the heap: its position in the graph, 0 is the root.
    NodeId
}
index_type! {
    /// A reference between two objects: its position among all edges, grouped by source node.
    EdgeId
}
index_type! {
    /// A string of the graph's string table.
    StringId
}

impl NodeId {
    /// The synthetic root from which all objects are reached.
    pub const ROOT: Self = Self(0);
}
