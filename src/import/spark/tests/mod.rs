//! Tests of the importer as a whole, on small logs made here and on the recorded ones that come
//! with the scenarios.

mod codecs;
mod damage;
mod log;
mod recorded;
mod replay;
mod sources;
mod versions;
