//! V8's heap as the walk reads it: fields of objects, and the hidden class (V8's `Map`) of each.

use std::cell::RefCell;

use super::memory::Memory;
use super::tagged::{Address, Tagged};
use crate::v8_layout::{ObjectType, V8Layout, fields};

/// log2 of how many hidden classes are kept decoded. A large service has some 10,000; the walk meets
/// them in clusters, so a table that forgets is enough.
const CACHED_CLASSES_BITS: u32 = 12;

/// What the hidden class of an object says, decoded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HiddenClass {
    /// Address of the `Map`.
    pub(crate) map: Address,
    /// What kind of object.
    pub(crate) object_type: ObjectType,
    /// V8's number of the kind, which for strings holds flags.
    pub(crate) instance_type: u16,
    /// Size of an instance in bytes; 0 if it depends on the instance.
    pub(crate) instance_size: u32,
    /// Byte 9 of the map: for objects, the word at which their properties start.
    pub(crate) byte_9: u8,
    /// Byte 10 of the map: for objects, used or unused property fields.
    pub(crate) byte_10: u8,
    /// `bit_field`.
    pub(crate) bit_field: u8,
    /// `bit_field2`.
    pub(crate) bit_field2: u8,
    /// `bit_field3`.
    pub(crate) bit_field3: u32,
}

impl HiddenClass {
    /// V8's number for the kind of the elements (see `fields::elements_kind`).
    pub(crate) fn elements_kind(&self) -> u8 {
        self.bit_field2 >> fields::elements_kind::SHIFT
    }

    /// How many descriptors of the map's array are its own.
    pub(crate) fn own_descriptors(&self) -> u32 {
        self.bit_field3 >> fields::MAP_OWN_DESCRIPTORS_SHIFT & fields::MAP_OWN_DESCRIPTORS_MASK
    }

    /// Whether the map belongs to one prototype object.
    pub(crate) fn is_prototype_map(&self) -> bool {
        self.bit_field3 >> 20 & 1 == 1
    }

    /// Whether the objects keep their properties in a dictionary.
    pub(crate) fn is_dictionary_map(&self) -> bool {
        self.bit_field3 >> fields::MAP_IS_DICTIONARY_MAP_BIT & 1 == 1
    }

    /// Whether functions of this class have a slot for a prototype.
    pub(crate) fn has_prototype_slot(&self) -> bool {
        self.bit_field >> 7 == 1
    }

    /// Offset in bytes at which properties in the object start; meaningful for JavaScript objects.
    pub(crate) fn inobject_start(&self) -> u32 {
        u32::from(self.byte_9) * 8
    }
}

/// The heap: memory and how V8 lays its objects out in it.
pub(crate) struct Heap<'a> {
    pub(crate) memory: &'a Memory,
    pub(crate) layout: &'a V8Layout,
    classes: RefCell<Box<[Option<HiddenClass>]>>,
}

impl<'a> Heap<'a> {
    pub(crate) fn new(memory: &'a Memory, layout: &'a V8Layout) -> Self {
        Heap {
            memory,
            layout,
            classes: RefCell::new(vec![None; 1 << CACHED_CLASSES_BITS].into_boxed_slice()),
        }
    }

    /// The tagged word in an object, `offset` bytes from its start.
    #[inline(always)]
    pub(crate) fn field(&self, object: Address, offset: u32) -> Tagged {
        self.memory.tagged(object.0 + u64::from(offset))
    }

    /// The object a field points to strongly.
    #[inline(always)]
    pub(crate) fn object_field(&self, object: Address, offset: u32) -> Option<Address> {
        self.field(object, offset).strong()
    }

    /// The small integer in a field.
    #[inline(always)]
    pub(crate) fn smi_field(&self, object: Address, offset: u32) -> Option<i32> {
        self.field(object, offset).smi()
    }

    /// A word that is no tagged one.
    #[inline(always)]
    pub(crate) fn u64_field(&self, object: Address, offset: u32) -> u64 {
        self.memory.u64(object.0 + u64::from(offset))
    }

    /// Four bytes.
    #[inline(always)]
    pub(crate) fn u32_field(&self, object: Address, offset: u32) -> u32 {
        self.memory.u32(object.0 + u64::from(offset))
    }

    /// Four bytes with a sign.
    #[inline(always)]
    pub(crate) fn i32_field(&self, object: Address, offset: u32) -> i32 {
        self.u32_field(object, offset) as i32
    }

    /// Two bytes.
    #[inline(always)]
    pub(crate) fn u16_field(&self, object: Address, offset: u32) -> u16 {
        self.memory.u16(object.0 + u64::from(offset))
    }

    /// A byte.
    #[inline(always)]
    pub(crate) fn u8_field(&self, object: Address, offset: u32) -> u8 {
        self.memory.u8(object.0 + u64::from(offset))
    }

    /// The hidden class of the object at an address; `None` if there is no object: its first word
    /// doesn't point to a map, or the map is of a type that this version doesn't know.
    #[inline]
    pub(crate) fn class_of(&self, object: Address) -> Option<HiddenClass> {
        self.class(self.object_field(object, 0)?)
    }

    /// The type of the object at an address; `None` as for [`class_of`](Self::class_of).
    pub(crate) fn type_of(&self, object: Address) -> Option<ObjectType> {
        self.class_of(object).map(|class| class.object_type)
    }

    /// The hidden class that a map stands for.
    #[inline]
    pub(crate) fn class(&self, map: Address) -> Option<HiddenClass> {
        // Maps are 80 bytes long and side by side: spread by a multiplication.
        let slot = (map.0 >> 3).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - CACHED_CLASSES_BITS);
        if let Some(class) = self.classes.borrow()[slot as usize]
            && class.map == map
        {
            return Some(class);
        }
        let class = self.decode_class(map)?;
        self.classes.borrow_mut()[slot as usize] = Some(class);
        Some(class)
    }

    fn decode_class(&self, map: Address) -> Option<HiddenClass> {
        // Maps themselves have a map of MAP_TYPE: a check that random memory does not pass.
        let meta = self.object_field(map, 0)?;
        let meta_type = self.u16_field(meta, fields::MAP_INSTANCE_TYPE);
        if self.layout.object_type(meta_type) != Some(ObjectType::Map) {
            return None;
        }
        let instance_type = self.u16_field(map, fields::MAP_INSTANCE_TYPE);
        Some(HiddenClass {
            map,
            object_type: self.layout.object_type(instance_type)?,
            instance_type,
            instance_size: u32::from(self.u8_field(map, fields::MAP_INSTANCE_SIZE_IN_WORDS)) * 8,
            byte_9: self.u8_field(map, fields::MAP_INOBJECT_PROPERTIES_START),
            byte_10: self.u8_field(map, fields::MAP_USED_OR_UNUSED_FIELDS),
            bit_field: self.u8_field(map, fields::MAP_BIT_FIELD),
            bit_field2: self.u8_field(map, fields::MAP_BIT_FIELD_2),
            bit_field3: self.u32_field(map, fields::MAP_BIT_FIELD_3),
        })
    }
}

/// Elements of a fixed array at most (V8's `FixedArray::kMaxLength`).
const MAX_ARRAY_LENGTH: u32 = 128 << 20;

/// Elements of an array of any kind; 0 if it says that it is longer than what can be read.
pub(crate) fn array_length(heap: &Heap<'_>, array: Address) -> u32 {
    let length = heap.smi_field(array, fields::FIXED_ARRAY_LENGTH);
    length
        .and_then(|length| u32::try_from(length).ok())
        .filter(|&length| length <= MAX_ARRAY_LENGTH)
        .filter(|&length| {
            let bytes = fields::FIXED_ARRAY_ELEMENTS + fields::WORD * length;
            heap.memory.is_readable(array.0, bytes.into())
        })
        .unwrap_or(0)
}
