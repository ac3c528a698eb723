//! `prequal`: of replicas that have been probed lately, the fastest of those that are not too busy.
//!
//! B. Wydrowski, R. Kleinberg, S. Rumble and A. Archer, "Load is not what you should balance:
//! introducing Prequal", NSDI 2024. Each request sends probes to random replicas; what they say
//! (requests in flight, latency) is known to later requests, from a pool in which probes grow old,
//! are used up, and are removed: in turns the oldest and the worst. A probed replica is hot if it
//! has more in flight than a quantile of what probes said lately. The choice is the cold one of
//! lowest latency; where all are hot, the one with the fewest in flight. Sending a request there
//! adds one to what the probe said.
//!
//! Simpler than published: a probe is answered at once, and a replica's latency is the median of
//! its last answers, however many requests it had then. O(pool).

use super::available::{Available, Numbers};
use super::{Answer, Balancer, Load, View};
use crate::id::ReplicaId;
use crate::model::Prequal as Parameters;
use crate::random::Draw;
use crate::record::Outcome;
use crate::units::Time;

/// Answers of a replica of which the median is its latency.
const ANSWERS: usize = 9;
/// What probes said lately: so many of them.
const LATELY: usize = 64;

/// Keeps a pool of probes.
#[derive(Clone, Debug)]
pub(super) struct Prequal {
    parameters: Parameters,
    available: Available,
    in_system: Numbers<u32>,
    latencies: Numbers<Latest>,
    /// Oldest first.
    pool: Vec<Probe>,
    /// Requests in flight that probes found, in order of size, and as they came.
    sizes: Vec<u32>,
    lately: Vec<u32>,
    probes: u64,
    /// Whether the next to be removed is the worst, not the oldest.
    worst_next: bool,
    /// Probes owed and removals owed, as fractions of one.
    due: f64,
    removals: f64,
}

#[derive(Clone, Copy, Debug)]
struct Probe {
    replica: ReplicaId,
    at: Time,
    in_flight: u32,
    latency: u64,
    /// How often it may still be used.
    uses: f64,
}

/// The last answers of a replica, in nanoseconds.
#[derive(Clone, Copy, Debug, Default)]
struct Latest {
    answers: [u64; ANSWERS],
    count: u64,
}

impl Latest {
    fn median(&self) -> u64 {
        let known = (self.count as usize).min(ANSWERS);
        let mut sorted = self.answers;
        sorted[..known].sort_unstable();
        if known == 0 { 0 } else { sorted[known / 2] }
    }
}

impl Prequal {
    pub(super) fn new(parameters: Parameters) -> Self {
        Self {
            parameters,
            available: Available::default(),
            in_system: Numbers::default(),
            latencies: Numbers::default(),
            pool: Vec::new(),
            sizes: Vec::new(),
            lately: Vec::new(),
            probes: 0,
            worst_next: false,
            due: 0.0,
            removals: 0.0,
        }
    }

    /// More in flight than this is hot.
    fn limit(&self) -> u32 {
        let rank = (self.sizes.len() as f64 * self.parameters.quantile) as usize;
        let rank = rank.min(self.sizes.len().saturating_sub(1));
        self.sizes.get(rank).copied().unwrap_or(u32::MAX)
    }

    /// The position in the pool of the best probe, or of the worst.
    fn extreme(&self, worst: bool) -> Option<usize> {
        let limit = self.limit();
        let rank = |probe: &Probe| {
            let hot = limit < probe.in_flight;
            let second = if hot {
                u64::from(probe.in_flight)
            } else {
                probe.latency
            };
            (hot, second)
        };
        let probes = self.pool.iter().enumerate();
        let ranked = probes.map(|(position, probe)| (rank(probe), position));
        let found = if worst { ranked.max() } else { ranked.min() };
        found.map(|(_, position)| position)
    }

    /// How often a probe may be used, so that there are enough (the formula of the paper, with a
    /// surplus of 1).
    fn uses(&self) -> f64 {
        let pool = f64::from(self.parameters.pool);
        let replicas = self.available.as_slice().len() as f64;
        let fresh = (1.0 - pool / replicas) * self.parameters.probes - self.parameters.remove;
        if fresh > 0.0 {
            (2.0 / fresh).max(1.0)
        } else {
            f64::INFINITY
        }
    }

    fn probe(&mut self, now: Time, draw: &mut Draw) {
        let replicas = self.available.as_slice();
        let replica = replicas[draw.below(replicas.len() as u32) as usize];
        let in_flight = self.in_system.get(replica);
        let probe = Probe {
            replica,
            at: now,
            in_flight,
            latency: self.latencies.get(replica).median(),
            uses: self.uses(),
        };
        // One probe a replica: the newest.
        self.pool.retain(|old| old.replica != replica);
        if self.parameters.pool as usize <= self.pool.len() {
            self.pool.remove(0);
        }
        self.pool.push(probe);
        let slot = (self.probes % LATELY as u64) as usize;
        self.probes += 1;
        if self.lately.len() <= slot {
            self.lately.push(in_flight);
        } else {
            let old = std::mem::replace(&mut self.lately[slot], in_flight);
            let place = self.sizes.partition_point(|size| *size < old);
            self.sizes.remove(place);
        }
        let place = self.sizes.partition_point(|size| *size < in_flight);
        self.sizes.insert(place, in_flight);
    }

    /// Takes the best probe of the pool.
    fn take_best(&mut self, now: Time) -> Option<ReplicaId> {
        let age = self.parameters.max_age;
        self.pool.retain(|probe| now - probe.at <= age);
        // One probe is no choice.
        let position = self.extreme(false).filter(|_| 1 < self.pool.len())?;
        let probe = &mut self.pool[position];
        let replica = probe.replica;
        probe.in_flight += 1;
        probe.uses -= 1.0;
        if probe.uses < 1.0 {
            self.pool.remove(position);
        }
        Some(replica)
    }
}

impl Balancer for Prequal {
    fn added(&mut self, replica: ReplicaId, _weight: f64, _now: Time) {
        if self.available.add(replica) {
            self.in_system.set(replica, 0);
            self.latencies.set(replica, Latest::default());
        }
    }

    fn removed(&mut self, replica: ReplicaId) {
        self.available.remove(replica);
        self.pool.retain(|probe| probe.replica != replica);
    }

    fn changed(&mut self, replica: ReplicaId, load: Load) {
        self.in_system.set(replica, load.in_system);
    }

    fn answered(&mut self, replica: ReplicaId, answer: Answer) {
        if matches!(answer.outcome, Outcome::Reneged | Outcome::Cancelled) {
            return;
        }
        let mut latest = self.latencies.get(replica);
        let slot = (latest.count % ANSWERS as u64) as usize;
        latest.answers[slot] = answer.latency.nanos();
        latest.count += 1;
        self.latencies.set(replica, latest);
    }

    fn pick(&mut self, view: View, draw: &mut Draw) -> Option<ReplicaId> {
        let count = self.available.as_slice().len() as u32;
        if count == 0 {
            return None;
        }
        let chosen = self.take_best(view.now);
        let any = draw.below(count) as usize;
        let chosen = chosen.unwrap_or_else(|| self.available.as_slice()[any]);
        self.removals += self.parameters.remove;
        while 1.0 <= self.removals {
            self.removals -= 1.0;
            let position = if self.worst_next {
                self.extreme(true)
            } else {
                (!self.pool.is_empty()).then_some(0)
            };
            self.worst_next = !self.worst_next;
            if let Some(position) = position {
                self.pool.remove(position);
            }
        }
        self.due += self.parameters.probes;
        while 1.0 <= self.due {
            self.due -= 1.0;
            self.probe(view.now, draw);
        }
        Some(chosen)
    }
}
