//! Graphics processors in Spark's properties: what containers reserve, and how many tasks that limits
//! an executor to.
//!
//! Spark's custom resources (`ResourceUtils`, `ResourceProfile`): an executor runs as many tasks at
//! once as its cores and its graphics processors allow, whichever is less. A task takes whole ones, or
//! a part of one: `0.5` lets two tasks share one, `0.3` three. Other resources than `gpu` are noted as
//! not modelled.

use super::conf_values::Reader;
use super::context::MOST;
use crate::scenario::diagnostic::Diagnostic;
use crate::units::UnitError;

pub(super) const DRIVER: &str = "spark.driver.resource.gpu.amount";
pub(super) const EXECUTOR: &str = "spark.executor.resource.gpu.amount";
const TASK: &str = "spark.task.resource.gpu.amount";

/// What an application says of graphics processors.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gpus {
    /// Those of the driver.
    pub(super) driver: u32,
    /// Those of each executor.
    pub(super) executor: u32,
    /// Tasks that those of an executor are enough for; `None`: tasks need none.
    pub(super) tasks: Option<u32>,
}

/// Reads them; `app` is the application's name.
pub(super) fn read(app: &str, reader: &mut Reader<'_, '_, '_>) -> Gpus {
    let driver = reader.read(DRIVER, whole).unwrap_or(0);
    let executor = reader.read(EXECUTOR, whole).unwrap_or(0);
    let each = reader.read(TASK, amount_of_task);
    let tasks = each.map(|each| match each {
        Each::Whole(0) => u32::MAX,
        Each::Whole(number) => executor / number,
        Each::Shared(tasks) => executor.saturating_mul(tasks),
    });
    if let (Some(0), Some(entry)) = (tasks, reader.values.get(TASK)) {
        let label = format!("an executor has {executor}");
        reader.context.problem_once(
            Diagnostic::at(
                entry.value.span,
                format!("no executor of `apps.{app}` can run a task"),
            )
            .label(label)
            .help(format!("`{EXECUTOR}` must be at least `{TASK}`")),
        );
    }
    Gpus {
        driver,
        executor,
        tasks: tasks.filter(|tasks| (1..u32::MAX).contains(tasks)),
    }
}

/// Graphics processors of a task.
enum Each {
    Whole(u32),
    /// So many tasks share one.
    Shared(u32),
}

fn whole(text: &str) -> Result<u32, UnitError> {
    let number = text.trim().parse().ok().filter(|number| *number <= MOST);
    number.ok_or_else(|| UnitError {
        message: format!("expected a whole number up to {MOST}, found `{text}`"),
    })
}

fn amount_of_task(text: &str) -> Result<Each, UnitError> {
    let amount = text.trim().parse::<f64>().ok();
    match amount.filter(|amount| (0.0..=f64::from(MOST)).contains(amount)) {
        Some(amount) if amount.fract() == 0.0 => Ok(Each::Whole(amount as u32)),
        Some(amount) if amount < 1.0 => {
            let shared = (1.0 / amount).floor().min(f64::from(MOST));
            Ok(Each::Shared(shared as u32))
        }
        _ => Err(UnitError {
            message: format!(
                "expected a whole number, or a part of one such as 0.5 that tasks share, found \
                 `{text}`"
            ),
        }),
    }
}
