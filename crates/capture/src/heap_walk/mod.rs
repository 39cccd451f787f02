//! A walk of V8's heap, in place or in a forked child: every object that is reachable, as V8's own
//! snapshot would show it.
//!
//! The way of a walk: [`roots`] finds what holds objects from outside, [`traversal`] marks all that
//! is reachable from there, [`mark_bits`] number it, and [`emitter`] passes over it once more and
//! writes each object's node ([`describe`]) with its references ([`references`]) into a graph
//! ([`sink`]), at once or through a [`stream`]; or [`census`] only counts the marked objects. Beneath is [`heap`]: objects and their hidden
//! classes in [`memory`], which is read with a check, by the layout of the running version of V8
//! ([`crate::v8_layout`]). Nothing here enters V8, takes a lock or starts a thread.

mod address_table;
mod census;
mod chunk_table;
mod class_names;
mod describe;
mod dictionaries;
mod dispatch_table;
mod embedded_objects;
mod emitter;
mod functions;
mod heap;
mod inessential;
mod mark_bits;
pub(crate) mod memory;
mod names;
mod object_body;
mod properties;
mod references;
pub(crate) mod roots;
mod scope_info;
pub(crate) mod sink;
pub(crate) mod stream;
mod strings;
mod swept_pages;
mod tagged;
mod tags;
#[cfg(test)]
mod test_heap;
mod traversal;
mod wasm;

use heapwatch_graph::Census;

use self::dispatch_table::DispatchTable;
use self::emitter::Emitter;
use self::heap::{Heap, HiddenClass};
use self::memory::Memory;
use self::names::Names;
use self::roots::{RootFinder, RootGroup, WalkStart};
use self::sink::GraphSink;
use self::tagged::Address;
use self::traversal::{Traversal, Traversed};
use crate::WalkSummary;
use crate::v8_layout::{ObjectType, V8Layout};

/// A walk: the heap, and the names met so far.
pub(crate) struct Walk<'m> {
    heap: Heap<'m>,
    names: Names,
    dispatch_table: Option<DispatchTable>,
    /// Caches whose contents don't count (see [`RootFinder::caches`]).
    caches: Vec<Address>,
}

impl<'m> Walk<'m> {
    pub(crate) fn new(memory: &'m Memory, layout: &'m V8Layout) -> Self {
        Walk {
            heap: Heap::new(memory, layout),
            names: Names::new(),
            dispatch_table: None,
            caches: Vec::new(),
        }
    }

    /// Whether the Isolate's roots are where the layout says.
    pub(crate) fn knows_roots(&self, start: WalkStart) -> bool {
        RootFinder::new(&self.heap, start).has_undefined()
    }

    /// Walks the heap into a sink. O(objects + references).
    pub(crate) fn run<S: GraphSink>(
        mut self,
        start: WalkStart,
        sink: &mut S,
    ) -> Result<WalkSummary, S::Error> {
        let (groups, traversed) = self.mark(start, &mut |done| sink.progress(done));
        let objects = traversed.marks.rank();
        Emitter::new(&self, &objects, &groups, sink).emit(traversed.unknown)
    }

    /// Counts the objects of a heap that is swept. O(objects + references).
    pub(crate) fn count(mut self, start: WalkStart) -> (Census, WalkSummary) {
        let (groups, traversed) = self.mark(start, &mut |_| ());
        let objects = traversed.marks.rank();
        census::count(&self, &objects, &groups, traversed.unknown)
    }

    /// Marks what is reachable, and gives the roots, too.
    fn mark(
        &mut self,
        start: WalkStart,
        on_progress: &mut dyn FnMut(u64),
    ) -> (Vec<RootGroup>, Traversed) {
        let finder = RootFinder::new(&self.heap, start);
        let mut groups = finder.find();
        self.dispatch_table = self.find_dispatch_table(start.isolate, &groups);
        self.caches = finder.caches();
        let mut traversal = Traversal::new(&self.heap, self.dispatch_table, on_progress);
        traversal.mark_without_targets(&self.caches);
        traversal.mark(strong_targets(&groups));
        for group in groups.iter_mut().filter(|group| group.is_secondary) {
            traversal.mark_unreached(&mut group.targets);
        }
        if !start.is_frozen {
            traversal.confine();
        }
        let mut stack =
            finder.stack(|object| start.is_frozen || traversal.is_beside_marked(object));
        if start.is_swept {
            swept_pages::retain_live(&self.heap, &mut stack.targets);
        }
        traversal.mark_unreached(&mut stack.targets);
        groups.push(stack);
        (groups, traversal.finish())
    }

    /// Whether an object is one of the caches that V8 would have emptied.
    fn is_cleared_cache(&self, object: Address, class: &HiddenClass) -> bool {
        matches!(
            class.object_type,
            ObjectType::FixedArray | ObjectType::DoubleStringCache
        ) && self.caches.contains(&object)
    }

    /// The handles of the functions in the native contexts lead to the table.
    fn find_dispatch_table(&self, isolate: u64, groups: &[RootGroup]) -> Option<DispatchTable> {
        let field = self.heap.layout.offsets.js_function_dispatch_handle?;
        let handles: Vec<u32> = groups
            .iter()
            .flat_map(|group| &group.targets)
            .filter(|&&object| self.heap.type_of(object) == Some(ObjectType::NativeContext))
            .flat_map(|&context| self.functions_of(context))
            .map(|function| self.heap.u32_field(function, field))
            .collect();
        DispatchTable::find(&self.heap, isolate, &handles)
    }

    fn functions_of(&self, context: Address) -> impl Iterator<Item = Address> + '_ {
        let class = self.heap.class_of(context);
        let end = class.map_or(0, |class| object_body::size(&self.heap, context, &class));
        (16..end.min(1 << 14) as u32)
            .step_by(8)
            .filter_map(move |offset| self.heap.object_field(context, offset))
            .filter(|&object| {
                self.heap
                    .type_of(object)
                    .is_some_and(ObjectType::is_js_function)
            })
    }
}

fn strong_targets(groups: &[RootGroup]) -> impl Iterator<Item = Address> + '_ {
    groups
        .iter()
        .filter(|group| group.is_strong && !group.is_secondary)
        .flat_map(|group| group.targets.iter().copied())
}
