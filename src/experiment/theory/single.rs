//! Models of one server, or of several that each get a random share.

use super::assumptions::{Assumption, assume};
use super::facts::Facts;
use super::prediction::{Candidate, Label, Predictions};
use super::streams::StreamLaw;
use super::{interrupted, ordered};
use crate::model::DisciplineKind as D;
use crate::random::Distribution;
use crate::theory::{Gg, Gm1, Md1, Mg1, Mm1};

/// All of them, the most telling first.
pub(super) fn candidates<'a>(facts: &'a Facts<'a>) -> Vec<Candidate<'a>> {
    vec![
        mm1(facts),
        md1(facts),
        mg1(facts),
        sharing(facts),
        ordered::shortest_job(facts),
        ordered::shortest_remaining(facts),
        ordered::priority(facts),
        ordered::preemptive_priority(facts),
        gm1(facts),
        interrupted::setup(facts),
        interrupted::breakdowns(facts),
    ]
}

/// What all of these assume besides arrivals, service and order.
fn common(facts: &Facts<'_>) -> Vec<Assumption> {
    vec![
        facts.one_server(),
        facts.unbounded(),
        facts.patient(),
        facts.always_on(),
        facts.fixed_replicas(),
        facts.plain_clients(),
        facts.only_service(),
        facts.stable(),
        facts.stationary(),
    ]
}

/// What a model assumes of its own, and what all of these do.
pub(super) fn with(
    facts: &Facts<'_>,
    own: impl IntoIterator<Item = Assumption>,
) -> Vec<Assumption> {
    own.into_iter().chain(common(facts)).collect()
}

impl Facts<'_> {
    /// Queues of equal servers among which arrivals are drawn.
    pub(super) fn queues(&self) -> f64 {
        if self.is_one_queue() {
            1.0
        } else {
            f64::from(self.service.replicas)
        }
    }

    /// Arrivals per second at one of them.
    pub(super) fn rate_of_queue(&self) -> f64 {
        self.rate() / self.queues()
    }

    /// The queue M/G/1 at one of them.
    fn mg1(&self) -> Mg1 {
        Mg1 {
            arrival_rate: self.rate_of_queue(),
            service: self.moments(),
        }
    }

    /// Means that follow from the mean wait at one server by Little's law.
    pub(super) fn means_of_wait(&self, wait: f64) -> Predictions {
        let (rate, service) = (self.rate(), self.moments().mean);
        Predictions::exact([
            ("utilization", self.load()),
            ("wait.mean", wait),
            ("latency.mean", wait + service),
            ("queue_length", rate * wait),
            ("in_system", rate * (wait + service)),
        ])
    }

    /// Means that follow from the mean latency.
    pub(super) fn means_of_latency(&self, latency: f64) -> Predictions {
        Predictions::exact([
            ("utilization", self.load()),
            ("latency.mean", latency),
            ("in_system", self.rate() * latency),
        ])
    }
}

fn mm1<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let own = [
        facts.poisson(),
        facts.exponential(),
        facts.first_in_first_out(),
    ];
    Candidate {
        name: "M/M/1".to_owned(),
        source: "Kleinrock, Queueing Systems 1 (1975), chapter 3",
        label: Label::Exact,
        assumptions: with(facts, own),
        predict: Box::new(|| {
            let queue = Mm1 {
                arrival_rate: facts.rate_of_queue(),
                service_rate: 1.0 / facts.moments().mean,
            };
            let mut predictions = facts.means_of_wait(queue.wait());
            let load = queue.wait_probability();
            predictions.add(
                Label::Exact,
                [("wait.positive", load), ("found", queue.in_system())],
            );
            predictions.latencies(|p| Some(queue.latency_quantile(p)));
            predictions.waits(queue.wait_probability(), |p| Some(queue.wait_quantile(p)));
            if facts.queues() > 1.0 {
                // Arrivals find those of all queues together.
                predictions
                    .figures
                    .retain(|figure| figure.figure != "found");
            }
            predictions.in_system = Some((
                facts.queues() * queue.in_system(),
                facts.queues() * queue.asymptotic_variance_in_system(),
            ));
            predictions
        }),
    }
}

fn md1<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let own = [
        facts.poisson(),
        facts.constant_service(),
        facts.first_in_first_out(),
    ];
    Candidate {
        name: "M/D/1".to_owned(),
        source: "Erlang (1909); percentiles: Franx, Operations Research Letters 29 (2001)",
        label: Label::Exact,
        assumptions: with(facts, own),
        predict: Box::new(|| {
            let mut predictions = facts.means_of_wait(facts.mg1().wait());
            let queue = Md1 {
                arrival_rate: facts.rate_of_queue(),
                service_time: facts.moments().mean,
            };
            predictions.add(Label::Exact, [("wait.positive", facts.load())]);
            predictions.waits(facts.load(), |p| queue.wait_quantile(p));
            let service = facts.moments().mean;
            predictions.latencies(|p| Some(queue.wait_quantile(p)? + service));
            predictions
        }),
    }
}

fn mg1<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let order = facts.discipline(
        "an order that does not look at service times",
        &[D::Fifo, D::Lifo, D::Random],
    );
    Candidate {
        name: "M/G/1".to_owned(),
        source: "Pollaczek (1930), Khinchine (1932); Kleinrock 1 (1975), section 5.6",
        label: Label::Exact,
        assumptions: with(facts, [facts.poisson(), order]),
        predict: Box::new(|| {
            let mut predictions = facts.means_of_wait(facts.mg1().wait());
            predictions.add(Label::Exact, [("wait.positive", facts.load())]);
            predictions
        }),
    }
}

fn sharing<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let order = facts.discipline(
        "the server is shared, or whoever comes last has it",
        &[D::ProcessorSharing, D::LifoPreemptive],
    );
    let name = match facts.service.discipline {
        D::LifoPreemptive => "M/G/1 LIFO, preemptive",
        _ => "M/G/1 PS",
    };
    let equal = equal_weights(facts);
    Candidate {
        name: name.to_owned(),
        source: "Sakata, Noguchi and Oizumi (1969); Kelly, Reversibility (1979)",
        label: Label::Exact,
        assumptions: with(facts, [facts.poisson(), order, equal]),
        predict: Box::new(|| facts.means_of_latency(facts.mg1().sharing_latency())),
    }
}

/// Whether nobody has a larger share of a shared server.
fn equal_weights(facts: &Facts<'_>) -> Assumption {
    let shared = facts.service.discipline == D::ProcessorSharing;
    let equal = facts.model.classes.iter().all(|class| class.weight == 1);
    let holds = !shared || equal;
    assume(
        "equal shares",
        holds,
        if holds {
            "all weights are 1"
        } else {
            "classes have weights"
        },
    )
}

fn gm1<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let own = [
        facts.renewal(),
        facts.exponential(),
        facts.first_in_first_out(),
        facts.one_replica(),
    ];
    Candidate {
        name: "G/M/1".to_owned(),
        source: "Kleinrock, Queueing Systems 1 (1975), chapter 6",
        label: Label::Exact,
        assumptions: with(facts, own),
        predict: Box::new(|| {
            let gaps = match &facts.stream.law {
                StreamLaw::Renewal(law) => law.clone(),
                _ => Distribution::Exponential {
                    mean: 1.0 / facts.rate(),
                },
            };
            let queue = Gm1::new(&gaps, 1.0 / facts.moments().mean);
            gm1_figures(facts, &queue)
        }),
    }
}

/// What G/M/1 predicts, of one queue or of several with the same arrivals.
pub(super) fn gm1_figures(facts: &Facts<'_>, queue: &Gm1) -> Predictions {
    let mut predictions = facts.means_of_wait(queue.wait());
    predictions.add(Label::Exact, [("wait.positive", queue.wait_probability())]);
    if facts.service.replicas == 1 {
        predictions.add(Label::Exact, [("found", queue.found())]);
    }
    predictions.latencies(|p| Some(queue.latency_quantile(p)));
    predictions.waits(queue.wait_probability(), |p| Some(queue.wait_quantile(p)));
    predictions
}

/// Kingman's approximation and bounds, for any number of servers.
pub(super) fn kingman<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    // A random share of a renewal process has other gaps, unless it is Poisson.
    let arrivals = if facts.is_one_queue() {
        facts.renewal()
    } else {
        facts.poisson()
    };
    let own = [arrivals, facts.first_in_first_out(), facts.one_queue()];
    let mut assumptions = with(facts, own);
    assumptions.retain(|assumption| assumption.what != facts.one_server().what);
    Candidate {
        name: "G/G/c".to_owned(),
        source: "Kingman (1961, 1962), Daley (1977); several servers: Allen (1978) after Cunneen",
        label: Label::Approximation,
        assumptions,
        predict: Box::new(|| {
            let arrival_cv2 = match &facts.stream.law {
                StreamLaw::Renewal(law) => law.cv().map_or(f64::INFINITY, |cv| cv * cv),
                _ => 1.0,
            };
            let servers = facts.servers() / facts.queues() as u32;
            let queue = Gg {
                arrival_rate: facts.rate_of_queue(),
                arrival_cv2,
                service_time: facts.moments().mean,
                service_cv2: facts.moments().cv2(),
                servers,
            };
            let service = facts.moments().mean;
            let mut predictions = Predictions::exact([("utilization", facts.load())]);
            let wait = queue.wait_approximation();
            predictions.add(
                Label::Approximation,
                [
                    ("wait.mean", wait),
                    ("latency.mean", wait + service),
                    ("queue_length", facts.rate() * wait),
                    ("in_system", facts.rate() * (wait + service)),
                ],
            );
            if servers == 1 && facts.service.replicas == 1 {
                let bound = queue.wait_upper_bound();
                predictions.add(Label::UpperBound, [("wait.mean", bound)]);
            }
            predictions
        }),
    }
}

impl Facts<'_> {
    fn one_replica(&self) -> Assumption {
        let replicas = self.service.replicas;
        let alone = replicas == 1;
        assume("one replica", alone, format!("{replicas}"))
    }
}
