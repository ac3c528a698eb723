//! `join-idle-queue`: an idle replica, any of those that have told this client; without one, any
//! replica.
//!
//! Y. Lu, Q. Xie, G. Kliot, A. Geller, J. Larus and A. Greenberg, "Join-Idle-Queue", Performance
//! Evaluation 68, 2011: a replica that becomes idle tells one of the clients, drawn uniformly, and
//! an arrival costs no message. O(1).

use super::available::{Available, Numbers};
use super::bag::Bag;
use super::{Balancer, Load, View};
use crate::id::ReplicaId;
use crate::random::{Draw, Word};
use crate::units::Time;

/// Picks among the idle.
#[derive(Clone, Debug)]
pub(super) struct JoinIdleQueue {
    /// Which of how many clients this is.
    client: u32,
    clients: u32,
    available: Available,
    idle: Bag,
    /// How often a replica has become idle, while it is here.
    times: Numbers<u32>,
    member: Numbers<bool>,
}

impl JoinIdleQueue {
    pub(super) fn new(client: u32, clients: u32) -> Self {
        Self {
            client,
            clients,
            available: Available::default(),
            idle: Bag::default(),
            times: Numbers::default(),
            member: Numbers::default(),
        }
    }

    /// A replica is idle and tells one client: the same one by the reckoning of each.
    fn tell(&mut self, replica: ReplicaId) {
        let times = self.times.get(replica);
        self.times.set(replica, times.wrapping_add(1));
        let word = Word(u64::from(replica.0) << 32 | u64::from(times));
        if Draw::new(word).below(self.clients) == self.client {
            self.idle.put(replica);
        }
    }
}

impl Balancer for JoinIdleQueue {
    fn added(&mut self, replica: ReplicaId, _weight: f64, _now: Time) {
        if self.available.add(replica) {
            self.member.set(replica, true);
            self.tell(replica);
        }
    }

    fn removed(&mut self, replica: ReplicaId) {
        self.available.remove(replica);
        self.member.set(replica, false);
        self.idle.take(replica);
    }

    fn changed(&mut self, replica: ReplicaId, load: Load) {
        if load.in_system > 0 {
            self.idle.take(replica);
        } else if self.member.get(replica) {
            self.tell(replica);
        }
    }

    fn pick(&mut self, _view: View, draw: &mut Draw) -> Option<ReplicaId> {
        let any = |replicas: &[ReplicaId], draw: &mut Draw| match replicas {
            [] => None,
            replicas => Some(replicas[draw.below(replicas.len() as u32) as usize]),
        };
        let idle = any(self.idle.as_slice(), draw);
        idle.or_else(|| any(self.available.as_slice(), draw))
    }
}
