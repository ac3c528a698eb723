//! Spark applications: driver, executors, jobs, stages, tasks.
//!
//! An application is submitted by an effect ([`Submit`](crate::effect::Effect::Submit)). It asks
//! the cluster for a driver container, then for executors, and runs its jobs; its caller is told of
//! the end ([`ApplicationEnded`](crate::effect::Effect::ApplicationEnded)).
//!
//! A workflow runs several applications, each when those that it comes after have ended.
//!
//! Three words are kept apart: a **submission** is a running application with its driver and
//! executors; an **execution** is one run through the application's jobs, which is the whole of a
//! per-submission application and one of many in a shared one; a **job run** is one job of an
//! execution.
//!
//! # Invariants
//! * A stage starts when its parents are done; a job when the jobs that it comes after have ended
//!   and the driver has done what precedes it.
//! * No executor has a free slot while a task waits in the same application, unless the task waits
//!   for a place nearer to its data.
//! * Tasks launched = tasks ended + tasks in slots.
//!
//! * Where results can be lost a stage remembers where each of them is; elsewhere it only counts.
//!
//! # Not modelled
//! Push-based shuffles, barrier stages, resource profiles. Properties that ask for them are listed as
//! not modelled when the scenario is read.

mod application;
mod books;
mod data;
mod executors;
mod scheduling;
mod state;
mod tasks;

pub use state::Spark;
