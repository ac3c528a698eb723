//! Services and their endpoints.

use super::{
    AttemptWork, Autoscale, BalancerKind, Balancing, Breaker, DisciplineKind, Mesh, Placing,
    Protocol, QueueKind, RateLimit, Resources, Shedding,
};
use crate::id::{AppId, BudgetId, EndpointId, ImageId, ServiceId};
use crate::random::Distribution;
use crate::units::{Bytes, Duration};
use std::ops::Range;

/// A service: replicas that serve requests.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// What its containers are made from; `None`: nothing is pulled.
    pub image: Option<ImageId>,
    /// Whose resources its containers hold; `None`: nobody's.
    pub budget: Option<BudgetId>,
    /// Number of replicas at the start; at least 1, unless `autoscale` says otherwise.
    pub replicas: u32,
    /// What changes that number; `None`: nothing does.
    pub autoscale: Option<Autoscale>,
    /// Requests that one replica serves at once, at least 1.
    pub concurrency: u32,
    /// Which waiting request is served next.
    pub discipline: DisciplineKind,
    /// Where requests wait.
    pub queue: QueueKind,
    /// Waiting places of one replica, or of the central queue; `None`: unbounded.
    pub queue_capacity: Option<u32>,
    /// Seconds that a request waits before it gives up; `None`: for ever.
    pub patience: Option<Distribution>,
    /// Replicas that switch off when idle; `None`: they stay on.
    pub setup: Option<Setup>,
    /// Replicas that break down; `None`: they do not.
    pub breakdowns: Option<Breakdowns>,
    /// How requests are spread over replicas.
    pub balancer: BalancerKind,
    /// What the balancer is told.
    pub balancing: Balancing,
    /// By how much replicas divide service times, in turns, above 0; empty: they do not.
    pub speeds: Vec<f64>,
    /// What those who send requests do about slow and failed attempts.
    pub client: Client,
    /// How many attempts per time it takes; `None`: as many as come.
    pub rate_limit: Option<RateLimit>,
    /// Which attempts it refuses although it has room; `None`: none.
    pub shedding: Option<Shedding>,
    /// What one replica reserves on its node.
    pub requests: Resources,
    /// The memory at which a replica is killed; `None`: it may use any.
    pub memory_limit: Option<Bytes>,
    /// The memory that a replica uses; `None`: nobody knows.
    pub memory_use: Option<MemoryUse>,
    /// Where its replicas may go.
    pub placing: Placing,
    /// How long a replica that is ended on purpose may finish what it has; `None`: as long as it
    /// takes, and with a node that leaves it ends at once.
    pub termination_grace: Option<Duration>,
    /// Processor that one replica may use, in thousandths of a core; shared by the requests that
    /// need `cpu_time`.
    pub cpu_limit: u64,
    /// Seconds from unpacked to running.
    pub start_time: Distribution,
    /// The law of how many are there at time zero; `None`: nobody is.
    pub initial: Option<Stationary>,
    /// Its endpoints.
    pub endpoints: Range<u32>,
}

impl Service {
    /// Whether every request is one attempt, and one that finds room is let in.
    pub fn takes_plain_requests(&self) -> bool {
        self.client.is_plain() && self.rate_limit.is_none() && self.shedding.is_none()
    }

    /// Whether the balancer knows all at once, treats all replicas alike and all requests too.
    pub fn is_plainly_balanced(&self) -> bool {
        self.balancing == Balancing::default() && self.speeds.is_empty()
    }

    /// By how much a replica divides service times.
    pub fn speed(&self, replica: u32) -> f64 {
        match self.speeds.len() {
            0 => 1.0,
            count => self.speeds[replica as usize % count],
        }
    }

    /// Its endpoints.
    pub fn endpoint_ids(&self) -> impl DoubleEndedIterator<Item = EndpointId> + use<> {
        self.endpoints.clone().map(EndpointId)
    }
}

/// The memory that a replica uses: so much, and so much for each request that holds a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryUse {
    /// Without requests.
    pub base: Bytes,
    /// For each request.
    pub per_request: Bytes,
}

impl MemoryUse {
    /// The requests that there is memory for within `limit`; `None`: any number.
    pub fn most(self, limit: Bytes) -> Option<u32> {
        let room = limit.0.saturating_sub(self.base.0);
        let most = room.checked_div(self.per_request.0)?;
        Some(most.min(u64::from(u32::MAX)) as u32)
    }
}

/// The long run's law of the number in system where it is that of M/M/c or M/M/c/K.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stationary {
    /// Arrivals in the mean service time.
    pub load: f64,
    /// Requests that are served at once.
    pub servers: u64,
    /// Requests that there is room for, waiting or served; `None`: any number.
    pub capacity: Option<u64>,
}

/// A replica that switches off when it has nothing to do, and has to be set up again.
#[derive(Clone, Debug, PartialEq)]
pub struct Setup {
    /// Seconds from the request that finds it off to ready.
    pub time: Distribution,
    /// Seconds that it stays on without work.
    pub keep_alive: Distribution,
}

/// Replicas that break down, busy or not. What is being served pauses and goes on after the repair.
#[derive(Clone, Debug, PartialEq)]
pub struct Breakdowns {
    /// Seconds from ready to the next breakdown.
    pub every: Distribution,
    /// Seconds from the breakdown to ready.
    pub repair: Distribution,
}

/// What those who send requests to a service do about slow and failed attempts.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Client {
    /// After this time an attempt has timed out; its server goes on working.
    pub timeout: Option<Duration>,
    /// Further attempts after a failed one.
    pub retries: Option<Retries>,
    /// A second attempt beside a slow one.
    pub hedge: Option<Hedge>,
    /// What a further attempt costs its server.
    pub work: AttemptWork,
    /// What they may have out at once; `None`: anything.
    pub breaker: Option<Breaker>,
    /// The connections that they use; `None`: messages take no time.
    pub protocol: Option<Protocol>,
    /// The proxies that their messages pass.
    pub mesh: Option<Mesh>,
}

impl Client {
    /// Whether every request is one attempt, and the attempt's outcome is the request's.
    pub fn is_plain(&self) -> bool {
        self.timeout.is_none()
            && self.retries.is_none()
            && self.hedge.is_none()
            && self.breaker.is_none()
            && !self.travels()
    }

    /// Whether messages take time.
    pub fn travels(&self) -> bool {
        self.protocol.is_some() || self.mesh.is_some()
    }
}

/// Further attempts after one that was rejected, failed or timed out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retries {
    /// Attempts after the first, at most.
    pub max: u32,
    /// Wait before the first retry; doubled for each further one.
    pub backoff: Duration,
    /// No wait is longer.
    pub max_backoff: Duration,
    /// Whether the wait is drawn uniformly between zero and that.
    pub jitter: bool,
    /// Retries per request that are allowed in the long run; `None`: no such limit.
    pub budget: Option<Budget>,
}

/// A retry budget: every request adds `ratio` of a retry, `burst` are saved at most, and there at
/// the start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Budget {
    /// Retries that a request pays for, in millionths.
    pub ratio: u64,
    /// Retries that can be saved up, in millionths.
    pub burst: u64,
}

impl Budget {
    /// What one retry costs.
    pub const RETRY: u64 = 1_000_000;
}

/// A second attempt beside a slow one; the first answer wins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hedge {
    /// How long the first attempt has been out.
    pub after: Duration,
    /// Whether the loser gives its place back at once.
    pub cancel: bool,
}

/// What can be asked of a service.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Its name.
    pub name: String,
    /// Whether the scenario named it; figures by endpoint are written only then.
    pub named: bool,
    /// The service it belongs to.
    pub service: ServiceId,
    /// Seconds that a request holds its place, before all else.
    pub service_time: Distribution,
    /// Then: seconds of one core that it needs, shared with the others at its replica.
    pub cpu_time: Option<Distribution>,
    /// Then: requests to other endpoints; one group after the other, those of a group at once.
    /// There are no cycles.
    pub calls: Vec<Vec<Call>>,
    /// The application that each request submits at the end.
    pub submits: Option<Submits>,
    /// Size of a request, where messages take time.
    pub request_size: Bytes,
    /// Size of its answer.
    pub response_size: Bytes,
}

/// A request that a request makes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Call {
    /// Where it goes.
    pub endpoint: EndpointId,
    /// How often it is made, in (0, 1].
    pub probability: f64,
    /// Whether its failure leaves the calling request as it is.
    pub optional: bool,
}

/// What a request submits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Submits {
    /// The application.
    pub app: AppId,
    /// Whether the request holds its place until the application has ended.
    pub wait: bool,
    /// Whether the application is called off when nobody waits for the request any more.
    pub cancel_on_timeout: bool,
    /// Whether further attempts at a request join the application that an earlier one submitted.
    pub idempotent: bool,
}
