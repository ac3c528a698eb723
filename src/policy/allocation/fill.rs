//! Progressive filling: all shares grow, each at its own speed, until something stops them.
//!
//! A level rises from 0. At level λ a lane has the part `min(1, max(least, λ·speed))` of its
//! demand, unless something that it needs has run out before: then it stays where it was, and the
//! others go on. The result is max-min fair in part/speed (D. Bertsekas and R. Gallager, Data
//! Networks, 2nd ed. 1992, section 6.5.2; for several kinds of resources A. Ghodsi and others,
//! Dominant Resource Fairness, NSDI 2011, algorithm 1 in the limit of tiny tasks). It is exact: the
//! level jumps from one lane's start or end, or the end of one resource, to the next.

use super::claim::{Amounts, KINDS};

/// Somebody whose share grows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lane {
    /// What the whole of it needs.
    pub(super) demand: Amounts,
    /// Part of its demand for each unit of the level; above 0.
    pub(super) speed: f64,
    /// The part that it has from the beginning, at most 1.
    pub(super) least: f64,
}

/// How far a lane has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Filled {
    /// The part of its demand that it has.
    pub(super) part: f64,
    /// The kind that ran out; `None`: it has all.
    pub(super) scarce: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// What it has from the beginning is more than the level gives.
    Ahead,
    Growing,
    Ended,
}

/// Fills the lanes from `capacity`, in the order of their numbers where there is one; what they have
/// from the beginning must be there.
pub(super) fn fill(lanes: &[Lane], capacity: &Amounts) -> Vec<Filled> {
    let mut filling = Filling::new(lanes, capacity);
    let mut changes: Vec<(f64, usize)> = Vec::with_capacity(2 * lanes.len());
    for (index, lane) in lanes.iter().enumerate() {
        if filling.states[index] == State::Ahead {
            changes.push((lane.least / lane.speed, index));
            changes.push((1.0 / lane.speed, index));
        }
    }
    changes.sort_by(|one, other| one.0.total_cmp(&other.0));
    for (level, index) in changes {
        while let Some((scarce, at)) = filling.next_end(level) {
            filling.rise(at);
            filling.end_kind(scarce);
        }
        filling.rise(level);
        match filling.states[index] {
            State::Ahead => filling.begin(index),
            State::Growing => filling.end(index, 1.0, None),
            State::Ended => {}
        }
    }
    filling.filled
}

/// The lanes while they fill.
struct Filling<'l> {
    lanes: &'l [Lane],
    states: Vec<State>,
    filled: Vec<Filled>,
    level: f64,
    /// What is left of each kind at `level`.
    left: Amounts,
    /// By how much that falls while the level rises by 1, and how many lanes take part.
    growth: Amounts,
    growing: [u32; KINDS],
}

impl<'l> Filling<'l> {
    fn new(lanes: &'l [Lane], capacity: &Amounts) -> Self {
        let mut left = *capacity;
        let mut states = Vec::with_capacity(lanes.len());
        for lane in lanes {
            let wants = lane.demand.iter().any(|demand| 0.0 < *demand);
            states.push(if wants && lane.least < 1.0 {
                State::Ahead
            } else {
                State::Ended
            });
            for (left, demand) in left.iter_mut().zip(&lane.demand) {
                *left = (*left - lane.least * demand).max(0.0);
            }
        }
        let all = |(lane, state): (&Lane, &State)| Filled {
            part: if *state == State::Ended {
                1.0
            } else {
                lane.least
            },
            scarce: None,
        };
        Self {
            filled: lanes.iter().zip(&states).map(all).collect(),
            lanes,
            states,
            level: 0.0,
            left,
            growth: [0.0; KINDS],
            growing: [0; KINDS],
        }
    }

    /// The kind that runs out first, at `level` or before, and where.
    fn next_end(&self, level: f64) -> Option<(usize, f64)> {
        let growing = (0..KINDS).filter(|&kind| 0 < self.growing[kind]);
        let ends = growing.map(|kind| (kind, self.level + self.left[kind] / self.growth[kind]));
        let first = ends.min_by(|one, other| one.1.total_cmp(&other.1))?;
        (first.1 <= level).then_some(first)
    }

    fn rise(&mut self, level: f64) {
        for kind in 0..KINDS {
            if 0 < self.growing[kind] {
                let taken = self.growth[kind] * (level - self.level);
                self.left[kind] = (self.left[kind] - taken).max(0.0);
            }
        }
        self.level = level;
    }

    fn begin(&mut self, index: usize) {
        self.states[index] = State::Growing;
        self.add_growth(index, 1.0);
    }

    fn end(&mut self, index: usize, part: f64, scarce: Option<usize>) {
        if self.states[index] == State::Growing {
            self.add_growth(index, -1.0);
        }
        self.states[index] = State::Ended;
        self.filled[index] = Filled { part, scarce };
    }

    fn add_growth(&mut self, index: usize, sign: f64) {
        let lane = &self.lanes[index];
        for kind in 0..KINDS {
            if 0.0 < lane.demand[kind] {
                self.growth[kind] += sign * lane.speed * lane.demand[kind];
                self.growing[kind] = if sign > 0.0 {
                    self.growing[kind] + 1
                } else {
                    self.growing[kind] - 1
                };
            }
        }
    }

    /// A kind has run out: whoever needs it stays where it is.
    fn end_kind(&mut self, kind: usize) {
        self.left[kind] = 0.0;
        for (index, lane) in self.lanes.iter().enumerate() {
            if 0.0 < lane.demand[kind] && self.states[index] != State::Ended {
                let part = match self.states[index] {
                    State::Growing => (self.level * lane.speed).clamp(lane.least, 1.0),
                    _ => lane.least,
                };
                self.end(index, part, Some(kind));
            }
        }
        // What is left of sums that were added to and taken from is rounding.
        self.growth[kind] = 0.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two links of 1 and 2; one flow over both, one over each (Bertsekas and Gallager): 1/2, 1/2 and
    /// 3/2. Proportional fairness (F. Kelly, A. Maulloo and D. Tan 1998) would give the long flow
    /// less, 1 − 1/√3, which is more by its own measure, the product of all rates.
    #[test]
    fn flows_over_two_links_are_max_min_fair_and_not_proportionally_fair() {
        let flow = |[one, other]: [f64; 2]| Lane {
            demand: [one, other, 0.0, 0.0],
            speed: 1.0,
            least: 0.0,
        };
        // A hundred units of each flow, so that nobody is ever full.
        let flows = [flow([100.0, 100.0]), flow([100.0, 0.0]), flow([0.0, 100.0])];
        let filled = fill(&flows, &[1.0, 2.0, 0.0, 0.0]);
        let rates: Vec<f64> = filled.iter().map(|filled| 100.0 * filled.part).collect();
        for (rate, expected) in rates.iter().zip([0.5, 0.5, 1.5]) {
            assert!((rate - expected).abs() < 1e-12, "{rates:?}");
        }
        assert_eq!(filled[2].scarce, Some(1));
        let long = 1.0 - 1.0 / 3.0_f64.sqrt();
        let proportional = [long, 1.0 - long, 2.0 - long];
        let welfare = [rates.iter().product::<f64>(), proportional.iter().product()];
        assert!(welfare[0] < welfare[1], "{welfare:?}");
    }
}
