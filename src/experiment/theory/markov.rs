//! Models of several servers behind one queue, and of none that anybody waits for.

use super::assumptions::{Assumption, Held, assume};
use super::facts::Facts;
use super::prediction::{Candidate, Label, Predictions};
use crate::model::DisciplineKind as D;
use crate::random::Distribution;
use crate::theory::{ErlangA, ErlangB, MgInfinity, Mmc, Mmck, nonpreemptive_waits_of_servers};

/// Places that are all taken less often than this are as good as no limit.
const RARELY: f64 = 1e-4;

/// All of them, the most telling first.
pub(super) fn candidates<'a>(facts: &'a Facts<'a>) -> Vec<Candidate<'a>> {
    vec![
        erlang_b(facts),
        mg_infinity(facts),
        mmc(facts),
        mmck(facts),
        erlang_a(facts),
        priority(facts),
    ]
}

/// What all of these assume besides arrivals, service and room.
fn common(facts: &Facts<'_>) -> Vec<Assumption> {
    vec![
        facts.one_queue(),
        facts.always_on(),
        facts.fixed_replicas(),
        facts.plain_clients(),
        facts.only_service(),
        facts.stationary(),
    ]
}

fn with(facts: &Facts<'_>, own: impl IntoIterator<Item = Assumption>) -> Vec<Assumption> {
    own.into_iter().chain(common(facts)).collect()
}

/// Servers behind each queue.
fn servers(facts: &Facts<'_>) -> u32 {
    facts.servers() / facts.queues() as u32
}

fn erlang_b<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let order = facts.discipline(
        "nobody gives a place back before the end",
        &[
            D::Fifo,
            D::Lifo,
            D::Random,
            D::Priority,
            D::ShortestJob,
            D::ProcessorSharing,
        ],
    );
    let own = [facts.poisson(), facts.loss(), order];
    Candidate {
        name: format!("M/G/{0}/{0} (Erlang B)", servers(facts)),
        source: "Erlang (1917); Jagerman, Bell System Technical Journal 53 (1974)",
        label: Label::Exact,
        assumptions: with(facts, own),
        predict: Box::new(|| {
            let queues = facts.queues();
            let system = ErlangB {
                offered_load: facts.rate_of_queue() * facts.moments().mean,
                servers: servers(facts),
            };
            let busy = system.in_system();
            Predictions::exact([
                ("rejected / arrivals", system.blocking()),
                ("utilization", busy / f64::from(servers(facts))),
                ("in_system", queues * busy),
                ("latency.mean", facts.moments().mean),
                ("throughput", facts.rate() * (1.0 - system.blocking())),
            ])
        }),
    }
}

fn mg_infinity<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let system = MgInfinity {
        arrival_rate: facts.rate_of_queue(),
        service: facts.moments(),
    };
    let taken = system.exceeds(servers(facts).saturating_sub(1));
    let everybody = Assumption {
        what: "a server for everybody",
        held: match taken {
            taken if taken < 1e-12 => Held::Yes,
            taken if taken < RARELY => Held::Nearly,
            _ => Held::No,
        },
        why: format!(
            "all of {} are taken with probability {taken:.1e}",
            servers(facts)
        ),
    };
    let order = facts.discipline(
        "an order that lets everybody in at once",
        &[
            D::Fifo,
            D::Lifo,
            D::Random,
            D::Priority,
            D::ShortestJob,
            D::ProcessorSharing,
        ],
    );
    Candidate {
        name: "M/G/∞".to_owned(),
        source: "Takács, Introduction to the Theory of Queues (1962)",
        label: Label::Exact,
        assumptions: with(facts, [facts.poisson(), everybody, order]),
        predict: Box::new(move || {
            let mut predictions = facts.means_of_latency(facts.moments().mean);
            let queues = facts.queues();
            let variance = system.asymptotic_variance();
            predictions.in_system = Some((queues * system.in_system(), queues * variance));
            predictions
        }),
    }
}

fn mmc<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let own = [
        facts.poisson(),
        facts.exponential(),
        facts.first_in_first_out(),
        facts.unbounded(),
        facts.patient(),
        facts.stable(),
    ];
    Candidate {
        name: format!("M/M/{}", servers(facts)),
        source: "Erlang (1917); Gross and Harris, Queueing Theory, chapter 2",
        label: Label::Exact,
        assumptions: with(facts, own),
        predict: Box::new(|| {
            let (queues, service) = (facts.queues(), facts.moments().mean);
            let queue = Mmc {
                arrival_rate: facts.rate_of_queue(),
                service_rate: 1.0 / service,
                servers: servers(facts),
            };
            let mut predictions = Predictions::exact([
                ("utilization", queue.utilization()),
                ("wait.mean", queue.wait()),
                ("wait.positive", queue.wait_probability()),
                ("latency.mean", queue.latency()),
                ("queue_length", queues * queue.queue_length()),
                ("in_system", queues * queue.in_system()),
            ]);
            predictions.latencies(|p| Some(queue.latency_quantile(p)));
            predictions.waits(queue.wait_probability(), |p| Some(queue.wait_quantile(p)));
            predictions.in_system = queue
                .chain()
                .map(|chain| (queues * chain.mean(), queues * chain.asymptotic_variance()));
            predictions
        }),
    }
}

fn mmck<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let own = [
        facts.poisson(),
        facts.exponential(),
        facts.bounded(),
        facts.patient(),
        facts.first_in_first_out(),
    ];
    let servers = servers(facts);
    let places = facts.service.queue_capacity.unwrap_or(0);
    Candidate {
        name: format!("M/M/{servers}/{}", servers.saturating_add(places)),
        source: "Gross and Harris, Queueing Theory, section 2.5",
        label: Label::Exact,
        assumptions: with(facts, own),
        predict: Box::new(move || {
            let queues = facts.queues();
            let queue = Mmck {
                arrival_rate: facts.rate_of_queue(),
                service_rate: 1.0 / facts.moments().mean,
                servers,
                waiting_places: places,
            };
            let means = queue.means();
            let mut predictions = Predictions::exact([
                ("rejected / arrivals", means.blocking),
                ("throughput", queues * means.throughput),
                ("utilization", means.utilization),
                ("wait.mean", means.wait),
                ("wait.positive", means.wait_probability),
                ("latency.mean", means.latency),
                ("queue_length", queues * means.queue_length),
                ("in_system", queues * means.in_system),
            ]);
            let variance = queue.chain().asymptotic_variance();
            predictions.in_system = Some((queues * means.in_system, queues * variance));
            predictions
        }),
    }
}

fn erlang_a<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let patience = match &facts.service.patience {
        Some(Distribution::Exponential { mean }) => Some(*mean),
        _ => None,
    };
    let impatient = assume(
        "exponential patience",
        patience.is_some(),
        match (&facts.service.patience, patience) {
            (None, _) => "no `patience`".to_owned(),
            (_, Some(mean)) => format!("mean {}", crate::units::format::seconds(mean)),
            (_, None) => "another law".to_owned(),
        },
    );
    let own = [
        facts.poisson(),
        facts.exponential(),
        impatient,
        facts.unbounded(),
        facts.first_in_first_out(),
    ];
    Candidate {
        name: format!("M/M/{}+M (Erlang A)", servers(facts)),
        source: "Palm (1957); Garnett, Mandelbaum and Reiman, MSOM 4 (2002)",
        label: Label::Exact,
        assumptions: with(facts, own),
        predict: Box::new(move || {
            let Some(patience) = patience else {
                return Predictions::default();
            };
            let queues = facts.queues();
            let system = ErlangA {
                arrival_rate: facts.rate_of_queue(),
                service_rate: 1.0 / facts.moments().mean,
                servers: servers(facts),
                patience_rate: 1.0 / patience,
            };
            let means = system.means();
            let mut predictions = Predictions::exact([
                ("reneged / arrivals", means.abandoned),
                ("throughput", queues * means.throughput),
                ("utilization", means.utilization),
                ("wait.mean", means.wait),
                ("wait.positive", means.wait_probability),
                ("queue_length", queues * means.queue_length),
                ("in_system", queues * means.in_system),
            ]);
            let variance = system.chain().asymptotic_variance();
            predictions.in_system = Some((queues * means.in_system, queues * variance));
            predictions
        }),
    }
}

fn priority<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let own = [
        facts.poisson(),
        facts.exponential(),
        facts.discipline("the highest class is next", &[D::Priority]),
        facts.known_classes(),
        facts.unbounded(),
        facts.patient(),
        facts.stable(),
    ];
    Candidate {
        name: format!("M/M/{} with priorities", servers(facts)),
        source: "Cobham (1954); Kella and Yechiali, Naval Research Logistics 32 (1985)",
        label: Label::Exact,
        assumptions: with(facts, own),
        predict: Box::new(|| {
            let service = facts.moments().mean;
            let classes = facts.classes().unwrap_or_default();
            let rates: Vec<f64> = classes
                .iter()
                .map(|class| class.rate / facts.queues())
                .collect();
            let waits = nonpreemptive_waits_of_servers(&rates, 1.0 / service, servers(facts));
            let mut predictions = Predictions::exact([("utilization", facts.load())]);
            for (class, wait) in classes.iter().zip(waits) {
                let part = format!("classes.{}.", class.name);
                predictions.add(
                    Label::Exact,
                    [
                        (format!("{part}wait.mean"), wait),
                        (format!("{part}latency.mean"), wait + service),
                    ],
                );
            }
            predictions
        }),
    }
}
