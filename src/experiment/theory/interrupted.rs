//! Models of one server that is not always there: it switches off when idle, or breaks down.

use super::assumptions::assume;
use super::facts::{Facts, second_moment};
use super::prediction::{Candidate, Label, Predictions};
use super::single::with;
use crate::model::DisciplineKind as D;
use crate::random::Distribution;
use crate::theory::{Breakdowns, Moments, Setup, laplace};

pub(super) fn setup<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let order = facts.discipline(
        "an order that does not look at service times",
        &[D::Fifo, D::Lifo, D::Random],
    );
    let holds = facts.service.setup.is_some() && facts.service.breakdowns.is_none();
    let switches = assume(
        "servers switch off when idle, and do not break down",
        holds,
        if facts.service.setup.is_some() {
            "`setup`"
        } else {
            "no `setup`"
        },
    );
    let mut assumptions = with(facts, [facts.poisson(), order, switches]);
    assumptions.retain(|assumption| assumption.what != facts.always_on().what);
    Candidate {
        name: "M/G/1 with set-up".to_owned(),
        source: "Welch, Operations Research 12 (1964)",
        label: Label::Exact,
        assumptions,
        predict: Box::new(|| {
            let Some(spec) = &facts.service.setup else {
                return Predictions::default();
            };
            let rate = facts.rate_of_queue();
            let server = Setup {
                arrival_rate: rate,
                service: facts.moments(),
                setup: Moments {
                    mean: spec.time.mean(),
                    square: second_moment(&spec.time),
                },
                cold: laplace(&spec.keep_alive, rate),
            };
            let mut predictions = facts.means_of_wait(server.wait());
            // Places of replicas that are off are none.
            predictions
                .figures
                .retain(|figure| figure.figure != "utilization");
            predictions.add(
                Label::Exact,
                [
                    ("setting_up", facts.queues() * server.setting_up()),
                    ("cold_starts / arrivals", server.cold_starts()),
                ],
            );
            predictions
        }),
    }
}

pub(super) fn breakdowns<'a>(facts: &'a Facts<'a>) -> Candidate<'a> {
    let exponential = |law: &Distribution| matches!(law, Distribution::Exponential { .. });
    let holds = facts.service.setup.is_none()
        && facts
            .service
            .breakdowns
            .as_ref()
            .is_some_and(|spec| exponential(&spec.every) && exponential(&spec.repair));
    let fails = assume(
        "servers break down and are repaired after exponential times",
        holds,
        match &facts.service.breakdowns {
            None => "no `breakdowns`",
            Some(_) if holds => "`breakdowns`",
            Some(_) => "another law",
        },
    );
    let own = [
        facts.poisson(),
        facts.exponential(),
        facts.first_in_first_out(),
        fails,
    ];
    let mut assumptions = with(facts, own);
    assumptions.retain(|assumption| assumption.what != facts.always_on().what);
    Candidate {
        name: "M/M/1 with breakdowns".to_owned(),
        source: "White and Christie, Operations Research 6 (1958)",
        label: Label::Exact,
        assumptions,
        predict: Box::new(|| {
            let Some(spec) = &facts.service.breakdowns else {
                return Predictions::default();
            };
            let server = Breakdowns {
                arrival_rate: facts.rate_of_queue(),
                service_rate: 1.0 / facts.moments().mean,
                breakdown_rate: 1.0 / spec.every.mean(),
                repair_rate: 1.0 / spec.repair.mean(),
            };
            let queues = facts.queues();
            Predictions::exact([
                ("latency.mean", server.latency()),
                ("in_system", queues * server.in_system()),
                ("down", queues * (1.0 - server.availability())),
            ])
        }),
    }
}
