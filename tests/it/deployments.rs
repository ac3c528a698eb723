//! Where applications run and by when: inside a replica, deadlines.

use sparksim::experiment::{Experiment, figure_names};
use sparksim::scenario;
use std::path::Path;

/// The mean of a figure over the replications, if it has one.
fn figure(text: &str, name: &str) -> Option<f64> {
    let loaded = scenario::load_text("test.toml", text, Path::new(""), &[]);
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    assert!(
        figure_names(&loaded.model)
            .iter()
            .any(|(known, _)| known == name),
        "no {name}"
    );
    let experiment = Experiment {
        model: &loaded.model,
        name: "test",
        not_modelled: &[],
        threads: 1,
    };
    let results = experiment.run(|| {}).unwrap();
    let figure = results.figures.iter().find(|figure| figure.metric == name);
    let estimate = figure.and_then(|figure| figure.estimate.as_ref().ok());
    estimate.map(|estimate| estimate.mean)
}

fn refused(text: &str) -> String {
    let loaded = scenario::load_text("test.toml", text, Path::new(""), &[]);
    loaded.unwrap_err().to_string()
}

/// Applications of one task of a length on one slot, submitted at given times of a run that starts at
/// 22:00 and lasts twelve hours.
fn nightly(deadline: &str, length: &str, times: &str) -> String {
    format!(
        "[run]\nstart = \"Mon 22:00\"\nduration = \"12h\"\nreplications = 2\n[apps.etl]\ndeadline = \
         \"{deadline}\"\n[apps.etl.conf]\n\"spark.executor.instances\" = 1\n[apps.etl.stages.s]\ntasks \
         = 1\ntask-time = \"{length}\"\n[workloads.w]\ntarget = \"apps.etl\"\narrivals = {{ at = \
         {times} }}\n"
    )
}

#[test]
fn a_time_of_the_day_is_a_deadline_for_each_submission() {
    // Submitted at 22:00, 02:00, 04:00 and 06:00, each takes two hours: until 00:00, 04:00, 06:00 and
    // 08:00. By 05:00 the first two have ended, the third is late, and the fourth has time until the
    // next day.
    let text = nightly("05:00", "2h", "[\"0s\", \"4h\", \"6h\", \"8h\"]");
    assert_eq!(figure(&text, "apps.etl.deadlines"), Some(4.0));
    assert_eq!(figure(&text, "apps.etl.deadline_miss_ratio"), Some(0.25));
    assert_eq!(figure(&text, "apps.etl.deadlines_ahead"), Some(0.0));
}

#[test]
fn what_has_not_ended_is_late_or_has_its_deadline_ahead() {
    // Submitted at 22:00 and at 06:00, each takes five hours. The first has missed its four hours,
    // the second runs when the run ends at 10:00, exactly when it should have ended.
    let text = nightly("4h", "5h", "[\"0s\", \"8h\"]");
    assert_eq!(figure(&text, "apps.etl.deadlines"), Some(2.0));
    assert_eq!(figure(&text, "apps.etl.deadline_miss_ratio"), Some(1.0));
    // With six hours the second is still in time.
    let text = nightly("6h", "5h", "[\"0s\", \"8h\"]");
    assert_eq!(figure(&text, "apps.etl.deadline_miss_ratio"), Some(0.0));
    assert_eq!(figure(&text, "apps.etl.deadlines_ahead"), Some(1.0));
}

#[test]
fn wrong_deadlines_are_shown() {
    let text = nightly("05:00", "1h", "[\"0s\"]").replace("start = \"Mon 22:00\"\n", "");
    assert!(refused(&text).contains("a time of the day, and the run starts at none"));
    assert!(refused(&nightly("0s", "1h", "[\"0s\"]")).contains("must be above 0"));
    // A deadline is what `start` is for.
    let needless = nightly("4h", "1h", "[\"0s\"]");
    assert!(refused(&needless).contains("`run.start` changes nothing"));
}
