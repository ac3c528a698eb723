//! Scenarios in, models and messages out.

use super::*;

fn load_str(text: &str, overrides: &[&str]) -> Result<Loaded, LoadError> {
    let overrides: Vec<String> = overrides.iter().map(|&text| text.to_owned()).collect();
    load_text("bad.toml", text, Path::new("."), &overrides)
}

fn problems(text: &str) -> String {
    problems_with(text, &[])
}

fn problems_with(text: &str, overrides: &[&str]) -> String {
    match load_str(text, overrides) {
        Ok(loaded) => panic!("no problem was found, the model is {:#?}", loaded.model),
        Err(error) => error.to_string(),
    }
}

const MM1: &str = r#"
[run]
seed = 7
requests = 200000
warmup-requests = 20000
replications = 20
[services.desk]
service-time = { exponential = { mean = "1s" } }
[workloads.visitors]
target = "services.desk"
arrivals = { poisson = { rate = "0.8/s" } }
"#;

#[test]
fn three_mistakes_probe() {
    let text = r#"title = "x"
[run]
duraton = "2h"
seed = "x"
[services.desk]
service-time = { exponential = { mean = "1x" } }
replicas = 0
balancer = "randm"
[nodes.a]
cpu = "500q"
[workloads.visitors]
target = "services.dsk"
arrivals = { poison = { rate = "0.8/s" } }
[workloads.b]
arrivals = { poisson = { rae = "0.8/s" } }
[apps.a.stages.b]
tasks = -1
task-time = {lognormal = {mean = 1, cv = -1}}
parents = ["c", "b", 3]
[apps.a.conf.spark.executor]
cors = 3
"#;
    println!("{}", problems(text));
    println!("{}", problems_with(MM1, &["services.dek.replicas=4", "services.desk.replicas=x", "run.seeed=3"]));
    println!("{}", problems("[run\na=1\nb=1=2"));
    println!("{:#?}", load_str(MM1, &["services.*.replicas=4", "services.desk.service-time.lognormal={mean=1,cv=2}"]));
    println!("{}", serde_json::to_string_pretty(&schema()).unwrap());
}
