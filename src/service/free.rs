//! A set of small numbers, the lowest of which is found quickly: replicas with a free place.

/// The set.
#[derive(Clone, Debug, Default)]
pub(super) struct Free {
    words: Vec<u64>,
}

impl Free {
    /// Whether `number` belongs to it.
    #[inline]
    pub(super) fn set(&mut self, number: u32, belongs: bool) {
        let (word, bit) = (number as usize / 64, 1 << (number % 64));
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        if belongs {
            self.words[word] |= bit;
        } else {
            self.words[word] &= !bit;
        }
    }

    /// The lowest member.
    #[inline]
    pub(super) fn first(&self) -> Option<u32> {
        let word = self.words.iter().position(|word| *word != 0)?;
        Some(word as u32 * 64 + self.words[word].trailing_zeros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn the_lowest_member_is_that_of_a_sorted_set(
            changes in prop::collection::vec((0_u32..200, any::<bool>()), 0..300),
        ) {
            let mut free = Free::default();
            let mut reference = BTreeSet::new();
            for (number, belongs) in changes {
                free.set(number, belongs);
                if belongs {
                    reference.insert(number);
                } else {
                    reference.remove(&number);
                }
                prop_assert_eq!(free.first(), reference.first().copied());
            }
        }
    }
}
