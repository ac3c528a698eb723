//! Which replica serves a request.

mod available;
mod join_shortest_queue;
mod power_of_two;
mod random;
mod round_robin;

use crate::id::ReplicaId;
use crate::model::BalancerKind;
use crate::random::Draw;
use crate::units::Time;
use std::fmt::Debug;

/// A balancer: fed with what changes at the replicas, asked for one of them.
///
/// Replicas come and go while it runs, in any order and under any number. What it is told of one
/// that it does not know is of no consequence.
pub trait Balancer: Debug + Send {
    /// A replica has begun to take requests; it has none. `weight` is its share beside the others,
    /// above 0.
    fn added(&mut self, replica: ReplicaId, weight: f64);

    /// A replica takes no more requests. Those that it has may still change its load.
    fn removed(&mut self, replica: ReplicaId);

    /// The weight of an added replica has changed.
    fn weighed(&mut self, _replica: ReplicaId, _weight: f64) {}

    /// What an added replica has to do has changed.
    fn changed(&mut self, replica: ReplicaId, load: Load);

    /// The replica for a request; `None` where no replica serves. `draw` is the request's own.
    fn pick(&mut self, view: View, draw: &mut Draw) -> Option<ReplicaId>;
}

/// What a replica has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// As of when.
    pub now: Time,
    /// Requests that wait or are served.
    pub in_system: u32,
}

/// What a balancer may look at besides what it has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// The instant of the request.
    pub now: Time,
    /// What the request is about: requests of one key may go to one replica.
    pub key: u64,
}

/// The balancer of that kind for a service none of whose replicas serves yet.
pub fn balancer(kind: BalancerKind) -> Box<dyn Balancer> {
    match kind {
        BalancerKind::Random => Box::new(random::Random::default()),
        BalancerKind::RoundRobin => Box::new(round_robin::RoundRobin::default()),
        BalancerKind::JoinShortestQueue => {
            Box::new(join_shortest_queue::JoinShortestQueue::default())
        }
        BalancerKind::PowerOfTwo => Box::new(power_of_two::PowerOfTwo::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Word;

    const VIEW: View = View {
        now: Time::ZERO,
        key: 0,
    };

    fn load(in_system: u32) -> Load {
        Load {
            now: Time::ZERO,
            in_system,
        }
    }

    /// Adds `lengths.len()` replicas with those many requests and counts 4,000 picks.
    fn picks(kind: BalancerKind, lengths: &[u32]) -> Vec<u32> {
        let mut balancer = balancer(kind);
        for (index, &length) in lengths.iter().enumerate() {
            let replica = ReplicaId(index as u32);
            balancer.added(replica, 1.0);
            for in_system in 1..=length {
                balancer.changed(replica, load(in_system));
            }
        }
        let mut counts = vec![0; lengths.len()];
        for number in 0..4_000u64 {
            let word = Word(number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let replica = balancer.pick(VIEW, &mut Draw::new(word)).unwrap();
            counts[replica.0 as usize] += 1;
        }
        counts
    }

    #[test]
    fn without_a_serving_replica_there_is_no_pick() {
        for &(_, kind) in BalancerKind::NAMES {
            assert_eq!(balancer(kind).pick(VIEW, &mut Draw::new(Word(1))), None);
        }
    }

    #[test]
    fn random_and_round_robin_do_not_look_at_queues() {
        let random = picks(BalancerKind::Random, &[9, 0, 0, 0]);
        assert!(
            random.iter().all(|&count| (850..1150).contains(&count)),
            "{random:?}"
        );
        assert_eq!(picks(BalancerKind::RoundRobin, &[9, 0, 0, 0]), [1000; 4]);
    }

    #[test]
    fn join_shortest_queue_picks_the_least_loaded_and_spreads_ties_evenly() {
        assert_eq!(
            picks(BalancerKind::JoinShortestQueue, &[2, 1, 3]),
            [0, 4000, 0]
        );
        let ties = picks(BalancerKind::JoinShortestQueue, &[1, 4, 1, 1]);
        assert_eq!(ties[1], 0);
        assert!(
            [ties[0], ties[2], ties[3]]
                .iter()
                .all(|&n| (1200..1470).contains(&n)),
            "{ties:?}"
        );
    }

    #[test]
    fn power_of_two_never_picks_the_longest_and_halves_the_rest() {
        // Of the six pairs of [0, 1, 2, 3] three contain 0, two more contain 1, one is (2, 3).
        let counts = picks(BalancerKind::PowerOfTwo, &[0, 1, 2, 3]);
        assert_eq!(counts[3], 0);
        assert!((1880..2120).contains(&counts[0]), "{counts:?}");
        assert!((1220..1450).contains(&counts[1]), "{counts:?}");
    }

    #[test]
    fn a_join_shortest_queue_index_follows_any_sequence_of_changes() {
        let mut balancer = balancer(BalancerKind::JoinShortestQueue);
        let mut lengths = [0u32; 5];
        (0..5).for_each(|index| balancer.added(ReplicaId(index), 1.0));
        for step in 0..3_000u64 {
            let mut draw = Draw::new(Word(step.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
            let index = draw.below(5);
            let length = &mut lengths[index as usize];
            *length = if draw.uniform() < 0.5 {
                *length + 1
            } else {
                length.saturating_sub(1)
            };
            balancer.changed(ReplicaId(index), load(*length));
            let pick = balancer.pick(VIEW, &mut draw).unwrap();
            let least = lengths.iter().min().copied();
            assert_eq!(
                Some(lengths[pick.0 as usize]),
                least,
                "at step {step}: {lengths:?}"
            );
        }
    }

    /// Replicas 0 to 3 are added, 1 and 3 removed again, and 1 added anew: an index of the load
    /// must not remember what 1 had.
    #[test]
    fn removed_replicas_are_not_picked_and_come_back_empty() {
        for &(name, kind) in BalancerKind::NAMES {
            let mut balancer = balancer(kind);
            (0..4).for_each(|index| balancer.added(ReplicaId(index), 1.0));
            balancer.changed(ReplicaId(1), load(7));
            balancer.removed(ReplicaId(1));
            balancer.removed(ReplicaId(3));
            balancer.removed(ReplicaId(3));
            balancer.changed(ReplicaId(1), load(6));
            let picked = |balancer: &mut dyn Balancer| {
                let words = (0..400_u64).map(|n| Word(n.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
                let picks = words.filter_map(|word| balancer.pick(VIEW, &mut Draw::new(word)));
                picks.collect::<std::collections::BTreeSet<_>>()
            };
            assert_eq!(
                picked(balancer.as_mut()),
                [ReplicaId(0), ReplicaId(2)].into(),
                "{name}"
            );
            balancer.added(ReplicaId(1), 1.0);
            balancer.changed(ReplicaId(0), load(1));
            balancer.changed(ReplicaId(2), load(1));
            assert!(picked(balancer.as_mut()).contains(&ReplicaId(1)), "{name}");
            (0..4).for_each(|index| balancer.removed(ReplicaId(index)));
            assert!(picked(balancer.as_mut()).is_empty(), "{name}");
        }
    }
}
