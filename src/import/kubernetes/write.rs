//! The scenario as TOML, for people to read and to go on with.

use super::tables::{App, Arrivals, Budget, Hpa, Names, Pace, Placing, Pool, Service, Tables};
use crate::import::text::{comment, counted, line, processors, quoted, shortened};
use crate::scenario;
use crate::units::Bytes;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// The run begins on a Monday, and on a date, which crontab lines may need.
const START: &str = "2026-03-02 00:00";

/// The scenario, with what is not mapped at its head.
pub(super) fn scenario(tables: &Tables, files: &[&str], not_mapped: &[String]) -> String {
    let mut out = String::new();
    let from = files.join(", ");
    comment(
        &mut out,
        "",
        &format!("What manifests ask for ({from}), as a scenario."),
    );
    out.push_str("#\n");
    for note in not_mapped {
        comment(&mut out, "Not mapped: ", note);
    }
    for note in to_fill_in(tables) {
        comment(&mut out, "To fill in: ", &note);
    }
    comment(&mut out, "", "Written by `sparksim import kubernetes`.");
    out.push('\n');
    body(&mut out, tables);
    out
}

/// Why these tables are no scenario; `None` if they are one.
pub(super) fn refusal(tables: &Tables) -> Option<String> {
    let mut text = String::new();
    body(&mut text, tables);
    let error = scenario::load_text("import.toml", &text, Path::new(""), &[]).err()?;
    let rendered = error.to_string();
    let message = rendered.lines().next().unwrap_or_default();
    let message = message.strip_prefix("error: ").unwrap_or(message);
    // What stands beside the underline.
    let label = rendered.split_once("^ ").map(|(_, rest)| rest);
    let label = label.and_then(|label| label.lines().next());
    Some(match label {
        Some(label) => format!("{message}: {}", label.trim()),
        None => message.to_owned(),
    })
}

/// What no manifest says, a sentence each.
pub(super) fn to_fill_in(tables: &Tables) -> Vec<String> {
    let mut notes = Vec::new();
    let names = |names: Vec<&str>| shortened(&names.join(", "), 200);
    if !tables.services.is_empty() {
        let services = names(tables.services.iter().map(|it| it.name.as_str()).collect());
        notes.push(format!(
            "`service-time` (or `cpu-time`), `concurrency` and the workload of each service: a \
             request takes no time, and one comes ({services})"
        ));
    }
    if !tables.apps.is_empty() {
        let apps = names(tables.apps.iter().map(|it| it.name.as_str()).collect());
        notes.push(format!(
            "`stages` or `jobs` of each application: it has one task of no time; `sparksim import \
             spark-event-log` makes them of an event log ({apps})"
        ));
    }
    if tables.services.is_empty() && tables.apps.is_empty() {
        notes.push(
            "services, applications and workloads: there is nothing that runs; a scenario with \
             `extends` can go on from this one"
                .to_owned(),
        );
    }
    notes
}

/// What was read and what came of it.
pub(super) fn summary(tables: &Tables, object_count: usize, file_count: usize) -> String {
    let nodes: u32 = tables.pools.iter().map(|pool| pool.count).sum();
    format!(
        "read {} of {}: {} in {}, {}, {}\n",
        counted(object_count, "object"),
        counted(file_count, "file"),
        counted(nodes as usize, "node"),
        counted(tables.pools.len(), "pool"),
        counted(tables.services.len(), "service"),
        counted(tables.apps.len(), "application"),
    )
}

fn body(out: &mut String, tables: &Tables) {
    out.push_str("[run]\n");
    let has_times_of_day = |app: &App| matches!(app.arrivals, Some(Arrivals::Cron(_)));
    if tables.apps.iter().any(has_times_of_day) {
        line(out, "start", &quoted(START));
    }
    out.push_str("duration = \"24h\"\n\n[cluster]\nmanager = \"kubernetes\"\n");
    let holds_storage = tables.services.iter().any(|it| it.storage.0 > 0);
    for pool in &tables.pools {
        self::pool(out, pool, holds_storage);
    }
    for budget in tables.budgets.values() {
        self::budget(out, budget);
    }
    let images = images(out, tables);
    let image = |layers: &Vec<String>| images.get(layers);
    if let Some(version) = &tables.spark_version {
        out.push_str("\n[spark]\n");
        line(out, "version", &quoted(version));
    }
    for service in &tables.services {
        self::service(out, service, image(&service.layers));
    }
    for app in &tables.apps {
        self::app(out, app, image(&app.layers));
    }
    workloads(out, tables);
}

fn pool(out: &mut String, pool: &Pool, holds_storage: bool) {
    out.push('\n');
    if !pool.comment.is_empty() {
        comment(out, "", &pool.comment);
    }
    let _ = writeln!(out, "[nodes.{}]", pool.name);
    line(out, "count", &pool.count.to_string());
    line(out, "cpu", &quoted(&processors(pool.cpu)));
    line(out, "memory", &quoted(&size(pool.memory)));
    let storage = pool.storage.filter(|_| holds_storage);
    if let Some((capacity, _)) = storage {
        line(out, "ephemeral-storage", &quoted(&size(capacity)));
    }
    if pool.gpus > 0 {
        line(out, "gpus", &pool.gpus.to_string());
    }
    if let Some(pods) = pool.pods {
        // Its daemons are pods too.
        let free = pods.saturating_sub(pool.daemons.len() as u32).max(1);
        line(out, "max-containers", &free.to_string());
    }
    if !pool.zones.is_empty() {
        line(out, "zones", &list(&pool.zones));
    }
    if !pool.labels.is_empty() {
        line(out, "labels", &map(&pool.labels));
    }
    if !pool.taints.is_empty() {
        line(out, "taints", &list(&pool.taints));
    }
    let mut reserved = Vec::new();
    if pool.reserved_cpu.0 > 0 {
        reserved.push(format!("cpu = {}", quoted(&processors(pool.reserved_cpu))));
    }
    if pool.reserved_memory.0 > 0 {
        reserved.push(format!("memory = {}", quoted(&size(pool.reserved_memory))));
    }
    if let Some((_, held)) = storage.filter(|(_, held)| held.0 > 0) {
        reserved.push(format!("ephemeral-storage = {}", quoted(&size(held))));
    }
    if !pool.daemons.is_empty() {
        let daemons = pool.daemons.join(", ");
        comment(
            out,
            "",
            &format!("what is not allocatable, and daemons: {daemons}"),
        );
    }
    if !reserved.is_empty() {
        line(out, "reserved", &format!("{{ {} }}", reserved.join(", ")));
    }
}

/// What a namespace may hold: what would be too much is refused, as the API server does.
fn budget(out: &mut String, budget: &Budget) {
    out.push('\n');
    comment(out, "", &budget.comment);
    let _ = writeln!(out, "[budgets.{}]", budget.name);
    let cpu = budget.cpu.map(processors);
    let memory = budget.memory.map(size);
    let storage = budget.storage.map(size);
    let fields = [
        ("cpu", cpu),
        ("memory", memory),
        ("ephemeral-storage", storage),
    ];
    let fields = fields
        .into_iter()
        .filter_map(|(key, amount)| Some(format!("{key} = {}", quoted(&amount?))));
    let gpus = budget.gpus.map(|gpus| format!("gpus = {gpus}"));
    let fields: Vec<String> = fields.chain(gpus).collect();
    line(out, "quota", &format!("{{ {} }}", fields.join(", ")));
    line(out, "on-exceed", &quoted("reject"));
}

fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

fn map(labels: &BTreeMap<String, String>) -> String {
    let labels = labels.iter();
    let labels: Vec<String> = labels
        .map(|(key, value)| format!("{} = {}", quoted(key), quoted(value)))
        .collect();
    format!("{{ {} }}", labels.join(", "))
}

/// `placement`; nothing is written where there is nothing to say.
fn placing(out: &mut String, key: &str, placing: &Placing, always: bool) {
    let mut fields = Vec::new();
    if let Some(priority) = placing.priority {
        fields.push(format!("priority = {priority}"));
        if placing.never_preempts {
            fields.push("preempts = false".to_owned());
        }
    }
    if !placing.selector.is_empty() {
        fields.push(format!("node-selector = {}", map(&placing.selector)));
    }
    if !placing.tolerations.is_empty() {
        fields.push(format!("tolerations = {}", list(&placing.tolerations)));
    }
    if let Some(apart) = placing.apart {
        fields.push(format!("anti-affinity = {}", quoted(apart)));
    }
    if let Some((over, skew)) = placing.spread {
        let over = quoted(over);
        fields.push(format!("spread = {{ over = {over}, max-skew = {skew} }}"));
    }
    if always || !fields.is_empty() {
        line(out, key, &format!("{{ {} }}", fields.join(", ")));
    }
}

/// Writes layers and images; the names of the images by their layers.
fn images<'t>(out: &mut String, tables: &'t Tables) -> BTreeMap<&'t Vec<String>, String> {
    let mut images = BTreeMap::new();
    let mut names = Names::default();
    let of_services = tables.services.iter().map(|it| &it.layers);
    let all = of_services.chain(tables.apps.iter().map(|it| &it.layers));
    for layers in all {
        let Some(first) = layers.first() else {
            continue;
        };
        images
            .entry(layers)
            .or_insert_with(|| names.unique(first, first));
    }
    if images.is_empty() {
        return images;
    }
    out.push('\n');
    comment(
        out,
        "",
        "An image is one layer: nodes tell its size, not what it shares with others.",
    );
    out.push_str("[layers]\n");
    for (layer, bytes) in &tables.layers {
        if images.keys().any(|layers| layers.contains(layer)) {
            line(out, layer, &quoted(&bytes.0.to_string()));
        }
    }
    out.push_str("\n[images]\n");
    for (layers, name) in &images {
        let layers: Vec<String> = layers.iter().map(|layer| quoted(layer)).collect();
        line(out, name, &format!("[{}]", layers.join(", ")));
    }
    images
}

fn service(out: &mut String, service: &Service, image: Option<&String>) {
    out.push('\n');
    comment(out, "", &service.comment);
    let _ = writeln!(out, "[services.{}]", service.name);
    if let Some(image) = image {
        line(out, "image", &quoted(image));
    }
    match &service.autoscale {
        Some(hpa) => line(out, "autoscale", &autoscale(hpa, service.replicas)),
        None => line(out, "replicas", &service.replicas.to_string()),
    }
    let mut requests = Vec::new();
    if service.cpu.0 > 0 {
        requests.push(format!("cpu = {}", quoted(&processors(service.cpu))));
    }
    if service.memory.0 > 0 {
        requests.push(format!("memory = {}", quoted(&size(service.memory))));
    }
    if service.storage.0 > 0 {
        let storage = quoted(&size(service.storage));
        requests.push(format!("ephemeral-storage = {storage}"));
    }
    if service.gpus > 0 {
        requests.push(format!("gpus = {}", service.gpus));
    }
    if !requests.is_empty() {
        line(out, "requests", &format!("{{ {} }}", requests.join(", ")));
    }
    if let Some(limit) = service.cpu_limit {
        let limit = quoted(&processors(limit));
        line(out, "limits", &format!("{{ cpu = {limit} }}"));
    }
    placing(out, "placement", &service.placing, false);
    if let Some(budget) = &service.budget {
        line(out, "budget", &quoted(budget));
    }
    out.push_str("service-time = \"0s\" # to fill in\n");
}

fn autoscale(hpa: &Hpa, replicas: u32) -> String {
    let mut fields = vec![
        "metric = \"cpu\"".to_owned(),
        format!("target = {}", hpa.target),
        format!("min = {}", hpa.min),
        format!("max = {}", hpa.max),
    ];
    if (hpa.min..=hpa.max).contains(&replicas) && replicas != hpa.min {
        fields.push(format!("initial = {replicas}"));
    }
    for (key, pace) in [("scale-up", &hpa.scale_up), ("scale-down", &hpa.scale_down)] {
        if let Some(pace) = pace {
            fields.push(format!("{key} = {}", self::pace(pace)));
        }
    }
    format!("{{ hpa = {{ {} }} }}", fields.join(", "))
}

fn pace(pace: &Pace) -> String {
    let seconds = |key: &str, value: Option<u32>| Some(format!("{key} = \"{}s\"", value?));
    let number = |key: &str, value: Option<u32>| Some(format!("{key} = {}", value?));
    let fields = [
        seconds("stabilization", pace.stabilization),
        number("percent", pace.percent),
        number("replicas", pace.replicas),
        seconds("period", pace.period),
    ];
    let fields: Vec<String> = fields.into_iter().flatten().collect();
    format!("{{ {} }}", fields.join(", "))
}

fn app(out: &mut String, app: &App, image: Option<&String>) {
    out.push('\n');
    comment(out, "", &app.comment);
    let name = &app.name;
    let _ = writeln!(out, "[apps.{name}]");
    if let Some(image) = image {
        line(out, "image", &quoted(image));
    }
    if let Some(budget) = &app.budget {
        line(out, "budget", &quoted(budget));
    }
    placing(out, "placement", &app.placing, false);
    if app.driver_placing != app.placing {
        placing(out, "driver-placement", &app.driver_placing, true);
    }
    if let Some(overlap) = app.overlap {
        line(out, "overlap", &quoted(overlap));
    }
    if let Some((max, interval)) = app.restart {
        let restart = format!("{{ max = {max}, interval = \"{interval}s\" }}");
        line(out, "restart", &restart);
    }
    let _ = writeln!(out, "\n[apps.{name}.conf]");
    for (key, (value, note)) in &app.conf {
        let note = note.as_ref();
        let note = note.map_or(String::new(), |note| format!(" # {note}"));
        let _ = writeln!(out, "{} = {}{note}", quoted(key), quoted(value));
    }
    let _ = writeln!(out, "\n[apps.{name}.stages.work] # to fill in");
    out.push_str("tasks = 1\ntask-time = \"0s\"\n");
}

fn workloads(out: &mut String, tables: &Tables) {
    let mut names = Names::default();
    for service in &tables.services {
        let name = names.unique(&service.name, &service.name);
        let target = format!("services.{}", service.name);
        workload(out, &name, &target, "{ at = [\"0s\"] } # to fill in");
    }
    for app in &tables.apps {
        let Some(arrivals) = &app.arrivals else {
            continue;
        };
        let arrivals = match arrivals {
            Arrivals::Once => "{ at = [\"0s\"] }".to_owned(),
            Arrivals::Cron(at) => format!("{{ cron = {{ at = {} }} }}", quoted(at)),
            Arrivals::Every(interval) => {
                let interval = quoted(interval);
                format!("{{ deterministic = {{ interval = {interval} }} }}")
            }
        };
        let name = names.unique(&app.name, &format!("submit-{}", app.name));
        workload(out, &name, &format!("apps.{}", app.name), &arrivals);
    }
}

fn workload(out: &mut String, name: &str, target: &str, arrivals: &str) {
    let _ = writeln!(out, "\n[workloads.{name}]");
    line(out, "target", &quoted(target));
    line(out, "arrivals", arrivals);
}

/// As Kubernetes writes it.
fn size(bytes: Bytes) -> String {
    let units = [(30, "Gi"), (20, "Mi"), (10, "Ki")];
    let whole = units
        .iter()
        .find(|(power, _)| bytes.0 > 0 && bytes.0.is_multiple_of(1 << power));
    match whole {
        Some((power, unit)) => format!("{}{unit}", bytes.0 >> power),
        None => bytes.0.to_string(),
    }
}
