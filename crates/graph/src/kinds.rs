//! What kinds of nodes and edges V8 tells apart.

use serde::Serialize;

macro_rules! kind_type {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $value:literal => $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
        #[repr(u8)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant = $value,)+
        }

        impl $name {
            /// Every kind, in the order of its number.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name the snapshot format gives the kind.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The kind of a name in a snapshot's `meta`; `None` for a kind this version of the
            /// crate doesn't know.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

kind_type! {
    /// The kind of a heap object.
    NodeKind {
        /// V8's own bookkeeping.
        Hidden = 0 => "hidden",
        /// A backing store of elements, properties or a table.
        Array = 1 => "array",
        /// A flat string.
        String = 2 => "string",
        /// A JavaScript object.
        Object = 3 => "object",
        /// Compiled code and what belongs to it, scripts included.
        Code = 4 => "code",
        /// A function.
        Closure = 5 => "closure",
        /// A regular expression.
        RegExp = 6 => "regexp",
        /// A boxed number.
        Number = 7 => "number",
        /// Memory outside the JavaScript heap.
        Native = 8 => "native",
        /// A node that groups others and is no object (roots).
        Synthetic = 9 => "synthetic",
        /// A string that is two strings one after the other.
        ConsString = 10 => "concatenated string",
        /// A string that is a part of another.
        SlicedString = 11 => "sliced string",
        /// A symbol.
        Symbol = 12 => "symbol",
        /// A big integer.
        BigInt = 13 => "bigint",
        /// A hidden class.
        ObjectShape = 14 => "object shape",
        /// A WebAssembly object.
        WasmObject = 15 => "wasm object",
        /// A kind that this version doesn't know.
        Unknown = 16 => "unknown",
    }
}

kind_type! {
    /// The kind of a reference.
    EdgeKind {
        /// A variable of a closure's scope.
        Context = 0 => "context",
        /// An element of an array, by index.
        Element = 1 => "element",
        /// A named property.
        Property = 2 => "property",
        /// A reference of V8's own, by name.
        Internal = 3 => "internal",
        /// A reference of V8's own, by index.
        Hidden = 4 => "hidden",
        /// A reference shown for convenience; it retains only from the root.
        Shortcut = 5 => "shortcut",
        /// A reference that does not keep its target alive.
        Weak = 6 => "weak",
        /// A kind that this version doesn't know; treated as a strong named reference.
        Unknown = 7 => "unknown",
    }
}

impl EdgeKind {
    /// The kind of a number stored in 3 bits.
    #[inline(always)]
    pub(crate) const fn from_bits(bits: u32) -> Self {
        match bits {
            0 => Self::Context,
            1 => Self::Element,
            2 => Self::Property,
            3 => Self::Internal,
            4 => Self::Hidden,
            5 => Self::Shortcut,
            6 => Self::Weak,
            _ => Self::Unknown,
        }
    }

    /// Whether the edge's name is a number rather than a string.
    #[inline(always)]
    pub const fn is_indexed(self) -> bool {
        matches!(self, Self::Element | Self::Hidden)
    }
}

impl NodeKind {
    /// Whether the node is an object that JavaScript code can hold: what a developer recognises as
    /// an owner, as opposed to tables, code and hidden parts.
    pub const fn is_js_object(self) -> bool {
        matches!(
            self,
            Self::Object | Self::Closure | Self::RegExp | Self::WasmObject
        )
    }

    /// Whether the node is one of the string kinds.
    pub const fn is_string(self) -> bool {
        matches!(self, Self::String | Self::ConsString | Self::SlicedString)
    }
}
