//! A column of small numbers, such as those of the nodes' classes: 2 bytes each, 4 if there are larger
//! ones than 2 can tell.

/// Numbers by their position.
#[derive(Debug)]
pub(crate) enum NumberColumn {
    Narrow(Vec<u16>),
    Wide(Vec<u32>),
}

impl Default for NumberColumn {
    fn default() -> Self {
        Self::with_room_for(0)
    }
}

impl NumberColumn {
    /// An empty column with room for so many numbers.
    pub(crate) fn with_room_for(len: usize) -> Self {
        Self::Narrow(Vec::with_capacity(len))
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Narrow(numbers) => numbers.len(),
            Self::Wide(numbers) => numbers.len(),
        }
    }

    #[inline(always)]
    pub(crate) fn get(&self, at: usize) -> u32 {
        match self {
            Self::Narrow(numbers) => numbers[at].into(),
            Self::Wide(numbers) => numbers[at],
        }
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, number: u32) {
        match self {
            Self::Narrow(numbers) => match u16::try_from(number) {
                Ok(number) => numbers.push(number),
                Err(_) => self.push_wide(number),
            },
            Self::Wide(numbers) => numbers.push(number),
        }
    }

    #[cold]
    fn push_wide(&mut self, number: u32) {
        if let Self::Narrow(numbers) = self {
            let mut wide = Vec::with_capacity(numbers.capacity());
            wide.extend(numbers.iter().map(|&number| u32::from(number)));
            *self = Self::Wide(wide);
        }
        self.push(number);
    }

    /// Bytes of memory held.
    pub(crate) fn memory_bytes(&self) -> usize {
        match self {
            Self::Narrow(numbers) => size_of_val(numbers.as_slice()),
            Self::Wide(numbers) => size_of_val(numbers.as_slice()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_what_they_are_when_there_are_larger_ones_than_two_bytes_can_tell() {
        for last in [65_535, 65_536, 70_000] {
            let mut column = NumberColumn::with_room_for(10);
            (0..=last).for_each(|number| column.push(number));
            column.push(3);
            assert_eq!(matches!(column, NumberColumn::Wide(_)), last > 65_535);
            for number in 0..=last {
                assert_eq!(column.get(number as usize), number);
            }
            assert_eq!(column.get(last as usize + 1), 3);
            assert_eq!(column.len(), last as usize + 2);
        }
    }
}
