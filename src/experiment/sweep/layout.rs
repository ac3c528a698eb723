//! What a sweep consists of, without its models: enough to name every result, to know a half-done
//! sweep again, and to put shards together.

use crate::model::{Arrivals, Model, TaskTimes};
use crate::random::STREAM_VERSION;
use crate::scenario::{Dimension, Point, Points};
use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128, SipHasher24};
use std::fmt::{self, Write};
use std::hash::Hasher;

/// A sweep without its models.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// The version of the program that runs it.
    pub version: String,
    /// The scenario's title.
    pub title: String,
    /// The scenario's name: its file's stem.
    pub scenario: String,
    /// The paths that are varied.
    pub columns: Vec<String>,
    /// What is varied on its own.
    pub dimensions: Vec<Dimension>,
    /// Whether the points are all combinations of the dimensions' levels.
    pub grid: bool,
    /// The points.
    pub points: Vec<PointLayout>,
}

/// A point without its model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointLayout {
    /// What tells it from the others.
    pub name: String,
    /// Beside each column: the value; `None`: as it stands in the scenario.
    pub values: Vec<Option<String>>,
    /// Beside each dimension: which of its levels.
    pub coordinates: Vec<usize>,
    /// Its changes as `--set` takes them.
    pub changes: Vec<String>,
    /// Seed of its random streams.
    pub seed: u64,
    /// Its number of replications.
    pub replications: u32,
    /// What was accepted and left out of the model.
    pub not_modelled: Vec<String>,
    /// Equal for equal replications: everything of the model but its title and how often it runs.
    pub fingerprint: u128,
}

impl Layout {
    /// The layout of `points`.
    pub fn of(points: &Points) -> Self {
        let first = points.points.first();
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            title: first.map_or_else(String::new, |point| point.model.title.clone()),
            scenario: points.scenario.clone(),
            columns: points.columns.clone(),
            dimensions: points.dimensions.clone(),
            grid: points.grid,
            points: layouts(&points.points),
        }
    }
}

fn layouts(points: &[Point]) -> Vec<PointLayout> {
    let Some(first) = points.first() else {
        return Vec::new();
    };
    let first = Long::of(&first.model, None);
    let fingerprint = |point: &Point| Long::of(&point.model, Some(&first)).fingerprint();
    points
        .iter()
        .map(|point| PointLayout::of(point, fingerprint(point)))
        .collect()
}

impl PointLayout {
    fn of(point: &Point, fingerprint: u128) -> Self {
        Self {
            name: point.name.clone(),
            values: point.values.clone(),
            coordinates: point.coordinates.clone(),
            changes: point.changes.clone(),
            seed: point.model.run.seed,
            replications: point.model.run.replications,
            not_modelled: point.notes.clone(),
            fingerprint,
        }
    }
}

/// The hashes of what can be long in a model: recorded arrivals and task times. Points share most of
/// them, and comparing is faster than hashing their text.
struct Long<'m> {
    model: &'m Model,
    arrivals: Vec<u128>,
    task_times: Vec<u128>,
}

impl<'m> Long<'m> {
    /// Of `model`, taken over from `known` where that has the same.
    fn of(model: &'m Model, known: Option<&Long<'_>>) -> Self {
        let workloads = model.workloads.iter().map(|workload| &workload.arrivals);
        let stages = model.stages.iter().map(|stage| &stage.task_times);
        let arrivals = known.map(|known| {
            let theirs = known.model.workloads.iter();
            (
                theirs.map(|workload| &workload.arrivals),
                &known.arrivals[..],
            )
        });
        let task_times = known.map(|known| {
            let theirs = known.model.stages.iter();
            (theirs.map(|stage| &stage.task_times), &known.task_times[..])
        });
        Self {
            model,
            arrivals: hashes(workloads, arrivals),
            task_times: hashes(stages, task_times),
        }
    }

    /// A hash of everything that the figures of a replication depend on besides its number.
    fn fingerprint(&self) -> u128 {
        let mut model = self.model.clone();
        model.title.clear();
        model.run.replications = 0;
        for workload in &mut model.workloads {
            workload.arrivals = Arrivals::At { times: Vec::new() };
        }
        for stage in &mut model.stages {
            stage.task_times = TaskTimes::Recorded(Vec::new());
        }
        let version = env!("CARGO_PKG_VERSION");
        let Self {
            arrivals,
            task_times,
            ..
        } = self;
        // Every field of a model is in its debug text, also those that will be added.
        hash(&(version, STREAM_VERSION, model, arrivals, task_times))
    }
}

/// A hash of each of `own`, taken over from `known` where that has the same in its place.
fn hashes<'a, 'b, T: fmt::Debug + PartialEq + 'a + 'b>(
    own: impl Iterator<Item = &'a T>,
    known: Option<(impl Iterator<Item = &'b T>, &[u128])>,
) -> Vec<u128> {
    let mut known = known
        .into_iter()
        .flat_map(|(items, hashes)| items.zip(hashes));
    own.map(|own| match known.next() {
        Some((item, known)) if item == own => *known,
        _ => hash(own),
    })
    .collect()
}

fn hash(value: &impl fmt::Debug) -> u128 {
    let mut hasher = TextHasher(SipHasher24::new());
    write!(hasher, "{value:?}").expect("hashing does not fail");
    hasher.0.finish128().as_u128()
}

struct TextHasher(SipHasher24);

impl Write for TextHasher {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Variation, load_points_text};
    use std::path::Path;

    /// The fingerprints of points that differ in this.
    fn fingerprints(vary: &str) -> Vec<u128> {
        let text = "[run]\nrequests = 3\n[services.desk]\nservice-time = \"1s\"\n\
                    [workloads.users]\ntarget = \"services.desk\"\n\
                    arrivals = { at = [\"1s\", \"2s\", \"3s\"] }\n\
                    [workloads.others]\ntarget = \"services.desk\"\n\
                    arrivals = { poisson = { rate = \"1/s\" } }\n";
        let vary = [vary.to_owned()];
        let variation = Variation {
            vary: &vary,
            ..Variation::default()
        };
        let points = load_points_text("test", text, Path::new("."), &variation);
        let points = points.unwrap_or_else(|error| panic!("{error}"));
        let layout = Layout::of(&points).points.into_iter();
        layout.map(|point| point.fingerprint).collect()
    }

    #[test]
    fn a_fingerprint_is_that_of_the_point_whatever_stands_beside_it() {
        let rate = "workloads.others.arrivals.poisson.rate";
        let found = fingerprints(&format!("{rate}=1/s,2/s,3/s"));
        let turned = fingerprints(&format!("{rate}=3/s,1/s,2/s"));
        assert_eq!([found[2], found[0], found[1]], turned[..]);
        assert!(found[0] != found[1] && found[1] != found[2]);
        // The long parts tell points from each other as well.
        let found = fingerprints("workloads.users.arrivals.at=[\"1s\"],[\"2s\"]");
        let turned = fingerprints("workloads.users.arrivals.at=[\"2s\"],[\"1s\"]");
        assert_eq!([found[1], found[0]], turned[..]);
        assert!(found[0] != found[1]);
    }
}
