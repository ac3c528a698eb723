//! A view that lags: what changes at replicas reaches the policy so much later.
//!
//! Which replicas there are is known at once, as are the client's own answers.

use super::{Answer, Balancer, Load, View};
use crate::id::ReplicaId;
use crate::random::Draw;
use crate::units::{Duration, Time};
use std::collections::VecDeque;

/// Passes everything on, loads later.
#[derive(Debug)]
pub(super) struct Stale {
    policy: Box<dyn Balancer>,
    by: Duration,
    /// When what is to be told, oldest first.
    feed: VecDeque<(Time, ReplicaId, Load)>,
}

impl Stale {
    pub(super) fn new(policy: Box<dyn Balancer>, by: Duration) -> Self {
        Self {
            policy,
            by,
            feed: VecDeque::new(),
        }
    }

    /// Tells what is due.
    fn deliver(&mut self, now: Time) {
        while let Some((_, replica, load)) = self.feed.pop_front_if(|(due, ..)| *due <= now) {
            self.policy.changed(replica, load);
        }
    }
}

impl Balancer for Stale {
    fn added(&mut self, replica: ReplicaId, weight: f64, now: Time) {
        self.policy.added(replica, weight, now);
    }

    fn removed(&mut self, replica: ReplicaId) {
        self.policy.removed(replica);
    }

    fn weighed(&mut self, replica: ReplicaId, weight: f64) {
        self.policy.weighed(replica, weight);
    }

    fn changed(&mut self, replica: ReplicaId, load: Load) {
        // Between two requests the feed must not grow either.
        self.deliver(load.now);
        self.feed.push_back((load.now + self.by, replica, load));
    }

    fn answered(&mut self, replica: ReplicaId, answer: Answer) {
        self.policy.answered(replica, answer);
    }

    fn pick(&mut self, view: View, draw: &mut Draw) -> Option<ReplicaId> {
        self.deliver(view.now);
        self.policy.pick(view, draw)
    }
}
