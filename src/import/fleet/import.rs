//! From a directory of logs to a scenario of many applications.

use super::names::family;
use super::runs::{self, Family, Run};
use super::{logs, write};
use crate::files::FileError;
use crate::import::spark::{
    self, DataScale, ImportError, Purpose, ReadOptions, Recorded, ScenarioOptions,
};
use std::path::{Path, PathBuf};

/// How to import.
#[derive(Clone, Copy, Debug)]
pub struct FleetOptions<'a> {
    /// Whether to keep what can be read of damaged logs.
    pub partial: bool,
    /// Whether every run is an application of its own, rather than a submission of one that stands
    /// for all of its name.
    pub every_run: bool,
    /// More or less data.
    pub scale: DataScale,
    /// The scenario that says what the cluster is, as the written one names it.
    pub cluster: Option<&'a str>,
    /// The name of the scenario, and of the directory beside it.
    pub stem: &'a str,
}

/// A scenario, and what goes beside it.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// The scenario.
    pub toml: String,
    /// A few lines for the terminal.
    pub summary: String,
    /// Logs that are left out, and why.
    pub left_out: Vec<(PathBuf, String)>,
    /// Its applications, in the order of the scenario.
    pub applications: Vec<FleetApplication>,
}

/// An application of a fleet: its recorded runs, in figures.
#[derive(Clone, Debug, PartialEq)]
pub struct FleetApplication {
    /// Its name in the scenario.
    pub name: String,
    /// Its namespace or queue.
    pub tenant: Option<String>,
    /// Of each run, in the order of submission.
    pub runs: Vec<Recorded>,
    /// The run that stands for all, as a position in `runs`.
    pub typical: usize,
}

/// Imports every event log below `directory`; `store` is given the files that go beside the
/// scenario, by their names relative to it.
///
/// # Errors
/// If there is no log that can be read, or `store` fails.
pub fn import<E>(
    directory: &Path,
    options: &FleetOptions<'_>,
    mut store: impl FnMut(&Path, &[u8]) -> Result<(), E>,
) -> Result<Fleet, E>
where
    E: From<FileError> + From<ImportError>,
{
    let read_options = ReadOptions {
        partial: options.partial,
    };
    let mut runs = Vec::new();
    let mut left_out = Vec::new();
    for log in logs::find(directory)? {
        match spark::read(&log, &read_options) {
            Ok((application, report)) => {
                let imported = spark::to_scenario(&application, &report, "run");
                runs.push(Run {
                    log,
                    tenant: runs::tenant(&application),
                    name: application.name,
                    id: application.id,
                    started: application.started,
                    recorded: imported.recorded,
                    manager: imported.manager,
                    spark_version: application.spark_version,
                });
            }
            Err(ImportError::NotAnEventLog { .. } | ImportError::Empty { .. }) => {}
            Err(error) => left_out.push((log, error.to_string())),
        }
    }
    if runs.is_empty() {
        return Err(ImportError::Directory {
            path: directory.to_owned(),
            problem: match left_out.first() {
                Some((_, why)) => format!("holds no event log that can be read: {why}"),
                None => "holds no event log".to_owned(),
            },
        }
        .into());
    }
    let families = runs::families(runs, |run| {
        let apart = if options.every_run {
            // Different runs have different logs.
            run.log.display().to_string()
        } else {
            run.tenant.clone().unwrap_or_default()
        };
        (family(&run.name), apart)
    });
    let named = write::named(&families);
    let mut apps = Vec::with_capacity(families.len());
    for (family, name) in families.iter().zip(&named) {
        let run = &family.runs[family.typical];
        let (mut application, report) = spark::read(&run.log, &read_options)?;
        application.name.clone_from(name);
        let stem = format!("{}/{name}", options.stem);
        let imported = spark::to_scenario_for(
            &application,
            &report,
            &stem,
            ScenarioOptions {
                purpose: Purpose::Replay,
                scale: options.scale,
            },
        );
        let tasks = format!("{stem}.tasks.csv");
        store(Path::new(&tasks), &imported.tasks_csv)?;
        let submissions = write::submissions(family, write::first_start(&families));
        let file = format!("{stem}.submissions.csv");
        store(Path::new(&file), &submissions)?;
        apps.push(imported.app_toml);
    }
    Ok(Fleet {
        toml: write::scenario(&families, &named, &apps, options, left_out.len()),
        summary: summary(&families, left_out.len()),
        left_out,
        applications: families
            .iter()
            .zip(&named)
            .map(|(family, name)| FleetApplication {
                name: name.clone(),
                tenant: family.tenant().map(str::to_owned),
                runs: family.runs.iter().map(|run| run.recorded).collect(),
                typical: family.typical,
            })
            .collect(),
    })
}

fn summary(families: &[Family], left_out: usize) -> String {
    let runs: usize = families.iter().map(|family| family.runs.len()).sum();
    let rest = match left_out {
        0 => String::new(),
        count => format!(", {count} left out"),
    };
    format!("read {}{rest}\n", write::what_was_read(families, runs))
}
