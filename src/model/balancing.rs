//! How the requests of a service are spread over its replicas.

use crate::units::Duration;

/// What a service's balancer is told, and by how many clients it is used.
#[derive(Clone, Debug, PartialEq)]
pub struct Balancing {
    /// What the policy knows of the replicas.
    pub view: BalancerView,
    /// Independent clients, each with a balancer of its own; at least 1.
    pub clients: u32,
    /// Shares of the replicas, above 0, in turns; empty: 1 each.
    pub weights: Vec<f64>,
    /// New replicas get their weight little by little.
    pub slow_start: Option<SlowStart>,
    /// Replicas that fail get no requests for a while.
    pub outlier_ejection: Option<OutlierEjection>,
}

impl Default for Balancing {
    fn default() -> Self {
        Self {
            view: BalancerView::Exact,
            clients: 1,
            weights: Vec::new(),
            slow_start: None,
            outlier_ejection: None,
        }
    }
}

/// What a balancer knows of how much replicas have to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BalancerView {
    /// All, at once.
    Exact,
    /// All, so much later.
    Stale(Duration),
    /// What its own client has sent there and has no answer to.
    Own,
}

/// Which replica is picked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BalancerKind {
    /// A replica drawn uniformly, or by weight.
    Random,
    /// Each in turn.
    RoundRobin,
    /// Each in turn, as often as its weight says.
    WeightedRoundRobin,
    /// The replica with the fewest requests in system; ties drawn uniformly.
    JoinShortestQueue,
    /// The shorter of two distinct replicas drawn uniformly.
    PowerOfTwo,
    /// The shortest of some distinct replicas drawn uniformly.
    PowerOfD {
        /// So many, at least 1.
        d: u32,
    },
    /// An idle replica, else any.
    JoinIdleQueue,
    /// The replica with the least service time left.
    LeastWorkLeft,
    /// Of two, the one with the lower smoothed latency times requests.
    PeakEwma {
        /// Time constant of the smoothing, above 0.
        decay: Duration,
    },
    /// The one on the hash ring that the request's key belongs to.
    ConsistentHash {
        /// Points of a replica of weight 1, at least 1.
        points: u32,
    },
    /// That one or, where it has too much, the next on the ring.
    BoundedLoadHash {
        /// Points of a replica of weight 1, at least 1.
        points: u32,
        /// How many times the mean load a replica may have, above 1.
        bound: f64,
    },
    /// The best of those that have been probed lately.
    Prequal(Prequal),
    /// By fixed shares that make the sum of the queue lengths least.
    MinQueue {
        /// The load that they are made for, in (0, 1).
        load: f64,
    },
}

/// The figures of `prequal`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prequal {
    /// Probes that a request sends, above 0.
    pub probes: f64,
    /// Probes that are remembered, at least 2.
    pub pool: u32,
    /// How long.
    pub max_age: Duration,
    /// A replica is hot above this quantile of what was in flight, in (0, 1).
    pub quantile: f64,
    /// Probes that are forgotten for each request.
    pub remove: f64,
}

/// New replicas get their weight little by little.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlowStart {
    /// How long that takes, above 0.
    pub window: Duration,
    /// The ramp is the share of the window to the power of 1/this, above 0.
    pub aggression: f64,
    /// No less than this share of the weight, in (0, 1].
    pub min_weight: f64,
}

/// Replicas that fail get no requests for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutlierEjection {
    /// Failures in a row, at least 1.
    pub consecutive_failures: u32,
    /// Between two looks at who may come back, above 0.
    pub interval: Duration,
    /// How long the first time lasts, above 0.
    pub base_time: Duration,
    /// No time is longer.
    pub max_time: Duration,
    /// So many of a hundred replicas at most.
    pub max_percent: u32,
}

impl BalancerKind {
    /// Every kind with its scenario name and the parameters that it has where none are given.
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("random", Self::Random),
        ("round-robin", Self::RoundRobin),
        ("weighted-round-robin", Self::WeightedRoundRobin),
        ("join-shortest-queue", Self::JoinShortestQueue),
        ("least-connections", Self::JoinShortestQueue),
        ("power-of-two", Self::PowerOfTwo),
        ("power-of-d", Self::PowerOfD { d: 2 }),
        ("join-idle-queue", Self::JoinIdleQueue),
        ("least-work-left", Self::LeastWorkLeft),
        (
            "peak-ewma",
            Self::PeakEwma {
                decay: Duration::from_millis(10_000),
            },
        ),
        ("consistent-hash", Self::ConsistentHash { points: 100 }),
        (
            "bounded-load-hash",
            Self::BoundedLoadHash {
                points: 100,
                bound: 1.25,
            },
        ),
        ("prequal", Self::Prequal(Prequal::PUBLISHED)),
        ("min-queue", Self::MinQueue { load: 0.5 }),
    ];

    /// The name of this kind in scenarios.
    pub fn name(self) -> &'static str {
        let same = |kind: Self| std::mem::discriminant(&kind) == std::mem::discriminant(&self);
        let found = Self::NAMES.iter().find(|(_, kind)| same(*kind));
        found.map_or("", |(name, _)| name)
    }

    /// Whether it looks at how much replicas have to do.
    pub fn looks_at_load(self) -> bool {
        !matches!(
            self,
            Self::Random
                | Self::RoundRobin
                | Self::WeightedRoundRobin
                | Self::ConsistentHash { .. }
                | Self::MinQueue { .. }
        )
    }

    /// Whether it looks at weights, also where these change.
    pub fn looks_at_weights(self) -> bool {
        matches!(
            self,
            Self::Random | Self::WeightedRoundRobin | Self::PowerOfTwo | Self::PowerOfD { .. }
        )
    }

    /// Whether it gives each replica a share of the keys.
    pub fn looks_at_keys(self) -> bool {
        matches!(
            self,
            Self::ConsistentHash { .. } | Self::BoundedLoadHash { .. }
        )
    }

    /// Whether it remembers what the requests of its own client met with.
    pub fn remembers(self) -> bool {
        matches!(
            self,
            Self::RoundRobin
                | Self::WeightedRoundRobin
                | Self::JoinIdleQueue
                | Self::PeakEwma { .. }
                | Self::Prequal(_)
        )
    }

    /// Whether it wants to know latencies.
    pub fn looks_at_answers(self) -> bool {
        matches!(self, Self::PeakEwma { .. } | Self::Prequal(_))
    }
}

impl Prequal {
    /// The figures of the paper.
    pub const PUBLISHED: Self = Self {
        probes: 3.0,
        pool: 16,
        max_age: Duration::from_millis(1000),
        quantile: 0.84,
        remove: 1.0,
    };
}
