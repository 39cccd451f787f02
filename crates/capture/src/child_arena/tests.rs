use super::*;

const MB: usize = 1 << 20;

fn arena(budget: usize) -> (&'static ChildArena, &'static ArenaUsage) {
    let arena = Box::leak(Box::new(ChildArena::new()));
    let usage = Box::leak(Box::default());
    assert!(arena.open(budget as u64, usage));
    (arena, usage)
}

fn layout(size: usize, alignment: usize) -> Layout {
    Layout::from_size_align(size, alignment).unwrap()
}

/// The generator of Steele et al., "Fast Splittable Pseudorandom Number Generators" (2014).
struct SplitMix(u64);

impl SplitMix {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}

#[test]
fn a_class_holds_every_size_it_is_for_and_wastes_at_most_a_quarter() {
    let mut last = 0;
    for size in 1..=LARGEST_SMALL {
        let class = class_of(layout(size, 1)).unwrap();
        let room = size_of_class(class);
        assert!(room >= size, "{size} in class {class} of {room}");
        assert!(
            room <= (size + size / 4 + 1).next_multiple_of(GRAIN),
            "{size} in {room}"
        );
        assert!(
            class == last || class == last + 1,
            "{size}: from {last} to {class}"
        );
        assert!(room.is_multiple_of(GRAIN));
        last = class;
    }
    assert_eq!((last, size_of_class(last)), (CLASSES - 1, LARGEST_SMALL));
    assert_eq!(class_of(layout(LARGEST_SMALL + 1, 1)), None);
    assert_eq!(class_of(layout(8, 32)), None);
}

/// A block and what it was filled with.
struct Block {
    start: *mut u8,
    layout: Layout,
    filling: u8,
}

impl Block {
    fn contents(&self) -> &[u8] {
        // SAFETY: the block is in use and was filled.
        unsafe { std::slice::from_raw_parts(self.start, self.layout.size()) }
    }

    fn fill(&mut self) {
        // SAFETY: the block has that many bytes.
        unsafe { self.start.write_bytes(self.filling, self.layout.size()) };
    }

    fn assert_intact(&self) {
        assert!(self.contents().iter().all(|&byte| byte == self.filling));
    }
}

#[test]
fn blocks_never_overlap_and_keep_their_contents_whatever_happens_to_others() {
    let seed = 20_260_101;
    println!("seed {seed}");
    let mut random = SplitMix(seed);
    let (arena, _) = arena(1 << 30);
    let mut blocks: Vec<Block> = Vec::new();
    for round in 0..30_000 {
        let largest = [64, 2_000, 100_000, 600_000][random.below(4)];
        let size = 1 + random.below(largest);
        match random.below(5) {
            0 | 1 if blocks.len() < 300 => {
                let layout = layout(size, 1 << random.below(14));
                let must_be_zero = random.below(2) == 0;
                let start = arena.allocate(layout, must_be_zero);
                assert!(!start.is_null() && start.addr().is_multiple_of(layout.align()));
                let filling = round as u8;
                let mut block = Block {
                    start,
                    layout,
                    filling,
                };
                if must_be_zero {
                    assert!(block.contents().iter().all(|&byte| byte == 0));
                }
                block.fill();
                blocks.push(block);
            }
            2 if !blocks.is_empty() => {
                let block = blocks.swap_remove(random.below(blocks.len()));
                block.assert_intact();
                // SAFETY: allocated with this layout, and not used after this.
                unsafe { arena.free(block.start, block.layout) };
            }
            3 | 4 if !blocks.is_empty() => {
                let index = random.below(blocks.len());
                let block = &mut blocks[index];
                // SAFETY: allocated with this layout; the old address is not used after this.
                block.start = unsafe { arena.resize(block.start, block.layout, size) };
                let kept = block.layout.size().min(size);
                block.layout = layout(size, block.layout.align());
                assert!(block.start.addr().is_multiple_of(block.layout.align()));
                assert!(
                    block.contents()[..kept]
                        .iter()
                        .all(|&byte| byte == block.filling)
                );
                block.fill();
            }
            _ => {}
        }
    }
    blocks.iter().for_each(Block::assert_intact);
}

#[test]
fn freed_blocks_are_used_again() {
    let (arena, usage) = arena(CHUNK);
    for _ in 0..100_000 {
        let block = arena.allocate(layout(1_000, 8), false);
        assert!(!block.is_null());
        // SAFETY: allocated with this layout, and not used after this.
        unsafe { arena.free(block, layout(1_000, 8)) };
    }
    assert_eq!(usage.peak.load(Relaxed), CHUNK as u64);
    assert_eq!(usage.refusals.load(Relaxed), 0);
}

#[test]
fn the_budget_is_exact_for_large_blocks_and_freeing_gives_it_back() {
    let (arena, usage) = arena(4 * MB);
    let whole = layout(4 * MB, 8);
    for _ in 0..1_000 {
        let block = arena.allocate(whole, false);
        assert!(!block.is_null());
        assert!(arena.allocate(layout(MB, 8), false).is_null());
        assert!(arena.allocate(layout(1, 1), false).is_null());
        // SAFETY: allocated with this layout, and not used after this.
        unsafe { arena.free(block, whole) };
    }
    assert_eq!(usage.peak.load(Relaxed), 4 * MB as u64);
    assert_eq!(usage.refusals.load(Relaxed), 2_000);
}

#[test]
fn a_long_vector_grows_by_doubling_up_to_the_budget_without_a_second_copy() {
    let (arena, usage) = arena(64 * MB);
    let mut size = MB;
    let mut block = arena.allocate(layout(size, 8), false);
    while size < 64 * MB {
        // SAFETY: allocated with this layout; the last byte is inside of it.
        unsafe {
            block.add(size - 1).write(7);
            block = arena.resize(block, layout(size, 8), 2 * size);
            assert_eq!(block.add(size - 1).read(), 7);
        }
        size *= 2;
    }
    assert_eq!(usage.peak.load(Relaxed), 64 * MB as u64);
    // SAFETY: as above; a refusal leaves the block as it was.
    unsafe {
        assert!(arena.resize(block, layout(size, 8), 2 * size).is_null());
        assert_eq!(block.add(size / 2 - 1).read(), 7);
        // Shrinking gives pages back.
        assert_eq!(arena.resize(block, layout(size, 8), MB), block);
    }
    assert!(!arena.allocate(layout(63 * MB, 8), false).is_null());
}

#[test]
fn blocks_of_the_parent_are_copied_when_they_grow_and_stay_when_they_are_freed() {
    let (arena, _) = arena(MB);
    let mut parents = vec![5_u8; 100];
    let foreign = parents.as_mut_ptr();
    // SAFETY: the block is not the arena's, which it recognises.
    let copy = unsafe { arena.resize(foreign, layout(100, 1), 200) };
    // SAFETY: the copy has at least 100 bytes.
    assert_eq!(unsafe { std::slice::from_raw_parts(copy, 100) }, parents);
    // SAFETY: as above.
    unsafe { arena.free(foreign, layout(100, 1)) };
    assert_eq!(parents, [5; 100]);
}
