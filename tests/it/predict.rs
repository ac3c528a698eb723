//! Predictions: from the log of one run to the times of others.

use crate::simulate::scenarios;
use sparksim::scenario;
use std::fs;
use std::path::Path;

/// Every example in the page on predictions is a whole scenario.
#[test]
fn every_scenario_in_the_page_on_predictions_is_valid() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/predict.md")).unwrap();
    let blocks = page.split("```toml\n").skip(1);
    let blocks: Vec<&str> = blocks
        .map(|rest| rest.split("```").next().unwrap())
        .collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        assert!(block.starts_with("# complete scenario"), "{block}");
        scenario::load_text("example.toml", block, &scenarios(), &[]).unwrap();
    }
}
