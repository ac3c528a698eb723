//! Which replica serves a request.

mod available;
mod join_shortest_queue;
mod power_of_two;
mod random;
mod round_robin;

use crate::id::ReplicaId;
use crate::model::BalancerKind;
use crate::random::Draw;
use std::fmt::Debug;

/// A balancer: fed with what changes at the replicas, asked for one of them.
pub trait Balancer: Debug + Send {
    /// A replica has begun to serve; it has no requests.
    fn added(&mut self, replica: ReplicaId);

    /// The number of requests in system at an added replica has changed.
    fn changed(&mut self, replica: ReplicaId, in_system: u32);

    /// The replica for a request; `None` where no replica serves. `draw` is the request's own.
    fn pick(&mut self, draw: &mut Draw) -> Option<ReplicaId>;
}

/// The balancer of that kind for a service of `replicas` replicas, none of which serves yet.
pub fn balancer(kind: BalancerKind, replicas: u32) -> Box<dyn Balancer> {
    match kind {
        BalancerKind::Random => Box::new(random::Random::default()),
        BalancerKind::RoundRobin => Box::new(round_robin::RoundRobin::default()),
        BalancerKind::JoinShortestQueue => {
            Box::new(join_shortest_queue::JoinShortestQueue::new(replicas))
        }
        BalancerKind::PowerOfTwo => Box::new(power_of_two::PowerOfTwo::new(replicas)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Word;

    /// Adds `lengths.len()` replicas with those many requests and counts 4,000 picks.
    fn picks(kind: BalancerKind, lengths: &[u32]) -> Vec<u32> {
        let mut balancer = balancer(kind, lengths.len() as u32);
        for (index, &length) in lengths.iter().enumerate() {
            let replica = ReplicaId(index as u32);
            balancer.added(replica);
            for in_system in 1..=length {
                balancer.changed(replica, in_system);
            }
        }
        let mut counts = vec![0; lengths.len()];
        for number in 0..4_000u64 {
            let word = Word(number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let replica = balancer.pick(&mut Draw::new(word)).unwrap();
            counts[replica.0 as usize] += 1;
        }
        counts
    }

    #[test]
    fn without_a_serving_replica_there_is_no_pick() {
        for &(_, kind) in BalancerKind::NAMES {
            assert_eq!(balancer(kind, 3).pick(&mut Draw::new(Word(1))), None);
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
        let mut balancer = balancer(BalancerKind::JoinShortestQueue, 5);
        let mut lengths = [0u32; 5];
        (0..5).for_each(|index| balancer.added(ReplicaId(index)));
        for step in 0..3_000u64 {
            let mut draw = Draw::new(Word(step.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
            let index = draw.below(5);
            let length = &mut lengths[index as usize];
            *length = if draw.uniform() < 0.5 {
                *length + 1
            } else {
                length.saturating_sub(1)
            };
            balancer.changed(ReplicaId(index), *length);
            let pick = balancer.pick(&mut draw).unwrap();
            let least = lengths.iter().min().copied();
            assert_eq!(
                Some(lengths[pick.0 as usize]),
                least,
                "at step {step}: {lengths:?}"
            );
        }
    }
}
