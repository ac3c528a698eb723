//! A 4-ary heap of keys, each with something that goes with it.
//!
//! Large heaps are as fast as the memory: the four keys among which the way down chooses are one
//! cache line, and what goes with them stands apart.
//!
//! # Invariants
//! * No key is below the key that it hangs under; whatever is behind the last is [`NOTHING`].

/// Keys that hang under the same one.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
struct Family([u128; ARITY]);

const ARITY: usize = 4;
/// Larger than all keys.
const NOTHING: u128 = u128::MAX;
/// The first place is the last of its family, so that those under it are one.
const FIRST: usize = ARITY - 1;

/// The heap.
#[derive(Clone, Debug)]
pub(super) struct Heap<E> {
    families: Vec<Family>,
    /// By place; nobody looks at what is before the first.
    items: Vec<E>,
    length: usize,
}

impl<E: Copy> Heap<E> {
    pub(super) const fn new() -> Self {
        Self {
            families: Vec::new(),
            items: Vec::new(),
            length: 0,
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Adds a key, which must be below [`NOTHING`].
    #[inline(never)]
    pub(super) fn push(&mut self, key: u128, item: E) {
        let place = FIRST + self.length;
        if self.families.len() * ARITY <= place {
            self.families.push(Family([NOTHING; ARITY]));
        }
        if self.items.is_empty() {
            self.items.extend([item; FIRST]);
        }
        self.items.push(item);
        self.length += 1;
        self.sift_up(place, key, item);
    }

    /// Takes the least key out.
    #[inline]
    pub(super) fn pop(&mut self) -> Option<(u128, E)> {
        self.length = self.length.checked_sub(1)?;
        let end = FIRST + self.length;
        let first = (self.key(FIRST), self.items[FIRST]);
        let (key, item) = (self.key(end), self.items[end]);
        self.set_key(end, NOTHING);
        self.items.pop();
        if self.length > 0 {
            let hole = self.sink_hole();
            self.sift_up(hole, key, item);
        }
        Some(first)
    }

    /// Takes everything out; answers with what is to be kept, in ascending order of the keys.
    pub(super) fn take_sorted(&mut self, keeps: impl Fn(u128) -> bool) -> Vec<(u128, E)> {
        let keys = self.families.iter().flat_map(|family| family.0);
        let pairs = keys.zip(self.items.iter().copied());
        let pairs = pairs.skip(FIRST).take(self.length);
        let mut pairs: Vec<_> = pairs.filter(|(key, _)| keeps(*key)).collect();
        pairs.sort_unstable_by_key(|(key, _)| *key);
        self.families.clear();
        self.items.clear();
        self.length = 0;
        pairs
    }

    #[inline]
    fn key(&self, place: usize) -> u128 {
        self.families[place / ARITY].0[place % ARITY]
    }

    #[inline]
    fn set_key(&mut self, place: usize, key: u128) {
        self.families[place / ARITY].0[place % ARITY] = key;
    }

    /// Moves the hole at `place` up to where the key belongs.
    #[inline]
    fn sift_up(&mut self, mut place: usize, key: u128, item: E) {
        while place > FIRST {
            let above = place_above(place);
            let key_above = self.key(above);
            if key_above <= key {
                break;
            }
            self.set_key(place, key_above);
            self.items[place] = self.items[above];
            place = above;
        }
        self.set_key(place, key);
        self.items[place] = item;
    }

    /// Moves the hole at the first place down to a last one, each least key under it taking its
    /// place. What is to fill the hole comes from the end and mostly belongs there, so it is not
    /// compared on the way (R. Floyd's variant, as in the standard library).
    #[inline]
    fn sink_hole(&mut self) -> usize {
        let mut hole = FIRST;
        let families = self.families.as_mut_slice();
        let items = self.items.as_mut_slice();
        while let Some(&Family([a, b, c, d])) = families.get(family_under(hole)) {
            let left = usize::from(b < a);
            let right = usize::from(d < c);
            let is_right = c.min(d) < a.min(b);
            let least = if is_right { 2 + right } else { left };
            let below = family_under(hole) * ARITY + least;
            if items.len() <= below {
                break;
            }
            families[hole / ARITY].0[hole % ARITY] = a.min(b).min(c.min(d));
            items[hole] = items[below];
            hole = below;
        }
        hole
    }
}

/// The family whose keys hang under the key at `place`.
#[inline]
fn family_under(place: usize) -> usize {
    place - (FIRST - 1)
}

/// Where the key is under which that at `place` hangs.
#[inline]
fn place_above(place: usize) -> usize {
    place / ARITY + (FIRST - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_hangs_under_the_one_whose_family_it_is_in() {
        for place in FIRST + 1..1000 {
            assert_eq!(family_under(place_above(place)), place / ARITY);
        }
    }

    #[test]
    fn what_goes_in_comes_out_in_order() {
        let mut heap = Heap::new();
        let keys = (0..500_u128).map(|number| number * 7919 % 501);
        keys.clone().for_each(|key| heap.push(key, key as u64));
        let mut sorted: Vec<_> = keys.collect();
        sorted.sort_unstable();
        let (first, rest) = sorted.split_at(100);
        let popped: Vec<_> = first.iter().map_while(|_| heap.pop()).collect();
        assert!(popped.iter().map(|(key, _)| key).eq(first));
        assert!(popped.iter().all(|&(key, item)| key == u128::from(item)));
        heap.push(0, 0);
        let even = |key: &u128| key.is_multiple_of(2);
        let left = heap.take_sorted(|key| even(&key));
        let expected = [0].iter().chain(rest).filter(|key| even(key));
        assert!(left.iter().map(|(key, _)| key).eq(expected));
        assert_eq!((heap.len(), heap.pop()), (0, None));
    }
}
