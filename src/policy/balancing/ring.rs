//! A ring of points that belong to replicas: a key belongs to the replica of the next point.
//!
//! D. Karger, E. Lehman, T. Leighton, R. Panigrahy, M. Levine and D. Lewin, "Consistent hashing and
//! random trees", STOC 1997. When a replica joins n others, one key of n + 1 moves to it in the
//! mean, and no other key moves. Each replica has a number of points in proportion to its weight;
//! the more points, the more even the shares.

use crate::id::ReplicaId;
use crate::random::{Draw, Word};

/// The ring.
#[derive(Clone, Debug)]
pub(super) struct Ring {
    /// Points of a replica of weight 1.
    points_each: u32,
    /// What makes this ring different from others.
    salt: u64,
    /// In order, once it is wanted.
    points: Vec<(u64, ReplicaId)>,
    sorted: bool,
    /// By the first bits of a key: the position of the first point with these bits or higher ones.
    starts: Vec<u32>,
    bits: u32,
}

impl Ring {
    pub(super) fn new(points_each: u32, salt: u64) -> Self {
        Self {
            points_each,
            salt,
            points: Vec::new(),
            sorted: false,
            starts: Vec::new(),
            bits: 0,
        }
    }

    pub(super) fn add(&mut self, replica: ReplicaId, weight: f64) {
        let count = (f64::from(self.points_each) * weight).round().max(1.0) as u64;
        for number in 0..count {
            let own = Word(self.salt ^ (u64::from(replica.0) << 32 | number));
            self.points.push((spread(own.0), replica));
        }
        self.sorted = false;
    }

    pub(super) fn remove(&mut self, replica: ReplicaId) {
        self.points.retain(|(_, owner)| *owner != replica);
        self.sorted = false;
    }

    /// The owners of the points from that of `key` on, all the way round, each as often as it has
    /// points.
    pub(super) fn owners(&mut self, key: u64) -> impl Iterator<Item = ReplicaId> + '_ {
        if !self.sorted {
            self.sort();
        }
        let first = self.position(spread(key));
        let (before, after) = self.points.split_at(first);
        after.iter().chain(before).map(|(_, replica)| *replica)
    }

    /// The first point at `place` or after it; the number of points where there is none.
    fn position(&self, place: u64) -> usize {
        if self.points.is_empty() {
            return 0;
        }
        let bucket = if self.bits == 0 {
            0
        } else {
            (place >> (64 - self.bits)) as usize
        };
        let start = self.starts[bucket] as usize;
        let later = self.points[start..].iter();
        start + later.take_while(|(point, _)| *point < place).count()
    }

    /// Points are spread evenly, so looking from the start of a bucket finds the next within a few.
    fn sort(&mut self) {
        // What was in order stays a run, which a stable sort merges with what is new.
        self.points.sort();
        self.bits = self.points.len().checked_ilog2().unwrap_or(0);
        let buckets = 1_usize << self.bits;
        self.starts.clear();
        let mut next = 0;
        for bucket in 0..buckets as u64 {
            let bits = self.bits;
            let reached = |point: u64| bits == 0 || bucket <= point >> (64 - bits);
            while next < self.points.len() && !reached(self.points[next].0) {
                next += 1;
            }
            self.starts.push(next as u32);
        }
        self.sorted = true;
    }
}

/// Somewhere on the ring, wherever it was in order.
fn spread(number: u64) -> u64 {
    let mut draw = Draw::new(Word(number));
    u64::from(draw.below(u32::MAX)) << 32 | u64::from(draw.below(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(ring: &mut Ring, key: u64) -> ReplicaId {
        ring.owners(key).next().unwrap()
    }

    fn ring(replicas: u32, points: u32, salt: u64) -> Ring {
        let mut ring = Ring::new(points, salt);
        (0..replicas).for_each(|index| ring.add(ReplicaId(index), 1.0));
        ring
    }

    /// When 10 or 100 replicas become one more, 1 key of 11 or of 101 moves in the mean over rings,
    /// and only to the new one.
    #[test]
    fn a_new_replica_takes_its_share_of_the_keys_and_moves_no_other() {
        for (replicas, expected) in [(10, 0.09090909090909091), (100, 0.009900990099009901)] {
            let (rings, keys) = (40, 4000);
            let mut shares = Vec::new();
            for salt in 0..rings {
                let mut small = ring(replicas, 100, salt << 20);
                let mut large = small.clone();
                large.add(ReplicaId(replicas), 1.0);
                let mut moved = 0;
                for key in 0..keys {
                    let (before, after) = (owner(&mut small, key), owner(&mut large, key));
                    if before != after {
                        assert_eq!(after, ReplicaId(replicas));
                        moved += 1;
                    }
                }
                large.remove(ReplicaId(replicas));
                let same = (0..keys).all(|key| owner(&mut small, key) == owner(&mut large, key));
                assert!(same, "what left takes nothing with it");
                shares.push(f64::from(moved) / keys as f64);
            }
            let mean = shares.iter().sum::<f64>() / rings as f64;
            let variance = shares
                .iter()
                .map(|share| (share - mean) * (share - mean))
                .sum::<f64>();
            let error = (variance / (rings * (rings - 1)) as f64).sqrt();
            assert!(
                (mean - expected).abs() < 5.0 * error,
                "{mean} for {expected}"
            );
            assert!(error < 0.1 * expected, "too few rings to tell: {error}");
        }
    }

    #[test]
    fn the_table_of_first_bits_finds_what_a_plain_search_finds() {
        for count in [1, 2, 3, 50] {
            let mut ring = ring(count, 7, 3);
            let _ = owner(&mut ring, 0);
            for key in 0..2000 {
                let place = spread(key);
                let plain = ring.points.partition_point(|(point, _)| *point < place);
                assert_eq!(ring.position(place), plain);
            }
        }
    }

    #[test]
    fn weights_are_shares_of_the_keys() {
        let mut ring = Ring::new(400, 1);
        ring.add(ReplicaId(0), 1.0);
        ring.add(ReplicaId(1), 3.0);
        let first = (0..20_000).filter(|key| owner(&mut ring, *key) == ReplicaId(0));
        let share = first.count() as f64 / 20_000.0;
        assert!((share - 0.25).abs() < 0.04, "{share}");
    }
}
