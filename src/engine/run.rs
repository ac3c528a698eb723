//! The run loop: take the next event, let it happen, until the end.

use super::{Calendar, Ranked};

/// Whether the run goes on after an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// There is more to come.
    Continue,
    /// The run has ended.
    Stop,
}

/// Something that events happen to.
pub trait Simulation {
    /// What happens.
    type Event: Ranked;

    /// Where its pending events are kept.
    fn calendar(&mut self) -> &mut Calendar<Self::Event>;

    /// Lets one event happen, with everything that follows from it at the same instant.
    fn happen(&mut self, event: Self::Event) -> Flow;
}

/// Runs until an event stops the run or nothing is pending. Answers which of the two it was.
pub fn run(simulation: &mut impl Simulation) -> Flow {
    while let Some((_, event)) = simulation.calendar().pop() {
        if simulation.happen(event) == Flow::Stop {
            return Flow::Stop;
        }
    }
    Flow::Continue
}
