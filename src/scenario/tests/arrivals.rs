//! Arrival processes: what they become, and every way to get them wrong.

use super::{load, problems};
use crate::model::{Arrivals, BatchSize, Diurnal, MmppState, RateStep};
use crate::random::Distribution;
use crate::scenario::{LoadError, Loaded, load_text};
use crate::units::{Duration, Rate, Time};

/// A scenario whose `[run]` has a day, around arrivals.
fn around(arrivals: &str) -> String {
    format!(
        "[run]\nduration = \"9d\"\n[services.s.endpoints]\na.service-time = 1\nb.service-time = 2\n\
         [classes.gold]\npriority = 1\n\
         [workloads.w]\ntarget = \"services.s.a\"\narrivals = {arrivals}\n"
    )
}

fn arrivals(text: &str) -> Arrivals {
    let loaded = load(&around(text));
    let workload = loaded.model.workloads.iter().next().unwrap();
    workload.arrivals.clone()
}

#[test]
fn parameters_are_read_with_their_defaults() {
    let state = |rate, mean_sojourn| MmppState {
        rate: Rate(rate),
        mean_sojourn,
    };
    assert_eq!(
        arrivals("{ mmpp = { rates = [\"2/s\", \"0/s\"], mean-sojourns = [1, \"1m\"] } }"),
        Arrivals::Mmpp {
            states: vec![state(2.0, 1.0), state(0.0, 60.0)]
        }
    );
    let hours = |hours: u64| Duration::from_secs(hours * 3600);
    let diurnal = Diurnal {
        rate: Rate(1.0),
        peak_ratio: 1.5,
        period: hours(24),
        peak_at: hours(6),
    };
    assert_eq!(
        arrivals("{ diurnal = { rate = \"1/s\", peak-ratio = 1.5 } }"),
        Arrivals::Diurnal(diurnal)
    );
    let by_the_clock =
        around("{ diurnal = { rate = \"1/s\", peak-ratio = 1.5, peak-at = \"14:00\" } }")
            .replace("duration", "start = \"Mon 20:00\"\nduration");
    let model = load(&by_the_clock).model;
    assert_eq!(
        model.workloads.iter().next().unwrap().arrivals,
        Arrivals::Diurnal(Diurnal {
            peak_at: hours(18),
            ..diurnal
        })
    );
    let step = |at, rate| RateStep {
        at: Time::from_nanos(at),
        rate: Rate(rate),
    };
    assert_eq!(
        arrivals("{ steps = [{ at = 0, rate = \"1/s\" }, { at = \"1us\", rate = \"0/s\" }] }"),
        Arrivals::Steps {
            steps: vec![step(0, 1.0), step(1000, 0.0)]
        }
    );
    let batch = |size| Arrivals::Batch {
        of: Box::new(Arrivals::Poisson { rate: Rate(1.0) }),
        size,
    };
    for (text, size) in [
        ("4", BatchSize::Constant(4)),
        (
            "{ uniform = { min = 1, max = 3 } }",
            BatchSize::Uniform { min: 1, max: 3 },
        ),
        (
            "{ geometric = { mean = 2.5 } }",
            BatchSize::Geometric { mean: 2.5 },
        ),
        (
            "{ empirical = { values = [1, 8] } }",
            BatchSize::Empirical(vec![1, 8]),
        ),
    ] {
        let text =
            format!("{{ batch = {{ of = {{ poisson = {{ rate = \"1/s\" }} }}, size = {text} }} }}");
        assert_eq!(arrivals(&text), batch(size));
    }
    assert_eq!(
        arrivals("{ closed = { users = 3, think-time = 2 } }"),
        Arrivals::Closed {
            users: 3,
            think_time: Distribution::Constant { value: 2.0 }
        }
    );
}

#[test]
fn parameters_out_of_their_domain_are_told() {
    let wrong = [
        "{ mmpp = { rates = [\"2/s\", \"0/s\"], mean-sojourns = [1] } }",
        "{ mmpp = { rates = [\"2/s\"], mean-sojourns = [1] } }",
        "{ mmpp = { rates = [\"0/s\", \"0/s\"], mean-sojourns = [1, 2] } }",
        "{ mmpp = { rates = [\"1/s\", \"0/s\"], mean-sojourns = [0, 2] } }",
        "{ mmpp = { rates = [\"1/d\", \"0/s\"], mean-sojourns = [\"1us\", \"1us\"] } }",
        "{ diurnal = { rate = \"1/s\", peak-ratio = 2.5, period = 0 } }",
        "{ diurnal = { rate = \"1/s\", peak-ratio = 1.5, peak-at = \"25:00\" } }",
        "{ diurnal = { rate = \"1/s\", peak-ratio = 1.5, peak-at = \"14:00\" } }",
        "{ steps = [{ at = 10, rate = \"1/s\" }, { at = 5, rate = \"2/s\" }] }",
        "{ steps = [] }",
        "{ batch = { of = { closed = { users = 1, think-time = 1 } }, size = 4 } }",
        "{ batch = { of = { poisson = { rate = \"1/s\" } }, size = 0 } }",
        "{ batch = { of = { poisson = { rate = \"1/s\" } }, size = { geometrc = { mean = 2 } } } }",
        "{ closed = { users = 0, think-time = 0 } }",
        "{ cron = { at = \"0 2 * * *\" } }",
    ];
    let told = wrong.map(|arrivals| {
        let text = problems(&around(arrivals));
        let interesting = |line: &&str| {
            line.starts_with("error") || line.contains('^') || line.starts_with("help")
        };
        let lines: Vec<&str> = text.lines().filter(interesting).map(str::trim).collect();
        lines.join("\n")
    });
    insta::assert_snapshot!(told.join("\n\n"), @r#"
error: `mean-sojourns` must have an entry for each of the `rates`
|                                                               ^^^ 1 of them for 2 rates

error: `mmpp` needs at least two states
|                               ^^^^^^^ with one it is `poisson`

error: every rate is 0
|                               ^^^^^^^^^^^^^^ nothing would ever arrive

error: a state must last for some time
|                                                                ^ infinitely many changes at once

error: the states change too fast for the rates
|            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 172800000000 changes from one arrival to the next
help: at that pace only the average rate matters: use `poisson`

error: `peak-ratio` must be from 1 to 2
|                                                     ^^^ the rate would be below 0 half a period after the peak
error: `period` must be above 0
|                                                                   ^ no time would pass

error: invalid value for `workloads.w.arrivals.diurnal.peak-at`
|                                                                    ^^^^^^^ `25:00` is no time of a day: write e.g. `14:00`

error: a time of the day, and the run starts at none
|                                                                    ^^^^^^^ when is that?
help: say when the run starts: `start = "Mon 00:00"` in `[run]`

error: `steps` must stand in the order of time
|                                                         ^ not after 10 s, the step before

error: every rate is 0
|            ^^^^^^^^^^^^^^ nothing would ever arrive

error: these arrivals cannot come in batches
|                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ users send one request at a time

error: not the size of a batch
|                                                                    ^ sizes are from 1 to 1000000, `min` is not above `max`

error: unknown choice `geometrc` for `workloads.w.arrivals.batch.size`
|                                                                      ^^^^^^^^ did you mean `geometric`?
help: allowed here: `uniform`, `geometric`, `empirical`

error: `users` must be at least 1
|                                 ^ this is none
error: users must think for some time
|                                                 ^ one who is turned away would come back at once, for ever
help: a short time will do, e.g. `think-time = "1ms"`

error: a time of the day, and the run starts at none
|                            ^^^^^^^^^^^ when is that?
help: say when the run starts: `start = "Mon 00:00"` in `[run]`
"#);
}

#[test]
fn crontabs_are_checked_field_by_field() {
    let wrong = [
        "0 2 * *",
        "0 24 * * *",
        "0 2 * * mo",
        "0 2 30 feb *",
        "0 2 1 * *",
    ];
    let told = wrong.map(|at| {
        let start = if at.contains("feb") {
            "2026-03-02 00:00"
        } else {
            "Mon 00:00"
        };
        let text = around(&format!("{{ cron = {{ at = \"{at}\" }} }}"));
        let text = text.replace("duration", &format!("start = \"{start}\"\nduration"));
        let told = problems(&text);
        let lines: Vec<&str> = told.lines().collect();
        format!("{}\n{}", lines[0], lines[4])
    });
    insta::assert_snapshot!(told.join("\n\n"), @r#"
error: `0 2 * *` is not a crontab line
   |                            ^^^^^^^^^ this has 4

error: `24` cannot be the hour of a crontab line
   |                            ^^^^^^^^^^^^ numbers are from 0 to 23: `*`, `5`, `1-5`, `*/2`, `1,3`

error: `mo` cannot be the day of the week of a crontab line
   |                            ^^^^^^^^^^^^ numbers are from 0 to 7: `*`, `5`, `1-5`, `*/2`, `1,3`

error: this time never comes
   |                            ^^^^^^^^^^^^^^ no month has this day

error: a day of the month or a month, and the run starts on none
   |                            ^^^^^^^^^^^ give the date: `start = "2026-03-02 00:00"` in `[run]`
"#);
    let late = around("{ cron = { at = \"*/5 * * * *\", jitter = \"6m\" } }");
    insta::assert_snapshot!(
        problems(&late.replace("duration", "start = \"Mon 00:00\"\nduration")),
        @r#"
error: `jitter` is longer than the time between two arrivals
  --> bad.toml:11:52
   |
11 | arrivals = { cron = { at = "*/5 * * * *", jitter = "6m" } }
   |                                                    ^^^^ at most 5 min here
"#
    );
    insta::assert_snapshot!(
        problems(&around("{ at = [1] }").replace("duration", "start = \"Mon 0:00\"\nduration")),
        @r#"
error: `run.start` changes nothing
 --> bad.toml:2:9
  |
2 | start = "Mon 0:00"
  |         ^^^^^^^^^^ nothing in this scenario is at a time of the day
"#
    );
}

/// Loads a scenario around a trace of these bytes.
fn traced(csv: &[u8], arrivals: &str, target: &str) -> Result<Loaded, LoadError> {
    let directory = tempfile::tempdir().unwrap();
    crate::files::write(&directory.path().join("t.csv"), csv).unwrap();
    let text = around(arrivals).replace("services.s.a", target);
    load_text("bad.toml", &text, directory.path(), &[])
}

#[test]
fn a_trace_becomes_columns() {
    let csv = b"at,kind,class,size\n0.5,a,,10ms\n1s,b,gold,2\n1,a,default,0\n";
    let whole =
        "{ trace = { file = \"t.csv\", column = \"at\", size = \"size\", endpoint = \"kind\" } }";
    let loaded = traced(csv, whole, "services.s").unwrap();
    let workload = loaded.model.workloads.iter().next().unwrap();
    let Arrivals::Trace(trace) = &workload.arrivals else {
        panic!("{workload:?}");
    };
    let nanos: Vec<u64> = trace.times.iter().map(|time| time.nanos()).collect();
    assert_eq!(nanos, [500_000_000, 1_000_000_000, 1_000_000_000]);
    let sizes = trace.sizes.as_ref().unwrap();
    assert_eq!(sizes[0], Duration::from_millis(10));
    let endpoints: Vec<u32> = trace.endpoints.iter().flatten().map(|id| id.0).collect();
    assert_eq!(endpoints, [0, 1, 0]);
    assert_eq!(workload.endpoints().len(), 2);
    assert!(trace.classes.is_none() && workload.classes().len() == 1);
}

#[test]
fn a_wrong_row_is_shown_in_its_line() {
    let arrivals = "{ trace = { file = \"t.csv\", column = \"at\", size = \"size\", endpoint = \"kind\", class = \"class\" } }";
    let wrong: [&[u8]; 7] = [
        b"at,kind,class,size\n0.5,a,,1\n0.25,a,,1\n",
        b"at,kind,class,size\n0.5,a,,1\nsoon,a,,1\n",
        b"at,kind,class,size\n0.5,a,,1\n\n0.75,\"c\",,1\n",
        b"at,kind,class,size\n0.5,a,glod,1\n",
        b"at,kind,class,size\n0.5,a\n",
        b"at,kind,class,size\n0.5,a,\xff,1\n",
        b"at,kind,class,size\n",
    ];
    let told = wrong.map(|csv| {
        let error = traced(csv, arrivals, "services.s").unwrap_err().to_string();
        let lines = error.lines().map(|line| {
            // The directory is another one every time.
            let (before, after) = line.split_once("--> ").unwrap_or((line, ""));
            let place = after.rsplit('/').next().unwrap_or_default();
            if after.is_empty() {
                line.to_owned()
            } else {
                format!("{before}--> {place}")
            }
        });
        lines.collect::<Vec<_>>().join("\n")
    });
    insta::assert_snapshot!(told.join("\n\n"), @r#"
error: `t.csv` cannot be used: its rows are not in the order of time
  --> t.csv:3:1
   |
 3 | 0.25,a,,1
   | ^^^^ earlier than the row above, 0.5 s
   |
  ::: bad.toml:10:31
   |
10 | arrivals = { trace = { file = "t.csv", column = "at", size = "size", endpoint = "kind", class = "class" } }
   |                               ------- named here

error: `t.csv` cannot be used: a time is wrong
  --> t.csv:3:1
   |
 3 | soon,a,,1
   | ^^^^ `soon` is not a duration: a number is missing; write e.g. `250ms`, `2.5s`, `1h30m` or bare seconds (ns, us, ms, s, m or min, h, d)
   |
  ::: bad.toml:10:31
   |
10 | arrivals = { trace = { file = "t.csv", column = "at", size = "size", endpoint = "kind", class = "class" } }
   |                               ------- named here

error: `t.csv` cannot be used: there is no endpoint named `c`
  --> t.csv:4:6
   |
 4 | 0.75,"c",,1
   |      ^^^ there is `a`, `b`
   |
  ::: bad.toml:10:31
   |
10 | arrivals = { trace = { file = "t.csv", column = "at", size = "size", endpoint = "kind", class = "class" } }
   |                               ------- named here

error: `t.csv` cannot be used: there is no class named `glod`
  --> t.csv:2:7
   |
 2 | 0.5,a,glod,1
   |       ^^^^ did you mean `gold`?
   |
  ::: bad.toml:10:31
   |
10 | arrivals = { trace = { file = "t.csv", column = "at", size = "size", endpoint = "kind", class = "class" } }
   |                               ------- named here

error: `t.csv` cannot be used: a row is damaged
  --> t.csv:2:1
   |
 2 | 0.5,a
   | ^^^^^ 2 fields, and the header has 4
   |
  ::: bad.toml:10:31
   |
10 | arrivals = { trace = { file = "t.csv", column = "at", size = "size", endpoint = "kind", class = "class" } }
   |                               ------- named here

error: `t.csv` cannot be used: a row is damaged
  --> t.csv:2:1
   |
 2 | 0.5,a,�,1
   | ^^^^^^^^^ text that is not UTF-8
   |
  ::: bad.toml:10:31
   |
10 | arrivals = { trace = { file = "t.csv", column = "at", size = "size", endpoint = "kind", class = "class" } }
   |                               ------- named here

error: `t.csv` has no rows
  --> bad.toml:10:31
   |
10 | arrivals = { trace = { file = "t.csv", column = "at", size = "size", endpoint = "kind", class = "class" } }
   |                               ^^^^^^^ nothing would arrive
"#);
}

#[test]
fn columns_must_be_there_and_mean_something() {
    let csv = b"time,kind\n1,a\n";
    let told = |arrivals: &str, target: &str| {
        let error = traced(csv, arrivals, target).unwrap_err().to_string();
        error.lines().next().unwrap_or_default().to_owned()
    };
    let file = "{ trace = { file = \"t.csv\", column";
    assert_eq!(
        told(&format!("{file} = \"tiem\" }} }}"), "services.s.a"),
        "error: `t.csv` has no column `tiem`"
    );
    assert_eq!(
        told(
            &format!("{file} = \"time\", endpoint = \"kind\" }} }}"),
            "services.s.a"
        ),
        "error: the rows of the trace name their endpoints"
    );
    let app = "apps.p\"\n[apps.p.stages]\nx = { tasks = 1, task-time = 1 }\n[workloads.v]\ntarget = \"apps.p";
    assert!(told(&format!("{file} = \"time\", size = \"kind\" }} }}"), app).starts_with("error: "));
}
