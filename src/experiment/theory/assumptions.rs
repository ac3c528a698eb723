//! What models assume, and whether a scenario does so.

use super::facts::Facts;
use super::streams::{StreamLaw, Streams};
use crate::model::{DisciplineKind, Horizon};
use crate::random::Distribution;
use crate::theory::relaxation_time;
use crate::units::format;

/// How well an assumption holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Held {
    /// It holds.
    Yes,
    /// Not exactly, but the figures hardly feel it.
    Nearly,
    /// It does not, so the model says nothing of this service.
    No,
}

/// An assumption of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumption {
    /// What is assumed.
    pub what: &'static str,
    /// Whether the scenario does so.
    pub held: Held,
    /// How one can tell.
    pub why: String,
}

/// That something is assumed, which holds or does not, and by what it is known.
pub(super) fn assume(what: &'static str, holds: bool, why: impl Into<String>) -> Assumption {
    let held = if holds { Held::Yes } else { Held::No };
    let why = why.into();
    Assumption { what, held, why }
}

impl Facts<'_> {
    pub(super) fn poisson(&self) -> Assumption {
        assume("Poisson arrivals", self.is_poisson(), &self.stream.why)
    }

    pub(super) fn renewal(&self) -> Assumption {
        let holds = !matches!(self.stream.law, StreamLaw::Unknown);
        assume("independent gaps between arrivals", holds, &self.stream.why)
    }

    pub(super) fn exponential(&self) -> Assumption {
        let why = match self.exponential_mean() {
            Some(mean) => format!("mean {}", format::seconds(mean)),
            None if self.work.len() > 1 => "endpoints have different laws".to_owned(),
            None => "another law".to_owned(),
        };
        let holds = self.exponential_mean().is_some();
        assume("exponential service times", holds, why)
    }

    pub(super) fn constant_service(&self) -> Assumption {
        let constant = self.constant();
        let why = constant.map_or_else(
            || "they vary".to_owned(),
            |value| format!("always {}", format::seconds(value)),
        );
        assume("constant service times", constant.is_some(), why)
    }

    /// One server at each queue: each replica has one place, and either there is only one, or the
    /// balancer draws one.
    pub(super) fn one_server(&self) -> Assumption {
        let service = self.service;
        let (replicas, places) = (service.replicas, service.concurrency);
        let (holds, why) = if places > 1 {
            (false, format!("a replica serves {places} at once"))
        } else if replicas == 1 {
            (true, "one replica, one place".to_owned())
        } else if self.is_one_queue() {
            (false, format!("{replicas} replicas behind one queue"))
        } else if self.is_split_at_random() {
            let why = format!("{replicas} queues of one server, each gets a random share");
            (true, why)
        } else {
            let name = self.service.balancer.name();
            (
                false,
                format!("the balancer `{name}` looks at queues or turns"),
            )
        };
        assume("one server at each queue", holds, why)
    }

    /// Equal servers behind one queue, or several such groups among which arrivals are drawn.
    pub(super) fn one_queue(&self) -> Assumption {
        let service = self.service;
        let why = if self.is_one_queue() {
            format!("{} servers", self.servers())
        } else {
            let (replicas, places) = (service.replicas, service.concurrency);
            let name = service.balancer.name();
            format!("{replicas} queues of {places}, balancer `{name}`")
        };
        let holds = self.is_one_queue() || self.is_split_at_random();
        assume("all servers of a group behind one queue", holds, why)
    }

    pub(super) fn unbounded(&self) -> Assumption {
        let why = self.service.queue_capacity.map_or_else(
            || "no queue-capacity".to_owned(),
            |places| format!("queue-capacity is {places}"),
        );
        let holds = self.service.queue_capacity.is_none();
        assume("waiting room without bound", holds, why)
    }

    pub(super) fn bounded(&self) -> Assumption {
        let capacity = self.service.queue_capacity;
        let why = capacity.map_or_else(
            || "no queue-capacity".to_owned(),
            |places| format!("queue-capacity is {places}"),
        );
        assume("bounded waiting room", capacity.is_some(), why)
    }

    pub(super) fn loss(&self) -> Assumption {
        let holds = self.service.queue_capacity == Some(0);
        assume(
            "nobody waits",
            holds,
            if holds {
                "queue-capacity is 0"
            } else {
                "requests may wait"
            },
        )
    }

    pub(super) fn patient(&self) -> Assumption {
        let holds = self.service.patience.is_none();
        assume(
            "nobody leaves the queue",
            holds,
            if holds {
                "no patience"
            } else {
                "requests renege"
            },
        )
    }

    /// No client looks at the clock, attempts are requests, messages take no time, and nobody is
    /// refused but for want of room.
    pub(super) fn plain_clients(&self) -> Assumption {
        let client = &self.service.client;
        let holds = self.service.takes_plain_requests();
        let why = if holds {
            "no timeout, retries or hedges, no limits, no protocol"
        } else if client.is_plain() {
            "a rate limit or load shedding refuses some"
        } else if client.travels() {
            "messages take time by `protocol` or `mesh`"
        } else if client.breaker.is_some() {
            "a circuit breaker refuses some"
        } else {
            "timeout, retries or hedges"
        };
        assume("every request is one attempt", holds, why)
    }

    pub(super) fn only_service(&self) -> Assumption {
        let holds = self.is_only_service();
        let why = if holds {
            "no calls, cpu-time or applications"
        } else if !self.service.speeds.is_empty() {
            "replicas divide it by their `speeds`"
        } else {
            "calls, cpu-time or applications hold places as well"
        };
        assume("a place is held for the service time alone", holds, why)
    }

    pub(super) fn always_on(&self) -> Assumption {
        let service = self.service;
        let cluster = self.model.cluster.as_ref();
        let starts = cluster.is_some() || service.start_time.mean() > 0.0;
        let mut pools = cluster.iter().flat_map(|cluster| cluster.pools.iter());
        let moves = !service.placing.pinned && pools.any(|pool| pool.autoscale.is_some());
        let (held, why) = match (&service.setup, &service.breakdowns) {
            (Some(_), _) => (Held::No, "replicas switch off"),
            (None, Some(_)) => (Held::No, "replicas break down"),
            (None, None) if moves => (
                Held::Nearly,
                "replicas have to start first, and again when their node is removed",
            ),
            (None, None) if starts => (Held::Nearly, "replicas have to start first"),
            (None, None) => (Held::Yes, "no start, set-up or breakdowns"),
        };
        Assumption {
            what: "servers are always on",
            held,
            why: why.to_owned(),
        }
    }

    pub(super) fn fixed_replicas(&self) -> Assumption {
        let holds = self.service.autoscale.is_none();
        let why = if holds {
            "no autoscale"
        } else {
            "replicas are scaled"
        };
        assume("the number of servers does not change", holds, why)
    }

    pub(super) fn discipline(&self, what: &'static str, among: &[DisciplineKind]) -> Assumption {
        let discipline = self.service.discipline;
        let why = format!("`{}`", discipline.name());
        assume(what, among.contains(&discipline), why)
    }

    pub(super) fn first_in_first_out(&self) -> Assumption {
        // Without priorities the queue of equal requests is first in first out.
        self.discipline("first in, first out", &[DisciplineKind::Fifo])
    }

    pub(super) fn stable(&self) -> Assumption {
        let load = self.load();
        let why = if load.is_nan() {
            "the scenario does not say at what rate requests come".to_owned()
        } else {
            format!("load {:.1} %", load * 100.0)
        };
        assume("less work arrives than can be done", load < 1.0, why)
    }

    /// Whether the figures are those of the stationary regime.
    pub(super) fn stationary(&self) -> Assumption {
        let what = "the run has forgotten its start";
        let times = self.window_seconds();
        let tau = self.relaxation();
        let Some((warmup, window)) = times else {
            return Assumption {
                what,
                held: Held::Nearly,
                why: "the length of the window is not known before the run".to_owned(),
            };
        };
        let (held, relation) = if warmup >= 5.0 * tau {
            (Held::Yes, "at least 5 relaxation times")
        } else if window >= 50.0 * tau {
            (
                Held::Nearly,
                "short, but the window is long against the relaxation time",
            )
        } else {
            (Held::No, "too short, and so is the window")
        };
        if matches!(self.model.run.horizon, Horizon::Terminating { .. }) {
            let why = "the run begins empty and drains";
            return assume(what, false, why);
        }
        let why = format!(
            "warm-up {}, relaxation time {}: {relation}",
            format::seconds(warmup),
            format::seconds(tau)
        );
        Assumption { what, held, why }
    }

    /// How long the queue remembers, in seconds; other laws than the exponential scale it.
    fn relaxation(&self) -> f64 {
        let moments = self.moments();
        let queues = self.queues() as u32;
        let servers = self.servers() / queues;
        let rate = self.rate_of_queue();
        let bound = self.service.queue_capacity;
        let places = bound.map(|waiting| servers.saturating_add(waiting));
        let scale = f64::midpoint(1.0, moments.cv2().max(0.0)).max(0.5);
        let queue = relaxation_time(rate, 1.0 / moments.mean, servers, places) * scale;
        // Who leaves by impatience leaves no trace for longer than that.
        let patience = self.service.patience.as_ref().map(Distribution::mean);
        let tau = patience.map_or(queue, |mean| queue.min(mean.max(moments.mean)));
        // Where it grows without bound that is what is said.
        if tau.is_finite() { tau } else { moments.mean }
    }

    /// Warm-up and window, in seconds.
    fn window_seconds(&self) -> Option<(f64, f64)> {
        let rate = Streams::new(self.model).outer_rate();
        match self.model.run.horizon {
            Horizon::Duration { warmup, duration } => {
                Some((warmup.seconds(), duration.seconds() - warmup.seconds()))
            }
            Horizon::Requests { warmup, requests } => {
                let rate = rate.filter(|rate| *rate > 0.0)?;
                Some((warmup as f64 / rate, (requests - warmup) as f64 / rate))
            }
            Horizon::Terminating { .. } => Some((0.0, 0.0)),
        }
    }
}
