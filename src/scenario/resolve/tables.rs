//! CSV files that a scenario names: recorded task times and columns of values.
//!
//! Files are relative to the file that names them. A recording is read once however many stages use it.

use super::Context;
use crate::files::{self, FileError};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::nearest::{nearest, quoted_list};
use crate::scenario::spec;
use crate::units::Duration;
use std::collections::BTreeMap;
use std::error::Error as _;
use std::rc::Rc;

/// Recorded task times by stage number.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    stages: BTreeMap<u32, Vec<Row>>,
}

/// The column of the times where the scenario names none.
const DURATION: &str = "duration";

#[derive(Clone, Copy, Debug)]
struct Row {
    partition: u32,
    duration: Duration,
    not_before: Duration,
    line: u64,
}

/// What a recording says of a stage's tasks, by partition.
pub(crate) struct RecordedTasks {
    /// How long they take.
    pub(crate) times: Vec<Duration>,
    /// How long after the stage could begin they begin at the earliest; empty where the recording
    /// holds none back.
    pub(crate) not_before: Vec<Duration>,
}

/// The recorded times of a stage with `tasks` tasks, by partition.
pub(crate) fn recorded(
    spec: spec::Recording<'_>,
    tasks: u32,
    context: &mut Context<'_>,
) -> Option<RecordedTasks> {
    let recording = recording(spec.file, spec.column, context)?;
    let file = &spec.file.value;
    let stage = spec.stage.value;
    let Some(rows) = recording.stages.get(&stage) else {
        let known: Vec<String> = recording.stages.keys().map(u32::to_string).collect();
        context.problem(
            Diagnostic::at(spec.stage.span, format!("`{file}` has no stage {stage}"))
                .label("no row has this number in its column `stage`")
                .help(format!(
                    "it has {}",
                    quoted_list(known.iter().take(20).map(String::as_str))
                )),
        );
        return None;
    };
    let mut times: BTreeMap<u32, Row> = BTreeMap::new();
    for row in rows {
        let message = match times.insert(row.partition, *row) {
            None if row.partition < tasks => continue,
            Some(first) => format!(
                "`{file}`, line {}: partition {} of stage {stage} was already on line {}",
                row.line, row.partition, first.line
            ),
            None => format!(
                "`{file}`, line {}: stage {stage} has a partition {}, but `tasks` is {tasks}",
                row.line, row.partition
            ),
        };
        context.problem(
            Diagnostic::at(spec.file.span, message)
                .label(format!("each of 0 to {} must be there once", tasks - 1)),
        );
        return None;
    }
    if let Some(missing) = (0..tasks).find(|partition| !times.contains_key(partition)) {
        let last = rows.iter().map(|row| row.line).max().unwrap_or(0);
        context.problem(
            Diagnostic::at(
                spec.file.span,
                format!(
                    "`{file}` lacks partition {missing} of stage {stage}, whose rows end on line \
                     {last}"
                ),
            )
            .label(format!("{} of {tasks} tasks are there", times.len())),
        );
        return None;
    }
    let rows: Vec<Row> = times.into_values().collect();
    let not_before = if rows.iter().all(|row| row.not_before.is_zero()) {
        Vec::new()
    } else {
        rows.iter().map(|row| row.not_before).collect()
    };
    Some(RecordedTasks {
        times: rows.iter().map(|row| row.duration).collect(),
        not_before,
    })
}

/// All values of a column, in seconds.
pub(crate) fn column(
    file: &Located<String>,
    column: &Located<String>,
    context: &mut Context<'_>,
) -> Option<Vec<f64>> {
    let text = read(file, context)?;
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = match reader.headers() {
        Ok(headers) => headers.clone(),
        Err(error) => return report(file, error.to_string(), context),
    };
    let Some(index) = headers
        .iter()
        .position(|header| header.trim() == column.value)
    else {
        context.problem(no_column(&headers, file, column));
        return None;
    };
    let mut values = Vec::new();
    for record in reader.records() {
        let parsed = match record {
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                let field = record.get(index).unwrap_or_default();
                seconds(field).map_err(|reason| format!("line {line}: {reason}"))
            }
            Err(error) => Err(error.to_string()),
        };
        match parsed {
            Ok(value) => values.push(value),
            Err(reason) => return report(file, reason, context),
        }
    }
    Some(values)
}

/// The file has no such column.
pub(super) fn no_column(
    headers: &csv::StringRecord,
    file: &Located<String>,
    column: &Located<String>,
) -> Diagnostic {
    let label = match nearest(column, headers.iter()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "not in its header".to_owned(),
    };
    let known = quoted_list(headers.iter());
    Diagnostic::at(
        column.span,
        format!("`{}` has no column `{}`", file.value, column.value),
    )
    .label(label)
    .help(format!("it has {known}"))
}

/// The file cannot be read.
pub(super) fn unreadable(file: &Located<String>, error: &FileError) -> Diagnostic {
    let reason = error.source().map(ToString::to_string).unwrap_or_default();
    Diagnostic::at(file.span, format!("cannot read `{}`", error.path.display()))
        .label(reason)
        .help("files are looked for from the directory of the file that names them")
}

fn read(file: &Located<String>, context: &mut Context<'_>) -> Option<String> {
    match files::read_text(&context.path_of(file)) {
        Ok(text) => Some(text),
        Err(error) => {
            context.problem(unreadable(file, &error));
            None
        }
    }
}

/// Reports that a file is no use.
pub(super) fn report<T>(
    file: &Located<String>,
    reason: String,
    context: &mut Context<'_>,
) -> Option<T> {
    let message = format!("`{}` cannot be used", file.value);
    context.problem(Diagnostic::at(file.span, message).label(reason));
    None
}

fn recording(
    file: &Located<String>,
    column: Option<&Located<String>>,
    context: &mut Context<'_>,
) -> Option<Rc<Recording>> {
    let times = column.map_or(DURATION, |column| column.value.as_str());
    let key = (context.path_of(file), times.to_owned());
    if let Some(known) = context.recordings.get(&key) {
        return known.clone();
    }
    let recording = read(file, context).and_then(|text| match parse(&text, times) {
        Ok(recording) => Some(Rc::new(recording)),
        Err(reason) => report(file, reason, context),
    });
    context.recordings.insert(key, recording.clone());
    recording
}

fn parse(text: &str, times: &str) -> Result<Recording, String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|error| error.to_string())?.clone();
    let find = |name: &str| {
        headers
            .iter()
            .position(|header| header.trim() == name)
            .ok_or_else(|| {
                format!("line 1: no column `{name}`; `stage`, `partition` and `{times}` are needed")
            })
    };
    let (stage, partition, duration) = (find("stage")?, find("partition")?, find(times)?);
    let not_before = headers
        .iter()
        .position(|header| header.trim() == "not_before");
    let mut recording = Recording::default();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let field = |index| record.get(index).unwrap_or_default().trim();
        let whole = |index, what: &str| {
            let text: &str = field(index);
            text.parse::<u32>()
                .map_err(|_| format!("line {line}: {what} `{text}` is not a whole number"))
        };
        let time = |index| {
            seconds(field(index))
                .map(Duration::from_seconds)
                .map_err(|reason| format!("line {line}: {reason}"))
        };
        let row = Row {
            partition: whole(partition, "partition")?,
            duration: time(duration)?,
            not_before: not_before.map_or(Ok(Duration::ZERO), time)?,
            line,
        };
        let rows = recording.stages.entry(whole(stage, "stage")?);
        rows.or_default().push(row);
    }
    Ok(recording)
}

/// A number of seconds, or a duration with its unit.
pub(super) fn seconds(text: &str) -> Result<f64, String> {
    let text = text.trim();
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && 0.0 <= value => Ok(value),
        Ok(_) => Err(format!("duration `{text}` is not a time")),
        Err(_) => match text.parse::<Duration>() {
            Ok(duration) => Ok(duration.seconds()),
            Err(error) => Err(error.message),
        },
    }
}
