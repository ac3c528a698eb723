//! Every balancer: what it picks, and its index against looking at all replicas.

use super::clients::policy;
use super::*;
use crate::model::BalancerKind;
use crate::random::Word;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const VIEW: View = View {
    now: Time::ZERO,
    key: 0,
};

fn load(in_system: u32) -> Load {
    Load {
        now: Time::ZERO,
        in_system,
        work: Duration::from_millis(in_system.into()),
        serving: 0,
    }
}

fn draw(number: u64) -> Draw {
    Draw::new(Word(number.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
}

fn balancer(kind: BalancerKind) -> Box<dyn Balancer> {
    policy(kind, (0, 1), 7)
}

/// Adds replicas with those weights and requests, and counts 4,000 picks of keys of their own.
fn weighted_picks(kind: BalancerKind, replicas: &[(f64, u32)]) -> Vec<u32> {
    let mut balancer = balancer(kind);
    for (index, &(weight, length)) in replicas.iter().enumerate() {
        let replica = ReplicaId(index as u32);
        balancer.added(replica, weight, Time::ZERO);
        (1..=length).for_each(|in_system| balancer.changed(replica, load(in_system)));
    }
    let mut counts = vec![0; replicas.len()];
    for number in 0..4_000 {
        let view = View {
            key: number,
            ..VIEW
        };
        let replica = balancer.pick(view, &mut draw(number)).unwrap();
        counts[replica.0 as usize] += 1;
    }
    counts
}

fn picks(kind: BalancerKind, lengths: &[u32]) -> Vec<u32> {
    let replicas: Vec<_> = lengths.iter().map(|length| (1.0, *length)).collect();
    weighted_picks(kind, &replicas)
}

/// Whether counts are what is expected, give or take five standard deviations.
fn about(counts: &[u32], expected: &[u32]) -> bool {
    let close = |(count, expected): (&u32, &u32)| {
        f64::from(count.abs_diff(*expected)) <= 5.0 * f64::from(*expected).sqrt()
    };
    counts.iter().zip(expected).all(close)
}

#[test]
fn without_a_serving_replica_there_is_no_pick() {
    for &(name, kind) in BalancerKind::NAMES {
        assert_eq!(balancer(kind).pick(VIEW, &mut draw(1)), None, "{name}");
    }
}

/// Replicas 0 to 3 are added, 1 and 3 removed again, and 1 added anew: an index of the load must
/// not remember what 1 had.
#[test]
fn removed_replicas_are_not_picked_and_come_back_empty() {
    for &(name, kind) in BalancerKind::NAMES {
        let mut balancer = balancer(kind);
        (0..4).for_each(|index| balancer.added(ReplicaId(index), 1.0, Time::ZERO));
        balancer.changed(ReplicaId(1), load(7));
        balancer.removed(ReplicaId(1));
        balancer.removed(ReplicaId(3));
        balancer.removed(ReplicaId(3));
        balancer.changed(ReplicaId(1), load(6));
        let picked = |balancer: &mut dyn Balancer| {
            let picks = (0..400).filter_map(|number| {
                let view = View {
                    key: number,
                    ..VIEW
                };
                balancer.pick(view, &mut draw(number))
            });
            picks.collect::<BTreeSet<_>>()
        };
        assert_eq!(
            picked(balancer.as_mut()),
            [ReplicaId(0), ReplicaId(2)].into(),
            "{name}"
        );
        balancer.added(ReplicaId(1), 1.0, Time::ZERO);
        balancer.changed(ReplicaId(0), load(1));
        balancer.changed(ReplicaId(2), load(1));
        assert!(picked(balancer.as_mut()).contains(&ReplicaId(1)), "{name}");
        (0..4).for_each(|index| balancer.removed(ReplicaId(index)));
        assert!(picked(balancer.as_mut()).is_empty(), "{name}");
    }
}

#[test]
fn random_and_round_robin_do_not_look_at_queues() {
    let random = picks(BalancerKind::Random, &[9, 0, 0, 0]);
    assert!(about(&random, &[1000; 4]), "{random:?}");
    assert_eq!(picks(BalancerKind::RoundRobin, &[9, 0, 0, 0]), [1000; 4]);
}

#[test]
fn random_and_power_of_d_look_at_weights() {
    let random = weighted_picks(BalancerKind::Random, &[(1.0, 0), (2.0, 0), (5.0, 0)]);
    assert!(about(&random, &[500, 1000, 2500]), "{random:?}");
    // Four with the newcomer at weight 2 are less than three at weight 1.
    for kind in [BalancerKind::PowerOfTwo, BalancerKind::PowerOfD { d: 2 }] {
        assert_eq!(weighted_picks(kind, &[(1.0, 2), (2.0, 3)]), [0, 4000]);
    }
}

#[test]
fn weighted_round_robin_spreads_the_turns_of_each() {
    let mut balancer = balancer(BalancerKind::WeightedRoundRobin);
    for (index, weight) in [5.0, 1.0, 1.0].into_iter().enumerate() {
        balancer.added(ReplicaId(index as u32), weight, Time::ZERO);
    }
    let turns = (0..14).map(|_| balancer.pick(VIEW, &mut draw(0)).unwrap().0.to_string());
    assert_eq!(turns.collect::<String>(), "00012000001200");
    let equal = picks(BalancerKind::WeightedRoundRobin, &[3, 0]);
    assert_eq!(equal, [2000, 2000]);
}

#[test]
fn join_shortest_queue_picks_the_least_loaded_and_spreads_ties_evenly() {
    let kind = BalancerKind::JoinShortestQueue;
    assert_eq!(picks(kind, &[2, 1, 3]), [0, 4000, 0]);
    let ties = picks(kind, &[1, 4, 1, 1]);
    assert!(about(&ties, &[1333, 0, 1333, 1333]), "{ties:?}");
}

#[test]
fn power_of_two_never_picks_the_longest_and_halves_the_rest() {
    // Of the six pairs of [0, 1, 2, 3] three contain 0, two more contain 1, one is (2, 3).
    for kind in [BalancerKind::PowerOfTwo, BalancerKind::PowerOfD { d: 2 }] {
        let counts = picks(kind, &[0, 1, 2, 3]);
        assert!(about(&counts, &[2000, 1333, 667, 0]), "{counts:?}");
    }
}

#[test]
fn power_of_d_draws_distinct_replicas() {
    // Of the ten triples of five, six contain the shortest; three more the next.
    let counts = picks(BalancerKind::PowerOfD { d: 3 }, &[0, 1, 2, 3, 4]);
    assert!(about(&counts, &[2400, 1200, 400, 0, 0]), "{counts:?}");
    // With all of them drawn it is join-shortest-queue; ties are even.
    let counts = picks(BalancerKind::PowerOfD { d: 9 }, &[1, 0, 0, 0]);
    assert!(about(&counts, &[0, 1333, 1333, 1333]), "{counts:?}");
}

#[test]
fn join_idle_queue_picks_the_idle_and_without_them_anybody() {
    let kind = BalancerKind::JoinIdleQueue;
    let counts = picks(kind, &[9, 0, 1, 0]);
    assert!(about(&counts, &[0, 2000, 0, 2000]), "{counts:?}");
    let counts = picks(kind, &[9, 1, 1, 5]);
    assert!(about(&counts, &[1000; 4]), "{counts:?}");
}

/// Each of 600 idle replicas tells one of three clients, and none tells two.
#[test]
fn an_idle_replica_tells_one_of_the_clients() {
    let mut clients: Vec<_> = (0..3)
        .map(|client| policy(BalancerKind::JoinIdleQueue, (client, 3), 7))
        .collect();
    let mut told = BTreeSet::new();
    for balancer in &mut clients {
        (0..600).for_each(|index| balancer.added(ReplicaId(index), 1.0, Time::ZERO));
        // Whoever is picked while others are idle had told this one; then it is busy.
        for number in 0..150 {
            let picked = balancer.pick(VIEW, &mut draw(number)).unwrap();
            balancer.changed(picked, load(1));
            told.insert(picked);
        }
    }
    assert_eq!(told.len(), 450, "each was told of by one client only");
}

#[test]
fn peak_ewma_prefers_fast_answers_and_forgives_slow_ones_in_time() {
    let decay = Duration::from_seconds(10.0);
    let mut balancer = balancer(BalancerKind::PeakEwma { decay });
    let at = |seconds: f64| Time::ZERO + Duration::from_seconds(seconds);
    let answer = |balancer: &mut dyn Balancer, replica, now, latency| {
        let answer = Answer {
            now: at(now),
            latency: Duration::from_seconds(latency),
            outcome: Outcome::Completed,
        };
        balancer.answered(ReplicaId(replica), answer);
    };
    let picked = |balancer: &mut dyn Balancer, now: f64| {
        let view = View {
            now: at(now),
            ..VIEW
        };
        let mut picks = (0..50).filter_map(|number| balancer.pick(view, &mut draw(number)));
        let first = picks.next().unwrap();
        assert!(picks.all(|other| other == first), "two are always compared");
        first.0
    };
    (0..2).for_each(|index| balancer.added(ReplicaId(index), 1.0, at(0.0)));
    answer(balancer.as_mut(), 0, 0.0, 1.0);
    answer(balancer.as_mut(), 1, 0.0, 0.3);
    assert_eq!(picked(balancer.as_mut(), 0.0), 1);
    // 0.3 s for five are more than 1 s for one.
    balancer.changed(ReplicaId(1), load(4));
    assert_eq!(picked(balancer.as_mut(), 0.0), 0);
    balancer.changed(ReplicaId(1), load(0));
    // A peak is taken over at once: 5 s; 20 s later it is 5 e^-2, and 1 s has become e^-2.
    answer(balancer.as_mut(), 1, 0.0, 5.0);
    assert_eq!(picked(balancer.as_mut(), 20.0), 0);
    // And so is one of 4 s at the other.
    answer(balancer.as_mut(), 0, 20.0, 4.0);
    assert_eq!(picked(balancer.as_mut(), 20.0), 1);
}

#[test]
fn prequal_avoids_slow_and_busy_replicas() {
    let (_, kind) = BalancerKind::NAMES
        .iter()
        .find(|(name, _)| *name == "prequal")
        .unwrap();
    let mut balancer = balancer(*kind);
    for index in 0..40 {
        let replica = ReplicaId(index);
        balancer.added(replica, 1.0, Time::ZERO);
        // The first ten are slow, the next four are busy.
        let answer = Answer {
            now: Time::ZERO,
            latency: Duration::from_millis(if index < 10 { 900 } else { 100 }),
            outcome: Outcome::Completed,
        };
        balancer.answered(replica, answer);
        balancer.changed(
            replica,
            load(if (10..14).contains(&index) { 50 } else { 2 }),
        );
    }
    let mut counts = [0_u32; 40];
    for number in 0..4000 {
        let replica = balancer.pick(VIEW, &mut draw(number)).unwrap();
        counts[replica.0 as usize] += 1;
    }
    // Fair shares would be 1000 and 400.
    let (slow, busy) = (&counts[..10], &counts[10..14]);
    assert!(slow.iter().sum::<u32>() < 300, "{counts:?}");
    assert!(busy.iter().sum::<u32>() < 150, "{counts:?}");
    assert!(counts[14..].iter().all(|count| *count > 60), "{counts:?}");
}

/// What an index must agree with: all replicas that are there, looked at one by one.
#[derive(Debug, Default)]
struct Everything {
    loads: BTreeMap<ReplicaId, Load>,
}

impl Everything {
    /// Those for which `measure` is least.
    fn least<K: Ord>(&self, measure: impl Fn(&Load) -> K) -> BTreeSet<ReplicaId> {
        let Some(least) = self.loads.values().map(&measure).min() else {
            return BTreeSet::new();
        };
        let equal = self.loads.iter().filter(|(_, load)| measure(load) == least);
        equal.map(|(replica, _)| *replica).collect()
    }

    /// Nanoseconds that are left at `now`.
    fn left(load: &Load, now: Time) -> u128 {
        let done = u128::from(load.serving) * u128::from((now - load.now).nanos());
        u128::from(load.work.nanos()).saturating_sub(done)
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Add(u32),
    Remove(u32),
    Change(u32, u32),
    Pick(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => (0_u32..12).prop_map(Step::Add),
        1 => (0_u32..12).prop_map(Step::Remove),
        6 => (0_u32..12, 0_u32..5).prop_map(|(replica, length)| Step::Change(replica, length)),
        6 => any::<u64>().prop_map(Step::Pick),
    ];
    prop::collection::vec(step, 1..200)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    /// Whatever comes, goes and changes, the index picks one of those that looking at all finds,
    /// and each of them by some draw.
    #[test]
    fn an_index_picks_what_looking_at_all_replicas_finds(steps in steps()) {
        use BalancerKind as B;
        for kind in [B::JoinShortestQueue, B::JoinIdleQueue, B::LeastWorkLeft] {
            let mut balancer = balancer(kind);
            let mut all = Everything::default();
            for (number, step) in steps.iter().enumerate() {
                let now = Time::ZERO + Duration::from_millis(number as u64);
                match *step {
                    Step::Add(index) => {
                        let replica = ReplicaId(index);
                        balancer.added(replica, 1.0, now);
                        let empty = Load { now, in_system: 0, work: Duration::ZERO, serving: 0 };
                        all.loads.entry(replica).or_insert(empty);
                    }
                    Step::Remove(index) => {
                        balancer.removed(ReplicaId(index));
                        all.loads.remove(&ReplicaId(index));
                    }
                    Step::Change(index, length) => {
                        // More than is done until the last step.
                        let work = Duration::from_millis(u64::from(length) * 4000);
                        let load = Load { now, in_system: length, work, serving: length.min(3) };
                        balancer.changed(ReplicaId(index), load);
                        if let Some(known) = all.loads.get_mut(&ReplicaId(index)) {
                            *known = load;
                        }
                    }
                    Step::Pick(word) => {
                        let expected = match kind {
                            B::LeastWorkLeft => all.least(|load| Everything::left(load, now)),
                            B::JoinIdleQueue => all.least(|load| load.in_system.min(1)),
                            _ => all.least(|load| load.in_system),
                        };
                        let view = View { now, key: 0 };
                        let tries = (0..200).map(|step| word.wrapping_add(step));
                        let picks = tries.filter_map(|n| balancer.pick(view, &mut draw(n)));
                        prop_assert_eq!(picks.collect::<BTreeSet<_>>(), expected);
                    }
                }
            }
        }
    }
}
