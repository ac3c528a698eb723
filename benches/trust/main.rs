//! Are the intervals honest, and are the verdicts right?
//! `cargo bench --bench trust -- [EXPERIMENTS] [coverage|decisions|plans]... [--write]`
//!
//! Coverage: so many independent experiments for each model (2000 unless it is said), 20
//! replications of a length that is enough for its percentiles (250 relaxation times, and 200
//! observations above p99, in each); how many of the 95 % intervals hold the truth, which is a
//! closed form or a numerical inversion of a transform. Decisions: half as many comparisons and
//! checks of a neutral change and of one at the margin, and the power against a slowdown of 5 %.
//! Plans: a twentieth as many searches for an optimum that is known.
//!
//! What has been found is kept in `target/tmp` until the program changes, so that an interrupted
//! run goes on where it stopped; `--write` puts the tables into docs/trust.md.

mod coverage;
mod decisions;
mod ledger;
mod models;
mod page;
mod plans;
mod transform;

use ledger::Ledger;

const SECTIONS: [&str; 3] = ["coverage", "decisions", "plans"];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let experiments = arguments.iter().find_map(|text| text.parse().ok());
    let experiments: u32 = experiments.unwrap_or(2000);
    let named = |section: &str| arguments.iter().any(|text| text == section);
    let any = SECTIONS.into_iter().any(named);
    let ledger = Ledger::open();
    for section in SECTIONS {
        if any && !named(section) {
            continue;
        }
        let table = match section {
            "coverage" => coverage::table(&ledger, experiments),
            "decisions" => decisions::table(&ledger, (experiments / 2).max(1)),
            _ => plans::table(&ledger, (experiments / 20).max(1)),
        };
        println!("{table}");
        if named("--write") {
            page::write(section, &table);
        }
    }
}
