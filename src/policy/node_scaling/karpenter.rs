//! `karpenter`: nodes of whatever pool holds the waiting containers for the least money.
//!
//! Karpenter waits until no container has begun to wait for a second, ten at most
//! (`batchIdleDuration`, `batchMaxDuration`). Then it fills one new node after the other: as many
//! containers as fit on a node of any pool, and of the pools whose nodes hold those the cheapest.
//! Source: karpenter.sh, "Scheduling" and "`NodePools`"; `pkg/controllers/provisioning/scheduling`.

use super::packing::{Packing, pack};
use super::{Autoscaler, Demand, Growth, Offer};
use crate::units::{Duration, Time};

const IDLE: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(10);

/// It.
#[derive(Clone, Copy, Debug)]
pub(super) struct Karpenter;

impl Autoscaler for Karpenter {
    fn due(&self, first: Time, last: Time) -> Time {
        (last + IDLE).min(first + LONGEST)
    }

    fn grow(&self, offers: &[Offer], demands: &[Demand<'_>]) -> Vec<Growth> {
        let mut demands = demands.to_vec();
        let mut offers = offers.to_vec();
        let mut grown: Vec<Growth> = Vec::new();
        while let Some((number, packing)) = cheapest(&offers, &demands) {
            for (demand, placed) in demands.iter_mut().zip(&packing.placed) {
                demand.count -= placed;
            }
            let offer = &mut offers[number];
            offer.room -= 1;
            match grown.iter_mut().find(|it| it.pool == offer.pool) {
                Some(growth) => growth.nodes += 1,
                None => grown.push(Growth {
                    pool: offer.pool,
                    nodes: 1,
                }),
            }
        }
        grown
    }

    /// Whatever fits elsewhere moves, however full its node is.
    fn needed_from(&self) -> f64 {
        f64::INFINITY
    }

    fn replaces(&self) -> bool {
        true
    }
}

/// The pool of the next node and what is on it.
fn cheapest(offers: &[Offer], demands: &[Demand<'_>]) -> Option<(usize, Packing)> {
    let one = |offer: &Offer, demands: &[Demand<'_>]| {
        pack(offer.pool, offer.allocatable, offer.room.min(1), demands)
    };
    let count = |packing: &Packing| packing.placed.iter().sum::<u64>();
    let fullest = offers.iter().map(|offer| one(offer, demands));
    let fullest = fullest.reduce(|best, next| {
        if count(&best) < count(&next) {
            next
        } else {
            best
        }
    })?;
    if count(&fullest) == 0 {
        return None;
    }
    let held: Vec<Demand<'_>> = demands
        .iter()
        .zip(&fullest.placed)
        .map(|(demand, &count)| Demand { count, ..*demand })
        .collect();
    let able = offers.iter().enumerate().filter_map(|(number, offer)| {
        let packing = one(offer, &held);
        (packing.placed == fullest.placed).then_some((offer.price, number, packing))
    });
    let best = able.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))?;
    Some((best.1, best.2))
}
