//! `cluster-autoscaler`: Kubernetes' Cluster Autoscaler.
//!
//! It looks every 10 s (`--scan-interval`), and each time enlarges one pool, the one that its expander
//! likes, by as many nodes as the containers that would fit there need. A node is not needed when its
//! requests are below half of what it offers (`--scale-down-utilization-threshold`). Source: the
//! project's FAQ, "How does scale-up work?", "How does scale-down work?".

use super::packing::pack;
use super::{Autoscaler, Demand, Growth, Offer, expander};
use crate::model::ExpanderKind;
use crate::units::{Duration, Time};

const SCAN_INTERVAL: Duration = Duration::from_secs(10);

/// It and how it chooses.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClusterAutoscaler {
    pub(super) expander: ExpanderKind,
}

impl Autoscaler for ClusterAutoscaler {
    fn due(&self, _first: Time, last: Time) -> Time {
        let interval = SCAN_INTERVAL.nanos();
        Time::from_nanos(last.nanos().next_multiple_of(interval))
    }

    fn grow(&self, offers: &[Offer], demands: &[Demand<'_>]) -> Vec<Growth> {
        let packings = offers.iter().map(|offer| {
            (
                *offer,
                pack(offer.pool, offer.allocatable, offer.room, demands),
            )
        });
        let options: Vec<_> = packings.filter(|(_, packing)| packing.nodes > 0).collect();
        let chosen = expander::choose(self.expander, &options);
        let growth = chosen.map(|(offer, packing)| Growth {
            pool: offer.pool,
            nodes: packing.nodes,
        });
        growth.into_iter().collect()
    }

    fn needed_from(&self) -> f64 {
        0.5
    }
}
