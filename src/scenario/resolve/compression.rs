//! `apps.NAME.compression`: how many times as large data are as what becomes of them where Spark
//! compresses them.
//!
//! Sizes of what is shuffled are those of the files and of the wire, as Spark's own figures are: as
//! compressed as Spark is told to. Where `spark.shuffle.compress` is off they are larger by the
//! factor; so is a broadcast where `spark.broadcast.compress` is off. `task-memory` is what data take in memory: `spark.shuffle.spill.compress` makes what is
//! spilled of them smaller.

use super::conf_values::Reader;
use crate::id::{IdVec, StageId};
use crate::model::{SparkConf, Stage, StageData};
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
    for data in data_of(stages, own) {
        if let Some(sent) = &mut data.broadcast {
            // Its blocks and the value that they make.
            sent.held = sent.size + sent.size;
        }
    }
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
    let (shuffle, broadcast) = (
        reader.flag("spark.shuffle.compress").unwrap_or(true),
        reader.flag("spark.broadcast.compress").unwrap_or(true),
    );
    for data in data_of(stages, own) {
        if !shuffle {
            data.shuffle_write = expanded(data.shuffle_write, given.value);
        }
        if let Some(sent) = &mut data.broadcast {
            let value = expanded(sent.size, given.value);
            if !broadcast {
                sent.size = value;
            }
            sent.held = sent.size + value;
        }
    }
}

fn data_of(stages: &mut IdVec<StageId, Stage>, own: usize) -> impl Iterator<Item = &mut StageData> {
    let stages = stages.iter_mut().skip(own);
    stages.filter_map(|stage| stage.data.as_deref_mut())
}

/// What was so large compressed.
fn expanded(size: Bytes, factor: f64) -> Bytes {
    Bytes((size.0 as f64 * factor) as u64)
}
