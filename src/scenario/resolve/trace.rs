//! Recorded arrivals: a CSV file, read row by row into columns of numbers.
//!
//! Only what the simulation needs is kept, eight bytes for a time and less for a name, so a trace of
//! ten million arrivals takes 80 MB. The first thing wrong is shown in its line, and reading stops.

use super::Context;
use super::services::Services;
use super::tables;
use crate::files;
use crate::id::{ClassId, EndpointId, ServiceId};
use crate::model::{Target, Trace};
use crate::scenario::diagnostic::{Diagnostic, Excerpt};
use crate::scenario::located::{Located, Span};
use crate::scenario::nearest::{nearest, quoted_list};
use crate::scenario::spec::{ScenarioSpec, TraceSpec};
use crate::units::{Duration, Time};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::path::Path;

/// A line that is shown is cut here.
const SHOWN: u64 = 400;

/// What the rows of a trace may name.
#[derive(Debug)]
pub(super) struct Names<'a> {
    /// What the workload sends to; `None`: that has a problem, which has been told.
    pub(super) target: Option<Target>,
    /// Whether the workload has a `class`.
    pub(super) class: Option<Span>,
    /// The scenario.
    pub(super) spec: &'a ScenarioSpec,
    /// Its services.
    pub(super) services: &'a Services,
}

/// The columns that are read besides the times.
struct Columns {
    time: usize,
    size: Option<usize>,
    endpoint: Option<usize>,
    class: Option<usize>,
}

/// Why a row cannot be used: of which column, and what is wrong there.
struct Fault {
    column: Option<usize>,
    message: String,
    label: String,
}

/// A recorded trace.
pub(super) fn resolve(
    spec: &TraceSpec,
    names: &Names<'_>,
    context: &mut Context<'_>,
) -> Option<Trace> {
    if !fits(spec, names, context) {
        return None;
    }
    let path = context.path_of(&spec.file);
    let file = match files::open(&path) {
        Ok(file) => file,
        Err(error) => {
            context.problem(tables::unreadable(&spec.file, &error));
            return None;
        }
    };
    let mut reader = csv::ReaderBuilder::new().from_reader(BufReader::new(file));
    let headers = match reader.headers() {
        Ok(headers) => headers.clone(),
        Err(error) => return tables::report(&spec.file, error.to_string(), context),
    };
    let mut optional = |name: &Option<Located<String>>| match name {
        Some(name) => find(&headers, &spec.file, name, context).map(Some),
        None => Some(None),
    };
    let (size, endpoint, class) = (
        optional(&spec.size),
        optional(&spec.endpoint),
        optional(&spec.class),
    );
    let columns = Columns {
        time: find(&headers, &spec.file, &spec.column, context)?,
        size: size?,
        endpoint: endpoint?,
        class: class?,
    };
    match read(&mut reader, &columns, names) {
        Ok(trace) if trace.times.is_empty() => {
            context.problem(
                Diagnostic::at(spec.file.span, format!("`{}` has no rows", spec.file.value))
                    .label("nothing would arrive"),
            );
            None
        }
        Ok(trace) => told_apart(trace, spec, names.services, context),
        Err((position, fault)) => {
            let excerpt = excerpt(&path, &position, &fault);
            let message = format!("`{}` cannot be used: {}", spec.file.value, fault.message);
            context.problem(
                Diagnostic::at(spec.file.span, message)
                    .label("named here")
                    .excerpt(excerpt),
            );
            None
        }
    }
}

/// A trace whose requests cannot be mistaken for the calls that they lead to.
fn told_apart(
    trace: Trace,
    spec: &TraceSpec,
    services: &Services,
    context: &mut Context<'_>,
) -> Option<Trace> {
    let targets: BTreeSet<EndpointId> = trace.endpoints.iter().flatten().copied().collect();
    let mut reached: Vec<EndpointId> = targets.iter().copied().collect();
    let mut next = 0;
    while let Some(&caller) = reached.get(next) {
        next += 1;
        for call in services.endpoints[caller].calls.iter().flatten() {
            if targets.contains(&call.endpoint) {
                let name = |id: EndpointId| &services.endpoints[id].name;
                let (callee, file) = (name(call.endpoint), &spec.file.value);
                context.problem(
                    Diagnostic::at(
                        spec.endpoint.as_ref().map_or(spec.file.span, |it| it.span),
                        format!(
                            "rows of `{file}` are for `{callee}`, which `{}` calls",
                            name(caller)
                        ),
                    )
                    .label("requests could not be told from calls")
                    .help("send them from a workload of their own"),
                );
                return None;
            }
            if !reached.contains(&call.endpoint) {
                reached.push(call.endpoint);
            }
        }
    }
    Some(trace)
}

/// Whether the columns mean something for this workload.
fn fits(spec: &TraceSpec, names: &Names<'_>, context: &mut Context<'_>) -> bool {
    let mut good = true;
    if let Some(Target::App(_) | Target::Workflow(_)) = names.target {
        let columns = [
            ("size", &spec.size),
            ("endpoint", &spec.endpoint),
            ("class", &spec.class),
        ];
        for (key, column) in columns {
            if let Some(column) = column {
                let message = format!("`{key}` has no meaning for submissions");
                context.problem(Diagnostic::at(column.span, message).label("they are all alike"));
                good = false;
            }
        }
    }
    if let (Some(span), Some(_)) = (names.class, &spec.class) {
        context.problem(
            Diagnostic::at(span, "the rows of the trace have classes of their own")
                .label("leave out one of the two"),
        );
        good = false;
    }
    good
}

/// The position of the column called `name`.
fn find(
    headers: &csv::StringRecord,
    file: &Located<String>,
    name: &Located<String>,
    context: &mut Context<'_>,
) -> Option<usize> {
    let found = headers
        .iter()
        .position(|header| header.trim() == name.value);
    if found.is_none() {
        context.problem(tables::no_column(headers, file, name));
    }
    found
}

type At = csv::Position;

fn read<R: std::io::Read>(
    reader: &mut csv::Reader<R>,
    columns: &Columns,
    names: &Names<'_>,
) -> Result<Trace, (At, Fault)> {
    let mut trace = Trace {
        times: Vec::new(),
        sizes: columns.size.map(|_| Vec::new()),
        endpoints: columns.endpoint.map(|_| Vec::new()),
        classes: columns.class.map(|_| Vec::new()),
    };
    let endpoints = names.endpoints();
    let classes = names.spec.classes.names();
    let mut record = csv::StringRecord::new();
    loop {
        let before = reader.position().clone();
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(trace),
            Err(error) => {
                let at = error.position().cloned().unwrap_or(before);
                let message = match error.kind() {
                    csv::ErrorKind::UnequalLengths {
                        expected_len, len, ..
                    } => format!("{len} fields, and the header has {expected_len}"),
                    csv::ErrorKind::Utf8 { .. } => "text that is not UTF-8".to_owned(),
                    _ => error.to_string(),
                };
                return Err((at, Fault::of_row(message)));
            }
        }
        let at = || {
            record
                .position()
                .cloned()
                .unwrap_or_else(csv::Position::new)
        };
        let field = |column: usize| record.get(column).unwrap_or_default().trim();
        time(field(columns.time), trace.times.last())
            .map(|time| trace.times.push(time))
            .map_err(|fault| (at(), fault.in_column(columns.time)))?;
        if let (Some(column), Some(sizes)) = (columns.size, &mut trace.sizes) {
            let size = tables::seconds(field(column));
            let size = size.map_err(|reason| (at(), Fault::of(column, "a size", reason)))?;
            sizes.push(Duration::from_seconds(size));
        }
        if let (Some(column), Some(found)) = (columns.endpoint, &mut trace.endpoints) {
            let name = field(column);
            let known = endpoints.iter().find(|(known, _)| *known == name);
            let known = known.ok_or_else(|| {
                let known: Vec<_> = endpoints.iter().map(|(known, _)| *known).collect();
                (at(), Fault::unknown(column, "endpoint", name, &known))
            })?;
            found.push(known.1);
        }
        if let (Some(column), Some(found)) = (columns.class, &mut trace.classes) {
            let name = field(column);
            let position = classes.iter().position(|known| *known == name);
            found.push(match position {
                Some(position) => ClassId(position as u32 + 1),
                None if name.is_empty() => ClassId(0),
                None => return Err((at(), Fault::unknown(column, "class", name, &classes))),
            });
        }
    }
}

/// The time of a row, which is not before the one above.
fn time(text: &str, above: Option<&Time>) -> Result<Time, Fault> {
    let time = match tables::seconds(text) {
        Ok(seconds) => Time::ZERO + Duration::from_seconds(seconds),
        Err(reason) => return Err(Fault::of(0, "a time", reason)),
    };
    match above {
        Some(above) if time < *above => Err(Fault {
            column: None,
            message: "its rows are not in the order of time".to_owned(),
            label: format!("earlier than the row above, {above}"),
        }),
        _ => Ok(time),
    }
}

impl Names<'_> {
    /// The endpoints of the target's service by name.
    fn endpoints(&self) -> Vec<(&str, EndpointId)> {
        let Some(Target::Endpoint(target)) = self.target else {
            return Vec::new();
        };
        let service: ServiceId = self.services.endpoints[target].service;
        let endpoints = self.services.endpoints.enumerate();
        endpoints
            .filter(|(_, endpoint)| endpoint.service == service)
            .map(|(id, endpoint)| (endpoint.name.as_str(), id))
            .collect()
    }
}

impl Fault {
    fn of_row(reason: String) -> Self {
        Self {
            column: None,
            label: reason,
            message: "a row is damaged".to_owned(),
        }
    }

    fn of(column: usize, what: &str, reason: String) -> Self {
        Self {
            column: Some(column),
            message: format!("{what} is wrong"),
            label: reason,
        }
    }

    fn unknown(column: usize, kind: &str, name: &str, known: &[&str]) -> Self {
        let label = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "there is none".to_owned(),
            None => format!("there is {}", quoted_list(known.iter().copied())),
        };
        Self {
            column: Some(column),
            message: format!("there is no {kind} named `{name}`"),
            label,
        }
    }

    fn in_column(self, column: usize) -> Self {
        Self {
            column: Some(column),
            ..self
        }
    }
}

/// The line at `position` of the file, with what is wrong underlined.
fn excerpt(path: &Path, position: &csv::Position, fault: &Fault) -> Excerpt {
    let mut line = Vec::new();
    let mut number = position.line() as usize;
    if let Ok(file) = files::open(path) {
        let mut reader = BufReader::new(file);
        let mut found = reader.seek(SeekFrom::Start(position.byte())).is_ok();
        // A row begins after the one before it, so empty lines may come first. A line that cannot be
        // read again is shown empty: its number says enough.
        while found {
            line.clear();
            let rest = std::io::Read::take(&mut reader, SHOWN).read_until(b'\n', &mut line);
            let empty = line.iter().all(|byte| b"\r\n".contains(byte));
            found = empty && rest.is_ok_and(|length| length > 0);
            number += usize::from(found);
        }
    }
    let text = String::from_utf8_lossy(&line);
    let text = text.trim_end_matches(['\r', '\n']).to_owned();
    let whole = 0..text.len();
    let range = fault.column.map_or(whole, |column| cell(&text, column));
    Excerpt {
        path: path.display().to_string(),
        line: number,
        text,
        range,
        label: fault.label.clone(),
    }
}

/// Where a cell stands in its line.
fn cell(line: &str, column: usize) -> std::ops::Range<usize> {
    let mut quoted = false;
    let mut bounds = vec![0];
    for (index, character) in line.char_indices() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => bounds.extend([index, index + 1]),
            _ => {}
        }
    }
    bounds.push(line.len());
    match bounds.chunks_exact(2).nth(column) {
        Some(&[start, end]) => start..end,
        _ => 0..line.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_found_between_commas_outside_of_quotes() {
        let line = "1.5,\"a,b\",,é";
        let found: Vec<&str> = (0..4).map(|column| &line[cell(line, column)]).collect();
        assert_eq!(found, ["1.5", "\"a,b\"", "", "é"]);
        assert_eq!(cell(line, 9), 0..line.len());
    }
}
