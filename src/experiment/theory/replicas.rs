//! Models of replicas behind a balancer that looks at queues or takes turns.

use super::assumptions::{Assumption, assume};
use super::facts::Facts;
use super::prediction::{Candidate, Label, Predictions};
use super::single::gm1_figures;
use crate::model::BalancerKind;
use crate::random::Distribution;
use crate::theory::{Balanced, Gm1};

/// All of them.
pub(super) fn candidates<'a>(facts: &'a Facts<'a>) -> Vec<Candidate<'a>> {
    vec![turns(facts), choices(facts), shortest_queue(facts)]
}

fn assumptions(facts: &Facts<'_>, balancer: Assumption) -> Vec<Assumption> {
    let service = facts.service;
    let single = assume(
        "several replicas of one place each, with queues of their own",
        service.replicas > 1 && service.concurrency == 1 && !facts.is_one_queue(),
        format!("{} replicas of {}", service.replicas, service.concurrency),
    );
    vec![
        facts.poisson(),
        facts.exponential(),
        facts.first_in_first_out(),
        single,
        balancer,
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

fn balancer(facts: &Facts<'_>, what: &'static str, holds: bool) -> Assumption {
    let plainly = facts.service.is_plainly_balanced();
    let but = if plainly {
        ""
    } else {
        ", but not all replicas or requests alike"
    };
    assume(
        what,
        holds && plainly,
        format!("`{}`{but}", facts.service.balancer.name()),
    )
}

fn balanced(facts: &Facts<'_>) -> Balanced {
    Balanced {
        arrival_rate: facts.rate(),
        service_rate: 1.0 / facts.moments().mean,
        servers: facts.service.replicas,
    }
}

/// Each replica gets every n-th arrival of a Poisson process: its gaps are Erlang.
fn turns<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let in_turn = matches!(facts.service.balancer, BalancerKind::RoundRobin);
    let replicas = facts.service.replicas;
    Candidate {
        name: format!("E{replicas}/M/1 at each replica"),
        source: "Kleinrock, Queueing Systems 1 (1975), chapter 6",
        label: Label::Exact,
        assumptions: assumptions(facts, balancer(facts, "replicas take turns", in_turn)),
        predict: Box::new(move || {
            let gaps = Distribution::Erlang {
                k: replicas,
                mean: f64::from(replicas) / facts.rate(),
            };
            let queue = Gm1::new(&gaps, 1.0 / facts.moments().mean);
            gm1_figures(facts, &queue)
        }),
    }
}

/// The power of two choices.
fn choices<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let two = matches!(facts.service.balancer, BalancerKind::PowerOfTwo);
    Candidate {
        name: "power of 2 choices".to_owned(),
        source: "Vvedenskaya, Dobrushin and Karpelevich (1996); Mitzenmacher (2001)",
        label: Label::Limit,
        assumptions: assumptions(facts, balancer(facts, "the shorter of two queues", two)),
        predict: Box::new(|| {
            let system = balanced(facts);
            let latency = system.power_of_d_latency(2);
            let mut predictions = Predictions::exact([("utilization", facts.load())]);
            predictions.add(
                Label::Limit,
                [
                    ("latency.mean", latency),
                    ("in_system", facts.rate() * latency),
                ],
            );
            add_bounds(&mut predictions, &system);
            predictions
        }),
    }
}

/// Between one common queue and no choice at all.
fn shortest_queue<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let joins = matches!(facts.service.balancer, BalancerKind::JoinShortestQueue);
    Candidate {
        name: "join the shortest queue".to_owned(),
        source: "Winston, Journal of Applied Probability 14 (1977)",
        label: Label::UpperBound,
        assumptions: assumptions(facts, balancer(facts, "the shortest queue", joins)),
        predict: Box::new(|| {
            let mut predictions = Predictions::exact([("utilization", facts.load())]);
            add_bounds(&mut predictions, &balanced(facts));
            predictions
        }),
    }
}

fn add_bounds(predictions: &mut Predictions, system: &Balanced) {
    let (low, high) = (system.latency_lower_bound(), system.latency_upper_bound());
    predictions.add(Label::LowerBound, [("latency.mean", low)]);
    predictions.add(Label::UpperBound, [("latency.mean", high)]);
}
