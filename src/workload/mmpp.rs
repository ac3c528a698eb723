//! Arrivals at a rate that changes at random: a Markov-modulated Poisson process.
//!
//! The states follow each other in the order in which they are given, then from the front; each
//! lasts for an exponential time. In the long run a state has the share of its mean sojourn, and the
//! process starts so. W. Fischer and K. Meier-Hellstern, "The Markov-modulated Poisson process
//! (MMPP) cookbook", Performance Evaluation 18, 1993.

use crate::model::MmppState;
use crate::random::{Sequence, Word};
use crate::units::{Duration, Time};

/// A modulated process on its way.
#[derive(Debug)]
pub(super) struct Mmpp {
    states: Vec<MmppState>,
    /// The state now.
    state: usize,
    /// When it ends.
    until: Time,
    words: Sequence,
    sojourns: Sequence,
}

impl Mmpp {
    /// The process in a state of the long run.
    pub(super) fn new(states: &[MmppState], words: Sequence, mut sojourns: Sequence) -> Self {
        let total: f64 = states.iter().map(|state| state.mean_sojourn).sum();
        let mut rest = total * sojourns.word().uniform();
        let mut state = 0;
        while state + 1 < states.len() && states[state].mean_sojourn <= rest {
            rest -= states[state].mean_sojourn;
            state += 1;
        }
        // What is left of an exponential sojourn is exponential.
        let until = Time::ZERO + sojourn(&states[state], sojourns.word());
        Self {
            states: states.to_vec(),
            state,
            until,
            words,
            sojourns,
        }
    }

    /// The arrival after the one at `now`.
    pub(super) fn next(&mut self, now: Time) -> Option<Time> {
        let mut missing = self.words.word().exponential();
        let mut at = now;
        loop {
            let rate = self.states[self.state].rate.0;
            let reached = rate * (self.until - at).seconds();
            if missing < reached {
                let time = at + Duration::from_seconds(missing / rate);
                return Some(time.min(self.until));
            }
            if self.until == Time::MAX {
                return None;
            }
            missing -= reached;
            at = self.until;
            self.state = (self.state + 1) % self.states.len();
            self.until = at + sojourn(&self.states[self.state], self.sojourns.word());
        }
    }
}

fn sojourn(state: &MmppState, word: Word) -> Duration {
    Duration::from_seconds(state.mean_sojourn * word.exponential())
}
