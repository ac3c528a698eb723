//! From the text of a scenario to the model, with diagnostics for people.
//!
//! The way is text → table with places (`toml`) → merged into what it extends (`extends.rs`) →
//! templates made for each row (`for_each/`) → changes by `--set` (`overrides.rs`) → spec, a mirror of the file (`spec/`, read by `recover.rs`, which collects what is wrong with its form) →
//! model (`resolve/`, which collects what is wrong with its meaning). A TOML syntax error is shown
//! alone; otherwise all problems are shown at once, in the order of the file.
//!
//! Several scenarios come out of one file where values are varied (`vary/`): each point is the parsed
//! table with further changes, read and checked like the scenario itself.
//!
//! Only what this version can simulate is accepted: anything else is an unknown key or an unknown
//! choice, never accepted and ignored. The one exception is Spark's own properties, of which those
//! that are not modelled come back as notes.
//!
//! # Properties of imported applications
//!
//! A property whose name is within two edits of one of Spark's is an error, except in an
//! application that has a stage with `recorded` task times: that comes from an event log, the
//! properties are a fact and not a wish, and its unknown names are listed as not modelled.

mod clock;
mod diagnostic;
mod extends;
mod for_each;
mod load;
mod located;
mod nearest;
mod overrides;
mod recover;
mod resolve;
mod schema;
mod settings;
mod source;
mod spark_properties;
mod spec;
mod units_spec;
mod vary;

pub(crate) use diagnostic::Diagnostic;
pub(crate) use load::wrong;
pub use load::{LoadError, Loaded, load, load_points, load_points_text, load_text};
pub(crate) use located::Span;
pub(crate) use nearest::nearest;
pub use schema::schema;
pub use settings::settings;
pub(crate) use source::Sources;
pub(crate) use spark_properties::near_miss;
pub use vary::{Dimension, Point, Points, Variation, short_paths};

#[cfg(test)]
mod tests;
