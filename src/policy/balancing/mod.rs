//! Which replica serves a request.

mod available;
mod bag;
mod bounded_load_hash;
mod clients;
mod consistent_hash;
mod ejection;
mod join_idle_queue;
mod join_shortest_queue;
mod least_work_left;
mod min_queue;
mod peak_ewma;
mod power_of_d;
mod power_of_two;
mod prequal;
mod random;
mod ring;
mod round_robin;
mod shares;
mod slow_start;
mod stale;
mod weighted_round_robin;

#[cfg(test)]
mod tests;

pub use clients::Clients;

use crate::id::ReplicaId;
use crate::random::Draw;
use crate::record::Outcome;
use crate::units::{Duration, Time};
use std::fmt::Debug;

/// A balancer: fed with what changes at the replicas, asked for one of them.
///
/// Replicas come and go while it runs, in any order and under any number. What it is told of one
/// that it does not know is of no consequence.
pub trait Balancer: Debug + Send {
    /// A replica has begun to take requests at `now`; it has none. `weight` is its share beside the
    /// others, above 0.
    fn added(&mut self, replica: ReplicaId, weight: f64, now: Time);

    /// A replica takes no more requests. Those that it has may still change its load.
    fn removed(&mut self, replica: ReplicaId);

    /// The weight of an added replica has changed.
    fn weighed(&mut self, _replica: ReplicaId, _weight: f64) {}

    /// What an added replica has to do has changed.
    fn changed(&mut self, replica: ReplicaId, load: Load);

    /// An attempt that this balancer picked the replica for has had its outcome.
    fn answered(&mut self, _replica: ReplicaId, _answer: Answer) {}

    /// How often it has ejected a replica.
    fn ejections(&self) -> u64 {
        0
    }

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
    /// Service time that is left of them, where that is wanted.
    pub work: Duration,
    /// How many of them are being served: `work` shrinks so many times as fast as time passes.
    pub serving: u32,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// When.
    pub now: Time,
    /// Time since it was sent.
    pub latency: Duration,
    /// Its outcome.
    pub outcome: Outcome,
}

/// What a balancer may look at besides what it has been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// The instant of the request.
    pub now: Time,
    /// What the request is about: requests of one key may go to one replica.
    pub key: u64,
}
