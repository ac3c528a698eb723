//! `apps.NAME.compression`: how many times as large data are as what becomes of them where Spark
//! compresses them.
//!
//! Sizes of what is shuffled are those of the files and of the wire, as Spark's own figures are: as
//! compressed as Spark is told to. Where `spark.shuffle.compress` is off they are larger by the
//! factor. `task-memory` is what data take in memory: `spark.shuffle.spill.compress` makes what is
//! spilled of them smaller.

use super::conf_values::Reader;
use crate::id::{Id, IdVec, StageId};
use crate::model::{SparkConf, Stage};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::spec::AppSpec;
use crate::units::Bytes;

/// Data are compressed by no more than this.
const MOST: f64 = 1000.0;

/// Fills in what compression makes of the sizes of an application, whose stages are those from `own`
/// on.
pub(crate) fn resolve(
    app: &AppSpec,
    (conf, stages, own): (&mut SparkConf, &mut IdVec<StageId, Stage>, usize),
    reader: &mut Reader<'_, '_, '_>,
) {
    let Some(given) = &app.compression else {
        return;
    };
    if !(1.0..=MOST).contains(&given.value) {
        reader.context.problem(
            Diagnostic::at(given.span, "not what compression makes of data")
                .label(format!("a number from 1 to {MOST}, not {}", given.value))
                .help("`compression = 3` is data three times as large as what is written of them"),
        );
        return;
    }
    if reader.flag("spark.shuffle.spill.compress").unwrap_or(true) {
        conf.data.spill_compression = given.value;
    }
    if reader.flag("spark.shuffle.compress").unwrap_or(true) {
        return;
    }
    for id in (own..stages.len()).map(StageId::new) {
        if let Some(data) = &mut stages[id].data {
            data.shuffle_write = expanded(data.shuffle_write, given.value);
        }
    }
}

/// What was so large compressed.
fn expanded(size: Bytes, factor: f64) -> Bytes {
    Bytes((size.0 as f64 * factor) as u64)
}
