//! The points of a scenario: for each, the scenario with its changes, checked.

use super::axis::{Axis, Level, Tell, Tried, VARIANT, dotted};
use super::command::{Sampling, Vary};
use super::design;
use super::table::{self, Tables, Variant};
use crate::model::Model;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::overrides::{Change, ValueText};
use crate::scenario::source::Sources;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use toml::Spanned;
use toml::de::DeTable;

/// More points than this are taken for a mistake.
const MOST_POINTS: usize = 100_000;

/// What the command line asks for besides the scenario.
#[derive(Clone, Copy, Debug, Default)]
pub struct Variation<'a> {
    /// Changes that hold for every point: `PATH=VALUE` each.
    pub set: &'a [String],
    /// What is varied: `PATH=V1,V2` each; `variant=a,b` for variants.
    pub vary: &'a [String],
    /// Points that are drawn instead of all combinations: `random=64` or `latin-hypercube=64`.
    pub sample: Option<&'a str>,
    /// Whether the scenario's own `[sweep]` counts too; `vary` replaces its values path by path.
    pub sweep: bool,
}

/// A scenario and the points that are tried in it.
#[derive(Clone, Debug)]
pub struct Points {
    /// The scenario's name: its file's name without extension.
    pub scenario: String,
    /// The paths that are varied: a value beside each says what a point is.
    pub columns: Vec<String>,
    /// What is varied on its own; the last changes fastest.
    pub dimensions: Vec<Dimension>,
    /// Whether the points are all combinations of the dimensions' levels.
    pub grid: bool,
    /// The points, at least one.
    pub points: Vec<Point>,
}

/// Something that is varied on its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dimension {
    /// Its name: a path, `variant`, or `points` for a list of points.
    pub name: String,
    /// What was tried, in words; of a sample, what was drawn, in the order of the points.
    pub levels: Vec<String>,
}

/// A scenario with changes applied.
#[derive(Clone, Debug)]
pub struct Point {
    /// What tells it from the others: its values.
    pub name: String,
    /// Beside each column: the value; `None`: as it stands in the scenario.
    pub values: Vec<Option<String>>,
    /// Beside each dimension: which of its levels.
    pub coordinates: Vec<usize>,
    /// Its changes as `--set` takes them, those for all points left out.
    pub changes: Vec<String>,
    /// What the engine runs.
    pub model: Model,
    /// What was accepted and is not modelled, a sentence each.
    pub notes: Vec<String>,
}

/// Whether a change is of what is tried rather than of the scenario.
pub(crate) fn is_of_tables(change: &Change<'_>) -> bool {
    change.is_in("sweep") || change.is_in("variants")
}

/// Takes `[sweep]` and `[variants]` out of a parsed scenario.
pub(crate) fn prepare<'i>(
    root: &mut Spanned<DeTable<'i>>,
    sources: &Sources,
    problems: &mut Vec<Diagnostic>,
) -> Tables<'i> {
    let table = root.get_mut();
    let (sweep, variants) = (table.remove("sweep"), table.remove("variants"));
    table::read(sweep.as_ref(), variants.as_ref(), sources, problems)
}

/// What the points are made from.
#[derive(Debug)]
pub(crate) struct Plan<'p, 'i> {
    /// The scenario with the changes that hold for all points.
    pub(crate) root: &'p Spanned<DeTable<'i>>,
    /// What its tables say.
    pub(crate) tables: Tables<'i>,
    /// What the command line varies.
    pub(crate) vary: &'i [Vary],
    /// How it draws points.
    pub(crate) sample: Option<Sampling>,
    /// Whether the tables' axes count.
    pub(crate) sweep: bool,
}

/// A combination of values before it is a scenario.
struct Draft<'i> {
    values: Vec<Option<String>>,
    coordinates: Vec<usize>,
    changes: Vec<Tell<Change<'i>>>,
}

/// Makes the points of a scenario; `make` checks one.
pub(crate) fn expand(
    scenario: &str,
    plan: Plan<'_, '_>,
    problems: &mut Vec<Diagnostic>,
    mut make: impl FnMut(
        Spanned<DeTable<'_>>,
        &[Change<'_>],
        &mut Vec<Diagnostic>,
    ) -> Option<(Model, Vec<String>)>,
) -> Option<Points> {
    let Plan { tables, sample, .. } = plan;
    let sample = sample.or(tables.sample.filter(|_| plan.sweep));
    let from_file = if plan.sweep { tables.axes } else { Vec::new() };
    let axes = axes(from_file, plan.vary, &tables.variants, problems);
    check_sizes(&axes, sample, problems);
    if !problems.is_empty() {
        return None;
    }
    // Variants first, so that a value for one path wins over what a variant says of it.
    let mut order: Vec<usize> = (0..axes.len()).collect();
    order.sort_by_key(|&index| axes[index].name.value != VARIANT);
    let picks = picks(&axes, sample);
    let mut known = BTreeSet::new();
    let mut dimensions: Vec<Dimension> = axes.iter().map(dimension).collect();
    let mut points: Vec<Point> = Vec::new();
    for picks in &picks {
        let draft = draft(&axes, &order, picks, &mut dimensions);
        // A sample of few values may draw the same point twice.
        if !known.insert(draft.values.clone()) {
            continue;
        }
        let mut found = Vec::new();
        let changes: Vec<Change<'_>> = draft
            .changes
            .iter()
            .map(|change| change.what.clone())
            .collect();
        let made = make(plan.root.clone(), &changes, &mut found);
        for problem in found {
            // One wrong value is in many points.
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
        if let Some((model, notes)) = made {
            points.push(Point {
                name: String::new(),
                values: draft.values,
                coordinates: draft.coordinates,
                changes: draft.changes.into_iter().map(|change| change.set).collect(),
                model,
                notes,
            });
        }
    }
    if !problems.is_empty() {
        return None;
    }
    let columns: Vec<String> = axes.iter().flat_map(|axis| axis.columns.clone()).collect();
    for point in &mut points {
        point.name = name(&columns, &point.values);
    }
    Some(Points {
        scenario: scenario.to_owned(),
        columns,
        dimensions,
        grid: sample.is_none(),
        points,
    })
}

/// All axes: those of the file, with the values of the command line where it has some, then the
/// other ones of the command line.
fn axes<'i>(
    mut axes: Vec<Axis<'i>>,
    vary: &'i [Vary],
    variants: &[Variant<'i>],
    problems: &mut Vec<Diagnostic>,
) -> Vec<Axis<'i>> {
    let mut told: Vec<String> = Vec::new();
    for vary in vary {
        let Some(axis) = command_axis(vary, variants, problems) else {
            continue;
        };
        table::check_distinct(&axis.name, axis.levels(), problems);
        if told.contains(&axis.name.value) {
            problems.push(
                Diagnostic::at(axis.name.span, format!("`{}` is varied twice", *axis.name))
                    .label("give all its values at once, separated by commas"),
            );
        }
        told.push(axis.name.value.clone());
        match axes
            .iter_mut()
            .find(|one| one.name.value == axis.name.value)
        {
            Some(one) => *one = axis,
            None => axes.push(axis),
        }
    }
    for (index, axis) in axes.iter().enumerate() {
        let others = axes[..index].iter().flat_map(|other| &other.columns);
        for column in others.filter(|column| axis.columns.contains(column)) {
            problems.push(
                Diagnostic::at(axis.name.span, format!("`{column}` is varied twice"))
                    .label("the list of points sets it too"),
            );
        }
    }
    if axes.is_empty() && problems.is_empty() {
        problems.push(Diagnostic::whole("nothing is varied").help(
            "say what to try with `--vary PATH=V1,V2`, or in the scenario, e.g. `[sweep]` with \
             `\"services.gateway.replicas\" = [2, 4, 8]`",
        ));
    }
    axes
}

fn command_axis<'i>(
    vary: &'i Vary,
    variants: &[Variant<'i>],
    problems: &mut Vec<Diagnostic>,
) -> Option<Axis<'i>> {
    let (first, last) = (vary.path.first()?, vary.path.last()?);
    let name = Located::new(dotted(&vary.path), first.span.start..last.span.end);
    let mut levels = Vec::new();
    for text in &vary.values {
        let written = text.text();
        if name.value == VARIANT {
            match table::variant_level(variants, written) {
                Ok(level) => levels.push(level),
                Err(problem) => problems.push(problem),
            }
            continue;
        }
        levels.push(Level {
            cells: vec![Some(text.label())],
            changes: vec![Tell {
                set: format!("{}={}", *name, written.value),
                what: Change {
                    path: vary.path.clone(),
                    value: text.value(),
                },
            }],
            span: written.span,
        });
    }
    (levels.len() == vary.values.len()).then(|| Axis {
        columns: vec![name.value.clone()],
        name,
        tried: Tried::Levels(levels),
    })
}

fn check_sizes(axes: &[Axis<'_>], sample: Option<Sampling>, problems: &mut Vec<Diagnostic>) {
    let mut count = 1_usize;
    for axis in axes {
        match &axis.tried {
            Tried::Levels(levels) => count = count.saturating_mul(levels.len()),
            Tried::Range { range, .. } if sample.is_none() => problems.push(
                Diagnostic::at(
                    range.span,
                    format!(
                        "`{}` is a range, and all combinations are tried",
                        *axis.name
                    ),
                )
                .label("endlessly many values")
                .help(
                    "list values, e.g. `[2, 4, 8]`, or draw points: \
                     `sample = { latin-hypercube = { points = 64 } }`",
                ),
            ),
            Tried::Range { .. } => {}
        }
    }
    let count = sample.map_or(count, |sampling| sampling.points as usize);
    if MOST_POINTS < count
        && let Some(axis) = axes.last()
    {
        problems.push(
            Diagnostic::at(axis.name.span, format!("{count} points are too many"))
                .label("with this")
                .help(format!("at most {MOST_POINTS} can be tried")),
        );
    }
}

fn dimension(axis: &Axis<'_>) -> Dimension {
    let levels = axis.levels().iter();
    Dimension {
        name: axis.name.value.clone(),
        levels: levels
            .map(|level| name(&axis.columns, &level.cells))
            .collect(),
    }
}

/// Where on an axis a point is.
enum Pick {
    /// At one of its levels.
    Level(usize),
    /// At a value that was drawn.
    Value(ValueText),
}

/// For each point where on each axis it is.
fn picks(axes: &[Axis<'_>], sample: Option<Sampling>) -> Vec<Vec<Pick>> {
    let Some(sampling) = sample else {
        let counts: Vec<usize> = axes.iter().map(|axis| axis.levels().len()).collect();
        let grid = design::grid(&counts).into_iter();
        return grid
            .map(|point| point.into_iter().map(Pick::Level).collect())
            .collect();
    };
    let pick = |(axis, share): (&Axis<'_>, f64)| match &axis.tried {
        Tried::Levels(levels) => {
            let level = (share * levels.len() as f64) as usize;
            Pick::Level(level.min(levels.len() - 1))
        }
        // A value that nobody has written stands where its range is written.
        Tried::Range { range, .. } => {
            Pick::Value(ValueText::new(&range.at(share), range.span.start.max(4)))
        }
    };
    let sample = design::sample(sampling, axes.len()).into_iter();
    sample
        .map(|shares| axes.iter().zip(shares).map(pick).collect())
        .collect()
}

fn draft<'i>(
    axes: &[Axis<'i>],
    order: &[usize],
    picks: &'i [Pick],
    dimensions: &mut [Dimension],
) -> Draft<'i> {
    let mut values = Vec::new();
    let mut coordinates = Vec::new();
    let mut changes = vec![Vec::new(); axes.len()];
    for (index, (axis, pick)) in axes.iter().zip(picks).enumerate() {
        match (&axis.tried, pick) {
            (Tried::Range { path, .. }, Pick::Value(text)) => {
                let (value, cell) = (text.value(), text.label());
                let levels = &mut dimensions[index].levels;
                let level = levels.iter().position(|level| *level == cell);
                coordinates.push(level.unwrap_or_else(|| {
                    levels.push(cell.clone());
                    levels.len() - 1
                }));
                values.push(Some(cell));
                changes[index].push(Tell {
                    set: format!("{}={}", *axis.name, text.text().value),
                    what: Change {
                        path: path.clone(),
                        value,
                    },
                });
            }
            (Tried::Levels(levels), Pick::Level(level)) => {
                values.extend(levels[*level].cells.iter().cloned());
                coordinates.push(*level);
                changes[index].clone_from(&levels[*level].changes);
            }
            _ => unreachable!("picks are made from these axes"),
        }
    }
    let in_order = order
        .iter()
        .flat_map(|&index| std::mem::take(&mut changes[index]));
    Draft {
        values,
        coordinates,
        changes: in_order.collect(),
    }
}

/// What a point is called: its only value, or each with the end of its path.
fn name(columns: &[String], values: &[Option<String>]) -> String {
    if let ([_], [Some(value)]) = (columns, values) {
        return value.clone();
    }
    let labels = short_paths(columns);
    let parts = labels.iter().zip(values);
    let parts: Vec<String> = parts
        .filter_map(|(label, value)| Some(format!("{label} {}", value.as_ref()?)))
        .collect();
    if parts.is_empty() {
        "as it stands".to_owned()
    } else {
        parts.join(", ")
    }
}

/// As much of the end of each path as tells them all apart.
pub fn short_paths(paths: &[String]) -> Vec<String> {
    let tail = |path: &str, parts: usize| {
        let all: Vec<&str> = path.split('.').collect();
        all[all.len().saturating_sub(parts)..].join(".")
    };
    let shortest = |path: &String| {
        let parts = path.split('.').count();
        let candidates = (1..=parts).map(|count| (count, tail(path, count)));
        let unique = |(count, label): &(usize, String)| {
            let same = paths.iter().filter(|other| tail(other, *count) == *label);
            same.count() == 1
        };
        let found = candidates.clone().find(unique);
        found.map_or_else(|| path.clone(), |(_, label)| label)
    };
    paths.iter().map(shortest).collect()
}
