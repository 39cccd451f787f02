//! Counting sort: members of many groups into one column, group by group. Linear, 4 bytes a group.

/// Where each group of a counting sort starts, while it is filled: the start of group `i` is at
/// `i + 1` and moves to the group's end, which is where the next one starts. So the offsets are
/// right in the end without a second column of positions.
pub(crate) struct Offsets(Vec<u32>);

impl Offsets {
    /// Counts the members of each of `len` groups.
    pub(crate) fn new(len: usize, groups: impl Iterator<Item = u32>) -> Self {
        let mut counts = GroupCounts::new(len);
        for group in groups {
            counts.add(group);
        }
        counts.into_offsets()
    }

    /// The position of the next member of a group.
    #[inline(always)]
    pub(crate) fn next(&mut self, group: u32) -> usize {
        let slot = &mut self.0[group as usize + 1];
        *slot += 1;
        *slot as usize - 1
    }

    /// How many members there are.
    pub(crate) fn total(&self) -> usize {
        self.0.last().map_or(0, |&total| total as usize)
    }

    /// Group `i` is from `[i]` to `[i + 1]`, once all members have been placed.
    pub(crate) fn finish(mut self) -> Vec<u32> {
        self.0.pop();
        self.0
    }
}

/// How many members each group of a counting sort has.
#[derive(Debug)]
pub(crate) struct GroupCounts(Vec<u32>);

impl GroupCounts {
    pub(crate) fn new(len: usize) -> Self {
        Self(vec![0; len + 2])
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, group: u32) {
        self.0[group as usize + 2] += 1;
    }

    pub(crate) fn into_offsets(mut self) -> Offsets {
        prefix_sums(&mut self.0);
        Offsets(self.0)
    }
}

/// Turns counts at `i + 1` into start offsets at `i`.
fn prefix_sums(counts: &mut [u32]) {
    let mut sum = 0;
    for count in counts {
        sum += *count;
        *count = sum;
    }
}
