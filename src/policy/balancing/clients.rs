//! The balancers of a service: one for each of its independent clients.
//!
//! Clients know the same replicas and, with the same delay, how much these have to do; their turns,
//! idle queues, smoothed latencies, pools and ejections are their own. Which client a request comes
//! from is drawn by the request.

use super::available::Numbers;
use super::bounded_load_hash::BoundedLoadHash;
use super::consistent_hash::ConsistentHash;
use super::ejection::Ejection;
use super::join_idle_queue::JoinIdleQueue;
use super::join_shortest_queue::JoinShortestQueue;
use super::least_work_left::LeastWorkLeft;
use super::min_queue::MinQueue;
use super::peak_ewma::PeakEwma;
use super::power_of_d::PowerOfD;
use super::power_of_two::PowerOfTwo;
use super::prequal::Prequal;
use super::random::Random;
use super::round_robin::RoundRobin;
use super::slow_start::SlowStart;
use super::stale::Stale;
use super::weighted_round_robin::WeightedRoundRobin;
use super::{Answer, Balancer, Load, View};
use crate::id::ReplicaId;
use crate::model::{BalancerKind, BalancerView, Balancing};
use crate::random::{Draw, Word};
use crate::units::{Duration, Time};

/// The balancers of all clients.
#[derive(Debug)]
pub struct Clients {
    clients: Vec<Client>,
    /// Whether clients know what they have sent themselves, and nothing else.
    own: bool,
    /// Whether answers are facts about replicas that all clients can ask for.
    shared_answers: bool,
}

/// One client.
#[derive(Debug)]
struct Client {
    balancer: Box<dyn Balancer>,
    /// Requests by replica that it has sent and that have had no outcome.
    out: Numbers<u32>,
}

impl Clients {
    /// For a service none of whose replicas serves yet. `salt` tells hash rings apart.
    pub fn new(policy: BalancerKind, balancing: &Balancing, salt: Word) -> Self {
        let client = |number| Client {
            balancer: balancer(policy, balancing, number, salt.0),
            out: Numbers::default(),
        };
        Self {
            clients: (0..balancing.clients).map(client).collect(),
            own: balancing.view == BalancerView::Own,
            shared_answers: matches!(policy, BalancerKind::Prequal(_)),
        }
    }

    /// A replica has begun to take requests.
    pub fn added(&mut self, replica: ReplicaId, weight: f64, now: Time) {
        for client in &mut self.clients {
            client.balancer.added(replica, weight, now);
            client.tell_own(replica, 0, now, self.own);
        }
    }

    /// A replica takes no more requests.
    pub fn removed(&mut self, replica: ReplicaId) {
        for client in &mut self.clients {
            client.balancer.removed(replica);
        }
    }

    /// What a replica has to do has changed.
    #[inline]
    pub fn changed(&mut self, replica: ReplicaId, load: Load) {
        if self.own {
            return;
        }
        for client in &mut self.clients {
            client.balancer.changed(replica, load);
        }
    }

    /// An attempt at a replica that was picked has had its outcome; `draw` is the one it was picked
    /// by. How many replicas were ejected for that.
    pub fn answered(&mut self, replica: ReplicaId, answer: Answer, draw: &mut Draw) -> u64 {
        let sender = self.drawn(draw);
        let client = &mut self.clients[sender];
        client.tell_own(replica, -1, answer.now, self.own);
        let before = client.balancer.ejections();
        client.balancer.answered(replica, answer);
        let ejected = client.balancer.ejections() - before;
        if self.shared_answers {
            let others = self.clients.iter_mut().enumerate();
            for (_, client) in others.filter(|(number, _)| *number != sender) {
                client.balancer.answered(replica, answer);
            }
        }
        ejected
    }

    /// The replica for a request; `None` where no replica serves.
    #[inline]
    pub fn pick(&mut self, view: View, draw: &mut Draw) -> Option<ReplicaId> {
        let client = self.drawn(draw);
        let client = &mut self.clients[client];
        let replica = client.balancer.pick(view, draw)?;
        client.tell_own(replica, 1, view.now, self.own);
        Some(replica)
    }

    #[inline]
    fn drawn(&self, draw: &mut Draw) -> usize {
        match self.clients.len() {
            1 => 0,
            clients => draw.below(clients as u32) as usize,
        }
    }
}

impl Client {
    /// What it has out at a replica has changed, if that is what it `knows`.
    #[inline]
    fn tell_own(&mut self, replica: ReplicaId, change: i32, now: Time, knows: bool) {
        if knows {
            let out = self.out.get(replica).saturating_add_signed(change);
            self.out.set(replica, out);
            let load = Load {
                now,
                in_system: out,
                work: Duration::ZERO,
                serving: 0,
            };
            self.balancer.changed(replica, load);
        }
    }
}

/// What one client does: its policy, fed through what it knows and whom it trusts.
fn balancer(
    kind: BalancerKind,
    balancing: &Balancing,
    number: u32,
    salt: u64,
) -> Box<dyn Balancer> {
    let mut balancer = policy(kind, (number, balancing.clients), salt);
    if let BalancerView::Stale(by) = balancing.view {
        balancer = Box::new(Stale::new(balancer, by));
    }
    if let Some(parameters) = balancing.outlier_ejection {
        balancer = Box::new(Ejection::new(balancer, parameters));
    }
    if let Some(parameters) = balancing.slow_start {
        balancer = Box::new(SlowStart::new(balancer, parameters));
    }
    balancer
}

/// The policy of that kind, of the client of a number among so many.
pub(super) fn policy(
    kind: BalancerKind,
    (client, clients): (u32, u32),
    salt: u64,
) -> Box<dyn Balancer> {
    use BalancerKind as B;
    match kind {
        B::Random => Box::new(Random::default()),
        B::RoundRobin => Box::new(RoundRobin::default()),
        B::WeightedRoundRobin => Box::new(WeightedRoundRobin::default()),
        B::JoinShortestQueue => Box::new(JoinShortestQueue::default()),
        B::PowerOfTwo => Box::new(PowerOfTwo::default()),
        B::PowerOfD { d } => Box::new(PowerOfD::new(d)),
        B::JoinIdleQueue => Box::new(JoinIdleQueue::new(client, clients)),
        B::LeastWorkLeft => Box::new(LeastWorkLeft::default()),
        B::PeakEwma { decay } => Box::new(PeakEwma::new(decay)),
        B::ConsistentHash { points } => Box::new(ConsistentHash::new(points, salt)),
        B::BoundedLoadHash { points, bound } => Box::new(BoundedLoadHash::new(points, bound, salt)),
        B::Prequal(parameters) => Box::new(Prequal::new(parameters)),
        B::MinQueue { load } => Box::new(MinQueue::new(load)),
    }
}
