//! One after the other: each takes as much of its claim as there still is.

use super::claim::Amounts;
use super::fill::{Filled, Lane};

/// Grants lanes in this order what is left of `capacity` once all have what they have from the
/// beginning; a lane for which nothing more is wanted stays at that.
pub(super) fn in_turn(
    lanes: &[Lane],
    order: impl IntoIterator<Item = usize>,
    capacity: &Amounts,
) -> Vec<Filled> {
    let mut left = *capacity;
    take(&mut left, lanes.iter().map(|lane| (lane, lane.least)));
    let mut filled: Vec<Filled> = lanes
        .iter()
        .map(|lane| Filled {
            part: lane.least,
            scarce: None,
        })
        .collect();
    for index in order {
        let lane = &lanes[index];
        let wanted = 1.0 - lane.least;
        let parts = lane.demand.iter().zip(&left).enumerate();
        let parts = parts
            .filter(|(_, (demand, _))| 0.0 < **demand)
            .map(|(kind, (demand, left))| (left / demand, Some(kind)));
        let (more, scarce) =
            parts.fold(
                (wanted, None),
                |least, part| {
                    if part.0 < least.0 { part } else { least }
                },
            );
        take(&mut left, [(lane, more)]);
        let part = if scarce.is_none() {
            1.0
        } else {
            lane.least + more
        };
        filled[index] = Filled { part, scarce };
    }
    filled
}

/// Takes parts of lanes away from what is left.
pub(super) fn take<'l>(left: &mut Amounts, parts: impl IntoIterator<Item = (&'l Lane, f64)>) {
    for (lane, part) in parts {
        for (left, demand) in left.iter_mut().zip(&lane.demand) {
            *left = (*left - part * demand).max(0.0);
        }
    }
}
