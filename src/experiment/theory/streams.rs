//! What arrives at each service: how often, and whether as a Poisson process.
//!
//! Requests are followed along calls. A Poisson process stays one when it is split at random, when it
//! is merged with others, and behind queues whose departures do not tell what is inside (Burke 1956;
//! Kelly 1979): M/M/c first in first out, processor sharing, preemptive last in first out, and a
//! server for everybody. Everywhere else the law of what a called service gets is not known.

use super::facts::Facts;
use crate::id::{EndpointId, ServiceId};
use crate::model::{Arrivals, Model, Target, Workload};
use crate::random::Distribution;

/// What arrives.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    /// Requests per second; `None` where the scenario does not say.
    pub(super) rate: Option<f64>,
    pub(super) law: StreamLaw,
    /// For people: where it comes from, or why its law is not known.
    pub(super) why: String,
}

/// The law of an arrival process.
#[derive(Clone, Debug)]
pub(super) enum StreamLaw {
    Poisson,
    /// Independent gaps.
    Renewal(Distribution),
    Unknown,
}

/// Rates of all endpoints and what is known of the streams.
pub(super) struct Streams<'a> {
    model: &'a Model,
    /// Requests per second at each endpoint; `None` where some sender's rate is not known.
    rates: Vec<Option<f64>>,
}

/// A call that leads to a service: who makes it, in which group.
struct Caller {
    endpoint: EndpointId,
    group: usize,
}

impl<'a> Streams<'a> {
    pub(super) fn new(model: &'a Model) -> Self {
        let mut rates = vec![Some(0.0); model.endpoints.len()];
        for workload in &model.workloads {
            // How a trace spreads over several endpoints is not looked at.
            let own = workload.endpoints();
            let more = rate_of(workload).filter(|_| own.len() == 1);
            for endpoint in own {
                let rate = &mut rates[endpoint.0 as usize];
                *rate = rate.zip(more).map(|(sum, more)| sum + more);
            }
        }
        let mut streams = Self { model, rates };
        streams.follow_calls();
        streams
    }

    /// Requests per second at an endpoint.
    pub(super) fn rate(&self, endpoint: EndpointId) -> Option<f64> {
        self.rates[endpoint.0 as usize]
    }

    /// Outer requests per second, of all workloads.
    pub(super) fn outer_rate(&self) -> Option<f64> {
        self.model.workloads.iter().map(rate_of).sum()
    }

    /// What arrives at a service.
    pub(super) fn at(&self, service: ServiceId) -> Stream {
        self.stream(service, self.model.services.len())
    }

    /// Adds what callers send, callers first: calls have no circles, so as many passes as there
    /// are endpoints would do; each endpoint is passed on once all that call it have been.
    fn follow_calls(&mut self) {
        let model = self.model;
        let count = model.endpoints.len();
        let mut callers = vec![0_usize; count];
        for endpoint in &model.endpoints {
            for call in endpoint.calls.iter().flatten() {
                callers[call.endpoint.0 as usize] += 1;
            }
        }
        let mut ready: Vec<usize> = (0..count).filter(|&at| callers[at] == 0).collect();
        while let Some(at) = ready.pop() {
            let endpoint = &model.endpoints[EndpointId(at as u32)];
            for call in endpoint.calls.iter().flatten() {
                let to = call.endpoint.0 as usize;
                let more = self.rates[at].map(|rate| rate * call.probability);
                self.rates[to] = self.rates[to].zip(more).map(|(sum, more)| sum + more);
                callers[to] -= 1;
                if callers[to] == 0 {
                    ready.push(to);
                }
            }
        }
    }

    /// `depth` ends what circles between services (not endpoints) would make endless.
    fn stream(&self, service: ServiceId, depth: usize) -> Stream {
        let model = self.model;
        let spec = &model.services[service];
        let rate = spec
            .endpoint_ids()
            .map(|endpoint| self.rate(endpoint))
            .sum();
        let stream = |law, why| Stream { rate, law, why };
        let unknown = |why: String| stream(StreamLaw::Unknown, why);
        if !spec.takes_plain_requests() {
            return unknown("clients and limits change when attempts come".to_owned());
        }
        let workloads: Vec<&Workload> = model
            .workloads
            .iter()
            .filter(|workload| match workload.target {
                Target::Endpoint(endpoint) => model.endpoints[endpoint].service == service,
                Target::App(_) | Target::Workflow(_) => false,
            })
            .collect();
        let callers = self.callers(service);
        if let ([workload], []) = (&workloads[..], &callers[..])
            && let Some(interarrival) = renewal(workload)
        {
            let why = format!("`{}` sends with independent gaps", workload.name);
            return stream(StreamLaw::Renewal(interarrival), why);
        }
        let mut names = Vec::new();
        for workload in workloads {
            if !is_poisson(&workload.arrivals) {
                return unknown(format!("`{}` does not send so", workload.name));
            }
            names.push(format!("`{}`", workload.name));
        }
        for caller in &callers {
            if let Err(why) = self.passes_poisson(service, caller, depth) {
                return unknown(why);
            }
            let from = model.endpoints[caller.endpoint].service;
            names.push(format!("`{}`", model.services[from].name));
        }
        if names.is_empty() {
            return unknown("nothing arrives".to_owned());
        }
        names.dedup();
        stream(StreamLaw::Poisson, format!("from {}", names.join(", ")))
    }

    fn callers(&self, service: ServiceId) -> Vec<Caller> {
        let mut callers = Vec::new();
        for (endpoint, spec) in self.model.endpoints.enumerate() {
            for (group, calls) in spec.calls.iter().enumerate() {
                for call in calls {
                    if self.model.endpoints[call.endpoint].service == service {
                        callers.push(Caller { endpoint, group });
                    }
                }
            }
        }
        callers
    }

    /// Whether what a caller sends in one of its groups is Poisson.
    fn passes_poisson(
        &self,
        service: ServiceId,
        caller: &Caller,
        depth: usize,
    ) -> Result<(), String> {
        let model = self.model;
        let endpoint = &model.endpoints[caller.endpoint];
        let from = endpoint.service;
        let name = &model.services[from].name;
        if depth == 0 {
            return Err(format!("calls lead from `{name}` in a circle"));
        }
        let stream = self.stream(from, depth - 1);
        if !matches!(stream.law, StreamLaw::Poisson) {
            return Err(format!(
                "what arrives at its caller `{name}` is not Poisson"
            ));
        }
        // The caller holds its place while it waits for answers: only a server for everybody lets
        // requests pass as they come.
        let facts = Facts::new(model, from, stream);
        if !facts.is_server_for_everybody() {
            return Err(format!("`{name}` holds one of few places while it calls"));
        }
        for earlier in &endpoint.calls[..caller.group] {
            let [call] = &earlier[..] else {
                return Err(format!("`{name}` first waits for several answers"));
            };
            let between = model.endpoints[call.endpoint].service;
            let name = &model.services[between].name;
            if between == service {
                return Err("a request comes here more than once".to_owned());
            }
            let stream = self.stream(between, depth - 1);
            let departures = matches!(stream.law, StreamLaw::Poisson)
                && Facts::new(model, between, stream).departs_poisson();
            if !departures {
                return Err(format!("departures from `{name}` are not Poisson"));
            }
        }
        Ok(())
    }
}

/// Requests per second, if they have a mean over time that the scenario states.
fn rate_of(workload: &Workload) -> Option<f64> {
    if let Arrivals::Poisson { rate } = workload.arrivals {
        return Some(rate.0);
    }
    gaps(&workload.arrivals).map(|gaps| 1.0 / gaps.mean())
}

fn is_poisson(arrivals: &Arrivals) -> bool {
    let exponential = |gaps: &Distribution| matches!(gaps, Distribution::Exponential { .. });
    matches!(arrivals, Arrivals::Poisson { .. }) || gaps(arrivals).is_some_and(exponential)
}

/// The law of the gaps of a renewal process that is not Poisson.
fn renewal(workload: &Workload) -> Option<Distribution> {
    let gaps = gaps(&workload.arrivals).filter(|_| !is_poisson(&workload.arrivals));
    gaps.cloned()
}

/// The law of the gaps, where they are independent and given as such.
fn gaps(arrivals: &Arrivals) -> Option<&Distribution> {
    if let Arrivals::Renewal { interarrival } = arrivals {
        Some(interarrival)
    } else {
        None
    }
}
