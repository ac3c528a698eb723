//! Comparisons, checks and plans: what they decide, how often they are wrong, what they say.

use crate::simulate::scenarios;
use sparksim::experiment::{
    Baseline, Candidate, CheckReport, CheckRun, Compared, Comparison, Plan, Unwatched, Verdict,
};
use sparksim::model::Model;
use sparksim::report;
use sparksim::scenario::{self, load_text};
use sparksim::theory::Mmc;
use std::collections::BTreeMap;
use std::path::Path;

/// M/M/1 with a service time and a name for its workload, which is a name for its streams.
fn queue(mean: &str, workload: &str, run: &str, checks: &str) -> Model {
    let text = format!(
        "[run]\n{run}\n[services.desk]\nservice-time = {{ exponential = {{ mean = \"{mean}\" }} }}\n\
         [workloads.{workload}]\ntarget = \"services.desk\"\n\
         arrivals = {{ poisson = {{ rate = \"0.7/s\" }} }}\n{checks}"
    );
    model(&text, &[])
}

fn model(text: &str, overrides: &[String]) -> Model {
    let loaded = load_text("test", text, Path::new("."), overrides);
    loaded.unwrap_or_else(|error| panic!("{error}")).model
}

fn compare(alternatives: &[(&str, &Model)], replications: u32) -> Compared {
    let named = alternatives.iter();
    let comparison = Comparison {
        alternatives: named
            .map(|(name, model)| ((*name).to_owned(), *model))
            .collect(),
        metrics: vec!["services.desk.latency.mean".to_owned()],
        all_pairs: false,
        replications,
        threads: 0,
    };
    comparison
        .run(&Unwatched)
        .unwrap_or_else(|error| panic!("{error}"))
}

fn check(model: &Model, baseline: Option<&Baseline>) -> CheckReport {
    let run = CheckRun {
        model,
        settings: BTreeMap::new(),
        baseline,
        threads: 0,
    };
    run.run(&Unwatched)
        .unwrap_or_else(|error| panic!("{error}"))
}

fn baseline(model: &Model) -> Baseline {
    let run = CheckRun {
        model,
        settings: BTreeMap::new(),
        baseline: None,
        threads: 0,
    };
    run.baseline(&Unwatched)
        .unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_slowdown_of_five_per_cent_is_found_on_common_random_numbers() {
    let run = "seed = 2\nduration = \"4000s\"\nwarmup = \"200s\"";
    let (old, new) = (
        queue("1s", "users", run, ""),
        queue("1.05s", "users", run, ""),
    );
    let compared = compare(&[("old", &old), ("new", &new)], 20);
    let row = &compared.rows[0];
    assert!(row.is_decided(), "{row:?}");
    // 1/(1/1.05 − 0.7) against 1/(1 − 0.7): 18.9 % slower.
    let (low, high) = row.interval;
    let truth = libm::log((1.0 / (1.0 / 1.05 - 0.7)) / (1.0 / 0.3));
    assert!(low < truth && truth < high, "{low} {truth} {high}");
    let text = report::comparison_text(&compared, "Two desks", 100);
    assert!(
        text.contains("new is ") && text.contains(" higher: "),
        "{text}"
    );
    // Arrivals and work are known on average, and explain part of the difference.
    assert!(row.contrast.narrower.unwrap() > 0.0, "{row:?}");
}

#[test]
fn figures_to_compare_may_be_named_together() {
    let run = "requests = 500";
    let one = queue("1s", "users", run, "");
    let comparison = |metric: &str| Comparison {
        alternatives: vec![("a".to_owned(), &one), ("b".to_owned(), &one)],
        metrics: vec![metric.to_owned()],
        all_pairs: false,
        replications: 5,
        threads: 0,
    };
    let named = comparison("*.*.latency.mean");
    assert_eq!(named.problem(), None);
    let compared = named.run(&Unwatched).unwrap();
    let rows = compared.rows.iter().map(|row| row.metric.as_str());
    assert_eq!(
        rows.collect::<Vec<_>>(),
        ["services.desk.latency.mean", "workloads.users.latency.mean"]
    );
    assert_eq!(
        comparison("services.*.latncy.mean").problem().unwrap(),
        "not every alternative has a figure `services.*.latncy.mean`: did you mean \
         `services.desk.latency.mean`?"
    );
}

#[test]
fn alternatives_that_are_the_same_are_called_identical() {
    let run = "requests = 500";
    let one = queue("1s", "users", run, "");
    let compared = compare(&[("a", &one), ("b", &one)], 10);
    assert!(!compared.rows[0].is_decided());
    let text = report::comparison_text(&compared, "Twins", 100);
    assert!(
        text.contains("b and a are identical in every replication"),
        "{text}"
    );
}

/// The small version of the table in docs/trust.md: 5 % of 60 are 3, and more than 8 happen once in
/// 400.
#[test]
fn a_neutral_change_is_rarely_called_a_difference() {
    let mut wrong = 0;
    for seed in 0..60 {
        let run = format!("seed = {seed}\nrequests = 300\nwarmup-requests = 50");
        let (old, new) = (
            queue("1s", "users", &run, ""),
            queue("1s", "others", &run, ""),
        );
        let compared = compare(&[("old", &old), ("new", &new)], 20);
        wrong += u32::from(compared.rows[0].is_decided());
    }
    assert!(wrong <= 8, "{wrong} of 60");
}

#[test]
fn bounds_are_kept_broken_or_undecided() {
    let run = "seed = 4\nrequests = 3000\nwarmup-requests = 300";
    let with = |checks: &str| check(&queue("1s", "users", run, checks), None);
    let bound = |metric: &str, bound: &str| {
        format!("[[checks]]\nmetric = \"services.desk.{metric}\"\n{bound}\n")
    };
    // The mean is 3.333 s.
    let kept = with(&bound("latency.mean", "below = \"4s\""));
    assert_eq!(kept.verdict(), Verdict::Pass);
    assert!(kept.replications < 160, "{}", kept.replications);
    let broken =
        with(&(bound("latency.mean", "below = \"4s\"") + &bound("utilization", "below = 0.6")));
    assert_eq!(broken.verdict(), Verdict::Fail);
    let verdicts: Vec<_> = broken
        .checked
        .iter()
        .map(|checked| checked.verdict)
        .collect();
    assert_eq!(verdicts[1], Verdict::Fail);
    let open = with(&bound("latency.mean", "above = \"3.333s\""));
    assert_eq!(
        (open.verdict(), open.replications),
        (Verdict::Undecided, 160)
    );
    let text = report::verdicts_text(&open, "desk", 100);
    assert!(text.contains("→ undecided: the promise is"), "{text}");
}

#[test]
fn a_latency_that_unfinished_work_could_overturn_does_not_pass() {
    // Everything that ends does so within a second, and half of it never does.
    let text = "[run]\nduration = \"1000s\"\n[services.desk]\nconcurrency = 1000000\n\
                service-time = { empirical = { values = [\"1s\", \"1000s\"] } }\n\
                [workloads.users]\ntarget = \"services.desk\"\n\
                arrivals = { poisson = { rate = \"2/s\" } }\n\
                [[checks]]\nmetric = \"services.desk.latency.p90\"\nbelow = \"2s\"\n\
                [[checks]]\nmetric = \"services.desk.latency.mean\"\nbelow = \"2s\"\n";
    let report = check(&model(text, &[]), None);
    assert_eq!(report.verdict(), Verdict::Undecided);
    for checked in &report.checked {
        let obstacle = checked.evidence.obstacle.as_deref().unwrap_or_default();
        assert!(obstacle.contains("could overturn it"), "{checked:?}");
    }
}

#[test]
fn a_baseline_is_met_at_once_by_the_same_and_failed_by_the_slower() {
    let run = "seed = 6\nrequests = 1500\nwarmup-requests = 200";
    let margin = "[[checks]]\nmetric = \"services.desk.latency.mean\"\nmargin = 0\n";
    let same = queue("1s", "users", run, margin);
    let known = baseline(&same);
    let known = Baseline::parse(&known.to_text().unwrap()).unwrap();
    let report = check(&same, Some(&known));
    assert!(report.identical);
    assert_eq!((report.verdict(), report.replications), (Verdict::Pass, 10));
    let slower = check(&queue("1.05s", "users", run, margin), Some(&known));
    assert_eq!(slower.verdict(), Verdict::Fail, "{slower:?}");
    // Fresh streams: no evidence of a change is not evidence of none.
    let renamed = check(&queue("1s", "others", run, margin), Some(&known));
    assert_eq!(renamed.verdict(), Verdict::Undecided);
    let wide = margin.replace("margin = 0", "margin = 0.5");
    let tolerated = check(&queue("1.05s", "users", run, &wide), Some(&known));
    assert_eq!(tolerated.verdict(), Verdict::Pass);
    assert!(!tolerated.identical);
}

#[test]
fn verdicts_are_written_for_people_and_for_ci_servers() {
    let run = "seed = 4\nrequests = 3000\nwarmup-requests = 300";
    let checks = "[[checks]]\nmetric = \"services.desk.latency.mean\"\nbelow = \"1s\"\n";
    let report = check(&queue("1s", "users", run, checks), None);
    let reports = vec![("desk".to_owned(), report)];
    let markdown = report::verdicts_markdown(&reports);
    assert!(markdown.contains("### ❌ desk"), "{markdown}");
    assert!(
        markdown.contains("| ❌ fail | services.desk.latency.mean below 1 s |"),
        "{markdown}"
    );
    let xml = report::junit(&reports).unwrap();
    assert!(xml.contains("<failure message="), "{xml}");
    assert!(xml.contains("failures=\"1\" errors=\"0\""), "{xml}");
}

/// M/M/c where every server is a node: what it costs is known, and so is from how many on the
/// promise is kept.
fn farm(seed: u64) -> Vec<(String, Model)> {
    let farm = |servers: u32| {
        let text = format!(
            "[run]\nseed = {seed}\nrequests = 2000\nwarmup-requests = 400\n\
             [nodes.farm]\ncount = {servers}\ncpu = \"1\"\nmemory = \"1Gi\"\nprice = 1\n\
             [services.desk]\nreplicas = {servers}\nqueue = \"central\"\n\
             requests = {{ cpu = \"1\" }}\nservice-time = {{ exponential = {{ mean = \"1s\" }} }}\n\
             [workloads.users]\ntarget = \"services.desk\"\n\
             arrivals = {{ poisson = {{ rate = \"3/s\" }} }}\n\
             [[checks]]\nmetric = \"services.desk.latency.mean\"\nbelow = \"1.2s\"\n"
        );
        (format!("{servers} servers"), model(&text, &[]))
    };
    (2..=12).map(farm).collect()
}

fn plan(points: &[(String, Model)], monotone: bool) -> Plan<'_> {
    let candidates = points
        .iter()
        .enumerate()
        .map(|(index, (name, model))| Candidate {
            name: name.clone(),
            coordinates: vec![index],
            model,
        });
    Plan {
        candidates: candidates.collect(),
        minimize: "cluster.cost_per_hour".to_owned(),
        monotone: vec![monotone],
        budget: 160,
        runners_up: 0,
        n_minus: 0,
        threads: 0,
    }
}

#[test]
fn the_cheapest_farm_is_found_with_few_replications() {
    // Latencies by Erlang's formula: 1.509 s with 4 servers, 1.118 s with 5.
    let latency = |servers| {
        let theory = Mmc {
            arrival_rate: 3.0,
            service_rate: 1.0,
            servers,
        };
        theory.latency()
    };
    assert!(latency(4) > 1.2 * 1.02 && latency(5) < 1.2 * 0.98);
    let (mut right, mut share) = (0, 0.0_f64);
    for seed in 0..10 {
        let points = farm(seed);
        for monotone in [false, true] {
            let planned = plan(&points, monotone).run(&Unwatched).unwrap();
            let best = planned.best.map(|best| planned.tried[best].name.as_str());
            right += u32::from(best == Some("5 servers"));
            share = share.max(planned.replications as f64 / planned.brute_force as f64);
        }
    }
    assert!(right >= 18, "{right} of 20");
    assert!(share < 0.25, "{share}");
}

#[test]
fn the_answer_comes_with_what_binds_it_and_how_much_more_it_bears() {
    let points = farm(1);
    let planned = Plan {
        runners_up: 1,
        n_minus: 1,
        ..plan(&points, true)
    };
    let planned = planned.run(&Unwatched).unwrap();
    let best = &planned.tried[planned.best.unwrap()];
    let (promise, room) = best.binding().unwrap();
    assert_eq!(promise.metric, "services.desk.latency.mean");
    assert!((0.02..0.12).contains(&room), "{room}");
    // M/M/5 reaches 1.2 s at 3.3 arrivals a second: 10 % more.
    let headroom = planned.headroom.as_ref().unwrap();
    assert!((1.03..1.2).contains(&headroom.holds), "{headroom:?}");
    assert!(headroom.breaks.as_ref().unwrap().0 > headroom.holds);
    // A lost node is a server less: 4 do not keep the promise.
    let [loss] = &planned.after_loss[..] else {
        panic!("{:?}", planned.after_loss);
    };
    assert_eq!((loss.pool.as_str(), loss.verdict), ("farm", Verdict::Fail));
    assert_eq!(loss.headroom, None);
    assert!(loss.binding().unwrap().1 < 0.0, "{loss:?}");
    let next = &planned.tried[planned.best.unwrap() + 1];
    assert_eq!(next.verdict, Some(Verdict::Pass));
    let text = report::plan_text(&planned, "A farm", 100);
    assert!(
        text.contains("cheapest: 5 servers with cluster.cost_per_hour 5"),
        "{text}"
    );
}

#[test]
fn what_is_left_after_a_loss_bears_less_load() {
    // From seven servers on, one fewer keeps the promise too.
    let points = farm(2).split_off(5);
    let planned = Plan {
        n_minus: 1,
        ..plan(&points, true)
    };
    let planned = planned.run(&Unwatched).unwrap();
    assert_eq!(planned.best, Some(0));
    let loss = &planned.after_loss[0];
    assert_eq!(loss.verdict, Verdict::Pass);
    let (whole, left) = (planned.headroom.as_ref(), loss.headroom.as_ref());
    let (whole, left) = (whole.unwrap().holds, left.unwrap().holds);
    assert!(1.0 < left && left < whole - 0.1, "{left} {whole}");
    let text = report::plan_text(&planned, "A farm", 200);
    assert!(
        text.contains("with fewer nodes of farm: every promise is kept; headroom: "),
        "{text}"
    );
}

#[test]
fn an_objective_that_varies_is_selected_among_those_that_pass() {
    let points = farm(3);
    let random = Plan {
        minimize: "services.desk.latency.mean".to_owned(),
        ..plan(&points[2..6], false)
    };
    let planned = random.run(&Unwatched).unwrap();
    assert!(planned.is_random);
    // More servers are faster; those that differ by less than 2 % may stand for each other.
    let best = &planned.tried[planned.best.unwrap()].name;
    assert!(
        ["6 servers", "7 servers"].contains(&best.as_str()),
        "{best}"
    );
}

#[test]
fn the_shipped_regression_check_passes_as_it_stands_and_fails_with_another_balancer() {
    let path = scenarios().join("policy-regression/gateway.toml");
    let file = path.with_extension("baseline.json");
    let loaded = |overrides: &[String]| {
        let loaded = scenario::load(&path, overrides);
        loaded.unwrap_or_else(|error| panic!("{error}")).model
    };
    // Like the digests of shipped scenarios it follows a change of results that is meant.
    if std::env::var_os("SPARKSIM_UPDATE_DIGESTS").is_some() {
        let made = CheckRun {
            model: &loaded(&[]),
            settings: scenario::settings(&path, &[]).unwrap(),
            baseline: None,
            threads: 0,
        };
        let made = made.baseline(&Unwatched);
        let made = made.unwrap_or_else(|error| panic!("{error}"));
        std::fs::write(&file, made.to_text().unwrap()).unwrap();
    }
    let known = Baseline::parse(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let verdict = |overrides: &[String]| {
        let run = CheckRun {
            model: &loaded(overrides),
            settings: scenario::settings(&path, overrides).unwrap(),
            baseline: Some(&known),
            threads: 0,
        };
        run.run(&Unwatched)
            .unwrap_or_else(|error| panic!("{error}"))
    };
    let same = verdict(&[]);
    assert!(same.identical && same.differences.is_empty(), "{same:?}");
    assert_eq!((same.verdict(), same.replications), (Verdict::Pass, 10));
    let random = verdict(&["services.gateway.balancer=random".to_owned()]);
    assert_eq!((random.verdict(), random.replications), (Verdict::Fail, 10));
    assert_eq!(
        random.differences,
        ["services.gateway.balancer: \"join-shortest-queue\" → random"]
    );
}
