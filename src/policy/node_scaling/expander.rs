//! Which of several pools grows: Cluster Autoscaler's expanders. Of equals the first pool by name
//! wins, where the original draws.

use super::Offer;
use super::packing::Packing;
use crate::model::ExpanderKind;

/// A pool and what its growth would hold.
type Candidate = (Offer, Packing);

/// The one that the expander likes best.
pub(super) fn choose(kind: ExpanderKind, options: &[Candidate]) -> Option<&Candidate> {
    let badness = |option: &Candidate| match kind {
        ExpanderKind::LeastWaste => waste(option),
        ExpanderKind::Priority => -f64::from(option.0.priority),
        ExpanderKind::Cheapest => cost(option),
    };
    options
        .iter()
        .min_by(|a, b| badness(a).total_cmp(&badness(b)))
}

/// `least-waste`: the mean of the shares of processor and memory that would be left over.
fn waste((offer, packing): &Candidate) -> f64 {
    let left = |requested: u64, each: u64| {
        let all = each as f64 * f64::from(packing.nodes);
        if all > 0.0 {
            1.0 - requested as f64 / all
        } else {
            0.0
        }
    };
    let cpu = left(packing.requested.cpu.0, offer.allocatable.cpu.0);
    let memory = left(packing.requested.memory.0, offer.allocatable.memory.0);
    f64::midpoint(cpu, memory)
}

/// `cheapest`: what the new nodes cost for each core that is asked for on them.
fn cost((offer, packing): &Candidate) -> f64 {
    let cores = packing.requested.cpu.as_cores();
    offer.price * f64::from(packing.nodes) / cores.max(f64::MIN_POSITIVE)
}
